//! Many events at once, as they lie in memory one behind the other: what is looked for is looked for in all of them, and which
//! event it is in matters only where it was found. The answer is that of each event by itself.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::siblings::{Name, are_siblings, is_first, value};
use super::{Group, Prefilter};
use crate::eval::matching::MAX_EVENT;

/// Where a text is in some bytes, for somebody looked for it already: names of members that begin with it are not looked for
/// again.
#[derive(Debug, Clone, Copy)]
pub struct Occurrences<'a> {
    /// The text. Names are in their quotes: `"event` is what `"eventName"` begins with.
    pub text: &'a [u8],
    /// All places of it, in order.
    pub at: &'a [usize],
}

impl Prefilter {
    /// Which of several events are left to some pattern: their places, in order. An event is what is in `bytes` up to its place
    /// in `ends`, from the end of the one before it; what separates two, a comma or the end of a line, belongs to either.
    /// `known`: where some text is in `bytes`.
    ///
    /// ```
    /// use filter_pattern::{Pattern, Prefilter};
    ///
    /// let prefilter = Prefilter::new(&[Pattern::parse("{ $.name = stop }")?]);
    /// let events = br#"{"name":"pause"}{"name":"stop"}{"name":"p\u0061use"}{}"#;
    /// assert_eq!(prefilter.sift(events, &[16, 31, 52, 54], None), [1, 2]);
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn sift(&self, bytes: &[u8], ends: &[usize], known: Option<Occurrences<'_>>) -> Vec<usize> {
        if self.always != 0 {
            return (0..ends.len()).collect();
        }
        let mut events = Events { bytes, ends, known, left: vec![false; ends.len()] };
        events.long();
        events.escaped();
        for group in &self.groups {
            group.sift(&mut events);
        }
        let left = events.left.iter().enumerate();
        left.filter(|(_, is_left)| **is_left).map(|(place, _)| place).collect()
    }
}

/// Some events, and which of them are left.
struct Events<'e> {
    bytes: &'e [u8],
    ends: &'e [usize],
    known: Option<Occurrences<'e>>,
    left: Vec<bool>,
}

/// The event that a place is in. Places come in their order.
struct Cursor<'e> {
    ends: &'e [usize],
    place: usize,
    start: usize,
    end: usize,
}

impl<'e> Cursor<'e> {
    fn new(ends: &'e [usize]) -> Self {
        Self { ends, place: 0, start: 0, end: ends.first().copied().unwrap_or(usize::MAX) }
    }

    #[inline]
    fn go_to(&mut self, at: usize) {
        while at >= self.end {
            self.place += 1;
            self.start = self.end;
            self.end = self.ends.get(self.place).copied().unwrap_or(usize::MAX);
        }
    }
}

impl Events<'_> {
    fn leave(&mut self, place: usize) {
        if let Some(is_left) = self.left.get_mut(place) {
            *is_left = true;
        }
    }

    /// Events that are too long to be evaluated.
    fn long(&mut self) {
        if self.bytes.len() <= MAX_EVENT {
            return;
        }
        let mut start = 0;
        for (place, &end) in self.ends.iter().enumerate() {
            if end.saturating_sub(start) > MAX_EVENT {
                self.leave(place);
            }
            start = end;
        }
    }

    /// Leaves the events in which letters may be spelt with escapes.
    fn escaped(&mut self) {
        static ESCAPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\\u"));
        /// Backslashes in so many bytes on average are looked at one by one.
        const SPARSE: usize = 512;
        let mut cursor = Cursor::new(self.ends);
        let mut few = self.bytes.len() / SPARSE + 1;
        for at in memchr::memchr_iter(b'\\', self.bytes) {
            if self.bytes.get(at + 1) == Some(&b'u') {
                cursor.go_to(at);
                self.leave(cursor.place);
            }
            few -= 1;
            if few == 0 {
                for found in ESCAPE.find_iter(self.bytes.get(at..).unwrap_or_default()) {
                    cursor.go_to(at + found);
                    self.leave(cursor.place);
                }
                return;
            }
        }
    }

    /// Leaves the events in which a member of this name has a value that `is_left`, and those in which an object may have two
    /// of them.
    fn members(&mut self, name: &Name, is_left: impl Fn(&[u8]) -> bool) {
        let bytes = self.bytes;
        let known = self.known.and_then(|known| Some((known, name.quoted.needle().strip_prefix(known.text)?)));
        match known {
            Some((Occurrences { text, at }, rest)) => {
                // Most differ in their first letter, and a comparison of texts is a call.
                let has_name = |at: &usize| {
                    let behind = bytes.get(at + text.len()..).unwrap_or_default();
                    behind.first() == rest.first() && behind.starts_with(rest)
                };
                self.members_at(name, at.iter().copied().filter(has_name), is_left);
            }
            None => self.members_at(name, name.quoted.find_iter(bytes), is_left),
        }
    }

    fn members_at(&mut self, name: &Name, places: impl Iterator<Item = usize>, is_left: impl Fn(&[u8]) -> bool) {
        let mut cursor = Cursor::new(self.ends);
        let (mut members, mut may_be_doubled) = (0_usize, false);
        for at in places {
            if at >= cursor.end {
                self.doubled(name, &cursor, may_be_doubled);
                cursor.go_to(at);
                (members, may_be_doubled) = (0, false);
            }
            let end = cursor.end.min(self.bytes.len());
            let Some(found) = self.bytes.get(at + name.length()..end).and_then(value) else { continue };
            may_be_doubled |= members > 0 && !self.bytes.get(cursor.start..at).is_some_and(is_first);
            members += 1;
            if is_left(found) {
                self.leave(cursor.place);
            }
        }
        self.doubled(name, &cursor, may_be_doubled);
    }

    #[inline]
    fn doubled(&mut self, name: &Name, cursor: &Cursor<'_>, may_be: bool) {
        let end = cursor.end.min(self.bytes.len());
        if may_be && self.bytes.get(cursor.start..end).is_some_and(|event| are_siblings(event, name)) {
            self.leave(cursor.place);
        }
    }
}

impl Group {
    fn sift(&self, events: &mut Events<'_>) {
        let Some((last, before)) = self.names.split_last() else { return };
        for name in before {
            events.members(name, |_| false);
        }
        events.members(last, |value| self.of_value(value).is_none_or(|which| which != 0));
    }
}
