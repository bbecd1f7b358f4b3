//! Events in what is no known envelope: whatever a collector calls the member in which it keeps the log line. Only what says
//! that it is an event is taken for one.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::packing::{PACKED, decoded, has_encoded, may_be_encoded};
use super::siblings::Siblings;
use super::sink::Sink;
use super::traits::Traits;
use crate::events::json::{elements, members, text, value};
use crate::events::kind::{Kind, NOT_UNPACKED};

/// Finds the events in JSON that was packed, which is of CloudWatch Logs, and whether there are any.
type Open = fn(&[u8], usize, &mut dyn Sink) -> bool;

/// Nothing is looked for in more envelopes in one another.
const DEEPEST: usize = 24;

/// Each event has a version.
static VERSION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("eventVersion"));

/// The events in an envelope that is not known, and whether there are any.
pub(super) fn buried(json: &[u8], depth: usize, open: Open, sink: &mut dyn Sink) -> bool {
    if depth > DEEPEST || !may_hold(json) {
        return false;
    }
    match json.first() {
        Some(b'{') => {
            let traits = Traits::read(json);
            if traits.is_event() && traits.has_version {
                sink.event(json, true);
                return true;
            }
            let may_hold = members(json).filter(|(_, value)| may_hold(value)).count();
            let mut siblings = Siblings::new(sink, may_hold < 2);
            let mut any = false;
            for (_, value) in members(json) {
                any |= buried(value, depth + 1, open, &mut siblings);
                siblings.turn();
            }
            any
        }
        Some(b'[') => list(json, depth, open, sink),
        Some(b'"') => text(json).is_some_and(|text| in_text(text.as_bytes(), depth, open, sink)),
        _ => false,
    }
}

/// Whether an event may be in a value: each has a version.
pub(in crate::events) fn may_hold(json: &[u8]) -> bool {
    VERSION.find(json).is_some() || may_be_encoded(json) || has_encoded(json)
}

fn list(json: &[u8], depth: usize, open: Open, sink: &mut dyn Sink) -> bool {
    let (mut any, mut others) = (false, 0_u64);
    for element in elements(json) {
        let has_event = buried(element, depth + 1, open, sink);
        any |= has_event;
        others += u64::from(!has_event && element.starts_with(b"{"));
    }
    // Beside events, what is none of them is noted.
    for _ in 0..if any { others } else { 0 } {
        sink.note(Kind::Object);
    }
    any
}

fn in_text(text: &[u8], depth: usize, open: Open, sink: &mut dyn Sink) -> bool {
    let text = text.trim_ascii();
    if may_be_encoded(text) {
        return match decoded(text) {
            Some(bytes) if text.starts_with(PACKED) => open(&bytes, depth + 1, sink),
            Some(bytes) => in_json(&bytes, depth, open, sink),
            None if text.starts_with(PACKED) => {
                sink.damage(NOT_UNPACKED);
                true
            }
            None => false,
        };
    }
    in_json(text, depth, open, sink)
}

fn in_json(text: &[u8], depth: usize, open: Open, sink: &mut dyn Sink) -> bool {
    let mut rest = text;
    let mut any = false;
    while let Some((json, behind)) = memchr::memchr2(b'{', b'[', rest).and_then(|start| value(rest.get(start..)?)) {
        any |= buried(json, depth + 1, open, sink);
        rest = behind;
    }
    any
}
