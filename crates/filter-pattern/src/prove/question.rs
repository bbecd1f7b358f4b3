//! One question, made into formulas once and asked several times: is an event of a demand left that no filter matches,
//! and none of the regions that were closed meanwhile holds? Must not know what a hole is, nor how an answer is used.

use crate::eval::construct::Construct;
use crate::eval::outcome::Matched;
use crate::pattern::Pattern;
use crate::prove::apart;
use crate::prove::candidate::Candidate;
use crate::prove::coverage::Coverage;
use crate::prove::formula::{Events, Formula, Grounder, Mode};
use crate::prove::kind::{Kind, Kinds};
use crate::prove::model::EventModel;
use crate::prove::places::{Places, Reach};
use crate::prove::region::Region;
use crate::prove::solve::{self, End, STEPS, Verdict};
use crate::prove::state::State;
use crate::prove::tokens::Tokens;
use crate::prove::values::Values;
use crate::prove::witness::{Draft, Drafted, Witness};
use crate::syntax::ast::{Expr, Tree};

/// What may be spent to find a more ordinary witness than the first.
const POLISH: u64 = 50_000;
/// How many models may fail before the search for a witness ends.
const FAILURES: usize = 200;

/// Which event is taken for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The first that is found.
    First,
    /// The plainest of several.
    Plainest,
}

impl Taken {
    /// How many are compared.
    fn compared(self) -> usize {
        match self {
            Self::First => 1,
            Self::Plainest => 24,
        }
    }
}

/// Whether filters cover a demand, of all events of a model.
pub(crate) struct Question<'q> {
    /// Those that may match something of it.
    pub(crate) found: Vec<&'q Candidate<'q>>,
    pub(crate) required: &'q Pattern,
    pub(crate) model: &'q EventModel,
}

impl<'q> Question<'q> {
    pub(crate) fn new(found: &'q [Candidate<'q>], required: &'q Pattern, model: &'q EventModel) -> Self {
        Self { found: apart::near(found, required.tree()), required, model }
    }

    pub(crate) fn places(&self, reach: Reach) -> Places<'q> {
        places(self.found.iter().copied(), self.required, true, self.model, reach)
    }

    /// A filter is the demand itself.
    pub(crate) fn is_demanded(&self) -> bool {
        self.found.iter().any(|filter| filter.doubt.is_none() && filter.pattern == Some(self.required))
    }

    /// That an event is demanded and escapes the filters: if undocumented tests allow it, or for certain.
    fn formulas(&self, grounder: &mut Grounder<'_>) -> Vec<Formula> {
        let mut formulas = vec![grounder.pattern(self.required.tree(), true)];
        for (i, filter) in self.found.iter().enumerate() {
            let misses = filter.tree().map(|tree| grounder.pattern(tree, false));
            // Each filter's gate is its own; where only what is certain counts, it may be open.
            let doubt = filter.doubt.clone().filter(|_| grounder.mode == Mode::Possible);
            let closed = doubt.map(|doubt| grounder.unknown(i, doubt, false));
            formulas.push(match (misses, closed) {
                (Some(misses), Some(closed)) => Formula::Any(vec![misses, closed]),
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => Formula::Constant(grounder.mode == Mode::Possible),
            });
        }
        formulas
    }
}

/// Formulas over some places, and what holds of every event.
pub(crate) struct Formulas<'p> {
    grounder: Grounder<'p>,
    list: Vec<Formula>,
}

impl<'p> Formulas<'p> {
    pub(crate) fn new(
        places: &'p Places<'p>,
        mode: Mode,
        make: impl FnOnce(&mut Grounder<'_>) -> Vec<Formula>,
    ) -> Self {
        let mut grounder = Grounder::new(places, mode);
        let mut list = make(&mut grounder);
        list.extend(grounder.axioms());
        Self { grounder, list }
    }

    fn hold(&mut self, make: impl FnOnce(&mut Grounder<'_>) -> Formula) {
        let formula = make(&mut self.grounder);
        self.list.push(formula);
    }

    /// Whether they say the same in every reading of what is undocumented.
    fn are_certain(&self) -> bool {
        self.grounder.unknowns.is_empty()
    }

    /// Looks for events that satisfy them, and these others for once.
    fn solve(
        &mut self,
        others: impl IntoIterator<Item = Formula>,
        events: Events<'_>,
        hidden: Kinds,
        receive: &mut dyn FnMut(&Values, &State<'_>) -> Verdict,
    ) -> End {
        let kept = self.list.len();
        self.list.extend(others);
        self.list.extend(self.grounder.exceptional(events));
        let end = solve::solve(&self.list, &self.grounder, hidden, STEPS, receive);
        self.list.truncate(kept);
        end
    }

    /// An event that satisfies them and is `wanted`.
    pub(crate) fn witness(
        &mut self,
        events: Events<'_>,
        taken: Taken,
        wanted: &dyn Fn(&Witness) -> bool,
    ) -> Option<Witness> {
        let places = self.grounder.places;
        if places.is_too_large {
            return None;
        }
        let mut best: Option<(usize, Witness)> = None;
        let (mut successes, mut failures) = (0, 0);
        // Numbers beyond a double cannot be written by every JSON writer.
        self.solve([], events, Kinds::one(Kind::Huge), &mut |values, _| {
            let limit = best.as_ref().map_or(usize::MAX, |(cost, _)| *cost);
            let is_wanted = |draft: &Draft| events != Events::Ordinary || !draft.is_unusual();
            match Draft::complete(places, values, limit) {
                Drafted::NoEvent => failures += 1,
                // No better, whether it is one or not.
                Drafted::NoBetter => successes += 1,
                Drafted::Event(draft) if !is_wanted(&draft) => failures += 1,
                Drafted::Event(draft) => {
                    let (cost, witness) = (draft.cost(), draft.written(places.model));
                    if wanted(&witness) {
                        successes += 1;
                        best = Some((cost, witness));
                    } else {
                        failures += 1;
                    }
                }
            }
            if successes >= taken.compared() || failures >= FAILURES {
                Verdict::Enough
            } else if successes > 0 {
                Verdict::Another(POLISH)
            } else {
                Verdict::Another(u64::MAX)
            }
        });
        best.map(|(_, witness)| witness)
    }
}

/// A question over some places.
pub(crate) struct Asked<'q, 'p> {
    question: &'p Question<'q>,
    places: &'p Places<'p>,
    taken: Taken,
    possible: Formulas<'p>,
    /// Made when something is undocumented; else what is possible is certain.
    certain: Option<Formulas<'p>>,
    /// Events that are known to escape, and do not count.
    closed: Vec<Region>,
}

impl<'q, 'p> Asked<'q, 'p> {
    pub(crate) fn new(question: &'p Question<'q>, places: &'p Places<'p>, taken: Taken) -> Self {
        let possible = Formulas::new(places, Mode::Possible, |grounder| question.formulas(grounder));
        Self { question, places, taken, possible, certain: None, closed: Vec::new() }
    }

    pub(crate) fn question(&self) -> &'p Question<'q> {
        self.question
    }

    pub(crate) fn is_closed(&self, region: &Region) -> bool {
        self.closed.contains(region)
    }

    /// From here on the events of a region do not count.
    pub(crate) fn close(&mut self, region: Region) {
        for formulas in std::iter::once(&mut self.possible).chain(&mut self.certain) {
            formulas.hold(|grounder| region.formula(grounder, false));
        }
        self.closed.push(region);
    }

    /// Those of some parts of the demand that hold for some event of a region that is not closed.
    pub(crate) fn open(&mut self, region: &Region, parts: &[Expr]) -> Vec<usize> {
        let all = 0..parts.len();
        if self.places.is_too_large || !self.places.is_complete {
            return all.collect();
        }
        let inside = region.formula(&mut self.possible.grounder, true);
        let may_be = |at: &usize| {
            let Some(part) = parts.get(*at) else { return false };
            let others = [self.possible.grounder.expr(part, true), inside.clone()];
            self.possible.solve(others, Events::All, Kinds::NONE, &mut |_, _| Verdict::Enough) != End::Exhausted
        };
        all.filter(may_be).collect()
    }

    /// The ordinary event before the unusual one, with few laws before all of them: each witness is held against all.
    pub(crate) fn coverage(&mut self) -> Coverage {
        let doubt = match self.decided() {
            Ok(answer) => return answer,
            Err(doubt) => doubt,
        };
        let places = self.question.places(Reach::Far);
        if places.laws().len() == self.places.laws().len() {
            return self.unusual(doubt);
        }
        let mut far = Asked::new(self.question, &places, self.taken);
        self.closed.iter().for_each(|region| far.close(region.clone()));
        match far.decided() {
            Ok(answer) => answer,
            Err(doubt) => far.unusual(doubt),
        }
    }

    /// The proof, or an ordinary event; else what the answer depends on.
    fn decided(&mut self) -> Result<Coverage, Construct> {
        let doubt = match self.proof() {
            Ok(None) => return Ok(Coverage::Covered),
            Ok(Some(doubt)) | Err(doubt) => doubt,
        };
        self.witness(Events::Ordinary).map(Coverage::Missed).ok_or(doubt)
    }

    /// Where no ordinary event was found: that is no proof that there is none.
    fn unusual(&mut self, doubt: Construct) -> Coverage {
        if self.places.exceptions().is_empty() {
            return Coverage::Undecided(doubt);
        }
        match self.escape(Events::Ordinary) {
            Ok(None) => self.unusual_witness().map_or(Coverage::Undecided(doubt), Coverage::Missed),
            Ok(Some(doubt)) | Err(doubt) => Coverage::Undecided(doubt),
        }
    }

    /// An event that is unusual in one respect, or else in several.
    fn unusual_witness(&mut self) -> Option<Witness> {
        let exceptions = self.places.exceptions();
        let one = exceptions.iter().find_map(|exception| self.witness(Events::AndSo(exception)));
        one.or_else(|| self.witness(Events::All))
    }

    /// Whether some event may escape: `None` is the proof that none does, else what that depends on. At once where a filter
    /// is the demand itself.
    pub(crate) fn proof(&mut self) -> Result<Option<Construct>, Construct> {
        if self.question.is_demanded() {
            Ok(None)
        } else if self.places.is_too_large {
            Err(too_complex())
        } else {
            self.escape(Events::All)
        }
    }

    fn escape(&mut self, events: Events<'_>) -> Result<Option<Construct>, Construct> {
        let mut settled = None;
        let end = self.possible.solve([], events, Kinds::NONE, &mut |_, state| {
            settled = state.unknowns.iter().position(Option::is_some);
            Verdict::Enough
        });
        match end {
            End::Exhausted if self.places.is_complete => Ok(None),
            End::Exhausted => Err(Construct::new("more tests through wildcard selectors than are reasoned about")),
            End::GaveUp => Err(too_complex()),
            End::Enough => {
                let doubt = settled.map(|unknown| self.possible.grounder.unknowns[unknown].clone());
                Ok(Some(doubt.unwrap_or_else(|| Construct::new("an event that cannot be written down to check it"))))
            }
        }
    }

    /// An event that is demanded and that no filter matches, both for certain.
    fn witness(&mut self, events: Events<'_>) -> Option<Witness> {
        let Question { found, required, model } = self.question;
        let wanted = |witness: &Witness| {
            is_certain(required, witness, model, Matched::Yes)
                && found.iter().all(|filter| surely_misses(filter, witness, model))
        };
        if self.possible.are_certain() && found.iter().all(|filter| filter.tree().is_some()) {
            return self.possible.witness(events, self.taken, &wanted);
        }
        let (question, places, closed) = (self.question, self.places, &self.closed);
        let certain = self.certain.get_or_insert_with(|| {
            Formulas::new(places, Mode::Certain, |grounder| {
                let outside = closed.iter().map(|region| region.formula(grounder, false)).collect::<Vec<_>>();
                question.formulas(grounder).into_iter().chain(outside).collect()
            })
        });
        certain.witness(events, self.taken, &wanted)
    }
}

/// The places that matter where `required` is to match, or not to match, and the filters the other way round.
pub(crate) fn places<'m, 'f>(
    found: impl Iterator<Item = &'f Candidate<'f>>,
    required: &Pattern,
    wanted: bool,
    model: &'m EventModel,
    reach: Reach,
) -> Places<'m> {
    let found = found.filter_map(Candidate::tree).map(|tree| (tree, !wanted));
    let exprs: Vec<(&Expr, bool)> = found
        .chain([(required.tree(), wanted)])
        .filter_map(|(tree, wanted)| match tree {
            Tree::Json(expr) => Some((expr, wanted)),
            Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => None,
        })
        .collect();
    Places::new(model, &exprs, reach)
}

fn too_complex() -> Construct {
    Construct::new("too complex to decide")
}

/// Whether the pattern's answer on the witness is this one, however the event is spelt.
pub(crate) fn is_certain(pattern: &Pattern, witness: &Witness, model: &EventModel, answer: Matched) -> bool {
    let matched = match pattern.tree() {
        Tree::Json(_) => pattern.matches(witness.line()),
        tree @ (Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_)) => {
            Tokens::new(witness.event(), model).matches(tree)
        }
    };
    matched == answer
}

/// Whether the filter does not match the witness, be its gate open or not.
fn surely_misses(filter: &Candidate<'_>, witness: &Witness, model: &EventModel) -> bool {
    filter.pattern.is_some_and(|pattern| is_certain(pattern, witness, model, Matched::No))
}
