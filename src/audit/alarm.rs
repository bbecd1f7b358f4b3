//! Fourth link: does an alarm watch what a metric filter publishes, go to ALARM on it, and act?
//!
//! An alarm is found by metric name *and* namespace in the log group's region (metrics land there, and alarms see their
//! own region only; [`index`]). It must see the samples ([`visibility`]: dimensions, unit), breach on them ([`evaluation`]),
//! and have an SNS action of its own or a composite alarm above it that has ([`actions`]).

use self::actions::Actor;
use self::index::queries;
use self::visibility::Fires;
use super::indexed::Indexed;
use super::link::{Downstream, LinkOutcome, Soundness};
use crate::finding::facts::{AlarmProblem, MetricProblem};
use crate::finding::{AlarmStep, Chain, Code, Facts, Metric, Reason, Step, Unread};
use crate::snapshot::{MetricAlarm, MetricStat};

mod above;
mod actions;
mod acts;
mod evaluation;
mod index;
mod math;
mod mute;
mod narrowing;
mod quiet;
mod replay;
#[cfg(test)]
mod simulation;
mod source;
mod timeline;
mod visibility;

pub(super) use self::above::above;
pub(crate) use self::above::{Above, Child};
pub(crate) use self::acts::Acts;
pub(super) use self::index::{Index, Watchers, watched};
pub(super) use self::narrowing::Narrowing;
pub(crate) use self::replay::{Counts, Putting, play};
pub(super) use self::replay::{Publisher, WatchingAlarm, alarms as watching_alarms};
pub(super) use self::source::{Publishers, Source};
pub use self::timeline::AlarmState;
pub(crate) use self::timeline::{Change, Played};

impl Index<'_> {
    /// The best paths from what a filter publishes to a subscriber: one for all that alarms see of it in the same way.
    pub(super) fn follow(&self, source: &Source<'_>) -> Vec<AlarmPath> {
        let Source { transformation, .. } = source;
        let metric = Metric { namespace: transformation.namespace.clone(), name: transformation.name.clone() };
        let named = self.by_metric.get(metric.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let paths = named
            .iter()
            .filter(|(stat, _)| stat.namespace == metric.namespace)
            .map(|(stat, alarm)| self.through(alarm, stat, source, &metric));
        let mut paths = AlarmPath::best(paths);
        let whole = paths.iter().position(|path| path.narrowing.is_none()).map(|at| paths.remove(at).downstream);
        let queried = self.queried(&metric);
        let downstream = match whole {
            // A query may be the sound alarm where this is none.
            Some(downstream) => queried.into_iter().fold(downstream, Downstream::or),
            None if paths.is_empty() => self.none(&metric, named),
            // What is left are alarms that each see a part, unless one was not read or cannot be followed.
            None => match queried {
                Some(downstream) => downstream,
                None if self.alarms.is_some_and(|alarms| alarms.complete) => return paths,
                None => Downstream::ends(LinkOutcome::from_reason(self.unread(&metric))),
            },
        };
        paths.insert(0, AlarmPath { narrowing: None, downstream: self.unless_unread(downstream, &metric) });
        paths
    }

    /// Another alarm, not read, may be the sound one.
    fn unless_unread(&self, best: Downstream, metric: &Metric) -> Downstream {
        let complete = self.alarms.is_some_and(|alarms| alarms.complete);
        let sound = matches!(best.outcome, LinkOutcome::Whole) && best.soundness() == Soundness::Sound;
        if complete || sound || matches!(best.outcome, LinkOutcome::Unknown(_)) {
            return best;
        }
        let unread = self.unread(metric);
        match best.outcome {
            LinkOutcome::Broken(_) => Downstream { outcome: LinkOutcome::from_reason(unread), ..best },
            LinkOutcome::Whole | LinkOutcome::Unknown(_) => Downstream { unread: Some(unread), ..best },
        }
    }

    fn unread(&self, metric: &Metric) -> Reason {
        unread(&self.snapshot, self.region, &format!("{}/{}", metric.namespace, metric.name))
    }

    /// An alarm on a query in which the metric may be named, of which it cannot be decided what it finds.
    fn queried(&self, metric: &Metric) -> Option<Downstream> {
        let names = |query: &str| query.is_empty() || query.contains(&metric.name);
        let alarm = self.queried.iter().find(|alarm| queries(alarm).any(names))?;
        let problem = AlarmProblem::QueryUndecided { metric: format!("{}/{}", metric.namespace, metric.name) };
        Some(broken_alarm(alarm, &self.snapshot.account_id, problem))
    }

    /// No alarm watches the metric: the nearest miss says why.
    fn none(&self, metric: &Metric, named: &[(&MetricStat, &MetricAlarm)]) -> Downstream {
        let full = format!("{}/{}", metric.namespace, metric.name);
        if let Some(downstream) = self.queried(metric) {
            return downstream;
        }
        if let Some((stat, alarm)) = named.first() {
            let watched = format!("{}/{}", stat.namespace, stat.name);
            let problem = AlarmProblem::OtherNamespace { watched, published: full };
            return broken_alarm(alarm, &self.snapshot.account_id, problem);
        }
        if let Some((region, alarm)) = self.watchers.outside(self.region, metric) {
            let (region, wanted) = (region.to_owned(), self.region.to_owned());
            let problem = AlarmProblem::OtherRegion { region, metric: full, wanted };
            return broken_alarm(alarm, &self.snapshot.account_id, problem);
        }
        Downstream::ends(LinkOutcome::from_reason(Reason::new(Facts::metric(&full, MetricProblem::NoAlarm))))
    }

    /// The path through one alarm that watches the metric.
    fn through(&self, alarm: &MetricAlarm, stat: &MetricStat, source: &Source<'_>, metric: &Metric) -> AlarmPath {
        let Fires { outcome, warnings, narrowing } = self.fires(alarm, stat, source);
        let latches = warnings.iter().any(|warning| warning.code() == Code::AlarmLatches);
        let fires = matches!(outcome, LinkOutcome::Whole);
        let step = AlarmStep {
            arn: alarm.arn.clone(),
            is_composite: false,
            quiet: fires.then(|| quiet::after_an_event(alarm, stat.period, latches)).flatten(),
            metrics: vec![metric.clone()],
            topics: alarm.actions.topics().collect(),
        };
        AlarmPath {
            narrowing,
            downstream: Downstream::behind(step, outcome, warnings, || self.acts(&Actor::metric(alarm))),
        }
    }
}

/// A path from a metric filter's metric to a subscriber, and what of the filter's events takes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AlarmPath {
    /// `None`: all of them.
    pub(super) narrowing: Option<Narrowing>,
    pub(super) downstream: Downstream,
}

impl AlarmPath {
    /// Of those that the same events take the best; the first of equals.
    pub(super) fn best(paths: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut best: Vec<Self> = Vec::new();
        for path in paths {
            match best.iter_mut().find(|known| known.narrowing == path.narrowing) {
                Some(known) => known.downstream = known.downstream.clone().or(path.downstream),
                None => best.push(path),
            }
        }
        best
    }
}

/// Not all alarms of a region were read, and one that was not may watch a metric (`namespace/name`).
pub(super) fn unread(snapshot: &Indexed<'_>, region: &str, metric: &str) -> Reason {
    let why = Unread::find(snapshot, &["cloudwatch:DescribeAlarms"], region, None);
    Reason::new(Facts::metric(metric, MetricProblem::AlarmsUnread)).because(why)
}

fn broken_alarm(alarm: &MetricAlarm, account: &str, problem: AlarmProblem) -> Downstream {
    let reason = Reason::new(Facts::alarm(&alarm.name, &alarm.arn, problem));
    let metrics = watched(alarm, account)
        .map(|stat| Metric { namespace: stat.namespace.clone(), name: stat.name.clone() })
        .collect();
    let topics = alarm.actions.topics().collect();
    let step = AlarmStep { arn: alarm.arn.clone(), is_composite: false, quiet: None, metrics, topics };
    Downstream { chain: Chain::fan(Step::Alarm(step), []), ..Downstream::ends(LinkOutcome::from_reason(reason)) }
}
