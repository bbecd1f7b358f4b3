//! What makes an answer undecided: the construct whose meaning is not documented, in words for a report.

use std::borrow::Cow;
use std::fmt;

/// A construct that keeps a question from being decided. Compares and sorts by its words, then by the text it names.
///
/// ```
/// use filter_pattern::{Matched, Pattern};
///
/// let pattern = Pattern::parse("{ $.size > 1e999 }")?;
/// let Matched::Unknown(construct) = pattern.matches(r#"{"size": 5}"#) else { panic!("it is known") };
/// assert_eq!(construct.words(), "a comparison with a number beyond a double");
/// assert_eq!(construct.text(), Some("$.size > 1e999"));
/// assert_eq!(construct.to_string(), format!("{}: $.size > 1e999", construct.words()));
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Construct {
    words: Cow<'static, str>,
    text: Option<String>,
}

impl Construct {
    /// A construct that stands for itself.
    pub(crate) fn new(words: impl Into<Cow<'static, str>>) -> Self {
        Self { words: words.into(), text: None }
    }

    /// A construct of which `text` is an instance.
    pub(crate) fn with_text(words: &'static str, text: impl fmt::Display) -> Self {
        Self { words: Cow::Borrowed(words), text: Some(text.to_string()) }
    }

    /// The construct in words, without the text at hand.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The part of the pattern, canonically spelt, that is such a construct.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

impl fmt::Display for Construct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => write!(f, "{}: {text}", self.words),
            None => f.write_str(&self.words),
        }
    }
}
