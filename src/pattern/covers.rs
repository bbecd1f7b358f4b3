//! Is there an event that the demand matches and none of the filters does?
//!
//! The question is put as a formula over tests, and searched: for each selector the classes of values still possible
//! ([`classes`]) are narrowed by every test that must hold or must not, alternatives are tried in turn.
//! Searched twice: over exact values for a witness, and over classes, with what nobody knows free, for a proof.

use super::ast::{Node, Selector, Step, Test};
use super::classes::{self, Class};
use super::cloudtrail;
use super::event::Json;
use super::matching;

/// Steps that a search may take before the question counts as too complex.
const STEPS: usize = 50_000;
/// Tests of unknown outcome that are tried both ways for one class.
const FREE: usize = 6;

/// The answer of a search.
pub(super) enum Search {
    /// This event does it.
    Found(Vec<(Selector, Json)>),
    /// There is none.
    Nothing,
    /// It took too long.
    TooComplex,
}

/// What must hold of the event.
#[derive(Default)]
pub(super) struct Question<'a> {
    pub(super) holds: Vec<&'a Node>,
    pub(super) fails: Vec<&'a Node>,
    /// Fields that this tree does not look at are missing, or as in any record.
    pub(super) plain_but: Option<&'a Node>,
}

#[derive(Debug, Clone)]
enum Formula {
    Literal { test: usize, wanted: bool },
    All(Vec<Self>),
    Any(Vec<Self>),
}

type Bits = Vec<u64>;

struct Field {
    selector: Selector,
    classes: Vec<Class>,
}

impl Field {
    /// The classes of a record in which nothing is said of the field.
    fn plain(&self) -> Bits {
        let ordinary = Json::Text(cloudtrail::ordinary(&self.selector).to_owned());
        let can_miss = self.classes.iter().any(|class| class.value.is_none());
        let is_plain = |class: &Class| match &class.value {
            None => true,
            Some(value) => !can_miss && (*value == ordinary || matches!(value, Json::Object { .. })),
        };
        let mut bits = vec![0; self.classes.len().div_ceil(64)];
        for (at, _) in self.classes.iter().enumerate().filter(|(_, class)| is_plain(class)) {
            bits[at / 64] |= 1 << (at % 64);
        }
        bits
    }
}

struct Solver {
    fields: Vec<Field>,
    /// By test: its field, and which classes make it true and false.
    tests: Vec<(usize, Bits, Bits)>,
    steps: usize,
}

/// Searches for an event. `exact`: of its very values all must be certain.
pub(super) fn search(question: &Question<'_>, exact: bool) -> Search {
    let mut tests: Vec<&Test> = Vec::new();
    for node in question.holds.iter().chain(&question.fails) {
        gather(node, &mut tests);
    }
    tests.sort();
    tests.dedup();
    let Some(mut solver) = Solver::new(&tests, exact) else { return Search::TooComplex };
    let of = |node: &Node, wanted| formula(node, wanted, &tests);
    let formulas: Vec<Formula> = question
        .holds
        .iter()
        .map(|node| of(node, true))
        .chain(question.fails.iter().map(|node| of(node, false)))
        .collect();
    let named = question.plain_but.map(self::tests).unwrap_or_default();
    let is_free =
        |field: &Field| question.plain_but.is_none() || named.iter().any(|test| test.selector == field.selector);
    let possible = |field: &Field| if is_free(field) { ones(field.classes.len()) } else { field.plain() };
    let alive = solver.fields.iter().map(possible).collect();
    let found = solver.solve(formulas.iter().rev().collect(), Vec::new(), alive);
    match found {
        Some(values) => Search::Found(values),
        None if solver.steps > STEPS => Search::TooComplex,
        None => Search::Nothing,
    }
}

/// The tests of a tree.
pub(super) fn tests(node: &Node) -> Vec<&Test> {
    let mut tests = Vec::new();
    gather(node, &mut tests);
    tests
}

fn gather<'a>(node: &'a Node, tests: &mut Vec<&'a Test>) {
    match node {
        Node::Test(test) => tests.push(test),
        Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| gather(part, tests)),
    }
}

/// The tree, or its negation, over numbered tests.
fn formula(node: &Node, wanted: bool, tests: &[&Test]) -> Formula {
    let parts = |parts: &[Node]| parts.iter().map(|part| formula(part, wanted, tests)).collect();
    match (node, wanted) {
        (Node::Test(test), _) => Formula::Literal { test: tests.binary_search(&test).unwrap_or_default(), wanted },
        (Node::All(all), true) | (Node::Any(all), false) => Formula::All(parts(all)),
        (Node::Any(any), true) | (Node::All(any), false) => Formula::Any(parts(any)),
    }
}

fn ones(count: usize) -> Bits {
    let mut bits = vec![u64::MAX; count.div_ceil(64)];
    if let Some(last) = bits.last_mut().filter(|_| !count.is_multiple_of(64)) {
        *last = (1 << (count % 64)) - 1;
    }
    bits
}

fn both(left: &Bits, right: &Bits) -> Bits {
    left.iter().zip(right).map(|(left, right)| left & right).collect()
}

fn is_empty(bits: &Bits) -> bool {
    bits.iter().all(|word| *word == 0)
}

fn has(bits: &Bits, at: usize) -> bool {
    bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

impl Solver {
    fn new(tests: &[&Test], exact: bool) -> Option<Self> {
        let mut selectors: Vec<&Selector> = tests.iter().map(|test| &test.selector).collect();
        selectors.dedup();
        let mut solver = Self { fields: Vec::new(), tests: Vec::new(), steps: 0 };
        for (at, selector) in selectors.iter().enumerate() {
            let own: Vec<&Test> = tests.iter().copied().filter(|test| test.selector == **selector).collect();
            let is_parent = selectors.iter().any(|other| matching::is_below(other, selector));
            let mut classes = classes::of(selector, &own, is_parent)?;
            if !exact {
                classes = classes.into_iter().flat_map(either_way).collect();
            }
            for index in 0..own.len() {
                let mask = |wanted: bool| {
                    let mut bits = vec![0; classes.len().div_ceil(64)];
                    for (at, class) in classes.iter().enumerate() {
                        let says = if exact { class.exact[index] } else { class.truths[index] };
                        // What is not known counts as either in a proof, and as neither in a witness.
                        if says == Some(wanted) || (!exact && says.is_none()) {
                            bits[at / 64] |= 1 << (at % 64);
                        }
                    }
                    bits
                };
                solver.tests.push((at, mask(true), mask(false)));
            }
            solver.fields.push(Field { selector: (*selector).clone(), classes });
        }
        Some(solver)
    }

    fn mask(&self, test: usize, wanted: bool) -> (usize, &Bits) {
        let (field, yes, no) = &self.tests[test];
        (*field, if wanted { yes } else { no })
    }

    fn feasible(&self, formula: &Formula, alive: &[Bits]) -> bool {
        match formula {
            Formula::Literal { test, wanted } => {
                let (field, mask) = self.mask(*test, *wanted);
                alive[field].iter().zip(mask).any(|(alive, mask)| alive & mask != 0)
            }
            Formula::All(parts) => parts.iter().all(|part| self.feasible(part, alive)),
            Formula::Any(parts) => parts.iter().any(|part| self.feasible(part, alive)),
        }
    }

    /// Narrows by all that must hold, then tries the alternatives of the tightest choice in turn.
    fn solve<'f>(
        &mut self,
        mut todo: Vec<&'f Formula>,
        mut choices: Vec<Vec<&'f Formula>>,
        mut alive: Vec<Bits>,
    ) -> Option<Vec<(Selector, Json)>> {
        loop {
            self.steps += 1;
            if self.steps > STEPS {
                return None;
            }
            while let Some(formula) = todo.pop() {
                match formula {
                    Formula::All(parts) => todo.extend(parts.iter().rev()),
                    Formula::Any(parts) => choices.push(parts.iter().collect()),
                    Formula::Literal { test, wanted } => {
                        let (field, mask) = self.mask(*test, *wanted);
                        alive[field] = both(&alive[field], mask);
                        if is_empty(&alive[field]) {
                            return None;
                        }
                    }
                }
            }
            choices = self.still_open(choices, &alive, &mut todo)?;
            if todo.is_empty() {
                break;
            }
        }
        let Some(at) = (0..choices.len()).min_by_key(|at| choices[*at].len()) else { return self.choose(&alive) };
        for part in choices.swap_remove(at) {
            let found = self.solve(vec![part], choices.clone(), alive.clone());
            if found.is_some() || self.steps > STEPS {
                return found;
            }
        }
        None
    }

    /// The choices that are still choices: those with one way left become something that must hold. `None`: one has none.
    fn still_open<'f>(
        &self,
        choices: Vec<Vec<&'f Formula>>,
        alive: &[Bits],
        todo: &mut Vec<&'f Formula>,
    ) -> Option<Vec<Vec<&'f Formula>>> {
        let mut open = Vec::new();
        for choice in choices {
            let still: Vec<&Formula> = choice.into_iter().filter(|part| self.feasible(part, alive)).collect();
            match still.as_slice() {
                [] => return None,
                [only] => todo.push(only),
                _ if still.iter().any(|part| self.entailed(part, alive)) => {}
                _ => open.push(still),
            }
        }
        Some(open)
    }

    fn entailed(&self, formula: &Formula, alive: &[Bits]) -> bool {
        match formula {
            Formula::Literal { test, wanted } => {
                let (field, mask) = self.mask(*test, *wanted);
                alive[field].iter().zip(mask).all(|(alive, mask)| alive & !mask == 0)
            }
            Formula::All(parts) => parts.iter().all(|part| self.entailed(part, alive)),
            Formula::Any(parts) => parts.iter().any(|part| self.entailed(part, alive)),
        }
    }

    /// A value for each field, parents first: below something that is no object everything is missing.
    fn choose(&self, alive: &[Bits]) -> Option<Vec<(Selector, Json)>> {
        let mut order: Vec<usize> = (0..self.fields.len()).collect();
        order.sort_by_key(|at| self.fields[*at].selector.steps.len());
        let mut chosen: Vec<(Selector, Json)> = Vec::new();
        let by_name =
            |child: &Selector, parent: &Selector| matches!(child.steps.get(parent.steps.len()), Some(Step::Name(_)));
        // What is no object has nothing below it by name; what is missing has nothing below it at all. What lies in a
        // list is not followed further: the evaluator has the last word on a witness.
        let mut closed: Vec<(&Selector, bool)> = Vec::new();
        for at in order {
            let field = &self.fields[at];
            let possible = || {
                field.classes.iter().enumerate().filter(|(class, _)| has(&alive[at], *class)).map(|(_, class)| class)
            };
            let is_closed = |(parent, missing): &(&Selector, bool)| {
                matching::is_below(&field.selector, parent) && (*missing || by_name(&field.selector, parent))
            };
            if closed.iter().any(is_closed) {
                possible().find(|class| class.value.is_none())?;
                continue;
            }
            let needed = |named: bool| {
                self.fields.iter().enumerate().any(|(other, below)| {
                    let mut classes = below.classes.iter().enumerate();
                    let missing = classes.any(|(class, it)| it.value.is_none() && has(&alive[other], class));
                    let under = matching::is_below(&below.selector, &field.selector);
                    under && !missing && by_name(&below.selector, &field.selector) == named
                })
            };
            let is_object = |class: &&Class| matches!(class.value, Some(Json::Object { .. }));
            let is_list = |class: &&Class| matches!(class.value, Some(Json::List(_)));
            let plain = field.plain();
            let ordinary = || {
                let one = |class: &usize| has(&alive[at], *class) && has(&plain, *class);
                (0..field.classes.len()).find(one).and_then(|at| field.classes.get(at))
            };
            let class = if needed(true) {
                possible().find(is_object)?
            } else if needed(false) {
                possible().find(is_list).or_else(|| possible().find(|class| class.value.is_some()))?
            } else {
                ordinary().or_else(|| possible().next())?
            };
            if !is_object(&class) {
                closed.push((&field.selector, class.value.is_none()));
            }
            chosen.extend(class.value.clone().map(|value| (field.selector.clone(), value)));
        }
        Some(chosen)
    }
}

/// A class once for every outcome of the tests that may go either way.
fn either_way(class: Class) -> Vec<Class> {
    let free: Vec<usize> = (0..class.truths.len()).filter(|at| class.truths[*at].is_none()).collect();
    if free.is_empty() || free.len() > FREE {
        return vec![class];
    }
    (0..1_u32 << free.len())
        .map(|mask| {
            let mut one = class.clone();
            for (bit, at) in free.iter().enumerate() {
                one.truths[*at] = Some(mask >> bit & 1 == 1);
            }
            one
        })
        .collect()
}
