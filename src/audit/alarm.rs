//! Fourth link: does an alarm watch what a metric filter publishes, go to ALARM on it, and act?
//!
//! An alarm is found by metric name *and* namespace in the log group's region (metrics land there, and alarms see their
//! own region only). It must see the samples ([`samples`]: dimensions, unit), breach on them ([`firing`]), and have an SNS
//! action of its own or a composite alarm above it that has ([`actions`]).

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use self::actions::Actor;
use self::composite::AlarmRule;
use super::indexed::Indexed;
use super::link::{Outcome, Soundness, Tail};
use super::metric_filter::Parsed;
use crate::finding::{AlarmStep, Code, Metric, Reason, Unread};
use crate::snapshot::{
    CompositeAlarm, MetricAlarm, MetricFilter, MetricQuery, MetricStat, MetricTransformation, MuteRule, RegionAlarms,
    Snapshot, Watched,
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
    snapshot: Rc<Indexed<'a>>,
    watchers: Rc<Watchers<'a>>,
    region: &'a str,
    alarms: Option<&'a RegionAlarms>,
    by_metric: BTreeMap<&'a str, Vec<(&'a MetricStat, &'a MetricAlarm)>>,
    composites: Vec<Composite<'a>>,
    /// Composite alarms by the names and ARNs in their rules.
    parents: BTreeMap<String, Vec<usize>>,
    /// Composite alarms whose rules cannot be read.
    unreadable: Vec<usize>,
    /// Alarms with a query in which a metric may be named.
    queried: Vec<&'a MetricAlarm>,
    /// Mute rules by the names of their alarms. `None`: they were not read.
    muting: Option<BTreeMap<&'a str, Vec<&'a MuteRule>>>,
    /// Why they were not.
    mute_unread: OnceCell<Unread>,
}

/// Alarms of all regions by the metric that they watch: of each metric the first alarm in each of two regions at most.
pub(super) struct Watchers<'a>(BTreeMap<(&'a str, &'a str), Vec<(&'a str, &'a MetricAlarm)>>);

impl<'a> Watchers<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let mut known: BTreeMap<(&str, &str), Vec<(&str, &MetricAlarm)>> = BTreeMap::new();
        for alarms in &snapshot.alarms {
            for alarm in &alarms.metric_alarms {
                for stat in watched(alarm, &snapshot.account_id) {
                    let regions = known.entry((&stat.namespace, &stat.name)).or_default();
                    if regions.len() < 2 && regions.iter().all(|(region, _)| *region != alarms.region) {
                        regions.push((&alarms.region, alarm));
                    }
                }
            }
        }
        Self(known)
    }

    /// The first alarm on a metric that is in another region than this.
    fn outside(&self, region: &str, metric: &Metric) -> Option<(&'a str, &'a MetricAlarm)> {
        let known = self.0.get(&(metric.namespace.as_str(), metric.name.as_str()))?;
        known.iter().find(|(of, _)| *of != region).copied()
    }
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

impl Composite<'_> {
    /// Places of composite alarms by the names and ARNs in their rules.
    fn parents(all: &[Self]) -> BTreeMap<String, Vec<usize>> {
        let mut parents: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, composite) in all.iter().enumerate() {
            let named: BTreeSet<&str> = composite.rule.iter().flat_map(AlarmRule::alarms).collect();
            named.into_iter().for_each(|name| parents.entry(name.to_owned()).or_default().push(at));
        }
        parents
    }
}

impl<'a> Index<'a> {
    /// Files a region's alarms.
    pub(super) fn new(snapshot: &Rc<Indexed<'a>>, watchers: &Rc<Watchers<'a>>, region: &'a str) -> Self {
        let whole = snapshot.whole();
        let alarms = whole.alarms_in(region);
        let mut by_metric: BTreeMap<&str, Vec<(&MetricStat, &MetricAlarm)>> = BTreeMap::new();
        for alarm in alarms.map(|alarms| alarms.metric_alarms.as_slice()).unwrap_or_default() {
            for stat in watched(alarm, &whole.account_id) {
                by_metric.entry(&stat.name).or_default().push((stat, alarm));
            }
        }
        let metric_alarms = alarms.map(|alarms| alarms.metric_alarms.as_slice()).unwrap_or_default();
        let queried = metric_alarms.iter().filter(|alarm| queries(alarm).next().is_some()).collect();
        let composites = alarms.map(|alarms| alarms.composite_alarms.as_slice()).unwrap_or_default();
        let composites = Composite::all(composites);
        let parents = Composite::parents(&composites);
        let unreadable = (0..composites.len()).filter(|at| composites[*at].rule.is_none()).collect();
        let muting = alarms.and_then(|alarms| alarms.mute_rules.as_deref()).map(|rules| {
            let mut muting: BTreeMap<&str, Vec<&MuteRule>> = BTreeMap::new();
            for rule in rules {
                let names: BTreeSet<&str> = rule.alarms.iter().map(String::as_str).collect();
                names.into_iter().for_each(|name| muting.entry(name).or_default().push(rule));
            }
            muting
        });
        let (snapshot, watchers) = (Rc::clone(snapshot), Rc::clone(watchers));
        Self {
            snapshot,
            watchers,
            region,
            alarms,
            by_metric,
            composites,
            parents,
            unreadable,
            queried,
            muting,
            mute_unread: OnceCell::new(),
        }
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
        if let Some((region, alarm)) = self.watchers.outside(self.region, metric) {
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
pub(super) fn unread(snapshot: &Indexed<'_>, region: &str, metric: &str) -> Reason {
    let why = Unread::find(snapshot, &["cloudwatch:DescribeAlarms"], region, None);
    let message = format!("alarms on metric {metric} could not all be read");
    Reason::new(Code::AlarmUnread, metric, message).because(why)
}

/// What publishes to a metric: one transformation of one filter.
pub(super) struct Source<'a> {
    pub(super) filter: &'a MetricFilter,
    pub(super) transformation: &'a MetricTransformation,
    /// What the filters of the log group publish, this one too.
    pub(super) publishers: &'a Publishers<'a>,
}

/// What the filters of a log group publish, by metric.
pub(super) struct Publishers<'a>(BTreeMap<(&'a str, &'a str), Vec<Publisher<'a>>>);

/// A filter, as it was read, and one of its transformations.
pub(super) type Publisher<'a> = (&'a Parsed, &'a MetricFilter, &'a MetricTransformation);

impl<'a> Publishers<'a> {
    pub(super) fn new(group: &'a [(&'a MetricFilter, Rc<Parsed>)]) -> Self {
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
    pub(super) fn each(&self) -> impl Iterator<Item = ((&'a str, &'a str), &[Publisher<'a>])> {
        self.0.iter().map(|(metric, all)| (*metric, all.as_slice()))
    }
}

impl<'a> Source<'a> {
    /// What else publishes to the metric.
    fn neighbours(&self) -> impl Iterator<Item = Publisher<'a>> {
        let own = self.transformation;
        let all = self.publishers.0.get(&(own.namespace.as_str(), own.name.as_str()));
        all.into_iter().flatten().copied().filter(move |(_, _, other)| !std::ptr::eq(*other, own))
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
