//! The state of one account as far as the controls need it: what [`audit`](mod@crate::audit) judges.
//!
//! A snapshot is a document: collected from AWS, saved, mailed, kept as evidence, audited later, written by hand as a
//! fixture. It holds what the AWS APIs said, in their spelling, and no judgement; an enumeration that AWS may extend is
//! kept as text. Nothing here may read a clock, a file, or AWS; what only a fix asks is a document of its own
//! (`fix::survey`), and the file of a saved account, which holds both, is the business of [`saved`](crate::saved).
//!
//! The one rule for readers: **what was not read is not absent.** Whatever can be unread is an `Option` whose `None`
//! means so, or a list beside a `complete` flag, and each failed read leaves a [`Gap`] that says why.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arn::Arn;

mod cause;

pub(crate) use cause::is_denied_by_resource;
pub use cause::{Cause, PolicyKind};
#[cfg(feature = "aws")]
pub(crate) use cause::{bare, without_namespace};

/// The only version of the document that this program writes and reads.
pub const SCHEMA_VERSION: u32 = 1;

/// One account, read once.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Version of this document's shape: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// When the reading began. Ages (a delivery error, a last delivery) are measured at this moment.
    pub collected_at: Timestamp,
    /// The audited account: 12 digits (`sts:GetCallerIdentity` `Account`).
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`, … from the caller's ARN.
    pub partition: String,
    /// The region that was asked for. Trails are followed to their home regions whatever it is.
    pub region: String,
    /// Trails that record this account, wherever they are at home. `None`: `DescribeTrails` could not be read.
    pub trails: Option<Vec<Trail>>,
    /// Log groups that were looked at: those that trails write to, and others that came along.
    pub log_groups: Vec<LogGroup>,
    /// Alarms of each region that was looked at.
    pub alarms: Vec<RegionAlarms>,
    /// Topics that alarm actions name.
    pub topics: Vec<Topic>,
    /// Keys of a customer's own that encrypt those topics.
    pub keys: Vec<Key>,
    /// AWS Security Hub CSPM in the region that was asked for. `None`: `DescribeHub` was not read.
    pub security_hub: Option<SecurityHub>,
    /// What could not be read, and why.
    pub gaps: Vec<Gap>,
}

/// AWS Security Hub CSPM in one region (`DescribeHub`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityHub {
    /// The region asked.
    pub region: String,
    /// Whether the account has enabled it there. Where it has not, `DescribeHub` is refused with
    /// `InvalidAccessException`.
    pub enabled: bool,
    /// `HubArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_arn: Option<String>,
    /// `SubscribedAt`: when it was enabled, as the API writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribed_at: Option<String>,
}

/// A CloudTrail trail (`DescribeTrails`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    /// `TrailARN`: the identity of a trail; its copies in other regions and in member accounts carry it too.
    pub arn: String,
    /// `Name`.
    pub name: String,
    /// `HomeRegion`: where the trail and its log group live.
    pub home_region: String,
    /// `IsMultiRegionTrail`.
    pub is_multi_region: bool,
    /// `IsOrganizationTrail`.
    #[serde(default)]
    pub is_organization: bool,
    /// `IncludeGlobalServiceEvents`.
    #[serde(default = "yes")]
    pub include_global_service_events: bool,
    /// `CloudWatchLogsLogGroupArn` as given, usually ending in `:*`. `None`: the trail sends nothing to CloudWatch Logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_group_arn: Option<String>,
    /// `CloudWatchLogsRoleArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_role_arn: Option<String>,
    /// `S3BucketName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_bucket: Option<String>,
    /// `KmsKeyId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `LogFileValidationEnabled`.
    #[serde(default)]
    pub log_file_validation: bool,
    /// `GetTrailStatus`. `None`: not read.
    pub status: Option<TrailStatus>,
    /// `GetEventSelectors`. `None`: not read.
    pub selectors: Option<EventSelectors>,
}

/// What `GetTrailStatus` says of a trail.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TrailStatus {
    /// `IsLogging`.
    pub is_logging: bool,
    /// `LatestCloudWatchLogsDeliveryError`: why the last delivery to the log group failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_logs_delivery_error: Option<String>,
    /// `LatestCloudWatchLogsDeliveryTime`: the last successful delivery to the log group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_logs_delivery_time: Option<Timestamp>,
    /// `LatestDeliveryError`: why the last delivery to the bucket failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_delivery_error: Option<String>,
    /// `StartLoggingTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_logging_time: Option<Timestamp>,
    /// `StopLoggingTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_logging_time: Option<Timestamp>,
}

/// What `GetEventSelectors` says of a trail. Both lists empty: the default, all management events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EventSelectors {
    /// `EventSelectors`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basic: Vec<EventSelector>,
    /// `AdvancedEventSelectors`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advanced: Vec<AdvancedEventSelector>,
}

/// A basic event selector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventSelector {
    /// `ReadWriteType`: `All`, `ReadOnly`, `WriteOnly`. Absent means `All`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_write_type: Option<String>,
    /// `IncludeManagementEvents`. Absent means true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_management_events: Option<bool>,
    /// `ExcludeManagementEventSources`: `kms.amazonaws.com`, `rdsdata.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_management_event_sources: Vec<String>,
    /// `DataResources`: data events, which no control asks for. `PutEventSelectors` replaces all selectors, so whoever
    /// widens them must know these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_resources: Vec<DataResource>,
}

/// Resources whose data events a basic selector records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataResource {
    /// `Type`: `AWS::S3::Object`, `AWS::Lambda::Function`, …
    pub kind: String,
    /// `Values`: ARNs, or prefixes of them.
    #[serde(default)]
    pub values: Vec<String>,
}

/// An advanced event selector: all its field selectors must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdvancedEventSelector {
    /// `Name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `FieldSelectors`.
    #[serde(default)]
    pub field_selectors: Vec<FieldSelector>,
}

/// One condition of an advanced event selector: any of the values of each operator given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldSelector {
    /// `Field`: `eventCategory`, `readOnly`, `eventSource`, …
    pub field: String,
    /// `Equals`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// `NotEquals`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_equals: Vec<String>,
    /// `StartsWith`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts_with: Vec<String>,
    /// `NotStartsWith`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_starts_with: Vec<String>,
    /// `EndsWith`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends_with: Vec<String>,
    /// `NotEndsWith`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ends_with: Vec<String>,
}

/// A log group that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    /// `arn:…:logs:REGION:ACCOUNT:log-group:NAME`, without the `:*` that some APIs append.
    pub arn: String,
    /// Whether it exists. `None`: that could not be read.
    pub exists: Option<bool>,
    /// `logGroupClass`: metric filters work on `STANDARD` alone. `None`: not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Every metric filter of the group. `None`: they could not be read.
    pub metric_filters: Option<Vec<MetricFilter>>,
}

/// A metric filter (`DescribeMetricFilters`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricFilter {
    /// `filterName`.
    pub name: String,
    /// `filterPattern`, byte for byte. Empty matches every event.
    #[serde(default)]
    pub pattern: String,
    /// `metricTransformations`.
    #[serde(default)]
    pub transformations: Vec<MetricTransformation>,
    /// `applyOnTransformedLogs`: the pattern sees the log group's transformed events.
    #[serde(default, skip_serializing_if = "is_false")]
    pub apply_on_transformed_logs: bool,
    /// `fieldSelectionCriteria`: a second condition, on source account and region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_selection_criteria: Option<String>,
    /// `emitSystemFieldDimensions`: `@aws.account`, `@aws.region` as dimensions of what a match publishes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emit_system_field_dimensions: Vec<String>,
    /// `creationTime`: events before it were never counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<Timestamp>,
}

/// What a metric filter publishes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricTransformation {
    /// `metricNamespace`.
    pub namespace: String,
    /// `metricName`.
    pub name: String,
    /// `metricValue`: a number, or a selector such as `$.latency`.
    pub value: String,
    /// `defaultValue`: contributed by each event that does not match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<f64>,
    /// `dimensions`: name → selector of the event's field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    /// `unit`. Absent means `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

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
    pub arn: String,
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
    /// ARNs of the SNS topics among the actions for ALARM.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        let is_topic = |action: &&str| Arn::parse(action).is_some_and(|arn| arn.service == "sns");
        self.alarm.iter().map(String::as_str).filter(is_topic)
    }
}

/// A metric alarm (`DescribeAlarms`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricAlarm {
    /// `AlarmArn`.
    pub arn: String,
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
    pub arn: String,
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

/// An SNS topic that an alarm action names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    /// `TopicArn`.
    pub arn: String,
    /// Whether it exists. `None`: that could not be read.
    pub exists: Option<bool>,
    /// `GetTopicAttributes` `Policy`, as JSON text. `None`: not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// `KmsMasterKeyId`: the key that encrypts messages, as a name or ARN of an alias or as an id or ARN of a key. `None`:
    /// not encrypted, or attributes not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `FifoTopic`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_fifo: bool,
    /// `ListSubscriptionsByTopic`. `None`: not read.
    pub subscriptions: Option<Vec<Subscription>>,
}

impl Topic {
    /// Whether it is a FIFO topic, which delivers to queues only: its name says so too, where its attributes were not read
    /// (SNS API reference, `CreateTopic`).
    #[must_use]
    pub fn takes_queues_only(&self) -> bool {
        self.is_fifo || self.arn.ends_with(".fifo")
    }
}

impl Topic {
    /// The key that encrypts messages, as the ARN of an alias or a key. A name or id alone is of the topic's own partition,
    /// region and account, whoever reads it.
    #[must_use]
    pub fn key_arn(&self) -> Option<String> {
        let id = self.kms_key_id.as_deref()?;
        Some(topic_key_arn(&self.arn, id))
    }

    /// The alias alone says that the key is an AWS managed one: nobody else may use that prefix.
    #[must_use]
    pub fn names_managed_key(&self) -> bool {
        let id = self.kms_key_id.as_deref().unwrap_or_default();
        Arn::parse(id).map_or(id, |arn| arn.resource).starts_with("alias/aws/")
    }
}

/// ARN of the key, or of its alias, that encrypts a topic, from the id, alias or ARN that the topic names it by.
#[must_use]
pub fn topic_key_arn(topic_arn: &str, id: &str) -> String {
    match Arn::parse(topic_arn) {
        Some(Arn { partition, region, account, .. }) if Arn::parse(id).is_none() => {
            let kind = if id.starts_with("alias/") { "" } else { "key/" };
            format!("arn:{partition}:kms:{region}:{account}:{kind}{id}")
        }
        Some(_) | None => id.to_owned(),
    }
}

/// A key that encrypts topics (`DescribeKey`, `GetKeyPolicy`, `ListGrants`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// The region that was asked: the topics'.
    pub region: String,
    /// What was asked for: the topics' [`Topic::key_arn`].
    pub id: String,
    /// Whether it exists. `None`: that could not be read.
    pub exists: Option<bool>,
    /// `Arn`: of the key itself, also where an alias was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// `KeyManager`: `CUSTOMER` or `AWS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// `KeyState`: `Enabled`, `Disabled`, `PendingDeletion`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `KeySpec`: `SYMMETRIC_DEFAULT` or another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// `GetKeyPolicy` `Policy`, as JSON text. `None`: not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// `ListGrants`, those to CloudWatch. `None`: not read, or not asked for because the policy alone decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<Grant>>,
}

/// A grant to use a key (`GrantListEntry`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// `GrantId`.
    pub id: String,
    /// `GranteePrincipal`: an ARN, or a service principal that may mean several callers of that service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grantee: Option<String>,
    /// `GranteeServicePrincipal`: `cloudwatch.amazonaws.com`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grantee_service: Option<String>,
    /// `Operations`: `Decrypt`, `GenerateDataKey`, …
    #[serde(default)]
    pub operations: Vec<String>,
    /// `Constraints.SourceArn`: the resource for which the service must ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
    /// `Constraints.EncryptionContextSubset`: what the request's encryption context must hold.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context_subset: BTreeMap<String, String>,
    /// `Constraints.EncryptionContextEquals`: what it must be. `None`: no such constraint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_equals: Option<BTreeMap<String, String>>,
}

/// CloudWatch, as it calls other services.
pub(crate) const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";

impl Grant {
    /// It may be CloudWatch that the grant is given to.
    #[must_use]
    pub fn is_to_cloudwatch(&self) -> bool {
        [&self.grantee_service, &self.grantee].into_iter().any(|grantee| grantee.as_deref() == Some(CLOUDWATCH))
    }
}

impl Key {
    /// Nobody can edit the policy of such a key.
    #[must_use]
    pub fn is_aws_managed(&self) -> bool {
        self.manager.as_deref() == Some("AWS")
    }
}

/// A subscription as `ListSubscriptionsByTopic` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// `SubscriptionArn`: an ARN once confirmed, else the word `PendingConfirmation` or `Deleted`.
    pub arn: String,
    /// `Protocol`: `email`, `https`, `sqs`, `lambda`, …
    pub protocol: String,
    /// `Endpoint`: an address, a URL, an ARN. Reports mask it.
    pub endpoint: String,
    /// `GetSubscriptionAttributes`. `None`: not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<SubscriptionAttributes>,
}

/// What `GetSubscriptionAttributes` says that decides whether an alarm's message is delivered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionAttributes {
    /// `PendingConfirmation`: an ARN can be had before anybody has confirmed (`Subscribe` with `ReturnSubscriptionArn`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub pending_confirmation: bool,
    /// `FilterPolicy`, as JSON text: only messages that match it are delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_policy: Option<String>,
    /// `FilterPolicyScope`: `MessageAttributes` (also when absent) or `MessageBody`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_policy_scope: Option<String>,
}

/// Whether a subscription gets messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// It has an ARN: messages are delivered.
    Confirmed,
    /// Nobody has confirmed it yet: nothing is delivered.
    Pending,
    /// It is gone.
    Deleted,
}

impl Subscription {
    /// Reads the state off the subscription ARN (SNS API reference, `ListSubscriptionsByTopic`).
    #[must_use]
    pub fn state(&self) -> SubscriptionState {
        match self.arn.as_str() {
            "Deleted" => SubscriptionState::Deleted,
            _ if self.attributes.as_ref().is_some_and(|attributes| attributes.pending_confirmation) => {
                SubscriptionState::Pending
            }
            text if Arn::parse(text).is_some() => SubscriptionState::Confirmed,
            _ => SubscriptionState::Pending,
        }
    }
}

/// A read that failed: what it would have shown is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// The account that was asked.
    pub account_id: String,
    /// The region that was asked.
    pub region: String,
    /// IAM's name of the action: `logs:DescribeMetricFilters`.
    pub operation: String,
    /// The ARN or name that was asked about, if it was about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The service's error code, or one of our own: `Timeout`, `Deadline`, `Unreachable`, `BadAnswer`, `HtmlPage`,
    /// `Credentials`, `Skipped`. [`Gap::cause`] sorts them.
    pub code: String,
    /// What the service or the connection said.
    pub message: String,
}

impl Snapshot {
    /// The trails that were read, if they could be.
    #[must_use]
    pub fn trails(&self) -> &[Trail] {
        self.trails.as_deref().unwrap_or_default()
    }

    /// The log group of this ARN, compared whole, with or without a trailing `:*`.
    #[must_use]
    pub fn log_group(&self, arn: &str) -> Option<&LogGroup> {
        let wanted = without_stream_wildcard(arn);
        self.log_groups.iter().find(|group| group.arn == wanted)
    }

    /// Alarms of a region, if that region was looked at.
    #[must_use]
    pub fn alarms_in(&self, region: &str) -> Option<&RegionAlarms> {
        self.alarms.iter().find(|alarms| alarms.region == region)
    }

    /// The topic of this ARN, if it was looked at.
    #[must_use]
    pub fn topic(&self, arn: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.arn == arn)
    }

    /// The key that encrypts a topic, if it was looked at.
    #[must_use]
    pub fn key_of(&self, topic: &Topic) -> Option<&Key> {
        let (id, region) = (topic.key_arn()?, Arn::parse(&topic.arn)?.region);
        self.keys.iter().find(|key| key.id == id && key.region == region)
    }

    /// The gap that an operation left in a region, if any: the reason why something is unread. `resource`: what it was asked
    /// about; `None`: about no one resource.
    #[must_use]
    pub fn gap(&self, operation: &str, region: &str, resource: Option<&str>) -> Option<&Gap> {
        let is_it =
            |gap: &&Gap| (&*gap.operation, &*gap.region, gap.resource.as_deref()) == (operation, region, resource);
        self.gaps.iter().find(is_it)
    }

    /// Puts every list into its one order, so that equal accounts give equal bytes.
    pub fn sort(&mut self) {
        if let Some(trails) = &mut self.trails {
            trails.sort_by(|a, b| a.arn.cmp(&b.arn));
        }
        self.log_groups.sort_by(|a, b| a.arn.cmp(&b.arn));
        for group in &mut self.log_groups {
            if let Some(filters) = &mut group.metric_filters {
                filters.sort_by(|a, b| a.name.cmp(&b.name));
            }
        }
        self.alarms.sort_by(|a, b| a.region.cmp(&b.region));
        for alarms in &mut self.alarms {
            alarms.metric_alarms.sort_by(|a, b| a.arn.cmp(&b.arn));
            alarms.composite_alarms.sort_by(|a, b| a.arn.cmp(&b.arn));
            alarms.log_alarms.sort_by(|a, b| a.arn.cmp(&b.arn));
            if let Some(rules) = &mut alarms.mute_rules {
                rules.sort_by(|a, b| a.name.cmp(&b.name));
            }
        }
        self.topics.sort_by(|a, b| a.arn.cmp(&b.arn));
        for topic in &mut self.topics {
            if let Some(subscriptions) = &mut topic.subscriptions {
                subscriptions
                    .sort_by(|a, b| (&a.protocol, &a.endpoint, &a.arn).cmp(&(&b.protocol, &b.endpoint, &b.arn)));
            }
        }
        self.keys.sort_by(|a, b| (&a.region, &a.id).cmp(&(&b.region, &b.id)));
        for grants in self.keys.iter_mut().filter_map(|key| key.grants.as_mut()) {
            grants.sort_by(|a, b| a.id.cmp(&b.id));
        }
        self.gaps.sort();
        self.gaps.dedup();
    }
}

/// A log group's ARN without the `:*` that CloudTrail and `DescribeLogGroups` append for "all its streams".
#[must_use]
pub fn without_stream_wildcard(arn: &str) -> &str {
    arn.strip_suffix(":*").unwrap_or(arn)
}

fn yes() -> bool {
    true
}

fn is_false(value: &bool) -> bool {
    !*value
}
