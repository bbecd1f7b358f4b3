//! One event, and where names of members are in it. Brackets are not looked at: a text that reads like a name counts as one.

use super::agreed::BEGINNING;
use super::names::Name;

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its bytes, as CloudWatch Logs would have them.
    pub bytes: &'a [u8],
    /// It looks like an event of CloudTrail.
    pub is_cloudtrail: bool,
    /// Where it begins in the unpacked input, or near which byte.
    pub at: u64,
    /// Those of the block's names that are in it.
    pub(super) names: Option<&'a [usize]>,
    /// Where it begins in the block.
    pub(super) start: usize,
}

impl<'a> Event<'a> {
    /// One that nobody has looked at.
    #[cfg(test)]
    pub(crate) fn alone(bytes: &'a [u8]) -> Self {
        Self { bytes, is_cloudtrail: true, at: 0, names: None, start: 0 }
    }

    /// The first place of a name.
    #[must_use]
    pub fn first(&self, name: &Name) -> Option<usize> {
        match self.known(name) {
            Some(mut places) => places.next(),
            None => name.0.find(self.bytes),
        }
    }

    /// The last place of a name.
    #[must_use]
    pub fn last(&self, name: &Name) -> Option<usize> {
        /// Most events end with the members whose last place is asked for: what comes before need not be looked at.
        const TAIL: usize = 448;
        if let Some(mut places) = self.known(name) {
            return places.next_back();
        }
        let tail = self.bytes.len().saturating_sub(TAIL);
        let in_tail = name.0.find_iter(self.bytes.get(tail..)?).last().map(|found| tail + found);
        in_tail.or_else(|| name.0.find_iter(self.bytes).last())
    }

    /// The first place of a name behind another place.
    #[must_use]
    pub fn behind(&self, at: usize, name: &Name) -> Option<usize> {
        name.0.find(self.bytes.get(at..)?).map(|found| at + found)
    }

    /// The places of a name, if it is among those that were looked for.
    fn known<'e>(&'e self, name: &'e Name) -> Option<impl DoubleEndedIterator<Item = usize> + 'e> {
        let rest = name.0.needle().strip_prefix(BEGINNING)?;
        let places = self.names?.iter().filter_map(|at| at.checked_sub(self.start));
        // Most differ in their first letter, and a comparison of texts is a call.
        let is_here = move |at: &usize| {
            let behind = self.bytes.get(at + BEGINNING.len()..).unwrap_or_default();
            behind.first() == rest.first() && behind.starts_with(rest)
        };
        Some(places.filter(is_here))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::read;

    /// Three events, each with names in its parameters that are its own too, and a name that is a text.
    const EVENTS: [&str; 3] = [
        r#"{"eventVersion":"1.08","userIdentity":{"type":"Root"},"eventTime":"a","eventID":"b"}"#,
        r#"{"eventVersion":"1.08","userIdentity":{"type":"Root"},"eventTime":"a","p":{"eventTime":"x","eventID":"x"},"eventID":"b"}"#,
        r#"{"eventVersion":"1.08","userIdentity":{"type":"Root"},"p":"eventTime","eventType":"c"}"#,
    ];

    #[test]
    fn names_that_the_reader_found_are_where_a_search_finds_them() {
        let lines = EVENTS.map(|event| format!("{event}\n")).concat();
        let records = format!("{{\"Records\":[{}]}}", EVENTS.join(","));
        let names = ["eventTime", "eventID", "eventType", "type", "eventNone"].map(Name::new);
        for input in [lines, records] {
            let mut count = 0;
            let found = read(&mut input.as_bytes(), &mut |block| {
                for event in block.events() {
                    assert_eq!(event.bytes, EVENTS[count].as_bytes());
                    count += 1;
                    let alone = Event::alone(event.bytes);
                    for name in &names {
                        assert_eq!(event.first(name), alone.first(name), "{name:?} in {event:?}");
                        assert_eq!(event.last(name), alone.last(name), "{name:?} in {event:?}");
                    }
                }
                Ok(())
            });
            assert!(found.is_ok());
            assert_eq!(count, EVENTS.len());
        }
        let [time, id, kind, ..] = &names;
        let ends = |event: &str| {
            let event = Event::alone(event.as_bytes());
            (event.first(time), event.last(id), event.last(kind))
        };
        assert_eq!(
            EVENTS.map(ends),
            [(Some(54), Some(70), None), (Some(54), Some(106), None), (Some(58), None, Some(70))]
        );
    }
}
