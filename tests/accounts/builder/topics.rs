//! Topics, the key that encrypts them, and their subscriptions.

use cis_audit::arn::TopicArn;
use cis_audit::snapshot::{Key, Subscription, SubscriptionAttributes, Topic};

use super::{ACCOUNT, AccountBuilder, KEY_ALIAS, REGION};

impl AccountBuilder {
    pub(crate) fn topic(mut self, change: impl FnMut(&mut Topic)) -> Self {
        Self::each(self.is_tolerant, "topic", self.account.topics.iter_mut(), change);
        self
    }

    /// The topic is gone: nothing is there but its name in the alarms.
    pub(crate) fn without_topic(self) -> Self {
        self.topic(|topic| (topic.exists, topic.policy, topic.subscriptions) = (Some(false), None, None))
    }

    pub(crate) fn with_topic_policy(self, policy: &str) -> Self {
        self.topic(|topic| topic.policy = Some(policy.into()))
    }

    /// One more topic, which notifies as the seed's does, without subscribers. One that is there already stays.
    pub(crate) fn with_topic(mut self, arn: &str, change: impl FnOnce(&mut Topic)) -> Self {
        let arn = TopicArn::from(arn);
        let mut topic = Topic {
            arn,
            exists: Some(true),
            policy: None,
            kms_key_id: None,
            is_fifo: false,
            subscriptions: Some(Vec::new()),
        };
        change(&mut topic);
        if self.account.topic(&topic.arn).is_none() {
            self.account.topics.push(topic);
        }
        self
    }

    /// The topic is encrypted with a key of the customer's own, which CloudWatch may use, but for the change.
    pub(crate) fn with_topic_key(self, change: impl FnOnce(&mut Key)) -> Self {
        let mut key = Key {
            region: REGION.into(),
            id: format!("arn:aws:kms:{REGION}:{ACCOUNT}:{KEY_ALIAS}"),
            exists: Some(true),
            arn: Some(format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab")),
            manager: Some("CUSTOMER".into()),
            state: Some("Enabled".into()),
            spec: Some("SYMMETRIC_DEFAULT".into()),
            policy: Some(r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*"}]}"#.into()),
            grants: Some(Vec::new()),
        };
        change(&mut key);
        self.topic(|topic| topic.kms_key_id = Some(KEY_ALIAS.into())).with(|account| account.keys = vec![key])
    }

    pub(crate) fn subscription(mut self, change: impl FnMut(&mut Subscription)) -> Self {
        let subscriptions = self.account.topics.iter_mut().flat_map(|topic| topic.subscriptions.iter_mut().flatten());
        Self::each(self.is_tolerant, "subscription", subscriptions, change);
        self
    }

    pub(crate) fn without_subscriptions(self) -> Self {
        self.topic(|topic| topic.subscriptions = topic.subscriptions.as_ref().map(|_| Vec::new()))
    }

    pub(crate) fn with_unread_subscriptions(self) -> Self {
        self.topic(|topic| topic.subscriptions = None)
    }

    /// The subscription awaits confirmation.
    pub(crate) fn with_pending_subscription(self) -> Self {
        self.subscription(|subscription| subscription.arn = "PendingConfirmation".into())
    }

    /// The subscription was deleted.
    pub(crate) fn with_deleted_subscription(self) -> Self {
        self.subscription(|subscription| subscription.arn = "Deleted".into())
    }

    /// The subscription is a queue's.
    pub(crate) fn with_queue(self, name: &str) -> Self {
        self.subscription(|subscription| {
            subscription.protocol = "sqs".into();
            subscription.endpoint = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}");
        })
    }

    /// The subscription has a filter policy, of message attributes or of the message's body.
    pub(crate) fn with_filter_policy(self, policy: &str, scope: Option<&str>) -> Self {
        self.subscription(|subscription| {
            subscription.attributes = Some(SubscriptionAttributes {
                filter_policy: Some(policy.into()),
                filter_policy_scope: scope.map(Into::into),
                ..SubscriptionAttributes::default()
            });
        })
    }
}
