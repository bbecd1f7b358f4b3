//! When an alarm sees an event, and whether it acts then: windows, warm-up, and periods below a minute.

use super::*;
use crate::snapshot::{EvaluationWindow, WarmUp};
use Status::{Fail, Pass, Unknown};

/// What an alarm that Security Hub CSPM passes is by the other two verdicts.
fn expected(cis: Status, effective: Status, code: Code) -> Expected {
    Expected { cis, effective, security_hub: HubStatus::Passed, code: Some(code) }
}

fn on_wall_clock(period: i32) -> Report {
    let account = seed().alarm_metric("3.4", |metric| metric.period = period);
    judge(account.alarm("3.4", |alarm| {
        alarm.window = Some(EvaluationWindow::WallClock { timezone: Some("Europe/Berlin".into()) });
    }))
}

#[test]
fn a_wall_clock_window_of_an_hour_or_more_is_late() {
    for period in [60, 300] {
        assert_eq!(verdicts(&on_wall_clock(period), "3.4"), Expected::PASS, "{period}");
    }
    for period in [3_600, 86_400, 604_800] {
        assert_eq!(verdicts(&on_wall_clock(period), "3.4"), expected(Pass, Fail, Code::AlarmLate), "{period}");
    }
    assert_eq!(
        finding_for(&on_wall_clock(604_800), "3.4").warnings[0].message(),
        "alarm Warning-seed-CloudTrail-IamPolicy-Changes sees an event only when the calendar week is over"
    );
}

#[test]
fn a_wall_clock_window_of_ten_minutes_is_undecided() {
    assert_eq!(verdicts(&on_wall_clock(600), "3.4"), expected(Unknown, Unknown, Code::AlarmUndecided));
}

/// Two days of warm-up, in an account that was read at 2026-01-05 09:00 UTC.
fn warming_up(state: &str, since: Option<&str>) -> AccountBuilder {
    seed().alarm("3.4", |alarm| {
        let since = since.map(|since| since.parse().expect("a time"));
        alarm.state = Some(state.into());
        alarm.warm_up = Some(WarmUp { minutes: Some(2_880), to_its_end: Some(true), since });
    })
}

const DAY_BEFORE: Option<&str> = Some("2026-01-04T09:00:00Z");

#[test]
fn an_alarm_without_data_may_be_in_its_warm_up() {
    for since in [DAY_BEFORE, None] {
        let report = judge(warming_up("INSUFFICIENT_DATA", since));
        assert_eq!(verdicts(&report, "3.4"), expected(Pass, Unknown, Code::AlarmWarmUpUndecided), "{since:?}");
    }
}

#[test]
fn an_alarm_after_its_warm_up_passes() {
    let over = judge(warming_up("INSUFFICIENT_DATA", Some("2026-01-03T08:00:00Z")));
    assert_eq!(verdicts(&over, "3.4"), Expected::PASS);
    assert_eq!(verdicts(&judge(warming_up("OK", DAY_BEFORE)), "3.4"), Expected::PASS);
}

#[test]
fn an_alarm_that_says_it_is_in_warm_up_is_not_evaluated() {
    let account = warming_up("INSUFFICIENT_DATA", DAY_BEFORE);
    let report = judge(account.alarm("3.4", |alarm| alarm.evaluation_state = Some("IN_WARM_UP".into())));
    assert_eq!(verdicts(&report, "3.4"), expected(Pass, Fail, Code::AlarmNotEvaluated));
}

/// An alarm that wants so many of so many periods to breach.
fn with_periods(period: i32, points: i32, periods: i32, missing: &str) -> Report {
    let account = seed().alarm_metric("3.4", |metric| metric.period = period);
    judge(account.alarm("3.4", |alarm| {
        (alarm.datapoints_to_alarm, alarm.evaluation_periods) = (Some(points), Some(periods));
        alarm.treat_missing_data = Some(missing.into());
    }))
}

/// A metric filter's metric has a data point a minute: an alarm that asks every 10 s finds nothing five times of six.
#[test]
fn one_period_below_a_minute_sees_every_event() {
    for period in [10, 20, 30] {
        for missing in ["notBreaching", "missing"] {
            for periods in [1, 3] {
                let found = verdicts(&with_periods(period, 1, periods, missing), "3.4");
                assert_eq!(found, Expected::PASS, "{period} {missing} {periods}");
            }
        }
    }
}

#[test]
fn missing_data_decides_below_a_minute_too() {
    for period in [10, 20, 30] {
        for (points, missing, wanted) in [
            (1, "breaching", expected(Fail, Fail, Code::AlarmAlwaysFiring)),
            (1, "ignore", expected(Pass, Fail, Code::AlarmLatches)),
            // Two data points are never less than a minute apart.
            (2, "notBreaching", expected(Fail, Fail, Code::AlarmNeverFires)),
            (2, "ignore", expected(Fail, Fail, Code::AlarmNeverFires)),
            (2, "missing", expected(Pass, Fail, Code::AlarmNotEveryEvent)),
        ] {
            let found = verdicts(&with_periods(period, points, points, missing), "3.4");
            assert_eq!(found, wanted, "{period} {points} {missing}");
        }
    }
}

#[test]
fn two_breaching_periods_need_a_minute_between_them() {
    for (period, periods, wanted) in [
        (10, 6, expected(Fail, Fail, Code::AlarmNeverFires)),
        (10, 7, expected(Pass, Fail, Code::AlarmNotEveryEvent)),
        (30, 3, expected(Pass, Fail, Code::AlarmNotEveryEvent)),
    ] {
        let found = verdicts(&with_periods(period, 2, periods, "notBreaching"), "3.4");
        assert_eq!(found, wanted, "{period} {periods}");
    }
}

#[test]
fn an_alarm_that_asks_too_often_is_explained() {
    assert_eq!(
        message(&with_periods(10, 3, 3, "notBreaching"), "3.4"),
        "alarm Warning-seed-CloudTrail-IamPolicy-Changes never fires: 3 of 3 periods of 10 s must breach, and a metric filter's metric has a data point once a minute"
    );
}
