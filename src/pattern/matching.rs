//! A tree on one event, as the service evaluates it: missing values satisfy nothing but `NOT EXISTS`, wildcards work at
//! the ends of a text, numbers and texts keep apart.

use super::Construct;
use super::ast::{Check, Node, Number, Operand, Order, Selector, Step, Test};
use super::event::Json;
use super::regex::Regex;
use super::truth::Truth;

/// Evaluates a tree on an event.
pub(super) fn node(node: &Node, event: &Json) -> Truth {
    match node {
        Node::Test(inner) => test(inner, event),
        Node::All(parts) => Truth::all(parts.iter().map(|part| self::node(part, event))),
        Node::Any(parts) => Truth::any(parts.iter().map(|part| self::node(part, event))),
    }
}

/// Evaluates one comparison on an event.
pub(super) fn test(test: &Test, event: &Json) -> Truth {
    let steps = &test.selector.steps;
    match steps.iter().position(|step| *step == Step::Every) {
        None => match resolve(event, steps) {
            Ok(value) => check(&test.check, value),
            Err(construct) => Truth::Unknown(construct),
        },
        Some(at) => every(test, event, &steps[..at], &steps[at + 1..]),
    }
}

/// The test that makes a tree false, where it is a single one.
pub(super) fn unmet<'a>(tree: &'a Node, event: &Json) -> Option<&'a Test> {
    match tree {
        Node::Test(inner) => (test(inner, event) == Truth::False).then_some(inner),
        Node::All(parts) => {
            parts.iter().find(|part| node(part, event) == Truth::False).and_then(|part| unmet(part, event))
        }
        Node::Any(_) => None,
    }
}

/// Whether the field of a test is missing.
pub(super) fn is_missing(test: &Test, event: &Json) -> bool {
    !test.selector.steps.contains(&Step::Every) && matches!(resolve(event, &test.selector.steps), Ok(None))
}

/// The value at a selector without a wildcard; `None` where it is missing.
fn resolve<'a>(event: &'a Json, steps: &[Step]) -> Result<Option<&'a Json>, Construct> {
    let mut value = event;
    for step in steps {
        let next = match (step, value) {
            (Step::Name(_), Json::Object { duplicate: true, .. }) => {
                return Err(Construct::new("duplicate keys in the event"));
            }
            (Step::Name(name), Json::Object { members, .. }) => {
                members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            (Step::Index(index), Json::List(items)) => items.get(*index),
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

fn every(test: &Test, event: &Json, base: &[Step], rest: &[Step]) -> Truth {
    let base = match resolve(event, base) {
        Ok(base) => base,
        Err(construct) => return Truth::Unknown(construct),
    };
    let elements: Vec<&Json> = match base {
        Some(Json::List(items)) => items.iter().collect(),
        Some(Json::Object { members, .. }) => members.iter().map(|(_, value)| value).collect(),
        _ => Vec::new(),
    };
    let values = elements.into_iter().map(|element| resolve(element, rest));
    let each = |check_: &Check| {
        Truth::any(values.clone().map(|value| match value {
            Ok(value) => check(check_, value),
            Err(construct) => Truth::Unknown(construct),
        }))
    };
    match &test.check {
        Check::NotEqual(operand) => match base {
            None => Truth::False,
            Some(_) => each(&Check::Equal(operand.clone())).not(),
        },
        Check::NotExists => Truth::all(values.clone().map(|value| match value {
            Ok(value) => Truth::from(value.is_none()),
            Err(construct) => Truth::Unknown(construct),
        })),
        Check::IsTrue | Check::IsFalse => Truth::Unknown(Construct::new(format!("{test}"))),
        other => each(other),
    }
}

/// One comparison with the value at the selector.
pub(super) fn check(check: &Check, value: Option<&Json>) -> Truth {
    let Some(value) = value else { return Truth::from(*check == Check::NotExists) };
    match check {
        Check::NotExists => Truth::False,
        Check::IsTrue => Truth::from(*value == Json::Bool(true)),
        Check::IsFalse => Truth::from(*value == Json::Bool(false)),
        Check::IsNull => is_null(value),
        Check::Order(order, number) => Truth::from(ordered(*order, number, value)),
        Check::Equal(operand) => equal(operand, value),
        Check::NotEqual(operand) => match value {
            Json::Integer(_) | Json::Double(_) | Json::Text(_) => equal(operand, value).not(),
            Json::Null | Json::Bool(_) | Json::List(_) | Json::Object { .. } => Truth::False,
        },
    }
}

fn is_null(value: &Json) -> Truth {
    match value {
        Json::Null => Truth::True,
        Json::List(items) => Truth::from(items.contains(&Json::Null)),
        Json::Object { members, .. } if members.iter().any(|(_, value)| *value == Json::Null) => {
            Truth::Unknown(Construct::new("IS NULL on an object that holds a null"))
        }
        _ => Truth::False,
    }
}

fn ordered(order: Order, number: &Number, value: &Json) -> bool {
    let value = match value {
        Json::Integer(text) => text.parse().unwrap_or(f64::NAN),
        Json::Double(value) => *value,
        _ => return false,
    };
    match order {
        Order::Less => value < number.value(),
        Order::AtMost => value <= number.value(),
        Order::Greater => value > number.value(),
        Order::AtLeast => value >= number.value(),
    }
}

fn equal(operand: &Operand, value: &Json) -> Truth {
    match (operand, value) {
        (Operand::Number(number), Json::Integer(text)) => Truth::from(same_number(&number.0, text)),
        (Operand::Number(number), Json::Double(value)) => Truth::from(number.value() == *value),
        (Operand::Number(number), Json::Text(text)) => Truth::from(number.0 == *text),
        (Operand::Text(wanted), Json::Text(text)) => like(wanted, text),
        (Operand::Text(wanted), Json::Integer(text)) => like(wanted, text),
        (Operand::Text(wanted), Json::Double(value)) => match java_text(*value) {
            Some(text) => like(wanted, &text),
            None if wanted == "*" => Truth::True,
            None => Truth::Unknown(Construct::new("the text of a number with an exponent")),
        },
        (Operand::Regex(regex), Json::Text(text)) => Regex::matches(regex, text),
        (Operand::Regex(regex), Json::Integer(text)) => Regex::matches(regex, text),
        (Operand::Regex(_), Json::Double(_)) => Truth::Unknown(Construct::new("a regular expression on a fraction")),
        _ => Truth::False,
    }
}

/// Integers compare exactly, whatever their size.
fn same_number(pattern: &str, integer: &str) -> bool {
    match (pattern.parse::<i128>(), integer.parse::<i128>()) {
        (Ok(pattern), Ok(integer)) => pattern == integer,
        _ => pattern.parse::<f64>().ok() == integer.parse().ok(),
    }
}

/// A double as Java prints it, where that is plain.
fn java_text(value: f64) -> Option<String> {
    let plain = value == 0.0 || (1e-3..1e7).contains(&value.abs());
    plain.then(|| format!("{value:?}"))
}

/// A text against a wildcard text. A star is sure at the ends; elsewhere the readings must agree.
pub(super) fn like(wanted: &str, text: &str) -> Truth {
    if wanted.contains('\\') {
        return Truth::Unknown(Construct::new(format!("a backslash in \"{wanted}\"")));
    }
    if wanted.is_empty() {
        return if text.is_empty() { Truth::Unknown(Construct::new("= \"\" on an empty text")) } else { Truth::False };
    }
    let Some((head, tail)) = wanted.split_once('*') else { return Truth::from(wanted == text) };
    if wanted.bytes().all(|byte| byte == b'*') {
        return Truth::True;
    }
    if tail.bytes().all(|byte| byte == b'*') {
        return Truth::from(text.starts_with(head));
    }
    let inner = wanted.trim_matches('*');
    if inner.contains('*') {
        return match (text == wanted, glob(wanted, text)) {
            (true, _) => Truth::True,
            (false, false) => Truth::False,
            (false, true) => Truth::Unknown(Construct::new(format!("a wildcard inside \"{wanted}\""))),
        };
    }
    if wanted.ends_with('*') {
        return Truth::from(text.contains(inner));
    }
    match (text.ends_with(inner), text.find(inner)) {
        (false, _) => Truth::False,
        (true, Some(at)) if at + inner.len() == text.len() => Truth::True,
        (true, _) => Truth::Unknown(Construct::new(format!("\"{wanted}\" on a text that holds \"{inner}\" twice"))),
    }
}

/// The ordinary reading, which matches whatever any other reading does: any run for a star.
fn glob(wanted: &str, text: &str) -> bool {
    let mut pieces: Vec<&str> = wanted.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    let mut pieces = pieces.into_iter();
    let Some(mut rest) = pieces.next().and_then(|head| text.strip_prefix(head)) else { return false };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether a selector lies below another: `$.a.b` below `$.a`.
pub(super) fn is_below(child: &Selector, parent: &Selector) -> bool {
    child.steps.len() > parent.steps.len() && child.steps.starts_with(&parent.steps)
}
