//! Who may read a file that is written: one word of the caller's, which each way of writing asks for. It says what is
//! wanted; what a file then gets is for `owner` and for the one that makes it.

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Those who could read it before; of a new one, those whom the user's mask leaves.
    AsBefore,
    /// Its owner.
    Owner,
}
