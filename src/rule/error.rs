//! What is wrong with rule files.

use thiserror::Error;

/// Why rules could not be loaded.
#[derive(Debug, Error)]
pub enum RuleError {
    /// Not TOML, or not of a rule's shape.
    #[error("{file}: {message}")]
    Shape {
        /// The file's name.
        file: String,
        /// Place, field and what is wrong.
        message: String,
    },
    /// A field's value is not one that a rule can have.
    #[error("{file}: field {field}: {message}")]
    Field {
        /// The file's name.
        file: String,
        /// The field.
        field: &'static str,
        /// What is wrong.
        message: String,
    },
    /// Two files say the same of what must be unique.
    #[error("{file}: field {field}: {value} is {other}'s already")]
    Duplicate {
        /// The file's name.
        file: String,
        /// `id` or `slug`.
        field: &'static str,
        /// The value.
        value: String,
        /// The file that has it too.
        other: String,
    },
}
