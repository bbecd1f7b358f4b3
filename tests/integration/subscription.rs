//! Does the alarm's topic exist, and does it notify anyone?

use crate::scenario::{EVERYWHERE, FAKE, check};
use crate::support::account::{Account, Subscription, SubscriptionState, Topic};
use crate::support::report::{all_fail, all_pass, fails};
use crate::support::seed::{MAILBOX, REGION};

#[test]
fn a_deleted_topic() {
    let change = |account: &mut Account| account.region(REGION).topics.clear();
    check(EVERYWHERE, change, &all_fail("topic.missing"));
}

#[test]
fn a_topic_that_only_one_alarm_names_breaks_only_its_rule() {
    let change = |account: &mut Account| {
        let gone = account.topic_arn(REGION, "gone");
        account.alarm("3.9").alarm_actions = vec![gone];
    };
    check(EVERYWHERE, change, &fails(&["3.9"], "topic.missing"));
}

#[test]
fn a_topic_under_the_key_that_cloudwatch_cannot_use() {
    let change = |account: &mut Account| {
        let attributes = &mut account.topic().attributes;
        attributes.insert("KmsMasterKeyId".into(), "alias/aws/sns".into());
    };
    check(EVERYWHERE, change, &all_fail("topic.managed_key"));
}

#[test]
fn nobody_subscribed() {
    let change = |account: &mut Account| account.topic().subscriptions.clear();
    check(EVERYWHERE, change, &all_fail("subscription.none"));
}

#[test]
fn an_unconfirmed_subscription_notifies_nobody() {
    let change = |account: &mut Account| account.topic().subscriptions[0].state = SubscriptionState::Pending;
    let report = check(EVERYWHERE, change, &all_fail("subscription.pending"));
    // The article's own warning: the reader of the report must see whom to ask, though not the whole address.
    let finding = report.finding("3.1");
    assert_eq!(finding.chain["subscriptions"][0]["state"], "pending");
    let endpoint = &finding.chain["subscriptions"][0]["endpoint"];
    assert_ne!(endpoint, MAILBOX, "addresses are masked unless asked for");
}

/// SNS says how it was confirmed, in addition to what the audit asks already; the verdict is the same.
#[test]
fn a_subscription_that_anybody_can_end_is_noted() {
    for (said, noted) in [(Some("true"), false), (Some("false"), true), (None, true)] {
        let change = |account: &mut Account| {
            let attributes = &mut account.topic().subscriptions[0].attributes;
            attributes.extend(said.map(|said| ("ConfirmationWasAuthenticated".to_owned(), said.to_owned())));
        };
        let report = check(FAKE, change, &all_pass());
        assert_eq!(report.finding("3.4").note_codes().contains("subscription.not_lasting"), noted, "{said:?}");
    }
}

#[test]
fn a_deleted_subscription_notifies_nobody() {
    let change = |account: &mut Account| account.topic().subscriptions[0].state = SubscriptionState::Deleted;
    check(EVERYWHERE, change, &all_fail("subscription.deleted"));
}

#[test]
fn one_confirmed_subscription_among_pending_ones_is_enough() {
    let change = |account: &mut Account| {
        let late = Subscription::email("late@example.com", SubscriptionState::Pending);
        account.topic().subscriptions.insert(0, late);
    };
    check(EVERYWHERE, change, &all_pass());
}

#[test]
fn the_hundred_and_first_subscription_is_found() {
    let change = |account: &mut Account| {
        let pending =
            (0..100).map(|number| Subscription::email(&format!("{number}@example.com"), SubscriptionState::Pending));
        account.topic().subscriptions.splice(0..0, pending);
    };
    check(FAKE, change, &all_pass());
}

#[test]
fn every_action_of_the_alarm_is_looked_at() {
    let change = |account: &mut Account| {
        let silent = account.topic_arn(REGION, "silent");
        account.region(REGION).topics.push(Topic::new("silent", Vec::new()));
        account.alarm("3.4").alarm_actions.insert(0, silent);
    };
    check(EVERYWHERE, change, &all_pass());
}
