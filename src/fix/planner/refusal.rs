//! Why nothing is planned for a control, in a line that says what could help.

use crate::finding::{Code, Reason};

/// Why nothing is planned for a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) why: String,
}

impl Refusal {
    pub(super) fn new(code: Code, why: impl Into<String>) -> Self {
        Self { code, why: why.into() }
    }

    /// What is wrong, and who or what could help.
    pub(super) fn of(reason: &Reason) -> Self {
        Self::new(reason.code, with_remedy(reason))
    }
}

/// What is wrong, and who or what could help.
pub(super) fn with_remedy(reason: &Reason) -> String {
    format!("{}; {}", reason.message(), remedy(reason))
}

/// A reason's remedy as part of a sentence.
pub(super) fn remedy(reason: &Reason) -> String {
    as_clause(&reason.remedy())
}

/// A sentence as part of another.
pub(super) fn as_clause(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        // An acronym, as AWS.
        (_, Some(second)) if second.is_uppercase() => sentence.to_owned(),
        (Some(first), _) => first.to_lowercase().chain(letters).collect(),
        (None, _) => String::new(),
    }
}
