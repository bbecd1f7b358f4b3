//! Sets of texts: what a string literal, a wildcard or a regular expression asks of a value.
//!
//! A test whose meaning is not documented is a set of *readings*, one [`Lang`] each: it holds where all of them hold,
//! fails where none holds, and is unknown between. `matching` asks a language about one text; `solve` walks several
//! at once as automata (`automaton`). Nothing here knows events or selectors.

use std::collections::BTreeSet;
use std::sync::Arc;

use memchr::memmem;

use crate::syntax::automaton::Automaton;

/// A set of texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Lang {
    /// No text.
    Nothing,
    /// Every text, the empty one included.
    Anything,
    /// This text.
    Exactly(String),
    /// One of these texts.
    OneOf(Words),
    /// The texts that start so.
    StartsWith(String),
    /// The texts that end so.
    EndsWith(String),
    /// The texts that hold this somewhere.
    Contains(String),
    /// The texts in which the pieces follow one another, each taken at its first occurrence.
    Leftmost(Leftmost),
    /// The texts in which a regular expression is found.
    Regex(Automaton),
}

/// Some texts. Copies share them, and are compared quickly.
#[derive(Debug, Clone)]
pub(crate) struct Words(Arc<BTreeSet<String>>);

impl Words {
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.0.contains(text)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(crate) fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// The text, where it is one.
    pub(crate) fn only(&self) -> Option<&str> {
        self.first().filter(|_| self.0.len() == 1)
    }
}

impl FromIterator<String> for Words {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        Self(Arc::new(texts.into_iter().collect()))
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for Words {}

impl std::hash::Hash for Words {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.0.len(), self.0.first()).hash(state);
    }
}

/// Pieces between stars, searched from the left with no second try (the one rule that explains all recorded answers).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Leftmost {
    /// A star precedes the first piece.
    pub(crate) open_start: bool,
    /// Not empty, and none of them empty.
    pub(crate) pieces: Vec<String>,
    /// A star follows the last piece.
    pub(crate) open_end: bool,
}

impl Leftmost {
    fn accepts(&self, text: &str) -> bool {
        let ends = self.open_end || self.pieces.last().is_none_or(|piece| text.ends_with(piece.as_str()));
        if !ends {
            return false;
        }
        let mut rest = text;
        for (i, piece) in self.pieces.iter().enumerate() {
            let at = if i == 0 && !self.open_start {
                rest.starts_with(piece.as_str()).then_some(0)
            } else {
                memmem::find(rest.as_bytes(), piece.as_bytes())
            };
            // Of texts in UTF-8 one is found in the other only where letters begin.
            let Some(behind) = at.and_then(|at| rest.get(at + piece.len()..)) else { return false };
            rest = behind;
        }
        self.open_end || rest.is_empty()
    }
}

impl Lang {
    /// What it takes to ask whether a text is in the set, beside what a comparison of texts takes.
    pub(crate) fn cost(&self) -> u64 {
        match self {
            Self::Regex(automaton) => 8 + automaton.dfa().get_nfa().states().len() as u64 / 8,
            _ => 1,
        }
    }

    /// Whether a text is not in the set by its first or last bytes alone.
    pub(crate) fn is_refused(&self, text: &[u8]) -> bool {
        match self {
            Self::Nothing => true,
            Self::StartsWith(prefix) => !text.starts_with(prefix.as_bytes()),
            Self::EndsWith(suffix) => !text.ends_with(suffix.as_bytes()),
            Self::Leftmost(Leftmost { open_start, pieces, open_end }) => {
                let begins = pieces.first().is_none_or(|piece| *open_start || text.starts_with(piece.as_bytes()));
                let ends = pieces.last().is_none_or(|piece| *open_end || text.ends_with(piece.as_bytes()));
                !(begins && ends)
            }
            Self::Anything | Self::Exactly(_) | Self::OneOf(_) | Self::Contains(_) | Self::Regex(_) => false,
        }
    }

    /// Whether `text` is in the set.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Anything => true,
            Self::Exactly(word) => text == word,
            Self::OneOf(words) => words.contains(text),
            Self::StartsWith(prefix) => text.starts_with(prefix.as_str()),
            Self::EndsWith(suffix) => text.ends_with(suffix.as_str()),
            Self::Contains(part) => memmem::find(text.as_bytes(), part.as_bytes()).is_some(),
            Self::Leftmost(pieces) => pieces.accepts(text),
            Self::Regex(automaton) => automaton.accepts(text),
        }
    }
}

/// Nothing is known about such a test.
pub(crate) fn undocumented() -> Vec<Lang> {
    vec![Lang::Nothing, Lang::Anything]
}

/// The readings of an equality with the literal `raw`, escapes as typed.
pub(crate) fn equality(raw: &str) -> Vec<Lang> {
    let Some(texts) = unescaped(raw) else {
        return undocumented();
    };
    let mut readings = Vec::new();
    for lang in texts.iter().flat_map(|text| wildcard_readings(text)) {
        if !readings.contains(&lang) {
            readings.push(lang);
        }
    }
    readings
}

/// The texts that a quoted literal may stand for: whether `\"` and `\\` are escapes is not documented. None if it
/// holds another escape.
pub(crate) fn unescaped(raw: &str) -> Option<Vec<String>> {
    if !raw.contains('\\') {
        return Some(vec![raw.to_owned()]);
    }
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped @ ('"' | '\\')) => text.push(escaped),
                _ => return None,
            },
            _ => text.push(c),
        }
    }
    Some(vec![text, raw.to_owned()])
}

fn wildcard_readings(text: &str) -> Vec<Lang> {
    if text.is_empty() {
        return vec![Lang::Exactly(String::new()), Lang::Nothing];
    }
    let pieces: Vec<String> = text.split('*').filter(|piece| !piece.is_empty()).map(str::to_owned).collect();
    if pieces.is_empty() {
        return vec![Lang::Anything];
    }
    let (open_start, open_end) = (text.starts_with('*'), text.ends_with('*'));
    let core = text.strip_prefix('*').unwrap_or(text);
    let core = core.strip_suffix('*').unwrap_or(core).to_owned();
    let has_inner = core.contains('*');
    // Only the stars at the ends count: the page of 2020.
    let literal = match (open_start, open_end) {
        (false, false) => Lang::Exactly(core),
        (false, true) => Lang::StartsWith(core),
        (true, false) => Lang::EndsWith(core),
        (true, true) => Lang::Contains(core),
    };
    if has_inner || (open_start && !open_end) {
        vec![literal, Lang::Leftmost(Leftmost { open_start, pieces, open_end })]
    } else {
        vec![literal]
    }
}
