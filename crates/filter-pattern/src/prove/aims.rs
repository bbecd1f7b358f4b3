//! Was a filter meant for what is demanded? A guess by meaning, to say which filters a finding is about: it names
//! them, and never decides whether the control is covered. That two expressions can match no common event ([`may_meet`])
//! is a proof, and others build on it.

use crate::pattern::Pattern;
use crate::prove::apart;
use crate::prove::candidate::Candidate;
use crate::prove::formula::{Ask, Formula, Grounder, Mode};
use crate::prove::kind::{Kind, Kinds};
use crate::prove::model::EventModel;
use crate::prove::places::{Places, Reach};
use crate::prove::solve::{self, End, STEPS, Verdict};
use crate::syntax::ast::{Comparison, Expr, Test, Tree};
use crate::syntax::lang::Lang;

/// Whether a filter looks meant for what `required` demands: it matches one of the plainest such events, or nothing but
/// events of which at least one test is true that asks for a value. A filter of all a root user does is not meant for
/// route tables, though both may match one event; nor is one of route tables meant for the root user, though no event
/// of either is a service's.
///
/// ```
/// use filter_pattern::{Candidate, EventModel, Pattern, aims_at};
///
/// let events = EventModel::default();
/// let required = Pattern::parse("{ $.action = delete || $.action = drop }")?;
/// let narrower = Pattern::parse("{ $.action = delete && $.user = ann }")?;
/// let another = Pattern::parse("{ $.level = ERROR }")?;
/// assert!(aims_at(&Candidate::new(&narrower), &required, &events));
/// assert!(!aims_at(&Candidate::new(&another), &required, &events));
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn aims_at(found: &Candidate<'_>, required: &Pattern, model: &EventModel) -> bool {
    let demand = match required.tree() {
        Tree::Json(expr) => expr,
        Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => return true,
    };
    let filter = match found.tree() {
        Some(Tree::Json(expr)) => expr,
        Some(Tree::Everything) => return true,
        Some(Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_)) | None => return found.is_doubtful(),
    };
    // Most filters of an account are about something else altogether.
    !apart::near(std::slice::from_ref(found), required.tree()).is_empty() && Question { demand, filter, model }.aims()
}

/// The expressions of both sides.
pub(super) struct Question<'a> {
    pub(super) demand: &'a Expr,
    pub(super) filter: &'a Expr,
    pub(super) model: &'a EventModel,
}

impl Question<'_> {
    /// Whether the filter looks meant for the demand.
    pub(super) fn aims(&self) -> bool {
        self.meets() && (self.may_meet(plain_elsewhere) || !self.may_stray())
    }

    /// Whether both may match one event.
    pub(super) fn meets(&self) -> bool {
        self.may_meet(|_, _| Vec::new())
    }

    /// Whether both may match one event, which `further` restricts.
    fn may_meet(&self, further: impl Fn(&mut Grounder<'_>, &Expr) -> Vec<Formula>) -> bool {
        let places = Places::new(self.model, &[(self.demand, true), (self.filter, true)], Reach::Near);
        let mut grounder = Grounder::new(&places, Mode::Possible);
        let mut formulas = vec![grounder.expr(self.filter, true), grounder.expr(self.demand, true)];
        formulas.extend(further(&mut grounder, self.demand));
        may_hold(formulas, &mut grounder)
    }

    /// Whether the filter may match an event of which no test of the demand is true that singles events out.
    fn may_stray(&self) -> bool {
        let mut tests: Vec<(Expr, bool)> = Vec::new();
        self.demand.each_comparison(&mut |test| tests.push((Expr::Test(test.clone()), singles_out(test))));
        let are_any_singled_out = tests.iter().any(|(_, singles_out)| *singles_out);
        let tests = tests.iter().filter(|(_, singles_out)| *singles_out || !are_any_singled_out);
        let sides: Vec<(&Expr, bool)> = tests.map(|(test, _)| (test, false)).chain([(self.filter, true)]).collect();
        let places = Places::new(self.model, &sides, Reach::Near);
        let mut grounder = Grounder::new(&places, Mode::Possible);
        let formulas = sides.iter().map(|(side, wanted)| grounder.expr(side, *wanted)).collect();
        may_hold(formulas, &mut grounder)
    }
}

/// Whether a test asks for a value. That a field has not a value, or is missing, is true of nearly all events.
fn singles_out(test: &Comparison) -> bool {
    !matches!(test.test, Test::NotEqual(_) | Test::NotExists)
}

/// Whether some event may match both expressions.
pub(crate) fn may_meet(one: &Expr, other: &Expr, model: &EventModel) -> bool {
    Question { demand: one, filter: other, model }.meets()
}

fn may_hold(mut formulas: Vec<Formula>, grounder: &mut Grounder<'_>) -> bool {
    if grounder.places.is_too_large || !grounder.places.is_complete {
        return true;
    }
    formulas.extend(grounder.axioms());
    let end = solve::solve(&formulas, grounder, Kinds::NONE, STEPS, &mut |_, _| Verdict::Enough);
    end != End::Exhausted
}

/// Fields that the demand does not look at are missing, or as in any event.
fn plain_elsewhere(grounder: &mut Grounder<'_>, demand: &Expr) -> Vec<Formula> {
    let places = grounder.places;
    let mut looked_at = vec![false; places.len()];
    demand.each_comparison(&mut |test| {
        let mut at = places.deepest(&test.selector.steps);
        while let Some(place) = at {
            looked_at[place] = true;
            at = places.place(place).parent;
        }
    });
    let mut formulas = Vec::new();
    for at in (0..places.len()).filter(|at| !looked_at[*at]) {
        let field = places.place(at).field;
        if field.kinds.has(Kind::Missing) {
            formulas.push(grounder.kind(at, Kinds::one(Kind::Missing), true));
        } else if let (true, Some(ordinary)) = (field.kinds.has(Kind::Text), field.ordinary.first()) {
            formulas.push(grounder.atom(at, Ask::Like(Lang::Exactly(ordinary.clone().into_owned())), true));
        }
    }
    formulas
}
