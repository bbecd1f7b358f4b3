//! An alarm over time: its state from data point to data point, by what the metrics that it watches show. What a data point
//! is worth, and whether it breaches, is `evaluation`'s knowledge; here time passes.
//!
//! Source: CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data". An alarm
//! is evaluated once a minute over a window that slides, or at the end of each calendar period if its window is one of wall
//! clock; periods of less than a minute at that rate. Where data points are missing and all others breach, it goes to ALARM
//! once the oldest is as old as the data points that it asks for. That more data points than it asks for may be looked at
//! then, which can hold a state longer, is left out, as everywhere in the audit.

use std::collections::BTreeSet;

use super::evaluation::{self, Series};
use super::math::Value;
use crate::finding::facts::{Comparison, FiringDoubt};
use crate::snapshot::{EvaluationWindow, MetricAlarm, MetricStat};

/// Seconds in a minute: a metric filter has one data point in each.
const MINUTE: i64 = 60;

/// `StateValue` of an alarm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AlarmState {
    /// `OK`
    Ok,
    /// `ALARM`
    Alarm,
    /// `INSUFFICIENT_DATA`
    #[default]
    InsufficientData,
}

/// A change of an alarm's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    /// Seconds since 1970, at which the evaluation is that brings it.
    pub(crate) at: i64,
    /// The state from then on.
    pub(crate) to: AlarmState,
}

/// What an alarm did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Played {
    /// Before the first change.
    start: AlarmState,
    pub(crate) changes: Vec<Change>,
    /// Seconds between two evaluations.
    step: i64,
}

impl Played {
    /// Of a composite alarm, which is evaluated whenever an alarm changes that it names.
    pub(super) fn of_composite(start: AlarmState, changes: Vec<Change>) -> Self {
        Self { start, changes, step: MINUTE }
    }

    /// The state at a time, changes at it included.
    pub(crate) fn state_at(&self, at: i64) -> AlarmState {
        self.after(self.changes.partition_point(|change| change.at <= at))
    }

    /// Whether the alarm was in ALARM already when the first evaluation came that sees this minute.
    pub(crate) fn is_in_alarm_before(&self, minute: i64) -> bool {
        let seen = (minute.div_euclid(self.step.max(1)) + 1) * self.step;
        self.after(self.changes.partition_point(|change| change.at < seen)) == AlarmState::Alarm
    }

    /// The state after so many changes.
    fn after(&self, changes: usize) -> AlarmState {
        changes.checked_sub(1).and_then(|last| self.changes.get(last)).map_or(self.start, |change| change.to)
    }
}

/// What metrics show: samples of a metric from one second to another, exclusively: values and how often each is there, the
/// smallest first.
pub(super) trait Metrics {
    /// Of one metric.
    fn samples(&self, stat: &MetricStat, from: i64, to: i64) -> Vec<(f64, f64)>;
}

/// An alarm, ready to be played.
pub(super) struct Timeline<'a> {
    series: Series<'a>,
    comparison: Comparison,
    threshold: f64,
    missing: Missing,
    /// Seconds.
    period: i64,
    /// N.
    periods: i64,
    /// M.
    datapoints: usize,
    /// Seconds between two evaluations.
    step: i64,
    /// Before anything is shown.
    start: AlarmState,
}

/// `TreatMissingData`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// `missing`.
    Kept,
    Ignore,
    Breaching,
    NotBreaching,
}

impl<'a> Timeline<'a> {
    /// Of an alarm, if its states follow from data points.
    pub(super) fn new(alarm: &'a MetricAlarm) -> Result<Self, FiringDoubt> {
        let series = Series::parse(&alarm.watches)?;
        let (Some(threshold), Some(comparison)) =
            (alarm.threshold, alarm.comparison.as_deref().and_then(evaluation::comparison))
        else {
            return Err(FiringDoubt::Comparison);
        };
        if let Some(odd) = evaluation::odd_setting(alarm, &series) {
            return Err(odd);
        }
        if series.is_percentile() && alarm.low_samples.as_deref() == Some("ignore") {
            return Err(FiringDoubt::Statistic { name: "a percentile that ignores few samples".to_owned() });
        }
        let missing = match alarm.treat_missing_data.as_deref() {
            Some("ignore") => Missing::Ignore,
            Some("breaching") => Missing::Breaching,
            Some("notBreaching") => Missing::NotBreaching,
            _ => Missing::Kept,
        };
        let period = i64::from(series.period());
        let periods = alarm.evaluation_periods.unwrap_or(1);
        let step = match alarm.window {
            Some(EvaluationWindow::WallClock { .. }) => period,
            _ => period.min(MINUTE),
        };
        let datapoints = usize::try_from(alarm.datapoints_to_alarm.unwrap_or(periods)).unwrap_or(usize::MAX);
        // What the alarm is in without events: its saved state may come from events that are long past.
        let start = match (alarm.state.as_deref(), missing) {
            (Some("OK"), _) | (_, Missing::NotBreaching) => AlarmState::Ok,
            (_, Missing::Breaching) => AlarmState::Alarm,
            _ => AlarmState::InsufficientData,
        };
        let periods = i64::from(periods);
        Ok(Self { series, comparison, threshold, missing, period, periods, datapoints, step, start })
    }

    /// The changes of state while metrics show something in these minutes (seconds since 1970), and until after the last of
    /// them; before the first the alarm has no data.
    pub(super) fn play(&self, minutes: &BTreeSet<i64>, metrics: &impl Metrics) -> Result<Played, FiringDoubt> {
        let (Some(first), Some(last)) = (minutes.first(), minutes.last()) else {
            return Ok(Played { start: self.start, ..Played::default() });
        };
        let window = self.period * self.periods;
        // Evaluations are at multiples of the step; the first that sees the first minute.
        let mut at = (first.div_euclid(self.step) + 1) * self.step;
        let end = last + window + self.step.max(MINUTE);
        let (mut state, mut changes) = (self.start, Vec::new());
        while at <= end {
            let points: Vec<Value> = (0..self.periods)
                .map(|period| self.datapoint(at - (period + 1) * self.period, metrics))
                .collect::<Result<_, _>>()?;
            let next = self.next(state, &points);
            let is_quiet = next == state && minutes.range(at - window..at).next().is_none();
            if next != state {
                changes.push(Change { at, to: next });
                state = next;
            }
            at += self.step;
            // Nothing changes before the next minute in which something is shown.
            if is_quiet && let Some(shown) = minutes.range(at - self.step..).next() {
                at = at.max((shown.div_euclid(self.step) + 1) * self.step);
            }
        }
        Ok(Played { start: self.start, changes, step: self.step })
    }

    fn datapoint(&self, from: i64, metrics: &impl Metrics) -> Result<Value, FiringDoubt> {
        let to = from + self.period;
        match &self.series {
            Series::Stat(stat, _) => evaluation::of_samples(&stat.statistic, &metrics.samples(stat, from, to)),
            Series::Expression { expression, queries } => expression.value(queries, &|stat: &MetricStat, _| {
                evaluation::of_samples(&stat.statistic, &metrics.samples(stat, from, to))
            }),
        }
    }

    /// The state after an evaluation. `points`: the newest first.
    fn next(&self, state: AlarmState, points: &[Value]) -> AlarmState {
        let breaches = |number: f64| evaluation::holds(self.comparison, number, self.threshold);
        let Some(oldest) = points.iter().rposition(|point| !matches!(point, Value::Missing)) else {
            return match self.missing {
                Missing::Ignore => state,
                Missing::Breaching => AlarmState::Alarm,
                Missing::NotBreaching => AlarmState::Ok,
                Missing::Kept => AlarmState::InsufficientData,
            };
        };
        let breaching = points.iter().filter(|point| match point {
            Value::Number(number) => breaches(*number),
            Value::Missing => self.missing == Missing::Breaching,
        });
        if breaching.count() >= self.datapoints {
            return AlarmState::Alarm;
        }
        let all_breach = points.iter().all(|point| match point {
            Value::Number(number) => breaches(*number),
            Value::Missing => true,
        });
        // User guide, "How alarm state is evaluated when data is missing": the rows `- - X - -` and `- - - X -`. Of a metric
        // that has one data point a minute these do not say what periods of less than a minute result in.
        match self.missing {
            Missing::Kept if all_breach && oldest + 1 >= self.datapoints && self.period >= MINUTE => AlarmState::Alarm,
            Missing::Ignore if all_breach => state,
            _ => AlarmState::Ok,
        }
    }
}
