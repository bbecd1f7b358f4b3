//! Subscriptions: what one row of the table of defects cannot show.

use crate::scenario::{EVERYWHERE, FAKE, check};
use crate::support::account::{Account, Subscription, SubscriptionState};
use crate::support::report::{all_fail, all_pass};
use crate::support::seed::MAILBOX;

/// The reader of the report must see whom to ask, though not the whole address.
#[test]
fn a_pending_subscription_is_shown_with_its_address_masked() {
    let change = |account: &mut Account| account.topic().subscriptions[0].state = SubscriptionState::Pending;
    let report = check(EVERYWHERE, change, &all_fail("subscription.pending"));
    let finding = report.finding("3.1");
    assert_eq!(finding.chain["subscriptions"][0]["state"], "pending");
    let endpoint = &finding.chain["subscriptions"][0]["endpoint"];
    assert_ne!(endpoint, MAILBOX, "addresses are masked unless asked for");
}

/// SNS says how it was confirmed, in addition to what the audit asks already; the verdict is the same.
#[test]
fn a_subscription_that_anybody_can_end_is_noted() {
    for (value, noted) in [(Some("true"), false), (Some("false"), true), (None, true)] {
        let change = |account: &mut Account| {
            let attributes = &mut account.topic().subscriptions[0].attributes;
            attributes.extend(value.map(|value| ("ConfirmationWasAuthenticated".to_owned(), value.to_owned())));
        };
        let report = check(FAKE, change, &all_pass());
        assert_eq!(report.finding("3.4").note_codes().contains("subscription.not_lasting"), noted, "{value:?}");
    }
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
