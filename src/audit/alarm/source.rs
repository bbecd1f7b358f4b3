//! What publishes to a metric.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audit::metric_filter::Parsed;
use crate::snapshot::{MetricFilter, MetricTransformation};

/// What publishes to a metric: one transformation of one filter.
pub(in crate::audit) struct Source<'a> {
    pub(in crate::audit) filter: &'a MetricFilter,
    pub(in crate::audit) transformation: &'a MetricTransformation,
    /// What the filters of the log group publish, this one too.
    pub(in crate::audit) publishers: &'a Publishers<'a>,
}

/// What the filters of a log group publish, by metric.
pub(in crate::audit) struct Publishers<'a>(BTreeMap<(&'a str, &'a str), Vec<Publisher<'a>>>);

/// A filter, as it was read, and one of its transformations.
pub(in crate::audit) type Publisher<'a> = (&'a Parsed, &'a MetricFilter, &'a MetricTransformation);

impl<'a> Publishers<'a> {
    pub(in crate::audit) fn new(group: &'a [(&'a MetricFilter, Arc<Parsed>)]) -> Self {
        let mut known: BTreeMap<(&str, &str), Vec<Publisher<'_>>> = BTreeMap::new();
        for (filter, parsed) in group {
            for transformation in &filter.transformations {
                let metric = (transformation.namespace.as_str(), transformation.name.as_str());
                known.entry(metric).or_default().push((parsed.as_ref(), filter, transformation));
            }
        }
        Self(known)
    }

    /// Each metric, and all that is published to it.
    pub(in crate::audit) fn each(&self) -> impl Iterator<Item = ((&'a str, &'a str), &[Publisher<'a>])> {
        self.0.iter().map(|(metric, all)| (*metric, all.as_slice()))
    }
}

impl<'a> Source<'a> {
    /// What else publishes to the metric.
    pub(super) fn neighbours(&self) -> impl Iterator<Item = Publisher<'a>> {
        let own = self.transformation;
        let all = self.publishers.0.get(&(own.namespace.as_str(), own.name.as_str()));
        all.into_iter().flatten().copied().filter(move |(_, _, other)| !std::ptr::eq(*other, own))
    }
}
