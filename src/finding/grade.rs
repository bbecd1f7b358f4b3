//! How grave it is what a code says.

/// How grave a code is wherever it occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// No one can be notified: the control fails.
    Broken,
    /// A subscriber is notified, but not of every such event.
    Weak,
    /// Could not be read or decided.
    Unverified,
    /// Worth knowing, and no defect.
    Note,
}

impl Grade {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Weak => "weak",
            Self::Unverified => "unverified",
            Self::Note => "note",
        }
    }
}
