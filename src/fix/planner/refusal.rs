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
    pub(super) fn from_reason(reason: &Reason) -> Self {
        Self::new(reason.code(), with_remedy(reason))
    }
}

/// What is wrong, and who or what could help.
pub(super) fn with_remedy(reason: &Reason) -> String {
    format!("{}; {}", reason.message(), reason.remedy_clause())
}
