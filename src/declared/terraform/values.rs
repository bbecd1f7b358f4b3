//! Values of a plan, and which of them are unknown: `true` in their place.

use serde_json::Value;

/// Whether something in it is unknown.
pub(super) fn has_unknown(unknown: &Value) -> bool {
    match unknown {
        Value::Bool(is_unknown) => *is_unknown,
        Value::Array(items) => items.iter().any(has_unknown),
        Value::Object(entries) => entries.values().any(has_unknown),
        Value::Null | Value::Number(_) | Value::String(_) => false,
    }
}

/// A value in values, by its path. A list of blocks has one. All of what is unknown is `true`.
pub(super) fn within<'v>(values: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(values, |values, name| match values {
        Value::Array(blocks) => blocks.first()?.get(name),
        Value::Bool(true) => Some(values),
        values => values.get(name),
    })
}
