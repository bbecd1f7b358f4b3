//! What is known of each place while `solve` searches: the kinds still possible, the questions answered. Knows how an
//! answer bears on other questions of the same place and on the places above and below; every change can be undone.

use crate::prove::composed;
use crate::prove::formula::{Ask, Atom, Grounder};
use crate::prove::kind::{Kind, Kinds};
use crate::prove::places::Places;
use crate::prove::walker::{self, Search};
use crate::syntax::lang::Lang;
use crate::syntax::number;

const TEXT: Kinds = Kinds::one(Kind::Text);
const NUMBER: Kinds = Kinds::one(Kind::Number);
const COMPARABLE: Kinds = Kinds::all_of(&[Kind::Text, Kind::Number]);
const WITH_TEXT: Kinds = Kinds::all_of(&[Kind::Text, Kind::Number, Kind::Huge]);
const MISSING: Kinds = Kinds::one(Kind::Missing);

/// The text of a number too large for a double.
pub(crate) const INFINITY: &str = "Infinity";

/// What is known of one place.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) kinds: Kinds,
    /// The one text that is possible, as a question about it.
    word: Option<usize>,
    /// Answered questions about the text, those for a single word apart.
    shapes: Vec<(usize, bool)>,
    /// Answered questions about a number's value.
    values: Vec<(usize, bool)>,
}

enum Change {
    Kinds(usize, Kinds),
    Answer(usize),
    Word(usize),
    Shape(usize),
    Value(usize),
    Unknown(usize),
}

/// The state of a search.
pub(crate) struct State<'a> {
    places: &'a Places<'a>,
    pub(crate) atoms: &'a [Atom],
    grounder: &'a Grounder<'a>,
    known: Vec<Known>,
    answers: Vec<Option<bool>>,
    pub(crate) unknowns: Vec<Option<bool>>,
    changes: Vec<Change>,
    /// The questions at each place that ask for one word.
    words: Vec<Vec<usize>>,
    /// What may still be spent.
    pub(crate) steps: u64,
}

impl<'a> State<'a> {
    pub(crate) fn new(grounder: &'a Grounder<'a>, steps: u64) -> Self {
        let places = grounder.places;
        let known = (0..places.len())
            .map(|at| Known { kinds: places.place(at).field.kinds, word: None, shapes: Vec::new(), values: Vec::new() })
            .collect();
        let mut words = vec![Vec::new(); places.len()];
        for (number, atom) in grounder.atoms.iter().enumerate() {
            if matches!(atom.ask, Ask::Like(Lang::Exactly(_))) {
                words[atom.place].push(number);
            }
        }
        let mut state = Self {
            places,
            atoms: &grounder.atoms,
            grounder,
            known,
            answers: vec![None; grounder.atoms.len()],
            unknowns: vec![None; grounder.unknowns.len()],
            changes: Vec::new(),
            words,
            steps,
        };
        // Fields that are never objects have nothing below, and those that are always there have a parent.
        for at in 0..places.len() {
            state.spread(at);
        }
        state
    }

    pub(crate) fn spend(&mut self, cost: u64) {
        self.steps = self.steps.saturating_sub(cost);
    }

    pub(crate) fn known(&self, at: usize) -> &Known {
        &self.known[at]
    }

    /// A point to come back to.
    pub(crate) fn mark(&self) -> usize {
        self.changes.len()
    }

    /// When something was last settled about a place, as a mark is counted.
    pub(crate) fn last_change(&self, place: usize) -> Option<usize> {
        self.changes.iter().rposition(|change| match change {
            Change::Kinds(at, _) | Change::Word(at) | Change::Shape(at) | Change::Value(at) => *at == place,
            Change::Answer(atom) => self.atoms[*atom].place == place,
            Change::Unknown(_) => false,
        })
    }

    pub(crate) fn undo(&mut self, mark: usize) {
        while self.changes.len() > mark {
            match self.changes.pop() {
                Some(Change::Kinds(at, kinds)) => self.known[at].kinds = kinds,
                Some(Change::Answer(atom)) => self.answers[atom] = None,
                Some(Change::Word(at)) => self.known[at].word = None,
                Some(Change::Shape(at)) => drop(self.known[at].shapes.pop()),
                Some(Change::Value(at)) => drop(self.known[at].values.pop()),
                Some(Change::Unknown(unknown)) => self.unknowns[unknown] = None,
                None => {}
            }
        }
    }

    /// The answer to a question, if it is settled.
    pub(crate) fn answer(&mut self, atom: usize) -> Option<bool> {
        self.spend(1);
        if self.answers[atom].is_some() {
            return self.answers[atom];
        }
        let Atom { place, ask } = &self.atoms[atom];
        let kinds = self.known[*place].kinds;
        match ask {
            Ask::Kind(wanted) if kinds.is_within(*wanted) => Some(true),
            Ask::Kind(wanted) if !kinds.overlaps(*wanted) => Some(false),
            Ask::Like(_) if !kinds.overlaps(WITH_TEXT) => Some(false),
            Ask::Like(lang) => self.text_answer(*place, lang),
            Ask::Equals(..) if !kinds.overlaps(COMPARABLE) => Some(false),
            Ask::Order(..) if !kinds.overlaps(NUMBER) => Some(false),
            Ask::Kind(_) | Ask::Equals(..) | Ask::Order(..) => None,
        }
    }

    /// Kinds with a text are still possible; more is not known of them here.
    fn text_answer(&mut self, place: usize, lang: &Lang) -> Option<bool> {
        let known = &self.known[place];
        if let Some(word) = known.word {
            return Some(self.word(word).is_some_and(|word| lang.accepts(word)));
        }
        match lang {
            Lang::Nothing => Some(false),
            Lang::Anything if known.kinds.is_within(WITH_TEXT) => Some(true),
            Lang::Exactly(word) => {
                let cost = known.shapes.len() as u64;
                let is_possible =
                    self.fits_shapes(place, word) && (!word.is_empty() || self.places.place(place).field.may_be_empty);
                self.spend(cost);
                if is_possible { None } else { Some(false) }
            }
            Lang::Anything
            | Lang::OneOf(_)
            | Lang::StartsWith(_)
            | Lang::EndsWith(_)
            | Lang::Contains(_)
            | Lang::Leftmost(_)
            | Lang::Regex(_) => None,
        }
    }

    /// Whether a question is for one text.
    pub(crate) fn is_word(&self, atom: usize) -> bool {
        self.word(atom).is_some()
    }

    fn word(&self, atom: usize) -> Option<&'a str> {
        match &self.atoms[atom].ask {
            Ask::Like(Lang::Exactly(word)) => Some(word),
            Ask::Like(_) | Ask::Kind(_) | Ask::Equals(..) | Ask::Order(..) => None,
        }
    }

    /// What a question asks of a text.
    fn language(&self, atom: usize) -> Option<&'a Lang> {
        match &self.atoms[atom].ask {
            Ask::Like(lang) | Ask::Equals(_, lang) => Some(lang),
            Ask::Kind(_) | Ask::Order(..) => None,
        }
    }

    fn fits_shapes(&self, place: usize, text: &str) -> bool {
        let shapes = &self.known[place].shapes;
        shapes.iter().all(|&(atom, wanted)| self.language(atom).is_none_or(|lang| lang.accepts(text) == wanted))
    }

    /// The answered questions about single words at a place.
    fn answered_words(&self, place: usize) -> impl Iterator<Item = (usize, bool)> {
        self.words[place].iter().filter_map(|&atom| self.answers[atom].map(|answer| (atom, answer)))
    }

    /// Whether a text agrees with all that is known of the place.
    pub(crate) fn fits(&self, place: usize, text: &str) -> bool {
        let is_refused = || {
            let atom = Atom { place, ask: Ask::Like(Lang::Exactly(text.to_owned())) };
            self.grounder.atom_number(&atom).is_some_and(|atom| self.answers[atom] == Some(false))
        };
        let values = &self.known[place].values;
        let may_be_empty = self.places.place(place).field.may_be_empty;
        (may_be_empty || !text.is_empty())
            && self.known[place].word.is_none_or(|word| self.word(word) == Some(text))
            && self.fits_shapes(place, text)
            && values.iter().all(|&(atom, wanted)| self.language(atom).is_some_and(|lang| lang.accepts(text)) == wanted)
            && !is_refused()
    }

    /// The one text that is possible at a place, if that is settled.
    pub(crate) fn only_word(&self, place: usize) -> Option<&'a str> {
        self.known[place].word.and_then(|word| self.word(word))
    }

    /// The languages that the text at a place must be in, and those it must not be in.
    pub(crate) fn languages(&self, place: usize) -> Vec<(&'a Lang, bool)> {
        let known = &self.known[place];
        let all = known.shapes.iter().chain(&known.values).copied().chain(self.answered_words(place));
        all.filter_map(|(atom, wanted)| self.language(atom).map(|lang| (lang, wanted))).collect()
    }

    /// The questions that a number at a place must answer, and how.
    pub(crate) fn numeric(&self, place: usize) -> Vec<(&'a Ask, bool)> {
        let known = &self.known[place];
        let all = known.shapes.iter().chain(&known.values).copied().chain(self.answered_words(place));
        all.map(|(atom, wanted)| (&self.atoms[atom].ask, wanted)).collect()
    }

    /// Answers an unknown. False if it was answered otherwise.
    pub(crate) fn settle_unknown(&mut self, unknown: usize, value: bool) -> bool {
        match self.unknowns[unknown] {
            Some(settled) => settled == value,
            None => {
                self.unknowns[unknown] = Some(value);
                self.changes.push(Change::Unknown(unknown));
                true
            }
        }
    }

    /// Answers a question. False if that contradicts what is known.
    pub(crate) fn settle(&mut self, atom: usize, value: bool) -> bool {
        if let Some(settled) = self.answer(atom) {
            return settled == value;
        }
        self.answers[atom] = Some(value);
        self.changes.push(Change::Answer(atom));
        let Atom { place, ask } = &self.atoms[atom];
        let place = *place;
        match (ask, value) {
            (Ask::Kind(kinds), true) => self.restrict(place, *kinds),
            (Ask::Kind(kinds), false) => self.restrict(place, Kinds::ANY.except(*kinds)),
            (Ask::Like(Lang::Exactly(word)), true) => {
                self.known[place].word = Some(atom);
                self.changes.push(Change::Word(place));
                self.restrict(place, if is_text_of_number(word) { WITH_TEXT } else { TEXT })
            }
            (Ask::Like(Lang::Exactly(_)), false) => true,
            (Ask::Like(Lang::Anything), false) => self.restrict(place, Kinds::ANY.except(WITH_TEXT)),
            (Ask::Like(_), _) => {
                self.known[place].shapes.push((atom, value));
                self.changes.push(Change::Shape(place));
                (!value || self.restrict(place, WITH_TEXT)) && self.shapes_agree(place)
            }
            (Ask::Equals(..), _) => self.note_value(place, atom, value, COMPARABLE),
            (Ask::Order(..), _) => self.note_value(place, atom, value, NUMBER),
        }
    }

    fn note_value(&mut self, place: usize, atom: usize, value: bool, kinds: Kinds) -> bool {
        self.known[place].values.push((atom, value));
        self.changes.push(Change::Value(place));
        !value || self.restrict(place, kinds)
    }

    /// Whether some text satisfies the shapes; only asked where one is wanted, for the others leave room.
    fn shapes_agree(&mut self, place: usize) -> bool {
        let shapes = self.known[place].shapes.clone();
        let Some((&(newest, wanted), others)) = shapes.split_last() else {
            return true;
        };
        if others.is_empty() || !shapes.iter().any(|&(_, wanted)| wanted) {
            return true;
        }
        // Two that contradict each other are found at once, however many there are.
        let mut pairs = others.iter().filter(|(_, other)| wanted || *other);
        if !pairs.all(|&other| self.agree(vec![other, (newest, wanted)], 2_000)) {
            return false;
        }
        self.agree(shapes, 20_000)
    }

    /// Whether some text satisfies these shapes. What is given up here is looked at again when an event is built.
    fn agree(&mut self, mut shapes: Vec<(usize, bool)>, steps: u64) -> bool {
        shapes.sort_unstable();
        self.spend(shapes.len() as u64);
        if let Some(&agree) = self.grounder.agreements.borrow().get(&shapes) {
            return agree;
        }
        let languages: Vec<(&Lang, bool)> =
            shapes.iter().filter_map(|&(atom, wanted)| self.language(atom).map(|lang| (lang, wanted))).collect();
        let before = self.steps.min(steps);
        let mut left = before;
        let found = if composed::is_met(&languages, &mut left) {
            Some(true)
        } else {
            match walker::find(&languages, &mut left) {
                Search::Found(_) => Some(true),
                Search::Empty => Some(false),
                // Another search may spend more.
                Search::TooComplex => None,
            }
        };
        self.spend(before - left);
        if let Some(agree) = found {
            self.grounder.agreements.borrow_mut().insert(shapes, agree);
        }
        found.unwrap_or(true)
    }

    /// Narrows the kinds of a place. False if none is left anywhere.
    fn restrict(&mut self, at: usize, to: Kinds) -> bool {
        let before = self.known[at].kinds;
        let kinds = before.and(to);
        if kinds == before {
            return true;
        }
        self.spend(1);
        self.known[at].kinds = kinds;
        self.changes.push(Change::Kinds(at, before));
        !kinds.is_empty() && self.spread(at)
    }

    /// A value has a parent that holds it, and what holds nothing has nothing below.
    fn spread(&mut self, at: usize) -> bool {
        let places = self.places;
        let place = places.place(at);
        let kinds = self.known[at].kinds;
        if let Some(parent) = place.parent
            && !kinds.has(Kind::Missing)
            && !self.restrict(parent, place.edge.container())
        {
            return false;
        }
        place
            .children
            .iter()
            .all(|&child| kinds.overlaps(places.place(child).edge.container()) || self.restrict(child, MISSING))
    }
}

fn is_text_of_number(word: &str) -> bool {
    word == INFINITY || (number::is_json(word) && number::text(word) == word)
}
