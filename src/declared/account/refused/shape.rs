//! What a resource may and must have by its type, at any depth, and of which kind a value is. What the values mean is not
//! looked at.

use super::given::{Certainty, Refused, is_open, refused};
use super::schemas::{NESTED, SCALARS, SCHEMAS, Scalar};
use crate::declared::{Node, Resource, Value};
use crate::escape::shortened;

/// Properties that there are not, or that must be there. Other languages' readers and tools have looked at theirs.
pub(super) fn properties(resource: &Resource) -> Vec<Refused> {
    let Some(schema) = SCHEMAS.iter().find(|schema| schema.kind == resource.kind).filter(|_| resource.is_as_written)
    else {
        return Vec::new();
    };
    let mut found = of_map(&resource.kind, "", &resource.properties, (schema.known, schema.required));
    for nested in NESTED.iter().filter(|nested| nested.kind == resource.kind) {
        for (path, node) in each(&resource.properties, nested.path) {
            found.extend(of_map(nested.name, &format!("{path}."), node, (nested.known, nested.required)));
        }
    }
    found
}

/// What is wrong with the keys of a map. `what` has them, and `before` leads to them.
fn of_map(what: &str, before: &str, node: &Node, (known, required): (&[&str], &[&str])) -> Vec<Refused> {
    let Value::Map(entries) = &node.value else { return Vec::new() };
    // What is included there may have any of them.
    if entries.iter().any(|(key, _)| key.starts_with("Fn::")) {
        return Vec::new();
    }
    let is_set = |name: &str| entries.iter().any(|(key, _)| key == name);
    let unknown = entries.iter().map(|(key, _)| key.as_str()).filter(|key| !known.contains(key));
    let of_unknown = unknown.map(|key| {
        let shown = shortened(key, 60);
        let meant = known.iter().find(|known| !is_set(known) && is_misspelt(key, known));
        let why = match meant {
            Some(meant) => format!("{what} has no property {shown}: {meant} is meant"),
            None => format!("property {shown} of {what} is not known here, and AWS takes only what it knows"),
        };
        let certainty = if meant.is_some() { Certainty::Certain } else { Certainty::New };
        Refused { path: format!("{before}{key}"), why, certainty }
    });
    let mut found: Vec<Refused> = of_unknown.collect();
    let missing = required.iter().filter(|name| !is_set(name));
    found.extend(
        missing.map(|name| refused(&format!("{before}{name}"), format!("{name} is missing, which {what} needs"))),
    );
    found
}

/// A value that is of another kind than its property.
pub(super) fn scalar(resource: &Resource) -> Option<Refused> {
    let of_kind = SCALARS.iter().filter(|(kind, ..)| *kind == resource.kind);
    let mut values = of_kind.flat_map(|(_, path, scalar)| {
        each(&resource.properties, path).into_iter().map(move |(at, node)| (*path, at, node, *scalar))
    });
    values.find_map(|(path, at, node, scalar)| {
        let what = why_not(node, scalar)?;
        let name = path.rsplit('.').next().unwrap_or(path);
        Some(refused(&at, format!("{} takes {what}", resource.argument(name))))
    })
}

/// What a property takes, and what is given instead. `None`: it may be what it takes.
fn why_not(node: &Node, scalar: Scalar) -> Option<String> {
    let text = match &node.value {
        Value::Text(text) if !is_open(text) => text.trim(),
        Value::List(_) => return Some(format!("{}, and not a list", scalar.words())),
        Value::Map(_) => return Some(format!("{}, and not a map", scalar.words())),
        Value::Absent | Value::Text(_) | Value::Unknown(_) => return None,
    };
    // One that is too large is a number, whatever is made of it.
    let number = || text.parse::<f64>().ok().filter(|number| !number.is_nan());
    let is_it = match scalar {
        Scalar::Text => true,
        Scalar::Number => number().is_some(),
        Scalar::Whole => number().is_some_and(|number| number.is_infinite() || number.fract() == 0.0),
        Scalar::Flag => node.boolean().is_ok(),
    };
    (!is_it).then(|| match text {
        "" => format!("{}, and is empty", scalar.words()),
        _ => format!("{}, and {} is none", scalar.words(), shortened(text, 60)),
    })
}

/// The values at a path, `[]` being each place of a list, with the path of each.
pub(super) fn each<'n>(node: &'n Node, path: &str) -> Vec<(String, &'n Node)> {
    let mut found = vec![(String::new(), node)];
    for step in path.split('.') {
        let (key, is_list) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
        let mut next = Vec::new();
        for (before, node) in found {
            let inner = node.get(key);
            let path = || if before.is_empty() { key.to_owned() } else { [&*before, ".", key].concat() };
            match &inner.value {
                Value::Absent => {}
                Value::List(items) if is_list => {
                    let path = path();
                    next.extend(items.iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)));
                }
                _ => next.push((path(), inner)),
            }
        }
        found = next;
    }
    found
}

/// Whether a word is another with at most two letters more, less or different, or in another case.
pub(in crate::declared) fn is_misspelt(word: &str, meant: &str) -> bool {
    if word.eq_ignore_ascii_case(meant) {
        return true;
    }
    let lengths = (word.chars().count(), meant.chars().count());
    lengths.0.abs_diff(lengths.1) <= 2 && lengths.1 >= 5 && lengths.0 <= 60 && strsim::levenshtein(word, meant) <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_misspelt_by_two_letters_at_most() {
        for (word, meant, is) in [
            ("AlarmAction", "AlarmActions", true),
            ("alarmactions", "AlarmActions", true),
            ("AlramActions", "AlarmActions", true),
            ("Actions", "AlarmActions", false),
            ("Later", "Tags", false),
            ("Metric", "Metrics", true),
        ] {
            assert_eq!(is_misspelt(word, meant), is, "{word}");
        }
    }
}
