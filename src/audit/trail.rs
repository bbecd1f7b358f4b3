//! First link: does a trail record the events that a control demands, from everywhere in the account?
//!
//! Multi-region, logging, and all management events of both kinds. Selectors add up, so their union is judged
//! (CloudTrail API reference: `EventSelector`, `AdvancedFieldSelector`). Where the events go is the next link's question.

use std::collections::BTreeSet;

use super::indexed::Indexed;
use super::link::Outcome;
use crate::finding::{Code, Reason, Unread, Warning};
use crate::rule::Events;
use crate::snapshot::{AdvancedEventSelector, EventSelector, EventSelectors, FieldSelector, Trail};

/// Why nothing is known of any trail.
pub(super) fn unlisted(snapshot: &Indexed<'_>) -> Reason {
    let why = Unread::find(snapshot, &["cloudtrail:DescribeTrails"], &snapshot.region, None);
    Reason::absent(Code::TrailUnread, "the trails could not be read").because(why)
}

/// Judges a trail for one control.
pub(super) fn judge(snapshot: &Indexed<'_>, trail: &Trail, events: &Events) -> (Outcome, Vec<Warning>) {
    let recorded = trail.selectors.as_ref().map(Recorded::of);
    let (selection, warnings) = match &recorded {
        Some(recorded) => recorded.judge(trail, events),
        None => (unread(snapshot, trail, "its event selectors", "cloudtrail:GetEventSelectors"), Vec::new()),
    };
    (reach(trail).and(logging(snapshot, trail)).and(selection), warnings)
}

fn reach(trail: &Trail) -> Outcome {
    if trail.is_multi_region {
        return Outcome::Whole;
    }
    let message = format!("trail {} records events of {} only", trail.name, trail.home_region);
    Outcome::of(Reason::new(Code::TrailSingleRegion, &trail.arn, message))
}

fn logging(snapshot: &Indexed<'_>, trail: &Trail) -> Outcome {
    match &trail.status {
        None => unread(snapshot, trail, "whether it is logging", "cloudtrail:GetTrailStatus"),
        Some(status) if status.is_logging => Outcome::Whole,
        Some(_) => {
            let message = format!("trail {} is stopped: it records nothing", trail.name);
            Outcome::of(Reason::new(Code::TrailNotLogging, &trail.arn, message))
        }
    }
}

fn unread(snapshot: &Indexed<'_>, trail: &Trail, what: &str, operation: &str) -> Outcome {
    let why = Unread::find(snapshot, &[operation], &trail.home_region, Some(&trail.arn));
    let message = format!("trail {}: {what} could not be read", trail.name);
    Outcome::of(Reason::new(Code::TrailUnread, &trail.arn, message).because(why))
}

/// Which management events the union of a trail's selectors records, apart from the services it leaves out.
struct Recorded {
    read: Kind,
    write: Kind,
    /// A selector of management events has a condition beyond those that leave the union decidable.
    narrowed_by: Option<String>,
    /// A selector says what it records in a word that came later.
    unknown: Option<String>,
}

/// Events of one kind, read or write.
enum Kind {
    /// No selector records them.
    Nothing,
    /// All are recorded but those of these services (`eventSource` values).
    AllBut(BTreeSet<String>),
}

impl Kind {
    /// A further selector records what it records: only what both leave out stays out.
    fn add(&mut self, excluded: &BTreeSet<String>) {
        match self {
            Self::Nothing => *self = Self::AllBut(excluded.clone()),
            Self::AllBut(out) => out.retain(|source| excluded.contains(source)),
        }
    }
}

impl Recorded {
    fn of(selectors: &EventSelectors) -> Self {
        let mut recorded = Self { read: Kind::Nothing, write: Kind::Nothing, narrowed_by: None, unknown: None };
        if selectors.basic.is_empty() && selectors.advanced.is_empty() {
            recorded.add(true, true, &BTreeSet::new());
        }
        for selector in &selectors.basic {
            recorded.add_basic(selector);
        }
        for selector in &selectors.advanced {
            recorded.add_advanced(selector);
        }
        recorded
    }

    fn add(&mut self, read: bool, write: bool, excluded: &BTreeSet<String>) {
        if read {
            self.read.add(excluded);
        }
        if write {
            self.write.add(excluded);
        }
    }

    fn add_basic(&mut self, selector: &EventSelector) {
        if selector.include_management_events == Some(false) {
            return;
        }
        let excluded = selector.exclude_management_event_sources.iter().cloned().collect();
        match selector.read_write_type.as_deref() {
            None | Some("All") => self.add(true, true, &excluded),
            Some("ReadOnly") => self.add(true, false, &excluded),
            Some("WriteOnly") => self.add(false, true, &excluded),
            Some(other) => self.unknown = Some(format!("ReadWriteType {other}")),
        }
    }

    fn add_advanced(&mut self, selector: &AdvancedEventSelector) {
        let is_category = |field: &&FieldSelector| field.field == "eventCategory";
        let management = selector.field_selectors.iter().filter(is_category);
        let categories: Vec<&FieldSelector> = management.collect();
        if categories.is_empty()
            || !categories.iter().all(|field| field.equals.iter().any(|value| value == "Management"))
        {
            return;
        }
        let (mut read, mut write, mut excluded) = (true, true, BTreeSet::new());
        for field in selector.field_selectors.iter().filter(|field| !is_category(field)) {
            let plain = field.starts_with.is_empty()
                && field.not_starts_with.is_empty()
                && field.ends_with.is_empty()
                && field.not_ends_with.is_empty();
            match field.field.as_str() {
                "readOnly" if plain && field.not_equals.is_empty() => {
                    read &= field.equals.iter().any(|value| value == "true");
                    write &= field.equals.iter().any(|value| value == "false");
                }
                "eventSource" if plain && field.equals.is_empty() => excluded.extend(field.not_equals.iter().cloned()),
                // Such a selector records less than everything, so it adds nothing that the audit can count on.
                other => {
                    self.narrowed_by = Some(format!("a condition on {other}"));
                    return;
                }
            }
        }
        self.add(read, write, &excluded);
    }

    fn judge(&self, trail: &Trail, events: &Events) -> (Outcome, Vec<Warning>) {
        let broken = |code, message| (Outcome::of(Reason::new(code, &trail.arn, message)), Vec::new());
        let name = &trail.name;
        let (read, write) = match (&self.read, &self.write) {
            (Kind::AllBut(read), Kind::AllBut(write)) => (read, write),
            _ if self.unknown.is_some() => {
                let word = self.unknown.as_deref().unwrap_or_default();
                let message = format!("trail {name}: what its event selectors record is not known: {word}");
                return broken(Code::TrailUndecided, message);
            }
            _ if self.narrowed_by.is_some() => {
                let by = self.narrowed_by.as_deref().unwrap_or_default();
                let message = format!("trail {name} records only some management events: its selectors have {by}");
                return broken(Code::TrailSelectorNarrowed, message);
            }
            (Kind::Nothing, Kind::Nothing) => {
                return broken(Code::TrailNoManagementEvents, format!("trail {name} records no management events"));
            }
            (_, Kind::Nothing) => {
                return broken(
                    Code::TrailNoWriteEvents,
                    format!("trail {name} records management events that read only"),
                );
            }
            (Kind::Nothing, _) => {
                let message = format!("trail {name} records management events that write only: denied reads go unseen");
                return broken(Code::TrailNoReadEvents, message);
            }
        };
        match &events.source {
            // Every event that a control about one service demands changes something, so reads may be left out.
            Some(source) if write.contains(source) => {
                let message = format!("trail {name} leaves out events of {source}, which this control is about");
                broken(Code::TrailSourceExcluded, message)
            }
            Some(_) => (Outcome::Whole, Vec::new()),
            None => {
                let left_out: BTreeSet<&String> = read.union(write).collect();
                let warning = |source| {
                    let message = format!("trail {name} leaves out events of {source}");
                    Warning::new(Code::TrailSourceExcludedPartly, &trail.arn, message)
                };
                (Outcome::Whole, left_out.into_iter().map(warning).collect())
            }
        }
    }
}
