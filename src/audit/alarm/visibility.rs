//! What an alarm sees of what a metric filter publishes, and whether it goes to ALARM on it.
//!
//! A metric is a name, a namespace and one set of dimensions, and samples have a unit: an alarm that asks for others sees
//! none of them. Other filters may publish to the same metric. How the samples are evaluated is [`evaluation`]'s
//! knowledge.

use super::evaluation::{self, Neighbour, Published, Reach};
use super::index::Index;
use super::narrowing::Narrowing;
use super::source::Source;
use crate::audit::link::LinkOutcome;
use crate::audit::trail;
use crate::cloudtrail;
use crate::finding::facts::{AlarmProblem, MetricProblem, Routine};
use crate::finding::{Facts, Reason, Warning};
use crate::snapshot::{EvaluationWindow, MetricAlarm, MetricFilter, MetricStat, MetricTransformation};

/// Fields of every CloudTrail record (CloudTrail user guide, record contents), as selectors.
const ALWAYS_THERE: &[&str] =
    &["$.eventTime", "$.eventVersion", "$.eventSource", "$.eventName", "$.awsRegion", "$.recipientAccountId"];

impl Index<'_> {
    /// Whether the alarm goes to ALARM on what the filter publishes.
    pub(super) fn fires(&self, alarm: &MetricAlarm, stat: &MetricStat, source: &Source<'_>) -> Fires {
        let reason_for = |problem| reason(alarm, problem);
        let Source { transformation, .. } = source;
        let mut warnings = Vec::new();
        let narrowing = match self.sees(alarm, stat, source) {
            Ok(Seen { narrowing, warning }) => {
                warnings.extend(warning);
                narrowing
            }
            Err(reason) => return Fires { outcome: LinkOutcome::from_reason(reason), warnings, narrowing: None },
        };
        let metric = format!("{}/{}", transformation.namespace, transformation.name);
        let Some(value) = number(&transformation.value) else {
            let value = transformation.value.clone();
            let problem = if cloudtrail::may_have(value.trim()) {
                MetricProblem::ValueUndecided { value }
            } else {
                MetricProblem::ValueAbsent { value }
            };
            return Fires {
                outcome: LinkOutcome::from_reason(Reason::new(Facts::metric(&metric, problem))),
                warnings,
                narrowing,
            };
        };
        let published = self.published(stat, source, value);
        let firing = evaluation::judge(alarm, &published);
        let mut outcome = match firing.reach {
            Reach::Never(_) if value == 0.0 => {
                LinkOutcome::from_reason(Reason::new(Facts::metric(&metric, MetricProblem::ZeroValue)))
            }
            Reach::Never(why) => LinkOutcome::from_reason(reason_for(AlarmProblem::NeverFires { why })),
            Reach::Undecided(why) => LinkOutcome::from_reason(reason_for(AlarmProblem::FiringUndecided { why })),
            // What is in ALARM anyway is handled below.
            Reach::Sometimes(_) if firing.always => LinkOutcome::Whole,
            Reach::Sometimes(why) => {
                warnings.push(reason_for(AlarmProblem::MaySilent { why }));
                LinkOutcome::Whole
            }
            Reach::Every => LinkOutcome::Whole,
        };
        match evaluation::evaluation_state(alarm) {
            None => {}
            Some(evaluation::EvaluationState::Never) => {
                outcome = outcome.and(LinkOutcome::from_reason(reason_for(AlarmProblem::EvaluationError)));
            }
            Some(evaluation::EvaluationState::NotNow(why)) => {
                warnings.push(reason_for(AlarmProblem::NotEvaluated { why }));
            }
            Some(evaluation::EvaluationState::Undecided(state)) => {
                warnings.push(reason_for(AlarmProblem::EvaluationUndecided { state }));
            }
        }
        warnings.extend(self.timing(alarm));
        if firing.always {
            outcome = outcome.and(LinkOutcome::from_reason(reason_for(AlarmProblem::AlwaysFiring)));
        } else if let Some(held) = self.held_by_another(stat, source) {
            let problem = reason_for(AlarmProblem::HeldByFilter {
                filter: held.filter.to_owned(),
                what: held.what,
                is_all: held.is_all,
            });
            // The one breaks the path, the other weakens it.
            if held.is_all {
                outcome = outcome.and(LinkOutcome::from_reason(problem));
            } else {
                warnings.push(problem);
            }
        }
        if firing.latches {
            warnings.push(reason_for(AlarmProblem::Latches));
        }
        Fires { outcome, warnings, narrowing }
    }

    /// Whether the alarm acts when an event comes, or later.
    fn timing(&self, alarm: &MetricAlarm) -> Vec<Warning> {
        let reason_for = |problem| reason(alarm, problem);
        let mut warnings = Vec::new();
        if let Some(period) = evaluation::sees_late(alarm) {
            warnings.push(reason_for(AlarmProblem::Late { period }));
        }
        if alarm.window == Some(EvaluationWindow::Other) {
            warnings.push(reason_for(AlarmProblem::WindowUndecided));
        }
        if let Some(minutes) = evaluation::may_be_warming_up(alarm, self.snapshot.collected_at) {
            warnings.push(reason_for(AlarmProblem::WarmUp { minutes }));
        }
        warnings
    }

    /// The samples of the dimensions that the alarm asks for.
    fn published<'a>(&'a self, stat: &'a MetricStat, source: &Source<'a>, value: f64) -> Published<'a> {
        // Defaults carry no dimension (CloudWatch Logs API reference, MetricTransformation).
        let default = |published: &MetricTransformation| published.default_value.filter(|_| stat.dimensions.is_empty());
        let neighbours = source.neighbours().map(|(_, filter, other)| Neighbour {
            value: number(&other.value).filter(|_| names(filter, other) == asked(stat)),
            default: default(other),
        });
        Published {
            account: &self.snapshot.account_id,
            stat,
            unit: unit(source.transformation),
            value,
            default: default(source.transformation),
            neighbours: neighbours.collect(),
        }
    }

    /// Another filter on the metric that matches what happens every day; one that matches all of it before others.
    fn held_by_another<'a>(&self, stat: &MetricStat, source: &Source<'a>) -> Option<Held<'a>> {
        let held = source.neighbours().filter_map(|(parsed, filter, other)| {
            let is_same_metric = names(filter, other) == asked(stat);
            let counts = number(&other.value).is_none_or(|value| value > 0.0);
            if !is_same_metric || !counts {
                return None;
            }
            // Of what it matches only the events count that have the values which the alarm asks for.
            let seen = Narrowing::by_dimensions(other, stat).map(|narrowing| parsed.narrowed(&narrowing));
            let parsed = seen.as_ref().unwrap_or(parsed);
            let is_all = number(&other.value).is_some() && parsed.matches_all_routine();
            Some(Held { filter: &filter.name, what: parsed.routine()?, is_all })
        });
        held.reduce(|first, next| if next.is_all && !first.is_all { next } else { first })
    }

    /// Whether the alarm sees the filter's samples at all: dimensions and unit are part of what it asks for.
    pub(super) fn sees(&self, alarm: &MetricAlarm, stat: &MetricStat, source: &Source<'_>) -> Result<Seen, Reason> {
        let Source { filter, transformation, .. } = source;
        let reason_for = |problem| reason(alarm, problem);
        let unit = unit(transformation);
        if let Some(wanted) = stat.unit.as_deref().filter(|wanted| *wanted != unit) {
            return Err(reason_for(AlarmProblem::Unit { asked: wanted.to_owned(), published: unit.to_owned() }));
        }
        let (published, asked) = (names(filter, transformation), asked(stat));
        if asked.is_empty() && filter.emit_system_field_dimensions.is_empty() {
            // An event that lacks a dimension's field was seen to be published without any dimension.
            let lacking = transformation.dimensions.values().filter(|field| !ALWAYS_THERE.contains(&field.as_str()));
            let lacking: Vec<String> = lacking.cloned().collect();
            if !lacking.is_empty() {
                return Ok(Seen { narrowing: Some(Narrowing::Without(lacking)), warning: None });
            }
        }
        if published != asked {
            let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
            return Err(reason_for(AlarmProblem::Dimensions { asked: owned(asked), published: owned(published) }));
        }
        // An organization's trail brings the records of other accounts too.
        let is_own = || trail::recorded(&self.snapshot).only_account.is_some();
        // Of a member's events it is a member's number that counts, wherever the alarm is.
        // Every record of the account carries the account in these (CloudTrail record contents, `recipientAccountId`).
        let of_account = |name: &str| {
            let selector = transformation.dimensions.get(name).map(String::as_str);
            name == "@aws.account" || (selector == Some("$.recipientAccountId") && is_own())
        };
        let account = self.snapshot.whose_events();
        let foreign = stat.dimensions.iter().find(|(name, value)| of_account(name) && value.as_str() != account);
        if let Some((name, value)) = foreign {
            return Err(reason_for(AlarmProblem::ForeignEvents { dimension: name.clone(), value: value.clone() }));
        }
        let narrow = || stat.dimensions.iter().filter(|(name, _)| !of_account(name));
        let narrowing =
            Narrowing::by_dimensions(transformation, stat).and_then(|narrowing| narrowing.without(of_account));
        // Of the service's own dimensions it is not known which events have which value.
        let own = narrow().find(|(name, _)| !transformation.dimensions.contains_key(*name));
        let only = |(name, value): (&String, &String)| {
            reason_for(AlarmProblem::OnlyWhere { dimension: name.clone(), value: value.clone() })
        };
        Ok(Seen { narrowing, warning: own.map(only) })
    }
}

/// Whether an alarm goes to ALARM on what a filter publishes.
pub(super) struct Fires {
    pub(super) outcome: LinkOutcome,
    pub(super) warnings: Vec<Warning>,
    /// Of which of the filter's events, if not of all.
    pub(super) narrowing: Option<Narrowing>,
}

/// A filter that keeps an alarm in ALARM.
struct Held<'a> {
    filter: &'a str,
    /// Something of every day that it matches.
    what: Routine,
    /// It matches all of every day.
    is_all: bool,
}

/// What an alarm sees of what a filter publishes.
pub(super) struct Seen {
    pub(super) narrowing: Option<Narrowing>,
    warning: Option<Warning>,
}

/// `metricValue`, where it is a number.
pub(super) fn number(value: &str) -> Option<f64> {
    value.trim().parse::<f64>().ok().filter(|value| value.is_finite())
}

fn unit(transformation: &MetricTransformation) -> &str {
    transformation.unit.as_deref().unwrap_or("None")
}

/// Names of the dimensions with which a filter publishes what it matches, in order.
fn names<'a>(filter: &'a MetricFilter, transformation: &'a MetricTransformation) -> Vec<&'a str> {
    let mut names: Vec<&str> = transformation.dimensions.keys().map(String::as_str).collect();
    names.extend(filter.emit_system_field_dimensions.iter().map(String::as_str));
    names.sort_unstable();
    names
}

fn asked(stat: &MetricStat) -> Vec<&str> {
    stat.dimensions.keys().map(String::as_str).collect()
}

pub(super) fn reason(alarm: &MetricAlarm, problem: AlarmProblem) -> Reason {
    Reason::new(Facts::alarm(&alarm.name, &alarm.arn, problem))
}
