//! Ids of steps, and their order: each after those that it needs. What a step needs is read off its content.

use std::collections::{BTreeMap, BTreeSet};

use super::super::plan::{Action, Endpoint, Step};
use super::said::numbers;
use super::subscribers::lets;
use crate::arn::Arn;
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

/// The id of a step: kind and name, with the region between where it is not the plan's. An address is told by its place
/// among those that were given.
pub(super) fn id(action: &Action, region: &str, subscribe: &[Endpoint]) -> String {
    let of = |kind: &str, arn: &str, prefix: &str| match Arn::parse(arn) {
        Some(parts) => {
            let name = parts.resource.strip_prefix(prefix).unwrap_or(parts.resource);
            if parts.region == region { format!("{kind}/{name}") } else { format!("{kind}/{}/{name}", parts.region) }
        }
        None => format!("{kind}/{arn}"),
    };
    match action {
        Action::CreateKey(key) => format!("key/{}", key.alias.trim_start_matches("alias/")),
        Action::CreateBucket(bucket) => format!("bucket/{}", bucket.name),
        Action::CreateRole(role) => format!("role/{}", role.name),
        Action::CreateLogGroup(group) => of("log-group", &group.arn, "log-group:"),
        Action::CreateTrail(trail) => of("trail", &trail.arn, "trail/"),
        Action::UpdateTrail(update) => of("trail", &update.arn, "trail/"),
        Action::CreateTopic(topic) => of("topic", &topic.arn, ""),
        Action::AllowPublish(update) => of("topic-policy", &update.arn, ""),
        Action::AllowQueue(update) => {
            of("queue-policy", &update.arn, "") + &for_topic(source(&update.statement).as_deref())
        }
        Action::AllowFunction(permission) => {
            of("function-permission", &permission.function_arn, "function:") + &for_topic(Some(&permission.topic_arn))
        }
        Action::Subscribe(subscription) => {
            let endpoint = &subscription.endpoint;
            let place = subscribe.iter().position(|given| given == endpoint).map_or(0, |place| place + 1);
            format!("{}/{}-{place}", of("subscription", &subscription.topic_arn, ""), endpoint.protocol)
        }
        Action::CreateMetricFilter(filter) => format!("metric-filter/{}", filter.name),
        Action::CreateAlarm(alarm) => of("alarm", &alarm.arn, "alarm:"),
    }
}

/// A queue or function may let several topics deliver: the end of the id tells which.
fn for_topic(topic: Option<&str>) -> String {
    topic.and_then(Arn::parse).map(|arn| format!("/{}", arn.resource)).unwrap_or_default()
}

/// The topic that a statement lets deliver.
pub(super) fn source(statement: &str) -> Option<String> {
    let statement: serde_json::Value = serde_json::from_str(statement).ok()?;
    Some(statement.pointer("/Condition/ArnEquals/aws:SourceArn")?.as_str()?.to_owned())
}

/// The steps of a plan, in their order.
pub(super) fn ordered(steps: &BTreeMap<String, (Action, BTreeSet<RuleId>)>) -> Vec<Step> {
    let mut ordered: Vec<(&String, &Action, &BTreeSet<RuleId>)> =
        steps.iter().map(|(id, (action, rules))| (id, action, rules)).collect();
    // What serves the first controls comes first; of a queue's policies, each of which holds those before, the shorter.
    let grown = |action: &Action| match action {
        Action::AllowQueue(update) => update.policy.to.as_ref().map_or(0, String::len),
        _ => 0,
    };
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

/// Whether a step works only when another is done.
fn needs(action: &Action, other: &Action) -> bool {
    match (action, other) {
        (Action::CreateTrail(trail), Action::CreateKey(key)) => trail.key == key.alias,
        (Action::CreateTrail(trail), Action::CreateBucket(bucket)) => trail.bucket == bucket.name,
        (Action::CreateTrail(trail), Action::CreateLogGroup(group)) => trail.log_group_arn == group.arn,
        (Action::CreateTrail(trail), Action::CreateRole(role)) => trail.role_arn == role.arn,
        (Action::UpdateTrail(update), Action::CreateLogGroup(group)) => {
            update.log_group_arn.as_ref().is_some_and(|change| change.to.as_ref() == Some(&group.arn))
        }
        (Action::UpdateTrail(update), Action::CreateRole(role)) => {
            update.role_arn.as_ref().is_some_and(|change| change.to.as_ref() == Some(&role.arn))
        }
        (Action::AllowFunction(permission), Action::CreateTopic(topic)) => permission.topic_arn == topic.arn,
        (Action::AllowQueue(update), Action::CreateTopic(topic)) => {
            source(&update.statement).is_some_and(|source| source == topic.arn)
        }
        (Action::AllowQueue(update), Action::AllowQueue(other)) => {
            update.arn == other.arn && update.policy.from == other.policy.to
        }
        (Action::Subscribe(subscription), Action::CreateTopic(topic)) => subscription.topic_arn == topic.arn,
        (Action::Subscribe(subscription), Action::AllowQueue(_) | Action::AllowFunction(_)) => {
            lets(other, &subscription.topic_arn, &subscription.endpoint.address)
        }
        (Action::CreateMetricFilter(filter), Action::CreateLogGroup(group)) => filter.log_group_arn == group.arn,
        (Action::CreateAlarm(alarm), Action::CreateTopic(topic)) => alarm.topic_arn == topic.arn,
        (Action::CreateAlarm(alarm), Action::AllowPublish(update)) => alarm.topic_arn == update.arn,
        (Action::CreateAlarm(alarm), Action::CreateMetricFilter(filter)) => {
            (&alarm.namespace, &alarm.metric) == (&filter.namespace, &filter.metric)
        }
        _ => false,
    }
}
