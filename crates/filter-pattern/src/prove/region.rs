//! Why no filter matches an event, as a set of tests that decide it: the events for which they come out so are a *region*,
//! all of which escapes. Must not search: it looks at one event, and writes down what it saw.

use crate::eval::event::Event;
use crate::eval::matching;
use crate::eval::outcome::Matched;
use crate::eval::wanted::Wanted;
use crate::prove::formula::{Formula, Grounder};
use crate::prove::kind::{Kind, Kinds};
use crate::prove::model::{EventModel, ROOT};
use crate::syntax::ast::{Comparison, Expr, Literal, Operand, Selector, Step, Test};

/// Events for which some tests come out in one way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Region {
    pub(crate) answers: Vec<Answer>,
}

/// A test, and how it comes out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) test: Comparison,
    pub(crate) holds: bool,
    /// No filter makes the test: it distinguishes two reasons for which one of a filter's does not hold.
    pub(crate) is_closer: bool,
}

impl Region {
    /// The events that escape these filters as the given one does: for each filter the tests that keep it from matching.
    pub(crate) fn around(line: &str, filters: &[&Expr], demand: &Expr) -> Option<Self> {
        let mut region = Self { answers: Vec::new() };
        for filter in filters {
            let event = Event::read(line, &Wanted::new(filter))?;
            region.add(filter, &event, demand);
        }
        Some(region)
    }

    /// No deeper than the brackets of a pattern, which the parser limits.
    fn add(&mut self, expr: &Expr, event: &Event<'_>, demand: &Expr) {
        match expr {
            Expr::Any(parts) => parts.iter().for_each(|part| self.add(part, event, demand)),
            // One part that fails is enough: the one that says most.
            Expr::All(parts) => {
                let failing = parts.iter().filter(|part| matching::evaluate(part, event) == Matched::No);
                if let Some(part) = failing.min_by_key(|part| self.price(part, demand)) {
                    self.add(part, event, demand);
                }
            }
            Expr::Test(test) => {
                self.note(Answer { test: test.clone(), holds: false, is_closer: false });
                self.refine(test, event);
            }
        }
    }

    /// A choice among what the demand asks for says that some of it was forgotten, which comes before what was added. Else
    /// the fewer tests the better.
    fn price(&self, part: &Expr, demand: &Expr) -> (bool, usize) {
        let (mut all, mut is_about_demand) = (0, true);
        part.each_comparison(&mut |test| {
            let answer = Answer { test: test.clone(), holds: false, is_closer: false };
            all += usize::from(!self.answers.contains(&answer));
            is_about_demand &= matches!(test.test, Test::Equal(_)) && asks(demand, &test.selector);
        });
        (!is_about_demand, all)
    }

    fn note(&mut self, answer: Answer) {
        if !self.answers.contains(&answer) {
            self.answers.push(answer);
        }
    }

    /// `!=` fails for reasons that are holes of their own: the field holds the very value, or is missing, or is neither text
    /// nor number.
    fn refine(&mut self, test: &Comparison, event: &Event<'_>) {
        let Test::NotEqual(operand) = &test.test else { return };
        if test.selector.steps.contains(&Step::Each) {
            return;
        }
        let comparison = |asked| Comparison { selector: test.selector.clone(), test: asked };
        let closer = [comparison(Test::Equal(operand.clone())), comparison(Test::NotExists)];
        let holds = |test: &&Comparison| matching::evaluate(&Expr::Test((*test).clone()), event) == Matched::Yes;
        match closer.iter().find(holds) {
            Some(test) => self.note(Answer { test: test.clone(), holds: true, is_closer: true }),
            None => {
                closer.into_iter().for_each(|test| self.note(Answer { test, holds: false, is_closer: true }));
            }
        }
    }

    /// That an event is in it, or that it is not.
    pub(crate) fn formula(&self, grounder: &mut Grounder<'_>, wanted: bool) -> Formula {
        let answers = self.answers.iter();
        let parts =
            answers.map(|answer| grounder.expr(&Expr::Test(answer.test.clone()), answer.holds == wanted)).collect();
        if wanted { Formula::All(parts) } else { Formula::Any(parts) }
    }

    /// The region in the language of patterns: parts that are to hold together. None where it cannot be expressed.
    pub(crate) fn parts(&self, model: &EventModel) -> Option<Vec<Expr>> {
        let holds = |test: &Test, selector: &Selector| {
            self.answers
                .iter()
                .any(|answer| answer.holds && answer.test.selector == *selector && answer.test.test == *test)
        };
        let mut parts = Vec::new();
        for Answer { test, holds: is_true, .. } in &self.answers {
            let Comparison { selector, test: asked } = test;
            let is_refined = match asked {
                Test::NotEqual(operand) => {
                    holds(&Test::Equal(operand.clone()), selector) || holds(&Test::NotExists, selector)
                }
                _ => false,
            };
            // What has a value is there.
            let is_implied = *asked == Test::NotExists && self.has_value(selector);
            match (is_true, is_refined || is_implied) {
                (true, _) => parts.push(Expr::Test(test.clone())),
                (false, true) => {}
                (false, false) => parts.push(negation(test, model)?),
            }
        }
        Some(parts)
    }

    fn has_value(&self, selector: &Selector) -> bool {
        let is = |answer: &Answer| answer.holds && answer.test.selector == *selector;
        self.answers.iter().any(|answer| is(answer) && matches!(answer.test.test, Test::Equal(_)))
    }
}

/// Whether an expression tests the value at a selector.
pub(crate) fn asks(expr: &Expr, selector: &Selector) -> bool {
    let mut found = false;
    expr.each_comparison(&mut |test| found |= test.selector == *selector);
    found
}

/// The test that holds where the given one does not, of a field that holds a text or a number. None: there is none.
pub(crate) fn opposite(test: &Comparison) -> Option<Comparison> {
    let Comparison { selector, test } = test;
    let opposite = match test {
        Test::Equal(operand) => Test::NotEqual(operand.clone()),
        Test::NotEqual(operand) => Test::Equal(operand.clone()),
        Test::NotExists => Test::Equal(Operand::Text(Literal::new("*"))),
        Test::IsTrue => Test::IsFalse,
        Test::IsFalse => Test::IsTrue,
        Test::IsNull | Test::Order(..) => return None,
    };
    (!selector.has_wildcard()).then(|| Comparison { selector: selector.clone(), test: opposite })
}

/// The events for which a test does not hold, in the language, which has no negation: the opposite test, or a value of
/// another kind. None where the field may be a list or an object, which no test asks for.
pub(crate) fn negation(test: &Comparison, model: &EventModel) -> Option<Expr> {
    let Comparison { selector, test: asked } = test;
    let kinds = kinds_at(selector, model)?;
    let (seen, opposite) = match asked {
        Test::Equal(operand) => (Kinds::TEXT.or(Kinds::NUMBER), vec![Test::NotEqual(operand.clone())]),
        Test::NotEqual(operand) => (Kinds::TEXT.or(Kinds::NUMBER), vec![Test::Equal(operand.clone())]),
        Test::NotExists => (Kinds::MISSING, Vec::new()),
        Test::IsNull => (Kinds::NULL, Vec::new()),
        Test::IsTrue => (Kinds::one(Kind::True), Vec::new()),
        Test::IsFalse => (Kinds::one(Kind::False), Vec::new()),
        Test::Order(..) => return None,
    };
    let others = kinds.except(seen);
    if others.overlaps(Kinds::ARRAY.or(Kinds::OBJECT)) {
        return None;
    }
    let any = [
        (Kinds::MISSING, Test::NotExists),
        (Kinds::NULL, Test::IsNull),
        (Kinds::one(Kind::True), Test::IsTrue),
        (Kinds::one(Kind::False), Test::IsFalse),
        (Kinds::TEXT.or(Kinds::NUMBER), Test::Equal(Operand::Text(Literal::new("*")))),
    ];
    let rest = any.into_iter().filter(|(kinds, _)| others.overlaps(*kinds)).map(|(_, test)| test);
    let mut tests =
        opposite.into_iter().chain(rest).map(|test| Expr::Test(Comparison { selector: selector.clone(), test }));
    let first = tests.next()?;
    let rest: Vec<Expr> = tests.collect();
    Some(if rest.is_empty() { first } else { Expr::Any(std::iter::once(first).chain(rest).collect()) })
}

/// What may be at a selector. None: a wildcard leads to many places.
fn kinds_at(selector: &Selector, model: &EventModel) -> Option<Kinds> {
    let mut at = Some(ROOT);
    for step in &selector.steps {
        at = match step {
            Step::Name(name) => model.member(at, name),
            Step::Index(_) => model.element(at),
            Step::Each => return None,
        };
    }
    let mut kinds = model.known(at, "").kinds;
    // What it is part of may be missing, whatever the model says of the part.
    if selector.steps.len() > 1 {
        kinds = kinds.or(Kinds::MISSING);
    }
    Some(kinds)
}
