//! Trails that record a part: no control passes by them, and what they notify of is not shown as unnoticed.

use super::*;

const LOCAL: &str = "arn:aws:logs:us-east-1:111122223333:log-group:local";

/// The seed's account without the filter of a control, and next to its trail another one with that control's whole
/// chain.
fn beside(control: &str, change: impl FnOnce(&mut Trail)) -> Report {
    judge_with(|account| {
        let mut local = trail(account).clone();
        (local.name, local.arn) = ("local".into(), "arn:aws:cloudtrail:us-east-1:111122223333:trail/local".into());
        local.home_region = "us-east-1".into();
        local.log_group_arn = Some(format!("{LOCAL}:*").as_str().into());
        change(&mut local);
        account.trails.as_mut().expect("trails").push(local);
        let mut topic = account.topics[0].clone();
        let arn = "arn:aws:sns:us-east-1:111122223333:notice";
        topic.arn = arn.into();
        topic.policy = topic.policy.map(|policy| policy.replace("ap-northeast-1", "us-east-1"));
        account.topics.push(topic);
        let mut there = alarm(account, control).clone();
        there.arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:local".into();
        there.actions.alarm = vec![arn.into()];
        account.alarms.push(RegionAlarms {
            region: "us-east-1".into(),
            metric_alarms: vec![there],
            ..account.alarms[0].clone()
        });
        let moved = filter(account, control).clone();
        filters(account).retain(|filter| filter.name != moved.name);
        account.log_groups.push(LogGroup {
            arn: LOCAL.into(),
            exists: Some(true),
            class: None,
            metric_filters: Some(vec![moved]),
        });
    })
}

/// The control fails for want of a filter; the event that is shown.
#[track_caller]
fn shown(report: &Report, rule: &str) -> Option<serde_json::Value> {
    let finding = finding_for(report, rule);
    let got = (finding.verdicts.cis.status, finding.reason.as_ref().map(Reason::code));
    assert_eq!(got, (Status::Fail, Some(Code::MetricFilterNone)));
    finding.witness.as_ref().map(|witness| serde_json::from_str(&witness.to_json_line()).expect("JSON"))
}

#[test]
fn the_example_event_is_of_an_unwatched_region() {
    let report = beside("3.14", |trail| trail.is_multi_region = false);
    let event = shown(&report, "3.14").expect("an event of another region");
    assert_eq!(event["eventSource"], "ec2.amazonaws.com");
    assert!(event["awsRegion"].is_string() && event["awsRegion"] != "us-east-1", "{event}");
}

#[test]
fn a_single_region_trail_that_is_stopped_watches_nothing() {
    let report = beside("3.14", |trail| {
        trail.is_multi_region = false;
        trail.status.as_mut().expect("a status").is_logging = false;
    });
    assert_eq!(shown(&report, "3.14").expect("an event").get("awsRegion"), None);
}

/// IAM's events are recorded in us-east-1, wherever the call comes from.
#[test]
fn global_events_are_noticed_only_in_the_main_region() {
    let single = |home: &'static str, global: bool| {
        beside("3.4", move |trail| {
            trail.is_multi_region = false;
            trail.home_region = home.into();
            trail.include_global_service_events = global;
        })
    };
    assert_eq!(shown(&single("us-east-1", true), "3.4"), None, "every such event is noticed");
    assert!(shown(&single("us-east-1", false), "3.4").is_some());
    assert!(shown(&single("eu-west-1", true), "3.4").is_some());
}

#[test]
fn what_a_trail_of_one_kind_of_events_notifies_of_is_not_shown() {
    let report = beside("3.14", |trail| {
        trail.selectors.as_mut().expect("selectors").basic = vec![management_events("WriteOnly")];
    });
    assert_eq!(shown(&report, "3.14"), None);
}
