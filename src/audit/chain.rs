//! The chains of an account, once for all controls: every trail with its log group, every metric filter there with the
//! best paths from its metric to a subscriber. Only a trail's excluded services depend on the control.

use std::collections::BTreeMap;
use std::rc::Rc;

use filter_pattern::EventModel;

use super::alarm::{Index, Narrowing, Publishers, Road, Source, Watchers};
use super::indexed::Indexed;
use super::link::{Outcome, Tail};
use super::log_group::{self, Delivery};
use super::metric_filter::Parsed;
use super::trail;
use crate::arn::LogGroupArn;
use crate::cloudtrail;
use crate::finding::facts::{FilterProblem, Routine};
use crate::finding::{Facts, Reason};
use crate::snapshot::{MetricFilter, MetricTransformation, Snapshot, Trail};

/// An account, with its paths worked out.
pub(super) struct Account<'a> {
    pub(super) snapshot: Rc<Indexed<'a>>,
    /// What each trail delivers to.
    pub(super) deliveries: Vec<(&'a Trail, Delivery<'a>)>,
    /// What events these can be.
    pub(super) events: EventModel,
    /// By ARN of the log group: its filters.
    pub(super) filters: BTreeMap<LogGroupArn, Vec<Filter<'a>>>,
}

/// A metric filter on a log group that a trail delivers to.
pub(super) struct Filter<'a> {
    pub(super) filter: &'a MetricFilter,
    pub(super) parsed: Rc<Parsed>,
    /// The best paths from any of its metrics, and the pattern of the events that take each.
    pub(super) roads: Vec<FilterRoad>,
}

/// A path from a metric filter on.
pub(super) struct FilterRoad {
    /// The filter's own pattern, and what an alarm adds to it.
    pub(super) parsed: Rc<Parsed>,
    pub(super) narrowing: Option<Narrowing>,
    pub(super) tail: Rc<Tail>,
}

impl<'a> Account<'a> {
    /// Works out the paths.
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let snapshot = Rc::new(Indexed::new(snapshot));
        let trails = snapshot.whole().trails().iter();
        let deliveries: Vec<_> = trails.map(|trail| (trail, log_group::judge(&snapshot, trail))).collect();
        let watchers = Rc::new(Watchers::new(snapshot.whole()));
        let mut shared = Shared::default();
        let mut indexes = BTreeMap::new();
        let mut filters = BTreeMap::new();
        for (_, delivery) in &deliveries {
            let Some((arn, group)) = delivery.arn.clone().zip(delivery.group) else { continue };
            let Some(region) = group.arn.region() else { continue };
            let index = indexes.entry(region).or_insert_with(|| Index::new(&snapshot, &watchers, region));
            filters.entry(arn).or_insert_with(|| shared.read(index, region, delivery.filters()));
        }
        let events = cloudtrail::events_of(trail::recorded(&snapshot));
        Self { snapshot, deliveries, events, filters }
    }

    /// The filters that see what a delivery brings.
    pub(super) fn filters_of(&self, delivery: &Delivery<'_>) -> &[Filter<'a>] {
        delivery.arn.as_ref().and_then(|arn| self.filters.get(arn)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What the log groups of an account share: an account may have thousands of them, each with the same filters.
#[derive(Default)]
struct Shared<'a> {
    /// The patterns that were read.
    readings: BTreeMap<Reading<'a>, Rc<Parsed>>,
    /// All that is published to a metric in one group, by the filters' names, and its number.
    neighbourhoods: BTreeMap<Vec<(String, Published)>, usize>,
    /// The best paths, by region, neighbourhood and what a filter publishes.
    roads: BTreeMap<(&'a str, usize, Published), Rc<Vec<Road>>>,
    /// The patterns with what alarms add to them.
    narrowed: BTreeMap<(*const Parsed, Narrowing), Rc<Parsed>>,
}

/// What decides how a filter's pattern is read.
type Reading<'a> = (&'a str, bool, Option<&'a str>);

impl<'a> Shared<'a> {
    /// The filters of a log group. Those that publish the same share a path, and those of one pattern its reading.
    fn read(&mut self, index: &Index<'_>, region: &'a str, found: &'a [MetricFilter]) -> Vec<Filter<'a>> {
        let group = found.iter().map(|filter| {
            let reading =
                (filter.pattern.as_str(), filter.apply_on_transformed_logs, filter.field_selection_criteria.as_deref());
            (filter, Rc::clone(self.readings.entry(reading).or_insert_with(|| Rc::new(Parsed::new(filter)))))
        });
        let group: Vec<(&MetricFilter, Rc<Parsed>)> = group.collect();
        let publishers = Publishers::new(&group);
        let numbers: BTreeMap<(&str, &str), usize> = publishers
            .each()
            .map(|(metric, all)| {
                let all = all.iter().map(|(parsed, filter, of)| (filter.name.clone(), published(parsed, filter, of)));
                let all: Vec<_> = all.collect();
                let next = self.neighbourhoods.len();
                (metric, *self.neighbourhoods.entry(all).or_insert(next))
            })
            .collect();
        let mut filters = Vec::new();
        for (filter, parsed) in &group {
            let mut all: Vec<Road> = Vec::new();
            for transformation in &filter.transformations {
                let metric = (transformation.namespace.as_str(), transformation.name.as_str());
                let number = numbers.get(&metric).copied().unwrap_or_default();
                let key = (region, number, published(parsed, filter, transformation));
                let source = Source { filter, transformation, publishers: &publishers };
                let roads = self.roads.entry(key).or_insert_with(|| Rc::new(index.follow(&source)));
                all.extend(roads.iter().cloned());
            }
            let mut all = Road::best(all);
            if all.is_empty() {
                all.push(Road { narrowing: None, tail: Tail::ends(Outcome::of(nothing_published(filter))) });
            }
            let roads = all.into_iter().map(|Road { narrowing, tail }| FilterRoad {
                parsed: self.narrowed(parsed, narrowing.as_ref()),
                narrowing,
                tail: Rc::new(tail),
            });
            filters.push(Filter { filter, parsed: Rc::clone(parsed), roads: roads.collect() });
        }
        filters
    }

    /// A pattern with what an alarm adds to it, read once.
    fn narrowed(&mut self, parsed: &Rc<Parsed>, narrowing: Option<&Narrowing>) -> Rc<Parsed> {
        let Some(narrowing) = narrowing else { return Rc::clone(parsed) };
        let known = self.narrowed.entry((Rc::as_ptr(parsed), narrowing.clone()));
        Rc::clone(known.or_insert_with(|| Rc::new(parsed.narrowed(narrowing))))
    }
}

/// What a filter publishes, as far as alarms are judged by it. What matches every day is part of it, for it is what others
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
