//! The places in an event that some patterns look at, as a tree. Selectors relate: a value at `$.a.b` makes `$.a` an
//! object; `$.a[*]` speaks of the places under `$.a` and of elements that no selector names. Those are given *extra*
//! places, one for each test that could need an element of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::prove::kind::{Kind, Kinds};
use crate::prove::model::{Claim, EventModel, Known, Law, ROOT, Text};
use crate::syntax::ast::{Comparison, Expr, Selector, Step, Test};

/// Elements of one container that no selector names. More are not needed in practice; a proof that would need them is
/// not claimed.
const MAX_EXTRA: usize = 6;
/// The longest array that is spelt out for a wildcard.
const MAX_FILLED: u64 = 16;
/// Places in all.
const MAX_PLACES: usize = 4000;

/// Which laws of a model are brought to bear on a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those between fields that patterns look at: nearly always enough, and quick.
    Near,
    /// All that these fields have to do with, by way of others, too.
    Far,
}

/// How a place is reached from its parent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Edge {
    Name(String),
    Index(u64),
    /// An element of an object or array that no selector names.
    Extra(usize),
}

impl Edge {
    /// What the parent must be for something to be here.
    pub(crate) fn container(&self) -> Kinds {
        match self {
            Self::Name(_) => Kinds::one(Kind::Object),
            Self::Index(_) => Kinds::one(Kind::Array),
            Self::Extra(_) => Kinds::all_of(&[Kind::Object, Kind::Array]),
        }
    }
}

/// A place in an event.
#[derive(Debug)]
pub(crate) struct Place<'m> {
    pub(crate) parent: Option<usize>,
    pub(crate) edge: Edge,
    pub(crate) children: Vec<usize>,
    /// The field that it is, if the model speaks of it.
    pub(crate) node: Option<usize>,
    pub(crate) field: Known<'m>,
    /// A pattern looks at it, or at a part of it. It is of interest to laws only, otherwise.
    pub(crate) is_asked: bool,
}

/// All places, the event itself first; parents come before their children.
#[derive(Debug)]
pub(crate) struct Places<'m> {
    pub(crate) model: &'m EventModel,
    list: Vec<Place<'m>>,
    by_edge: HashMap<(usize, Edge), usize>,
    /// The place of each field of the model, if it has one and no more than one.
    by_node: Vec<Option<usize>>,
    /// The model's laws that are brought to bear.
    laws: Vec<&'m Law>,
    /// Members of which the model says that events with them are unusual, and what these are.
    strange: Vec<(usize, &'m Text)>,
    /// The model's laws that speak of a field which has a place.
    touching: Vec<Touching<'m>>,
    /// Whether the places that are made are those that patterns look at.
    are_asked: bool,
    /// Whether extra places stand for all that wildcards could meet.
    pub(crate) is_complete: bool,
    /// Whether there are too many to reason about.
    pub(crate) is_too_large: bool,
}

/// A law that speaks of a field which has a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Touching<'m> {
    pub(crate) law: &'m Law,
    /// It speaks of others, too, that have none.
    pub(crate) is_open: bool,
}

/// What wildcard selectors and `IS NULL` ask of the elements of one place.
#[derive(Default)]
struct Elements<'a> {
    suffixes: BTreeSet<&'a [Step]>,
    /// The tests that could need an element of their own.
    tests: Vec<(&'a [Step], &'a Test)>,
    is_filled: bool,
}

impl<'m> Places<'m> {
    /// The places that these expressions look at. Each is to hold, or to fail.
    pub(crate) fn new(model: &'m EventModel, exprs: &[(&Expr, bool)], reach: Reach) -> Self {
        let mut places = Self {
            model,
            list: Vec::new(),
            by_edge: HashMap::new(),
            by_node: vec![None; model.nodes()],
            laws: Vec::new(),
            strange: Vec::new(),
            touching: Vec::new(),
            are_asked: true,
            is_complete: true,
            is_too_large: false,
        };
        // Whatever a model says, an event is an object.
        let field = Known { kinds: Kinds::one(Kind::Object), ..model.known(Some(ROOT), "") };
        let edge = Edge::Name(String::new());
        places.list.push(Place { parent: None, edge, children: Vec::new(), node: Some(ROOT), field, is_asked: true });
        let mut bases: BTreeMap<usize, Elements<'_>> = BTreeMap::new();
        for &(expr, wanted) in exprs {
            expr.each_comparison(&mut |comparison| places.add(comparison, wanted, &mut bases));
        }
        // Laws may give a wildcard more to look at, and a wildcard may lead to what laws speak of.
        loop {
            let before = places.list.len();
            places.are_asked = false;
            places.add_laws(reach);
            places.are_asked = true;
            places.spell_out(&bases);
            if places.is_too_large || places.list.len() == before {
                break;
            }
        }
        let has_place = |claim: &Claim| places.by_node[claim.node].is_some();
        let touching = model.laws().filter(|law| law.claims.iter().any(has_place));
        places.touching = touching.map(|law| Touching { law, is_open: !law.claims.iter().all(has_place) }).collect();
        places
    }

    /// Brings the model's laws to bear, and for those of far reach gives the fields a place that they speak of.
    fn add_laws(&mut self, reach: Reach) {
        let model = self.model;
        let known: HashSet<*const Law> = self.laws.iter().map(|law| std::ptr::from_ref(*law)).collect();
        let mut waiting: Vec<&Law> = model.laws().filter(|law| !known.contains(&std::ptr::from_ref(*law))).collect();
        loop {
            let before = waiting.len();
            waiting.retain(|law| {
                let has_place = |claim: &Claim| self.by_node[claim.node].is_some();
                let is_near = match reach {
                    Reach::Near => law.claims.iter().all(has_place),
                    Reach::Far => law.claims.iter().any(has_place),
                };
                if is_near {
                    for claim in &law.claims {
                        let names = model.names(claim.node);
                        names.iter().fold(0, |at, name| self.child(at, Edge::Name(name.clone().into_owned())));
                    }
                    self.laws.push(law);
                }
                !is_near
            });
            if self.is_too_large || waiting.len() == before {
                return;
            }
        }
    }

    /// Plain selectors need a place; a test for null also asks whether an element is null.
    fn add<'a>(&mut self, comparison: &'a Comparison, wanted: bool, bases: &mut BTreeMap<usize, Elements<'a>>) {
        let Comparison { selector: Selector { steps }, test } = comparison;
        let each = steps.iter().position(|step| *step == Step::Each).unwrap_or(steps.len());
        let base = self.descend(0, &steps[..each]);
        if each == steps.len() && *test != Test::IsNull {
            return;
        }
        let elements = bases.entry(base).or_default();
        let suffix = steps.get(each + 1..).unwrap_or(&[]);
        if each < steps.len() {
            elements.is_filled = true;
            elements.suffixes.insert(suffix);
        }
        // A test that speaks of all elements, or of none, needs no element of its own.
        let needs_one = match test {
            Test::Equal(_) | Test::Order(..) | Test::IsNull => wanted,
            Test::NotEqual(_) => !wanted,
            Test::NotExists => true,
            Test::IsTrue | Test::IsFalse => false,
        };
        if needs_one && !elements.tests.contains(&(suffix, test)) {
            elements.tests.push((suffix, test));
        }
    }

    /// Gives every container that a wildcard looks into its elements, and these what the wildcard looks at.
    fn spell_out(&mut self, bases: &BTreeMap<usize, Elements<'_>>) {
        for (&base, elements) in bases {
            self.is_complete &= elements.tests.len() <= MAX_EXTRA;
            for extra in 0..elements.tests.len().min(MAX_EXTRA) {
                self.child(base, Edge::Extra(extra));
            }
        }
        loop {
            let before = self.list.len();
            for (&base, elements) in bases.iter().filter(|(_, elements)| elements.is_filled) {
                let last = self.list[base].children.iter().filter_map(|&child| match self.list[child].edge {
                    Edge::Index(index) => Some(index),
                    Edge::Name(_) | Edge::Extra(_) => None,
                });
                let last = last.max();
                if last.is_some_and(|last| last > MAX_FILLED) {
                    self.is_complete = false;
                }
                for index in 0..last.unwrap_or(0).min(MAX_FILLED) {
                    self.child(base, Edge::Index(index));
                }
                for child in self.list[base].children.clone() {
                    for suffix in &elements.suffixes {
                        self.descend(child, suffix);
                    }
                }
            }
            if self.is_too_large || self.list.len() == before {
                return;
            }
        }
    }

    fn descend(&mut self, from: usize, steps: &[Step]) -> usize {
        steps.iter().fold(from, |at, step| match step {
            Step::Name(name) => self.child(at, Edge::Name(name.clone())),
            Step::Index(index) => self.child(at, Edge::Index(*index)),
            Step::Each => at,
        })
    }

    fn child(&mut self, parent: usize, edge: Edge) -> usize {
        if let Some(&at) = self.by_edge.get(&(parent, edge.clone())) {
            return at;
        }
        if self.list.len() >= MAX_PLACES {
            self.is_too_large = true;
            return parent;
        }
        let above = self.list[parent].node;
        let (node, field) = match &edge {
            Edge::Name(name) => {
                let node = self.model.member(above, name);
                (node, self.model.known(node, name))
            }
            Edge::Index(_) | Edge::Extra(_) => {
                let node = self.model.element(above);
                (node, self.model.known(node, ""))
            }
        };
        let at = self.list.len();
        if let Some(node) = node.filter(|node| self.model.is_single(*node)) {
            self.by_node[node] = Some(at);
        }
        if let (Edge::Name(_), None, Some(what)) = (&edge, node, self.model.others(above)) {
            self.strange.push((at, what));
        }
        self.list.push(Place {
            parent: Some(parent),
            edge: edge.clone(),
            children: Vec::new(),
            node,
            field,
            is_asked: self.are_asked,
        });
        self.list[parent].children.push(at);
        self.by_edge.insert((parent, edge), at);
        at
    }

    /// The place of a member, if some pattern looks there.
    pub(crate) fn member(&self, from: usize, name: &str) -> Option<usize> {
        self.by_edge.get(&(from, Edge::Name(name.to_owned()))).copied()
    }

    /// The place of a field of the model, if some pattern looks there.
    pub(crate) fn at_node(&self, node: usize) -> Option<usize> {
        self.by_node[node]
    }

    /// The place that steps without wildcard lead to. Every selector of the expressions has one.
    pub(crate) fn resolve(&self, from: usize, steps: &[Step]) -> Option<usize> {
        steps.iter().try_fold(from, |at, step| {
            let edge = match step {
                Step::Name(name) => Edge::Name(name.clone()),
                Step::Index(index) => Edge::Index(*index),
                Step::Each => return None,
            };
            self.by_edge.get(&(at, edge)).copied()
        })
    }

    /// The place that steps lead to, or the last one before a wildcard.
    pub(crate) fn deepest(&self, steps: &[Step]) -> Option<usize> {
        let plain = steps.iter().position(|step| *step == Step::Each).unwrap_or(steps.len());
        self.resolve(0, &steps[..plain])
    }

    /// Members of which the model says that events with them are unusual, and what these are.
    pub(crate) fn strange(&self) -> impl Iterator<Item = (usize, &'m Text)> {
        self.strange.iter().copied()
    }

    /// What unusual events there can be, each once.
    pub(crate) fn exceptions(&self) -> Vec<&'m str> {
        let of_laws = self.laws.iter().filter_map(|law| law.exception.as_deref());
        let mut exceptions: Vec<&str> = Vec::new();
        for exception in of_laws.chain(self.strange().map(|(_, what)| &**what)) {
            if !exceptions.contains(&exception) {
                exceptions.push(exception);
            }
        }
        exceptions
    }

    /// The laws that speak of fields which have a place.
    pub(crate) fn touching(&self) -> &[Touching<'m>] {
        &self.touching
    }

    /// The laws that are brought to bear.
    pub(crate) fn laws(&self) -> &[&'m Law] {
        &self.laws
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn place(&self, at: usize) -> &Place<'m> {
        &self.list[at]
    }

    /// The elements of each place that has some: those with an index, in order, and the extra ones.
    pub(crate) fn elements(&self) -> impl Iterator<Item = (usize, Vec<usize>, Vec<usize>)> {
        self.list.iter().enumerate().map(|(at, place)| {
            let mut indexed: Vec<(u64, usize)> = Vec::new();
            let mut extra = Vec::new();
            for &child in &place.children {
                match self.list[child].edge {
                    Edge::Index(index) => indexed.push((index, child)),
                    Edge::Extra(_) => extra.push(child),
                    Edge::Name(_) => {}
                }
            }
            indexed.sort_unstable();
            (at, indexed.into_iter().map(|(_, child)| child).collect(), extra)
        })
    }
}
