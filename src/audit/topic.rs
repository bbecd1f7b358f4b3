//! Fifth link: does the topic that an alarm names exist, and can CloudWatch reach it?

use super::indexed::Indexed;
use super::link::{Outcome, Tail};
use super::subscription::{self, Message};
use crate::arn::{AlarmArn, TopicArn};
use crate::finding::facts::{Place, TopicProblem, TopicQuestion};
use crate::finding::{Chain, Facts, Reason, Step, Unread};
use crate::iam_policy::{self, Answer, Request};
use crate::snapshot::Topic;

mod key;

#[cfg(feature = "aws")]
pub(super) use key::grants_matter;

/// Follows an alarm's message to a topic and its subscribers.
pub(super) fn follow(snapshot: &Indexed<'_>, message: &Message<'_>, topic_arn: &TopicArn) -> Tail {
    let alarm_arn = message.alarm_arn;
    let step = Step::Topic(topic_arn.clone());
    let mut tail = Tail { chain: Chain::fan(step.clone(), []), ..Tail::ends(Outcome::Whole) };
    let place = place(snapshot, alarm_arn, topic_arn);
    let Some(topic) = snapshot.topic(topic_arn) else {
        tail.outcome = place.and(unread(snapshot, topic_arn, TopicQuestion::Anything));
        return tail;
    };
    let existence = match topic.exists {
        Some(true) => Outcome::Whole,
        Some(false) => Outcome::of(Reason::new(Facts::topic(topic_arn, TopicProblem::Missing))),
        None => unread(snapshot, topic_arn, TopicQuestion::Anything),
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
    tail.chain = Chain::fan(step, subscribed.steps.into_iter().map(Step::Subscription));
    tail.warnings.extend(subscribed.warnings);
    if topic.takes_queues_only() {
        tail.warnings.push(Reason::new(Facts::topic(topic_arn, TopicProblem::Fifo)));
    }
    tail
}

/// Whether CloudWatch may use the key that encrypts a topic: why it may not, or why that is not known.
pub(super) fn key(snapshot: &Indexed<'_>, topic: &Topic, alarm_arn: &AlarmArn) -> (Option<Reason>, Option<Reason>) {
    match key::judge(snapshot, topic, alarm_arn) {
        (Outcome::Broken(reason), _) => (Some(reason), None),
        (Outcome::Unknown(doubt), _) => (None, Some(doubt)),
        (Outcome::Whole, doubt) => (None, doubt),
    }
}

/// What the topic's policy says. Where that cannot be followed, the rest decides, with a warning. Every topic has a policy,
/// so one without was not read, and its key with it (SNS API reference, `GetTopicAttributes`).
fn may_publish(snapshot: &Indexed<'_>, alarm_arn: &AlarmArn, topic: &Topic) -> (Outcome, Option<Reason>) {
    let Some(policy) = &topic.policy else {
        let unread = unread(snapshot, &topic.arn, TopicQuestion::Policy);
        return (if topic.exists == Some(true) { unread } else { Outcome::Whole }, None);
    };
    let of = |problem| Reason::new(Facts::topic(&topic.arn, problem));
    match iam_policy::evaluate(policy, &Request::publish(alarm_arn, &topic.arn)) {
        Answer::Allowed => (Outcome::Whole, None),
        Answer::NotAllowed => (Outcome::of(of(TopicProblem::PolicyForbids)), None),
        Answer::Denied => (Outcome::of(of(TopicProblem::PolicyDenies)), None),
        Answer::Undecided => (Outcome::Whole, Some(of(TopicProblem::PolicyUndecided))),
    }
}

fn unread(snapshot: &Indexed<'_>, arn: &TopicArn, question: TopicQuestion) -> Outcome {
    let why = Unread::find_of(snapshot, &["sns:GetTopicAttributes"], arn);
    Outcome::of(Reason::new(Facts::topic(arn, TopicProblem::Unread(question))).because(why))
}

/// `PutMetricAlarm` refuses a topic of another region or partition; one that is there all the same gets nothing. An action
/// that names SNS and is no topic's ARN leads to nothing that is known.
fn place(snapshot: &Indexed<'_>, alarm: &AlarmArn, topic: &TopicArn) -> Outcome {
    let (Some(there), Some(of_topic)) = (topic.region(), topic.partition()) else {
        return unread(snapshot, topic, TopicQuestion::Anything);
    };
    match (alarm.region(), alarm.partition()) {
        (Some(here), Some(of_alarm)) if (here, of_alarm) != (there, of_topic) => {
            let (there, here) = if of_alarm == of_topic {
                (Place::Region(there.to_owned()), Place::Region(here.to_owned()))
            } else {
                (Place::Partition(of_topic.to_owned()), Place::Partition(of_alarm.to_owned()))
            };
            Outcome::of(Reason::new(Facts::topic(topic, TopicProblem::OtherRegion { there, here })))
        }
        _ => Outcome::Whole,
    }
}
