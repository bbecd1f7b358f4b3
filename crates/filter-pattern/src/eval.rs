//! A pattern on one event: the meaning of the language, three-valued. Must not guess, nor reason about more than the one
//! event.

pub(crate) mod construct;
pub(crate) mod event;
pub(crate) mod matching;
pub(crate) mod outcome;
pub(crate) mod text;
pub(crate) mod truth;
pub(crate) mod wanted;
