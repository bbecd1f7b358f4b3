//! `ERROR -timeout ?"two words"`: terms for unstructured text.

use super::reader::Reader;
use crate::syntax::ast::{Phrase, Role, Term};
use crate::syntax::cursor;
use crate::syntax::error::{ErrorKind, Fault};

impl Reader<'_> {
    pub(super) fn terms(mut self) -> Result<Vec<Term>, Fault> {
        let mut terms: Vec<Term> = Vec::new();
        let mut is_apart = true;
        while let Some(c) = self.cursor.peek() {
            let role = match c {
                '-' => Role::Excluded,
                '?' => Role::Optional,
                _ => Role::Required,
            };
            if role != Role::Required {
                self.cursor.bump();
            }
            let phrase = self.phrase(role, is_apart)?;
            terms.push(Term { role, phrase });
            is_apart = self.cursor.skip_blanks();
        }
        Ok(terms)
    }

    fn phrase(&mut self, role: Role, is_apart: bool) -> Result<Phrase, Fault> {
        let start = self.cursor.pos();
        match self.cursor.peek() {
            Some('"') => {
                let raw = self.cursor.quoted()?;
                match raw {
                    "" => Err(self.cursor.fault_from(ErrorKind::EmptyTerm, start)),
                    _ if !is_apart => Err(self.cursor.fault_from(ErrorKind::ExpectedBlank, start)),
                    _ => self.separated(Phrase::new(raw)),
                }
            }
            Some(c) if is_word(c) => {
                if !is_apart && role == Role::Required {
                    return Err(self.cursor.fault(ErrorKind::ExpectedBlank));
                }
                Ok(Phrase::new(self.cursor.take_while(is_word)))
            }
            None => Err(self.cursor.fault(ErrorKind::ExpectedTerm)),
            Some(c) if cursor::is_blank(c) => Err(self.cursor.fault(ErrorKind::ExpectedTerm)),
            Some(_) => Err(self.cursor.fault(ErrorKind::InvalidCharacter)),
        }
    }

    /// A quoted term must be followed by a blank or the end.
    fn separated(&self, phrase: Phrase) -> Result<Phrase, Fault> {
        match self.cursor.peek() {
            Some(c) if !cursor::is_blank(c) => Err(self.cursor.fault(ErrorKind::ExpectedBlank)),
            _ => Ok(phrase),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}
