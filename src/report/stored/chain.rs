//! Reads the resources of a chain back from a JSON report.

use serde::Deserialize;

use super::words::{StoredError, word};
use crate::finding::{AlarmStep, Chain, Edge, FilterStep, Metric, Quiet, Step, SubscriptionStep, TrailStep};
use crate::snapshot::SubscriptionState;

#[derive(Deserialize)]
pub(super) struct ChainRow {
    trail: Option<TrailRow>,
    log_group: Option<ArnRow>,
    metric_filters: Vec<FilterRow>,
    alarms: Vec<AlarmRow>,
    topics: Vec<ArnRow>,
    subscriptions: Vec<SubscriptionRow>,
}

#[derive(Deserialize)]
struct TrailRow {
    arn: String,
    home_region: String,
}

#[derive(Deserialize)]
struct ArnRow {
    arn: String,
}

#[derive(Deserialize)]
struct FilterRow {
    name: String,
    pattern: String,
    covers: Option<bool>,
    metrics: Vec<MetricRow>,
}

#[derive(Deserialize)]
struct MetricRow {
    namespace: String,
    name: String,
}

#[derive(Deserialize)]
struct AlarmRow {
    arn: String,
    quiet_seconds: Option<u64>,
    #[serde(default)]
    latches: bool,
    metrics: Vec<MetricRow>,
    topics: Vec<String>,
}

#[derive(Deserialize)]
struct SubscriptionRow {
    topic: String,
    protocol: String,
    endpoint: String,
    state: String,
}

impl ChainRow {
    /// The steps, and what leads to what if the rows say so.
    pub(super) fn chain(self) -> Result<Chain, StoredError> {
        let metrics = |rows: Vec<MetricRow>| -> Vec<Metric> {
            rows.into_iter().map(|MetricRow { namespace, name }| Metric { namespace, name }).collect()
        };
        let trail =
            self.trail.map(|TrailRow { arn, home_region }| Step::Trail(TrailStep { arn: arn.into(), home_region }));
        let mut steps: Vec<Step> = trail.into_iter().collect();
        steps.extend(self.log_group.map(|row| Step::LogGroup(row.arn.into())));
        steps.extend(self.metric_filters.into_iter().map(|FilterRow { name, pattern, covers, metrics: published }| {
            Step::MetricFilter(FilterStep { name, pattern, covers, metrics: metrics(published) })
        }));
        steps.extend(self.alarms.into_iter().map(
            |AlarmRow { arn, quiet_seconds, latches, metrics: watched, topics }| {
                Step::Alarm(AlarmStep {
                    arn: arn.into(),
                    is_composite: watched.is_empty(),
                    quiet: match (latches, quiet_seconds) {
                        (true, _) => Some(Quiet::UntilReset),
                        (false, Some(seconds)) => Some(Quiet::AtLeast { seconds }),
                        (false, None) => None,
                    },
                    metrics: metrics(watched),
                    topics: topics.into_iter().map(Into::into).collect(),
                })
            },
        ));
        steps.extend(self.topics.into_iter().map(|row| Step::Topic(row.arn.into())));
        for SubscriptionRow { topic, protocol, endpoint, state } in self.subscriptions {
            let state = word("subscriptions.state", &state, SubscriptionState::ALL, SubscriptionState::as_str)?;
            steps.push(Step::Subscription(SubscriptionStep { topic: topic.into(), protocol, endpoint, state }));
        }
        let edges = edges(&steps);
        Ok(Chain::new(steps, edges))
    }
}

fn edges(steps: &[Step]) -> Vec<Edge> {
    let leads = |from: &Step, to: &Step| match (from, to) {
        (Step::Trail(_), Step::LogGroup(_)) | (Step::LogGroup(_), Step::MetricFilter(_)) => true,
        (Step::MetricFilter(filter), Step::Alarm(alarm)) => {
            filter.metrics.iter().any(|metric| alarm.metrics.contains(metric))
        }
        (Step::Alarm(alarm), Step::Topic(topic)) => alarm.topics.contains(topic),
        (Step::Topic(topic), Step::Subscription(subscription)) => subscription.topic == *topic,
        _ => false,
    };
    let all = steps.iter().enumerate();
    let pairs = all.clone().flat_map(|from| all.clone().map(move |to| (from, to)));
    pairs.filter(|((_, from), (_, to))| leads(from, to)).map(|((from, _), (to, _))| Edge { from, to }).collect()
}
