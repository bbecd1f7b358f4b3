//! What references of a template under assumptions lead to: pseudo parameters, parameters, resources and their attributes;
//! and what resources are called.

use super::evaluation::Evaluation;
use super::foreach;
use super::identity;
use super::tree::Tree;
use crate::declared::{At, Node, TRANSFORM, Unknown, Value, unmarked};

impl Evaluation<'_> {
    /// What a name refers to: a pseudo parameter, a parameter, or a resource.
    pub(super) fn reference(&self, name: &str, at: At) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        match name {
            "AWS::NoValue" => Value::Absent,
            "AWS::AccountId" => text(&self.home.account),
            "AWS::Region" => text(&self.home.region),
            // In a name it is the usual one; which one it is decides nothing there.
            "AWS::Partition" | "AWS::URLSuffix" if self.is_compared.get() && !self.home.knows_region() => {
                Value::Unknown(self.open(name, "it depends on the region"))
            }
            "AWS::Partition" => text(&self.home.partition),
            "AWS::URLSuffix" if self.home.partition == "aws-cn" => text("amazonaws.com.cn"),
            "AWS::URLSuffix" => text("amazonaws.com"),
            "AWS::StackName" if self.stack_name.is_some() => {
                text(&unmarked(self.stack_name.unwrap_or_default().to_owned()))
            }
            "AWS::StackName" | "AWS::StackId" | "AWS::NotificationARNs" => {
                Value::Unknown(self.open(name, "it is known when the stack is created"))
            }
            _ => {
                if let Some(parameter) = self.parameter(name) {
                    return parameter;
                }
                self.attribute(name, None, at)
            }
        }
    }

    /// An attribute of a resource, or what `Ref` gives.
    pub(super) fn attribute(&self, id: &str, attribute: Option<&str>, at: At) -> Value {
        let called = attribute.map_or_else(|| id.to_owned(), |attribute| format!("{id}.{attribute}"));
        let Some(resource) = self.resource(id) else {
            // A loop or an include that could not be followed may declare it.
            if self.may_declare_more() {
                return Value::Unknown(self.open(&called, format!("{id} is declared where it was not looked at")));
            }
            let shown = crate::escape::shortened(id, 80);
            self.wrong(at, &format!("{shown} is neither a parameter nor a resource of this template"));
            return Value::Absent;
        };
        if !self.exists(resource) {
            let name = format!("{}{called}", self.scope);
            return Value::Unknown(Unknown::never(&name, format!("{id} is not created under this condition")));
        }
        if let Some(output) = attribute.and_then(|attribute| attribute.strip_prefix("Outputs."))
            && let Some(nested) = self.nested_stack(id, resource)
        {
            return nested.output(output, at).unwrap_or_else(|| {
                let shown = crate::escape::shortened(output, 80);
                self.wrong(at, &format!("nested stack {id} has no output {shown}"));
                Value::Absent
            });
        }
        let kind = identity::kind(resource);
        if let (Some(attribute), Some(known)) = (attribute, identity::attributes(kind))
            && !known.contains(&attribute)
        {
            let shown = crate::escape::shortened(attribute, 80);
            self.wrong(at, &format!("{id} has no attribute {shown}: {kind} has {}", listed(known)));
            return Value::Absent;
        }
        if let Some(meant) = attribute.and_then(|attribute| identity::meant(kind, attribute)) {
            let shown = crate::escape::shortened(attribute.unwrap_or_default(), 80);
            self.wrong(at, &format!("{id} has no attribute {shown}: {meant} is meant"));
            return Value::Absent;
        }
        let name = self.name(id, resource);
        identity::value(&self.home, kind, &name, attribute).unwrap_or_else(|| {
            let what = if kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource" {
                "a custom resource gives it"
            } else {
                "it is known when the resource is created"
            };
            let unknown = self.open(&called, format!("{called} is known only at deployment: {what}"));
            let kind = (kind, may_be_named(resource));
            let outside = identity::outside(&self.home, kind, &unknown.expression, attribute);
            Value::Unknown(Unknown { expression: outside.unwrap_or(unknown.expression), why: unknown.why })
        })
    }

    pub(super) fn may_declare_more(&self) -> bool {
        let is_open = |key: &str| foreach::is_loop(key) || key.starts_with(TRANSFORM);
        self.resources().iter().any(|(key, _)| is_open(key)) || self.template.is_transformed()
    }

    /// A resource's name.
    fn name(&self, id: &str, resource: &Tree) -> Node {
        let properties = resource.get("Properties");
        let kind = identity::kind(resource);
        let named = identity::name_property(kind).and_then(|property| properties?.get(property));
        let key = format!("{}{id}", self.scope);
        if !self.shared.under_way.borrow_mut().insert(key.clone()) {
            self.wrong(resource.at, &format!("the name of {id} depends on itself"));
            return Node { at: None, value: Value::Absent };
        }
        let node = named.map(|tree| self.node(tree)).filter(|node| node.value != Value::Absent);
        self.shared.under_way.borrow_mut().remove(&key);
        let generated = || Node { at: Some(resource.at), value: Value::Text(self.generated(id, resource)) };
        node.unwrap_or_else(generated)
    }

    /// What stands for the name of a resource that has none of its own.
    pub(super) fn generated(&self, id: &str, resource: &Tree) -> String {
        let fifo = resource.get("Properties").and_then(|all| all.get("FifoTopic").or_else(|| all.get("FifoQueue")));
        identity::generated(&format!("{}{id}", self.scope), fifo.and_then(Tree::text) == Some("true"))
    }

    /// What a resource is called: by the path of its construct, or its logical id.
    pub(super) fn address(&self, id: &str, resource: &Tree) -> String {
        let written = || resource.get("Metadata").and_then(|all| all.get("aws:cdk:path")).and_then(Tree::text);
        let paths = self.constructs.and_then(|all| all.get(id)).map(Vec::as_slice).unwrap_or_default();
        let is_inside = |path: &&String| {
            self.construct
                .as_ref()
                .is_none_or(|inside| path.strip_prefix(inside).is_some_and(|rest| rest.starts_with('/')))
        };
        // What is nested is deeper.
        let listed = paths.iter().filter(is_inside).min_by_key(|path| path.matches('/').count());
        let construct = listed.map(String::as_str).or_else(written);
        construct.map_or_else(|| format!("{}{id}", self.before), str::to_owned)
    }
}

/// Words as a list in a sentence.
fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => words.concat(),
    }
}

/// Whether a resource may have a name of its own, and not one that is generated.
fn may_be_named(resource: &Tree) -> bool {
    let Some(properties) = resource.get("Properties") else { return false };
    let names = |key: &str| key.ends_with("Name") || key.starts_with("Fn::");
    properties.tag.is_some() || properties.entries().iter().any(|(key, _)| names(key))
}
