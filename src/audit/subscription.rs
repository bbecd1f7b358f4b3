//! Last link: is there a confirmed subscription that gets the alarm's message, so that somebody is told?

use super::link::Outcome;
use super::log_group::because;
use super::topic;
use crate::finding::{Code, Reason, SubscriptionStep, Warning};
use crate::snapshot::{Snapshot, Subscription, SubscriptionState, Topic};

mod filter_policy;

pub(super) use self::filter_policy::Message;

/// What a topic's subscriptions come to.
pub(super) struct Subscribed {
    pub(super) outcome: Outcome,
    pub(super) warnings: Vec<Warning>,
    pub(super) steps: Vec<SubscriptionStep>,
}

/// Judges a topic's subscriptions for an alarm's message.
pub(super) fn judge(snapshot: &Snapshot, topic: &Topic, message: &Message<'_>) -> Subscribed {
    let name = topic::name(&topic.arn);
    let of = |code, message| Outcome::of(Reason::new(code, &topic.arn, message));
    let Some(subscriptions) = &topic.subscriptions else {
        let why = because(snapshot, "sns:ListSubscriptionsByTopic");
        let outcome = of(Code::SubscriptionUnread, format!("the subscriptions of topic {name} could not be read{why}"));
        return Subscribed { outcome, warnings: Vec::new(), steps: Vec::new() };
    };
    let steps = subscriptions.iter().map(|subscription| step(topic, subscription)).collect();
    let in_state = |state| subscriptions.iter().filter(move |subscription| subscription.state() == state);
    let pending = in_state(SubscriptionState::Pending).count();
    let (outcome, warnings) = if in_state(SubscriptionState::Confirmed).next().is_some() {
        delivery(topic, name, in_state(SubscriptionState::Confirmed), message)
    } else if pending > 0 {
        let (noun, verb) = if pending == 1 { ("subscription", "awaits") } else { ("subscriptions", "await") };
        let message = format!("{pending} {noun} of topic {name} {verb} confirmation, none is confirmed");
        (of(Code::SubscriptionPending, message), None)
    } else if subscriptions.is_empty() {
        (of(Code::SubscriptionNone, format!("nobody is subscribed to topic {name}")), None)
    } else {
        (of(Code::SubscriptionDeleted, format!("all subscriptions of topic {name} are deleted")), None)
    };
    Subscribed { outcome, warnings: warnings.into_iter().collect(), steps }
}

/// Whether one of the confirmed subscriptions gets the message: one is enough, and if none is known to, one whose filter
/// policy was not read or cannot be followed may.
fn delivery<'a>(
    topic: &Topic,
    name: &str,
    confirmed: impl Iterator<Item = &'a Subscription>,
    message: &Message<'_>,
) -> (Outcome, Option<Warning>) {
    let mut doubt = None;
    for subscription in confirmed {
        let what = match &subscription.attributes {
            None => "was not read",
            Some(attributes) => match filter_policy::lets_through(attributes, message) {
                Some(true) => return (Outcome::Whole, None),
                Some(false) => continue,
                None => "cannot be followed",
            },
        };
        doubt = doubt.or(Some(what));
    }
    let alarm = message.alarm_name;
    match doubt {
        Some(what) => {
            let message = format!(
                "whether a subscription of topic {name} gets the messages of alarm {alarm} is not known: its filter policy {what}"
            );
            (Outcome::Whole, Some(Reason::new(Code::SubscriptionFilterUnread, &topic.arn, message)))
        }
        None => {
            let message =
                format!("filter policies keep the messages of alarm {alarm} from every subscription of topic {name}");
            (Outcome::of(Reason::new(Code::SubscriptionFiltered, &topic.arn, message)), None)
        }
    }
}

fn step(topic: &Topic, subscription: &Subscription) -> SubscriptionStep {
    SubscriptionStep {
        topic: topic.arn.clone(),
        protocol: subscription.protocol.clone(),
        endpoint: subscription.endpoint.clone(),
        state: subscription.state(),
    }
}
