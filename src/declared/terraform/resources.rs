//! An instance as a declared resource: its arguments in the words of CloudFormation's schemas.

use serde_json::Value as Json;

use super::graph::Instance;
use super::reader::{Body, Made, Reader, node};
use super::types::{self, How, Type};
use super::values::has_unknown;
use super::{awscc, blocks, policy};
use crate::declared::cloudformation::name_property;
use crate::declared::json::{node_of, text_of};
use crate::declared::{Node, Resource, Unknown, Value};

/// Properties, and which of them are made of references.
type Read = (Node, Vec<String>);

/// An instance as a resource; `None`: of another type.
pub(super) fn resource(reader: &Reader<'_, '_>, at: usize) -> Option<Resource> {
    let instance = reader.graph.instances.get(at)?;
    let kind = types::cloudformation(&instance.kind)?;
    let (properties, referred) = match types::find(&instance.kind) {
        Some(known) => properties(reader, at, instance, known),
        None => of_awscc(reader, at, instance),
    };
    Some(Resource {
        kind: kind.to_owned(),
        address: instance.address.to_string(),
        generated: reader.generated(instance),
        file: reader.file.to_owned(),
        at: None,
        home: Some(reader.homes.home(at)),
        arguments: reader.arguments.get(&*instance.kind).cloned().unwrap_or_default(),
        is_as_written: false,
        referred: Some(referred.into()),
        properties,
    })
}

fn properties<'a>(reader: &Reader<'_, 'a>, at: usize, instance: &Instance<'a>, known: &'static Type) -> Read {
    let body = reader.body(instance);
    let (mut properties, mut referred) = (Vec::new(), Vec::new());
    for (argument, property, how) in known.arguments {
        let mut value = argument_of(reader, at, &body, argument, *how);
        referred.extend(made(reader, instance, argument, property));
        if known.name == Some(argument) && !matches!(value, Value::Text(_)) {
            // What it is called is then made of its address.
            value = Value::Absent;
        }
        if value != Value::Absent {
            properties.push(((*property).to_owned(), node(value)));
        }
    }
    let has = |property: &str| properties.iter().any(|(name, _)| name == property);
    if has("ThresholdMetricId") {
        properties.retain(|(name, _)| name != "Threshold");
    }
    if let Some(confirmed) = confirmed(instance).filter(|_| known.kind == "AWS::SNS::Subscription") {
        properties.push(("Confirmed".to_owned(), node(Value::Text(confirmed.to_string()))));
    }
    (node(Value::Map(properties)), referred)
}

/// What was just read for an argument is made of: its property, and those in its blocks, if they are made of references and
/// nothing shows that they are no more than that.
fn made(reader: &Reader<'_, '_>, instance: &Instance<'_>, argument: &str, property: &str) -> Vec<String> {
    let inner = reader.inner();
    let is_referred = match reader.made() {
        Made::Known => false,
        Made::OfReference => !reader.graph.is_shown(instance, argument),
        Made::OfSeveral => true,
    };
    let inner = inner.into_iter().map(|inner| format!("{property}.{inner}"));
    is_referred.then(|| property.to_owned()).into_iter().chain(inner).collect()
}

/// The value of an argument.
fn argument_of<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>, name: &str, how: How) -> Value {
    match how {
        How::Policy => policy::policy(reader, at, body, name),
        How::Blocks(block) => blocks::blocks(reader, at, body, name, block),
        how => reader.plain(at, body, name, how),
    }
}

/// Whether a subscription is confirmed: a state says so, or the configuration promises it.
fn confirmed(instance: &Instance<'_>) -> Option<bool> {
    let flag = |name: &str| instance.values.get(name).and_then(text_of).and_then(|text| text.parse::<bool>().ok());
    // An endpoint can do that, and a person cannot.
    let protocol = instance.values.get("protocol").and_then(text_of);
    let has_endpoint = protocol.is_some_and(|protocol| matches!(&*protocol, "http" | "https"));
    let promised = || flag("endpoint_auto_confirms").filter(|flag| *flag && has_endpoint);
    flag("pending_confirmation").map(|pending| !pending).or_else(promised)
}

/// How a property that may be a reference is followed.
fn how(property: &str) -> How {
    match property {
        "AlarmActions" | "Topics" | "OKActions" | "InsufficientDataActions" | "SnsTopicArns" => How::Actions,
        "CloudWatchLogsLogGroupArn" | "LogGroupName" => How::Group,
        "MetricName" => How::Metric,
        "TopicArn" => How::Topic,
        "KmsMasterKeyId" | "KMSKeyId" | "TargetKeyId" => How::Key,
        "PolicyDocument" | "KeyPolicy" => How::Policy,
        "Endpoint" => How::Endpoint,
        "CloudWatchLogsRoleArn" => How::Role,
        "FilterPattern" => How::Pattern,
        _ => How::Plain,
    }
}

/// The properties of an instance.
fn of_awscc(reader: &Reader<'_, '_>, at: usize, instance: &Instance<'_>) -> Read {
    let mut arguments: Vec<&String> = [&instance.values, &instance.unknown]
        .into_iter()
        .filter_map(Json::as_object)
        .flat_map(serde_json::Map::keys)
        .collect();
    arguments.sort();
    arguments.dedup();
    let body = reader.body(instance);
    let own_name = types::of_awscc(&instance.kind).and_then(name_property);
    let mut referred = Vec::new();
    let entry = |argument: &String| {
        let property = awscc::property(argument)?;
        let is_nested = matches!(body.value(argument), Json::Array(_) | Json::Object(_));
        let value = match how(property) {
            How::Plain | How::Endpoint if is_nested => nested(instance, argument),
            how => argument_of(reader, at, &body, argument, how),
        };
        referred.extend(made(reader, instance, argument, property));
        let is_nameless = own_name == Some(property) && !matches!(value, Value::Text(_));
        (value != Value::Absent && !is_nameless).then(|| (property.to_owned(), node(value)))
    };
    let properties = arguments.into_iter().filter_map(entry).collect();
    (node(Value::Map(properties)), referred)
}

/// Values in values. If a part of one is not known, all of it is unknown.
fn nested(instance: &Instance<'_>, argument: &str) -> Value {
    if instance.unknown.get(argument).is_some_and(has_unknown) {
        let name = format!("{}.{argument}", instance.address);
        return Value::Unknown(Unknown::anything(&name, "a part of it is known only after apply"));
    }
    renamed(instance.values.get(argument).unwrap_or(&Json::Null)).value
}

fn renamed(value: &Json) -> Node {
    match value {
        Json::Array(items) => node(Value::List(items.iter().map(renamed).collect())),
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| {
                let name = awscc::property(key).map_or_else(|| key.clone(), str::to_owned);
                (name, renamed(value))
            };
            node(Value::Map(entries.iter().map(entry).collect()))
        }
        scalar => node_of(scalar),
    }
}
