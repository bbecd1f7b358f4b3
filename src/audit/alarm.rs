//! Fourth link: does an alarm watch what a metric filter publishes, go to ALARM on it, and act?
//!
//! An alarm is found by metric name *and* namespace in the log group's region (metrics land there, and alarms see their
//! own region only; [`index`]). It must see the samples ([`samples`]: dimensions, unit), breach on them ([`firing`]), and have an SNS
//! action of its own or a composite alarm above it that has ([`actions`]).

use self::actions::Actor;
use self::index::{queries, watched};
use super::indexed::Indexed;
use super::link::{Outcome, Soundness, Tail};
use crate::finding::facts::{AlarmProblem, MetricProblem};
use crate::finding::{AlarmStep, Chain, Facts, Metric, Reason, Step, Unread};
use crate::snapshot::{MetricAlarm, MetricStat};

mod actions;
mod firing;
mod index;
mod math;
mod mute;
mod samples;
#[cfg(test)]
mod simulation;
mod source;

pub(super) use self::index::{Index, Watchers};
pub(super) use self::source::{Publishers, Source};

impl Index<'_> {
    /// The best road from what a filter publishes to a subscriber.
    pub(super) fn follow(&self, source: &Source<'_>) -> Tail {
        let Source { transformation, .. } = source;
        let metric = Metric { namespace: transformation.namespace.clone(), name: transformation.name.clone() };
        let named = self.by_metric.get(metric.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let roads = named
            .iter()
            .filter(|(stat, _)| stat.namespace == metric.namespace)
            .map(|(stat, alarm)| self.through(alarm, stat, source, &metric));
        let best = Tail::best(roads).unwrap_or_else(|| self.none(&metric, named));
        self.unless_unread(best, &metric)
    }

    /// Another alarm, not read, may be the sound one.
    fn unless_unread(&self, best: Tail, metric: &Metric) -> Tail {
        let complete = self.alarms.is_some_and(|alarms| alarms.complete);
        let sound = matches!(best.outcome, Outcome::Whole) && best.soundness() == Soundness::Sound;
        if complete || sound || matches!(best.outcome, Outcome::Unknown(_)) {
            return best;
        }
        let unread = unread(&self.snapshot, self.region, &format!("{}/{}", metric.namespace, metric.name));
        match best.outcome {
            Outcome::Broken(_) => Tail { outcome: Outcome::of(unread), ..best },
            Outcome::Whole | Outcome::Unknown(_) => Tail { unread: Some(unread), ..best },
        }
    }

    /// No alarm watches the metric: the nearest miss says why.
    fn none(&self, metric: &Metric, named: &[(&MetricStat, &MetricAlarm)]) -> Tail {
        let full = format!("{}/{}", metric.namespace, metric.name);
        if let Some(alarm) = self
            .queried
            .iter()
            .find(|alarm| queries(alarm).any(|query| query.is_empty() || query.contains(&metric.name)))
        {
            return broken_alarm(alarm, &self.snapshot.account_id, AlarmProblem::QueryUndecided { metric: full });
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

    /// The road through one alarm that watches the metric.
    fn through(&self, alarm: &MetricAlarm, stat: &MetricStat, source: &Source<'_>, metric: &Metric) -> Tail {
        let (fires, warnings) = self.fires(alarm, stat, source);
        let step = AlarmStep {
            arn: alarm.arn.clone(),
            is_composite: false,
            metrics: vec![metric.clone()],
            topics: alarm.actions.topics().collect(),
        };
        Tail::behind(step, fires, warnings, || self.acts(&Actor::of(alarm)))
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
    let step = AlarmStep { arn: alarm.arn.clone(), is_composite: false, metrics, topics };
    Tail { chain: Chain::fan(Step::Alarm(step), []), ..Tail::ends(Outcome::of(reason)) }
}
