//! Two fixes of one account at once: one of each at the end, both say what happened, and undoing both leaves nothing.
//!
//! The second runs whole while the first is about to make one call, so that each race is the same every time.

use std::collections::BTreeSet;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;
use tempfile::TempDir;

use crate::fix::{fix, nothing, planned, queue};
use crate::support::fault::FaultRule;
use crate::support::run::{Cli, EXECUTABLE, Run};
use crate::support::seed::REGION;
use crate::support::stage::{Endpoint, Stage};

const RULE: &str = "3.4";

/// Every call that a fix makes of something from nothing.
const CALLS: &[&str] = &[
    "kms:CreateAlias",
    "s3:CreateBucket",
    "cloudtrail:CreateTrail",
    "kms:CreateKey",
    "kms:EnableKeyRotation",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketPolicy",
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "cloudtrail:StartLogging",
    "sns:CreateTopic",
    "sqs:SetQueueAttributes",
    "sns:Subscribe",
    "logs:PutMetricFilter",
    "cloudwatch:PutMetricAlarm",
];
/// Of these, those that are raced without `CIS_AUDIT_SLOW=1`.
const SAMPLE: usize = 3;

/// Ids of keys, as the answers name them.
type Keys = Arc<Mutex<BTreeSet<String>>>;

/// Notes the ids of keys in the answers to an action.
fn noting(keys: &Keys, action: &str, pointer: &'static str) -> FaultRule {
    let noted = Arc::clone(keys);
    FaultRule::rewrite(action, move |_, response| {
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        if let Some(id) = body.pointer(pointer).and_then(Value::as_str) {
            // Some name it by its ARN.
            let id = id.rsplit('/').next().unwrap_or_default().to_owned();
            noted.lock().expect("nobody panics while holding it").insert(id);
        }
    })
}

/// What a process is started with.
struct Prepared {
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
    home: PathBuf,
}

/// The other fix, run once, no matter how many calls wait for its end.
struct Other {
    prepared: OnceLock<Prepared>,
    output: OnceLock<String>,
}

impl Other {
    /// Its exit code and what it wrote on standard error. A call that was given up and sent again waits as the first did.
    fn run(&self) -> &str {
        self.output.get_or_init(|| self.ran())
    }

    fn ran(&self) -> String {
        let Prepared { variables, arguments, home } = self.prepared.get().expect("it is set before anything runs");
        let mut command = Command::new(EXECUTABLE);
        command.args(arguments).env_clear().envs(variables.iter().cloned()).current_dir(home).stdin(Stdio::null());
        if let Some(path) = env::var_os("PATH") {
            command.env("PATH", path);
        }
        let output = command.output().expect("the executable was built");
        format!("{:?}\n{}", output.status.code(), String::from_utf8_lossy(&output.stderr))
    }
}

fn race(action: &'static str) {
    let account = nothing();
    let queue = queue(&account);
    let (created, scheduled) = (Keys::default(), Keys::default());
    let notes = || {
        let created = noting(&created, "kms:CreateKey", "/KeyMetadata/KeyId");
        vec![created, noting(&scheduled, "kms:ScheduleKeyDeletion", "/KeyId")]
    };
    let other = Arc::new(Other { prepared: OnceLock::new(), output: OnceLock::new() });
    let running = Arc::clone(&other);
    let at = FaultRule::rewrite(action, |_, _| {}).only_when(move |_| {
        running.run();
        true
    });
    let faults = notes().into_iter().chain([at]).collect();
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, faults) else { return };
    // The second has a way of its own, on which nothing waits.
    let beside = stage.beside(notes());
    let journals = TempDir::new().expect("a directory");
    let journal = |name: &str| journals.path().join(name).to_str().expect("a name").to_owned();
    let arguments = |name: &str| {
        // The first waits in one call for as long as the second takes, which may be long on a busy machine.
        let patience = ["--timeout", "600", "--deadline", "600"];
        let fixed = ["--fix", "--yes", "--rule", RULE, "--region", REGION, "--subscribe", &queue, "--journal"];
        let fixed = patience.into_iter().chain(fixed);
        fixed.map(str::to_owned).chain([journal(name)]).collect::<Vec<_>>()
    };
    let variables = beside.cli().variables();
    let prepared = Prepared { variables, arguments: arguments("second"), home: journals.path().to_owned() };
    assert!(other.prepared.set(prepared).is_ok());

    let first: Run = arguments("first").into_iter().fold(stage.cli(), Cli::arg).run();
    let output = other.output.get().cloned().unwrap_or_else(|| "not reached".to_owned());
    assert!(output.starts_with("Some(0)\n"), "{action}: the first: {first:#?}\nthe second: {output}");
    assert_eq!(first.code, Some(0), "{action}: the first: {first:#?}\nthe second: {output}");
    // One of each: the key that is named, and no other that AWS does not delete.
    let all = || created.lock().expect("nobody panics while holding it").clone();
    let going = || scheduled.lock().expect("nobody panics while holding it").clone();
    assert_eq!(all().difference(&going()).count(), 1, "{action}: {:?} {:?}\n{first:#?}", all(), going());
    let run = fix(&stage, &queue, &["--dry-run", "--rule", RULE]).run();
    assert!(run.stdout.contains("Nothing to do."), "{action}: {run:#?}");

    let mut output = String::new();
    for name in ["first", "second", "first"] {
        let run = stage.cli().args(&["undo", "--yes", &journal(name)]).run();
        assert_eq!(run.code, Some(0), "{action}: {run:#?}");
        output.push_str(&run.stderr);
    }
    assert_eq!(all(), going(), "{action}: {output}");
    let run = fix(&stage, &queue, &["--dry-run", "-f", "json", "--rule", RULE]).run();
    // All but what was there before: the queue's policy.
    let again = planned(&run);
    let kinds: Vec<&str> = again.iter().filter_map(|step| step.split('/').next()).collect();
    let wanted = ["key", "bucket", "log-group", "role", "trail", "topic", "subscription", "metric-filter", "alarm"];
    assert_eq!(kinds, wanted, "{action}: {output}");
}

#[test]
fn two_fixes_leave_one_of_each() {
    let is_slow = env::var_os("CIS_AUDIT_SLOW").is_some_and(|value| value == "1");
    for action in &CALLS[..if is_slow { CALLS.len() } else { SAMPLE }] {
        race(action);
    }
}
