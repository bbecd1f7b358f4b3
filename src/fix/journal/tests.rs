use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use jiff::Timestamp;

use super::*;
use crate::fix::plan::Step;
use crate::fix::plan::{Action, Topic};

pub(crate) fn header() -> Header {
    Header {
        schema_version: 1,
        tool_version: "0.1.0".to_owned(),
        account_id: "111122223333".to_owned(),
        partition: "aws".to_owned(),
        region: "us-east-1".to_owned(),
        collected_at: "2026-01-02T03:04:05Z".parse().unwrap(),
    }
}

pub(crate) fn step() -> Step {
    Step {
        id: "topic/alerts".to_owned(),
        after: vec![],
        rules: vec!["3.1".to_owned()],
        action: Action::CreateTopic(Topic {
            arn: "arn:aws:sns:us-east-1:111122223333:alerts".into(),
            policy: "{}".to_owned(),
            kms_key_id: None,
            tags: [("cis-audit".to_owned(), "cis-audit".to_owned()), ("team".to_owned(), "Zürich".to_owned())].into(),
        }),
    }
}

/// What a journal in memory holds.
#[derive(Clone, Default)]
pub(crate) struct Memory(Rc<RefCell<Vec<u8>>>);

impl Memory {
    pub(crate) fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Log for Memory {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().extend_from_slice(line);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A journal that is written to memory.
pub(crate) fn in_memory(header: &Header) -> (Journal, Memory) {
    let mut memory = Memory::default();
    memory.write(&first_line(header).unwrap()).unwrap();
    (Journal::behind(Box::new(memory.clone())), memory)
}

pub(crate) fn written() -> Vec<u8> {
    let (mut journal, memory) = in_memory(&header());
    let at = |second: i64| Timestamp::from_second(1_767_323_045 + second).unwrap();
    journal.begun(&step(), "sns:CreateTopic", "alerts", at(0)).unwrap();
    let refused = End { state: &State::Refused, reason: Some("sns:CreateTopic: AccessDenied: no"), made: None };
    journal.ended(&step(), "sns:CreateTopic", "alerts", at(1), refused).unwrap();
    journal.begun(&step(), "sns:CreateTopic", "alerts", at(2)).unwrap();
    let done = End { state: &State::Done, reason: None, made: Some("id") };
    journal.ended(&step(), "sns:CreateTopic", "alerts", at(3), done).unwrap();
    memory.take()
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
    let error = |text: &str| Record::parse(text.as_bytes()).unwrap_err().to_string();
    assert_eq!([error(""), error("\n")], ["it is empty", "it is empty"]);
    assert_eq!(error("hello\n"), "it is not JSON");
    assert_eq!(error("{}"), "it has no schema_version");
    assert_eq!(error("[]\n"), "it is not a JSON object");
    assert!(error("{\"schema_version\":").starts_with("line 1: "));
    assert!(matches!(Record::parse(b"{\"schema_version\":2}\n"), Err(JournalError::Version(2))));
}

/// What a call made must be known to be undone.
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
    let error = |from: &str, to: &str| Record::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
    assert_eq!(
        error("us-east-1", "evil.example/"),
        "line 1: `region` is \"evil.example/\", which is not the name of a region of aws"
    );
    assert_eq!(
        error("arn:aws:sns:us-east-1", "arn:aws:sns:evil.example/"),
        "line 2: step \"topic/alerts\": `resource.arn` is \"arn:aws:sns:evil.example/:111122223333:alerts\", which \
         is not the ARN of a topic of account 111122223333 in aws"
    );
}

#[test]
fn a_torn_last_line_is_no_line() {
    let text = written();
    let length = text.len();
    assert_eq!(whole_lines(&text), (length, false));
    // Only its end is missing.
    assert_eq!(whole_lines(&text[..length - 1]), (length - 1, true));
    let before = text[..length - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    assert_eq!(whole_lines(&text[..length - 7]), (before, false));
    assert_eq!(whole_lines(b""), (0, false));
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
