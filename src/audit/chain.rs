//! The chains of an account, once for all controls: every trail with its log group, every metric filter there with the
//! best road from its metric to a subscriber. Only a trail's excluded services depend on the control.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::alarm::{Index, Publishers, Source, Watchers};
use super::indexed::Indexed;
use super::link::{Outcome, Tail};
use super::log_group::{self, Delivery};
use super::metric_filter::Parsed;
use crate::arn::Arn;
use crate::finding::{Code, Reason};
use crate::snapshot::{MetricFilter, Snapshot, Trail};

/// An account, with its roads worked out.
pub(super) struct Account<'a> {
    pub(super) snapshot: Rc<Indexed<'a>>,
    /// What each trail delivers to.
    pub(super) deliveries: Vec<(&'a Trail, Delivery<'a>)>,
    /// By ARN of the log group: its filters.
    pub(super) filters: BTreeMap<String, Vec<Filter<'a>>>,
}

/// A metric filter on a log group that a trail delivers to.
pub(super) struct Filter<'a> {
    pub(super) filter: &'a MetricFilter,
    pub(super) parsed: Rc<Parsed>,
    /// The best road from any of its metrics.
    pub(super) tail: Tail,
}

impl<'a> Account<'a> {
    /// Works out the roads.
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let snapshot = Rc::new(Indexed::new(snapshot));
        let trails = snapshot.whole().trails().iter();
        let deliveries: Vec<_> = trails.map(|trail| (trail, log_group::judge(&snapshot, trail))).collect();
        let watchers = Rc::new(Watchers::new(snapshot.whole()));
        let mut readings = Readings::new();
        let mut indexes = BTreeMap::new();
        let mut filters = BTreeMap::new();
        for (_, delivery) in &deliveries {
            let Some((arn, group)) = delivery.arn.clone().zip(delivery.group) else { continue };
            let Some(region) = Arn::parse(&group.arn).map(|arn| arn.region) else { continue };
            let index = indexes.entry(region).or_insert_with(|| Index::new(&snapshot, &watchers, region));
            filters.entry(arn).or_insert_with(|| read(index, &mut readings, delivery.filters()));
        }
        Self { snapshot, deliveries, filters }
    }

    /// The filters that see what a delivery brings.
    pub(super) fn filters_of(&self, delivery: &Delivery<'_>) -> &[Filter<'a>] {
        delivery.arn.as_ref().and_then(|arn| self.filters.get(arn)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The filters of a log group. Those that publish the same share a road, and those of one pattern its reading, whatever
/// their groups: an account may have hundreds of either.
fn read<'a>(index: &Index<'_>, readings: &mut Readings<'a>, found: &'a [MetricFilter]) -> Vec<Filter<'a>> {
    let group = found.iter().map(|filter| {
        let reading =
            (filter.pattern.as_str(), filter.apply_on_transformed_logs, filter.field_selection_criteria.as_deref());
        (filter, Rc::clone(readings.entry(reading).or_insert_with(|| Rc::new(Parsed::new(filter)))))
    });
    let group: Vec<(&MetricFilter, Rc<Parsed>)> = group.collect();
    let publishers = Publishers::new(&group);
    let mut roads: BTreeMap<String, Tail> = BTreeMap::new();
    let filters = group.iter().map(|(filter, parsed)| {
        let follow = |transformation| {
            // What matches every day is told apart, for it is what others on the metric are judged by.
            let key = format!("{transformation:?} {:?} {:?}", filter.emit_system_field_dimensions, parsed.routine());
            roads
                .entry(key)
                .or_insert_with(|| index.follow(&Source { filter, transformation, publishers: &publishers }))
                .clone()
        };
        let tail = Tail::best(filter.transformations.iter().map(follow));
        let tail = tail.unwrap_or_else(|| Tail::ends(Outcome::of(nothing_published(filter))));
        Filter { filter, parsed: Rc::clone(parsed), tail }
    });
    filters.collect()
}

/// What decides how a filter's pattern is read.
type Reading<'a> = (&'a str, bool, Option<&'a str>);

/// The patterns that were read.
type Readings<'a> = BTreeMap<Reading<'a>, Rc<Parsed>>;

fn nothing_published(filter: &MetricFilter) -> Reason {
    let message = format!("metric filter {} publishes no metric", filter.name);
    Reason::new(Code::AlarmNone, &filter.name, message)
}
