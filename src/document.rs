//! Opens the JSON documents of this program: what a text is, of which version, and what is where in it.
//!
//! One way for all four: the saved account, the report, the plan and the journal. It knows what no one kind of document
//! is about, and opens no file. Documents are untrusted: a broken, hostile or newer one is an error that names the place.
//!
//! # Versions
//!
//! A field that can change a verdict, or what a fix does, comes with a new `schema_version`, and a program that does
//! not know that version refuses the document by its number. Of the same version there can be further fields. In what
//! is only judged or compared (a saved account, a report) they are [`Ignored`], and who opens it says so once: the
//! answer is right without them. In what is applied or undone (a plan, a journal) they are refused: no reader of a plan
//! could know of a part of it that is passed over. The types of plans and journals deny unknown fields themselves,
//! which also names the place; `exactly` and `strictly` see to what they share with others. Files that people write, of
//! rules and waivers, are TOML and refuse what they do not know too: there it is a slip of the hand.

use serde::de::{DeserializeSeed, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_ignored::Path;
use thiserror::Error;

/// Fields that are named before the rest is counted.
const NAMED: usize = 5;

/// Something in a document is not JSON, or not of the right shape.
#[derive(Debug, Error)]
#[error("{}{}", place(.error, .field), parser_message(.error))]
pub struct Misshapen {
    /// The path of the field, e.g. `trails[0].home_region`; empty for broken JSON.
    field: String,
    /// What the parser says, which ends with the place.
    pub(crate) error: serde_json::Error,
}

impl Misshapen {
    fn new(error: serde_json::Error) -> Self {
        Self { field: String::new(), error }
    }
}

/// What was found after the whole was read has no place.
fn place(error: &serde_json::Error, field: &str) -> String {
    let field = if field.is_empty() || field == "." { String::new() } else { format!(", field {field}") };
    if error.line() == 0 { String::new() } else { format!("line {}, column {}{field}: ", error.line(), error.column()) }
}

/// What a parser says, without the place, which it appends.
fn parser_message(error: &serde_json::Error) -> String {
    error.to_string().split(" at line ").next().unwrap_or_default().to_owned()
}

/// Why a document is not looked at further. The words around these are those of its kind.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is something else: why, as the end of a sentence.
    Other(&'static str),
    /// Its beginning is broken.
    Misshapen(Misshapen),
    /// It was written by a newer program: its `schema_version`.
    Newer(u64),
}

/// What a document says of itself, read before its shape is judged: so what is wrong with a newer or another document is
/// its version or its kind, and not the first field that is not known.
#[derive(Deserialize)]
pub(crate) struct Head {
    schema_version: Option<serde_json::Value>,
    results: Option<IgnoredAny>,
    trails: Option<IgnoredAny>,
    fingerprint: Option<IgnoredAny>,
}

impl Head {
    /// Reads no more than that.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Refusal> {
        match not_an_object(text) {
            Some(why) => Err(Refusal::Other(why)),
            None => serde_json::from_slice(text).map_err(|error| Refusal::Misshapen(Misshapen::new(error))),
        }
    }

    /// It has what only a saved account has.
    pub(crate) fn is_account(&self) -> bool {
        self.trails.is_some()
    }

    /// It has what only a report has.
    pub(crate) fn is_report(&self) -> bool {
        self.results.is_some()
    }

    /// It has what only a plan has.
    pub(crate) fn is_plan(&self) -> bool {
        self.fingerprint.is_some()
    }

    /// Refuses every version but the one that is known.
    pub(crate) fn check(&self, known: u32) -> Result<(), Refusal> {
        match self.schema_version.as_ref().map(serde_json::Value::as_u64) {
            Some(Some(found)) if found == u64::from(known) => Ok(()),
            Some(Some(found)) if found > u64::from(known) => Err(Refusal::Newer(found)),
            Some(_) => Err(Refusal::Other("its schema_version is not one this program ever wrote")),
            None => Err(Refusal::Other("it has no schema_version")),
        }
    }
}

/// What is wrong with a text that does not even begin as a JSON object, as the end of a sentence: what a parser says of
/// a file of another kind helps no one. `None`: it does.
fn not_an_object(text: &[u8]) -> Option<&'static str> {
    let text = text.trim_ascii();
    match text {
        [] => Some("it is empty"),
        [b'{', ..] => None,
        [b'[' | b'"' | b'0'..=b'9', ..] | [b'-', b'0'..=b'9', ..] | b"true" | b"false" | b"null" => {
            Some("it is not a JSON object")
        }
        [_, ..] => Some("it is not JSON"),
    }
}

/// The text without the mark of byte order that some editors put before it.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A document, and what of it was passed over.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened<T> {
    /// What it says.
    pub document: T,
    /// Fields of it that this program does not know.
    pub ignored: Ignored,
}

/// Fields that were passed over: the first few by their paths, the others by their number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Their paths, e.g. `topics[0].later`. They are a stranger's: who shows them makes them safe, and short.
    pub named: Vec<String>,
    /// How many more there are.
    pub others: usize,
}

impl Ignored {
    fn note(&mut self, path: &Path<'_>) {
        if self.named.len() < NAMED {
            let mut text = String::new();
            write_path(path, &mut text);
            self.named.push(text);
        } else {
            self.others += 1;
        }
    }
}

/// Writes a path as messages about shapes do, e.g. `topics[0].later`.
fn write_path(path: &Path<'_>, text: &mut String) {
    match path {
        Path::Root => {}
        Path::Seq { parent, index } => {
            write_path(parent, text);
            text.push_str(&format!("[{index}]"));
        }
        Path::Map { parent, key } => {
            write_path(parent, text);
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(key);
        }
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            write_path(parent, text);
        }
    }
}

/// Reads a document, and notes the fields that its type does not know.
pub(crate) fn open<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Result<Opened<T>, Misshapen> {
    open_as(text, std::marker::PhantomData)
}

/// The same, for what is not a type's alone to know.
pub(crate) fn open_as<'de, S: DeserializeSeed<'de>>(text: &'de [u8], seed: S) -> Result<Opened<S::Value>, Misshapen> {
    let mut ignored = Ignored::default();
    let mut note = |path: Path<'_>| ignored.note(&path);
    let mut json = serde_json::Deserializer::from_slice(text);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let document = match seed.deserialize(serde_ignored::Deserializer::new(tracked, &mut note)) {
        Ok(document) => document,
        Err(error) => return Err(Misshapen { field: track.path().to_string(), error }),
    };
    json.end().map_err(Misshapen::new)?;
    Ok(Opened { document, ignored })
}

/// Reads a document of which nothing may be passed over.
pub(crate) fn exactly<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Result<T, Misshapen> {
    let Opened { document, ignored } = open(text)?;
    match ignored.named.into_iter().next() {
        Some(field) => Err(Misshapen::new(unknown(&field))),
        None => Ok(document),
    }
}

/// The same for a part of a document: what its type passes over elsewhere is refused here (`deserialize_with`).
pub(crate) fn strictly<'de, D: Deserializer<'de>, T: Deserialize<'de>>(part: D) -> Result<T, D::Error> {
    let mut ignored = Ignored::default();
    let part = serde_ignored::deserialize(part, |path| ignored.note(&path))?;
    ignored.named.first().map_or(Ok(part), |field| Err(unknown(field)))
}

fn unknown<E: serde::de::Error>(field: &str) -> E {
    E::custom(format_args!("unknown field `{field}`"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Topic {
        arn: String,
        key: Option<Key>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Key {
        id: u8,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Account {
        topics: Vec<Topic>,
    }

    fn ignored(text: &str) -> Ignored {
        open::<Account>(text.as_bytes()).expect(text).ignored
    }

    #[test]
    fn a_document_must_be_an_object() {
        for (text, wanted) in [
            ("", Some("it is empty")),
            (" \n", Some("it is empty")),
            ("AWSTemplateFormatVersion: 2010-09-09", Some("it is not JSON")),
            ("---\na: b", Some("it is not JSON")),
            ("nullable", Some("it is not JSON")),
            ("null\n", Some("it is not a JSON object")),
            ("-1", Some("it is not a JSON object")),
            ("[]", Some("it is not a JSON object")),
            ("\n{", None),
        ] {
            assert_eq!(not_an_object(text.as_bytes()), wanted, "{text}");
        }
    }

    #[test]
    fn a_version_is_the_known_one_or_refused() {
        let answer = |text: &str| match Head::parse(text.as_bytes()).and_then(|head| head.check(2)) {
            Ok(()) => "known".to_owned(),
            Err(Refusal::Newer(found)) => format!("newer: {found}"),
            Err(Refusal::Other(why)) => why.to_owned(),
            Err(Refusal::Misshapen(error)) => error.to_string(),
        };
        assert_eq!(answer("{\"schema_version\": 2, \"more\": [{}]}"), "known");
        assert_eq!(answer("{\"schema_version\": 3}"), "newer: 3");
        assert_eq!(answer("{\"schema_version\": 18446744073709551615}"), "newer: 18446744073709551615");
        assert_eq!(answer("{\"topics\": []}"), "it has no schema_version");
        for never in ["1", "0", "-2", "2.0", "\"2\"", "[2]", "18446744073709551616"] {
            let text = format!("{{\"schema_version\": {never}}}");
            assert_eq!(answer(&text), "its schema_version is not one this program ever wrote", "{text}");
        }
        assert_eq!(answer("{\"schema_version\": oops}"), "line 1, column 20: expected value");
    }

    #[test]
    fn what_is_not_known_is_named_by_its_path() {
        let text = r#"{ "later": { "a": 1 }, "topics": [{ "arn": "a", "x": [] }, { "arn": "b", "key": { "id": 1, "y": 2 } }] }"#;
        let Opened { document, ignored } = open::<Account>(text.as_bytes()).expect("an account");
        assert_eq!(document.topics[1], Topic { arn: "b".to_owned(), key: Some(Key { id: 1 }) });
        assert_eq!(ignored.named, ["later", "topics[0].x", "topics[1].key.y"]);
        assert_eq!(ignored.others, 0);
        assert_eq!(self::ignored("{ \"topics\": [] }"), Ignored::default());
        let exact = exactly::<Account>(text.as_bytes()).expect_err("a field that is not known").to_string();
        assert_eq!(exact, "unknown field `later`");
    }

    #[test]
    fn what_is_broken_is_named_by_its_path() {
        let answer = |text: &str| open::<Account>(text.as_bytes()).expect_err(text).to_string();
        assert_eq!(
            answer("{\n \"topics\": [{ \"arn\": 1 }] }"),
            "line 2, column 22, field topics[0].arn: invalid type: integer `1`, expected a string"
        );
        assert_eq!(answer("{ \"topics\": [] } x"), "line 1, column 18: trailing characters");
        let deep = format!("{{ \"later\": {}", "[".repeat(100_000));
        assert_eq!(answer(&deep), "line 1, column 100011, field later: EOF while parsing a list");
    }

    #[test]
    fn a_part_is_read_strictly() {
        #[derive(Debug, Deserialize)]
        struct Plan {
            #[serde(deserialize_with = "strictly")]
            topics: Vec<Topic>,
        }
        let answer = |text: &str| serde_json::from_str::<Plan>(text).map(|plan| plan.topics.len());
        assert_eq!(answer(r#"{ "topics": [{ "arn": "a" }] }"#).expect("a plan"), 1);
        let error = answer(r#"{ "topics": [{ "arn": "a", "x": 1 }] }"#).expect_err("a field that is not known");
        assert!(error.to_string().starts_with("unknown field `[0].x`"), "{error}");
    }

    #[test]
    fn many_fields_are_counted_in_no_time() {
        let fields: String = (0..200_000).map(|at| format!("\"f{at}\": {{}}, ")).collect();
        let began = Instant::now();
        let ignored = ignored(&format!("{{ {fields} \"topics\": [] }}"));
        assert_eq!(ignored.named, ["f0", "f1", "f2", "f3", "f4"]);
        assert_eq!(ignored.others, 199_995);
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}
