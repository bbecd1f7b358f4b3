//! The chains of an account, once for all controls: every trail with its log group, every metric filter there with the
//! best paths from its metric to a subscriber. Only a trail's excluded services depend on the control.
//!
//! A trail of the organization may deliver to another account. If that one was read too, the path goes on there: with its
//! filters, alarms and topics, which have nothing to do with this account's of the same names, and for this account's
//! events alone.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::alarm::{AlarmPath, Index, Narrowing, Publishers, Source, Watchers};
use super::indexed::Indexed;
use super::link::{Downstream, LinkOutcome};
use super::log_group::{self, Delivery};
use super::lookup::Lookup;
use super::metric_filter::Parsed;
use super::proofs::Proofs;
use super::trail;
use crate::arn::LogGroupArn;
use crate::finding::facts::{FilterProblem, Routine};
use crate::finding::{Facts, Reason};
use crate::snapshot::{MetricFilter, MetricTransformation, Snapshot, Trail};

/// An account, with its paths worked out.
pub(super) struct PreparedAccount<'a> {
    pub(super) snapshot: Rc<Indexed<'a>>,
    /// Other accounts that were read too.
    owners: Vec<Rc<Indexed<'a>>>,
    /// What each trail delivers to.
    pub(super) deliveries: Vec<(&'a Trail, Delivery<'a>)>,
    /// What events these can be, and what is asked about them.
    pub(super) proofs: Proofs<'a>,
    /// By ARN of the log group: its filters.
    pub(super) filters: BTreeMap<LogGroupArn, Vec<Filter<'a>>>,
    /// What predictions of Security Hub CSPM look up.
    pub(super) hub: Lookup<'a>,
}

/// A metric filter on a log group that a trail delivers to.
pub(super) struct Filter<'a> {
    pub(super) filter: &'a MetricFilter,
    pub(super) parsed: Arc<Parsed>,
    /// The best paths from any of its metrics, and the pattern of the events that take each.
    pub(super) paths: Vec<FilterPath>,
}

/// A path from a metric filter on.
pub(super) struct FilterPath {
    /// The filter's own pattern, and what an alarm adds to it.
    pub(super) parsed: Arc<Parsed>,
    pub(super) narrowing: Option<Narrowing>,
    pub(super) downstream: Rc<Downstream>,
}

impl<'a> PreparedAccount<'a> {
    /// Works out the paths. `owners`: other accounts that were read too, into which they may lead.
    pub(super) fn new(snapshot: &'a Snapshot, owners: &[&'a Snapshot]) -> Self {
        let member = snapshot.account_id.as_str();
        let owners = owners.iter().filter(|owner| owner.account_id != member);
        let owners: Vec<_> = owners.map(|owner| Rc::new(Indexed::for_member(owner, member))).collect();
        let snapshot = Rc::new(Indexed::new(snapshot));
        let trails = snapshot.whole().trails().iter().map(|trail| as_read(trail, member, &owners));
        let deliveries: Vec<_> = trails.map(|trail| (trail, log_group::judge(&snapshot, &owners, trail))).collect();
        let mut homes: BTreeMap<&str, Home<'_>> = BTreeMap::new();
        let mut filters = BTreeMap::new();
        for (_, delivery) in &deliveries {
            let Some((arn, group)) = delivery.arn.clone().zip(delivery.group) else { continue };
            let Some(region) = group.arn.region() else { continue };
            let whose = delivery.owner.and_then(|place| owners.get(place)).unwrap_or(&snapshot);
            let account = whose.whole().account_id.as_str();
            let home = homes.entry(account).or_insert_with(|| Home::new(whose));
            filters.entry(arn).or_insert_with(|| home.read(region, delivery.filters()));
        }
        let is_member = deliveries.iter().any(|(_, delivery)| delivery.owner.is_some());
        let trails = deliveries.iter().map(|(trail, _)| *trail);
        let proofs = Proofs::new(trail::recorded_by(&snapshot, trails, is_member));
        Self { snapshot, owners, deliveries, proofs, filters, hub: Lookup::default() }
    }

    /// The account in which a chain is: its log group's, if that was read.
    pub(super) fn home_of(&self, group: Option<&LogGroupArn>) -> &Indexed<'a> {
        self.home_shared(group)
    }

    /// The same, to be shared.
    pub(super) fn home_shared(&self, group: Option<&LogGroupArn>) -> &Rc<Indexed<'a>> {
        let delivers = |(_, delivery): &&(&Trail, Delivery<'_>)| delivery.arn.as_ref() == group && group.is_some();
        let owner = self.deliveries.iter().find(delivers).and_then(|(_, delivery)| delivery.owner);
        owner.and_then(|place| self.owners.get(place)).unwrap_or(&self.snapshot)
    }

    /// The filters that see what a delivery brings.
    pub(super) fn filters_of(&self, delivery: &Delivery<'_>) -> &[Filter<'a>] {
        delivery.arn.as_ref().and_then(|arn| self.filters.get(arn)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A trail as it was read, or as its owner reads it: a member sees an organization's trail and may not ask what of it.
fn as_read<'a>(trail: &'a Trail, member: &str, owners: &[Rc<Indexed<'a>>]) -> &'a Trail {
    let is_whole = trail.status.is_some() && trail.selectors.is_some();
    if is_whole || trail.arn.account().is_none_or(|account| account == member) {
        return trail;
    }
    let mut theirs = owners.iter().flat_map(|owner| owner.whole().trails());
    theirs.find(|other| other.arn == trail.arn && other.selectors.is_some()).unwrap_or(trail)
}

/// An account in which filters are, with what is worked out there.
struct Home<'a> {
    snapshot: Rc<Indexed<'a>>,
    watchers: Rc<Watchers<'a>>,
    shared: Shared<'a>,
    indexes: BTreeMap<&'a str, Index<'a>>,
}

impl<'a> Home<'a> {
    fn new(snapshot: &Rc<Indexed<'a>>) -> Self {
        Self {
            snapshot: Rc::clone(snapshot),
            watchers: Rc::new(Watchers::new(snapshot.whole())),
            shared: Shared::default(),
            indexes: BTreeMap::new(),
        }
    }

    fn read(&mut self, region: &'a str, found: &'a [MetricFilter]) -> Vec<Filter<'a>> {
        let Self { snapshot, watchers, shared, indexes } = self;
        let index = indexes.entry(region).or_insert_with(|| Index::new(snapshot, watchers, region));
        shared.read(index, region, found)
    }
}

/// What the log groups of an account share: an account may have thousands of them, each with the same filters.
#[derive(Default)]
struct Shared<'a> {
    /// The patterns that were read.
    readings: BTreeMap<Reading<'a>, Arc<Parsed>>,
    /// All that is published to a metric in one group, by the filters' names, and its number.
    neighbourhoods: BTreeMap<Vec<(String, Published)>, usize>,
    /// The best paths, by region, neighbourhood and what a filter publishes.
    paths: BTreeMap<(&'a str, usize, Published), Rc<Vec<AlarmPath>>>,
    /// The patterns with what alarms add to them.
    narrowed: BTreeMap<(*const Parsed, Narrowing), Arc<Parsed>>,
}

/// What decides how a filter's pattern is read.
type Reading<'a> = (&'a str, bool, Option<&'a str>);

impl<'a> Shared<'a> {
    /// The filters of a log group. Those that publish the same share a path, and those of one pattern its reading.
    fn read(&mut self, index: &Index<'_>, region: &'a str, found: &'a [MetricFilter]) -> Vec<Filter<'a>> {
        let group = found.iter().map(|filter| {
            let reading =
                (filter.pattern.as_str(), filter.apply_on_transformed_logs, filter.field_selection_criteria.as_deref());
            (filter, Arc::clone(self.readings.entry(reading).or_insert_with(|| Parsed::shared(filter))))
        });
        let group: Vec<(&MetricFilter, Arc<Parsed>)> = group.collect();
        let publishers = Publishers::new(&group);
        let numbers: BTreeMap<(&str, &str), usize> = publishers
            .each()
            .map(|(metric, all)| {
                let all = all.iter().map(|(parsed, filter, transformation)| {
                    (filter.name.clone(), published(parsed, filter, transformation))
                });
                let all: Vec<_> = all.collect();
                let next = self.neighbourhoods.len();
                (metric, *self.neighbourhoods.entry(all).or_insert(next))
            })
            .collect();
        let mut filters = Vec::new();
        for (filter, parsed) in &group {
            let mut all: Vec<AlarmPath> = Vec::new();
            for transformation in &filter.transformations {
                let metric = (transformation.namespace.as_str(), transformation.name.as_str());
                let number = numbers.get(&metric).copied().unwrap_or_default();
                let key = (region, number, published(parsed, filter, transformation));
                let source = Source { filter, transformation, publishers: &publishers };
                let paths = self.paths.entry(key).or_insert_with(|| Rc::new(index.follow(&source)));
                all.extend(paths.iter().cloned());
            }
            let mut all = AlarmPath::best(all);
            if all.is_empty() {
                all.push(AlarmPath {
                    narrowing: None,
                    downstream: Downstream::ends(LinkOutcome::from_reason(nothing_published(filter))),
                });
            }
            let paths = all.into_iter().map(|AlarmPath { narrowing, downstream }| FilterPath {
                parsed: self.narrowed(parsed, narrowing.as_ref()),
                narrowing,
                downstream: Rc::new(downstream),
            });
            filters.push(Filter { filter, parsed: Arc::clone(parsed), paths: paths.collect() });
        }
        filters
    }

    /// A pattern with what an alarm adds to it, read once.
    fn narrowed(&mut self, parsed: &Arc<Parsed>, narrowing: Option<&Narrowing>) -> Arc<Parsed> {
        let Some(narrowing) = narrowing else { return Arc::clone(parsed) };
        let known = self.narrowed.entry((Arc::as_ptr(parsed), narrowing.clone()));
        Arc::clone(known.or_insert_with(|| Arc::new(parsed.narrowed(narrowing))))
    }
}

/// What alarms are judged by in what a filter publishes. What matches every day is part of it, for it is what others
/// on the metric are judged by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Published {
    namespace: String,
    name: String,
    value: String,
    /// The bits of the default value, which is a number.
    default: Option<u64>,
    dimensions: BTreeMap<String, String>,
    unit: Option<String>,
    system_dimensions: Vec<String>,
    routine: Option<Routine>,
    /// It matches all of it.
    is_all: bool,
}

fn published(parsed: &Parsed, filter: &MetricFilter, transformation: &MetricTransformation) -> Published {
    let MetricTransformation { namespace, name, value, default_value, dimensions, unit } = transformation.clone();
    Published {
        namespace,
        name,
        value,
        default: default_value.map(f64::to_bits),
        dimensions,
        unit,
        system_dimensions: filter.emit_system_field_dimensions.clone(),
        routine: parsed.routine(),
        is_all: parsed.matches_all_routine(),
    }
}

fn nothing_published(filter: &MetricFilter) -> Reason {
    Reason::new(Facts::filter(&filter.name, FilterProblem::NoMetric))
}
