//! What is wrong with rule files.

use thiserror::Error;

/// A line, to precede its field.
fn at(line: &Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}, "))
}

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
    #[error("{file}: {}field {field}: {message}", at(.line))]
    Field {
        /// The file's name.
        file: String,
        /// The line of the field, from 1, where it has one.
        line: Option<usize>,
        /// The field.
        field: &'static str,
        /// What is wrong.
        message: String,
    },
    /// Two files say the same of what must be unique.
    #[error("{file}: {}field {field}: {value} is {other}'s already", at(.line))]
    Duplicate {
        /// The file's name.
        file: String,
        /// The line of the field, from 1, where it has one.
        line: Option<usize>,
        /// `id`, `slug` or `metric_name`.
        field: &'static str,
        /// The value.
        value: String,
        /// The file that has it too.
        other: String,
    },
}
