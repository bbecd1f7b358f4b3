//! Last link: is there a confirmed subscription, so that somebody gets the message?

use super::link::Outcome;
use super::log_group::because;
use crate::arn::Arn;
use crate::finding::{Code, Reason, SubscriptionStep};
use crate::snapshot::{Snapshot, Subscription, SubscriptionState, Topic};

/// Judges a topic's subscriptions.
pub(super) fn judge(snapshot: &Snapshot, topic: &Topic) -> (Outcome, Vec<SubscriptionStep>) {
    let name = Arn::parse(&topic.arn).map_or(topic.arn.as_str(), |arn| arn.resource);
    let of = |code, message| Outcome::of(Reason::new(code, &topic.arn, message));
    let Some(subscriptions) = &topic.subscriptions else {
        let why = because(snapshot, "sns:ListSubscriptionsByTopic");
        return (
            of(Code::SubscriptionUnread, format!("the subscriptions of topic {name} could not be read{why}")),
            Vec::new(),
        );
    };
    let count = |state| subscriptions.iter().filter(|subscription| subscription.state() == state).count();
    let pending = count(SubscriptionState::Pending);
    let outcome = if count(SubscriptionState::Confirmed) > 0 {
        Outcome::Whole
    } else if pending > 0 {
        let (noun, verb) = if pending == 1 { ("subscription", "awaits") } else { ("subscriptions", "await") };
        of(
            Code::SubscriptionPending,
            format!("{pending} {noun} of topic {name} {verb} confirmation, none is confirmed"),
        )
    } else if subscriptions.is_empty() {
        of(Code::SubscriptionNone, format!("nobody is subscribed to topic {name}"))
    } else {
        of(Code::SubscriptionDeleted, format!("all subscriptions of topic {name} are deleted"))
    };
    (outcome, subscriptions.iter().map(|subscription| step(topic, subscription)).collect())
}

fn step(topic: &Topic, subscription: &Subscription) -> SubscriptionStep {
    SubscriptionStep {
        topic: topic.arn.clone(),
        protocol: subscription.protocol.clone(),
        endpoint: subscription.endpoint.clone(),
        state: subscription.state(),
    }
}
