//! What can be wrong with rule files, said so that the author finds the place.

use std::fmt;
use std::io;

use thiserror::Error;

use crate::pattern::ParseError;

/// Why rules could not be loaded. Every message names the file; most name the field, and the line and column.
#[derive(Debug, Error)]
pub enum RuleError {
    /// The directory could not be listed.
    #[error("cannot read the rules in {dir}: {source}")]
    Directory {
        /// The directory that was asked for.
        dir: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is no rule in the directory.
    #[error("{dir} holds no rule: a rule is a file that ends in .toml (see rules/README.md)")]
    NoRule {
        /// The directory that was asked for.
        dir: String,
    },
    /// A file could not be read.
    #[error("{file}: cannot read it: {source}")]
    Read {
        /// The rule file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// Not TOML, a field too many or too few, or a value of the wrong type.
    #[error("{place}: {}{message}", of_field(.field, .message))]
    Shape {
        /// Where.
        place: Place,
        /// The field, where it is about one.
        field: String,
        /// What is wrong there.
        message: String,
    },
    /// The value of a field is of the right type and still not one.
    #[error("{place}: field `{field}`: {problem}")]
    Field {
        /// Where the value stands.
        place: Place,
        /// The field.
        field: &'static str,
        /// What is wrong with the value.
        problem: String,
    },
    /// A filter pattern does not parse.
    #[error("{place}: field `{field}`: {source}\n{}", source.caret())]
    Pattern {
        /// Where the value stands.
        place: Place,
        /// `pattern` or `requires`.
        field: &'static str,
        /// What is wrong with the pattern, and where in it.
        source: ParseError,
    },
    /// The rule's own pattern would not satisfy the rule.
    #[error("{place}: field `pattern`: it misses an event that `requires` demands: {event}")]
    Misses {
        /// Where the pattern stands.
        place: Place,
        /// The event, as compact JSON.
        event: String,
    },
    /// Whether the rule's own pattern satisfies the rule cannot be decided.
    #[error("{place}: field `pattern`: whether it covers `requires` cannot be decided: {construct}")]
    Undecided {
        /// Where the pattern stands.
        place: Place,
        /// What stands in the way.
        construct: String,
    },
    /// Two files claim the same number or the same name.
    #[error("{second}: field `{field}`: `{value}` is taken by {first}")]
    Duplicate {
        /// `id` or `slug`.
        field: &'static str,
        /// The value that both have.
        value: String,
        /// The file that has it first, by name.
        first: String,
        /// The other one.
        second: Place,
    },
}

/// A place in a rule file. Displays as `FILE:LINE:COLUMN`, which editors open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file's name as it was given.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
}

impl Place {
    /// The place of a byte in a file's text.
    pub(super) fn of(file: &str, text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        Self { file: file.to_owned(), line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// The field, unless the message names it already.
fn of_field(field: &str, message: &str) -> String {
    if field.is_empty() || message.contains(&format!("`{field}`")) {
        String::new()
    } else {
        format!("field `{field}`: ")
    }
}
