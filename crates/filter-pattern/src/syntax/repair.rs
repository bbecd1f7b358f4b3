//! What a refused text was before it was copied: faults of copying and of other languages, undone. Nothing here decides
//! what is a pattern: the parser does, and a repair that it refuses is none. Must not repair silently: what the service
//! refuses stays refused, and the repair is an offer beside the error.
//!
//! Each step walks over the text a bounded number of times, and keeps for every letter where in the refused text it
//! was, so that faults have places there:
//!
//! 1. `undo` reverts what was done to the text as a whole: escapes, entities, foreign blanks, quotes round all of it.
//! 2. `json` and `lists` read what is left by the grammar, and write down what was meant where it differs.

use crate::syntax::cursor;
use crate::syntax::error::ParseError;
use crate::syntax::parser;

use self::fault::{Fault, Faults};
use self::repairer::Repairer;

pub(crate) mod fault;
mod json;
mod letters;
mod lists;
mod repairer;
mod undo;

/// What a refused text was probably meant to be. It is an offer: the author has to say that it is right.
///
/// ```
/// use filter_pattern::{FaultKind, Pattern};
///
/// let refused = r#"{ ($.action == \"delete\") AND $.by NOT EXISTS }"#;
/// let repair = Pattern::parse(refused).unwrap_err().repair().expect("it can be repaired");
/// assert_eq!(repair.pattern(), r#"{ ($.action = "delete") && $.by NOT EXISTS }"#);
/// assert!(Pattern::parse(repair.pattern()).is_ok());
///
/// let faults: Vec<_> = repair.faults().iter().map(|fault| (fault.kind(), &refused[fault.span().range()])).collect();
/// assert_eq!(
///     faults,
///     [(FaultKind::ForeignOperator, "=="), (FaultKind::EscapedText, "\\"), (FaultKind::ForeignConnective, "AND")]
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    pattern: String,
    faults: Vec<Fault>,
}

impl Repair {
    /// The repaired text, on one line. It parses, and differs from the refused one.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// What was wrong, one of a kind, in the order of the refused text. There is at least one.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// All faults in words, on one line.
    ///
    /// ```
    /// use filter_pattern::Pattern;
    ///
    /// let repair = Pattern::parse("{ $.a == 1 &amp;&amp; $.b = 2 }").unwrap_err().repair().expect("it can be repaired");
    /// assert_eq!(repair.words(), "an operator of another language, such as == for =; HTML entities, such as &amp; for &");
    /// ```
    #[must_use]
    pub fn words(&self) -> String {
        let words: Vec<String> = self.faults.iter().map(ToString::to_string).collect();
        words.join("; ")
    }
}

impl ParseError {
    /// The pattern that was probably meant, where the text has only faults that copying it leaves behind, or that come
    /// from another language. `None` where it is unclear what was meant.
    ///
    /// ```
    /// use filter_pattern::Pattern;
    ///
    /// let error = Pattern::parse("{ $.by = “ann” }").unwrap_err();
    /// let repair = error.repair().expect("it can be repaired");
    /// assert_eq!(repair.pattern(), r#"{ $.by = "ann" }"#);
    /// assert_eq!(repair.words(), "typographic quotes in place of straight ones");
    ///
    /// // Which of the two was meant to be in brackets?
    /// assert_eq!(Pattern::parse("{ ($.a = 1 || $.b = 2 && $.c = 3 }").unwrap_err().repair(), None);
    /// ```
    #[must_use]
    pub fn repair(&self) -> Option<Repair> {
        let text = self.pattern();
        if text.len() > parser::MAX_BYTES {
            return None;
        }
        let mut faults = Faults::default();
        let letters = undo::undo(&letters::letters(text), &mut faults);
        let (pattern, faults) = Repairer::new(&letters, text.len(), faults).repaired()?;
        let is_one = pattern != cursor::trim(text) && parser::parse(&pattern).is_ok();
        let faults = faults.in_order();
        (is_one && !faults.is_empty()).then_some(Repair { pattern, faults })
    }
}
