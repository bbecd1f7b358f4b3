//! Text to tree. Refuses what the service refuses, with kind and place; knows no event.
//!
//! Patterns come from hostile files: no input panics, recursion does not follow the input's depth, and the work is
//! linear in its length.

use crate::syntax::ast::Tree;
use crate::syntax::cursor::Cursor;
use crate::syntax::error::{ErrorKind, Fault, ParseError};
use crate::syntax::span::Span;

use self::reader::Reader;

pub(crate) use self::reader::is_bare;

mod columns;
mod json;
mod reader;
mod terms;

/// CloudWatch Logs stores 1,024 characters. Longer texts are read all the same, should that limit be raised, but not
/// without bound.
pub(crate) const MAX_BYTES: usize = 16 * 1024;

/// Reads a pattern; the form is decided by its first character.
pub(crate) fn parse(text: &str) -> Result<Tree, ParseError> {
    let cursor = Cursor::trimmed(text);
    let result = if cursor.rest().len() > MAX_BYTES {
        Err(Fault::new(ErrorKind::TooLong, cursor.pos(), cursor.pos() + cursor.rest().len()))
    } else {
        match cursor.peek() {
            None => Ok(Tree::Everything),
            Some('{') => Reader::new(cursor).json().map(|(expr, _)| Tree::Json(expr)),
            Some('[') => Reader::new(cursor).columns().map(Tree::Columns),
            Some('%') => Reader::new(cursor).regex_alone().map(Tree::Regex),
            Some(_) => Reader::new(cursor).terms().map(Tree::Terms),
        }
    };
    result.map_err(|fault| fault.in_pattern(text))
}

/// The same, with the places of the tests of fields in the text, in their order; there are none where it looks at raw text.
pub(crate) fn parse_with_places(text: &str) -> Result<(Tree, Vec<Span>), ParseError> {
    let tree = parse(text)?;
    let places = match tree {
        Tree::Json(_) => Reader::new(Cursor::trimmed(text)).json().map(|(_, places)| places),
        _ => Ok(Vec::new()),
    };
    places.map(|places| (tree, places)).map_err(|fault| fault.in_pattern(text))
}
