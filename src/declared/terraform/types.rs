//! Types of the AWS providers that are looked at, and their arguments in the words of CloudFormation's resource schemas
//! (provider sources `internal/service/*`; awscc has CloudFormation's own names in snake case).

/// How an argument is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// A text, number or boolean; an empty text is not set.
    Plain,
    /// A filter pattern, which the provider trims; empty, it matches everything.
    Pattern,
    /// A boolean with the provider's default, where CloudFormation has another or none.
    Flag(&'static str),
    /// A number of which zero is what a state has for "not set".
    Count,
    /// The name or ARN of a log group.
    Group,
    /// The name of a metric.
    Metric,
    /// The ARN of a topic.
    Topic,
    /// ARNs of topics and of other actions of an alarm, or a list of ARNs of topics.
    Actions,
    /// A KMS key.
    Key,
    /// A policy, or a document that makes one.
    Policy,
    /// A map, as a list of entries with these two keys.
    Dimensions(&'static str),
    /// Nested blocks, read by what they are.
    Blocks(Block),
    /// Whom a subscription notifies, never shown where it is sensitive.
    Endpoint,
    /// The ARN of a role.
    Role,
}

/// Nested blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Transformations,
    Selectors,
    AdvancedSelectors,
    Queries,
    Suppressor,
    MuteTargets,
    MuteSchedule,
}

/// An argument, the property that it is, and how it is read.
pub(super) type Argument = (&'static str, &'static str, How);

/// A type of a provider.
pub(super) struct Type {
    pub(super) terraform: &'static str,
    /// CloudFormation's name.
    pub(super) kind: &'static str,
    /// The argument that is its name.
    pub(super) name: Option<&'static str>,
    pub(super) arguments: &'static [Argument],
}

use Block::{AdvancedSelectors, MuteSchedule, MuteTargets, Queries, Selectors, Suppressor, Transformations};
use How::{
    Actions, Blocks, Count, Dimensions, Endpoint, Flag, Group, Key, Metric, Pattern, Plain, Policy, Role, Topic,
};

pub(super) static TYPES: [Type; 14] = [
    Type {
        terraform: "aws_cloudtrail",
        kind: "AWS::CloudTrail::Trail",
        name: Some("name"),
        arguments: &[
            ("name", "TrailName", Plain),
            // The provider starts it once it is created.
            ("enable_logging", "IsLogging", Flag("true")),
            ("is_multi_region_trail", "IsMultiRegionTrail", Flag("false")),
            ("is_organization_trail", "IsOrganizationTrail", Flag("false")),
            ("include_global_service_events", "IncludeGlobalServiceEvents", Flag("true")),
            ("cloud_watch_logs_group_arn", "CloudWatchLogsLogGroupArn", Group),
            ("cloud_watch_logs_role_arn", "CloudWatchLogsRoleArn", Role),
            ("s3_bucket_name", "S3BucketName", Plain),
            ("kms_key_id", "KMSKeyId", Key),
            ("event_selector", "EventSelectors", Blocks(Selectors)),
            ("advanced_event_selector", "AdvancedEventSelectors", Blocks(AdvancedSelectors)),
        ],
    },
    Type {
        terraform: "aws_cloudwatch_log_group",
        kind: "AWS::Logs::LogGroup",
        name: Some("name"),
        arguments: &[("name", "LogGroupName", Plain), ("log_group_class", "LogGroupClass", Plain)],
    },
    Type {
        terraform: "aws_cloudwatch_log_metric_filter",
        kind: "AWS::Logs::MetricFilter",
        name: Some("name"),
        arguments: &[
            ("name", "FilterName", Plain),
            ("pattern", "FilterPattern", Pattern),
            ("log_group_name", "LogGroupName", Group),
            ("metric_transformation", "MetricTransformations", Blocks(Transformations)),
            ("apply_on_transformed_logs", "ApplyOnTransformedLogs", Plain),
            ("field_selection_criteria", "FieldSelectionCriteria", Plain),
            ("emit_system_field_dimensions", "EmitSystemFieldDimensions", Plain),
        ],
    },
    Type {
        terraform: "aws_cloudwatch_metric_alarm",
        kind: "AWS::CloudWatch::Alarm",
        name: Some("alarm_name"),
        arguments: &[
            ("alarm_name", "AlarmName", Plain),
            ("actions_enabled", "ActionsEnabled", Flag("true")),
            ("alarm_actions", "AlarmActions", Actions),
            ("ok_actions", "OKActions", Actions),
            ("insufficient_data_actions", "InsufficientDataActions", Actions),
            ("namespace", "Namespace", Plain),
            ("metric_name", "MetricName", Metric),
            ("dimensions", "Dimensions", Dimensions("Name")),
            ("period", "Period", Count),
            ("statistic", "Statistic", Plain),
            ("extended_statistic", "ExtendedStatistic", Plain),
            ("unit", "Unit", Plain),
            ("threshold", "Threshold", Plain),
            ("threshold_metric_id", "ThresholdMetricId", Plain),
            ("comparison_operator", "ComparisonOperator", Plain),
            ("evaluation_periods", "EvaluationPeriods", Count),
            ("datapoints_to_alarm", "DatapointsToAlarm", Count),
            ("treat_missing_data", "TreatMissingData", Flag("missing")),
            ("evaluate_low_sample_count_percentiles", "EvaluateLowSampleCountPercentile", Plain),
            ("metric_query", "Metrics", Blocks(Queries)),
        ],
    },
    Type {
        terraform: "aws_cloudwatch_composite_alarm",
        kind: "AWS::CloudWatch::CompositeAlarm",
        name: Some("alarm_name"),
        arguments: &[
            ("alarm_name", "AlarmName", Plain),
            ("alarm_rule", "AlarmRule", Plain),
            ("actions_enabled", "ActionsEnabled", Flag("true")),
            ("alarm_actions", "AlarmActions", Actions),
            ("ok_actions", "OKActions", Actions),
            ("insufficient_data_actions", "InsufficientDataActions", Actions),
            ("actions_suppressor", "ActionsSuppressor", Blocks(Suppressor)),
        ],
    },
    Type {
        terraform: "aws_cloudwatch_alarm_mute_rule",
        kind: "AWS::CloudWatch::AlarmMuteRule",
        name: Some("name"),
        arguments: &[
            ("name", "Name", Plain),
            ("mute_targets", "MuteTargets", Blocks(MuteTargets)),
            ("rule", "Rule", Blocks(MuteSchedule)),
            ("start_date", "StartDate", Plain),
            ("expire_date", "ExpireDate", Plain),
        ],
    },
    Type {
        terraform: "aws_sns_topic",
        kind: "AWS::SNS::Topic",
        name: Some("name"),
        arguments: &[
            ("name", "TopicName", Plain),
            ("fifo_topic", "FifoTopic", Flag("false")),
            ("kms_master_key_id", "KmsMasterKeyId", Key),
        ],
    },
    Type {
        terraform: "aws_sns_topic_policy",
        kind: "AWS::SNS::TopicPolicy",
        name: None,
        arguments: &[("arn", "Topics", Topic), ("policy", "PolicyDocument", Policy)],
    },
    Type {
        terraform: "aws_sns_topic_subscription",
        kind: "AWS::SNS::Subscription",
        name: None,
        arguments: &[
            ("topic_arn", "TopicArn", Topic),
            ("protocol", "Protocol", Plain),
            ("endpoint", "Endpoint", Endpoint),
            ("subscription_role_arn", "SubscriptionRoleArn", Plain),
            ("filter_policy", "FilterPolicy", Plain),
            ("filter_policy_scope", "FilterPolicyScope", Plain),
        ],
    },
    Type {
        terraform: "aws_chatbot_slack_channel_configuration",
        kind: "AWS::Chatbot::SlackChannelConfiguration",
        name: None,
        arguments: &[("sns_topic_arns", "SnsTopicArns", Actions)],
    },
    Type {
        terraform: "aws_chatbot_teams_channel_configuration",
        kind: "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
        name: None,
        arguments: &[("sns_topic_arns", "SnsTopicArns", Actions)],
    },
    Type {
        terraform: "aws_kms_key",
        kind: "AWS::KMS::Key",
        name: None,
        arguments: &[
            ("policy", "KeyPolicy", Policy),
            ("is_enabled", "Enabled", Flag("true")),
            ("customer_master_key_spec", "KeySpec", Plain),
        ],
    },
    Type {
        terraform: "aws_kms_alias",
        kind: "AWS::KMS::Alias",
        name: Some("name"),
        arguments: &[("name", "AliasName", Plain), ("target_key_id", "TargetKeyId", Key)],
    },
    Type { terraform: "aws_securityhub_account", kind: "AWS::SecurityHub::Hub", name: None, arguments: &[] },
];

/// Types of awscc, each CloudFormation's own.
pub(super) static AWSCC: [(&str, &str); 15] = [
    ("awscc_cloudtrail_trail", "AWS::CloudTrail::Trail"),
    ("awscc_logs_log_group", "AWS::Logs::LogGroup"),
    ("awscc_logs_metric_filter", "AWS::Logs::MetricFilter"),
    ("awscc_cloudwatch_alarm", "AWS::CloudWatch::Alarm"),
    ("awscc_cloudwatch_composite_alarm", "AWS::CloudWatch::CompositeAlarm"),
    ("awscc_cloudwatch_alarm_mute_rule", "AWS::CloudWatch::AlarmMuteRule"),
    ("awscc_sns_topic", "AWS::SNS::Topic"),
    ("awscc_sns_subscription", "AWS::SNS::Subscription"),
    ("awscc_sns_topic_policy", "AWS::SNS::TopicPolicy"),
    ("awscc_sns_topic_inline_policy", "AWS::SNS::TopicInlinePolicy"),
    ("awscc_chatbot_slack_channel_configuration", "AWS::Chatbot::SlackChannelConfiguration"),
    ("awscc_chatbot_microsoft_teams_channel_configuration", "AWS::Chatbot::MicrosoftTeamsChannelConfiguration"),
    ("awscc_kms_key", "AWS::KMS::Key"),
    ("awscc_kms_alias", "AWS::KMS::Alias"),
    ("awscc_securityhub_hub", "AWS::SecurityHub::Hub"),
];

/// Types that say something of others: the policy of a key, and stacks, which hold templates.
pub(super) const KEY_POLICY: &str = "aws_kms_key_policy";
pub(super) const STACK: &str = "aws_cloudformation_stack";
/// A queue, which a topic that is none of FIFO can deliver to only if the queue is none either.
pub(super) const QUEUE: &str = "aws_sqs_queue";
pub(super) const STACK_SET: &str = "aws_cloudformation_stack_set";
/// Data sources that are read.
pub(super) const IDENTITY: &str = "aws_caller_identity";
pub(super) const REGION: &str = "aws_region";
pub(super) const POLICY_DOCUMENT: &str = "aws_iam_policy_document";

/// Whether something of this mode and type is looked at. Of data sources it must be known of all which were read.
pub(super) fn is_wanted(mode: &str, kind: &str) -> bool {
    mode == "data"
        || find(kind).is_some()
        || of_awscc(kind).is_some()
        || [KEY_POLICY, STACK, STACK_SET, QUEUE].contains(&kind)
}

pub(super) fn find(kind: &str) -> Option<&'static Type> {
    TYPES.iter().find(|known| known.terraform == kind)
}

/// CloudFormation's name of a type of awscc.
pub(super) fn of_awscc(kind: &str) -> Option<&'static str> {
    // Most types are of another provider.
    kind.strip_prefix("awscc_")?;
    AWSCC.iter().find(|(known, _)| *known == kind).map(|(_, name)| *name)
}

/// CloudFormation's name of a type of either provider.
pub(super) fn cloudformation(kind: &str) -> Option<&'static str> {
    find(kind).map(|known| known.kind).or_else(|| of_awscc(kind))
}
