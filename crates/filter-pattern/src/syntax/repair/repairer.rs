//! Reads letters by the grammar, tolerantly, and writes down the pattern that was meant: what the readers of all forms
//! share. Where there is anything else than a known fault, there is no repair (`None`). Every letter is read once, and
//! looked ahead at by a bounded number of others, blanks aside.

use super::fault::{FaultKind, Faults};
use super::letters::{Letter, is_dash, is_quote, is_typographic_double, is_typographic_single, letter};
use crate::syntax::cursor::{is_blank, is_name};
use crate::syntax::parser::is_bare;
use crate::syntax::span::Span;

/// Reads on the one side, writes on the other.
pub(super) struct Repairer<'a> {
    letters: &'a [Letter],
    at: usize,
    /// Where the refused text ends, in bytes.
    end: usize,
    pub(super) out: String,
    pub(super) faults: Faults,
}

/// Words are looked at no further than this: all that matter are shorter.
const WORD: usize = 12;

impl<'a> Repairer<'a> {
    pub(super) fn new(letters: &'a [Letter], end: usize, faults: Faults) -> Self {
        Self { letters, at: 0, end, out: String::with_capacity(letters.len() + 16), faults }
    }

    /// The pattern that was meant, and what was wrong.
    pub(super) fn repaired(mut self) -> Option<(String, Faults)> {
        match self.peek()? {
            '{' | '$' | '(' => self.json()?,
            '[' => self.columns()?,
            // What regular expressions may not hold has no spelling that is meant.
            '%' => return None,
            _ => self.terms()?,
        }
        Some((self.out, self.faults))
    }

    pub(super) fn peek(&self) -> Option<char> {
        letter(self.letters, self.at)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<char> {
        letter(self.letters, self.at + ahead)
    }

    /// The place of the letter here, or of the end.
    pub(super) fn here(&self) -> Span {
        self.letters.get(self.at).map_or(Span::new(self.end, self.end), |letter| letter.at)
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.letters.len());
    }

    /// Writes the letter here as it is.
    pub(super) fn copy(&mut self) {
        self.out.extend(self.peek());
        self.skip(1);
    }

    pub(super) fn note(&mut self, kind: FaultKind) {
        let here = self.here();
        self.faults.note(kind, here);
    }

    /// Notes a fault in the next letters.
    fn note_run(&mut self, kind: FaultKind, count: usize) {
        let last = self.letters.get(self.at + count.saturating_sub(1)).map_or(self.end, |letter| letter.at.end);
        let start = self.here().start;
        self.faults.note(kind, Span::new(start, last.max(start)));
    }

    /// Writes the blanks here; a line break becomes a blank.
    pub(super) fn blanks(&mut self) -> bool {
        let count = self.count_blanks(0);
        let run = &self.letters[self.at..self.at + count];
        if run.iter().any(|letter| matches!(letter.c, '\n' | '\r')) {
            self.out.push(' ');
        } else {
            self.out.extend(run.iter().map(|letter| letter.c));
        }
        self.skip(count);
        count > 0
    }

    /// How many blanks are so many letters ahead.
    pub(super) fn count_blanks(&self, ahead: usize) -> usize {
        self.letters[(self.at + ahead).min(self.letters.len())..].iter().take_while(|letter| is_blank(letter.c)).count()
    }

    /// The word so many letters ahead, in upper case, cut where it is longer than any that matters.
    pub(super) fn word(&self, ahead: usize) -> String {
        let rest = &self.letters[(self.at + ahead).min(self.letters.len())..];
        rest.iter()
            .map(|letter| letter.c)
            .take(WORD)
            .take_while(|c| is_name(*c))
            .collect::<String>()
            .to_ascii_uppercase()
    }

    /// The letters of one run of signs here.
    fn run(&self, accept: impl Fn(char) -> bool) -> String {
        self.letters[self.at..].iter().map(|letter| letter.c).take(4).take_while(|c| accept(*c)).collect()
    }

    /// A name, with hyphens where it has dashes.
    pub(super) fn name(&mut self) -> Option<()> {
        let before = self.out.len();
        while let Some(c) = self.peek() {
            if is_dash(c) {
                self.dash();
            } else if is_name(c) {
                self.copy();
            } else {
                break;
            }
        }
        (self.out.len() > before).then_some(())
    }

    pub(super) fn dash(&mut self) {
        self.note(FaultKind::TypographicDash);
        self.out.push('-');
        self.skip(1);
    }

    /// A comparing sign, if one is here.
    pub(super) fn operator(&mut self) -> Option<()> {
        let run = self.run(is_operator);
        let count = run.chars().count();
        let gap = self.count_blanks(count);
        let is_torn = matches!(run.as_str(), "!" | "<" | ">") && self.peek_at(count + gap) == Some('=') && gap > 0;
        let count = if is_torn { count + gap + 1 } else { count };
        let meant = match run.as_str() {
            "<" if is_torn => "<=",
            ">" if is_torn => ">=",
            "!" if is_torn => "!=",
            known @ ("=" | "!=" | "<" | "<=" | ">" | ">=") => {
                self.out.push_str(known);
                self.skip(count);
                return Some(());
            }
            "==" | "===" => "=",
            "!==" | "<>" | "≠" => "!=",
            "=<" | "≤" => "<=",
            "=>" | "≥" => ">=",
            _ => return None,
        };
        self.note_run(FaultKind::ForeignOperator, count);
        self.out.push_str(meant);
        self.skip(count);
        Some(())
    }

    /// `&&` or `||`, whatever stands for it here: the sign that was written.
    pub(super) fn connective(&mut self) -> Option<char> {
        let run = self.run(|c| matches!(c, '&' | '|'));
        let (sign, count) = match (run.as_str(), self.word(0).as_str()) {
            (known @ ("&&" | "||"), _) => {
                self.out.push_str(known);
                self.skip(2);
                return known.chars().next();
            }
            ("&", _) => ('&', 1),
            ("|", _) => ('|', 1),
            ("", "AND") => ('&', 3),
            ("", "OR") => ('|', 2),
            _ => return None,
        };
        self.note_run(FaultKind::ForeignConnective, count);
        // A word that was close to its neighbours is none any more.
        self.out.extend([sign, sign]);
        self.skip(count);
        Some(sign)
    }

    /// A value; `ends` decides which characters may follow it.
    pub(super) fn value(&mut self, ends: impl Fn(char) -> bool) -> Option<()> {
        match self.peek()? {
            '%' => {
                self.copy();
                while self.peek()? != '%' {
                    self.copy();
                }
                self.copy();
                Some(())
            }
            '`' => None,
            c if is_quote(c) => self.quoted(&ends),
            _ => self.bare(&ends),
        }
    }

    /// A value or term in quotes of any kind.
    pub(super) fn quoted(&mut self, ends: impl Fn(char) -> bool) -> Option<()> {
        let open = self.peek()?;
        self.delimiter(open);
        loop {
            let c = self.peek()?;
            let is_end = match open {
                '"' => c == '"' || (is_typographic_double(c) && self.is_followed(&ends)),
                open if is_typographic_double(open) => c == '"' || is_typographic_double(c),
                _ => c == '\'' || (is_typographic_single(c) && (open != '\'' || self.is_followed(&ends))),
            };
            if is_end {
                self.delimiter(c);
                return Some(());
            }
            if c == '"' {
                return None;
            }
            if c == '\\' {
                self.copy();
            }
            self.copy();
        }
    }

    /// Writes a straight double quote for the one here.
    fn delimiter(&mut self, c: char) {
        match c {
            '"' => {}
            '\'' => self.note(FaultKind::SingleQuotes),
            _ => self.note(FaultKind::TypographicQuotes),
        }
        self.out.push('"');
        self.skip(1);
    }

    /// Whether the letter here is the last of a value.
    fn is_followed(&self, ends: impl Fn(char) -> bool) -> bool {
        let blanks = self.count_blanks(1);
        self.peek_at(1 + blanks).is_none_or(ends) || matches!(self.word(1 + blanks).as_str(), "AND" | "OR")
    }

    /// A value without quotes, which may need some.
    fn bare(&mut self, ends: impl Fn(char) -> bool) -> Option<()> {
        let (start, from) = (self.out.len(), self.here());
        let mut needs_quotes = false;
        let mut last = from;
        while let Some(c) = self.peek().filter(|c| !ends(*c)) {
            if is_blank(c) {
                let gap = self.count_blanks(0);
                let goes_on = self.peek_at(gap).is_some_and(char::is_alphanumeric)
                    && !matches!(self.word(gap).as_str(), "AND" | "OR");
                if !goes_on {
                    break;
                }
                needs_quotes = true;
                self.blanks();
                continue;
            }
            if is_operator(c) || is_quote(c) || matches!(c, '$' | '(' | '%' | '\\' | '{') {
                return None;
            }
            last = self.here();
            if is_dash(c) {
                self.dash();
                continue;
            }
            needs_quotes |= !is_bare(c);
            self.copy();
        }
        if self.out.len() == start {
            return None;
        }
        if needs_quotes {
            self.out.insert(start, '"');
            self.out.push('"');
            self.faults.note(FaultKind::UnquotedValue, Span::new(from.start, last.end));
        }
        Some(())
    }

    /// Adds what was missing at the end, before the blanks there.
    pub(super) fn add_missing(&mut self, closing: &str) {
        let blanks = self.out.len() - self.out.trim_end_matches(is_blank).len();
        let gap = self.out.split_off(self.out.len() - blanks);
        self.out.push_str(closing);
        self.out.push_str(&gap);
        self.note(FaultKind::MissingBracket);
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.letters.len()
    }
}

fn is_operator(c: char) -> bool {
    matches!(c, '=' | '!' | '<' | '>' | '~' | '≠' | '≤' | '≥')
}
