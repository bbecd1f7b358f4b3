//! Fourth link: does an alarm watch what a metric filter publishes, go to ALARM on it, and act?
//!
//! An alarm is found by metric name *and* namespace in the log group's region (metrics land there, and alarms see their
//! own region only; [`index`]). It must see the samples ([`samples`]: dimensions, unit), breach on them ([`firing`]),
//! and have an SNS action of its own or a composite alarm above it that has ([`actions`]).

use self::actions::Actor;
use self::index::queries;
use self::samples::Fires;
use super::indexed::Indexed;
use super::link::{Outcome, Soundness, Tail};
use crate::finding::facts::{AlarmProblem, MetricProblem};
use crate::finding::{AlarmStep, Chain, Code, Facts, Metric, Reason, Step, Unread};
use crate::snapshot::{MetricAlarm, MetricStat};

mod actions;
mod firing;
mod index;
mod math;
mod mute;
mod narrowing;
mod quiet;
mod replay;
mod samples;
#[cfg(test)]
mod simulation;
mod source;
mod timeline;

pub(super) use self::index::{Index, Watchers, watched};
pub(super) use self::narrowing::Narrowing;
pub(crate) use self::replay::{Counts, Putting, play};
pub(super) use self::replay::{Publisher, WatchingAlarm, alarms as watching_alarms};
pub(super) use self::source::{Publishers, Source};
pub use self::timeline::State;
pub(crate) use self::timeline::{Change, Played};

impl Index<'_> {
    /// The best paths from what a filter publishes to a subscriber: one for all that alarms see of it in the same way.
    pub(super) fn follow(&self, source: &Source<'_>) -> Vec<Road> {
        let Source { transformation, .. } = source;
        let metric = Metric { namespace: transformation.namespace.clone(), name: transformation.name.clone() };
        let named = self.by_metric.get(metric.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let roads = named
            .iter()
            .filter(|(stat, _)| stat.namespace == metric.namespace)
            .map(|(stat, alarm)| self.through(alarm, stat, source, &metric));
        let mut roads = Road::best(roads);
        let whole = roads.iter().position(|road| road.narrowing.is_none()).map(|at| roads.remove(at).tail);
        let queried = self.queried(&metric);
        let tail = match whole {
            // A query may be the sound alarm where this is none.
            Some(tail) => queried.into_iter().fold(tail, Tail::or),
            None if roads.is_empty() => self.none(&metric, named),
            // What is left are alarms that each see a part, unless one was not read or cannot be followed.
            None => match queried {
                Some(tail) => tail,
                None if self.alarms.is_some_and(|alarms| alarms.complete) => return roads,
                None => Tail::ends(Outcome::of(self.unread(&metric))),
            },
        };
        roads.insert(0, Road { narrowing: None, tail: self.unless_unread(tail, &metric) });
        roads
    }

    /// Another alarm, not read, may be the sound one.
    fn unless_unread(&self, best: Tail, metric: &Metric) -> Tail {
        let complete = self.alarms.is_some_and(|alarms| alarms.complete);
        let sound = matches!(best.outcome, Outcome::Whole) && best.soundness() == Soundness::Sound;
        if complete || sound || matches!(best.outcome, Outcome::Unknown(_)) {
            return best;
        }
        let unread = self.unread(metric);
        match best.outcome {
            Outcome::Broken(_) => Tail { outcome: Outcome::of(unread), ..best },
            Outcome::Whole | Outcome::Unknown(_) => Tail { unread: Some(unread), ..best },
        }
    }

    fn unread(&self, metric: &Metric) -> Reason {
        unread(&self.snapshot, self.region, &format!("{}/{}", metric.namespace, metric.name))
    }

    /// An alarm on a query in which the metric may be named, of which it cannot be decided what it finds.
    fn queried(&self, metric: &Metric) -> Option<Tail> {
        let names = |query: &str| query.is_empty() || query.contains(&metric.name);
        let alarm = self.queried.iter().find(|alarm| queries(alarm).any(names))?;
        let problem = AlarmProblem::QueryUndecided { metric: format!("{}/{}", metric.namespace, metric.name) };
        Some(broken_alarm(alarm, &self.snapshot.account_id, problem))
    }

    /// No alarm watches the metric: the nearest miss says why.
    fn none(&self, metric: &Metric, named: &[(&MetricStat, &MetricAlarm)]) -> Tail {
        let full = format!("{}/{}", metric.namespace, metric.name);
        if let Some(tail) = self.queried(metric) {
            return tail;
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
        Tail::ends(Outcome::of(Reason::new(Facts::metric(&full, MetricProblem::NoAlarm))))
    }

    /// The path through one alarm that watches the metric.
    fn through(&self, alarm: &MetricAlarm, stat: &MetricStat, source: &Source<'_>, metric: &Metric) -> Road {
        let Fires { outcome, warnings, narrowing } = self.fires(alarm, stat, source);
        let latches = warnings.iter().any(|warning| warning.code() == Code::AlarmLatches);
        let fires = matches!(outcome, Outcome::Whole);
        let step = AlarmStep {
            arn: alarm.arn.clone(),
            is_composite: false,
            quiet: fires.then(|| quiet::after_an_event(alarm, stat.period, latches)).flatten(),
            metrics: vec![metric.clone()],
            topics: alarm.actions.topics().collect(),
        };
        Road { narrowing, tail: Tail::behind(step, outcome, warnings, || self.acts(&Actor::of(alarm))) }
    }
}

/// A path from a metric filter's metric to a subscriber, and what of the filter's events takes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Road {
    /// `None`: all of them.
    pub(super) narrowing: Option<Narrowing>,
    pub(super) tail: Tail,
}

impl Road {
    /// Of those that the same events take the best; the first of equals.
    pub(super) fn best(roads: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut best: Vec<Self> = Vec::new();
        for road in roads {
            match best.iter_mut().find(|known| known.narrowing == road.narrowing) {
                Some(known) => known.tail = known.tail.clone().or(road.tail),
                None => best.push(road),
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

fn broken_alarm(alarm: &MetricAlarm, account: &str, problem: AlarmProblem) -> Tail {
    let reason = Reason::new(Facts::alarm(&alarm.name, &alarm.arn, problem));
    let metrics = watched(alarm, account)
        .map(|stat| Metric { namespace: stat.namespace.clone(), name: stat.name.clone() })
        .collect();
    let topics = alarm.actions.topics().collect();
    let step = AlarmStep { arn: alarm.arn.clone(), is_composite: false, quiet: None, metrics, topics };
    Tail { chain: Chain::fan(Step::Alarm(step), []), ..Tail::ends(Outcome::of(reason)) }
}
