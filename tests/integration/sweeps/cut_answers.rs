//! What an undoing reads of S3 and IAM before it removes a bucket or a role, cut at every byte: a part of an answer hides
//! that something is in use, and so must stop the removal by name.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::leftovers::{Home, fixed};
use crate::fix::changes_something;
use crate::support::fault::{Fault, FaultRule};
use crate::support::http::{Request, Response};
use crate::support::run::Run;
use crate::support::stage::Stage;
use crate::support::sweep::{Sweep, at_once, chosen};
use crate::support::wire::json_response;

const SAMPLE: usize = 24;
const THREADS: usize = 6;

/// An answer, and what it is about.
#[derive(Clone, Copy)]
struct Answer {
    action: &'static str,
    /// The resource whose removal it decides.
    kind: &'static str,
    /// Instead of what the emulator says: something is there that must not be lost.
    instead: Option<&'static str>,
}

const ANSWERS: [Answer; 8] = [
    Answer { action: "iam:GetRole", kind: "role", instead: None },
    Answer { action: "iam:GetRolePolicy", kind: "role", instead: None },
    Answer {
        action: "iam:ListAttachedRolePolicies",
        kind: "role",
        instead: Some(
            "<ListAttachedRolePoliciesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
             <ListAttachedRolePoliciesResult><IsTruncated>false</IsTruncated><AttachedPolicies><member>\
             <PolicyName>ReadOnlyAccess</PolicyName><PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn>\
             </member></AttachedPolicies></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>",
        ),
    },
    Answer {
        action: "iam:ListRolePolicies",
        kind: "role",
        instead: Some(
            "<ListRolePoliciesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListRolePoliciesResult>\
             <IsTruncated>false</IsTruncated><PolicyNames><member>theirs</member></PolicyNames></ListRolePoliciesResult>\
             </ListRolePoliciesResponse>",
        ),
    },
    Answer { action: "s3:GetBucketTagging", kind: "bucket", instead: None },
    Answer { action: "s3:GetBucketPublicAccessBlock", kind: "bucket", instead: None },
    Answer { action: "s3:GetBucketPolicy", kind: "bucket", instead: None },
    Answer {
        action: "s3:ListBucket",
        kind: "bucket",
        instead: Some(
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><Prefix></Prefix>\
             <KeyCount>1</KeyCount><MaxKeys>1</MaxKeys><IsTruncated>false</IsTruncated><Contents>\
             <Key>AWSLogs/1.json.gz</Key><Size>1</Size></Contents></ListBucketResult>",
        ),
    },
];

impl Answer {
    /// What makes the emulator say what it is to say; nothing can be removed, and no trail is left that needs anything.
    fn faults(self, first: FaultRule) -> Vec<FaultRule> {
        let none = |_: &Request, response: &mut Response| {
            *response = json_response(&serde_json::json!({ "trailList": [] }));
        };
        vec![
            first.only_when(has_body),
            FaultRule::always("*", Fault::Denied).only_when(changes_something),
            FaultRule::rewrite("cloudtrail:DescribeTrails", none),
        ]
    }

    fn cut_at(self, bytes: usize) -> Vec<FaultRule> {
        let Some(body) = self.instead else {
            return self.faults(FaultRule::always(self.action, Fault::EndsAt(bytes)));
        };
        let cut = FaultRule::rewrite(self.action, move |_, response| {
            *response = Response::new(200, "text/xml", &body.as_bytes()[..bytes.min(body.len())]);
        });
        self.faults(cut)
    }
}

/// `HeadBucket` has none.
fn has_body(request: &Request) -> bool {
    request.method != "HEAD"
}

/// A fix that was carried out, and the part of its journal that is about the bucket and the role.
struct Fixed {
    stage: Stage,
    home: Home,
    journal: PathBuf,
    _directory: tempfile::TempDir,
}

impl Fixed {
    fn new() -> Option<Self> {
        let (stage, home, text) = fixed()?;
        let is_kept = |line: &&str| {
            let entry: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            entry["step"].as_str().is_none_or(|step| step.starts_with("role/") || step.starts_with("bucket/"))
        };
        let directory = tempfile::tempdir().expect("a directory");
        let journal = directory.path().join("part.journal");
        let kept: String = text.lines().filter(is_kept).map(|line| format!("{line}\n")).collect();
        std::fs::write(&journal, kept).expect("a file");
        Some(Self { stage, home, journal, _directory: directory })
    }

    /// The undoing, and how often it asked to delete anything.
    fn undo(&self, faults: Vec<FaultRule>) -> (Run, usize) {
        let copy = tempfile::tempdir().expect("a directory");
        let journal = copy.path().join("run.journal");
        std::fs::copy(&self.journal, &journal).expect("a copy");
        let stage = self.stage.beside(faults);
        let run = self.home.undo(&stage, Path::new(&journal));
        let deleted = stage.traffic().calls().iter().filter(|call| call.operation.starts_with("Delete")).count();
        (run, deleted)
    }
}

/// What the undoing says of the one resource.
fn undo_line(run: &Run, kind: &str) -> String {
    let mut lines = run.stderr.lines().map(|line| line.trim_start().trim_start_matches(['-', '=']).trim_start());
    let step = format!("{kind}/");
    lines.rfind(|line| line.starts_with(&step) && line.contains(": ")).unwrap_or_default().to_owned()
}

struct Point {
    answer: Answer,
    bytes: usize,
}

#[test]
fn a_part_of_an_answer_removes_nothing_and_is_named() {
    let Some(fixed) = Fixed::new() else { return };
    let mut sweep = Sweep::new("cut-answers-undo");
    let mut points = Vec::new();
    for answer in ANSWERS {
        let length = Arc::new(AtomicUsize::new(0));
        let noted = Arc::clone(&length);
        let note = FaultRule::rewrite(answer.action, move |_, response| {
            if let Some(body) = answer.instead {
                *response = Response::new(200, "text/xml", body);
            }
            noted.store(response.body.len(), Ordering::SeqCst);
        });
        let (run, deleted) = fixed.undo(answer.faults(note));
        let length = length.load(Ordering::SeqCst);
        let whole = undo_line(&run, answer.kind);
        sweep.line(&format!("{}: {length} bytes; whole: {deleted} deletions, {whole}", answer.action));
        if length == 0 || (answer.instead.is_some() && !whole.contains("kept: ")) {
            sweep.wrong("the whole answer", answer.action, &format!("{length} bytes, {whole}"));
        }
        points.extend((0..length).map(|bytes| Point { answer, bytes }));
    }
    sweep.line(&format!("{} points in all", points.len()));
    let points = chosen(points, SAMPLE, |point| format!("{} {}", point.answer.action, point.bytes));
    let outcomes = at_once(THREADS, &points, |point| fixed.undo(point.answer.cut_at(point.bytes)));
    for (Point { answer, bytes }, (run, _)) in points.iter().zip(outcomes) {
        let line = undo_line(&run, answer.kind);
        let place = format!("{} ends at {bytes}", answer.action);
        // The refused deletion is named by its own operation.
        if line.contains(":Delete") {
            sweep.wrong(format!("a deletion was tried: {}", answer.action), &place, &line);
        } else if !line.contains(answer.action) {
            sweep.wrong(format!("the unread answer is not named: {}", answer.action), &place, &line);
        }
    }
    sweep.close(points.len());
}
