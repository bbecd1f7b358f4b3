//! A value for each place, and whether a number is one that fits.

use crate::prove::formula::Ask;
use crate::prove::kind::Kind;
use crate::prove::model::Content;
use crate::syntax::number::{self, Num};

/// The value at each place.
pub(crate) type Values = Vec<Chosen>;

/// A value, its parts elsewhere among the values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Chosen {
    Missing,
    Null,
    True,
    False,
    Text(String),
    /// As written in JSON.
    Number(String),
    Array,
    Object,
}

impl Chosen {
    /// As facts of a model see it.
    pub(crate) fn content(&self) -> Content<'_> {
        match self {
            Self::Text(text) => Content::Text(text),
            Self::Missing => Content::Of(Kind::Missing),
            Self::Null => Content::Of(Kind::Null),
            Self::True => Content::Of(Kind::True),
            Self::False => Content::Of(Kind::False),
            Self::Number(_) => Content::Of(Kind::Number),
            Self::Array => Content::Of(Kind::Array),
            Self::Object => Content::Of(Kind::Object),
        }
    }
}

/// Whether a number, as written, answers these questions as they were settled; those about its text on demand.
pub(super) fn answers(numeric: &[(&Ask, bool)], written: &str, with_text: bool) -> bool {
    let value = Num::parse(written);
    let text = number::text(written);
    numeric.iter().all(|&(ask, wanted)| {
        wanted
            == match ask {
                Ask::Like(_) if !with_text => return true,
                Ask::Like(lang) => lang.accepts(&text),
                Ask::Equals(number, _) => value.compare(number.value()).is_eq(),
                Ask::Order(order, number) => order.holds(value.compare(number.value())),
                Ask::Kind(_) => return true,
            }
    })
}
