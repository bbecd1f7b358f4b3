//! CloudWatch Logs filter patterns: read one, evaluate it on an event, prove that some cover another.
//!
//! A metric filter's pattern decides which log events count. This module reads every form of the language, refuses
//! what the service refuses, and decides by meaning: two texts that match the same events are the same to it. The
//! answers are three-valued. Where AWS does not document a construct the answer is unknown, with the construct named.
//!
//! ```text
//! text ──parser──▶ tree ──matching, text──▶ does it match this event?
//!                    └────covers──────────▶ do these match every event that that one matches?  no: a witness
//! ```
//!
//! # The language
//!
//! The first character decides the form.
//!
//! ```text
//! pattern    = "" | json | columns | regex | terms
//! json       = "{" any "}"
//! any        = all { "||" all }           all = part { "&&" part }          part = "(" any ")" | test
//! test       = selector ( "=" | "!=" ) value | selector ( "<" | "<=" | ">" | ">=" ) number
//!            | selector IS ( NULL | TRUE | FALSE ) | selector NOT EXISTS
//! selector   = "$" ( ".name" | ".['any name']" | "[0]" | "[*]" | ".*" ) …
//! value      = "quoted" | %regex% | bare
//! columns    = "[" [ column { "," column } ] "]"        column = "..." | "" | name | name = value || name = value …
//! terms      = [ "?" | "-" ] ( word | "quoted" ) …
//! ```
//!
//! # Input safety
//!
//! Patterns and events may be hostile. Nothing panics, no recursion follows the depth of the input, and the work is
//! bounded: what would take too long is undecided.

use std::fmt;
use std::sync::Arc;

mod aims;
mod ast;
mod cloudtrail;
mod construct;
mod covers;
mod cursor;
mod error;
mod event;
mod explain;
mod formula;
mod kind;
mod lang;
mod matching;
mod model;
mod number;
mod parser;
mod places;
mod print;
mod regex;
mod solve;
mod span;
mod state;
mod text;
mod tokens;
mod walker;
mod wanted;
mod witness;

#[cfg(test)]
mod tests;

pub use self::aims::aims_at;
pub use self::construct::Construct;
pub use self::covers::{Candidate, Coverage, broader, covers, is_covered};
pub use self::error::{ErrorKind, ParseError};
pub use self::explain::{Line, explain};
pub use self::span::Span;
pub use self::witness::Witness;

/// The characters that CloudWatch Logs takes of a pattern at most (API reference, `PutMetricFilter`, `filterPattern`).
/// Longer ones are read and matched all the same, should that limit be raised.
pub const LONGEST: usize = 1_024;

use self::ast::Tree;
use self::event::Event;
use self::wanted::Wanted;

/// A filter pattern. Equal patterns are equal trees: spelling does not count. Clones share what was read.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: Arc<str>,
    tree: Arc<Tree>,
    /// What of an event a JSON pattern looks at.
    wanted: Arc<Wanted>,
}

impl Pattern {
    /// Reads the pattern of a *deployed* filter: the service accepted it once, so blanks round it are ignored.
    ///
    /// # Errors
    /// What the service would refuse, with kind and place.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let tree = parser::parse(text)?;
        let wanted = match &tree {
            Tree::Json(expr) => Wanted::of(expr),
            Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => Wanted::nothing(),
        };
        Ok(Self { source: cursor::trim(text).into(), tree: Arc::new(tree), wanted: Arc::new(wanted) })
    }

    /// The text it was read from, without blanks round it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates the pattern on the raw text of one log event.
    #[must_use]
    pub fn matches(&self, event: &str) -> Matched {
        match &*self.tree {
            Tree::Everything => Matched::Yes,
            Tree::Json(expr) => matching::examine(expr, &self.wanted, event).matched,
            Tree::Terms(terms) => text::terms(terms, event),
            Tree::Regex(regex) => text::regex(regex, event),
            Tree::Columns(columns) => text::columns(columns, event),
        }
    }

    /// Evaluates the pattern on the raw text of one log event, and tells whether that is a JSON object.
    #[must_use]
    pub fn examine(&self, event: &str) -> Examined {
        match &*self.tree {
            Tree::Json(expr) => matching::examine(expr, &self.wanted, event),
            _ => Examined { matched: self.matches(event), is_object: matching::is_object(event) },
        }
    }

    /// Evaluates the pattern on a log event of which is known that it is no JSON.
    #[must_use]
    pub fn on_plain_text(&self, event: &str) -> Matched {
        match &*self.tree {
            Tree::Json(_) => Matched::No,
            Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => self.matches(event),
        }
    }

    /// The one test for which the pattern does not match an event, in words, where it is one test and not a choice of
    /// several.
    #[must_use]
    pub fn unmet(&self, event: &str) -> Option<String> {
        let Tree::Json(expr) = &*self.tree else { return None };
        let event = Event::read(event, &self.wanted)?;
        let test = matching::unmet(expr, &event)?;
        let missing = if matching::is_missing(test, &event) {
            " does not hold where the field is missing"
        } else {
            " does not hold"
        };
        Some(format!("{test}{missing}"))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree
    }
}

/// The canonical text: parsing it gives an equal pattern.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.fmt(f)
    }
}

/// Whether a pattern matches an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matched {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It hangs on something that AWS does not document.
    Unknown(Construct),
}

/// What is to be said of a pattern and a log event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Whether the pattern matches.
    pub matched: Matched,
    /// Whether the event is a JSON object and nothing else.
    pub is_object: bool,
}

impl Matched {
    /// `No` if one is, else unknown if one is.
    fn all(parts: impl Iterator<Item = Self>) -> Self {
        let mut result = Self::Yes;
        for part in parts {
            match part {
                Self::No => return Self::No,
                Self::Unknown(_) if result == Self::Yes => result = part,
                Self::Unknown(_) | Self::Yes => {}
            }
        }
        result
    }

    /// `Yes` if one is, else unknown if one is.
    fn any(parts: impl Iterator<Item = Self>) -> Self {
        Self::all(parts.map(Self::not)).not()
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown(construct) => Self::Unknown(construct),
        }
    }
}
