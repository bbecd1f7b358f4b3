//! What all who read events agree on: how long an event is, how its bytes are spelt, and that nobody may want it.

/// A longer event is passed over: the service takes a megabyte at most.
pub const LONGEST: usize = 16 << 20;

/// What most names of members begin with that are looked for in an event: `"eventVersion"`, `"eventName"`, `"eventTime"`.
pub(super) const BEGINNING: &[u8] = b"\"event";

/// No more events are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

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
