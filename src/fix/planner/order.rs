//! Ids of steps, and their order: each after those that it needs. What a step needs is read off its content.

use std::collections::{BTreeMap, BTreeSet};

use super::super::plan::{Action, Endpoint, Step};
use crate::arn::{Arn, TopicArn, TrailArn};
use crate::rule::RuleId;

/// The order of kinds: a step needs only steps of kinds before its own.
pub(super) fn rank(action: &Action) -> u8 {
    match action {
        Action::CreateKey(_) => 0,
        Action::CreateBucket(_) => 1,
        Action::CreateLogGroup(_) => 2,
        Action::CreateRole(_) => 3,
        Action::CreateTrail(_) => 4,
        Action::UpdateTrail(_) => 5,
        Action::CreateTopic(_) => 6,
        Action::AllowPublish(_) => 7,
        Action::AllowQueue(_) => 8,
        Action::AllowFunction(_) => 9,
        Action::Subscribe(_) => 10,
        Action::CreateMetricFilter(_) => 11,
        Action::CreateAlarm(_) => 12,
    }
}

/// The id of a step: kind and name, with the region between where it is not the plan's. An address is given by its
/// place among those that were given.
pub(super) fn id(action: &Action, region: &str, subscribe: &[Endpoint]) -> String {
    let at = |kind: &str, there: Option<&str>, name: &str| match there.filter(|there| *there != region) {
        Some(there) => format!("{kind}/{there}/{name}"),
        None => format!("{kind}/{name}"),
    };
    let of_topic = |kind: &str, arn: &TopicArn| at(kind, arn.region(), arn.name());
    let of_trail = |arn: &TrailArn| at("trail", arn.region(), arn.name());
    // A topic, queue or function.
    let of_endpoint = |kind: &str, text: &str, prefix: &str| match Arn::parse(text) {
        Some(arn) => at(kind, Some(arn.region), arn.resource.strip_prefix(prefix).unwrap_or(arn.resource)),
        None => at(kind, None, text),
    };
    match action {
        Action::CreateKey(key) => format!("key/{}", key.alias.trim_start_matches("alias/")),
        Action::CreateBucket(bucket) => format!("bucket/{}", bucket.name),
        Action::CreateRole(role) => format!("role/{}", role.name),
        Action::CreateLogGroup(group) => at("log-group", group.arn.region(), group.arn.name()),
        Action::CreateTrail(trail) => of_trail(&trail.arn),
        Action::UpdateTrail(update) => of_trail(&update.arn),
        Action::CreateTopic(topic) => of_topic("topic", &topic.arn),
        Action::AllowPublish(update) => of_topic("topic-policy", &update.arn),
        Action::AllowQueue(update) => of_endpoint("queue-policy", &update.arn, "") + &for_topic(&update.topic_arn),
        Action::AllowFunction(permission) => {
            of_endpoint("function-permission", &permission.function_arn, "function:")
                + &for_topic(&permission.topic_arn)
        }
        Action::Subscribe(subscription) => {
            let endpoint = &subscription.endpoint;
            let place = subscribe.iter().position(|given| given == endpoint).map_or(0, |place| place + 1);
            format!("{}/{}-{place}", of_topic("subscription", &subscription.topic_arn), endpoint.protocol)
        }
        Action::CreateMetricFilter(filter) => format!("metric-filter/{}", filter.name),
        Action::CreateAlarm(alarm) => at("alarm", alarm.arn.region(), alarm.arn.name()),
    }
}

/// A queue or function may let several topics deliver: the end of the id says which.
fn for_topic(topic: &TopicArn) -> String {
    format!("/{}", topic.name())
}

/// The steps of a plan, in their order.
pub(super) fn ordered(steps: &BTreeMap<String, (Action, BTreeSet<RuleId>)>) -> Vec<Step> {
    let mut ordered: Vec<(&String, &Action, &BTreeSet<RuleId>)> =
        steps.iter().map(|(id, (action, rules))| (id, action, rules)).collect();
    // What serves the first controls comes first; of a queue's policies, each of which holds those before, the shorter.
    let grown = |action: &Action| if let Action::AllowQueue(update) = action { update.policy.to.len() } else { 0 };
    ordered.sort_by_key(|(id, action, rules)| (rank(action), grown(action), rules.first().copied(), (*id).clone()));
    let after = |action: &Action| {
        ordered.iter().filter(|(_, other, _)| needs(action, other)).map(|(id, _, _)| (*id).clone()).collect()
    };
    ordered
        .iter()
        .map(|(id, action, rules)| Step {
            id: (*id).clone(),
            after: after(action),
            rules: numbers(rules),
            action: (*action).clone(),
        })
        .collect()
}

/// Controls as a plan names them, in their order.
pub(super) fn numbers(rules: &BTreeSet<RuleId>) -> Vec<String> {
    rules.iter().map(RuleId::to_string).collect()
}

/// Whether a step works only when another is done.
fn needs(action: &Action, other: &Action) -> bool {
    let wanted = wants(action);
    makes(other).iter().any(|made| wanted.contains(made))
}

/// What one step makes and another works on.
#[derive(Debug, PartialEq, Eq)]
enum Thing<'a> {
    /// By its alias.
    Key(&'a str),
    /// By its name.
    Bucket(&'a str),
    /// By its ARN.
    LogGroup(&'a str),
    /// By its ARN.
    Role(&'a str),
    /// By its ARN.
    Topic(&'a str),
    /// That a topic takes alarms' messages: its ARN.
    Publishing(&'a str),
    /// A queue's ARN and policy.
    QueuePolicy(&'a str, &'a str),
    /// That a topic delivers to a queue or function: their ARNs.
    Delivery(&'a str, &'a str),
    /// By namespace and name.
    Metric(&'a str, &'a str),
}

fn makes(action: &Action) -> Vec<Thing<'_>> {
    match action {
        Action::CreateKey(key) => vec![Thing::Key(&key.alias)],
        Action::CreateBucket(bucket) => vec![Thing::Bucket(&bucket.name)],
        Action::CreateLogGroup(group) => vec![Thing::LogGroup(&group.arn)],
        Action::CreateRole(role) => vec![Thing::Role(&role.arn)],
        Action::CreateTopic(topic) => vec![Thing::Topic(&topic.arn)],
        Action::AllowPublish(update) => vec![Thing::Publishing(&update.arn)],
        Action::AllowQueue(update) => {
            vec![Thing::QueuePolicy(&update.arn, &update.policy.to), Thing::Delivery(&update.topic_arn, &update.arn)]
        }
        Action::AllowFunction(permission) => {
            vec![Thing::Delivery(&permission.topic_arn, &permission.function_arn)]
        }
        Action::CreateMetricFilter(filter) => vec![Thing::Metric(&filter.namespace, &filter.metric)],
        Action::CreateTrail(_) | Action::UpdateTrail(_) | Action::Subscribe(_) | Action::CreateAlarm(_) => Vec::new(),
    }
}

fn wants(action: &Action) -> Vec<Thing<'_>> {
    match action {
        Action::CreateTrail(trail) => vec![
            Thing::Key(&trail.key),
            Thing::Bucket(&trail.bucket),
            Thing::LogGroup(&trail.log_group_arn),
            Thing::Role(&trail.role_arn),
        ],
        Action::UpdateTrail(update) => {
            let group = update.log_group_arn.as_ref().and_then(|change| change.to.as_deref());
            let role = update.role_arn.as_ref().and_then(|change| change.to.as_deref());
            group.map(Thing::LogGroup).into_iter().chain(role.map(Thing::Role)).collect()
        }
        Action::AllowQueue(update) => {
            let before = update.policy.from.as_deref().map(|policy| Thing::QueuePolicy(&update.arn, policy));
            before.into_iter().chain([Thing::Topic(&update.topic_arn)]).collect()
        }
        Action::AllowFunction(permission) => vec![Thing::Topic(&permission.topic_arn)],
        Action::Subscribe(subscription) => {
            let topic = &subscription.topic_arn;
            vec![Thing::Topic(topic), Thing::Delivery(topic, &subscription.endpoint.address)]
        }
        Action::CreateMetricFilter(filter) => vec![Thing::LogGroup(&filter.log_group_arn)],
        Action::CreateAlarm(alarm) => vec![
            Thing::Topic(&alarm.topic_arn),
            Thing::Publishing(&alarm.topic_arn),
            Thing::Metric(&alarm.namespace, &alarm.metric),
        ],
        Action::CreateKey(_)
        | Action::CreateBucket(_)
        | Action::CreateLogGroup(_)
        | Action::CreateRole(_)
        | Action::CreateTopic(_)
        | Action::AllowPublish(_) => Vec::new(),
    }
}

/// Whether a step lets a topic deliver to a queue or function.
pub(super) fn lets_deliver(action: &Action, topic: &str, endpoint: &str) -> bool {
    makes(action).contains(&Thing::Delivery(topic, endpoint))
}
