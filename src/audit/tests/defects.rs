//! Every defect: the seed's account with one thing wrong, and what each of the three verdicts then says of 3.4, written
//! out, with the reason's code.

use std::collections::BTreeMap;

use super::*;
use crate::finding::{HubStatus, Verdict};
use crate::snapshot::{EvaluationWindow, Grant, Key, LogAlarm, MetricAlarm, MuteRule, WarmUp};

const METRIC: &str = "IamPolicyChanges";

/// The verdicts `cis`, `effective` and `security_hub`, and the code of the reason: of `effective` where `cis` passes.
type Said = (Status, Status, HubStatus, Option<Code>);

fn verdicts_of(report: &Report, rule: &str) -> Said {
    let Finding { verdicts, .. } = finding_of(report, rule);
    let reason = verdicts.effective.reason.as_ref().or(verdicts.cis.reason.as_ref());
    (verdicts.cis.status, verdicts.effective.status, verdicts.security_hub.status, reason.map(|reason| reason.code()))
}

#[track_caller]
fn defect(change: impl FnOnce(&mut Snapshot), cis: Status, effective: Status, hub: HubStatus, code: Code) {
    assert_eq!(verdicts_of(&changed(change), "3.4"), (cis, effective, hub, Some(code)));
}

fn subscription(account: &mut Snapshot) -> &mut Subscription {
    &mut account.topics[0].subscriptions.as_mut().expect("subscriptions")[0]
}

fn hub_code(report: &Report, rule: &str) -> Option<Code> {
    finding_of(report, rule).verdicts.security_hub.reason.as_ref().map(|reason| reason.code())
}

use crate::finding::HubStatus::{Failed, NoData, NotSupported, Passed, Unknown as Untold, Warning};
use Status::{Fail, Pass, Unknown};

#[test]
fn nothing_wrong() {
    for rule in ALL {
        let wanted = (Pass, Pass, Passed, None);
        assert_eq!(verdicts_of(&judge(&seed()), rule), wanted, "{rule}");
    }
}

#[test]
fn of_the_trail() {
    defect(|a| a.trails = Some(vec![]), Fail, Fail, Failed, Code::TrailNone);
    defect(|a| a.trails = None, Unknown, Unknown, Untold, Code::TrailUnread);
    defect(|a| trail(a).is_multi_region = false, Fail, Fail, Failed, Code::TrailSingleRegion);
    let stop = |a: &mut Snapshot| trail(a).status.as_mut().expect("status").is_logging = false;
    defect(stop, Fail, Fail, Failed, Code::TrailNotLogging);
    let remediation = finding_of(&changed(stop), "3.4").remediation();
    assert_eq!(remediation, "Start it: aws cloudtrail start-logging --name DefaultSecuritySettings.");
    let put = |basic: Vec<EventSelector>| {
        move |a: &mut Snapshot| trail(a).selectors = Some(EventSelectors { basic, advanced: vec![] })
    };
    defect(put(vec![basic("All", false, &[])]), Fail, Fail, Failed, Code::TrailNoManagementEvents);
    defect(put(vec![basic("ReadOnly", true, &[])]), Fail, Fail, Failed, Code::TrailNoWriteEvents);
    defect(put(vec![basic("WriteOnly", true, &[])]), Fail, Fail, Failed, Code::TrailNoReadEvents);
    let without_iam = put(vec![basic("All", true, &["iam.amazonaws.com"])]);
    defect(without_iam, Fail, Fail, Failed, Code::TrailSourceExcluded);
    let narrowed = |a: &mut Snapshot| {
        let advanced = vec![advanced(&[MANAGEMENT, ("eventName", "=", "DeletePolicy")])];
        trail(a).selectors = Some(EventSelectors { basic: vec![], advanced });
    };
    defect(narrowed, Fail, Fail, Failed, Code::TrailSelectorNarrowed);
    // The control about root's use is about every service.
    let without_keys = changed(put(vec![basic("All", true, &["kms.amazonaws.com"])]));
    assert_eq!(verdicts_of(&without_keys, "3.3"), (Pass, Fail, Passed, Some(Code::TrailSourceExcludedPartly)));
    assert_eq!(verdicts_of(&without_keys, "3.7"), (Fail, Fail, Failed, Some(Code::TrailSourceExcluded)));
    let added_up = changed(put(vec![basic("ReadOnly", true, &[]), basic("WriteOnly", true, &[])]));
    assert_eq!(verdicts_of(&added_up, "3.4"), (Pass, Pass, Untold, None));
    assert_eq!(hub_code(&added_up, "3.4"), Some(Code::HubUndocumented));
}

#[test]
fn of_the_log_group() {
    defect(|a| trail(a).log_group_arn = None, Fail, Fail, Failed, Code::LogGroupNone);
    defect(|a| a.log_groups[0].exists = Some(false), Fail, Fail, Failed, Code::LogGroupMissing);
    let failing = |a: &mut Snapshot| {
        let status = trail(a).status.as_mut().expect("status");
        status.latest_logs_delivery_error = Some("AccessDenied".into());
        status.latest_logs_delivery_time = Some("2026-01-02T09:00:00Z".parse().expect("a time"));
    };
    defect(failing, Fail, Fail, Passed, Code::LogGroupDeliveryFailing);
    let report = changed(failing);
    assert_eq!(hub_code(&report, "3.4"), Some(Code::HubDoesNotLook));
    let message = finding_of(&report, "3.4").reason.as_ref().expect("a reason").message();
    assert!(
        message.ends_with("(the last one that succeeded was at 2026-01-02T09:00:00Z, 3 days earlier)"),
        "{message}"
    );
    let silent = |a: &mut Snapshot| {
        let status = trail(a).status.as_mut().expect("status");
        status.latest_logs_delivery_time = Some("2026-01-02T09:00:00Z".parse().expect("a time"));
    };
    defect(silent, Pass, Fail, Passed, Code::LogGroupDeliveryStale);
    let never = |began: &'static str| {
        move |a: &mut Snapshot| {
            let status = trail(a).status.as_mut().expect("status");
            status.latest_logs_delivery_time = None;
            status.start_logging_time = Some(began.parse().expect("a time"));
        }
    };
    defect(never("2026-01-02T09:00:00Z"), Pass, Fail, Passed, Code::LogGroupDeliveryStale);
    let report = changed(never("2026-01-02T09:00:00Z"));
    assert_eq!(
        finding_of(&report, "3.4").warnings[0].message(),
        "CloudTrail has never delivered to log group /aws/cloudtrail/DefaultSecuritySettings, 3 days after logging began"
    );
    assert_eq!(verdicts_of(&changed(never("2026-01-04T09:00:00Z")), "3.4"), (Pass, Pass, Passed, None));
    let denied = |a: &mut Snapshot| a.log_groups[0].metric_filters = None;
    defect(denied, Unknown, Unknown, Untold, Code::MetricFilterUnread);
    for (class, cis, hub, code) in [
        ("INFREQUENT_ACCESS", Fail, Failed, Code::LogGroupClass),
        ("DELIVERY", Fail, Failed, Code::LogGroupClass),
        // What these lack is not documented.
        ("ESSENTIALS", Unknown, Untold, Code::LogGroupClassUndecided),
        ("PLATINUM", Unknown, Untold, Code::LogGroupClassUndecided),
        ("STANDARD", Fail, Failed, Code::MetricFilterNone),
    ] {
        let of_class = |a: &mut Snapshot| {
            a.log_groups[0].class = Some(class.into());
            a.log_groups[0].metric_filters = Some(vec![]);
        };
        defect(of_class, cis, cis, hub, code);
        // A group that has metric filters supports them.
        let believed = changed(|a| a.log_groups[0].class = Some(class.into()));
        assert_eq!(verdicts_of(&believed, "3.4"), (Pass, Pass, Passed, None), "{class}");
    }
    defect(|a| a.log_groups.clear(), Unknown, Unknown, Untold, Code::LogGroupUnread);
    let foreign = |a: &mut Snapshot| {
        trail(a).log_group_arn = Some(GROUP.replace("111122223333", "999999999999").into());
    };
    defect(foreign, Unknown, Unknown, Untold, Code::LogGroupOtherAccount);
}

#[test]
fn of_the_metric_filter() {
    let remove = |a: &mut Snapshot| filters(a).retain(|filter| filter.transformations[0].name != METRIC);
    defect(remove, Fail, Fail, Failed, Code::MetricFilterNone);
    let narrow = |a: &mut Snapshot| filter(a, METRIC).pattern = "{ $.eventName = DeletePolicy }".into();
    defect(narrow, Fail, Fail, Failed, Code::MetricFilterMissesEvents);
    let wide = |a: &mut Snapshot| filter(a, METRIC).pattern = "{ $.eventName = * }".into();
    defect(wide, Fail, Fail, Failed, Code::MetricFilterMatchesEverything);
    let calls = |a: &mut Snapshot| filter(a, METRIC).pattern = "{ $.eventType = AwsApiCall }".into();
    defect(calls, Pass, Fail, Failed, Code::MetricFilterMatchesRoutine);
    let zero = |a: &mut Snapshot| filter(a, METRIC).transformations[0].value = "0".into();
    defect(zero, Fail, Fail, Passed, Code::MetricFilterZeroValue);
    let selector = |a: &mut Snapshot| filter(a, METRIC).transformations[0].value = "$.requestParameters.size".into();
    defect(selector, Unknown, Unknown, Passed, Code::MetricFilterValueUndecided);
    let absent = |a: &mut Snapshot| filter(a, METRIC).transformations[0].value = "$.value".into();
    defect(absent, Fail, Fail, Passed, Code::MetricFilterValueAbsent);
    let transformed = |a: &mut Snapshot| filter(a, METRIC).apply_on_transformed_logs = true;
    defect(transformed, Unknown, Unknown, Passed, Code::MetricFilterUndecided);
}

#[test]
fn of_the_alarm() {
    let remove = |a: &mut Snapshot| {
        let arn = alarm(a, METRIC).arn.clone();
        a.alarms[0].metric_alarms.retain(|alarm| alarm.arn != arn);
    };
    defect(remove, Fail, Fail, Failed, Code::AlarmNone);
    defect(|a| stat(alarm(a, METRIC)).namespace = "Other".into(), Fail, Fail, Failed, Code::AlarmOtherNamespace);
    let dimension = |a: &mut Snapshot| {
        stat(alarm(a, METRIC)).dimensions.insert("a".into(), "b".into());
    };
    defect(dimension, Fail, Fail, Passed, Code::AlarmDimensions);
    defect(|a| stat(alarm(a, METRIC)).unit = Some("Seconds".into()), Fail, Fail, Passed, Code::AlarmUnit);
    defect(|a| alarm(a, METRIC).threshold = Some(5.0), Fail, Fail, Passed, Code::AlarmNeverFires);
    let of_five = |a: &mut Snapshot| {
        let alarm = alarm(a, METRIC);
        alarm.threshold = Some(5.0);
        stat(alarm).statistic = "Sum".into();
    };
    defect(of_five, Pass, Fail, Passed, Code::AlarmNotEveryEvent);
    let averaged = |a: &mut Snapshot| {
        filter(a, METRIC).transformations[0].default_value = Some(0.0);
        stat(alarm(a, METRIC)).statistic = "Average".into();
    };
    defect(averaged, Pass, Fail, Passed, Code::AlarmNotEveryEvent);
    let twice = |a: &mut Snapshot| alarm(a, METRIC).evaluation_periods = Some(2);
    defect(twice, Pass, Fail, Passed, Code::AlarmNotEveryEvent);
    let latching = |a: &mut Snapshot| alarm(a, METRIC).treat_missing_data = Some("ignore".into());
    defect(latching, Pass, Fail, Passed, Code::AlarmLatches);
    let always = |a: &mut Snapshot| alarm(a, METRIC).treat_missing_data = Some("breaching".into());
    defect(always, Fail, Fail, Passed, Code::AlarmAlwaysFiring);
    let band = |a: &mut Snapshot| alarm(a, METRIC).threshold_metric_id = Some("ad1".into());
    defect(band, Pass, Fail, Passed, Code::AlarmNotEveryEvent);
    let broken = |a: &mut Snapshot| alarm(a, METRIC).evaluation_state = Some("EVALUATION_ERROR".into());
    defect(broken, Fail, Fail, Passed, Code::AlarmEvaluationError);
    let new = |a: &mut Snapshot| alarm(a, METRIC).evaluation_state = Some("IN_WARM_UP".into());
    defect(new, Pass, Fail, Passed, Code::AlarmNotEvaluated);
    let elsewhere = |a: &mut Snapshot| {
        let mut alarm = alarm(a, METRIC).clone();
        let arn = alarm.arn.clone();
        a.alarms[0].metric_alarms.retain(|alarm| alarm.arn != arn);
        alarm.arn = arn.replace(REGION, "us-east-1").into();
        a.alarms.push(RegionAlarms {
            region: "us-east-1".into(),
            complete: true,
            metric_alarms: vec![alarm],
            composite_alarms: vec![],
            log_alarms: vec![],
            mute_rules: Some(vec![]),
        });
    };
    defect(elsewhere, Fail, Fail, Failed, Code::AlarmOtherRegion);
    defect(|a| alarm(a, METRIC).actions.enabled = false, Fail, Fail, Untold, Code::AlarmActionsDisabled);
    defect(|a| alarm(a, METRIC).actions.alarm.clear(), Fail, Fail, Failed, Code::AlarmNoAction);
    let function = "arn:aws:lambda:ap-northeast-1:111122223333:function:f";
    let to_function = |a: &mut Snapshot| alarm(a, METRIC).actions.alarm = vec![function.into()];
    defect(to_function, Fail, Fail, Failed, Code::AlarmActionNotTopic);
    let unread = |a: &mut Snapshot| {
        a.alarms[0].metric_alarms.clear();
        a.alarms[0].complete = false;
    };
    defect(unread, Unknown, Unknown, Untold, Code::AlarmUnread);
}

/// One sound path is enough for `effective`, whatever weak ones there are.
#[test]
fn of_the_weaker_of_two_paths() {
    let weaken = |alarm: &mut MetricAlarm| {
        alarm.threshold = Some(5.0);
        stat(alarm).statistic = "Sum".into();
    };
    let beside_a_sound_alarm = changed(|a| {
        let mut second = alarm(a, METRIC).clone();
        second.arn = format!("{}2", second.arn).into();
        second.name.push('2');
        weaken(&mut second);
        a.alarms[0].metric_alarms.push(second);
    });
    assert_eq!(verdicts_of(&beside_a_sound_alarm, "3.4"), (Pass, Pass, Passed, None));
    // All of it through a weak alarm, and all of it through two filters with sound ones.
    let beside_sound_filters = |a: &mut Snapshot| {
        let whole = filter(a, "CustomerCreatedCMKsChanges").clone();
        let watching = alarm(a, "CustomerCreatedCMKsChanges").clone();
        weaken(alarm(a, "CustomerCreatedCMKsChanges"));
        for event in ["DisableKey", "ScheduleKeyDeletion"] {
            let (mut part, mut alarm) = (whole.clone(), watching.clone());
            part.name = event.into();
            part.pattern = format!("{{ $.eventName = {event} }}");
            part.transformations[0].name = event.into();
            alarm.arn = format!("{}{event}", alarm.arn).into();
            stat(&mut alarm).name = event.into();
            filters(a).push(part);
            a.alarms[0].metric_alarms.push(alarm);
        }
    };
    assert_eq!(verdicts_of(&changed(beside_sound_filters), "3.7"), (Pass, Pass, Passed, None));
    let with_one_part_weak = changed(|a| {
        beside_sound_filters(a);
        weaken(alarm(a, "DisableKey"));
    });
    assert_eq!(verdicts_of(&with_one_part_weak, "3.7"), (Pass, Fail, Passed, Some(Code::AlarmNotEveryEvent)));
    // A sound alarm may be among those that were not read.
    let with_alarms_unread = |a: &mut Snapshot| {
        weaken(alarm(a, METRIC));
        a.alarms[0].complete = false;
    };
    defect(with_alarms_unread, Pass, Unknown, Passed, Code::AlarmUnread);
}

/// A dimension that is the account itself leaves nothing out.
#[test]
fn of_dimensions() {
    let with = |selector: &'static str, value: &'static str| {
        move |a: &mut Snapshot| {
            filter(a, METRIC).transformations[0].dimensions.insert("Account".into(), selector.into());
            stat(alarm(a, METRIC)).dimensions.insert("Account".into(), value.into());
        }
    };
    let own = changed(with("$.recipientAccountId", "111122223333"));
    assert_eq!(verdicts_of(&own, "3.4"), (Pass, Pass, Passed, None));
    defect(with("$.recipientAccountId", "999999999999"), Fail, Fail, Passed, Code::AlarmDimensions);
    defect(with("$.userIdentity.userName", "111122223333"), Fail, Fail, Passed, Code::AlarmMissesEvents);
    // What all demanded events have leaves nothing out, and what none has leaves nothing.
    let source = changed(with("$.eventSource", "iam.amazonaws.com"));
    assert_eq!(verdicts_of(&source, "3.4"), (Pass, Pass, Passed, None));
    let other = changed(with("$.eventSource", "ec2.amazonaws.com"));
    assert_eq!(
        finding_of(&other, "3.4").reason.as_ref().expect("a reason").message(),
        "alarm Warning-seed-CloudTrail-IamPolicy-Changes sees only events whose Account is ec2.amazonaws.com, and the control requires none of those"
    );
}

#[test]
fn of_what_an_alarm_watches() {
    let watch = |watches: Watched| move |a: &mut Snapshot| alarm(a, METRIC).watches = watches;
    let criteria = Watched::Criteria(format!("sum({METRIC}) > 0"));
    defect(watch(criteria), Unknown, Unknown, Failed, Code::AlarmUndecided);
    let query = |id: &str, expression: Option<&str>, stat: Option<MetricStat>, watched: bool| MetricQuery {
        id: id.into(),
        return_data: Some(watched),
        stat,
        expression: expression.map(Into::into),
        period: None,
        account_id: None,
    };
    let insights = "SELECT SUM(IamPolicyChanges) FROM \"LogMetrics\"";
    let insights = Watched::Queries(vec![query("q1", Some(insights), None, true)]);
    defect(watch(insights), Unknown, Unknown, Failed, Code::AlarmUndecided);
    // The metric is among its metrics, and not what is compared.
    let beside = |a: &mut Snapshot| {
        let alarm = alarm(a, METRIC);
        let own = stat(alarm).clone();
        let mut other = own.clone();
        other.dimensions.insert("Environment".into(), "test".into());
        alarm.watches =
            Watched::Queries(vec![query("m1", None, Some(own), false), query("m2", None, Some(other), true)]);
    };
    defect(beside, Fail, Fail, Untold, Code::AlarmNeverFires);
    let few = |a: &mut Snapshot| {
        let alarm = alarm(a, METRIC);
        alarm.low_samples = Some("ignore".into());
        stat(alarm).statistic = "p99".into();
    };
    defect(few, Pass, Fail, Passed, Code::AlarmNotEveryEvent);
    defect(|a| stat(alarm(a, METRIC)).period = 61, Unknown, Unknown, Passed, Code::AlarmUndecided);
    defect(|a| alarm(a, METRIC).datapoints_to_alarm = Some(0), Unknown, Unknown, Passed, Code::AlarmUndecided);
    // The more there are, the less it is below.
    let below = |a: &mut Snapshot| {
        let alarm = alarm(a, METRIC);
        alarm.comparison = Some("LessThanThreshold".into());
        alarm.threshold = Some(2.0);
        stat(alarm).statistic = "Sum".into();
    };
    defect(below, Pass, Fail, Passed, Code::AlarmNotEveryEvent);
}

#[test]
fn of_other_filters_on_the_metric() {
    let beside = |pattern: &'static str, value: &'static str| {
        move |a: &mut Snapshot| {
            let mut other = filter(a, METRIC).clone();
            other.name = "another".into();
            other.pattern = pattern.into();
            other.transformations[0].value = value.into();
            filters(a).push(other);
            stat(alarm(a, METRIC)).statistic = "Sum".into();
        }
    };
    defect(beside("{ $.eventType = AwsApiCall }", "1"), Pass, Fail, Passed, Code::AlarmHeld);
    defect(beside("{ $.eventName = * }", "1"), Fail, Fail, Passed, Code::AlarmAlwaysFiring);
    defect(beside("{ $.eventName = DeleteRolePolicy }", "-1"), Pass, Fail, Passed, Code::AlarmNotEveryEvent);
    let harmless = changed(beside("{ $.eventName = DeleteRolePolicy }", "1"));
    assert_eq!(verdicts_of(&harmless, "3.4"), (Pass, Pass, Passed, None));
}

#[test]
fn of_composite_alarms() {
    let name = |a: &mut Snapshot| alarm(a, METRIC).name.clone();
    let above = |rule: &'static str| {
        move |a: &mut Snapshot| {
            let rule = rule.replace("a)", &format!("{})", name(a)));
            let alarm = &mut alarm(a, METRIC).actions.alarm;
            let actions =
                AlarmActions { enabled: true, alarm: std::mem::take(alarm), ok: vec![], insufficient_data: vec![] };
            let arn = format!("arn:aws:cloudwatch:{REGION}:111122223333:alarm:above");
            a.alarms[0].composite_alarms.push(CompositeAlarm {
                arn: arn.into(),
                name: "above".into(),
                actions,
                rule,
                suppressor: None,
            });
        }
    };
    assert_eq!(verdicts_of(&changed(above("ALARM(a)")), "3.4"), (Pass, Pass, Failed, None));
    defect(above("OK(a)"), Fail, Fail, Failed, Code::AlarmCompositeBlocks);
    defect(above("TRUE OR ALARM(a)"), Fail, Fail, Failed, Code::AlarmCompositeBlocks);
    defect(above("ALARM(a) AND ALARM(other)"), Pass, Fail, Failed, Code::AlarmCompositeConditional);
    defect(above("ALARM(a) OR OK(other)"), Pass, Fail, Failed, Code::AlarmCompositeConditional);
    defect(above("ALARM(a) OR ALARM(above)"), Unknown, Unknown, Failed, Code::AlarmUndecided);
    let silenced = |a: &mut Snapshot| {
        above("ALARM(a)")(a);
        a.alarms[0].composite_alarms[0].actions.enabled = false;
    };
    defect(silenced, Fail, Fail, Failed, Code::AlarmActionsDisabled);
    let suppressed = |a: &mut Snapshot| {
        above("ALARM(a)")(a);
        a.alarms[0].composite_alarms[0].suppressor = Some("maintenance".into());
    };
    defect(suppressed, Pass, Fail, Failed, Code::AlarmCompositeConditional);
    // It says the same of every alarm below it.
    let above_two = |a: &mut Snapshot| {
        suppressed(a);
        let [first, second] = [0, 1].map(|at| a.alarms[0].metric_alarms[at].name.clone());
        a.alarms[0].composite_alarms[0].rule = format!("ALARM({first}) OR ALARM({second})");
        a.alarms[0].metric_alarms[..2].iter_mut().for_each(|alarm| alarm.actions.alarm.clear());
    };
    let report = changed(above_two);
    let suppressed = report.findings().filter_map(|finding| finding.verdicts.effective.reason.as_ref());
    let suppressed: Vec<&Reason> = suppressed.filter(|it| it.code() == Code::AlarmCompositeConditional).collect();
    assert_eq!(suppressed.len(), 2);
    assert_eq!(suppressed[0], suppressed[1]);
    // Higher than anyone builds.
    let tower = |a: &mut Snapshot| {
        above("ALARM(a)")(a);
        let top = a.alarms[0].composite_alarms[0].clone();
        a.alarms[0].composite_alarms[0].actions.alarm.clear();
        for floor in 0..5_000 {
            let mut next = top.clone();
            next.name = format!("floor-{floor}");
            next.arn = format!("arn:aws:cloudwatch:{REGION}:111122223333:alarm:floor-{floor}").into();
            next.rule = if floor == 0 { "ALARM(above)".into() } else { format!("ALARM(floor-{})", floor - 1) };
            next.actions.alarm.clear();
            a.alarms[0].composite_alarms.push(next);
        }
    };
    defect(tower, Unknown, Unknown, Failed, Code::AlarmUndecided);
}

/// Filters count once, however many trails deliver to their log group.
#[test]
fn of_two_trails_into_one_log_group() {
    let report = changed(|a| {
        let mut second = trail(a).clone();
        second.arn = format!("{}2", second.arn).into();
        second.name.push('2');
        a.trails.as_mut().expect("trails").push(second);
        filter(a, METRIC).pattern = "{ $.eventName = DeleteRolePolicy }".into();
    });
    let finding = finding_of(&report, "3.4");
    assert_eq!(finding.chain.metric_filters().count(), 1);
    let message = finding.reason.as_ref().expect("a reason").message();
    assert!(message.starts_with("metric filter seed-IamPolicyChanges misses events"), "{message}");
}

#[test]
fn of_mute_rules() {
    let muted = |schedule: &'static str, duration: &'static str| {
        move |a: &mut Snapshot| {
            let alarms = vec![alarm(a, METRIC).name.clone()];
            a.alarms[0].mute_rules = Some(vec![MuteRule {
                name: "nights".into(),
                alarms,
                schedule: schedule.into(),
                duration: duration.into(),
                status: "SCHEDULED".into(),
                start: None,
                expire: None,
            }]);
        }
    };
    defect(muted("cron(* * * * *)", "P15D"), Fail, Fail, Passed, Code::AlarmAlwaysMuted);
    defect(muted("cron(0 22 * * *)", "PT8H"), Pass, Fail, Passed, Code::AlarmMuted);
    defect(muted("cron(0 2 * * SUN)", "P7D"), Fail, Fail, Passed, Code::AlarmAlwaysMuted);
    defect(muted("cron(0 2 1 * *)", "P15D"), Pass, Fail, Passed, Code::AlarmMuted);
    // The account was read on 5 January.
    let of_february = |a: &mut Snapshot| {
        muted("cron(* * * * *)", "P15D")(a);
        a.alarms[0].mute_rules.as_mut().expect("rules")[0].start =
            Some("2026-02-01T00:00:00Z".parse().expect("a time"));
    };
    defect(of_february, Pass, Fail, Passed, Code::AlarmMuted);
    let over = |a: &mut Snapshot| {
        muted("cron(* * * * *)", "P15D")(a);
        a.alarms[0].mute_rules.as_mut().expect("rules")[0].expire =
            Some("2026-01-01T00:00:00Z".parse().expect("a time"));
    };
    assert_eq!(verdicts_of(&changed(over), "3.4"), (Pass, Pass, Passed, None));
    let of_others = |a: &mut Snapshot| {
        muted("cron(* * * * *)", "P15D")(a);
        a.alarms[0].mute_rules.as_mut().expect("rules")[0].alarms = vec!["another".into(), "another".into()];
    };
    assert_eq!(verdicts_of(&changed(of_others), "3.4"), (Pass, Pass, Passed, None));
    defect(|a| a.alarms[0].mute_rules = None, Pass, Unknown, Passed, Code::AlarmMuteUnread);
}

#[test]
fn of_the_topic() {
    defect(|a| a.topics[0].exists = Some(false), Fail, Fail, Failed, Code::TopicMissing);
    defect(|a| a.topics[0].policy = None, Unknown, Unknown, Passed, Code::TopicUnread);
    defect(|a| a.topics[0].kms_key_id = Some("alias/aws/sns".into()), Fail, Fail, Passed, Code::TopicManagedKey);
    defect(|a| a.topics[0].kms_key_id = Some("alias/own".into()), Pass, Unknown, Passed, Code::TopicKeyUnread);
    let policy = |text: &str| {
        let text = text.to_owned();
        move |a: &mut Snapshot| a.topics[0].policy = Some(text)
    };
    defect(policy(r#"{"Statement":[]}"#), Fail, Fail, Passed, Code::TopicPolicyForbids);
    let denies = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*"}]}"#;
    defect(policy(denies), Fail, Fail, Passed, Code::TopicPolicyDenies);
    let strange = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-1"}}}]}"#;
    defect(policy(strange), Pass, Unknown, Passed, Code::TopicPolicyUndecided);
    let elsewhere = |a: &mut Snapshot| {
        let topic = &mut a.topics[0];
        topic.arn = topic.arn.replace(REGION, "us-east-1").into();
        let arn = topic.arn.clone();
        alarm(a, METRIC).actions.alarm = vec![arn.into()];
    };
    defect(elsewhere, Fail, Fail, Passed, Code::TopicOtherRegion);
    let of_another = |a: &mut Snapshot| {
        let topic = "arn:aws:sns:ap-northeast-1:999999999999:central";
        alarm(a, METRIC).actions.alarm = vec![topic.into()];
    };
    defect(of_another, Unknown, Unknown, Warning, Code::TopicUnread);
}

/// The seed's topic under a customer's own key that is as it should be, but for one thing.
pub(super) fn of_key(change: impl FnOnce(&mut Key)) -> impl FnOnce(&mut Snapshot) {
    |a: &mut Snapshot| {
        a.topics[0].kms_key_id = Some("alias/topics".into());
        let mut key = Key {
            region: REGION.into(),
            id: "arn:aws:kms:ap-northeast-1:111122223333:alias/topics".into(),
            exists: Some(true),
            arn: Some("arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".into()),
            manager: Some("CUSTOMER".into()),
            state: Some("Enabled".into()),
            spec: Some("SYMMETRIC_DEFAULT".into()),
            policy: Some(r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*"}]}"#.into()),
            grants: Some(Vec::new()),
        };
        change(&mut key);
        a.keys = vec![key];
    }
}

#[test]
fn of_the_topics_key() {
    assert_eq!(verdicts_of(&changed(of_key(|_| {})), "3.4"), (Pass, Pass, Passed, None));
    defect(of_key(|key| key.exists = Some(false)), Fail, Fail, Passed, Code::TopicKeyMissing);
    defect(of_key(|key| key.manager = Some("AWS".into())), Fail, Fail, Passed, Code::TopicManagedKey);
    for state in ["Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport", "Unavailable"] {
        defect(of_key(|key| key.state = Some(state.into())), Fail, Fail, Passed, Code::TopicKeyUnusable);
    }
    let asymmetric = of_key(|key| key.spec = Some("RSA_2048".into()));
    defect(asymmetric, Fail, Fail, Passed, Code::TopicKeyUnusable);
    let policy = |text: &'static str| of_key(move |key| key.policy = Some(text.into()));
    let root = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;
    defect(policy(root), Fail, Fail, Passed, Code::TopicKeyForbids);
    let unread = |key: &mut Key| (key.policy, key.grants) = (Some(root.into()), None);
    defect(of_key(unread), Unknown, Unknown, Passed, Code::TopicKeyUnread);
    let denies = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}]}"#;
    defect(policy(denies), Fail, Fail, Passed, Code::TopicKeyForbids);
    let via_sns = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"sns.ap-northeast-1.amazonaws.com"}}}]}"#;
    defect(policy(via_sns), Pass, Unknown, Passed, Code::TopicKeyPolicyUndecided);
    defect(of_key(|key| key.policy = None), Pass, Unknown, Passed, Code::TopicKeyUnread);
    defect(of_key(|key| key.exists = None), Pass, Unknown, Passed, Code::TopicKeyUnread);
    defect(of_key(|key| key.state = Some("Reviving".into())), Pass, Unknown, Passed, Code::TopicKeyUnread);
    let of_another_region = of_key(|key| key.region = "us-east-1".into());
    defect(of_another_region, Pass, Unknown, Passed, Code::TopicKeyUnread);
}

/// The message names topic, key and action, so that it can be fixed.
#[test]
fn a_key_that_forbids_is_named_with_what_it_lacks() {
    let half = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}]}"#;
    let report = changed(of_key(|key| key.policy = Some(half.into())));
    let reason = finding_of(&report, "3.4").reason.as_ref().expect("a reason");
    assert_eq!(
        reason.message(),
        "key alias/topics, which encrypts topic notice, has neither a policy nor a grant that allows CloudWatch kms:GenerateDataKey"
    );
    assert_eq!(
        reason.resource(),
        Some("arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    );
}

/// A grant to the service lets CloudWatch use a key whose policy does not, if it is for this alarm and both operations.
#[test]
fn of_grants_to_cloudwatch() {
    let root = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;
    let alarm = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-IamPolicy-Changes";
    assert!(seed().alarms[0].metric_alarms.iter().any(|of| of.arn == alarm), "the seed's alarm of 3.4");
    let with = |change: &dyn Fn(&mut Grant)| {
        let mut grant = Grant {
            id: "g".into(),
            grantee: None,
            grantee_service: Some("cloudwatch.amazonaws.com".into()),
            operations: vec!["Decrypt".into(), "GenerateDataKey".into()],
            source_arn: None,
            context_subset: BTreeMap::new(),
            context_equals: None,
        };
        change(&mut grant);
        let report = changed(of_key(|key| (key.policy, key.grants) = (Some(root.into()), Some(vec![grant]))));
        verdicts_of(&report, "3.4")
    };
    let allowed = (Pass, Pass, Passed, None);
    let forbidden = (Fail, Fail, Passed, Some(Code::TopicKeyForbids));
    let undecided = (Unknown, Unknown, Passed, Some(Code::TopicKeyPolicyUndecided));
    assert_eq!(with(&|_| ()), allowed);
    assert_eq!(with(&|grant| grant.source_arn = Some(alarm.into())), allowed);
    assert_eq!(with(&|grant| grant.source_arn = Some(format!("{alarm}-2"))), forbidden);
    assert_eq!(with(&|grant| grant.source_arn = Some("arn:aws:cloudwatch:*".into())), undecided);
    assert_eq!(with(&|grant| grant.operations = vec!["Decrypt".into()]), forbidden);
    assert_eq!(with(&|grant| grant.grantee_service = Some("events.amazonaws.com".into())), forbidden);
    let as_caller =
        |grant: &mut Grant| (grant.grantee_service, grant.grantee) = (None, Some("cloudwatch.amazonaws.com".into()));
    assert_eq!(with(&as_caller), undecided);
    let topic = "arn:aws:sns:ap-northeast-1:111122223333:notice";
    let pair = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    assert_eq!(with(&|grant| grant.context_subset = pair("aws:sns:topicArn", topic)), allowed);
    assert_eq!(with(&|grant| grant.context_subset = pair("aws:sns:topicArn", "arn:aws:sns:eu-west-1:1:x")), forbidden);
    assert_eq!(with(&|grant| grant.context_subset = pair("purpose", "alerts")), undecided);
    assert_eq!(with(&|grant| grant.context_equals = Some(pair("aws:sns:topicArn", topic))), undecided);
    // Nothing helps against a policy that denies.
    let denies = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}]}"#;
    defect(
        of_key(|key| (key.policy, key.grants) = (Some(denies.into()), None)),
        Fail,
        Fail,
        Passed,
        Code::TopicKeyForbids,
    );
}

/// When an alarm sees an event, and whether it acts then.
#[test]
fn of_the_alarms_timing() {
    let clock = |period: i32| {
        move |a: &mut Snapshot| {
            let alarm = alarm(a, METRIC);
            alarm.window = Some(EvaluationWindow::WallClock { timezone: Some("Europe/Berlin".into()) });
            stat(alarm).period = period;
        }
    };
    for period in [60, 300] {
        assert_eq!(verdicts_of(&changed(clock(period)), "3.4"), (Pass, Pass, Passed, None));
    }
    for period in [3_600, 86_400, 604_800] {
        defect(clock(period), Pass, Fail, Passed, Code::AlarmLate);
    }
    assert_eq!(
        finding_of(&changed(clock(604_800)), "3.4").warnings[0].message(),
        "alarm Warning-seed-CloudTrail-IamPolicy-Changes sees an event only when the calendar week is over"
    );
    defect(clock(600), Unknown, Unknown, Passed, Code::AlarmUndecided);
    let sliding = |a: &mut Snapshot| alarm(a, METRIC).window = Some(EvaluationWindow::Sliding);
    assert_eq!(verdicts_of(&changed(sliding), "3.4"), (Pass, Pass, Passed, None));
    let other = |a: &mut Snapshot| alarm(a, METRIC).window = Some(EvaluationWindow::Other);
    defect(other, Pass, Unknown, Passed, Code::AlarmUndecided);

    // Read at 2026-01-05 09:00 UTC.
    let warming = |state: &'static str, since: Option<&str>| {
        let since = since.map(|since| since.parse().expect("a time"));
        move |a: &mut Snapshot| {
            a.collected_at = "2026-01-05T09:00:00Z".parse().expect("a time");
            let alarm = alarm(a, METRIC);
            alarm.state = Some(state.into());
            alarm.warm_up = Some(WarmUp { minutes: Some(2_880), to_its_end: Some(true), since });
        }
    };
    let day_before = Some("2026-01-04T09:00:00Z");
    defect(warming("INSUFFICIENT_DATA", day_before), Pass, Unknown, Passed, Code::AlarmWarmUpUndecided);
    defect(warming("INSUFFICIENT_DATA", None), Pass, Unknown, Passed, Code::AlarmWarmUpUndecided);
    let over = changed(warming("INSUFFICIENT_DATA", Some("2026-01-03T08:00:00Z")));
    assert_eq!(verdicts_of(&over, "3.4"), (Pass, Pass, Passed, None));
    assert_eq!(verdicts_of(&changed(warming("OK", day_before)), "3.4"), (Pass, Pass, Passed, None));
    let in_it = |a: &mut Snapshot| {
        warming("INSUFFICIENT_DATA", day_before)(a);
        alarm(a, METRIC).evaluation_state = Some("IN_WARM_UP".into());
    };
    defect(in_it, Pass, Fail, Passed, Code::AlarmNotEvaluated);
}

/// A metric filter's metric has a data point a minute: an alarm that asks every 10 s finds nothing five times of six.
#[test]
fn of_periods_below_a_minute() {
    let asks = |period: i32, points: i32, of: i32, missing: &'static str| {
        move |a: &mut Snapshot| {
            let alarm = alarm(a, METRIC);
            (alarm.datapoints_to_alarm, alarm.evaluation_periods) = (Some(points), Some(of));
            alarm.treat_missing_data = Some(missing.into());
            stat(alarm).period = period;
        }
    };
    for period in [10, 20, 30] {
        for missing in ["notBreaching", "missing"] {
            assert_eq!(verdicts_of(&changed(asks(period, 1, 1, missing)), "3.4"), (Pass, Pass, Passed, None));
            assert_eq!(verdicts_of(&changed(asks(period, 1, 3, missing)), "3.4"), (Pass, Pass, Passed, None));
        }
        defect(asks(period, 1, 1, "breaching"), Fail, Fail, Passed, Code::AlarmAlwaysFiring);
        defect(asks(period, 1, 1, "ignore"), Pass, Fail, Passed, Code::AlarmLatches);
        // Two data points are never less than a minute apart.
        defect(asks(period, 2, 2, "notBreaching"), Fail, Fail, Passed, Code::AlarmNeverFires);
        defect(asks(period, 2, 2, "ignore"), Fail, Fail, Passed, Code::AlarmNeverFires);
        defect(asks(period, 2, 2, "missing"), Pass, Fail, Passed, Code::AlarmNotEveryEvent);
    }
    defect(asks(10, 2, 6, "notBreaching"), Fail, Fail, Passed, Code::AlarmNeverFires);
    defect(asks(10, 2, 7, "notBreaching"), Pass, Fail, Passed, Code::AlarmNotEveryEvent);
    defect(asks(30, 2, 3, "notBreaching"), Pass, Fail, Passed, Code::AlarmNotEveryEvent);
    assert_eq!(
        finding_of(&changed(asks(10, 3, 3, "notBreaching")), "3.4").reason.as_ref().expect("a reason").message(),
        "alarm Warning-seed-CloudTrail-IamPolicy-Changes never fires: 3 of 3 periods of 10 s must breach, and a metric filter's metric has a data point once a minute"
    );
}

/// No such pattern can be in AWS: it is not even read.
#[test]
fn a_pattern_longer_than_aws_takes_is_undecided() {
    let long = |length: usize| {
        move |a: &mut Snapshot| {
            let pattern = &mut filter(a, METRIC).pattern;
            *pattern = format!("{pattern}{}", " ".repeat(length - pattern.chars().count()));
        }
    };
    assert_eq!(verdicts_of(&changed(long(1_024)), "3.4").0, Pass);
    let report = changed(long(1_025));
    let reason = finding_of(&report, "3.4").reason.as_ref().expect("a reason");
    assert_eq!(finding_of(&report, "3.4").status, Unknown);
    assert_eq!(reason.code(), Code::MetricFilterUndecided);
    assert!(
        reason.message().contains("longer than the 1024 characters that CloudWatch Logs accepts"),
        "{}",
        reason.message()
    );
}

/// However the topic names its key, it is the key of the topic's own account and region.
#[test]
fn a_key_is_found_by_any_of_its_names() {
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    for (name, arn) in [
        ("alias/topics", "arn:aws:kms:ap-northeast-1:111122223333:alias/topics"),
        (id, "arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        (
            "arn:aws:kms:ap-northeast-1:999999999999:alias/theirs",
            "arn:aws:kms:ap-northeast-1:999999999999:alias/theirs",
        ),
    ] {
        let change = of_key(|key| key.id = arn.into());
        let report = changed(|a| {
            change(a);
            a.topics[0].kms_key_id = Some(name.into());
        });
        assert_eq!(verdicts_of(&report, "3.4"), (Pass, Pass, Passed, None), "{name}");
    }
}

#[test]
fn of_the_subscription() {
    let none = |a: &mut Snapshot| a.topics[0].subscriptions = Some(vec![]);
    defect(none, Fail, Fail, Failed, Code::SubscriptionNone);
    let pending = |a: &mut Snapshot| subscription(a).arn = "PendingConfirmation".into();
    defect(pending, Fail, Fail, Untold, Code::SubscriptionPending);
    let pending_with_an_arn = |a: &mut Snapshot| {
        subscription(a).attributes = Some(SubscriptionAttributes { pending_confirmation: true, ..Default::default() });
    };
    defect(pending_with_an_arn, Fail, Fail, Untold, Code::SubscriptionPending);
    defect(|a| subscription(a).arn = "Deleted".into(), Fail, Fail, Untold, Code::SubscriptionDeleted);
    defect(|a| a.topics[0].subscriptions = None, Unknown, Unknown, Untold, Code::SubscriptionUnread);
    let filtered = |policy: &'static str, scope: Option<&'static str>| {
        move |a: &mut Snapshot| {
            subscription(a).attributes = Some(SubscriptionAttributes {
                pending_confirmation: false,
                filter_policy: Some(policy.into()),
                filter_policy_scope: scope.map(Into::into),
                confirmation_was_authenticated: None,
            });
        }
    };
    defect(filtered(r#"{"severity":["high"]}"#, None), Fail, Fail, Passed, Code::SubscriptionFiltered);
    let only_ok = filtered(r#"{"NewStateValue":["OK"]}"#, Some("MessageBody"));
    defect(only_ok, Fail, Fail, Passed, Code::SubscriptionFiltered);
    let undecided = filtered(r#"{"OldStateValue":["OK"]}"#, Some("MessageBody"));
    defect(undecided, Pass, Unknown, Passed, Code::SubscriptionFilterUnread);
    defect(|a| subscription(a).attributes = None, Pass, Unknown, Passed, Code::SubscriptionFilterUnread);
    let fifo_queue = |a: &mut Snapshot| {
        subscription(a).protocol = "sqs".into();
        subscription(a).endpoint = format!("arn:aws:sqs:{REGION}:111122223333:q.fifo");
    };
    defect(fifo_queue, Fail, Fail, Passed, Code::SubscriptionDeadEnd);
    defect(|a| a.topics[0].is_fifo = true, Fail, Fail, Passed, Code::SubscriptionDeadEnd);
    let queue = changed(|a| {
        subscription(a).protocol = "sqs".into();
        subscription(a).endpoint = format!("arn:aws:sqs:{REGION}:111122223333:q");
    });
    assert_eq!(verdicts_of(&queue, "3.4"), (Pass, Pass, Passed, None));
    assert_eq!(finding_of(&queue, "3.4").warnings[0].code(), Code::SubscriptionMachine);
    let through = changed(filtered(r#"{"NewStateValue":["ALARM"]}"#, Some("MessageBody")));
    assert_eq!(verdicts_of(&through, "3.4"), (Pass, Pass, Passed, None));
}

#[test]
fn what_security_hub_shows() {
    let elsewhere = changed(|a| a.region = "us-east-1".into());
    assert_eq!(
        (verdicts_of(&elsewhere, "3.4"), hub_code(&elsewhere, "3.4")),
        ((Pass, Pass, NoData, None), Some(Code::HubOtherRegion))
    );
    let foreign = changed(|a| {
        trail(a).arn = trail(a).arn.replace("111122223333", "999999999999").into();
        trail(a).is_organization = true;
    });
    assert_eq!(verdicts_of(&foreign, "3.4").2, NoData);
    let unread = changed(|a| {
        trail(a).arn = trail(a).arn.replace("111122223333", "999999999999").into();
        trail(a).status = None;
    });
    assert_eq!(verdicts_of(&unread, "3.4"), (Unknown, Unknown, NoData, Some(Code::TrailUnread)));
    let message = finding_of(&unread, "3.4").reason.as_ref().expect("a reason").message();
    let owner = "; trail DefaultSecuritySettings belongs to account 999999999999: check and change it there";
    assert!(message.ends_with(owner), "{message}");
    assert_eq!(hub_code(&foreign, "3.4"), Some(Code::HubOtherAccount));
    let with = |pattern: &str| changed(|a| filter(a, "CloudTrailConfigurationChanges").pattern = pattern.into());
    let exact = "{  ($.eventName=CreateTrail)||($.eventName = UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging) }";
    assert_eq!(verdicts_of(&with(exact), "3.5"), (Pass, Pass, Passed, None));
    let reordered = "{($.eventName=UpdateTrail) || ($.eventName=CreateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}";
    assert_eq!(
        (verdicts_of(&with(reordered), "3.5"), hub_code(&with(reordered), "3.5")),
        ((Pass, Pass, Untold, None), Some(Code::HubUndocumented))
    );
    let bracketed = "{(($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging))}";
    assert_eq!(
        (verdicts_of(&with(bracketed), "3.5"), hub_code(&with(bracketed), "3.5")),
        ((Pass, Pass, Failed, None), Some(Code::HubOtherText))
    );
    // Its own texts name the service, and leave sign-ins through an identity provider out.
    let own = |metric: &str, text: &str| changed(|a| filter(a, metric).pattern = text.into());
    let narrow = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#;
    let narrow = own("LoginWithoutMFA", narrow);
    assert_eq!(
        (verdicts_of(&narrow, "3.2"), hub_code(&narrow, "3.2")),
        ((Fail, Fail, Passed, Some(Code::MetricFilterMissesEvents)), Some(Code::HubDoesNotLook))
    );
}

#[test]
fn security_hub_has_the_controls_of_two_versions() {
    for (version, first, third) in [
        (Benchmark::V1_2_0, Passed, Passed),
        (Benchmark::V1_3_0, NotSupported, NotSupported),
        (Benchmark::V1_4_0, NotSupported, Passed),
        (Benchmark::V3_0_0, NotSupported, NotSupported),
        (Benchmark::V5_0_0, NotSupported, NotSupported),
    ] {
        let catalog = Catalog::builtin(version).expect("the rules are sound");
        let report = audit(&seed(), catalog.rules());
        let shown = |at: usize| report.audits[0].findings[at].verdicts.security_hub.status;
        assert_eq!((shown(0), shown(2)), (first, third), "{version}");
    }
}

#[test]
fn the_verdict_that_is_chosen_decides() {
    let report = changed(|a| {
        let alarm = alarm(a, METRIC);
        alarm.threshold = Some(5.0);
        stat(alarm).statistic = "Sum".into();
    });
    let decided = |verdict| {
        let report = report.clone().decided_by(verdict);
        let finding = finding_of(&report, "3.4");
        (finding.status, finding.reason.as_ref().map(|reason| reason.code()))
    };
    assert_eq!(decided(Verdict::Cis), (Pass, None));
    assert_eq!(decided(Verdict::Effective), (Fail, Some(Code::AlarmNotEveryEvent)));
    assert_eq!(decided(Verdict::SecurityHub), (Pass, None));
}

#[test]
fn a_log_alarm_is_said_and_passes_nothing() {
    let report = changed(|a| {
        filters(a).retain(|filter| filter.transformations[0].name != METRIC);
        a.alarms[0].log_alarms = vec![LogAlarm {
            arn: "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:queries".into(),
            name: "queries".into(),
            log_groups: vec![GROUP.into()],
        }];
    });
    assert_eq!(verdicts_of(&report, "3.4"), (Fail, Fail, Failed, Some(Code::MetricFilterNone)));
    let codes: Vec<Code> = finding_of(&report, "3.4").warnings.iter().map(|warning| warning.code()).collect();
    assert_eq!(codes, [Code::AlarmOnLogs]);
}

/// A log alarm names groups of its own region, by name alone too.
#[test]
fn a_log_alarm_of_another_region_watches_another_group() {
    let warnings = |region: &'static str| {
        let report = changed(|a| {
            filters(a).retain(|filter| filter.transformations[0].name != METRIC);
            let alarms = a.alarms[0].clone();
            a.alarms.push(RegionAlarms { region: "us-east-1".into(), metric_alarms: vec![], ..alarms });
            let alarms = a.alarms.iter_mut().find(|alarms| alarms.region == region).expect("the region");
            alarms.log_alarms = vec![LogAlarm {
                arn: format!("arn:aws:cloudwatch:{region}:111122223333:alarm:queries").into(),
                name: "queries".into(),
                log_groups: vec!["/aws/cloudtrail/DefaultSecuritySettings".into()],
            }];
        });
        finding_of(&report, "3.4").warnings.iter().map(|warning| warning.code()).collect::<Vec<_>>()
    };
    assert_eq!(warnings(REGION), [Code::AlarmOnLogs]);
    assert_eq!(warnings("us-east-1"), []);
}

/// A filter that is right for another version of the benchmark is reported as such.
#[test]
fn another_versions_demand_is_named() {
    let catalog = Catalog::builtin(Benchmark::V5_0_0).expect("the rules are sound");
    let report = audit(&seed(), catalog.rules());
    let finding = report.findings().find(|finding| finding.rule.slug == "security-group-changes").expect("the control");
    let message = finding.reason.as_ref().expect("a reason").message();
    assert!(
        message.ends_with("; what any version from 1.2.0 to 4.0.1 of the benchmark requires is matched"),
        "{message}"
    );
}

fn gap(operation: &str, region: &str, resource: Option<&str>, code: &str) -> Gap {
    Gap {
        account_id: "111122223333".into(),
        region: region.into(),
        source: GapSource::call(operation),
        resource: resource.map(str::to_owned),
        code: code.into(),
        message: "no".into(),
    }
}

/// What went wrong with another topic, or in another region, is no reason here.
#[test]
fn the_reason_of_an_unread_resource_is_its_own_gap() {
    let message = |change: &dyn Fn(&mut Snapshot), gaps: &[Gap]| {
        let report = changed(|a| {
            change(a);
            a.gaps = gaps.to_vec();
        });
        let Finding { reason, verdicts, .. } = finding_of(&report, "3.4");
        reason.as_ref().or(verdicts.effective.reason.as_ref()).expect("a reason").message()
    };
    let (topic, other) =
        ("arn:aws:sns:ap-northeast-1:111122223333:notice", "arn:aws:sns:ap-northeast-1:111122223333:a");
    let of_topics = |operation: &str| {
        [gap(operation, REGION, Some(other), "Throttling"), gap(operation, REGION, Some(topic), "AuthorizationError")]
    };
    let unread = |a: &mut Snapshot| a.topics[0].subscriptions = None;
    let of_both = of_topics("sns:ListSubscriptionsByTopic");
    assert_eq!(
        message(&unread, &of_both),
        "the subscriptions of topic notice could not be read (sns:ListSubscriptionsByTopic: AuthorizationError)"
    );
    assert_eq!(message(&unread, &of_both[..1]), "the subscriptions of topic notice could not be read");
    let gone = |a: &mut Snapshot| a.topics.clear();
    let of_both = of_topics("sns:GetTopicAttributes");
    assert_eq!(message(&gone, &of_both), "topic notice could not be read (sns:GetTopicAttributes: AuthorizationError)");
    assert_eq!(message(&gone, &of_both[..1]), "topic notice could not be read");
    let without_alarms = |a: &mut Snapshot| {
        a.alarms[0].metric_alarms.clear();
        a.alarms[0].complete = false;
    };
    let elsewhere = gap("cloudwatch:DescribeAlarms", "us-east-1", None, "Throttling");
    let here = gap("cloudwatch:DescribeAlarms", REGION, None, "AccessDenied");
    let plain = message(&without_alarms, std::slice::from_ref(&elsewhere));
    assert!(plain.starts_with("not all alarms on metric ") && plain.ends_with(" could be read"), "{plain}");
    let denied = message(&without_alarms, &[elsewhere, here]);
    assert!(denied.ends_with(" could be read (cloudwatch:DescribeAlarms: AccessDenied)"), "{denied}");
    let unmuted = |a: &mut Snapshot| a.alarms[0].mute_rules = None;
    assert_eq!(
        message(&unmuted, &[gap("cloudwatch:GetAlarmMuteRule", REGION, Some("nights"), "AccessDenied")]),
        "whether a mute rule silences alarms in ap-northeast-1 could not be read (cloudwatch:GetAlarmMuteRule: AccessDenied)"
    );
}
