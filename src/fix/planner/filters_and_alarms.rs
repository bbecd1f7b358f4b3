//! What the middle links need: a metric filter of this program's own where none covers the control by itself, and an
//! alarm on its metric. Filters and alarms that are there are used or left alone, never changed.

use std::sync::Arc;

use filter_pattern::{Candidate, LONGEST, Pattern, is_covered};

use super::super::names::{self, numbered};
use super::super::plan::{Action, Alarm, MetricFilter};
use super::super::simulate;
use super::draft::Draft;
use super::refusal::Refusal;
use super::topic::AlarmTopic;
use crate::arn::LogGroupArn;
use crate::audit;
use crate::cloudtrail;
use crate::finding::facts::{FilterProblem, LogGroupProblem, RegionProblem};
use crate::finding::{Code, Facts, Finding, Grade, Link, Reason, Status, Unread, Verdict};
use crate::refused::NOT_IN_METRICS;
use crate::rule::Rule;
use crate::snapshot::{self, MetricAlarm, MetricTransformation};

/// A log group has at most so many metric filters (CloudWatch Logs quotas).
const FILTERS: usize = 100;
/// The longest metric name (`MetricTransformation`).
const METRIC: usize = 255;
/// How many names are tried: more than anyone has alarms of one name.
const NUMBERS: u32 = 1_000;

impl Draft<'_> {
    /// A filter that covers the control, or, where there is one, an alarm on its metric.
    pub(super) fn plan_own_path(&mut self, finding: &Finding, reason: &Reason, rule: &Rule) -> Result<(), Refusal> {
        let Some(group) = self.group_of(finding, reason) else { return Err(Refusal::from_reason(reason)) };
        let Some(filters) = group.metric_filters.clone() else {
            let why = Unread::find_of(self.before, &["logs:DescribeMetricFilters"], &group.arn);
            let facts = Facts::log_group(&group.arn, LogGroupProblem::FiltersUnread { for_plan: true });
            return Err(Refusal::from_reason(&Reason::new(facts).because(why)));
        };
        // Where its metrics would be is not known.
        let Some(region) = group.arn.region() else { return Err(Refusal::from_reason(reason)) };
        // A new alarm's name would replace one that was not read.
        let alarms = self.account.alarms_in(region);
        let has_gap = |gap: &snapshot::Gap| {
            gap.region == region && gap.source.question().starts_with("cloudwatch:DescribeAlarms")
        };
        if alarms.is_none_or(|alarms| !alarms.complete) && !self.before.gaps.iter().any(has_gap) {
            return Err(self.never_asked(Code::AlarmUnread, &format!("every alarm of {region}")));
        }
        if !alarms.is_some_and(|alarms| alarms.complete) {
            let why = Unread::find(self.before, &["cloudwatch:DescribeAlarms"], region, None);
            return Err(Refusal::from_reason(
                &Reason::new(Facts::region(region, RegionProblem::AlarmsUnread)).because(why),
            ));
        }
        let mut sound: Vec<&snapshot::MetricFilter> =
            filters.iter().filter(|filter| self.is_sound(filter, region, rule)).collect();
        sound.sort_by_key(|filter| !finding.chain.has(Link::MetricFilter, &filter.name));
        match sound.first().and_then(|filter| filter.transformations.first()) {
            Some(metric) => self.create_alarm(region, metric, finding, reason, rule),
            None => self.create_filter(&group.arn, region, filters.len(), reason, rule),
        }
    }

    /// The log group whose filters are asked about.
    fn group_of(&self, finding: &Finding, reason: &Reason) -> Option<snapshot::LogGroup> {
        let named = reason.resource().and_then(|arn| self.account.log_group(arn));
        let in_chain = || finding.chain.log_group().and_then(|arn| self.account.log_group(arn));
        let of_region = || {
            let here = self.account.trails().iter().filter(|trail| trail.home_region == self.before.region);
            here.filter_map(|trail| trail.log_group_arn.as_ref()).find_map(|arn| self.account.log_group(arn))
        };
        named.or_else(in_chain).or_else(of_region).cloned()
    }

    /// Whether an alarm of `Sum` >= 1 on the filter's metric notifies of each event of the control and of no others.
    fn is_sound(&self, filter: &snapshot::MetricFilter, region: &str, rule: &Rule) -> bool {
        let [transformation] = filter.transformations.as_slice() else { return false };
        let counts = transformation.value.trim().parse::<f64>().is_ok_and(|value| value.is_finite() && value >= 1.0);
        let plain = transformation.dimensions.is_empty() && filter.emit_system_field_dimensions.is_empty();
        let others = || {
            self.filters_in(region).filter(|other| publishes(other, &transformation.namespace, &transformation.name))
        };
        let no_default = |other: &snapshot::MetricFilter| {
            other.transformations.iter().all(|each| each.default_value.is_none_or(|value| value == 0.0))
        };
        let is_quiet = |other: &snapshot::MetricFilter| audit::is_quiet(other);
        counts
            && plain
            && (self.verdict != Verdict::SecurityHub || takes(rule, &filter.pattern))
            && others().all(|other| no_default(other) && is_quiet(other))
            && rule.demand.events().is_some_and(|events| audit::covers_alone(filter, events) == Some(true))
    }

    /// Metric filters of every log group of a region that was looked at.
    fn filters_in(&self, region: &str) -> impl Iterator<Item = &snapshot::MetricFilter> {
        let here = move |group: &&snapshot::LogGroup| group.arn.region() == Some(region);
        self.account.log_groups.iter().filter(here).flat_map(|group| group.metric_filters.iter().flatten())
    }

    fn create_filter(
        &mut self,
        group: &LogGroupArn,
        region: &str,
        count: usize,
        reason: &Reason,
        rule: &Rule,
    ) -> Result<(), Refusal> {
        let planned = |(action, _): &&(Action, _)| matches!(action, Action::CreateMetricFilter(filter) if filter.log_group_arn == *group);
        let fresh = self.fresh.iter().filter_map(|id| self.steps.get(id)).filter(planned).count();
        if count + fresh >= FILTERS {
            let had = self.before.log_group(group).and_then(|group| group.metric_filters.as_ref()).map_or(0, Vec::len);
            let added = match count + fresh - had.min(count) {
                0 => String::new(),
                added => format!(", other controls need {added} more"),
            };
            // What is wrong now may be that of a filter which is only planned.
            let obstacle = self.obstacle(reason, rule);
            let why = format!(
                "{}; the log group has {had} metric filters{added}, and it may have {FILTERS}: delete one that is not needed",
                obstacle.message()
            );
            return Err(Refusal::new(obstacle.code(), why));
        }
        if let Some(rest) = self.missing_part(group, reason, rule) {
            self.finish_log_group(group, rule);
            self.put(rule, Action::CreateMetricFilter(rest));
            return Ok(());
        }
        let Some((pattern, named)) = self.text(rule).zip(rule.demand.events().map(|events| &events.metric_name)) else {
            let why = format!("{}; no pattern of the control covers it and satisfies the verdict", reason.message());
            return Err(Refusal::new(reason.code(), why));
        };
        let all = || self.account.log_groups.iter().flat_map(|group| group.metric_filters.iter().flatten());
        let name = self.free(&self.names.control(&rule.slug), names::FILTER, reason, |name| {
            all().any(|filter| filter.name == name)
        })?;
        let namespace = self.options.namespace_of(rule);
        let is_published = |metric: &str| self.filters_in(region).any(|filter| publishes(filter, namespace, metric));
        let metric = if is_published(named) {
            let base = if rule.is_benchmarks { format!("CisAudit{named}") } else { named.clone() };
            self.free(&base, METRIC, reason, is_published)?
        } else {
            named.clone()
        };
        let filter = MetricFilter {
            log_group_arn: group.clone(),
            name,
            pattern: pattern.to_owned(),
            namespace: namespace.to_owned(),
            metric,
        };
        self.finish_log_group(group, rule);
        self.put(rule, Action::CreateMetricFilter(filter));
        Ok(())
    }

    /// A filter of exactly what this program's own filter of the control misses, as one does that was written with exceptions
    /// once these are over: on the same metric, so that the same alarm notifies. `None`: the language has no words for it, not
    /// so few, or the control does not pass with it.
    fn missing_part(&self, group: &LogGroupArn, reason: &Reason, rule: &Rule) -> Option<MetricFilter> {
        let Facts::MetricFilter { filters: named, problem: FilterProblem::MissesEvents { holes, .. } } = &*reason.facts
        else {
            return None;
        };
        let filters = self.account.log_group(group)?.metric_filters.as_ref()?;
        let base = self.names.control(&rule.slug);
        let is_own = |filter: &&snapshot::MetricFilter| {
            named.contains(&filter.name) && names::is_numbered(&base, &filter.name) && filter.transformations.len() == 1
        };
        let own = filters.iter().find(is_own)?;
        let metric = own.transformations.first()?;
        let pattern = holes.pattern().filter(|pattern| audit::routine(pattern).is_none())?;
        let is_taken = |name: &str| {
            let all = self.account.log_groups.iter().flat_map(|group| group.metric_filters.iter().flatten());
            all.into_iter().any(|filter| filter.name == name)
        };
        let filter = MetricFilter {
            log_group_arn: group.clone(),
            name: self.free(&base, names::FILTER, reason, is_taken).ok()?,
            pattern: pattern.to_string(),
            namespace: metric.namespace.clone(),
            metric: metric.name.clone(),
        };
        let (mut account, mut survey) = (self.account.clone(), self.survey.clone());
        simulate::apply_to(&mut account, &mut survey, &Action::CreateMetricFilter(filter.clone()));
        let rules: Vec<Arc<Rule>> = self.rules.iter().filter(|known| known.id == rule.id).cloned().collect();
        let report = audit::audit(&account, &rules).decided_by(self.verdict);
        report.findings().all(|finding| finding.status == Status::Pass).then_some(filter)
    }

    /// The text that a new filter gets: one that covers the control and matches no routine event; if there is one, one
    /// that Security Hub CSPM takes as well where it has the control.
    fn text<'r>(&self, rule: &'r Rule) -> Option<&'r str> {
        let hub = rule.security_hub.as_ref().filter(|hub| hub.versions.contains(&rule.benchmark));
        let events = rule.demand.events()?;
        let own = std::iter::once(&events.pattern).chain(&events.accepts);
        let texts = own.chain(hub.iter().flat_map(|hub| &hub.texts));
        let fits: Vec<&str> = texts
            .filter(|text| text.source().chars().count() <= LONGEST && audit::routine(text).is_none())
            .filter(|text| is_covered(&[Candidate::new(text)], &events.requires, cloudtrail::events()))
            .map(Pattern::source)
            .collect();
        let taken = fits.iter().find(|text| takes(rule, text)).filter(|_| hub.is_some());
        let other = fits.first().filter(|_| self.verdict != Verdict::SecurityHub);
        taken.or(other).copied()
    }

    /// The first of a name and its numbered variants that is free.
    fn free(
        &self,
        base: &str,
        longest: usize,
        reason: &Reason,
        is_taken: impl Fn(&str) -> bool,
    ) -> Result<String, Refusal> {
        let fits = |name: &String| name.len() <= longest && !name.contains(NOT_IN_METRICS) && !is_taken(name);
        (1..NUMBERS)
            .map(|number| numbered(base, number))
            .find(fits)
            .ok_or_else(|| Refusal::new(reason.code(), format!("{}; no name like {base} is free", reason.message())))
    }

    fn create_alarm(
        &mut self,
        region: &str,
        metric: &MetricTransformation,
        finding: &Finding,
        reason: &Reason,
        rule: &Rule,
    ) -> Result<(), Refusal> {
        let alarms = self.account.alarms_in(region);
        let is_taken = |name: &str| {
            alarms.is_some_and(|alarms| {
                let metric = alarms.metric_alarms.iter().map(|alarm| &alarm.name);
                let composite = alarms.composite_alarms.iter().map(|alarm| &alarm.name);
                let log = alarms.log_alarms.iter().map(|alarm| &alarm.name);
                let muted = alarms.mute_rules.iter().flatten().flat_map(|rule| &rule.alarms);
                metric.chain(composite).chain(log).chain(muted).any(|taken| taken == name)
            })
        };
        let name = self.free(&self.names.control(&rule.slug), names::ALARM, reason, is_taken)?;
        let arn = self.names.alarm_arn(region, &name);
        let alarm_topic = self.topic_for(region, &arn, &name)?;
        let alarm = Alarm {
            arn,
            description: description(rule),
            namespace: metric.namespace.clone(),
            metric: metric.name.clone(),
            period: self.options.alarm_period,
            topic_arn: alarm_topic.arn().clone(),
            tags: self.tags(),
        };
        if let Some(like) = self.like(region, &alarm, &name) {
            // The audit reports another path, but it is this one that is to be fixed.
            let (arn, name) = (like.arn.clone(), like.name.clone());
            let (behind, _) = audit::delivery(&self.account, &arn, &name, &alarm.topic_arn);
            return match behind.filter(|behind| behind.grade() == Grade::Broken && behind != reason) {
                Some(behind) => self.fix(finding, &behind, rule),
                None => Err(Refusal::from_reason(reason)),
            };
        }
        match &alarm_topic {
            AlarmTopic::New(arn) => self.create_topic(arn, rule)?,
            AlarmTopic::Existing(arn) => self.add_subscribers(arn, rule),
        }
        self.put(rule, Action::CreateAlarm(alarm));
        Ok(())
    }

    /// Such an alarm, if there is one already: a second one would be no better.
    fn like(&self, region: &str, alarm: &Alarm, name: &str) -> Option<&MetricAlarm> {
        let wanted = simulate::as_read(alarm, name);
        let alarms = self.account.alarms_in(region);
        let is_muted = |name: &String| {
            let rules = alarms.iter().flat_map(|alarms| alarms.mute_rules.iter().flatten());
            rules.into_iter().any(|rule| rule.alarms.contains(name))
        };
        let like = |other: &&MetricAlarm| {
            (&other.watches, other.threshold, &other.comparison, other.evaluation_periods, &other.treat_missing_data)
                == (
                    &wanted.watches,
                    wanted.threshold,
                    &wanted.comparison,
                    wanted.evaluation_periods,
                    &wanted.treat_missing_data,
                )
                && other.actions.enabled
                && other.actions.alarm.iter().any(|action| alarm.topic_arn == *action)
                && !is_muted(&other.name)
        };
        alarms.and_then(|alarms| alarms.metric_alarms.iter().find(like))
    }
}

/// What an alarm says of its control.
fn description(rule: &Rule) -> String {
    let Rule { title, id, benchmark, .. } = rule;
    if rule.is_benchmarks {
        format!("{title} (CIS AWS Foundations Benchmark {benchmark}, {id})")
    } else {
        format!("{title} ({id})")
    }
}

fn publishes(filter: &snapshot::MetricFilter, namespace: &str, metric: &str) -> bool {
    filter.transformations.iter().any(|each| each.namespace == namespace && each.name == metric)
}

/// Whether Security Hub CSPM takes a text for the control.
fn takes(rule: &Rule, text: &str) -> bool {
    rule.security_hub.as_ref().is_some_and(|hub| audit::hub_takes(hub, text))
}
