//! CloudWatch Logs filter patterns: read one, evaluate it on an event, prove that some cover another.
//!
//! Stand-in with the interface of the engine; it knows no pattern language.

use std::fmt;

/// stub
#[derive(Debug, Clone)]
pub struct Pattern(String);
/// stub
#[derive(Debug, Clone)]
pub struct Witness(serde_json::Value);
/// stub
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Construct;
/// stub
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(String);
/// stub
#[derive(Debug)]
pub enum Coverage {
    /// stub
    Covered,
    /// stub
    Missed(Witness),
    /// stub
    Undecided(Construct),
}
/// stub
#[derive(Debug)]
pub struct Candidate;

impl fmt::Display for Construct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stub")
    }
}
impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for ParseError {}
impl ParseError {
    /// stub
    #[must_use]
    pub fn caret(&self) -> String {
        String::new()
    }
}
impl Witness {
    /// stub
    #[must_use]
    pub fn event(&self) -> &serde_json::Value {
        &self.0
    }
}
impl Pattern {
    /// stub
    ///
    /// # Errors
    /// stub
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.trim_start().starts_with('{') { Ok(Self(text.to_owned())) } else { Err(ParseError("stub".to_owned())) }
    }
    /// stub
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0
    }
}
impl Candidate {
    /// stub
    #[must_use]
    pub fn new(_: &Pattern) -> Self {
        Self
    }
}
/// stub
#[must_use]
pub fn covers(_: &[Candidate], _: &Pattern) -> Coverage {
    Coverage::Covered
}
