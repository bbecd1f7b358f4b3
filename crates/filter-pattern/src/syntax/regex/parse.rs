//! Reads the text of a regular expression into alternatives of concatenations.

use super::items::{Item, LINE_ENDS, Set, Syntax, class};
use crate::syntax::error::{ErrorKind, Fault};

/// A repetition beyond this is not decided: dialects limit it differently.
const MAX_REPEAT: u32 = 1000;

pub(super) fn parse(source: &str, offset: usize) -> Result<Syntax, Fault> {
    for (at, c) in source.char_indices() {
        if !is_allowed(c) {
            return Err(Fault::new(ErrorKind::RegexCharacter, offset + at, offset + at + c.len_utf8()));
        }
    }
    // Only ASCII is allowed, so bytes are characters from here on.
    Parser { text: source.as_bytes(), pos: 0, offset, is_vague: false }.alternatives()
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, ' ' | ':' | '_' | '#' | '=' | '@' | '/' | ';' | ',' | '-')
        || is_operator(c)
}

fn is_operator(c: char) -> bool {
    matches!(c, '^' | '$' | '?' | '[' | ']' | '{' | '}' | '|' | '\\' | '*' | '+' | '.')
}

struct Parser<'a> {
    text: &'a [u8],
    pos: usize,
    offset: usize,
    is_vague: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.pos).map(|&byte| char::from(byte))
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += 1;
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let here = self.peek() == Some(c);
        self.pos += usize::from(here);
        here
    }

    fn fault(&self, kind: ErrorKind, start: usize) -> Fault {
        Fault::new(kind, self.offset + start, self.offset + self.pos)
    }

    fn alternatives(mut self) -> Result<Syntax, Fault> {
        let mut alternatives = vec![Vec::new()];
        while let Some(c) = self.peek() {
            if c == '|' {
                self.pos += 1;
                alternatives.push(Vec::new());
                continue;
            }
            let item = self.item()?;
            if let Some(items) = alternatives.last_mut() {
                items.push(item);
            }
        }
        Ok(Syntax { alternatives, is_vague: self.is_vague })
    }

    fn item(&mut self) -> Result<Item, Fault> {
        let start = self.pos;
        let set = match self.bump() {
            Some('^') => return self.unrepeated(Item::Start),
            Some('$') => return self.unrepeated(Item::End),
            Some('*' | '+' | '?' | '{') => {
                return Err(self.fault(ErrorKind::RegexRepetition, start));
            }
            Some('.') => dot(),
            Some('[') => self.class(start)?,
            Some('\\') => self.escape(start)?,
            Some(c) => Set::new(&[(c, c)]),
            None => return Err(self.fault(ErrorKind::EmptyRegex, start)),
        };
        let (min, max) = self.repetition()?;
        Ok(Item::Chars { set, min, max })
    }

    fn unrepeated(&mut self, item: Item) -> Result<Item, Fault> {
        match self.peek() {
            Some('*' | '+' | '?' | '{') => {
                self.pos += 1;
                Err(self.fault(ErrorKind::RegexRepetition, self.pos - 1))
            }
            _ => Ok(item),
        }
    }

    fn repetition(&mut self) -> Result<(u32, Option<u32>), Fault> {
        let start = self.pos;
        let bounds = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => self.counts()?,
            _ => return Ok((1, Some(1))),
        };
        self.pos += 1;
        // Lazy or greedy is the same to a search.
        self.eat('?');
        if matches!(self.peek(), Some('*' | '+' | '?' | '{')) {
            self.pos += 1;
            return Err(self.fault(ErrorKind::RegexRepetition, start));
        }
        Ok(bounds)
    }

    /// Up to the `}`, which is left to the caller.
    fn counts(&mut self) -> Result<(u32, Option<u32>), Fault> {
        let start = self.pos;
        self.pos += 1;
        let low = self.digits();
        let has_comma = self.eat(',');
        let high = self.digits();
        if self.peek() != Some('}') {
            self.pos = self.text.len();
            return Err(self.fault(ErrorKind::RegexRepetition, start));
        }
        let bounds = match (low, has_comma, high) {
            (Some(count), false, None) => (count, Some(count)),
            (low, true, high) => (low.unwrap_or(0), high),
            _ => (1, Some(0)),
        };
        if bounds.1.is_some_and(|max| max < bounds.0) {
            self.pos += 1;
            return Err(self.fault(ErrorKind::RegexRepetition, start));
        }
        if bounds.0.max(bounds.1.unwrap_or(0)) > MAX_REPEAT {
            self.is_vague = true;
            return Ok((0, None));
        }
        Ok(bounds)
    }

    fn digits(&mut self) -> Option<u32> {
        let start = self.pos;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.pos += 1;
        }
        let digits = std::str::from_utf8(&self.text[start..self.pos]).unwrap_or_default();
        (!digits.is_empty()).then(|| digits.parse().unwrap_or(u32::MAX))
    }

    fn escape(&mut self, start: usize) -> Result<Set, Fault> {
        let Some(c) = self.bump() else {
            return Err(self.fault(ErrorKind::RegexEscape, start));
        };
        match c {
            'd' => Ok(digit()),
            'D' => Ok(digit().negated()),
            's' => Ok(blank()),
            'S' => Ok(blank().negated()),
            'w' => Ok(word()),
            'W' => Ok(word().negated()),
            'x' => {
                let digits: Option<u32> = self
                    .text
                    .get(self.pos..self.pos + 2)
                    .and_then(|hex| std::str::from_utf8(hex).ok())
                    .and_then(|hex| u32::from_str_radix(hex, 16).ok());
                self.pos = (self.pos + 2).min(self.text.len());
                match digits.and_then(char::from_u32) {
                    Some(c) => Ok(Set::new(&[(c, c)])),
                    None => Err(self.fault(ErrorKind::RegexEscape, start)),
                }
            }
            _ if c.is_ascii_alphanumeric() => Err(self.fault(ErrorKind::RegexEscape, start)),
            _ => Ok(Set::new(&[(c, c)])),
        }
    }

    fn class(&mut self, start: usize) -> Result<Set, Fault> {
        let is_negated = self.eat('^');
        let mut set = Set::new(&[]);
        let mut is_first = true;
        loop {
            let at = self.pos;
            let Some(c) = self.bump() else {
                return Err(self.fault(ErrorKind::RegexClass, start));
            };
            if c == ']' && !is_first {
                break;
            }
            is_first = false;
            // A bracket inside is a union in some dialects and a character in others.
            self.is_vague |= c == '[';
            let low = if c == '\\' { self.escape(at)? } else { Set::new(&[(c, c)]) };
            set.add(&self.range_from(low, at)?);
        }
        Ok(if is_negated { set.negated() } else { set })
    }

    /// `low`, or the range that it begins.
    fn range_from(&mut self, low: Set, at: usize) -> Result<Set, Fault> {
        let is_range = self.peek() == Some('-') && self.text.get(self.pos + 1).is_some_and(|&next| next != b']');
        if !is_range {
            return Ok(low);
        }
        self.pos += 1;
        let high_at = self.pos;
        let Some(c) = self.bump() else {
            return Err(self.fault(ErrorKind::RegexClass, at));
        };
        self.is_vague |= c == '[';
        let high = if c == '\\' { self.escape(high_at)? } else { Set::new(&[(c, c)]) };
        match (low.single(), high.single()) {
            (Some(low), Some(high)) if low <= high => Ok(Set::new(&[(low, high)])),
            _ => Err(self.fault(ErrorKind::RegexClass, at)),
        }
    }
}

fn digit() -> Set {
    Set::new(&[('0', '9')])
}

fn word() -> Set {
    Set::new(&[('A', 'Z'), ('a', 'z'), ('0', '9'), ('_', '_')])
}

/// A vertical tab is a blank to Java and not to RE2.
fn blank() -> Set {
    let mut set = Set::new(&[(' ', ' '), ('\t', '\n'), ('\x0c', '\r')]);
    set.lenient.union(&class(&[('\x0b', '\x0b')]));
    set
}

/// Surely not a line feed; the other line ends differ between dialects.
fn dot() -> Set {
    let line_ends: Vec<(char, char)> = LINE_ENDS.iter().map(|&c| (c, c)).collect();
    let mut set = Set { strict: class(&line_ends), lenient: class(&[('\n', '\n')]) };
    set.strict.negate();
    set.lenient.negate();
    set
}
