//! Log groups and their metric filters, as CloudWatch Logs says it: no judgement, and no pattern is read here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::absent::is_false;
use crate::arn::LogGroupArn;

/// A log group that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    /// `arn:…:logs:REGION:ACCOUNT:log-group:NAME`, without the `:*` that some APIs append.
    pub arn: LogGroupArn,
    /// Whether it exists. `None`: that could not be read.
    pub exists: Option<bool>,
    /// `logGroupClass`: metric filters work on `STANDARD` alone. `None`: not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Every metric filter of the group. `None`: they could not be read.
    pub metric_filters: Option<Vec<MetricFilter>>,
}

/// A metric filter (`DescribeMetricFilters`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricFilter {
    /// `filterName`.
    pub name: String,
    /// `filterPattern`, byte for byte. Empty matches every event.
    #[serde(default)]
    pub pattern: String,
    /// `metricTransformations`.
    #[serde(default)]
    pub transformations: Vec<MetricTransformation>,
    /// `applyOnTransformedLogs`: the pattern sees the log group's transformed events.
    #[serde(default, skip_serializing_if = "is_false")]
    pub apply_on_transformed_logs: bool,
    /// `fieldSelectionCriteria`: a second condition, on source account and region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_selection_criteria: Option<String>,
    /// `emitSystemFieldDimensions`: `@aws.account`, `@aws.region` as dimensions of what a match publishes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emit_system_field_dimensions: Vec<String>,
    /// `creationTime`: events before it were never counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<Timestamp>,
}

/// What a metric filter publishes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricTransformation {
    /// `metricNamespace`.
    pub namespace: String,
    /// `metricName`.
    pub name: String,
    /// `metricValue`: a number, or a selector such as `$.latency`.
    pub value: String,
    /// `defaultValue`: contributed by each event that does not match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<f64>,
    /// `dimensions`: name → selector of the event's field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    /// `unit`. Absent means `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}
