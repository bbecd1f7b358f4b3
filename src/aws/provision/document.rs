//! Policies as documents: written by us, given back by a service in its own spelling. What a policy allows is not
//! asked.

use serde_json::Value;

/// Whether two policies say the same: order of fields and of lists, and a list of one for its element, do not matter.
pub(super) fn same(one: &str, other: &str) -> bool {
    match (serde_json::from_str(one), serde_json::from_str(other)) {
        (Ok(one), Ok(other)) => plain(one) == plain(other),
        (Err(_), _) | (_, Err(_)) => one == other,
    }
}

fn plain(value: Value) -> Value {
    match value {
        Value::Array(mut items) if items.len() == 1 => plain(items.remove(0)),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(plain).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            let mut fields: Vec<(String, Value)> =
                fields.into_iter().map(|(name, value)| (name, plain(value))).collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        let ours = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["b","a"],"Resource":"*"}]}"#;
        let theirs =
            r#"{ "Statement": {"Resource": ["*"], "Action": ["a", "b"], "Effect": "Allow"}, "Version": "2012-10-17" }"#;
        assert!(same(ours, theirs));
    }

    #[test]
    fn meaning_does() {
        assert!(!same(r#"{"Effect":"Allow"}"#, r#"{"Effect":"Deny"}"#));
        assert!(!same(r#"{"Action":["a","b"]}"#, r#"{"Action":["a"]}"#));
        assert!(!same("{", "{}"));
    }
}
