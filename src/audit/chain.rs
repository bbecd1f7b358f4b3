//! The chains of an account, once for all controls: every trail with its log group, every metric filter there with the
//! best road from its metric to a subscriber. Only a trail's excluded services depend on the control.

use std::collections::BTreeMap;

use super::alarm::Index;
use super::link::{Outcome, Tail};
use super::log_group::{self, Delivery};
use super::metric_filter::Parsed;
use crate::arn::Arn;
use crate::snapshot::{MetricFilter, Snapshot, Trail};

/// An account, with its roads worked out.
pub(super) struct Account<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// What each trail delivers to.
    pub(super) deliveries: Vec<(&'a Trail, Delivery<'a>)>,
    /// By ARN of the log group: its filters.
    pub(super) filters: BTreeMap<String, Vec<Filter<'a>>>,
}

/// A metric filter on a log group that a trail delivers to.
pub(super) struct Filter<'a> {
    pub(super) filter: &'a MetricFilter,
    pub(super) parsed: Parsed,
    /// The best road from any of its metrics.
    pub(super) tail: Tail,
}

impl<'a> Account<'a> {
    /// Works out the roads.
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let deliveries: Vec<_> =
            snapshot.trails().iter().map(|trail| (trail, log_group::judge(snapshot, trail))).collect();
        let mut indexes = BTreeMap::new();
        let mut filters = BTreeMap::new();
        for (_, delivery) in &deliveries {
            let Some((arn, group)) = delivery.arn.clone().zip(delivery.group) else { continue };
            let Some(region) = Arn::parse(&group.arn).map(|arn| arn.region) else { continue };
            let index = indexes.entry(region).or_insert_with(|| Index::new(snapshot, region));
            let found = delivery.filters();
            filters
                .entry(arn)
                .or_insert_with(|| found.iter().map(|filter| Filter::new(index, filter, found)).collect::<Vec<_>>());
        }
        Self { snapshot, deliveries, filters }
    }

    /// The filters that see what a delivery brings.
    pub(super) fn filters_of(&self, delivery: &Delivery<'_>) -> &[Filter<'a>] {
        delivery.arn.as_ref().and_then(|arn| self.filters.get(arn)).map(Vec::as_slice).unwrap_or_default()
    }
}

impl<'a> Filter<'a> {
    fn new(index: &Index<'_>, filter: &'a MetricFilter, neighbours: &[MetricFilter]) -> Self {
        let roads = filter.transformations.iter().map(|each| index.follow(filter, each, neighbours));
        let tail = Tail::best(roads).unwrap_or_else(|| Tail::ends(Outcome::of(nothing_published(filter))));
        Self { filter, parsed: Parsed::new(filter), tail }
    }
}

fn nothing_published(filter: &MetricFilter) -> crate::finding::Reason {
    let message = format!("metric filter {} publishes no metric", filter.name);
    crate::finding::Reason::new(crate::finding::Code::AlarmNone, &filter.name, message)
}
