//! Last link: is there a confirmed subscription that gets the alarm's message, so that somebody is told?

use super::indexed::Indexed;
use super::link::Outcome;
use super::log_group::because;
use super::topic;
use crate::arn::Arn;
use crate::finding::{Code, Reason, SubscriptionStep, Warning};
use crate::snapshot::{Subscription, SubscriptionState, Topic};

mod filter_policy;

pub(super) use self::filter_policy::Message;

/// What a topic's subscriptions come to.
pub(super) struct Subscribed {
    pub(super) outcome: Outcome,
    pub(super) warnings: Vec<Warning>,
    pub(super) steps: Vec<SubscriptionStep>,
}

/// Judges a topic's subscriptions for an alarm's message.
pub(super) fn judge(snapshot: &Indexed<'_>, topic: &Topic, message: &Message<'_>) -> Subscribed {
    let name = topic::name(&topic.arn);
    let of = |code, message| Outcome::of(Reason::new(code, &topic.arn, message));
    let Some(subscriptions) = &topic.subscriptions else {
        let why = because(snapshot, "sns:ListSubscriptionsByTopic", &topic.arn);
        let outcome = of(Code::SubscriptionUnread, format!("the subscriptions of topic {name} could not be read{why}"));
        return Subscribed { outcome, warnings: Vec::new(), steps: Vec::new() };
    };
    let steps = subscriptions.iter().map(|subscription| step(topic, subscription)).collect();
    let in_state = |state| subscriptions.iter().filter(move |subscription| subscription.state() == state);
    let pending = in_state(SubscriptionState::Pending).count();
    let confirmed: Vec<&Subscription> = in_state(SubscriptionState::Confirmed).collect();
    let mut warnings = Vec::new();
    let outcome = if !confirmed.is_empty() {
        warnings.extend(machines_only(topic, name, &confirmed));
        delivery(topic, name, &confirmed, message, &mut warnings)
    } else if pending > 0 {
        let (noun, verb) = if pending == 1 { ("subscription", "awaits") } else { ("subscriptions", "await") };
        let message = format!("{pending} {noun} of topic {name} {verb} confirmation, none is confirmed");
        of(Code::SubscriptionPending, message)
    } else if subscriptions.is_empty() {
        of(Code::SubscriptionNone, format!("nobody is subscribed to topic {name}"))
    } else {
        of(Code::SubscriptionDeleted, format!("all subscriptions of topic {name} are deleted"))
    };
    Subscribed { outcome, warnings, steps }
}

/// Whether one of the confirmed subscriptions gets the message: one is enough, and if none is known to, one whose filter
/// policy was not read or cannot be followed may.
fn delivery(
    topic: &Topic,
    name: &str,
    confirmed: &[&Subscription],
    message: &Message<'_>,
    warnings: &mut Vec<Warning>,
) -> Outcome {
    let (mut doubt, mut dead, mut filtered) = (None, None, false);
    for subscription in confirmed {
        let what = match (dead_end(topic, subscription), &subscription.attributes) {
            (Some(why), _) => {
                dead = dead.or(Some(why));
                continue;
            }
            (None, None) => "was not read",
            (None, Some(attributes)) => match filter_policy::lets_through(attributes, message) {
                Some(true) => return Outcome::Whole,
                Some(false) => {
                    filtered = true;
                    continue;
                }
                None => "cannot be followed",
            },
        };
        doubt = doubt.or(Some(what));
    }
    let alarm = message.alarm_name;
    match (doubt, dead) {
        (Some(what), _) => {
            let message = format!(
                "whether a subscription of topic {name} gets the messages of alarm {alarm} is not known: its filter policy {what}"
            );
            warnings.push(Reason::new(Code::SubscriptionFilterUnread, &topic.arn, message));
            Outcome::Whole
        }
        (None, Some(why)) if !filtered => {
            let message = format!("topic {name} can deliver to none of its subscriptions: {why}");
            Outcome::of(Reason::new(Code::SubscriptionDeadEnd, &topic.arn, message))
        }
        (None, _) => {
            let message =
                format!("filter policies keep the messages of alarm {alarm} from every subscription of topic {name}");
            Outcome::of(Reason::new(Code::SubscriptionFiltered, &topic.arn, message))
        }
    }
}

/// Why nothing can be delivered to a confirmed subscription, as far as its protocol and endpoint tell (SNS developer
/// guide: FIFO topics, message delivery). Whether an address still exists they do not.
fn dead_end(topic: &Topic, subscription: &Subscription) -> Option<&'static str> {
    let endpoint = Arn::parse(&subscription.endpoint);
    let partition = Arn::parse(&topic.arn).map(|arn| arn.partition);
    match subscription.protocol.as_str() {
        "sqs" if !topic.is_fifo && subscription.endpoint.ends_with(".fifo") => {
            Some("a FIFO queue takes messages of FIFO topics only")
        }
        "sqs" | "lambda" | "firehose" if endpoint.is_some_and(|arn| Some(arn.partition) != partition) => {
            Some("the endpoint is in another partition")
        }
        "sqs" => None,
        _ if topic.is_fifo => Some("a FIFO topic delivers to SQS queues only"),
        _ => None,
    }
}

/// Nobody but queues, functions and streams is subscribed: their own policies, and whoever reads them, decide the rest.
fn machines_only(topic: &Topic, name: &str, confirmed: &[&Subscription]) -> Option<Warning> {
    let is_machine =
        |subscription: &&Subscription| matches!(subscription.protocol.as_str(), "sqs" | "lambda" | "firehose");
    confirmed.iter().all(is_machine).then(|| {
        let message = format!(
            "only queues, functions or streams are subscribed to topic {name}: who reads them cannot be seen from here"
        );
        Reason::new(Code::SubscriptionMachine, &topic.arn, message)
    })
}

fn step(topic: &Topic, subscription: &Subscription) -> SubscriptionStep {
    SubscriptionStep {
        topic: topic.arn.clone(),
        protocol: subscription.protocol.clone(),
        endpoint: subscription.endpoint.clone(),
        state: subscription.state(),
    }
}
