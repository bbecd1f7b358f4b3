//! Do some filters together match every event that a required pattern matches?
//!
//! Two searches over the same formulas answer it. If no event can satisfy the requirement and escape the filters,
//! whatever the undocumented constructs mean, they cover it: that is a proof. If some event does so for certain, it
//! is evaluated once more, by `matching`, and handed out as witness. Between the two the answer is undecided.

use crate::eval::construct::Construct;
use crate::eval::outcome::Matched;
use crate::pattern::Pattern;
use crate::prove::candidate::Candidate;
use crate::prove::formula::{Events, Formula, Grounder, Mode};
use crate::prove::kind::{Kind, Kinds};
use crate::prove::model::EventModel;
use crate::prove::places::{Places, Reach};
use crate::prove::region::Region;
use crate::prove::solve::{self, End, STEPS, Verdict};
use crate::prove::tokens::Tokens;
use crate::prove::witness::{Draft, Drafted, Witness};
use crate::syntax::ast::{Expr, Tree};

/// What may be spent to find a more ordinary witness than the first.
const POLISH: u64 = 50_000;
/// How many witnesses are compared.
const WITNESSES: usize = 24;
/// How many models may fail before the search for a witness ends.
const FAILURES: usize = 200;

/// The answer of [`covers`]. There is no fourth one, so that programs can be sure to have thought of all.
#[derive(Debug, Clone, PartialEq)]
pub enum Coverage {
    /// Every event that the required pattern matches is matched by one of the filters.
    Covered,
    /// This event is required and matched by none.
    Missed(Witness),
    /// That depends on something that AWS does not document, or would take too long.
    Undecided(Construct),
}

/// Is it proven that these filters together match every event that `required` matches? As [`covers`], for those who do not
/// ask what is missed.
///
/// ```
/// use filter_pattern::{Candidate, EventModel, Pattern, is_covered};
///
/// let required = Pattern::parse("{ $.a = abc }")?;
/// let deployed = Pattern::parse("{ $.a = %^a[b-d]% }")?;
/// assert!(is_covered(&[Candidate::new(&deployed)], &required, &EventModel::default()));
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn is_covered(found: &[Candidate<'_>], required: &Pattern, model: &EventModel) -> bool {
    let question = Question::new(found, required, model);
    let near = question.places(Reach::Near);
    match question.proof(&near) {
        Ok(None) => true,
        // A law that speaks of other fields too may still forbid what is left.
        Ok(Some(_)) | Err(_) if near.is_too_large => false,
        Ok(Some(_)) | Err(_) => {
            let far = question.places(Reach::Far);
            near.laws().len() < far.laws().len() && question.proof(&far) == Ok(None)
        }
    }
}

/// Do these filters together match every event that `required` matches?
///
/// ```
/// use filter_pattern::{Candidate, Coverage, EventModel, Pattern, covers};
///
/// let required = Pattern::parse("{ $.user = * }")?;
/// let humans = Pattern::parse("{ $.user = * && $.is_robot NOT EXISTS }")?;
/// let robots = Pattern::parse("{ $.is_robot IS TRUE || $.is_robot IS FALSE }")?;
/// let found = [Candidate::new(&humans), Candidate::new(&robots)];
/// let Coverage::Missed(witness) = covers(&found, &required, &EventModel::default()) else { panic!("something is") };
/// // Neither missing nor a boolean.
/// assert_eq!(witness.event()["is_robot"], "example");
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn covers(found: &[Candidate<'_>], required: &Pattern, model: &EventModel) -> Coverage {
    Question::new(found, required, model).covers()
}

/// An event that `found` matches for certain and `required` for certain does not, if there is one.
///
/// ```
/// use filter_pattern::{Candidate, EventModel, Matched, Pattern, broader};
///
/// let required = Pattern::parse("{ $.name = ann }")?;
/// let deployed = Pattern::parse("{ $.name = ann* }")?;
/// let witness = broader(&[Candidate::new(&deployed)], &required, &EventModel::default()).expect("other names");
/// assert_eq!(deployed.matches(&witness.to_json_line()), Matched::Yes);
/// assert_eq!(required.matches(&witness.to_json_line()), Matched::No);
/// assert_eq!(broader(&[Candidate::new(&required)], &deployed, &EventModel::default()), None);
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn broader(found: &[Candidate<'_>], required: &Pattern, model: &EventModel) -> Option<Witness> {
    let certain: Vec<&Pattern> =
        found.iter().filter(|filter| filter.doubt.is_none()).filter_map(|filter| filter.pattern).collect();
    let wanted = |witness: &Witness| {
        is_certain(required, witness, model, Matched::No)
            && certain.iter().any(|pattern| is_certain(pattern, witness, model, Matched::Yes))
    };
    let formulas = |grounder: &mut Grounder<'_>| {
        let mut matches: Vec<Formula> = certain.iter().map(|pattern| grounder.pattern(pattern.tree(), true)).collect();
        // One filter after the other would find the same, but slower.
        let any = if matches.len() == 1 { matches.swap_remove(0) } else { Formula::Any(matches) };
        vec![any, grounder.pattern(required.tree(), false)]
    };
    let of = |reach| {
        let places = places(found, required, false, model, reach);
        witness(&places, formulas, Events::All, &wanted)
    };
    of(Reach::Near).or_else(|| of(Reach::Far))
}

/// Whether filters cover a demand, of all events of a model.
pub(crate) struct Question<'q> {
    pub(crate) found: &'q [Candidate<'q>],
    pub(crate) required: &'q Pattern,
    pub(crate) model: &'q EventModel,
    /// Events that are known to escape, and do not count.
    pub(crate) closed: Vec<Region>,
}

impl<'q> Question<'q> {
    pub(crate) fn new(found: &'q [Candidate<'q>], required: &'q Pattern, model: &'q EventModel) -> Self {
        Self { found, required, model, closed: Vec::new() }
    }

    fn places(&self, reach: Reach) -> Places<'q> {
        places(self.found, self.required, true, self.model, reach)
    }

    /// That an event is in none of the closed regions.
    fn outside(&self, grounder: &mut Grounder<'_>) -> Vec<Formula> {
        self.closed.iter().map(|region| region.formula(grounder, false)).collect()
    }

    /// Whether an event of a narrower demand may be in a region, and in none that is closed.
    pub(crate) fn may_meet(&self, demand: &Pattern, region: &Region) -> bool {
        let places = self.places(Reach::Near);
        if places.is_too_large || !places.is_complete {
            return true;
        }
        let mut grounder = Grounder::new(&places, Mode::Possible);
        let mut formulas = vec![grounder.pattern(demand.tree(), true), region.formula(&mut grounder, true)];
        // A filter that was not meant for the demand may match these events all the same.
        formulas.extend(
            self.found
                .iter()
                .filter(|filter| filter.doubt.is_none())
                .filter_map(|filter| Some(grounder.pattern(filter.tree()?, false))),
        );
        formulas.extend(self.outside(&mut grounder));
        formulas.extend(grounder.axioms(Events::All));
        let end = solve::solve(&formulas, &grounder, Kinds::NONE, STEPS, &mut |_, _| Verdict::Enough);
        end != End::Exhausted
    }

    /// The ordinary event before the unusual one, with few laws before all of them: each witness is held against all.
    pub(crate) fn covers(&self) -> Coverage {
        let near = self.places(Reach::Near);
        let mut doubt = match self.proof(&near) {
            Ok(None) => return Coverage::Covered,
            Ok(Some(doubt)) | Err(doubt) => doubt,
        };
        if let Some(witness) = self.witness(&near, Events::Ordinary) {
            return Coverage::Missed(witness);
        }
        let far = self.places(Reach::Far);
        if near.laws().len() < far.laws().len() {
            doubt = match self.proof(&far) {
                Ok(None) => return Coverage::Covered,
                Ok(Some(doubt)) | Err(doubt) => doubt,
            };
            if let Some(witness) = self.witness(&far, Events::Ordinary) {
                return Coverage::Missed(witness);
            }
        }
        if far.laws().iter().all(|law| law.exception.is_none()) {
            return Coverage::Undecided(doubt);
        }
        // That no ordinary event was found is no proof that there is none.
        match self.escape(&far, Events::Ordinary) {
            Ok(None) => self.unusual(&far).map_or(Coverage::Undecided(doubt), Coverage::Missed),
            Ok(Some(doubt)) | Err(doubt) => Coverage::Undecided(doubt),
        }
    }

    /// An event that is unusual in one respect, or else in several.
    fn unusual(&self, far: &Places<'_>) -> Option<Witness> {
        let mut exceptions: Vec<&str> = far.laws().iter().filter_map(|law| law.exception.as_deref()).collect();
        exceptions.dedup();
        let one = exceptions.iter().find_map(|exception| self.witness(far, Events::AndSo(exception)));
        one.or_else(|| exceptions.first().and_then(|_| self.witness(far, Events::All)))
    }

    /// As [`Question::escape`], at once where a filter is the demand itself.
    fn proof(&self, places: &Places<'_>) -> Result<Option<Construct>, Construct> {
        let is_same = |filter: &Candidate<'_>| filter.doubt.is_none() && filter.pattern == Some(self.required);
        if self.found.iter().any(is_same) {
            Ok(None)
        } else if places.is_too_large {
            Err(too_complex())
        } else {
            self.escape(places, Events::All)
        }
    }

    /// Whether some event may escape: `None` is the proof that none does, else what that depends on.
    fn escape(&self, places: &Places<'_>, events: Events<'_>) -> Result<Option<Construct>, Construct> {
        let mut grounder = Grounder::new(places, Mode::Possible);
        let mut formulas = vec![grounder.pattern(self.required.tree(), true)];
        for (i, filter) in self.found.iter().enumerate() {
            // Each filter's gate is its own.
            let closed = filter.doubt.clone().map(|doubt| grounder.unknown(i, doubt, false));
            let misses = filter.tree().map(|tree| grounder.pattern(tree, false));
            formulas.push(match (misses, closed) {
                (Some(misses), Some(closed)) => Formula::Any(vec![misses, closed]),
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => Formula::Constant(true),
            });
        }
        formulas.extend(self.outside(&mut grounder));
        formulas.extend(grounder.axioms(events));
        let mut doubt = None;
        let end = solve::solve(&formulas, &grounder, Kinds::NONE, STEPS, &mut |_, state| {
            let settled = state.unknowns.iter().position(Option::is_some);
            doubt = settled.map(|unknown| grounder.unknowns[unknown].clone());
            Verdict::Enough
        });
        match end {
            End::Exhausted if places.is_complete => Ok(None),
            End::Exhausted => Err(Construct::new("more tests through wildcard selectors than are reasoned about")),
            End::GaveUp => Err(too_complex()),
            End::Enough => {
                Ok(Some(doubt.unwrap_or_else(|| Construct::new("an event that cannot be written down to check it"))))
            }
        }
    }

    /// An event that is demanded and that no filter matches, both for certain.
    fn witness(&self, places: &Places<'_>, events: Events<'_>) -> Option<Witness> {
        let Self { found, required, model, .. } = *self;
        let wanted = |witness: &Witness| {
            is_certain(required, witness, model, Matched::Yes)
                && found.iter().all(|filter| surely_misses(filter, witness, model))
        };
        let formulas = |grounder: &mut Grounder<'_>| {
            let mut formulas = vec![grounder.pattern(required.tree(), true)];
            formulas.extend(found.iter().map(|filter| match filter.tree() {
                Some(tree) => grounder.pattern(tree, false),
                None => Formula::Constant(false),
            }));
            formulas.extend(self.outside(grounder));
            formulas
        };
        witness(places, formulas, events, &wanted)
    }
}

/// The places that matter where `required` is to match, or not to match, and the filters the other way round.
fn places<'m>(
    found: &[Candidate<'_>],
    required: &Pattern,
    wanted: bool,
    model: &'m EventModel,
    reach: Reach,
) -> Places<'m> {
    let found = found.iter().filter_map(Candidate::tree).map(|tree| (tree, !wanted));
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

/// The most ordinary event among the first that satisfy the formulas for certain and are `wanted`.
fn witness(
    places: &Places<'_>,
    formulas: impl Fn(&mut Grounder<'_>) -> Vec<Formula>,
    events: Events<'_>,
    wanted: &dyn Fn(&Witness) -> bool,
) -> Option<Witness> {
    if places.is_too_large {
        return None;
    }
    let mut grounder = Grounder::new(places, Mode::Certain);
    let mut formulas = formulas(&mut grounder);
    formulas.extend(grounder.axioms(events));
    let mut best: Option<(usize, Witness)> = None;
    let (mut successes, mut failures) = (0, 0);
    // Numbers beyond a double cannot be written by every JSON writer.
    solve::solve(&formulas, &grounder, Kinds::one(Kind::Huge), STEPS, &mut |values, _| {
        let limit = best.as_ref().map_or(usize::MAX, |(cost, _)| *cost);
        let is_wanted = |draft: &Draft| events != Events::Ordinary || !draft.is_unusual();
        match Draft::of(places, values, limit) {
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
        if successes >= WITNESSES || failures >= FAILURES {
            Verdict::Enough
        } else if successes > 0 {
            Verdict::Another(POLISH)
        } else {
            Verdict::Another(u64::MAX)
        }
    });
    best.map(|(_, witness)| witness)
}

/// Whether the pattern's answer on the witness is this one, however the event is spelt.
fn is_certain(pattern: &Pattern, witness: &Witness, model: &EventModel, answer: Matched) -> bool {
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
