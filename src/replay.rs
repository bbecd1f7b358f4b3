//! A replay of events in an account: what its metric filters would have matched, what would have gone unnoticed, and when
//! its alarms would have gone to ALARM. Pure: events come in blocks, from wherever; results are a document for `report`.

use std::collections::BTreeMap;
use std::sync::Arc;

use filter_pattern::{ExaminedBySet, Left, Matched, PatternSet};
use jiff::Timestamp;

use crate::audit::replay::{self, Control, Counts, Stage};
use crate::events::{Block, Broken, Event};
use crate::rule::Rule;
use crate::snapshot::Snapshot;

use self::call::{Call, Proposals};
use self::event::NoTime;
use self::heavy::Heavy;
use self::repeated::{Ids, Level};

mod call;
mod event;
mod finish;
mod heavy;
mod period;
mod repeated;
mod subscribers;

pub use self::call::is_root_user;
pub use self::finish::{AlarmReplay, ControlReplay, FilterReplay, Replay};
pub use self::heavy::Top;
pub use self::period::Period;
pub use crate::audit::replay::AlarmState;

/// Missed events of a control that are kept as examples.
const EXAMPLES: usize = 3;
/// A longer event is no example that a person reads.
const LONGEST_EXAMPLE: usize = 4_096;

/// An account, ready for events.
pub struct Player {
    account_id: String,
    stage: Stage,
    patterns: PatternSet,
    /// What of events is delivered how many seconds after them.
    delay: i64,
    /// No event can be later, in seconds since 1970.
    latest: i64,
    /// All events count for some alarm, minute by minute.
    counts_all: bool,
    /// Which ids of events are looked at.
    level: Level,
}

/// What one block of events holds, or all of them.
#[derive(Debug, Default)]
pub struct Tally {
    events: u64,
    others: u64,
    undated: Undated,
    /// Events of one block that are no JSON, of those that a pattern might match.
    pub broken: Broken,
    /// Events in trails of other accounts, by account: of one block.
    foreign: BTreeMap<String, u64>,
    /// The same of all.
    foreigners: Heavy,
    foreign_events: u64,
    ids: Ids,
    first: Option<i64>,
    last: Option<i64>,
    /// By minute of delivery, in seconds since 1970.
    all: BTreeMap<i64, u64>,
    patterns: Vec<PatternTally>,
    controls: Vec<ControlTally>,
    /// Of one block.
    proposals: Proposals,
}

/// Events whose time cannot be used, by why not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Undated {
    /// They have no `eventTime`.
    pub missing: u64,
    /// Their `eventTime` is no time.
    pub unreadable: u64,
    /// They are from before 2013.
    pub early: u64,
    /// They are more than a day in the future.
    pub late: u64,
}

impl Undated {
    /// All of them.
    #[must_use]
    pub fn count(self) -> u64 {
        self.missing + self.unreadable + self.early + self.late
    }

    fn note(&mut self, why: NoTime) {
        *match why {
            NoTime::Missing => &mut self.missing,
            NoTime::Unreadable => &mut self.unreadable,
            NoTime::Early => &mut self.early,
            NoTime::Late => &mut self.late,
        } += 1;
    }

    fn add(&mut self, Self { missing, unreadable, early, late }: Self) {
        self.missing += missing;
        self.unreadable += unreadable;
        self.early += early;
        self.late += late;
    }
}

#[derive(Debug, Default, Clone)]
struct PatternTally {
    matched: u64,
    undecided: u64,
    /// By minute of delivery.
    minutes: BTreeMap<i64, u64>,
}

#[derive(Debug, Default)]
struct ControlTally {
    /// Events that its filters match.
    events: u64,
    demanded: u64,
    /// Of the demanded ones.
    matched: u64,
    missed: u64,
    /// Events of which it is not known whether they are missed.
    undecided: u64,
    /// Demanded events that no chain of its filters reports and another one does, by the place of this chain.
    elsewhere: BTreeMap<usize, u64>,
    /// Events that its filters match, by minute.
    minutes: BTreeMap<i64, u64>,
    /// Missed events, by minute.
    missed_minutes: BTreeMap<i64, u64>,
    /// Missed events.
    examples: Vec<String>,
    callers: Heavy,
    names: Heavy,
    /// Patterns of what one caller calls.
    calls: Heavy,
    /// Who called what, of one block.
    seen: BTreeMap<(String, String, Option<String>), u64>,
}

/// What each pattern says of one event.
struct Answers {
    /// By pattern: `None` is unknown.
    matched: Vec<Option<bool>>,
}

impl Answers {
    fn matches(&self, pattern: usize) -> Option<bool> {
        self.matched.get(pattern).copied().unwrap_or(Some(false))
    }

    /// Whether no chain of a control reports the event, not even one of which little is known.
    fn is_unreported(&self, control: &Control) -> bool {
        let certain = control.certain.iter().map(|chain| chain.pattern);
        !control.is_open && self.any(certain.chain(control.possible.iter().copied())) == Some(false)
    }

    /// Whether one of them matches; `None`: it may.
    fn any(&self, patterns: impl Iterator<Item = usize>) -> Option<bool> {
        let mut any = Some(false);
        for pattern in patterns {
            match self.matches(pattern) {
                Some(true) => return Some(true),
                None => any = None,
                Some(false) => {}
            }
        }
        any
    }
}

impl Player {
    /// Of an account, with others into which its chains may lead. `delay`: seconds from an event to its delivery. `now`: no
    /// event is later by more than a day, which clocks and time zones may be wrong by.
    #[must_use]
    pub fn new(snapshot: &Snapshot, owners: &[&Snapshot], rules: &[Arc<Rule>], delay: i64, now: Timestamp) -> Self {
        const DAY: i64 = 86_400;
        let mut stage = replay::stage(snapshot, owners, rules);
        let accounts: Vec<&Snapshot> = [snapshot].into_iter().chain(owners.iter().copied()).collect();
        let of_metric = stage.alarms.iter_mut().map(|of| (&of.alarm.arn, &of.alarm.actions, &mut of.acts.silent));
        let of_composite =
            stage.composites.iter_mut().map(|of| (&of.alarm.arn, &of.alarm.actions, &mut of.acts.silent));
        for (alarm, actions, silent) in of_metric.chain(of_composite).filter(|(.., silent)| silent.is_none()) {
            *silent = subscribers::silent(&accounts, alarm, actions);
        }
        let patterns = PatternSet::new(std::mem::take(&mut stage.patterns));
        let counts_all = stage.alarms.iter().flat_map(|alarm| &alarm.puttings).any(|putting| putting.default.is_some());
        Self {
            account_id: snapshot.account_id.clone(),
            stage,
            patterns,
            delay,
            latest: now.as_second().saturating_add(DAY),
            counts_all,
            level: Level::default(),
        }
    }

    /// Nothing yet.
    #[must_use]
    pub fn nothing(&self) -> Tally {
        Tally {
            patterns: vec![PatternTally::default(); self.patterns.patterns().len()],
            controls: self.stage.controls.iter().map(|_| ControlTally::default()).collect(),
            ids: Ids::at(&self.level),
            ..Tally::default()
        }
    }

    /// Counts a block of events.
    #[must_use]
    pub fn play(&self, block: &Block) -> Tally {
        let mut tally = self.nothing();
        let mut minutes = Vec::new();
        block.select(self.patterns.prefilter(), |event, is_left| self.event(event, is_left, &mut minutes, &mut tally));
        minutes.sort_unstable();
        for same in minutes.chunk_by(|a, b| a == b) {
            if let Some(minute) = same.first() {
                tally.all.insert(*minute, same.len() as u64);
            }
        }
        tally
    }

    /// `minutes`: of the events that count for some alarm although no pattern matches them.
    fn event(&self, event: Event<'_>, is_left: bool, minutes: &mut Vec<i64>, tally: &mut Tally) {
        if !event.is_cloudtrail {
            // A trail writes events into its log group and nothing else.
            tally.others += 1;
            return;
        }
        tally.events += 1;
        let found = event::time(&event, self.latest);
        let time = found.ok();
        let minute = time.map(|time| (time + self.delay).div_euclid(60) * 60);
        match found {
            Ok(time) => {
                tally.first = Some(tally.first.map_or(time, |first| first.min(time)));
                tally.last = Some(tally.last.map_or(time, |last| last.max(time)));
            }
            Err(why) => tally.undated.note(why),
        }
        let (foreign, id) = event::foreign_account_and_id(&event, &self.account_id);
        if let Some(account) = foreign {
            match tally.foreign.get_mut(account) {
                Some(count) => *count += 1,
                None => {
                    tally.foreign.insert(account.to_owned(), 1);
                }
            }
        }
        if let Some(id) = id {
            tally.ids.find(id);
        }
        if let Some(minute) = minute.filter(|_| self.counts_all) {
            minutes.push(minute);
        }
        if !is_left {
            return;
        }
        let left = self.patterns.prefilter().left(event.bytes);
        let asked = std::str::from_utf8(event.bytes).ok().and_then(|text| Some((text, self.ask(left, text)?)));
        let Some((text, answers)) = asked else {
            tally.broken.note(event.at);
            return;
        };
        for (pattern, answer) in tally.patterns.iter_mut().zip(&answers.matched) {
            match answer {
                Some(false) => {}
                Some(true) => {
                    pattern.matched += 1;
                    if let Some(minute) = minute {
                        *pattern.minutes.entry(minute).or_default() += 1;
                    }
                }
                None => pattern.undecided += 1,
            }
        }
        self.controls(text, time, &answers, tally);
    }

    /// What the patterns say; `None`: the event is no JSON.
    fn ask(&self, left: Left, text: &str) -> Option<Answers> {
        let known = |matched: Matched| match matched {
            Matched::Yes => Some(true),
            Matched::No => Some(false),
            Matched::Unknown(_) => None,
        };
        let ExaminedBySet { matched, is_object } = self.patterns.examine(text, left);
        is_object.then(|| Answers { matched: matched.into_iter().map(known).collect() })
    }

    fn controls(&self, text: &str, time: Option<i64>, answers: &Answers, tally: &mut Tally) {
        let mut call = None;
        let Tally { controls, proposals, .. } = tally;
        for (control, tally) in self.stage.controls.iter().zip(controls) {
            let by_filters = answers.any(control.filters.iter().filter_map(|filter| filter.pattern));
            if by_filters == Some(true) {
                tally.events += 1;
                if let Some(time) = time {
                    *tally.minutes.entry(time.div_euclid(60) * 60).or_default() += 1;
                }
                let Call { caller, name, pattern } = call.get_or_insert_with(|| Call::parse(text, proposals));
                *tally.seen.entry((caller.clone(), name.clone(), pattern.clone())).or_default() += 1;
            }
            let is_demanded = answers.matches(control.demanded);
            if is_demanded == Some(false) {
                continue;
            }
            let is_certain = is_demanded == Some(true);
            tally.demanded += u64::from(is_certain);
            tally.matched += u64::from(is_certain && by_filters == Some(true));
            let by = || control.reporting(|pattern| answers.matches(pattern) == Some(true));
            match by().next() {
                Some(place) if is_certain && !by().any(|place| control.is_own(place)) => {
                    *tally.elsewhere.entry(place).or_default() += 1;
                }
                Some(_) => {}
                None if is_certain && answers.is_unreported(control) => tally.miss(time, text),
                None => tally.undecided += 1,
            }
        }
    }
}

impl ControlTally {
    fn miss(&mut self, time: Option<i64>, text: &str) {
        self.missed += 1;
        if let Some(time) = time {
            *self.missed_minutes.entry(time.div_euclid(60) * 60).or_default() += 1;
        }
        if self.examples.len() < EXAMPLES && text.len() <= LONGEST_EXAMPLE {
            self.examples.push(text.to_owned());
        }
    }

    fn add(&mut self, other: Self) {
        let Self { events, demanded, matched, missed, undecided, elsewhere, minutes, missed_minutes, .. } = other;
        self.events += events;
        self.demanded += demanded;
        self.matched += matched;
        self.missed += missed;
        self.undecided += undecided;
        add(&mut self.minutes, minutes);
        add(&mut self.missed_minutes, missed_minutes);
        add(&mut self.elsewhere, elsewhere);
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES);
        for ((caller, name, pattern), times) in other.seen {
            self.callers.add(&caller, times);
            self.names.add(&name, times);
            if let Some(pattern) = pattern {
                self.calls.add(&pattern, times);
            }
        }
    }
}

fn add<K: Ord>(to: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    for (key, count) in from {
        *to.entry(key).or_default() += count;
    }
}

impl Tally {
    /// Adds what another block holds.
    pub fn add(&mut self, other: Self) {
        let Self { events, others, undated, foreign, ids, first, last, all, patterns, controls, .. } = other;
        self.events += events;
        self.others += others;
        self.undated.add(undated);
        for (account, count) in foreign {
            self.foreign_events += count;
            self.foreigners.add(&account, count);
        }
        self.ids.add(ids);
        self.first = [self.first, first].into_iter().flatten().min();
        self.last = [self.last, last].into_iter().flatten().max();
        add(&mut self.all, all);
        for (known, more) in self.patterns.iter_mut().zip(patterns) {
            known.matched += more.matched;
            known.undecided += more.undecided;
            add(&mut known.minutes, more.minutes);
        }
        for (known, more) in self.controls.iter_mut().zip(controls) {
            known.add(more);
        }
    }

    /// What publishers with these patterns publish.
    fn counts(&self, patterns: &[usize]) -> Counts {
        let minutes = |pattern: &usize| self.patterns.get(*pattern).map(|tally| tally.minutes.clone());
        Counts { matched: patterns.iter().map(|it| minutes(it).unwrap_or_default()).collect(), all: self.all.clone() }
    }
}

fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests;
