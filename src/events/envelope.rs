//! What is round an event: the answers of the AWS command line, payloads of subscriptions, messages of SNS and EventBridge,
//! rows of Splunk and Elastic. Takes a JSON value that is in memory, and finds the events in it, as CloudWatch Logs would
//! see them: their own bytes, or the text that was put into a string of the envelope.
//!
//! Where an envelope is known to have events, all that is there counts (each in its own documentation: the API references of
//! CloudWatch Logs, CloudTrail, SNS and SQS, the user guide of EventBridge, Firehose's data format, Splunk's export endpoint,
//! the Elastic common schema). Elsewhere (`buried`) only what says that it is an event.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::json::{elements, members, text, value};
use super::kind::{Kind, NOT_UNPACKED, NOT_WHOLE};

use self::buried::buried;
pub(super) use self::buried::may_hold;
use self::packing::{PACKED, decoded};
pub(super) use self::siblings::Siblings;
pub(super) use self::sink::Sink;
use self::traits::{Traits, is_carrier};
pub(super) use self::traits::{begins_event, begins_with_field, is_one_event, is_versioned};

mod buried;
mod packing;
mod siblings;
mod sink;
mod traits;

/// Envelopes in envelopes: SQS, in it SNS, in it EventBridge, and room for more.
const DEEPEST: usize = 16;
/// Of these the outer ones, which may be of any collector.
const NEAR: usize = 4;

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

/// The events in a value that lies beside a list of an envelope, or in the members of an object that may not be whole.
pub(super) fn beside(json: &[u8], sink: &mut dyn Sink) {
    if json.ends_with(b"}") || !json.starts_with(b"{") {
        buried(json, 1, documents, sink);
    } else {
        for (_, value) in members(json) {
            buried(value, 1, documents, sink);
        }
    }
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
    let original = traits.members.iter().find(|(key, _)| is_original(key)).map(|(_, raw)| *raw);
    if original.is_none() && traits.is_event() {
        sink.event(json, true);
        return Is::Known;
    }
    let holders = traits.members.iter().filter(|(_, value)| may_hold_some(value));
    let mut siblings = Siblings::new(sink, holders.clone().nth(1).is_none());
    let has_original = original.is_some_and(|raw| carried(raw, depth, &mut siblings));
    siblings.turn();
    if !has_original && traits.is_event() {
        siblings.event(json, true);
        return Is::Known;
    }
    if !has_original && let (Some(field), Some(found)) = (traits.field, traits.field_value) {
        if field == b"\"@message\"" && !carried(found, depth, &mut siblings) {
            log_event(found, depth, &mut siblings);
        }
        return Is::Known;
    }
    if traits.is_control || traits.is_report() {
        siblings.note(if traits.is_control { Kind::Control } else { Kind::Report });
        return Is::Known;
    }
    let message = traits.message.filter(|_| !has_original && traits.is_beside_message);
    if let Some(message) = message {
        log_event(message, depth, &mut siblings);
        siblings.turn();
    }
    let mut is_known = has_original || message.is_some();
    let is_read = |value: &[u8]| has_original && Some(value) == original || Some(value) == message;
    if is_known && holders.clone().all(|(_, value)| is_read(value)) {
        return Is::Known;
    }
    let mut is_empty = false;
    for (key, value) in traits.members.iter().filter(|(_, value)| !is_read(value)) {
        is_empty |= is_list(value) && is_carrier(key) && elements(value).next().is_none();
        is_known |= member(key, value, depth, &mut siblings);
        siblings.turn();
    }
    if is_known {
        return Is::Known;
    }
    match traits.nothing().or(is_empty.then_some(Kind::Empty)) {
        Some(kind) => {
            siblings.note(kind);
            Is::Known
        }
        None => Is::Other(traits.kind()),
    }
}

/// The events in a member of an object that is no event, and whether there are any.
fn member(key: &[u8], value: &[u8], depth: usize, sink: &mut dyn Sink) -> bool {
    let is_carried = is_carrier(key)
        && !is_original(key)
        && match is_list(value) {
            true => elements(value).next().is_some() && list(key, value, depth, sink),
            false => carried(value, depth, sink),
        };
    // It looks into what is inside by itself.
    is_carried || depth <= NEAR && buried(value, depth + 1, documents, sink)
}

fn is_original(key: &[u8]) -> bool {
    matches!(key, b"@message" | b"event.original" | b"_raw")
}

/// In the name of each member by which an event is known.
static EVENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("event"));

/// Whether a member may have an event in it.
fn may_hold_some(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'{' | b'[' | b'"')) && (EVENT.find(value).is_some() || packing::has_encoded(value))
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
    let cells = || elements(row).map(Traits::read).filter_map(|cell| Some((cell.field?, cell.field_value)));
    let is_row = cells().next().is_some();
    let mut has_message = false;
    for (field, found) in cells() {
        if let (b"\"@message\"", Some(found)) = (field, found) {
            has_message = true;
            log_event(found, depth, sink);
        }
    }
    if !has_message {
        // The query may call it something else.
        let mut siblings = Siblings::new(sink, false);
        for found in cells().filter_map(|(_, found)| found).filter(|found| may_hold(found)) {
            has_message |= carried(found, depth, &mut siblings);
            siblings.turn();
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

/// The events that are packed and in base64 in a line, and whether there is anything of that kind.
pub(super) fn packed(line: &[u8], sink: &mut dyn Sink) -> bool {
    line.starts_with(PACKED) && std::str::from_utf8(line).is_ok_and(|text| in_text(text, 0, sink))
}
