//! The Journal: what a fix did, written down before it was done.
//!
//! One JSON object a line: first a [`Header`], then [`Entry`] after entry. An entry of a call that begins is on the disk
//! before the call is made, so that whatever ends the run, every resource that it may have created is named here, with
//! its whole content. A line that the end of a run tore is no entry.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::plan::{Plan, Step};
use crate::file;

/// The only version of the document that this program writes and reads.
pub const SCHEMA_VERSION: u32 = 1;

/// The first line: of which run in which account the rest tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the document's shape: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of the program that wrote it.
    pub tool_version: String,
    /// The account that was written to, 12 digits.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The region that was asked for.
    pub region: String,
    /// When the account was read that the plan was made for.
    pub collected_at: Timestamp,
}

impl Header {
    /// The header of a run of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            account_id: plan.account_id.clone(),
            partition: plan.partition.clone(),
            region: plan.region.clone(),
            collected_at: plan.collected_at,
        }
    }
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is about to be made.
    Begun,
    /// It succeeded.
    Done,
    /// It was refused, and had no effect.
    Refused,
    /// It failed, and may have taken effect all the same: an answer can be lost.
    Failed,
    /// What the step made is gone: it was taken back. About the whole step, so that `call` and `resource` are empty.
    Undone,
}

/// One call of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The step's id.
    pub step: String,
    /// IAM's name of the call: `sns:CreateTopic`.
    pub call: String,
    /// The ARN or name that it is about.
    pub resource: String,
    /// How far it is.
    pub state: State,
    /// What the service said to a call that was refused or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The whole step, in the first entry that is about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Step>,
}

/// A journal that is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Of which run.
    pub header: Header,
    /// What it did, in order.
    pub entries: Vec<Entry>,
}

/// A journal that cannot be read.
#[derive(Debug, Error)]
pub enum JournalError {
    /// There is no header: the run ended before it began, or this is something else.
    #[error("its first line is none of a journal's: {0}")]
    Header(serde_json::Error),
    /// It is of another version.
    #[error("a journal of version {0}, and this program reads version {SCHEMA_VERSION}")]
    Version(u32),
    /// A line that is not the last is broken.
    #[error("line {line}: {error}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

impl Record {
    /// Reads a journal. A last line without an end was torn as it was written, and what it tells was never begun.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn parse(journal: &[u8]) -> Result<Self, JournalError> {
        // A line may be torn within a character, so that it is no text.
        let mut lines = journal.split_inclusive(|byte| *byte == b'\n').enumerate();
        let (_, first) = lines.next().unwrap_or_default();
        let version: Version = serde_json::from_slice(first).map_err(JournalError::Header)?;
        if version.schema_version != SCHEMA_VERSION {
            return Err(JournalError::Version(version.schema_version));
        }
        let header = serde_json::from_slice(first).map_err(JournalError::Header)?;
        let mut entries = Vec::new();
        for (at, line) in lines {
            match serde_json::from_slice(line) {
                Ok(entry) => entries.push(entry),
                Err(_) if !line.ends_with(b"\n") => break,
                Err(error) => return Err(JournalError::Line { line: at + 1, error }),
            }
        }
        Ok(Self { header, entries })
    }
}

#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

/// Writes a journal.
#[derive(Debug)]
pub struct Journal {
    file: File,
    /// Steps that have been written down in full.
    told: BTreeSet<String>,
}

impl Journal {
    /// Begins a journal in a file that does not exist and that nobody but its owner can read.
    ///
    /// # Errors
    /// The file exists, or cannot be written.
    pub fn create(path: &Path, header: &Header) -> io::Result<Self> {
        // With its header or not at all: what has none cannot be undone, and keeps the name from the next run.
        Ok(Self { file: file::begin(path, &line(header)?)?, told: BTreeSet::new() })
    }

    /// Opens a journal to go on with it. A last line that was torn is cut off.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let written = fs::read(path)?;
        let file = OpenOptions::new().append(true).open(path)?;
        let mut journal = Self { file, told: BTreeSet::new() };
        let whole = written.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let torn = written.get(whole..).unwrap_or_default();
        if serde_json::from_slice::<Entry>(torn).is_ok() {
            journal.file.write_all(b"\n")?;
        } else {
            journal.file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
        }
        Ok(journal)
    }

    /// What a step made is gone.
    ///
    /// # Errors
    /// It could not be written.
    pub fn undone(&mut self, step: &Step) -> io::Result<()> {
        self.line(&entry(step, "", "", State::Undone))?;
        self.file.sync_data()
    }

    /// A call of a step is about to be made: on the disk when this returns.
    ///
    /// # Errors
    /// It could not be written: the call must not be made.
    pub fn begun(&mut self, step: &Step, call: &str, resource: &str) -> io::Result<()> {
        let plan = (!self.told.contains(&step.id)).then(|| step.clone());
        self.line(&Entry { plan, ..entry(step, call, resource, State::Begun) })?;
        self.file.sync_data()?;
        self.told.insert(step.id.clone());
        Ok(())
    }

    /// The call was made, and this became of it; unless it is done, for this reason.
    ///
    /// # Errors
    /// It could not be written.
    pub fn ended(
        &mut self,
        step: &Step,
        call: &str,
        resource: &str,
        state: State,
        reason: Option<&str>,
    ) -> io::Result<()> {
        self.line(&Entry { message: reason.map(str::to_owned), ..entry(step, call, resource, state) })
    }

    /// In one write, so that two lines are never torn into each other.
    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.file.write_all(&line(value)?)
    }
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

fn entry(step: &Step, call: &str, resource: &str, state: State) -> Entry {
    Entry {
        step: step.id.clone(),
        call: call.to_owned(),
        resource: resource.to_owned(),
        state,
        message: None,
        plan: None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::fix::plan::{Action, Topic};

    fn header() -> Header {
        Header {
            schema_version: 1,
            tool_version: "0.1.0".to_owned(),
            account_id: "111122223333".to_owned(),
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            collected_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        }
    }

    fn step() -> Step {
        Step {
            id: "topic/alerts".to_owned(),
            after: vec![],
            rules: vec!["3.1".to_owned()],
            action: Action::CreateTopic(Topic {
                arn: "arn:aws:sns:us-east-1:111122223333:alerts".to_owned(),
                policy: "{}".to_owned(),
                kms_key_id: None,
                tags: [("cis-audit".to_owned(), "cis-audit".to_owned()), ("team".to_owned(), "Zürich".to_owned())]
                    .into(),
            }),
        }
    }

    fn written() -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let mut journal = Journal::create(&path, &header()).unwrap();
        journal.begun(&step(), "sns:CreateTopic", "alerts").unwrap();
        let (state, reason) = (State::Refused, Some("sns:CreateTopic: AccessDenied: no"));
        journal.ended(&step(), "sns:CreateTopic", "alerts", state, reason).unwrap();
        journal.begun(&step(), "sns:CreateTopic", "alerts").unwrap();
        journal.ended(&step(), "sns:CreateTopic", "alerts", State::Done, None).unwrap();
        fs::read(&path).unwrap()
    }

    #[test]
    fn lines_are_documented_json() {
        let text = String::from_utf8(written()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(
            lines[1],
            r#"{"step":"topic/alerts","call":"sns:CreateTopic","resource":"alerts","state":"begun","plan":{"id":"topic/alerts","after":[],"rules":["3.1"],"action":"create_topic","resource":{"arn":"arn:aws:sns:us-east-1:111122223333:alerts","policy":"{}","tags":{"cis-audit":"cis-audit","team":"Zürich"}}}}"#
        );
        assert_eq!(
            lines[2],
            r#"{"step":"topic/alerts","call":"sns:CreateTopic","resource":"alerts","state":"refused","message":"sns:CreateTopic: AccessDenied: no"}"#
        );
        assert_eq!(lines[3], r#"{"step":"topic/alerts","call":"sns:CreateTopic","resource":"alerts","state":"begun"}"#);
    }

    #[test]
    fn what_was_written_is_read() {
        let record = Record::parse(&written()).unwrap();
        assert_eq!(record.header, header());
        let states: Vec<State> = record.entries.iter().map(|entry| entry.state.clone()).collect();
        assert_eq!(states, [State::Begun, State::Refused, State::Begun, State::Done]);
        assert_eq!(record.entries[0].plan, Some(step()));
    }

    #[test]
    fn a_torn_last_line_is_no_entry_wherever_it_was_torn() {
        let text = written();
        let header = text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for end in header..=text.len() {
            let kept = Record::parse(&text[..end]).unwrap().entries.len();
            let whole = text[header..end].iter().filter(|byte| **byte == b'\n').count();
            // Torn right before its end, a line is whole.
            assert!(kept == whole || kept == whole + 1, "{end}");
        }
    }

    #[test]
    fn a_broken_line_before_the_last_is_an_error() {
        let text = String::from_utf8(written()).unwrap().replacen("\"done\"", "\"none\"", 1) + "\n";
        assert!(matches!(Record::parse(text.as_bytes()), Err(JournalError::Line { line: 5, .. })));
    }

    #[test]
    fn other_files_are_not_journals() {
        for text in ["", "\n", "{}", "[]\n", "{\"schema_version\":"] {
            assert!(matches!(Record::parse(text.as_bytes()), Err(JournalError::Header(_))), "{text}");
        }
        assert!(matches!(Record::parse(b"{\"schema_version\":2}\n"), Err(JournalError::Version(2))));
    }

    /// A journal that was torn in its last line, and one that was torn right before that line's end, are gone on with.
    #[test]
    fn what_is_taken_back_is_written_behind_what_was_done() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        for cut in [0, 1, 7] {
            let text = written();
            fs::write(&path, &text[..text.len() - cut]).unwrap();
            Journal::open(&path).unwrap().undone(&step()).unwrap();
            let entries = Record::parse(&fs::read(&path).unwrap()).unwrap().entries;
            let states: Vec<State> = entries.into_iter().map(|entry| entry.state).collect();
            let done = (cut < 7).then_some(State::Done);
            let wanted: Vec<State> =
                [State::Begun, State::Refused, State::Begun].into_iter().chain(done).chain([State::Undone]).collect();
            assert_eq!(states, wanted, "{cut}");
        }
    }

    #[test]
    fn a_journal_is_never_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        drop(Journal::create(&path, &header()).unwrap());
        assert_eq!(Journal::create(&path, &header()).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        drop(Journal::create(&path, &header()).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
