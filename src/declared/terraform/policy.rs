//! Policies: texts that are known, and those that `aws_iam_policy_document` makes, put together again from how it is
//! written, for in a plan they are unknown as soon as one ARN in them is.

use serde_json::Value as Json;

use super::blocks::{matching, written};
use super::graph::{Candidate, Instance};
use super::reader::{Body, NULL, Reader, Written, node};
use super::types::{How, POLICY_DOCUMENT};
use super::values::has_unknown;
use crate::declared::json::{node_of, text_of};
use crate::declared::{Node, Unknown, Value};

/// Elements of a statement that are lists, by their arguments.
const LISTS: [(&str, &str); 4] =
    [("actions", "Action"), ("not_actions", "NotAction"), ("resources", "Resource"), ("not_resources", "NotResource")];

/// The policy that an argument holds; absent where it is left to the service.
pub(super) fn policy<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>, name: &str) -> Value {
    let value = reader.scalar(at, body, name, How::Plain);
    match value {
        Value::Text(text) => read(&text)
            .map_or_else(|| Value::Unknown(Unknown::anything(name, "it is no JSON")), |policy| node_of(&policy).value),
        Value::Unknown(unknown) => match reader.one(at, body, name, How::Policy) {
            Ok(Candidate::Instance { at, .. }) => rebuilt(reader, at).unwrap_or(Value::Unknown(unknown)),
            _ => Value::Unknown(unknown),
        },
        other => other,
    }
}

/// A policy's text as JSON. What IAM's variables are stays text.
pub(super) fn read(text: &str) -> Option<Json> {
    serde_json::from_str::<Json>(text).ok().filter(Json::is_object)
}

/// The document that a data source makes; `None`: it is no such data source, or not all of it is shown.
fn rebuilt(reader: &Reader<'_, '_>, at: usize) -> Option<Value> {
    let instance = reader.graph.instances.get(at)?;
    if instance.kind.strip_prefix("data.")? != POLICY_DOCUMENT {
        return None;
    }
    let body = reader.body(instance);
    // Documents that are laid under or over it are other data sources.
    let merged = ["source_policy_documents", "override_policy_documents", "source_json", "override_json"];
    if merged.iter().any(|name| is_used(&body, instance, name)) {
        return None;
    }
    if body.unknown.get("statement") == Some(&Json::Bool(true)) {
        return None;
    }
    let statements = body.value("statement").as_array()?;
    let unknown = body.unknown.get("statement").unwrap_or(&NULL);
    let expressions = written(&body, "statement");
    let mut made = Vec::new();
    for (number, values) in statements.iter().enumerate() {
        let unknown = unknown.get(number).cloned().unwrap_or(Json::Null);
        let written =
            matching(&expressions, values, number, body.value("statement")).map_or(Written::NotShown, Written::Here);
        made.push(statement(reader, at, &Body { values, unknown: &unknown, sensitive: &NULL, written }));
    }
    let version = text_of(body.value("version")).unwrap_or_else(|| "2012-10-17".to_owned());
    Some(Value::Map(vec![
        ("Version".to_owned(), node(Value::Text(version))),
        ("Statement".to_owned(), node(Value::List(made))),
    ]))
}

fn is_used(body: &Body<'_, '_>, instance: &Instance<'_>, name: &str) -> bool {
    let is_empty = match body.value(name) {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::String(text) => text.is_empty(),
        _ => false,
    };
    !is_empty || instance.unknown.get(name).is_some_and(has_unknown)
}

fn statement<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>) -> Node {
    let mut entries = Vec::new();
    if let Some(sid) = text_of(body.value("sid")).filter(|sid| !sid.is_empty()) {
        entries.push(("Sid".to_owned(), node(Value::Text(sid))));
    }
    entries.push(("Effect".to_owned(), node(reader.scalar(at, body, "effect", How::Flag("Allow")))));
    for (name, element) in LISTS {
        let value = texts(reader, at, body, name);
        if value != Value::Absent {
            entries.push((element.to_owned(), node(value)));
        }
    }
    for (name, element) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        entries.extend(principals(reader, at, body, name).map(|value| (element.to_owned(), node(value))));
    }
    entries.extend(conditions(reader, at, body).map(|value| ("Condition".to_owned(), node(value))));
    node(Value::Map(entries))
}

/// Texts some of which may be unknown: each of those is what one reference leads to, or not known.
fn texts<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>, name: &str) -> Value {
    let unknown = body.unknown.get(name).unwrap_or(&NULL);
    let known = body.value(name).as_array().map(Vec::as_slice).unwrap_or_default();
    if !has_unknown(unknown) && *body.unknown != Json::Bool(true) {
        let texts: Vec<Node> = known.iter().filter_map(text_of).map(|text| node(Value::Text(text))).collect();
        return if texts.is_empty() { Value::Absent } else { Value::List(texts) };
    }
    let open = match reader.one(at, body, name, How::Plain) {
        Ok(candidate) => reader.meaning(at, &candidate, How::Plain),
        Err(unknown) => Value::Unknown(unknown),
    };
    let mut nodes: Vec<Node> = known.iter().filter_map(text_of).map(|text| node(Value::Text(text))).collect();
    nodes.push(node(open));
    Value::List(nodes)
}

/// Nested blocks, each with its expressions where there is no doubt which they are.
fn nested<'a>(body: &Body<'_, 'a>, name: &str, mut each: impl FnMut(&Body<'_, 'a>)) {
    let values = body.value(name).as_array().map(Vec::as_slice).unwrap_or_default();
    let unknown = body.unknown.get(name).unwrap_or(&NULL);
    let expressions = written(body, name);
    for (number, value) in values.iter().enumerate() {
        let unknown = unknown.get(number).cloned().unwrap_or(Json::Null);
        // A set, whose order is not that of the configuration.
        let written = match (expressions.as_slice(), values.len()) {
            ([one], 1) => Written::Here(one),
            _ => Written::NotShown,
        };
        each(&Body { values: value, unknown: &unknown, sensitive: &NULL, written });
    }
}

fn principals<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>, name: &str) -> Option<Value> {
    let mut kinds: Vec<(String, Node)> = Vec::new();
    let mut is_anybody = false;
    nested(body, name, |principal| {
        let kind = text_of(principal.value("type")).unwrap_or_else(|| "AWS".to_owned());
        let names = texts(reader, at, principal, "identifiers");
        is_anybody |= kind == "*";
        kinds.push((kind, node(names)));
    });
    match kinds.is_empty() {
        true => None,
        false if is_anybody => Some(Value::Text("*".to_owned())),
        false => Some(Value::Map(joined(kinds))),
    }
}

/// Entries of the same key as one, of both lists.
fn joined(entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let mut joined: Vec<(String, Node)> = Vec::new();
    for (key, value) in entries {
        match joined.iter_mut().find(|(known, _)| *known == key) {
            Some((_, Node { value: Value::List(all), .. })) => {
                if let Value::List(more) = value.value {
                    all.extend(more);
                }
            }
            _ => joined.push((key, value)),
        }
    }
    joined
}

fn conditions<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>) -> Option<Value> {
    let mut tests: Vec<(String, Vec<(String, Node)>)> = Vec::new();
    nested(body, "condition", |condition| {
        let text = |name: &str| text_of(condition.value(name)).unwrap_or_else(|| "?".to_owned());
        let entry = (text("variable"), node(texts(reader, at, condition, "values")));
        match tests.iter_mut().find(|(test, _)| *test == text("test")) {
            Some((_, entries)) => entries.push(entry),
            None => tests.push((text("test"), vec![entry])),
        }
    });
    let tests: Vec<(String, Node)> =
        tests.into_iter().map(|(test, entries)| (test, node(Value::Map(joined(entries))))).collect();
    if tests.is_empty() { None } else { Some(Value::Map(tests)) }
}
