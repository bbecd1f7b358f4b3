//! Walks over a pattern's text by characters. Shared by the parsers of all forms; knows blanks, quotes and places,
//! but no grammar.

use crate::syntax::error::{ErrorKind, Fault};

/// The characters that may surround any token.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// The text without blanks at its ends.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// A character of a selector's or a column's name.
pub(crate) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// A position in a pattern's text.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    pos: usize,
}

impl<'a> Cursor<'a> {
    /// At the first character of `text` that is not blank; blanks at the end are cut off.
    pub(crate) fn trimmed(text: &'a str) -> Self {
        let pos = text.len() - text.trim_start_matches(is_blank).len();
        Self { text: text.trim_end_matches(is_blank), pos: pos.min(text.trim_end_matches(is_blank).len()) }
    }

    pub(crate) fn pos(&self) -> usize {
        self.pos
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.pos == self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    /// Steps over `token` if it is here.
    pub(crate) fn eat(&mut self, token: &str) -> bool {
        let here = self.rest().starts_with(token);
        if here {
            self.pos += token.len();
        }
        here
    }

    pub(crate) fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let len = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.pos += len;
        &rest[..len]
    }

    /// Steps over blanks; returns whether there were any.
    pub(crate) fn skip_blanks(&mut self) -> bool {
        !self.take_while(is_blank).is_empty()
    }

    /// Steps over `"…"` and returns what is inside, escapes left as they are.
    pub(crate) fn quoted(&mut self) -> Result<&'a str, Fault> {
        let open = self.pos;
        self.pos += 1;
        let start = self.pos;
        while let Some(c) = self.bump() {
            match c {
                '"' => return Ok(&self.text[start..self.pos - 1]),
                '\\' => {
                    self.bump();
                }
                _ => {}
            }
        }
        Err(self.fault_from(ErrorKind::UnclosedQuote, open))
    }

    /// Steps over `%…%` and returns what is inside and where that starts.
    pub(crate) fn between_percents(&mut self) -> Result<(&'a str, usize), Fault> {
        let open = self.pos;
        self.pos += 1;
        let start = self.pos;
        let Some(len) = self.rest().find('%') else {
            self.pos = self.text.len();
            return Err(self.fault_from(ErrorKind::UnclosedRegex, open));
        };
        self.pos += len + 1;
        if len == 0 {
            return Err(self.fault_from(ErrorKind::EmptyRegex, open));
        }
        Ok((&self.text[start..start + len], start))
    }

    /// A fault about the character here, or about the end of the text.
    pub(crate) fn fault(&self, kind: ErrorKind) -> Fault {
        Fault::new(kind, self.pos, self.pos + self.peek().map_or(0, char::len_utf8))
    }

    /// A fault about the text from `start` up to here.
    pub(crate) fn fault_from(&self, kind: ErrorKind, start: usize) -> Fault {
        Fault::new(kind, start, self.pos)
    }

    /// A fault about the word or the run of signs here.
    pub(crate) fn fault_token(&mut self, kind: ErrorKind) -> Fault {
        let start = self.pos;
        let is_word = self.peek().is_some_and(is_name);
        self.take_while(|c| if is_word { is_name(c) } else { matches!(c, '=' | '!' | '<' | '>' | '&' | '|' | '~') });
        if self.pos == start {
            self.bump();
        }
        self.fault_from(kind, start)
    }
}
