//! What is said of metric filters and of their metrics.

use crate::finding::facts::{FilterProblem, MetricProblem};
use crate::rule::Benchmark;

pub(super) fn of_filters(filters: &[String], problem: &FilterProblem) -> String {
    let name = filters.first().map_or("", String::as_str);
    match problem {
        FilterProblem::MissesEvents { unmet, satisfied } => {
            let missed = match filters {
                [one] => {
                    let why = unmet.as_ref().map_or_else(String::new, |why| format!(": {why}"));
                    format!("metric filter {one} misses events that the control demands{why}")
                }
                many => format!("metric filters {} together miss events that the control demands", listed(many)),
            };
            match versions(satisfied) {
                Some(other) => format!("{missed}; what {other} of the benchmark demands is matched"),
                None => missed,
            }
        }
        FilterProblem::Undecided { construct } => {
            let what = construct.as_ref().map_or_else(String::new, |construct| format!(": {construct}"));
            format!("whether metric filter {} matches every such event cannot be decided{what}", listed(filters))
        }
        FilterProblem::MatchesRoutine { what } => {
            format!("metric filter {name} also matches {what}: its alarm has no reason to leave ALARM")
        }
        FilterProblem::NoMetric => format!("metric filter {name} publishes no metric"),
        FilterProblem::HubOrderUndocumented => {
            format!("whether Security Hub CSPM takes the order of terms in metric filter {name} is not documented")
        }
    }
}

pub(super) fn sentence(metric: &str, problem: &MetricProblem) -> String {
    match problem {
        MetricProblem::ZeroValue => "the metric filter publishes 0 for an event, so no alarm can tell it".to_owned(),
        MetricProblem::ValueUndecided { value } => format!("the metric filter publishes {value} instead of a number"),
        MetricProblem::NoAlarm => format!("no alarm watches metric {metric}"),
        MetricProblem::AlarmsUnread => format!("alarms on metric {metric} could not all be read"),
    }
}

/// Names for a sentence, not more than a few.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 3;
    match names.split_at_checked(SHOWN) {
        Some((shown, rest)) if !rest.is_empty() => format!("{} and {} more", shown.join(", "), rest.len()),
        _ => names.join(", "),
    }
}

/// Runs of versions for a sentence. `None`: there are none.
fn versions(runs: &[(Benchmark, Benchmark)]) -> Option<String> {
    let run = |(first, last): &(Benchmark, Benchmark)| {
        if first == last { first.to_string() } else { format!("{first} to {last}") }
    };
    match runs {
        [] => None,
        [one @ (first, last)] if first == last => Some(format!("version {}", run(one))),
        [one] => Some(format!("any version from {}", run(one))),
        many => Some(format!("any of the versions {}", many.iter().map(run).collect::<Vec<_>>().join(", "))),
    }
}
