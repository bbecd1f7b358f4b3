//! Fourth link: does an alarm watch what a metric filter publishes, go to ALARM on it, and act?
//!
//! An alarm is found by metric name *and* namespace in the log group's region (metrics land there, and alarms see their
//! own region only). It must see the samples (dimensions, unit), breach on them ([`firing`]), and have an SNS action of
//! its own or a composite alarm above it that has ([`composite`]).

use std::collections::{BTreeMap, BTreeSet};

use self::composite::AlarmRule;
use self::firing::{Published, Reach};
use self::mute::Muted;
use super::link::{Outcome, Soundness, Tail};
use super::log_group::because_in;
use super::subscription::Message;
use super::topic;
use crate::finding::{AlarmStep, Code, Metric, Reason, Warning};
use crate::snapshot::{
    AlarmActions, CompositeAlarm, MetricAlarm, MetricFilter, MetricQuery, MetricStat, MetricTransformation,
    RegionAlarms, Snapshot, Watched,
};

mod composite;
mod firing;
mod math;
mod mute;
#[cfg(test)]
mod simulation;

/// Alarms of one region, found by what they watch.
pub(super) struct Index<'a> {
    snapshot: &'a Snapshot,
    region: &'a str,
    alarms: Option<&'a RegionAlarms>,
    by_metric: BTreeMap<&'a str, Vec<(&'a MetricStat, &'a MetricAlarm)>>,
    composites: Vec<(&'a CompositeAlarm, Option<AlarmRule>)>,
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
        let composites = composites.iter().map(|composite| (composite, AlarmRule::parse(&composite.rule))).collect();
        Self { snapshot, region, alarms, by_metric, composites }
    }

    /// The best road from what a filter publishes to a subscriber. `neighbours` are all filters of the log group.
    pub(super) fn follow(
        &self,
        filter: &MetricFilter,
        transformation: &MetricTransformation,
        neighbours: &[MetricFilter],
    ) -> Tail {
        let metric = Metric { namespace: transformation.namespace.clone(), name: transformation.name.clone() };
        let named = self.by_metric.get(metric.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let roads = named
            .iter()
            .filter(|(stat, _)| stat.namespace == metric.namespace)
            .map(|(stat, alarm)| self.through(alarm, stat, filter, transformation, neighbours, &metric));
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
        let why = because_in(self.snapshot, "cloudwatch:DescribeAlarms", self.region, None);
        let message = format!("alarms on metric {}/{} could not all be read{why}", metric.namespace, metric.name);
        let resource = format!("{}/{}", metric.namespace, metric.name);
        let unread = Reason::new(Code::AlarmUnread, resource, message);
        match best.outcome {
            Outcome::Broken(_) => Tail { outcome: Outcome::of(unread), ..best },
            Outcome::Whole | Outcome::Unknown(_) => Tail { unread: Some(unread), ..best },
        }
    }

    /// No alarm watches the metric: the nearest miss says why.
    fn none(&self, metric: &Metric, named: &[(&MetricStat, &MetricAlarm)]) -> Tail {
        let full = format!("{}/{}", metric.namespace, metric.name);
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
    fn through(
        &self,
        alarm: &MetricAlarm,
        stat: &MetricStat,
        filter: &MetricFilter,
        transformation: &MetricTransformation,
        neighbours: &[MetricFilter],
        metric: &Metric,
    ) -> Tail {
        let step = AlarmStep {
            arn: alarm.arn.clone(),
            metrics: vec![metric.clone()],
            topics: topics(&alarm.actions).map(str::to_owned).collect(),
        };
        let (fires, warnings) = self.fires(alarm, stat, filter, transformation, neighbours);
        let acts = match &fires {
            Outcome::Broken(_) => Tail::ends(Outcome::Whole),
            Outcome::Whole | Outcome::Unknown(_) => {
                self.acts(&alarm.arn, &alarm.name, &alarm.actions, &mut BTreeSet::new())
            }
        };
        let mut tail = Tail { outcome: fires.and(acts.outcome.clone()), ..acts };
        tail.alarms.insert(0, step);
        tail.warnings.splice(0..0, warnings);
        tail
    }

    /// Whether the alarm goes to ALARM on what the filter publishes.
    fn fires(
        &self,
        alarm: &MetricAlarm,
        stat: &MetricStat,
        filter: &MetricFilter,
        transformation: &MetricTransformation,
        neighbours: &[MetricFilter],
    ) -> (Outcome, Vec<Warning>) {
        let of = |code, message| Reason::new(code, &alarm.arn, message);
        let metric = format!("{}/{}", transformation.namespace, transformation.name);
        let mut warnings = Vec::new();
        match self.sees(alarm, stat, filter, transformation) {
            Ok(narrowed) => warnings.extend(narrowed),
            Err(reason) => return (Outcome::of(reason), warnings),
        }
        let Some(value) = transformation.value.trim().parse::<f64>().ok().filter(|value| value.is_finite()) else {
            let message = format!("the metric filter publishes {} instead of a number", transformation.value);
            return (Outcome::of(Reason::new(Code::MetricFilterValueUndecided, metric, message)), warnings);
        };
        let same = |other: &&MetricTransformation| {
            other.namespace == transformation.namespace && other.name == transformation.name
        };
        let all = neighbours.iter().flat_map(|filter| &filter.transformations).filter(same);
        let published = Published {
            account: self.snapshot.account_id.clone(),
            namespace: transformation.namespace.clone(),
            name: transformation.name.clone(),
            value,
            // Defaults carry no dimension (CloudWatch Logs API reference, MetricTransformation).
            defaults: if stat.dimensions.is_empty() {
                all.filter_map(|transformation| transformation.default_value).collect()
            } else {
                Vec::new()
            },
        };
        let firing = firing::judge(alarm, &published);
        let mut outcome = match firing.reach {
            Reach::Never(_) if value == 0.0 => {
                let message = "the metric filter publishes 0 for an event, so no alarm can tell it";
                Outcome::of(Reason::new(Code::MetricFilterZeroValue, metric, message))
            }
            Reach::Never(why) => {
                Outcome::of(of(Code::AlarmNeverFires, format!("alarm {} never fires: {why}", alarm.name)))
            }
            Reach::Undecided(why) => Outcome::of(of(
                Code::AlarmUndecided,
                format!("whether alarm {} fires cannot be decided: {why}", alarm.name),
            )),
            Reach::Sometimes(why) => {
                warnings.push(of(Code::AlarmNotEveryEvent, format!("alarm {} may stay silent: {why}", alarm.name)));
                Outcome::Whole
            }
            Reach::Every => Outcome::Whole,
        };
        if let Some((why, not_at_all)) = firing::not_evaluated(alarm) {
            let message = format!("alarm {} is not evaluated at present: {why}", alarm.name);
            if not_at_all {
                outcome = outcome.and(Outcome::of(of(Code::AlarmEvaluationError, message)));
            } else {
                warnings.push(of(Code::AlarmNotEvaluated, message));
            }
        }
        if firing.always {
            let message = format!("alarm {} is in ALARM without any such event, so one changes nothing", alarm.name);
            warnings.push(of(Code::AlarmAlwaysFiring, message));
        }
        if firing.latches {
            let message = format!("alarm {} ignores missing data, so after its first ALARM it stays there", alarm.name);
            warnings.push(of(Code::AlarmLatches, message));
        }
        (outcome, warnings)
    }

    /// Whether the alarm sees the filter's samples at all: dimensions and unit are part of what it asks for.
    fn sees(
        &self,
        alarm: &MetricAlarm,
        stat: &MetricStat,
        filter: &MetricFilter,
        transformation: &MetricTransformation,
    ) -> Result<Option<Warning>, Reason> {
        let unit = transformation.unit.as_deref().unwrap_or("None");
        if let Some(wanted) = stat.unit.as_deref().filter(|wanted| *wanted != unit) {
            let message =
                format!("alarm {} asks for unit {wanted}, the metric filter publishes unit {unit}", alarm.name);
            return Err(Reason::new(Code::AlarmUnit, &alarm.arn, message));
        }
        let mut published: Vec<&str> = transformation.dimensions.keys().map(String::as_str).collect();
        published.extend(filter.emit_system_field_dimensions.iter().map(String::as_str));
        published.sort_unstable();
        let asked: Vec<&str> = stat.dimensions.keys().map(String::as_str).collect();
        if asked.is_empty() && filter.emit_system_field_dimensions.is_empty() {
            // An event that lacks a dimension's field was seen to be published without any dimension.
            let lacking = transformation.dimensions.values().find(|field| !ALWAYS_THERE.contains(&field.as_str()));
            if let Some(field) = lacking {
                let message = format!("alarm {} sees only events without {field}", alarm.name);
                return Ok(Some(Reason::new(Code::AlarmNotEveryEvent, &alarm.arn, message)));
            }
        }
        if published != asked {
            let message = format!(
                "alarm {} watches the metric with {}, the metric filter publishes it with {}",
                alarm.name,
                dimensions(&asked),
                dimensions(&published)
            );
            return Err(Reason::new(Code::AlarmDimensions, &alarm.arn, message));
        }
        // Every record of the account carries the account in these (CloudTrail record contents, `recipientAccountId`).
        let of_account = |name: &str| {
            let selector = transformation.dimensions.get(name).map(String::as_str);
            name == "@aws.account" || selector == Some("$.recipientAccountId")
        };
        let own = |name: &str, value: &str| of_account(name) && value == self.snapshot.account_id;
        let narrow = stat.dimensions.iter().find(|(name, value)| !own(name, value));
        Ok(narrow.map(|(name, value)| {
            let message = format!("alarm {} sees only events whose {name} is {value}", alarm.name);
            Reason::new(Code::AlarmNotEveryEvent, &alarm.arn, message)
        }))
    }

    /// The best road from an alarm's actions, its own or those of a composite alarm above it.
    fn acts(&self, arn: &str, name: &str, actions: &AlarmActions, visited: &mut BTreeSet<String>) -> Tail {
        let own = self.own_actions(arn, name, actions);
        if matches!(own.outcome, Outcome::Whole) && own.soundness() == Soundness::Sound {
            return own;
        }
        let is_it = |named: &str| named == name || named == arn;
        let above = self.composites.iter().filter_map(|(composite, rule)| match rule {
            // Alarms may name each other in a ring: each is followed once.
            Some(rule) if rule.names(&is_it) && visited.insert(composite.arn.clone()) => {
                Some(self.above(composite, rule, name, &is_it, visited))
            }
            None if composite.rule.contains(name) => {
                let message = format!("the rule of composite alarm {} above {name} cannot be followed", composite.name);
                Some(Tail::ends(Outcome::of(Reason::new(Code::AlarmUndecided, &composite.arn, message))))
            }
            Some(_) | None => None,
        });
        // An own road that at least leads to a topic says more than a composite alarm that is broken too.
        Tail::best(std::iter::once(own).chain(above)).unwrap_or_else(|| Tail::ends(Outcome::Whole))
    }

    fn own_actions(&self, arn: &str, name: &str, actions: &AlarmActions) -> Tail {
        let broken = |code, message| Tail::ends(Outcome::of(Reason::new(code, arn, message)));
        let named = topics(actions);
        if !actions.enabled {
            return broken(Code::AlarmActionsDisabled, format!("the actions of alarm {name} are switched off"));
        }
        let (always, at_times) = self.muted(arn, name);
        if let Some(reason) = always {
            return Tail::ends(Outcome::of(reason));
        }
        if actions.alarm.is_empty() {
            let others = if actions.ok.is_empty() && actions.insufficient_data.is_empty() {
                ""
            } else {
                ", only for other states, which tell nobody of an event"
            };
            return broken(Code::AlarmNoAction, format!("alarm {name} has no action for ALARM{others}"));
        }
        let message = Message { alarm_arn: arn, alarm_name: name };
        match Tail::best(named.map(|topic| topic::follow(self.snapshot, &message, topic))) {
            Some(mut tail) => {
                tail.warnings.splice(0..0, at_times);
                tail
            }
            None => broken(Code::AlarmActionNotTopic, format!("no action of alarm {name} is an SNS topic")),
        }
    }

    /// What mute rules do to an alarm's actions: for ever, which breaks the road, or at times.
    fn muted(&self, arn: &str, name: &str) -> (Option<Reason>, Option<Warning>) {
        let Some(rules) = self.alarms.and_then(|alarms| alarms.mute_rules.as_deref()) else {
            let why = mute::unread_because(self.snapshot, self.region);
            let message = format!("whether a mute rule silences alarms in {} could not be read{why}", self.region);
            return (None, Some(Reason::new(Code::AlarmMuteUnread, self.region, message)));
        };
        let mut at_times = None;
        for (rule, muted) in mute::of(rules, name, self.snapshot.collected_at) {
            let when = format!("{} for {}", rule.schedule, rule.duration);
            match muted {
                Muted::Always => {
                    let message = format!("mute rule {} silences alarm {name} at all times: {when}", rule.name);
                    return (Some(Reason::new(Code::AlarmAlwaysMuted, arn, message)), None);
                }
                Muted::AtTimes => {
                    let message = format!("mute rule {} silences alarm {name} at times: {when}", rule.name);
                    at_times = at_times.or(Some(Reason::new(Code::AlarmMuted, arn, message)));
                }
            }
        }
        (None, at_times)
    }

    /// The road through a composite alarm that names the alarm.
    fn above(
        &self,
        composite: &CompositeAlarm,
        rule: &AlarmRule,
        child: &str,
        is_it: &dyn Fn(&str) -> bool,
        visited: &mut BTreeSet<String>,
    ) -> Tail {
        let of = |code, message: String| Reason::new(code, &composite.arn, message);
        let mut warnings = Vec::new();
        let follows = match rule.follows(is_it) {
            Some(true) => {
                if rule.names_others(is_it) {
                    let message = format!(
                        "composite alarm {} sends nothing for {child} while another alarm holds it",
                        composite.name
                    );
                    warnings.push(of(Code::AlarmCompositeShared, message));
                }
                Outcome::Whole
            }
            Some(false) => {
                let message = format!("composite alarm {} is not in ALARM when {child} is", composite.name);
                Outcome::of(of(Code::AlarmCompositeBlocks, message))
            }
            None => {
                let message =
                    format!("composite alarm {} follows {child} only when other alarms allow", composite.name);
                warnings.push(of(Code::AlarmCompositeConditional, message));
                Outcome::Whole
            }
        };
        if let Some(suppressor) = &composite.suppressor {
            let message = format!("composite alarm {} is silent while {suppressor} is in ALARM", composite.name);
            warnings.push(of(Code::AlarmCompositeConditional, message));
        }
        let acts = match follows {
            Outcome::Broken(_) => Tail::ends(Outcome::Whole),
            Outcome::Whole | Outcome::Unknown(_) => {
                self.acts(&composite.arn, &composite.name, &composite.actions, visited)
            }
        };
        let mut tail = Tail { outcome: follows.and(acts.outcome.clone()), ..acts };
        let topics = topics(&composite.actions).map(str::to_owned).collect();
        tail.alarms.insert(0, AlarmStep { arn: composite.arn.clone(), metrics: Vec::new(), topics });
        tail.warnings.splice(0..0, warnings);
        tail
    }
}

/// Fields of every CloudTrail record (CloudTrail user guide, record contents), as selectors.
const ALWAYS_THERE: &[&str] =
    &["$.eventTime", "$.eventVersion", "$.eventSource", "$.eventName", "$.awsRegion", "$.recipientAccountId"];

fn broken_alarm(alarm: &MetricAlarm, account: &str, reason: Reason) -> Tail {
    let mut tail = Tail::ends(Outcome::of(reason));
    let metrics = watched(alarm, account)
        .map(|stat| Metric { namespace: stat.namespace.clone(), name: stat.name.clone() })
        .collect();
    let topics = topics(&alarm.actions).map(str::to_owned).collect();
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

fn topics(actions: &AlarmActions) -> impl Iterator<Item = &str> {
    actions.alarm.iter().map(String::as_str).filter(|action| topic::is_topic(action))
}

fn dimensions(names: &[&str]) -> String {
    match names {
        [] => "no dimension".to_owned(),
        [one] => format!("dimension {one}"),
        many => format!("dimensions {}", many.join(", ")),
    }
}
