//! The answers of an evaluation, three-valued, and how those of parts make that of a whole.

use crate::eval::construct::Construct;

/// Whether a pattern matches an event. There is no fourth answer, so that programs can be sure to have thought of all.
///
/// ```
/// use filter_pattern::{Matched, Pattern};
///
/// let pattern = Pattern::parse("{ $.name = \"*b\" }")?;
/// assert_eq!(pattern.matches(r#"{"name": "ab"}"#), Matched::Yes);
/// assert_eq!(pattern.matches(r#"{"name": "a"}"#), Matched::No);
/// // Whether a star is tried again after its text was found too early is not documented.
/// assert!(matches!(pattern.matches(r#"{"name": "abb"}"#), Matched::Unknown(_)));
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matched {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That depends on something that AWS does not document.
    Unknown(Construct),
}

/// What is to be reported about a pattern and a log event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Whether the pattern matches.
    pub matched: Matched,
    /// Whether the event is a JSON object and nothing else.
    pub is_object: bool,
}

impl Matched {
    /// `No` if one is, else unknown if one is.
    pub(crate) fn all(parts: impl Iterator<Item = Self>) -> Self {
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
    pub(crate) fn any(parts: impl Iterator<Item = Self>) -> Self {
        Self::all(parts.map(Self::not)).not()
    }

    pub(crate) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown(construct) => Self::Unknown(construct),
        }
    }
}
