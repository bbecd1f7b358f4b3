//! The Plan: everything that a fix does, as a document.
//!
//! It is made by `planner`, shown, saved, compared and carried out, and it is the whole description of
//! what happens: applying it adds nothing. Every resource has its name and its content in full, so
//! that one can be read again before it is written and be recognised afterwards. References between steps are names and
//! ARNs, which are known beforehand; the one exception, a new key's id, is reached through its alias.
//!
//! No step deletes anything, and a step that changes what was there says what it was before.
//!
//! A new kind of step is a variant of [`Action`], for which the compiler asks everywhere but in the tables of
//! `fix::permissions`, which are by name, and in the planner, which has to want it.
//!
//! A saved plan is untrusted: [`Plan::parse`] refuses one whose content is not that of its fingerprint, and what is carried
//! out is always a plan made anew, which the saved one must be equal to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::exceptions::BuiltIn;
use crate::arn::{AlarmArn, Arn, LogGroupArn, TopicArn, TrailArn};
use crate::snapshot::EventSelectors;

mod document;
mod fingerprint;

pub use document::DocumentError;
#[cfg(test)]
pub(crate) use fingerprint::tests::plan as sample;

/// The only version of the document that this program writes and carries out.
pub const SCHEMA_VERSION: u32 = 1;

/// The tag that everything has that a fix creates and that can have tags: it is recognised by it. Its value is the names'
/// prefix.
pub const OWN_TAG: &str = "cis-audit";

/// Days that the events of a new log group are kept.
pub const RETENTION_DAYS: i32 = 365;

/// What a fix does to one account in one region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this document's shape: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What the plan does, as a hash: [`Plan::digest`]. Two plans of one fingerprint do the same.
    pub fingerprint: String,
    /// Subscribers' addresses are masked: the document is to be read, and cannot be applied.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub endpoints_masked: bool,
    /// When the account was read that the plan was made for.
    pub collected_at: Timestamp,
    /// The account that it is for, 12 digits: it is carried out in no other.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The region that was asked for.
    pub region: String,
    /// The benchmark's version whose controls it satisfies.
    pub benchmark: String,
    /// The verdict that they are to pass by: `cis`, `effective`, `security_hub`.
    pub verdict: String,
    /// Ids of the controls that were asked for.
    pub rules: Vec<String>,
    /// Which of them come from rule files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rule_files: Vec<FromFiles>,
    /// What was asked for.
    pub options: Options,
    /// What is done, each step after those that it needs.
    pub steps: Vec<Step>,
    /// What is there already and is used.
    pub reused: Vec<Reused>,
    /// What only a person can do, once the steps are done.
    pub manual: Vec<ManualStep>,
    /// Ids of steps that finish what an earlier run began: what they create is there already, in part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub begun: Vec<String>,
    /// Those whom nothing subscribes, because no control that surely passes has a topic that can be given subscribers.
    pub not_subscribed: Vec<Endpoint>,
    /// Controls that will not pass afterwards, and why nothing is done about it.
    pub not_planned: Vec<NotPlanned>,
}

impl Plan {
    /// The benchmark's version, where any of the controls is the benchmark's, and whether any is not.
    #[must_use]
    pub fn scope(&self) -> (Option<&str>, bool) {
        let own: usize = self.rule_files.iter().map(|from| from.own.len()).sum();
        ((own == 0 || own < self.rules.len()).then_some(&*self.benchmark), own > 0)
    }
}

/// Controls that come from one directory of rule files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FromFiles {
    /// The directory, as it was given.
    pub directory: String,
    /// Their ids.
    pub rules: Vec<String>,
    /// Ids of those among them that are not the benchmark's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<String>,
}

/// What the user asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Whom to subscribe.
    #[serde(default)]
    pub subscribe: Vec<Endpoint>,
    /// ARN of the topic that new alarms notify.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicArn>,
    /// Name of the log group that a trail without one delivers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_group: Option<String>,
    /// What names of new resources begin with.
    pub name_prefix: String,
    /// Namespace of new metrics.
    pub namespace: String,
    /// Namespace of new metrics of controls that are not the benchmark's, where that does not follow from `namespace`:
    /// only while a template is planned.
    #[serde(skip)]
    pub own_namespace: Option<String>,
    /// Period of new alarms in seconds.
    pub alarm_period: i32,
    /// The key (id, ARN or alias) that encrypts a new topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_kms_key: Option<String>,
    /// Tags of everything that is created, in addition to this program's own.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Existing trails may be changed.
    #[serde(default)]
    pub allow_update: bool,
    /// Events that new metric filters leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<BuiltIn>,
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

/// One change of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Kind and name, unique in the plan: `alarm/cis-audit-root-usage`.
    pub id: String,
    /// Ids of the steps that must be done before.
    pub after: Vec<String>,
    /// Numbers of the controls that it is for.
    pub rules: Vec<String>,
    /// What is done.
    #[serde(flatten)]
    pub action: Action,
}

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

/// Something that is there and is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reused {
    /// What it is.
    pub kind: ReusedKind,
    /// ARN or name; of a subscription the protocol and the masked address.
    pub resource: String,
}

/// Kinds of what is used, in the order of their words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReusedKind {
    /// An alarm.
    Alarm,
    /// A log group.
    #[serde(rename = "log group")]
    LogGroup,
    /// A metric filter.
    #[serde(rename = "metric filter")]
    MetricFilter,
    /// A subscription.
    Subscription,
    /// A topic.
    Topic,
    /// A trail.
    Trail,
}

impl ReusedKind {
    /// What people call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trail => "trail",
            Self::LogGroup => "log group",
            Self::MetricFilter => "metric filter",
            Self::Alarm => "alarm",
            Self::Topic => "topic",
            Self::Subscription => "subscription",
        }
    }
}

/// What only a person can do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManualStep {
    /// Numbers of the controls that wait for it.
    pub rules: Vec<String>,
    /// The reason code of what stays broken until then.
    pub code: String,
    /// What to do: a sentence, lower case, no full stop.
    pub what: String,
}

/// A control that will not pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotPlanned {
    /// Numbers of the controls.
    pub rules: Vec<String>,
    /// The reason code of what is broken or unread.
    pub code: String,
    /// Why nothing is done about it, and what would let it be done: a sentence, lower case, no full stop.
    pub why: String,
}

impl Plan {
    /// Nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
