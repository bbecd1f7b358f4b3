//! The alarms of one region, filed by what they watch, by whose rules name them and by what mutes them. Nothing here says
//! whether an alarm is of use.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::alarm_rule::AlarmRule;
use crate::audit::indexed::Indexed;
use crate::finding::{Metric, Unread};
use crate::snapshot::{
    CompositeAlarm, MetricAlarm, MetricQuery, MetricStat, MuteRule, RegionAlarms, Snapshot, Watched,
};

/// Alarms of one region, found by what they watch.
pub(in crate::audit) struct Index<'a> {
    pub(super) snapshot: Rc<Indexed<'a>>,
    pub(super) watchers: Rc<Watchers<'a>>,
    pub(super) region: &'a str,
    pub(super) alarms: Option<&'a RegionAlarms>,
    pub(super) by_metric: BTreeMap<&'a str, Vec<(&'a MetricStat, &'a MetricAlarm)>>,
    pub(super) composites: Vec<Composite<'a>>,
    /// Composite alarms by the names and ARNs in their rules.
    pub(super) parents: BTreeMap<String, Vec<usize>>,
    /// Composite alarms whose rules cannot be read.
    pub(super) unreadable: Vec<usize>,
    /// Alarms with a query in which a metric may be named.
    pub(super) queried: Vec<&'a MetricAlarm>,
    /// Mute rules by the names of their alarms. `None`: they were not read.
    pub(super) muting: Option<BTreeMap<&'a str, Vec<&'a MuteRule>>>,
    /// Why they were not.
    pub(super) mute_unread: OnceCell<Unread>,
}

/// Alarms of all regions by the metric that they watch: of each metric the first alarm in each of two regions at most.
pub(in crate::audit) struct Watchers<'a>(BTreeMap<(&'a str, &'a str), Vec<(&'a str, &'a MetricAlarm)>>);

impl<'a> Watchers<'a> {
    pub(in crate::audit) fn new(snapshot: &'a Snapshot) -> Self {
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
    pub(super) fn outside(&self, region: &str, metric: &Metric) -> Option<(&'a str, &'a MetricAlarm)> {
        let known = self.0.get(&(metric.namespace.as_str(), metric.name.as_str()))?;
        known.iter().find(|(known, _)| *known != region).copied()
    }
}

/// A composite alarm with its rule.
pub(super) struct Composite<'a> {
    pub(super) alarm: &'a CompositeAlarm,
    /// `None`: it cannot be read.
    pub(super) rule: Option<AlarmRule>,
    /// Its rule leads back to itself, or to one whose rule does: then it is not evaluated (CloudWatch API reference,
    /// `PutCompositeAlarm`).
    pub(super) is_in_ring: bool,
}

impl<'a> Composite<'a> {
    fn all(alarms: &'a [CompositeAlarm]) -> Vec<Self> {
        let read = |alarm: &'a CompositeAlarm| Self { alarm, rule: AlarmRule::parse(&alarm.rule), is_in_ring: true };
        let mut all: Vec<Self> = alarms.iter().map(read).collect();
        // Those that depend only on what is free of rings are free of them too.
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
    pub(in crate::audit) fn new(snapshot: &Rc<Indexed<'a>>, watchers: &Rc<Watchers<'a>>, region: &'a str) -> Self {
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
}

/// The metrics that an alarm watches, directly or as part of an expression.
pub(in crate::audit) fn watched<'a>(alarm: &'a MetricAlarm, account: &'a str) -> impl Iterator<Item = &'a MetricStat> {
    let (one, many) = match &alarm.watches {
        Watched::Metric(stat) => (Some(stat), [].as_slice()),
        Watched::Queries(queries) => (None, queries.as_slice()),
        Watched::Criteria(_) => (None, [].as_slice()),
    };
    // A metric of another account is another metric.
    let own = move |query: &&MetricQuery| query.account_id.as_deref().is_none_or(|owner| owner == account);
    one.into_iter().chain(many.iter().filter(own).filter_map(|query| query.stat.as_ref()))
}

/// Texts of an alarm in which a metric may be named that nothing else of it names: `PromQL` and Metrics Insights.
pub(super) fn queries(alarm: &MetricAlarm) -> impl Iterator<Item = &str> {
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
