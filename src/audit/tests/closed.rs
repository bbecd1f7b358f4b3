//! Every member of a closed list decides something: the seed's account with one field changed, and what `cis` and
//! `effective` then say of 3.4, written out for each member and for an unknown one.

use std::collections::BTreeSet;

use super::*;
use crate::closed::{self, List};
use crate::snapshot::{Key, MuteRule};
use Status::{Fail, Pass, Unknown};

const CONTROL: &str = "3.4";
const NEW: &str = "SOMETHING_NEW";

/// Each member and the new one, put into a field.
#[track_caller]
fn decided(list: &List, wanted: &[(&str, CisAndEffective)], put: impl Fn(&mut Snapshot, &str)) {
    let List { name, decide, .. } = list;
    let expected: BTreeSet<&str> = wanted.iter().map(|(member, _)| *member).collect();
    for member in list.all().chain([NEW]) {
        assert!(expected.contains(member), "{name} {member}: decide {decide}, then write down its verdicts here");
    }
    assert_eq!(expected.len(), list.all().count() + 1, "{name} has no such member any more");
    let others: Vec<String> = wanted
        .iter()
        .map(|(member, wanted)| (member, cis_and_effective(&judge_with(|account| put(account, member))), wanted))
        .filter(|(_, found, wanted)| found != *wanted)
        .map(|(member, found, wanted)| format!("{name} {member}: {found:?}, not {wanted:?}"))
        .collect();
    assert!(others.is_empty(), "{}", others.join("\n"));
}

const SOUND: CisAndEffective = (Pass, Pass, None);

#[test]
fn comparisons() {
    let never = (Fail, Fail, Some(Code::AlarmNeverFires));
    // With a learned band there is no threshold as well: CloudWatch does not accept an alarm that has both.
    let undecided = (Unknown, Unknown, Some(Code::AlarmUndecided));
    let wanted = [
        ("GreaterThanOrEqualToThreshold", SOUND),
        ("GreaterThanThreshold", never),
        ("LessThanOrEqualToThreshold", SOUND),
        ("LessThanThreshold", never),
        ("GreaterThanUpperThreshold", undecided),
        ("LessThanLowerOrGreaterThanUpperThreshold", undecided),
        ("LessThanLowerThreshold", undecided),
        (NEW, undecided),
    ];
    decided(&closed::COMPARISON_OPERATOR, &wanted, |account, member| {
        alarm(account, CONTROL).comparison = Some(member.to_owned());
    });
}

#[test]
fn statistics() {
    let undecided = (Unknown, Unknown, Some(Code::AlarmUndecided));
    let wanted = [
        ("Average", SOUND),
        ("Maximum", SOUND),
        ("Minimum", SOUND),
        ("SampleCount", SOUND),
        ("Sum", SOUND),
        (NEW, undecided),
    ];
    decided(&closed::STATISTIC, &wanted, |account, member| {
        stat(alarm(account, CONTROL)).statistic = member.to_owned();
    });
}

#[test]
fn evaluation_states() {
    let not_as_configured = (Pass, Fail, Some(Code::AlarmNotEvaluated));
    let wanted = [
        ("EVALUATION_ERROR", (Fail, Fail, Some(Code::AlarmEvaluationError))),
        ("EVALUATION_FAILURE", not_as_configured),
        ("PARTIAL_DATA", not_as_configured),
        ("IN_WARM_UP", not_as_configured),
        (NEW, (Pass, Unknown, Some(Code::AlarmUndecided))),
    ];
    decided(&closed::EVALUATION_STATE, &wanted, |account, member| {
        alarm(account, CONTROL).evaluation_state = Some(member.to_owned());
    });
}

#[test]
fn read_and_write_events() {
    let wanted = [
        ("All", SOUND),
        ("ReadOnly", (Fail, Fail, Some(Code::TrailNoWriteEvents))),
        ("WriteOnly", (Fail, Fail, Some(Code::TrailNoReadEvents))),
        (NEW, (Unknown, Unknown, Some(Code::TrailUndecided))),
    ];
    decided(&closed::READ_WRITE_TYPE, &wanted, |account, member| {
        trail(account).selectors = Some(EventSelectors { basic: vec![management_events(member)], advanced: vec![] });
    });
}

#[test]
fn log_group_classes() {
    let lacks_filters = (Fail, Fail, Some(Code::LogGroupClass));
    let undocumented = (Unknown, Unknown, Some(Code::LogGroupClassUndecided));
    let wanted = [
        ("STANDARD", (Fail, Fail, Some(Code::MetricFilterNone))),
        ("INFREQUENT_ACCESS", lacks_filters),
        ("DELIVERY", lacks_filters),
        ("ESSENTIALS", undocumented),
        (NEW, undocumented),
    ];
    decided(&closed::LOG_GROUP_CLASS, &wanted, |account, member| {
        account.log_groups[0].class = Some(member.to_owned());
        account.log_groups[0].metric_filters = Some(vec![]);
    });
    // A group that has filters supports them.
    let wanted = wanted.map(|(member, _)| (member, SOUND));
    decided(&closed::LOG_GROUP_CLASS, &wanted, |account, member| {
        account.log_groups[0].class = Some(member.to_owned());
    });
}

#[test]
fn mute_rule_states() {
    let muted = (Pass, Fail, Some(Code::AlarmMuted));
    let wanted = [
        ("ACTIVE", muted),
        ("SCHEDULED", muted),
        ("EXPIRED", SOUND),
        (NEW, (Pass, Unknown, Some(Code::AlarmMuteUnread))),
    ];
    decided(&closed::ALARM_MUTE_RULE_STATUS, &wanted, |account, member| {
        let alarms = vec![alarm(account, CONTROL).name.clone()];
        account.alarms[0].mute_rules = Some(vec![MuteRule {
            name: "nights".to_owned(),
            alarms,
            schedule: "cron(0 22 * * *)".to_owned(),
            duration: "PT8H".to_owned(),
            status: member.to_owned(),
            start: None,
            expire: None,
        }]);
    });
}

#[test]
fn states_in_the_rules_of_composite_alarms() {
    let wanted = [
        ("ALARM", SOUND),
        ("OK", (Fail, Fail, Some(Code::AlarmCompositeBlocks))),
        ("INSUFFICIENT_DATA", (Fail, Fail, Some(Code::AlarmCompositeBlocks))),
        (NEW, (Unknown, Unknown, Some(Code::AlarmUndecided))),
    ];
    decided(&closed::STATE_VALUE, &wanted, |account, member| {
        let below = alarm(account, CONTROL);
        let rule = format!("{member}({})", below.name);
        let alarm = std::mem::take(&mut below.actions.alarm);
        account.alarms[0].composite_alarms.push(CompositeAlarm {
            arn: format!("arn:aws:cloudwatch:{REGION}:111122223333:alarm:above").into(),
            name: "above".to_owned(),
            actions: AlarmActions { enabled: true, alarm, ok: vec![], insufficient_data: vec![] },
            rule,
            suppressor: None,
        });
    });
}

fn put_key(account: &mut Snapshot, change: impl FnOnce(&mut Key)) {
    *account = seed().with_topic_key(change).build();
}

#[test]
fn key_states() {
    let (unusable, unread) = ((Fail, Fail, Some(Code::TopicKeyUnusable)), (Pass, Unknown, Some(Code::TopicKeyUnread)));
    let wanted = [
        ("Enabled", SOUND),
        ("Updating", SOUND),
        ("Creating", unread),
        ("Disabled", unusable),
        ("PendingDeletion", unusable),
        ("PendingImport", unusable),
        ("PendingReplicaDeletion", unusable),
        ("Unavailable", unusable),
        (NEW, unread),
    ];
    decided(&closed::KEY_STATE, &wanted, |account, member| {
        put_key(account, |key| key.state = Some(member.to_owned()));
    });
}

#[test]
fn key_specs() {
    let symmetric = "SYMMETRIC_DEFAULT";
    let unusable = (Fail, Fail, Some(Code::TopicKeyUnusable));
    let others = closed::KEY_SPEC.all().filter(|spec| *spec != symmetric).map(|spec| (spec, unusable));
    let mut wanted = vec![(symmetric, SOUND), (NEW, (Pass, Unknown, Some(Code::TopicKeyUnread)))];
    wanted.extend(others);
    decided(&closed::KEY_SPEC, &wanted, |account, member| {
        put_key(account, |key| key.spec = Some(member.to_owned()));
    });
}

#[test]
fn key_managers() {
    let wanted = [("CUSTOMER", SOUND), ("AWS", (Fail, Fail, Some(Code::TopicManagedKey))), (NEW, SOUND)];
    decided(&closed::KEY_MANAGER_TYPE, &wanted, |account, member| {
        put_key(account, |key| key.manager = Some(member.to_owned()));
    });
}
