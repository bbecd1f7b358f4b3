//! Answers that are refused, late, broken or no answer at all: what could not be read is unknown, never absent, and is
//! listed. What did not matter changes no verdict.

use std::time::Duration;

use crate::support::account::{Account, Subscription, SubscriptionState};
use crate::support::fault::{Fault, FaultRule};
use crate::support::report::{RULES, Report, all_fail, all_pass, fails, unknown};
use crate::support::run::Run;
use crate::support::stage::{Endpoint, Stage, fresh_id};

/// The seed on the in-process server, with faults.
fn faulty(faults: Vec<FaultRule>) -> Stage {
    Stage::fake_with_faults(Account::seed(&fresh_id()), faults)
}

fn audited(stage: &Stage) -> (Run, Report) {
    stage.cli().report()
}

/// Seconds after which an operation that keeps failing is given up, so that the tests need not wait for the default.
const SOON: &str = "3";

/// The whole audit depends on `action`, which may end in `*`: unknown for this reason, exit 2, the gap listed and said
/// on the table too.
fn undecided_when(fault: &Fault, action: &str, reason: &'static str) {
    let stage = faulty(vec![FaultRule::always(action, fault.clone())]);
    let cli = || stage.cli().args(&["--timeout", SOON]);
    let (run, report) = cli().report();
    report.assert(&unknown(&RULES, reason), &run.stderr);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let action = action.trim_end_matches('*');
    assert!(report.gap_operations().iter().any(|operation| operation.starts_with(action)), "{:?}", report.gaps);
    let table = cli().run();
    assert_eq!(table.code, Some(2), "{table:#?}");
    assert!(table.stdout.contains(action) || table.stderr.contains(action), "the gap is not named: {table:#?}");
}

#[test]
fn denied_trails() {
    undecided_when(&Fault::Denied, "cloudtrail:DescribeTrails", "trail.unread");
}

#[test]
fn denied_trail_status() {
    undecided_when(&Fault::Denied, "cloudtrail:GetTrailStatus", "trail");
}

#[test]
fn denied_event_selectors() {
    undecided_when(&Fault::Denied, "cloudtrail:GetEventSelectors", "trail");
}

#[test]
fn denied_metric_filters() {
    undecided_when(&Fault::Denied, "logs:DescribeMetricFilters", "");
}

#[test]
fn denied_alarms() {
    undecided_when(&Fault::Denied, "cloudwatch:DescribeAlarms", "alarm.unread");
}

#[test]
fn denied_subscriptions() {
    undecided_when(&Fault::Denied, "sns:ListSubscriptions*", "subscription.unread");
}

#[test]
fn denied_metric_filters_on_emulators() {
    for endpoint in [Endpoint::Ministack, Endpoint::Moto] {
        let faults = vec![FaultRule::always("logs:DescribeMetricFilters", Fault::Denied)];
        let account = Account::seed(&fresh_id());
        let Some(stage) = Stage::with_faults(endpoint, account, faults) else { continue };
        let (run, report) = audited(&stage);
        report.assert(&unknown(&RULES, ""), &run.stderr);
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(report.gap_operations().contains("logs:DescribeMetricFilters"));
    }
}

/// Listing every subscription of the account is a short cut; asking topic by topic is the normal path.
#[test]
fn denied_listing_of_all_subscriptions_changes_no_verdict() {
    let stage = faulty(vec![FaultRule::always("sns:ListSubscriptions", Fault::Denied)]);
    let (run, report) = audited(&stage);
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(run.code, Some(0), "{run:#?}");
}

/// Denied is the operator's choice and leaves `effective` open; a filter policy that could not be read may keep every
/// message.
#[test]
fn a_filter_policy_that_was_not_read() {
    let action = "sns:GetSubscriptionAttributes";
    let (run, report) = audited(&faulty(vec![FaultRule::always(action, Fault::Denied)]));
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(report.finding("3.4").verdicts.effective, "unknown");
    for fault in [Fault::Throttled, Fault::ServerError, Fault::Hang, Fault::CutOff] {
        undecided_when(&fault, action, "subscription.filter_unread");
    }
}

#[test]
fn denied_caller_identity_changes_no_verdict() {
    let stage = faulty(vec![FaultRule::always("sts:GetCallerIdentity", Fault::Denied)]);
    let (run, report) = audited(&stage);
    report.assert(&all_pass(), &run.stderr);
    assert!(report.gap_operations().contains("sts:GetCallerIdentity"), "{:?}", report.gaps);
}

/// A trail that does not matter cannot be read: the sound one still carries every rule.
#[test]
fn denied_status_of_a_second_trail_changes_no_verdict() {
    let mut account = Account::seed(&fresh_id());
    let mut second = account.trail().clone();
    second.name = "unreadable".into();
    account.trails.push(second);
    let deny = FaultRule::always("cloudtrail:GetTrailStatus", Fault::Denied)
        .only_when(|request| String::from_utf8_lossy(&request.body).contains("unreadable"));
    let stage = Stage::fake_with_faults(account, vec![deny]);
    let (run, report) = audited(&stage);
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(report.gap_operations().contains("cloudtrail:GetTrailStatus"), "{:?}", report.gaps);
}

/// One rule fails for certain; that the others are unknown must not hide it.
#[test]
fn a_certain_failure_outweighs_an_unknown() {
    let mut account = Account::seed(&fresh_id());
    account.remove_filter("3.4");
    let deny = FaultRule::always("sns:ListSubscriptions*", Fault::Denied);
    let stage = Stage::fake_with_faults(account, vec![deny]);
    let (run, report) = audited(&stage);
    assert_eq!(report.finding("3.4").status, "fail");
    assert_eq!(report.summary.unknown, 13);
    assert_eq!(run.code, Some(1), "{run:#?}");
}

/// A gap is not a failure, and a failure is not a gap: a stopped trail fails whatever SNS refuses to say.
#[test]
fn a_denied_list_behind_a_broken_link_changes_nothing() {
    let mut account = Account::seed(&fresh_id());
    account.trail().logging = false;
    let deny = FaultRule::always("sns:*", Fault::Denied);
    let stage = Stage::fake_with_faults(account, vec![deny]);
    let (run, report) = audited(&stage);
    report.assert(&all_fail("trail.not_logging"), &run.stderr);
    assert_eq!(run.code, Some(1), "{run:#?}");
}

const READS: [&str; 12] = [
    "sts:GetCallerIdentity",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:GetEventSelectors",
    "logs:DescribeMetricFilters",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:DescribeAlarmsForMetric",
    "cloudwatch:ListAlarmMuteRules",
    "logs:DescribeLogGroups",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptions",
    "sns:ListSubscriptionsByTopic",
];

#[test]
fn throttled_once_everywhere_passes_in_the_end() {
    let once = READS.map(|action| FaultRule::first(action, 1, Fault::Throttled));
    let (run, report) = audited(&faulty(once.to_vec()));
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(report.gaps.len(), 0, "{:?}", report.gaps);
}

/// Throttling is everyday at AWS: an audit of twenty accounts in a row must not wait for each.
#[test]
fn one_throttled_answer_costs_less_than_five_seconds() {
    for action in ["sts:GetCallerIdentity", "cloudtrail:DescribeTrails", "cloudwatch:DescribeAlarms"] {
        let stage = faulty(vec![FaultRule::first(action, 1, Fault::Throttled)]);
        let (run, report) = audited(&stage);
        report.assert(&all_pass(), &run.stderr);
        assert!(run.elapsed < Duration::from_secs(5), "{action}: {:?}", run.elapsed);
    }
}

#[test]
fn a_server_error_once_everywhere_passes_in_the_end() {
    let once = READS.map(|action| FaultRule::first(action, 1, Fault::ServerError));
    let (run, report) = audited(&faulty(once.to_vec()));
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(report.gaps.len(), 0, "{:?}", report.gaps);
}

#[test]
fn an_answer_cut_off_once_passes_in_the_end() {
    let once = READS.map(|action| FaultRule::first(action, 1, Fault::CutOff));
    let (run, report) = audited(&faulty(once.to_vec()));
    report.assert(&all_pass(), &run.stderr);
}

#[test]
fn throttled_for_ever() {
    undecided_when(&Fault::Throttled, "cloudwatch:DescribeAlarms", "alarm.unread");
}

#[test]
fn a_server_error_for_ever() {
    undecided_when(&Fault::ServerError, "sns:ListSubscriptions*", "subscription.unread");
}

#[test]
fn an_answer_always_cut_off() {
    undecided_when(&Fault::CutOff, "logs:DescribeMetricFilters", "");
}

#[test]
fn a_sign_in_page_instead_of_an_answer() {
    undecided_when(&Fault::Garbage, "cloudtrail:GetEventSelectors", "trail");
    undecided_when(&Fault::Garbage, "logs:DescribeMetricFilters", "");
    undecided_when(&Fault::Garbage, "cloudwatch:DescribeAlarms", "alarm.unread");
    undecided_when(&Fault::Garbage, "sns:ListSubscriptions*", "subscription.unread");
}

#[test]
fn a_service_that_never_answers_ends_at_the_timeout() {
    for (action, reason) in [
        ("cloudwatch:DescribeAlarms", "alarm.unread"),
        ("sns:ListSubscriptions*", "subscription.unread"),
        ("logs:DescribeMetricFilters", ""),
    ] {
        let stage = faulty(vec![FaultRule::always(action, Fault::Hang)]);
        let (run, report) = stage.cli().args(&["--timeout", SOON]).report();
        assert!(run.elapsed < Duration::from_secs(8), "{action}: {run:#?}");
        report.assert(&unknown(&RULES, reason), &run.stderr);
        assert_eq!(run.code, Some(2), "{run:#?}");
        let action = action.trim_end_matches('*');
        assert!(report.gap_operations().iter().any(|operation| operation.starts_with(action)), "{:?}", report.gaps);
    }
}

/// The second page is refused: what the first page proves is kept, what only the second could show is unknown.
#[test]
fn a_denied_second_page_is_unknown_only_where_it_matters() {
    let mut account = Account::seed(&fresh_id());
    super::compliant::add_strangers(&mut account, 0, 150, 0);
    // "Notice-…" and "Warning-…" sort after the strangers: only the last page has the seed's alarms.
    let deny = FaultRule::always("cloudwatch:*", Fault::Denied)
        .only_when(|request| String::from_utf8_lossy(&request.body).contains("NextToken"));
    let by_metric = FaultRule::always("cloudwatch:DescribeAlarmsForMetric", Fault::Denied);
    let stage = Stage::fake_with_faults(account, vec![deny, by_metric]);
    let (run, report) = audited(&stage);
    report.assert(&unknown(&RULES, "alarm.unread"), &run.stderr);
    assert_eq!(run.code, Some(2), "{run:#?}");
}

/// The one confirmed subscription of the first page gets no alarm's message; one of the second may.
#[test]
fn a_throttled_second_page_of_subscriptions_proves_no_failure() {
    let account = |second_page: bool| {
        let mut account = Account::seed(&fresh_id());
        let subscriptions = &mut account.topic().subscriptions;
        let sound = subscriptions.pop().expect("the seed's subscription");
        let mut filtered = sound.clone();
        filtered.attributes.insert("FilterPolicy".into(), r#"{"severity":["high"]}"#.into());
        subscriptions.push(filtered);
        for number in 1..100 {
            let endpoint = format!("pending-{number}@example.com");
            subscriptions.push(Subscription { endpoint, state: SubscriptionState::Pending, ..sound.clone() });
        }
        if second_page {
            subscriptions.push(Subscription { endpoint: "second@example.com".into(), ..sound });
        }
        account
    };
    let (run, report) = audited(&Stage::fake(account(false)));
    report.assert(&all_fail("subscription.filtered"), &run.stderr);
    let (run, report) = audited(&Stage::fake(account(true)));
    report.assert(&all_pass(), &run.stderr);
    let throttle = FaultRule::always("sns:ListSubscriptionsByTopic", Fault::Throttled)
        .only_when(|request| String::from_utf8_lossy(&request.body).contains("NextToken"));
    let (run, report) = audited(&Stage::fake_with_faults(account(true), vec![throttle]));
    report.assert(&unknown(&RULES, "subscription.unread"), &run.stderr);
    assert_eq!(run.code, Some(2), "{run:#?}");
}

#[test]
fn everything_denied_is_no_report_of_failures() {
    let stage = faulty(vec![FaultRule::always("*", Fault::Denied)]);
    let run = stage.cli().args(&["-f", "json"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(!run.stdout.contains("\"fail\""), "{run:#?}");
}

/// Expired or revoked keys: every service says so, and one message is enough.
#[test]
fn refused_credentials_are_one_message() {
    let stage = faulty(vec![FaultRule::always("*", Fault::BadToken)]);
    let run = stage.cli().run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("ExpiredToken") || run.stderr.to_lowercase().contains("expired"), "{run:#?}");
}

#[test]
fn one_rule_needs_less_and_is_not_hurt_by_gaps_elsewhere() {
    let mut account = Account::seed(&fresh_id());
    let gone = account.topic_arn("us-east-1", "gone");
    account.alarm("3.9").alarm_actions = vec![gone];
    let stage = Stage::fake(account);
    let (run, report) = stage.cli().args(&["--rule", "3.4,3.5"]).report();
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(report.results.len(), 2);
    let (run, report) = stage.cli().args(&["--exclude", "3.9"]).report();
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(report.summary.pass, 13);
    let (_, report) = audited(&stage);
    report.assert(&fails(&["3.9"], "topic.missing"), "the account as a whole");
}
