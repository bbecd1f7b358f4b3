//! Topics and their subscriptions, as SNS says it: whether a message would arrive is not for here.

use serde::{Deserialize, Serialize};

use super::absent::is_false;
use crate::arn::{Arn, TopicArn};

/// An SNS topic that an alarm action names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    /// `TopicArn`.
    pub arn: TopicArn,
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

    /// The key that encrypts messages, as the ARN of an alias or a key. A name or id alone is of the topic's own
    /// partition, region and account, no matter who reads it.
    #[must_use]
    pub fn key_arn(&self) -> Option<String> {
        let id = self.kms_key_id.as_deref()?;
        Some(topic_key_arn(&self.arn, id))
    }

    /// The alias alone says that the key is an AWS managed one: no one else may use that prefix.
    #[must_use]
    pub fn names_managed_key(&self) -> bool {
        let id = self.kms_key_id.as_deref().unwrap_or_default();
        Arn::parse(id).map_or(id, |arn| arn.resource).starts_with("alias/aws/")
    }
}

/// ARN of the key, or of its alias, that encrypts a topic, from the id, alias or ARN that the topic names it by.
#[must_use]
pub fn topic_key_arn(topic: &TopicArn, id: &str) -> String {
    match (topic.partition(), topic.region(), topic.account()) {
        (Some(partition), Some(region), Some(account)) if Arn::parse(id).is_none() => {
            let kind = if id.starts_with("alias/") { "" } else { "key/" };
            format!("arn:{partition}:kms:{region}:{account}:{kind}{id}")
        }
        _ => id.to_owned(),
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

/// What `GetSubscriptionAttributes` says that decides whether an alarm's message is delivered, and who may end that.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionAttributes {
    /// `PendingConfirmation`: an ARN can be had before the subscriber has confirmed (`Subscribe` with
    /// `ReturnSubscriptionArn`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub pending_confirmation: bool,
    /// `FilterPolicy`, as JSON text: only messages that match it are delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_policy: Option<String>,
    /// `FilterPolicyScope`: `MessageAttributes` (also when absent) or `MessageBody`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_policy_scope: Option<String>,
    /// `ConfirmationWasAuthenticated`: whether it was confirmed with credentials, not by a mail's link. `None`: not stated, or
    /// saved by a version that did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation_was_authenticated: Option<bool>,
}

/// Whether a subscription gets messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionState {
    /// It has an ARN: messages are delivered.
    Confirmed,
    /// It is not confirmed yet: nothing is delivered.
    Pending,
    /// It is gone.
    Deleted,
}

impl SubscriptionState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Confirmed, Self::Pending, Self::Deleted];

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Pending => "pending",
            Self::Deleted => "deleted",
        }
    }
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
