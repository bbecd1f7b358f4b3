//! Reads a log event's text as JSON, the way evaluation needs it: numbers as written, duplicate keys noticed, and no
//! recursion, for events are data from outside. One pass checks every byte; only what a pattern looks at is kept, as a
//! tree in one vector, which `matching` walks.

use std::borrow::Cow;
use std::collections::HashSet;

use super::wanted::{ROOT, Want, Wanted};

/// A JSON object, read.
#[derive(Debug)]
pub(super) struct Event<'a> {
    nodes: Vec<Value<'a>>,
    root: usize,
    doubt: Option<&'static str>,
}

/// A JSON value; parts are positions in the event.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Null,
    True,
    False,
    /// As written.
    Number(&'a str),
    Text(Cow<'a, str>),
    /// A text with half a surrogate pair: no text at all, strictly.
    BrokenText,
    /// The elements that are wanted, with their index.
    Array(Vec<(u64, usize)>),
    /// The members that are wanted.
    Object(Vec<(Cow<'a, str>, usize)>),
}

impl<'a> Event<'a> {
    /// Reads a text that is one JSON object and nothing else; None for any other text.
    pub(super) fn read(text: &'a str, wanted: &Wanted) -> Option<Self> {
        let mut reader = Reader::new(text, wanted);
        reader.skip_blanks();
        if reader.peek() != Some(b'{') {
            return None;
        }
        let root = reader.document()?;
        reader.skip_blanks();
        let is_whole = reader.pos == text.len();
        let doubt = reader.doubt;
        is_whole.then_some(Self { nodes: reader.nodes, root: root?, doubt })
    }

    pub(super) fn root(&self) -> usize {
        self.root
    }

    pub(super) fn value(&self, at: usize) -> &Value<'a> {
        &self.nodes[at]
    }

    /// Why the service may read this event otherwise, or not at all.
    pub(super) fn doubt(&self) -> Option<&'static str> {
        self.doubt
    }
}

/// An array or object whose end has not been seen.
struct Open<'a> {
    want: Want,
    parts: Parts<'a>,
}

enum Parts<'a> {
    Array {
        next: u64,
        kept: Vec<(u64, usize)>,
    },
    Object {
        /// The key whose value is being read.
        key: Key,
        /// Where this object's keys begin among those of all open ones.
        first_key: usize,
        kept: Vec<(Cow<'a, str>, usize)>,
    },
}

/// Where a key's text stands, between its quotes.
#[derive(Debug, Clone, Copy)]
struct Key {
    start: usize,
    end: usize,
    has_escapes: bool,
    /// Equal keys without escapes have equal ones.
    print: u64,
}

/// So many keys are compared each with each.
const FEW_KEYS: usize = 24;

struct Reader<'a, 'w> {
    text: &'a str,
    bytes: &'a [u8],
    wanted: &'w Wanted,
    pos: usize,
    nodes: Vec<Value<'a>>,
    keys: Vec<Key>,
    doubt: Option<&'static str>,
}

impl<'a, 'w> Reader<'a, 'w> {
    fn new(text: &'a str, wanted: &'w Wanted) -> Self {
        let (nodes, keys) = (Vec::with_capacity(8), Vec::with_capacity(64));
        Self { text, bytes: text.as_bytes(), wanted, pos: 0, nodes, keys, doubt: None }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.pos += usize::from(here);
        here
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.pos += 1;
        }
    }

    fn keep(&mut self, value: Value<'a>, want: Want) -> Option<usize> {
        (want != Want::Nothing).then(|| {
            self.nodes.push(value);
            self.nodes.len() - 1
        })
    }

    /// One value with all that is in it. The outer None: this is no JSON.
    fn document(&mut self) -> Option<Option<usize>> {
        let mut open: Vec<Open<'a>> = Vec::with_capacity(8);
        let mut want = ROOT;
        loop {
            self.skip_blanks();
            let mut done = match self.peek()? {
                b'{' => {
                    self.pos += 1;
                    self.skip_blanks();
                    if !self.eat(b'}') {
                        let first_key = self.keys.len();
                        let key = self.key()?;
                        open.push(Open { want, parts: Parts::Object { key, first_key, kept: Vec::new() } });
                        want = self.member(want, key);
                        continue;
                    }
                    self.keep(Value::Object(Vec::new()), want)
                }
                b'[' => {
                    self.pos += 1;
                    self.skip_blanks();
                    if !self.eat(b']') {
                        open.push(Open { want, parts: Parts::Array { next: 0, kept: Vec::new() } });
                        want = self.wanted.element(want, 0);
                        continue;
                    }
                    self.keep(Value::Array(Vec::new()), want)
                }
                _ => self.scalar(want)?,
            };
            // A value is complete, and with it perhaps those round it.
            loop {
                let Some(parent) = open.last_mut() else { return Some(done) };
                self.skip_blanks();
                if self.bytes.get(self.pos) == Some(&b',') {
                    self.pos += 1;
                    want = self.next_part(parent, done)?;
                    break;
                }
                let parent = open.pop()?;
                done = self.close(parent, done)?;
            }
        }
    }

    /// Takes in a part of an array or object, and steps on to the next one.
    fn next_part(&mut self, parent: &mut Open<'a>, done: Option<usize>) -> Option<Want> {
        match &mut parent.parts {
            Parts::Array { next, kept } => {
                kept.extend(done.map(|at| (*next, at)));
                *next += 1;
                Some(self.wanted.element(parent.want, *next))
            }
            Parts::Object { key, kept, .. } => {
                if let Some(at) = done {
                    kept.push((self.text_of(*key), at));
                }
                self.skip_blanks();
                *key = self.key()?;
                Some(self.member(parent.want, *key))
            }
        }
    }

    /// Takes in the last part of an array or object, and ends it.
    fn close(&mut self, parent: Open<'a>, done: Option<usize>) -> Option<Option<usize>> {
        match parent.parts {
            Parts::Array { next, mut kept } => {
                kept.extend(done.map(|at| (next, at)));
                self.eat(b']').then(|| self.keep(Value::Array(kept), parent.want))
            }
            Parts::Object { key, first_key, mut kept } => {
                if let Some(at) = done {
                    kept.push((self.text_of(key), at));
                }
                if !self.eat(b'}') {
                    return None;
                }
                self.note_duplicates(first_key);
                Some(self.keep(Value::Object(kept), parent.want))
            }
        }
    }

    fn member(&self, want: Want, key: Key) -> Want {
        match want {
            Want::At(_) => self.wanted.member(want, &self.text_of(key)),
            Want::Nothing | Want::Whole => want,
        }
    }

    fn note_duplicates(&mut self, first_key: usize) {
        let keys = &self.keys[first_key..];
        let is_same = |a: &Key, b: &Key| match (a.has_escapes, b.has_escapes) {
            (false, false) => a.print == b.print && self.bytes[a.start..a.end] == self.bytes[b.start..b.end],
            _ => self.text_of(*a) == self.text_of(*b),
        };
        let has_duplicates = if keys.len() <= FEW_KEYS {
            keys.iter().enumerate().any(|(at, key)| keys[..at].iter().any(|other| is_same(key, other)))
        } else {
            let mut known = HashSet::with_capacity(keys.len());
            !keys.iter().all(|key| known.insert(self.text_of(*key)))
        };
        if has_duplicates {
            self.doubt = Some("an event with duplicate keys");
        }
        self.keys.truncate(first_key);
    }

    /// `"key" :`
    fn key(&mut self) -> Option<Key> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.pos;
        let has_escapes = self.skip_string()?;
        let end = self.pos - 1;
        let key = Key { start, end, has_escapes, print: print(&self.bytes[start..end]) };
        if has_escapes && unescaped(&self.text[start..end]).is_none() {
            self.doubt = Some("an event with half a surrogate pair in a key");
        }
        self.keys.push(key);
        self.skip_blanks();
        self.eat(b':').then_some(key)
    }

    fn text_of(&self, key: Key) -> Cow<'a, str> {
        let raw = &self.text[key.start..key.end];
        if key.has_escapes {
            Cow::Owned(unescaped(raw).unwrap_or_else(|| "\u{fffd}".to_owned()))
        } else {
            Cow::Borrowed(raw)
        }
    }

    fn scalar(&mut self, want: Want) -> Option<Option<usize>> {
        let start = self.pos;
        let value = match self.peek()? {
            b'"' => {
                self.pos += 1;
                let has_escapes = self.skip_string()?;
                if want == Want::Nothing {
                    return Some(None);
                }
                let raw = &self.text[start + 1..self.pos - 1];
                if has_escapes {
                    unescaped(raw).map_or(Value::BrokenText, |text| Value::Text(Cow::Owned(text)))
                } else {
                    Value::Text(Cow::Borrowed(raw))
                }
            }
            b'n' => self.word(b"null").then_some(Value::Null)?,
            b't' => self.word(b"true").then_some(Value::True)?,
            b'f' => self.word(b"false").then_some(Value::False)?,
            _ => {
                self.skip_number()?;
                Value::Number(&self.text[start..self.pos])
            }
        };
        Some(self.keep(value, want))
    }

    fn word(&mut self, word: &[u8]) -> bool {
        let here = self.bytes[self.pos..].starts_with(word);
        self.pos += if here { word.len() } else { 0 };
        here
    }

    fn skip_digits(&mut self) -> Option<()> {
        let start = self.pos;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.pos += 1;
        }
        (self.pos > start).then_some(())
    }

    fn skip_number(&mut self) -> Option<()> {
        self.eat(b'-');
        if !self.eat(b'0') {
            self.skip_digits()?;
        }
        if self.eat(b'.') {
            self.skip_digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.skip_digits()?;
        }
        Some(())
    }

    /// From behind the opening quote to behind the closing one. Tells whether there are escapes.
    fn skip_string(&mut self) -> Option<bool> {
        let mut has_escapes = false;
        loop {
            self.pos = next_special(self.bytes, self.pos)?;
            match self.bytes[self.pos] {
                b'"' => {
                    self.pos += 1;
                    return Some(has_escapes);
                }
                b'\\' => {
                    has_escapes = true;
                    let length = match self.bytes.get(self.pos + 1)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                        b'u' if self.bytes.get(self.pos + 2..self.pos + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                        _ => return None,
                    };
                    self.pos += length;
                }
                // A control character.
                _ => return None,
            }
        }
    }
}

/// Differs for nearly all keys that differ: the length and up to sixteen bytes.
fn print(key: &[u8]) -> u64 {
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    let head = word(&key[..key.len().min(8)]);
    let tail = word(&key[key.len().saturating_sub(8)..]);
    head ^ tail.rotate_left(29) ^ (key.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The next quote, backslash or control character, eight bytes at a time.
fn next_special(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let equals = |word: u64, byte: u8| {
        let diff = word ^ (ONES * u64::from(byte));
        diff.wrapping_sub(ONES) & !diff
    };
    while let Some(&chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(chunk);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        // The lowest byte that is marked is marked rightly; those above it may not be.
        let marks = (equals(word, b'"') | equals(word, b'\\') | control) & HIGHS;
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20)).map(|found| at + found)
}

/// The text of a string whose escapes were checked; None if it holds half a surrogate pair.
fn unescaped(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = rest.as_bytes().get(at + 1)?;
        rest = &rest[at + 2..];
        text.push(match escape {
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = hex(&mut rest)?;
                if (0xd800..0xdc00).contains(&high) {
                    rest = rest.strip_prefix("\\u")?;
                    let low = hex(&mut rest).filter(|low| (0xdc00..0xe000).contains(low))?;
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?
                } else {
                    char::from_u32(high)?
                }
            }
            plain => char::from(*plain),
        });
    }
    text.push_str(rest);
    Some(text)
}

fn hex(rest: &mut &str) -> Option<u32> {
    let digits = rest.get(..4)?;
    *rest = &rest[4..];
    u32::from_str_radix(digits, 16).ok()
}
