//! A template under assumptions: what its values are. The functions themselves are in `functions`, parameters in `given`, what
//! references lead to in `references`, conditions in `conditions`, and what other stacks give in `nesting`.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::foreach::{self, Loops};
use super::functions::{self, Stage};
use super::library::Library;
use super::stack::Stack;
use super::template::Template;
use super::tree::{Broken, Kind, Tree};
use crate::declared::{At, Home, Node, TRANSFORM, Unknown, Value};

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
    /// Comparisons that what is being evaluated depends on.
    pub(super) consulted: RefCell<BTreeSet<String>>,
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
            consulted: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            nested: Cell::new(0),
            stacks: RefCell::default(),
        })
    }

    /// Notes that what is being evaluated depends on a comparison.
    pub(super) fn consult(&self, key: String) {
        self.consulted.borrow_mut().insert(key);
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
    /// Comparisons that decide whether it is created, and what is passed to it.
    pub(super) under: RefCell<BTreeSet<String>>,
    resources: Section<'a>,
    outputs: Section<'a>,
    conditions: Section<'a>,
    index: OnceCell<HashMap<String, usize>>,
    /// The file of what is being evaluated, where that was included.
    current: RefCell<Option<Arc<str>>>,
    /// A condition compares what is being evaluated.
    pub(super) is_compared: Cell<bool>,
}

impl<'a> Evaluation<'a> {
    /// A stack of its own.
    pub(super) fn new(stack: &'a Stack, shared: &Rc<Shared<'a>>, home: &Home, scope: String) -> Self {
        let own_home = stack.home.clone();
        Self {
            stack_name: stack.name.as_deref(),
            parameters: match &stack.passed {
                Some(passed) => Parameters::Passed(passed.clone()),
                None => Parameters::Given(&stack.parameters),
            },
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
            under: RefCell::default(),
            resources: OnceCell::new(),
            outputs: OnceCell::new(),
            conditions: OnceCell::new(),
            index: OnceCell::new(),
            current: RefCell::default(),
            is_compared: Cell::default(),
        }
    }

    pub(super) fn wrong(&self, at: At, message: &str) {
        self.wrong_at(self.current.borrow().as_deref(), at, message);
    }

    /// The same of a resource, which may have been included from another file.
    pub(super) fn wrong_in(&self, resource: &Tree, at: At, message: &str) {
        self.wrong_at(resource.file.as_deref(), at, message);
    }

    /// The same at a place of a file that was included, or of the template's own.
    pub(super) fn wrong_at(&self, file: Option<&str>, at: At, message: &str) {
        let file = file.unwrap_or(&self.template.file).to_owned();
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
        let mut node = resource.get("Properties").map_or(absent, |tree| self.node(tree));
        // What is included beside them may set properties too.
        if let (Some(transform), Value::Map(entries)) = (resource.get(TRANSFORM), &mut node.value) {
            entries.push((TRANSFORM.to_owned(), self.transformed(transform)));
        }
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
        if let Some(names) = functions::crowded(tree) {
            self.wrong(tree.at, &format!("{names} are in one mapping: a function is the only key of its own"));
            return Value::Absent;
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
        let nodes = entries.iter().map(|(key, tree)| {
            let node = if key == TRANSFORM { self.transformed(tree) } else { self.node(tree) };
            (key.clone(), node)
        });
        Value::Map(nodes.filter(|(_, node)| node.value != Value::Absent).collect())
    }

    /// What a macro makes of the mapping that it stands in: it may set whatever is not set there.
    fn transformed(&self, tree: &Tree) -> Node {
        Node { at: Some(tree.at), value: functions::apply(self, TRANSFORM, tree) }
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
