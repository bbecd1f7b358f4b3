//! A position in a pattern's text. Bytes, half open, always on character boundaries.

use std::ops::Range;

/// A stretch of a pattern's text, in bytes.
///
/// ```
/// use filter_pattern::{Pattern, Span};
///
/// let text = "{ $.a = 'x' }";
/// let error = Pattern::parse(text).unwrap_err();
/// assert_eq!(error.span(), Span::new(8, 9));
/// assert_eq!(&text[error.span().range()], "'");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// From `start` up to `end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The bytes as a range, to index text with.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}
