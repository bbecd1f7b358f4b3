//! The members of one envelope, or the columns of one row: an event that several have, in whatever spelling, counts once;
//! different ones all count.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::mem;

use super::sink::Sink;
use crate::events::json::members;
use crate::events::kind::Kind;

/// Hands events on, but for those that a sibling had.
pub(in crate::events) struct Siblings<'s> {
    to: &'s mut dyn Sink,
    /// What the siblings before this one had.
    before: HashSet<u64>,
    now: Vec<u64>,
    /// There is one sibling alone, or nobody asks.
    is_alone: bool,
}

impl<'s> Siblings<'s> {
    /// `is_alone`: there are no siblings, so that nothing needs to be compared.
    pub(in crate::events) fn new(to: &'s mut dyn Sink, is_alone: bool) -> Self {
        Self { to, before: HashSet::new(), now: Vec::new(), is_alone }
    }

    /// What comes is of the next sibling.
    pub(in crate::events) fn turn(&mut self) {
        self.before.extend(mem::take(&mut self.now));
    }
}

impl Sink for Siblings<'_> {
    fn event(&mut self, bytes: &[u8], is_cloudtrail: bool) {
        if is_cloudtrail && !self.is_alone {
            let identity = identity(bytes);
            if self.before.contains(&identity) {
                return;
            }
            self.now.push(identity);
        }
        self.to.event(bytes, is_cloudtrail);
    }

    fn note(&mut self, kind: Kind) {
        self.to.note(kind);
    }

    fn damage(&mut self, what: &'static str) {
        self.to.damage(what);
    }
}

/// What an event is known by: its id, with its name; without an id, all that it says, in whatever order and with whatever blanks.
fn identity(event: &[u8]) -> u64 {
    let (mut id, mut name) = (None, None);
    for (key, value) in members(event) {
        match key {
            b"eventID" => id = Some(value),
            b"eventName" => name = Some(value),
            _ => {}
        }
    }
    let mut hasher = DefaultHasher::new();
    match id {
        Some(id) => (id, name).hash(&mut hasher),
        None => match serde_json::from_slice::<serde_json::Value>(event) {
            Ok(value) => value.to_string().hash(&mut hasher),
            Err(_) => event.hash(&mut hasher),
        },
    }
    hasher.finish()
}
