//! The verdict against the event: a data point is published as the control's metric filter would publish it, and a queue
//! that is subscribed hears of it exactly in those accounts that are called effective.
//!
//! On ministack, which evaluates alarms and delivers their messages as soon as a data point comes. What it does not model
//! (dimensions of alarms, statistics over time, missing data, policies, keys) is left to the simulation beside the code that judges alarms.

use std::collections::HashMap;

use crate::support::account::{Account, Subscription};
use crate::support::provision::{Sample, told_of};
use crate::support::seed::{NAMESPACE, REGION, rule};
use crate::support::stage::{Endpoint, Stage, fresh_id};

const QUEUE: &str = "told";

/// Changes the seed's account, judges 3.4 and publishes what its filter would. `told` says whether somebody hears of it,
/// which is what the verdict must have said.
fn check(change: impl Fn(&mut Account), told: bool, verdicts: [&str; 3], code: Option<&str>) {
    let mut account = Account::seed(&fresh_id());
    let queue = format!("arn:aws:sqs:{REGION}:{}:{QUEUE}", account.id);
    account.topic().subscriptions = vec![Subscription::queue(&queue)];
    change(&mut account);
    let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
    let (run, report) = stage.cli().report();
    let finding = report.finding("3.4");
    let said = &finding.verdicts;
    assert_eq!([&said.cis, &said.effective, &said.security_hub], verdicts, "{run:#?}");
    assert_eq!(finding.verdict_reasons.security_hub.is_none(), said.security_hub == "passed");
    let reason = finding.verdict_reasons.effective.as_ref().or(finding.reason.as_ref());
    assert_eq!(reason.map(|reason| reason.code.as_str()), code);
    assert_eq!(told, finding.verdicts.effective == "pass");

    let sample = Sample {
        region: REGION,
        namespace: NAMESPACE,
        name: rule("3.4").metric,
        value: 1.0,
        dimensions: HashMap::new(),
    };
    let heard = told_of(&stage.url(), &stage.credentials, &sample, QUEUE, if told { 10.0 } else { 1.0 });
    let expected: &[&str] = if told { &[rule("3.4").alarm] } else { &[] };
    assert_eq!(heard, expected);
}

#[test]
fn a_whole_chain_tells_somebody() {
    check(|_| {}, true, ["pass", "pass", "passed"], None);
}

#[test]
fn actions_that_are_switched_off_tell_nobody() {
    check(
        |account| account.alarm("3.4").actions_enabled = false,
        false,
        ["fail", "fail", "unknown"],
        Some("alarm.actions_disabled"),
    );
}

#[test]
fn another_namespace_tells_nobody() {
    let change = |account: &mut Account| account.alarm("3.4").single().namespace = "Other".into();
    check(change, false, ["fail", "fail", "failed"], Some("alarm.other_namespace"));
}

#[test]
fn a_threshold_of_five_does_not_tell_of_one() {
    let change = |account: &mut Account| {
        let alarm = account.alarm("3.4");
        alarm.threshold = 5.0;
        alarm.single().statistic = "Sum".into();
    };
    check(change, false, ["pass", "fail", "passed"], Some("alarm.not_every_event"));
}

#[test]
fn nobody_subscribed_is_nobody_told() {
    check(
        |account| account.topic().subscriptions.clear(),
        false,
        ["fail", "fail", "failed"],
        Some("subscription.none"),
    );
}

#[test]
fn a_deleted_topic_tells_nobody() {
    let change = |account: &mut Account| account.region(REGION).topics.clear();
    check(change, false, ["fail", "fail", "failed"], Some("topic.missing"));
}
