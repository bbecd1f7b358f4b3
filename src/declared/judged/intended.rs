//! Metric filters that were meant for a control though their patterns match none of its events: their names say so, or a
//! misspelt pattern does. Such a control is declared, and fails.
//!
//! A name is believed only of a filter that looks at fields of CloudTrail's events, and only if it is clear.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::meant::{COMMON, fields, names_of};
use super::places::looks_for_filter;
use crate::arn::LogGroupArn;
use crate::audit::{covers_alone, is_misspelt, relevant};
use crate::declared::account::Account;
use crate::finding::facts::NearMiss;
use crate::finding::{Facts, Finding, Link, Reason, Status, Warning};
use crate::rule::{Rule, control_of};
use crate::snapshot::{MetricFilter, Watched};

/// Filters that are named at most.
const MOST: usize = 3;

/// The names of alarms on single metrics, by namespace and metric.
type Alarms<'s> = BTreeMap<(&'s str, &'s str), Vec<&'s str>>;

/// For each control, in the order of those that are judged, the filters that were meant for it.
pub(super) struct Intended<'s> {
    rules: Vec<Arc<Rule>>,
    named: Vec<Vec<(&'s MetricFilter, &'s LogGroupArn)>>,
    is_misspelt: Vec<bool>,
}

impl<'s> Intended<'s> {
    /// `others`: the controls that are not judged. A filter may be meant for them too.
    pub(super) fn new(account: &'s Account<'_>, rules: &[Arc<Rule>], others: &[Arc<Rule>]) -> Self {
        let alarms = alarms_on(account);
        let demanded: Vec<&str> = rules
            .iter()
            .filter_map(|rule| rule.demand.events())
            .flat_map(|events| fields(events.pattern.source()))
            .chain(COMMON)
            .collect();
        let mut intended =
            Self { rules: rules.to_vec(), named: vec![Vec::new(); rules.len()], is_misspelt: vec![false; rules.len()] };
        let all: Vec<Arc<Rule>> = rules.iter().chain(others).cloned().collect();
        // Thousands of filters may have the same few patterns.
        let mut slips: BTreeMap<&str, Option<usize>> = BTreeMap::new();
        for group in &account.snapshot.log_groups {
            for filter in group.metric_filters.iter().flatten() {
                if !fields(&filter.pattern).iter().any(|field| demanded.contains(field)) {
                    continue;
                }
                let named = named(filter, &alarms, &all).and_then(|at| intended.named.get_mut(at));
                if let Some(named) = named {
                    named.push((filter, &group.arn));
                    continue;
                }
                let slip = *slips.entry(&filter.pattern).or_insert_with(|| control_of_slip(filter, &all));
                if let Some(is_misspelt) = slip.and_then(|at| intended.is_misspelt.get_mut(at)) {
                    *is_misspelt = true;
                }
            }
        }
        intended
    }

    /// Whether a filter was meant for the control at this place.
    pub(super) fn declares(&self, at: usize) -> bool {
        self.named.get(at).is_some_and(|named| !named.is_empty()) || self.is_misspelt.get(at) == Some(&true)
    }

    /// Notes in a finding that has no filter, or filters of other controls, which were meant for it by their names.
    pub(super) fn note(&self, finding: &mut Finding, at: usize) {
        let reason = finding.verdicts.cis.reason.as_ref().filter(|_| finding.status == Status::Fail);
        if !reason.is_some_and(|reason| looks_for_filter(reason.code())) {
            return;
        }
        let filters = self.named.get(at).into_iter().flatten();
        let matches_none =
            filters.filter(|(filter, _)| !relevant(filter, std::slice::from_ref(&finding.rule))).take(MOST);
        for (filter, log_group) in matches_none {
            let is_noted =
                |known: &Warning| known.code().link() == Link::MetricFilter && known.resource() == Some(&filter.name);
            if finding.warnings.iter().any(is_noted) {
                continue;
            }
            let near = NearMiss::MatchesNone {
                filter: filter.name.clone(),
                log_group: (*log_group).clone(),
                slips: Vec::new(),
                serves: self.served(filter, at),
            };
            finding.warnings.push(Reason::new(Facts::NearMiss(near)));
        }
    }

    /// The control all of whose events a filter matches.
    fn served(&self, filter: &MetricFilter, at: usize) -> Option<String> {
        let others = self.rules.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, rule)| rule);
        let mut served = others.filter(|rule| serves(filter, rule));
        served.next().map(|rule| format!("{} ({})", rule.id, rule.short_title))
    }
}

/// The control that the names of a filter and its metric, or else those of all alarms on it, are clear about.
fn named<'n>(filter: &'n MetricFilter, alarms: &Alarms<'n>, rules: &[Arc<Rule>]) -> Option<usize> {
    let metrics = filter.transformations.iter();
    let names = metrics.clone().map(|metric| metric.name.as_str()).chain([filter.name.as_str()]);
    let mut own = names.filter_map(|name| control_of(name, rules));
    if let Some(first) = own.next() {
        return own.all(|other| other == first).then_some(first);
    }
    let watching = metrics.filter_map(|metric| alarms.get(&(metric.namespace.as_str(), metric.name.as_str())));
    let mut named = watching.flatten().map(|name| control_of(name, rules));
    let first = named.next()??;
    named.all(|other| other == Some(first)).then_some(first)
}

/// The one control that a filter would serve if its values were spelt otherwise, if it serves none as it is.
fn control_of_slip(filter: &MetricFilter, rules: &[Arc<Rule>]) -> Option<usize> {
    let is_near =
        |rule: &Arc<Rule>| rule.demand.events().is_some_and(|events| is_misspelt(filter, events, names_of(rule).len()));
    let mut near = rules.iter().enumerate().filter(|(_, rule)| is_near(rule)).map(|(at, _)| at);
    let first = near.next()?;
    (near.next().is_none() && !rules.iter().any(|rule| serves(filter, rule))).then_some(first)
}

/// Whether a filter matches all events of a control.
fn serves(filter: &MetricFilter, rule: &Rule) -> bool {
    rule.demand.events().is_some_and(|events| covers_alone(filter, events) == Some(true))
}

fn alarms_on<'s>(account: &'s Account<'_>) -> Alarms<'s> {
    let mut on = Alarms::new();
    for alarm in account.snapshot.alarms.iter().flat_map(|alarms| &alarms.metric_alarms) {
        if let Watched::Metric(metric) = &alarm.watches {
            on.entry((&metric.namespace, &metric.name)).or_default().push(&alarm.name);
        }
    }
    on
}
