//! Events as they are handed on: many in one buffer, so that handing them on costs nothing. Where one ends is found when
//! they are looked at, and only the part that is looked at.

use std::iter;
use std::ops::Range;

use memchr::memmem;

use super::agreed::BEGINNING;
use super::event::Event;
use super::json::value;
use super::scan::{Scan, Scanner};
use super::sieve::Sieve;
use super::window::Pool;

/// Between two records of a file that CloudTrail delivered: nothing in a record is spelt so.
pub(super) const BETWEEN: &[u8] = b"},{\"eventVersion\":\"";
/// How long that is before its name.
const BETWEEN_TO_NAME: usize = 3;

/// Where events lie: lines, or elements of a list.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Where each ends, with its line end or comma.
    pub(super) ends: Vec<usize>,
    /// Where [`BEGINNING`] is in them.
    pub(super) names: Vec<usize>,
}

impl Places {
    /// The first of these records, which end before a place between two of them. Where one has the version of an event more than
    /// once, others may be in it that begin in another way, such as behind a line break: then those before it.
    pub(super) fn of_records(records: &[u8]) -> Self {
        let mut found = Self::default();
        let (mut start, mut versions) = (0, 0);
        for name in memmem::find_iter(records, BEGINNING) {
            let begins = name.checked_sub(BETWEEN_TO_NAME).filter(|from| {
                let between = records.get(*from..).unwrap_or_default();
                between.starts_with(BETWEEN)
            });
            if let Some(from) = begins {
                let end = from + 2;
                if versions > 1 && !is_alone(records.get(start..end).unwrap_or_default()) {
                    return found.before(start);
                }
                found.ends.push(end);
                (start, versions) = (end, 1);
            } else if records.get(name + BEGINNING.len()) == Some(&b'V') {
                // Of a text in an event too, which has its quotes escaped.
                versions += 1;
            }
            found.names.push(name);
        }
        if versions > 1 && !is_alone(records.get(start..).unwrap_or_default()) {
            return found.before(start);
        }
        found.ends.push(records.len());
        found
    }

    /// Those before a place between two of them.
    fn before(mut self, end: usize) -> Self {
        self.names.retain(|name| *name < end);
        self
    }
}

/// Whether a record, with its comma, is one value and nothing else.
fn is_alone(record: &[u8]) -> bool {
    value(record).is_some_and(|(_, behind)| behind == b",")
}

/// Some events of an input, in their order.
#[derive(Debug)]
pub struct Block {
    buffer: Vec<u8>,
    range: Range<usize>,
    shape: Shape,
    /// Where each event ends, with what separates it from the next. What only looks like the end of a record is among them.
    ends: Vec<usize>,
    /// Where names of members are that have this beginning, if they were looked for.
    names: Option<Vec<usize>>,
    /// Where its first byte is in the unpacked input.
    at: u64,
    /// Where its buffer goes when it is done with.
    pool: Option<Pool>,
}

/// How the events lie in the buffer.
#[derive(Debug)]
enum Shape {
    /// One a line.
    Lines,
    /// Elements of one list, with commas between them.
    Records,
    /// One behind the other, as they came out of envelopes.
    Listed(Vec<Origin>),
}

/// What is known of an event that came out of an envelope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    /// It looks like an event of CloudTrail.
    pub(super) is_cloudtrail: bool,
    /// Where the part of the unpacked input begins that holds it.
    pub(super) at: u64,
}

impl Block {
    /// Lines.
    pub(super) fn lines(at: u64, (buffer, from, to): (Vec<u8>, usize, usize), lines: Places, pool: &Pool) -> Self {
        let Places { ends, names } = lines;
        Self { buffer, range: from..to, shape: Shape::Lines, ends, names: Some(names), at, pool: Some(pool.clone()) }
    }

    /// Elements of a list.
    pub(super) fn records(at: u64, (buffer, from, to): (Vec<u8>, usize, usize), records: Places, pool: &Pool) -> Self {
        let Places { ends, names } = records;
        let (range, names) = (from..to, Some(names));
        Self { buffer, range, shape: Shape::Records, ends, names, at, pool: Some(pool.clone()) }
    }

    pub(super) fn listed(buffer: Vec<u8>, ends: Vec<usize>, origins: Vec<Origin>) -> Self {
        let range = 0..buffer.len();
        Self { buffer, range, shape: Shape::Listed(origins), ends, names: None, at: 0, pool: None }
    }

    /// The events, in their order.
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        let mut pieces = self.pieces();
        iter::from_fn(move || pieces.next().map(|piece| piece.event))
    }

    /// Hands on the events, in their order, and whether each is of interest.
    pub fn select(&self, sieve: &impl Sieve, mut each: impl FnMut(Event<'_>, bool)) {
        let left = sieve.sift(self.bytes(), &self.ends, self.names.as_deref());
        let mut left = left.iter().copied().peekable();
        let mut pieces = self.pieces();
        while let Some(Piece { event, places, is_damaged }) = pieces.next() {
            // What was asked of its parts says nothing of the whole, and nothing that is damaged is passed over.
            let mut is_left = is_damaged || places.len() != 1 && sieve.is_left(event.bytes);
            while left.next_if(|place| *place < places.end).is_some() {
                is_left = true;
            }
            each(event, is_left);
        }
    }

    /// How long it is, in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.range.len()
    }

    fn pieces(&self) -> Pieces<'_> {
        Pieces { block: self, place: 0, start: 0, names: self.names.as_deref() }
    }

    fn bytes(&self) -> &[u8] {
        self.buffer.get(self.range.clone()).unwrap_or_default()
    }
}

/// The events of a block.
struct Pieces<'a> {
    block: &'a Block,
    /// Of the next event, among the ends.
    place: usize,
    /// Where it begins.
    start: usize,
    /// The names in it and behind it.
    names: Option<&'a [usize]>,
}

/// An event, and its places among the ends of a block.
struct Piece<'a> {
    event: Event<'a>,
    places: Range<usize>,
    /// Its brackets say that it is no event.
    is_damaged: bool,
}

impl<'a> Pieces<'a> {
    fn next(&mut self) -> Option<Piece<'a>> {
        let Block { shape, ends, .. } = self.block;
        let (place, start) = (self.place, self.start);
        let end = *ends.get(place)?;
        let piece = self.block.bytes().get(start..end)?;
        (self.place, self.start) = (place + 1, end);
        let here = self.block.at + start as u64;
        let mut is_damaged = false;
        let (bytes, is_cloudtrail, at) = match shape {
            Shape::Lines => (without_end(piece), true, here),
            Shape::Listed(origins) => {
                let Origin { is_cloudtrail, at } = *origins.get(place)?;
                (piece, is_cloudtrail, at)
            }
            Shape::Records => {
                let record = self.record(start, piece);
                is_damaged = record.is_none();
                (record.unwrap_or(piece), true, here)
            }
        };
        let names = self.names_before(start + bytes.len());
        let event = Event { bytes, is_cloudtrail, at, names, start };
        Some(Piece { event, places: place..self.place, is_damaged })
    }

    /// The next names up to a place. Others are left behind with the event that they are in.
    fn names_before(&mut self, end: usize) -> Option<&'a [usize]> {
        let names = self.names?;
        let count = names.iter().take_while(|at| **at < end).count();
        let (here, behind) = names.split_at_checked(count)?;
        self.names = Some(behind);
        Some(here)
    }

    /// The record that begins with this piece. What looks like the beginning of the next is inside of it if it is not complete
    /// before that: then brackets are counted. `None`: it is damaged; the others are read all the same.
    fn record(&mut self, start: usize, piece: &'a [u8]) -> Option<&'a [u8]> {
        let first = piece.strip_suffix(b",").unwrap_or(piece);
        if is_even(first) {
            return Some(first);
        }
        let rest = self.block.bytes().get(start..).unwrap_or_default();
        let Scan::Ends(length) = Scanner::value().scan(rest) else { return None };
        let whole = rest.get(..length).filter(|whole| whole.starts_with(b"{") && is_json(whole))?;
        let end = start + length;
        if length < first.len() {
            // What follows on it is by itself.
            (self.place, self.start) = (self.place - 1, end + usize::from(rest.get(length) == Some(&b',')));
            return Some(whole);
        }
        while let Some(before) = self.block.ends.get(self.place - 1).filter(|before| **before < end) {
            self.place += 1;
            self.start = self.block.ends.get(self.place - 1).map_or(*before, |end| *end);
        }
        Some(whole)
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if let Some(pool) = &self.pool {
            pool.give(std::mem::take(&mut self.buffer));
        }
    }
}

/// The first line without its end, and how long it is with it.
pub(super) fn line(rest: &[u8]) -> (&[u8], usize) {
    let used = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
    (without_end(rest.get(..used).unwrap_or_default()), used)
}

/// A line without what ends it.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// As many brackets are opened as closed; those in texts count too, so that it only costs time if they are not.
fn is_even(record: &[u8]) -> bool {
    memchr::memchr_iter(b'{', record).count() == memchr::memchr_iter(b'}', record).count()
}

/// Whether bytes are one JSON value.
pub(super) fn is_json(bytes: impl AsRef<[u8]>) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes.as_ref()).is_ok()
}
