//! A pattern as programs hold it: read once, evaluated on many events. What it means is the business of `eval`, what
//! follows from it that of `prove`.

use std::fmt;
use std::sync::Arc;

use crate::eval::event::Event;
use crate::eval::outcome::{Examined, Matched};
use crate::eval::wanted::Wanted;
use crate::eval::{matching, text};
use crate::syntax;
use crate::syntax::ast::Tree;
use crate::syntax::error::ParseError;

/// The characters that CloudWatch Logs takes of a pattern at most (API reference, `PutMetricFilter`, `filterPattern`).
/// Longer ones are read and matched all the same, should that limit be raised.
pub const LONGEST: usize = 1_024;

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
        Ok(Self::with_tree(syntax::cursor::trim(text), syntax::parser::parse(text)?))
    }

    /// The pattern of a tree.
    pub(crate) fn with_tree(source: &str, tree: Tree) -> Self {
        let wanted = match &tree {
            Tree::Json(expr) => Wanted::of(expr),
            Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => Wanted::nothing(),
        };
        Self { source: source.into(), tree: Arc::new(tree), wanted: Arc::new(wanted) }
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
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
