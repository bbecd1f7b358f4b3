//! What CloudFormation refuses of a template before it looks at any resource (user guide, "Template anatomy"; Knowledge
//! Center, "template validation errors"): names of sections' entries, keys of resources, types, and references that lead to
//! nothing or in a ring. Where a macro or a loop that is not known may change it, nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluation::Evaluation;
use super::functions::called;
use super::tree::{Kind, Tree};
use crate::declared::account::{TYPES_OF_CHAIN, is_misspelt};
use crate::escape::shortened;

/// Keys of a resource; the last ones are SAM's.
const ATTRIBUTES: [&str; 11] = [
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "Connectors",
    "IgnoreGlobals",
];

/// Namespaces in which types are compared with those that there are.
const NAMESPACES: [&str; 4] = ["AWS::CloudTrail::", "AWS::CloudWatch::", "AWS::Logs::", "AWS::SNS::"];

/// Notes what CloudFormation refuses of a template.
pub(super) fn check(evaluation: &Evaluation<'_>) {
    for section in ["Parameters", "Outputs"] {
        for (name, tree) in evaluation.template.root.get(section).map(Tree::entries).unwrap_or_default() {
            named(evaluation, section, name, tree);
        }
    }
    for (id, tree) in evaluation.resources() {
        named(evaluation, "Resources", id, tree);
        if !is_function(id) {
            resource(evaluation, id, tree);
        }
    }
    rings(evaluation);
}

/// Whether a key is no name: a loop or an include.
fn is_function(key: &str) -> bool {
    key.starts_with("Fn::")
}

fn named(evaluation: &Evaluation<'_>, section: &str, name: &str, tree: &Tree) {
    let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric());
    if !is_name && !is_function(name) {
        let shown = shortened(name, 80);
        evaluation.wrong_in(tree, tree.at, &format!("{shown} in {section} is no logical id: letters and digits only"));
    }
}

fn resource(evaluation: &Evaluation<'_>, id: &str, tree: &Tree) {
    if tree.tag.is_some() {
        return;
    }
    let shown = shortened(id, 80);
    for (key, value) in tree.entries() {
        if ATTRIBUTES.contains(&key.as_str()) || is_function(key) {
            continue;
        }
        let meant = ATTRIBUTES.iter().find(|known| tree.get(known).is_none() && is_misspelt(key, known));
        if let Some(meant) = meant {
            let message = format!("resource {shown} has {}: {meant} is meant", shortened(key, 60));
            evaluation.wrong_in(tree, value.at, &message);
        }
    }
    let Some(kind) = tree.get("Type") else {
        if !tree.entries().iter().any(|(key, _)| is_function(key)) {
            evaluation.wrong_in(tree, tree.at, &format!("resource {shown} has no Type"));
        }
        return;
    };
    if kind.tag.is_some() {
        return;
    }
    let Some(name) = kind.text().filter(|name| !name.is_empty()) else {
        if kind.text().is_some() || kind.kind == Kind::Null {
            evaluation.wrong_in(
                tree,
                kind.at,
                &format!("resource {shown} has no Type: write it, or remove the resource"),
            );
        }
        return;
    };
    content(evaluation, &shown, tree);
    if !is_type(name) {
        let parts: Vec<&str> = name.split(':').filter(|part| !part.is_empty()).collect();
        let meant = TYPES_OF_CHAIN.iter().find(|known| **known == parts.join("::"));
        let meant =
            meant.map_or_else(|| "types are such as AWS::SNS::Topic".to_owned(), |meant| format!("{meant} is meant"));
        let message = format!("resource {shown} is of a type that there is not, {}: {meant}", shortened(name, 80));
        evaluation.wrong_in(tree, kind.at, &message);
    }
    let in_chain = NAMESPACES
        .iter()
        .any(|namespace| name.get(..namespace.len()).is_some_and(|start| start.eq_ignore_ascii_case(namespace)));
    if in_chain && !TYPES_OF_CHAIN.contains(&name) {
        let meant = TYPES_OF_CHAIN.iter().filter(|known| is_type_misspelt(name, known)).min_by_key(|known| known.len());
        if let Some(meant) = meant {
            let message =
                format!("resource {shown} is of a type that there is not, {}: {meant} is meant", shortened(name, 80));
            evaluation.wrong_in(tree, kind.at, &message);
        }
    }
    for needed in depends_on(tree) {
        let Some(name) = needed.text() else { continue };
        if evaluation.resource(name).is_none() && !evaluation.may_declare_more() {
            let message =
                format!("resource {shown} depends on {}, which is no resource of this template", shortened(name, 80));
            evaluation.wrong_in(tree, needed.at, &message);
        }
    }
}

/// Whether a type has the form of one (API reference, `RegisterType`, `TypeName`; user guide, "Custom resources").
fn is_type(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric());
    let parts: Vec<&str> = name.split("::").collect();
    // What a loop fills in is not looked at.
    name.starts_with("Custom::") || name.contains('$') || parts.len() >= 3 && parts.iter().all(|part| is_part(part))
}

/// What `DeletionPolicy` and `UpdateReplacePolicy` are one of (template reference, "Resource attributes").
const POLICIES: [(&str, &[&str]); 2] = [
    ("DeletionPolicy", &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]),
    ("UpdateReplacePolicy", &["Delete", "Retain", "Snapshot"]),
];

/// What is refused of a resource whatever its type is. `shown`: its logical id.
fn content(evaluation: &Evaluation<'_>, shown: &str, tree: &Tree) {
    for (key, choices) in POLICIES {
        let Some(value) = tree.get(key).filter(|value| value.tag.is_none()) else { continue };
        if let Some(text) = value.text().filter(|text| !choices.contains(text) && !text.contains(['$', '{'])) {
            let text = shortened(text, 40);
            let message = format!("{key} of resource {shown} is one of {}, and not {text}", choices.join(", "));
            evaluation.wrong_in(tree, value.at, &message);
        }
    }
    let Some(properties) = tree.get("Properties").filter(|properties| properties.tag.is_none()) else { return };
    if matches!(properties.kind, Kind::List(_) | Kind::Scalar(_)) {
        let message = format!("Properties of resource {shown} takes a map: each property by its name, without a dash");
        evaluation.wrong_in(tree, properties.at, &message);
    }
    // CloudFormation: "'null' values are not allowed in templates". A transform may leave them out.
    if evaluation.template.is_transformed() {
        return;
    }
    if let Some((name, at)) = null("Properties", properties) {
        let message = format!("{} of resource {shown} has no value: write one, or leave it out", shortened(name, 60));
        evaluation.wrong_in(tree, at.at, &message);
    }
}

/// The first value that is written as nothing, and its name.
fn null<'t>(name: &'t str, tree: &'t Tree) -> Option<(&'t str, &'t Tree)> {
    match &tree.kind {
        Kind::Null => tree.tag.is_none().then_some((name, tree)),
        Kind::List(items) => items.iter().find_map(|item| null(name, item)),
        Kind::Map(entries) => entries.iter().find_map(|(key, value)| null(key, value)),
        Kind::Scalar(_) => None,
    }
}

/// Whether the last part of a type is another's misspelt: the rest may differ in case alone.
fn is_type_misspelt(name: &str, known: &str) -> bool {
    let parts = |text: &'_ str| text.rsplit_once("::").map(|(before, last)| (before.to_owned(), last.to_owned()));
    let (Some((before, last)), Some((of_known, meant))) = (parts(name), parts(known)) else { return false };
    before.eq_ignore_ascii_case(&of_known) && is_misspelt(&last, &meant)
}

/// What a resource names in `DependsOn`.
fn depends_on(tree: &Tree) -> &[Tree] {
    match tree.get("DependsOn") {
        Some(one) if one.text().is_some() => std::slice::from_ref(one),
        Some(list) => list.items(),
        None => &[],
    }
}

/// Notes the first ring of references. What a condition decides is not followed: it may break the ring.
fn rings(evaluation: &Evaluation<'_>) {
    let mut edges: BTreeMap<&str, Vec<(&str, &Tree)>> = BTreeMap::new();
    let resources: BTreeMap<&str, &Tree> = evaluation
        .resources()
        .iter()
        .filter(|(id, tree)| !is_function(id) && tree.get("Condition").is_none())
        .map(|(id, tree)| (id.as_str(), tree))
        .collect();
    for (id, tree) in &resources {
        // SAM makes several resources of one, which depend on each other as no ring.
        let is_of_sam = tree.get("Type").and_then(Tree::text).is_some_and(|kind| kind.starts_with("AWS::Serverless::"));
        if is_of_sam {
            continue;
        }
        let mut named: Vec<(String, &Tree)> = Vec::new();
        named.extend(depends_on(tree).iter().filter_map(|needed| Some((needed.text()?.to_owned(), needed))));
        if let Some(properties) = tree.get("Properties") {
            references(properties, &mut named);
        }
        let known = named.iter().filter_map(|(name, at)| Some((*resources.get_key_value(name.as_str())?.0, *at)));
        edges.insert(id, known.collect());
    }
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for id in resources.keys() {
        if let Some((ring, at)) = ring_from(id, &edges, &mut done) {
            let shown: Vec<String> = ring.iter().map(|id| shortened(id, 40).into_owned()).collect();
            let first = ring.first().and_then(|id| resources.get(id));
            let message = format!("resources depend on each other in a ring: {}", shown.join(" → "));
            evaluation.wrong_in(first.copied().unwrap_or(at), at.at, &message);
            return;
        }
    }
}

/// The ring that is reached from a resource, its first resource also at its end, and where that names the next.
fn ring_from<'t>(
    start: &'t str,
    edges: &BTreeMap<&'t str, Vec<(&'t str, &'t Tree)>>,
    done: &mut BTreeSet<&'t str>,
) -> Option<(Vec<&'t str>, &'t Tree)> {
    if done.contains(start) {
        return None;
    }
    // Each resource of the way, and how many of its references were followed.
    let mut way: Vec<(&'t str, usize)> = vec![(start, 0)];
    while let Some((id, at)) = way.last_mut() {
        let Some((next, _)) = edges.get(*id).and_then(|named| named.get(*at)).copied() else {
            done.insert(*id);
            way.pop();
            continue;
        };
        *at += 1;
        if let Some(place) = way.iter().position(|(known, _)| *known == next) {
            let mut ring: Vec<&str> = way.iter().skip(place).map(|(id, _)| *id).collect();
            ring.push(next);
            let (_, tree) = way.get(place).and_then(|(id, at)| edges.get(id)?.get(at.checked_sub(1)?)).copied()?;
            return Some((ring, tree));
        }
        if !done.contains(next) {
            way.push((next, 0));
        }
    }
    None
}

/// The names that a value refers to, but in what `Fn::If` chooses.
fn references<'t>(tree: &'t Tree, named: &mut Vec<(String, &'t Tree)>) {
    let head = |text: &str| text.split('.').next().unwrap_or_default().to_owned();
    match called(tree) {
        Some(("Fn::If", _)) => return,
        Some(("Ref", argument)) => named.extend(argument.text().map(|name| (name.to_owned(), tree))),
        Some(("Fn::GetAtt", argument)) => {
            let id = argument.text().map(head).or_else(|| Some(argument.items().first()?.text()?.to_owned()));
            named.extend(id.map(|id| (id, tree)));
        }
        Some(("Fn::Sub", argument)) => {
            let text = argument.text().or_else(|| argument.items().first()?.text()).unwrap_or_default();
            let own = argument.items().get(1).map(Tree::entries).unwrap_or_default();
            let names = text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.trim());
            let names = names.filter(|name| !name.starts_with('!') && own.iter().all(|(key, _)| key != name));
            named.extend(names.map(|name| (head(name), tree)));
        }
        _ => {}
    }
    match &tree.kind {
        Kind::List(items) => items.iter().for_each(|item| references(item, named)),
        Kind::Map(entries) => entries.iter().for_each(|(_, value)| references(value, named)),
        Kind::Scalar(_) | Kind::Null => {}
    }
}
