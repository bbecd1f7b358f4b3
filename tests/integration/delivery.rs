//! The verdict against the event: a data point is published as the control's metric filter would publish it, and a
//! queue that is subscribed receives it exactly in those accounts that are called effective.
//!
//! On ministack, which evaluates alarms and delivers their messages as soon as a data point comes. What it does not
//! model (dimensions of alarms, statistics over time, missing data, policies, keys) is left to the simulation next to
//! the code that judges alarms.

use std::collections::HashMap;

use crate::support::account::{Account, CompositeAlarm, Subscription};
use crate::support::provision::{Sample, notified_alarms};
use crate::support::seed::{NAMESPACE, REGION, rule};
use crate::support::stage::{Endpoint, Stage, fresh_id};

const QUEUE: &str = "alerts";

/// Changes the seed's account, judges 3.4 and publishes what its filter would. `notifying` lists the alarms that notify a
/// subscriber: some exactly where the verdict is that a single event is notified.
fn check(change: impl Fn(&mut Account), notifying: &[&str], verdicts: [&str; 3], code: Option<&str>) {
    let mut account = Account::seed(&fresh_id());
    let queue = format!("arn:aws:sqs:{REGION}:{}:{QUEUE}", account.id);
    account.topic().subscriptions = vec![Subscription::queue(&queue)];
    change(&mut account);
    let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
    let (run, report) = stage.cli().report();
    let finding = report.finding("3.4");
    let found = &finding.verdicts;
    assert_eq!([&found.cis, &found.effective, &found.security_hub], verdicts, "{run:#?}");
    assert!(finding.verdict_reasons.security_hub.is_some() || found.security_hub == "passed");
    let reason = finding.verdict_reasons.effective.as_ref().or(finding.reason.as_ref());
    assert_eq!(reason.map(|reason| reason.code.as_str()), code);
    assert_eq!(!notifying.is_empty(), finding.verdicts.effective == "pass");

    let sample = Sample {
        region: REGION,
        namespace: NAMESPACE,
        name: rule("3.4").metric,
        value: 1.0,
        dimensions: HashMap::new(),
    };
    let patience = if notifying.is_empty() { 1.0 } else { 10.0 };
    assert_eq!(notified_alarms(&stage.url(), &stage.credentials, &sample, QUEUE, patience), notifying);
}

#[test]
fn a_sound_chain_notifies_the_subscriber() {
    check(|_| {}, &[rule("3.4").alarm], ["pass", "pass", "passed"], None);
}

#[test]
fn disabled_actions_notify_nobody() {
    check(
        |account| account.alarm("3.4").actions_enabled = false,
        &[],
        ["fail", "fail", "unknown"],
        Some("alarm.actions_disabled"),
    );
}

#[test]
fn another_namespace_notifies_nobody() {
    let change = |account: &mut Account| account.alarm("3.4").single().namespace = "Other".into();
    check(change, &[], ["fail", "fail", "failed"], Some("alarm.other_namespace"));
}

#[test]
fn a_threshold_of_five_does_not_notify_of_one_event() {
    let change = |account: &mut Account| {
        let alarm = account.alarm("3.4");
        alarm.threshold = 5.0;
        alarm.single().statistic = "Sum".into();
    };
    check(change, &[], ["pass", "fail", "passed"], Some("alarm.not_every_event"));
}

#[test]
fn without_a_subscription_nobody_is_notified() {
    check(|account| account.topic().subscriptions.clear(), &[], ["fail", "fail", "failed"], Some("subscription.none"));
}

#[test]
fn a_deleted_topic_notifies_nobody() {
    let change = |account: &mut Account| account.region(REGION).topics.clear();
    check(change, &[], ["fail", "fail", "failed"], Some("topic.missing"));
}

#[test]
fn a_filter_policy_holds_the_message_back() {
    let change = |account: &mut Account| {
        let attributes = &mut account.topic().subscriptions[0].attributes;
        attributes.insert("FilterPolicy".into(), r#"{"severity":["high"]}"#.into());
    };
    check(change, &[], ["fail", "fail", "passed"], Some("subscription.filtered"));
}

/// The alarm itself acts no more; one above it does, by the rule.
fn through_a_composite_alarm(account: &mut Account, rule: &str) {
    let topics = std::mem::take(&mut account.alarm("3.4").alarm_actions);
    account.region(REGION).composite_alarms.push(CompositeAlarm {
        name: "above".into(),
        rule: rule.into(),
        actions_enabled: true,
        alarm_actions: topics,
    });
}

#[test]
fn a_composite_alarm_on_the_alarm_notifies() {
    let (own, other) = (rule("3.4").alarm, rule("3.5").alarm);
    let either = format!("ALARM(\"{own}\") OR ALARM(\"{other}\")");
    let change = |account: &mut Account| through_a_composite_alarm(account, &either);
    check(change, &["above"], ["pass", "pass", "failed"], None);
}

#[test]
fn a_composite_alarm_on_two_alarms_does_not_notify_of_one() {
    let (own, other) = (rule("3.4").alarm, rule("3.5").alarm);
    let both = format!("ALARM(\"{own}\") AND ALARM(\"{other}\")");
    let change = |account: &mut Account| through_a_composite_alarm(account, &both);
    check(change, &[], ["pass", "fail", "failed"], Some("alarm.composite_conditional"));
}
