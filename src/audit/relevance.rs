//! Which metrics, alarms and topics an audit will look at: what is worth another request, and what a fix may use.
//!
//! It may err by a topic too many, which costs two requests, and never by one too few.

use std::collections::BTreeSet;

use crate::alarm_rule::AlarmRule;
use crate::arn::TopicArn;
use crate::snapshot::{AlarmActions, CompositeAlarm, LogGroup, MetricAlarm, MetricFilter, RegionAlarms, Watched};

/// A metric without its dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Metric<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
}

/// The metrics of a region that filters of interest publish.
pub(crate) fn metrics<'a>(
    groups: impl IntoIterator<Item = &'a LogGroup>,
    is_of_interest: &dyn Fn(&MetricFilter) -> bool,
) -> BTreeSet<Metric<'a>> {
    let filters = groups.into_iter().flat_map(|group| group.metric_filters.iter().flatten());
    filters
        .filter(|filter| is_of_interest(filter))
        .flat_map(|filter| &filter.transformations)
        .map(|published| Metric { namespace: &published.namespace, name: &published.name })
        .collect()
}

/// The SNS topics that alarms on these metrics, and composite alarms above them, send to.
pub(crate) fn topics(alarms: &RegionAlarms, metrics: &BTreeSet<Metric<'_>>) -> BTreeSet<TopicArn> {
    let watching: Vec<&MetricAlarm> = alarms.metric_alarms.iter().filter(|alarm| watches(alarm, metrics)).collect();
    let above = composites_above(&watching, &alarms.composite_alarms);
    let actions = watching.iter().map(|alarm| &alarm.actions).chain(above.iter().map(|alarm| &alarm.actions));
    actions.flat_map(AlarmActions::topics).collect()
}

fn watches(alarm: &MetricAlarm, metrics: &BTreeSet<Metric<'_>>) -> bool {
    let is_relevant = |namespace, name| metrics.contains(&Metric { namespace, name });
    match &alarm.watches {
        Watched::Metric(metric) => is_relevant(&metric.namespace, &metric.name),
        Watched::Queries(queries) => {
            queries.iter().filter_map(|query| query.stat.as_ref()).any(|stat| is_relevant(&stat.namespace, &stat.name))
        }
        Watched::Criteria(_) => false,
    }
}

/// Composite alarms whose rule names one of the alarms, or a composite that does. A rule that cannot be read may.
fn composites_above<'a>(alarms: &[&MetricAlarm], composites: &'a [CompositeAlarm]) -> Vec<&'a CompositeAlarm> {
    let mut known: BTreeSet<&str> = alarms.iter().flat_map(|alarm| [alarm.name.as_str(), alarm.arn.as_str()]).collect();
    let rules: Vec<Option<AlarmRule>> = composites.iter().map(|alarm| AlarmRule::parse(&alarm.rule)).collect();
    let mut waiting: Vec<(&CompositeAlarm, Option<Vec<&str>>)> =
        composites.iter().zip(&rules).map(|(alarm, rule)| (alarm, rule.as_ref().map(AlarmRule::alarms))).collect();
    let mut above = Vec::new();
    loop {
        let (reached, rest): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|(_, names)| names.as_ref().is_none_or(|names| names.iter().any(|name| known.contains(name))));
        if reached.is_empty() {
            return above;
        }
        for (alarm, _) in reached {
            known.extend([alarm.name.as_str(), alarm.arn.as_str()]);
            above.push(alarm);
        }
        waiting = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{MetricQuery, MetricStat, MetricTransformation};

    fn actions(topic: &str) -> AlarmActions {
        let alarm = vec![format!("arn:aws:sns:us-east-1:111122223333:{topic}")];
        AlarmActions { enabled: true, alarm, ok: Vec::new(), insufficient_data: Vec::new() }
    }

    fn stat(namespace: &str, name: &str) -> MetricStat {
        MetricStat {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions: std::collections::BTreeMap::default(),
            statistic: "Sum".to_owned(),
            period: 300,
            unit: None,
        }
    }

    fn alarm(name: &str, topic: &str, watches: Watched) -> MetricAlarm {
        MetricAlarm {
            arn: format!("arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}").into(),
            name: name.to_owned(),
            actions: actions(topic),
            watches,
            threshold: Some(1.0),
            threshold_metric_id: None,
            comparison: None,
            evaluation_periods: Some(1),
            datapoints_to_alarm: None,
            treat_missing_data: None,
            low_samples: None,
            state: None,
            evaluation_state: None,
            window: None,
            warm_up: None,
            tags_in_messages: None,
        }
    }

    fn composite(name: &str, topic: &str, rule: &str) -> CompositeAlarm {
        CompositeAlarm {
            arn: format!("arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}").into(),
            name: name.to_owned(),
            actions: actions(topic),
            rule: rule.to_owned(),
            suppressor: None,
        }
    }

    fn found(metric_alarms: Vec<MetricAlarm>, composite_alarms: Vec<CompositeAlarm>) -> Vec<String> {
        let alarms = RegionAlarms {
            region: "us-east-1".to_owned(),
            complete: true,
            metric_alarms,
            composite_alarms,
            log_alarms: Vec::new(),
            mute_rules: None,
        };
        let metrics = BTreeSet::from([Metric { namespace: "CIS", name: "Root" }]);
        let topics = topics(&alarms, &metrics);
        topics.iter().map(|arn| arn.rsplit(':').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn topics_of_alarms_on_relevant_metrics_matter() {
        let on = |namespace, name| Watched::Metric(stat(namespace, name));
        let alarms = vec![
            alarm("a", "right", on("CIS", "Root")),
            alarm("b", "other-namespace", on("cis", "Root")),
            alarm("c", "other-name", on("CIS", "Other")),
        ];
        assert_eq!(found(alarms, Vec::new()), ["right"]);
    }

    #[test]
    fn metric_math_counts() {
        let query = MetricQuery {
            id: "m1".to_owned(),
            return_data: None,
            stat: Some(stat("CIS", "Root")),
            expression: None,
            period: None,
            account_id: None,
        };
        assert_eq!(found(vec![alarm("a", "math", Watched::Queries(vec![query]))], Vec::new()), ["math"]);
    }

    #[test]
    fn composites_are_followed_upwards() {
        let child = alarm("say \"root\"", "child", Watched::Metric(stat("CIS", "Root")));
        let composites = vec![
            composite("top", "top", "OK(x) OR ALARM(middle)"),
            composite("middle", "middle", r#"ALARM("say \"root\"") OR ALARM(y)"#),
            composite("apart", "apart", "ALARM(roo) AND ALARM(\"middle-not\")"),
        ];
        assert_eq!(found(vec![child], composites), ["child", "middle", "top"]);
    }

    #[test]
    fn composites_with_unreadable_rules_count() {
        let child = alarm("a", "child", Watched::Metric(stat("CIS", "Root")));
        assert_eq!(found(vec![child], vec![composite("c", "parent", "SOME(a)")]), ["child", "parent"]);
    }

    #[test]
    fn composites_may_name_children_by_arn() {
        let rule = "AT_LEAST(1, ALARM, (arn:aws:cloudwatch:us-east-1:111122223333:alarm:a, b))";
        let child = alarm("a", "child", Watched::Metric(stat("CIS", "Root")));
        assert_eq!(found(vec![child], vec![composite("c", "parent", rule)]), ["child", "parent"]);
    }

    #[test]
    fn only_actions_that_are_topics_count() {
        let mut lambda = alarm("a", "topic", Watched::Metric(stat("CIS", "Root")));
        lambda.actions.alarm = vec!["arn:aws:lambda:us-east-1:111122223333:function:f".to_owned()];
        assert!(found(vec![lambda], Vec::new()).is_empty());
    }

    #[test]
    fn metrics_come_from_filters_of_interest() {
        let filter = |name: &str| MetricFilter {
            name: name.to_owned(),
            pattern: String::new(),
            transformations: vec![MetricTransformation {
                namespace: "CIS".to_owned(),
                name: format!("{name}-count"),
                value: "1".to_owned(),
                default_value: None,
                dimensions: std::collections::BTreeMap::default(),
                unit: None,
            }],
            apply_on_transformed_logs: false,
            field_selection_criteria: None,
            emit_system_field_dimensions: Vec::new(),
            creation_time: None,
        };
        let group = LogGroup {
            arn: String::new().into(),
            exists: Some(true),
            class: None,
            metric_filters: Some(vec![filter("yes"), filter("no")]),
        };
        let metrics = metrics([&group], &|filter| filter.name == "yes");
        assert_eq!(metrics, BTreeSet::from([Metric { namespace: "CIS", name: "yes-count" }]));
    }
}
