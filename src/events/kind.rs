//! What an input holds beside events of CloudTrail, counted, for a note about it: nothing is passed over in silence.

use std::collections::BTreeMap;
use std::fmt;

/// What is no event of CloudTrail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A line of text.
    Text,
    /// A JSON object that is neither an event nor known to hold one.
    Object,
    /// Fields of an event by themselves: flattened, in the columns of a table, or chosen ones.
    Part,
    /// JSON that is no object.
    Value,
    /// A row of a table without an event in any column.
    Row,
    /// Hashes of the files that CloudTrail delivered (user guide, "CloudTrail digest file structure").
    Digest,
    /// What AWS Config delivers into the same buckets.
    Config,
    /// S3 saying that a file arrived (S3 user guide, "Event message structure").
    S3Notification,
    /// CloudWatch Logs trying out a subscription (its user guide, "messageType").
    Control,
    /// Results of a query that did not ask for `@message`.
    NoMessage,
    /// An envelope with nothing in it.
    Empty,
    /// What this program wrote, with examples of events in it.
    Report,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Object => "another JSON object",
            Self::Part => "fields of an event, not the event itself",
            Self::Value => "JSON that is no object",
            Self::Row => "a row without an event",
            Self::Digest => "a digest, which has hashes of files",
            Self::Config => "a file of AWS Config",
            Self::S3Notification => "a notification of S3",
            Self::Control => "a control message of CloudWatch Logs",
            Self::NoMessage => "a query result without @message",
            Self::Empty => "an empty list of events",
            Self::Report => "a report of cis-audit, whose examples are not read",
        })
    }
}

/// What is damaged of an input that ends too early: of a document, and of a table.
pub(super) const CUT: &str = "ends inside an event or a list of events";
pub(super) const CUT_ROW: &str = "ends inside a row";
/// What is damaged of a table.
pub(super) const NO_ROW: &str = "a row that is not whole";
/// What is damaged where text is expected.
pub(super) const NO_TEXT: &str = "packed, or not in UTF-8, behind what is not: read it by itself";
/// What is damaged of an event, or of what was packed into an envelope.
pub(super) const NOT_WHOLE: &str = "an event that is not whole";
pub(super) const NOT_UNPACKED: &str = "packed events that cannot be unpacked";

/// How many of a kind, and where the first is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// How many.
    pub count: u64,
    /// The byte of the unpacked input at or before which the first begins.
    pub first: u64,
}

/// What is damaged in an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The byte of the unpacked input at which it begins.
    pub at: u64,
    /// What is wrong with it, to follow on "at byte N: ".
    pub what: &'static str,
}

/// Events that turned out not to be JSON when they were evaluated.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// How many.
    pub count: u64,
    /// The byte of the unpacked input at which the first begins.
    pub first: Option<u64>,
}

impl Broken {
    /// Notes one that begins there.
    pub fn note(&mut self, at: u64) {
        self.add(Self { count: 1, first: Some(at) });
    }

    /// Adds those of a later part.
    pub fn add(&mut self, later: Self) {
        self.count += later.count;
        self.first = self.first.or(later.first);
    }
}

/// What was found in an input.
#[derive(Debug, Default)]
pub struct Tally {
    /// Some event looks like CloudTrail's.
    pub has_events: bool,
    /// Events longer than this program reads.
    pub too_long: u64,
    /// What else was there.
    pub others: BTreeMap<Kind, Seen>,
    /// The first damaged parts.
    pub damages: Vec<Damage>,
    /// How many there are.
    pub damaged: u64,
    /// Why it was not read at all, to follow on the input's name.
    pub refused: Option<&'static str>,
}

impl Tally {
    /// Damaged parts that are named one by one.
    const NAMED: usize = 3;

    pub(super) fn note(&mut self, kind: Kind, at: u64) {
        self.others.entry(kind).or_insert(Seen { count: 0, first: at }).count += 1;
    }

    pub(super) fn damage(&mut self, at: u64, what: &'static str) {
        self.damaged += 1;
        if self.damages.len() < Self::NAMED {
            self.damages.push(Damage { at, what });
        }
    }

    /// Takes back that the input ends too early, which may not be among the damaged parts that are named.
    pub(super) fn forget_end(&mut self) {
        self.damages.retain(|damage| ![CUT, CUT_ROW].contains(&damage.what));
        self.damaged = self.damaged.saturating_sub(1);
    }

    /// Adds what another part of the same input holds.
    pub(super) fn add(&mut self, other: Self) {
        let Self { has_events, too_long, others, damages, damaged, refused } = other;
        self.refused = self.refused.or(refused);
        self.has_events |= has_events;
        self.too_long += too_long;
        for (kind, seen) in others {
            self.others.entry(kind).or_insert(Seen { count: 0, ..seen }).count += seen.count;
        }
        self.damaged += damaged;
        self.damages.extend(damages);
        self.damages.truncate(Self::NAMED);
    }
}
