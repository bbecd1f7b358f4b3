//! Text → tree, for the JSON form. Recursive descent with a depth limit; every error has a kind and a span.

use super::ast::{Check, Node, Number, Operand, Order, Selector, Step, Test, is_name_byte};
use super::error::{ErrorKind, ParseError, Span};

/// Far deeper than anybody nests brackets, and shallow enough for any thread's stack.
const DEPTH: usize = 200;
/// CloudTrail records are a few levels deep.
const STEPS: usize = 64;

pub(super) fn parse(pattern: &str) -> Result<Node, ParseError> {
    let mut parser = Parser { pattern, at: 1, depth: 0 };
    parser.blanks();
    let node = parser.any()?;
    parser.blanks();
    match parser.peek() {
        Some(b'}') => parser.at += 1,
        None => return Err(parser.error(ErrorKind::UnclosedBrace, 0, 1)),
        Some(_) => return Err(parser.here(ErrorKind::ExpectedConnective)),
    }
    if parser.at < pattern.len() {
        return Err(parser.error(ErrorKind::TrailingText, parser.at, pattern.len()));
    }
    Ok(node)
}

struct Parser<'a> {
    pattern: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn any(&mut self) -> Result<Node, ParseError> {
        let mut parts = vec![self.all()?];
        while self.take("||") {
            parts.push(self.all()?);
        }
        Ok(Node::joined(parts, Node::Any))
    }

    fn all(&mut self) -> Result<Node, ParseError> {
        let mut parts = vec![self.primary()?];
        while self.take("&&") {
            parts.push(self.primary()?);
        }
        Ok(Node::joined(parts, Node::All))
    }

    fn primary(&mut self) -> Result<Node, ParseError> {
        if !self.take("(") {
            return self.test().map(Node::Test);
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.here(ErrorKind::TooDeep));
        }
        let inner = self.any()?;
        if !self.take(")") {
            return Err(self.here(ErrorKind::ExpectedConnective));
        }
        self.depth -= 1;
        Ok(inner)
    }

    fn test(&mut self) -> Result<Test, ParseError> {
        let selector = self.selector()?;
        let check = self.check()?;
        Ok(Test { selector, check })
    }

    fn selector(&mut self) -> Result<Selector, ParseError> {
        self.blanks();
        let start = self.at;
        if self.peek() != Some(b'$') {
            return Err(self.here(ErrorKind::ExpectedSelector));
        }
        self.at += 1;
        let mut steps = Vec::new();
        loop {
            let step = match (self.peek(), self.byte(1)) {
                (Some(b'.'), Some(b'*')) => {
                    self.at += 2;
                    Step::Every
                }
                (Some(b'.'), Some(b'[')) => self.quoted_name(start)?,
                (Some(b'.'), _) => self.name(start)?,
                (Some(b'['), _) if !steps.is_empty() => self.index(start)?,
                _ => break,
            };
            if step == Step::Every && steps.contains(&Step::Every) {
                return Err(self.error(ErrorKind::TwoWildcards, start, self.at));
            }
            steps.push(step);
            if steps.len() > STEPS {
                return Err(self.error(ErrorKind::TooDeep, start, self.at));
            }
        }
        if steps.is_empty() {
            return Err(self.error(ErrorKind::BadSelector, start, self.at + 1));
        }
        Ok(Selector { steps })
    }

    fn name(&mut self, start: usize) -> Result<Step, ParseError> {
        self.at += 1;
        let name = self.run(is_name_byte);
        if name.is_empty() {
            return Err(self.error(ErrorKind::BadSelector, start, self.at + 1));
        }
        Ok(Step::Name(name.to_owned()))
    }

    fn quoted_name(&mut self, start: usize) -> Result<Step, ParseError> {
        let inner = self.pattern.get(self.at..).and_then(|rest| rest.strip_prefix(".['"));
        let Some((name, _)) = inner.and_then(|inner| inner.split_once("']")).filter(|(name, _)| !name.contains('\''))
        else {
            return Err(self.error(ErrorKind::BadSelector, start, self.at + 2));
        };
        self.at += name.len() + 5;
        Ok(Step::Name(name.to_owned()))
    }

    fn index(&mut self, start: usize) -> Result<Step, ParseError> {
        self.at += 1;
        let step = if self.peek() == Some(b'*') {
            self.at += 1;
            Some(Step::Every)
        } else {
            self.run(|byte| byte.is_ascii_digit()).parse().ok().map(Step::Index)
        };
        match (step, self.peek()) {
            (Some(step), Some(b']')) => {
                self.at += 1;
                Ok(step)
            }
            _ => Err(self.error(ErrorKind::BadSelector, start, self.at + 1)),
        }
    }

    fn check(&mut self) -> Result<Check, ParseError> {
        for (sign, order) in [("<=", Order::AtMost), (">=", Order::AtLeast), ("<", Order::Less), (">", Order::Greater)]
        {
            if self.take(sign) {
                return self.number().map(|number| Check::Order(order, number));
            }
        }
        if self.take("!=") {
            return self.operand().map(Check::NotEqual);
        }
        if self.take("=") {
            return self.operand().map(Check::Equal);
        }
        let start = self.at;
        if self.word("NOT") && self.word("EXISTS") {
            return Ok(Check::NotExists);
        }
        self.at = start;
        if self.word("IS") {
            for (word, check) in [("NULL", Check::IsNull), ("TRUE", Check::IsTrue), ("FALSE", Check::IsFalse)] {
                if self.word(word) {
                    return Ok(check);
                }
            }
        }
        self.blanks();
        Err(self.here(ErrorKind::ExpectedOperator))
    }

    fn number(&mut self) -> Result<Number, ParseError> {
        self.blanks();
        let start = self.at;
        let text = self.run(is_bare_byte);
        number(text).ok_or_else(|| self.error(ErrorKind::ExpectedNumber, start, self.at.max(start + 1)))
    }

    fn operand(&mut self) -> Result<Operand, ParseError> {
        self.blanks();
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'%') => self.regex(),
            _ => {
                let text = self.run(is_bare_byte).to_owned();
                let next_is_odd =
                    self.peek().is_some_and(|byte| !matches!(byte, b')' | b'}' | b'&' | b'|') && !is_blank(byte));
                if next_is_odd {
                    return Err(self.here(ErrorKind::BadCharacter));
                }
                match number(&text) {
                    _ if text.is_empty() || text == "null" => {
                        Err(self.error(ErrorKind::ExpectedValue, start, self.at.max(start + 1)))
                    }
                    Some(number) => Ok(Operand::Number(number)),
                    None => Ok(Operand::Text(text)),
                }
            }
        }
    }

    fn quoted(&mut self) -> Result<Operand, ParseError> {
        let start = self.at;
        let rest = self.pattern.get(start + 1..).unwrap_or_default();
        let mut text = String::new();
        let mut letters = rest.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.at = start + 1 + at + 1;
                    return Ok(Operand::Text(text));
                }
                '\\' => match letters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                other => text.push(other),
            }
        }
        Err(self.error(ErrorKind::Unclosed, start, self.pattern.len()))
    }

    fn regex(&mut self) -> Result<Operand, ParseError> {
        let start = self.at;
        let rest = self.pattern.get(start + 1..).unwrap_or_default();
        let Some((regex, _)) = rest.split_once('%') else {
            return Err(self.error(ErrorKind::Unclosed, start, self.pattern.len()));
        };
        self.at = start + regex.len() + 2;
        if regex.is_empty() {
            return Err(self.error(ErrorKind::BadRegex, start, self.at));
        }
        Ok(Operand::Regex(regex.to_owned()))
    }

    fn peek(&self) -> Option<u8> {
        self.byte(0)
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.pattern.as_bytes().get(self.at + ahead).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
    }

    fn run(&mut self, belongs: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&belongs) {
            self.at += 1;
        }
        self.pattern.get(start..self.at).unwrap_or_default()
    }

    fn take(&mut self, sign: &str) -> bool {
        self.blanks();
        let found = self.pattern.get(self.at..).is_some_and(|rest| rest.starts_with(sign));
        if found {
            self.at += sign.len();
        }
        found
    }

    /// A keyword in any case, with a blank before it.
    fn word(&mut self, word: &str) -> bool {
        let start = self.at;
        self.blanks();
        let spaced =
            self.at.checked_sub(1).and_then(|at| self.pattern.as_bytes().get(at)).copied().is_some_and(is_blank);
        let found = self.pattern.get(self.at..self.at + word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word));
        let ends = !self.byte(word.len()).is_some_and(is_bare_byte);
        if spaced && found && ends {
            self.at += word.len();
            return true;
        }
        self.at = start;
        false
    }

    fn here(&self, kind: ErrorKind) -> ParseError {
        let width = self.pattern.get(self.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        self.error(kind, self.at, self.at + width)
    }

    fn error(&self, kind: ErrorKind, start: usize, end: usize) -> ParseError {
        let mut end = end.min(self.pattern.len());
        while !self.pattern.is_char_boundary(end) {
            end += 1;
        }
        ParseError::new(kind, Span { start: start.min(end), end }, self.pattern)
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_bare_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'+' | b'*')
}

/// `[+-] digits [. digits] [e [+-] digits]`.
fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let power = |text: &str| digits(text.strip_prefix(['+', '-']).unwrap_or(text));
    let is = digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(power);
    is.then(|| Number(text.to_owned()))
}
