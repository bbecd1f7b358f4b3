//! Witnesses: concrete CloudTrail records, as small as a record that looks like one can be.

use serde_json::{Map, Value};

use super::ast::{Selector, Step};
use super::event::Json;

/// A concrete CloudTrail event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    event: Value,
}

/// Members in the order in which CloudTrail writes them; others follow.
const ORDER: &[&str] = &[
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "readOnly",
    "resources",
    "eventType",
    "managementEvent",
    "recipientAccountId",
];

impl Witness {
    /// Puts values into an event. `None` if two of them cannot stand in one.
    pub(super) fn of(values: &[(Selector, Json)]) -> Option<Self> {
        let mut event = Value::Object(Map::new());
        for (selector, value) in values {
            place(&mut event, &selector.steps, plain(value))?;
        }
        Some(Self { event })
    }

    /// The event as a JSON object.
    #[must_use]
    pub fn event(&self) -> &Value {
        &self.event
    }

    /// The event as one line of JSON, with members in the order in which CloudTrail writes them.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        let mut members: Vec<(&String, &Value)> = self.event.as_object().into_iter().flatten().collect();
        let rank = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
        members.sort_by_key(|(key, _)| rank(key));
        let texts: Vec<String> =
            members.into_iter().map(|(key, value)| format!("{}:{value}", Value::String(key.clone()))).collect();
        format!("{{{}}}", texts.join(","))
    }
}

fn plain(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Integer(text) => text.parse::<i64>().map_or(Value::Null, Value::from),
        Json::Double(value) => Value::from(*value),
        Json::Text(text) => Value::String(text.clone()),
        Json::List(items) => Value::Array(items.iter().map(plain).collect()),
        Json::Object { members, .. } => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), plain(value))).collect())
        }
    }
}

fn place(into: &mut Value, steps: &[Step], value: Value) -> Option<()> {
    let Some((first, rest)) = steps.split_first() else {
        match into {
            // An object or list that already holds something stays.
            Value::Object(members) if value.is_object() && !members.is_empty() => {}
            Value::Null => *into = value,
            Value::Object(members) if members.is_empty() => *into = value,
            other if *other == value => {}
            _ => return None,
        }
        return Some(());
    };
    let next = match first {
        Step::Name(name) => {
            if into.is_null() {
                *into = Value::Object(Map::new());
            }
            into.as_object_mut()?.entry(name.clone()).or_insert(Value::Null)
        }
        Step::Index(_) | Step::Every => {
            const LONGEST: usize = 64;
            let at = if let Step::Index(index) = first { *index } else { 0 };
            if into.is_null() {
                *into = Value::Array(Vec::new());
            }
            let list = into.as_array_mut().filter(|_| at < LONGEST)?;
            while list.len() <= at {
                list.push(Value::Null);
            }
            list.get_mut(at)?
        }
    };
    place(next, rest, value)
}
