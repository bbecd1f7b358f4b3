//! JSON that is in a document, as values: a plan, or a policy that is given as a text. Nothing is looked up or judged.

use serde_json::Value as Json;

use super::{Node, Value};

/// A scalar as a text.
pub(in crate::declared) fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(flag) => Some(flag.to_string()),
        // Whole numbers may be written as others.
        Json::Number(number) => match number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15) {
            Some(whole) => Some(format!("{whole:.0}")),
            None => Some(number.to_string()),
        },
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// A known value.
pub(in crate::declared) fn node_of(value: &Json) -> Node {
    let value = match value {
        Json::Null => Value::Absent,
        Json::Array(items) => Value::List(items.iter().map(node_of).collect()),
        Json::Object(entries) => Value::Map(entries.iter().map(|(key, value)| (key.clone(), node_of(value))).collect()),
        scalar => text_of(scalar).map_or(Value::Absent, Value::Text),
    };
    Node { at: None, value }
}
