//! The resources of a chain, as rows of the JSON report.

use schemars::JsonSchema;
use serde::Serialize;

use super::words;
use crate::arn::TopicArn;
use crate::finding::{Chain, Metric, Quiet, SubscriptionStep};
use crate::mask;

/// The resources of a chain, in the order in which an event travels.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Chain")]
pub(super) struct ChainRow<'a> {
    /// The trail that records the event.
    trail: Option<TrailRow<'a>>,
    /// The log group that the trail delivers to.
    log_group: Option<ArnRow<'a>>,
    /// The metric filters that matter to the control.
    metric_filters: Vec<FilterRow<'a>>,
    /// The alarms on their metrics.
    alarms: Vec<AlarmRow<'a>>,
    /// The topics that those alarms name.
    topics: Vec<ArnRow<'a>>,
    /// Subscriptions of those topics.
    subscriptions: Vec<SubscriptionRow<'a>>,
}

/// A trail.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Trail")]
struct TrailRow<'a> {
    /// Its ARN.
    arn: &'a str,
    /// Where it lives.
    home_region: &'a str,
}

/// A resource of which there is nothing to say but its ARN.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Resource")]
struct ArnRow<'a> {
    /// Its ARN.
    arn: &'a str,
}

/// A metric filter.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MetricFilter")]
struct FilterRow<'a> {
    /// Its name.
    name: &'a str,
    /// Its pattern.
    pattern: &'a str,
    /// Whether it covers the control by itself; null where that cannot be decided.
    covers: Option<bool>,
    /// The metrics that it publishes.
    metrics: Vec<MetricRow<'a>>,
}

/// A metric.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Metric")]
struct MetricRow<'a> {
    /// Its namespace.
    namespace: &'a str,
    /// Its name.
    name: &'a str,
}

/// An alarm.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Alarm")]
struct AlarmRow<'a> {
    /// Its ARN.
    arn: &'a str,
    /// Seconds for which, once an event has brought it to ALARM, it notifies of no further one, at least. Null where it
    /// never leaves ALARM by itself, and where that is not known.
    quiet_seconds: Option<u64>,
    /// It stays in ALARM after the first event until it is reset manually, and notifies of nothing more.
    latches: bool,
    /// The metrics of the chain that it watches.
    metrics: Vec<MetricRow<'a>>,
    /// ARNs of the topics among its actions.
    topics: Vec<&'a str>,
}

/// A subscription.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Subscription")]
struct SubscriptionRow<'a> {
    /// ARN of the topic.
    topic: &'a str,
    /// `email`, `https`, `sqs`, …
    protocol: &'a str,
    /// The address, masked unless it was asked for in full.
    endpoint: String,
    /// Whether it gets messages.
    #[schemars(schema_with = "words::subscription_states")]
    state: &'static str,
}

pub(super) fn chain(chain: &Chain, show_endpoints: bool) -> ChainRow<'_> {
    ChainRow {
        trail: chain.trail().map(|trail| TrailRow { arn: &trail.arn, home_region: &trail.home_region }),
        log_group: chain.log_group().map(|arn| ArnRow { arn }),
        metric_filters: chain
            .metric_filters()
            .map(|filter| FilterRow {
                name: &filter.name,
                pattern: &filter.pattern,
                covers: filter.covers,
                metrics: metrics(&filter.metrics),
            })
            .collect(),
        alarms: chain
            .alarms()
            .map(|alarm| AlarmRow {
                arn: &alarm.arn,
                quiet_seconds: match alarm.quiet {
                    Some(Quiet::AtLeast { seconds }) => Some(seconds),
                    Some(Quiet::UntilReset) | None => None,
                },
                latches: alarm.quiet == Some(Quiet::UntilReset),
                metrics: metrics(&alarm.metrics),
                topics: alarm.topics.iter().map(TopicArn::as_str).collect(),
            })
            .collect(),
        topics: chain.topics().map(|arn| ArnRow { arn }).collect(),
        subscriptions: chain.subscriptions().map(|step| subscription(step, show_endpoints)).collect(),
    }
}

fn metrics(metrics: &[Metric]) -> Vec<MetricRow<'_>> {
    metrics.iter().map(|metric| MetricRow { namespace: &metric.namespace, name: &metric.name }).collect()
}

fn subscription(step: &SubscriptionStep, show_endpoints: bool) -> SubscriptionRow<'_> {
    SubscriptionRow {
        topic: &step.topic,
        protocol: &step.protocol,
        endpoint: mask::shown(&step.protocol, &step.endpoint, show_endpoints),
        state: step.state.as_str(),
    }
}
