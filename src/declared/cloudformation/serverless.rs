//! What SAM makes of a function's events: subscriptions of topics (SAM specification, event source `SNS`).

use std::sync::Arc;

use super::evaluation::Evaluation;
use super::tree::Tree;
use crate::declared::{Node, Resource, Value};

/// SAM's type of a function.
pub(super) const FUNCTION: &str = "AWS::Serverless::Function";

/// The subscriptions of a function, or of the queues that SAM puts before it.
pub(super) fn subscriptions(evaluation: &Evaluation<'_>, id: &str, resource: &Tree) -> Vec<Resource> {
    let events = resource.get("Properties").and_then(|all| all.get("Events")).map(Tree::entries).unwrap_or_default();
    let is_of_topic = |(_, event): &&(String, Tree)| event.get("Type").and_then(Tree::text) == Some("SNS");
    events
        .iter()
        .filter(is_of_topic)
        .map(|(name, event)| subscription(evaluation, (id, name), event, resource))
        .collect()
}

fn subscription(evaluation: &Evaluation<'_>, (id, name): (&str, &str), event: &Tree, function: &Tree) -> Resource {
    let given = event.get("Properties");
    let property = |name: &str| given.and_then(|all| all.get(name)).map(|tree| evaluation.node(tree));
    let text = |text: &str| Node { at: Some(event.at), value: Value::Text(text.to_owned()) };
    // A queue of its own, or one that is named.
    let queue = property("SqsSubscription").filter(|node| node.boolean() != Ok(Some(false)));
    let (protocol, resource) = if queue.is_some() { ("sqs", "") } else { ("lambda", "function:") };
    let endpoint = evaluation.home.arn(protocol, &format!("{resource}{}", evaluation.generated(id, function)));
    let mut properties = vec![("Protocol".to_owned(), text(protocol)), ("Endpoint".to_owned(), text(&endpoint))];
    for (from, to) in
        [("Topic", "TopicArn"), ("FilterPolicy", "FilterPolicy"), ("FilterPolicyScope", "FilterPolicyScope")]
    {
        properties.extend(property(from).map(|node| (to.to_owned(), node)));
    }
    Resource {
        kind: "AWS::SNS::Subscription".to_owned(),
        address: format!("{}.{name}", evaluation.address(id, function)),
        generated: String::new(),
        file: function.file.as_deref().unwrap_or(&evaluation.template.file).to_owned(),
        at: Some(event.at),
        home: evaluation.own_home.clone(),
        arguments: Arc::from([("TopicArn", "Topic")]),
        is_as_written: false,
        referred: None,
        properties: Node { at: Some(event.at), value: Value::Map(properties) },
    }
}
