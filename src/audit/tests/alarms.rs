//! The alarm: metric math, several alarms for one control, and alarms on logs.

use super::*;
use crate::accounts::defects::with_math;
use crate::snapshot::LogAlarm;
use Status::{Fail, Pass, Unknown};

fn math(expression: &str) -> Report {
    judge(with_math(seed(), "3.14", expression))
}

#[test]
fn metric_math_that_passes_the_metric_through_is_followed() {
    for expression in ["m1", "FILL(m1,0)", "FILL(m1, 0) * 1", "SUM([m1])", "SUM(METRICS())", "IF(m1 > 0, 1, 0)"] {
        assert_all_pass(&math(expression));
    }
}

#[test]
fn metric_math_that_loses_the_metric_fails_the_control() {
    for (expression, status, code) in [
        ("m1 * 0", Fail, Code::AlarmNeverFires),
        ("0 - m1", Fail, Code::AlarmNeverFires),
        ("FILL(m1, 1)", Fail, Code::AlarmAlwaysFiring),
        ("RATE(m1)", Unknown, Code::AlarmUndecided),
        ("SELECT SUM(VpcChanges) FROM LogMetrics", Unknown, Code::AlarmUndecided),
    ] {
        assert_controls(&math(expression), &["3.14"], status, code);
    }
}

fn weaken(alarm: &mut MetricAlarm) {
    alarm.threshold = Some(5.0);
    stat(alarm).statistic = "Sum".into();
}

/// 3.7 through its own filter with a weak alarm, and through two filters of one event each, whose alarms are sound but
/// for the change.
fn weak_whole_and_two_parts(change: impl Fn(&str, &mut MetricAlarm)) -> Expected {
    let parts = ["DisableKey", "ScheduleKeyDeletion"].into_iter().fold(seed(), |account, event| {
        let account = account.with_second_filter("3.7", event, |filter| {
            filter.pattern = format!("{{ $.eventName = {event} }}");
            filter.transformations[0].name = event.into();
        });
        account.with_second_alarm("3.7", event, |alarm| {
            stat(alarm).name = event.into();
            change(event, alarm);
        })
    });
    verdicts(&judge(parts.alarm("3.7", weaken)), "3.7")
}

#[test]
fn sound_alarms_on_two_filters_make_up_for_a_weak_one() {
    assert_eq!(weak_whole_and_two_parts(|_, _| {}), Expected::PASS);
}

#[test]
fn a_weak_alarm_on_one_of_two_filters_weakens_the_control() {
    let weakened = weak_whole_and_two_parts(|event, alarm| {
        if event == "DisableKey" {
            weaken(alarm);
        }
    });
    let expected =
        Expected { cis: Pass, effective: Fail, security_hub: HubStatus::Passed, code: Some(Code::AlarmNotEveryEvent) };
    assert_eq!(weakened, expected);
}

fn log_alarm(region: &str, log_group: &str) -> LogAlarm {
    LogAlarm {
        arn: alarm_arn("queries").replace(REGION, region).into(),
        name: "queries".into(),
        log_groups: vec![log_group.into()],
    }
}

fn warning_codes(report: &Report, control: &str) -> Vec<Code> {
    finding_for(report, control).warnings.iter().map(Reason::code).collect()
}

#[test]
fn a_log_alarm_is_noted_and_passes_nothing() {
    let account = seed().without_filter("3.4");
    let report = judge(account.with(|account| account.alarms[0].log_alarms = vec![log_alarm(REGION, GROUP)]));
    assert_eq!(verdicts(&report, "3.4"), Expected::fails(Code::MetricFilterNone));
    assert_eq!(warning_codes(&report, "3.4"), [Code::AlarmOnLogs]);
}

/// A log alarm names groups of its own region, by name alone too.
#[test]
fn a_log_alarm_of_another_region_watches_another_group() {
    let warnings = |region: &str| {
        let report = judge(seed().without_filter("3.4").with(|account| {
            let here = account.alarms[0].clone();
            account.alarms.push(RegionAlarms { region: OTHER_REGION.into(), metric_alarms: vec![], ..here });
            let alarms = account.alarms.iter_mut().find(|alarms| alarms.region == region).expect("the region");
            alarms.log_alarms = vec![log_alarm(region, "/aws/cloudtrail/DefaultSecuritySettings")];
        }));
        warning_codes(&report, "3.4")
    };
    assert_eq!(warnings(REGION), [Code::AlarmOnLogs]);
    assert_eq!(warnings(OTHER_REGION), []);
}
