//! Composite alarms in a replay of events: those above the alarms that events move, and their states over time.
//!
//! An alarm that no metric filter's events move is taken to stay in OK, as on an ordinary day, and is named.

use std::collections::{BTreeMap, BTreeSet};

use super::actions::Actor;
use super::acts::Acts;
use super::index::{Composite, Index};
use super::replay::WatchingAlarm;
use super::timeline::{self, Change, Played};
use crate::alarm_rule::{self, AlarmRule};
use crate::finding::facts::{AlarmProblem, CompositeDoubt, CompositeProblem};
use crate::finding::{Facts, Reason};
use crate::snapshot::CompositeAlarm;

/// An alarm that a composite alarm names, by its place among those of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    /// Among the metric alarms.
    Metric(usize),
    /// Among the composite alarms.
    Composite(usize),
}

/// A composite alarm above alarms that events move.
#[derive(Debug)]
pub(crate) struct Above {
    pub(crate) alarm: CompositeAlarm,
    pub(crate) acts: Acts,
    /// `None`: it cannot be evaluated.
    rule: Option<AlarmRule>,
    /// Why not.
    pub(crate) doubt: Option<Reason>,
    /// By the names and ARNs in its rule.
    children: BTreeMap<String, Child>,
    /// The alarm that silences it while in ALARM, if events move that.
    pub(crate) suppressor: Option<Child>,
    /// Alarms that its rule names, or that silence it, and that no event moves.
    pub(crate) others: Vec<String>,
}

/// The composite alarms of a region above these, those below others first. `first`: the places of the first alarm, and of the
/// first composite alarm, in the replay.
pub(in crate::audit) fn above<'a>(index: &Index<'a>, moved: &[WatchingAlarm<'a>], first: (usize, usize)) -> Vec<Above> {
    let mut known: BTreeMap<&str, Child> = BTreeMap::new();
    for (place, WatchingAlarm { alarm, .. }) in moved.iter().enumerate() {
        for name in [alarm.name.as_str(), &*alarm.arn] {
            known.insert(name, Child::Metric(first.0 + place));
        }
    }
    let mut all: Vec<Above> = Vec::new();
    for composite in in_order(index, known.keys().copied().collect()) {
        let place = Child::Composite(first.1 + all.len());
        all.push(Above::new(index, composite, &known));
        for name in [composite.alarm.name.as_str(), &*composite.alarm.arn] {
            known.insert(name, place);
        }
    }
    all
}

/// The composite alarms whose rules name one of these, or one that does, and so on.
fn in_order<'i, 'a>(index: &'i Index<'a>, mut open: Vec<&'i str>) -> Vec<&'i Composite<'a>> {
    let mut reached: BTreeSet<usize> = BTreeSet::new();
    for place in &index.unreadable {
        let may_name = |composite: &Composite<'_>| open.iter().any(|name| composite.alarm.rule.contains(name));
        if index.composites.get(*place).is_some_and(may_name) {
            reached.insert(*place);
        }
    }
    while let Some(name) = open.pop() {
        for place in index.parents.get(name).into_iter().flatten() {
            if let Some(composite) = index.composites.get(*place).filter(|_| reached.insert(*place)) {
                open.extend([composite.alarm.name.as_str(), &*composite.alarm.arn]);
            }
        }
    }
    let mut left: Vec<&Composite<'_>> = reached.iter().filter_map(|place| index.composites.get(*place)).collect();
    let mut ordered: Vec<&Composite<'_>> = Vec::new();
    while !left.is_empty() {
        let is_named = |of: &Composite<'_>, by: &Composite<'_>| {
            by.rule.iter().flat_map(AlarmRule::alarms).any(|name| name == of.alarm.name || name == &*of.alarm.arn)
        };
        let (ready, waiting): (Vec<_>, Vec<_>) =
            left.iter().copied().partition(|one| !left.iter().any(|other| is_named(other, one)));
        // Those that name each other are evaluated by nobody.
        let (ready, waiting) = if ready.is_empty() { (waiting, Vec::new()) } else { (ready, waiting) };
        ordered.extend(ready);
        left = waiting;
    }
    ordered
}

impl Above {
    fn new(index: &Index<'_>, composite: &Composite<'_>, known: &BTreeMap<&str, Child>) -> Self {
        let Composite { alarm, rule, is_in_ring } = composite;
        let named: BTreeSet<&str> = rule.iter().flat_map(AlarmRule::alarms).collect();
        let children: BTreeMap<String, Child> =
            named.iter().filter_map(|name| Some(((*name).to_owned(), *known.get(name)?))).collect();
        let of = |problem| {
            let below = named.first().map_or_else(String::new, |name| (*name).to_owned());
            Reason::new(Facts::alarm(&alarm.name, &alarm.arn, AlarmProblem::Composite { below, problem }))
        };
        let doubt = match rule {
            None => Some(CompositeDoubt::Rule),
            Some(_) if *is_in_ring => Some(CompositeDoubt::Ring),
            Some(_) => None,
        };
        let suppressor = alarm.suppressor.as_deref().and_then(|name| known.get(name)).copied();
        let others = named.iter().filter(|name| !children.contains_key(**name)).map(|name| (*name).to_owned());
        let unknown = alarm.suppressor.clone().filter(|_| suppressor.is_none());
        Self {
            acts: Acts::new(index, &Actor::composite(alarm)),
            rule: rule.clone().filter(|_| doubt.is_none()),
            doubt: doubt.map(|doubt| of(CompositeProblem::Undecided(doubt))),
            others: others.chain(unknown).collect(),
            alarm: (*alarm).clone(),
            children,
            suppressor,
        }
    }

    /// The alarms below it.
    pub(crate) fn children(&self) -> impl Iterator<Item = Child> + '_ {
        self.children.values().copied()
    }

    /// Its states while those below it go through these. `None`: they are not known at some time.
    pub(crate) fn play<'p>(&self, played: &dyn Fn(Child) -> Option<&'p Played>) -> Option<Played> {
        let rule = self.rule.as_ref()?;
        let is_true = |at: i64| {
            rule.truth(&|name| match self.children.get(name) {
                Some(child) => played(*child).map(|played| as_rules_name_it(played.state_at(at))),
                None => Some(alarm_rule::State::Ok),
            })
        };
        let changes_below = self.children().filter_map(played).flat_map(|played| &played.changes);
        let times: BTreeSet<i64> = changes_below.map(|change| change.at).collect();
        let state = |is_true: bool| if is_true { timeline::AlarmState::Alarm } else { timeline::AlarmState::Ok };
        let start = state(is_true(i64::MIN)?);
        let (mut before, mut changes) = (start, Vec::new());
        for at in times {
            let to = state(is_true(at)?);
            if to != before {
                changes.push(Change { at, to });
            }
            before = to;
        }
        Some(Played::of_composite(start, changes))
    }
}

fn as_rules_name_it(state: timeline::AlarmState) -> alarm_rule::State {
    match state {
        timeline::AlarmState::Ok => alarm_rule::State::Ok,
        timeline::AlarmState::Alarm => alarm_rule::State::Alarm,
        timeline::AlarmState::InsufficientData => alarm_rule::State::InsufficientData,
    }
}
