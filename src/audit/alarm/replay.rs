//! The alarms of a region for a replay of events: what each of them sees of what metric filters publish.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use filter_pattern::Pattern;

use super::actions::Actor;
use super::acts::Acts;
use super::index::{Index, watched};
use super::source::{Publishers, Source};
use super::timeline::{Metrics, Played, Timeline};
use super::visibility::{number, reason};
use crate::audit::metric_filter::Parsed;
use crate::finding::Reason;
use crate::finding::facts::AlarmProblem;
use crate::snapshot::{MetricAlarm, MetricFilter, MetricStat};

/// An alarm on what metric filters publish.
pub(in crate::audit) struct WatchingAlarm<'a> {
    pub(in crate::audit) alarm: &'a MetricAlarm,
    /// What publishes to the metrics that it watches.
    pub(in crate::audit) publishers: Vec<Publisher<'a>>,
    /// Why its states cannot be computed.
    pub(in crate::audit) doubt: Option<Reason>,
    pub(in crate::audit) acts: Acts,
}

/// One transformation of a metric filter, as an alarm sees it.
pub(in crate::audit) struct Publisher<'a> {
    pub(in crate::audit) filter: &'a MetricFilter,
    /// The events that count.
    pub(in crate::audit) pattern: Pattern,
    /// The metric, as the alarm asks for it.
    pub(in crate::audit) stat: MetricStat,
    /// The sample of an event that counts.
    pub(in crate::audit) value: f64,
    /// The sample of every other event.
    pub(in crate::audit) default: Option<f64>,
}

/// The alarms of a region that watch something that these filters of log groups publish.
pub(in crate::audit) fn alarms<'a>(
    index: &Index<'a>,
    groups: &[Vec<(&'a MetricFilter, Arc<Parsed>)>],
) -> Vec<WatchingAlarm<'a>> {
    let alarms = index.alarms.map(|alarms| alarms.metric_alarms.as_slice()).unwrap_or_default();
    let found = alarms.iter().filter_map(|alarm| {
        let acts = Acts::new(index, &Actor::metric(alarm));
        let mut found = WatchingAlarm { alarm, publishers: Vec::new(), doubt: None, acts };
        for stat in watched(alarm, &index.snapshot.whole().account_id) {
            for group in groups {
                found.add(index, stat, group);
            }
        }
        if let Err(why) = Timeline::new(alarm) {
            found.doubt.get_or_insert(reason(alarm, AlarmProblem::FiringUndecided { why }));
        }
        (!found.publishers.is_empty()).then_some(found)
    });
    found.collect()
}

impl<'a> WatchingAlarm<'a> {
    fn add(&mut self, index: &Index<'a>, stat: &MetricStat, group: &[(&'a MetricFilter, Arc<Parsed>)]) {
        let publishers = Publishers::new(group);
        for (filter, parsed) in group {
            for transformation in &filter.transformations {
                if (&transformation.namespace, &transformation.name) != (&stat.namespace, &stat.name) {
                    continue;
                }
                let source = Source { filter, transformation, publishers: &publishers };
                let Ok(seen) = index.sees(self.alarm, stat, &source) else { continue };
                let pattern = match &seen.narrowing {
                    Some(narrowing) => parsed.narrowed(narrowing).pattern().cloned(),
                    None => parsed.pattern().cloned(),
                };
                let value = number(&transformation.value);
                // What cannot be followed leaves the alarm open, and no other one.
                let (Some(pattern), Some(value)) = (pattern, value) else {
                    let why = crate::finding::facts::FiringDoubt::EmptyWatched;
                    self.doubt.get_or_insert(reason(self.alarm, AlarmProblem::FiringUndecided { why }));
                    continue;
                };
                // Defaults carry no dimension (CloudWatch Logs API reference, MetricTransformation).
                let default = transformation.default_value.filter(|_| stat.dimensions.is_empty());
                self.publishers.push(Publisher { filter, pattern, stat: stat.clone(), value, default });
            }
        }
    }
}

/// How many events of a minute count for each publisher of an alarm, and how many there are at all.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// By publisher, then by minute, in seconds since 1970.
    pub(crate) matched: Vec<BTreeMap<i64, u64>>,
    /// All events, by minute; empty where no publisher has a default.
    pub(crate) all: BTreeMap<i64, u64>,
}

/// What a publisher puts into a metric, without its pattern.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Putting {
    pub(crate) stat: MetricStat,
    pub(crate) value: f64,
    pub(crate) default: Option<f64>,
}

struct Shown<'a> {
    puttings: &'a [Putting],
    counts: &'a Counts,
}

impl Metrics for Shown<'_> {
    fn samples(&self, stat: &MetricStat, from: i64, to: i64) -> Vec<(f64, f64)> {
        let count = |minutes: &BTreeMap<i64, u64>| minutes.range(from..to).map(|(_, count)| count).sum::<u64>();
        let mut samples = Vec::new();
        for (putting, matched) in self.puttings.iter().zip(&self.counts.matched) {
            if (&putting.stat.namespace, &putting.stat.name, &putting.stat.dimensions)
                != (&stat.namespace, &stat.name, &stat.dimensions)
            {
                continue;
            }
            let matched = count(matched);
            let others = count(&self.counts.all).saturating_sub(matched);
            let pairs = [(Some(putting.value), matched), (putting.default, others)];
            // No count of events is large enough to lose a digit.
            samples.extend(
                pairs
                    .into_iter()
                    .filter(|(_, times)| *times > 0)
                    .filter_map(|(value, times)| Some((value?, times as f64))),
            );
        }
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        samples
    }
}

/// The states of an alarm over what was published. The error: they cannot be computed.
pub(crate) fn play(alarm: &MetricAlarm, puttings: &[Putting], counts: &Counts) -> Result<Played, Box<Reason>> {
    let undecided = |why| Box::new(reason(alarm, AlarmProblem::FiringUndecided { why }));
    let timeline = Timeline::new(alarm).map_err(undecided)?;
    let mut minutes: BTreeSet<i64> = counts.matched.iter().flat_map(|minutes| minutes.keys().copied()).collect();
    if puttings.iter().any(|putting| putting.default.is_some()) {
        minutes.extend(counts.all.keys());
    }
    timeline.play(&minutes, &Shown { puttings, counts }).map_err(undecided)
}
