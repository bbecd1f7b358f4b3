//! From a pattern's text to a tree and back. Refuses what the service refuses; must not know of events.

pub(crate) mod ast;
pub(crate) mod automaton;
pub(crate) mod cursor;
pub(crate) mod error;
pub(crate) mod lang;
pub(crate) mod number;
pub(crate) mod parser;
pub(crate) mod print;
pub(crate) mod regex;
pub(crate) mod repair;
pub(crate) mod span;
