//! Templates of CloudFormation inside a plan: `aws_cloudformation_stack`.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::graph::Instance;
use super::reader::{Reader, node, unknown_parameter};
use super::values::has_unknown;
use crate::declared::cloudformation::{Content, Library, Stack, Template, worlds};
use crate::declared::json::text_of;
use crate::declared::{Declared, Elsewhere, Node, Value};

/// Adds what a stack's template declares, or names the stack as something that was not looked at.
pub(super) fn stack(reader: &Reader<'_, '_>, at: usize, instance: &Instance<'_>, declared: &mut Declared) {
    match template(reader, at, instance) {
        Ok(inside) => declared.extend(inside),
        Err(why) => declared.elsewhere.push(Elsewhere {
            file: reader.file.to_owned(),
            at: None,
            address: instance.address.to_string(),
            why: why.to_owned(),
        }),
    }
}

fn template(reader: &Reader<'_, '_>, at: usize, instance: &Instance<'_>) -> Result<Declared, &'static str> {
    let is_stack = |other: &&Instance<'_>| other.kind == instance.kind;
    if reader.graph.instances.iter().filter(is_stack).nth(1).is_some() {
        // Their generated names could not be distinguished.
        return Err("templates of several stacks are not followed");
    }
    let unknown = |name: &str| instance.unknown.get(name).is_some_and(has_unknown);
    let Some(text) = instance.values.get("template_body").and_then(Json::as_str).filter(|_| !unknown("template_body"))
    else {
        return Err("the template of this stack is known only after apply");
    };
    let Ok(Content::Template(template)) = Template::read(&instance.address, text) else {
        return Err("the template of this stack cannot be read");
    };
    let home = reader.homes.home(at);
    let passed = Some(passed(reader, at, instance, &template));
    let stack = Stack { passed, ..Stack::new(template) };
    let Ok(worlds) = worlds(&[stack], &Library::default(), &BTreeMap::new(), &home) else {
        return Err("the template of this stack cannot be evaluated");
    };
    let [world] =
        <[_; 1]>::try_from(worlds).map_err(|_| "conditions of this stack's template depend on what is not known")?;
    let mut declared = world.declared;
    for resource in &mut declared.resources {
        resource.address = format!("{}: {}", instance.address, resource.address);
        resource.file = reader.file.to_owned();
        resource.at = None;
        resource.home = Some(home.clone());
        unplaced(&mut resource.properties);
    }
    // Nothing says which of the document's resources are of this template.
    let macros = std::mem::take(&mut declared.macros).into_values().next();
    declared.macros.extend(macros.map(|first| (reader.file.to_owned(), first)));
    for elsewhere in &mut declared.elsewhere {
        elsewhere.address = format!("{}: {}", instance.address, elsewhere.address);
        elsewhere.file = reader.file.to_owned();
        elsewhere.at = None;
    }
    Ok(declared)
}

/// Takes away places: lines of a template are none of the plan that has it in a text.
fn unplaced(node: &mut Node) {
    node.at = None;
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(unplaced),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, node)| unplaced(node)),
        Value::Absent | Value::Text(_) | Value::Unknown(_) => {}
    }
}

/// What a stack's parameters are given. Of some that are known only after apply the others are known.
fn passed<'a>(
    reader: &Reader<'_, 'a>,
    at: usize,
    instance: &Instance<'a>,
    template: &Template,
) -> BTreeMap<String, Node> {
    let unknown = instance.unknown.get("parameters");
    let is_open = |name: &str| match unknown {
        Some(Json::Object(entries)) => entries.get(name).is_some_and(has_unknown),
        other => other.is_some_and(has_unknown),
    };
    let entries = instance.values.get("parameters").and_then(Json::as_object).into_iter().flatten();
    let known = entries.filter(|(name, _)| !is_open(name));
    let mut passed: BTreeMap<String, Node> =
        known.filter_map(|(name, value)| Some((name.clone(), node(Value::Text(text_of(value)?))))).collect();
    let open: Vec<&str> = template.parameters().filter(|name| is_open(name)).collect();
    for name in &open {
        let value = match open.as_slice() {
            [_] => reader.parameter(at, name),
            _ => unknown_parameter(&instance.address, name),
        };
        passed.insert((*name).to_owned(), node(value));
    }
    passed
}
