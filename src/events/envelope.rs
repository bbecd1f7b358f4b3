//! What is round an event: the answers of the AWS command line, payloads of subscriptions, messages of SNS and EventBridge,
//! rows of Splunk and Elastic. Takes a JSON value that is in memory, and finds the events in it, as CloudWatch Logs would
//! see them: their own bytes, or the text that was put into a string of the envelope.
//!
//! Nothing is searched for everywhere: events are only where an envelope is known to have them (each in its own
//! documentation: the API references of CloudWatch Logs, CloudTrail, SNS and SQS, the user guide of EventBridge, Firehose's
//! data format, Splunk's export endpoint, the Elastic common schema).

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use memchr::memmem;

use super::LONGEST;
use super::json::{elements, members, text, value};
use super::kind::{Kind, NOT_UNPACKED, NOT_WHOLE};

use self::traits::Traits;
pub(super) use self::traits::{begins_event, is_one_event};

mod traits;

/// Envelopes in envelopes: SQS, in it SNS, in it EventBridge, and room for more.
const DEEPEST: usize = 8;
/// Of these the outer ones, which may be of any collector.
const NEAR: usize = 2;

/// Where events go, and what is no event of CloudTrail.
pub(super) trait Sink {
    /// An event.
    fn event(&mut self, bytes: &[u8], is_cloudtrail: bool);
    /// Something else, which is not handed on, or was as an event that is none of CloudTrail.
    fn note(&mut self, kind: Kind);
    /// Something that was an event, and cannot be read.
    fn damage(&mut self, what: &'static str);
}

/// What a JSON value turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// An event, or an envelope that was opened.
    Known,
    /// Something else, which was not handed to the sink.
    Other(Kind),
}

/// Finds the events in a JSON value.
pub(super) fn open(json: &[u8], sink: &mut dyn Sink) -> Is {
    open_at(json, 0, sink)
}

/// Looks whether there is an event of CloudTrail.
struct Look(bool);

impl Sink for Look {
    fn event(&mut self, _: &[u8], is_cloudtrail: bool) {
        self.0 |= is_cloudtrail;
    }

    fn note(&mut self, _: Kind) {}

    fn damage(&mut self, _: &'static str) {}
}

/// Whether there is an event of CloudTrail in a JSON value.
pub(super) fn holds_event(json: &[u8]) -> bool {
    let mut options = Look(false);
    open(json, &mut options);
    options.0
}

/// Whether a JSON value is an event, or an envelope that is known.
pub(super) fn is_known(json: &[u8]) -> bool {
    open(json, &mut Look(false)) == Is::Known
}

fn open_at(json: &[u8], depth: usize, sink: &mut dyn Sink) -> Is {
    let json = json.trim_ascii();
    match json.first() {
        _ if depth > DEEPEST => Is::Other(Kind::Object),
        Some(b'{') => object(json, depth, sink),
        // A list of numbers is no list of events.
        Some(b'[') if !elements(json).any(may_be_event) => Is::Other(Kind::Value),
        Some(b'[') => {
            // A time may precede each.
            for element in elements(json).filter(|element| may_be_event(element)) {
                each(element, depth + 1, sink);
            }
            Is::Known
        }
        Some(b'"') => match text(json) {
            Some(text) if in_text(&text, depth + 1, sink) => Is::Known,
            _ => Is::Other(Kind::Value),
        },
        _ => Is::Other(Kind::Value),
    }
}

fn may_be_event(json: &[u8]) -> bool {
    matches!(json.first(), Some(b'{' | b'[' | b'"'))
}

/// An element of the list of an envelope: what is no event of CloudTrail is one all the same. `key`: what the envelope
/// calls the list, if it is in one.
pub(super) fn element(key: &[u8], json: &[u8], sink: &mut dyn Sink) {
    if key != b"results" || !is_list(json) || !query_row(json, 1, sink) {
        each(json, 1, sink);
    }
}

fn each(json: &[u8], depth: usize, sink: &mut dyn Sink) {
    if json.starts_with(b"\"") {
        log_event(json, depth, sink);
    } else if let Is::Other(kind) = open_at(json, depth, sink) {
        sink.event(json, false);
        sink.note(kind);
    }
}

fn object(json: &[u8], depth: usize, sink: &mut dyn Sink) -> Is {
    let traits = Traits::read(json);
    // What an index keeps beside the fields is the event as it came.
    let original = |key: &[u8]| matches!(key, b"@message" | b"event.original" | b"_raw");
    if let Some((_, raw)) = traits.carriers.iter().find(|(key, _)| original(key))
        && carried(raw, depth, sink)
    {
        return Is::Known;
    }
    if traits.is_event() {
        sink.event(json, true);
        return Is::Known;
    }
    if traits.is_beside_message
        && let Some(message) = traits.message
    {
        log_event(message, depth, sink);
        return Is::Known;
    }
    if let (Some(field), Some(found)) = (traits.field, traits.field_value) {
        if field == b"\"@message\"" && !carried(found, depth, sink) {
            log_event(found, depth, sink);
        }
        return Is::Known;
    }
    let nothing = match () {
        () if traits.is_control => Some(Kind::Control),
        () if traits.is_digest => Some(Kind::Digest),
        () if traits.is_config => Some(Kind::Config),
        () if traits.is_s3 => Some(Kind::S3Notification),
        () => None,
    };
    if let Some(kind) = nothing {
        sink.note(kind);
        return Is::Known;
    }
    let mut is_empty = false;
    let kind = traits.kind();
    for (key, carrier) in traits.carriers.into_iter().filter(|(key, _)| !original(key)) {
        let is_known = match is_list(carrier) {
            true if elements(carrier).next().is_none() => {
                is_empty = true;
                false
            }
            true => list(key, carrier, depth, sink),
            false => carried(carrier, depth, sink),
        };
        // Another member has the same events in another spelling.
        if is_known {
            return Is::Known;
        }
    }
    if is_empty {
        sink.note(Kind::Empty);
        return Is::Known;
    }
    // It looks into what is inside by itself.
    if depth <= NEAR && buried(json, depth, sink) { Is::Known } else { Is::Other(kind) }
}

/// The events in an envelope that is not known, and whether there are any: whatever a collector calls the member in which it
/// keeps the log line. Only what says that it is an event is taken for one.
fn buried(json: &[u8], depth: usize, sink: &mut dyn Sink) -> bool {
    if depth > DEEPEST || memmem::find(json, b"eventVersion").is_none() {
        return false;
    }
    match json.first() {
        Some(b'{') => {
            let traits = Traits::read(json);
            if traits.is_event() && traits.has_version {
                sink.event(json, true);
                return true;
            }
            // Another member has the same events in another spelling.
            members(json).any(|(_, value)| buried(value, depth + 1, sink))
        }
        Some(b'[') => {
            let mut any = false;
            for element in elements(json) {
                any |= buried(element, depth + 1, sink);
            }
            any
        }
        Some(b'"') => text(json).is_some_and(|text| {
            let mut rest = text.as_bytes();
            let mut any = false;
            while let Some((json, behind)) = memchr::memchr(b'{', rest).and_then(|start| value(rest.get(start..)?)) {
                any |= buried(json, depth + 1, sink);
                rest = behind;
            }
            any
        }),
        _ => false,
    }
}

fn is_list(json: &[u8]) -> bool {
    json.starts_with(b"[")
}

/// The list of what may be an envelope, and whether it is: `results` and the like may be anything's.
fn list(key: &[u8], json: &[u8], depth: usize, sink: &mut dyn Sink) -> bool {
    let mut is_known = key == b"Records";
    let mut others = Vec::new();
    for element in elements(json) {
        if key == b"Records" {
            each(element, depth + 1, sink);
        } else if key == b"results" && is_list(element) {
            is_known |= query_row(element, depth + 1, sink);
        } else {
            match open_at(element, depth + 1, sink) {
                Is::Known => is_known = true,
                Is::Other(kind) => others.push((element, kind)),
            }
        }
    }
    // Beside events, what is none of them is one that is not known.
    for (element, kind) in others.into_iter().filter(|_| is_known) {
        sink.event(element, false);
        sink.note(kind);
    }
    is_known
}

/// A row of a query of CloudWatch Logs: `[{"field": "@message", "value": "…"}, …]`.
fn query_row(row: &[u8], depth: usize, sink: &mut dyn Sink) -> bool {
    let mut has_message = false;
    let mut is_row = false;
    for cell in elements(row) {
        let traits = Traits::read(cell);
        is_row |= traits.field.is_some();
        if let (Some(b"\"@message\""), Some(found)) = (traits.field, traits.field_value) {
            has_message = true;
            log_event(found, depth, sink);
        }
    }
    if is_row && !has_message {
        sink.note(Kind::NoMessage);
    }
    is_row
}

/// A log event as a string: whatever its text is, that is what filters see.
fn log_event(string: &[u8], depth: usize, sink: &mut dyn Sink) {
    match text(string) {
        Some(text) if in_text(&text, depth + 1, sink) => {}
        Some(text) => {
            sink.event(text.trim_end().as_bytes(), false);
            sink.note(if text.trim_start().starts_with('{') { Kind::Object } else { Kind::Text });
        }
        // The console writes an event into its own JSON as an object.
        None => {
            if open_at(string, depth + 1, sink) != Is::Known {
                sink.event(string, false);
                sink.note(Kind::Object);
            }
        }
    }
}

/// What a member of an envelope has in it.
fn carried(json: &[u8], depth: usize, sink: &mut dyn Sink) -> bool {
    match json.first() {
        Some(b'{' | b'[') => open_at(json, depth + 1, sink) == Is::Known,
        Some(b'"') => text(json).is_some_and(|text| in_text(&text, depth + 1, sink)),
        _ => false,
    }
}

/// The JSON in a text, by itself, in base64, or packed and in base64.
fn in_text(text: &str, depth: usize, sink: &mut dyn Sink) -> bool {
    let text = text.trim();
    match text.as_bytes() {
        _ if depth > DEEPEST => false,
        [b'{' | b'[', ..] => documents(text.as_bytes(), depth, sink),
        bytes => match decoded(bytes) {
            Some(bytes) => documents(&bytes, depth, sink),
            None if bytes.starts_with(PACKED) => {
                sink.damage(NOT_UNPACKED);
                true
            }
            None => false,
        },
    }
}

/// Several JSON values, one behind the other.
fn documents(json: &[u8], depth: usize, sink: &mut dyn Sink) -> bool {
    let mut rest = json.trim_ascii_start();
    let mut is_known = false;
    while let Some((document, behind)) = value(rest) {
        is_known |= open_at(document, depth, sink) == Is::Known;
        rest = behind.trim_ascii_start();
    }
    if begins_event(rest) {
        sink.damage(NOT_WHOLE);
        return true;
    }
    is_known
}

/// What gzip begins with in base64.
const PACKED: &[u8] = b"H4sI";

/// The events that are packed and in base64 in a line, and whether there is anything of that kind.
pub(super) fn packed(line: &[u8], sink: &mut dyn Sink) -> bool {
    line.starts_with(PACKED) && std::str::from_utf8(line).is_ok_and(|text| in_text(text, 0, sink))
}

/// Base64, unpacked if that is gzip. `None`: it is neither that nor anything that holds JSON.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    /// And `{"` and `[{`.
    const BEGINNINGS: [&[u8]; 3] = [PACKED, b"ey", b"W3"];
    if !BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)) {
        return None;
    }
    let bytes = STANDARD.decode(text).ok()?;
    if !bytes.starts_with(b"\x1f\x8b") {
        return Some(bytes);
    }
    let mut unpacked = Vec::new();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    MultiGzDecoder::new(bytes.as_slice()).take(most).read_to_end(&mut unpacked).ok()?;
    Some(unpacked)
}
