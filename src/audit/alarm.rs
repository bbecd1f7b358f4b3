//! Fourth link: does an alarm watch what a metric filter publishes, go to ALARM on it, and act?
//!
//! An alarm is found by metric name *and* namespace in the log group's region (metrics land there, and alarms see their
//! own region only). It must see the samples ([`samples`]: dimensions, unit), breach on them ([`firing`]), and have an SNS
//! action of its own or a composite alarm above it that has ([`actions`]).

use std::collections::BTreeMap;
use std::rc::Rc;

use self::actions::Actor;
use self::composite::AlarmRule;
use super::link::{Outcome, Soundness, Tail};
use super::metric_filter::Parsed;
use crate::finding::{AlarmStep, Code, Metric, Reason, Unread};
use crate::snapshot::{
    CompositeAlarm, MetricAlarm, MetricFilter, MetricQuery, MetricStat, MetricTransformation, RegionAlarms, Snapshot,
    Watched,
};

mod actions;
mod composite;
mod firing;
mod math;
mod mute;
mod samples;
#[cfg(test)]
mod simulation;

/// Alarms of one region, found by what they watch.
pub(super) struct Index<'a> {
    snapshot: &'a Snapshot,
    region: &'a str,
    alarms: Option<&'a RegionAlarms>,
    by_metric: BTreeMap<&'a str, Vec<(&'a MetricStat, &'a MetricAlarm)>>,
    composites: Vec<Composite<'a>>,
}

/// A composite alarm with its rule.
struct Composite<'a> {
    alarm: &'a CompositeAlarm,
    /// `None`: it cannot be read.
    rule: Option<AlarmRule>,
    /// Its rule leads back to itself, or to one whose rule does: then it is not evaluated (CloudWatch API reference,
    /// `PutCompositeAlarm`).
    is_in_ring: bool,
}

impl<'a> Composite<'a> {
    fn all(alarms: &'a [CompositeAlarm]) -> Vec<Self> {
        let read = |alarm: &'a CompositeAlarm| Self { alarm, rule: AlarmRule::parse(&alarm.rule), is_in_ring: true };
        let mut all: Vec<Self> = alarms.iter().map(read).collect();
        // Those that stand on nothing but what is free of rings are free of them too.
        let names = |at: usize| [alarms[at].name.as_str(), alarms[at].arn.as_str()];
        let places: BTreeMap<&str, usize> = (0..alarms.len()).flat_map(|at| names(at).map(|name| (name, at))).collect();
        let mut parents = vec![Vec::new(); all.len()];
        let mut waits = vec![0_usize; all.len()];
        for (at, composite) in all.iter().enumerate() {
            let named = composite.rule.iter().flat_map(AlarmRule::alarms);
            for child in named.filter_map(|name| places.get(name)) {
                parents[*child].push(at);
                waits[at] += 1;
            }
        }
        let mut free: Vec<usize> = (0..all.len()).filter(|at| waits[*at] == 0).collect();
        while let Some(at) = free.pop() {
            all[at].is_in_ring = false;
            for parent in &parents[at] {
                waits[*parent] -= 1;
                if waits[*parent] == 0 {
                    free.push(*parent);
                }
            }
        }
        all
    }
}

impl<'a> Index<'a> {
    /// Files a region's alarms.
    pub(super) fn new(snapshot: &'a Snapshot, region: &'a str) -> Self {
        let alarms = snapshot.alarms_in(region);
        let mut by_metric: BTreeMap<&str, Vec<(&MetricStat, &MetricAlarm)>> = BTreeMap::new();
        for alarm in alarms.map(|alarms| alarms.metric_alarms.as_slice()).unwrap_or_default() {
            for stat in watched(alarm, &snapshot.account_id) {
                by_metric.entry(&stat.name).or_default().push((stat, alarm));
            }
        }
        let composites = alarms.map(|alarms| alarms.composite_alarms.as_slice()).unwrap_or_default();
        Self { snapshot, region, alarms, by_metric, composites: Composite::all(composites) }
    }

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
        let unread = unread(self.snapshot, self.region, &format!("{}/{}", metric.namespace, metric.name));
        match best.outcome {
            Outcome::Broken(_) => Tail { outcome: Outcome::of(unread), ..best },
            Outcome::Whole | Outcome::Unknown(_) => Tail { unread: Some(unread), ..best },
        }
    }

    /// No alarm watches the metric: the nearest miss says why.
    fn none(&self, metric: &Metric, named: &[(&MetricStat, &MetricAlarm)]) -> Tail {
        let full = format!("{}/{}", metric.namespace, metric.name);
        let here = self.alarms.map(|alarms| alarms.metric_alarms.as_slice()).unwrap_or_default();
        if let Some(alarm) = here.iter().find(|alarm| queries(alarm).any(|query| query.contains(&metric.name))) {
            let message = format!("whether the query of alarm {} finds metric {full} cannot be decided", alarm.name);
            let reason = Reason::new(Code::AlarmUndecided, &alarm.arn, message);
            return broken_alarm(alarm, &self.snapshot.account_id, reason);
        }
        if let Some((stat, alarm)) = named.first() {
            let message = format!(
                "alarm {} watches {}/{}, but the metric filter publishes to {full}",
                alarm.name, stat.namespace, stat.name
            );
            return broken_alarm(
                alarm,
                &self.snapshot.account_id,
                Reason::new(Code::AlarmOtherNamespace, &alarm.arn, message),
            );
        }
        let elsewhere = self.snapshot.alarms.iter().filter(|alarms| alarms.region != self.region).find_map(|alarms| {
            let watches = |alarm: &&MetricAlarm| {
                watched(alarm, &self.snapshot.account_id)
                    .any(|stat| stat.namespace == metric.namespace && stat.name == metric.name)
            };
            alarms.metric_alarms.iter().find(watches).map(|alarm| (alarm, &alarms.region))
        });
        if let Some((alarm, region)) = elsewhere {
            let message = format!("alarm {} is in {region}, but metric {full} is in {}", alarm.name, self.region);
            return broken_alarm(
                alarm,
                &self.snapshot.account_id,
                Reason::new(Code::AlarmOtherRegion, &alarm.arn, message),
            );
        }
        Tail::ends(Outcome::of(Reason::new(Code::AlarmNone, &full, format!("no alarm watches metric {full}"))))
    }

    /// The road through one alarm that watches the metric.
    fn through(&self, alarm: &MetricAlarm, stat: &MetricStat, source: &Source<'_>, metric: &Metric) -> Tail {
        let (fires, warnings) = self.fires(alarm, stat, source);
        let step = AlarmStep {
            arn: alarm.arn.clone(),
            metrics: vec![metric.clone()],
            topics: alarm.actions.topics().map(str::to_owned).collect(),
        };
        Tail::behind(step, fires, warnings, || self.acts(&Actor::of(alarm)))
    }
}

/// Not all alarms of a region were read, and one that was not may watch a metric (`namespace/name`).
pub(super) fn unread(snapshot: &Snapshot, region: &str, metric: &str) -> Reason {
    let why = Unread::find(snapshot, &["cloudwatch:DescribeAlarms"], region, None);
    let message = format!("alarms on metric {metric} could not all be read");
    Reason::new(Code::AlarmUnread, metric, message).because(why)
}

/// What publishes to a metric: one transformation of one filter.
pub(super) struct Source<'a> {
    pub(super) filter: &'a MetricFilter,
    pub(super) transformation: &'a MetricTransformation,
    /// All filters of the log group, this one too.
    pub(super) group: &'a [(&'a MetricFilter, Rc<Parsed>)],
}

impl<'a> Source<'a> {
    /// What else publishes to the metric.
    fn neighbours(&self) -> impl Iterator<Item = (&'a Parsed, &'a MetricFilter, &'a MetricTransformation)> {
        let own = self.transformation;
        let all = self.group.iter().flat_map(|(filter, parsed)| {
            filter.transformations.iter().map(move |transformation| (parsed.as_ref(), *filter, transformation))
        });
        all.filter(move |(_, _, other)| {
            !std::ptr::eq(*other, own) && other.namespace == own.namespace && other.name == own.name
        })
    }
}

fn broken_alarm(alarm: &MetricAlarm, account: &str, reason: Reason) -> Tail {
    let mut tail = Tail::ends(Outcome::of(reason));
    let metrics = watched(alarm, account)
        .map(|stat| Metric { namespace: stat.namespace.clone(), name: stat.name.clone() })
        .collect();
    let topics = alarm.actions.topics().map(str::to_owned).collect();
    tail.alarms.push(AlarmStep { arn: alarm.arn.clone(), metrics, topics });
    tail
}

/// The metrics that an alarm watches, directly or as part of an expression.
fn watched<'a>(alarm: &'a MetricAlarm, account: &'a str) -> impl Iterator<Item = &'a MetricStat> {
    let (one, many) = match &alarm.watches {
        Watched::Metric(stat) => (Some(stat), [].as_slice()),
        Watched::Queries(queries) => (None, queries.as_slice()),
        Watched::Criteria(_) => (None, [].as_slice()),
    };
    // A metric of another account is another metric.
    let own = move |query: &&MetricQuery| query.account_id.as_deref().is_none_or(|of| of == account);
    one.into_iter().chain(many.iter().filter(own).filter_map(|query| query.stat.as_ref()))
}

/// Texts of an alarm in which a metric may be named that nothing else of it names: `PromQL` and Metrics Insights.
fn queries(alarm: &MetricAlarm) -> impl Iterator<Item = &str> {
    let (criteria, queries) = match &alarm.watches {
        Watched::Criteria(text) => (Some(text.as_str()), [].as_slice()),
        Watched::Queries(queries) => (None, queries.as_slice()),
        Watched::Metric(_) => (None, [].as_slice()),
    };
    let insights = queries.iter().filter_map(|query| query.expression.as_deref());
    criteria.into_iter().chain(
        insights.filter(|text| text.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("SELECT"))),
    )
}
