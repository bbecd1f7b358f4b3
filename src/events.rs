//! Log events out of what people keep them in: one a line, or in the `{"Records": […]}` documents that CloudTrail
//! delivers. Streams: memory does not grow with the input. Knows no patterns, and does not judge whether an event is JSON;
//! an event's bytes are handed on as they were, for the spelling of numbers and doubled keys matter to who evaluates them.

use std::io::{self, Read};
use std::ops::Range;

use thiserror::Error;

pub mod files;
mod scan;

use self::scan::{Scan, Scanner};

/// What one read asks for.
const CHUNK: usize = 1 << 20;
/// A longer event is passed over: the service takes a megabyte at most.
pub const LONGEST: usize = 16 << 20;

/// Why the rest of an input could not be read.
#[derive(Debug, Error)]
pub enum EventsError {
    /// The source failed: a broken disk, a broken gzip.
    #[error("cannot be read beyond byte {at}: {source}")]
    Read {
        /// How many bytes were read, unpacked.
        at: u64,
        /// What the system or the unpacker said.
        source: io::Error,
    },
    /// The input ends inside a `{"Records": […]}` document.
    #[error("ends inside a Records document, after {records} whole records")]
    Truncated {
        /// Records of the document that were whole.
        records: u64,
    },
    /// Something else than a comma or the end follows a record.
    #[error("is not a list of records from byte {at} on, after {records} records")]
    Malformed {
        /// Where, in bytes of the unpacked input.
        at: u64,
        /// Records of the document before it.
        records: u64,
    },
}

/// One item of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// The bytes of an event, without the line's end.
    Event(&'a [u8]),
    /// An event longer than [`LONGEST`], which was passed over.
    TooLong,
}

/// Where an input is in its grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// At the very beginning.
    Start,
    /// Before an event on a line of its own, or before a document.
    Lines,
    /// Inside the list of a document, before a record or the list's end.
    Records { count: u64 },
    /// Behind the list of a document.
    Tail { count: u64 },
}

/// Reads the events of one input, one after the other.
#[derive(Debug)]
pub struct Events<R> {
    input: R,
    buffer: Vec<u8>,
    /// What of the buffer is not yet consumed.
    window: Range<usize>,
    /// How much of the input lies before the buffer's first byte.
    before: u64,
    is_at_end: bool,
    mode: Mode,
}

impl<R: Read> Events<R> {
    /// Events of an unpacked input.
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), window: 0..0, before: 0, is_at_end: false, mode: Mode::Start }
    }

    /// Whether the event after the next one is at hand too, as far as is known without reading on: an input that
    /// comes from elsewhere may let wait.
    pub fn has_more_at_hand(&self) -> bool {
        /// So much is more than an event.
        const MUCH: usize = 1 << 16;
        let window = &self.buffer[self.window.clone()];
        window.len() > MUCH || memchr::memchr_iter(b'\n', window).nth(1).is_some()
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// What makes the rest of the input unreadable; there is nothing to be had after it.
    pub fn next_event(&mut self) -> Result<Option<Item<'_>>, EventsError> {
        loop {
            match self.mode {
                Mode::Start => {
                    self.skip_mark()?;
                    self.mode = Mode::Lines;
                }
                Mode::Lines => {
                    if self.starts_document()? {
                        self.mode = Mode::Records { count: 0 };
                    } else {
                        match self.line()? {
                            None => return Ok(None),
                            Some(Found::At(line)) if line.is_empty() => {}
                            Some(line) => return Ok(Some(self.item(line))),
                        }
                    }
                }
                Mode::Records { count } => match self.record(count)? {
                    Some(record) => {
                        self.mode = Mode::Records { count: count + 1 };
                        return Ok(Some(self.item(record)));
                    }
                    None => self.mode = Mode::Tail { count },
                },
                Mode::Tail { count } => {
                    self.value(Scanner::inside_object()).map_err(|error| error.or_truncated(count))?;
                    self.mode = Mode::Lines;
                }
            }
        }
    }

    fn item(&self, found: Found) -> Item<'_> {
        match found {
            Found::At(range) => Item::Event(&self.buffer[range]),
            Found::TooLong => Item::TooLong,
        }
    }

    /// Reads on. What is in the window stays, at the front of the buffer. False at the end of the input.
    fn read_more(&mut self) -> Result<bool, EventsError> {
        if self.is_at_end {
            return Ok(false);
        }
        self.buffer.copy_within(self.window.clone(), 0);
        self.before += self.window.start as u64;
        self.window = 0..self.window.len();
        let end = self.window.end;
        if self.buffer.len() < end + CHUNK {
            self.buffer.resize(end + CHUNK, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[end..]) {
                Ok(0) => {
                    self.is_at_end = true;
                    return Ok(false);
                }
                Ok(read) => {
                    self.window.end = end + read;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    self.is_at_end = true;
                    return Err(EventsError::Read { at: self.before + end as u64, source });
                }
            }
        }
    }

    /// Steps over the mark that some editors put before UTF-8.
    fn skip_mark(&mut self) -> Result<(), EventsError> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        while self.window.len() < MARK.len() && MARK.starts_with(&self.buffer[self.window.clone()]) {
            if !self.read_more()? {
                return Ok(());
            }
        }
        if self.buffer[self.window.clone()].starts_with(MARK) {
            self.window.start += MARK.len();
        }
        Ok(())
    }

    /// Steps over the head of a delivery document, if one begins here: `{"Records":[`, with blanks anywhere between.
    fn starts_document(&mut self) -> Result<bool, EventsError> {
        const HEAD: [&[u8]; 4] = [b"{", b"\"Records\"", b":", b"["];
        /// Blanks before and in a head; more are no document's.
        const MOST_BLANKS: usize = 4096;
        let mut at = 0;
        for token in HEAD {
            loop {
                let rest = &self.buffer[self.window.clone()][at..];
                let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                let seen = &rest[blanks..];
                if seen.len() >= token.len() || !token.starts_with(seen) || at + blanks > MOST_BLANKS {
                    if !seen.starts_with(token) || at + blanks > MOST_BLANKS {
                        return Ok(false);
                    }
                    at += blanks + token.len();
                    break;
                }
                if !self.read_more()? {
                    return Ok(false);
                }
            }
        }
        self.window.start += at;
        Ok(true)
    }

    /// The next line, without its end; `None` where there is none.
    fn line(&mut self) -> Result<Option<Found>, EventsError> {
        let mut searched = 0;
        let mut is_too_long = false;
        let (length, used) = loop {
            let rest = &self.buffer[self.window.clone()];
            if let Some(found) = memchr::memchr(b'\n', &rest[searched..]) {
                break (searched + found, searched + found + 1);
            }
            searched = rest.len();
            if searched > LONGEST {
                is_too_long = true;
                self.window.start = self.window.end;
                searched = 0;
            }
            if !self.read_more()? {
                break (self.window.len(), self.window.len());
            }
        };
        let line = self.window.start..self.window.start + length;
        self.window.start += used;
        if is_too_long {
            return Ok(Some(Found::TooLong));
        }
        if used == 0 {
            return Ok(None);
        }
        let has_return = self.buffer[line.clone()].last() == Some(&b'\r');
        Ok(Some(Found::At(line.start..line.end - usize::from(has_return))))
    }

    /// The next record of a document's list, `None` at the list's end.
    fn record(&mut self, count: u64) -> Result<Option<Found>, EventsError> {
        let mut has_comma = count == 0;
        loop {
            let byte = loop {
                match self.buffer[self.window.clone()].first().copied() {
                    Some(byte) if byte.is_ascii_whitespace() => self.window.start += 1,
                    Some(byte) => break byte,
                    None if self.read_more()? => {}
                    None => return Err(EventsError::Truncated { records: count }),
                }
            };
            match byte {
                b']' if count == 0 || !has_comma => {
                    self.window.start += 1;
                    return Ok(None);
                }
                b',' if !has_comma => {
                    self.window.start += 1;
                    has_comma = true;
                }
                b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' if has_comma => {
                    return self.value(Scanner::value()).map(Some).map_err(|error| error.or_truncated(count));
                }
                _ => {
                    let at = self.before + self.window.start as u64;
                    return Err(EventsError::Malformed { at, records: count });
                }
            }
        }
    }

    /// Steps over a JSON value, or over the rest of one.
    fn value(&mut self, mut scanner: Scanner) -> Result<Found, EventsError> {
        let mut scanned = 0;
        let mut is_too_long = false;
        loop {
            match scanner.scan(&self.buffer[self.window.clone()][scanned..]) {
                Scan::Ends(length) => {
                    let value = self.window.start..self.window.start + scanned + length;
                    self.window.start = value.end;
                    return Ok(if is_too_long { Found::TooLong } else { Found::At(value) });
                }
                Scan::GoesOn => {
                    scanned = self.window.len();
                    if scanned > LONGEST {
                        is_too_long = true;
                    }
                    if is_too_long {
                        self.window.start = self.window.end;
                        scanned = 0;
                    }
                    if !self.read_more()? {
                        return Err(EventsError::Truncated { records: 0 });
                    }
                }
            }
        }
    }
}

/// An event, by its place in the buffer.
enum Found {
    At(Range<usize>),
    TooLong,
}

impl EventsError {
    /// Fills in how many records were whole.
    fn or_truncated(self, records: u64) -> Self {
        match self {
            Self::Truncated { .. } => Self::Truncated { records },
            other @ (Self::Read { .. } | Self::Malformed { .. }) => other,
        }
    }
}

/// The bytes of a JSON text on one line: blanks outside strings removed. `None` if it is on one line already.
#[must_use]
pub fn on_one_line(event: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr2(b'\n', b'\r', event)?;
    let mut line = Vec::with_capacity(event.len());
    let mut is_text = false;
    let mut is_escaped = false;
    for &byte in event {
        if is_text || !byte.is_ascii_whitespace() {
            line.push(byte);
        }
        is_text ^= byte == b'"' && !is_escaped;
        is_escaped = is_text && byte == b'\\' && !is_escaped;
    }
    Some(line)
}

#[cfg(test)]
mod tests;
