//! What a regular expression is made of. Where dialects differ on something undocumented a set of characters has two
//! readings, a strict and a lenient one.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// What `$` may precede in some dialects, and `.` does not match.
pub(super) const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// One part of a concatenation.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// `^`
    Start,
    /// `$`
    End,
    /// A set of characters, repeated.
    Chars { set: Set, min: u32, max: Option<u32> },
}

/// A set of characters, in both readings.
#[derive(Debug, Clone)]
pub(super) struct Set {
    pub(super) strict: ClassUnicode,
    pub(super) lenient: ClassUnicode,
}

impl Set {
    pub(super) fn new(ranges: &[(char, char)]) -> Self {
        let class = class(ranges);
        Self { strict: class.clone(), lenient: class }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.strict.union(&other.strict);
        self.lenient.union(&other.lenient);
    }

    /// The complement. What is surely in becomes what is surely out, so the readings change places.
    pub(super) fn negated(mut self) -> Self {
        self.strict.negate();
        self.lenient.negate();
        Self { strict: self.lenient, lenient: self.strict }
    }

    pub(super) fn single(&self) -> Option<char> {
        match (self.strict.ranges(), self.strict == self.lenient) {
            ([range], true) if range.start() == range.end() => Some(range.start()),
            _ => None,
        }
    }
}

/// The characters in these ranges, ends included.
pub(super) fn class(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|&(start, end)| ClassUnicodeRange::new(start, end)))
}

/// What the parser read.
pub(super) struct Syntax {
    pub(super) alternatives: Vec<Vec<Item>>,
    /// Holds something whose meaning differs between dialects.
    pub(super) is_vague: bool,
}
