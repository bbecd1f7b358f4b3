//! A CloudTrail event made of a model: the values that the patterns look at, and the few fields that every event has.
//! Every witness is evaluated before it leaves: `covers` trusts no model.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::cloudtrail;
use super::model::{Chosen, Model};
use super::places::{Edge, Places};

/// The longest run of elements that is written out to reach an index.
const MAX_INDEX: u64 = 64;

/// One concrete CloudTrail event that proves an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    event: Value,
    line: String,
}

impl Witness {
    /// The event: an object.
    pub fn event(&self) -> &Value {
        &self.event
    }

    /// The event as one line of JSON, its keys in the order in which CloudTrail writes them.
    pub fn to_json_line(&self) -> String {
        self.line.clone()
    }

    pub(super) fn line(&self) -> &str {
        &self.line
    }

    /// How far from ordinary the event is: more values are worse, and so are callers of no known kind.
    pub(super) fn cost(&self) -> usize {
        let has_caller = self.event.pointer("/userIdentity/type").is_some();
        count(&self.event) + if has_caller { 0 } else { 100 }
    }

    /// The event of a model; None if it cannot be written as JSON.
    pub(super) fn of(places: &Places, model: &Model) -> Option<Self> {
        let Value::Object(mut event) = value(places, model, 0)? else {
            return None;
        };
        let text = |event: &Map<String, Value>, key| event.get(key).and_then(Value::as_str).map(str::to_owned);
        if places.get(0, ["eventName"].into_iter()).is_none() {
            let source = text(&event, "eventSource");
            let names = source.as_deref().map(cloudtrail::names_of).unwrap_or_default();
            event.insert("eventName".to_owned(), Value::from(*names.first().unwrap_or(&cloudtrail::PLAIN_NAME)));
        }
        if places.get(0, ["eventSource"].into_iter()).is_none() {
            let source = text(&event, "eventName").as_deref().and_then(cloudtrail::source_of);
            event.insert("eventSource".to_owned(), Value::from(source.unwrap_or(cloudtrail::PLAIN_SOURCE)));
        }
        let has_type = places.get(0, cloudtrail::IDENTITY_TYPE.split('.')).is_some();
        if let Some(Value::Object(caller)) = event.get_mut("userIdentity").filter(|_| !has_type) {
            let kind = if caller.contains_key("sessionContext") { "AssumedRole" } else { "IAMUser" };
            caller.insert("type".to_owned(), Value::from(kind));
        }
        let event = Value::Object(event);
        let mut line = String::new();
        write_value(&event, &mut line);
        Some(Self { event, line })
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// The value at a place. As deep as the longest selector, which a pattern's length limits.
fn value(places: &Places, model: &Model, at: usize) -> Option<Value> {
    let parts = || places.place(at).children.iter().filter(|&&child| model[child] != Chosen::Missing);
    Some(match &model[at] {
        Chosen::Missing => return None,
        Chosen::Null => Value::Null,
        Chosen::True => Value::Bool(true),
        Chosen::False => Value::Bool(false),
        Chosen::Text(text) => Value::String(text.clone()),
        Chosen::Number(written) => {
            let value: Value = serde_json::from_str(written).ok()?;
            // A number that serde_json writes otherwise would have another text.
            let kept = value.to_string();
            (kept == *written || kept.parse::<f64>().ok() == written.parse().ok()).then_some(value)?
        }
        Chosen::Object => {
            let mut members = Map::new();
            for &child in parts() {
                let key = match &places.place(child).edge {
                    Edge::Name(name) => name.clone(),
                    Edge::Index(_) => continue,
                    Edge::Extra(extra) => spare_key(places, at, *extra),
                };
                members.insert(key, value(places, model, child)?);
            }
            Value::Object(members)
        }
        Chosen::Array => {
            let mut indexed: BTreeMap<u64, usize> = BTreeMap::new();
            let mut extras = Vec::new();
            for &child in parts() {
                match &places.place(child).edge {
                    Edge::Index(index) => drop(indexed.insert(*index, child)),
                    Edge::Extra(_) => extras.push(child),
                    Edge::Name(_) => {}
                }
            }
            let mut items = Vec::new();
            for (index, child) in indexed {
                if index > MAX_INDEX {
                    return None;
                }
                // Elements that no pattern looks at, on the way to one that some does.
                while (items.len() as u64) < index {
                    items.push(Value::from("example"));
                }
                items.push(value(places, model, child)?);
            }
            for child in extras {
                items.push(value(places, model, child)?);
            }
            Value::Array(items)
        }
    })
}

/// A key that no selector names.
fn spare_key(places: &Places, at: usize, extra: usize) -> String {
    let is_taken = |key: &str| places.get(at, [key].into_iter()).is_some();
    let mut key = ["detail", "note", "item"].get(extra).map_or_else(|| format!("item{extra}"), |key| (*key).to_owned());
    while is_taken(&key) {
        key.push('X');
    }
    key
}

/// JSON with CloudTrail's order of keys. As deep as the event, which is no deeper than the longest selector.
fn write_value(value: &Value, line: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(key, _)| (cloudtrail::key_rank(key), key.as_str()));
            line.push('{');
            for (i, (key, value)) in members.into_iter().enumerate() {
                if i > 0 {
                    line.push(',');
                }
                line.push_str(&Value::from(key.as_str()).to_string());
                line.push(':');
                write_value(value, line);
            }
            line.push('}');
        }
        Value::Array(items) => {
            line.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    line.push(',');
                }
                write_value(item, line);
            }
            line.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            line.push_str(&value.to_string());
        }
    }
}
