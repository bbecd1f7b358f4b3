//! Whether something is still as it was made: every field that a service gives back, whether this version of the SDK knows
//! it or not, against what was put. What the service fills in by itself is listed; whatever is not listed counts.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What a service adds to a kind of resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled {
    /// Fields that say nothing of how it was made: times, states, figures, ids.
    pub(super) ignored: &'static [&'static str],
    /// Fields, with the value in JSON that is as good as none.
    pub(super) defaults: &'static [(&'static str, &'static str)],
}

/// The first field, by its name, that is not as it was made.
pub(super) fn difference(found: &Value, made: &Value, filled: Filled) -> Option<String> {
    let (Value::Object(found), Value::Object(made)) = (found, made) else { return Some("content".to_owned()) };
    let names: BTreeSet<&String> = found.keys().chain(made.keys()).collect();
    let differs = |name: &&&String| !same(set(found, name, filled), set(made, name, filled));
    names.iter().filter(|name| !filled.ignored.contains(&name.as_str())).find(differs).map(|name| (**name).clone())
}

/// A field's value, unless it is as good as none.
fn set<'a>(fields: &'a Map<String, Value>, name: &str, filled: Filled) -> Option<&'a Value> {
    let value = fields.get(name).filter(|value| !is_empty(value))?;
    let is_default = filled.defaults.iter().filter(|(field, _)| *field == name).any(|(_, default)| {
        // The table is written in this program: a default that is no JSON is none.
        serde_json::from_str(default).is_ok_and(|default: Value| same(Some(value), Some(&default)))
    });
    (!is_default).then_some(value)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// `1` is `1.0`.
fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => one.as_f64() == other.as_f64(),
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILLED: Filled =
        Filled { ignored: &["StateValue"], defaults: &[("Window", r#"{"Sliding":{}}"#), ("On", "false")] };

    fn found(found: &Value) -> Option<String> {
        difference(found, &json!({ "Name": "n", "Threshold": 1.0, "Actions": ["t"] }), FILLED)
    }

    #[test]
    fn what_a_service_fills_in_is_no_change() {
        for more in [
            json!({}),
            json!({ "StateValue": "OK", "Actions": ["t"] }),
            json!({ "Dimensions": [], "Unit": null, "Text": "", "Settings": {} }),
            json!({ "Window": { "Sliding": {} }, "On": false, "Threshold": 1 }),
        ] {
            let mut all = json!({ "Name": "n", "Threshold": 1.0, "Actions": ["t"] });
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(found(&all), None, "{all}");
        }
    }

    #[test]
    fn any_other_field_is_one_known_or_not() {
        for (name, value) in [
            ("Name", json!("m")),
            ("Threshold", json!(2)),
            ("Actions", json!(["t", "u"])),
            ("Actions", json!([])),
            ("On", json!(true)),
            ("Window", json!({ "WallClock": {} })),
            ("Window", json!({ "Sliding": { "New": 1 } })),
            ("AddedIn2031", json!(false)),
            ("AddedIn2031", json!(0)),
            ("AddedIn2031", json!({ "Nested": null })),
        ] {
            let mut all = json!({ "Name": "n", "Threshold": 1.0, "Actions": ["t"] });
            all[name] = value;
            assert_eq!(found(&all).as_deref(), Some(name), "{all}");
        }
        assert_eq!(found(&json!({ "Name": "n", "Threshold": 1.0 })).as_deref(), Some("Actions"));
        assert_eq!(found(&json!([])).as_deref(), Some("content"));
    }
}
