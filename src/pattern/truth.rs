//! Three-valued truth: what the service does not document is unknown, with the construct that made it so.

use super::Construct;

/// True, false, or not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    False,
    Unknown(Construct),
    True,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Truth {
    pub(super) fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown(construct) => Self::Unknown(construct),
            Self::True => Self::False,
        }
    }

    /// True if any is, else unknown if any is.
    pub(super) fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut answer = Self::False;
        for truth in truths {
            match truth {
                Self::True => return Self::True,
                Self::Unknown(_) if answer == Self::False => answer = truth,
                Self::Unknown(_) | Self::False => {}
            }
        }
        answer
    }

    /// False if any is, else unknown if any is.
    pub(super) fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        Self::any(truths.into_iter().map(Self::not)).not()
    }
}
