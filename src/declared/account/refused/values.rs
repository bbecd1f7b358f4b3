//! Values of which the API references list those that there are, or how long they may be (`PutRetentionPolicy`,
//! `PutMetricFilter`, `MetricDatum`, `PutMetricAlarm`).

use super::given::{Refused, is_absent, is_open, refused, refused_whatever, text};
use super::shape::{each, is_misspelt};
use crate::closed::RETENTION_DAYS;
use crate::declared::Resource;
use crate::escape::shortened;

/// `MetricDatum`, `Unit`.
const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];
/// Characters.
const LONGEST_FILTER_NAME: usize = 512;
const LONGEST_ALARM_NAME: usize = 255;
const LONGEST_DESCRIPTION: usize = 1024;

/// A value that is none of those that there are.
pub(super) fn value(resource: &Resource) -> Option<Refused> {
    match resource.kind.as_str() {
        "AWS::Logs::LogGroup" => retention(resource),
        "AWS::Logs::MetricFilter" => filter_name(resource).or_else(|| unit(resource, "MetricTransformations[].Unit")),
        "AWS::CloudWatch::Alarm" => words(resource)
            .or_else(|| unit(resource, "Unit"))
            .or_else(|| unit(resource, "Metrics[].MetricStat.Unit"))
            .or_else(|| thresholds(resource)),
        "AWS::CloudWatch::CompositeAlarm" => words(resource),
        _ => None,
    }
}

fn retention(resource: &Resource) -> Option<Refused> {
    let days = resource.properties.get("RetentionInDays").whole().ok().flatten()?;
    let days = i64::from(days);
    let known = || RETENTION_DAYS.iter().map(|known| i64::from(*known));
    if known().any(|known| known == days) {
        return None;
    }
    let next = known().find(|known| *known > days).or(known().next_back())?;
    let called = resource.argument("RetentionInDays");
    let why = format!("{called} is one of a list of numbers of days, of which {days} is none: {next} is one");
    Some(refused("RetentionInDays", why))
}

fn filter_name(resource: &Resource) -> Option<Refused> {
    let name = text(&resource.properties, "FilterName")?;
    let shown = shortened(name, 100);
    let why = match () {
        () if name.is_empty() => "the name of the filter is empty: leave it out, or write one".to_owned(),
        () if name.contains([':', '*']) => format!("{shown} is no name of a filter: it may have neither : nor *"),
        () if name.chars().count() > LONGEST_FILTER_NAME => {
            format!("the name of the filter has more than {LONGEST_FILTER_NAME} characters")
        }
        () => return None,
    };
    Some(refused("FilterName", why))
}

/// The name and description of an alarm.
fn words(resource: &Resource) -> Option<Refused> {
    length(resource, "AlarmName", LONGEST_ALARM_NAME)
        .or_else(|| length(resource, "AlarmDescription", LONGEST_DESCRIPTION))
}

/// A name or description that is too long; a name that is empty.
fn length(resource: &Resource, property: &str, most: usize) -> Option<Refused> {
    let text = text(&resource.properties, property)?;
    let called = resource.argument(property);
    let why = match () {
        () if text.is_empty() && property == "AlarmName" => format!("{called} is empty: leave it out, or write one"),
        () if text.chars().count() > most => {
            format!("{called} has {} characters, and {most} are the most", text.chars().count())
        }
        () => return None,
    };
    Some(refused(property, why))
}

fn unit(resource: &Resource, path: &str) -> Option<Refused> {
    each(&resource.properties, path).into_iter().find_map(|(at, node)| {
        let unit = node.text().ok().flatten().filter(|unit| !is_open(unit) && !UNITS.contains(unit))?;
        let meant = UNITS.iter().find(|known| is_misspelt(unit, known));
        let meant = meant.map(|meant| format!(": {meant} is meant")).unwrap_or_default();
        Some(refused(&at, format!("Unit cannot be {}{meant}", shortened(unit, 40))))
    })
}

/// `CloudWatch`: "`Threshold` and `ThresholdMetricId` cannot both be set". A state may have a zero for what is not set.
fn thresholds(resource: &Resource) -> Option<Refused> {
    let has = |property: &str| !is_absent(resource, property);
    let both = resource.is_as_written && has("Threshold") && has("ThresholdMetricId");
    let why = "it has both Threshold and ThresholdMetricId: leave out one of them".to_owned();
    both.then(|| refused_whatever("ThresholdMetricId", why))
}
