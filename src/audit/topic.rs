//! Fifth link: does the topic that an alarm names exist, and can CloudWatch reach it?

use super::indexed::Indexed;
use super::link::{Downstream, LinkOutcome};
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
pub(super) fn follow(snapshot: &Indexed<'_>, message: &Message<'_>, topic_arn: &TopicArn) -> Downstream {
    let alarm_arn = message.alarm_arn;
    let step = Step::Topic(topic_arn.clone());
    let mut downstream = Downstream { chain: Chain::fan(step.clone(), []), ..Downstream::ends(LinkOutcome::Whole) };
    let place = place(snapshot, alarm_arn, topic_arn);
    let Some(topic) = snapshot.topic(topic_arn) else {
        downstream.outcome = place.and(unread(snapshot, topic_arn, TopicQuestion::Anything));
        return downstream;
    };
    let existence = match topic.exists {
        Some(true) => LinkOutcome::Whole,
        Some(false) => LinkOutcome::from_reason(Reason::new(Facts::topic(topic_arn, TopicProblem::Missing))),
        None => unread(snapshot, topic_arn, TopicQuestion::Anything),
    };
    let (policy, doubt) = may_publish(snapshot, alarm_arn, topic);
    downstream.warnings.extend(doubt);
    let (key, doubt) = key::judge(snapshot, topic, alarm_arn);
    downstream.warnings.extend(doubt);
    let reachable = place.and(existence).and(key).and(policy);
    if let LinkOutcome::Broken(_) = reachable {
        downstream.outcome = reachable;
        return downstream;
    }
    let subscribed = subscription::judge(snapshot, topic, message);
    downstream.outcome = reachable.and(subscribed.outcome);
    downstream.chain = Chain::fan(step, subscribed.steps.into_iter().map(Step::Subscription));
    downstream.warnings.extend(subscribed.warnings);
    if topic.takes_queues_only() {
        downstream.warnings.push(Reason::new(Facts::topic(topic_arn, TopicProblem::Fifo)));
    }
    downstream
}

/// Whether CloudWatch may use the key that encrypts a topic: why it may not, or why that is not known.
pub(super) fn key(snapshot: &Indexed<'_>, topic: &Topic, alarm_arn: &AlarmArn) -> (Option<Reason>, Option<Reason>) {
    match key::judge(snapshot, topic, alarm_arn) {
        (LinkOutcome::Broken(reason), _) => (Some(reason), None),
        (LinkOutcome::Unknown(doubt), _) => (None, Some(doubt)),
        (LinkOutcome::Whole, doubt) => (None, doubt),
    }
}

/// What the topic's policy says. Where that cannot be followed, the rest decides, with a warning. Every topic has a policy,
/// so one without was not read, and its key with it (SNS API reference, `GetTopicAttributes`).
fn may_publish(snapshot: &Indexed<'_>, alarm_arn: &AlarmArn, topic: &Topic) -> (LinkOutcome, Option<Reason>) {
    let Some(policy) = &topic.policy else {
        let unread = unread(snapshot, &topic.arn, TopicQuestion::Policy);
        return (if topic.exists == Some(true) { unread } else { LinkOutcome::Whole }, None);
    };
    let reason_for = |problem| Reason::new(Facts::topic(&topic.arn, problem));
    match iam_policy::evaluate(policy, &Request::publish(alarm_arn, &topic.arn)) {
        Answer::Allowed => (LinkOutcome::Whole, None),
        Answer::NotAllowed => (LinkOutcome::from_reason(reason_for(TopicProblem::PolicyForbids)), None),
        Answer::Denied => (LinkOutcome::from_reason(reason_for(TopicProblem::PolicyDenies)), None),
        Answer::Undecided => (LinkOutcome::Whole, Some(reason_for(TopicProblem::PolicyUndecided))),
    }
}

fn unread(snapshot: &Indexed<'_>, arn: &TopicArn, question: TopicQuestion) -> LinkOutcome {
    let why = Unread::find_of(snapshot, &["sns:GetTopicAttributes"], arn);
    LinkOutcome::from_reason(Reason::new(Facts::topic(arn, TopicProblem::Unread(question))).because(why))
}

/// `PutMetricAlarm` refuses a topic of another region or partition; one that is there all the same gets nothing. An action
/// that names SNS and is no topic's ARN leads to nothing that is known.
fn place(snapshot: &Indexed<'_>, alarm: &AlarmArn, topic: &TopicArn) -> LinkOutcome {
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
            LinkOutcome::from_reason(Reason::new(Facts::topic(topic, TopicProblem::OtherRegion { there, here })))
        }
        _ => LinkOutcome::Whole,
    }
}
