//! The document of a replay: what was counted, and what the alarms did.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::heavy::Top;
use super::period::{Period, chart};
use super::{Counts, Player, Tally, Undated, timestamp};
use crate::audit::replay::{self as stage, Above, Acts, AlarmState, Change, Child, Played};
use crate::rule::Rule;

/// Callers and names that are listed.
const MOST_TOPS: usize = 5;

/// What a replay results in.
#[derive(Debug)]
pub struct Replay {
    /// The account.
    pub account_id: String,
    /// Its filters and alarms are those that a fix would leave.
    pub is_proposed: bool,
    /// Events of CloudTrail.
    pub events: u64,
    /// What else was in the files.
    pub others: u64,
    /// Events whose time cannot be used: they are counted, and no alarm sees them.
    pub undated: Undated,
    /// Events in trails of other accounts, which are counted too.
    pub foreign: u64,
    /// The accounts with most of these.
    pub foreign_accounts: Vec<Top>,
    /// Events that are there already, by their ids; each is counted all the same.
    pub repeated: u64,
    /// That is an estimate.
    pub is_repeated_estimate: bool,
    /// From the first event to the last.
    pub period: Option<Period>,
    /// Seconds from an event to its delivery.
    pub delay: i64,
    /// One for each control that demands events.
    pub controls: Vec<ControlReplay>,
    /// Controls that demand something else, such as that Security Hub is enabled: they have no alarm.
    pub not_replayed: Vec<Arc<Rule>>,
    /// The alarms on their filters.
    pub alarms: Vec<AlarmReplay>,
}

impl Replay {
    /// How often an alarm that may notify somebody went to ALARM.
    #[must_use]
    pub fn alerts(&self) -> u64 {
        self.alarms.iter().filter(|alarm| alarm.silent.is_none()).map(|alarm| alarm.alerts).sum()
    }

    /// Demanded events that were missed for certain, of all controls.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.controls.iter().map(|control| control.missed).sum()
    }

    /// Events of which it is not known whether they were missed, of all controls.
    #[must_use]
    pub fn undecided(&self) -> u64 {
        self.controls.iter().map(|control| control.undecided).sum()
    }

    /// How often an alarm went to ALARM that notifies nobody.
    #[must_use]
    pub fn silent_changes(&self) -> u64 {
        self.alarms.iter().filter(|alarm| alarm.silent.is_some()).map(|alarm| alarm.alerts).sum()
    }
}

/// A control in a replay.
#[derive(Debug)]
pub struct ControlReplay {
    /// The control.
    pub rule: Arc<Rule>,
    /// Events that its filters match.
    pub events: u64,
    /// Events that it demands.
    pub demanded: u64,
    /// Of these, the ones that one of its filters matches.
    pub matched: u64,
    /// Of the demanded ones those that no chain matches on which a subscriber is notified of each.
    pub missed: u64,
    /// Events of which it is not known whether they are missed: whether they are demanded, or whether a chain reports them.
    pub undecided: u64,
    /// The audit's reason for which events are missed or undecided: its code.
    pub reason: Option<&'static str>,
    /// Demanded events that no chain of its filters reports and another one does.
    pub elsewhere: u64,
    /// The alarms of these chains.
    pub elsewhere_alarms: Vec<String>,
    /// Missed events.
    pub examples: Vec<String>,
    /// Filters that match some of what it demands.
    pub filters: Vec<FilterReplay>,
    /// The alarms on them and composite alarms above these, by their places in [`Replay::alarms`].
    pub alarms: Vec<usize>,
    /// How often those of them that may notify somebody went to ALARM.
    pub alerts: u64,
    /// Events that these filters match while an alarm was in ALARM already: nobody was notified of them.
    pub unnoticed: u64,
    /// Events that its filters match, in equal parts of the time; those without a time are not among them.
    pub chart: Vec<u64>,
    /// Missed events, in the same parts.
    pub missed_chart: Vec<u64>,
    /// Who called most of these.
    pub callers: Vec<Top>,
    /// How many other callers there are; at least, if counts are approximate.
    pub more_callers: usize,
    /// What most of these are.
    pub names: Vec<Top>,
    /// How many other names there are; at least, if counts are approximate.
    pub more_names: usize,
    /// Patterns for the `events` of a waiver: what one caller calls. Of the root user there is none.
    pub calls: Vec<Top>,
    /// The counts of callers, names and calls may be too high.
    pub is_approximate: bool,
}

/// A metric filter in a replay.
#[derive(Debug)]
pub struct FilterReplay {
    /// Its name.
    pub name: String,
    /// Its log group.
    pub log_group: String,
    /// Events that it matches. `None`: its pattern alone does not decide.
    pub matched: Option<u64>,
    /// Events about which it is not known.
    pub undecided: u64,
}

/// An alarm in a replay.
#[derive(Debug)]
pub struct AlarmReplay {
    /// It is a composite alarm.
    pub is_composite: bool,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// When it went to which state.
    pub changes: Vec<(Timestamp, AlarmState)>,
    /// How often it went to ALARM, unless another alarm silenced it then.
    pub alerts: u64,
    /// Why nobody is notified then: no action of it runs, or nobody gets what they send.
    pub silent: Option<String>,
    /// What may hold its actions back, and what is assumed.
    pub notes: Vec<String>,
    /// Events that count for it, or for the alarms below it.
    pub events: u64,
    /// Of these, the ones that came while it was in ALARM already.
    pub unnoticed: u64,
    /// Why it cannot be played.
    pub doubt: Option<String>,
}

impl Player {
    /// What all that was counted results in.
    #[must_use]
    pub fn finish(&self, tally: &Tally, is_proposed: bool) -> Replay {
        let alarms = self.alarms(tally);
        let period = tally.first.zip(tally.last);
        let controls = self.stage.controls.iter().zip(&tally.controls);
        let controls = controls.map(|(control, counted)| {
            let above = control.composites.iter().map(|place| self.stage.alarms.len() + place);
            let places: Vec<usize> = control.alarms.iter().copied().chain(above).collect();
            let of_alarms = |count: fn(&AlarmReplay) -> u64| {
                let acting =
                    places.iter().filter_map(|place| alarms.get(*place)).filter(|alarm| alarm.silent.is_none());
                acting.map(count).sum::<u64>()
            };
            let filters = control.filters.iter().map(|filter| {
                let counted = filter.pattern.and_then(|pattern| tally.patterns.get(pattern));
                FilterReplay {
                    name: filter.name.clone(),
                    log_group: filter.log_group.clone(),
                    matched: counted.map(|counted| counted.matched),
                    undecided: counted.map_or(0, |counted| counted.undecided),
                }
            });
            let charted = |minutes| period.map(|(first, last)| chart(minutes, first, last)).unwrap_or_default();
            let elsewhere = counted.elsewhere.keys().filter_map(|place| control.certain.get(*place));
            let elsewhere: BTreeSet<&str> = elsewhere.map(|chain| chain.alarm.as_str()).collect();
            ControlReplay {
                rule: Arc::clone(&control.rule),
                events: counted.events,
                demanded: counted.demanded,
                matched: counted.matched,
                missed: counted.missed,
                undecided: counted.undecided,
                reason: control.reason.as_ref().map(|reason| reason.code().as_str()),
                elsewhere: counted.elsewhere.values().sum(),
                elsewhere_alarms: elsewhere.into_iter().map(str::to_owned).collect(),
                examples: counted.examples.clone(),
                filters: filters.collect(),
                alerts: of_alarms(|alarm| alarm.alerts),
                unnoticed: of_alarms(|alarm| alarm.unnoticed),
                alarms: places,
                chart: charted(&counted.minutes),
                missed_chart: charted(&counted.missed_minutes),
                callers: counted.callers.top(MOST_TOPS),
                more_callers: counted.callers.len().saturating_sub(MOST_TOPS),
                names: counted.names.top(MOST_TOPS),
                more_names: counted.names.len().saturating_sub(MOST_TOPS),
                calls: counted.calls.top(MOST_TOPS),
                is_approximate: counted.callers.is_approximate()
                    || counted.names.is_approximate()
                    || counted.calls.is_approximate(),
            }
        });
        let mut controls: Vec<ControlReplay> = controls.collect();
        let alarms = of_controls(alarms, &mut controls);
        let (repeated, is_repeated_estimate) = tally.ids.repeated();
        Replay {
            account_id: self.account_id.clone(),
            is_proposed,
            events: tally.events,
            others: tally.others,
            undated: tally.undated,
            foreign: tally.foreign_events,
            foreign_accounts: tally.foreigners.top(MOST_TOPS),
            repeated,
            is_repeated_estimate,
            period: period.map(|(from, to)| Period { from: timestamp(from), to: timestamp(to) }),
            delay: self.delay,
            controls,
            not_replayed: self.stage.not_replayed.clone(),
            alarms,
        }
    }

    /// The metric alarms, and behind them the composite ones.
    fn alarms(&self, tally: &Tally) -> Vec<AlarmReplay> {
        let metric: Vec<Result<Played, String>> = self
            .stage
            .alarms
            .iter()
            .map(|of| match &of.doubt {
                Some(reason) => Err(reason.message()),
                None => {
                    let counts = tally.counts(&of.patterns);
                    stage::play(&of.alarm, &of.puttings, &counts).map_err(|reason| reason.message())
                }
            })
            .collect();
        let mut composite: Vec<Option<Played>> = Vec::new();
        for above in &self.stage.composites {
            let played = above.play(&|child| match child {
                Child::Metric(place) => metric.get(place)?.as_ref().ok(),
                Child::Composite(place) => composite.get(place)?.as_ref(),
            });
            composite.push(played);
        }
        let mut alarms: Vec<AlarmReplay> =
            self.stage.alarms.iter().zip(&metric).map(|(of, played)| of_metric(of, played, tally)).collect();
        for (above, played) in self.stage.composites.iter().zip(&composite) {
            let suppressor = above.suppressor.and_then(|child| match child {
                Child::Metric(place) => metric.get(place)?.as_ref().ok(),
                Child::Composite(place) => composite.get(place)?.as_ref(),
            });
            alarms.push(self.of_composite(above, played.as_ref(), suppressor, tally));
        }
        alarms
    }

    fn of_composite(
        &self,
        above: &Above,
        played: Option<&Played>,
        suppressor: Option<&Played>,
        tally: &Tally,
    ) -> AlarmReplay {
        let below = self.below(above);
        let metric = below.iter().filter_map(|place| self.stage.alarms.get(*place));
        let counts = Counts {
            matched: metric.flat_map(|alarm| tally.counts(&alarm.patterns).matched).collect(),
            all: BTreeMap::new(),
        };
        let unknown = || {
            let reason = above.doubt.as_ref().map(crate::finding::Reason::message);
            reason.unwrap_or_else(|| "the states of alarms that its rule names are not known".to_owned())
        };
        let is_silenced = |change: &Change| suppressor.is_some_and(|of| of.state_at(change.at) == AlarmState::Alarm);
        let mut replay = AlarmReplay {
            is_composite: true,
            name: above.alarm.name.clone(),
            arn: above.alarm.arn.to_string(),
            ..of_any(played.ok_or_else(unknown), &counts, &above.acts)
        };
        let silenced = played.iter().flat_map(|played| &played.changes).filter(|change| change.to == AlarmState::Alarm);
        let silenced = silenced.filter(|change| is_silenced(change)).count() as u64;
        replay.alerts -= silenced;
        if let Some(suppressor) = above.alarm.suppressor.as_deref().filter(|_| silenced > 0) {
            let times = if silenced == 1 { "once".to_owned() } else { format!("{silenced} times") };
            replay.notes.push(format!("{suppressor} silenced it {times}"));
        }
        if !above.others.is_empty() {
            replay.notes.push(format!("taken to stay in OK, for no event moves it: {}", above.others.join(", ")));
        }
        replay
    }

    /// The metric alarms below a composite one.
    fn below(&self, above: &Above) -> BTreeSet<usize> {
        let mut below = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<Child> = above.children().collect();
        while let Some(child) = open.pop() {
            match child {
                Child::Metric(place) => {
                    below.insert(place);
                }
                Child::Composite(place) if seen.insert(place) => {
                    open.extend(self.stage.composites.get(place).into_iter().flat_map(Above::children));
                }
                Child::Composite(_) => {}
            }
        }
        below
    }
}

/// The alarms of these controls alone: an account has others, and those of controls that nobody asked for. A composite one
/// that cannot be played may be above any of them.
fn of_controls(alarms: Vec<AlarmReplay>, controls: &mut [ControlReplay]) -> Vec<AlarmReplay> {
    let named: BTreeSet<usize> = controls.iter().flat_map(|control| &control.alarms).copied().collect();
    let is_kept =
        |place: usize, alarm: &AlarmReplay| named.contains(&place) || alarm.is_composite && alarm.doubt.is_some();
    let kept: Vec<(usize, AlarmReplay)> =
        alarms.into_iter().enumerate().filter(|(place, alarm)| is_kept(*place, alarm)).collect();
    let new: BTreeMap<usize, usize> = kept.iter().enumerate().map(|(new, (old, _))| (*old, new)).collect();
    for control in controls {
        control.alarms = control.alarms.iter().filter_map(|old| new.get(old).copied()).collect();
    }
    kept.into_iter().map(|(_, alarm)| alarm).collect()
}

fn of_metric(of: &stage::Alarm, played: &Result<Played, String>, tally: &Tally) -> AlarmReplay {
    AlarmReplay {
        name: of.alarm.name.clone(),
        arn: of.alarm.arn.to_string(),
        ..of_any(played.as_ref().map_err(Clone::clone), &tally.counts(&of.patterns), &of.acts)
    }
}

/// What an alarm did, by the events that count for it. It has no name yet.
fn of_any(played: Result<&Played, String>, counts: &Counts, acts: &Acts) -> AlarmReplay {
    let events = counts.matched.iter().flat_map(BTreeMap::values).sum();
    let (changes, doubt) = match played {
        Ok(played) => (played.changes.as_slice(), None),
        Err(ref why) => (&[][..], Some(why.clone())),
    };
    let is_unnoticed = |minute: i64| played.as_ref().is_ok_and(|played| played.is_in_alarm_before(minute));
    let unnoticed = counts.matched.iter().flatten().filter(|(minute, _)| is_unnoticed(**minute));
    AlarmReplay {
        is_composite: false,
        name: String::new(),
        arn: String::new(),
        changes: changes.iter().map(|Change { at, to }| (timestamp(*at), *to)).collect(),
        alerts: changes.iter().filter(|change| change.to == AlarmState::Alarm).count() as u64,
        silent: acts.silent.as_ref().map(crate::finding::Reason::message),
        notes: acts.notes.iter().map(crate::finding::Reason::message).collect(),
        events,
        unnoticed: unnoticed.map(|(_, count)| count).sum(),
        doubt,
    }
}
