//! Finds the events in the bytes of one input, whatever its layout: one a line, JSON documents over any number of lines,
//! lists of any length, a time or a name before each, and any of these mixed. Streams: memory does not grow with the input,
//! and what is damaged is named, and the rest is read on.

use std::io::Read;
use std::iter;
use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

use super::block::{BETWEEN, Block, Lines, Origin, Records, is_json, line};
use super::envelope::{self, Is, Sink, begins_event, is_one_event};
use super::kind::{Kind, Tally};
use super::names::BEGINNING;
use super::window::{CHUNK, Window};
use super::{Gone, LONGEST, on_one_line};

mod document;
mod table;

/// What precedes a document in its first line is no longer.
const LONGEST_PREFIX: usize = 512;
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

/// What a line is.
enum Line {
    /// Whole, and this long with its end.
    Whole(usize),
    /// It goes on behind what was looked at.
    Long,
    /// There is none.
    End,
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
        }
    }

    /// Reads all of it. What was found, and why and where reading broke, if it did.
    pub(super) fn run(mut self) -> Result<(Tally, Option<(u64, std::io::Error)>), Gone> {
        self.skip_mark()?;
        let separator = self.table()?;
        if self.window.rest().get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1)) {
            self.out.tally.refused = Some("is a tar archive: unpack it first");
            return Ok((self.out.tally, None));
        }
        match separator {
            Some(separator) => self.rows(separator)?,
            None => while self.part()? {},
        }
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
        let is_json = matches!(first, Some(b'{' | b'[' | b'"')) && self.document(blanks)?;
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

    /// How long the line is that begins `from` bytes behind the front, up to this length.
    fn line_length(&mut self, from: usize, most: usize) -> Result<Line, Gone> {
        let mut searched = from;
        loop {
            let rest = self.window.rest();
            if let Some(found) = memchr::memchr(b'\n', rest.get(searched..).unwrap_or_default()) {
                return Ok(Line::Whole(searched + found + 1 - from));
            }
            searched = rest.len();
            if searched > from + most {
                return Ok(Line::Long);
            }
            if !self.more()? {
                let left = self.window.rest().len().saturating_sub(from);
                return Ok(if left == 0 { Line::End } else { Line::Whole(left) });
            }
        }
    }

    /// The next line as text, whatever is in it. False at the end of the input.
    fn line(&mut self) -> Result<bool, Gone> {
        self.out.at = self.window.position();
        let used = match self.line_length(0, LONGEST)? {
            Line::End => return Ok(false),
            Line::Whole(used) => used,
            Line::Long => {
                self.out.tally.too_long += 1;
                self.skip_line()?;
                return Ok(true);
            }
        };
        let text = line(self.window.rest().get(..used).unwrap_or_default()).0;
        if text.is_empty() || is_heading(text) {
            self.window.consume(used);
            return Ok(true);
        }
        let values = values_in(text);
        if !values.is_empty() {
            for (json, holds_event) in values {
                if holds_event {
                    envelope::open(json, &mut self.out);
                } else if is_json(json) {
                    self.out.event(json, false);
                    self.out.note(Kind::Object);
                }
            }
        } else if let Some(prefix) = behind_prefix(text) {
            // A document begins behind a time or a name, and goes on in the next lines.
            self.window.consume(prefix);
            return Ok(true);
        } else if !envelope::packed(text, &mut self.out) {
            let line = self.out.at..self.out.at + used as u64;
            self.out.event(text, false);
            if !self.damaged_at.take().is_some_and(|at| line.contains(&at)) {
                self.out.note(Kind::Text);
            }
        }
        self.window.consume(used);
        Ok(true)
    }

    /// Steps behind the end of a line that is too long.
    fn skip_line(&mut self) -> Result<(), Gone> {
        loop {
            let rest = self.window.rest();
            if let Some(found) = memchr::memchr(b'\n', rest) {
                self.window.consume(found + 1);
                return Ok(());
            }
            self.window.consume(rest.len());
            if !self.more()? {
                return Ok(());
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
        let records = Records::find(self.window.rest().get(..last).unwrap_or_default());
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
fn events_of_lines(rest: &[u8]) -> Lines {
    /// What follows in the name of the version.
    const VERSION: &[u8; 8] = b"Version\"";
    static NAMES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BEGINNING));
    let mut found = NAMES.find_iter(rest).peekable();
    let Lines { mut ends, mut names } = Lines::default();
    let mut at = 0;
    for end in memchr::memchr_iter(b'\n', rest) {
        let line = rest.get(at..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let before = names.len();
        names.extend(iter::from_fn(|| found.next_if(|name| *name < end)));
        let is_version = |name: &&usize| {
            let behind = rest.get(*name + BEGINNING.len()..).and_then(<[u8]>::first_chunk);
            behind == Some(VERSION)
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
    Lines { ends, names }
}

/// Whether what a line is of that ends with a bracket ends there too: a line break may be before a comma inside it. Behind a
/// value no other object begins but the next.
fn is_ended(line: &[u8], behind: &[u8]) -> bool {
    behind.first() == Some(&b'{') || super::json::value(line).is_some_and(|(_, rest)| rest.is_empty())
}

/// The JSON objects in a line up to the last that is or holds an event, and whether each does; none if there is no such. The S3
/// export of CloudWatch Logs and `aws logs tail` put a time before each event, `--output text` columns round it, and streams
/// without line ends other objects between events.
fn values_in(text: &[u8]) -> Vec<(&[u8], bool)> {
    /// Brackets that are not closed in the line; more of them are looked at in vain.
    const MOST_OPEN: usize = 16;
    let (mut rest, mut open) = (text, 0);
    let mut values = Vec::new();
    while let Some(begun) = memchr::memchr(b'{', rest).and_then(|start| rest.get(start..)) {
        if let Some((json, behind)) = super::json::value(begun) {
            values.push((json, envelope::holds_event(json)));
            rest = behind;
        } else if open < MOST_OPEN {
            open += 1;
            rest = begun.get(1..).unwrap_or_default();
        } else {
            break;
        }
    }
    values.truncate(values.iter().rposition(|(_, holds_event)| *holds_event).map_or(0, |last| last + 1));
    values
}

/// How long what precedes a document is that begins at the end of a line.
fn behind_prefix(text: &[u8]) -> Option<usize> {
    let text = text.trim_ascii_end();
    let prefix = text.len().checked_sub(1).filter(|_| text.ends_with(b"{"))?;
    let is_time = text.first().is_some_and(u8::is_ascii_digit) && memchr::memchr(b':', text).is_some();
    (is_time && prefix <= LONGEST_PREFIX).then_some(prefix)
}

/// What `aws logs tail --format json` writes before each event: its time and the name of its stream.
fn is_heading(text: &[u8]) -> bool {
    let mut words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let is_time = words.next().is_some_and(|word| {
        word.len() >= 19 && word.get(10) == Some(&b'T') && word.iter().take(4).all(u8::is_ascii_digit)
    });
    is_time && words.next().is_some_and(|word| word.contains(&b'_')) && words.next().is_none()
}
