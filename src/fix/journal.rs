//! The Journal: what a fix did, written down before it was done.
//!
//! One JSON object a line: first a [`Header`], then [`Entry`] after entry. An entry of a call that begins is on the disk
//! before the call is made, so that whatever ends the run, every resource that it may have created is named here, with
//! its whole content. A line that the end of a run tore is no entry.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::plan::{Plan, Step};
use super::validate::{Home, Invalid};
use crate::{file, json};

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

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End<'a> {
    /// How it ended.
    pub state: &'a State,
    /// What the service said to a call that was refused or failed.
    pub reason: Option<&'a str>,
    /// What the service calls what was made, where that is not a name of the step.
    pub made: Option<&'a str>,
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
    /// When, by the services' clock (the `Date` of their answers), which is also that of the times that they give of what
    /// was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What the service calls what was made, where that is not a name of the step: a key's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// What the service said to a call that was refused or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The whole step, in the first entry that is about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Step>,
}

/// One call that may have had an effect, as its entries tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// IAM's name of the call.
    pub call: String,
    /// When it was begun. `None`: the journal is of a version that did not say.
    pub begun: Option<Timestamp>,
    /// When its answer came. `None`: the run ended before that.
    pub ended: Option<Timestamp>,
    /// The answer said that it is done.
    pub is_done: bool,
    /// What the service said otherwise.
    pub message: Option<String>,
    /// What the service calls what was made.
    pub made: Option<String>,
}

/// By how much a time that a service gives may lie outside the call that it is of. `Date`, by which the call's times are
/// put right, has whole seconds, and is as old as its answer was under way.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);
/// How long after its beginning a call may take effect of which no answer is known: a run that was killed sends nothing
/// again, and what was sent is taken or given up by then.
const UNANSWERED: SignedDuration = SignedDuration::from_secs(60);
/// The longest that a call is believed to have taken, with all its attempts.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);

impl Attempt {
    /// Whether what was made at this time can have been made by this call. `None`: the journal does not say when it was, or
    /// says that it took longer than a call does.
    #[must_use]
    pub fn covers(&self, time: Timestamp) -> Option<bool> {
        let begun = self.begun?;
        let last = self.ended.unwrap_or_else(|| begun.checked_add(UNANSWERED).unwrap_or(begun));
        if last.duration_since(begun) > LONGEST {
            return None;
        }
        Some(time.duration_since(begun) >= -MARGIN && time.duration_since(last) <= MARGIN)
    }
}

/// Goes on with the calls of a step that may have had an effect. What was taken back was in vain.
#[cfg(feature = "aws")]
pub(super) fn note(attempts: &mut Vec<Attempt>, entry: &Entry) {
    if entry.state == State::Undone {
        attempts.clear();
        return;
    }
    if entry.state == State::Begun {
        let (call, begun) = (entry.call.clone(), entry.at);
        attempts.push(Attempt { call, begun, ended: None, is_done: false, message: None, made: None });
        return;
    }
    let Some(at) = attempts.iter().rposition(|attempt| attempt.call == entry.call) else { return };
    // A refused call leaves nothing; an earlier one of the same name may.
    if entry.state == State::Refused {
        attempts.remove(at);
    } else if let Some(attempt) = attempts.get_mut(at) {
        attempt.ended = entry.at;
        attempt.is_done = entry.state == State::Done;
        attempt.message.clone_from(&entry.message);
        attempt.made.clone_from(&entry.made);
    }
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
    /// It is something else.
    #[error("{0}")]
    NotAJournal(&'static str),
    /// There is no header.
    #[error("line 1: {0}")]
    Header(serde_json::Error),
    /// It is of another version.
    #[error("a journal of version {0}, and this program reads version {SCHEMA_VERSION}")]
    Version(u32),
    /// Something in it is not what it must be.
    #[error("line {line}: {error}")]
    Invalid {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        error: Invalid,
    },
    /// What a call made is not known.
    #[error("line {line}: no line before it says what the step {step} is")]
    Unplanned {
        /// Its number, from 1.
        line: usize,
        /// The step that it is about.
        step: String,
    },
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
    /// Reads a journal, of which nothing is believed that cannot be: see [`validate`](super::validate). A last line without
    /// an end was torn as it was written, and what it tells was never begun.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn parse(journal: &[u8]) -> Result<Self, JournalError> {
        // A line may be torn within a character, so that it is no text.
        let mut lines = journal.split_inclusive(|byte| *byte == b'\n').enumerate();
        let (_, first) = lines.next().unwrap_or_default();
        // A blank line is no header, and no empty file.
        if let Some(why) = json::not_an_object(if first.trim_ascii().is_empty() { journal } else { first }) {
            return Err(JournalError::NotAJournal(why));
        }
        let version: Version = serde_json::from_slice(first).map_err(JournalError::Header)?;
        match version.schema_version {
            Some(SCHEMA_VERSION) => {}
            Some(other) => return Err(JournalError::Version(other)),
            None => return Err(JournalError::NotAJournal("it has no schema_version")),
        }
        let header: Header = serde_json::from_slice(first).map_err(JournalError::Header)?;
        let invalid = |line| move |error| JournalError::Invalid { line, error };
        let home = Home::of(&header.account_id, &header.partition, &header.region).map_err(invalid(1))?;
        let (mut entries, mut planned) = (Vec::new(), BTreeSet::new());
        for (at, line) in lines {
            match serde_json::from_slice::<Entry>(line) {
                Ok(entry) => {
                    if let Some(step) = &entry.plan {
                        home.check(step)
                            .and_then(|()| Invalid::unless_same(&step.id, &entry.step))
                            .map_err(invalid(at + 1))?;
                        planned.insert(entry.step.clone());
                    }
                    if !planned.contains(&entry.step) {
                        return Err(JournalError::Unplanned { line: at + 1, step: entry.step });
                    }
                    entries.push(entry);
                }
                Err(_) if !line.ends_with(b"\n") => break,
                Err(error) => return Err(JournalError::Line { line: at + 1, error }),
            }
        }
        Ok(Self { header, entries })
    }
}

#[derive(Deserialize)]
struct Version {
    schema_version: Option<u32>,
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
    pub fn begun(&mut self, step: &Step, call: &str, resource: &str, at: Timestamp) -> io::Result<()> {
        let plan = (!self.told.contains(&step.id)).then(|| step.clone());
        self.line(&Entry { plan, at: Some(at), ..entry(step, call, resource, State::Begun) })?;
        self.file.sync_data()?;
        self.told.insert(step.id.clone());
        Ok(())
    }

    /// The call was made, and this became of it.
    ///
    /// # Errors
    /// It could not be written.
    pub fn ended(&mut self, step: &Step, call: &str, resource: &str, at: Timestamp, end: End<'_>) -> io::Result<()> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        self.line(&Entry {
            at: Some(at),
            made: owned(end.made),
            message: owned(end.reason),
            ..entry(step, call, resource, end.state.clone())
        })
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
        at: None,
        made: None,
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
        let at = |second: i64| Timestamp::from_second(1_767_323_045 + second).unwrap();
        journal.begun(&step(), "sns:CreateTopic", "alerts", at(0)).unwrap();
        let refused = End { state: &State::Refused, reason: Some("sns:CreateTopic: AccessDenied: no"), made: None };
        journal.ended(&step(), "sns:CreateTopic", "alerts", at(1), refused).unwrap();
        journal.begun(&step(), "sns:CreateTopic", "alerts", at(2)).unwrap();
        let done = End { state: &State::Done, reason: None, made: Some("id") };
        journal.ended(&step(), "sns:CreateTopic", "alerts", at(3), done).unwrap();
        fs::read(&path).unwrap()
    }

    #[test]
    fn lines_are_documented_json() {
        let text = String::from_utf8(written()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(
            lines[1],
            r#"{"step":"topic/alerts","call":"sns:CreateTopic","resource":"alerts","state":"begun","at":"2026-01-02T03:04:05Z","plan":{"id":"topic/alerts","after":[],"rules":["3.1"],"action":"create_topic","resource":{"arn":"arn:aws:sns:us-east-1:111122223333:alerts","policy":"{}","tags":{"cis-audit":"cis-audit","team":"Zürich"}}}}"#
        );
        assert_eq!(
            lines[2],
            r#"{"step":"topic/alerts","call":"sns:CreateTopic","resource":"alerts","state":"refused","at":"2026-01-02T03:04:06Z","message":"sns:CreateTopic: AccessDenied: no"}"#
        );
        assert_eq!(
            lines[3],
            r#"{"step":"topic/alerts","call":"sns:CreateTopic","resource":"alerts","state":"begun","at":"2026-01-02T03:04:07Z"}"#
        );
        assert_eq!(
            lines[4],
            r#"{"step":"topic/alerts","call":"sns:CreateTopic","resource":"alerts","state":"done","at":"2026-01-02T03:04:08Z","made":"id"}"#
        );
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
        let said = |text: &str| Record::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!([said(""), said("\n")], ["it is empty", "it is empty"]);
        assert_eq!(said("hello\n"), "it is no JSON");
        assert_eq!(said("{}"), "it has no schema_version");
        assert_eq!(said("[]\n"), "it is not a JSON object");
        assert!(said("{\"schema_version\":").starts_with("line 1: "));
        assert!(matches!(Record::parse(b"{\"schema_version\":2}\n"), Err(JournalError::Version(2))));
    }

    /// What a call made must be known to be taken back.
    #[test]
    fn a_call_of_a_step_that_no_line_describes_is_refused() {
        let text = String::from_utf8(written()).unwrap();
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        lines.remove(1);
        let error = Record::parse(lines.concat().as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "line 2: no line before it says what the step topic/alerts is");
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_line() {
        let text = String::from_utf8(written()).unwrap();
        let said = |from: &str, to: &str| Record::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
        assert_eq!(
            said("us-east-1", "evil.example/"),
            "line 1: `region` is \"evil.example/\", which is not the name of a region of aws"
        );
        assert_eq!(
            said("arn:aws:sns:us-east-1", "arn:aws:sns:evil.example/"),
            "line 2: step \"topic/alerts\": `resource.arn` is \"arn:aws:sns:evil.example/:111122223333:alerts\", which \
             is not the ARN of a topic of account 111122223333 in aws"
        );
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

    /// Of how many seconds after its beginning something is held to be a call's, if the call took so many.
    fn covered(took: i64, after: i64) -> Option<bool> {
        let at = |second: i64| Timestamp::from_second(1_767_323_045 + second).unwrap();
        let attempt = Attempt {
            call: "logs:PutMetricFilter".to_owned(),
            begun: Some(at(0)),
            ended: Some(at(took)),
            is_done: true,
            message: None,
            made: None,
        };
        attempt.covers(at(after))
    }

    #[test]
    fn a_call_that_takes_days_proves_nothing() {
        assert_eq!(covered(30, 20), Some(true));
        assert_eq!(covered(30, 3_600), Some(false));
        assert_eq!(covered(86_400, 3_600), None);
        // It cannot have ended before it began.
        assert_eq!(covered(-3_600, -1_800), Some(false));
    }
}
