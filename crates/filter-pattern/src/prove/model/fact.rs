//! One thing that can be true of a field, and several together.

use std::borrow::Cow;

use crate::prove::kind::{Kind, Kinds};
use crate::syntax::lang::Words;

/// A text of a model; most are literals of a program.
pub(crate) type Text = Cow<'static, str>;

/// Something that may be true of an event: a field is there, is missing, or is one of certain texts.
///
/// ```
/// use filter_pattern::{EventModel, Fact};
///
/// // What has been shipped has an address, and most often an express parcel goes by air.
/// let orders = EventModel::new("order")
///     .always(Fact::text("status", "shipped"), Fact::present("address"))
///     .ordinarily(Fact::text("parcel", "express"), "carrier", ["air"]);
/// # let _ = orders;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub(super) path: Text,
    pub(super) is: Is,
}

/// Facts that are true together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts(pub(super) Vec<Fact>);

impl From<Fact> for Facts {
    fn from(fact: Fact) -> Self {
        Self(vec![fact])
    }
}

impl FromIterator<Fact> for Facts {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        Self(facts.into_iter().collect())
    }
}

impl<const N: usize> From<[Fact; N]> for Facts {
    fn from(facts: [Fact; N]) -> Self {
        Self(facts.into())
    }
}

/// What a field is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Is {
    /// Of one of these kinds, "missing" among them.
    Kinds(Kinds),
    /// One of these texts.
    Texts(Words),
}

/// What facts ask of the value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    Text(&'a str),
    /// Something else, of this kind.
    Of(Kind),
}

impl Content<'_> {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Of(kind) => kind,
        }
    }
}

impl Fact {
    fn kinds(path: impl Into<Cow<'static, str>>, kinds: Kinds) -> Self {
        Self { path: path.into(), is: Is::Kinds(kinds) }
    }

    /// The event has no such field.
    #[must_use]
    pub fn missing(path: impl Into<Cow<'static, str>>) -> Self {
        Self::kinds(path, Kinds::MISSING)
    }

    /// The event has the field, whatever it holds.
    #[must_use]
    pub fn present(path: impl Into<Cow<'static, str>>) -> Self {
        Self::kinds(path, Kinds::ANY.except(Kinds::MISSING))
    }

    /// The field is `true`.
    #[must_use]
    pub fn is_true(path: impl Into<Cow<'static, str>>) -> Self {
        Self::kinds(path, Kinds::one(Kind::True))
    }

    /// The field is `false`.
    #[must_use]
    pub fn is_false(path: impl Into<Cow<'static, str>>) -> Self {
        Self::kinds(path, Kinds::one(Kind::False))
    }

    /// The field is this text.
    #[must_use]
    pub fn text(path: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self::one_of(path, [text])
    }

    /// The field is one of these texts.
    #[must_use]
    pub fn one_of<T: Into<String>>(path: impl Into<Cow<'static, str>>, texts: impl IntoIterator<Item = T>) -> Self {
        Self { path: path.into(), is: Is::Texts(texts.into_iter().map(Into::into).collect()) }
    }
}

impl Is {
    /// Whether it is true of the field's value.
    pub(crate) fn holds(&self, content: Content<'_>) -> bool {
        match (self, content) {
            (Self::Kinds(kinds), content) => kinds.has(content.kind()),
            (Self::Texts(texts), Content::Text(found)) => texts.contains(found),
            (Self::Texts(_), Content::Of(_)) => false,
        }
    }
}
