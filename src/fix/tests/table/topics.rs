//! What is planned where a topic is wrong, or nobody is subscribed to it.

use super::*;

#[test]
fn defects_of_the_topic_have_their_plans() {
    insta::assert_snapshot!(outlines_of("topics", &sms_subscriber()), @"
    deleted topic
      topic/notice 14
      subscription/notice/sms-1 14
    deleted topic of one alarm
      topic/gone 1
      subscription/notice/sms-1 13
      subscription/gone/sms-1 1
    topic of another region
      subscription/notice/sms-1 1
      alarm/cis-audit-iam-policy-changes 1
    unread topic of another region
      subscription/notice/sms-1 1
      alarm/cis-audit-iam-policy-changes 1
    topic of another account without subscription
      subscription/notice/sms-1 13
      manual subscription.none: ask the owner of topic notice, account 999999999999, to add a subscriber
    topic policy that allows nothing
      topic-policy/notice 14
      subscription/notice/sms-1 14
    topic policy that allows EventBridge
      topic-policy/notice 14
      subscription/notice/sms-1 14
    topic policy that denies
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic policy that allows and denies
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic with the AWS managed key
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic with the ARN of the AWS managed key
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic with the AWS managed key under another alias
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic key missing
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic key disabled
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic key pending deletion
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    asymmetric topic key
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic key that only the account may use
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic key whose policy denies
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic key whose policy denies and whose grants are unread
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    ");
}

#[test]
fn defects_of_the_subscription_have_their_plans() {
    insta::assert_snapshot!(outlines_of("subscriptions", &sms_subscriber()), @"
    no subscription
      subscription/notice/sms-1 14
    pending subscription
      subscription/notice/sms-1 14
    pending subscription that has an ARN
      subscription/notice/sms-1 14
    subscription with the words pending confirmation
      subscription/notice/sms-1 14
    deleted and pending subscriptions
      subscription/notice/sms-1 14
    deleted subscription
      subscription/notice/sms-1 14
    filter policy of a message attribute
      subscription/notice/sms-1 14
    filter policy of messages about OK
      subscription/notice/sms-1 14
    filter policy of other alarms' names
      subscription/notice/sms-1 8
    FIFO queue at a standard topic
      subscription/notice/sms-1 14
    email address at a FIFO topic
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    ");
}

#[test]
fn without_a_subscriber_to_add_the_steps_are_manual() {
    insta::assert_snapshot!(outlines_of("subscriptions", &Options::default()), @"
    no subscription
      manual subscription.none: add a subscriber to topic notice: --subscribe email:ADDRESS
    pending subscription
      manual subscription.pending: open the email to se***@example.com and confirm
    pending subscription that has an ARN
      manual subscription.pending: open the email to se***@example.com and confirm
    subscription with the words pending confirmation
      manual subscription.pending: open the email to se***@example.com and confirm
    deleted and pending subscriptions
      manual subscription.pending: open the email to la***@example.com and confirm
    deleted subscription
      manual subscription.deleted: add a subscriber to topic notice: --subscribe email:ADDRESS
    filter policy of a message attribute
      manual subscription.filtered: remove the filter policies that keep alarms' messages from every subscription of topic notice, or subscribe somebody: --subscribe email:ADDRESS
    filter policy of messages about OK
      manual subscription.filtered: remove the filter policies that keep alarms' messages from every subscription of topic notice, or subscribe somebody: --subscribe email:ADDRESS
    filter policy of other alarms' names
      manual subscription.filtered: remove the filter policies that keep alarms' messages from every subscription of topic notice, or subscribe somebody: --subscribe email:ADDRESS
    FIFO queue at a standard topic
      manual subscription.dead_end: add a subscriber to topic notice: --subscribe email:ADDRESS
    email address at a FIFO topic
      topic/cis-audit-alerts 14
      14 of alarm
      manual subscription.none: add a subscriber to topic cis-audit-alerts: --subscribe email:ADDRESS
    ");
    let of_another_account = ["topic of another account without subscription"];
    insta::assert_snapshot!(outlines(of_another_account, &Options::default(), Verdict::Cis), @"
    topic of another account without subscription
      manual subscription.none: ask the owner of topic notice, account 999999999999, to add a subscriber
    ");
}
