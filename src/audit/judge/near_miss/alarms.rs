//! Alarms on a metric that is called nearly as the one that a metric filter publishes.

use std::collections::BTreeSet;

use crate::audit::alarm::watched;
use crate::finding::facts::{Likeness, Named, NearMiss};
use crate::finding::{Chain, FilterStep, Metric};
use crate::snapshot::{MetricAlarm, Snapshot};

/// Alarms that are named at most.
const MOST: usize = 3;

/// The alarms in the region of a chain's log group that watch nearly what its metric filters publish. An alarm on what
/// some other filter publishes was meant for that.
pub(super) fn find(snapshot: &Snapshot, chain: &Chain) -> Vec<NearMiss> {
    let Some(region) = chain.log_group().and_then(|arn| arn.region()) else { return Vec::new() };
    let alarms = snapshot.alarms_in(region).map(|alarms| alarms.metric_alarms.as_slice()).unwrap_or_default();
    let published = published(snapshot, region);
    let mut found: Vec<(Likeness, NearMiss)> = Vec::new();
    for alarm in alarms {
        let stats = watched(alarm, &snapshot.account_id).map(|stat| (stat.namespace.as_str(), stat.name.as_str()));
        for stat in stats.filter(|stat| !published.contains(stat)) {
            found.extend(chain.metric_filters().filter_map(|filter| near(alarm, stat, filter)));
        }
    }
    found.sort_by_key(|(likeness, _)| *likeness);
    found.into_iter().map(|(_, near)| near).take(MOST).collect()
}

/// An alarm that watches nearly what a filter publishes.
fn near(alarm: &MetricAlarm, watched: (&str, &str), filter: &FilterStep) -> Option<(Likeness, NearMiss)> {
    filter.metrics.iter().find_map(|Metric { namespace, name }| {
        let likeness = likeness(watched, (namespace, name), &filter.name)?;
        let near = NearMiss::OtherMetric {
            alarm: Named::new(&alarm.name, &alarm.arn),
            watched: format!("{}/{}", watched.0, watched.1),
            published: format!("{namespace}/{name}"),
            likeness,
        };
        Some((likeness, near))
    })
}

/// The metrics that metric filters of a region publish: namespace and name.
fn published<'a>(snapshot: &'a Snapshot, region: &str) -> BTreeSet<(&'a str, &'a str)> {
    let groups = snapshot.log_groups.iter().filter(|group| group.arn.region() == Some(region));
    let filters = groups.flat_map(|group| group.metric_filters.iter().flatten());
    let metrics = filters.flat_map(|filter| &filter.transformations);
    metrics.map(|metric| (metric.namespace.as_str(), metric.name.as_str())).collect()
}

/// How a metric that is watched is like one that is published by a filter. `None`: it is not.
fn likeness(watched: (&str, &str), published: (&str, &str), filter: &str) -> Option<Likeness> {
    if watched.1 == filter && published.1 != filter {
        return Some(Likeness::FilterName);
    }
    let difference = |watched: &str, published: &str| {
        if watched == published { Some(None) } else { alike(watched, published).map(Some) }
    };
    let (namespace, name) = (difference(watched.0, published.0)?, difference(watched.1, published.1)?);
    namespace.max(name)
}

/// How a name is like another that is not the same.
fn alike(one: &str, other: &str) -> Option<Likeness> {
    /// A shorter name is a part of many.
    const SHORTEST: usize = 5;
    const LONGEST: usize = 255;
    // No name or namespace of a metric is longer (CloudWatch API reference, Metric), only one in a file.
    if one.len().max(other.len()) > LONGEST {
        return None;
    }
    if one.eq_ignore_ascii_case(other) {
        return Some(Likeness::LetterCase);
    }
    let bare = |name: &str| -> String {
        name.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (one, other) = (bare(one), bare(other));
    if one == other && !one.is_empty() {
        return Some(Likeness::Spelling);
    }
    let (short, long) = if one.len() < other.len() { (&one, &other) } else { (&other, &one) };
    if short.len() >= SHORTEST && (long.starts_with(short.as_str()) || long.ends_with(short.as_str())) {
        return Some(Likeness::Affix);
    }
    // Each sign that is wrong among so many that are right.
    let most = match short.chars().count() {
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    };
    let is_near = long.len() - short.len() <= most * 4 && strsim::osa_distance(short, long) <= most;
    is_near.then_some(Likeness::Spelling)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_a_little_are_alike() {
        let filter = "root-usage";
        for (watched, published, wanted) in [
            (("CIS", "root-usage"), ("CIS", "RootUsage"), Some(Likeness::FilterName)),
            (("CIS", "rootusage"), ("CIS", "RootUsage"), Some(Likeness::LetterCase)),
            (("cis", "RootUsage"), ("CIS", "RootUsage"), Some(Likeness::LetterCase)),
            (("CIS", "RootUsage"), ("CIS", "x1-RootUsage"), Some(Likeness::Affix)),
            (("CIS", "RootUsageCount"), ("CIS", "RootUsage"), Some(Likeness::Affix)),
            (("CIS", "Root_Usage"), ("CIS", "RootUsage"), Some(Likeness::Spelling)),
            (("CIS", "RootUsgae"), ("CIS", "RootUsage"), Some(Likeness::Spelling)),
            (("LogMetric", "RootUsgae"), ("LogMetrics", "RootUsage"), Some(Likeness::Spelling)),
            (("CIS", "VpcChanges"), ("CIS", "RouteTableChanges"), None),
            (("Other", "RootUsgae"), ("CIS", "RootUsage"), None),
            (("CIS", "Use"), ("CIS", "RootUse"), None),
        ] {
            assert_eq!(likeness(watched, published, filter), wanted, "{watched:?} {published:?}");
        }
    }
}
