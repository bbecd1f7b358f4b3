//! The alarm: what one row of the table of defects cannot show.

use serde_json::json;

use crate::scenario::{EVERYWHERE, FAKE, check};
use crate::support::account::Account;
use crate::support::report::{all_pass, fails};

#[test]
fn an_alarm_does_not_reach_a_topic_in_another_region() {
    let change = |account: &mut Account| {
        let topic = account.topic_arn("eu-west-1", "elsewhere");
        account.alarm("3.4").alarm_actions = vec![topic];
    };
    check(EVERYWHERE, change, &fails(&["3.4"], "topic.other_region"));
}

/// The metric exists in the log group's region only, and the alarms of others are not read.
#[test]
fn an_alarm_in_another_region_is_not_found() {
    let change = |account: &mut Account| {
        let alarm = account.alarm("3.4").clone();
        account.remove_alarm("3.4");
        account.region("eu-west-1").alarms.push(alarm);
    };
    check(EVERYWHERE, change, &fails(&["3.4"], "alarm"));
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

/// What `DescribeAlarms` returns of windows and warm-ups reaches the verdict.
#[test]
fn a_weekly_alarm_is_late_and_a_warming_up_one_is_inactive() {
    let with_members = |more: serde_json::Value| {
        move |account: &mut Account| {
            let alarm = account.alarm("3.4");
            alarm.single().period = 604_800;
            alarm.more = more.as_object().expect("members").clone();
        }
    };
    let effective = |more: serde_json::Value| {
        let report = check(FAKE, with_members(more), &all_pass());
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
