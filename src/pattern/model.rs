//! Turns what a search settled into values: for each place a kind and, where it is a text or a number, one that fits.
//! Ordinary values are preferred, few keys most of all.

use super::cloudtrail;
use super::formula::{Ask, Grounder};
use super::kind::{Kind, Kinds};
use super::lang::Lang;
use super::number::Num;
use super::state::{INFINITY, State};
use super::walker::{self, Search};

mod numbers;

/// What stands at each place.
pub(super) type Model = Vec<Chosen>;

/// A value, its parts elsewhere in the model.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Chosen {
    Missing,
    Null,
    True,
    False,
    Text(String),
    /// As written in JSON.
    Number(String),
    Array,
    Object,
}

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
pub(super) enum Built {
    Model(Model),
    /// What is known of this place alone leaves no value.
    Conflict(usize),
    TooComplex,
}

/// Values for all places. `hidden` kinds are not used, though they are possible.
pub(super) fn build(state: &mut State<'_>, grounder: &Grounder<'_>, hidden: Kinds) -> Built {
    let places = grounder.places;
    let mut model = vec![Chosen::Missing; places.len()];
    // The source before the name before the rest: ordinary values depend on each other in this order.
    let first = ["eventSource", "eventName"].map(|name| places.get(0, [name].into_iter()));
    let order = first.into_iter().flatten().chain((0..places.len()).filter(|at| !first.contains(&Some(*at))));
    for at in order {
        let place = places.place(at);
        let is_reachable = place.parent.is_none_or(|parent| {
            // The first two are chosen before the event itself, which is always an object.
            let container = if parent == 0 { Kinds::one(Kind::Object) } else { kind_of(&model[parent]) };
            container.is_within(place.edge.container())
        });
        if !is_reachable {
            continue;
        }
        match choose(state, grounder, at, hidden, &model) {
            Search::Found(chosen) => model[at] = chosen,
            Search::Empty => return Built::Conflict(at),
            Search::TooComplex => return Built::TooComplex,
        }
    }
    Built::Model(model)
}

fn kind_of(chosen: &Chosen) -> Kinds {
    Kinds::one(match chosen {
        Chosen::Missing => Kind::Missing,
        Chosen::Null => Kind::Null,
        Chosen::True => Kind::True,
        Chosen::False => Kind::False,
        Chosen::Text(_) => Kind::Text,
        Chosen::Number(_) => Kind::Number,
        Chosen::Array => Kind::Array,
        Chosen::Object => Kind::Object,
    })
}

fn choose(state: &mut State<'_>, grounder: &Grounder<'_>, at: usize, hidden: Kinds, model: &Model) -> Search<Chosen> {
    let kinds = state.known(at).kinds;
    let mut has_gaps = kinds.overlaps(hidden);
    // Nearly every event says who called.
    let is_usual = grounder.places.place(at).path == cloudtrail::IDENTITY_TYPE;
    let last = is_usual.then_some(Kind::Missing);
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
                    Kind::Text => text(state, grounder, at, model),
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

/// A text that fits: an ordinary one, one made of the literals in play, or the shortest that there is.
fn text(state: &mut State<'_>, grounder: &Grounder<'_>, at: usize, model: &Model) -> Search<Chosen> {
    if let Some(word) = state.only_word(at) {
        return if state.fits(at, word) { Search::Found(Chosen::Text(word.to_owned())) } else { Search::Empty };
    }
    let languages = state.languages(at);
    let place = grounder.places.place(at);
    let mut candidates: Vec<String> = related(grounder, &place.path, state, model);
    candidates.extend(place.field.ordinary.iter().map(|text| (*text).to_owned()));
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

/// Values that go with the event's source and name.
fn related(grounder: &Grounder<'_>, path: &str, state: &State<'_>, model: &Model) -> Vec<String> {
    let at = |name: &str| grounder.places.get(0, [name].into_iter());
    let chosen = |name: &str| match at(name).map(|at| &model[at]) {
        Some(Chosen::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    match path {
        "eventSource" => at("eventName")
            .and_then(|name| state.only_word(name))
            .and_then(cloudtrail::source_of)
            .map(|source| vec![source.to_owned()])
            .unwrap_or_default(),
        "eventName" => chosen("eventSource")
            .map(cloudtrail::names_of)
            .unwrap_or_default()
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        "eventType" => chosen("eventName").map(|name| vec![cloudtrail::type_of(name).to_owned()]).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Texts made of the prefixes, parts and suffixes that are wanted.
fn composed(languages: &[(&Lang, bool)]) -> Vec<String> {
    let (mut start, mut middle, mut end) = (String::new(), String::new(), String::new());
    for (lang, _) in languages.iter().filter(|(_, wanted)| *wanted) {
        match lang {
            Lang::StartsWith(text) if text.len() > start.len() => start.clone_from(text),
            Lang::EndsWith(text) if text.len() > end.len() => end.clone_from(text),
            Lang::Contains(text) => middle.push_str(text),
            Lang::Leftmost(leftmost) => match leftmost.pieces.as_slice() {
                [only] if leftmost.open_start => {
                    if only.len() > end.len() {
                        end.clone_from(only);
                    }
                }
                pieces => middle.push_str(&pieces.concat()),
            },
            Lang::Nothing
            | Lang::Anything
            | Lang::Exactly(_)
            | Lang::StartsWith(_)
            | Lang::EndsWith(_)
            | Lang::Regex(_) => {}
        }
    }
    if start.is_empty() && middle.is_empty() && end.is_empty() {
        return Vec::new();
    }
    let joined = [start.as_str(), &middle, &end].concat();
    let mut candidates = vec![start.clone(), middle.clone(), end.clone(), joined];
    // Something between or around, where the bare literals are refused.
    for filler in ["Example", "example", "1"] {
        candidates.push(format!("{start}{middle}{filler}{end}"));
        candidates.push(format!("{start}{filler}{middle}{end}"));
        candidates.push(format!("{start}{filler}{middle}{filler}{end}"));
    }
    candidates.retain(|text| !text.is_empty());
    candidates
}

/// Whether a number, as written, answers these questions as they were settled; those about its text on demand.
fn answers(numeric: &[(&Ask, bool)], written: &str, with_text: bool) -> bool {
    let value = Num::parse(written);
    let text = super::number::text(written);
    numeric.iter().all(|&(ask, wanted)| {
        wanted
            == match ask {
                Ask::Like(_) if !with_text => return true,
                Ask::Like(lang) => lang.accepts(&text),
                Ask::Equals(number, _) => value.compare(number.value()).is_eq(),
                Ask::Order(order, number) => order.holds(value.compare(number.value())),
                Ask::Kind(_) => return true,
            }
    })
}
