//! A template under assumptions: what parameters, conditions and references give. The functions themselves are in
//! `functions`.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::functions::{self, Stage};
use super::identity;
use super::template::Template;
use super::tree::{Broken, Kind, Tree};
use crate::declared::{At, Home, Node, Unknown, Value};

/// Values that are evaluated: more than any template has, unless its functions multiply them.
const MOST_STEPS: usize = 2_000_000;
/// References that lead from one to the next, and values inside values.
const DEEPEST: usize = 200;

/// A comparison in a condition that is not decided before deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    /// `Env = prod`.
    pub(super) key: String,
}

/// A template under assumptions.
pub(super) struct Evaluation<'a> {
    pub(super) template: &'a Template,
    given: &'a BTreeMap<String, String>,
    pub(super) home: &'a Home,
    assumed: &'a BTreeMap<String, bool>,
    /// What distinguishes this document's expressions from those of others.
    scope: String,
    atom: RefCell<Option<Atom>>,
    fault: RefCell<Option<Broken>>,
    /// What is being evaluated, to find rings.
    under_way: RefCell<BTreeSet<String>>,
    steps: Cell<usize>,
    depth: Cell<usize>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(
        template: &'a Template,
        given: &'a BTreeMap<String, String>,
        home: &'a Home,
        assumed: &'a BTreeMap<String, bool>,
        scope: String,
    ) -> Self {
        Self {
            template,
            given,
            home,
            assumed,
            scope,
            atom: RefCell::default(),
            fault: RefCell::default(),
            under_way: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
        }
    }

    /// What is wrong with the template.
    pub(super) fn fault(&self) -> Option<Broken> {
        self.fault.borrow().clone()
    }

    /// The first comparison that was met and is not among the assumptions.
    pub(super) fn undecided(&self) -> Option<Atom> {
        self.atom.borrow().clone()
    }

    pub(super) fn wrong(&self, at: At, message: &str) {
        self.fault.borrow_mut().get_or_insert_with(|| Broken { at, message: message.to_owned() });
    }

    /// Whether a resource is created.
    pub(super) fn exists(&self, resource: &Tree) -> bool {
        resource.get("Condition").and_then(Tree::text).is_none_or(|name| self.condition_called(name, resource.at))
    }

    /// The properties of a resource.
    pub(super) fn properties(&self, resource: &Tree) -> Node {
        let absent = Node { at: Some(resource.at), value: Value::Map(Vec::new()) };
        resource.get("Properties").map_or(absent, |tree| self.node(tree))
    }

    /// A value.
    pub(super) fn node(&self, tree: &Tree) -> Node {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MOST_STEPS {
            self.wrong(tree.at, "its functions expand to too much");
        }
        if self.depth.get() > DEEPEST {
            self.wrong(tree.at, "values refer to each other in a ring, or too deep");
        }
        let value = if self.fault.borrow().is_some() {
            Value::Absent
        } else {
            self.depth.set(self.depth.get() + 1);
            let value = self.value(tree);
            self.depth.set(self.depth.get() - 1);
            value
        };
        Node { at: Some(tree.at), value }
    }

    fn value(&self, tree: &Tree) -> Value {
        if let Some((function, argument)) = functions::called(tree) {
            return functions::apply(self, function, argument);
        }
        let further = tree.tag.as_deref().or(match tree.entries() {
            [(key, _)] if key.starts_with("Fn::") => Some(key),
            _ => None,
        });
        if let Some(function) = further {
            return Value::Unknown(self.open(function, format!("{function} is not known here")));
        }
        match &tree.kind {
            Kind::Null => Value::Absent,
            Kind::Scalar(text) if text.contains("{{resolve:") => {
                Value::Unknown(self.open(text, "a dynamic reference is resolved at deployment"))
            }
            Kind::Scalar(text) => Value::Text(text.clone()),
            Kind::List(items) => {
                let nodes = items.iter().map(|item| self.node(item));
                Value::List(nodes.filter(|node| node.value != Value::Absent).collect())
            }
            Kind::Map(entries) => {
                let nodes = entries.iter().map(|(key, tree)| (key.clone(), self.node(tree)));
                Value::Map(nodes.filter(|(_, node)| node.value != Value::Absent).collect())
            }
        }
    }

    /// What is not known, by its name in this document.
    pub(super) fn open(&self, name: &str, why: impl Into<String>) -> Unknown {
        Unknown::of(&format!("{}{name}", self.scope), why)
    }

    /// What a name refers to: a pseudo parameter, a parameter, or a resource.
    pub(super) fn reference(&self, name: &str, at: At) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        match name {
            "AWS::NoValue" => Value::Absent,
            "AWS::AccountId" => text(&self.home.account),
            "AWS::Region" => text(&self.home.region),
            "AWS::Partition" => text(&self.home.partition),
            "AWS::URLSuffix" if self.home.partition == "aws-cn" => text("amazonaws.com.cn"),
            "AWS::URLSuffix" => text("amazonaws.com"),
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

    /// The declaration of a parameter.
    fn declaration(&self, name: &str) -> Option<&'a Tree> {
        self.template.root.get("Parameters")?.get(name)
    }

    fn parameter(&self, name: &str) -> Option<Value> {
        let declared = self.declaration(name)?;
        let kind = declared.get("Type").and_then(Tree::text).unwrap_or("String");
        let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
        let value = |text: &str| {
            if !is_list {
                return Value::Text(text.to_owned());
            }
            let node = |part: &str| Node { at: Some(declared.at), value: Value::Text(part.trim().to_owned()) };
            Value::List(text.split(',').map(node).collect())
        };
        let default = declared.get("Default").and_then(Tree::text);
        let known = self.given.get(name).map(String::as_str).or(default);
        Some(match known {
            _ if kind.starts_with("AWS::SSM::Parameter::Value") => {
                Value::Unknown(self.open(name, format!("parameter {name} is read from Systems Manager at deployment")))
            }
            Some(text) if text.contains("{{resolve:") => {
                Value::Unknown(self.open(text, "a dynamic reference is resolved at deployment"))
            }
            Some(text) => value(text),
            None => Value::Unknown(self.open(name, format!("parameter {name} has no default"))),
        })
    }

    /// An attribute of a resource, or what `Ref` gives.
    pub(super) fn attribute(&self, id: &str, attribute: Option<&str>, at: At) -> Value {
        let called = attribute.map_or_else(|| id.to_owned(), |attribute| format!("{id}.{attribute}"));
        let Some((_, resource)) = self.template.resources().iter().find(|(name, _)| name == id) else {
            let shown = crate::escape::shortened(id, 80);
            self.wrong(at, &format!("{shown} is neither a parameter nor a resource of this template"));
            return Value::Absent;
        };
        if !self.exists(resource) {
            return Value::Unknown(self.open(&called, format!("{id} is not created under this condition")));
        }
        let kind = identity::kind(resource);
        let name = self.name(id, resource);
        identity::value(self.home, kind, &name, attribute).unwrap_or_else(|| {
            let what = if kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource" {
                "a custom resource gives it"
            } else {
                "it is known when the resource is created"
            };
            Value::Unknown(self.open(&called, format!("{called} is known only at deployment: {what}")))
        })
    }

    /// A resource's name.
    fn name(&self, id: &str, resource: &Tree) -> Node {
        let properties = resource.get("Properties");
        let kind = identity::kind(resource);
        let named = identity::name_property(kind).and_then(|property| properties?.get(property));
        if !self.under_way.borrow_mut().insert(id.to_owned()) {
            self.wrong(resource.at, &format!("the name of {id} depends on itself"));
            return Node { at: None, value: Value::Absent };
        }
        let node = named.map(|tree| self.node(tree)).filter(|node| node.value != Value::Absent);
        self.under_way.borrow_mut().remove(id);
        let generated = || Node { at: Some(resource.at), value: Value::Text(self.generated(id, resource)) };
        node.unwrap_or_else(generated)
    }

    /// What stands for the name of a resource that has none of its own.
    pub(super) fn generated(&self, id: &str, resource: &Tree) -> String {
        let fifo = resource.get("Properties").and_then(|all| all.get("FifoTopic"));
        identity::generated(&format!("{}{id}", self.scope), fifo.and_then(Tree::text) == Some("true"))
    }

    /// Whether a condition holds.
    pub(super) fn condition_called(&self, name: &str, at: At) -> bool {
        let Some(tree) = self.template.root.get("Conditions").and_then(|conditions| conditions.get(name)) else {
            self.wrong(at, &format!("there is no condition {}", crate::escape::shortened(name, 80)));
            return false;
        };
        let key = format!("condition {name}");
        if !self.under_way.borrow_mut().insert(key.clone()) {
            self.wrong(tree.at, &format!("condition {} depends on itself", crate::escape::shortened(name, 80)));
            return false;
        }
        let holds = self.condition(tree);
        self.under_way.borrow_mut().remove(&key);
        holds
    }

    fn condition(&self, tree: &Tree) -> bool {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MOST_STEPS {
            self.wrong(tree.at, "its conditions expand to too much");
            return false;
        }
        let Some((function, argument)) = functions::called_in_condition(tree) else {
            return tree.text().is_some_and(|text| text.eq_ignore_ascii_case("true"));
        };
        match function {
            "Condition" => argument.text().is_some_and(|name| self.condition_called(name, argument.at)),
            "Fn::And" => argument.items().iter().all(|tree| self.condition(tree)),
            "Fn::Or" => argument.items().iter().any(|tree| self.condition(tree)),
            "Fn::Not" => !argument.items().iter().any(|tree| self.condition(tree)),
            "Fn::Equals" => match argument.items() {
                [left, right] => self.equal(&self.node(left), &self.node(right)),
                _ => {
                    self.wrong(argument.at, "Fn::Equals takes two values");
                    false
                }
            },
            _ => {
                self.wrong(tree.at, "a condition is Fn::And, Fn::Or, Fn::Not, Fn::Equals or Condition");
                false
            }
        }
    }

    /// Whether two values are equal: known, assumed, or else to be assumed.
    fn equal(&self, left: &Node, right: &Node) -> bool {
        let (of_left, of_right) = (self.undecided_text(left), self.undecided_text(right));
        let (open, other) = match (&of_left, &of_right) {
            (None, None) => return functions::plain(left) == functions::plain(right),
            (Some(open), None) => (open, right),
            (None, Some(open)) => (open, left),
            (Some(open), Some(other)) if open.expression == other.expression => return true,
            (Some(open), Some(_)) => (open, right),
        };
        let name =
            open.expression.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(&open.expression);
        let prefix = format!("{name} = ");
        let key = format!("{prefix}{}", other.symbol().unwrap_or_default());
        if let Some(assumed) = self.assumed.get(&key) {
            return *assumed;
        }
        let text = other.text().ok().flatten();
        let is_other = |(known, holds): (&String, &bool)| *holds && text.is_some() && known.starts_with(&prefix);
        if self.assumed.iter().any(is_other) {
            return false;
        }
        let plain = name.strip_prefix(&self.scope).unwrap_or(name);
        let allowed = self.declaration(plain).and_then(|declared| declared.get("AllowedValues"));
        let allowed: Vec<&str> = allowed.map(Tree::items).unwrap_or_default().iter().filter_map(Tree::text).collect();
        if let Some(text) = text.filter(|_| !allowed.is_empty()) {
            let is_out = |value: &&str| self.assumed.get(&format!("{prefix}{value}")) == Some(&false);
            if !allowed.contains(&text) {
                return false;
            }
            if allowed.iter().filter(|value| !is_out(value)).count() == 1 {
                return true;
            }
        }
        self.atom.borrow_mut().get_or_insert(Atom { key });
        false
    }

    /// What is not known of a value, the account and region among it.
    fn undecided_text(&self, node: &Node) -> Option<Unknown> {
        let is_open = |text: &str| {
            (!self.home.knows_account() && text.contains(Home::ACCOUNT))
                || (!self.home.knows_region() && text.contains(Home::REGION))
        };
        match &node.value {
            Value::Unknown(unknown) => Some(unknown.clone()),
            Value::Text(text) if is_open(text) => {
                Some(Unknown { why: "it depends on the account or region".to_owned(), expression: text.clone() })
            }
            _ => None,
        }
    }
}

impl Stage for Evaluation<'_> {
    fn wrong(&self, at: At, message: &str) {
        self.wrong(at, message);
    }

    fn node(&self, tree: &Tree) -> Node {
        self.node(tree)
    }

    fn open(&self, name: &str, why: String) -> Unknown {
        self.open(name, why)
    }

    fn reference(&self, name: &str, at: At) -> Value {
        self.reference(name, at)
    }

    fn attribute(&self, id: &str, attribute: &str, at: At) -> Value {
        self.attribute(id, Some(attribute), at)
    }

    /// Whether a condition holds, by its name or as it is written.
    fn holds(&self, tree: &Tree) -> bool {
        tree.text().map_or_else(|| self.condition(tree), |name| self.condition_called(name, tree.at))
    }

    fn mappings(&self) -> Option<&Tree> {
        self.template.root.get("Mappings")
    }

    fn home(&self) -> &Home {
        self.home
    }
}
