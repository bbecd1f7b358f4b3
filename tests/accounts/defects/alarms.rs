//! Defects of the alarm's evaluation: it watches something else, cannot fire, fires always or too late.

use cis_audit::finding::Code;
use cis_audit::finding::HubStatus::{self, Failed, Passed};
use cis_audit::finding::Status::{Fail, Pass, Unknown};
use cis_audit::snapshot::{EvaluationWindow, MetricAlarm, MetricQuery, MetricStat, WarmUp, Watched};

use super::super::builder::{AccountBuilder, OTHER_ACCOUNT, OTHER_REGION, stat};
use super::{Affects, Defect, Expected};

pub(super) const TABLE: &[Defect] = &[
    Defect {
        name: "no alarm",
        apply: |account, control| account.without_alarm(control),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmNone) },
    },
    Defect {
        name: "alarms unread",
        apply: |account, control| account.without_alarm(control).with_unread_alarms(),
        affects: Affects::One,
        expected: Expected::unread(Code::AlarmUnread),
    },
    Defect {
        name: "alarms of the region unread",
        apply: |account, _| account.with(|account| account.alarms.clear()),
        affects: Affects::All,
        expected: Expected::unread(Code::AlarmUnread),
    },
    Defect {
        name: "broken alarm and unread alarms",
        apply: |account, control| account.alarm(control, |alarm| alarm.actions.enabled = false).with_unread_alarms(),
        affects: Affects::One,
        expected: Expected::unread(Code::AlarmUnread),
    },
    Defect {
        name: "weak alarm and unread alarms",
        apply: |account, control| with_threshold_of_five(account, control).with_unread_alarms(),
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Unknown, security_hub: Passed, code: Some(Code::AlarmUnread) },
    },
    Defect {
        name: "alarm on another metric",
        apply: |account, control| account.alarm_metric(control, |metric| metric.name = "Unrelated".into()),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmNone) },
    },
    // A slip of other auditors: nothing publishes a metric named like the filter.
    Defect {
        name: "alarm on the name of the metric filter",
        apply: |account, control| account.alarm_metric(control, |metric| metric.name = format!("seed-{}", metric.name)),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmNone) },
    },
    Defect {
        name: "alarm in another namespace",
        apply: |account, control| account.alarm_metric(control, |metric| metric.namespace = "CISBenchmark".into()),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmOtherNamespace) },
    },
    Defect {
        name: "alarm in a namespace of other letter case",
        apply: |account, control| account.alarm_metric(control, |metric| metric.namespace = "logmetrics".into()),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmOtherNamespace) },
    },
    Defect {
        name: "alarm in another region",
        apply: |account, control| account.with_alarm_in(control, OTHER_REGION),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmOtherRegion) },
    },
    Defect {
        name: "alarm on the metric of another account",
        apply: |account, control| watching(account, control, |own| vec![query_of(OTHER_ACCOUNT, own)]),
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::AlarmNone),
        },
    },
    Defect {
        name: "alarm with a dimension that is not published",
        apply: |account, control| {
            account.alarm_metric(control, |metric| {
                metric.dimensions.insert("Trail".into(), "main".into());
            })
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmDimensions) },
    },
    Defect {
        name: "alarm with a unit that is not published",
        apply: |account, control| account.alarm_metric(control, |metric| metric.unit = Some("Seconds".into())),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmUnit) },
    },
    Defect {
        name: "alarm with the unit Count",
        apply: |account, control| account.alarm_metric(control, |metric| metric.unit = Some("Count".into())),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmUnit) },
    },
    Defect {
        name: "threshold of 2",
        apply: |account, control| account.alarm(control, |alarm| alarm.threshold = Some(2.0)),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNeverFires) },
    },
    Defect {
        name: "threshold above the only value",
        apply: |account, control| account.alarm(control, |alarm| alarm.threshold = Some(5.0)),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNeverFires) },
    },
    Defect {
        name: "threshold that no sum reaches",
        apply: |account, control| {
            let account = account.alarm_metric(control, |metric| metric.statistic = "Sum".into());
            account.alarm(control, |alarm| alarm.threshold = Some(1e9))
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNeverFires) },
    },
    Defect {
        name: "comparison that fires below the threshold",
        apply: |account, control| account.alarm(control, |alarm| alarm.comparison = Some("LessThanThreshold".into())),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNeverFires) },
    },
    Defect {
        name: "comparison with more than the only value",
        apply: |account, control| {
            account.alarm(control, |alarm| alarm.comparison = Some("GreaterThanThreshold".into()))
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNeverFires) },
    },
    // The metric is among its queries, and is not what is compared.
    Defect {
        name: "alarm that compares another of its metrics",
        apply: |account, control| {
            watching(account, control, |own| {
                let mut other = own.clone();
                other.dimensions.insert("Environment".into(), "test".into());
                vec![query("m1", false, Some(own), None), query("m2", true, Some(other), None)]
            })
        },
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::AlarmNeverFires),
        },
    },
    Defect {
        name: "query of the metric with a unit that is not published",
        apply: |account, control| {
            watching(account, control, |own| {
                vec![query("m1", true, Some(MetricStat { unit: Some("Seconds".into()), ..own }), None)]
            })
        },
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::AlarmUnit),
        },
    },
    Defect {
        name: "metric math on the metric with a unit that is not published",
        apply: |account, control| {
            watching(account, control, |own| {
                let other = MetricStat { unit: Some("Seconds".into()), ..own.clone() };
                vec![
                    query("m1", false, Some(own), None),
                    query("m2", false, Some(other), None),
                    query("e1", true, None, Some("m2")),
                ]
            })
        },
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::AlarmNeverFires),
        },
    },
    Defect {
        name: "metric math that cannot be decided",
        apply: |account, control| with_math(account, control, "RATE(m1)"),
        affects: Affects::One,
        expected: Expected {
            cis: Unknown,
            effective: Unknown,
            security_hub: HubStatus::Unknown,
            code: Some(Code::AlarmUndecided),
        },
    },
    Defect {
        name: "Metrics Insights query",
        apply: |account, control| {
            watching(account, control, |own| {
                let text = format!("SELECT SUM({}) FROM \"LogMetrics\"", own.name);
                vec![query("q1", true, None, Some(&text))]
            })
        },
        affects: Affects::One,
        expected: Expected { cis: Unknown, effective: Unknown, security_hub: Failed, code: Some(Code::AlarmUndecided) },
    },
    Defect {
        name: "PromQL criteria",
        apply: |account, control| {
            let criteria = |alarm: &mut MetricAlarm| Watched::Criteria(format!("sum({}) > 0", stat(alarm).name));
            account.alarm(control, |alarm| alarm.watches = criteria(alarm))
        },
        affects: Affects::One,
        expected: Expected { cis: Unknown, effective: Unknown, security_hub: Failed, code: Some(Code::AlarmUndecided) },
    },
    Defect {
        name: "period of 61 seconds",
        apply: |account, control| account.alarm_metric(control, |metric| metric.period = 61),
        affects: Affects::One,
        expected: Expected { cis: Unknown, effective: Unknown, security_hub: Passed, code: Some(Code::AlarmUndecided) },
    },
    Defect {
        name: "zero data points to alarm",
        apply: |account, control| account.alarm(control, |alarm| alarm.datapoints_to_alarm = Some(0)),
        affects: Affects::One,
        expected: Expected { cis: Unknown, effective: Unknown, security_hub: Passed, code: Some(Code::AlarmUndecided) },
    },
    // It fires, and not at every event.
    Defect {
        name: "threshold of five events",
        apply: with_threshold_of_five,
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNotEveryEvent) },
    },
    Defect {
        name: "average with a default value of 0",
        apply: |account, control| {
            let account = account.transformation(control, |metric| metric.default_value = Some(0.0));
            account.alarm_metric(control, |metric| metric.statistic = "Average".into())
        },
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNotEveryEvent) },
    },
    Defect {
        name: "two evaluation periods",
        apply: |account, control| account.alarm(control, |alarm| alarm.evaluation_periods = Some(2)),
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNotEveryEvent) },
    },
    Defect {
        name: "anomaly detection band",
        apply: |account, control| account.alarm(control, |alarm| alarm.threshold_metric_id = Some("ad1".into())),
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNotEveryEvent) },
    },
    Defect {
        name: "percentile that ignores few samples",
        apply: |account, control| {
            let account = account.alarm_metric(control, |metric| metric.statistic = "p99".into());
            account.alarm(control, |alarm| alarm.low_samples = Some("ignore".into()))
        },
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNotEveryEvent) },
    },
    // The more events there are, the less it is below.
    Defect {
        name: "sum below a threshold of 2",
        apply: |account, control| {
            let account = account.alarm_metric(control, |metric| metric.statistic = "Sum".into());
            account.alarm(control, |alarm| {
                (alarm.comparison, alarm.threshold) = (Some("LessThanThreshold".into()), Some(2.0));
            })
        },
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNotEveryEvent) },
    },
    Defect {
        name: "missing data is ignored",
        apply: |account, control| account.alarm(control, |alarm| alarm.treat_missing_data = Some("ignore".into())),
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmLatches) },
    },
    Defect {
        name: "missing data is breaching",
        apply: |account, control| account.alarm(control, |alarm| alarm.treat_missing_data = Some("breaching".into())),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmAlwaysFiring) },
    },
    Defect {
        name: "sample count with a default value of 0",
        apply: |account, control| {
            let account = account.transformation(control, |metric| metric.default_value = Some(0.0));
            account.alarm_metric(control, |metric| metric.statistic = "SampleCount".into())
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmAlwaysFiring) },
    },
    // It is not evaluated now, or too late.
    Defect {
        name: "alarm in evaluation error",
        apply: |account, control| {
            account.alarm(control, |alarm| alarm.evaluation_state = Some("EVALUATION_ERROR".into()))
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmEvaluationError) },
    },
    Defect {
        name: "alarm in warm-up",
        apply: |account, control| account.alarm(control, |alarm| alarm.evaluation_state = Some("IN_WARM_UP".into())),
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNotEvaluated) },
    },
    Defect {
        name: "alarm that may be in warm-up",
        apply: |account, control| {
            let warm_up = WarmUp { minutes: Some(30), to_its_end: Some(true), since: None };
            account.alarm(control, |alarm| (alarm.state, alarm.warm_up) = (None, Some(warm_up.clone())))
        },
        affects: Affects::One,
        expected: Expected {
            cis: Pass,
            effective: Unknown,
            security_hub: Passed,
            code: Some(Code::AlarmWarmUpUndecided),
        },
    },
    Defect {
        name: "alarm on whole calendar days",
        apply: |account, control| {
            let account = account.alarm_metric(control, |metric| metric.period = 86_400);
            account.alarm(control, |alarm| alarm.window = Some(EvaluationWindow::WallClock { timezone: None }))
        },
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmLate) },
    },
    Defect {
        name: "evaluation window of an undocumented kind",
        apply: |account, control| account.alarm(control, |alarm| alarm.window = Some(EvaluationWindow::Other)),
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Unknown, security_hub: Passed, code: Some(Code::AlarmUndecided) },
    },
];

fn with_threshold_of_five(account: AccountBuilder, control: &str) -> AccountBuilder {
    let account = account.alarm_metric(control, |metric| metric.statistic = "Sum".into());
    account.alarm(control, |alarm| alarm.threshold = Some(5.0))
}

fn query(id: &str, return_data: bool, stat: Option<MetricStat>, expression: Option<&str>) -> MetricQuery {
    MetricQuery {
        id: id.into(),
        return_data: Some(return_data),
        stat,
        expression: expression.map(Into::into),
        period: None,
        account_id: None,
    }
}

fn query_of(account: &str, stat: MetricStat) -> MetricQuery {
    MetricQuery { account_id: Some(account.into()), ..query("m1", true, Some(stat), None) }
}

/// The alarm watches queries instead of the metric itself. One that watches queries already stays as it is.
pub(super) fn watching(
    account: AccountBuilder,
    control: &str,
    queries: impl Fn(MetricStat) -> Vec<MetricQuery>,
) -> AccountBuilder {
    account.alarm(control, |alarm| alarm.watches = Watched::Queries(queries(stat(alarm).clone())))
}

/// The alarm compares an expression over its metric, `m1`.
pub(crate) fn with_math(account: AccountBuilder, control: &str, expression: &str) -> AccountBuilder {
    watching(account, control, |own| {
        vec![query("m1", false, Some(own), None), query("e1", true, None, Some(expression))]
    })
}
