//! What makes a text no pattern, in the words of the person who copied it. Kinds for programs, words for people.

use std::fmt;

use crate::syntax::span::Span;

/// One thing that was wrong with a refused text, and where it shows first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fault {
    kind: FaultKind,
    span: Span,
}

impl Fault {
    /// What was wrong.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Where it shows first, in bytes of [`ParseError::pattern`](crate::ParseError::pattern). Empty where something is
    /// missing.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

/// What can be wrong with a text so that it can be repaired. More kinds may follow, each with its words:
///
/// ```
/// use filter_pattern::FaultKind;
///
/// assert_eq!(FaultKind::MissingDollar.to_string(), "a selector without $. before its name");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The text is escaped as in a JSON or Terraform document: `\"`, `\u0026`.
    EscapedText,
    /// A backslash before a sign that needs none: `\&\&`.
    EscapedSign,
    /// `&amp;`, `&quot;`, `&#34;` and the like.
    HtmlEntities,
    /// A blank that is not one of the language, such as U+00A0.
    ForeignBlank,
    /// A character of no width, such as U+200B.
    InvisibleCharacter,
    /// The pattern as a whole is in quotes of a shell or a document.
    QuotedPattern,
    /// `“…”`, `‘…’`, `«…»`.
    TypographicQuotes,
    /// `'…'`.
    SingleQuotes,
    /// A value with blanks or signs in it, without quotes.
    UnquotedValue,
    /// `–` or the like for `-`.
    TypographicDash,
    /// `==`, `<>` and the like.
    ForeignOperator,
    /// `AND`, `OR`, `&`, `|`.
    ForeignConnective,
    /// `$.nameNOT EXISTS`, `$.nameIS NULL`, `NOTEXISTS`.
    MissingBlank,
    /// A selector without `$.`, or with a part of it.
    MissingDollar,
    /// A brace or bracket that is not there.
    MissingBracket,
    /// `{{ … }}`, `[[ … ]]`, or a bracket that closes nothing at the end.
    ExtraBracket,
}

impl FaultKind {
    fn words(self) -> &'static str {
        match self {
            Self::EscapedText => "escapes of JSON or Terraform, such as \\\" for \"",
            Self::EscapedSign => "a backslash before a sign that needs none",
            Self::HtmlEntities => "HTML entities, such as &amp; for &",
            Self::ForeignBlank => "a blank of another kind, such as a non-breaking one",
            Self::InvisibleCharacter => "an invisible character",
            Self::QuotedPattern => "quotes round the whole pattern",
            Self::TypographicQuotes => "typographic quotes in place of straight ones",
            Self::SingleQuotes => "single quotes in place of double ones",
            Self::UnquotedValue => "a value that needs double quotes",
            Self::TypographicDash => "a typographic dash in place of a hyphen",
            Self::ForeignOperator => "an operator of another language, such as == for =",
            Self::ForeignConnective => "AND, OR, & or | in place of && or ||",
            Self::MissingBlank => "a missing blank in or before NOT EXISTS, IS NULL, IS TRUE or IS FALSE",
            Self::MissingDollar => "a selector without $. before its name",
            Self::MissingBracket => "a missing brace or bracket",
            Self::ExtraBracket => "an extra brace or bracket",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// What was found so far, one of each kind.
#[derive(Debug, Default, Clone)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault; of one kind the first place counts.
    pub(super) fn note(&mut self, kind: FaultKind, span: Span) {
        match self.0.iter_mut().find(|fault| fault.kind == kind) {
            Some(known) => known.span = known.span.min(span),
            None => self.0.push(Fault { kind, span }),
        }
    }

    /// As they are in the refused text.
    pub(super) fn in_order(mut self) -> Vec<Fault> {
        self.0.sort_by_key(|fault| (fault.span, fault.kind));
        self.0
    }
}
