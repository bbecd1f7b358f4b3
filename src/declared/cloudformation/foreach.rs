//! `Fn::ForEach` (the transform `AWS::LanguageExtensions`): a fragment for each of a collection's entries, in which the
//! loop's name stands for the entry.

use super::tree::{Kind, Tree};
use crate::declared::{At, Node, Unknown, Value};

/// What a loop asks of the template that it is in.
pub(super) trait Loops {
    /// A value.
    fn entry(&self, tree: &Tree) -> Node;
    /// Notes what is wrong with the template.
    fn refused(&self, at: At, message: &str);
    /// Notes that so many values were made; `false`: they are too many.
    fn made(&self, at: At, size: usize) -> bool;
}

/// Whether a key is that of a loop.
pub(super) fn is_loop(key: &str) -> bool {
    key.starts_with("Fn::ForEach::")
}

/// Keys and values with all loops among them carried out, but for those whose collection is not known.
pub(super) fn expanded(loops: &dyn Loops, entries: &[(String, Tree)]) -> Vec<(String, Tree)> {
    let mut all = Vec::with_capacity(entries.len());
    for (key, tree) in entries {
        match is_loop(key).then(|| turns(loops, tree)) {
            None => all.push((key.clone(), tree.clone())),
            Some(Ok(made)) => all.extend(expanded(loops, &made)),
            Some(Err(_)) => all.push((key.clone(), tree.clone())),
        }
    }
    all
}

/// Why the collection of a loop is not known; `None`: it is.
pub(super) fn unknown(loops: &dyn Loops, tree: &Tree) -> Option<Unknown> {
    turns(loops, tree).err()
}

fn turns(loops: &dyn Loops, tree: &Tree) -> Result<Vec<(String, Tree)>, Unknown> {
    let [name, collection, fragment] = tree.items() else {
        loops.refused(tree.at, "Fn::ForEach takes a name, a collection and a map");
        return Ok(Vec::new());
    };
    let Some(name) = name.text() else {
        loops.refused(tree.at, "the first argument of Fn::ForEach is the loop's name");
        return Ok(Vec::new());
    };
    let collection = loops.entry(collection);
    let texts = match &collection.value {
        Value::List(nodes) => nodes.iter().map(|node| node.text().map(|text| text.unwrap_or_default().to_owned())),
        Value::Unknown(unknown) => return Err(unknown.clone()),
        _ => {
            loops.refused(tree.at, "the second argument of Fn::ForEach is a list");
            return Ok(Vec::new());
        }
    };
    let mut made = Vec::new();
    for text in texts.collect::<Result<Vec<String>, Unknown>>()? {
        if !loops.made(tree.at, fragment.size) {
            break;
        }
        made.extend(with(fragment, name, &text).entries().iter().cloned());
    }
    Ok(made)
}

/// A fragment in which a loop's name stands for a text.
fn with(tree: &Tree, name: &str, text: &str) -> Tree {
    let is_reference = |key: &str, value: &Tree| key == "Ref" && value.text() == Some(name);
    let plain = || Tree { kind: Kind::Scalar(text.to_owned()), tag: None, ..tree.clone() };
    match &tree.kind {
        Kind::Scalar(scalar) if tree.tag.as_deref() == Some("Ref") && scalar == name => plain(),
        Kind::Scalar(scalar) => Tree { kind: Kind::Scalar(replaced(scalar, name, text)), ..tree.clone() },
        Kind::Null => tree.clone(),
        Kind::List(items) => {
            Tree { kind: Kind::List(items.iter().map(|item| with(item, name, text)).collect()), ..tree.clone() }
        }
        Kind::Map(entries) => match entries.as_slice() {
            [(key, value)] if is_reference(key, value) => plain(),
            entries => {
                let entry = |(key, value): &(String, Tree)| (replaced(key, name, text), with(value, name, text));
                Tree { kind: Kind::Map(entries.iter().map(entry).collect()), ..tree.clone() }
            }
        },
    }
}

/// `&{Name}` is the text without what a logical id cannot hold.
fn replaced(scalar: &str, name: &str, text: &str) -> String {
    if !scalar.contains(name) {
        return scalar.to_owned();
    }
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    scalar.replace(&format!("${{{name}}}"), text).replace(&format!("&{{{name}}}"), &plain)
}
