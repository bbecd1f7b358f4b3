//! Do some filters together match every event that a required pattern matches?
//!
//! Two searches over the same formulas answer it. If no event can satisfy the requirement and escape the filters,
//! whatever the undocumented constructs mean, they cover it: that is a proof. If some event does so for certain, it
//! is evaluated once more, by `matching`, and handed out as witness. Between the two the answer is undecided.

use crate::eval::outcome::Matched;
use crate::pattern::Pattern;
use crate::prove::candidate::Candidate;
use crate::prove::coverage::Coverage;
use crate::prove::formula::{Events, Formula, Grounder, Mode};
use crate::prove::model::EventModel;
use crate::prove::places::Reach;
use crate::prove::question::{Asked, Formulas, Question, Taken, is_certain, places};
use crate::prove::witness::Witness;

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
    covers_quickly(found, required, model) == Coverage::Covered
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
    ask(&Question::new(found, required, model), Taken::Plainest)
}

/// As [`covers`], with the first event that is found to be missed, however odd it looks: for those who ask often and show
/// none.
///
/// ```
/// use filter_pattern::{Candidate, Coverage, EventModel, Pattern, covers_quickly};
///
/// let required = Pattern::parse("{ $.name = ann || $.name = bob }")?;
/// let deployed = Pattern::parse("{ $.name = ann }")?;
/// let found = [Candidate::new(&deployed)];
/// let Coverage::Missed(witness) = covers_quickly(&found, &required, &EventModel::default()) else { panic!("bob is") };
/// assert_eq!(witness.event()["name"], "bob");
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn covers_quickly(found: &[Candidate<'_>], required: &Pattern, model: &EventModel) -> Coverage {
    ask(&Question::new(found, required, model), Taken::First)
}

fn ask(question: &Question<'_>, taken: Taken) -> Coverage {
    if question.is_demanded() {
        return Coverage::Covered;
    }
    let places = question.places(Reach::Near);
    Asked::new(question, &places, taken).coverage()
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
    let witness = |reach| {
        let places = places(found.iter(), required, false, model, reach);
        Formulas::new(&places, Mode::Certain, formulas).witness(Events::All, Taken::Plainest, &wanted)
    };
    witness(Reach::Near).or_else(|| witness(Reach::Far))
}
