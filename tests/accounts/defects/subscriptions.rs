//! Defects of the subscriptions: nobody receives what alarms publish to the topic.

use cis_audit::finding::Code;
use cis_audit::finding::HubStatus::{self, Failed, Passed};
use cis_audit::finding::Status::{Fail, Pass, Unknown};
use cis_audit::snapshot::{Subscription, SubscriptionAttributes, Topic};

use super::{Affects, Defect, Expected};

pub(super) const TABLE: &[Defect] = &[
    Defect {
        name: "no subscription",
        apply: |account, _| account.without_subscriptions(),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::SubscriptionNone) },
    },
    Defect {
        name: "pending subscription",
        apply: |account, _| account.with_pending_subscription(),
        affects: Affects::All,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::SubscriptionPending),
        },
    },
    Defect {
        name: "pending subscription that has an ARN",
        apply: |account, _| {
            account.subscription(|subscription| {
                let pending_confirmation = true;
                subscription.attributes =
                    Some(SubscriptionAttributes { pending_confirmation, ..SubscriptionAttributes::default() });
            })
        },
        affects: Affects::All,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::SubscriptionPending),
        },
    },
    Defect {
        name: "subscription with the words pending confirmation",
        apply: |account, _| account.subscription(|subscription| subscription.arn = "pending confirmation".into()),
        affects: Affects::All,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::SubscriptionPending),
        },
    },
    Defect {
        name: "deleted and pending subscriptions",
        apply: |account, _| {
            let pending = |topic: &mut Topic| {
                let all = topic.subscriptions.get_or_insert_default();
                let second = all.first().cloned().map(|first| Subscription {
                    arn: "PendingConfirmation".into(),
                    endpoint: "late@example.com".into(),
                    ..first
                });
                all.extend(second);
            };
            account.with_deleted_subscription().topic(pending)
        },
        affects: Affects::All,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::SubscriptionPending),
        },
    },
    Defect {
        name: "deleted subscription",
        apply: |account, _| account.with_deleted_subscription(),
        affects: Affects::All,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::SubscriptionDeleted),
        },
    },
    Defect {
        name: "subscriptions unread",
        apply: |account, _| account.with_unread_subscriptions(),
        affects: Affects::All,
        expected: Expected::unread(Code::SubscriptionUnread),
    },
    Defect {
        name: "filter policy of a message attribute",
        apply: |account, _| account.with_filter_policy(r#"{"severity":["high"]}"#, None),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::SubscriptionFiltered) },
    },
    Defect {
        name: "filter policy of messages about OK",
        apply: |account, _| account.with_filter_policy(r#"{"NewStateValue":["OK"]}"#, Some("MessageBody")),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::SubscriptionFiltered) },
    },
    Defect {
        name: "filter policy of other alarms' names",
        apply: |account, _| account.with_filter_policy(r#"{"AlarmName":[{"prefix":"Notice-"}]}"#, Some("MessageBody")),
        affects: Affects::Some,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::SubscriptionFiltered) },
    },
    Defect {
        name: "filter policy that cannot be decided",
        apply: |account, _| account.with_filter_policy(r#"{"OldStateValue":["OK"]}"#, Some("MessageBody")),
        affects: Affects::All,
        expected: Expected {
            cis: Pass,
            effective: Unknown,
            security_hub: Passed,
            code: Some(Code::SubscriptionFilterUnread),
        },
    },
    Defect {
        name: "filter policy unread",
        apply: |account, _| account.subscription(|subscription| subscription.attributes = None),
        affects: Affects::All,
        expected: Expected {
            cis: Pass,
            effective: Unknown,
            security_hub: Passed,
            code: Some(Code::SubscriptionFilterUnread),
        },
    },
    Defect {
        name: "FIFO queue at a standard topic",
        apply: |account, _| account.with_queue("q.fifo"),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::SubscriptionDeadEnd) },
    },
    Defect {
        name: "email address at a FIFO topic",
        apply: |account, _| account.topic(|topic| topic.is_fifo = true),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::SubscriptionDeadEnd) },
    },
];
