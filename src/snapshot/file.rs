//! Reading and writing the snapshot document, with errors that name the place.
//!
//! Files are untrusted: a broken, hostile or newer one is an error with line, column and field, never a panic.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};

use thiserror::Error;

use super::{SCHEMA_VERSION, Snapshot};
use crate::document::{self, Head, Misshapen, Opened, Refusal};

/// Why a snapshot could not be read.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The bytes could not be had.
    #[error("cannot read it: {0}")]
    Read(#[from] io::Error),
    /// Not a text.
    #[error("not UTF-8 text (byte {0})")]
    NotText(usize),
    /// Not a JSON document, or not of the right shape.
    #[error(transparent)]
    Shape(#[from] Misshapen),
    /// Written by a newer program.
    #[error(
        "written by a newer cis-audit (schema_version {found}; this one reads {SCHEMA_VERSION}): upgrade cis-audit, or save the account again with this one"
    )]
    Newer {
        /// The file's `schema_version`.
        found: u64,
    },
    /// It says two things of one resource.
    #[error("{0} is in it twice")]
    Twice(String),
    /// No version, or one that never existed.
    #[error("not a saved account: {0}; make one with `cis-audit snapshot -o FILE`")]
    NotASnapshot(&'static str),
}

impl From<Refusal> for SnapshotError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Other(why) => Self::NotASnapshot(why),
            Refusal::Misshapen(error) => Self::Shape(error),
            Refusal::Newer(found) => Self::Newer { found },
        }
    }
}

impl Snapshot {
    /// Reads a saved account.
    ///
    /// # Errors
    /// Unreadable, not UTF-8, not JSON, of another shape, or of a newer version: see [`SnapshotError`].
    pub fn from_reader(mut reader: impl Read) -> Result<Opened<Self>, SnapshotError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        let text = std::str::from_utf8(&bytes).map_err(|error| SnapshotError::NotText(error.valid_up_to()))?;
        Self::from_json(text)
    }

    /// Reads a saved account from its text.
    ///
    /// # Errors
    /// As [`Snapshot::from_reader`].
    pub fn from_json(text: &str) -> Result<Opened<Self>, SnapshotError> {
        let text = document::without_mark(text).as_bytes();
        Head::of(text)?.check(SCHEMA_VERSION)?;
        let mut opened: Opened<Self> = document::open(text)?;
        let snapshot = &mut opened.document;
        snapshot.sort();
        match snapshot.twice() {
            Some(name) => Err(SnapshotError::Twice(name.to_owned())),
            None => Ok(opened),
        }
    }

    /// A resource that stands there twice. What it is could depend on which is looked at.
    fn twice(&self) -> Option<&str> {
        let trails = self.trails().iter().map(|trail| &trail.arn);
        let groups = self.log_groups.iter().map(|group| &group.arn);
        let topics = self.topics.iter().map(|topic| &topic.arn);
        let alarms = self.alarms.iter().flat_map(|alarms| {
            let metric = alarms.metric_alarms.iter().map(|alarm| &alarm.arn);
            let composite = alarms.composite_alarms.iter().map(|alarm| &alarm.arn);
            std::iter::once(&alarms.region).chain(metric).chain(composite)
        });
        let mut seen = BTreeSet::new();
        trails.chain(groups).chain(topics).chain(alarms).find(|name| !seen.insert(*name)).map(String::as_str)
    }

    /// Writes the account as indented JSON with a newline at the end.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn to_writer(&self, mut writer: impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut writer, self)?;
        writer.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Ignored;

    const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");

    fn error(text: &str) -> String {
        Snapshot::from_json(text).expect_err("a broken file").to_string()
    }

    #[test]
    fn a_saved_account_reads_back_the_same() {
        let opened = Snapshot::from_json(DEMO).expect("the fixture");
        assert_eq!(opened.ignored, Ignored::default());
        let mut written = Vec::new();
        opened.document.to_writer(&mut written).expect("memory does not fail");
        assert_eq!(Snapshot::from_reader(written.as_slice()).expect("what was written"), opened);
    }

    #[test]
    fn a_broken_file_is_located() {
        let end = DEMO.find("\"trails\"").expect("the field");
        insta::assert_snapshot!(error(&DEMO[..end + 11]), @"line 7, column 13: EOF while parsing a list");
        insta::assert_snapshot!(error("{\n  \"schema_version\": oops }"), @"line 2, column 21: expected value");
        let wrong = DEMO.replace("\"is_multi_region\": true", "\"is_multi_region\": \"yes\"");
        insta::assert_snapshot!(
            error(&wrong),
            @r#"line 12, column 30, field trails[0].is_multi_region: invalid type: string "yes", expected a boolean"#
        );
        let missing = DEMO.replace("\"account_id\": \"111122223333\",", "");
        assert!(error(&missing).ends_with("missing field `account_id`"), "{}", error(&missing));
    }

    #[test]
    fn another_version_is_refused_by_its_number() {
        let newer = DEMO.replace("\"schema_version\": 1", "\"schema_version\": 2, \"more\": true");
        assert!(error(&newer).starts_with("written by a newer cis-audit (schema_version 2; this one reads 1)"));
        for text in ["{}", "[]", "3", "{\"schema_version\": -1}", "{\"schema_version\": \"1\"}"] {
            assert!(error(text).starts_with("not a saved account"), "{text}: {}", error(text));
        }
    }

    #[test]
    fn fields_that_are_not_known_are_passed_over_and_named() {
        let known = Snapshot::from_json(DEMO).expect("the fixture").document;
        let later = DEMO
            .replace("\"schema_version\": 1", "\"schema_version\": 1, \"later\": {\"a\": [1]}")
            .replace("\"is_multi_region\": true", "\"is_multi_region\": true, \"x\": null")
            .replace("\"statistic\": \"Sum\"", "\"statistic\": \"Sum\", \"y\": 2");
        let opened = Snapshot::from_json(&later).expect("an account of a later program");
        assert_eq!(opened.document, known);
        let first = ["later", "trails[0].x", "alarms[0].metric_alarms[0].watches.y"];
        assert_eq!(opened.ignored.named.get(..3).expect("three"), first);
    }

    #[test]
    fn hostile_files_are_errors() {
        let deep = format!("{{\"schema_version\":1,\"trails\":{}", "[".repeat(100_000));
        for text in ["", "\u{0}", "\u{feff}", "{\"schema_version\":1}x", &deep] {
            assert!(!error(text).is_empty());
        }
        assert!(Snapshot::from_reader([0xff, 0xfe].as_slice()).is_err());
    }
}
