//! When does an alarm go to ALARM? A small simulation of one evaluation, over what a metric filter publishes.
//!
//! A period is described by how many events in it matched the filter and how many did not ([`Traffic`]). From the
//! filter's value and default follow the samples, from the samples the statistic, from that the comparison. An alarm is
//! judged by the periods in which it breaches: none with a matching event, every one, or some.
//!
//! Sources: CloudWatch user guide on alarm evaluation and missing data; CloudWatch Logs user guide on metric filters
//! ("The metric filter's default value is published for each event that does not match" is how the service was seen to
//! behave). What an anomaly band has learned, and how late points count, is beyond it.
//!
//! A metric filter publishes at standard resolution: a data point a minute, at the minute's beginning. An alarm with a
//! period of 10, 20 or 30 s asks at that rate all the same and finds nothing in the periods between (CloudWatch API
//! reference, `PutMetricAlarm`, `Period`), which it treats as missing.

use std::cell::{Cell, OnceCell};

use jiff::Timestamp;

use super::math::{Expression, Value};
use crate::closed::TREAT_MISSING_DATA;
use crate::finding::facts::{
    CalendarPeriod, Comparison, Condition, Counts, FiringDoubt, Never, Pause, ShortPeriods, Silence,
};
use crate::snapshot::{EvaluationWindow, MetricAlarm, MetricQuery, MetricStat, Watched};

/// What a filter publishes to the metric that an alarm sees, and what others publish there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Published<'a> {
    /// The account that the metric is in.
    pub(super) account: &'a str,
    /// How the alarm asks for the metric; what it asks for otherwise is another one.
    pub(super) stat: &'a MetricStat,
    /// The unit of the samples.
    pub(super) unit: &'a str,
    /// The sample of one matching event.
    pub(super) value: f64,
    /// The sample of one event that does not match.
    pub(super) default: Option<f64>,
    /// The other filters on the metric.
    pub(super) neighbours: Vec<Neighbour>,
}

/// What another filter publishes to the metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neighbour {
    /// For an event that it matches; `None` where that is not known, or seen.
    pub(super) value: Option<f64>,
    /// For one that it does not match.
    pub(super) default: Option<f64>,
}

/// How an alarm answers to matching events.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Firing {
    pub(super) reach: Reach,
    /// It breaches, or stays in ALARM, without any matching event.
    pub(super) always: bool,
    /// Once in ALARM it stays there.
    pub(super) latches: bool,
}

/// Which matching events bring the alarm to ALARM.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reach {
    /// None ever: why.
    Never(Never),
    /// One alone may not: why.
    Sometimes(Silence),
    /// Any one.
    Every,
    /// The configuration is beyond the simulation: why.
    Undecided(FiringDoubt),
}

/// One period's events, as one metric filter sees them.
#[derive(Debug, Clone, Copy)]
struct Traffic {
    matching: f64,
    other: f64,
    /// The matching events match the other filters on the metric too.
    shared: bool,
}

impl Traffic {
    const fn new(matching: f64, other: f64) -> Self {
        Self { matching, other, shared: false }
    }

    const fn shared(self) -> Self {
        Self { shared: true, ..self }
    }
}

/// What the metrics of the expression that are not ours show.
#[derive(Debug, Clone, Copy)]
enum Others {
    Missing,
    Show(f64),
}

/// Seconds from one data point of a metric filter's metric to the next: standard resolution.
const RESOLUTION: i32 = 60;

/// No account has been seen to log more CloudTrail events of one kind than this in a second: a threshold above what a
/// period can hold at this rate is out of reach.
const EVENTS_PER_SECOND: f64 = 1000.0;

const QUIET: Traffic = Traffic::new(0.0, 0.0);
const SINGLE: [Traffic; 3] = [Traffic::new(1.0, 0.0), Traffic::new(1.0, 1.0), Traffic::new(1.0, 10_000.0)];
const ORDINARY: [Traffic; 2] = [Traffic::new(0.0, 1.0), Traffic::new(0.0, 10_000.0)];
const OTHERS: [Others; 3] = [Others::Missing, Others::Show(0.0), Others::Show(1000.0)];

/// Judges an alarm that watches what is published, directly or through metric math.
pub(super) fn judge(alarm: &MetricAlarm, published: &Published<'_>) -> Firing {
    let only = |reach| Firing { reach, always: false, latches: false };
    let undecided = |why| only(Reach::Undecided(why));
    if alarm.threshold_metric_id.is_some() {
        return only(Reach::Sometimes(Silence::LearnedBand));
    }
    let series = match Series::parse(&alarm.watches) {
        Ok(series) => series,
        Err(why) => return undecided(why),
    };
    let (Some(threshold), Some(comparison)) = (alarm.threshold, alarm.comparison.as_deref().and_then(comparison))
    else {
        return undecided(FiringDoubt::Comparison);
    };
    if let Some(odd) = odd_setting(alarm, &series) {
        return undecided(odd);
    }
    let trial = Trial { series, published, threshold, comparison, failed: OnceCell::new(), looked: Cell::new(false) };
    let firing = Firing {
        reach: trial.reach(alarm),
        always: trial.breaches_without_events(alarm),
        latches: alarm.treat_missing_data.as_deref() == Some("ignore") && trial.shows_nothing_without_events(),
    };
    match trial.failed.into_inner() {
        Some(why) => undecided(why),
        None if !trial.looked.get() => only(Reach::Never(Never::NotWatched)),
        None => firing,
    }
}

/// A setting that CloudWatch does not accept (API reference, `PutMetricAlarm`), so that its effect is not known.
pub(super) fn odd_setting(alarm: &MetricAlarm, series: &Series<'_>) -> Option<FiringDoubt> {
    let periods = alarm.evaluation_periods.unwrap_or(1);
    let points = alarm.datapoints_to_alarm.unwrap_or(periods);
    let period = series.period();
    if !(1..=periods).contains(&points) {
        return Some(FiringDoubt::Points { points, of: periods });
    }
    if !matches!(period, 10 | 20 | 30) && (period < 60 || period % 60 != 0) {
        return Some(FiringDoubt::Period { period });
    }
    if matches!(alarm.window, Some(EvaluationWindow::WallClock { .. }))
        && !matches!(period, 60 | 300 | 3_600 | 86_400 | 604_800)
    {
        return Some(FiringDoubt::CalendarPeriod { period });
    }
    match alarm.treat_missing_data.as_deref() {
        None => None,
        Some(known) if TREAT_MISSING_DATA.contains(&known) => None,
        Some(other) => Some(FiringDoubt::MissingData { way: other.to_owned() }),
    }
}

/// The calendar period at whose end an alarm sees an event, where that is long after it. A wall clock window looks at
/// periods that are over (CloudWatch user guide, "Alarm evaluation window"); CloudTrail itself takes minutes, so that of a
/// minute or five is no defect.
pub(super) fn sees_late(alarm: &MetricAlarm) -> Option<CalendarPeriod> {
    match (&alarm.window, Series::parse(&alarm.watches).ok()?.period()) {
        (Some(EvaluationWindow::WallClock { .. }), 3_600) => Some(CalendarPeriod::Hour),
        (Some(EvaluationWindow::WallClock { .. }), 86_400) => Some(CalendarPeriod::Day),
        (Some(EvaluationWindow::WallClock { .. }), 604_800) => Some(CalendarPeriod::Week),
        (Some(EvaluationWindow::WallClock { .. } | EvaluationWindow::Sliding | EvaluationWindow::Other) | None, _) => {
            None
        }
    }
}

/// Minutes for which an alarm does nothing after a change, if they may not be over: during them it is in
/// `INSUFFICIENT_DATA` (CloudWatch user guide, "Alarm warm-up periods"). Where its `EvaluationState` says so,
/// [`evaluation_state`] does.
pub(super) fn may_be_warming_up(alarm: &MetricAlarm, now: Timestamp) -> Option<i32> {
    /// The most that there may be: two days.
    const MOST: i32 = 2_880;
    let warm_up = alarm.warm_up.as_ref()?;
    if alarm.evaluation_state.is_some() || matches!(alarm.state.as_deref(), Some("OK" | "ALARM")) {
        return None;
    }
    let minutes = warm_up.minutes.unwrap_or(MOST);
    let is_over = |since: Timestamp| now.as_second() - since.as_second() > i64::from(minutes) * 60;
    (!warm_up.since.is_some_and(is_over)).then_some(minutes)
}

/// How CloudWatch evaluates an alarm that it does not evaluate as configured.
pub(super) enum EvaluationState {
    /// Not at all: its configuration has an error.
    Never,
    /// Not at present: why.
    NotNow(Pause),
    /// In a state that came later.
    Undecided(String),
}

/// By the `EvaluationState` of an alarm, which it has only while something is out of the ordinary.
pub(super) fn evaluation_state(alarm: &MetricAlarm) -> Option<EvaluationState> {
    Some(match alarm.evaluation_state.as_deref().filter(|state| !state.is_empty())? {
        "EVALUATION_ERROR" => EvaluationState::Never,
        "EVALUATION_FAILURE" => EvaluationState::NotNow(Pause::Failure),
        "PARTIAL_DATA" => EvaluationState::NotNow(Pause::PartialData),
        "IN_WARM_UP" => EvaluationState::NotNow(Pause::WarmUp),
        later => EvaluationState::Undecided(later.to_owned()),
    })
}

struct Trial<'a> {
    series: Series<'a>,
    published: &'a Published<'a>,
    threshold: f64,
    comparison: Comparison,
    /// The first thing that could not be followed.
    failed: OnceCell<FiringDoubt>,
    /// What it watches depends on the metric.
    looked: Cell<bool>,
}

impl Trial<'_> {
    fn reach(&self, alarm: &MetricAlarm) -> Reach {
        let most = f64::from(self.series.span()) * EVENTS_PER_SECOND;
        let many = [2.0, 3.0, 5.0, 10.0, 100.0, 1000.0, most]
            .into_iter()
            .flat_map(|matching| [0.0, 10_000.0].map(|other| Traffic::new(matching, other)));
        let alone: Vec<Traffic> = SINGLE.into_iter().chain(many).collect();
        let with_events = || alone.iter().flat_map(|traffic| [*traffic, traffic.shared()]);
        let breaches = |traffic| self.others().iter().map(move |others| self.breaches(traffic, *others));
        if !with_events().any(|traffic| breaches(traffic).any(|breaches| breaches)) {
            // Between two data points a shorter period is missing: an event ends an ALARM of missing data, and the next
            // period begins another.
            let is_reset = self.series.period() < RESOLUTION
                && alarm.treat_missing_data.as_deref() == Some("breaching")
                && self.value(QUIET, Others::Missing) == Value::Missing;
            if is_reset {
                return Reach::Sometimes(Silence::LeavesForSeconds);
            }
            return Reach::Never(Never::OutOfReach { asked: self.condition(), counts: self.counts() });
        }
        if self.series.is_percentile() && alarm.low_samples.as_deref() == Some("ignore") {
            return Reach::Sometimes(Silence::FewSamples);
        }
        let points = alarm.datapoints_to_alarm.or(alarm.evaluation_periods).unwrap_or(1);
        if points > 1 {
            let periods = alarm.evaluation_periods.unwrap_or(points);
            return self.in_several_periods(alarm, points, periods);
        }
        if with_events().all(|traffic| breaches(traffic).all(|breaches| breaches)) {
            Reach::Every
        } else {
            Reach::Sometimes(Silence::SeveralEvents {
                counts: self.counts(),
                asked: self.condition(),
                span: self.series.span(),
            })
        }
    }

    /// Of an alarm that asks for several breaching periods.
    fn in_several_periods(&self, alarm: &MetricAlarm, points: i32, of: i32) -> Reach {
        let period = self.series.period();
        if period >= RESOLUTION {
            return Reach::Sometimes(Silence::SeveralPeriods { points, of });
        }
        let periods = ShortPeriods { points, of, period };
        let data_points = (of.saturating_mul(period) + RESOLUTION - 1) / RESOLUTION;
        let breaches_between = OTHERS.into_iter().any(|others| self.breaches(QUIET, others));
        match alarm.treat_missing_data.as_deref() {
            Some("notBreaching" | "ignore") if points > data_points && !breaches_between => {
                Reach::Never(Never::TooManyPeriods(periods))
            }
            // Missing periods count as breaching once the one before them is old enough, so the alarm fires late if at all
            // (CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data").
            _ => Reach::Sometimes(Silence::ShortPeriods(periods)),
        }
    }

    /// What other metrics may show: of an alarm on one metric it makes no difference.
    fn others(&self) -> &'static [Others] {
        match self.series {
            Series::Stat(..) => &OTHERS[..1],
            Series::Expression { .. } => &OTHERS,
        }
    }

    fn counts(&self) -> Counts {
        Counts { value: self.published.value, default: self.published.default }
    }

    fn breaches_without_events(&self, alarm: &MetricAlarm) -> bool {
        let idle = [Others::Missing, Others::Show(0.0)];
        let on_data = ORDINARY.into_iter().any(|traffic| idle.into_iter().all(|others| self.breaches(traffic, others)));
        // A period without any event: a quiet account has them, whatever is published for events that do not match.
        let on_silence = alarm.treat_missing_data.as_deref() == Some("breaching")
            && self.value(QUIET, Others::Missing) == Value::Missing;
        on_data || on_silence || idle.into_iter().all(|others| self.breaches(QUIET, others))
    }

    fn shows_nothing_without_events(&self) -> bool {
        [QUIET, ORDINARY[0]].into_iter().all(|traffic| self.value(traffic, Others::Missing) == Value::Missing)
    }

    fn breaches(&self, traffic: Traffic, others: Others) -> bool {
        match self.value(traffic, others) {
            Value::Missing => false,
            Value::Number(number) => holds(self.comparison, number, self.threshold),
        }
    }

    fn value(&self, traffic: Traffic, others: Others) -> Value {
        let stat = |stat: &MetricStat, account: Option<&str>| {
            let Published { account: own, stat: seen, unit, .. } = self.published;
            let ours = account.is_none_or(|account| account == *own)
                && (&stat.namespace, &stat.name, &stat.dimensions) == (&seen.namespace, &seen.name, &seen.dimensions)
                && stat.unit.as_deref().is_none_or(|asked| asked == *unit);
            self.looked.set(self.looked.get() || ours);
            match others {
                _ if ours => statistic(&stat.statistic, traffic, self.published),
                Others::Missing => Ok(Value::Missing),
                Others::Show(number) => Ok(Value::Number(number)),
            }
        };
        let value = match &self.series {
            Series::Stat(watched, account) => stat(watched, *account),
            Series::Expression { expression, queries } => expression.value(queries, &stat),
        };
        value.unwrap_or_else(|why| {
            // Only the first is reported.
            let _ = self.failed.set(why);
            Value::Missing
        })
    }

    fn condition(&self) -> Condition {
        let statistic = match &self.series {
            Series::Stat(stat, _) => Some(stat.statistic.clone()),
            Series::Expression { .. } => None,
        };
        Condition { statistic, comparison: self.comparison, threshold: self.threshold }
    }
}

/// What an alarm compares with its threshold.
pub(super) enum Series<'a> {
    Stat(&'a MetricStat, Option<&'a str>),
    Expression { expression: Expression, queries: &'a [MetricQuery] },
}

impl<'a> Series<'a> {
    pub(super) fn parse(watches: &'a Watched) -> Result<Self, FiringDoubt> {
        match watches {
            Watched::Metric(stat) => Ok(Self::Stat(stat, None)),
            Watched::Criteria(_) => Err(FiringDoubt::Query),
            Watched::Queries(queries) => Self::watched(queries),
        }
    }

    /// The entry that says `ReturnData`; a lone entry is it even if it does not say so.
    fn watched(queries: &'a [MetricQuery]) -> Result<Self, FiringDoubt> {
        let mut returned = queries.iter().filter(|query| query.return_data == Some(true));
        let query = match (returned.next(), returned.next(), queries) {
            (Some(query), None, _) | (None, None, [query]) => query,
            _ => return Err(FiringDoubt::NoneWatched),
        };
        match (&query.stat, &query.expression) {
            (Some(stat), _) => Ok(Self::Stat(stat, query.account_id.as_deref())),
            (None, Some(text)) => {
                let expression = Expression::parse(text).map_err(FiringDoubt::Expression)?;
                Ok(Self::Expression { expression, queries })
            }
            (None, None) => Err(FiringDoubt::EmptyWatched),
        }
    }

    pub(super) fn is_percentile(&self) -> bool {
        matches!(self, Self::Stat(stat, _) if share(&stat.statistic).is_some())
    }

    /// Seconds whose events are in one data point.
    fn span(&self) -> i32 {
        self.period().max(RESOLUTION)
    }

    /// Seconds; all metrics of an expression share one period.
    pub(super) fn period(&self) -> i32 {
        match self {
            Self::Stat(stat, _) => stat.period,
            Self::Expression { queries, .. } => {
                queries.iter().find_map(|query| query.stat.as_ref().map(|stat| stat.period)).unwrap_or(60)
            }
        }
    }
}

/// What a statistic makes of a period's samples. `Missing` where there is no sample.
fn statistic(name: &str, traffic: Traffic, published: &Published<'_>) -> Result<Value, FiringDoubt> {
    of_samples(name, &samples(traffic, published))
}

/// What a statistic makes of values and how often each is there, the smallest first.
pub(super) fn of_samples(name: &str, samples: &[(f64, f64)]) -> Result<Value, FiringDoubt> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return Ok(Value::Missing) };
    let count: f64 = samples.iter().map(|(_, times)| times).sum();
    let sum: f64 = samples.iter().map(|(value, times)| value * times).sum();
    let number = match name {
        "Sum" => sum,
        "SampleCount" => count,
        "Average" => sum / count,
        "Maximum" => last.0,
        "Minimum" => first.0,
        _ => {
            let share = share(name).ok_or_else(|| FiringDoubt::Statistic { name: name.to_owned() })?;
            let mut below = 0.0;
            let reached = |(_, times): &&(f64, f64)| {
                below += times;
                below >= count * share / 100.0
            };
            samples.iter().find(reached).unwrap_or(last).0
        }
    };
    Ok(Value::Number(number))
}

/// Values and how often each is there, the smallest first.
fn samples(traffic: Traffic, published: &Published<'_>) -> Vec<(f64, f64)> {
    let Traffic { matching, other, shared } = traffic;
    let mut samples = Vec::with_capacity(2 + 2 * published.neighbours.len());
    let mut publish = |value: Option<f64>, times: f64| {
        samples.extend(value.filter(|_| times > 0.0).map(|value| (value, times)));
    };
    publish(Some(published.value), matching);
    publish(published.default, other);
    for neighbour in &published.neighbours {
        publish(if shared { neighbour.value } else { neighbour.default }, matching);
        publish(neighbour.default, other);
    }
    samples.sort_by(|a, b| a.0.total_cmp(&b.0));
    samples
}

/// `p90`: the value that 90 of 100 samples do not exceed.
fn share(statistic: &str) -> Option<f64> {
    let share = statistic.strip_prefix(['p', 'P']).and_then(|digits| digits.parse::<f64>().ok());
    share.filter(|share| (0.0..=100.0).contains(share))
}

/// The comparison of this name (`ComparisonOperator`), where it is with a fixed threshold.
pub(super) fn comparison(name: &str) -> Option<Comparison> {
    match name {
        "GreaterThanOrEqualToThreshold" => Some(Comparison::AtLeast),
        "GreaterThanThreshold" => Some(Comparison::Above),
        "LessThanThreshold" => Some(Comparison::Below),
        "LessThanOrEqualToThreshold" => Some(Comparison::AtMost),
        _ => None,
    }
}

pub(super) fn holds(comparison: Comparison, value: f64, threshold: f64) -> bool {
    match comparison {
        Comparison::AtLeast => value >= threshold,
        Comparison::Above => value > threshold,
        Comparison::Below => value < threshold,
        Comparison::AtMost => value <= threshold,
    }
}
