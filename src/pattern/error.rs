//! Why a text is no filter pattern: a kind and a place, and the drawing of both.

use std::fmt;

/// A range of bytes in a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The pattern starts with `{` and does not end with the `}` that closes it.
    UnclosedBrace,
    /// Something follows the end of the pattern.
    TrailingText,
    /// A selector (`$.name`) was expected.
    ExpectedSelector,
    /// The selector is not one: `$` alone, `$[0]`, `$['a']`.
    BadSelector,
    /// A selector has more than one wildcard.
    TwoWildcards,
    /// An operator (`=`, `!=`, `<`, `IS`, `NOT EXISTS`, …) was expected.
    ExpectedOperator,
    /// A value was expected.
    ExpectedValue,
    /// `<`, `<=`, `>` and `>=` compare with numbers only.
    ExpectedNumber,
    /// `&&`, `||` or a closing bracket was expected.
    ExpectedConnective,
    /// A quoted text or a regular expression is not closed.
    Unclosed,
    /// A character that must stand in quotes.
    BadCharacter,
    /// The regular expression is not one that the service accepts.
    BadRegex,
    /// Brackets or a selector's steps go too deep to be followed.
    TooDeep,
    /// Far longer than the 1,024 characters that the service accepts.
    TooLong,
}

impl ErrorKind {
    fn words(self) -> &'static str {
        match self {
            Self::UnclosedBrace => "the pattern starts with '{' and must end with the '}' that closes it",
            Self::TrailingText => "nothing may follow here",
            Self::ExpectedSelector => "expected a selector such as $.eventName",
            Self::BadSelector => "not a selector: write $.name, $.list[0], $.list[*] or $.['a.b']",
            Self::TwoWildcards => "a selector can have one wildcard",
            Self::ExpectedOperator => "expected =, !=, <, <=, >, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS",
            Self::ExpectedValue => "expected a value",
            Self::ExpectedNumber => "<, <=, > and >= compare with an unquoted number",
            Self::ExpectedConnective => "expected && or || or a closing bracket",
            Self::Unclosed => "not closed",
            Self::BadCharacter => "this character must stand in quotes",
            Self::BadRegex => "not a regular expression that CloudWatch Logs accepts",
            Self::TooDeep => "too deep to be followed",
            Self::TooLong => "too long: CloudWatch Logs accepts 1,024 characters",
        }
    }
}

/// A text that is no filter pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    kind: ErrorKind,
    span: Span,
    pattern: String,
}

impl ParseError {
    pub(super) fn new(kind: ErrorKind, span: Span, pattern: &str) -> Self {
        Self { kind, span, pattern: pattern.to_owned() }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// The pattern with a mark under the place; a long one is shown around it only.
    #[must_use]
    pub fn caret(&self) -> String {
        const AROUND: usize = 30;
        let visible = |text: &str| -> String { text.chars().map(|c| if c.is_control() { '·' } else { c }).collect() };
        let before: Vec<char> = self.pattern.get(..self.span.start).unwrap_or(&self.pattern).chars().collect();
        let inside = self.pattern.get(self.span.start..self.span.end).unwrap_or_default();
        let after = self.pattern.get(self.span.end..).unwrap_or_default();
        let cut = before.len().saturating_sub(AROUND);
        let lead: String = before.iter().skip(cut).collect();
        let shown: String = inside.chars().take(AROUND).collect();
        let tail: String = after.chars().take(AROUND).collect();
        let dots = if cut > 0 { "…" } else { "" };
        let more = if after.chars().count() > AROUND { "…" } else { "" };
        let marks = "^".repeat(shown.chars().count().max(1));
        let indent = " ".repeat(dots.chars().count() + lead.chars().count());
        format!("  {dots}{}{}{}{more}\n  {indent}{marks}", visible(&lead), visible(&shown), visible(&tail))
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad filter pattern at character {}: {}", self.span.start + 1, self.kind.words())
    }
}

impl std::error::Error for ParseError {}
