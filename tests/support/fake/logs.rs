//! CloudWatch Logs: `DescribeMetricFilters` and `DescribeLogGroups`, 50 a page.

use serde_json::{Value, json};

use super::{Here, ServiceError, page, text, unknown};
use crate::support::account::{LogGroup, MetricFilter};

const PAGE: usize = 50;

pub(super) fn answer(here: &Here<'_>, operation: &str, asked: &Value) -> Result<Value, ServiceError> {
    match operation {
        "DescribeMetricFilters" => filters(here, asked),
        "DescribeLogGroups" => groups(here, asked),
        _ => Err(unknown(operation)),
    }
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::new(400, "InvalidParameterException", message)
}

fn size(asked: &Value) -> Result<usize, ServiceError> {
    match asked.get("limit").and_then(Value::as_u64) {
        None => Ok(PAGE),
        Some(limit @ 1..=50) => Ok(usize::try_from(limit).unwrap_or(PAGE)),
        Some(_) => Err(invalid("limit must be between 1 and 50")),
    }
}

/// Without a group, those of every group; then a name prefix is ignored, as AWS documents.
fn filters(here: &Here<'_>, asked: &Value) -> Result<Value, ServiceError> {
    let group = text(asked, "logGroupName");
    let prefix = text(asked, "filterNamePrefix").filter(|_| group.is_some()).unwrap_or_default();
    let metric = match (text(asked, "metricName"), text(asked, "metricNamespace")) {
        (None, None) => None,
        (Some(name), Some(namespace)) => Some((name, namespace)),
        (Some(_), None) | (None, Some(_)) => {
            return Err(invalid("metricName and metricNamespace go together"));
        }
    };
    let groups = &here.region.log_groups;
    if let Some(name) = group
        && !groups.iter().any(|group| group.name == name)
    {
        let message = "The specified log group does not exist.";
        return Err(ServiceError::new(400, "ResourceNotFoundException", message));
    }
    let mut found: Vec<(&LogGroup, &MetricFilter)> = groups
        .iter()
        .filter(|candidate| group.is_none_or(|name| candidate.name == name))
        .flat_map(|group| group.filters.iter().map(move |filter| (group, filter)))
        .filter(|(_, filter)| filter.name.starts_with(prefix))
        .filter(|(_, filter)| {
            metric.is_none_or(|(name, namespace)| filter.metric.name == name && filter.metric.namespace == namespace)
        })
        .collect();
    found.sort_by_key(|(group, filter)| (filter.name.as_str(), group.name.as_str()));
    let token = text(asked, "nextToken");
    let (here, next) = page(&found, size(asked)?, token, "DescribeMetricFilters", "InvalidParameterException")?;
    let shown = here.iter().map(|(group, filter)| shown(group, filter));
    let mut answer = json!({ "metricFilters": shown.collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

fn shown(group: &LogGroup, filter: &MetricFilter) -> Value {
    let mut transformation = json!({
        "metricName": filter.metric.name,
        "metricNamespace": filter.metric.namespace,
        "metricValue": filter.metric.value,
        "unit": "None",
    });
    if let Some(default) = filter.metric.default {
        transformation["defaultValue"] = json!(default);
    }
    if !filter.metric.dimensions.is_empty() {
        transformation["dimensions"] = json!(filter.metric.dimensions);
    }
    json!({
        "filterName": filter.name,
        "filterPattern": filter.pattern,
        "metricTransformations": [transformation],
        "creationTime": 1_700_000_000_000_i64,
        "logGroupName": group.name,
        "applyOnTransformedLogs": filter.on_transformed_logs,
    })
}

fn groups(here: &Here<'_>, asked: &Value) -> Result<Value, ServiceError> {
    let prefix = text(asked, "logGroupNamePrefix").unwrap_or_default();
    let part = text(asked, "logGroupNamePattern").unwrap_or_default().to_lowercase();
    let mut found: Vec<&LogGroup> = here
        .region
        .log_groups
        .iter()
        .filter(|group| group.name.starts_with(prefix) && group.name.to_lowercase().contains(&part))
        .collect();
    found.sort_by_key(|group| group.name.as_str());
    let token = text(asked, "nextToken");
    let (shown, next) = page(&found, size(asked)?, token, "DescribeLogGroups", "InvalidParameterException")?;
    let shown = shown.iter().map(|group| {
        let arn = here.account.log_group_arn(here.name, &group.name);
        json!({
            "logGroupName": group.name,
            "creationTime": 1_700_000_000_000_i64,
            "metricFilterCount": group.filters.len(),
            "arn": arn,
            "logGroupArn": arn.trim_end_matches(":*"),
            "storedBytes": 0,
            "logGroupClass": group.class,
        })
    });
    let mut answer = json!({ "logGroups": shown.collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}
