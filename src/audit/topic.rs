//! Fifth link: does the topic that an alarm names exist, and can CloudWatch reach it?

use super::link::{Outcome, Tail};
use super::log_group::because;
use super::subscription::{self, Message};
use crate::arn::Arn;
use crate::finding::{Code, Grade, Reason};
use crate::snapshot::{Snapshot, Topic};

use self::policy::{Publishing, Request};

pub(crate) mod policy;

/// Is this action an SNS topic?
pub(super) fn is_topic(action: &str) -> bool {
    Arn::parse(action).is_some_and(|arn| arn.service == "sns")
}

/// Follows an alarm's message to a topic and its subscribers.
pub(super) fn follow(snapshot: &Snapshot, message: &Message<'_>, topic_arn: &str) -> Tail {
    let alarm_arn = message.alarm_arn;
    let mut tail = Tail::ends(Outcome::Whole);
    tail.topics.push(topic_arn.to_owned());
    let place = place(alarm_arn, topic_arn);
    let Some(topic) = snapshot.topic(topic_arn) else {
        let why = because(snapshot, "sns:GetTopicAttributes");
        let unread =
            Reason::new(Code::TopicUnread, topic_arn, format!("topic {} could not be looked at{why}", name(topic_arn)));
        tail.outcome = place.and(Outcome::of(unread));
        return tail;
    };
    let of = |code, message| Outcome::of(Reason::new(code, topic_arn, message));
    let existence = match topic.exists {
        Some(true) => Outcome::Whole,
        Some(false) => of(Code::TopicMissing, format!("topic {} does not exist", name(topic_arn))),
        None => {
            let why = because(snapshot, "sns:GetTopicAttributes");
            of(Code::TopicUnread, format!("topic {} could not be looked at{why}", name(topic_arn)))
        }
    };
    // CloudWatch is not in the policy of the AWS managed key, which nobody can edit (SNS developer guide, key management).
    let key = match topic.kms_key_id.as_deref() {
        Some(key) if key.ends_with("alias/aws/sns") => of(
            Code::TopicManagedKey,
            format!("topic {} is encrypted with alias/aws/sns, which CloudWatch may not use", name(topic_arn)),
        ),
        _ => Outcome::Whole,
    };
    let (policy, doubt) = may_publish(alarm_arn, topic);
    tail.warnings.extend(doubt);
    if let (Outcome::Whole, Some(key)) = (&key, &topic.kms_key_id) {
        let message =
            format!("whether CloudWatch may use {key}, which encrypts topic {}, was not read", name(topic_arn));
        tail.warnings.push(Reason::new(Code::TopicKeyUnread, topic_arn, message));
    }
    let reachable = place.and(existence).and(key).and(policy);
    if let Outcome::Broken(_) = reachable {
        tail.outcome = reachable;
        return tail;
    }
    let subscribed = subscription::judge(snapshot, topic, message);
    tail.outcome = reachable.and(subscribed.outcome);
    tail.subscriptions = subscribed.steps;
    tail.warnings.extend(subscribed.warnings);
    if topic.is_fifo {
        let message = format!("topic {} is a FIFO topic: it delivers to SQS queues only", name(topic_arn));
        tail.warnings.push(Reason::new(Code::TopicFifo, topic_arn, message));
    }
    tail.warnings.extend(attributes_unread(snapshot, topic_arn).filter(|_| topic.exists == Some(true)));
    tail
}

/// What the topic's policy says. Where that cannot be followed, the rest decides, with a warning.
fn may_publish(alarm_arn: &str, topic: &Topic) -> (Outcome, Option<Reason>) {
    let Some(policy) = &topic.policy else { return (Outcome::Whole, None) };
    let of = |code, message| Reason::new(code, &topic.arn, message);
    let name = name(&topic.arn);
    match policy::evaluate(policy, &Request::publish(alarm_arn, &topic.arn)) {
        Publishing::Allowed => (Outcome::Whole, None),
        Publishing::NotAllowed => {
            let message = format!("the policy of topic {name} does not let CloudWatch publish");
            (Outcome::of(of(Code::TopicPolicyForbids, message)), None)
        }
        Publishing::Denied => {
            let message = format!("the policy of topic {name} denies CloudWatch to publish");
            (Outcome::of(of(Code::TopicPolicyDenies, message)), None)
        }
        Publishing::Undecided => {
            let message = format!("whether the policy of topic {name} lets CloudWatch publish cannot be decided");
            (Outcome::Whole, Some(of(Code::TopicPolicyUndecided, message)))
        }
    }
}

/// The topic's policy and key were not read, so that CloudWatch may publish is taken on trust.
fn attributes_unread(snapshot: &Snapshot, topic_arn: &str) -> Option<Reason> {
    let gap = snapshot.gap("sns:GetTopicAttributes", Some(topic_arn))?;
    let message = format!("topic {}: its policy and encryption could not be read ({})", name(topic_arn), gap.code);
    let warning = Reason::new(Code::TopicUnread, topic_arn, message);
    debug_assert_eq!(warning.grade(), Grade::Unverified);
    Some(warning)
}

/// `PutMetricAlarm` refuses a topic of another region or partition; one that is there all the same gets nothing.
fn place(alarm_arn: &str, topic_arn: &str) -> Outcome {
    match (Arn::parse(alarm_arn), Arn::parse(topic_arn)) {
        (Some(alarm), Some(topic)) if (alarm.region, alarm.partition) != (topic.region, topic.partition) => {
            let message = format!("topic {} is in {}, the alarm in {}", topic.resource, topic.region, alarm.region);
            Outcome::of(Reason::new(Code::TopicOtherRegion, topic_arn, message))
        }
        _ => Outcome::Whole,
    }
}

/// What a person calls the topic of an ARN.
pub(super) fn name(arn: &str) -> &str {
    Arn::parse(arn).map_or(arn, |arn| arn.resource)
}
