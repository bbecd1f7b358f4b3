//! A field that a model lists.

use std::borrow::Cow;

use super::fact::Text;
use crate::prove::kind::Kinds;
use crate::syntax::lang::Words;

/// What is known of one field of all events.
///
/// ```
/// use filter_pattern::{EventModel, Field, Kinds};
///
/// let orders = EventModel::new("order")
///     .field(Field::new("customer", Kinds::OBJECT))
///     .field(Field::new("customer.name", Kinds::TEXT).ordinary_texts(["Ann", "Bob"]))
///     .field(Field::new("items[].price", Kinds::NUMBER));
/// # let _ = orders;
/// ```
#[derive(Debug, Clone)]
pub struct Field {
    pub(super) path: Text,
    pub(super) kinds: Kinds,
    pub(super) ordinary: Vec<Text>,
    pub(super) may_be_empty: bool,
    pub(super) is_usual: bool,
    pub(super) varies: bool,
    pub(super) only: Option<Words>,
}

impl Field {
    /// The field at a path (see [`EventModel`](crate::EventModel)), which holds values of these kinds and no others. A
    /// text in it is never empty.
    #[must_use]
    pub fn new(path: impl Into<Cow<'static, str>>, kinds: Kinds) -> Self {
        let path = path.into();
        Self { path, kinds, ordinary: Vec::new(), may_be_empty: false, is_usual: false, varies: false, only: None }
    }

    /// Texts that it ordinarily holds, the most ordinary first. It may hold any other.
    #[must_use]
    pub fn ordinary_texts<T: Into<Cow<'static, str>>>(mut self, texts: impl IntoIterator<Item = T>) -> Self {
        self.ordinary.extend(texts.into_iter().map(Into::into));
        self
    }

    /// A text in it is one of these, the most ordinary first, and no other.
    #[must_use]
    pub fn only_texts<T: Into<Cow<'static, str>>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        let field = self.ordinary_texts(texts);
        Self { only: Some(field.ordinary.iter().map(|text| text.clone().into_owned()).collect()), ..field }
    }

    /// A text in it may be empty.
    #[must_use]
    pub fn may_be_empty(mut self) -> Self {
        self.may_be_empty = true;
        self
    }

    /// Nearly every event has it: one without is shown only where there is no other.
    #[must_use]
    pub fn usual(mut self) -> Self {
        self.is_usual = true;
        self
    }

    /// Its texts differ from event to event, so that an ordinary one is in few of them.
    #[must_use]
    pub fn varying(mut self) -> Self {
        self.varies = true;
        self
    }
}
