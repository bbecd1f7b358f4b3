//! Defects of the metric filter.

use cis_audit::finding::Code;
use cis_audit::finding::HubStatus::{Failed, Passed};
use cis_audit::finding::Status::{Fail, Pass, Unknown};

use super::{Affects, Defect, Expected};

pub(super) const TABLE: &[Defect] = &[
    Defect {
        name: "no metric filter",
        apply: |account, control| account.without_filter(control),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::MetricFilterNone) },
    },
    Defect {
        name: "metric filter on another log group",
        apply: |account, control| account.with_filter_on(control, "/aws/lambda/unrelated"),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::MetricFilterNone) },
    },
    Defect {
        name: "metric filter on a log group whose name begins alike",
        apply: |account, control| account.with_filter_on(control, "/aws/cloudtrail/DefaultSecuritySettings-old"),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::MetricFilterNone) },
    },
    Defect {
        name: "metric filter of one event name",
        apply: |account, control| account.pattern(control, "{ $.eventName = DeletePolicy }"),
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::MetricFilterMissesEvents),
        },
    },
    Defect {
        name: "metric filter without one of the event names",
        apply: |account, control| {
            account.filter(control, |filter| {
                filter.pattern = filter.pattern.replace(" || ($.eventName=CreatePolicy)", "");
            })
        },
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::MetricFilterMissesEvents),
        },
    },
    Defect {
        name: "metric filter that misses records before 2020",
        apply: |account, control| {
            account.filter(control, |filter| {
                let tests = filter.pattern.trim_matches(['{', '}', ' ']).to_owned();
                filter.pattern = format!("{{ ({tests}) && $.eventCategory = Management }}");
            })
        },
        affects: Affects::One,
        expected: Expected {
            cis: Pass,
            effective: Unknown,
            security_hub: Failed,
            code: Some(Code::MetricFilterUnusualHole),
        },
    },
    Defect {
        name: "metric filter of every API call",
        apply: |account, control| account.pattern(control, "{ $.eventType = AwsApiCall }"),
        affects: Affects::One,
        expected: Expected {
            cis: Pass,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::MetricFilterMatchesRoutine),
        },
    },
    Defect {
        name: "metric filter of every event",
        apply: |account, control| account.pattern(control, "{ $.eventName = * }"),
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::MetricFilterMatchesEverything),
        },
    },
    Defect {
        name: "metric filter that publishes 0",
        apply: |account, control| account.transformation(control, |metric| metric.value = "0".into()),
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: Passed,
            code: Some(Code::MetricFilterZeroValue),
        },
    },
    Defect {
        name: "metric filter that publishes a field of some events",
        apply: |account, control| {
            account.transformation(control, |metric| metric.value = "$.requestParameters.size".into())
        },
        affects: Affects::One,
        expected: Expected {
            cis: Unknown,
            effective: Unknown,
            security_hub: Passed,
            code: Some(Code::MetricFilterValueUndecided),
        },
    },
    Defect {
        name: "metric filter that publishes a field of no event",
        apply: |account, control| account.transformation(control, |metric| metric.value = "$.value".into()),
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: Passed,
            code: Some(Code::MetricFilterValueAbsent),
        },
    },
    Defect {
        name: "metric filter on transformed logs",
        apply: |account, control| account.filter(control, |filter| filter.apply_on_transformed_logs = true),
        affects: Affects::One,
        expected: Expected {
            cis: Unknown,
            effective: Unknown,
            security_hub: Passed,
            code: Some(Code::MetricFilterUndecided),
        },
    },
    Defect {
        name: "metric filter with a field selection",
        apply: |account, control| {
            account.filter(control, |filter| {
                filter.field_selection_criteria = Some("@aws.region = \"us-east-1\"".into());
            })
        },
        affects: Affects::One,
        expected: Expected {
            cis: Unknown,
            effective: Unknown,
            security_hub: Passed,
            code: Some(Code::MetricFilterUndecided),
        },
    },
    Defect {
        name: "metric filter with a default value of 1",
        apply: |account, control| account.transformation(control, |metric| metric.default_value = Some(1.0)),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmAlwaysFiring) },
    },
    Defect {
        name: "metric filter with a dimension of some events",
        apply: |account, control| {
            account.transformation(control, |metric| {
                metric.dimensions.insert("User".into(), "$.userIdentity.userName".into());
            })
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmMissesEvents) },
    },
    Defect {
        name: "metric filter with a dimension of every event",
        apply: |account, control| {
            account.transformation(control, |metric| {
                metric.dimensions.insert("Region".into(), "$.awsRegion".into());
            })
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmDimensions) },
    },
    // Other filters that publish the same metric.
    Defect {
        name: "second metric filter of every API call on the metric",
        apply: |account, control| {
            account
                .with_second_filter(control, "another", |filter| filter.pattern = "{ $.eventType = AwsApiCall }".into())
                .alarm_metric(control, |metric| metric.statistic = "Sum".into())
        },
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmHeld) },
    },
    Defect {
        name: "second metric filter of every event on the metric",
        apply: |account, control| {
            account
                .with_second_filter(control, "another", |filter| filter.pattern = "{ $.eventName = * }".into())
                .alarm_metric(control, |metric| metric.statistic = "Sum".into())
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmAlwaysFiring) },
    },
    Defect {
        name: "second metric filter that publishes -1 to the metric",
        apply: |account, control| {
            account
                .with_second_filter(control, "another", |filter| {
                    filter.pattern = "{ $.eventName = DeleteRolePolicy }".into();
                    filter.transformations.iter_mut().for_each(|metric| metric.value = "-1".into());
                })
                .alarm_metric(control, |metric| metric.statistic = "Sum".into())
        },
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmNotEveryEvent) },
    },
];
