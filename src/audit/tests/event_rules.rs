//! EventBridge rules that match the events of a control which has nothing: they are named, and change no verdict.

use super::*;
use crate::closed;
use crate::snapshot::{EventRule, RegionEventRules};

fn rule(name: &str, state: &str, pattern: &str) -> EventRule {
    EventRule {
        name: name.into(),
        arn: format!("arn:aws:events:{REGION}:111122223333:rule/{name}"),
        state: state.into(),
        event_pattern: pattern.into(),
    }
}

/// The account's rules in its region.
fn watching(account: &mut Snapshot, rules: Vec<EventRule>) {
    account.event_rules.push(RegionEventRules { region: REGION.into(), rules });
}

/// The account without metric filters, with one rule in a state.
fn in_state(state: &str, pattern: &str) -> Report {
    judge_with(|account| {
        filters(account).clear();
        watching(account, vec![rule("watch", state, pattern)]);
    })
}

/// The controls for which a note says that a rule matches their events.
fn noted(report: &Report) -> Vec<&'static str> {
    let is_noted = |rule: &&str| {
        let mut codes = finding_for(report, rule).warnings.iter().map(|warning| warning.code());
        codes.any(|code| code == Code::MetricFilterEventRule)
    };
    CONTROLS.iter().copied().filter(is_noted).collect()
}

const TRAILS: &str = r#"{"source":["aws.cloudtrail"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["cloudtrail.amazonaws.com"],"eventName":["CreateTrail","UpdateTrail","DeleteTrail","StartLogging","StopLogging"]}}"#;

#[test]
fn a_rule_for_the_same_events_is_a_note_and_no_pass() {
    let without = judge_with(|account| filters(account).clear());
    let report = in_state("ENABLED", TRAILS);
    assert_controls(&report, &CONTROLS, Status::Fail, Code::MetricFilterNone);
    assert_eq!(noted(&report), ["3.5"]);
    let (with, without) = (finding_for(&report, "3.5"), finding_for(&without, "3.5"));
    assert_eq!((with.status, &with.reason, &with.verdicts), (without.status, &without.reason, &without.verdicts));
    assert_eq!((&with.remedy, &with.witness), (&without.remedy, &without.witness));
    let [note] = with.warnings.as_slice() else { panic!("one note: {:?}", with.warnings) };
    assert_eq!(
        (note.grade(), note.near_miss().map(|near| near.kind()), note.resource()),
        (Grade::Note, Some("event_rule"), Some("arn:aws:events:ap-northeast-1:111122223333:rule/watch"))
    );
    assert_eq!(
        note.message(),
        "EventBridge rule watch in ap-northeast-1 matches such events; the benchmark asks for a metric filter and an alarm"
    );
}

#[test]
fn rules_as_people_write_them_match_the_events_of_controls() {
    for (pattern, wanted) in [
        (
            r#"{"detail-type":["AWS API Call via CloudTrail"],"detail":{"errorCode":[{"prefix":"AccessDenied"},{"wildcard":"*UnauthorizedOperation"}]}}"#,
            &["3.1"][..],
        ),
        (
            r#"{"detail-type":["AWS API Call via CloudTrail","AWS Console Sign In via CloudTrail"],"detail":{"userIdentity":{"type":["Root"]}}}"#,
            &["3.3"],
        ),
        (
            r#"{"detail-type":["AWS Console Sign In via CloudTrail"],"detail":{"eventName":["ConsoleLogin"],"additionalEventData":{"MFAUsed":["No"]}}}"#,
            &["3.2"],
        ),
        (
            r#"{"source":["aws.signin"],"detail":{"eventName":["ConsoleLogin"],"errorMessage":["Failed authentication"]}}"#,
            &["3.6"],
        ),
        (
            r#"{"source":["aws.iam"],"detail":{"$or":[{"eventName":[{"prefix":"Put"}]},{"eventName":[{"prefix":"Delete"}]}],"errorCode":[{"exists":false}]}}"#,
            &["3.4"],
        ),
        (r#"{"source":["aws.kms"],"detail":{"eventName":["DisableKey","ScheduleKeyDeletion"]}}"#, &["3.7"]),
        (r#"{"source":["aws.s3"]}"#, &["3.8"]),
        (r#"{"source":["aws.ec2"],"detail":{"eventName":["RunInstances"]}}"#, &[]),
        (r#"{"source":["aws.ec2"],"detail-type":["EC2 Instance State-change Notification"]}"#, &[]),
        (r#"{"source":["aws.cloudtrail"],"region":["us-east-1"]}"#, &[]),
        (r#"{"source":["aws.cloudtrail"],"region":["ap-northeast-1"],"account":["111122223333"]}"#, &["3.5"]),
        ("not a pattern", &[]),
    ] {
        assert_eq!(noted(&in_state("ENABLED", pattern)), wanted, "{pattern}");
    }
}

#[test]
fn a_rule_must_be_enabled() {
    let states = [
        ("ENABLED", &["3.5"][..]),
        ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", &["3.5"]),
        ("DISABLED", &[]),
        ("SOMETHING_NEW", &[]),
    ];
    assert_eq!(closed::RULE_STATE.all().count() + 1, states.len(), "{}", closed::RULE_STATE.decide);
    for (state, wanted) in states {
        assert_eq!(noted(&in_state(state, TRAILS)), wanted, "{state}");
    }
}

#[test]
fn rules_are_noted_where_alarm_log_group_or_trail_is_missing() {
    let all = r#"{"source":["aws.cloudtrail"]}"#;
    let watched = || seed().with(|account| watching(account, vec![rule("watch", "ENABLED", all)]));
    let report = judge(watched().without_alarm("3.5"));
    assert_controls(&report, &["3.5"], Status::Fail, Code::AlarmNone);
    assert_eq!(noted(&report), ["3.5"]);
    let report = judge(watched().trail(|trail| trail.log_group_arn = None));
    assert_controls(&report, &CONTROLS, Status::Fail, Code::LogGroupNone);
    assert_eq!(noted(&report), ["3.5"]);
    let report = judge(watched().without_trail());
    assert_controls(&report, &CONTROLS, Status::Fail, Code::TrailNone);
    let messages: Vec<String> = finding_for(&report, "3.5").warnings.iter().map(|warning| warning.message()).collect();
    let expected = "EventBridge rule watch in ap-northeast-1 matches such events, which reach EventBridge only while a trail records them; the benchmark asks for a metric filter and an alarm";
    assert!(messages.iter().any(|message| message == expected), "{messages:?}");
}

#[test]
fn no_rule_is_noted_for_a_control_with_a_filter_and_an_alarm() {
    let report = judge_with(|account| watching(account, vec![rule("watch", "ENABLED", TRAILS)]));
    assert_all_pass(&report);
    assert_eq!(noted(&report), Vec::<&str>::new());
    let report = judge_with(|account| {
        watching(account, vec![rule("watch", "ENABLED", TRAILS)]);
        alarm(account, "3.5").actions.enabled = false;
    });
    assert_controls(&report, &["3.5"], Status::Fail, Code::AlarmActionsDisabled);
    assert_eq!(noted(&report), Vec::<&str>::new());
}

#[test]
fn three_rules_are_named_those_of_the_region_asked_for_first() {
    let report = judge_with(|account| {
        filters(account).clear();
        account.event_rules = ["eu-west-1", REGION]
            .map(|region| RegionEventRules {
                region: region.into(),
                rules: [1, 2].map(|number| rule(&format!("{region}-{number}"), "ENABLED", TRAILS)).to_vec(),
            })
            .to_vec();
    });
    let finding = finding_for(&report, "3.5");
    let named: Vec<&str> = finding.warnings.iter().filter_map(|warning| warning.resource()).collect();
    let name = |name: &str| format!("arn:aws:events:{REGION}:111122223333:rule/{name}");
    assert_eq!(named, [name("ap-northeast-1-1"), name("ap-northeast-1-2"), name("eu-west-1-1")]);
}
