//! What is reported about something that is nearly what a control asks for.

use super::{log_group, trail};
use crate::finding::facts::{Likeness, NearMiss, NotReached};

/// Names and faults that a sentence lists.
const SHOWN: usize = 3;

pub(super) fn sentence(near: &NearMiss) -> String {
    match near {
        NearMiss::Elsewhere { filters, log_group: group, why } => {
            let region = group.region().unwrap_or_default();
            let (place, why) = match why {
                NotReached::NoTrail { instead: Some((trail, instead)) } => {
                    let place = if instead.region() == Some(region) { String::new() } else { format!(" in {region}") };
                    (place, format!("no trail delivers there: trail {trail} delivers to log group {}", instead.name()))
                }
                NotReached::NoTrail { instead: None } => {
                    (format!(" in {region}"), "no trail delivers there".to_owned())
                }
                NotReached::Trail { trail: name, problem } => (String::new(), trail::sentence(name, problem)),
                NotReached::LogGroup { problem } => (String::new(), log_group::sentence(group, problem)),
            };
            format!("log group {}{place} has {} for such events, but {why}", group.name(), of_filters(filters))
        }
        NearMiss::MatchesNone { filter, log_group: _, slips, serves } if slips.is_empty() => {
            let serves = serves.as_ref().map(|control| format!(": it matches what {control} requires"));
            format!(
                "metric filter {filter} is named as if meant for such events, and its pattern matches none of them{}",
                serves.unwrap_or_default()
            )
        }
        NearMiss::MatchesNone { filter, log_group: _, slips, serves: _ } => {
            let shown = slips.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let more = slips.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            format!("metric filter {filter} looks meant for such events and matches none of them: {shown}{more}")
        }
        NearMiss::Text { filter, log_group: _, texts } => {
            let shown = texts.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = texts.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!(
                "metric filter {filter} looks for text ({shown}{more}) anywhere in an event, not for a field's value: it misses such events that do not have the text, and matches others that have"
            )
        }
        NearMiss::OtherMetric { alarm, watched, published, likeness } => {
            let how = match likeness {
                Likeness::FilterName => "the name of the metric filter, which",
                Likeness::LetterCase => "which differs only in letter case from what the metric filter publishes:",
                Likeness::Affix => "which differs only at one end from what the metric filter publishes:",
                Likeness::Spelling => "which is spelled almost like what the metric filter publishes:",
            };
            let verb = if *likeness == Likeness::FilterName { " publishes" } else { "" };
            format!("alarm {} watches metric {watched}, {how}{verb} {published}", alarm.name)
        }
        NearMiss::EventRule { name, region, arn: _, is_recorded } => {
            let condition =
                if *is_recorded { "" } else { ", which reach EventBridge only while a trail records them" };
            format!(
                "EventBridge rule {name} in {region} matches such events{condition}; the benchmark asks for a metric filter and an alarm"
            )
        }
        NearMiss::MonitoringAccount { accounts } if !accounts.is_empty() => {
            let noun = if accounts.len() == 1 { "account" } else { "accounts" };
            format!(
                "the metrics are shared with monitoring {noun} {} (CloudWatch cross-account observability), whose alarms cannot be seen from here",
                accounts.join(", ")
            )
        }
        NearMiss::MonitoringAccount { .. } => {
            "an alarm may be in a monitoring account (CloudWatch cross-account observability), which cannot be seen from here"
                .to_owned()
        }
    }
}

fn of_filters(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        1 => format!("metric filter {shown}"),
        0..=SHOWN => format!("metric filters {shown}"),
        many => format!("metric filters {shown} and {} more", many - SHOWN),
    }
}
