//! What of an account decides what a stream of events does in it: for each control the chains of its metric filters, and
//! the alarms on what they publish. Which events there are is for others; here nothing is counted.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use filter_pattern::Pattern;

pub use super::alarm::AlarmState;
pub(crate) use super::alarm::{Above, Acts, Change, Child, Counts, Played, Putting, play};
use super::alarm::{Index, Publisher, Watchers, WatchingAlarm, above, watching_alarms};
use super::chain::{Filter, PreparedAccount};
use super::judge;
use crate::arn::LogGroupArn;
use crate::finding::Reason;
use crate::rule::Rule;
use crate::snapshot::{MetricAlarm, Snapshot};

/// An account, ready for a replay. Patterns are named by their places in one list, in which each is once.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) controls: Vec<Control>,
    /// Controls that demand no events.
    pub(crate) not_replayed: Vec<Arc<Rule>>,
    pub(crate) alarms: Vec<Alarm>,
    /// The composite alarms above these, those below others first.
    pub(crate) composites: Vec<Above>,
}

/// A control that demands events.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) rule: Arc<Rule>,
    /// The events that it demands.
    pub(crate) demanded: usize,
    /// Metric filters that match some of them.
    pub(crate) filters: Vec<FilterOf>,
    /// The patterns of the events that take a chain on which a subscriber is notified of each of them.
    pub(crate) sound: Vec<usize>,
    /// The alarms on these filters.
    pub(crate) alarms: Vec<usize>,
    /// The composite alarms above them.
    pub(crate) composites: Vec<usize>,
}

/// A metric filter of a control.
#[derive(Debug)]
pub(crate) struct FilterOf {
    pub(crate) name: String,
    pub(crate) log_group: String,
    /// `None`: its pattern alone does not decide.
    pub(crate) pattern: Option<usize>,
}

/// An alarm on metric filters.
#[derive(Debug)]
pub(crate) struct Alarm {
    pub(crate) alarm: MetricAlarm,
    pub(crate) puttings: Vec<Putting>,
    /// The pattern of each of these.
    pub(crate) patterns: Vec<usize>,
    /// Why its states cannot be computed.
    pub(crate) doubt: Option<Reason>,
    pub(crate) acts: Acts,
}

impl Stage {
    fn pattern(&mut self, pattern: &Pattern) -> usize {
        self.patterns.iter().position(|known| known == pattern).unwrap_or_else(|| {
            self.patterns.push(pattern.clone());
            self.patterns.len() - 1
        })
    }
}

/// Makes an account ready.
pub(crate) fn stage(snapshot: &Snapshot, owners: &[&Snapshot], rules: &[Arc<Rule>]) -> Stage {
    let account = PreparedAccount::new(snapshot, owners);
    let mut stage = Stage::default();
    let mut places: BTreeMap<(String, usize), Vec<usize>> = BTreeMap::new();
    let (found, composites) = alarms_of(&account);
    stage.composites = composites;
    for found in found {
        let place = stage.alarms.len();
        let WatchingAlarm { alarm, publishers, doubt, acts } = found;
        let mut puttings = Vec::new();
        let mut patterns = Vec::new();
        for Publisher { filter, pattern, stat, value, default } in publishers {
            let known = places.entry((filter.name.clone(), std::ptr::from_ref(filter) as usize)).or_default();
            if !known.contains(&place) {
                known.push(place);
            }
            patterns.push(stage.pattern(&pattern));
            puttings.push(Putting { stat, value, default });
        }
        stage.alarms.push(Alarm { alarm: alarm.clone(), puttings, patterns, doubt, acts });
    }
    for rule in rules {
        let Some(events) = rule.demand.events() else {
            stage.not_replayed.push(Arc::clone(rule));
            continue;
        };
        let demanded = stage.pattern(&events.requires);
        let mut control = Control {
            rule: Arc::clone(rule),
            demanded,
            filters: Vec::new(),
            sound: Vec::new(),
            alarms: Vec::new(),
            composites: Vec::new(),
        };
        let deciding = judge::deciding_filters(&account, rule);
        for (group, filter) in filters_of(&account) {
            // Nearly every filter matches some event of a control such as that of the root user.
            if !deciding.is_empty() && !deciding.contains(&filter.filter.name) {
                continue;
            }
            if !account.proofs.aims_at(&filter.parsed, &events.requires) {
                continue;
            }
            let pattern = filter.parsed.pattern().map(|pattern| stage.pattern(pattern));
            let (name, log_group) = (filter.filter.name.clone(), group.to_string());
            control.filters.push(FilterOf { name: name.clone(), log_group, pattern });
            let alarms = places.get(&(name, std::ptr::from_ref(filter.filter) as usize));
            for alarm in alarms.into_iter().flatten() {
                if !control.alarms.contains(alarm) {
                    control.alarms.push(*alarm);
                }
            }
        }
        for (place, composite) in stage.composites.iter().enumerate() {
            let is_above = |child: Child| match child {
                Child::Metric(alarm) => control.alarms.contains(&alarm),
                Child::Composite(below) => control.composites.contains(&below),
            };
            if composite.children().any(is_above) {
                control.composites.push(place);
            }
        }
        for pattern in judge::sound_patterns(&account, rule, events) {
            let place = stage.pattern(&pattern);
            if !control.sound.contains(&place) {
                control.sound.push(place);
            }
        }
        stage.controls.push(control);
    }
    stage
}

/// All filters that see what trails deliver, with their log groups.
fn filters_of<'a, 'b>(account: &'b PreparedAccount<'a>) -> impl Iterator<Item = (&'b LogGroupArn, &'b Filter<'a>)> {
    account.filters.iter().flat_map(|(group, filters)| filters.iter().map(move |filter| (group, filter)))
}

/// The alarms on what these filters publish, region by region, and the composite alarms above them.
fn alarms_of<'a>(account: &PreparedAccount<'a>) -> (Vec<WatchingAlarm<'a>>, Vec<Above>) {
    let mut regions: BTreeMap<(String, &str), Vec<_>> = BTreeMap::new();
    for (group, filters) in &account.filters {
        let Some(region) = group.region() else { continue };
        let home = account.home_of(Some(group)).whole().account_id.clone();
        let filters: Vec<_> = filters.iter().map(|filter| (filter.filter, Arc::clone(&filter.parsed))).collect();
        regions.entry((home, region)).or_default().push((group, filters));
    }
    let (mut all, mut composites) = (Vec::new(), Vec::new());
    for groups in regions.into_values() {
        let Some((group, _)) = groups.first() else { continue };
        let home = account.home_shared(Some(group));
        let watchers = Rc::new(Watchers::new(home.whole()));
        let Some(alarms) = group.region().and_then(|region| home.whole().alarms_in(region)) else { continue };
        let index = Index::new(home, &watchers, &alarms.region);
        let groups: Vec<_> = groups.into_iter().map(|(_, filters)| filters).collect();
        let moved = watching_alarms(&index, &groups);
        composites.extend(above(&index, &moved, (all.len(), composites.len())));
        all.extend(moved);
    }
    (all, composites)
}
