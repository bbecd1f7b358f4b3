//! A text that satisfies what was settled of a place, as ordinary as there is, or the proof that there is none.

use super::chosen::{Chosen, Values};
use crate::prove::composed::composed;
use crate::prove::formula::Grounder;
use crate::prove::model::Content;
use crate::prove::state::State;
use crate::prove::walker::{self, Search};
use crate::syntax::lang::Lang;

/// A text that fits: an ordinary one, one made of the literals in play, or the shortest that there is.
pub(super) fn find(state: &mut State<'_>, grounder: &Grounder<'_>, at: usize, values: &Values) -> Search<Chosen> {
    if let Some(word) = state.only_word(at) {
        return if state.fits(at, word) { Search::Found(Chosen::Text(word.to_owned())) } else { Search::Empty };
    }
    let languages = state.languages(at);
    let place = grounder.places.place(at);
    let mut candidates: Vec<String> = related(grounder, at, state, values);
    candidates.extend(place.field.ordinary.iter().map(|text| text.clone().into_owned()));
    candidates.extend(composed(&languages));
    state.spend(candidates.len() as u64 * (languages.len() as u64 + 1));
    if let Some(text) = candidates.into_iter().find(|text| state.fits(at, text)) {
        return Search::Found(Chosen::Text(text));
    }
    let empty = Lang::Exactly(String::new());
    let mut languages = languages;
    if !place.field.may_be_empty {
        languages.push((&empty, false));
    }
    let mut steps = state.steps.min(200_000);
    let before = steps;
    let found = walker::find(&languages, &mut steps);
    state.spend(before - steps);
    match found {
        Search::Found(text) => Search::Found(Chosen::Text(text)),
        Search::Empty => Search::Empty,
        Search::TooComplex => Search::TooComplex,
    }
}

/// Texts that go with what was chosen for other places, or is settled of them.
fn related(grounder: &Grounder<'_>, at: usize, state: &State<'_>, values: &Values) -> Vec<String> {
    let places = grounder.places;
    let Some(node) = places.place(at).node else { return Vec::new() };
    let content = |node| {
        let other = places.at_node(node)?;
        match &values[other] {
            // It may be that nothing was chosen yet.
            Chosen::Missing => state.only_word(other).map(Content::Text),
            chosen => Some(chosen.content()),
        }
    };
    places.model.suggested(node, content).map(str::to_owned).collect()
}
