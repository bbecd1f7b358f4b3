//! Why a text is not a filter pattern, and where. The kinds are what tests and programs compare; the words are for
//! people. Nothing here knows a terminal: [`ParseError::caret`] is plain text of bounded width.

use std::fmt;

use crate::syntax::span::Span;

/// The widest excerpt of a pattern that [`ParseError::caret`] shows, in characters.
const WINDOW: usize = 72;

/// A text that CloudWatch Logs would not accept as a filter pattern.
///
/// ```
/// use filter_pattern::{ErrorKind, Pattern};
///
/// let error = Pattern::parse("{ $.a = x || $.b }").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::ExpectedOperator);
/// assert_eq!(&error.pattern()[error.span().range()], "}");
/// assert_eq!(error.caret(), "  { $.a = x || $.b }\n                   ^");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    kind: ErrorKind,
    span: Span,
    pattern: String,
}

/// A kind and its place, before the pattern's text is attached.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) span: Span,
}

impl Fault {
    pub(crate) fn new(kind: ErrorKind, start: usize, end: usize) -> Self {
        Self { kind, span: Span::new(start, end) }
    }

    pub(crate) fn in_pattern(self, pattern: &str) -> ParseError {
        ParseError { kind: self.kind, span: self.span, pattern: pattern.to_owned() }
    }
}

/// What is wrong with a pattern. More kinds may follow, each with its words:
///
/// ```
/// use filter_pattern::{ErrorKind, Pattern};
///
/// let kind = Pattern::parse("{ $.a = NULL }").unwrap_err().kind();
/// assert_eq!(kind, ErrorKind::NullValue);
/// assert_eq!(kind.to_string(), "null is not a value, use IS NULL");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Far longer than the 1,024 characters that CloudWatch Logs stores.
    TooLong,
    /// More brackets inside each other than a stored pattern has room for.
    TooDeep,
    /// A pattern that starts with `{` does not end with `}`.
    UnclosedBrace,
    /// A `(` has no `)`.
    UnclosedGroup,
    /// A `)` has no `(`.
    UnopenedGroup,
    /// Text after the end of the pattern.
    TrailingText,
    /// Expected a selector such as `$.eventName`.
    ExpectedSelector,
    /// A selector without a name after `$`, or with a step that is none.
    InvalidSelector,
    /// More than one `[*]` or `.*` in one selector.
    SelectorWildcards,
    /// More than three selectors with a wildcard.
    WildcardSelectors,
    /// Expected `=`, `!=`, `<`, `<=`, `>`, `>=`, `IS` or `NOT EXISTS`.
    ExpectedOperator,
    /// An operator of another language, such as `==` or `AND`.
    UnknownOperator,
    /// Expected `&&`, `||` or the end.
    ExpectedConnective,
    /// `NULL`, `TRUE` or `FALSE` should follow `IS`; `IS NOT` is not supported.
    ExpectedState,
    /// `EXISTS` should follow `NOT`.
    ExpectedExists,
    /// Expected a value.
    ExpectedValue,
    /// `<`, `<=`, `>` and `>=` take a number.
    ExpectedNumber,
    /// `null` is no value; `IS NULL` asks for it.
    NullValue,
    /// An exponent beyond 32 bits.
    ExponentTooLarge,
    /// A character that needs quotes, or is not part of the language.
    InvalidCharacter,
    /// Single quotes do not enclose values.
    SingleQuotes,
    /// A `"` has no partner.
    UnclosedQuote,
    /// `""` is no term.
    EmptyTerm,
    /// A `?` or `-` with no term after it.
    ExpectedTerm,
    /// Two terms without a blank between them.
    ExpectedBlank,
    /// A `%` has no partner.
    UnclosedRegex,
    /// `%%` is no regular expression.
    EmptyRegex,
    /// More than two regular expressions.
    TooManyRegexes,
    /// A character that regular expressions may not hold here.
    RegexCharacter,
    /// An escape that is not supported.
    RegexEscape,
    /// A `[…]` that is not closed, is empty or has its ends reversed.
    RegexClass,
    /// A repetition of nothing, of a repetition, or with its bounds reversed.
    RegexRepetition,
    /// A pattern that starts with `[` does not end with `]`.
    UnclosedColumns,
    /// Expected a column's name.
    ExpectedColumn,
    /// Two columns of one name.
    DuplicateColumn,
    /// More than one `...`.
    DuplicateEllipsis,
    /// A column's condition that names another column.
    ForeignColumn,
}

impl ErrorKind {
    fn words(self) -> &'static str {
        match self {
            Self::TooLong => "the pattern is too long",
            Self::TooDeep => "too many brackets inside each other",
            Self::UnclosedBrace => "a pattern that starts with '{' must end with '}'",
            Self::UnclosedGroup => "this '(' is not closed",
            Self::UnopenedGroup => "this ')' closes nothing",
            Self::TrailingText => "text after the end of the pattern",
            Self::ExpectedSelector => "expected a selector such as $.eventName",
            Self::InvalidSelector => "not a selector",
            Self::SelectorWildcards => "a selector may hold one wildcard",
            Self::WildcardSelectors => "a pattern may hold three selectors with a wildcard",
            Self::ExpectedOperator => "expected =, !=, <, <=, >, >=, IS or NOT EXISTS",
            Self::UnknownOperator => "not an operator of filter patterns",
            Self::ExpectedConnective => "expected && or ||",
            Self::ExpectedState => "expected NULL, TRUE or FALSE",
            Self::ExpectedExists => "expected EXISTS",
            Self::ExpectedValue => "expected a value",
            Self::ExpectedNumber => "this operator takes a number",
            Self::NullValue => "null is not a value, use IS NULL",
            Self::ExponentTooLarge => "the exponent is too large",
            Self::InvalidCharacter => "a character that needs double quotes",
            Self::SingleQuotes => "values are enclosed in double quotes",
            Self::UnclosedQuote => "this quote is not closed",
            Self::EmptyTerm => "a term may not be empty",
            Self::ExpectedTerm => "expected a term",
            Self::ExpectedBlank => "expected a blank between terms",
            Self::UnclosedRegex => "this regular expression is not closed",
            Self::EmptyRegex => "a regular expression may not be empty",
            Self::TooManyRegexes => "a pattern may hold two regular expressions",
            Self::RegexCharacter => "a character that is not allowed in a regular expression",
            Self::RegexEscape => "an escape that is not supported",
            Self::RegexClass => "a character class that is open, empty or reversed",
            Self::RegexRepetition => "nothing that can be repeated",
            Self::UnclosedColumns => "a pattern that starts with '[' must end with ']'",
            Self::ExpectedColumn => "expected the name of a column",
            Self::DuplicateColumn => "a second column of this name",
            Self::DuplicateEllipsis => "a second ...",
            Self::ForeignColumn => "the test names another column",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl ParseError {
    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where it is wrong, in bytes of [`ParseError::pattern`].
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// The text that was to be a pattern.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The pattern on one line and carets under the place. Control characters are escaped; of a long pattern only
    /// the surroundings of the place are shown. [`ParseError::repair`] says what was probably meant.
    #[must_use]
    pub fn caret(&self) -> String {
        let Span { start, end } = self.span;
        let before: Vec<char> = escape(&self.pattern[..start]);
        let marked: Vec<char> = escape(&self.pattern[start..end]);
        let after: Vec<char> = escape(&self.pattern[end..]);
        let marked = clip_end(marked, WINDOW / 2);
        let room = WINDOW - marked.len();
        let before = clip_start(before, room - (room / 3).min(after.len()));
        let after = clip_end(after, room - before.len());
        let line: String = before.iter().chain(&marked).chain(&after).collect();
        format!("  {line}\n  {}{}", " ".repeat(before.len()), "^".repeat(marked.len().max(1)))
    }
}

/// One line of text that no control character can disturb.
fn escape(text: &str) -> Vec<char> {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

fn clip_end(mut text: Vec<char>, room: usize) -> Vec<char> {
    if text.len() > room {
        text.truncate(room.saturating_sub(1));
        text.push('…');
    }
    text
}

fn clip_start(mut text: Vec<char>, room: usize) -> Vec<char> {
    if text.len() > room {
        text.drain(..=text.len() - room.max(1));
        text.insert(0, '…');
    }
    text
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self.pattern[..self.span.start].chars().count() + 1;
        write!(f, "bad filter pattern at character {column}: {}", self.kind)
    }
}

impl std::error::Error for ParseError {}
