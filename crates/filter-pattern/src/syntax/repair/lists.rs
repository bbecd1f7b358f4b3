//! The forms that are lists, as they were meant: `[…]`, and terms for raw text.

use super::fault::FaultKind;
use super::letters::{is_dash, is_quote};
use super::repairer::Repairer;
use crate::syntax::cursor::{is_blank, is_name};

/// What may follow the value of a column.
fn ends(c: char) -> bool {
    matches!(c, ',' | ']' | '&' | '|')
}

impl Repairer<'_> {
    /// A whole space-delimited pattern.
    pub(super) fn columns(&mut self) -> Option<()> {
        self.opening('[', "[");
        loop {
            self.blanks();
            match self.peek() {
                None | Some(']') => return self.closing_brace(']', "]"),
                Some(',' | '.') => self.copy(),
                Some('…') => {
                    self.note(FaultKind::ForeignOperator);
                    self.out.push_str("...");
                    self.skip(1);
                }
                Some(c) if is_name(c) => self.column()?,
                Some(_) => return None,
            }
        }
    }

    fn column(&mut self) -> Option<()> {
        self.name()?;
        self.blanks();
        if matches!(self.peek(), None | Some(',' | ']')) {
            return Some(());
        }
        loop {
            self.operator()?;
            self.blanks();
            self.value(ends)?;
            self.blanks();
            if matches!(self.peek(), None | Some(',' | ']')) {
                return Some(());
            }
            self.connective()?;
            self.blanks();
            self.name()?;
            self.blanks();
        }
    }

    /// Terms: only their quotes and the dashes before them have another spelling.
    pub(super) fn terms(&mut self) -> Option<()> {
        while let Some(c) = self.peek() {
            if is_dash(c) {
                self.dash();
            } else if matches!(c, '?' | '-') {
                self.copy();
            }
            match self.peek() {
                Some(c) if is_quote(c) && c != '`' => self.quoted(is_blank)?,
                _ => {
                    while self.peek().is_some_and(|c| !is_blank(c)) {
                        self.copy();
                    }
                }
            }
            self.blanks();
        }
        Some(())
    }
}
