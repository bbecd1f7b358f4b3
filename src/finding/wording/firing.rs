//! What is reported about how an alarm goes to ALARM: clauses that end a sentence about the alarm.

use crate::finding::facts::{
    CalendarPeriod, Comparison, Condition, Counts, ExpressionDoubt, FiringDoubt, Never, Pause, ShortPeriods, Silence,
};

pub(super) fn never(why: &Never) -> String {
    match why {
        Never::NotWatched => "the metric is among its metrics, but not in the one that it watches".to_owned(),
        Never::OutOfReach { asked, counts } => {
            format!("{} ({}) cannot be true for a period with such events", condition(asked), count(*counts))
        }
        Never::TooManyPeriods(periods) => short_periods(*periods),
    }
}

pub(super) fn silence(why: &Silence) -> String {
    match why {
        Silence::LearnedBand => "it compares with an anomaly detection band, which one event may not leave".to_owned(),
        Silence::LeavesForSeconds => "it is in ALARM while there are no events, and leaves it for seconds".to_owned(),
        Silence::FewSamples => "it ignores percentiles with few samples".to_owned(),
        Silence::SeveralEvents { counts, asked, span } => {
            format!("{}, and the alarm needs {} in {span} s", count(*counts), condition(asked))
        }
        Silence::SeveralPeriods { points, of } => {
            format!("{points} of {of} periods must breach, and one event falls into one period only")
        }
        Silence::ShortPeriods(periods) => short_periods(*periods),
    }
}

fn short_periods(ShortPeriods { points, of, period }: ShortPeriods) -> String {
    format!(
        "{points} of {of} periods of {period} s must breach, and a metric filter's metric has a data point once a minute"
    )
}

/// `Sum >= 1`
fn condition(Condition { statistic, comparison, threshold }: &Condition) -> String {
    let subject = statistic.as_deref().unwrap_or("its expression");
    let sign = match comparison {
        Comparison::AtLeast => ">=",
        Comparison::Above => ">",
        Comparison::Below => "<",
        Comparison::AtMost => "<=",
    };
    format!("{subject} {sign} {threshold}")
}

/// `one event counts 1`, and what others count.
fn count(Counts { value, default }: Counts) -> String {
    match default {
        Some(default) => format!("one event counts as {value}, any other as {default}"),
        None => format!("one event counts as {value}"),
    }
}

pub(super) fn doubt(doubt: &FiringDoubt) -> String {
    match doubt {
        FiringDoubt::Query => "it evaluates a PromQL query".to_owned(),
        FiringDoubt::NoneWatched => "it does not say which of its metrics is watched".to_owned(),
        FiringDoubt::EmptyWatched => "its watched metric is empty".to_owned(),
        FiringDoubt::Comparison => "its threshold or comparison is not one that can be followed".to_owned(),
        FiringDoubt::Points { points, of } => format!("it asks for {points} of {of} periods"),
        FiringDoubt::Period { period } => format!("its period is {period} s"),
        FiringDoubt::CalendarPeriod { period } => {
            format!("its window is of calendar periods, and its period is {period} s")
        }
        FiringDoubt::MissingData { way } => format!("it treats missing data as {way}"),
        FiringDoubt::Statistic { name } => format!("statistic {name} cannot be followed"),
        FiringDoubt::Expression(doubt) => of_expression(doubt),
    }
}

fn of_expression(doubt: &ExpressionDoubt) -> String {
    match doubt {
        ExpressionDoubt::Unreadable => "its expression cannot be followed".to_owned(),
        ExpressionDoubt::TooLong => "its expression is too long".to_owned(),
        ExpressionDoubt::TooDeep => "its expression is nested too deeply".to_owned(),
        ExpressionDoubt::TooManyNamed => "its expressions name each other too deeply".to_owned(),
        ExpressionDoubt::List => "its expression uses a list as a value".to_owned(),
        ExpressionDoubt::UnknownId { id } => {
            format!("its expression names {id}, which is not among its metrics")
        }
        ExpressionDoubt::Function { name } => format!("{name}(…) in its expression cannot be followed"),
    }
}

pub(super) fn pause(pause: Pause) -> &'static str {
    match pause {
        Pause::Failure => "CloudWatch fails to evaluate it",
        Pause::PartialData => "not all of its data is available",
        Pause::WarmUp => "it is new, and does nothing until its warm-up is over",
    }
}

pub(super) fn calendar_period(period: CalendarPeriod) -> &'static str {
    match period {
        CalendarPeriod::Hour => "hour",
        CalendarPeriod::Day => "day",
        CalendarPeriod::Week => "week",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_full() {
        let asked = |statistic: Option<&str>, threshold| Condition {
            statistic: statistic.map(str::to_owned),
            comparison: Comparison::AtLeast,
            threshold,
        };
        let counts = |value, default| Counts { value, default };
        let never_sum = Never::OutOfReach { asked: asked(Some("Sum"), 1e9), counts: counts(1.0, None) };
        assert_eq!(
            never(&never_sum),
            "Sum >= 1000000000 (one event counts as 1) cannot be true for a period with such events"
        );
        let several = Silence::SeveralEvents { counts: counts(0.5, Some(0.0)), asked: asked(None, 2.5), span: 300 };
        assert_eq!(
            silence(&several),
            "one event counts as 0.5, any other as 0, and the alarm needs its expression >= 2.5 in 300 s"
        );
    }

    #[test]
    fn a_function_that_cannot_be_followed_is_named() {
        let function = FiringDoubt::Expression(ExpressionDoubt::Function { name: "RATE".to_owned() });
        assert_eq!(doubt(&function), "RATE(…) in its expression cannot be followed");
        assert_eq!(doubt(&FiringDoubt::Points { points: 3, of: 2 }), "it asks for 3 of 2 periods");
    }
}
