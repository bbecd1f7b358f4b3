//! What is reported about metric filters and their metrics.

use super::twice::twice;
use super::{alarm, routine};
use crate::finding::facts::{FilterProblem, Gate, MetricProblem, PatternDoubt};
use crate::rule::Benchmark;
use filter_pattern::{Cause, Hole, Holes};

/// Alarms that a sentence names.
const SHOWN: usize = 3;

pub(super) fn of_filters(filters: &[String], problem: &FilterProblem) -> String {
    let name = filters.first().map_or("", String::as_str);
    match problem {
        FilterProblem::MissesEvents { holes, satisfied, narrowed } => {
            let who = match filters {
                [one] => format!("metric filter {one} misses"),
                many => format!("metric filters {} together miss", listed(many)),
            };
            let excludes = if filters.len() == 1 { "the pattern excludes" } else { "the patterns exclude" };
            let missed = match missed(holes, excludes) {
                Some(what) => format!("{who} events that the control requires: {what}"),
                None => format!("{who} events that the control requires"),
            };
            let missed = match versions(satisfied) {
                Some(other) => format!("{missed}. What {other} of the benchmark requires is matched"),
                None => missed,
            };
            // With the filter alone widened, some events would still alert nobody.
            narrowed
                .iter()
                .take(SHOWN)
                .fold(missed, |text, (name, sees)| format!("{text}. In addition, {}", alarm::sentence(name, sees)))
        }
        FilterProblem::UnusualHole { exceptions } => {
            let who = match filters {
                [one] => format!("metric filter {one} misses"),
                many => format!("metric filters {} together miss", listed(many)),
            };
            format!("{who} only unusual events: {}", exceptions.join(", "))
        }
        FilterProblem::FederatedSignIns { satisfied } => {
            let other = versions(satisfied).unwrap_or_else(|| "another version".to_owned());
            format!(
                "sign-ins through IAM Identity Center or another identity provider are missed. CloudTrail records them \
                 without MFA, whatever the provider required. In {other} of the benchmark, the control requires sign-ins \
                 of IAM users only and passes"
            )
        }
        FilterProblem::Undecided { construct } => {
            let what = construct.as_ref().map_or_else(String::new, |construct| format!(": {construct}"));
            format!("whether metric filter {} matches every such event cannot be decided{what}", listed(filters))
        }
        FilterProblem::MatchesRoutine { what } => {
            format!("metric filter {name} also matches {}, which keeps its alarm in ALARM", routine::words(*what))
        }
        FilterProblem::MatchesEverything => {
            format!("metric filter {name} matches all routine events: its alarm is always in ALARM")
        }
        FilterProblem::DeclaredTwice { places } => twice(&format!("metric filter {name}"), places),
        FilterProblem::Refused { why } => format!("AWS will refuse metric filter {name}: {why}"),
        FilterProblem::NoMetric => format!("metric filter {name} publishes no metric"),
        FilterProblem::HubOrderUndocumented => {
            format!("whether Security Hub CSPM accepts the order of terms in metric filter {name} is not documented")
        }
    }
}

impl Gate {
    /// To follow on "cannot be decided: ".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Transformed => "applyOnTransformedLogs: the pattern sees transformed events",
            Self::SecondCondition => "fieldSelectionCriteria: a second condition",
        }
    }
}

impl PatternDoubt {
    /// To follow on "cannot be decided: ".
    pub(crate) fn words(&self) -> String {
        match self {
            Self::TooLong { longest } => format!("longer than the {longest} characters that CloudWatch Logs accepts"),
            Self::Refused { error } => error.clone(),
            Self::ValuesUnknown => {
                "an alarm on dimension values, and which events have those values is not known".to_owned()
            }
        }
    }
}

pub(super) fn sentence(metric: &str, problem: &MetricProblem) -> String {
    match problem {
        MetricProblem::ZeroValue => "the metric filter publishes 0 for an event, so no alarm can see it".to_owned(),
        MetricProblem::ValueAbsent { value } => {
            format!(
                "the metric filter publishes the value of {value}, a field that no CloudTrail event has, so it publishes nothing"
            )
        }
        MetricProblem::ValueUndecided { value } => format!("the metric filter publishes {value} instead of a number"),
        MetricProblem::NoAlarm => format!("no alarm watches metric {metric}"),
        MetricProblem::AlarmsUnread => format!("not all alarms on metric {metric} could be read"),
    }
}

/// What escapes and why, a sentence for each hole, not more than a few. `None`: nothing more can be said than that events
/// do. `excludes` is the subject of a cause that has none, with its verb.
fn missed(holes: &Holes, excludes: &str) -> Option<String> {
    const SHOWN: usize = 3;
    let mut each: Vec<String> = Vec::new();
    for it in &holes.list {
        let is_first = each.is_empty();
        each.extend(hole(it, excludes, is_first));
    }
    let shown = each.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(". In addition, ");
    match each.len().saturating_sub(SHOWN) {
        0 if each.is_empty() => None,
        0 => Some(shown),
        1 => Some(format!("{shown}. There is 1 more reason")),
        more => Some(format!("{shown}. There are {more} more reasons")),
    }
}

/// Which of the demanded events they are, and why they escape. The first follows on "events that the control requires: ",
/// the others are sentences.
fn hole(hole: &Hole, excludes: &str, is_first: bool) -> Option<String> {
    const SHOWN: usize = 8;
    const CAUSES: usize = 3;
    let which = hole.choices().map(|choices| {
        let names: Vec<&str> = choices.values.iter().take(SHOWN).map(String::as_str).collect();
        let more = match choices.values.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (choices, format!("{}{more}", names.join(", ")))
    });
    let words = |cause: &Cause| match cause {
        Cause::LeavesOut { field, values } => {
            format!("{excludes} {} {}", field.trim_start_matches("$."), values.join(", "))
        }
        other => other.to_string(),
    };
    let causes: Vec<String> = hole.causes().iter().filter(|cause| **cause != Cause::NotAsked).map(words).collect();
    let causes = match causes.split_at_checked(CAUSES) {
        Some((shown, rest)) if !rest.is_empty() => {
            [shown, &[format!("{} more tests do not hold", rest.len())]].concat()
        }
        _ => causes,
    };
    match (which, causes.is_empty()) {
        (None, true) => None,
        (Some((choices, which)), true) => {
            let verb = if is_first { "" } else { " are missed" };
            Some(format!("{} of {} ({which}){verb}", choices.values.len(), choices.of))
        }
        (None, false) => Some(causes.join(" and ")),
        (Some((choices, which)), false) => {
            Some(format!("{} where {} is {which}", causes.join(" and "), choices.field.trim_start_matches("$.")))
        }
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
pub(super) fn versions(runs: &[(Benchmark, Benchmark)]) -> Option<String> {
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
