//! First link: does a trail record the events that a control demands, from everywhere in the account?
//!
//! Multi-region, logging, and all management events of both kinds. Selectors add up, so their union is judged
//! (CloudTrail API reference: `EventSelector`, `AdvancedFieldSelector`). Where the events go is the next link's question.

use std::collections::BTreeSet;

use filter_pattern::{Candidate, Pattern, aims_at};

use super::indexed::Indexed;
use super::link::LinkOutcome;
use crate::arn::is_account_id;
use crate::cloudtrail;
use crate::finding::facts::{AccountProblem, TrailPart, TrailProblem};
use crate::finding::{Facts, Reason, Unread, Warning};
use crate::partition::Partition;
use crate::rule::Events;
use crate::snapshot::{AdvancedEventSelector, EventSelector, EventSelectors, FieldSelector, Trail};

/// Why nothing is known of any trail.
pub(super) fn unlisted(snapshot: &Indexed<'_>) -> Reason {
    let why = Unread::find(snapshot, &["cloudtrail:DescribeTrails"], &snapshot.region, None);
    let account = snapshot.account_id.clone();
    Reason::new(Facts::Account { account, problem: AccountProblem::TrailsUnread }).because(why)
}

/// What the account's trails say of the events that they record.
pub(super) fn recorded<'a>(snapshot: &Indexed<'a>) -> cloudtrail::Recorded<'a> {
    let whole = snapshot.whole();
    recorded_by(snapshot, whole.trails().iter(), snapshot.is_for_member())
}

/// What these trails say of the events that they record. `is_member`: an organization's trail brings the events of other
/// accounts too, and only this account's are asked about.
pub(super) fn recorded_by<'a, 't>(
    snapshot: &Indexed<'a>,
    trails: impl Iterator<Item = &'t Trail> + Clone,
    is_member: bool,
) -> cloudtrail::Recorded<'a> {
    let trails = || trails.clone();
    let account = snapshot.whose_events();
    let is_own = is_account_id(account) && (is_member || !trails().any(|trail| trail.is_organization));
    let records_no_data = |trail: &Trail| trail.selectors.as_ref().is_some_and(|selectors| !selects_data(selectors));
    cloudtrail::Recorded {
        only_account: is_own.then_some(account),
        partition: Some(snapshot.whole().partition.as_str()),
        no_data_events: trails().all(records_no_data),
        network_activity: Some(!trails().all(records_no_network_activity)),
        iam_region: Partition::claiming(&snapshot.region).map(|partition| partition.main_region),
    }
}

/// What a selector says of the category of events.
fn categories(selector: &AdvancedEventSelector) -> impl Iterator<Item = &FieldSelector> {
    selector.field_selectors.iter().filter(|field| is_category(field))
}

fn is_category(field: &FieldSelector) -> bool {
    field.field == "eventCategory"
}

/// Whether it is known that a trail asks for no network activity events, which only advanced selectors do.
fn records_no_network_activity(trail: &Trail) -> bool {
    let is_other = |selector: &AdvancedEventSelector| {
        categories(selector)
            .any(|field| !field.equals.is_empty() && !field.equals.iter().any(|value| value == "NetworkActivity"))
    };
    trail.selectors.as_ref().is_some_and(|selectors| selectors.advanced.iter().all(is_other))
}

/// Whether a trail asks for data events, of whatever resources.
fn selects_data(selectors: &EventSelectors) -> bool {
    let is_management = |selector: &AdvancedEventSelector| {
        categories(selector)
            .any(|field| !field.equals.is_empty() && field.equals.iter().all(|value| value == "Management"))
    };
    selectors.basic.iter().any(|selector| !selector.data_resources.is_empty())
        || !selectors.advanced.iter().all(is_management)
}

/// What is reported about a trail for one control.
pub(super) struct Judged {
    pub(super) outcome: LinkOutcome,
    pub(super) warnings: Vec<Warning>,
    /// What is broken in addition to what the outcome names.
    pub(super) also_broken: Vec<Reason>,
}

/// Judges a trail for one control.
pub(super) fn judge(snapshot: &Indexed<'_>, trail: &Trail, events: &Events) -> Judged {
    let recorded = trail.selectors.as_ref().map(RecordedKinds::from_selectors);
    let mut all = vec![reach(trail), logging(snapshot, trail)];
    let mut warnings = Vec::new();
    match &recorded {
        Some(recorded) => {
            let problems = recorded.problems(events);
            if problems.is_empty() {
                warnings = recorded.warnings(trail, events);
            }
            all.extend(problems.into_iter().map(|problem| LinkOutcome::from_reason(reason(trail, problem))));
        }
        None => all.push(unread(snapshot, trail, TrailPart::Selectors)),
    }
    let broken = |outcome: &LinkOutcome| match outcome {
        LinkOutcome::Broken(reason) => Some(reason.clone()),
        LinkOutcome::Unknown(_) | LinkOutcome::Whole => None,
    };
    let also_broken = all.iter().filter_map(broken).skip(1).collect();
    Judged { outcome: all.into_iter().fold(LinkOutcome::Whole, LinkOutcome::and), warnings, also_broken }
}

fn reach(trail: &Trail) -> LinkOutcome {
    if trail.is_multi_region {
        return LinkOutcome::Whole;
    }
    let home_region = trail.home_region.clone();
    LinkOutcome::from_reason(reason(trail, TrailProblem::SingleRegion { home_region }))
}

/// Whether it records anything at all.
pub(super) fn logging(snapshot: &Indexed<'_>, trail: &Trail) -> LinkOutcome {
    match &trail.status {
        None => unread(snapshot, trail, TrailPart::Status),
        Some(status) if status.is_logging => LinkOutcome::Whole,
        Some(_) => LinkOutcome::from_reason(reason(trail, TrailProblem::NotLogging)),
    }
}

fn unread(snapshot: &Indexed<'_>, trail: &Trail, part: TrailPart) -> LinkOutcome {
    let operation = match part {
        TrailPart::Selectors => "cloudtrail:GetEventSelectors",
        TrailPart::Status => "cloudtrail:GetTrailStatus",
    };
    let why = Unread::find(snapshot, &[operation], &trail.home_region, Some(&trail.arn));
    LinkOutcome::from_reason(reason(trail, TrailProblem::Unread(part)).because(why))
}

fn reason(trail: &Trail, problem: TrailProblem) -> Reason {
    Reason::new(Facts::trail(&trail.name, &trail.arn, problem))
}

/// Which management events the union of a trail's selectors records, apart from the services it leaves out.
struct RecordedKinds {
    read: Kind,
    write: Kind,
    /// A selector of management events has a condition beyond those that leave the union decidable.
    narrowed_by: Option<String>,
    /// A selector says what it records in a word that came later: its `ReadWriteType`.
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

impl RecordedKinds {
    fn from_selectors(selectors: &EventSelectors) -> Self {
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
            Some(other) => self.unknown = Some(other.to_owned()),
        }
    }

    fn add_advanced(&mut self, selector: &AdvancedEventSelector) {
        let categories: Vec<&FieldSelector> = categories(selector).collect();
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
                    self.narrowed_by = Some(other.to_owned());
                    return;
                }
            }
        }
        self.add(read, write, &excluded);
    }

    /// Why it does not record all that is demanded, every reason.
    fn problems(&self, events: &Events) -> Vec<TrailProblem> {
        let mut problems = Vec::new();
        if let (Kind::Nothing, _) | (_, Kind::Nothing) = (&self.read, &self.write) {
            problems.push(match (&self.unknown, &self.narrowed_by, &self.read, &self.write) {
                (Some(later), ..) => TrailProblem::SelectorUndecided { read_write_type: later.clone() },
                (None, Some(field), ..) => TrailProblem::SelectorNarrowed { field: field.clone() },
                (None, None, Kind::Nothing, Kind::Nothing) => TrailProblem::NoManagementEvents,
                (None, None, _, Kind::Nothing) => TrailProblem::NoWriteEvents,
                (None, None, ..) => TrailProblem::NoReadEvents,
            });
        }
        let leaves_out =
            |kind: &Kind, source: &String| matches!(kind, Kind::AllBut(left_out) if left_out.contains(source));
        // Where no writes are recorded, what is left out of the reads says what would be left out of them.
        let has_writes = matches!(self.write, Kind::AllBut(_));
        let is_left_out = |source: &&String| {
            leaves_out(&self.write, source)
                || leaves_out(&self.read, source) && (!has_writes || may_be_read(&events.requires))
        };
        let source = events.source.as_ref().filter(is_left_out);
        problems.extend(source.map(|source| TrailProblem::SourceExcluded { source: source.clone() }));
        problems
    }

    /// What it leaves out of a control about all services.
    fn warnings(&self, trail: &Trail, events: &Events) -> Vec<Warning> {
        let (Kind::AllBut(read), Kind::AllBut(write), None) = (&self.read, &self.write, &events.source) else {
            return Vec::new();
        };
        let left_out: BTreeSet<&String> = read.union(write).collect();
        let warning = |source: &String| reason(trail, TrailProblem::SourceExcludedPartly { source: source.clone() });
        left_out.into_iter().map(warning).collect()
    }
}

/// Whether a control demands events that read and change nothing: those of the benchmark's do not, one's own may.
fn may_be_read(requires: &Pattern) -> bool {
    cloudtrail::reads().is_some_and(|reads| aims_at(&Candidate::new(reads), requires, cloudtrail::events()))
}
