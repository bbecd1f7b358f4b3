//! A value of an event that has been read.

use std::borrow::Cow;

/// A JSON value; parts are positions in the event.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Null,
    True,
    False,
    /// As written.
    Number(&'a str),
    Text(Cow<'a, str>),
    /// A text with half a surrogate pair: no text at all, strictly.
    BrokenText,
    /// The elements that are wanted, with their index.
    Array(Vec<(u64, usize)>),
    /// The members that are wanted.
    Object(Vec<(Cow<'a, str>, usize)>),
}
