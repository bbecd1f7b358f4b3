//! Parameters' values, in the forms that the AWS command line takes: `ParameterKey` and `ParameterValue` (`create-stack
//! --parameters`), and `Key=Value` or an object (`deploy --parameter-overrides`), as JSON or as words of the command line.

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

/// Why a file of parameters could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// It is not JSON.
    #[error("line {line}, column {column}: {message}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// It is JSON of another form.
    #[error(
        "it is neither a list of ParameterKey and ParameterValue, nor a list of \"Key=Value\", nor an object of keys and values"
    )]
    Form,
    /// The value is the one that the stack has.
    #[error("UsePreviousValue of {0}: the value is known to the stack alone; give it with ParameterValue")]
    Previous(String),
}

/// Reads a file's text.
///
/// # Errors
/// It is in none of these forms.
pub fn parse(text: &str) -> Result<BTreeMap<String, String>, Unreadable> {
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with(['[', '{', '"']) {
        let pairs = text.split_whitespace().map(|word| word.split_once('=').map(|(key, value)| parse_one(key, value)));
        return pairs.collect::<Option<_>>().ok_or(Unreadable::Form);
    }
    let value: Value = serde_json::from_str(crate::document::without_mark(text)).map_err(|error| Unreadable::Json {
        line: error.line(),
        column: error.column(),
        message: error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
    })?;
    match value {
        Value::Array(items) => items.iter().map(entry).collect(),
        Value::Object(mut object) => {
            // CodePipeline's form has them in a key.
            let inner = object.remove("Parameters");
            let entries = if let Some(Value::Object(inner)) = inner { inner } else { object };
            entries.iter().map(|(key, value)| Ok((key.clone(), text_of(value).ok_or(Unreadable::Form)?))).collect()
        }
        _ => Err(Unreadable::Form),
    }
}

/// A word of the command line, `Key=Value` or `ParameterKey=Key,ParameterValue=Value`, split at its first `=`.
#[must_use]
pub fn parse_one(key: &str, value: &str) -> (String, String) {
    let short = value.split_once(",ParameterValue=").filter(|_| key == "ParameterKey");
    let (key, value) = short.unwrap_or((key, value));
    (key.to_owned(), value.to_owned())
}

fn entry(item: &Value) -> Result<(String, String), Unreadable> {
    if let Value::String(text) = item {
        return text.split_once('=').map(|(key, value)| parse_one(key, value)).ok_or(Unreadable::Form);
    }
    let key = item.get("ParameterKey").and_then(Value::as_str).ok_or(Unreadable::Form)?;
    match item.get("ParameterValue").and_then(text_of) {
        Some(value) => Ok((key.to_owned(), value)),
        None if item.get("UsePreviousValue") == Some(&Value::Bool(true)) => {
            Err(Unreadable::Previous(crate::escape::shortened(key, 80).into_owned()))
        }
        None => Err(Unreadable::Form),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(boolean) => Some(boolean.to_string()),
        Value::Array(items) => items.iter().map(text_of).collect::<Option<Vec<_>>>().map(|texts| texts.join(",")),
        Value::Null | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_the_aws_command_line_are_read() {
        for text in [
            r#"[{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "ParameterValue": "x=y"}]"#,
            r#"["A=1", "B=x=y"]"#,
            r#"{"A": 1, "B": "x=y"}"#,
            r#"{"Parameters": {"A": "1", "B": "x=y"}}"#,
            r#"["ParameterKey=A,ParameterValue=1", "B=x=y"]"#,
            "A=1 B=x=y\n",
            "ParameterKey=A,ParameterValue=1\nParameterKey=B,ParameterValue=x=y",
        ] {
            let wanted = BTreeMap::from([("A".to_owned(), "1".to_owned()), ("B".to_owned(), "x=y".to_owned())]);
            assert_eq!(parse(text), Ok(wanted), "{text}");
        }
        assert_eq!(parse("[1]"), Err(Unreadable::Form));
        assert_eq!(parse("A B"), Err(Unreadable::Form));
        let previous = parse(r#"[{"ParameterKey": "A", "UsePreviousValue": true}]"#);
        assert_eq!(previous, Err(Unreadable::Previous("A".to_owned())));
        assert_eq!(parse("[\n1").expect_err("broken").to_string(), "line 2, column 1: EOF while parsing a list");
    }
}
