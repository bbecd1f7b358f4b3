//! What CloudWatch refuses of an alarm (API reference, `PutMetricAlarm` and `PutCompositeAlarm`).

use std::collections::BTreeSet;

use super::given::{Refused, has_entries, is_absent, is_no_arn, refused, refused_whatever, text};
use super::shape::is_misspelt;
use crate::declared::{MARKS, Node, Resource, Value, is_expression};

const STATISTICS: [&str; 5] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];

/// What settings of an alarm are one of.
const CHOICES: [(&str, &[&str]); 3] = [
    (
        "ComparisonOperator",
        &[
            "GreaterThanOrEqualToThreshold",
            "GreaterThanThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
            "LessThanLowerOrGreaterThanUpperThreshold",
            "LessThanLowerThreshold",
            "GreaterThanUpperThreshold",
        ],
    ),
    ("TreatMissingData", &["breaching", "notBreaching", "ignore", "missing"]),
    ("EvaluateLowSampleCountPercentile", &["evaluate", "ignore"]),
];

/// Seconds of an hour, a day and a week.
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
const WEEK: i64 = 604_800;

/// That a setting is none of those that there are.
pub(super) fn not_chosen(resource: &Resource, property: &str, choices: &[&str]) -> Option<Refused> {
    let chosen = text(&resource.properties, property).filter(|chosen| !choices.contains(chosen))?;
    let meant = choices.iter().find(|choice| is_misspelt(chosen, choice));
    let meant = meant.map(|meant| format!(": {meant} is meant")).unwrap_or_default();
    let shown = crate::escape::shortened(chosen, 60);
    Some(refused(property, format!("{} cannot be {shown}{meant}", resource.argument(property))))
}

pub(super) fn alarm(resource: &Resource) -> Option<Refused> {
    metric(resource)
        .or_else(|| CHOICES.iter().find_map(|(property, choices)| not_chosen(resource, property, choices)))
        .or_else(|| periods(resource))
        .or_else(|| needed(resource))
        .or_else(|| ids(resource))
        .or_else(|| watched(resource))
}

/// Ids of queries: letters, digits and `_`, first a small letter, and each once (`MetricDataQuery`, `Id`).
fn ids(resource: &Resource) -> Option<Refused> {
    let Value::List(queries) = &resource.properties.get("Metrics").value else { return None };
    let mut known = BTreeSet::new();
    queries.iter().enumerate().find_map(|(at, query)| {
        let id = text(query, "Id")?;
        let shown = crate::escape::shortened(id, 60);
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let is_id = id.starts_with(|first: char| first.is_ascii_lowercase()) && id.chars().all(is_letter);
        let why = match () {
            () if !is_id => format!("{shown} is no Id of a query: letters, digits and _, first a small letter"),
            () if !known.insert(id) => format!("two queries have the Id {shown}"),
            () => return None,
        };
        Some(refused(&format!("Metrics[{at}].Id"), why))
    })
}

/// That the periods of a suppressor are missing (`PutCompositeAlarm`, `ActionsSuppressorWaitPeriod`).
pub(super) fn suppressor(resource: &Resource) -> Option<Refused> {
    // What is not known may be empty, which is no suppressor.
    let has_suppressor = || {
        let named = resource.properties.get("ActionsSuppressor").symbol();
        named.is_some_and(|text| !text.is_empty() && !is_expression(&text))
    };
    let missing = ["ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"]
        .into_iter()
        .find(|period| is_absent(resource, period))
        .filter(|_| resource.is_as_written && has_suppressor())?;
    Some(refused("ActionsSuppressor", format!("{missing} is missing, which ActionsSuppressor needs")))
}

/// What an alarm is about, and by which statistic.
fn metric(resource: &Resource) -> Option<Refused> {
    let called = |property| resource.argument(property);
    let properties = &resource.properties;
    let (statistic, extended) = ("Statistic", "ExtendedStatistic");
    if let Some(named) = text(properties, statistic).filter(|named| !STATISTICS.contains(named)) {
        let shown = crate::escape::shortened(named, 40);
        let names = STATISTICS.join(", ");
        let why = format!("{} is one of {names}: {shown} is for {}", called(statistic), called(extended));
        return Some(refused(statistic, why));
    }
    if let Some(named) = text(properties, extended).filter(|named| STATISTICS.contains(named)) {
        let why = format!("{} is for percentiles and the like: {named} is for {}", called(extended), called(statistic));
        return Some(refused(extended, why));
    }
    let has = |property: &str| !is_absent(resource, property);
    if has(statistic) && has(extended) {
        return Some(refused_whatever(extended, format!("it has both {} and {}", called(statistic), called(extended))));
    }
    if has("MetricName") && has("Metrics") {
        let why = format!("it has both {} and {}", called("MetricName"), called("Metrics"));
        return Some(refused_whatever("Metrics", why));
    }
    if has("MetricName") && !has(statistic) && !has(extended) {
        let why = format!("an alarm on one metric needs {} or {}", called(statistic), called(extended));
        return Some(refused_whatever("MetricName", why));
    }
    None
}

/// That not exactly one metric or expression of an alarm on several is the one that it watches.
fn watched(resource: &Resource) -> Option<Refused> {
    let path = "Metrics";
    let Value::List(queries) = &resource.properties.get(path).value else { return None };
    // A plan has all of them; what is absent there, and in a template, has its default.
    let is_planned = !resource.arguments.is_empty();
    // Beside a band two return data.
    if queries.is_empty() || !is_absent(resource, "ThresholdMetricId") || !resource.is_as_written && !is_planned {
        return None;
    }
    let returns = |query: &Node| query.get("ReturnData").boolean().ok().map(|returned| returned.unwrap_or(true));
    let all: Option<Vec<bool>> = queries.iter().map(returns).collect();
    let count = all?.into_iter().filter(|returned| *returned).count();
    let called = crate::escape::shortened(resource.argument(path), 40);
    (count != 1).then(|| {
        let what = if count == 0 { "none".to_owned() } else { count.to_string() };
        refused(path, format!("exactly one entry of {called} returns data, and here {what} of {}", queries.len()))
    })
}

/// What must be there; a state has nothing where a setting is not set, and what a plan lacks may be known after apply.
fn needed(resource: &Resource) -> Option<Refused> {
    let has = |property: &str| !is_absent(resource, property);
    // No provider fills in this argument, and it is never known only after apply unless it is written.
    let is_planned = !resource.arguments.is_empty();
    if is_planned && has("MetricName") && !has("Namespace") {
        let (metric, namespace) = (resource.argument("MetricName"), resource.argument("Namespace"));
        let why = format!("{namespace} is missing, which an alarm with {metric} needs");
        return Some(refused_whatever("MetricName", why));
    }
    if !resource.is_as_written || has("EvaluationCriteria") {
        return None;
    }
    if !has("MetricName") && !has("Metrics") {
        let why = "it is about nothing: MetricName, Metrics and EvaluationCriteria are missing".to_owned();
        return Some(refused("MetricName", why));
    }
    let of_one: &[&str] = if has("MetricName") { &["Namespace", "Period"] } else { &[] };
    let missing = of_one.iter().chain(&["EvaluationPeriods", "ComparisonOperator"]).find(|property| !has(property));
    if let Some(property) = missing {
        return Some(refused(property, format!("{property} is missing, which an alarm on a metric needs")));
    }
    let is_open = !has("Threshold") && !has("ThresholdMetricId");
    is_open.then(|| refused("Threshold", "it has neither Threshold nor ThresholdMetricId".to_owned()))
}

fn whole(node: &Node) -> Option<i64> {
    node.whole().ok().flatten().map(i64::from)
}

fn periods(resource: &Resource) -> Option<Refused> {
    let called = |property| resource.argument(property);
    let of = |property: &str| whole(resource.properties.get(property));
    let (points, periods) = (of("DatapointsToAlarm"), of("EvaluationPeriods"));
    if let Some(property) = [("EvaluationPeriods", periods), ("DatapointsToAlarm", points)]
        .into_iter()
        .find_map(|(property, number)| number.filter(|number| *number < 1).map(|_| property))
    {
        return Some(refused(property, format!("{} is less than 1", called(property))));
    }
    if let (Some(points), Some(periods)) = (points, periods)
        && points > periods
    {
        let why = format!("{} is more than {}", called("DatapointsToAlarm"), called("EvaluationPeriods"));
        return Some(refused("DatapointsToAlarm", why));
    }
    let is_none = |period: &i64| ![10, 20, 30].contains(period) && (*period < 1 || period % 60 != 0);
    if let Some(period) = of("Period").filter(is_none) {
        let why = format!("{} is 10, 20, 30 or a multiple of 60 seconds, and not {period}", called("Period"));
        return Some(refused("Period", why));
    }
    too_long(resource, periods?)
}

/// All periods together are a day at most where one is shorter than an hour, and otherwise a week (API reference,
/// `PutMetricAlarm`, `Period`). Of several metrics none may be such that this is kept.
fn too_long(resource: &Resource, periods: i64) -> Option<Refused> {
    let is_other = ["EvaluationWindow", "EvaluationInterval", "EvaluationCriteria"]
        .iter()
        .any(|property| !is_absent(resource, property));
    if is_other {
        return None;
    }
    let each: Vec<i64> = if has_entries(resource, "Metrics") {
        let queries = resource.properties.get("Metrics").list().ok()?;
        let period =
            |query: &&Node| whole(query.get("Period")).or_else(|| whole(query.get("MetricStat").get("Period")));
        let known: Vec<i64> = queries.iter().filter_map(period).collect();
        // An expression without a period has that of its metrics.
        let stats = queries.iter().filter(|query| query.get("MetricStat").value != Value::Absent).count();
        if known.len() < stats { Vec::new() } else { known }
    } else {
        whole(resource.properties.get("Period")).into_iter().collect()
    };
    let most = |period: i64| if period < HOUR { DAY } else { WEEK };
    let period = each.iter().copied().min()?;
    if !each.iter().all(|period| period.saturating_mul(periods) > most(*period)) {
        return None;
    }
    let (all, of) = match most(period) {
        DAY => ("a day (86,400 seconds)", "periods of less than an hour"),
        _ => ("a week (604,800 seconds)", "periods of an hour and more"),
    };
    let why = format!(
        "{periods} {} of {period} seconds are more than {all}, the most of {of}",
        resource.argument("EvaluationPeriods")
    );
    Some(refused("EvaluationPeriods", why))
}

pub(super) fn actions(resource: &Resource) -> Option<Refused> {
    ["AlarmActions", "OKActions", "InsufficientDataActions"].into_iter().find_map(|property| {
        let Value::List(items) = &resource.properties.get(property).value else { return None };
        let called = resource.argument(property);
        if items.len() > 5 {
            return Some(refused_whatever(property, format!("{called} has more than 5 entries")));
        }
        // In a plan what refers to a name may be an ARN that the name is a part of.
        let is_shown = |text: &str| resource.shows(property) || !text.contains(MARKS);
        let is_none = |text: &String| !text.is_empty() && is_no_arn(text) && is_shown(text);
        items.iter().enumerate().find_map(|(at, node)| {
            let text = node.symbol().filter(is_none)?;
            let shown = crate::escape::shortened(&text, 100);
            Some(refused(&format!("{property}[{at}]"), format!("{called} takes ARNs, and {shown} is none")))
        })
    })
}
