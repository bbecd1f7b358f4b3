//! The truth of one test, three-valued, and the words for each way in which it can be unknown.

use crate::syntax::ast::{Number, Order};
use crate::syntax::lang::Lang;
use crate::syntax::number::Num;

/// A truth value; what is unknown has its reason in words.
#[derive(Clone, Copy)]
pub(crate) enum Truth {
    Yes,
    No,
    Unknown(&'static str),
}

impl Truth {
    pub(super) fn from_bool(truth: bool) -> Self {
        if truth { Self::Yes } else { Self::No }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown(_) => self,
        }
    }

    /// Whether one of them is true.
    pub(super) fn any(truths: impl Iterator<Item = Self>) -> Self {
        let mut result = Self::No;
        for truth in truths {
            match truth {
                Self::Yes => return Self::Yes,
                Self::Unknown(_) => result = truth,
                Self::No => {}
            }
        }
        result
    }
}

/// The words for each way a test can be unknown; `covers` names the same constructs with the same words.
pub(crate) mod words {
    pub(crate) const TEXT: &str = "a wildcard, escape or regular expression whose meaning is not documented";
    pub(crate) const INFINITY: &str = "the text of a number too large for a double";
    pub(crate) const HUGE_LITERAL: &str = "a comparison with a number beyond a double";
    pub(crate) const NULL_INSIDE: &str = "IS NULL on an object or element that contains a null";
    pub(crate) const STATE_EACH: &str = "IS TRUE or IS FALSE on a wildcard selector";
    pub(crate) const SOME_MISSING: &str = "NOT EXISTS where only some elements lack the field";
    pub(crate) const DUPLICATE: &str = "a selector through a duplicate key";
    pub(crate) const SURROGATE: &str = "a text with half a surrogate pair";
}

/// Whether a number is on this side of a literal. Where that is too small for a double, it may be exact or a zero:
/// recorded is only `>`, on which both agree.
pub(super) fn ordered(order: Order, value: &Num, literal: &Number) -> Truth {
    let holds = |literal: &Num| order.holds(value.compare(literal));
    match literal.value() {
        tiny @ Num::Tiny { .. } if holds(tiny) == holds(&Num::Double(0.0)) => Truth::from_bool(holds(tiny)),
        beyond if beyond.is_infinite() => Truth::Unknown(words::HUGE_LITERAL),
        literal => Truth::from_bool(holds(literal)),
    }
}

/// Whether the readings of a test agree on a text.
pub(crate) fn read(readings: &[Lang], text: &str) -> Truth {
    let mut answers = readings.iter().map(|lang| lang.accepts(text));
    match answers.next() {
        Some(first) if answers.all(|answer| answer == first) => Truth::from_bool(first),
        _ => Truth::Unknown(words::TEXT),
    }
}
