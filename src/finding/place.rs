//! Where in a file that what a finding is about is written: of a template or a plan, for an account that is read live has
//! no file.
//!
//! It says nothing of why the place is named, and is no part of what a finding keeps from one report to the next: lines
//! move with every edit. How a place is shown is for [`crate::report`].

use std::ops::Range;

/// A place in a file. Its texts are the file's, byte for byte: hostile until escaped for where they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The character in the line, from 1.
    pub column: Option<u32>,
    /// The resource in the file: a logical id (`TrailLogGroup`) or an address (`aws_sns_topic.alerts`).
    pub address: Option<String>,
    /// What is written there. `None`: the file is not at hand.
    pub excerpt: Option<Excerpt>,
}

/// A line of a text, and what of it is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, without its end.
    pub line: String,
    /// Characters of the line, from 0: at least one stretch, none empty.
    pub marks: Vec<Range<usize>>,
    /// Whether the marks are the tests of a pattern that exclude the example event.
    pub shows_tests: bool,
}

impl Place {
    /// `template.yaml:12:5`, as editors and terminals take it; without what is not known.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", self.file),
            (Some(line), None) => format!("{}:{line}", self.file),
            // A column of no line is nowhere.
            (None, _) => self.file.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        for (line, column, words) in [
            (Some(12), Some(5), "template.yaml:12:5"),
            (Some(12), None, "template.yaml:12"),
            (None, Some(5), "template.yaml"),
            (None, None, "template.yaml"),
        ] {
            assert_eq!(
                Place { file: "template.yaml".to_owned(), line, column, address: None, excerpt: None }.words(),
                words
            );
        }
    }
}
