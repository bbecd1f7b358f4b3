//! Intrinsic functions, in their full and short forms (CloudFormation template reference). What one of them cannot give
//! before deployment is unknown, by its own name.

use super::tree::{Kind, Tree};
use crate::declared::{At, MARKS, Node, TRANSFORM, Unknown, Value};

/// What functions ask of the template that they are in.
pub(super) trait Stage {
    /// Notes what is wrong with the template.
    fn wrong(&self, at: At, message: &str);
    /// A value.
    fn node(&self, tree: &Tree) -> Node;
    /// What is not known, by its name.
    fn open(&self, name: &str, why: String) -> Unknown;
    /// What `Ref` gives.
    fn reference(&self, name: &str, at: At) -> Value;
    /// An attribute of a resource.
    fn attribute(&self, id: &str, attribute: &str, at: At) -> Value;
    /// Whether a condition holds.
    fn holds(&self, tree: &Tree) -> bool;
    /// The template's `Mappings`.
    fn mappings(&self) -> Option<&Tree>;
    /// What another stack exports under a name.
    fn import(&self, name: &Node, at: At) -> Value;
}

/// Functions that give values.
const FUNCTIONS: [&str; 20] = [
    "Ref",
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::If",
    "Fn::FindInMap",
    "Fn::Base64",
    "Fn::ImportValue",
    "Fn::GetAZs",
    "Fn::Cidr",
    TRANSFORM,
    "Fn::Length",
    "Fn::ToJsonString",
    "Fn::GetStackOutput",
    "Fn::Equals",
    "Fn::And",
    "Fn::Or",
    "Fn::Not",
];

/// What is written as a tag and gives no value: a condition's name, loops, and functions of `Rules`.
const OTHER_TAGS: [&str; 9] = [
    "Condition",
    "ForEach",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "RefAll",
    "ValueOf",
    "ValueOfAll",
    "Fn::ForEach",
];

/// Whether CloudFormation has a tag.
pub(super) fn is_tag(tag: &str) -> bool {
    OTHER_TAGS.contains(&tag) || FUNCTIONS.iter().any(|name| *name == tag || name.strip_prefix("Fn::") == Some(tag))
}

/// The function that a value is a call of, by its full name, and its argument.
pub(super) fn called(tree: &Tree) -> Option<(&'static str, &Tree)> {
    let full = |name: &str| FUNCTIONS.iter().find(|known| **known == name).copied();
    if let Some(tag) = &tree.tag {
        return full(tag)
            .or_else(|| FUNCTIONS.iter().find(|known| known.strip_prefix("Fn::") == Some(tag)).copied())
            .map(|name| (name, tree));
    }
    match tree.entries() {
        [(key, argument)] => full(key).map(|name| (name, argument)),
        _ => None,
    }
}

/// The same in a condition, which may also name another.
pub(super) fn called_in_condition(tree: &Tree) -> Option<(&'static str, &Tree)> {
    if tree.tag.as_deref() == Some("Condition") {
        return Some(("Condition", tree));
    }
    match tree.entries() {
        [(key, argument)] if key == "Condition" && tree.tag.is_none() => Some(("Condition", argument)),
        _ => called(tree),
    }
}

/// Calls a function.
pub(super) fn apply(evaluation: &dyn Stage, function: &str, argument: &Tree) -> Value {
    match function {
        "Ref" => refer(evaluation, argument),
        "Fn::GetAtt" => attribute(evaluation, argument),
        "Fn::Sub" => substitute(evaluation, argument),
        "Fn::Join" => join(evaluation, argument),
        "Fn::Select" => select(evaluation, argument),
        "Fn::Split" => split(evaluation, argument),
        "Fn::If" => match argument.items() {
            [condition, yes, no] => evaluation.node(if evaluation.holds(condition) { yes } else { no }).value,
            _ => {
                evaluation.wrong(argument.at, "Fn::If takes a condition and two values");
                Value::Absent
            }
        },
        "Fn::FindInMap" => find_in_map(evaluation, argument),
        "Fn::Base64" => match untagged(evaluation, function, argument) {
            Value::Text(text) if text.contains(MARKS) => unknown_of(STANDS_FOR, function, &text),
            Value::Text(text) => Value::Text(base64(text.as_bytes())),
            Value::Unknown(Unknown { why, expression }) => unknown_of(&why, function, &expression),
            other => other,
        },
        "Fn::ImportValue" => {
            let value = untagged(evaluation, function, argument);
            evaluation.import(&Node { at: None, value }, argument.at)
        }
        _ => {
            let name = match spelt(&untagged(evaluation, function, argument)) {
                // What a macro makes of the same need not be the same.
                text if function != TRANSFORM && text.len() <= LONGEST => {
                    format!("{function} {text}").trim_end().to_owned()
                }
                _ => format!("{function} at {}:{}", argument.at.line, argument.at.column),
            };
            Value::Unknown(evaluation.open(&name, format!("{function} is known only at deployment")))
        }
    }
}

fn refer(evaluation: &dyn Stage, argument: &Tree) -> Value {
    if let Some(name) = argument.text() {
        return evaluation.reference(name, argument.at);
    }
    // A transform may let functions give the name (template reference, `AWS::LanguageExtensions`).
    let inner = Tree { tag: argument.tag.clone().filter(|tag| tag != "Ref"), ..argument.clone() };
    if called(&inner).is_none() {
        evaluation.wrong(argument.at, "Ref takes the name of a parameter or resource");
        return Value::Absent;
    }
    match evaluation.node(&inner).value {
        Value::Text(name) => evaluation.reference(&name, argument.at),
        other => Value::Unknown(evaluation.open(&spelt(&other), "what it refers to is not known".to_owned())),
    }
}

/// The functions that stand in one mapping, if there are several: a call of one is all of its mapping.
pub(super) fn crowded(tree: &Tree) -> Option<String> {
    let is_function = |key: &&str| *key != TRANSFORM && FUNCTIONS.contains(key);
    let functions: Vec<&str> = tree.entries().iter().map(|(key, _)| key.as_str()).filter(is_function).collect();
    (functions.len() > 1).then(|| functions.join(" and "))
}

/// Why a text with a stand-in is not known: the real text has other letters.
const STANDS_FOR: &str =
    "it depends on the account or region (--in-account, --in-region), or on a name that is generated";

/// What a function makes of something that is not known.
fn unknown_of(why: &str, function: &str, of: &str) -> Value {
    Value::Unknown(Unknown { why: why.to_owned(), expression: format!("‹${function} {of}›") })
}

/// A longer argument does not become part of an expression.
const LONGEST: usize = 200;

/// A value in one text: two are equal if their texts are.
fn spelt(value: &Value) -> String {
    match value {
        Value::Absent => String::new(),
        Value::Text(text) => text.clone(),
        Value::Unknown(unknown) => unknown.expression.clone(),
        Value::List(nodes) => {
            let entries: Vec<String> = nodes.iter().map(|node| spelt(&node.value)).collect();
            format!("[{}]", entries.join(", "))
        }
        Value::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, node)| format!("{key} = {}", spelt(&node.value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// The argument of a function that takes one value: in the short form its own tag is on it. A tag in the long form is
/// another function's (`Fn::ImportValue: !Sub …`).
fn untagged(evaluation: &dyn Stage, function: &str, argument: &Tree) -> Value {
    if argument.tag.as_deref().is_some_and(|tag| function.strip_prefix("Fn::") == Some(tag)) {
        return evaluation.node(&Tree { tag: None, ..argument.clone() }).value;
    }
    evaluation.node(argument).value
}

fn attribute(evaluation: &dyn Stage, argument: &Tree) -> Value {
    let parts: Vec<String> = match &argument.kind {
        Kind::Scalar(text) => text.splitn(2, '.').map(str::to_owned).collect(),
        Kind::List(items) => match items.as_slice() {
            [id, attribute] => {
                let Some(id) = id.text() else { return Value::Absent };
                match evaluation.node(attribute).value {
                    Value::Text(attribute) => vec![id.to_owned(), attribute],
                    other => {
                        let name = format!("{id}.{}", spelt(&other));
                        return Value::Unknown(evaluation.open(&name, "which attribute is not known".to_owned()));
                    }
                }
            }
            // `[A, Outputs, B]` is written, and means `A.Outputs.B`.
            [id, rest @ ..] => {
                let rest: Vec<&str> = rest.iter().filter_map(Tree::text).collect();
                vec![id.text().unwrap_or_default().to_owned(), rest.join(".")]
            }
            [] => Vec::new(),
        },
        Kind::Null | Kind::Map(_) => Vec::new(),
    };
    match parts.as_slice() {
        [id, attribute] => evaluation.attribute(id, attribute, argument.at),
        _ => {
            evaluation.wrong(argument.at, "Fn::GetAtt takes a resource and an attribute");
            Value::Absent
        }
    }
}

/// Text that is put together: unknown as a whole where a part is, with the expression of all of it.
#[derive(Default)]
struct Together {
    text: String,
    why: Option<String>,
}

impl Together {
    fn push(&mut self, node: &Node) {
        match &node.value {
            Value::Text(text) => self.text.push_str(text),
            Value::Unknown(Unknown { why, expression }) => {
                self.text.push_str(expression);
                self.why.get_or_insert_with(|| why.clone());
            }
            Value::Absent => {}
            Value::List(nodes) => nodes.iter().for_each(|node| self.push(node)),
            map @ Value::Map(_) => {
                self.why.get_or_insert_with(|| "it is not a text".to_owned());
                self.text.push_str(&format!("‹${}›", spelt(map)));
            }
        }
    }

    fn value(self) -> Value {
        match self.why {
            Some(why) => Value::Unknown(Unknown { why, expression: self.text }),
            None => Value::Text(self.text),
        }
    }
}

fn substitute(evaluation: &dyn Stage, argument: &Tree) -> Value {
    let (template, map) = match (&argument.kind, argument.items()) {
        (Kind::Scalar(text), _) => (text.as_str(), None),
        (_, [template, map]) => (template.text().unwrap_or_default(), Some(map)),
        _ => {
            evaluation.wrong(argument.at, "Fn::Sub takes a text, or a text and a map");
            return Value::Absent;
        }
    };
    let mut together = Together::default();
    let mut rest = template;
    while let Some((before, inside)) = rest.split_once("${") {
        together.text.push_str(before);
        let Some((name, after)) = inside.split_once('}') else {
            together.text.push_str("${");
            rest = inside;
            continue;
        };
        rest = after;
        if let Some(literal) = name.strip_prefix('!') {
            together.text.push_str(&format!("${{{literal}}}"));
            continue;
        }
        let name = name.trim();
        let value = match (map.and_then(|map| map.get(name)), name.split_once('.')) {
            (Some(tree), _) => evaluation.node(tree).value,
            (None, Some((id, attribute))) => evaluation.attribute(id, attribute, argument.at),
            (None, None) => evaluation.reference(name, argument.at),
        };
        together.push(&Node { at: None, value });
    }
    together.text.push_str(rest);
    dynamic(evaluation, together.value())
}

/// A text that holds a dynamic reference once it is put together.
fn dynamic(evaluation: &dyn Stage, value: Value) -> Value {
    match value {
        Value::Text(text) if text.contains("{{resolve:") => {
            Value::Unknown(evaluation.open(&text, "a dynamic reference is resolved at deployment".to_owned()))
        }
        other => other,
    }
}

fn join(evaluation: &dyn Stage, argument: &Tree) -> Value {
    let [separator, list] = argument.items() else {
        evaluation.wrong(argument.at, "Fn::Join takes a separator and a list");
        return Value::Absent;
    };
    let separator = separator.text().unwrap_or_default();
    let mut together = Together::default();
    match evaluation.node(list).value {
        Value::List(nodes) => {
            for (at, node) in nodes.iter().enumerate() {
                if at > 0 {
                    together.text.push_str(separator);
                }
                together.push(node);
            }
        }
        Value::Unknown(Unknown { why, expression }) => {
            return unknown_of(&why, &format!("join {separator}"), &expression);
        }
        value => together.push(&Node { at: None, value }),
    }
    dynamic(evaluation, together.value())
}

fn select(evaluation: &dyn Stage, argument: &Tree) -> Value {
    let [index, list] = argument.items() else {
        evaluation.wrong(argument.at, "Fn::Select takes an index and a list");
        return Value::Absent;
    };
    let index = evaluation.node(index);
    let list = evaluation.node(list);
    match (index.text(), list.value) {
        (Ok(Some(text)), Value::List(nodes)) => {
            let place = text.trim().parse::<usize>().ok();
            let Some(node) = place.and_then(|place| nodes.into_iter().nth(place)) else {
                evaluation.wrong(argument.at, "Fn::Select asks for an entry that the list does not have");
                return Value::Absent;
            };
            node.value
        }
        (_, Value::Unknown(Unknown { why, expression })) => Value::Unknown(Unknown {
            why,
            expression: format!("‹${} of {expression}›", index.symbol().unwrap_or_default()),
        }),
        (Err(Unknown { why, expression }), list) => {
            Value::Unknown(Unknown { why, expression: format!("‹$entry {expression} of {}›", spelt(&list)) })
        }
        (Ok(_), other) => {
            let name = format!("Fn::Select of {}", spelt(&other));
            Value::Unknown(evaluation.open(&name, "it is not a list".to_owned()))
        }
    }
}

fn split(evaluation: &dyn Stage, argument: &Tree) -> Value {
    let [separator, text] = argument.items() else {
        evaluation.wrong(argument.at, "Fn::Split takes a separator and a text");
        return Value::Absent;
    };
    let separator = separator.text().unwrap_or_default();
    let name = format!("split {separator}");
    // Neither an account, a region nor a name has these in it.
    let is_between = [":", "/"].contains(&separator);
    match evaluation.node(text).value {
        Value::Text(text) if text.contains(MARKS) && !is_between => unknown_of(STANDS_FOR, &name, &text),
        Value::Text(text) if !separator.is_empty() => {
            let node = |part: &str| Node { at: Some(argument.at), value: Value::Text(part.to_owned()) };
            Value::List(text.split(separator).map(node).collect())
        }
        Value::Unknown(Unknown { why, expression }) => unknown_of(&why, &name, &expression),
        other => other,
    }
}

fn find_in_map(evaluation: &dyn Stage, argument: &Tree) -> Value {
    let [map, first, second, rest @ ..] = argument.items() else {
        evaluation.wrong(argument.at, "Fn::FindInMap takes a map and two keys");
        return Value::Absent;
    };
    let keys = [map, first, second].map(|tree| evaluation.node(tree));
    let default = rest.iter().find_map(|tree| tree.get("DefaultValue"));
    if let Some(same) = same_everywhere(evaluation, &keys, default) {
        return same;
    }
    if let Some(Unknown { why, .. }) = keys.iter().find_map(Node::unknown) {
        let names: Vec<String> = keys.iter().filter_map(Node::symbol).collect();
        return Value::Unknown(evaluation.open(&format!("map {}", names.join(".")), why.clone()));
    }
    let [map, first, second] = keys.map(|key| key.symbol().unwrap_or_default());
    let mappings = evaluation.mappings();
    if let Some(found) = mappings.and_then(|all| all.get(&map)?.get(&first)?.get(&second)) {
        return evaluation.node(found).value;
    }
    // The region or account may be the key that is not known yet, or a part of it.
    if [&map, &first, &second].iter().any(|key| key.contains(MARKS)) {
        return Value::Unknown(evaluation.open(&format!("map {map}.{first}.{second}"), STANDS_FOR.to_owned()));
    }
    if let Some(default) = default {
        return evaluation.node(default).value;
    }
    let path = format!("{map}.{first}.{second}");
    let shown = crate::escape::shortened(&path, 120);
    evaluation.wrong(argument.at, &format!("there is no {shown} in Mappings"));
    Value::Absent
}

/// What a map has under the second key, if that is the same under each first one and the first is not known: a map of regions
/// often has.
fn same_everywhere(evaluation: &dyn Stage, [map, first, second]: &[Node; 3], default: Option<&Tree>) -> Option<Value> {
    let known = |node: &Node| node.text().ok().flatten().filter(|text| !text.contains(MARKS)).map(str::to_owned);
    if known(first).is_some() {
        return None;
    }
    let (map, second) = (known(map)?, known(second)?);
    let entries = evaluation.mappings()?.get(&map)?.entries();
    let mut values =
        entries.iter().filter_map(|(_, entry)| entry.get(&second)).chain(default).map(|tree| evaluation.node(tree));
    let one = values.next()?;
    values.all(|other| plain(&other) == plain(&one) && other.unknown().is_none()).then_some(one.value)
}

/// Values as texts, for comparisons.
pub(super) fn plain(node: &Node) -> Vec<String> {
    match &node.value {
        Value::List(nodes) => nodes.iter().flat_map(plain).collect(),
        _ => vec![node.symbol().unwrap_or_default()],
    }
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let bits = part.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for at in 0..4 {
            let letter = LETTERS.get((bits >> (18 - 6 * at) & 63) as usize).copied().unwrap_or(b'=');
            text.push(if at <= part.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
