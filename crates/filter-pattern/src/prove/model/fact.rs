//! One thing that can be true of a field.

use std::borrow::Cow;

/// A text of a model; most are literals of a program.
pub(crate) type Text = Cow<'static, str>;

/// Something that may be true of an event: a field is there, is missing, or is a certain text.
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

/// What a field is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Is {
    Missing,
    Present,
    Text(Text),
}

/// What stands in a field, as far as facts ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    Missing,
    Text(&'a str),
    Other,
}

impl Fact {
    /// The event has no such field.
    #[must_use]
    pub fn missing(path: impl Into<Cow<'static, str>>) -> Self {
        Self { path: path.into(), is: Is::Missing }
    }

    /// The event has the field, whatever it holds.
    #[must_use]
    pub fn present(path: impl Into<Cow<'static, str>>) -> Self {
        Self { path: path.into(), is: Is::Present }
    }

    /// The field is this text.
    #[must_use]
    pub fn text(path: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        Self { path: path.into(), is: Is::Text(text.into()) }
    }
}

impl Is {
    /// Whether it is true of what stands in the field.
    pub(crate) fn holds(&self, content: Content<'_>) -> bool {
        match (self, content) {
            (Self::Missing, Content::Missing) => true,
            (Self::Missing, Content::Text(_) | Content::Other) => false,
            (Self::Present, content) => content != Content::Missing,
            (Self::Text(text), Content::Text(found)) => text == found,
            (Self::Text(_), Content::Missing | Content::Other) => false,
        }
    }
}
