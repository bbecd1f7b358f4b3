//! `{ … }` as it was meant: brackets are kept on a stack of their own, as the parser does.

use super::fault::FaultKind;
use super::repairer::Repairer;
use crate::syntax::cursor::is_name;

/// An open bracket, and which connectives are directly in it.
#[derive(Default)]
struct Level {
    has_and: bool,
    has_or: bool,
}

impl Level {
    /// Where it was meant to be closed is not known: `( a || b && c`.
    fn is_ambiguous(&self) -> bool {
        self.has_and && self.has_or
    }
}

/// What may follow a value.
fn ends(c: char) -> bool {
    matches!(c, ')' | '}' | '&' | '|')
}

impl Repairer<'_> {
    /// A whole JSON pattern.
    pub(super) fn json(&mut self) -> Option<()> {
        self.opening('{', "{ ");
        // The pattern itself is the first level.
        let mut levels = vec![Level::default()];
        loop {
            self.blanks();
            if self.peek() == Some('(') {
                levels.push(Level::default());
                self.copy();
                continue;
            }
            self.test()?;
            loop {
                self.blanks();
                match self.peek() {
                    None | Some('}') => return self.closing(&levels),
                    Some(')') if levels.len() > 1 => {
                        levels.pop();
                        self.copy();
                    }
                    Some(')') if self.only_closes() => {
                        self.note(FaultKind::ExtraBracket);
                        self.skip(1);
                    }
                    Some(_) => break,
                }
            }
            let sign = self.connective()?;
            let level = levels.last_mut()?;
            *(if sign == '&' { &mut level.has_and } else { &mut level.has_or }) = true;
        }
    }

    /// The brace or bracket at the start, once, whether it is there several times or not at all.
    pub(super) fn opening(&mut self, open: char, missing: &str) {
        if self.peek() != Some(open) {
            self.note(FaultKind::MissingBracket);
            self.out.push_str(missing);
            return;
        }
        self.copy();
        loop {
            let gap = self.count_blanks(0);
            if self.peek_at(gap) != Some(open) {
                return;
            }
            self.note(FaultKind::ExtraBracket);
            self.skip(gap + 1);
        }
    }

    /// Whether from the bracket here on only the end follows.
    fn only_closes(&self) -> bool {
        let next = self.peek_at(1 + self.count_blanks(1));
        matches!(next, None | Some(')' | '}'))
    }

    /// The end of the pattern: brackets that are missing, the brace.
    fn closing(&mut self, levels: &[Level]) -> Option<()> {
        let open = &levels[1..];
        if open.iter().any(Level::is_ambiguous) {
            return None;
        }
        if !open.is_empty() {
            self.add_missing(&")".repeat(open.len()));
        }
        self.closing_brace('}', " }")
    }

    /// The brace or bracket at the end, once.
    pub(super) fn closing_brace(&mut self, close: char, missing: &str) -> Option<()> {
        if self.is_at_end() {
            self.out.truncate(self.out.trim_end().len());
            self.add_missing(missing);
            return Some(());
        }
        self.copy();
        loop {
            self.skip(self.count_blanks(0));
            match self.peek() {
                None => return Some(()),
                Some(c) if c == close => {
                    self.note(FaultKind::ExtraBracket);
                    self.skip(1);
                }
                Some(_) => return None,
            }
        }
    }

    fn test(&mut self) -> Option<()> {
        if self.selector()? {
            self.blanks();
            return self.name();
        }
        let has_blank = self.blanks();
        if self.peek().is_some_and(is_name) {
            // After an index, where no name could have swallowed the keyword.
            if !has_blank {
                self.note(FaultKind::MissingBlank);
                self.out.push(' ');
            }
            return self.keywords();
        }
        self.operator()?;
        self.blanks();
        self.value(ends)
    }

    /// `IS NULL`, `NOT EXISTS` and the like.
    fn keywords(&mut self) -> Option<()> {
        let (first, second) = match self.word(0).as_str() {
            "IS" | "NOT" => {
                self.name()?;
                if !self.blanks() {
                    return None;
                }
                return self.name();
            }
            "NOTEXISTS" => ("NOT", "EXISTS"),
            "ISNULL" => ("IS", "NULL"),
            "ISTRUE" => ("IS", "TRUE"),
            "ISFALSE" => ("IS", "FALSE"),
            _ => return None,
        };
        self.note(FaultKind::MissingBlank);
        self.out.extend([first, " ", second]);
        self.skip(first.len() + second.len());
        Some(())
    }

    /// A selector; true if a keyword stuck to its name, of which the second word is still to come.
    fn selector(&mut self) -> Option<bool> {
        match self.peek()? {
            '$' => {
                self.copy();
                match self.peek()? {
                    '.' => {}
                    c if is_name(c) => self.missing(".")?,
                    '[' if self.peek_at(1) == Some('\'') => {
                        self.note(FaultKind::MissingDollar);
                        self.out.push('.');
                    }
                    _ => return None,
                }
            }
            '.' => {
                self.note(FaultKind::MissingDollar);
                self.out.push('$');
            }
            c if is_name(c) => self.missing("$.")?,
            _ => return None,
        }
        self.steps()?;
        Some(self.torn_off())
    }

    /// The first name of a selector that lacks its start.
    fn missing(&mut self, start: &str) -> Option<()> {
        self.note(FaultKind::MissingDollar);
        self.out.push_str(start);
        self.name()
    }

    fn steps(&mut self) -> Option<()> {
        loop {
            match (self.peek(), self.peek_at(1)) {
                (Some('.'), Some('*')) => {
                    self.copy();
                    self.copy();
                }
                (Some('.'), Some('[')) => self.copy(),
                (Some('.'), _) => {
                    self.copy();
                    self.name()?;
                }
                (Some('['), Some(quote)) => {
                    self.copy();
                    let is_name = quote == '\'';
                    if is_name {
                        self.copy();
                        while self.peek()? != '\'' {
                            self.copy();
                        }
                    }
                    while self.peek()? != ']' {
                        self.copy();
                    }
                    self.copy();
                }
                _ => return Some(()),
            }
        }
    }

    /// Tears `NOT` or `IS` off the name that was just written, where the rest of the test shows that it is none of its.
    fn torn_off(&mut self) -> bool {
        let gap = self.count_blanks(0);
        let keyword = match self.word(gap).as_str() {
            "EXISTS" => "NOT",
            "NULL" | "TRUE" | "FALSE" => "IS",
            _ => return false,
        };
        // In capitals only: a name may well end in `is`.
        let Some(name) = self.out.strip_suffix(keyword).filter(|name| gap > 0 && name.ends_with(is_name)) else {
            return false;
        };
        let at = name.len();
        self.out.insert(at, ' ');
        self.note(FaultKind::MissingBlank);
        true
    }
}
