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
use crate::arn::TopicArn;

mod action;
mod document;
mod fingerprint;

pub use action::{
    Action, Alarm, Bucket, Change, Endpoint, FunctionPermission, Key, LogGroup, MetricFilter, PolicyUpdate, Role,
    Subscription, Topic, Trail, TrailUpdate,
};
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
