//! One filter of several, as the questions about them see it.

use crate::eval::construct::Construct;
use crate::pattern::Pattern;
use crate::syntax::ast::Tree;

/// One deployed filter as coverage sees it.
///
/// ```
/// use filter_pattern::{Candidate, Coverage, EventModel, Pattern, covers};
///
/// let events = EventModel::default();
/// let pattern = Pattern::parse("{ $.a = 1 }")?;
/// let gated = Candidate::new(&pattern).gated("a filter that is switched off at night");
/// let Coverage::Undecided(why) = covers(&[gated], &pattern, &events) else { panic!("it is decided") };
/// assert_eq!(why.to_string(), "a filter that is switched off at night");
/// // The gate of one makes no difference where another is open.
/// let both = [Candidate::opaque("cannot be read".to_owned()), Candidate::new(&pattern)];
/// assert_eq!(covers(&both, &pattern, &events), Coverage::Covered);
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pub(super) pattern: Option<&'a Pattern>,
    pub(super) doubt: Option<Construct>,
    /// It was meant for something else.
    pub(super) is_aside: bool,
    /// It is no filter: somebody accepts that these events are missed.
    pub(super) is_excepted: bool,
}

impl<'a> Candidate<'a> {
    /// A filter that matches what its pattern matches.
    #[must_use]
    pub fn new(pattern: &'a Pattern) -> Self {
        Self { pattern: Some(pattern), doubt: None, is_aside: false, is_excepted: false }
    }

    /// The filter was meant for something else: what it matches does not escape, but nothing is said of why it does not
    /// match more ([`holes`](crate::holes)).
    #[must_use]
    pub fn aside(self) -> Self {
        Self { is_aside: true, ..self }
    }

    /// It is no filter, but what need not be matched: it counts as matched, nothing is said of why it does not match more, and
    /// the patterns of [`holes`](crate::holes) are without its events.
    #[must_use]
    pub fn excepted(self) -> Self {
        Self { is_aside: true, is_excepted: true, ..self }
    }

    /// The filter has a second gate whose outcome is not known: it matches if the pattern does and the gate is open.
    #[must_use]
    pub fn gated(self, why: &'static str) -> Self {
        Self { doubt: self.doubt.or_else(|| Some(Construct::new(why))), ..self }
    }

    /// A filter whose pattern could not be parsed: it may match anything.
    #[must_use]
    pub fn opaque(why: String) -> Self {
        Self { pattern: None, doubt: Some(Construct::new(why)), is_aside: false, is_excepted: false }
    }

    /// Whether it may match what its pattern does not say.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.doubt.is_some() || !matches!(self.tree(), Some(Tree::Json(_) | Tree::Everything))
    }

    pub(crate) fn tree(&self) -> Option<&'a Tree> {
        self.pattern.map(Pattern::tree)
    }
}
