//! A parsed pattern. The tree says what was asked, not how it was spelt: brackets, blanks, quotes round plain words
//! and the two spellings of a wildcard step leave no trace. `print` writes it back, `eval` evaluates it, `prove` reasons
//! about it. It must not know of events.

use crate::syntax::lang::{self, Lang};
use crate::syntax::number::Num;
use crate::syntax::regex::Regex;

/// A pattern of one of the four languages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
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
pub(crate) enum Expr {
    /// Joined by `&&`.
    All(Vec<Self>),
    /// Joined by `||`.
    Any(Vec<Self>),
    /// A single test.
    Test(Comparison),
}

impl Expr {
    /// The parts that hold together: of anything but a conjunction itself alone.
    pub(crate) fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            Self::Any(_) | Self::Test(_) => std::slice::from_ref(self),
        }
    }

    /// Visits all tests, in their order. No deeper than the brackets of a pattern, which the parser limits.
    pub(crate) fn each_comparison<'a>(&'a self, visit: &mut impl FnMut(&'a Comparison)) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.each_comparison(visit);
                }
            }
            Self::Test(comparison) => visit(comparison),
        }
    }
}

/// A test of the value at a selector.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Comparison {
    pub(crate) selector: Selector,
    pub(crate) test: Test,
}

/// The position of a value in an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Selector {
    /// Not empty; at most one is [`Step::Each`], and the first is not an index.
    pub(crate) steps: Vec<Step>,
}

impl Selector {
    pub(crate) fn has_wildcard(&self) -> bool {
        self.steps.contains(&Step::Each)
    }
}

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    /// Into an object.
    Name(String),
    /// Into an array, from zero.
    Index(u64),
    /// `[*]` or `.*`: all elements of an array, all values of an object.
    Each,
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Test {
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
pub(crate) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(crate) fn holds(self, ordering: std::cmp::Ordering) -> bool {
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
pub(crate) enum Operand {
    Text(Literal),
    Number(Number),
    Regex(Regex),
}

/// A quoted value, or a bare one that is not a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Literal {
    raw: String,
    readings: Vec<Lang>,
}

impl Literal {
    pub(crate) fn new(raw: &str) -> Self {
        Self { raw: raw.to_owned(), readings: lang::equality(raw) }
    }

    /// This text and no other, whatever signs are in it. It is not what a pattern of this text asks for.
    pub(crate) fn exactly(text: &str) -> Self {
        Self { raw: text.to_owned(), readings: vec![Lang::Exactly(text.to_owned())] }
    }

    /// As typed between the quotes.
    pub(crate) fn raw(&self) -> &str {
        &self.raw
    }

    /// The readings of an equality with it.
    pub(crate) fn readings(&self) -> &[Lang] {
        &self.readings
    }
}

/// A bare value of number form.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    text: String,
    value: Num,
}

impl Number {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), value: Num::literal(text) }
    }

    /// As typed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn value(&self) -> &Num {
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

identified_by_text!(Number: text, Phrase: raw);

/// A term of a term pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) role: Role,
    pub(crate) phrase: Phrase,
}

/// How a term counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Must be there.
    Required,
    /// `-`: must not be there.
    Excluded,
    /// `?`: one of these must be there, unless there are terms of another kind.
    Optional,
}

/// A text to be found.
#[derive(Debug, Clone)]
pub(crate) struct Phrase {
    raw: String,
    readings: Vec<Lang>,
}

impl Phrase {
    pub(crate) fn new(raw: &str) -> Self {
        let readings = match lang::unescaped(raw) {
            Some(texts) => texts.into_iter().map(Lang::Contains).collect(),
            None => lang::undocumented(),
        };
        Self { raw: raw.to_owned(), readings }
    }

    /// As typed between the quotes.
    pub(crate) fn raw(&self) -> &str {
        &self.raw
    }

    /// The readings of "the text holds this".
    pub(crate) fn readings(&self) -> &[Lang] {
        &self.readings
    }
}

/// A column of a space-delimited pattern.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Column {
    /// `...`: any number of fields.
    Ellipsis,
    /// A field that is not looked at.
    Blank,
    /// A field, and what it must satisfy: one of these conjunctions, or nothing if there is none.
    Named { name: String, any: Vec<Vec<Test>> },
}
