//! What a control is called: its number in the benchmark, or an id of one's own.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// What a control is called. Ordered by its parts, so that `3.10` follows `3.9`; ids of one's own follow the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleId {
    /// A number as the benchmark gives them: `3.4`.
    Number {
        /// The benchmark's section.
        section: u8,
        /// The number in the section.
        number: u8,
    },
    /// An id of one's own: `ACME-1`.
    Own(OwnId),
}

/// An id of one's own: a letter, then letters, digits, `-` and `_`. Two that differ in letter case alone are the same, as
/// slugs are; digits are ordered by their number, so that `ACME-10` follows `ACME-9`.
#[derive(Clone, Copy)]
pub struct OwnId {
    /// ASCII letters, then zeros.
    letters: [u8; Self::LONGEST],
}

impl RuleId {
    /// What ids look like, as a sentence's end.
    pub(super) const EXPECTED: &str = "must be a number such as \"3.4\", or an id of your own such as \"ACME-1\": a letter, \
                                       then letters, digits, - and _, at most 32 characters";

    /// Reads `3.4` or `ACME-1`. `None` if it is neither two numbers joined by a dot nor an id of one's own.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Some((section, number)) = text.split_once('.') else { return OwnId::parse(text).map(Self::Own) };
        let part =
            |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        Some(Self::Number { section: part(section)?, number: part(number)? })
    }

    /// Whether another one is the next number of the same section.
    #[must_use]
    pub fn is_followed_by(self, other: Self) -> bool {
        match (self, other) {
            (Self::Number { section, number }, Self::Number { section: same, number: next }) => {
                section == same && number.checked_add(1) == Some(next)
            }
            (Self::Own(_), _) | (_, Self::Own(_)) => false,
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Through `pad`, so that tables can align it.
        match self {
            Self::Number { section, number } => f.pad(&format!("{section}.{number}")),
            Self::Own(id) => f.pad(id.as_str()),
        }
    }
}

impl OwnId {
    /// The most characters of one.
    pub const LONGEST: usize = 32;

    fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if !text.starts_with(|first: char| first.is_ascii_alphabetic()) || !text.bytes().all(fits) {
            return None;
        }
        let mut letters = [0; Self::LONGEST];
        letters.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { letters })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.letters.split(|byte| *byte == 0).next().unwrap_or_default();
        // It was made of text.
        std::str::from_utf8(text).unwrap_or_default()
    }

    fn lower(&self) -> [u8; Self::LONGEST] {
        self.letters.map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for OwnId {
    fn eq(&self, other: &Self) -> bool {
        self.lower() == other.lower()
    }
}

impl Eq for OwnId {}

impl Hash for OwnId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lower().hash(state);
    }
}

impl Ord for OwnId {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, other) = (self.lower(), other.lower());
        // Of what differs in leading zeros alone the letters decide.
        by_numbers(&one, &other).then_with(|| one.cmp(&other))
    }
}

impl PartialOrd for OwnId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for OwnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// Compares letter by letter, and where both have digits, number by number.
fn by_numbers(mut one: &[u8], mut other: &[u8]) -> Ordering {
    while let ([first, ..], [second, ..]) = (one, other) {
        let (part, length) = if first.is_ascii_digit() && second.is_ascii_digit() {
            let ((number, rest), (with, left)) = (number_of(one), number_of(other));
            (one, other) = (rest, left);
            (number.cmp(with), number.len().cmp(&with.len()))
        } else {
            let order = first.cmp(second);
            (one, other) = (one.get(1..).unwrap_or_default(), other.get(1..).unwrap_or_default());
            (order, Ordering::Equal)
        };
        // Of two numbers without leading zeros the longer one is greater.
        let order = length.then(part);
        if order != Ordering::Equal {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

/// The digits that a text begins with, without leading zeros, and what follows them.
fn number_of(text: &[u8]) -> (&[u8], &[u8]) {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at_checked(digits).unwrap_or((text, &[]));
    let zeros = number.iter().take_while(|byte| **byte == b'0').count();
    (number.get(zeros..).unwrap_or_default(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RuleId {
        RuleId::parse(text).expect(text)
    }

    #[test]
    fn an_id_is_a_number_or_a_name_of_ones_own() {
        for text in ["3.4", "3.10", "255.0", "ACME-1", "a", "Root_Use-2", "iam-policy-changes", &"x".repeat(32)] {
            assert_eq!(id(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        let long = "x".repeat(33);
        let hostile = ["\u{1b}[2J", "a\nb", "../x", "a b", "a'b", "é", "1-ACME", "-a", "_a", "a.b", "3.4.5", "3.", "."];
        for text in hostile.into_iter().chain(["", "34", "3.256", "3,4", "a\0", &long]) {
            assert_eq!(RuleId::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn ids_of_ones_own_follow_the_numbers_and_their_digits_count() {
        let mut ids = ["ACME-10", "zeta", "3.10", "acme-9", "3.9", "ACME-1b", "Beta-2", "ACME-1", "255.255"].map(id);
        ids.sort_unstable();
        let shown = ids.map(|id| id.to_string());
        assert_eq!(shown, ["3.9", "3.10", "255.255", "ACME-1", "ACME-1b", "acme-9", "ACME-10", "Beta-2", "zeta"]);
    }

    #[test]
    fn letter_case_makes_no_other_id_and_zeros_do() {
        assert_eq!(id("ACME-1"), id("acme-1"));
        assert_eq!(id("ACME-1").cmp(&id("acme-1")), Ordering::Equal);
        assert_ne!(id("ACME-1"), id("ACME-01"));
        assert_ne!(id("ACME-1").cmp(&id("ACME-01")), Ordering::Equal);
    }
}
