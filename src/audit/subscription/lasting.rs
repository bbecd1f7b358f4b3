//! Whether a subscription lasts: the link at the end of every mail ends one that was confirmed without credentials,
//! even if a mail scanner follows it (SNS API reference, `ConfirmSubscription`, `AuthenticateOnUnsubscribe`). Nothing
//! is broken until that happens, so it decides no verdict.

use crate::finding::facts::TopicProblem;
use crate::finding::{Facts, Reason, Warning};
use crate::snapshot::{Subscription, Topic};

/// The confirmed subscriptions by mail that are not shown to be confirmed with authentication.
pub(super) fn note(topic: &Topic, confirmed: &[&Subscription]) -> Option<Warning> {
    let may_be_ended = |subscription: &&&Subscription| {
        let is_authenticated =
            subscription.attributes.as_ref().and_then(|attributes| attributes.confirmation_was_authenticated);
        matches!(subscription.protocol.as_str(), "email" | "email-json") && is_authenticated != Some(true)
    };
    let count = confirmed.iter().filter(may_be_ended).count();
    (count > 0).then(|| Reason::new(Facts::topic(&topic.arn, TopicProblem::NotLasting { count })))
}
