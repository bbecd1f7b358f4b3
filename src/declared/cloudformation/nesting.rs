//! What other stacks give: nested ones their outputs, and those beside it their exports.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};

use super::evaluation::{Evaluation, Parameters};
use super::stack::{Nested, nested};
use super::template::Template;
use super::tree::Tree;
use crate::declared::{At, Node, Value};

/// Nested stacks in all.
const MOST_NESTED: usize = 500;

impl<'a> Evaluation<'a> {
    /// The nested stack that a resource is, if its template is here.
    pub(super) fn nested_stack(&self, id: &str, resource: &Tree) -> Option<Rc<Self>> {
        if let Some(known) = self.nested.borrow().get(id) {
            let under = known.iter().flat_map(|known| known.under.borrow().clone());
            self.shared.consulted.borrow_mut().extend(under);
            return known.clone();
        }
        // What is passed decides all that is in it.
        let before = self.shared.consulted.take();
        let made = self.make_nested(id, resource);
        let passed = self.shared.consulted.take();
        if let Some(Some(made)) = &made {
            made.under.borrow_mut().extend(self.under.borrow().iter().chain(&passed).cloned());
        }
        self.shared.consulted.borrow_mut().extend(before.into_iter().chain(passed));
        let made = made?;
        self.nested.borrow_mut().insert(id.to_owned(), made.clone());
        made
    }

    /// The outer `None`: there is no template for it here.
    fn make_nested(&self, id: &str, resource: &Tree) -> Option<Option<Rc<Self>>> {
        let Nested::File(name) = nested(resource, self.assets)? else { return None };
        let template = self.shared.library.template(&self.template.file, &name).ok();
        let made = template.and_then(|template| {
            let key = format!("{}nested stack {id}", self.scope);
            if !self.shared.under_way.borrow_mut().insert(key.clone()) {
                self.wrong(resource.at, &format!("what is passed to nested stack {id} depends on itself"));
                return None;
            }
            self.shared.nested.set(self.shared.nested.get() + 1);
            if self.shared.nested.get() > MOST_NESTED {
                self.wrong(resource.at, &format!("there are more than {MOST_NESTED} nested stacks"));
                return None;
            }
            let passed = resource.get("Properties").and_then(|all| all.get("Parameters"));
            self.check_passed((id, resource), passed, template);
            let passed: BTreeMap<String, Node> = passed
                .map(Tree::entries)
                .unwrap_or_default()
                .iter()
                .map(|(key, tree)| (key.clone(), self.node(tree)))
                .collect();
            self.shared.under_way.borrow_mut().remove(&key);
            let homes = (self.home.clone(), self.own_home.clone());
            let mut made = Self::bare(template, &self.shared, homes, format!("{}{id}.", self.scope));
            made.before = format!("{}{id}.", self.before);
            made.parameters = Parameters::Passed(passed);
            made.assets = self.assets;
            // `App/Nested.NestedStack/Nested.NestedStackResource` is of the construct `App/Nested`.
            let address = self.address(id, resource);
            let construct = address.rsplit_once('/').and_then(|(above, _)| above.strip_suffix(".NestedStack"));
            made.construct = construct.map(str::to_owned);
            made.constructs = self.constructs.filter(|_| made.construct.is_some());
            Some(Rc::new(made))
        });
        Some(made)
    }

    /// Notes parameters that a nested stack's template does not have, or that it needs and is not given: CloudFormation
    /// refuses both ("do not exist in the template", "must have values"). Where a transform may change either, or the stack
    /// is created only under a condition that is open, nothing is said.
    fn check_passed(&self, (id, resource): (&str, &Tree), passed: Option<&Tree>, template: &Template) {
        let is_open = resource.get("Condition").is_some() && !self.shared.assumed.is_empty();
        let entries = passed.map(Tree::entries).unwrap_or_default();
        let declared = template.root.get("Parameters").map(Tree::entries).unwrap_or_default();
        // What is included may be any.
        let is_function = |(key, _): &(String, Tree)| key.contains("::");
        let is_plain = passed.is_none_or(|tree| tree.tag.is_none()) && !entries.iter().chain(declared).any(is_function);
        if is_open || !is_plain || self.template.is_transformed() || template.is_transformed() {
            return;
        }
        let names = |entries: &'_ [(String, Tree)]| -> BTreeSet<String> {
            entries.iter().map(|(name, _)| name.clone()).collect()
        };
        let (given, known) = (names(entries), names(declared));
        let shown = |name: &str| crate::escape::shortened(name, 80).into_owned();
        let (id, file) = (shown(id), shown(&template.file));
        if let Some((name, tree)) = entries.iter().find(|(name, _)| !known.contains(name)) {
            let message = format!("nested stack {id} is given {}, a parameter that {file} does not have", shown(name));
            self.wrong_in(resource, tree.at, &message);
        }
        let is_missing = |(name, tree): &&(String, Tree)| tree.get("Default").is_none() && !given.contains(name);
        if let Some((name, _)) = declared.iter().find(is_missing) {
            let at = passed.map_or(resource.at, |tree| tree.at);
            let message = format!(
                "nested stack {id} is not given {}, a parameter of {file} without a default: add it to Parameters",
                shown(name)
            );
            self.wrong_in(resource, at, &message);
        }
    }

    /// Why a nested stack's template is not here. `None`: the resource is none, or it is here.
    pub(super) fn not_followed(&self, resource: &Tree) -> Option<String> {
        match nested(resource, self.assets)? {
            Nested::Elsewhere(why) => Some(why),
            Nested::File(name) => self.shared.library.template(&self.template.file, &name).err(),
        }
    }

    /// Why what a transform includes is not here.
    pub(super) fn not_included(&self, transform: &Tree) -> String {
        let name = transform.get("Parameters").and_then(|all| all.get("Location")).and_then(Tree::text);
        let why = name.and_then(|name| self.shared.library.why_not(&self.template.file, name));
        why.map_or_else(
            || "an included file is not read".to_owned(),
            |why| format!("an included file is not read: {why}"),
        )
    }

    /// The value of an output; `None`: there is none of this name.
    pub(super) fn output(&self, name: &str, at: At) -> Option<Value> {
        let (_, output) = self.outputs().iter().find(|(known, _)| known == name)?;
        Some(self.given_by(name, output, at))
    }

    fn given_by(&self, name: &str, output: &Tree, at: At) -> Value {
        if !self.exists(output) {
            return Value::Unknown(self.open(&format!("output {name}"), "it is not given under this condition"));
        }
        let key = format!("{}output {name}", self.scope);
        if !self.shared.under_way.borrow_mut().insert(key.clone()) {
            self.wrong(at, &format!("output {} depends on itself", crate::escape::shortened(name, 80)));
            return Value::Absent;
        }
        let value = output.get("Value").map_or(Value::Absent, |tree| self.node(tree).value);
        self.shared.under_way.borrow_mut().remove(&key);
        value
    }

    /// What another stack of the same account and region exports under a name.
    pub(super) fn import(&self, name: &Node, at: At) -> Value {
        let symbol = name.symbol().unwrap_or_default();
        if let Value::Text(wanted) = &name.value {
            let stacks: Vec<Rc<Self>> = self.shared.stacks.borrow().iter().filter_map(Weak::upgrade).collect();
            let here = stacks.iter().filter(|stack| stack.home == self.home);
            let mut exported = here.filter_map(|stack| Some((stack, stack.exported(wanted, at)?)));
            if let Some((one, value)) = exported.next() {
                let Some((other, _)) = exported.next() else { return value };
                // Names of exports are unique in an account and region (user guide, "Get exported outputs"): these are not
                // deployed together.
                let why = format!("{} and {} both export {symbol}", one.template.file, other.template.file);
                return Value::Unknown(self.open(&format!("import {symbol}"), why));
            }
        }
        let why = format!("export {symbol} is another stack's");
        Value::Unknown(self.open(&format!("import {symbol}"), why))
    }

    fn exported(&self, wanted: &str, at: At) -> Option<Value> {
        let key = format!("{}exports", self.scope);
        if !self.shared.under_way.borrow_mut().insert(key.clone()) {
            return None;
        }
        let is_it = |(_, output): &&(String, Tree)| {
            let name = output.get("Export").and_then(|export| export.get("Name")).map(|tree| self.node(tree));
            name.is_some_and(|name| name.value == Value::Text(wanted.to_owned()))
        };
        let found = self.outputs().iter().find(is_it);
        self.shared.under_way.borrow_mut().remove(&key);
        let (name, output) = found?;
        Some(self.given_by(name, output, at))
    }
}
