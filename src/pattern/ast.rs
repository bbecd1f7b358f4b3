//! A parsed pattern. The tree says what was asked, not how it was spelt: brackets, blanks, quotes round plain words
//! and the two spellings of a wildcard step leave no trace. `print` writes it back, `matching`, `terms` and `columns`
//! evaluate it, `covers` reasons about it.

use super::lang::{self, Lang};
use super::number::Num;
use super::regex::Regex;

/// A pattern of one of the four languages.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    /// The empty pattern.
    Everything,
    /// `{ … }`
    Json(Expr),
    /// Words to be found, or not to be found, in the text.
    Terms(Vec<Term>),
    /// `%…%`
    Regex(Regex),
    /// `[…]`
    Columns(Vec<Column>),
}

/// A Boolean expression. Neither `All` nor `Any` holds fewer than two parts, nor one of its own kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// Joined by `&&`.
    All(Vec<Self>),
    /// Joined by `||`.
    Any(Vec<Self>),
    /// A single test.
    Test(Comparison),
}

/// A test of the value at a selector.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Comparison {
    pub(super) selector: Selector,
    pub(super) test: Test,
}

/// Where in an event a value stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Selector {
    /// Not empty; at most one is [`Step::Each`], and the first is not an index.
    pub(super) steps: Vec<Step>,
}

impl Selector {
    pub(super) fn has_wildcard(&self) -> bool {
        self.steps.contains(&Step::Each)
    }
}

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    /// Into an object.
    Name(String),
    /// Into an array, from zero.
    Index(u64),
    /// `[*]` or `.*`: all elements of an array, all values of an object.
    Each,
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Test {
    Equal(Operand),
    NotEqual(Operand),
    Order(Order, Number),
    IsNull,
    IsTrue,
    IsFalse,
    NotExists,
}

/// An ordering operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(super) fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// The right-hand side of `=` and `!=`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Operand {
    Text(Literal),
    Number(Number),
    Regex(Regex),
}

/// A quoted value, or a bare one that is not a number.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    raw: String,
    readings: Vec<Lang>,
}

impl Literal {
    pub(super) fn new(raw: &str) -> Self {
        Self { raw: raw.to_owned(), readings: lang::equality(raw) }
    }

    /// As typed between the quotes.
    pub(super) fn raw(&self) -> &str {
        &self.raw
    }

    /// The readings of an equality with it.
    pub(super) fn readings(&self) -> &[Lang] {
        &self.readings
    }
}

/// A bare value of number form.
#[derive(Debug, Clone)]
pub(super) struct Number {
    text: String,
    value: Num,
}

impl Number {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), value: Num::parse(text) }
    }

    /// As typed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn value(&self) -> &Num {
        &self.value
    }
}

/// What else is in these types follows from their text.
macro_rules! identified_by_text {
    ($($type:ty: $text:ident),*) => {$(
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.$text() == other.$text()
            }
        }
        impl Eq for $type {}
        impl std::hash::Hash for $type {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.$text().hash(state);
            }
        }
    )*};
}

identified_by_text!(Literal: raw, Number: text, Phrase: raw);

/// A term of a term pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) role: Role,
    pub(super) phrase: Phrase,
}

/// How a term counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Must be there.
    Required,
    /// `-`: must not be there.
    Excluded,
    /// `?`: one of these must be there, unless there are terms of another kind.
    Optional,
}

/// A text to be found.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
    raw: String,
    readings: Vec<Lang>,
}

impl Phrase {
    pub(super) fn new(raw: &str) -> Self {
        let readings = match lang::unescaped(raw) {
            Some(texts) => texts.into_iter().map(Lang::Contains).collect(),
            None => lang::undocumented(),
        };
        Self { raw: raw.to_owned(), readings }
    }

    /// As typed between the quotes.
    pub(super) fn raw(&self) -> &str {
        &self.raw
    }

    /// The readings of "the text holds this".
    pub(super) fn readings(&self) -> &[Lang] {
        &self.readings
    }
}

/// A column of a space-delimited pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Column {
    /// `...`: any number of fields.
    Ellipsis,
    /// A field that is not looked at.
    Blank,
    /// A field, and what it must satisfy: one of these conjunctions, or nothing if there is none.
    Named { name: String, any: Vec<Vec<Test>> },
}
