//! Events as they are handed on: many in one buffer, so that handing them on costs nothing. Where one ends is found when
//! they are looked at, and only the part that is looked at.

use std::iter;
use std::ops::Range;

use memchr::memmem;

use super::scan::{Scan, Scanner};
use super::window::Pool;

/// Between two records of a file that CloudTrail delivered: nothing in a record is spelt so.
pub(super) const BETWEEN: &[u8] = b"},{\"eventVersion\":\"";

/// Some events of an input, in their order.
#[derive(Debug)]
pub struct Block {
    bytes: Vec<u8>,
    range: Range<usize>,
    shape: Shape,
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
    /// Each ends here, and whether it looks like an event of CloudTrail.
    Listed(Vec<(usize, bool)>),
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its bytes, as CloudWatch Logs would have them.
    pub bytes: &'a [u8],
    /// It looks like an event of CloudTrail.
    pub is_cloudtrail: bool,
}

impl Block {
    pub(super) fn lines((bytes, from, to): (Vec<u8>, usize, usize), pool: &Pool) -> Self {
        Self { bytes, range: from..to, shape: Shape::Lines, pool: Some(pool.clone()) }
    }

    pub(super) fn records((bytes, from, to): (Vec<u8>, usize, usize), pool: &Pool) -> Self {
        Self { bytes, range: from..to, shape: Shape::Records, pool: Some(pool.clone()) }
    }

    pub(super) fn listed(bytes: Vec<u8>, ends: Vec<(usize, bool)>) -> Self {
        Self { range: 0..bytes.len(), bytes, shape: Shape::Listed(ends), pool: None }
    }

    /// All bytes of the block. What is nowhere in them is in no event.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or_default()
    }

    /// The events, in their order.
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        let bytes = self.bytes();
        let mut at = 0;
        let mut listed = match &self.shape {
            Shape::Listed(ends) => ends.iter(),
            Shape::Lines | Shape::Records => [].iter(),
        };
        let records = memmem::Finder::new(BETWEEN);
        iter::from_fn(move || {
            let rest = bytes.get(at..).filter(|rest| !rest.is_empty());
            let (found, used, is_cloudtrail) = match &self.shape {
                Shape::Lines => {
                    let rest = rest?;
                    let (line, used) = line(rest);
                    (line, used, true)
                }
                Shape::Records => {
                    let rest = rest?;
                    let length = record(rest, &records);
                    (rest.get(..length)?, (length + 1).min(rest.len()), true)
                }
                Shape::Listed(_) => {
                    let &(end, is_cloudtrail) = listed.next()?;
                    (bytes.get(at..end)?, end - at, is_cloudtrail)
                }
            };
            at += used;
            Some(Event { bytes: found, is_cloudtrail })
        })
    }
}

impl Block {
    /// Hands on the events that are wanted, in their order, and counts the others. `is_wanted` is asked by the bytes of an
    /// event, and may be asked by those of a part of one: what is wanted of a part is handed on as the whole.
    pub fn select(&self, mut is_wanted: impl FnMut(Event<'_>) -> bool, mut each: impl FnMut(Event<'_>)) -> u64 {
        let mut others = 0;
        if !matches!(self.shape, Shape::Records) {
            for event in self.events() {
                if is_wanted(event) {
                    each(event);
                } else {
                    others += 1;
                }
            }
            return others;
        }
        let bytes = self.bytes();
        let between = memmem::Finder::new(BETWEEN);
        // Up to here records are known to be whole, and so many were passed over since.
        let (mut known, mut passed) = (0, 0);
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let length = first(rest, &between);
            let record = Event { bytes: rest.get(..length).unwrap_or_default(), is_cloudtrail: true };
            let end = at + length + 1;
            if !is_wanted(record) {
                passed += 1;
                at = end;
                continue;
            }
            if is_even(bytes.get(known..at).unwrap_or_default()) && is_even(record.bytes) {
                others += passed;
                each(record);
                at = end;
            } else {
                // Something between them only looks like the beginning of a record.
                at = known;
                while let Some(rest) = bytes.get(at..end.min(bytes.len())).filter(|rest| !rest.is_empty()) {
                    let whole = bytes.get(at..).unwrap_or(rest);
                    let length = self::record(whole, &between);
                    let record = Event { bytes: whole.get(..length).unwrap_or_default(), is_cloudtrail: true };
                    if is_wanted(record) {
                        each(record);
                    } else {
                        others += 1;
                    }
                    at += length + 1;
                }
            }
            (known, passed) = (at, 0);
        }
        others + passed
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if let Some(pool) = &self.pool {
            pool.give(std::mem::take(&mut self.bytes));
        }
    }
}

/// The first line without its end, and how long it is with it.
pub(super) fn line(rest: &[u8]) -> (&[u8], usize) {
    let (end, used) = match memchr::memchr(b'\n', rest) {
        Some(end) => (end, end + 1),
        None => (rest.len(), rest.len()),
    };
    let line = rest.get(..end).unwrap_or_default();
    (line.strip_suffix(b"\r").unwrap_or(line), used)
}

/// The length of the first record of some, which begin as records do. What looks like the beginning of the next is inside
/// of this one if that is not complete before it: then brackets are counted.
fn record(rest: &[u8], between: &memmem::Finder<'_>) -> usize {
    let length = first(rest, between);
    if is_even(rest.get(..length).unwrap_or_default()) {
        return length;
    }
    match Scanner::value().scan(rest) {
        Scan::Ends(whole) if whole > length && is_json(rest.get(..whole).unwrap_or_default()) => whole,
        // Damaged: the others are read all the same.
        Scan::Ends(_) | Scan::GoesOn => length,
    }
}

/// How far it is to what looks like the beginning of the next record.
fn first(rest: &[u8], between: &memmem::Finder<'_>) -> usize {
    between.find(rest).map_or_else(|| rest.strip_suffix(b",").unwrap_or(rest).len(), |at| at + 1)
}

/// As many brackets are opened as closed; those in texts count too, so that it only costs time if they are not.
fn is_even(record: &[u8]) -> bool {
    memchr::memchr_iter(b'{', record).count() == memchr::memchr_iter(b'}', record).count()
}

/// Whether bytes are one JSON value.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}
