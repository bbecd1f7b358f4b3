//! Near misses in the JSON document: each by its kind and the names of the case.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use std::slice;

use crate::finding::Reason;
use crate::finding::facts::{Likeness, NearMiss};

/// Something that is nearly what the control asks for: one of the warnings, by its names.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NearMiss")]
pub(super) struct NearMissRow<'a> {
    /// In which way it misses.
    #[schemars(schema_with = "near_misses")]
    kind: &'static str,
    /// The facts for people, in a sentence or a few.
    message: String,
    /// Names of the metric filters.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    metric_filters: &'a [String],
    /// ARN of the log group that they are on.
    #[serde(skip_serializing_if = "Option::is_none")]
    log_group: Option<&'a str>,
    /// What is wrong with the metric filter's pattern, for people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<String>,
    /// ARN of the alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm: Option<&'a str>,
    /// The metric that it watches, `namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    watched: Option<&'a str>,
    /// The metric that the metric filter publishes, `namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<&'a str>,
    /// ARN of the EventBridge rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_rule: Option<&'a str>,
    /// The monitoring accounts that get the metrics.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    accounts: &'a [String],
}

impl<'a> NearMissRow<'a> {
    pub(super) fn new(reason: &'a Reason, near: &'a NearMiss) -> Self {
        let row = Self {
            kind: near.kind(),
            message: reason.message(),
            metric_filters: &[],
            log_group: None,
            faults: Vec::new(),
            alarm: None,
            watched: None,
            published: None,
            event_rule: None,
            accounts: &[],
        };
        match near {
            NearMiss::Elsewhere { filters, log_group, why: _ } => {
                Self { metric_filters: filters, log_group: Some(log_group), ..row }
            }
            NearMiss::MatchesNone { filter, log_group, slips, serves: _ } => Self {
                metric_filters: slice::from_ref(filter),
                log_group: Some(log_group),
                faults: slips.iter().map(ToString::to_string).collect(),
                ..row
            },
            NearMiss::Text { filter, log_group, texts: _ } => {
                Self { metric_filters: slice::from_ref(filter), log_group: Some(log_group), ..row }
            }
            NearMiss::OtherMetric { alarm, watched, published, likeness: _ } => {
                Self { alarm: Some(&alarm.arn), watched: Some(watched), published: Some(published), ..row }
            }
            NearMiss::EventRule { arn, .. } => Self { event_rule: Some(arn), ..row },
            NearMiss::MonitoringAccount { accounts } => Self { accounts, ..row },
        }
    }
}

fn near_misses(_: &mut SchemaGenerator) -> Schema {
    let [filter_name, letter_case, affix, spelling] = Likeness::ALL.map(Likeness::as_str);
    json_schema!({
        "type": "string",
        "enum": ["other_log_group", "matches_none", "text_pattern", filter_name, letter_case, affix, spelling, "event_rule", "monitoring_account"],
    })
}
