//! What comes out of an input, however it arrives in pieces.

use std::io::{Read, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};

use super::{Events, Item, LONGEST, files, on_one_line};

/// Gives a few bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// The events, and how the input ended.
fn events(input: &[u8], step: usize) -> (Vec<String>, String) {
    let mut events = Events::new(Slow(input, step));
    let mut found = Vec::new();
    loop {
        match events.next_event() {
            Ok(Some(Item::Event(event))) => found.push(String::from_utf8_lossy(event).into_owned()),
            Ok(Some(Item::TooLong)) => found.push("too long".to_owned()),
            Ok(None) => return (found, "the end".to_owned()),
            Err(error) => return (found, error.to_string()),
        }
    }
}

#[test]
fn events_come_out_as_they_were() {
    for (input, wanted, end) in [
        ("", vec![], "the end"),
        ("\n\r\n\n", vec![], "the end"),
        ("{\"a\":1}\n{\"a\":2}\r\n\nplain text\nlast", vec!["{\"a\":1}", "{\"a\":2}", "plain text", "last"], "the end"),
        ("{\"Records\":[{\"a\":1},{\"a\":1.0,\"a\":2}]}", vec!["{\"a\":1}", "{\"a\":1.0,\"a\":2}"], "the end"),
        (
            "\n {\n \"Records\" : [\n  {\n \"a\": \"]}\\\"{\" },\n [1, {}], 3, \"x,\", null\n ]\n , \"b\": {\"c\": []} }\n",
            vec!["{\n \"a\": \"]}\\\"{\" }", "[1, {}]", "3", "\"x,\"", "null"],
            "the end",
        ),
        (
            "{\"Records\":[]}{\"Records\":[{\"a\":1}]}\n{\"b\":2}\n{\"Records\":[{\"c\":3}]}",
            vec!["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"],
            "the end",
        ),
        ("{\"Records\":[{\"a\":1},{\"a\"", vec!["{\"a\":1}"], "ends inside a Records document, after 1 whole records"),
        ("{\"Records\":[{\"a\":1}", vec!["{\"a\":1}"], "ends inside a Records document, after 1 whole records"),
        ("{\"Records\":[{\"a\":1}]", vec!["{\"a\":1}"], "ends inside a Records document, after 1 whole records"),
        ("{\"Records\":[{}{}]}", vec!["{}"], "is not a list of records from byte 14 on, after 1 records"),
        ("{\"Records\":[{},]}", vec!["{}"], "is not a list of records from byte 15 on, after 1 records"),
        ("{\"Records\":[,{}]}", vec![], "is not a list of records from byte 12 on, after 0 records"),
        ("\u{feff}{\"Records\":[{\"a\":1}]}", vec!["{\"a\":1}"], "the end"),
        ("\u{feff}", vec![], "the end"),
        ("x\n\u{feff}y", vec!["x", "\u{feff}y"], "the end"),
        // What only looks like a document is a line.
        (
            "{\"Records\":{\"a\":[]}}\n{\"Recordss\":[1]}",
            vec!["{\"Records\":{\"a\":[]}}", "{\"Recordss\":[1]}"],
            "the end",
        ),
        ("{\n\"a\":1\n}", vec!["{", "\"a\":1", "}"], "the end"),
    ] {
        for step in [1, 2, 3, 7, 1 << 20] {
            let (found, how) = events(input.as_bytes(), step);
            assert_eq!(
                (found, how.as_str()),
                (wanted.iter().map(|&it| it.to_owned()).collect(), end),
                "{input} by {step}"
            );
        }
    }
}

#[test]
fn what_is_too_long_is_passed_over() {
    let long = "x".repeat(LONGEST + (3 << 20));
    let lines = format!("a\n{long}\nb\n");
    assert_eq!(events(lines.as_bytes(), 1 << 20).0, ["a", "too long", "b"]);
    let records = format!("{{\"Records\":[1,{{\"a\":\"{long}\"}},2]}}\nlast");
    assert_eq!(events(records.as_bytes(), 1 << 20).0, ["1", "too long", "2", "last"]);
}

#[test]
fn blanks_outside_strings_go() {
    assert_eq!(on_one_line(b"{ \"a\": \"x y\" }"), None);
    let line = on_one_line(b"{\n  \"a b\": \"x \\\" y\\\\\",\r\n  \"c\": [ 1,\n\t2 ]\n}").expect("several lines");
    assert_eq!(String::from_utf8_lossy(&line), "{\"a b\":\"x \\\" y\\\\\",\"c\":[1,2]}");
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn gzip_is_known_by_its_content() {
    let read = |bytes: Vec<u8>| {
        let mut text = String::new();
        let input = files::unpacked(std::io::Cursor::new(bytes)).expect("memory");
        let result = { input }.read_to_string(&mut text);
        (text, result.is_ok())
    };
    assert_eq!(read(packed("one\n")), ("one\n".to_owned(), true));
    assert_eq!(read([packed("one\n"), packed("two\n")].concat()), ("one\ntwo\n".to_owned(), true));
    assert_eq!(read(b"plain".to_vec()), ("plain".to_owned(), true));
    assert_eq!(read(b"p".to_vec()), ("p".to_owned(), true));
    assert_eq!(read(Vec::new()), (String::new(), true));
    let broken = packed(&"one\n".repeat(100));
    assert!(!read(broken[..broken.len() - 3].to_vec()).1);
    assert!(!read([packed("one\n"), b"garbage".to_vec()].concat()).1);
}

#[test]
fn a_directory_is_walked_in_order() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    for name in
        ["b/2.JSON", "b/1.json.gz", "a.log", "notes.txt", ".hidden.json", "CloudTrail-Digest/d.json", "c/.git/x.json"]
    {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, "").expect("a file");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(root, root.join("b/loop")).expect("a link");
    let found: Vec<String> = files::below(root)
        .into_iter()
        .map(|file| file.expect("a path").strip_prefix(root).expect("below").display().to_string())
        .collect();
    assert_eq!(found, ["a.log", "b/1.json.gz", "b/2.JSON"]);
    let none = files::below(&root.join("c"));
    assert!(none[0].as_ref().is_err_and(|error| error.to_string().starts_with("no files of events below ")));
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop::sample::select(vec!["null", "1", "-2.5e3", "\"a\"", "\"\\\"}]{[\\\\\"", "true", "\"\u{e9}\\n\""])
        .prop_map(|text| serde_json::from_str(text).expect("JSON"));
    leaf.prop_recursive(4, 20, 4, |inner| {
        proptest::prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map(".{0,3}", inner, 0..4).prop_map(|members| serde_json::json!(members)),
        ]
    })
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn records_are_what_was_put_in(records in prop::collection::vec(json(), 0..6), step in 1_usize..40, is_pretty in any::<bool>()) {
        let document = serde_json::json!({ "Records": records });
        let text = if is_pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
        let (found, end) = events(text.expect("JSON").as_bytes(), step);
        let found: Vec<serde_json::Value> = found.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
        prop_assert_eq!((found, end.as_str()), (records, "the end"));
    }

    #[test]
    fn no_input_is_too_odd(input in prop::collection::vec(prop::sample::select(b"{}[]\",:\\\n Records1a\x1f\x8b\xff".to_vec()), 0..80), step in 1_usize..9) {
        let with_head = [b"{\"Records\":[".to_vec(), input.clone()].concat();
        prop_assert_eq!(events(&input, step), events(&input, 1000));
        prop_assert_eq!(events(&with_head, step), events(&with_head, 1000));
    }
}
