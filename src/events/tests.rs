//! What comes out of an input, however it arrives in pieces.

use std::io::{Read, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};

use super::{LONGEST, Sieve, files, on_one_line, read};

mod damage;
mod layout;
mod shapes;
mod siblings;
mod tables;

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

/// The events, and what was wrong.
fn events(input: &[u8], step: usize) -> (Vec<String>, Vec<String>) {
    let mut all = Vec::new();
    let found = read(&mut Slow(input, step), &mut |block| {
        all.extend(block.events().map(|event| String::from_utf8_lossy(event.bytes).into_owned()));
        Ok(())
    });
    let found = found.expect("nobody goes");
    let too_long = (0..found.tally.too_long).map(|_| "too long".to_owned());
    (all, found.errors.into_iter().chain(too_long).collect())
}

#[test]
fn events_come_out_as_they_were() {
    for (input, wanted, wrong) in [
        ("", vec![], ""),
        ("\n\r\n\n", vec![], ""),
        ("{\"a\":1}\n{\"a\":2}\r\n\nplain text\nlast", vec!["{\"a\":1}", "{\"a\":2}", "plain text", "last"], ""),
        ("{\"Records\":[{\"a\":1},{\"a\":1.0,\"a\":2}]}", vec!["{\"a\":1}", "{\"a\":1.0,\"a\":2}"], ""),
        (
            "\n {\n \"Records\" : [\n  {\n \"a\": \"]}\\\"{\" },\n [{\"b\":1}, {}], {\"x,\": null}\n ]\n , \"b\": {\"c\": []} }\n",
            vec!["{\"a\":\"]}\\\"{\"}", "{\"b\":1}", "{}", "{\"x,\": null}"],
            "",
        ),
        (
            "{\"Records\":[]}{\"Records\":[{\"a\":1}]}\n{\"b\":2}\n{\"Records\":[{\"c\":3}]}",
            vec!["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"],
            "",
        ),
        (
            "{\n\"Records\":[{\"a\":1},{\"a\"",
            vec!["{\"a\":1}"],
            "is damaged at byte 21: ends inside an event or a list of events",
        ),
        (
            "{\n\"Records\":[{\"a\":1}",
            vec!["{\"a\":1}"],
            "is damaged at byte 20: ends inside an event or a list of events",
        ),
        (
            "{\n\"Records\":[{\"a\":1}{\"b\":2}]}",
            vec!["{\"a\":1}", "{\"b\":2}"],
            "is damaged at byte 20: a comma is missing before an event",
        ),
        ("\u{feff}{\"Records\":[{\"a\":1}]}", vec!["{\"a\":1}"], ""),
        ("\u{feff}", vec![], ""),
        ("x\n\u{feff}y", vec!["x", "\u{feff}y"], ""),
        // What only looks like a document is a line.
        ("{\"Recordss\":[1]}", vec!["{\"Recordss\":[1]}"], ""),
        ("[INFO] x\n[1] y\n{a} z\n  {oops\n  x", vec!["[INFO] x", "[1] y", "{a} z", "  {oops", "  x"], ""),
        // One event over several lines.
        ("{\n\"a\":1\n}", vec!["{\"a\":1}"], ""),
        ("{\n\"a\": 1\n}\n{\n\"b\": 2\n}\n{\"c\":3}", vec!["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"], ""),
        ("[\n {\"a\": 1},\n {\"b\": 2}\n]", vec!["{\"a\": 1}", "{\"b\": 2}"], ""),
        ("{\"a\":1}{\"b\":2}", vec!["{\"a\":1}{\"b\":2}"], ""),
        ("{\"eventName\":1}{\"eventName\":2}", vec!["{\"eventName\":1}", "{\"eventName\":2}"], ""),
    ] {
        for step in [1, 2, 3, 7, 1 << 20] {
            let (found, errors) = events(input.as_bytes(), step);
            let wanted: Vec<String> = wanted.iter().map(|&it| it.to_owned()).collect();
            assert_eq!((found, errors.join("; ").as_str()), (wanted, wrong), "{input} by {step}");
        }
    }
}

#[test]
fn what_is_too_long_is_passed_over() {
    let long = "x".repeat(LONGEST + (3 << 20));
    let lines = format!("a\n{long}\nb\n");
    assert_eq!(events(lines.as_bytes(), 1 << 20), (vec!["a".into(), "b".into()], vec!["too long".into()]));
    let records = format!("{{\"Records\":[{{}},{{\"a\":\"{long}\"}},{{\"b\":1}}]}}\nlast");
    let wanted = ["{}", "{\"b\":1}", "last"].map(str::to_owned).to_vec();
    assert_eq!(events(records.as_bytes(), 1 << 20), (wanted, vec!["too long".into()]));
}

#[test]
fn what_is_damaged_is_named_and_the_rest_is_read_on() {
    let event = |name: &str| format!("{{\"eventVersion\":\"1.08\",\"eventName\":\"{name}\"}}");
    let (a, b, c) = (event("A"), event("B"), event("C"));
    // A bracket of the first record is missing, and one of a pretty-printed event.
    let open = a.trim_end_matches('}');
    let records = format!("{{\"Records\":[\n{open},\n{b},\n{c}]}}");
    let (found, errors) = events(records.as_bytes(), 1 << 20);
    assert_eq!(found, [b.clone(), c]);
    assert_eq!(errors, ["is damaged at byte 13: an event that is not whole"]);
    let pretty =
        format!("{{\n\"eventVersion\": \"1.08\",\n\"x\": {{\n}}\n{}\n{b}\n", "{\n\"eventVersion\": \"1.08\"\n}");
    let (found, errors) = events(pretty.as_bytes(), 1 << 20);
    assert_eq!(found, ["{\"eventVersion\":\"1.08\"}".to_owned(), b]);
    assert_eq!(errors, ["is damaged at byte 0: an event that is not whole"]);
}

/// Events with a text in them.
struct Naming<'a>(&'a str);

impl Sieve for Naming<'_> {
    fn sift(&self, bytes: &[u8], ends: &[usize], _: Option<&[usize]>) -> Vec<usize> {
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let events = starts.zip(ends).map(|(start, &end)| &bytes[start..end]).enumerate();
        events.filter(|(_, event)| self.is_left(event)).map(|(place, _)| place).collect()
    }

    fn is_left(&self, event: &[u8]) -> bool {
        memchr::memmem::find(event, self.0.as_bytes()).is_some()
    }
}

#[test]
fn what_only_looks_like_the_next_record_is_part_of_this_one() {
    let inner = "{\"eventVersion\":\"1.0\",\"eventName\":\"Inner\"}";
    let outer = format!(
        "{{\"eventVersion\":\"1.08\",\"eventName\":\"Outer\",\"requestParameters\":[{inner},{inner},{inner}],\"last\":1}}"
    );
    let plain = "{\"eventVersion\":\"1.08\",\"eventName\":\"Plain\",\"x\":\"{\"}";
    let records = [plain, &outer, plain, &outer, plain, plain];
    let document = format!("{{\"Records\":[{}]}}", records.join(","));
    assert_eq!(events(document.as_bytes(), 1 << 20), (records.map(str::to_owned).to_vec(), vec![]));
    // What is selected is the same, whatever part of a record is asked about.
    for name in ["Inner", "Outer", "Plain", "last", "None"] {
        let (mut selected, mut others) = (Vec::new(), 0);
        let found = read(&mut document.as_bytes(), &mut |block| {
            block.select(&Naming(name), |event, is_left| match is_left {
                true => selected.push(String::from_utf8_lossy(event.bytes).into_owned()),
                false => others += 1,
            });
            Ok(())
        });
        found.expect("nobody goes");
        let wanted: Vec<&str> = records.iter().copied().filter(|record| record.contains(name)).collect();
        assert_eq!(
            (selected, others),
            (wanted.iter().map(|it| (*it).to_owned()).collect(), 6 - wanted.len() as u64),
            "{name}"
        );
    }
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
        let (found, errors) = events(&bytes, 1 << 20);
        (found.join("+"), errors.is_empty())
    };
    assert_eq!(read(packed("one\n")), ("one".to_owned(), true));
    assert_eq!(read([packed("one\n"), packed("two\n")].concat()), ("one+two".to_owned(), true));
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
    for name in [
        "b/2.JSON",
        "b/1.json.gz",
        "a.log",
        "notes.txt",
        ".hidden.json",
        "CloudTrail-Digest/d.json",
        "1_CloudTrail-Digest_us-east-1_x.json.gz",
        "PUT-S3-1-2026-01-05",
        "c/.git/x.json",
    ] {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, "").expect("a file");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(root, root.join("b/loop")).expect("a link");
    let below = files::below(root);
    assert_eq!((below.digests, below.hidden), (2, 2));
    let found: Vec<String> = below
        .files
        .into_iter()
        .map(|file| file.expect("a path").strip_prefix(root).expect("below").display().to_string())
        .collect();
    assert_eq!(found, ["PUT-S3-1-2026-01-05", "a.log", "notes.txt", "b/1.json.gz", "b/2.JSON"]);
    let none = files::below(&root.join("c")).files;
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
    fn records_are_what_was_put_in(values in prop::collection::vec(json(), 1..6), step in 1_usize..40, is_pretty in any::<bool>(), is_delivered in any::<bool>()) {
        // As CloudTrail begins its records, so that the fast path is taken.
        let records: Vec<String> = values.iter().map(|value| {
            let begin = if is_delivered { "{\"eventVersion\":\"1.08\",\"value\":" } else { "{\"value\":" };
            format!("{begin}{value}}}")
        }).collect();
        let document = format!("{{\"Records\":[{}]}}", records.join(","));
        let pretty = serde_json::from_str::<serde_json::Value>(&document).and_then(|it| serde_json::to_string_pretty(&it));
        let text = if is_pretty { pretty.expect("JSON") } else { document };
        let (found, errors) = events(text.as_bytes(), step);
        let parsed = |texts: &[String]| texts.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect::<Vec<serde_json::Value>>();
        prop_assert_eq!(parsed(&found), parsed(&records));
        prop_assert_eq!(errors, Vec::<String>::new());
    }

    #[test]
    fn no_input_is_too_odd(input in prop::collection::vec(prop::sample::select(b"{}[]\",:\\\n Records1a\x1f\x8b\xff".to_vec()), 0..80), step in 1_usize..9) {
        for head in [&b""[..], b"{\"Records\":[", b"{\n\"events\":[{\"message\":\"", b"a,b\n1,\"{\"\""] {
            let input = [head, &input].concat();
            prop_assert_eq!(events(&input, step), events(&input, 1000));
        }
    }
}

/// `cat` of files without a last line end, and `--output text` of several messages, put events into one line.
#[test]
fn several_events_in_one_line_are_all_read() {
    let event = |name: &str| format!("{{\"eventVersion\":\"1.08\",\"eventName\":\"{name}\"}}");
    let (a, b, c) = (event("A"), event("B"), event("C"));
    let wanted = [a.clone(), b.clone(), c.clone()];
    for between in ["\t", " ", ",", ", ", ""] {
        let line = format!("{a}{between}{b}{between}{c}\n");
        assert_eq!(events(line.as_bytes(), 4096), (wanted.to_vec(), Vec::new()), "{between:?}");
        // Behind lines of one event, and in a file that ends without a line end.
        let lines = format!("{a}\n{b}{between}{c}");
        assert_eq!(events(lines.as_bytes(), 4096), (wanted.to_vec(), Vec::new()), "{between:?}");
    }
    // What has two versions and is one event is one.
    let nested = "{\"eventVersion\":\"1.08\",\"requestParameters\":{\"eventVersion\":\"1\"}}";
    assert_eq!(events(format!("{nested}\n{a}\n").as_bytes(), 4096), (vec![nested.to_owned(), a], Vec::new()));
}

#[test]
fn what_an_envelope_has_cut_is_damaged() {
    let (whole, cut) = ("{\"eventVersion\":\"1.08\",\"eventName\":\"A\"}", "{\"eventVersion\":\"1.08\",\"eventNa");
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let not_whole = "is damaged at byte 0: an event that is not whole";
    for (input, wanted) in [
        (
            format!("{{\"Events\":[{{\"CloudTrailEvent\":{}}},{{\"CloudTrailEvent\":{}}}]}}", text(whole), text(cut)),
            not_whole,
        ),
        (
            format!(
                "{{\"events\":[{{\"timestamp\":1,\"message\":{}}},{{\"timestamp\":1,\"message\":{}}}]}}",
                text(whole),
                text(cut)
            ),
            not_whole,
        ),
        (
            format!("{{\"Records\":[{whole},{{\"kinesis\":{{\"data\":\"H4sIAAAA\"}}}}]}}"),
            "is damaged at byte 0: packed events that cannot be unpacked",
        ),
    ] {
        assert_eq!(events(input.as_bytes(), 4096), (vec![whole.to_owned()], vec![wanted.to_owned()]), "{input}");
    }
}

#[test]
fn a_list_on_one_line_that_lacks_a_comma_is_damaged() {
    let input = "{\"Records\":[{\"eventName\":\"A\"} {\"eventName\":\"B\"},{\"eventName\":\"C\"}]}";
    let wanted = ["A", "B", "C"].map(|name| format!("{{\"eventName\":\"{name}\"}}"));
    let wrong = "is damaged at byte 30: a comma is missing before an event".to_owned();
    assert_eq!(events(input.as_bytes(), 4096), (wanted.to_vec(), vec![wrong]));
}
