//! One pass over an event's text, without recursion: every byte is checked, what is wanted is kept.

use std::borrow::Cow;
use std::collections::HashSet;

use super::strings::{next_special, print, unescaped};
use super::value::Value;
use crate::eval::wanted::{ROOT, Want, Wanted};

/// An array or object whose end has not been seen.
#[derive(Clone, Copy)]
struct Open {
    want: Want,
    is_object: bool,
    /// Where its keys begin among those of all open ones; the last of these is the key being read.
    first_key: usize,
    /// Where its wanted parts begin among those of all open ones.
    first_part: usize,
    /// The element being read, of an array.
    index: u64,
}

impl Open {
    #[inline]
    fn close(self) -> u8 {
        if self.is_object { b'}' } else { b']' }
    }
}

/// The position of a key's text, between its quotes.
#[derive(Clone, Copy)]
struct Key {
    start: u32,
    end: u32,
    has_escapes: bool,
}

/// A wanted part of an open array or object.
struct Part {
    /// Of an object.
    key: Key,
    /// Of an array.
    index: u64,
    at: usize,
}

pub(super) struct Reader<'a, 'w> {
    text: &'a str,
    bytes: &'a [u8],
    wanted: &'w Wanted,
    pub(super) pos: usize,
    pub(super) nodes: Vec<Value<'a>>,
    keys: Vec<Key>,
    /// For each key a number that is the same for equal keys, and for hardly any others.
    prints: Vec<u64>,
    parts: Vec<Part>,
    pub(super) doubt: Option<&'static str>,
}

impl<'a, 'w> Reader<'a, 'w> {
    pub(super) fn new(text: &'a str, wanted: &'w Wanted) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            wanted,
            pos: 0,
            nodes: Vec::with_capacity(8),
            keys: Vec::with_capacity(64),
            prints: Vec::with_capacity(64),
            parts: Vec::with_capacity(8),
            doubt: None,
        }
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.pos += usize::from(here);
        here
    }

    #[inline]
    pub(super) fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.pos += 1;
        }
    }

    fn keep(&mut self, value: Value<'a>) -> Option<usize> {
        self.nodes.push(value);
        Some(self.nodes.len() - 1)
    }

    /// The object that begins here, with all that is in it. The outer None: this is no JSON.
    pub(super) fn document(&mut self) -> Option<Option<usize>> {
        let mut outer: Vec<Open> = Vec::with_capacity(8);
        let mut frame = self.open(ROOT, true);
        let mut is_new = true;
        loop {
            let mut is_empty = is_new && self.peek() == Some(frame.close());
            is_new = false;
            let mut done = None;
            if !is_empty {
                let want = self.part(frame.is_object, frame.want, frame.index)?;
                self.skip_blanks();
                let byte = self.peek()?;
                if matches!(byte, b'{' | b'[') {
                    let inner = self.open(want, byte == b'{');
                    outer.push(std::mem::replace(&mut frame, inner));
                    is_new = true;
                    continue;
                }
                done = self.scalar(want)?;
            }
            // A part is complete, and with it perhaps what it is part of.
            loop {
                if !is_empty {
                    self.take(done, frame.is_object, frame.index);
                    self.skip_blanks();
                    if self.eat(b',') {
                        self.skip_blanks();
                        frame.index += 1;
                        break;
                    }
                }
                if !self.eat(frame.close()) {
                    return None;
                }
                is_empty = false;
                done = self.end(frame);
                match outer.pop() {
                    Some(around) => frame = around,
                    None => return Some(done),
                }
            }
        }
    }

    /// Steps over an opening bracket and what blanks follow.
    #[inline]
    fn open(&mut self, want: Want, is_object: bool) -> Open {
        self.pos += 1;
        self.skip_blanks();
        Open { want, is_object, first_key: self.keys.len(), first_part: self.parts.len(), index: 0 }
    }

    /// Steps to the next value of an array or object; what is wanted of it.
    #[inline]
    fn part(&mut self, is_object: bool, want: Want, index: u64) -> Option<Want> {
        if !is_object {
            return Some(self.wanted.element(want, index));
        }
        self.key()?;
        Some(match (want, self.keys.last()) {
            (Want::At(_), Some(key)) => self.wanted.member(want, &self.text_of(*key)),
            _ => want,
        })
    }

    #[inline]
    fn take(&mut self, done: Option<usize>, is_object: bool, index: u64) {
        if let Some(at) = done {
            let key = self.keys.last().copied().filter(|_| is_object);
            let key = key.unwrap_or(Key { start: 0, end: 0, has_escapes: false });
            self.parts.push(Part { key, index, at });
        }
    }

    /// The array or object, complete.
    #[inline]
    fn end(&mut self, frame: Open) -> Option<usize> {
        if frame.is_object {
            self.note_duplicates(frame.first_key);
            self.keys.truncate(frame.first_key);
            self.prints.truncate(frame.first_key);
        }
        if frame.want == Want::Nothing {
            return None;
        }
        let value = if frame.is_object {
            let parts = &self.parts[frame.first_part..];
            Value::Object(parts.iter().map(|part| (self.text_of(part.key), part.at)).collect())
        } else {
            Value::Array(self.parts[frame.first_part..].iter().map(|part| (part.index, part.at)).collect())
        };
        self.parts.truncate(frame.first_part);
        self.keep(value)
    }

    #[inline]
    fn note_duplicates(&mut self, first_key: usize) {
        /// So many are compared each with each.
        const FEW: usize = 32;
        let prints = &mut self.prints[first_key..];
        let are_alike = if prints.len() <= FEW {
            prints.iter().enumerate().any(|(at, print)| prints[..at].contains(print))
        } else {
            prints.sort_unstable();
            prints.windows(2).any(|pair| pair[0] == pair[1])
        };
        if are_alike {
            let mut known = HashSet::new();
            if !self.keys[first_key..].iter().all(|key| known.insert(self.text_of(*key))) {
                self.doubt = Some("an event with duplicate keys");
            }
        }
    }

    /// `"key" :`
    #[inline]
    fn key(&mut self) -> Option<()> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.pos;
        let has_escapes = self.skip_string()?;
        let end = self.pos - 1;
        // Longer texts are not read.
        self.keys.push(Key { start: start as u32, end: end as u32, has_escapes });
        let print = if has_escapes { self.escaped_print(start, end) } else { print(&self.bytes[start..end]) };
        self.prints.push(print);
        self.skip_blanks();
        self.eat(b':').then_some(())
    }

    #[cold]
    fn escaped_print(&mut self, start: usize, end: usize) -> u64 {
        match unescaped(&self.text[start..end]) {
            Some(text) => print(text.as_bytes()),
            None => {
                self.doubt = Some("an event with half a surrogate pair in a key");
                0
            }
        }
    }

    fn text_of(&self, key: Key) -> Cow<'a, str> {
        let raw = &self.text[key.start as usize..key.end as usize];
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
        Some(if want == Want::Nothing { None } else { self.keep(value) })
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

    /// From behind the opening quote to behind the closing one. Returns whether there are escapes.
    #[inline]
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
