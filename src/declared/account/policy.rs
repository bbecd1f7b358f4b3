//! Policies that are declared as values, as the JSON text that the services keep.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use crate::arn::{Arn, last_part};
use crate::declared::json::node_of;
use crate::declared::{Home, MARKS, Node, Value};

/// What no evaluation of a policy can follow, as IAM's variables are: the statement that holds it stays undecided.
const OPEN: &str = "${known at deployment}";

/// What a statement says of who may do what: evaluated by its letters, so that of what is not known nothing follows.
const LITERAL: [&str; 5] = ["Effect", "Principal", "NotPrincipal", "Action", "NotAction"];

/// What a statement is about.
const RESOURCES: [&str; 2] = ["Resource", "NotResource"];

/// The text of the policy of a resource, `own` being its ARN. `None`: who may do what is not known before deployment.
pub(super) fn text(node: &Node, home: &Home, own: &str) -> Option<String> {
    let written = if let Value::Text(text) = &node.value { Some(written(text)?) } else { None };
    let node = written.as_ref().unwrap_or(node);
    (!is_open(node)).then(|| json(node, (home, own)).to_string())
}

/// A policy that is given as JSON text, which CloudFormation takes in place of a map. `None`: it is no policy.
fn written(text: &str) -> Option<Node> {
    let policy = serde_json::from_str::<Json>(text).ok().filter(Json::is_object)?;
    // What stands for an account or a name comes into a text by substitution, and never by an escape of JSON.
    (!text.contains("\\u")).then(|| node_of(&policy))
}

/// The text of a filter policy. `None`: what it lets through is not known before deployment.
pub(super) fn filter(node: &Node, home: &Home) -> Option<String> {
    (!has(node, &|node| match &node.value {
        Value::Unknown(_) => true,
        Value::Text(text) => depends_on_home(text, home),
        _ => false,
    }))
    .then(|| json(node, (home, "")).to_string())
}

/// Whether something is not known that statements are evaluated by its letters for.
fn is_open(node: &Node) -> bool {
    let is_unknown = |node: &Node| matches!(node.value, Value::Unknown(_));
    match &node.value {
        Value::Map(entries) => entries
            .iter()
            .any(|(key, node)| if LITERAL.contains(&key.as_str()) { has(node, &is_unknown) } else { is_open(node) }),
        Value::List(nodes) => nodes.iter().any(is_open),
        Value::Absent | Value::Text(_) | Value::Unknown(_) => false,
    }
}

/// Whether this holds for a value, or one in it.
fn has(node: &Node, holds: &dyn Fn(&Node) -> bool) -> bool {
    holds(node)
        || match &node.value {
            Value::Map(entries) => entries.iter().any(|(_, node)| has(node, holds)),
            Value::List(nodes) => nodes.iter().any(|node| has(node, holds)),
            Value::Absent | Value::Text(_) | Value::Unknown(_) => false,
        }
}

fn json(node: &Node, (home, own): (&Home, &str)) -> Json {
    match &node.value {
        Value::Absent => Json::Null,
        Value::Text(text) if depends_on_home(text, home) => Json::String(format!("{text}{OPEN}")),
        Value::Text(text) => Json::String(text.clone()),
        Value::List(nodes) => Json::Array(nodes.iter().map(|node| json(node, (home, own))).collect()),
        Value::Map(entries) => {
            let entry = |(key, node): &(String, Node)| {
                let node = if RESOURCES.contains(&key.as_str()) {
                    Cow::Owned(here(node, (home, own)))
                } else {
                    Cow::Borrowed(node)
                };
                (key.clone(), json(&node, (home, own)))
            };
            Json::Object(entries.iter().map(entry).collect::<Map<_, _>>())
        }
        // Whatever the resource will be called, it is what its policy names.
        Value::Unknown(unknown) if unknown.expression == own => Json::String(own.to_owned()),
        Value::Unknown(unknown) => Json::String(format!("{}{OPEN}", unknown.expression)),
    }
}

/// The resources of a statement, in which the account and region of a topic's ARN are taken for those of the deployment, where
/// these are not known: its policy is about no other topics.
fn here(node: &Node, (home, own): (&Home, &str)) -> Node {
    let value = match &node.value {
        Value::Text(text) => Value::Text(topic_here(text, (home, own)).unwrap_or_else(|| text.clone())),
        Value::List(nodes) => Value::List(nodes.iter().map(|node| here(node, (home, own))).collect()),
        other => other.clone(),
    };
    Node { at: node.at, value }
}

fn topic_here(text: &str, (home, own): (&Home, &str)) -> Option<String> {
    let arn = Arn::parse(text).filter(|arn| arn.service == "sns")?;
    let is_written = |part: &str| !part.is_empty() && !part.contains(['*', '?']);
    let region = if !home.knows_region() && is_written(arn.region) { &home.region } else { arn.region };
    let account = if !home.knows_account() && is_written(arn.account) { &home.account } else { arn.account };
    let here = format!("arn:{}:sns:{region}:{account}:{}", arn.partition, arn.resource);
    // A name that is known only at deployment may be any, and one that is generated may be what stars stand for.
    let name = last_part(own);
    let may_be = crate::declared::is_open(name) || name.contains(MARKS) && arn.resource.contains(['*', '?']);
    let is_decided = here == own || arn.resource == "*" || !may_be;
    Some(if is_decided { here } else { format!("{here}{OPEN}") })
}

/// Whether a text names an account or region about which it is not known whether it is the one of the deployment.
fn depends_on_home(text: &str, home: &Home) -> bool {
    let mut digits = text.split(|letter: char| !letter.is_ascii_digit());
    let names_account = !home.knows_account() && digits.any(|digits| digits.len() == 12);
    let names_region = || {
        let region = Arn::parse(text).map(|arn| arn.region).unwrap_or_default();
        !home.knows_region() && !region.is_empty() && region != home.region && !region.contains(['*', '?'])
    };
    names_account || names_region()
}
