//! Turns what a search settled into values: for each place a kind and, where it is a text or a number, one that fits.
//! Ordinary values are preferred, few keys most of all.

use crate::prove::formula::{Ask, Grounder};
use crate::prove::kind::{Kind, Kinds};
use crate::prove::state::{INFINITY, State};
use crate::prove::walker::Search;

mod chosen;
mod numbers;
mod sides;
mod texts;

pub(crate) use self::chosen::{Chosen, Values};

/// The kinds in the order in which they are tried.
const PREFERENCE: [Kind; 9] = [
    Kind::Missing,
    Kind::Text,
    Kind::Null,
    Kind::Object,
    Kind::False,
    Kind::True,
    Kind::Array,
    Kind::Number,
    Kind::Huge,
];

/// What came of the attempt to make values.
pub(crate) enum Built {
    Values(Values),
    /// What is known of this place alone leaves no value.
    Conflict(usize),
    TooComplex,
}

/// Values for all places. `hidden` kinds are not used, though they are possible.
pub(crate) fn build(state: &mut State<'_>, grounder: &Grounder<'_>, hidden: Kinds) -> Built {
    let places = grounder.places;
    let mut values = vec![Chosen::Missing; places.len()];
    // Ordinary values depend on each other in this order.
    let first = first(grounder);
    let order = first.iter().copied().chain((0..places.len()).filter(|at| !first.contains(at)));
    for at in order {
        let place = places.place(at);
        let is_reachable = place.parent.is_none_or(|parent| {
            // The first are chosen before the event itself, which is always an object.
            let container = if parent == 0 { Kinds::one(Kind::Object) } else { kind_of(&values[parent]) };
            container.is_within(place.edge.container())
        });
        if !is_reachable {
            continue;
        }
        match choose(state, grounder, at, hidden, &values) {
            Search::Found(chosen) => values[at] = chosen,
            Search::Empty => return Built::Conflict(at),
            Search::TooComplex => return Built::TooComplex,
        }
    }
    Built::Values(values)
}

/// The places that are chosen before all others, each after what it is part of; the event itself can wait.
fn first(grounder: &Grounder<'_>) -> Vec<usize> {
    let places = grounder.places;
    let mut first = Vec::new();
    for at in places.model.first().iter().filter_map(|node| places.at_node(*node)) {
        let mut way = vec![at];
        way.extend(std::iter::successors(places.place(at).parent, |&above| places.place(above).parent));
        let is_new = |at: &usize| *at != 0 && !first.contains(at);
        let new: Vec<usize> = way.into_iter().rev().filter(is_new).collect();
        first.extend(new);
    }
    first
}

fn kind_of(chosen: &Chosen) -> Kinds {
    Kinds::one(chosen.content().kind())
}

fn choose(state: &mut State<'_>, grounder: &Grounder<'_>, at: usize, hidden: Kinds, values: &Values) -> Search<Chosen> {
    let kinds = state.known(at).kinds;
    let mut has_gaps = kinds.overlaps(hidden);
    let last = grounder.places.place(at).field.is_usual.then_some(Kind::Missing);
    for kind in PREFERENCE.into_iter().filter(|kind| Some(*kind) != last).chain(last) {
        if !kinds.has(kind) || hidden.has(kind) {
            continue;
        }
        let chosen = match kind {
            Kind::Missing => Chosen::Missing,
            Kind::Null => Chosen::Null,
            Kind::True => Chosen::True,
            Kind::False => Chosen::False,
            Kind::Array => Chosen::Array,
            Kind::Object => Chosen::Object,
            Kind::Text | Kind::Number | Kind::Huge => {
                let found = match kind {
                    Kind::Text => texts::find(state, grounder, at, values),
                    Kind::Number => numbers::find(state, at),
                    _ => huge(state, at),
                };
                match found {
                    Search::Found(chosen) => chosen,
                    Search::Empty => continue,
                    Search::TooComplex => {
                        has_gaps = true;
                        continue;
                    }
                }
            }
        };
        return Search::Found(chosen);
    }
    if has_gaps { Search::TooComplex } else { Search::Empty }
}

fn huge(state: &State<'_>, at: usize) -> Search<Chosen> {
    let fits = state.numeric(at).iter().all(|&(ask, wanted)| match ask {
        Ask::Like(lang) => lang.accepts(INFINITY) == wanted,
        // No numeric test sees such a number.
        Ask::Equals(..) | Ask::Order(..) => !wanted,
        Ask::Kind(_) => true,
    });
    if fits { Search::Found(Chosen::Number("1e309".to_owned())) } else { Search::Empty }
}
