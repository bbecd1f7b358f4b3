//! What a step of a plan does, and the resources that it makes or changes, each with its content in full. References between
//! them are names and ARNs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::arn::{AlarmArn, Arn, LogGroupArn, TopicArn, TrailArn};
use crate::snapshot::EventSelectors;

/// What a step does. `Create…` makes what does not exist; the others change one thing of what does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action", content = "resource")]
pub enum Action {
    /// `kms:CreateKey`, `kms:EnableKeyRotation`, `kms:CreateAlias`; `kms:ScheduleKeyDeletion` of a key that a run at
    /// the same time left of no use.
    CreateKey(Key),
    /// `s3:CreateBucket`, `s3:PutBucketPublicAccessBlock`, `s3:PutBucketPolicy`.
    CreateBucket(Bucket),
    /// `iam:CreateRole`, `iam:PutRolePolicy`.
    CreateRole(Role),
    /// `logs:CreateLogGroup`, `logs:PutRetentionPolicy`.
    CreateLogGroup(LogGroup),
    /// `cloudtrail:CreateTrail`, `cloudtrail:StartLogging`.
    CreateTrail(Trail),
    /// `cloudtrail:UpdateTrail`, `cloudtrail:PutEventSelectors`, `cloudtrail:StartLogging`, if needed.
    UpdateTrail(TrailUpdate),
    /// `sns:CreateTopic`.
    CreateTopic(Topic),
    /// `sns:SetTopicAttributes` `Policy`: a statement more.
    AllowPublish(PolicyUpdate<TopicArn>),
    /// `sqs:SetQueueAttributes` `Policy`: a statement more.
    AllowQueue(PolicyUpdate),
    /// `lambda:AddPermission`.
    AllowFunction(FunctionPermission),
    /// `sns:Subscribe`.
    Subscribe(Subscription),
    /// `logs:PutMetricFilter`.
    CreateMetricFilter(MetricFilter),
    /// `cloudwatch:PutMetricAlarm`.
    CreateAlarm(Alarm),
}

impl Action {
    /// What it is about: the ARN, or where that is not known beforehand the name.
    #[must_use]
    pub fn resource(&self) -> &str {
        match self {
            Self::CreateKey(key) => &key.alias,
            Self::CreateBucket(bucket) => &bucket.name,
            Self::CreateRole(role) => &role.arn,
            Self::CreateLogGroup(group) => &group.arn,
            Self::CreateTrail(trail) => &trail.arn,
            Self::UpdateTrail(update) => &update.arn,
            Self::CreateTopic(topic) => &topic.arn,
            Self::AllowPublish(update) => &update.arn,
            Self::AllowQueue(update) => &update.arn,
            Self::AllowFunction(permission) => &permission.function_arn,
            Self::Subscribe(subscription) => &subscription.topic_arn,
            Self::CreateMetricFilter(filter) => &filter.name,
            Self::CreateAlarm(alarm) => &alarm.arn,
        }
    }

    /// Where it is done. `None`: a role has no region, nor has what is no ARN.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        let region_in = |arn| Arn::parse(arn).map(|arn| arn.region).filter(|region| !region.is_empty());
        match self {
            Self::CreateKey(key) => Some(&key.region),
            Self::CreateBucket(bucket) => Some(&bucket.region),
            Self::CreateRole(_) => None,
            Self::CreateLogGroup(group) => group.arn.region(),
            Self::CreateTrail(trail) => trail.arn.region(),
            Self::UpdateTrail(update) => update.arn.region(),
            Self::CreateTopic(topic) => topic.arn.region(),
            Self::AllowPublish(update) => update.arn.region(),
            Self::AllowQueue(update) => region_in(&update.arn),
            Self::AllowFunction(permission) => region_in(&permission.function_arn),
            Self::Subscribe(subscription) => subscription.topic_arn.region(),
            Self::CreateMetricFilter(filter) => filter.log_group_arn.region(),
            Self::CreateAlarm(alarm) => alarm.arn.region(),
        }
    }
}

/// A key that encrypts a trail's files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The region that it is made in.
    pub region: String,
    /// `alias/…`: its id is not known beforehand.
    pub alias: String,
    /// `Description`.
    pub description: String,
    /// `Policy`, as JSON text.
    pub policy: String,
    /// `Tags`.
    pub tags: BTreeMap<String, String>,
}

/// A bucket for a trail's files: no public access, SSE-S3 as S3 does by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// The region that it is made in.
    pub region: String,
    /// Its name.
    pub name: String,
    /// The bucket's policy, as JSON text.
    pub policy: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A role for a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// `RoleName`.
    pub name: String,
    /// `arn:…:iam::ACCOUNT:role/NAME`.
    pub arn: String,
    /// `Description`.
    pub description: String,
    /// `AssumeRolePolicyDocument`, as JSON text.
    pub trust: String,
    /// `PolicyName` of its one inline policy.
    pub policy_name: String,
    /// `PolicyDocument` of it, as JSON text.
    pub policy: String,
    /// `Tags`.
    pub tags: BTreeMap<String, String>,
}

/// A log group of class `STANDARD`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogGroup {
    /// `arn:…:logs:REGION:ACCOUNT:log-group:NAME`.
    pub arn: LogGroupArn,
    /// Days that events are kept.
    pub retention_days: i32,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A multi-region trail of all management events, with file validation, that is started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// `arn:…:cloudtrail:REGION:ACCOUNT:trail/NAME`.
    pub arn: TrailArn,
    /// `S3BucketName`.
    pub bucket: String,
    /// `KmsKeyId`: an alias.
    pub key: String,
    /// ARN of the log group, without `:*`.
    pub log_group_arn: LogGroupArn,
    /// ARN of the role with which CloudTrail writes there.
    pub role_arn: String,
    /// `TagsList`.
    pub tags: BTreeMap<String, String>,
}

/// What is changed of an existing trail; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailUpdate {
    /// ARN of the trail.
    pub arn: TrailArn,
    /// `IsMultiRegionTrail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_region: Option<Change<bool>>,
    /// `IncludeGlobalServiceEvents`, without which a trail cannot be multi-region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global_events: Option<Change<bool>>,
    /// `IsLogging`: the trail is started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logging: Option<Change<bool>>,
    /// `CloudWatchLogsLogGroupArn`, without `:*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_group_arn: Option<Change<Option<LogGroupArn>>>,
    /// `CloudWatchLogsRoleArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<Change<Option<String>>>,
    /// The event selectors, as a saved account has them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::document::strictly")]
    pub selectors: Option<Change<EventSelectors>>,
}

/// A field's value before and after, which is of another kind where it may have been absent before only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change<T, U = T> {
    /// What was read when the plan was made.
    pub from: T,
    /// What it becomes.
    pub to: U,
}

/// A standard topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// `arn:…:sns:REGION:ACCOUNT:NAME`.
    pub arn: TopicArn,
    /// `Policy`, as JSON text.
    pub policy: String,
    /// `KmsMasterKeyId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `Tags`.
    pub tags: BTreeMap<String, String>,
}

/// A resource's policy, with a statement more. `A`: how its ARN is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyUpdate<A = String> {
    /// ARN of the topic or queue.
    pub arn: A,
    /// ARN of the topic that the statement is about: the one whose policy it is, or that delivers to the queue.
    pub topic_arn: TopicArn,
    /// The statement that is added, as JSON text.
    pub statement: String,
    /// The whole policy before, as JSON text, and after; it was `None` where the resource had none.
    pub policy: Change<Option<String>, String>,
}

/// A statement of a Lambda function's policy: a topic may invoke it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionPermission {
    /// ARN of the function.
    pub function_arn: String,
    /// `StatementId`.
    pub statement_id: String,
    /// `SourceArn`: the topic.
    pub topic_arn: TopicArn,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// `TopicArn`.
    pub topic_arn: TopicArn,
    /// Whom.
    pub endpoint: Endpoint,
}

/// A subscriber to notify: protocol and address as SNS takes them (`Subscribe`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// `email`, `https`, `sms`, `sqs`, `lambda`.
    pub protocol: String,
    /// The address, URL, telephone number or ARN.
    pub address: String,
}

/// A metric filter that counts 1 for each event that it matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricFilter {
    /// ARN of the log group.
    pub log_group_arn: LogGroupArn,
    /// `filterName`.
    pub name: String,
    /// `filterPattern`.
    pub pattern: String,
    /// `metricNamespace`.
    pub namespace: String,
    /// `metricName`.
    pub metric: String,
}

/// An alarm that any one event of a period brings to ALARM: `Sum` >= 1 in one period, missing data not breaching.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// `arn:…:cloudwatch:REGION:ACCOUNT:alarm:NAME`.
    pub arn: AlarmArn,
    /// `AlarmDescription`.
    pub description: String,
    /// `Namespace`.
    pub namespace: String,
    /// `MetricName`.
    pub metric: String,
    /// `Period` in seconds.
    pub period: i32,
    /// `AlarmActions`: the topic.
    pub topic_arn: TopicArn,
    /// `Tags`.
    pub tags: BTreeMap<String, String>,
}
