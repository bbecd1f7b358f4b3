//! Is there an alarm on the metric, in its namespace and with its dimensions, that can fire and notifies a topic?
//!
//! One rule is broken at a time, so that a verdict which leaks to its neighbours is seen.

use serde_json::json;

use crate::scenario::{EVERYWHERE, FAKE, NOT_MOTO, check};
use crate::support::account::Account;
use crate::support::report::{all_pass, fails};
use crate::support::seed::rule;

/// Breaks 3.4's alarm and expects that rule to fail for it, on every endpoint.
fn breaks(change: impl Fn(&mut Account), code: &'static str) {
    check(EVERYWHERE, change, &fails(&["3.4"], code));
}

#[test]
fn no_alarm() {
    breaks(|account| account.remove_alarm("3.4"), "alarm.none");
}

#[test]
fn an_alarm_in_another_namespace() {
    breaks(|account| account.alarm("3.4").single().namespace = "CISBenchmark".into(), "alarm.other_namespace");
}

#[test]
fn an_alarm_in_a_namespace_of_other_case() {
    breaks(|account| account.alarm("3.4").single().namespace = "logmetrics".into(), "alarm.other_namespace");
}

#[test]
fn an_alarm_on_another_metric() {
    breaks(|account| account.alarm("3.4").single().name = "Unrelated".into(), "alarm.none");
}

/// A slip of other auditors: the alarm watches a metric named like the filter, which nothing publishes.
#[test]
fn an_alarm_on_a_metric_named_as_the_filter() {
    breaks(|account| account.alarm("3.4").single().name = rule("3.4").filter.into(), "alarm.none");
}

#[test]
fn an_alarm_without_actions() {
    breaks(|account| account.alarm("3.4").alarm_actions.clear(), "alarm.no_action");
}

#[test]
fn an_alarm_that_speaks_only_when_all_is_well() {
    let change = |account: &mut Account| {
        let alarm = account.alarm("3.4");
        alarm.ok_actions = std::mem::take(&mut alarm.alarm_actions);
    };
    breaks(change, "alarm.no_action");
}

#[test]
fn an_alarm_whose_actions_are_disabled() {
    breaks(|account| account.alarm("3.4").actions_enabled = false, "alarm.actions_disabled");
}

#[test]
fn an_alarm_that_notifies_no_topic() {
    let change = |account: &mut Account| {
        let function = format!("arn:aws:lambda:us-east-1:{}:function:page", account.id);
        account.alarm("3.4").alarm_actions = vec![function];
    };
    breaks(change, "alarm.action_not_topic");
}

#[test]
fn a_threshold_that_no_maximum_reaches() {
    breaks(|account| account.alarm("3.4").threshold = 1e9, "alarm.never_fires");
}

#[test]
fn a_comparison_that_more_events_make_less_true() {
    let change = |account: &mut Account| {
        account.alarm("3.4").comparison = "LessThanThreshold".into();
    };
    breaks(change, "alarm.never_fires");
}

#[test]
fn more_than_the_only_value() {
    let change = |account: &mut Account| {
        account.alarm("3.4").comparison = "GreaterThanThreshold".into();
    };
    breaks(change, "alarm.never_fires");
}

#[test]
fn a_dimension_that_the_filter_does_not_publish() {
    let change = |account: &mut Account| {
        let dimensions = &mut account.alarm("3.4").single().dimensions;
        dimensions.insert("InstanceId".into(), "i-0123456789abcdef0".into());
    };
    breaks(change, "alarm.dimensions");
}

#[test]
fn a_unit_that_the_filter_does_not_publish() {
    let change = |account: &mut Account| account.alarm("3.4").single().unit = Some("Seconds".into());
    breaks(change, "alarm.unit");
}

#[test]
fn a_topic_in_another_region() {
    let change = |account: &mut Account| {
        let topic = account.topic_arn("eu-west-1", "elsewhere");
        account.alarm("3.4").alarm_actions = vec![topic];
    };
    breaks(change, "topic.other_region");
}

/// The metric exists in the log group's region only.
#[test]
fn an_alarm_in_another_region() {
    let change = |account: &mut Account| {
        let alarm = account.alarm("3.4").clone();
        account.remove_alarm("3.4");
        account.region("eu-west-1").alarms.push(alarm);
    };
    check(EVERYWHERE, change, &fails(&["3.4"], "alarm"));
}

#[test]
fn a_broken_alarm_beside_a_sound_one_breaks_nothing() {
    let change = |account: &mut Account| {
        let mut second = account.alarm("3.4").clone();
        second.name = "0-broken".into();
        second.actions_enabled = false;
        account.region("us-east-1").alarms.insert(0, second);
    };
    check(EVERYWHERE, change, &all_pass());
}

/// Notifies of three events a minute, not of one: weak, which this verdict lets pass with a warning.
#[test]
fn a_threshold_of_three_is_a_warning() {
    let change = |account: &mut Account| {
        account.alarm("3.4").threshold = 3.0;
        account.alarm("3.4").single().statistic = "Sum".into();
    };
    let report = check(EVERYWHERE, change, &all_pass());
    assert!(report.finding("3.4").warning_codes().contains("alarm.not_every_event"));
    assert!(report.finding("3.5").warning_codes().is_empty());
}

#[test]
fn a_composite_alarm_that_needs_another_alarm_is_a_warning() {
    use crate::support::account::CompositeAlarm;
    let change = |account: &mut Account| {
        let actions = std::mem::take(&mut account.alarm("3.4").alarm_actions);
        let rule = format!("ALARM(\"{}\") AND ALARM(\"{}\")", rule("3.4").alarm, rule("3.5").alarm);
        account.region("us-east-1").composite_alarms.push(CompositeAlarm {
            name: "both".into(),
            rule,
            actions_enabled: true,
            alarm_actions: actions,
        });
    };
    let report = check(NOT_MOTO, change, &all_pass());
    assert!(report.finding("3.4").warning_codes().contains("alarm.composite_conditional"));
}

/// What `DescribeAlarms` returns of windows and warm-ups reaches the verdict.
#[test]
fn a_weekly_alarm_is_late_and_a_warming_up_one_is_inactive() {
    let of = |more: serde_json::Value| {
        move |account: &mut Account| {
            let alarm = account.alarm("3.4");
            alarm.single().period = 604_800;
            alarm.more = more.as_object().expect("members").clone();
        }
    };
    let effective = |more: serde_json::Value| {
        let report = check(FAKE, of(more), &all_pass());
        let finding = report.finding("3.4");
        let reason = finding.verdict_reasons.effective.as_ref().map_or("", |reason| reason.code.as_str());
        format!("{} {reason}", finding.verdicts.effective)
    };
    assert_eq!(effective(json!({ "EvaluationWindow": { "SlidingWindow": {} } })), "pass ");
    assert_eq!(
        effective(json!({ "EvaluationWindow": { "WallClockWindow": { "Timezone": "UTC" } } })),
        "fail alarm.late"
    );
    let warm_up = json!({ "WarmUpPeriodDurationInMinutes": 2_880, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": true });
    let new = json!({
        "WarmUpConfiguration": warm_up, "StateValue": "INSUFFICIENT_DATA", "EvaluationState": "IN_WARM_UP",
    });
    assert_eq!(effective(new), "fail alarm.not_evaluated");
    // It was last changed in 2023.
    let over = json!({ "WarmUpConfiguration": warm_up, "StateValue": "INSUFFICIENT_DATA" });
    assert_eq!(effective(over), "pass ");
    let tags = json!({ "ActionConfiguration": { "AlarmTagsPropagation": { "Enabled": true } } });
    assert_eq!(effective(tags), "pass ");
}
