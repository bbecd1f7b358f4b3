//! Why templates could not be evaluated.

use super::tree::Broken;

/// Why templates could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unevaluated {
    /// Something in one of them is wrong.
    #[error("{file}: {broken}")]
    Broken {
        /// The file.
        file: String,
        /// What, and where.
        broken: Broken,
    },
    /// Conditions depend on too much that is not known.
    #[error("conditions depend on more values than can be tried: give some with --parameter: {0}")]
    TooMany(String),
}
