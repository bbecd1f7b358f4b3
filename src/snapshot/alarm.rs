//! Alarms, what they watch and what holds them back, as CloudWatch says it: no judgement.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::absent::yes;
use crate::arn::{AlarmArn, Arn, TopicArn};

/// Alarms of one region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionAlarms {
    /// The region.
    pub region: String,
    /// Every page of `DescribeAlarms` was read. Otherwise an alarm that is not listed may still exist.
    pub complete: bool,
    /// `MetricAlarms`.
    #[serde(default)]
    pub metric_alarms: Vec<MetricAlarm>,
    /// `CompositeAlarms`.
    #[serde(default)]
    pub composite_alarms: Vec<CompositeAlarm>,
    /// `LogAlarms`: their names, ARNs and whether they act. They need no metric filter, and no control asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log_alarms: Vec<LogAlarm>,
    /// `ListAlarmMuteRules` and `GetAlarmMuteRule`, those that have expired left out. `None`: not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute_rules: Option<Vec<MuteRule>>,
}

/// An alarm on a scheduled Logs Insights query (`DescribeAlarms` with `LogAlarm`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogAlarm {
    /// `AlarmArn`.
    pub arn: AlarmArn,
    /// `AlarmName`.
    pub name: String,
    /// The log groups that its query names, as they are given (names or ARNs).
    #[serde(default)]
    pub log_groups: Vec<String>,
}

/// A rule that holds back the actions of alarms while its window is open (`GetAlarmMuteRule`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MuteRule {
    /// `Name`.
    pub name: String,
    /// `MuteTargets.AlarmNames`: alarms of the same account and region.
    pub alarms: Vec<String>,
    /// `Schedule.Expression`: `cron(…)` or `at(…)`.
    #[serde(default)]
    pub schedule: String,
    /// `Schedule.Duration`, ISO 8601: `PT1M` to `P15D`.
    #[serde(default)]
    pub duration: String,
    /// `Status`: `SCHEDULED`, `ACTIVE`, `EXPIRED`.
    #[serde(default)]
    pub status: String,
    /// `StartDate`: nothing is muted before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// `ExpireDate`: nothing is muted after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire: Option<Timestamp>,
}

/// What any kind of alarm does on a change of state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlarmActions {
    /// `ActionsEnabled`: false silences every action. Absent means true.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// `AlarmActions`: ARNs, run on entering ALARM.
    #[serde(default)]
    pub alarm: Vec<String>,
    /// `OKActions`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ok: Vec<String>,
    /// `InsufficientDataActions`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub insufficient_data: Vec<String>,
}

impl AlarmActions {
    /// Those of the actions for ALARM that name SNS. What names it without being the ARN of a topic counts as one that leads
    /// nowhere, not as an action of another kind.
    pub fn topics(&self) -> impl Iterator<Item = TopicArn> {
        let is_topic = |action: &&str| Arn::parse(action).is_some_and(|arn| arn.service == "sns");
        self.alarm.iter().map(String::as_str).filter(is_topic).map(TopicArn::from)
    }
}

/// A metric alarm (`DescribeAlarms`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricAlarm {
    /// `AlarmArn`.
    pub arn: AlarmArn,
    /// `AlarmName`.
    pub name: String,
    /// What it does.
    pub actions: AlarmActions,
    /// What it watches.
    pub watches: Watched,
    /// `Threshold`. `None` for anomaly detection bands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// `ThresholdMetricId`: the band of an anomaly detection alarm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_metric_id: Option<String>,
    /// `ComparisonOperator`, e.g. `GreaterThanOrEqualToThreshold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<String>,
    /// `EvaluationPeriods` (N).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation_periods: Option<i32>,
    /// `DatapointsToAlarm` (M). Absent means N.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datapoints_to_alarm: Option<i32>,
    /// `TreatMissingData`: `missing` (also when absent), `notBreaching`, `breaching`, `ignore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treat_missing_data: Option<String>,
    /// `EvaluateLowSampleCountPercentile`: `evaluate` (also when absent) or `ignore`, for percentiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_samples: Option<String>,
    /// `StateValue`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `EvaluationState`: `EVALUATION_ERROR`, `EVALUATION_FAILURE`, `PARTIAL_DATA`, `IN_WARM_UP`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation_state: Option<String>,
    /// `EvaluationWindow`. Absent means a sliding one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<EvaluationWindow>,
    /// `WarmUpConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUp>,
    /// `ActionConfiguration.AlarmTagsPropagation`: the alarm's tags in its messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags_in_messages: Option<TagsInMessages>,
}

/// Which stretch of time an alarm looks at each time it is evaluated (`EvaluationWindow`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationWindow {
    /// `SlidingWindow`: the newest samples, at every evaluation.
    Sliding,
    /// `WallClockWindow`: calendar periods that are over.
    WallClock {
        /// `Timezone`, in which the periods begin. Absent means UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timezone: Option<String>,
    },
    /// A kind that this version does not know, and whose name the API client does not keep.
    Other,
}

/// For how long a new alarm does nothing (`WarmUpConfiguration`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmUp {
    /// `WarmUpPeriodDurationInMinutes`: 1 to 2,880.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i32>,
    /// `OnlyStartEvaluatingAfterWarmUpPeriodEnds`. Absent means false: enough samples end the warm-up earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_its_end: Option<bool>,
    /// `AlarmConfigurationUpdatedTimestamp` of the alarm: when it was created or last updated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// Whether the messages of an alarm hold its tags (`AlarmTagsPropagation`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagsInMessages {
    /// `Enabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// `IncludedTagKeys`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<String>,
    /// `ExcludedTagKeys`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
}

/// What a metric alarm watches: exactly one of the three.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watched {
    /// One metric (`Namespace`, `MetricName`, …).
    Metric(MetricStat),
    /// `Metrics[]`: metrics and expressions, one of which is watched.
    Queries(Vec<MetricQuery>),
    /// `EvaluationCriteria`: a `PromQL` query, which this program does not follow.
    Criteria(String),
}

/// One statistic of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricStat {
    /// `Namespace`.
    pub namespace: String,
    /// `MetricName`.
    pub name: String,
    /// `Dimensions`: name → value. The set is part of the metric's identity.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    /// `Statistic` or `ExtendedStatistic`: `Sum`, `Maximum`, …, `p90`.
    pub statistic: String,
    /// `Period` in seconds.
    pub period: i32,
    /// `Unit`. Absent: whatever the samples carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// One entry of an alarm's `Metrics[]` (`MetricDataQuery`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricQuery {
    /// `Id`, by which expressions name it.
    pub id: String,
    /// `ReturnData`: this entry is the watched one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_data: Option<bool>,
    /// `MetricStat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stat: Option<MetricStat>,
    /// `Expression`: metric math or a Metrics Insights query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// `Period` of an expression, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<i32>,
    /// `AccountId`: the metric of another account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

/// A composite alarm (`DescribeAlarms` with `CompositeAlarm`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompositeAlarm {
    /// `AlarmArn`.
    pub arn: AlarmArn,
    /// `AlarmName`.
    pub name: String,
    /// What it does.
    pub actions: AlarmActions,
    /// `AlarmRule`: the expression over other alarms' states.
    pub rule: String,
    /// `ActionsSuppressor`: an alarm that silences this one while it is in ALARM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressor: Option<String>,
}
