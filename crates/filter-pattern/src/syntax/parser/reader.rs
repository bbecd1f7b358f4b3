//! What the readers of all forms of pattern share: a cursor, what is limited per pattern, and the value after an
//! operator. It knows no form.

use crate::syntax::ast::{Literal, Number, Operand};
use crate::syntax::cursor::{self, Cursor};
use crate::syntax::error::{ErrorKind, Fault};
use crate::syntax::number::{self, Form};
use crate::syntax::regex::Regex;

/// Regular expressions in one pattern.
const MAX_REGEXES: usize = 2;

/// A cursor, and what is limited per pattern.
pub(super) struct Reader<'a> {
    pub(super) cursor: Cursor<'a>,
    regexes: usize,
    pub(super) wildcards: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(cursor: Cursor<'a>) -> Self {
        Self { cursor, regexes: 0, wildcards: 0 }
    }

    pub(super) fn regex_alone(mut self) -> Result<Regex, Fault> {
        let regex = self.regex()?;
        if self.cursor.is_at_end() { Ok(regex) } else { Err(self.trailing_text()) }
    }

    pub(super) fn regex(&mut self) -> Result<Regex, Fault> {
        let open = self.cursor.pos();
        let (source, offset) = self.cursor.between_percents()?;
        self.regexes += 1;
        if self.regexes > MAX_REGEXES {
            return Err(self.cursor.fault_from(ErrorKind::TooManyRegexes, open));
        }
        Regex::parse(source, offset)
    }

    /// From here to the end.
    pub(super) fn trailing_text(&self) -> Fault {
        let start = self.cursor.pos();
        Fault::new(ErrorKind::TrailingText, start, start + self.cursor.rest().len())
    }

    /// The value after an operator. `ends` decides which characters may follow a bare one.
    pub(super) fn operand(&mut self, ends: impl Fn(char) -> bool) -> Result<Operand, Fault> {
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
pub(crate) fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | '*')
}
