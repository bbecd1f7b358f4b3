//! Whether anybody can get what an alarm sends when it goes to ALARM: an alarm that is known to notify nobody alerts nobody,
//! however often it goes there. What could not be read is no reason to say so.

use crate::arn::{AlarmArn, TopicArn};
use crate::finding::facts::TopicProblem;
use crate::finding::{Facts, Reason};
use crate::iam_policy::{self, Answer, Request};
use crate::snapshot::{AlarmActions, Snapshot, SubscriptionState, Topic};

/// Why nobody gets what these actions of an alarm send, by the topics of these accounts. `None`: somebody may.
pub(super) fn silent(accounts: &[&Snapshot], alarm: &AlarmArn, actions: &AlarmActions) -> Option<Reason> {
    let topics: Vec<TopicArn> = actions.topics().collect();
    // Another action may notify somebody.
    if topics.len() < actions.alarm.len() {
        return None;
    }
    let problems = topics.iter().map(|arn| {
        let topic = accounts.iter().find_map(|account| account.topic(arn))?;
        problem(alarm, topic).map(|problem| Reason::new(Facts::topic(arn, problem)))
    });
    problems.collect::<Option<Vec<Reason>>>()?.into_iter().next()
}

/// Why nobody gets what an alarm sends to a topic.
fn problem(alarm: &AlarmArn, topic: &Topic) -> Option<TopicProblem> {
    if topic.exists == Some(false) {
        return Some(TopicProblem::Missing);
    }
    if topic.names_managed_key() {
        return Some(TopicProblem::ManagedKey { key: topic.kms_key_id.clone().unwrap_or_default() });
    }
    match topic.policy.as_ref().map(|policy| iam_policy::evaluate(policy, &Request::publish(alarm, &topic.arn))) {
        Some(Answer::NotAllowed) => return Some(TopicProblem::PolicyForbids),
        Some(Answer::Denied) => return Some(TopicProblem::PolicyDenies),
        Some(Answer::Allowed | Answer::Undecided) | None => {}
    }
    let subscriptions = topic.subscriptions.as_ref()?;
    let count = |state| subscriptions.iter().filter(|subscription| subscription.state() == state).count();
    match (count(SubscriptionState::Confirmed), count(SubscriptionState::Pending)) {
        (0, 0) if subscriptions.is_empty() => Some(TopicProblem::NoSubscription),
        (0, 0) => Some(TopicProblem::Deleted),
        (0, count) => Some(TopicProblem::Pending { count }),
        _ => None,
    }
}
