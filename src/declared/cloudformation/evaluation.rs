//! A template under assumptions: what parameters and references give. The functions themselves are in `functions`, conditions
//! in `conditions`, and what other stacks give in `nesting`.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::constraints;
use super::foreach::{self, Loops};
use super::functions::{self, Stage};
use super::identity;
use super::library::Library;
use super::stack::Stack;
use super::template::Template;
use super::tree::{Broken, Kind, Tree};
use crate::declared::{At, Home, Node, Unknown, Value, unmarked};

/// Values that are evaluated: more than any template has, unless its functions multiply them.
pub(super) const MOST_STEPS: usize = 2_000_000;
/// Bytes of a text that count as a step.
const TEXT_STEP: usize = 16;
/// References that lead from one to the next, and values inside values.
const DEEPEST: usize = 200;

/// A comparison in a condition that is not decided before deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    /// `Env = prod`.
    pub(super) key: String,
}

/// What all stacks under the same assumptions share.
pub(super) struct Shared<'a> {
    pub(super) given: &'a BTreeMap<String, String>,
    pub(super) assumed: &'a BTreeMap<String, bool>,
    pub(super) library: &'a Library,
    pub(super) atom: RefCell<Option<Atom>>,
    pub(super) fault: RefCell<Option<(String, Broken)>>,
    /// What is being evaluated, to find rings.
    pub(super) under_way: RefCell<BTreeSet<String>>,
    pub(super) steps: Cell<usize>,
    depth: Cell<usize>,
    /// Nested stacks that were made.
    pub(super) nested: Cell<usize>,
    /// Stacks that may import what another exports.
    pub(super) stacks: RefCell<Vec<Weak<Evaluation<'a>>>>,
}

impl<'a> Shared<'a> {
    pub(super) fn new(
        given: &'a BTreeMap<String, String>,
        assumed: &'a BTreeMap<String, bool>,
        library: &'a Library,
    ) -> Rc<Self> {
        Rc::new(Self {
            given,
            assumed,
            library,
            atom: RefCell::default(),
            fault: RefCell::default(),
            under_way: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            nested: Cell::new(0),
            stacks: RefCell::default(),
        })
    }
}

/// Where a stack's parameters have their values from.
pub(super) enum Parameters<'a> {
    /// The documents and the command line.
    Given(&'a BTreeMap<String, String>),
    /// The stack that it is nested in.
    Passed(BTreeMap<String, Node>),
}

/// Keys and values of a section, with its loops carried out.
type Section<'a> = OnceCell<Cow<'a, [(String, Tree)]>>;

/// A template under assumptions.
pub(super) struct Evaluation<'a> {
    pub(super) template: &'a Template,
    pub(super) shared: Rc<Shared<'a>>,
    pub(super) home: Arc<Home>,
    /// The same, where documents say so.
    pub(super) own_home: Option<Arc<Home>>,
    /// What distinguishes this stack's expressions from those of others.
    pub(super) scope: String,
    /// What distinguishes its resources' addresses.
    pub(super) before: String,
    pub(super) stack_name: Option<&'a str>,
    pub(super) parameters: Parameters<'a>,
    pub(super) assets: &'a BTreeMap<String, String>,
    pub(super) constructs: Option<&'a BTreeMap<String, Vec<String>>>,
    /// The construct that it is, if it is nested.
    pub(super) construct: Option<String>,
    pub(super) nested: RefCell<BTreeMap<String, Option<Rc<Self>>>>,
    resources: Section<'a>,
    outputs: Section<'a>,
    conditions: Section<'a>,
    index: OnceCell<HashMap<String, usize>>,
    /// The file of what is being evaluated, where that was included.
    current: RefCell<Option<Arc<str>>>,
}

impl<'a> Evaluation<'a> {
    /// A stack of its own.
    pub(super) fn new(stack: &'a Stack, shared: &Rc<Shared<'a>>, home: &Home, scope: String) -> Self {
        let own_home = stack.home.clone();
        Self {
            stack_name: stack.name.as_deref(),
            parameters: Parameters::Given(&stack.parameters),
            constructs: Some(&stack.constructs),
            assets: &stack.assets,
            ..Self::bare(
                &stack.template,
                shared,
                (own_home.clone().unwrap_or_else(|| Arc::new(home.clone())), own_home),
                scope,
            )
        }
    }

    /// A template, with nothing passed to it.
    pub(super) fn bare(
        template: &'a Template,
        shared: &Rc<Shared<'a>>,
        (home, own_home): (Arc<Home>, Option<Arc<Home>>),
        scope: String,
    ) -> Self {
        static NOTHING: BTreeMap<String, String> = BTreeMap::new();
        Self {
            template,
            shared: Rc::clone(shared),
            home,
            own_home,
            scope,
            before: String::new(),
            stack_name: None,
            parameters: Parameters::Passed(BTreeMap::new()),
            assets: &NOTHING,
            constructs: None,
            construct: None,
            nested: RefCell::default(),
            resources: OnceCell::new(),
            outputs: OnceCell::new(),
            conditions: OnceCell::new(),
            index: OnceCell::new(),
            current: RefCell::default(),
        }
    }

    pub(super) fn wrong(&self, at: At, message: &str) {
        let file = self.current.borrow().as_deref().unwrap_or(&self.template.file).to_owned();
        let broken = Broken { at, message: message.to_owned() };
        self.shared.fault.borrow_mut().get_or_insert((file, broken));
    }

    /// The same of a resource, which may have been included from another file.
    pub(super) fn wrong_in(&self, resource: &Tree, at: At, message: &str) {
        let file = resource.file.as_deref().unwrap_or(&self.template.file).to_owned();
        let broken = Broken { at, message: message.to_owned() };
        self.shared.fault.borrow_mut().get_or_insert((file, broken));
    }

    fn section<'s>(&'s self, cell: &'s Section<'a>, name: &str) -> &'s [(String, Tree)] {
        cell.get_or_init(|| {
            let entries = self.template.root.get(name).map(Tree::entries).unwrap_or_default();
            if entries.iter().any(|(key, _)| foreach::is_loop(key)) {
                Cow::Owned(foreach::expanded(self, entries))
            } else {
                Cow::Borrowed(entries)
            }
        })
    }

    /// The resources, with loops carried out.
    pub(super) fn resources(&self) -> &[(String, Tree)] {
        self.section(&self.resources, "Resources")
    }

    pub(super) fn outputs(&self) -> &[(String, Tree)] {
        self.section(&self.outputs, "Outputs")
    }

    pub(super) fn conditions(&self) -> &[(String, Tree)] {
        self.section(&self.conditions, "Conditions")
    }

    pub(super) fn resource(&self, id: &str) -> Option<&Tree> {
        let resources = self.resources();
        let index = self.index.get_or_init(|| {
            // Of two of one key, which loops may give, the first is found.
            resources.iter().enumerate().rev().map(|(at, (id, _))| (id.clone(), at)).collect()
        });
        index.get(id).and_then(|at| resources.get(*at)).map(|(_, tree)| tree)
    }

    /// Whether a resource is created.
    pub(super) fn exists(&self, resource: &Tree) -> bool {
        resource.get("Condition").and_then(Tree::text).is_none_or(|name| self.condition_called(name, resource.at))
    }

    /// The properties of a resource.
    pub(super) fn properties(&self, resource: &Tree) -> Node {
        self.current.replace(resource.file.clone());
        let absent = Node { at: Some(resource.at), value: Value::Map(Vec::new()) };
        let node = resource.get("Properties").map_or(absent, |tree| self.node(tree));
        self.current.replace(None);
        node
    }

    /// A value.
    pub(super) fn node(&self, tree: &Tree) -> Node {
        let shared = &self.shared;
        shared.steps.set(shared.steps.get() + 1);
        if shared.steps.get() > MOST_STEPS {
            self.wrong(tree.at, "its functions expand to too much");
        }
        if shared.depth.get() > DEEPEST {
            self.wrong(tree.at, "values refer to each other in a ring, or too deep");
        }
        let value = if shared.fault.borrow().is_some() {
            Value::Absent
        } else {
            shared.depth.set(shared.depth.get() + 1);
            let value = self.value(tree);
            shared.depth.set(shared.depth.get() - 1);
            // Texts grow as lists do.
            if let Value::Text(text) = &value {
                shared.steps.set(shared.steps.get() + text.len() / TEXT_STEP);
            }
            value
        };
        Node { at: Some(tree.at), value }
    }

    fn value(&self, tree: &Tree) -> Value {
        if let Some((function, argument)) = functions::called(tree) {
            return functions::apply(self, function, argument);
        }
        let loops = tree.entries().iter().any(|(key, _)| foreach::is_loop(key));
        if loops && tree.tag.is_none() {
            return self.looped(tree);
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
            Kind::Map(entries) => self.map(entries),
        }
    }

    fn map(&self, entries: &[(String, Tree)]) -> Value {
        let nodes = entries.iter().map(|(key, tree)| (key.clone(), self.node(tree)));
        Value::Map(nodes.filter(|(_, node)| node.value != Value::Absent).collect())
    }

    /// A map with loops among its keys.
    fn looped(&self, tree: &Tree) -> Value {
        let entries = foreach::expanded(self, tree.entries());
        let left = entries.iter().find(|(key, _)| foreach::is_loop(key));
        match left.and_then(|(_, tree)| foreach::unknown(self, tree)) {
            Some(unknown) => Value::Unknown(unknown),
            None => self.map(&entries),
        }
    }

    /// What is not known, by its name in this document.
    pub(super) fn open(&self, name: &str, why: impl Into<String>) -> Unknown {
        Unknown::new(&format!("{}{name}", self.scope), why)
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

    /// The declaration of a parameter.
    pub(super) fn declaration(&self, name: &str) -> Option<&'a Tree> {
        self.template.root.get("Parameters")?.get(name)
    }

    /// Notes a parameter whose value it does not take: the deployment is refused.
    pub(super) fn check_parameters(&self) {
        for (name, declared) in self.template.root.get("Parameters").map(Tree::entries).unwrap_or_default() {
            let is_of_ssm = declared.get("Type").and_then(Tree::text).is_some_and(|kind| kind.starts_with("AWS::SSM"));
            let default = declared.get("Default").and_then(Tree::text);
            let given = match &self.parameters {
                Parameters::Given(of_documents) => {
                    self.shared.given.get(name).or_else(|| of_documents.get(name)).map(String::as_str)
                }
                Parameters::Passed(passed) => passed.get(name).and_then(|node| node.text().ok().flatten()),
            };
            let is_open = |text: &&str| text.contains(crate::declared::MARKS) || text.contains("{{resolve:");
            let value = given.or(default).filter(|text| !is_of_ssm && !is_open(text));
            if let Some(why) = value.and_then(|value| constraints::refusal(declared, value)) {
                self.wrong(declared.at, &format!("parameter {}: {why}", crate::escape::shortened(name, 80)));
            }
        }
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
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            let why = format!("parameter {name} is read from Systems Manager at deployment");
            return Some(Value::Unknown(self.open(name, why)));
        }
        let known = match &self.parameters {
            Parameters::Given(of_documents) => {
                let given = self.shared.given.get(name).or_else(|| of_documents.get(name));
                given.map(String::as_str).or(default)
            }
            Parameters::Passed(passed) => match passed.get(name).map(|node| &node.value) {
                Some(Value::Text(text)) => Some(text.as_str()),
                None | Some(Value::Absent) => default,
                Some(other) => return Some(other.clone()),
            },
        };
        Some(match known {
            Some(text) if text.contains("{{resolve:") => {
                Value::Unknown(self.open(text, "a dynamic reference is resolved at deployment"))
            }
            Some(text) => value(&unmarked(text.to_owned())),
            None => Value::Unknown(self.open(name, format!("parameter {name} has no default"))),
        })
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
            self.wrong(at, &format!("{id} has no attribute {shown}: {kind} has {}", known.join(" and ")));
            return Value::Absent;
        }
        let name = self.name(id, resource);
        identity::value(&self.home, kind, &name, attribute).unwrap_or_else(|| {
            let what = if kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource" {
                "a custom resource gives it"
            } else {
                "it is known when the resource is created"
            };
            Value::Unknown(self.open(&called, format!("{called} is known only at deployment: {what}")))
        })
    }

    pub(super) fn may_declare_more(&self) -> bool {
        let is_open = |key: &str| foreach::is_loop(key) || key.starts_with("Fn::Transform");
        self.resources().iter().any(|(key, _)| is_open(key)) || self.template.root.get("Transform").is_some()
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
        let fifo = resource.get("Properties").and_then(|all| all.get("FifoTopic"));
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
        &self.home
    }

    fn import(&self, name: &Node, at: At) -> Value {
        self.import(name, at)
    }
}

impl Loops for Evaluation<'_> {
    fn entry(&self, tree: &Tree) -> Node {
        self.node(tree)
    }

    fn refused(&self, at: At, message: &str) {
        self.wrong(at, message);
    }

    fn made(&self, at: At, size: usize) -> bool {
        let steps = &self.shared.steps;
        steps.set(steps.get().saturating_add(size));
        if steps.get() > MOST_STEPS {
            self.wrong(at, "its loops expand to too much");
        }
        self.shared.fault.borrow().is_none()
    }
}
