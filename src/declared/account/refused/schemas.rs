//! The properties of the resources of a chain, as CloudFormation's resource schemas have them, and the types that there are
//! in their namespaces. Nothing is decided here.

/// What the properties of a type are called, and which must be there.
pub(super) struct Schema {
    pub(super) kind: &'static str,
    pub(super) known: &'static [&'static str],
    pub(super) required: &'static [&'static str],
}

/// Resource schemas of CloudFormation, us-east-1, without what is read-only.
pub(super) const SCHEMAS: [Schema; 12] = [
    Schema {
        kind: "AWS::CloudTrail::Trail",
        known: &[
            "AdvancedEventSelectors",
            "AggregationConfigurations",
            "CloudWatchLogsLogGroupArn",
            "CloudWatchLogsRoleArn",
            "EnableLogFileValidation",
            "EventSelectors",
            "IncludeGlobalServiceEvents",
            "InsightSelectors",
            "IsLogging",
            "IsMultiRegionTrail",
            "IsOrganizationTrail",
            "KMSKeyId",
            "S3BucketName",
            "S3KeyPrefix",
            "SnsTopicName",
            "Tags",
            "TrailName",
        ],
        required: &["IsLogging", "S3BucketName"],
    },
    Schema {
        kind: "AWS::Logs::LogGroup",
        known: &[
            "BearerTokenAuthenticationEnabled",
            "DataProtectionPolicy",
            "DeletionProtectionEnabled",
            "FieldIndexPolicies",
            "KmsKeyId",
            "LogGroupClass",
            "LogGroupName",
            "ResourcePolicyDocument",
            "RetentionInDays",
            "Tags",
        ],
        required: &[],
    },
    Schema {
        kind: "AWS::Logs::MetricFilter",
        known: &[
            "ApplyOnTransformedLogs",
            "EmitSystemFieldDimensions",
            "FieldSelectionCriteria",
            "FilterName",
            "FilterPattern",
            "LogGroupName",
            "MetricTransformations",
        ],
        required: &["FilterPattern", "LogGroupName", "MetricTransformations"],
    },
    Schema {
        kind: "AWS::CloudWatch::Alarm",
        known: &[
            "ActionConfiguration",
            "ActionsEnabled",
            "AlarmActions",
            "AlarmDescription",
            "AlarmName",
            "ComparisonOperator",
            "DatapointsToAlarm",
            "Dimensions",
            "EvaluateLowSampleCountPercentile",
            "EvaluationCriteria",
            "EvaluationInterval",
            "EvaluationPeriods",
            "EvaluationWindow",
            "ExtendedStatistic",
            "InsufficientDataActions",
            "MetricName",
            "Metrics",
            "Namespace",
            "OKActions",
            "Period",
            "Statistic",
            "Tags",
            "Threshold",
            "ThresholdMetricId",
            "TreatMissingData",
            "Unit",
            "WarmUpConfiguration",
        ],
        required: &[],
    },
    Schema {
        kind: "AWS::CloudWatch::CompositeAlarm",
        known: &[
            "ActionConfiguration",
            "ActionsEnabled",
            "ActionsSuppressor",
            "ActionsSuppressorExtensionPeriod",
            "ActionsSuppressorWaitPeriod",
            "AlarmActions",
            "AlarmDescription",
            "AlarmName",
            "AlarmRule",
            "InsufficientDataActions",
            "OKActions",
            "Tags",
        ],
        required: &["AlarmRule"],
    },
    Schema {
        kind: "AWS::SNS::Topic",
        known: &[
            "ArchivePolicy",
            "ContentBasedDeduplication",
            "DataProtectionPolicy",
            "DeliveryStatusLogging",
            "DisplayName",
            "FifoThroughputScope",
            "FifoTopic",
            "KmsMasterKeyId",
            "MaximumMessageSize",
            "SignatureVersion",
            "Subscription",
            "Tags",
            "TopicName",
            "TracingConfig",
        ],
        required: &[],
    },
    Schema {
        kind: "AWS::SNS::Subscription",
        known: &[
            "DeliveryPolicy",
            "Endpoint",
            "FilterPolicy",
            "FilterPolicyScope",
            "Protocol",
            "RawMessageDelivery",
            "RedrivePolicy",
            "Region",
            "ReplayPolicy",
            "SubscriptionRoleArn",
            "TopicArn",
        ],
        required: &["TopicArn", "Protocol"],
    },
    Schema {
        kind: "AWS::SNS::TopicPolicy",
        known: &["PolicyDocument", "Topics"],
        required: &["PolicyDocument", "Topics"],
    },
    Schema {
        kind: "AWS::SNS::TopicInlinePolicy",
        known: &["PolicyDocument", "TopicArn"],
        required: &["PolicyDocument", "TopicArn"],
    },
    Schema {
        kind: "AWS::KMS::Key",
        known: &[
            "BypassPolicyLockoutSafetyCheck",
            "Description",
            "EnableKeyRotation",
            "Enabled",
            "KeyPolicy",
            "KeySpec",
            "KeyUsage",
            "MultiRegion",
            "Origin",
            "PendingWindowInDays",
            "RotationPeriodInDays",
            "Tags",
        ],
        required: &[],
    },
    Schema {
        kind: "AWS::CloudWatch::AlarmMuteRule",
        known: &["Description", "ExpireDate", "MuteTargets", "Name", "Rule", "StartDate", "Tags"],
        required: &["Rule"],
    },
    Schema { kind: "AWS::KMS::Alias", known: &["AliasName", "TargetKeyId"], required: &["AliasName", "TargetKeyId"] },
];

/// What is inside a property, as in [`Schema`].
pub(super) struct Nested {
    pub(super) kind: &'static str,
    /// Where: `[]` is each place of a list.
    pub(super) path: &'static str,
    /// What it is called in a sentence.
    pub(super) name: &'static str,
    pub(super) known: &'static [&'static str],
    pub(super) required: &'static [&'static str],
}

const DIMENSION: &[&str] = &["Name", "Value"];

pub(super) const NESTED: [Nested; 12] = [
    Nested {
        kind: "AWS::Logs::MetricFilter",
        path: "MetricTransformations[]",
        name: "a metric transformation",
        known: &["DefaultValue", "Dimensions", "MetricName", "MetricNamespace", "MetricValue", "Unit"],
        required: &["MetricName", "MetricNamespace", "MetricValue"],
    },
    Nested {
        kind: "AWS::Logs::MetricFilter",
        path: "MetricTransformations[].Dimensions[]",
        name: "a dimension",
        known: &["Key", "Value"],
        required: &["Key", "Value"],
    },
    Nested {
        kind: "AWS::CloudWatch::Alarm",
        path: "Dimensions[]",
        name: "a dimension",
        known: DIMENSION,
        required: DIMENSION,
    },
    Nested {
        kind: "AWS::CloudWatch::Alarm",
        path: "Metrics[]",
        name: "a query of Metrics",
        known: &["AccountId", "Expression", "Id", "Label", "MetricStat", "Period", "ReturnData"],
        required: &["Id"],
    },
    Nested {
        kind: "AWS::CloudWatch::Alarm",
        path: "Metrics[].MetricStat",
        name: "MetricStat",
        known: &["Metric", "Period", "Stat", "Unit"],
        required: &["Metric", "Period", "Stat"],
    },
    Nested {
        kind: "AWS::CloudWatch::Alarm",
        path: "Metrics[].MetricStat.Metric",
        name: "Metric",
        known: &["Dimensions", "MetricName", "Namespace"],
        required: &[],
    },
    Nested {
        kind: "AWS::SNS::Topic",
        path: "Subscription[]",
        name: "a subscription",
        known: &["Endpoint", "Protocol"],
        required: &["Endpoint", "Protocol"],
    },
    Nested {
        kind: "AWS::CloudTrail::Trail",
        path: "EventSelectors[]",
        name: "an event selector",
        known: &["DataResources", "ExcludeManagementEventSources", "IncludeManagementEvents", "ReadWriteType"],
        required: &[],
    },
    Nested {
        kind: "AWS::CloudTrail::Trail",
        path: "AdvancedEventSelectors[].FieldSelectors[]",
        name: "a field selector",
        known: &["EndsWith", "Equals", "Field", "NotEndsWith", "NotEquals", "NotStartsWith", "StartsWith"],
        required: &["Field"],
    },
    Nested {
        kind: "AWS::CloudWatch::AlarmMuteRule",
        path: "MuteTargets",
        name: "MuteTargets",
        known: &["AlarmNames"],
        required: &["AlarmNames"],
    },
    Nested {
        kind: "AWS::CloudWatch::AlarmMuteRule",
        path: "Rule",
        name: "Rule",
        known: &["Schedule"],
        required: &["Schedule"],
    },
    Nested {
        kind: "AWS::CloudWatch::AlarmMuteRule",
        path: "Rule.Schedule",
        name: "Schedule",
        known: &["Duration", "Expression", "Timezone"],
        required: &["Duration", "Expression"],
    },
];

/// Of which kind a value is that is no list and no map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Text,
    Number,
    Whole,
    Flag,
}

impl Scalar {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Whole => "a whole number",
            Self::Flag => "true or false",
        }
    }
}

use Scalar::{Flag, Number, Text, Whole};

const TRAIL: &str = "AWS::CloudTrail::Trail";
const FILTER: &str = "AWS::Logs::MetricFilter";
const ALARM: &str = "AWS::CloudWatch::Alarm";
const COMPOSITE: &str = "AWS::CloudWatch::CompositeAlarm";
const TOPIC: &str = "AWS::SNS::Topic";

/// The type, where the value is, and of which kind it is. CloudFormation takes a number or boolean also as a text.
pub(super) const SCALARS: [(&str, &str, Scalar); 43] = [
    (TRAIL, "TrailName", Text),
    (TRAIL, "CloudWatchLogsLogGroupArn", Text),
    (TRAIL, "CloudWatchLogsRoleArn", Text),
    (TRAIL, "IsLogging", Flag),
    (TRAIL, "IsMultiRegionTrail", Flag),
    (TRAIL, "IsOrganizationTrail", Flag),
    (TRAIL, "IncludeGlobalServiceEvents", Flag),
    (TRAIL, "EventSelectors[].IncludeManagementEvents", Flag),
    (TRAIL, "EventSelectors[].ReadWriteType", Text),
    ("AWS::Logs::LogGroup", "LogGroupName", Text),
    ("AWS::Logs::LogGroup", "LogGroupClass", Text),
    ("AWS::Logs::LogGroup", "RetentionInDays", Whole),
    (FILTER, "FilterName", Text),
    (FILTER, "FilterPattern", Text),
    (FILTER, "LogGroupName", Text),
    (FILTER, "ApplyOnTransformedLogs", Flag),
    (FILTER, "MetricTransformations[].MetricName", Text),
    (FILTER, "MetricTransformations[].MetricNamespace", Text),
    (FILTER, "MetricTransformations[].MetricValue", Text),
    (FILTER, "MetricTransformations[].DefaultValue", Number),
    (ALARM, "AlarmName", Text),
    (ALARM, "MetricName", Text),
    (ALARM, "Namespace", Text),
    (ALARM, "Statistic", Text),
    (ALARM, "ComparisonOperator", Text),
    (ALARM, "TreatMissingData", Text),
    (ALARM, "ActionsEnabled", Flag),
    (ALARM, "Threshold", Number),
    (ALARM, "Period", Whole),
    (ALARM, "EvaluationPeriods", Whole),
    (ALARM, "DatapointsToAlarm", Whole),
    (ALARM, "Metrics[].Period", Whole),
    (ALARM, "Metrics[].ReturnData", Flag),
    (ALARM, "Metrics[].MetricStat.Period", Whole),
    (COMPOSITE, "AlarmName", Text),
    (COMPOSITE, "AlarmRule", Text),
    (COMPOSITE, "ActionsEnabled", Flag),
    (TOPIC, "TopicName", Text),
    (TOPIC, "FifoTopic", Flag),
    (TOPIC, "Subscription[].Protocol", Text),
    (TOPIC, "Subscription[].Endpoint", Text),
    ("AWS::SNS::Subscription", "Protocol", Text),
    ("AWS::KMS::Key", "Enabled", Flag),
];

/// The types that there are in the namespaces of a chain.
pub(in crate::declared) const TYPES_OF_CHAIN: [&str; 37] = [
    "AWS::CloudTrail::Channel",
    "AWS::CloudTrail::Dashboard",
    "AWS::CloudTrail::EventDataStore",
    "AWS::CloudTrail::ResourcePolicy",
    "AWS::CloudTrail::Trail",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::AlarmMuteRule",
    "AWS::CloudWatch::AnomalyDetector",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::CloudWatch::InsightRule",
    "AWS::CloudWatch::Integration",
    "AWS::CloudWatch::LogAlarm",
    "AWS::CloudWatch::MetricStream",
    "AWS::CloudWatch::OTelEnrichment",
    "AWS::CloudWatch::ResourceMetricsConfiguration",
    "AWS::CloudWatch::View",
    "AWS::Logs::AccountPolicy",
    "AWS::Logs::Delivery",
    "AWS::Logs::DeliveryDestination",
    "AWS::Logs::DeliverySource",
    "AWS::Logs::Destination",
    "AWS::Logs::Integration",
    "AWS::Logs::LogAnomalyDetector",
    "AWS::Logs::LogGroup",
    "AWS::Logs::LogStream",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::Logs::ResourcePolicy",
    "AWS::Logs::ScheduledQuery",
    "AWS::Logs::StorageTierPolicy",
    "AWS::Logs::SubscriptionFilter",
    "AWS::Logs::Transformer",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicInlinePolicy",
    "AWS::SNS::TopicPolicy",
];
