//! The event patterns of EventBridge: does one match an event?
//!
//! A pattern is read (EventBridge user guide, "Creating Amazon EventBridge event patterns" and "Comparison operators for use
//! in event patterns") and held against one event, not all of which may be known. What cannot be read or decided is
//! `None`; nothing here knows CloudTrail, or what a match means.

use serde_json::{Map, Number, Value};

use crate::truth::{all, any};

/// Bytes of a pattern that is looked at. A rule's has at most 4,096 characters (EventBridge API reference, `PutRule`,
/// `EventPattern`), and four times as many bytes.
const MOST_BYTES: usize = 16_384;

/// The operators that a pattern may have in the place of a value; `cidr` is not decided here.
const OPERATORS: [&str; 8] =
    ["prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "exists", "numeric", "cidr"];

/// The known part of an event as EventBridge delivers it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    /// What is known of it.
    pub(crate) document: Map<String, Value>,
    /// Fields that may hold anything, by path: `detail.eventTime`. Others that the document lacks are missing.
    pub(crate) open: Vec<String>,
}

/// Whether a pattern matches an event. `None`: it cannot be read, or that cannot be decided.
pub(crate) fn matches(pattern: &str, event: &Event) -> Option<bool> {
    if pattern.len() > MOST_BYTES {
        return None;
    }
    // The parser goes no deeper than 128 levels, so nothing below does.
    let pattern: Map<String, Value> = serde_json::from_str(pattern).ok()?;
    fields(&pattern, Found::Object(&event.document), "", &event.open)
}

/// What an event has at a path.
#[derive(Clone, Copy)]
enum Found<'a> {
    Object(&'a Map<String, Value>),
    Other(&'a Value),
    Missing,
    /// It may be anything.
    Open,
}

impl<'a> Found<'a> {
    fn at(self, key: &str, path: &str, open: &[String]) -> Self {
        match self {
            Self::Open => Self::Open,
            Self::Object(object) => match object.get(key) {
                Some(Value::Object(inner)) => Self::Object(inner),
                Some(other) => Self::Other(other),
                None if open.iter().any(|open| open == path) => Self::Open,
                None => Self::Missing,
            },
            Self::Other(_) | Self::Missing => Self::Missing,
        }
    }
}

/// All fields of an object of the pattern.
fn fields(pattern: &Map<String, Value>, found: Found<'_>, path: &str, open: &[String]) -> Option<bool> {
    if pattern.is_empty() {
        return None;
    }
    all(pattern.iter().map(|(key, wanted)| {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match wanted {
            Value::Array(choices) if key == "$or" => one_of(choices, found, parent(&path), open),
            Value::Array(values) => leaf(values, found.at(key, &path, open)),
            Value::Object(inner) => match found.at(key, &path, open) {
                // Which elements of a list of objects have to agree is not for here.
                Found::Other(Value::Array(_)) => None,
                at => fields(inner, at, &path, open),
            },
            _ => None,
        }
    }))
}

/// The path without `.$or` at its end.
fn parent(path: &str) -> &str {
    path.strip_suffix("$or").map_or(path, |parent| parent.strip_suffix('.').unwrap_or(parent))
}

/// `$or`: one of several objects.
fn one_of(choices: &[Value], found: Found<'_>, path: &str, open: &[String]) -> Option<bool> {
    let objects: Vec<&Map<String, Value>> = choices.iter().filter_map(Value::as_object).collect();
    let is_a_field = |object: &&Map<String, Value>| object.keys().any(|key| OPERATORS.contains(&key.as_str()));
    if objects.len() != choices.len() || objects.len() < 2 || objects.iter().any(is_a_field) {
        return None;
    }
    any(objects.into_iter().map(|object| fields(object, found, path, open)))
}

/// The values that a pattern lists for a field, one of which it must have.
fn leaf(values: &[Value], found: Found<'_>) -> Option<bool> {
    if values.is_empty() {
        return None;
    }
    any(values.iter().map(|wanted| match found {
        Found::Open => None,
        // Comparisons are of leaves.
        Found::Object(_) => None,
        Found::Missing => of_missing(wanted),
        Found::Other(Value::Array(elements)) => {
            let is_flat = elements.iter().all(|element| !element.is_array() && !element.is_object());
            if elements.is_empty() || !is_flat {
                return None;
            }
            any(elements.iter().map(|element| of_value(wanted, element)))
        }
        Found::Other(value) => of_value(wanted, value),
    }))
}

/// The one operator of an object, and what it is given.
fn operator(wanted: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = wanted.iter();
    match (entries.next(), entries.next()) {
        (Some((name, given)), None) => Some((name, given)),
        _ => None,
    }
}

fn of_missing(wanted: &Value) -> Option<bool> {
    match wanted {
        Value::Array(_) => None,
        Value::Object(wanted) => match operator(wanted)? {
            ("exists", given) => given.as_bool().map(|exists| !exists),
            (name, _) => OPERATORS.contains(&name).then_some(false),
        },
        _ => Some(false),
    }
}

fn of_value(wanted: &Value, value: &Value) -> Option<bool> {
    match wanted {
        Value::Array(_) => None,
        Value::Object(wanted) => match operator(wanted)? {
            ("exists", given) => given.as_bool(),
            ("numeric", given) => numeric(given.as_array()?, value),
            ("anything-but", given) => anything_but(given, value),
            (name, given) => of_text(name, given, value),
        },
        _ => equal(wanted, value),
    }
}

/// Whether two values that are no list and no object are one.
fn equal(wanted: &Value, value: &Value) -> Option<bool> {
    match (wanted, value) {
        // How numbers are written may count.
        (Value::Number(wanted), Value::Number(value)) if wanted != value => {
            if float(wanted)? == float(value)? {
                None
            } else {
                Some(false)
            }
        }
        _ => Some(wanted == value),
    }
}

fn float(number: &Number) -> Option<f64> {
    number.as_f64().filter(|number| number.is_finite())
}

/// The operators on texts.
fn of_text(operator: &str, given: &Value, value: &Value) -> Option<bool> {
    let (wanted, folds) = match (operator, given) {
        (_, Value::String(wanted)) => (wanted, operator == "equals-ignore-case"),
        ("prefix" | "suffix", Value::Object(inner)) => match self::operator(inner)? {
            ("equals-ignore-case", Value::String(wanted)) => (wanted, true),
            _ => return None,
        },
        _ => return None,
    };
    let Value::String(value) = value else {
        return ["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&operator).then_some(false);
    };
    // How other letters are folded is not documented.
    if folds && !(wanted.is_ascii() && value.is_ascii()) {
        return None;
    }
    let (wanted, value) =
        if folds { (wanted.to_ascii_lowercase(), value.to_ascii_lowercase()) } else { (wanted.clone(), value.clone()) };
    match operator {
        "prefix" => Some(value.starts_with(&wanted)),
        "suffix" => Some(value.ends_with(&wanted)),
        "equals-ignore-case" => Some(value == wanted),
        "wildcard" => wildcard(&wanted, &value),
        _ => None,
    }
}

/// Texts, numbers, or what one of the operators on texts matches: anything else.
fn anything_but(given: &Value, value: &Value) -> Option<bool> {
    // Whether null, true and false are something else than a text is not documented.
    if !value.is_string() && !value.is_number() {
        return None;
    }
    let is_one = match given {
        Value::Object(inner) => {
            let (name, given) = operator(inner)?;
            if !value.is_string() {
                return None;
            }
            any(listed(given)?.iter().map(|given| of_text(name, given, value)))
        }
        _ => any(listed(given)?.iter().map(|given| match given {
            Value::String(_) | Value::Number(_) => equal(given, value),
            _ => None,
        })),
    };
    is_one.map(|is_one| !is_one)
}

/// One value, or several.
fn listed(given: &Value) -> Option<&[Value]> {
    match given {
        Value::Array(values) => (!values.is_empty()).then_some(values),
        one => Some(std::slice::from_ref(one)),
    }
}

/// One comparison or two, which both must hold: `[">", 0, "<=", 5]`.
fn numeric(comparisons: &[Value], value: &Value) -> Option<bool> {
    if !matches!(comparisons.len(), 2 | 4) {
        return None;
    }
    let Value::Number(value) = value else { return Some(false) };
    let value = float(value)?;
    all(comparisons.chunks(2).map(|comparison| {
        let [Value::String(sign), Value::Number(bound)] = comparison else { return None };
        let bound = float(bound)?;
        match sign.as_str() {
            // As EventBridge compares them: both are written numbers, and none was calculated.
            "=" => Some(value.total_cmp(&bound).is_eq()),
            "<" => Some(value < bound),
            "<=" => Some(value <= bound),
            ">" => Some(value > bound),
            ">=" => Some(value >= bound),
            _ => None,
        }
    }))
}

/// A text in which `*` stands for any characters, and `\*` and `\\` for the second character. `None`: it is none.
fn wildcard(wanted: &str, value: &str) -> Option<bool> {
    let mut parts = vec![String::new()];
    let mut signs = wanted.chars();
    while let Some(sign) = signs.next() {
        match sign {
            // Two in a row are refused.
            '*' if parts.len() > 1 && parts.last().is_some_and(String::is_empty) => return None,
            '*' => parts.push(String::new()),
            '\\' => parts.last_mut()?.push(signs.next().filter(|sign| ['*', '\\'].contains(sign))?),
            sign => parts.last_mut()?.push(sign),
        }
    }
    let [first, between @ .., last] = parts.as_slice() else { return Some(parts.first()? == value) };
    let Some(mut rest) = value.strip_prefix(first.as_str()) else { return Some(false) };
    for part in between {
        let Some((_, behind)) = rest.split_once(part.as_str()) else { return Some(false) };
        rest = behind;
    }
    Some(rest.ends_with(last.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: Option<bool> = Some(true);
    const NO: Option<bool> = Some(false);

    fn event() -> Event {
        let document = r#"{
            "source": "aws.iam", "detail-type": "AWS API Call via CloudTrail", "region": "us-east-1",
            "detail": {
                "eventName": "PutUserPolicy", "count": 5, "isRoot": false, "error": null, "empty": "",
                "userIdentity": {"type": "IAMUser"}, "path": "a*b\\c", "tags": ["one", "two"], "none": [],
                "resources": [{"type": "key"}]
            }
        }"#;
        Event { document: serde_json::from_str(document).expect("an object"), open: vec!["detail.eventTime".into()] }
    }

    /// What a pattern of the event's detail gives.
    fn of_detail(pattern: &str) -> Option<bool> {
        matches(&format!(r#"{{"detail":{pattern}}}"#), &event())
    }

    #[track_caller]
    fn table(rows: &[(&str, Option<bool>)]) {
        for (pattern, wanted) in rows {
            assert_eq!(of_detail(pattern), *wanted, "{pattern}");
        }
    }

    #[test]
    fn fields_are_all_needed_and_of_values_one() {
        table(&[
            (r#"{"eventName":["PutUserPolicy"]}"#, YES),
            (r#"{"eventName":["CreateUser","PutUserPolicy"]}"#, YES),
            (r#"{"eventName":["putuserpolicy"]}"#, NO),
            (r#"{"eventname":["PutUserPolicy"]}"#, NO),
            (r#"{"eventName":["PutUserPolicy"],"userIdentity":{"type":["IAMUser"]}}"#, YES),
            (r#"{"eventName":["PutUserPolicy"],"userIdentity":{"type":["Root"]}}"#, NO),
            (r#"{"count":[5]}"#, YES),
            (r#"{"count":["5"]}"#, NO),
            (r#"{"count":[5.0]}"#, None),
            (r#"{"isRoot":[false]}"#, YES),
            (r#"{"error":[null]}"#, YES),
            (r#"{"error":[""]}"#, NO),
            (r#"{"empty":[""]}"#, YES),
            (r#"{"tags":["two"]}"#, YES),
            (r#"{"tags":["three"]}"#, NO),
            (r#"{"none":["one"]}"#, None),
            (r#"{"resources":{"type":["key"]}}"#, None),
        ]);
        assert_eq!(matches(r#"{"source":["aws.iam"],"region":["us-east-1"]}"#, &event()), YES);
    }

    #[test]
    fn operators_on_texts() {
        table(&[
            (r#"{"eventName":[{"prefix":"Put"}]}"#, YES),
            (r#"{"eventName":[{"prefix":"put"}]}"#, NO),
            (r#"{"eventName":[{"prefix":{"equals-ignore-case":"put"}}]}"#, YES),
            (r#"{"eventName":[{"suffix":"Policy"}]}"#, YES),
            (r#"{"eventName":[{"suffix":"policy"}]}"#, NO),
            (r#"{"eventName":[{"suffix":{"equals-ignore-case":"policy"}}]}"#, YES),
            (r#"{"eventName":[{"equals-ignore-case":"PUTUSERPOLICY"}]}"#, YES),
            (r#"{"eventName":[{"equals-ignore-case":"PutUserPolicé"}]}"#, None),
            (r#"{"count":[{"prefix":"5"}]}"#, NO),
            (r#"{"eventName":[{"wildcard":"Put*Policy"}]}"#, YES),
            (r#"{"eventName":[{"wildcard":"*User*"}]}"#, YES),
            (r#"{"eventName":[{"wildcard":"*Role*"}]}"#, NO),
            (r#"{"eventName":[{"wildcard":"PutUserPolicy*Policy"}]}"#, NO),
            (r#"{"eventName":[{"wildcard":"PutUserPolicy"}]}"#, YES),
            (r#"{"eventName":[{"wildcard":"*"}]}"#, YES),
            (r#"{"eventName":[{"wildcard":"Put**"}]}"#, None),
            (r#"{"eventName":[{"wildcard":"Put\\User"}]}"#, None),
            (r#"{"path":[{"wildcard":"a\\*b\\\\*"}]}"#, YES),
            (r#"{"eventName":[{"wildcard":"Put\\*"}]}"#, NO),
        ]);
    }

    #[test]
    fn anything_but_is_of_what_is_there() {
        table(&[
            (r#"{"eventName":[{"anything-but":"CreateUser"}]}"#, YES),
            (r#"{"eventName":[{"anything-but":["CreateUser","PutUserPolicy"]}]}"#, NO),
            (r#"{"count":[{"anything-but":[4,6]}]}"#, YES),
            (r#"{"count":[{"anything-but":5}]}"#, NO),
            (r#"{"eventName":[{"anything-but":{"prefix":"Get"}}]}"#, YES),
            (r#"{"eventName":[{"anything-but":{"prefix":["Get","Put"]}}]}"#, NO),
            (r#"{"eventName":[{"anything-but":{"suffix":"Policy"}}]}"#, NO),
            (r#"{"eventName":[{"anything-but":{"equals-ignore-case":"putuserpolicy"}}]}"#, NO),
            (r#"{"eventName":[{"anything-but":{"wildcard":"*User*"}}]}"#, NO),
            (r#"{"absent":[{"anything-but":"x"}]}"#, NO),
            (r#"{"error":[{"anything-but":"x"}]}"#, None),
        ]);
    }

    #[test]
    fn presence_and_numbers() {
        table(&[
            (r#"{"eventName":[{"exists":true}]}"#, YES),
            (r#"{"eventName":[{"exists":false}]}"#, NO),
            (r#"{"errorCode":[{"exists":false}]}"#, YES),
            (r#"{"errorCode":[{"exists":true}]}"#, NO),
            (r#"{"request":{"name":[{"exists":false}]}}"#, YES),
            (r#"{"error":[{"exists":true}]}"#, YES),
            (r#"{"userIdentity":[{"exists":true}]}"#, None),
            (r#"{"count":[{"numeric":["=",5]}]}"#, YES),
            (r#"{"count":[{"numeric":[">",0,"<=",5]}]}"#, YES),
            (r#"{"count":[{"numeric":[">",5]}]}"#, NO),
            (r#"{"count":[{"numeric":[">=",5.5]}]}"#, NO),
            (r#"{"eventName":[{"numeric":["<",5]}]}"#, NO),
            (r#"{"count":[{"numeric":["!",5]}]}"#, None),
            (r#"{"count":[{"numeric":["<"]}]}"#, None),
        ]);
    }

    #[test]
    fn alternatives_of_fields() {
        table(&[
            (r#"{"$or":[{"eventName":["CreateUser"]},{"count":[5]}]}"#, YES),
            (r#"{"$or":[{"eventName":["CreateUser"]},{"count":[6]}]}"#, NO),
            (r#"{"eventName":["CreateUser"],"$or":[{"count":[5]},{"count":[6]}]}"#, NO),
            (r#"{"$or":[{"userIdentity":{"type":["Root"]}},{"$or":[{"count":[5]},{"count":[6]}]}]}"#, YES),
            (r#"{"$or":[{"count":[5]}]}"#, None),
            (r#"{"$or":[{"prefix":"a"},{"prefix":"b"}]}"#, None),
            (r#"{"$or":[{"eventTime":["2026"]},{"count":[5]}]}"#, YES),
            (r#"{"$or":[{"eventTime":["2026"]},{"count":[6]}]}"#, None),
        ]);
        let whole = r#"{"$or":[{"source":["aws.s3"]},{"detail":{"count":[5]}}]}"#;
        assert_eq!(matches(whole, &event()), YES);
    }

    #[test]
    fn what_is_not_known_or_not_read_is_undecided() {
        table(&[
            (r#"{"eventTime":[{"prefix":"2026"}]}"#, None),
            (r#"{"eventTime":[{"exists":false}]}"#, None),
            (r#"{"eventName":[{"cidr":"10.0.0.0/8"}]}"#, None),
            (r#"{"eventName":[{"unheard-of":"x"}]}"#, None),
            (r#"{"eventName":[{"prefix":"P","suffix":"y"}]}"#, None),
            (r#"{"eventName":"PutUserPolicy"}"#, None),
            (r#"{"eventName":[]}"#, None),
            (r#"{"eventName":[["PutUserPolicy"]]}"#, None),
            ("{}", None),
            ("null", None),
        ]);
        for text in ["", "{", "[]", "\u{0}", "{}", r#"{"source":["aws.iam"]"#] {
            assert_eq!(matches(text, &event()), None, "{text:?}");
        }
    }

    #[test]
    fn hostile_patterns_end() {
        let deep = format!("{}[1]{}", r#"{"detail":"#.repeat(5_000), "}".repeat(5_000));
        assert_eq!(matches(&deep, &event()), None);
        let arrays = format!(r#"{{"detail":{}{}}}"#, "[".repeat(8_000), "]".repeat(8_000));
        assert_eq!(matches(&arrays, &event()), None);
        let long = format!(r#"{{"source":["{}"]}}"#, "x".repeat(20_000_000));
        assert_eq!(matches(&long, &event()), None);
        let stars = format!(r#"{{"detail":{{"eventName":[{{"wildcard":"{}Q"}}]}}}}"#, "*P".repeat(9_000));
        assert_eq!(matches(&stars, &event()), None);
        let stars = format!(r#"{{"detail":{{"eventName":[{{"wildcard":"{}Q"}}]}}}}"#, "*P".repeat(4_000));
        assert_eq!(matches(&stars, &event()), NO);
        let mut nested = r#"{"count":[6]}"#.to_owned();
        for _ in 0..40 {
            nested = format!(r#"{{"$or":[{nested},{{"count":[7]}}]}}"#);
        }
        assert_eq!(of_detail(&nested), NO);
    }
}
