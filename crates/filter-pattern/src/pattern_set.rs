//! Several patterns that are asked about the same events: an event that none of them can match is not read, and every other
//! one is read once. The answers are those of each pattern by itself.

use crate::eval::matching::{Reading, is_object};
use crate::eval::outcome::Matched;
use crate::eval::wanted::Wanted;
use crate::pattern::Pattern;
use crate::prefilter::{Left, Prefilter};
use crate::syntax::ast::Tree;

/// Several patterns, evaluated together.
///
/// ```
/// use filter_pattern::{Matched, Pattern, PatternSet};
///
/// let set = PatternSet::new(vec![Pattern::parse("{ $.name = st* }")?, Pattern::parse("{ $.code = 4 }")?]);
/// let event = r#"{"name": "stop", "code": 5}"#;
/// let left = set.prefilter().left(event.as_bytes());
/// let examined = set.examine(event, left);
/// assert_eq!(examined.matched, [Matched::Yes, Matched::No]);
/// assert!(examined.is_object);
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PatternSet {
    patterns: Vec<Pattern>,
    prefilter: Prefilter,
    wanted: Wanted,
}

impl PatternSet {
    /// Of these patterns.
    #[must_use]
    pub fn new(patterns: Vec<Pattern>) -> Self {
        let exprs = patterns.iter().filter_map(|pattern| match pattern.tree() {
            Tree::Json(expr) => Some(expr),
            Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => None,
        });
        let wanted = Wanted::of_all(exprs);
        Self { prefilter: Prefilter::new(&patterns), wanted, patterns }
    }

    /// The patterns, in the order in which they were given.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Which of them can match an event at all.
    #[must_use]
    pub fn prefilter(&self) -> &Prefilter {
        &self.prefilter
    }

    /// What each of them says of an event; those that are not left do not match it.
    #[must_use]
    pub fn examine(&self, event: &str, left: Left) -> ExaminedBySet {
        let mut reading = None;
        let matches = |(place, pattern): (usize, &Pattern)| match pattern.tree() {
            _ if !left.has(place) => Matched::No,
            Tree::Json(expr) => reading.get_or_insert_with(|| Reading::new(event, &self.wanted)).examine(expr).matched,
            Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => pattern.matches(event),
        };
        let matched = self.patterns.iter().enumerate().map(matches).collect();
        let is_object = reading.map_or_else(|| is_object(event), |reading| !matches!(reading, Reading::Other));
        ExaminedBySet { matched, is_object }
    }
}

/// What is to be reported about several patterns and a log event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExaminedBySet {
    /// Whether each pattern matches, in the order in which they were given.
    pub matched: Vec<Matched>,
    /// Whether the event is a JSON object and nothing else. Of one of more than a megabyte only the ends are looked at.
    pub is_object: bool,
}
