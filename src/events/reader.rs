//! Finds the events in the bytes of one input, whatever its layout: one a line, JSON documents over any number of lines,
//! lists of any length, a time or a name before each, and any of these mixed. Streams: memory does not grow with the input,
//! and what is damaged is named, and the rest is read on.

use std::io::Read;
use std::iter;
use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

use super::agreed::BEGINNING;
use super::block::{BETWEEN, Block, Origin, Places};
use super::envelope::{self, Is, Sink, begins_event, is_one_event};
use super::kind::{Kind, Tally};
use super::window::{CHUNK, Window};
use super::{Gone, LONGEST, on_one_line};

mod damage;
mod document;
mod loose;
mod table;
mod text;

/// A document of one line is looked at as a whole, if it is no longer; others are read part by part.
const LONGEST_LINE: usize = 1 << 16;

/// Where a tar archive says what it is, and what (POSIX, `pax`, "ustar Interchange Format").
const TAR: (usize, &[u8]) = (257, b"ustar");

/// Reads the events of one input.
pub(super) struct Reader<'s, R> {
    window: Window<R>,
    out: Out<'s>,
    /// Before this byte no document that spans lines begins: one that was tried did not end.
    only_lines_before: u64,
    /// Before this byte records are looked at one by one: they do not lie as CloudTrail delivers them.
    no_records_before: u64,
    /// Bytes that were looked at for the end of something that did not end.
    in_vain: u64,
    /// The input ends inside something, which was reported.
    is_cut: bool,
    /// Where a damaged part that was named begins: its line is not reported as text too.
    damaged_at: Option<u64>,
    /// Where a line ends that is damaged: what follows on it may be of the same event.
    damaged_before: Option<u64>,
    /// Where a value ends that something follows in its line.
    joined_at: Option<u64>,
    /// Between the columns, if the input is a table.
    separator: Option<u8>,
    /// The next row may be the names of the columns.
    is_heading_next: bool,
}

/// Where events go.
struct Out<'s> {
    to: &'s mut dyn FnMut(Block) -> Result<(), Gone>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    origins: Vec<Origin>,
    tally: Tally,
    /// Where in the input what is looked at begins.
    at: u64,
    is_gone: bool,
}

impl Out<'_> {
    fn flush(&mut self) -> Result<(), Gone> {
        if self.is_gone {
            return Err(Gone);
        }
        if self.ends.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::replace(&mut self.bytes, Vec::with_capacity(CHUNK + CHUNK / 8));
        (self.to)(Block::listed(bytes, std::mem::take(&mut self.ends), std::mem::take(&mut self.origins)))
    }
}

impl Sink for Out<'_> {
    fn event(&mut self, bytes: &[u8], is_cloudtrail: bool) {
        match on_one_line(bytes).filter(|_| matches!(bytes.first(), Some(b'{' | b'['))) {
            // As CloudTrail would have logged it.
            Some(line) => self.bytes.extend_from_slice(&line),
            None => self.bytes.extend_from_slice(bytes),
        }
        self.ends.push(self.bytes.len());
        self.origins.push(Origin { is_cloudtrail, at: self.at });
        self.tally.has_events |= is_cloudtrail;
        if self.bytes.len() >= CHUNK {
            self.is_gone |= self.flush().is_err();
        }
    }

    fn note(&mut self, kind: Kind) {
        self.tally.note(kind, self.at);
    }

    fn damage(&mut self, what: &'static str) {
        self.tally.damage(self.at, what);
    }
}

impl<'s, R: Read> Reader<'s, R> {
    /// `fills`: the input is a file, and not a pipe whose other end may let wait.
    pub(super) fn new(input: R, fills: bool, to: &'s mut dyn FnMut(Block) -> Result<(), Gone>) -> Self {
        let out = Out {
            to,
            bytes: Vec::new(),
            ends: Vec::new(),
            origins: Vec::new(),
            tally: Tally::default(),
            at: 0,
            is_gone: false,
        };
        Self {
            window: Window::new(input, fills),
            out,
            only_lines_before: 0,
            no_records_before: 0,
            in_vain: 0,
            is_cut: false,
            damaged_at: None,
            damaged_before: None,
            joined_at: None,
            separator: None,
            is_heading_next: false,
        }
    }

    /// Reads all of it. What was found, and why and where reading broke, if it did.
    pub(super) fn run(mut self) -> Result<(Tally, Option<(u64, std::io::Error)>), Gone> {
        self.skip_mark()?;
        self.separator = self.table()?;
        self.is_heading_next = self.separator.is_some();
        if self.window.rest().get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1)) {
            self.out.tally.refused = Some("is a tar archive: unpack it first");
            return Ok((self.out.tally, None));
        }
        while self.part()? {}
        self.out.flush()?;
        let error = self.window.take_error();
        if error.is_some() && self.is_cut {
            // The input ends inside something because reading broke, which is reported.
            self.out.tally.forget_end();
        }
        Ok((self.out.tally, error))
    }

    /// Reads on, after handing on what is there: the writer of a pipe may let wait.
    fn more(&mut self) -> Result<bool, Gone> {
        if !self.window.fills() || self.out.bytes.len() >= CHUNK {
            self.out.flush()?;
        }
        Ok(self.window.more())
    }

    /// Steps over the mark that some editors put before UTF-8.
    fn skip_mark(&mut self) -> Result<(), Gone> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        while self.window.rest().len() < MARK.len() && MARK.starts_with(self.window.rest()) {
            if !self.more()? {
                return Ok(());
            }
        }
        if self.window.rest().starts_with(MARK) {
            self.window.consume(MARK.len());
        }
        Ok(())
    }

    /// One part of the input: some lines, or a document. False at the end.
    fn part(&mut self) -> Result<bool, Gone> {
        if self.bare_lines()? {
            return Ok(true);
        }
        let Some(blanks) = self.blanks()? else { return self.line() };
        self.out.at = self.window.position() + blanks as u64;
        let first = self.window.rest().get(blanks).copied();
        let may_be_json = match first {
            Some(b'{' | b'[') => true,
            // In a table it may be a column.
            Some(b'"') => self.separator.is_none(),
            _ => false,
        };
        let is_json = may_be_json && self.document(blanks)?;
        if is_json { Ok(true) } else { self.line() }
    }

    /// Hands on as many lines as are at hand, each of which is an event by itself. This is what nearly all of a large file
    /// of lines is.
    fn bare_lines(&mut self) -> Result<bool, Gone> {
        let ends = self.window.rest().iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        self.window.consume(ends);
        let lines = loop {
            let rest = self.window.rest();
            let lines = events_of_lines(rest);
            // The end of a line that begins as they do may not be at hand.
            let may_be_one = lines.ends.is_empty()
                && rest.len() < LONGEST_LINE
                && begins_event(rest)
                && memchr::memchr(b'\n', rest).is_none();
            if !may_be_one || !self.more()? {
                break lines;
            }
        };
        let Some(at) = lines.ends.last().copied() else { return Ok(false) };
        self.out.flush()?;
        self.out.tally.has_events = true;
        let begin = self.window.position();
        let part = self.window.split(at);
        let block = Block::lines(begin, part, lines, self.window.pool());
        (self.out.to)(block)?;
        Ok(true)
    }

    /// How many blanks and line ends there are before something else; `None` if so many that it is no document's.
    fn blanks(&mut self) -> Result<Option<usize>, Gone> {
        const MOST: usize = 4096;
        loop {
            let rest = self.window.rest();
            // A record separator precedes each document of RFC 7464.
            let blanks = rest.iter().take(MOST).take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x1e).count();
            if blanks < rest.len() {
                return Ok((blanks < MOST).then_some(blanks));
            }
            if blanks >= MOST || !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Hands on what is one JSON value, and everything there is to it.
    fn whole(&mut self, from: usize, length: usize) {
        let json = self.window.rest().get(from..from + length).unwrap_or_default();
        if let Is::Other(kind) = envelope::open(json, &mut self.out) {
            self.out.event(json, false);
            self.out.note(kind);
        }
    }

    /// Hands on the records at hand, all but the last, if they lie as CloudTrail delivers them. False: they do not, or
    /// there are too few.
    fn bare_records(&mut self) -> Result<bool, Gone> {
        /// Fewer are not worth a block.
        const FEW: usize = 8;
        if self.window.position() < self.no_records_before {
            return Ok(false);
        }
        let last = loop {
            let rest = self.window.rest();
            if !begins_event(rest) {
                return Ok(false);
            }
            match memmem::rfind(rest, BETWEEN) {
                Some(at) => break at + 2,
                // The end of the first one may not be at hand.
                None if self.window.fills() && rest.len() < LONGEST_LINE => {
                    if !self.more()? {
                        return Ok(false);
                    }
                }
                None => return Ok(false),
            }
        };
        let records = Places::of_records(self.window.rest().get(..last).unwrap_or_default());
        let begin = self.window.position();
        let end = records.ends.last().copied().unwrap_or_default();
        if end < last && records.ends.len() < FEW {
            self.no_records_before = begin + last as u64;
            return Ok(false);
        }
        self.out.flush()?;
        let part = self.window.split(end);
        let block = Block::records(begin, part, records, self.window.pool());
        self.out.tally.has_events = true;
        (self.out.to)(block)?;
        Ok(true)
    }
}

/// The first lines of which each is an event by itself. Nearly all have one version, and are looked at no closer; of those
/// that were put together from several, such as files without a line end that were joined, all have more.
fn events_of_lines(rest: &[u8]) -> Places {
    /// What follows in the name of the version; in an envelope its quotes may be escaped.
    const VERSION: [&[u8; 8]; 2] = [b"Version\"", b"Version\\"];
    static NAMES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BEGINNING));
    let mut found = NAMES.find_iter(rest).peekable();
    let Places { mut ends, mut names } = Places::default();
    let mut at = 0;
    for end in memchr::memchr_iter(b'\n', rest) {
        let line = rest.get(at..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let before = names.len();
        names.extend(iter::from_fn(|| found.next_if(|name| *name < end)));
        let is_version = |name: &&usize| {
            let behind = rest.get(*name + BEGINNING.len()..).and_then(<[u8]>::first_chunk);
            behind.is_some_and(|behind| VERSION.contains(&behind))
        };
        let versions = names.iter().skip(before).filter(is_version).count();
        let is_whole = line.last() == Some(&b'}') && is_ended(line, rest.get(end + 1..).unwrap_or_default());
        if !is_whole || line.len() > LONGEST || !is_one_event(line, versions) {
            names.truncate(before);
            break;
        }
        at = end + 1;
        ends.push(at);
    }
    Places { ends, names }
}

/// Whether what a line is of that ends with a bracket ends there too: a line break may be before a comma inside it. Behind a
/// value no other object begins but the next.
fn is_ended(line: &[u8], behind: &[u8]) -> bool {
    behind.first() == Some(&b'{') || super::json::value(line).is_some_and(|(_, rest)| rest.is_empty())
}
