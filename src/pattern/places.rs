//! The places in an event that some patterns look at, as a tree. Selectors relate: a value at `$.a.b` makes `$.a` an
//! object; `$.a[*]` speaks of the places under `$.a` and of elements that no selector names. Those are given *extra*
//! places, one for each test that could need an element of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ast::{Comparison, Expr, Selector, Step, Test};
use super::cloudtrail::{self, Field};
use super::kind::{Kind, Kinds};

/// Elements of one container that no selector names. More are not needed in practice; a proof that would need them is
/// not claimed.
const MAX_EXTRA: usize = 6;
/// The longest array that is spelt out for a wildcard.
const MAX_FILLED: u64 = 16;
/// Places in all.
const MAX_PLACES: usize = 4000;

/// How a place is reached from its parent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Edge {
    Name(String),
    Index(u64),
    /// An element of an object or array that no selector names.
    Extra(usize),
}

impl Edge {
    /// What the parent must be for something to be here.
    pub(super) fn container(&self) -> Kinds {
        match self {
            Self::Name(_) => Kinds::one(Kind::Object),
            Self::Index(_) => Kinds::one(Kind::Array),
            Self::Extra(_) => Kinds::of(&[Kind::Object, Kind::Array]),
        }
    }
}

/// A place in an event.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) parent: Option<usize>,
    pub(super) edge: Edge,
    pub(super) children: Vec<usize>,
    pub(super) path: String,
    pub(super) field: Field,
}

/// All places, the event itself first; parents stand before their children.
#[derive(Debug)]
pub(super) struct Places {
    list: Vec<Place>,
    by_edge: HashMap<(usize, Edge), usize>,
    /// Whether extra places stand for all that wildcards could meet.
    pub(super) is_complete: bool,
    /// Whether there are too many to reason about.
    pub(super) is_too_large: bool,
}

/// What wildcard selectors and `IS NULL` ask of the elements of one place.
#[derive(Default)]
struct Elements<'a> {
    suffixes: BTreeSet<&'a [Step]>,
    /// The tests that could need an element of their own.
    tests: Vec<(&'a [Step], &'a Test)>,
    is_filled: bool,
}

impl Places {
    /// The places that these expressions look at. Each is to hold, or to fail.
    pub(super) fn of(exprs: &[(&Expr, bool)]) -> Self {
        let mut places = Self { list: Vec::new(), by_edge: HashMap::new(), is_complete: true, is_too_large: false };
        let field = cloudtrail::field("");
        places.list.push(Place {
            parent: None,
            edge: Edge::Name(String::new()),
            children: Vec::new(),
            path: String::new(),
            field,
        });
        let mut bases: BTreeMap<usize, Elements<'_>> = BTreeMap::new();
        for &(expr, wanted) in exprs {
            each_comparison(expr, &mut |comparison| places.add(comparison, wanted, &mut bases));
        }
        if places.get(0, cloudtrail::IDENTITY_TYPE.split('.')).is_some() {
            places.child(0, Edge::Name("eventType".to_owned()));
        }
        places.spell_out(&bases);
        places
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
        let path = match (&edge, self.list[parent].path.as_str()) {
            (Edge::Name(name), "") => name.clone(),
            (Edge::Name(name), path) => format!("{path}.{name}"),
            (Edge::Index(_) | Edge::Extra(_), path) => format!("{path}[]"),
        };
        let field = cloudtrail::field(&path);
        let at = self.list.len();
        self.list.push(Place { parent: Some(parent), edge: edge.clone(), children: Vec::new(), path, field });
        self.list[parent].children.push(at);
        self.by_edge.insert((parent, edge), at);
        at
    }

    /// The place at a path of names, if some pattern looks there.
    pub(super) fn get<'n>(&self, from: usize, mut names: impl Iterator<Item = &'n str>) -> Option<usize> {
        names.try_fold(from, |at, name| self.by_edge.get(&(at, Edge::Name(name.to_owned()))).copied())
    }

    /// The place that steps without wildcard lead to. Every selector of the expressions has one.
    pub(super) fn resolve(&self, from: usize, steps: &[Step]) -> Option<usize> {
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
    pub(super) fn deepest(&self, steps: &[Step]) -> Option<usize> {
        let plain = steps.iter().position(|step| *step == Step::Each).unwrap_or(steps.len());
        self.resolve(0, &steps[..plain])
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn place(&self, at: usize) -> &Place {
        &self.list[at]
    }

    /// The elements of each place that has some: those with an index, in order, and the extra ones.
    pub(super) fn elements(&self) -> impl Iterator<Item = (usize, Vec<usize>, Vec<usize>)> {
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

/// All tests of an expression, in their order.
pub(super) fn each_comparison<'a>(expr: &'a Expr, visit: &mut impl FnMut(&'a Comparison)) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => {
            for part in parts {
                each_comparison(part, visit);
            }
        }
        Expr::Test(comparison) => visit(comparison),
    }
}
