//! What of an account decides what a stream of events does in it: for each control the chains of its metric filters, and
//! the alarms on what they publish. Which events there are is for others; here nothing is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use filter_pattern::{Candidate, Coverage, Pattern};

pub use super::alarm::AlarmState;
pub(crate) use super::alarm::{Above, Acts, Change, Child, Counts, Played, Putting, play};
use super::alarm::{Index, Publisher, Watchers, WatchingAlarm, above, watching_alarms};
use super::chain::{Filter, PreparedAccount};
use super::judge::{self, Reported, Reporting};
use super::link::LinkOutcome;
use super::trail;
use crate::arn::LogGroupArn;
use crate::finding::{Code, Reason};
use crate::rule::Rule;
use crate::snapshot::{MetricAlarm, MetricFilter, Snapshot};

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
    /// The events that take a chain on which a subscriber is notified of each of them.
    pub(crate) certain: Vec<ReportedBy>,
    /// The patterns of the events that take a chain on which this is not known.
    pub(crate) possible: Vec<usize>,
    /// Any event may be reported: not all that could report it was read.
    pub(crate) is_open: bool,
    /// Why the audit does not say that a subscriber is notified of each event.
    pub(crate) reason: Option<Reason>,
    /// The alarms on these filters.
    pub(crate) alarms: Vec<usize>,
    /// The composite alarms above them.
    pub(crate) composites: Vec<usize>,
}

/// Events that an alarm reports.
#[derive(Debug)]
pub(crate) struct ReportedBy {
    pub(crate) pattern: usize,
    /// Its name.
    pub(crate) alarm: String,
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

impl Control {
    /// The places of the chains whose events these are, by what their patterns say.
    pub(crate) fn reporting(&self, matches: impl Fn(usize) -> bool) -> impl Iterator<Item = usize> {
        self.certain.iter().enumerate().filter(move |(_, chain)| matches(chain.pattern)).map(|(place, _)| place)
    }

    /// Whether a chain is of one of its own metric filters.
    pub(crate) fn is_own(&self, chain: usize) -> bool {
        let pattern = self.certain.get(chain).map(|chain| chain.pattern);
        self.filters.iter().any(|filter| filter.pattern.is_some() && filter.pattern == pattern)
    }

    /// Notes what reports its events, each pattern once.
    fn report(&mut self, reporting: Reporting, stage: &mut Stage) {
        for Reported { pattern, alarm } in reporting.certain {
            let pattern = stage.pattern(&pattern);
            if !self.certain.iter().any(|known| known.pattern == pattern) {
                self.certain.push(ReportedBy { pattern, alarm });
            }
        }
        for pattern in reporting.possible {
            let pattern = stage.pattern(&pattern);
            if !self.possible.contains(&pattern) {
                self.possible.push(pattern);
            }
        }
        self.is_open = reporting.is_open;
    }
}

impl Stage {
    /// Whether no other events than these move an alarm.
    fn is_only_about(&self, alarm: usize, events: &Pattern, account: &PreparedAccount<'_>) -> bool {
        let Some(alarm) = self.alarms.get(alarm) else { return false };
        let demanded = [Candidate::new(events)];
        alarm.patterns.iter().filter_map(|place| self.patterns.get(*place)).all(|pattern| {
            filter_pattern::covers_quickly(&demanded, pattern, account.proofs.events()) == Coverage::Covered
        })
    }

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
    let undelivered = undelivered(&account);
    let mut dead = BTreeMap::new();
    for found in found {
        let place = stage.alarms.len();
        let WatchingAlarm { alarm, publishers, doubt, acts } = found;
        let why = |publisher: &Publisher<'_>| undelivered.get(&std::ptr::from_ref(publisher.filter)).cloned();
        if let Some(why) = publishers.iter().map(why).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().next())
        {
            dead.insert(place, why);
        }
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
            certain: Vec::new(),
            possible: Vec::new(),
            is_open: false,
            reason: None,
            alarms: Vec::new(),
            composites: Vec::new(),
        };
        let finding = judge::judge(&account, rule, &[]);
        let deciding: BTreeSet<&str> = finding.chain.metric_filters().map(|filter| filter.name.as_str()).collect();
        for (group, filter) in filters_of(&account) {
            // Nearly every filter matches some event of a control such as that of the root user.
            if !deciding.is_empty() && !deciding.contains(filter.filter.name.as_str()) {
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
        control.report(judge::reporting(&account, rule, events), &mut stage);
        if let Some(reason) = finding.reason.as_ref().filter(|reason| reason.code() == Code::TrailSourceExcluded) {
            // What the trail leaves out moves no alarm.
            for alarm in control.alarms.iter().filter(|alarm| stage.is_only_about(**alarm, &events.requires, &account))
            {
                dead.entry(*alarm).or_insert_with(|| reason.clone());
            }
        }
        control.reason = finding.reason.or(finding.verdicts.effective.reason);
        stage.controls.push(control);
    }
    for (alarm, why) in &dead {
        if let Some(alarm) = stage.alarms.get_mut(*alarm) {
            alarm.acts.silent.get_or_insert_with(|| why.clone());
        }
    }
    silence(&mut stage.composites, &dead);
    stage
}

/// The filters whose log groups no trail's events arrive in, and why not.
fn undelivered(account: &PreparedAccount<'_>) -> BTreeMap<*const MetricFilter, Reason> {
    let mut found = BTreeMap::new();
    for (group, filters) in &account.filters {
        let trails = account.deliveries.iter().filter(|(_, delivery)| delivery.arn.as_ref() == Some(group));
        let broken = trails.map(|(trail, delivery)| {
            match trail::logging(&account.snapshot, trail).and(delivery.outcome.clone()) {
                LinkOutcome::Broken(reason) => Some(reason),
                LinkOutcome::Unknown(_) | LinkOutcome::Whole => None,
            }
        });
        let Some(reason) = broken.collect::<Option<Vec<Reason>>>().and_then(|all| all.into_iter().next()) else {
            continue;
        };
        found.extend(filters.iter().map(|filter| (std::ptr::from_ref(filter.filter), reason.clone())));
    }
    found
}

/// Composite alarms that only alarms move which no event reaches notify nobody either.
fn silence(composites: &mut [Above], dead: &BTreeMap<usize, Reason>) {
    let mut above: BTreeMap<usize, Reason> = BTreeMap::new();
    for (place, composite) in composites.iter_mut().enumerate() {
        let why = composite.children().map(|child| match child {
            Child::Metric(alarm) => dead.get(&alarm),
            Child::Composite(below) => above.get(&below),
        });
        let Some(why) = why.collect::<Option<Vec<_>>>().and_then(|all| all.first().copied().cloned()) else { continue };
        composite.acts.silent.get_or_insert_with(|| why.clone());
        above.insert(place, why);
    }
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
