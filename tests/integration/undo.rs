//! `undo` on the emulators: it removes what its fix made, and nothing that is needed since.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fix::{EMULATORS, fix, nothing, planned, queue};
use crate::support::account::{Account, Alarm, AlarmMetric, MetricQuery, MetricStat};
use crate::support::call::Protocol;
use crate::support::compensate::change_json;
use crate::support::fault::{Fault, FaultRule};
use crate::support::http::Request;
use crate::support::run::Run;
use crate::support::seed::REGION;
use crate::support::stage::{Endpoint, Stage, fresh_id};
use crate::support::wire::{ServiceError, cbor_of, cbor_response, json_response};

/// Where journals are written.
struct Journals(TempDir);

impl Journals {
    fn new() -> Self {
        Self(TempDir::new().expect("a directory"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("a name").to_owned()
    }

    /// Applies a fix, from nothing to a queue that is notified of one control.
    fn fix(&self, stage: &Stage, queue: &str, rule: &str, journal: &str) {
        let run = fix(stage, queue, &["--yes", "--rule", rule, "--journal", &self.name(journal)]).run();
        assert_eq!(run.code, Some(0), "{run:#?}");
    }

    fn undo(&self, stage: &Stage, journal: &str) -> Run {
        stage.cli().args(&["undo", "--yes", &self.name(journal)]).run()
    }
}

/// What became of each step, in the order in which they were undone.
fn undone(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(['-', '='])).collect()
}

fn outcome(run: &Run, step: &str) -> String {
    let all = undone(run);
    let found = all.iter().find_map(|line| line.strip_prefix(step)?.strip_prefix(": "));
    found.unwrap_or_else(|| panic!("nothing is said of {step}: {run:#?}")).to_owned()
}

/// Faults that begin when they are switched on.
#[derive(Clone, Default)]
struct Switch(Arc<AtomicUsize>);

impl Switch {
    fn set(&self, to: usize) {
        self.0.store(to, Ordering::SeqCst);
    }

    fn is(&self, at: usize) -> bool {
        self.0.load(Ordering::SeqCst) == at
    }

    /// Changes the JSON of an answer while the switch is set so.
    fn changes(&self, at: usize, action: &str, change: impl Fn(&mut Value) + Send + Sync + 'static) -> FaultRule {
        let switch = self.clone();
        FaultRule::rewrite(action, move |_, response| change_json(response, &change)).only_when(move |_| switch.is(at))
    }

    /// Answers with an error while the switch is set so.
    fn refuses(&self, at: usize, action: &str, protocol: Protocol, error: ServiceError) -> FaultRule {
        let switch = self.clone();
        FaultRule::rewrite(action, move |_, response| *response = error.response(protocol))
            .only_when(move |_| switch.is(at))
    }
}

/// What a fix made is undone, and what it found stays.
#[test]
fn undo_removes_what_was_made() {
    for endpoint in EMULATORS {
        let mut account = Account::seed(&fresh_id());
        account.remove_filter("3.4");
        account.remove_alarm("3.4");
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let before = stage.cli().report().1;
        let home = tempfile::tempdir().expect("a directory");
        let journal = home.path().join("run.journal");
        let journal = journal.to_str().expect("a name");
        let run = stage.cli().args(&["--fix", "--yes", "--journal", journal]).run();
        assert_eq!(run.code, Some(0), "{run:#?}");
        let run = stage.cli().args(&["undo", journal]).run();
        assert_eq!(run.code, Some(2), "without a terminal it asks nobody: {run:#?}");
        let run = stage.cli().args(&["undo", journal, "--yes"]).run();
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert!(run.stderr.contains("alarm/cis-audit-iam-policy-changes: removed"), "{run:#?}");
        assert!(run.stderr.contains("metric-filter/cis-audit-iam-policy-changes: removed"), "{run:#?}");
        let after = stage.cli().report().1;
        assert_eq!(after.summary, before.summary);
        assert_eq!(after.finding("3.4").status, "fail");
    }
}

const TRAIL: &str = "trail/cis-audit";

/// All of it is removed again, a second undoing finds nothing, and a second fix makes all of it anew.
#[test]
fn from_nothing_and_back_and_again() {
    for endpoint in EMULATORS {
        let account = nothing();
        let queue = queue(&account);
        let gone = Switch::default();
        let code = "AWS.SimpleQueueService.NonExistentQueue";
        let error = ServiceError::new(400, code, "The specified queue does not exist.");
        let faults = vec![gone.refuses(1, "sqs:GetQueueUrl", Protocol::AwsJson, error)];
        let Some(stage) = Stage::with_faults(endpoint, account, faults) else { continue };
        let journals = Journals::new();
        journals.fix(&stage, &queue, "3.4", "first");
        let run = journals.undo(&stage, "first");
        assert_eq!(run.code, Some(0), "{endpoint:?}: {run:#?}");
        let (mut removed, mut others) = (Vec::new(), Vec::new());
        for line in undone(&run) {
            match line.strip_suffix(": removed") {
                Some(step) => removed.push(step.split('/').next().unwrap_or_default()),
                None => others.push(line),
            }
        }
        let all = ["alarm", "metric-filter", "subscription", "topic", "trail", "log-group", "role", "bucket"];
        for kind in all {
            assert_eq!(removed.iter().filter(|removed| **removed == kind).count(), 1, "{kind}: {run:#?}");
        }
        let [policy, key] = &others[..] else { panic!("{}", run.stderr) };
        assert!(policy.starts_with("queue-policy/page/cis-audit-alerts: kept: it was there before"), "{run:#?}");
        assert!(key.contains("is removed by AWS at "), "{run:#?}");

        gone.set(1);
        let run = journals.undo(&stage, "first");
        assert_eq!(run.code, Some(0), "{endpoint:?}: {run:#?}");
        assert!(run.stderr.contains("Nothing to undo in account"), "{run:#?}");
        assert!(run.stderr.contains("  = queue-policy/page/cis-audit-alerts: was not there"), "{run:#?}");
        gone.set(0);

        journals.fix(&stage, &queue, "3.4", "second");
        assert_eq!(stage.traffic().by_action()["kms:CreateKey"], 2);
        // The first journal has been undone: what the second run made under the same names is not its own.
        let run = journals.undo(&stage, "first");
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert_eq!(undone(&run), [""; 0], "{run:#?}");
        let run = stage.cli().args(&["undo", "--dry-run", &journals.name("second")]).run();
        assert_eq!(run.code, Some(1), "{run:#?}");
        assert!(run.stderr.contains("  - trail/cis-audit\n"), "{run:#?}");
        let run = stage.cli().args(&["--rule", "3.4"]).run();
        assert_eq!(run.code, Some(0), "{run:#?}");
    }
}

/// What another run's alarm needs stays: whom it notifies, and what notifies it.
#[test]
fn what_another_run_came_to_need_stays() {
    for endpoint in EMULATORS {
        let account = nothing();
        let queue = queue(&account);
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let journals = Journals::new();
        journals.fix(&stage, &queue, "3.4", "first");
        journals.fix(&stage, &queue, "3.5", "second");
        let run = journals.undo(&stage, "first");
        assert_eq!(run.code, Some(0), "{endpoint:?}: {run:#?}");
        assert_eq!(outcome(&run, "alarm/cis-audit-iam-policy-changes"), "removed");
        assert_eq!(outcome(&run, "metric-filter/cis-audit-iam-policy-changes"), "removed");
        let needed = "kept: the alarm cis-audit-cloudtrail-changes notifies the topic";
        assert_eq!(outcome(&run, "subscription/cis-audit-alerts/sqs-1"), needed);
        assert_eq!(outcome(&run, "topic/cis-audit-alerts"), "kept: subscription/cis-audit-alerts/sqs-1 needs it");
        let counting = "kept: the metric filter cis-audit-cloudtrail-changes counts its events";
        assert_eq!(outcome(&run, TRAIL), counting);
        let report = stage.cli().args(&["--rule", "3.5"]).report().1;
        assert_eq!(report.finding("3.5").verdicts.effective, "pass");

        let run = journals.undo(&stage, "second");
        assert_eq!(run.code, Some(0), "{endpoint:?}: {run:#?}");
        let run = journals.undo(&stage, "first");
        assert_eq!(outcome(&run, "subscription/cis-audit-alerts/sqs-1"), "removed");
        assert_eq!(outcome(&run, TRAIL), "removed");
    }
}

/// A person's alarm in metric math is seen nowhere but on the pages of all alarms.
#[test]
fn a_filter_that_a_persons_alarm_watches_stays() {
    for endpoint in EMULATORS {
        let mut account = Account::seed(&fresh_id());
        account.remove_filter("3.4");
        account.remove_alarm("3.4");
        let mut alarm = Alarm::new("manual", "", "", "");
        alarm.alarm_actions.clear();
        let stat = MetricStat::new("CISBenchmark", "IamPolicyChanges");
        alarm.metric = match endpoint {
            // It keeps no expressions.
            Endpoint::Ministack => AlarmMetric::Single(stat),
            Endpoint::Moto | Endpoint::Fake => {
                let watched = MetricQuery::watched("e", "m * 1");
                AlarmMetric::Queries(vec![MetricQuery::stat("m", stat, false), watched])
            }
        };
        account.region(REGION).alarms.push(alarm);
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let journals = Journals::new();
        let run = stage.cli().args(&["--fix", "--yes", "--journal", &journals.name("run")]).run();
        assert_eq!(run.code, Some(0), "{run:#?}");
        let run = journals.undo(&stage, "run");
        assert_eq!(run.code, Some(0), "{run:#?}");
        let wanted = [
            "alarm/cis-audit-iam-policy-changes: removed",
            "metric-filter/cis-audit-iam-policy-changes: kept: the alarm manual watches its metric",
        ];
        assert_eq!(undone(&run), wanted, "{endpoint:?}");
    }
}

/// A trail that was changed since is not for undo to end.
#[test]
fn a_trail_that_records_something_else_by_now_stays() {
    let account = nothing();
    let queue = queue(&account);
    let switch = Switch::default();
    let with = |field: &'static str| move |answer: &mut Value| answer["trailList"][0][field] = json!(true);
    let data = json!([{ "Type": "AWS::S3::Object", "Values": ["arn:aws:s3"] }]);
    let faults = vec![
        switch.changes(1, "cloudtrail:DescribeTrails", with("IsOrganizationTrail")),
        switch.changes(2, "cloudtrail:DescribeTrails", with("HasInsightSelectors")),
        switch.changes(3, "cloudtrail:GetEventSelectors", move |answer| {
            answer["EventSelectors"][0]["DataResources"] = data.clone();
        }),
        switch.changes(4, "cloudtrail:GetEventSelectors", |answer| {
            answer["EventSelectors"][0]["ExcludeManagementEventSources"] = json!(["kms.amazonaws.com"]);
        }),
    ];
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, faults) else { return };
    let journals = Journals::new();
    journals.fix(&stage, &queue, "3.4", "run");
    for (at, what) in [(1, "scope"), (2, "choice of events"), (3, "choice of events"), (4, "choice of events")] {
        switch.set(at);
        let run = journals.undo(&stage, "run");
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert_eq!(outcome(&run, TRAIL), format!("kept: the trail cis-audit exists with another {what}"));
    }
    assert!(!stage.traffic().by_action().contains_key("cloudtrail:DeleteTrail"));
    switch.set(0);
    assert_eq!(outcome(&journals.undo(&stage, "run"), TRAIL), "removed");
}

/// The number of stored bytes says nothing of the last hours.
#[test]
fn a_log_group_with_an_event_of_just_now_stays() {
    let account = nothing();
    let queue = queue(&account);
    let (switch, pages) = (Switch::default(), Arc::new(AtomicUsize::new(0)));
    let event = json!([{ "logStreamName": "s", "timestamp": 1, "message": "{}", "ingestionTime": 1, "eventId": "1" }]);
    let faults = vec![
        // The event is on the third page: those before it are empty.
        switch.changes(1, "logs:FilterLogEvents", move |answer| {
            if pages.fetch_add(1, Ordering::SeqCst) < 2 {
                answer["nextToken"] = json!("more");
            } else {
                answer["events"] = event.clone();
            }
        }),
        switch.changes(2, "logs:FilterLogEvents", |answer| answer["nextToken"] = json!("more")),
    ];
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, faults) else { return };
    let journals = Journals::new();
    journals.fix(&stage, &queue, "3.4", "run");
    let group = "log-group//aws/cloudtrail/cis-audit";
    for (at, why) in [(1, "it contains events"), (2, "it is too large to determine whether it contains events")] {
        switch.set(at);
        let run = journals.undo(&stage, "run");
        assert_eq!(outcome(&run, group), format!("kept: {why}"));
    }
    switch.set(0);
    assert_eq!(outcome(&journals.undo(&stage, "run"), group), "removed");
}

/// The files that a trail would write with it could be read for some days only.
#[test]
fn a_key_that_is_to_be_deleted_is_not_used() {
    let account = nothing();
    let queue = queue(&account);
    let is_first = |request: &Request| String::from_utf8_lossy(&request.body).contains("\"alias/cis-audit-trail\"");
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let described = json!({ "KeyMetadata": { "KeyId": id, "KeyState": "PendingDeletion" } });
    let faults = vec![
        FaultRule::rewrite("kms:DescribeKey", move |_, response| *response = json_response(&described))
            .only_when(is_first),
        FaultRule::rewrite("kms:ListResourceTags", |_, response| {
            *response = json_response(&json!({ "Tags": [{ "TagKey": "cis-audit", "TagValue": "cis-audit" }] }));
        }),
    ];
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, faults) else { return };
    let run = fix(&stage, &queue, &["--dry-run", "-f", "json", "--rule", "3.4"]).run();
    let steps = planned(&run);
    assert!(steps.iter().any(|step| step == "key/cis-audit-trail-2"), "{steps:?}");
}

/// A call that a server failed may have been carried out: the account says, and what was made counts as made.
#[test]
fn what_a_failed_call_made_is_done_and_removed() {
    let mut account = Account::seed(&fresh_id());
    account.remove_alarm("3.4");
    let failed = FaultRule::rewrite("cloudwatch:PutMetricAlarm", |_, response| {
        *response = ServiceError::new(500, "InternalServiceFault", "internal failure").response(Protocol::Cbor);
    });
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, vec![failed]) else { return };
    let journals = Journals::new();
    let run = stage.cli().args(&["--fix", "--yes", "--journal", &journals.name("run")]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stderr.contains("1 of 1 step done"), "{run:#?}");
    let run = journals.undo(&stage, "run");
    assert_eq!(undone(&run), ["alarm/cis-audit-iam-policy-changes: removed"]);
    assert!(run.stderr.ends_with("\n1 undone, 0 kept\n"), "{run:#?}");
}

/// Torn, with other names, with nonsense for a name, with a line that is none.
#[test]
fn a_journal_that_is_not_whole_removes_nothing_that_is_needed() {
    let mut account = Account::seed(&fresh_id());
    account.remove_filter("3.4");
    account.remove_alarm("3.4");
    let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
    let journals = Journals::new();
    let run = stage.cli().args(&["--fix", "--yes", "--journal", &journals.name("run")]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let text = std::fs::read_to_string(journals.path("run")).expect("a journal");
    let alarm = text.find("\"cloudwatch:PutMetricAlarm\"").expect("an alarm is put");
    // A torn line records a call that was not made. This one was, and the alarm is found all the same.
    std::fs::write(journals.path("torn"), &text[..alarm]).expect("a file");
    let run = journals.undo(&stage, "torn");
    assert_eq!(run.code, Some(0), "{run:#?}");
    let why = "kept: the alarm cis-audit-iam-policy-changes watches its metric";
    assert_eq!(undone(&run), [format!("metric-filter/cis-audit-iam-policy-changes: {why}")]);

    let renamed = text.replace("alarm:cis-audit-iam-policy-changes", "alarm:elsewhere");
    std::fs::write(journals.path("renamed"), &renamed).expect("a file");
    let run = journals.undo(&stage, "renamed");
    assert_eq!(run.code, Some(0), "{run:#?}");
    // What is asked about is what the journal would remove, whatever it calls it.
    let what = "alarm/cis-audit-iam-policy-changes (arn:aws:cloudwatch:us-east-1:";
    assert!(run.stderr.contains(what), "{run:#?}");
    assert_eq!(outcome(&run, "alarm/cis-audit-iam-policy-changes"), "was not there");
    assert_eq!(outcome(&run, "metric-filter/cis-audit-iam-policy-changes"), why);

    std::fs::write(journals.path("nonsense"), renamed.replace("arn:aws:cloudwatch:", "nonsense")).expect("a file");
    let run = journals.undo(&stage, "nonsense");
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("which is not the ARN of an alarm of account"), "{run:#?}");
    assert_eq!(undone(&run), [""; 0], "{run:#?}");

    std::fs::write(journals.path("damaged"), text.replacen("\"done\"", "\"dnoe\"", 1)).expect("a file");
    let run = journals.undo(&stage, "damaged");
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("line 3"), "{run:#?}");
}

#[test]
fn another_accounts_journal_is_refused() {
    let mut account = Account::seed(&fresh_id());
    account.remove_alarm("3.4");
    let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
    let Some(other) = Stage::new(Endpoint::Ministack, Account::seed(&fresh_id())) else { return };
    let journals = Journals::new();
    let run = stage.cli().args(&["--fix", "--yes", "--journal", &journals.name("run")]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let run = journals.undo(&other, "run");
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("and the credentials are of account"), "{run:#?}");
    assert_eq!(other.traffic().count(), 1);
}

/// The report of what was done is kept, and the program ends at once.
#[test]
fn an_interrupt_ends_the_reading_after_a_fix() {
    let mut account = Account::seed(&fresh_id());
    account.remove_alarm("3.4");
    let written = Arc::new(AtomicBool::new(false));
    let (noting, hanging) = (Arc::clone(&written), Arc::clone(&written));
    let put = FaultRule::rewrite("cloudwatch:PutMetricAlarm", move |_, response| {
        *response = cbor_response(200, &cbor_of(&json!({})));
        noting.store(true, Ordering::SeqCst);
    });
    let hang =
        FaultRule::always("cloudtrail:DescribeTrails", Fault::Hang).only_when(move |_| hanging.load(Ordering::SeqCst));
    let stage = Stage::fake_with_faults(account, vec![put, hang]);
    let cli = stage.cli().args(&["--fix", "--yes"]);
    let mut command = cli.command();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it was built");
    let mut lines = BufReader::new(child.stderr.take().expect("it was piped")).lines().map_while(Result::ok);
    lines.find(|line| line.starts_with("1 of 1 step done")).expect("it says what it did");
    // From here on it reads.
    let reads = || stage.traffic().by_action()["cloudtrail:DescribeTrails"] > 1;
    while !reads() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let began = Instant::now();
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(2));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(lines.any(|line| line.contains("interrupted while the account was read again")));
}
