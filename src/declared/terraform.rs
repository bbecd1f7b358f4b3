//! Terraform and OpenTofu plans and states, as `terraform show -json` writes them: what they declare.

pub use kind::{Kind, resembles};

mod kind;

/// The most bytes of a plan or state that are read.
pub const MOST_BYTES: usize = 256 << 20;

/// A plan or state, not yet read.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file, as it was named.
    pub file: String,
    /// Which of the two it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
}
