//! `--fix` on the emulators: from nothing to a queue that receives, each broken link fixed with what that link needs,
//! and whatever may go wrong on the way: denied calls, a process that is killed, plans that are stale.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::account::{Account, AdvancedSelector, EventSelector, Selectors};
use crate::support::call::Protocol;
use crate::support::fault::{Fault, FaultRule};
use crate::support::http::{Request, Response};
use crate::support::provision::{Sample, notified_alarms};
use crate::support::report::all_pass;
use crate::support::run::{Cli, Run};
use crate::support::seed::REGION;
use crate::support::stage::{Endpoint, Stage, fresh_id};
use crate::support::wire::{ServiceError, rest_response};

const QUEUE: &str = "page";
pub(crate) const EMULATORS: [Endpoint; 2] = [Endpoint::Ministack, Endpoint::Moto];

/// An account with nothing in it but a queue.
pub(crate) fn nothing() -> Account {
    let mut account = Account::empty(&fresh_id());
    account.region(REGION).queues.push(QUEUE.into());
    account
}

pub(crate) fn queue(account: &Account) -> String {
    format!("arn:aws:sqs:{REGION}:{}:{QUEUE}", account.id)
}

/// `--fix` with subscribers to notify.
pub(crate) fn fix(stage: &Stage, queue: &str, more: &[&str]) -> Cli {
    stage.cli().args(&["--fix", "--subscribe", queue]).args(more)
}

/// The ids of a plan's steps.
pub(crate) fn planned(run: &Run) -> Vec<String> {
    let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:#?}"));
    let steps = plan["steps"].as_array().expect("steps");
    steps.iter().map(|step| step["id"].as_str().expect("an id").to_owned()).collect()
}

/// What is still to be done, which must be nothing.
fn assert_done(stage: &Stage, queue: &str, more: &[&str]) {
    let run = fix(stage, queue, &["--dry-run"]).args(more).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.contains("Nothing to do."), "{run:#?}");
}

#[test]
fn from_nothing_to_a_queue_that_receives() {
    for endpoint in EMULATORS {
        let account = nothing();
        let queue = queue(&account);
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let (run, report) = fix(&stage, &queue, &["--yes"]).report();
        assert_eq!(run.code, Some(0), "{endpoint:?}: {run:#?}");
        report.assert(&all_pass(), &run.stderr);
        for finding in &report.results {
            let found = &finding.verdicts;
            assert_eq!(
                ["pass", "pass", "passed"],
                [&*found.cis, &*found.effective, &*found.security_hub],
                "{}",
                finding.rule
            );
        }
        assert_done(&stage, &queue, &[]);
        // moto evaluates no alarms.
        if endpoint == Endpoint::Ministack {
            let sample = Sample {
                region: REGION,
                namespace: "CISBenchmark",
                name: "IamPolicyChanges",
                value: 1.0,
                dimensions: HashMap::new(),
            };
            let notifying = notified_alarms(&stage.url(), &stage.credentials, &sample, QUEUE, 10.0);
            assert_eq!(notifying, ["cis-audit-iam-policy-changes"]);
        }
    }
}

/// What a fix and its undoing ask of AWS is what the policy allows.
#[test]
fn the_printed_policy_allows_every_call() {
    let account = nothing();
    let queue = queue(&account);
    let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
    let cli = fix(&stage, &queue, &["--yes", "--journal", "run.journal"]);
    let run = cli.run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let journal = cli.home().join("run.journal");
    let run = stage.cli().args(&["undo", "--yes", journal.to_str().expect("a name")]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let printed = Cli::new().args(&["policy", "--fix"]).run();
    let policy: Value = serde_json::from_str(&printed.stdout).expect("a policy");
    let statements = policy["Statement"].as_array().expect("statements");
    let allowed: Vec<&str> = statements
        .iter()
        .flat_map(|statement| statement["Action"].as_array().expect("actions"))
        .filter_map(Value::as_str)
        .collect();
    for action in stage.traffic().by_action().keys().filter(|action| *action != "sts:GetCallerIdentity") {
        assert!(allowed.contains(&action.as_str()), "{action} is not among {allowed:?}");
    }
    assert_eq!(stage.traffic().strange(), Vec::<String>::new());
}

/// One link broken in the seed's account, the steps that fix it, and nothing else. `--subscribe QUEUE` stands for the
/// subscriber to notify.
fn check(change: impl Fn(&mut Account), options: &[&str], steps: &[&str]) {
    for endpoint in EMULATORS {
        let mut account = Account::seed(&fresh_id());
        account.region(REGION).queues.push(QUEUE.into());
        let queue = queue(&account);
        change(&mut account);
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let options: Vec<&str> =
            options.iter().map(|option| if *option == "QUEUE" { &*queue } else { option }).collect();
        let fix = |more: &[&str]| stage.cli().arg("--fix").args(more).args(&options);
        let run = fix(&["--dry-run", "-f", "json"]).run();
        assert_eq!(planned(&run), steps, "{endpoint:?}: {run:#?}");
        assert_eq!(run.code, Some(1), "{run:#?}");
        let (run, report) = fix(&["--yes"]).report();
        report.assert(&all_pass(), &format!("{endpoint:?}: {}", run.stderr));
        let again = fix(&["--dry-run"]).run();
        assert_eq!(again.code, Some(0), "{again:#?}");
        assert!(again.stdout.contains("Nothing to do."), "{again:#?}");
    }
}

const FILTER: &str = "metric-filter/cis-audit-iam-policy-changes";
const ALARM: &str = "alarm/cis-audit-iam-policy-changes";
const TRAIL: &str = "trail/DefaultSecuritySettings";
const DELIVERS: &str = "queue-policy/page/DefaultSecuritySettings";
const SUBSCRIBED: &str = "subscription/DefaultSecuritySettings/sqs-1";

#[test]
fn a_missing_filter() {
    let change = |account: &mut Account| {
        account.remove_filter("3.4");
        account.remove_alarm("3.4");
    };
    check(change, &[], &[FILTER, ALARM]);
}

#[test]
fn a_filter_that_misses_events() {
    check(|account| account.filter("3.4").pattern = "{ $.eventName = DeletePolicy }".into(), &[], &[FILTER, ALARM]);
}

#[test]
fn a_missing_alarm() {
    check(|account| account.remove_alarm("3.4"), &[], &[ALARM]);
}

/// A named subscriber is subscribed where the new alarm already notifies another.
#[test]
fn a_new_subscriber_of_a_topic_in_use_gets_a_new_alarm() {
    check(|account| account.remove_alarm("3.4"), &["--subscribe", "QUEUE"], &[DELIVERS, SUBSCRIBED, ALARM]);
}

/// All controls pass, and one more subscriber is to be notified of them.
#[test]
fn a_new_subscriber_where_all_pass() {
    check(|_| {}, &["--subscribe", "QUEUE"], &[DELIVERS, SUBSCRIBED]);
}

#[test]
fn an_alarm_in_another_namespace() {
    check(|account| account.alarm("3.4").single().namespace = "Other".into(), &[], &[ALARM]);
}

#[test]
fn disabled_actions() {
    check(|account| account.alarm("3.4").actions_enabled = false, &[], &[ALARM]);
}

#[test]
fn an_alarm_without_action() {
    check(|account| account.alarm("3.4").alarm_actions.clear(), &[], &[ALARM]);
}

#[test]
fn nobody_subscribed() {
    let change = |account: &mut Account| account.topic().subscriptions.clear();
    check(change, &["--subscribe", "QUEUE"], &[DELIVERS, SUBSCRIBED]);
}

#[test]
fn a_topic_that_was_deleted() {
    let change = |account: &mut Account| account.region(REGION).topics.clear();
    let steps = ["topic/DefaultSecuritySettings", DELIVERS, SUBSCRIBED];
    check(change, &["--subscribe", "QUEUE"], &steps);
}

#[test]
fn a_stopped_trail() {
    check(|account| account.trail().logging = false, &["--allow-update"], &[TRAIL]);
}

#[test]
fn a_trail_of_one_region() {
    check(|account| account.trail().multi_region = false, &["--allow-update"], &[TRAIL]);
}

#[test]
fn a_trail_that_records_less() {
    let basic = |account: &mut Account| {
        account.trail().selectors = Selectors::Basic(vec![EventSelector::management("WriteOnly")]);
    };
    check(basic, &["--allow-update"], &[TRAIL]);
    let advanced = |account: &mut Account| {
        let fields = [("eventCategory", "Equals", "Management"), ("readOnly", "Equals", "false")];
        account.trail().selectors = Selectors::Advanced(vec![AdvancedSelector::new("writes", &fields)]);
    };
    check(advanced, &["--allow-update"], &[TRAIL]);
}

#[test]
fn a_trail_without_log_group() {
    let change = |account: &mut Account| account.trail().log_group_arn = None;
    let all = ["log-group/", "role/", "trail/"];
    for endpoint in EMULATORS {
        let mut account = Account::seed(&fresh_id());
        account.region(REGION).queues.push(QUEUE.into());
        let queue = queue(&account);
        change(&mut account);
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let run = fix(&stage, &queue, &["--allow-update", "--dry-run", "-f", "json"]).run();
        let steps = planned(&run);
        assert!(all.iter().zip(&steps).all(|(wanted, got)| got.starts_with(wanted)), "{endpoint:?}: {steps:?}");
        let (run, report) = fix(&stage, &queue, &["--allow-update", "--yes"]).report();
        report.assert(&all_pass(), &format!("{endpoint:?}: {}", run.stderr));
        assert_done(&stage, &queue, &["--allow-update"]);
    }
}

#[test]
fn a_trail_is_changed_only_where_that_is_allowed() {
    for endpoint in EMULATORS {
        let mut account = Account::seed(&fresh_id());
        account.trail().logging = false;
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let run = stage.cli().args(&["--fix", "--yes"]).run();
        assert_eq!(run.code, Some(1), "{run:#?}");
        assert!(run.stderr.contains("--allow-update lets the plan change trail"), "{run:#?}");
        assert_eq!(writes(&stage), [""; 0]);
    }
}

/// A trail is followed to its home, and so is the plan.
#[test]
fn a_plan_says_where_it_leads() {
    let mut account = Account::seed(&fresh_id());
    account.remove_alarm("3.4");
    let stage = Stage::fake(account);
    let run = stage.cli().args(&["--fix", "--dry-run", "--region", "eu-west-1"]).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stdout.contains("  + alarm           cis-audit-iam-policy-changes in us-east-1 "), "{}", run.stdout);
}

/// What was asked for that changes something.
fn writes(stage: &Stage) -> Vec<String> {
    let reads = ["Describe", "Get", "List"];
    let actions = stage.traffic().by_action().into_keys();
    actions.filter(|action| !reads.iter().any(|verb| action.contains(&format!(":{verb}")))).collect()
}

/// What could not be read is never taken for missing.
#[test]
fn a_denied_read_is_never_planned_on() {
    for action in [
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "logs:DescribeMetricFilters",
        "cloudwatch:DescribeAlarms",
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
    ] {
        let account = Account::seed(&fresh_id());
        let stage = Stage::fake_with_faults(account, vec![FaultRule::always(action, Fault::Denied)]);
        let run = stage.cli().args(&["--fix", "--dry-run", "-f", "json", "--subscribe", "email:ops@example.com"]).run();
        assert_eq!(planned(&run), [""; 0], "{action}: {run:#?}");
        assert_eq!(writes(&stage), [""; 0]);
    }
}

/// Of an empty account what has the new names must be known.
#[test]
fn a_denied_look_at_a_name_is_never_planned_on() {
    for action in ["s3:ListBucket", "iam:GetRole", "kms:DescribeKey"] {
        let account = nothing();
        let queue = queue(&account);
        let denied = vec![FaultRule::always(action, Fault::Denied)];
        let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, denied) else { return };
        let run = fix(&stage, &queue, &["--dry-run", "-f", "json"]).run();
        assert_eq!(planned(&run), [""; 0], "{action}: {run:#?}");
        assert!(run.stdout.contains(&format!("was not read ({action}: ")), "{action}: {run:#?}");
    }
}

#[test]
fn nothing_happens_without_a_yes() {
    let mut account = Account::seed(&fresh_id());
    account.remove_alarm("3.4");
    let stage = Stage::fake(account);
    let run = stage.cli().args(&["--fix"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("there is no terminal to ask on: add --yes"), "{run:#?}");
    assert_eq!(writes(&stage), [""; 0]);
    let run = Cli::new().args(&["--demo", "--fix", "--yes"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("a saved account cannot be changed: add --dry-run"), "{run:#?}");
}

/// The call that is refused is named, what needs it is not started, and the rest is finished.
#[test]
fn a_denied_call_stops_what_needs_it() {
    for action in [
        "kms:CreateKey",
        "kms:CreateAlias",
        "s3:CreateBucket",
        "s3:PutBucketPolicy",
        "logs:CreateLogGroup",
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "cloudtrail:CreateTrail",
        "cloudtrail:StartLogging",
        "sns:CreateTopic",
        "sqs:SetQueueAttributes",
        "sns:Subscribe",
        "logs:PutMetricFilter",
        "cloudwatch:PutMetricAlarm",
    ] {
        let account = nothing();
        let queue = queue(&account);
        let denied = vec![FaultRule::always(action, Fault::Denied)];
        let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, denied) else { return };
        let run = fix(&stage, &queue, &["--yes", "--rule", "3.4"]).run();
        assert_eq!(run.code, Some(2), "{action}: {run:#?}");
        let failed: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("failed: ")).collect();
        assert_eq!(failed.len(), 1, "{action}: {run:#?}");
        assert!(failed[0].contains(action), "{action}: {failed:?}");
        assert!(stage.traffic().by_action().contains_key(action));
    }
}

/// What no chain needs stops nothing: the chain is made and works, what does not hold is said, and the next run, which may,
/// finishes it.
#[test]
fn a_denied_call_that_no_chain_needs_stops_nothing() {
    for (action, message) in [
        (
            "kms:EnableKeyRotation",
            "failed: key/cis-audit-trail: the key keeps its material for ever: kms:EnableKeyRotation was denied",
        ),
        (
            "logs:PutRetentionPolicy",
            "failed: log-group//aws/cloudtrail/cis-audit: the log group keeps its events for ever: \
             logs:PutRetentionPolicy was denied",
        ),
        ("s3:PutBucketPublicAccessBlock", ": only S3's default for new buckets keeps the public out of the bucket: "),
    ] {
        let account = nothing();
        let queue = queue(&account);
        let denied = vec![FaultRule::first(action, 1, Fault::Denied)];
        let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, denied) else { return };
        let (run, report) = fix(&stage, &queue, &["--yes", "--rule", "3.4"]).report();
        assert_eq!(run.code, Some(2), "{action}: {run:#?}");
        assert_eq!(report.results[0].verdicts.effective, "pass", "{action}: {run:#?}");
        let failed: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("failed: ")).collect();
        assert!(matches!(failed[..], [one] if one.contains(message)), "{action}: {failed:?}");
        assert!(run.stderr.contains("9 of 10 steps done, 1 in part"), "{action}: {run:#?}");
        let run = fix(&stage, &queue, &["--dry-run", "--rule", "3.4"]).run();
        assert_eq!(run.code, Some(1), "{action}: {run:#?}");
        assert!(run.stdout.contains("0 to create, 1 to change, nothing to delete."), "{action}: {run:#?}");
        let run = fix(&stage, &queue, &["--yes", "--rule", "3.4"]).run();
        assert_eq!(run.code, Some(0), "{action}: {run:#?}");
        assert_eq!(stage.traffic().by_action().get(action), Some(&2), "{action}");
        assert_done(&stage, &queue, &["--rule", "3.4"]);
    }
}

/// Tags mark what is this program's. Where they may not be given, a chain works without, but for key and bucket, of
/// which nothing else shows whose they are.
#[test]
fn what_may_not_be_tagged_is_made_without_tags() {
    for (action, tagging, what) in [
        ("logs:CreateLogGroup", "logs:TagResource", Some("the log group")),
        ("iam:CreateRole", "iam:TagRole", Some("the role")),
        ("cloudtrail:CreateTrail", "cloudtrail:AddTags", Some("the trail")),
        ("sns:CreateTopic", "SNS:TagResource", Some("the topic")),
        ("cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", Some("the alarm")),
        ("kms:CreateKey", "kms:TagResource", None),
        ("s3:CreateBucket", "s3:TagResource", None),
    ] {
        let account = nothing();
        let queue = queue(&account);
        let denied = vec![FaultRule::first(action, 1, Fault::DeniedFor(tagging))];
        let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, denied) else { return };
        let (run, report) = fix(&stage, &queue, &["--yes", "--rule", "3.4"]).report();
        assert_eq!(run.code, Some(2), "{action}: {run:#?}");
        let failed: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("failed: ")).collect();
        let passes = report.results[0].verdicts.cis == "pass";
        match what {
            Some(what) => {
                let message = format!("{what} has no tags, so undo keeps it: {tagging} was denied");
                assert!(matches!(failed[..], [one] if one.ends_with(&message)), "{action}: {failed:?}");
                assert!(passes, "{action}: {run:#?}");
            }
            None => {
                assert!(matches!(failed[..], [one] if one.contains(tagging)), "{action}: {failed:?}");
                assert!(!passes, "{action}: {run:#?}");
            }
        }
    }
}

/// A policy of the account decides how long events are kept: our group was not changed.
#[test]
fn a_retention_of_the_account_is_no_change_of_a_group() {
    let account = nothing();
    let queue = queue(&account);
    let policy = FaultRule::rewrite("logs:DescribeLogGroups", |_, response| {
        let mut answer: Value = serde_json::from_slice(&response.body).expect("an answer");
        for group in answer["logGroups"].as_array_mut().into_iter().flatten() {
            group["retentionInDays"] = 30.into();
            group["retentionPolicyName"] = "every-group".into();
        }
        response.body = answer.to_string().into_bytes();
    });
    // The first run ends before it has given the group a retention, and its trail is not made.
    let broken = FaultRule::first("logs:PutRetentionPolicy", 1, Fault::BadToken);
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, vec![policy, broken]) else { return };
    let run = fix(&stage, &queue, &["--yes", "--rule", "3.4"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    let cli = fix(&stage, &queue, &["--yes", "--rule", "3.4", "--journal", "run.journal"]);
    let run = cli.run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(!run.stderr.contains("another retention"), "{run:#?}");
    assert_done(&stage, &queue, &["--rule", "3.4"]);
}

/// So is a refused change of what was there before.
#[test]
fn a_denied_change_is_named() {
    for (action, change) in [
        ("cloudtrail:UpdateTrail", (|account| account.trail().multi_region = false) as fn(&mut Account)),
        ("cloudtrail:PutEventSelectors", |account| {
            account.trail().selectors = Selectors::Basic(vec![EventSelector::management("WriteOnly")]);
        }),
        ("sns:SetTopicAttributes", forbid_publishing),
    ] {
        let mut account = Account::seed(&fresh_id());
        change(&mut account);
        let denied = vec![FaultRule::always(action, Fault::Denied)];
        let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, denied) else { return };
        let run = stage.cli().args(&["--fix", "--yes", "--allow-update"]).run();
        assert_eq!(run.code, Some(2), "{action}: {run:#?}");
        let failed: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("failed: ")).collect();
        assert!(matches!(failed[..], [one] if one.contains(action)), "{action}: {run:#?}");
    }
}

/// The topic's policy lets the account's administrators publish, and no service.
fn forbid_publishing(account: &mut Account) {
    let name = account.topic().name.clone();
    let topic = format!("arn:aws:sns:{REGION}:{}:{name}", account.id);
    let principal = format!("arn:aws:iam::{}:root", account.id);
    let statement =
        json!({ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "sns:Publish", "Resource": topic });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    account.topic().attributes.insert("Policy".into(), policy);
}

#[test]
fn a_topic_that_cloudwatch_may_not_publish_to() {
    check(forbid_publishing, &[], &["topic-policy/DefaultSecuritySettings"]);
}

/// Killed after any call that changes something, a second run completes, and nothing is there twice.
#[test]
fn a_killed_run_is_completed_by_the_next() {
    let Some(calls) = calls_of_a_whole_run() else { return };
    assert!(calls > 12, "{calls}");
    for last in 1..=calls {
        let account = nothing();
        let queue = queue(&account);
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        // The call was carried out; its answer never comes.
        let stall = FaultRule::rewrite("*", move |_, _| {
            if counted.fetch_add(1, Ordering::SeqCst) + 1 == last {
                std::thread::sleep(Duration::from_secs(30));
            }
        });
        let stall = stall.only_when(changes_something);
        let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, vec![stall]) else { return };
        let cli = fix(&stage, &queue, &["--yes", "--rule", "3.4"]);
        let mut command = cli.command();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it was built");
        let began = Instant::now();
        while made.load(Ordering::SeqCst) < last && began.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().expect("it still waits");
        child.wait().expect("it was killed");
        let (run, report) = fix(&stage, &queue, &["--yes", "--rule", "3.4"]).report();
        assert_eq!(run.code, Some(0), "killed at call {last}: {run:#?}");
        assert_eq!(report.results[0].verdicts.effective, "pass", "killed at call {last}: {run:#?}");
        assert_done(&stage, &queue, &["--rule", "3.4"]);
        // Only keys could be there twice: all else is known by its name.
        let created = stage.traffic().by_action().get("kms:CreateKey").copied();
        assert_eq!(created, Some(1), "killed at call {last}: {run:#?}");
        assert!(stage.traffic().by_action().contains_key("logs:PutRetentionPolicy"), "killed at call {last}: {run:#?}");
    }
}

pub(crate) fn changes_something(request: &Request) -> bool {
    let call = crate::support::call::Call::parse(request);
    call.is_some_and(|call| !["Describe", "Get", "List"].iter().any(|verb| call.operation.starts_with(verb)))
}

/// How many calls change something on the way from nothing to one control.
fn calls_of_a_whole_run() -> Option<usize> {
    let account = nothing();
    let queue = queue(&account);
    let stage = Stage::new(Endpoint::Ministack, account)?;
    let run = fix(&stage, &queue, &["--yes", "--rule", "3.4"]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let by_action = stage.traffic().by_action();
    Some(writes(&stage).iter().map(|action| by_action[action]).sum())
}

#[test]
fn a_saved_plan_is_carried_out_unless_it_is_stale() {
    for endpoint in EMULATORS {
        let mut account = Account::seed(&fresh_id());
        account.remove_alarm("3.4");
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("plan.json");
        let file = file.to_str().expect("a name");
        let run = stage.cli().args(&["--fix", "--dry-run", "--plan-out", file]).run();
        assert_eq!(run.code, Some(1), "{run:#?}");
        let run = stage.cli().args(&["--fix", "--yes", "--rule", "3.5", "--apply", file]).run();
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(run.stderr.contains("cannot be used with"), "a plan knows its controls: {run:#?}");
        let run = stage.cli().args(&["--fix", "--dry-run", "--apply", file]).run();
        assert_eq!(run.code, Some(1), "{run:#?}");
        assert!(run.stdout.contains("1 to create, 0 to change, nothing to delete."), "{run:#?}");
        let other = home.path().join("other.json");
        let text = std::fs::read_to_string(file).expect("a plan");
        std::fs::write(&other, text.replace("\"schema_version\": 1", "\"schema_version\": 7")).expect("written");
        let run = stage.cli().args(&["--fix", "--yes", "--apply", other.to_str().expect("a name")]).run();
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(run.stderr.contains("a plan of version 7, and this program applies version 1"), "{run:#?}");
        let run = stage.cli().args(&["--fix", "--yes", "--apply", file]).run();
        assert_eq!(run.code, Some(0), "{run:#?}");
        let run = stage.cli().args(&["--fix", "--yes", "--apply", file]).run();
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(run.stderr.contains("the plan is stale"), "{run:#?}");
    }
}

/// Lambda says in one word that a function has no policy and that there is no such function.
#[test]
fn a_function_without_a_policy_is_one() {
    let function = format!("arn:aws:lambda:{REGION}:200000000001:function:page");
    let answered = |status, code: &'static str| {
        move |_: &Request, response: &mut Response| {
            *response = ServiceError::new(status, code, "no").response(Protocol::Rest);
        }
    };
    let found = |_: &Request, response: &mut Response| *response = rest_response(&json!({ "FunctionName": "page" }));
    let none = "ResourceNotFoundException";
    let configuration = "lambda:GetFunctionConfiguration";
    for (rule, steps, message) in [
        (
            FaultRule::rewrite(configuration, found),
            &["function-permission/page/DefaultSecuritySettings", "subscription/DefaultSecuritySettings/lambda-1"][..],
            "subscribe",
        ),
        (FaultRule::rewrite(configuration, answered(404, none)), &[], "before it can be subscribed"),
        (
            FaultRule::always(configuration, Fault::Denied),
            &["subscription/DefaultSecuritySettings/lambda-1"],
            "make sure that the policy of ",
        ),
    ] {
        let mut account = Account::seed("200000000001");
        account.topic().subscriptions.clear();
        let faults = vec![FaultRule::rewrite("lambda:GetPolicy", answered(404, none)), rule];
        let stage = Stage::fake_with_faults(account, faults);
        let subscribe = format!("lambda:{function}");
        let run = stage.cli().args(&["--fix", "--dry-run", "-f", "json", "--subscribe", &subscribe]).run();
        assert_eq!(planned(&run), steps, "{run:#?}");
        assert!(run.stdout.contains(message), "{run:#?}");
    }
}

/// SQS says that there is no queue also of another account's that may not be read.
#[test]
fn a_queue_of_another_account_is_not_taken_for_missing() {
    for (owner, steps, message) in [
        ("300000000003", &["subscription/DefaultSecuritySettings/sqs-1"][..], "make sure that the policy of "),
        ("200000000001", &[], "before it can be subscribed"),
    ] {
        let mut account = Account::seed("200000000001");
        account.topic().subscriptions.clear();
        let none = |_: &Request, response: &mut Response| {
            let error = ServiceError::new(400, "AWS.SimpleQueueService.NonExistentQueue", "no");
            *response = error.response(Protocol::AwsJson);
        };
        let stage = Stage::fake_with_faults(account, vec![FaultRule::rewrite("sqs:GetQueueUrl", none)]);
        let subscribe = format!("arn:aws:sqs:{REGION}:{owner}:page");
        let run = stage.cli().args(&["--fix", "--dry-run", "-f", "json", "--subscribe", &subscribe]).run();
        assert_eq!(planned(&run), steps, "{run:#?}");
        assert!(run.stdout.contains(message), "{run:#?}");
    }
}

/// A mail that is not opened yet notifies no one.
#[test]
fn a_confirmation_is_waited_for() {
    for endpoint in EMULATORS {
        let mut account = Account::seed(&fresh_id());
        account.topic().subscriptions.clear();
        let unconfirmed = FaultRule::rewrite("sns:ListSubscriptions*", |_, response| {
            let body = String::from_utf8_lossy(&response.body).into_owned();
            let members = body.split("<SubscriptionArn>").enumerate().map(|(at, part)| match part.split_once('<') {
                Some((_, rest)) if at > 0 => format!("<SubscriptionArn>PendingConfirmation<{rest}"),
                _ => part.to_owned(),
            });
            response.body = members.collect::<String>().into_bytes();
        });
        let Some(stage) = Stage::with_faults(endpoint, account, vec![unconfirmed]) else { continue };
        let run = stage.cli().args(&["--fix", "--yes", "--subscribe", "email:ops@example.com", "--wait", "6s"]).run();
        assert_eq!(run.code, Some(1), "{run:#?}");
        assert!(run.stderr.contains("open the email to op***@example.com and confirm"), "{run:#?}");
        assert!(run.stderr.contains("waiting for subscriptions to be confirmed"), "{run:#?}");
        assert!(run.stdout.contains("subscription.pending"), "{run:#?}");
        assert!(!run.stdout.contains("ops@example.com") && !run.stderr.contains("ops@example.com"), "{run:#?}");
    }
}

/// An answer of S3 in XML.
fn in_xml(status: u16, body: &str) -> Response {
    Response::new(status, "application/xml", body)
}

/// A bucket that another user just made has no tags yet, and is theirs.
#[test]
fn a_strangers_bucket_is_left_alone() {
    for endpoint in EMULATORS {
        let account = nothing();
        let queue = queue(&account);
        let path = format!("/cis-audit-trail-{}-{REGION}", account.id);
        let of_it = move |request: &Request| request.target.split('?').next() == Some(&path);
        let empty = FaultRule::rewrite("s3:ListBucket", |_, response| *response = in_xml(200, ""));
        let bare = FaultRule::rewrite("s3:GetBucketTagging", |_, response| {
            *response = in_xml(404, "<Error><Code>NoSuchTagSet</Code><Message>There is none.</Message></Error>");
        });
        let faults = vec![empty.only_when(of_it.clone()), bare.only_when(of_it)];
        let Some(stage) = Stage::with_faults(endpoint, account.clone(), faults) else { continue };
        let (run, report) = fix(&stage, &queue, &["--yes", "--rule", "3.4"]).report();
        assert_eq!(run.code, Some(0), "{endpoint:?}: {run:#?}");
        assert_eq!(report.results[0].chain["trail"]["arn"], trail_arn(&account, "cis-audit-2"), "{run:#?}");
    }
}

fn trail_arn(account: &Account, name: &str) -> String {
    format!("arn:aws:cloudtrail:{REGION}:{}:trail/{name}", account.id)
}

/// Where `CreateBucket` succeeds on a bucket that is there, its tags show whose it is.
#[test]
fn a_bucket_that_somebody_else_made_meanwhile_is_left_alone() {
    let account = nothing();
    let queue = queue(&account);
    let theirs = FaultRule::rewrite("s3:GetBucketTagging", |_, response| {
        let tag = "<Tag><Key>team</Key><Value>them</Value></Tag>";
        *response = in_xml(200, &format!("<Tagging><TagSet>{tag}</TagSet></Tagging>"));
    });
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, vec![theirs]) else { return };
    let run = fix(&stage, &queue, &["--yes", "--rule", "3.4"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("was created by somebody else in the meantime"), "{run:#?}");
    let made = stage.traffic().by_action();
    assert!(!made.contains_key("s3:PutBucketPolicy") && !made.contains_key("cloudtrail:CreateTrail"), "{made:?}");
}

/// S3 says of another account's bucket what it says to who may not ask.
#[test]
fn a_bucket_name_of_another_account_is_not_taken_for_free() {
    let account = nothing();
    let queue = queue(&account);
    let refused = FaultRule::rewrite("s3:ListBucket", |_, response| *response = in_xml(403, ""));
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, vec![refused]) else { return };
    let run = fix(&stage, &queue, &["--dry-run", "-f", "json"]).run();
    assert_eq!(planned(&run), [""; 0], "{run:#?}");
    let message =
        "allow s3:ListBucket and s3:GetBucketTagging, or, if another account has it: --name-prefix gives others";
    assert!(run.stdout.contains(message), "{run:#?}");
}
