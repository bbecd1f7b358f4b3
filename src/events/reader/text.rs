//! Lines that are no JSON document: what of them is JSON, and whether what is left is a part of an event. Looks at one line
//! that is in memory, and reads nothing.

use memchr::memmem;

use crate::events::envelope;
use crate::events::json::value;

/// What a line consists of.
#[derive(Default)]
pub(super) struct Parts<'a> {
    /// The JSON objects up to the last that is or holds an event, and whether each does; none if there is no such.
    pub(super) values: Vec<(&'a [u8], bool)>,
    /// What is between the objects was in an event, whose beginning or end is not there.
    pub(super) has_fragment: bool,
}

/// The parts of a line. The S3 export of CloudWatch Logs and `aws logs tail` put a time before each event, `--output text`
/// columns round it, and streams without line ends other objects between events.
pub(super) fn parts(text: &[u8]) -> Parts<'_> {
    /// Brackets that are not closed in the line; more of them are looked at in vain.
    const MOST_OPEN: usize = 16;
    let mut parts = Parts::default();
    let (mut at, mut gap, mut open) = (0, 0, 0);
    let mut has_names = false;
    let mut has_marks = false;
    while let Some(start) = text.get(at..).and_then(|rest| memchr::memchr(b'{', rest)).map(|found| at + found) {
        let rest = text.get(start..).unwrap_or_default();
        if let Some((json, behind)) = value(rest) {
            let before = text.get(gap..start).unwrap_or_default();
            has_names |= names_member(before);
            has_marks |= is_of_object(before, open > 0);
            // What is inside an event that is cut is no event, unless it says so.
            let is_member = is_member(text.get(..start).unwrap_or_default(), open > 0);
            let holds_event = match is_member {
                true => envelope::begins_event(json) && envelope::is_versioned(json),
                false => envelope::holds_event(json),
            };
            if holds_event || !is_member {
                parts.values.push((json, holds_event));
            }
            at = text.len() - behind.len();
            gap = at;
        } else if open < MOST_OPEN {
            open += 1;
            at = start + 1;
        } else {
            break;
        }
    }
    let left = text.get(gap..).unwrap_or_default();
    has_names |= names_member(left);
    has_marks |= is_of_object(left, open > 0);
    let events = parts.values.iter().rposition(|(_, holds_event)| *holds_event).map_or(0, |last| last + 1);
    parts.values.truncate(events);
    parts.has_fragment = has_names || has_marks && events > 0;
    parts
}

/// Whether what begins behind this text is the value of a member, or an element of a list in an object that is not closed.
fn is_member(before: &[u8], is_open: bool) -> bool {
    let before = before.trim_ascii_end();
    match before.split_last() {
        Some((b':', key)) => key.trim_ascii_end().ends_with(b"\""),
        Some((b'[', list)) => list.trim_ascii_end().ends_with(b":"),
        Some((b',', _)) => is_open,
        _ => false,
    }
}

/// Whether a text outside of objects has the name of a member of an event: `"eventTime":`. In a table quotes are doubled.
fn names_member(text: &[u8]) -> bool {
    memmem::find_iter(text, b"\"event").any(|found| {
        let name = text.get(found + 1..).unwrap_or_default();
        let length = name.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let behind = name.get(length..).unwrap_or_default();
        let quotes = behind.iter().take_while(|byte| **byte == b'"').count();
        let behind = behind.get(quotes..).unwrap_or_default().trim_ascii_start();
        length > b"event".len() && quotes > 0 && behind.starts_with(b":")
    })
}

/// Whether a text outside of objects is of one all the same: it has a name with a colon, or closes an object. `is_open`: an object
/// begins in it or before it.
fn is_of_object(text: &[u8], is_open: bool) -> bool {
    let is_name = |colon: usize| {
        let key = text.get(..colon).unwrap_or_default();
        let length = key.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        length > 0 && key.len() > length && key.get(key.len() - length - 1) == Some(&b'"')
    };
    let closes = if is_open { memmem::find(text, b"\"}") } else { memchr::memchr(b'}', text) };
    closes.is_some() || memmem::find_iter(text, b"\":").any(is_name)
}

/// Where the first object of a line begins, if it is not the line's beginning, and the object does not end in the line.
pub(super) fn prefix(text: &[u8]) -> Option<usize> {
    let start = memchr::memchr(b'{', text).filter(|start| *start > 0)?;
    value(text.get(start..)?).is_none().then_some(start)
}

/// Whether a line begins with a time, or the like.
pub(super) fn begins_with_time(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_digit) && memchr::memchr(b':', text).is_some()
}

/// Whether a line is what `aws logs tail --format json` writes before each event: its time and the name of its stream, and
/// nothing else. `false`: only if an event follows.
pub(super) fn heading(text: &[u8]) -> Option<bool> {
    let mut words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let is_time = words.next().is_some_and(|word| {
        word.len() >= 19 && word.get(10) == Some(&b'T') && word.iter().take(4).all(u8::is_ascii_digit)
    });
    let stream = words.next().filter(|word| is_time && !word.starts_with(b"{") && words.next().is_none())?;
    Some(stream.contains(&b'_'))
}

/// What a binary format begins with that is packed in nothing where lines of text are (RFC 1952, RFC 8878, the ZIP
/// specification).
const PACKED: [&[u8]; 3] = [b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"];

/// Whether a line is packed, or an object in it has two bytes a letter.
pub(super) fn is_binary(text: &[u8]) -> bool {
    PACKED.iter().any(|magic| text.starts_with(magic)) || memmem::find(text, b"{\0\"\0").is_some()
}
