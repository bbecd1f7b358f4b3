//! Text to tree. Refuses what the service refuses, with kind and place; knows no event.
//!
//! Patterns come from hostile files: no input panics, recursion does not follow the input's depth, and the work is
//! linear in its length.

use super::ast::{Operand, Tree};
use super::cursor::{self, Cursor};
use super::error::{ErrorKind, Fault, ParseError};
use super::regex::Regex;

mod columns;
mod json;
mod terms;

/// CloudWatch Logs stores 1,024 characters. Longer texts are read all the same, should that limit be raised, but not
/// without bound.
const MAX_BYTES: usize = 16 * 1024;

/// Brackets inside each other: as many as 1,024 characters can hold.
const MAX_DEPTH: usize = 512;

/// Regular expressions in one pattern.
const MAX_REGEXES: usize = 2;

/// Selectors with a wildcard in one pattern.
const MAX_WILDCARDS: usize = 3;

/// Reads a pattern; the form is decided by its first character.
pub(super) fn parse(text: &str) -> Result<Tree, ParseError> {
    let cursor = Cursor::trimmed(text);
    let result = if cursor.rest().len() > MAX_BYTES {
        Err(Fault::new(ErrorKind::TooLong, cursor.pos(), cursor.pos() + cursor.rest().len()))
    } else {
        match cursor.peek() {
            None => Ok(Tree::Everything),
            Some('{') => Parser::new(cursor).json().map(Tree::Json),
            Some('[') => Parser::new(cursor).columns().map(Tree::Columns),
            Some('%') => Parser::new(cursor).regex_alone().map(Tree::Regex),
            Some(_) => Parser::new(cursor).terms().map(Tree::Terms),
        }
    };
    result.map_err(|fault| fault.in_pattern(text))
}

/// A cursor, and what is limited per pattern.
struct Parser<'a> {
    cursor: Cursor<'a>,
    regexes: usize,
    wildcards: usize,
}

impl<'a> Parser<'a> {
    fn new(cursor: Cursor<'a>) -> Self {
        Self { cursor, regexes: 0, wildcards: 0 }
    }

    fn regex_alone(mut self) -> Result<Regex, Fault> {
        let regex = self.regex()?;
        if self.cursor.is_at_end() { Ok(regex) } else { Err(self.trailing_text()) }
    }

    fn regex(&mut self) -> Result<Regex, Fault> {
        let open = self.cursor.pos();
        let (source, offset) = self.cursor.between_percents()?;
        self.regexes += 1;
        if self.regexes > MAX_REGEXES {
            return Err(self.cursor.fault_from(ErrorKind::TooManyRegexes, open));
        }
        Regex::parse(source, offset)
    }

    /// From here to the end.
    fn trailing_text(&self) -> Fault {
        let start = self.cursor.pos();
        Fault::new(ErrorKind::TrailingText, start, start + self.cursor.rest().len())
    }

    /// The value after an operator. `ends` tells which characters may follow a bare one.
    fn operand(&mut self, ends: impl Fn(char) -> bool) -> Result<Operand, Fault> {
        use super::ast::{Literal, Number};
        use super::number::{self, Form};

        self.cursor.skip_blanks();
        let start = self.cursor.pos();
        match self.cursor.peek() {
            Some('"') => Ok(Operand::Text(Literal::new(self.cursor.quoted()?))),
            Some('%') => Ok(Operand::Regex(self.regex()?)),
            Some('\'') => Err(self.cursor.fault(ErrorKind::SingleQuotes)),
            None => Err(self.cursor.fault(ErrorKind::ExpectedValue)),
            Some(c) if ends(c) => Err(self.cursor.fault(ErrorKind::ExpectedValue)),
            Some('=' | '!' | '<' | '>' | '~') => Err(self.cursor.fault_token(ErrorKind::UnknownOperator)),
            Some(_) => {
                let text = self.cursor.take_while(is_bare);
                if self.cursor.peek().is_some_and(|c| !ends(c) && !cursor::is_blank(c)) {
                    return Err(self.cursor.fault(ErrorKind::InvalidCharacter));
                }
                if text.eq_ignore_ascii_case("null") {
                    return Err(self.cursor.fault_from(ErrorKind::NullValue, start));
                }
                match number::form(text) {
                    Form::Text => Ok(Operand::Text(Literal::new(text))),
                    Form::Number => Ok(Operand::Number(Number::new(text))),
                    Form::ExponentTooLarge => Err(self.cursor.fault_from(ErrorKind::ExponentTooLarge, start)),
                }
            }
        }
    }
}

/// A character of a value without quotes.
fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | '*')
}
