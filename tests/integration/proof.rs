//! What `undo` asks before it removes: whether a resource is as it was made in every field, whether the fix made it at
//! all, and what is still there, however often it was ended. A journal that someone else wrote leads nowhere.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ciborium::Value as Cbor;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fix::{EMULATORS, fix, nothing, queue};
use crate::support::account::Account;
use crate::support::compensate::{change_cbor, change_json};
use crate::support::fault::{Fault, FaultRule};
use crate::support::http::Response;
use crate::support::run::Run;
use crate::support::stage::{Endpoint, Stage, fresh_id};

const ALARM: &str = "alarm/cis-audit-iam-policy-changes";
const FILTER: &str = "metric-filter/cis-audit-iam-policy-changes";

/// A journal in a directory of its own.
struct Journal(TempDir);

impl Journal {
    fn new() -> Self {
        Self(TempDir::new().expect("a directory"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("run.journal")
    }

    fn name(&self) -> String {
        self.path().to_str().expect("a name").to_owned()
    }

    /// Fixes one control of an account that lacks its filter and alarm.
    fn fix(&self, stage: &Stage) {
        let run = stage.cli().args(&["--fix", "--yes", "--journal", &self.name()]).run();
        assert_eq!(run.code, Some(0), "{run:#?}");
    }

    fn undo(&self, stage: &Stage) -> Run {
        stage.cli().args(&["undo", "--yes", &self.name()]).run()
    }
}

fn outcome(run: &Run, step: &str) -> String {
    let message = |line: &str, sign: &str| {
        line.strip_prefix("  ")?.strip_prefix(sign)?.strip_prefix(step)?.strip_prefix(": ").map(str::to_owned)
    };
    // Where there is nothing to ask about, what is left is listed with a sign.
    let listed = |line: &str| message(line, "= ").map(|why| format!("kept: {why}"));
    let found = run.stderr.lines().find_map(|line| message(line, "").or_else(|| listed(line)));
    found.unwrap_or_else(|| panic!("nothing is said of {step}: {run:#?}"))
}

fn without_one_control() -> Account {
    let mut account = Account::seed(&fresh_id());
    account.remove_filter("3.4");
    account.remove_alarm("3.4");
    account
}

/// Changes that begin when they are switched on.
#[derive(Clone, Default)]
struct Switch(Arc<AtomicUsize>);

impl Switch {
    fn set(&self, to: usize) {
        self.0.store(to, Ordering::SeqCst);
    }

    fn rule(&self, at: usize, rule: FaultRule) -> FaultRule {
        let switch = self.clone();
        rule.only_when(move |_| switch.0.load(Ordering::SeqCst) == at)
    }

    /// A field more of the fix's own alarm.
    fn alarm(&self, at: usize, field: &'static str, value: Cbor) -> FaultRule {
        let rule = FaultRule::rewrite("cloudwatch:DescribeAlarms", move |_, response| {
            change_cbor(response, |body| {
                for alarm in members(body, "MetricAlarms") {
                    if let Cbor::Map(fields) = alarm
                        && fields.iter().any(|(_, text)| text.as_text() == Some("cis-audit-iam-policy-changes"))
                    {
                        fields.push((Cbor::Text(field.to_owned()), value.clone()));
                    }
                }
            });
        });
        self.rule(at, rule)
    }

    fn json(&self, at: usize, action: &str, change: impl Fn(&mut Value) + Send + Sync + 'static) -> FaultRule {
        self.rule(at, FaultRule::rewrite(action, move |_, response| change_json(response, &change)))
    }
}

fn members<'a>(body: &'a mut Cbor, name: &str) -> impl Iterator<Item = &'a mut Cbor> {
    let fields = body.as_map_mut().expect("a map");
    let list =
        fields.iter_mut().find(|(field, _)| field.as_text() == Some(name)).and_then(|(_, list)| list.as_array_mut());
    list.into_iter().flatten()
}

fn map(fields: &[(&str, Cbor)]) -> Cbor {
    Cbor::Map(fields.iter().map(|(name, value)| (Cbor::Text((*name).to_owned()), value.clone())).collect())
}

fn filters_of_ours(answer: &mut Value) -> impl Iterator<Item = &mut Value> {
    let filters = answer["metricFilters"].as_array_mut().expect("filters");
    filters.iter_mut().filter(|filter| filter["filterName"] == "cis-audit-iam-policy-changes")
}

/// Also one that this program's SDK does not know yet.
#[test]
fn an_alarm_or_filter_with_any_other_field_stays() {
    let switch = Switch::default();
    let fields = [
        ("EvaluationWindow", map(&[("WallClockWindow", map(&[]))])),
        ("WarmUpConfiguration", map(&[("WarmUpPeriodDurationInMinutes", Cbor::from(60))])),
        ("ActionConfiguration", map(&[("AlarmTagsPropagation", map(&[("AddedIn2031", Cbor::from(true))]))])),
        ("EvaluateLowSampleCountPercentile", Cbor::from("ignore")),
        ("ThresholdMetricId", Cbor::from("band")),
        ("AddedIn2031", Cbor::from(false)),
    ];
    let mut faults: Vec<FaultRule> =
        (1..).zip(fields.clone()).map(|(at, (field, value))| switch.alarm(at, field, value)).collect();
    let of_filter = [
        ("emitSystemFieldDimensions", json!(["@aws.account"])),
        ("fieldSelectionCriteria", json!("@aws.region = \"us-east-1\"")),
        ("applyOnTransformedLogs", json!(true)),
        ("addedIn2031", json!("x")),
    ];
    for (at, (field, value)) in (11..).zip(of_filter.clone()) {
        faults.push(switch.json(at, "logs:DescribeMetricFilters", move |answer| {
            filters_of_ours(answer).for_each(|filter| filter[field] = value.clone());
        }));
    }
    // As good as not being there.
    faults.push(switch.alarm(11, "EvaluationWindow", map(&[("SlidingWindow", map(&[]))])));
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, without_one_control(), faults) else { return };
    let journal = Journal::new();
    journal.fix(&stage);
    for (at, (field, _)) in (1..).zip(&fields) {
        switch.set(at);
        let run = journal.undo(&stage);
        assert_eq!(run.code, Some(0), "{run:#?}");
        let why = format!("kept: the alarm cis-audit-iam-policy-changes exists with another {field}");
        assert_eq!(outcome(&run, ALARM), why);
        assert_eq!(outcome(&run, FILTER), format!("kept: {ALARM} needs it"));
    }
    assert!(!stage.traffic().by_action().contains_key("cloudwatch:DeleteAlarms"));
    for (at, (field, _)) in (11..).zip(&of_filter) {
        switch.set(at);
        let why = format!("kept: the metric filter cis-audit-iam-policy-changes exists with another {field}");
        let run = journal.undo(&stage);
        assert_eq!(outcome(&run, FILTER), why);
        if at == 11 {
            assert_eq!(outcome(&run, ALARM), "removed");
        }
    }
    assert!(!stage.traffic().by_action().contains_key("logs:DeleteMetricFilter"));
    switch.set(0);
    assert_eq!(outcome(&journal.undo(&stage), FILTER), "removed");
}

/// A filter has no tags: that of a person, with the same name and content, is known by its time alone.
#[test]
fn a_filter_of_another_time_stays() {
    let switch = Switch::default();
    let faults = vec![
        switch.json(1, "logs:DescribeMetricFilters", |answer| {
            filters_of_ours(answer).for_each(|filter| filter["creationTime"] = json!(1_700_000_000_000_i64));
        }),
        switch.json(2, "logs:DescribeMetricFilters", |answer| {
            filters_of_ours(answer)
                .for_each(|filter| drop(filter.as_object_mut().expect("a filter").remove("creationTime")));
        }),
    ];
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, without_one_control(), faults) else { return };
    let journal = Journal::new();
    journal.fix(&stage);
    for (at, why) in [
        (1, "kept: it was created at 2023-11-14T22:13:20Z, and not by a call of this journal"),
        (2, "kept: CloudWatch Logs does not say when it was created, so it may be another's"),
    ] {
        switch.set(at);
        let shown = stage.cli().args(&["undo", "--dry-run", &journal.name()]).run();
        assert_eq!(shown.code, Some(1), "{shown:#?}");
        assert!(shown.stderr.contains("so each needs your confirmation:\n  ? metric-filter/"), "{shown:#?}");
        let run = journal.undo(&stage);
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert_eq!(outcome(&run, FILTER), why, "{run:#?}");
        assert!(run.stderr.contains("so --yes keeps it"), "{run:#?}");
    }
    assert!(!stage.traffic().by_action().contains_key("logs:DeleteMetricFilter"));

    // The same journal where only its user can have written it is believed, unless something contradicts it.
    let own = |cli: crate::support::run::Cli| {
        let directory = cli.home().join(".local/state/cis-audit");
        fs::create_dir_all(&directory).expect("the home is writable");
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).expect("it is ours");
        let path = directory.join("run.journal");
        fs::copy(journal.path(), &path).expect("it is writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
        cli.args(&["undo", "--yes", path.to_str().expect("a name")]).run()
    };
    switch.set(1);
    assert!(outcome(&own(stage.cli()), FILTER).starts_with("kept: it was created at "));
    switch.set(2);
    assert_eq!(outcome(&own(stage.cli()), FILTER), "removed");
}

/// A subscription has no tags either. On a topic that is not the fix's, nothing but the journal shows whose it is.
#[test]
fn a_subscription_at_somebody_elses_topic_stays() {
    for endpoint in EMULATORS {
        let mut account = Account::seed(&fresh_id());
        account.region(crate::support::seed::REGION).queues.push("page".into());
        account.remove_alarm("3.4");
        let queue = queue(&account);
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let journal = Journal::new();
        let run = fix(&stage, &queue, &["--yes", "--journal", &journal.name()]).run();
        assert_eq!(run.code, Some(0), "{run:#?}");
        let run = journal.undo(&stage);
        let why = "kept: the topic DefaultSecuritySettings is not this program's, so it may be another's";
        assert_eq!(outcome(&run, "subscription/DefaultSecuritySettings/sqs-1"), why, "{endpoint:?}: {run:#?}");
        assert!(!stage.traffic().by_action().contains_key("sns:Unsubscribe"));
    }
}

/// The bucket is removed by one run of `undo`, which ends; the next asks S3 whether it is there.
#[test]
fn a_key_goes_once_its_bucket_is_gone() {
    for endpoint in EMULATORS {
        let account = nothing();
        let queue = queue(&account);
        let switch = Switch::default();
        let denied = switch.rule(1, FaultRule::always("kms:ScheduleKeyDeletion", Fault::Denied));
        let Some(stage) = Stage::with_faults(endpoint, account, vec![denied]) else { continue };
        let journal = Journal::new();
        let run = fix(&stage, &queue, &["--yes", "--rule", "3.4", "--journal", &journal.name()]).run();
        assert_eq!(run.code, Some(0), "{endpoint:?}: {run:#?}");
        switch.set(1);
        let run = journal.undo(&stage);
        assert_eq!(run.code, Some(2), "{run:#?}");
        let of_bucket = run.stderr.lines().find(|line| line.starts_with("  bucket/"));
        assert!(of_bucket.is_some_and(|line| line.ends_with(": removed")), "{endpoint:?}: {run:#?}");
        assert!(outcome(&run, "key/cis-audit-trail").contains("AccessDenied"), "{endpoint:?}: {run:#?}");
        switch.set(0);
        let run = journal.undo(&stage);
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert!(outcome(&run, "key/cis-audit-trail").starts_with("is removed by AWS at "), "{endpoint:?}: {run:#?}");
    }
}

/// A fix that ended before it made a bucket made a key all the same.
#[test]
fn a_key_without_a_bucket_goes() {
    for endpoint in EMULATORS {
        let account = nothing();
        let queue = queue(&account);
        let denied = vec![FaultRule::always("s3:CreateBucket", Fault::Denied)];
        let Some(stage) = Stage::with_faults(endpoint, account, denied) else { continue };
        let journal = Journal::new();
        let run = fix(&stage, &queue, &["--yes", "--rule", "3.4", "--journal", &journal.name()]).run();
        assert_eq!(run.code, Some(2), "{endpoint:?}: {run:#?}");
        let run = journal.undo(&stage);
        assert!(outcome(&run, "key/cis-audit-trail").starts_with("is removed by AWS at "), "{endpoint:?}: {run:#?}");
    }
}

/// That there is no bucket is believed of S3, not of what answers `HEAD` on the way: its answer has no body to say so.
#[test]
fn a_key_stays_unless_s3_confirms_its_bucket_is_gone() {
    let account = nothing();
    let queue = queue(&account);
    let switch = Switch::default();
    let missing = FaultRule::rewrite("s3:ListBucket", |request, response| {
        if request.method == "HEAD" {
            *response = Response::new(404, "text/html", "");
        }
    });
    let missing = switch.rule(1, missing);
    let Some(stage) = Stage::with_faults(Endpoint::Moto, account, vec![missing]) else { return };
    let journal = Journal::new();
    let run = fix(&stage, &queue, &["--yes", "--rule", "3.4", "--journal", &journal.name()]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    switch.set(1);
    let run = journal.undo(&stage);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let of_bucket = run.stderr.lines().find(|line| line.starts_with("  bucket/"));
    assert!(of_bucket.is_some_and(|line| line.contains("HeadBucket finds no bucket")), "{run:#?}");
    assert!(!outcome(&run, "key/cis-audit-trail").contains("is removed"), "{run:#?}");
}

/// Days that a policy of the whole account shows are no change of the group by a user.
#[test]
fn an_accounts_retention_policy_changes_no_group() {
    let account = nothing();
    let queue = queue(&account);
    let switch = Switch::default();
    let days = switch.json(1, "logs:DescribeLogGroups", |answer| {
        for group in answer["logGroups"].as_array_mut().expect("groups") {
            group["retentionInDays"] = json!(30);
            group["retentionPolicyName"] = json!("everywhere");
        }
    });
    let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, vec![days]) else { return };
    let journal = Journal::new();
    let run = fix(&stage, &queue, &["--yes", "--rule", "3.4", "--journal", &journal.name()]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    switch.set(1);
    assert_eq!(outcome(&journal.undo(&stage), "log-group//aws/cloudtrail/cis-audit"), "removed");
}

/// The elements that an answer in XML has its content between.
type Between = Option<(&'static str, &'static str)>;

/// The answer of an operation without anything in it: as JSON, CBOR or, between these two elements, as XML.
fn emptied(action: &str, between: Between) -> FaultRule {
    FaultRule::rewrite(action, move |_, response| {
        if response.status != 200 {
            return;
        }
        let body = String::from_utf8_lossy(&response.body).into_owned();
        if let Some((from, to)) = between {
            let (Some(start), Some(end)) = (body.find(from), body.rfind(to)) else { return };
            response.body = format!("{}{}", &body[..start], &body[end + to.len()..]).into_bytes();
        } else if body.starts_with('{') {
            response.body = b"{}".to_vec();
        } else {
            change_cbor(response, |body| *body = map(&[]));
        }
    })
}

/// A list that was not stated is not an empty one: nothing is removed because nothing seems to need it.
#[test]
fn an_answer_without_its_list_removes_nothing() {
    let switch = Switch::default();
    let steps: [(usize, &str, Between, &[&str]); 7] = [
        (1, "cloudwatch:DescribeAlarms", None, &["alarm", "metric-filter", "subscription", "topic", "trail"]),
        (2, "logs:DescribeMetricFilters", None, &["metric-filter", "trail", "log-group"]),
        (3, "cloudtrail:DescribeTrails", None, &["trail", "log-group", "role", "bucket", "key"]),
        (4, "logs:FilterLogEvents", None, &["log-group"]),
        (11, "sns:ListSubscriptionsByTopic", Some(("<Subscriptions", "</Subscriptions>")), &["subscription", "topic"]),
        (11, "s3:ListBucket", Some(("<Name>", "</KeyCount>")), &["bucket", "key"]),
        (12, "kms:ListAliases", None, &["key"]),
    ];
    for stage_of in [0, 10] {
        let account = nothing();
        let queue = queue(&account);
        let steps: Vec<_> = steps.iter().filter(|(at, ..)| at / 10 * 10 == stage_of).collect();
        let faults = steps.iter().map(|(at, action, between, _)| switch.rule(*at, emptied(action, *between))).collect();
        switch.set(0);
        let Some(stage) = Stage::with_faults(Endpoint::Ministack, account, faults) else { return };
        let journal = Journal::new();
        let run = fix(&stage, &queue, &["--yes", "--rule", "3.4", "--journal", &journal.name()]).run();
        assert_eq!(run.code, Some(0), "{run:#?}");
        for (at, action, _, kept) in steps {
            switch.set(*at);
            let run = journal.undo(&stage);
            assert_eq!(run.code, Some(2), "{action}: {run:#?}");
            assert!(run.stderr.contains(&format!("{action}: BadAnswer: ")), "{action}: {run:#?}");
            for kind in *kept {
                let line = run.stderr.lines().find(|line| line.starts_with(&format!("  {kind}/")));
                let stays = line.is_some_and(|line| line.contains(": failed: ") || line.contains(": kept: "));
                assert!(stays, "{action}: {kind}: {run:#?}");
            }
        }
        switch.set(0);
        assert_eq!(journal.undo(&stage).code, Some(0));
    }
}

/// Nor is anything made again.
#[test]
fn an_answer_without_its_list_makes_nothing() {
    for (action, between) in [
        ("cloudtrail:DescribeTrails", None),
        ("logs:DescribeMetricFilters", None),
        ("cloudwatch:DescribeAlarms", None),
        ("sns:ListSubscriptionsByTopic", Some(("<Subscriptions", "</Subscriptions>"))),
    ] {
        let faults = vec![emptied(action, between)];
        let Some(stage) = Stage::with_faults(Endpoint::Ministack, Account::seed(&fresh_id()), faults) else { return };
        let run = stage.cli().args(&["--fix", "--yes", "--subscribe", "email:ops@example.com"]).run();
        assert_eq!(run.code, Some(2), "{action}: {run:#?}");
        let asked = stage.traffic().by_action();
        let writes = asked.keys().filter(|asked| {
            ["Put", "Create", "Subscribe", "Set", "Start"].iter().any(|verb| asked.contains(&format!(":{verb}")))
        });
        assert_eq!(writes.collect::<Vec<_>>(), Vec::<&String>::new(), "{action}: {run:#?}");
    }
}

/// No request is made of what a journal or a plan names before it is known to be a name, and of the account.
#[test]
fn a_journal_or_plan_that_leads_elsewhere_is_refused_unasked() {
    let Some(stage) = Stage::new(Endpoint::Ministack, without_one_control()) else { return };
    let journal = Journal::new();
    journal.fix(&stage);
    let text = fs::read_to_string(journal.path()).expect("a journal");
    let plan = journal.0.path().join("plan.json");
    let plan_name = plan.to_str().expect("a name").to_owned();
    let asked = || stage.traffic().count();
    for (from, to, wanted) in [
        ("\"region\":\"us-east-1\"", "\"region\":\"evil.example/\"", "line 1: `region` is \"evil.example/\""),
        ("\"partition\":\"aws\"", "\"partition\":\"aws.evil.example\"", "line 1: `partition` is"),
        ("arn:aws:logs:us-east-1:", "arn:aws:logs:x.evil.example/:", "line 2: step \"metric-filter/"),
        ("arn:aws:logs:us-east-1:", "arn:aws:logs:cn-north-1:", "line 2: step \"metric-filter/"),
        ("arn:aws:cloudwatch:us-east-1:", "arn:aws:cloudwatch:127.0.0.1:1/:", "`resource.arn` is"),
        ("arn:aws:cloudwatch:", "nonsense", "is not the ARN of an alarm of account"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        fs::write(journal.path(), text.replace(from, to)).expect("it is writable");
        let before = asked();
        for mode in ["--yes", "--dry-run"] {
            let run = stage.cli().args(&["undo", mode, &journal.name()]).run();
            assert_eq!(run.code, Some(2), "{to}: {run:#?}");
            assert!(run.stderr.contains(wanted), "{to}: {run:#?}");
        }
        // Nor to the place itself, which is not the stage.
        let free = stage.cli().without_env("AWS_ENDPOINT_URL").args(&["undo", "--dry-run", &journal.name()]).run();
        assert!(free.stderr.contains(wanted), "{to}: {free:#?}");
        assert_eq!(asked(), before, "{to}");
    }
    fs::write(journal.path(), &text).expect("it is writable");
    let run = journal.undo(&stage);
    assert_eq!(run.code, Some(0), "{run:#?}");

    let run = stage.cli().args(&["--fix", "--dry-run", "--plan-out", &plan_name]).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    let text = fs::read_to_string(&plan).expect("a plan");
    fs::write(&plan, text.replace("arn:aws:logs:us-east-1:", "arn:aws:logs:x.evil.example/:")).expect("it is writable");
    let before = asked();
    let run = stage.cli().args(&["--fix", "--yes", "--apply", &plan_name]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert_eq!(asked(), before);
}
