//! Last link: is there a confirmed subscription that gets the alarm's message, so that a subscriber is notified?

use super::indexed::Indexed;
use super::link::LinkOutcome;
use crate::arn::{Arn, TopicArn};
use crate::finding::facts::{DeadEnd, FilterPolicyDoubt, TopicProblem};
use crate::finding::{Facts, Reason, SubscriptionStep, Unread, Warning};
use crate::snapshot::{Cause, Subscription, SubscriptionState, Topic};

mod filter_policy;
mod lasting;

pub(super) use self::filter_policy::Message;

/// What a topic's subscriptions result in.
pub(super) struct Subscribed {
    pub(super) outcome: LinkOutcome,
    pub(super) warnings: Vec<Warning>,
    pub(super) steps: Vec<SubscriptionStep>,
}

/// Judges a topic's subscriptions for an alarm's message.
pub(super) fn judge(snapshot: &Indexed<'_>, topic: &Topic, message: &Message<'_>) -> Subscribed {
    let outcome_for = |problem| LinkOutcome::from_reason(Reason::new(Facts::topic(&topic.arn, problem)));
    let Some(subscriptions) = &topic.subscriptions else {
        let outcome = LinkOutcome::from_reason(unread(snapshot, &topic.arn));
        return Subscribed { outcome, warnings: Vec::new(), steps: Vec::new() };
    };
    let steps = subscriptions.iter().map(|subscription| step(topic, subscription)).collect();
    let in_state = |state| subscriptions.iter().filter(move |subscription| subscription.state() == state);
    let pending = in_state(SubscriptionState::Pending).count();
    let confirmed: Vec<&Subscription> = in_state(SubscriptionState::Confirmed).collect();
    let mut warnings = Vec::new();
    let outcome = if !confirmed.is_empty() {
        warnings.extend(machines_only(topic, &confirmed));
        warnings.extend(lasting::note(topic, &confirmed));
        let (outcome, doubt) = delivery(snapshot, topic, &confirmed, message);
        warnings.extend(doubt);
        outcome
    } else if pending > 0 {
        outcome_for(TopicProblem::Pending { count: pending })
    } else if subscriptions.is_empty() {
        outcome_for(TopicProblem::NoSubscription)
    } else {
        outcome_for(TopicProblem::Deleted)
    };
    // What is wrong with those that were listed says nothing of the rest of a list that broke off.
    let outcome = match outcome {
        LinkOutcome::Broken(_) if subscriptions_unread(snapshot, &topic.arn) != Unread::NotSaved => {
            LinkOutcome::from_reason(unread(snapshot, &topic.arn))
        }
        outcome => outcome,
    };
    Subscribed { outcome, warnings, steps }
}

/// The subscriptions of a topic were not read, or not all of them.
pub(super) fn unread(snapshot: &Indexed<'_>, topic_arn: &TopicArn) -> Reason {
    let facts = Facts::topic(topic_arn, TopicProblem::SubscriptionsUnread);
    Reason::new(facts).because(subscriptions_unread(snapshot, topic_arn))
}

fn subscriptions_unread(snapshot: &Indexed<'_>, topic_arn: &TopicArn) -> Unread {
    Unread::find_of(snapshot, &["sns:ListSubscriptionsByTopic"], topic_arn)
}

/// Whether one of the confirmed subscriptions gets the message: one is enough, and if none is known to, one whose filter
/// policy was not read or cannot be followed may; of several of those one that keeps the benchmark's verdict is enough.
fn delivery(
    snapshot: &Indexed<'_>,
    topic: &Topic,
    confirmed: &[&Subscription],
    message: &Message<'_>,
) -> (LinkOutcome, Option<Warning>) {
    let alarm = message.alarm_name;
    // Reading stops where one is found that gets every message, and at so many.
    let are_read = confirmed.iter().any(|subscription| subscription.attributes.is_some());
    let failed = worst_failure(snapshot, topic, confirmed);
    let (mut doubt, mut dead, mut filtered) = (None, None, false);
    for subscription in confirmed {
        let next = match (dead_end(topic, subscription), &subscription.attributes) {
            (Some(why), _) => {
                dead = dead.or(Some(why));
                continue;
            }
            (None, None) => filter_unread(snapshot, topic, subscription, alarm, are_read, &failed),
            (None, Some(attributes)) => match filter_policy::lets_through(attributes, message) {
                Some(true) => return (LinkOutcome::Whole, None),
                Some(false) => {
                    filtered = true;
                    continue;
                }
                None => LinkOutcome::unless_kept(filter_doubt(
                    topic,
                    alarm,
                    FilterPolicyDoubt::Undecided,
                    Unread::Undecided,
                )),
            },
        };
        doubt = match doubt {
            Some(best @ (LinkOutcome::Whole, _)) => Some(best),
            _ if matches!(next.0, LinkOutcome::Whole) => Some(next),
            other => other.or(Some(next)),
        };
    }
    if let Some(doubt) = doubt {
        return doubt;
    }
    let broken = match dead {
        Some(why) if !filtered => Reason::new(Facts::topic(&topic.arn, TopicProblem::DeadEnd { why })),
        _ => Reason::new(Facts::topic(&topic.arn, TopicProblem::Filtered { alarm: alarm.to_owned() })),
    };
    (LinkOutcome::from_reason(broken), None)
}

/// Whether a confirmed subscription gets an alarm's message. `None`: that is not decided.
pub(in crate::audit) fn gets(topic: &Topic, subscription: &Subscription, message: &Message<'_>) -> Option<bool> {
    if subscription.state() != SubscriptionState::Confirmed || dead_end(topic, subscription).is_some() {
        return Some(false);
    }
    filter_policy::lets_through(subscription.attributes.as_ref()?, message)
}

/// Of the failures to read the filter policies of a topic's subscriptions one that was not chosen, if there is one:
/// only so many are asked about, and it answers for the rest.
fn worst_failure(snapshot: &Indexed<'_>, topic: &Topic, confirmed: &[&Subscription]) -> Unread {
    let unread = confirmed.iter().filter(|subscription| subscription.attributes.is_none());
    let failures = unread.map(|subscription| filter_failure(snapshot, topic, subscription));
    let failures = failures.filter(Unread::is_explained);
    failures.min_by_key(|failure| failure.cause().is_some_and(Cause::is_choice)).unwrap_or(Unread::NotSaved)
}

/// A subscription is asked about in its topic's region; those of what is no topic are asked about nowhere.
fn filter_failure(snapshot: &Indexed<'_>, topic: &Topic, subscription: &Subscription) -> Unread {
    let find = |region| Unread::find(snapshot, &["sns:GetSubscriptionAttributes"], region, Some(&subscription.arn));
    topic.arn.region().map_or(Unread::NotSaved, find)
}

/// The filter policy of a confirmed subscription is not there. `are_read`: those of others are; `failed`: why others are
/// not.
fn filter_unread(
    snapshot: &Indexed<'_>,
    topic: &Topic,
    subscription: &Subscription,
    alarm: &str,
    are_read: bool,
    failed: &Unread,
) -> (LinkOutcome, Option<Warning>) {
    match filter_failure(snapshot, topic, subscription) {
        // It is one too many to be asked about, and those that were get no message.
        Unread::NotSaved if are_read => {
            (LinkOutcome::from_reason(filter_doubt(topic, alarm, FilterPolicyDoubt::NotAsked, Unread::Undecided)), None)
        }
        why => {
            let why = if why == Unread::NotSaved { failed.clone() } else { why };
            LinkOutcome::unless_kept(filter_doubt(topic, alarm, FilterPolicyDoubt::NotRead, why))
        }
    }
}

fn filter_doubt(topic: &Topic, alarm: &str, doubt: FilterPolicyDoubt, why: Unread) -> Reason {
    let problem = TopicProblem::FilterPolicyUnread { alarm: alarm.to_owned(), doubt };
    Reason::new(Facts::topic(&topic.arn, problem)).because(why)
}

/// Why nothing can be delivered to a confirmed subscription, judged by its protocol and endpoint (SNS developer
/// guide: FIFO topics, message delivery). Whether an address still exists they do not.
fn dead_end(topic: &Topic, subscription: &Subscription) -> Option<DeadEnd> {
    let partitions = Arn::parse(&subscription.endpoint).map(|arn| arn.partition).zip(topic.arn.partition());
    let is_fifo = topic.takes_queues_only();
    match subscription.protocol.as_str() {
        "sqs" if !is_fifo && subscription.endpoint.ends_with(".fifo") => Some(DeadEnd::FifoQueue),
        "sqs" | "lambda" | "firehose" if partitions.is_some_and(|(there, here)| there != here) => {
            Some(DeadEnd::OtherPartition)
        }
        "sqs" => None,
        _ if is_fifo => Some(DeadEnd::FifoTopic),
        _ => None,
    }
}

/// Only queues, functions and streams are subscribed: their own policies, and their readers, decide the rest.
fn machines_only(topic: &Topic, confirmed: &[&Subscription]) -> Option<Warning> {
    let is_machine =
        |subscription: &&Subscription| matches!(subscription.protocol.as_str(), "sqs" | "lambda" | "firehose");
    confirmed.iter().all(is_machine).then(|| Reason::new(Facts::topic(&topic.arn, TopicProblem::MachinesOnly)))
}

fn step(topic: &Topic, subscription: &Subscription) -> SubscriptionStep {
    SubscriptionStep {
        topic: topic.arn.clone(),
        protocol: subscription.protocol.clone(),
        endpoint: subscription.endpoint.clone(),
        state: subscription.state(),
    }
}
