//! What references lead to: through variables and calls of modules, outputs, `each` and `count`, to the instances of
//! resources that a plan has, or to something that a plan does not show.
//!
//! An expression lists what it refers to, and nothing of how it is put together. So a reference whose value is known is
//! nothing that an unknown value can be, and is dropped; of what is left it is for the reader of the value to decide
//! whether it can be only that.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;
use serde_json::value::RawValue;

use super::address::{Address, Part, Path, config_path, is_type, of_modules, parts};
use super::expression::{Expression, MOST_REFERENCES, Written};
use super::shape::Shape;
use super::source::Sources;
use super::types;
use super::values::{has_unknown, within};
use super::wire::{Call, Configuration, Expressions, ModuleConfig, ResourceConfig, Variable, blocks_of};

/// Steps that are taken through references in a document.
const MOST_STEPS: usize = 2_000_000;
/// References that lead from one to the next.
const DEEPEST: usize = 100;
/// Things that an expression can be.
const MOST_CANDIDATES: usize = 50;
/// The block of a metric filter that names its metric.
pub(super) const TRANSFORMATION: &str = "metric_transformation";

/// An instance of a resource or data source.
pub(super) struct Instance<'a> {
    pub(super) address: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    pub(super) modules: Path,
    /// The address of its module; the root's is empty.
    pub(super) module: String,
    pub(super) name: String,
    pub(super) key: Option<String>,
    /// Its values, by argument.
    pub(super) values: Value,
    /// Which of them are known only after apply: `true` in their place.
    pub(super) unknown: Value,
    /// Which of them are sensitive, likewise.
    pub(super) sensitive: Value,
    /// How it is written.
    pub(super) config: Option<&'a ResourceConfig<'a>>,
    /// Nothing says which values are unknown: those that are absent and have an expression are.
    pub(super) is_inferred: bool,
}

/// What a reference leads to, if its value is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Candidate {
    /// An attribute of an instance, of one in a nested block with the block before it: `metric_transformation.name`. `None`:
    /// which one is lost.
    Instance { at: usize, attribute: Option<String> },
    /// An attribute of a resource of a type that is not looked at.
    Other { address: String, kind: String, attribute: String },
    /// Something that is there already, but is read only at apply.
    Outside { name: String },
    /// It may be anything.
    Open { name: String, why: String },
}

/// Where an expression is.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'a> {
    pub(super) modules: &'s [(String, Option<String>)],
    pub(super) key: Option<&'s str>,
    /// What `each.value` is of.
    pub(super) for_each: Option<&'a RawValue>,
    /// All of `each.value` is known to be known.
    pub(super) is_value_known: bool,
}

/// Instances, and the configuration that they come from.
pub(super) struct Graph<'a> {
    pub(super) instances: Vec<Instance<'a>>,
    by_resource: HashMap<String, Vec<usize>>,
    modules: BTreeMap<String, &'a ModuleConfig<'a>>,
    calls: BTreeMap<String, &'a Call<'a>>,
    /// The keys of a call's instances, by the address of the call without its own.
    keys: HashMap<String, BTreeSet<Option<String>>>,
    /// Data sources that were read.
    read: HashSet<String>,
    variables: Option<&'a BTreeMap<Cow<'a, str>, Variable<'a>>>,
    /// The files in which all of it is written.
    sources: Option<&'a Sources>,
    /// A reference led to a local.
    pub(super) has_met_local: Cell<bool>,
    /// Instances with a key, by resource and key.
    by_key: HashMap<(String, String), usize>,
    /// Expressions that were read, by where their text is.
    expressions: RefCell<HashMap<usize, Option<Rc<Expression>>>>,
    steps: Cell<usize>,
    depth: Cell<usize>,
    found: RefCell<HashMap<String, Option<Rc<[Candidate]>>>>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(
        configuration: Option<&'a Configuration<'a>>,
        variables: Option<&'a BTreeMap<Cow<'a, str>, Variable<'a>>>,
        read: HashSet<String>,
        sources: Option<&'a Sources>,
    ) -> Self {
        let mut graph = Self {
            instances: Vec::new(),
            by_resource: HashMap::new(),
            modules: BTreeMap::new(),
            calls: BTreeMap::new(),
            keys: HashMap::new(),
            read,
            variables,
            sources,
            has_met_local: Cell::new(false),
            by_key: HashMap::new(),
            expressions: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            found: RefCell::default(),
        };
        let mut modules: Vec<(String, &'a ModuleConfig<'a>)> =
            configuration.map(|configuration| (String::new(), &configuration.root_module)).into_iter().collect();
        while let Some((path, module)) = modules.pop() {
            for (name, call) in module.module_calls.iter().flatten() {
                let below = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
                graph.calls.insert(below.clone(), call);
                modules.extend(call.module.as_deref().map(|module| (below, module)));
            }
            graph.modules.insert(path, module);
        }
        graph
    }

    /// The configurations of resources, by module path, mode, type and name.
    pub(super) fn configurations(&self) -> HashMap<(&str, bool, &str, &str), &'a ResourceConfig<'a>> {
        let mut found = HashMap::new();
        for (path, module) in &self.modules {
            for config in module.resources.iter().flat_map(|kept| &kept.0) {
                found.insert((path.as_str(), config.mode == "data", &*config.kind, &*config.name), config);
            }
        }
        found
    }

    /// The sources of calls of modules, in the order of their paths.
    pub(super) fn sources(&self) -> Vec<(String, String)> {
        let source = |(path, call): (&String, &&'a Call<'a>)| Some((path.clone(), call.source.as_deref()?.to_owned()));
        self.calls.iter().filter_map(source).collect()
    }

    /// Whether the files show that an argument of an instance is nothing but a reference to a resource.
    pub(super) fn is_shown(&self, instance: &Instance<'a>, argument: &str) -> bool {
        self.shape(instance, argument).is_reference
    }

    /// How an argument of an instance is put together, if the files show it.
    fn shape(&self, instance: &Instance<'a>, argument: &str) -> Shape {
        let id = format!("{}.{}", instance.kind, instance.name);
        let shown = self.sources.and_then(|sources| sources.shape(&config_path(&instance.modules), &id, argument));
        shown.unwrap_or_default()
    }

    /// Whether the files show that what an argument refers to is only a part of its value.
    pub(super) fn is_made(&self, instance: &Instance<'a>, argument: &str) -> bool {
        self.shape(instance, argument).is_made
    }

    pub(super) fn push(&mut self, instance: Instance<'a>) {
        let at = self.instances.len();
        for end in 1..=instance.modules.len() {
            let Some(((name, key), above)) = instance.modules.get(..end).and_then(<[_]>::split_last) else { continue };
            self.keys.entry(child(&of_modules(above), name)).or_default().insert(key.clone());
        }
        let resource = resource(&instance.module, &instance.kind, &instance.name);
        if let Some(key) = &instance.key {
            self.by_key.insert((resource.clone(), key.clone()), at);
        }
        self.by_resource.entry(resource).or_default().push(at);
        self.instances.push(instance);
    }

    /// Reads an expression, once: instances of a resource share it.
    pub(super) fn expression(&self, text: &'a RawValue) -> Option<Rc<Expression>> {
        let place = text.get().as_ptr().addr();
        if let Some(known) = self.expressions.borrow().get(&place) {
            return known.clone();
        }
        let expression = Written::read(text).map(|written| Rc::new(Expression::new(&written)));
        self.expressions.borrow_mut().insert(place, expression.clone());
        expression
    }

    /// An expression of a variable of a provider's or module's configuration as a text, if it is one that is known.
    pub(super) fn text(&self, expression: &'a RawValue, module: &str) -> Option<String> {
        self.text_of(expression, module, 0)
    }

    fn text_of(&self, expression: &'a RawValue, module: &str, depth: usize) -> Option<String> {
        let written = Written::read(expression)?;
        let references = Expression::new(&written).references;
        if let [reference] = references.as_slice() {
            let name = reference.strip_prefix("var.").filter(|_| depth < DEEPEST)?;
            if module.is_empty() {
                return serde_json::from_str(self.variables?.get(name)?.value?.get()).ok();
            }
            let above = module.rsplit_once('.').map_or("", |(above, _)| above);
            return self.text_of(self.calls.get(module)?.expressions.as_ref()?.get(name)?, above, depth + 1);
        }
        if references.is_empty() { serde_json::from_str(written.constant_value?.get()).ok() } else { None }
    }

    /// The scope of the expression of an argument. A key that is calculated may be any.
    pub(super) fn scope<'s>(&self, instance: &'s Instance<'a>, argument: &str) -> Scope<'s, 'a> {
        let for_each = instance.config.and_then(|config| config.for_each_expression);
        let has_own_key = !self.shape(instance, argument).has_calculated_key;
        Scope {
            modules: &instance.modules,
            key: instance.key.as_deref().filter(|_| has_own_key),
            for_each,
            is_value_known: for_each.is_some() && self.is_value_known(instance),
        }
    }

    /// What those references of an expression lead to whose values are not known.
    pub(super) fn candidates(&self, expression: &Expression, scope: Scope<'_, 'a>) -> Vec<Candidate> {
        if expression.is_too_long {
            let name = "its references".to_owned();
            return vec![Candidate::Open { name, why: format!("it has more than {MOST_REFERENCES} references") }];
        }
        let mut found = Vec::new();
        for reference in &expression.references {
            if found.len() > MOST_CANDIDATES {
                return vec![open(reference, "there are more of it than can be distinguished")];
            }
            for candidate in self.follow(reference, &expression.references, scope) {
                if !found.contains(&candidate) {
                    found.push(candidate);
                }
            }
        }
        found
    }

    fn follow(&self, reference: &str, beside: &[String], scope: Scope<'_, 'a>) -> Vec<Candidate> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MOST_STEPS || self.depth.get() > DEEPEST {
            return vec![open(reference, "its references lead too far")];
        }
        let parts = parts(reference);
        let second = parts.get(1);
        match (parts.first().map(|part| part.name), second) {
            (Some("var"), Some(variable)) => self.variable(variable.name, scope),
            (Some("each"), Some(part)) if part.name == "value" => {
                self.each_value(parts.get(2).map(|part| part.name), scope)
            }
            (Some("each" | "count" | "path" | "terraform" | "self"), _) => Vec::new(),
            (Some("local"), Some(local)) => self.local(reference, local.name, &parts, scope),
            (Some("module"), Some(_)) => self.outputs(reference, beside, scope),
            _ => self.resource(reference, beside, scope),
        }
    }

    /// What `each.value` is. Of instances of a resource it is the one with the same key.
    fn each_value(&self, attribute: Option<&str>, scope: Scope<'_, 'a>) -> Vec<Candidate> {
        let Some(expression) = scope.for_each.filter(|_| !scope.is_value_known) else { return Vec::new() };
        let Some(expression) = self.expression(expression) else { return Vec::new() };
        if let ([reference], Some(key)) = (expression.references.as_slice(), scope.key)
            && is_whole(reference)
        {
            let own = format!("{reference}[{key}]{}", attribute.map(|name| format!(".{name}")).unwrap_or_default());
            let found = self.deeper(|| self.follow(&own, &[], Scope { for_each: None, ..scope }));
            if !found.is_empty() {
                return found;
            }
        }
        self.deeper(|| self.candidates(&expression, Scope { for_each: None, ..scope }))
    }

    fn deeper(&self, find: impl FnOnce() -> Vec<Candidate>) -> Vec<Candidate> {
        self.depth.set(self.depth.get() + 1);
        let found = find();
        self.depth.set(self.depth.get() - 1);
        found
    }

    /// Finds something once. A search that leads to itself finds nothing that can be followed.
    fn once(&self, key: String, find: impl FnOnce() -> Vec<Candidate>) -> Vec<Candidate> {
        let known = self.found.borrow().get(&key).cloned();
        match known {
            Some(Some(found)) => return found.to_vec(),
            Some(None) => return vec![open(&key, "it refers to itself")],
            None => {}
        }
        self.found.borrow_mut().insert(key.clone(), None);
        let found = self.deeper(find);
        self.found.borrow_mut().insert(key, Some(found.clone().into()));
        found
    }

    /// What a local refers to, if the files are there in which it is written.
    fn local(&self, reference: &str, name: &str, parts: &[Part<'_>], scope: Scope<'_, 'a>) -> Vec<Candidate> {
        self.has_met_local.set(true);
        let Some(sources) = self.sources else {
            return vec![open(reference, "a plan does not show what locals are (--source DIR does)")];
        };
        let Some(local) = sources.local(&config_path(scope.modules), name) else {
            return vec![open(reference, "the files of --source do not show it")];
        };
        let local = local.at(parts.get(1..).unwrap_or_default());
        if local.shape.is_made {
            return vec![open(reference, "its value is put together")];
        }
        let expression = Expression::referring_to(&local.references);
        let inner = Scope { modules: scope.modules, key: None, for_each: None, is_value_known: false };
        self.once(child_text(&of_modules(scope.modules), reference), || self.candidates(&expression, inner))
    }

    /// What a module's variable is given.
    fn variable(&self, name: &str, scope: Scope<'_, 'a>) -> Vec<Candidate> {
        let Some(((_, key), above)) = scope.modules.split_last() else {
            let root = self.modules.get("").and_then(|module| module.variables.as_ref()?.get(name));
            let is_ephemeral = root.is_some_and(|variable| super::wire::is(variable.ephemeral.as_ref(), true));
            let name = format!("var.{name}");
            return if is_ephemeral { vec![open(&name, "it is ephemeral")] } else { Vec::new() };
        };
        let Some(call) = self.calls.get(&config_path(scope.modules)) else {
            return vec![open(&format!("var.{name}"), "the plan does not show how its module is called")];
        };
        // What is not given has its default, which is known.
        let Some(expression) = call.expressions.as_ref().and_then(|given| given.get(name)) else { return Vec::new() };
        let Some(expression) = self.expression(expression) else { return Vec::new() };
        let outer =
            Scope { modules: above, key: key.as_deref(), for_each: call.for_each_expression, is_value_known: false };
        let id = format!("{}.var.{name}", of_modules(scope.modules));
        self.once(id, || self.candidates(&expression, outer))
    }

    /// What an output of a module is, or, where it is lost which one, any of them.
    fn outputs(&self, reference: &str, beside: &[String], scope: Scope<'_, 'a>) -> Vec<Candidate> {
        let parts = parts(reference);
        let Some(call) = parts.get(1) else { return Vec::new() };
        let output = parts.get(2).map(|part| part.name);
        let path = child_path(&config_path(scope.modules), call.name);
        let Some(module) = self.modules.get(&path) else {
            return vec![open(reference, "the plan does not show what is in the module")];
        };
        let known = self.keys.get(&child(&of_modules(scope.modules), call.name));
        let keys: Vec<Option<String>> = match (call.key, known) {
            (Some(key), _) => vec![Some(key.to_owned())],
            (None, Some(known)) => match shared_key(beside, scope.key) {
                Some(key) if known.contains(&Some(key.to_owned())) => vec![Some(key.to_owned())],
                _ => known.iter().cloned().collect(),
            },
            (None, None) => vec![None],
        };
        let mut found = Vec::new();
        for key in keys {
            let mut modules = scope.modules.to_vec();
            modules.push((call.name.to_owned(), key));
            let inner = Scope { modules: &modules, key: None, for_each: None, is_value_known: false };
            let outputs =
                module.outputs.iter().flatten().filter(|(name, _)| output.is_none_or(|wanted| **name == wanted));
            for (name, output) in outputs {
                let Some(expression) = output.expression.and_then(|text| self.expression(text)) else { continue };
                let id = format!("{}.{name}", of_modules(&modules));
                found.extend(self.once(id, || self.candidates(&expression, inner)));
            }
        }
        found
    }

    /// An attribute of a resource or data source.
    fn resource(&self, reference: &str, beside: &[String], scope: Scope<'_, 'a>) -> Vec<Candidate> {
        let Some(address) = Address::read(reference) else {
            return vec![open(reference, "it is not followed")];
        };
        let module = of_modules(scope.modules);
        let attribute = attribute_of(&address);
        let prefix = if address.is_data { "data." } else { "" };
        let base = child_text(&module, &format!("{prefix}{}.{}", address.kind, address.name));
        if address.is_data && self.read.contains(&base) {
            return Vec::new();
        }
        let kind = if address.is_data { format!("data.{}", address.kind) } else { address.kind.to_owned() };
        let Some(instances) = self.by_resource.get(&resource(&module, &kind, address.name)) else {
            if address.is_data {
                return vec![Candidate::Outside { name: child_text(&module, reference) }];
            }
            // No instance of it is made.
            if types::is_wanted("managed", address.kind) {
                return Vec::new();
            }
            let attribute = attribute.unwrap_or_default();
            return vec![Candidate::Other { address: base, kind: address.kind.to_owned(), attribute }];
        };
        let id = resource(&module, &kind, address.name);
        let of_key = |key: &str| self.by_key.get(&(id.clone(), key.to_owned())).copied();
        let chosen: Vec<usize> = match (address.key, shared_key(beside, scope.key).and_then(of_key)) {
            (Some(key), _) => of_key(key).into_iter().collect(),
            (None, Some(same)) => vec![same],
            (None, None) => instances.iter().copied().take(MOST_CANDIDATES + 1).collect(),
        };
        if chosen.len() > MOST_CANDIDATES {
            return vec![open(&base, "there are more of it than can be distinguished")];
        }
        let is_unknown = |at: &usize| {
            let Some(instance) = self.instances.get(*at) else { return false };
            attribute.as_deref().is_none_or(|attribute| !instance.knows(attribute))
        };
        let candidate = |at: usize| Candidate::Instance { at, attribute: attribute.clone() };
        chosen.into_iter().filter(is_unknown).map(candidate).collect()
    }

    /// Whether `each.value` is known as a whole: `lookup` gives nothing of one that is not, and another argument has got
    /// something from it.
    fn is_value_known(&self, instance: &Instance<'a>) -> bool {
        let Some(expressions) = instance.config.and_then(|config| config.expressions.as_ref()) else { return false };
        let is_evidence = |path: &str, text: &'a RawValue| {
            self.expression(text).is_some_and(|it| it.references.iter().any(|reference| reference == "each.value"))
                && instance.knows(path)
        };
        let of_block = |expressions: &Expressions<'a>| {
            expressions.iter().any(|(argument, text)| is_evidence(&format!("{TRANSFORMATION}.{argument}"), text))
        };
        expressions.iter().any(|(argument, text)| match blocks_of(text).as_slice() {
            [block] if argument == TRANSFORMATION => of_block(block),
            _ => is_evidence(argument, text),
        })
    }
}

impl Instance<'_> {
    /// Whether the value of an attribute is known, or of one in a nested block: `metric_transformation.name`.
    pub(super) fn knows(&self, attribute: &str) -> bool {
        let (value, unknown) = (within(&self.values, attribute), within(&self.unknown, attribute));
        match unknown {
            Some(unknown) => !has_unknown(unknown) && value.is_some(),
            None => value.is_some_and(|value| !self.is_inferred || !value.is_null()),
        }
    }
}

/// The attribute that an address names. Of the blocks of a resource the one that holds the metric of a filter counts.
fn attribute_of(address: &Address<'_>) -> Option<String> {
    let [first, inner @ ..] = address.rest.as_slice() else { return None };
    match inner.first().filter(|_| first.name == TRANSFORMATION) {
        Some(inner) => Some(format!("{TRANSFORMATION}.{}", inner.name)),
        None => Some(first.name.to_owned()),
    }
}

/// Whether a reference is to all instances of a resource, or to all of a local.
fn is_whole(reference: &str) -> bool {
    let is_either = |first: &str| first == "local" || is_type(first);
    Address::read(reference)
        .is_some_and(|address| is_either(address.kind) && address.key.is_none() && address.rest.is_empty())
}

/// The key that a reference without one has, if the key of what refers is used beside it. Beside something else that can hold
/// a key, such as a map of topics by name, it is not known of which of the two the key is.
fn shared_key<'k>(beside: &[String], key: Option<&'k str>) -> Option<&'k str> {
    let is_key = |reference: &String| reference == "each.key" || reference == "count.index";
    let may_hold_a_key = |reference: &String| {
        ["var.", "local.", "each.value", "data."].iter().any(|beginning| reference.starts_with(beginning))
    };
    key.filter(|_| beside.iter().any(is_key) && !beside.iter().any(may_hold_a_key))
}

fn open(name: &str, why: &str) -> Candidate {
    Candidate::Open { name: name.to_owned(), why: why.to_owned() }
}

fn child(module: &str, call: &str) -> String {
    child_text(module, &format!("module.{call}"))
}

fn child_text(module: &str, text: &str) -> String {
    if module.is_empty() { text.to_owned() } else { format!("{module}.{text}") }
}

fn child_path(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn resource(module: &str, kind: &str, name: &str) -> String {
    child_text(module, &format!("{kind}.{name}"))
}
