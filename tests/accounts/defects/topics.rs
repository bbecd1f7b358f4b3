//! Defects of the topic, of its policy and of the key that encrypts it.

use cis_audit::finding::Code;
use cis_audit::finding::HubStatus::{self, Failed, Passed, Warning};
use cis_audit::finding::Status::{Fail, Pass, Unknown};
use cis_audit::snapshot::{Subscription, SubscriptionAttributes};

use super::super::builder::{ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, TOPIC};
use super::{Affects, Defect, Expected};

/// A policy that denies everybody to publish.
const DENIES: &str = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*"}]}"#;
/// What SNS makes by itself, and a statement that denies.
const ALLOWS_AND_DENIES: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish"],"Resource":"*","Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}},{"Effect":"Deny","Principal":"*","Action":"sns:*","Resource":"*"}]}"#;
/// A policy that lets the callers of a network publish.
const NETWORK: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish"],"Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}]}"#;
/// A policy whose condition cannot be decided for a service.
const CONDITIONAL: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-1"}}}]}"#;
/// A policy that lets another service publish.
const EVENTS: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}]}"#;
/// The key policy that a key has which a program made: the account's own policies decide, and CloudWatch has none.
pub(crate) const ACCOUNT_ONLY: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;
const KEY_DENIES: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}]}"#;
/// Nothing helps against a statement that denies, whatever the grants are.
const KEY_ONLY_DENIES: &str =
    r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}]}"#;
const KEY_CONDITIONAL: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"sns.ap-northeast-1.amazonaws.com"}}}]}"#;

/// The key is as it should be, but for the change.
macro_rules! key {
    ($key:ident => $change:expr) => {
        |account, _| account.with_topic_key(|$key| $change)
    };
}

pub(super) const TABLE: &[Defect] = &[
    Defect {
        name: "deleted topic",
        apply: |account, _| account.without_topic(),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TopicMissing) },
    },
    Defect {
        name: "deleted topic of one alarm",
        apply: |account, control| {
            let arn = TOPIC.replace("notice", "gone");
            let account = account.with_alarm_action(control, &arn);
            account.with_topic(&arn, |topic| (topic.exists, topic.subscriptions) = (Some(false), None))
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TopicMissing) },
    },
    Defect {
        name: "topic unread",
        apply: |account, _| {
            account.topic(|topic| (topic.exists, topic.policy, topic.subscriptions) = (None, None, None))
        },
        affects: Affects::All,
        expected: Expected::unread(Code::TopicUnread),
    },
    Defect {
        name: "topic not asked about",
        apply: |account, _| account.with(|account| account.topics.clear()),
        affects: Affects::All,
        expected: Expected::unread(Code::TopicUnread),
    },
    Defect {
        name: "topic policy unread",
        apply: |account, _| account.topic(|topic| topic.policy = None),
        affects: Affects::All,
        expected: Expected { cis: Unknown, effective: Unknown, security_hub: Passed, code: Some(Code::TopicUnread) },
    },
    Defect {
        name: "topic of another region",
        apply: |account, control| {
            let arn = TOPIC.replace(REGION, OTHER_REGION);
            let subscription = Subscription {
                arn: format!("{arn}:00000000-0000-4000-8000-000000000001"),
                protocol: "email".into(),
                endpoint: "security@example.com".into(),
                attributes: Some(SubscriptionAttributes::default()),
            };
            let account = account.with_alarm_action(control, &arn);
            account.with_topic(&arn, |topic| topic.subscriptions = Some(vec![subscription]))
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicOtherRegion) },
    },
    Defect {
        name: "unread topic of another region",
        apply: |account, control| account.with_alarm_action(control, &TOPIC.replace(REGION, OTHER_REGION)),
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::TopicOtherRegion),
        },
    },
    Defect {
        name: "unread topic of another account",
        apply: |account, control| account.with_alarm_action(control, &TOPIC.replace(ACCOUNT, OTHER_ACCOUNT)),
        affects: Affects::One,
        expected: Expected { cis: Unknown, effective: Unknown, security_hub: Warning, code: Some(Code::TopicUnread) },
    },
    Defect {
        name: "topic of another account without subscription",
        apply: |account, control| {
            let arn = TOPIC.replace(ACCOUNT, OTHER_ACCOUNT);
            account.with_alarm_action(control, &arn).with_topic(&arn, |_| {})
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::SubscriptionNone) },
    },
    Defect {
        name: "topic policy that allows nothing",
        apply: |account, _| account.with_topic_policy(r#"{"Statement":[]}"#),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicPolicyForbids) },
    },
    Defect {
        name: "topic policy that allows EventBridge",
        apply: |account, _| account.with_topic_policy(EVENTS),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicPolicyForbids) },
    },
    Defect {
        name: "topic policy that denies",
        apply: |account, _| account.with_topic_policy(DENIES),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicPolicyDenies) },
    },
    Defect {
        name: "topic policy that allows and denies",
        apply: |account, _| account.with_topic_policy(ALLOWS_AND_DENIES),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicPolicyDenies) },
    },
    Defect {
        name: "topic policy for one network",
        apply: |account, _| account.with_topic_policy(NETWORK),
        affects: Affects::All,
        expected: Expected {
            cis: Pass,
            effective: Unknown,
            security_hub: Passed,
            code: Some(Code::TopicPolicyUndecided),
        },
    },
    Defect {
        name: "topic policy that cannot be decided",
        apply: |account, _| account.with_topic_policy(CONDITIONAL),
        affects: Affects::All,
        expected: Expected {
            cis: Pass,
            effective: Unknown,
            security_hub: Passed,
            code: Some(Code::TopicPolicyUndecided),
        },
    },
    Defect {
        name: "topic with the AWS managed key",
        apply: |account, _| account.topic(|topic| topic.kms_key_id = Some("alias/aws/sns".into())),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicManagedKey) },
    },
    Defect {
        name: "topic with the ARN of the AWS managed key",
        apply: |account, _| {
            let arn = format!("arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/sns");
            account.topic(|topic| topic.kms_key_id = Some(arn.clone()))
        },
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicManagedKey) },
    },
    Defect {
        name: "topic with the AWS managed key under another alias",
        apply: key!(key => key.manager = Some("AWS".into())),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicManagedKey) },
    },
    Defect {
        name: "topic key not asked about",
        apply: |account, _| account.topic(|topic| topic.kms_key_id = Some("alias/own".into())),
        affects: Affects::All,
        expected: Expected { cis: Pass, effective: Unknown, security_hub: Passed, code: Some(Code::TopicKeyUnread) },
    },
    Defect {
        name: "topic key unread",
        apply: key!(key => key.exists = None),
        affects: Affects::All,
        expected: Expected { cis: Pass, effective: Unknown, security_hub: Passed, code: Some(Code::TopicKeyUnread) },
    },
    Defect {
        name: "topic key missing",
        apply: key!(key => key.exists = Some(false)),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicKeyMissing) },
    },
    Defect {
        name: "topic key disabled",
        apply: key!(key => key.state = Some("Disabled".into())),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicKeyUnusable) },
    },
    Defect {
        name: "topic key pending deletion",
        apply: key!(key => key.state = Some("PendingDeletion".into())),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicKeyUnusable) },
    },
    Defect {
        name: "topic key in an undocumented state",
        apply: key!(key => key.state = Some("Reviving".into())),
        affects: Affects::All,
        expected: Expected { cis: Pass, effective: Unknown, security_hub: Passed, code: Some(Code::TopicKeyUnread) },
    },
    Defect {
        name: "asymmetric topic key",
        apply: key!(key => key.spec = Some("RSA_2048".into())),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicKeyUnusable) },
    },
    Defect {
        name: "topic key of another region",
        apply: key!(key => key.region = OTHER_REGION.into()),
        affects: Affects::All,
        expected: Expected { cis: Pass, effective: Unknown, security_hub: Passed, code: Some(Code::TopicKeyUnread) },
    },
    Defect {
        name: "topic key that only the account may use",
        apply: key!(key => key.policy = Some(ACCOUNT_ONLY.into())),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicKeyForbids) },
    },
    Defect {
        name: "topic key whose policy denies",
        apply: key!(key => key.policy = Some(KEY_DENIES.into())),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicKeyForbids) },
    },
    Defect {
        name: "topic key whose policy denies and whose grants are unread",
        apply: key!(key => (key.policy, key.grants) = (Some(KEY_ONLY_DENIES.into()), None)),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::TopicKeyForbids) },
    },
    Defect {
        name: "topic key whose grants are unread",
        apply: key!(key => (key.policy, key.grants) = (Some(ACCOUNT_ONLY.into()), None)),
        affects: Affects::All,
        expected: Expected { cis: Unknown, effective: Unknown, security_hub: Passed, code: Some(Code::TopicKeyUnread) },
    },
    Defect {
        name: "topic key whose policy is unread",
        apply: key!(key => key.policy = None),
        affects: Affects::All,
        expected: Expected { cis: Pass, effective: Unknown, security_hub: Passed, code: Some(Code::TopicKeyUnread) },
    },
    Defect {
        name: "topic key whose policy cannot be decided",
        apply: key!(key => key.policy = Some(KEY_CONDITIONAL.into())),
        affects: Affects::All,
        expected: Expected {
            cis: Pass,
            effective: Unknown,
            security_hub: Passed,
            code: Some(Code::TopicKeyPolicyUndecided),
        },
    },
];
