//! Fifth link: does the topic that an alarm names exist, and can CloudWatch reach it?

use super::indexed::Indexed;
use super::link::{Outcome, Tail};
use super::subscription::{self, Message};
use crate::arn::{Arn, topic_name};
use crate::finding::{Code, Reason, Unread};
use crate::iam_policy::{self, Answer, Request};
use crate::snapshot::Topic;

mod key;

#[cfg(feature = "aws")]
pub(super) use key::grants_matter;

/// Follows an alarm's message to a topic and its subscribers.
pub(super) fn follow(snapshot: &Indexed<'_>, message: &Message<'_>, topic_arn: &str) -> Tail {
    let alarm_arn = message.alarm_arn;
    let mut tail = Tail::ends(Outcome::Whole);
    tail.topics.push(topic_arn.to_owned());
    let place = place(alarm_arn, topic_arn);
    let Some(topic) = snapshot.topic(topic_arn) else {
        tail.outcome = place.and(unread(snapshot, topic_arn, " could not be looked at"));
        return tail;
    };
    let of = |code, message| Outcome::of(Reason::new(code, topic_arn, message));
    let existence = match topic.exists {
        Some(true) => Outcome::Whole,
        Some(false) => of(Code::TopicMissing, format!("topic {} does not exist", topic_name(topic_arn))),
        None => unread(snapshot, topic_arn, " could not be looked at"),
    };
    let (policy, doubt) = may_publish(snapshot, alarm_arn, topic);
    tail.warnings.extend(doubt);
    let (key, doubt) = key::judge(snapshot, topic, alarm_arn);
    tail.warnings.extend(doubt);
    let reachable = place.and(existence).and(key).and(policy);
    if let Outcome::Broken(_) = reachable {
        tail.outcome = reachable;
        return tail;
    }
    let subscribed = subscription::judge(snapshot, topic, message);
    tail.outcome = reachable.and(subscribed.outcome);
    tail.subscriptions = subscribed.steps;
    tail.warnings.extend(subscribed.warnings);
    if topic.takes_queues_only() {
        let message = format!("topic {} is a FIFO topic: it delivers to SQS queues only", topic_name(topic_arn));
        tail.warnings.push(Reason::new(Code::TopicFifo, topic_arn, message));
    }
    tail
}

/// Whether CloudWatch may use the key that encrypts a topic: why it may not, or why that is not known.
pub(super) fn key(snapshot: &Indexed<'_>, topic: &Topic, alarm_arn: &str) -> (Option<Reason>, Option<Reason>) {
    match key::judge(snapshot, topic, alarm_arn) {
        (Outcome::Broken(reason), _) => (Some(reason), None),
        (Outcome::Unknown(doubt), _) => (None, Some(doubt)),
        (Outcome::Whole, doubt) => (None, doubt),
    }
}

/// What the topic's policy says. Where that cannot be followed, the rest decides, with a warning. Every topic has a policy,
/// so one without was not read, and its key with it (SNS API reference, `GetTopicAttributes`).
fn may_publish(snapshot: &Indexed<'_>, alarm_arn: &str, topic: &Topic) -> (Outcome, Option<Reason>) {
    let Some(policy) = &topic.policy else {
        let unread = unread(snapshot, &topic.arn, ": its policy and encryption could not be read");
        return (if topic.exists == Some(true) { unread } else { Outcome::Whole }, None);
    };
    let of = |code, message| Reason::new(code, &topic.arn, message);
    let name = topic_name(&topic.arn);
    match iam_policy::evaluate(policy, &Request::publish(alarm_arn, &topic.arn)) {
        Answer::Allowed => (Outcome::Whole, None),
        Answer::NotAllowed => {
            let message = format!("the policy of topic {name} does not let CloudWatch publish");
            (Outcome::of(of(Code::TopicPolicyForbids, message)), None)
        }
        Answer::Denied => {
            let message = format!("the policy of topic {name} denies CloudWatch to publish");
            (Outcome::of(of(Code::TopicPolicyDenies, message)), None)
        }
        Answer::Undecided => {
            let message = format!("whether the policy of topic {name} lets CloudWatch publish cannot be decided");
            (Outcome::Whole, Some(of(Code::TopicPolicyUndecided, message)))
        }
    }
}

fn unread(snapshot: &Indexed<'_>, arn: &str, what: &str) -> Outcome {
    let why = Unread::find_of(snapshot, &["sns:GetTopicAttributes"], arn);
    Outcome::of(Reason::new(Code::TopicUnread, arn, format!("topic {}{what}", topic_name(arn))).because(why))
}

/// `PutMetricAlarm` refuses a topic of another region or partition; one that is there all the same gets nothing.
fn place(alarm_arn: &str, topic_arn: &str) -> Outcome {
    match (Arn::parse(alarm_arn), Arn::parse(topic_arn)) {
        (Some(alarm), Some(topic)) if (alarm.region, alarm.partition) != (topic.region, topic.partition) => {
            let (there, here) = if alarm.partition == topic.partition {
                (topic.region.to_owned(), alarm.region.to_owned())
            } else {
                (format!("partition {}", topic.partition), format!("partition {}", alarm.partition))
            };
            let message = format!("topic {} is in {there}, the alarm in {here}", topic.resource);
            Outcome::of(Reason::new(Code::TopicOtherRegion, topic_arn, message))
        }
        _ => Outcome::Whole,
    }
}
