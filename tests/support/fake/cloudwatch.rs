//! CloudWatch: `DescribeAlarms`, 50 a page unless up to 100 are asked for, and `DescribeAlarmsForMetric`.

use serde_json::{Value, json};

use super::{Here, ServiceError, page, text, unknown};
use crate::support::account::{Alarm, AlarmMetric, CompositeAlarm, MetricQuery, MetricStat, MuteRule};
use crate::support::wire::timestamp;

pub(super) fn answer(here: &Here<'_>, operation: &str, asked: &Value) -> Result<Value, ServiceError> {
    match operation {
        "DescribeAlarms" => alarms(here, asked),
        "DescribeAlarmsForMetric" => for_metric(here, asked),
        "ListAlarmMuteRules" => mute_rules(here, asked),
        "GetAlarmMuteRule" => {
            let name = text(asked, "AlarmMuteRuleName");
            let rule = here.region.mute_rules.iter().find(|rule| Some(rule.name.as_str()) == name);
            let rule = rule.ok_or_else(|| ServiceError::new(404, "ResourceNotFoundException", "no such mute rule"))?;
            Ok(json!({
                "Name": rule.name,
                "Rule": { "Schedule": { "Expression": rule.schedule, "Duration": rule.duration } },
                "MuteTargets": { "AlarmNames": rule.alarms },
                "Status": "SCHEDULED",
            }))
        }
        _ => Err(unknown(operation)),
    }
}

/// All of them are scheduled. How many a page holds at most is not documented: as many as of alarms.
fn mute_rules(here: &Here<'_>, asked: &Value) -> Result<Value, ServiceError> {
    let wanted = asked.get("Statuses").and_then(Value::as_array);
    let is_wanted = wanted.is_none_or(|statuses| statuses.iter().any(|status| status == "SCHEDULED"));
    let rules: &[MuteRule] = if is_wanted { &here.region.mute_rules } else { &[] };
    let (shown, next) =
        page(rules, page_size(asked)?, text(asked, "NextToken"), "ListAlarmMuteRules", "InvalidNextToken")?;
    let summaries = shown.iter().map(|rule| {
        let arn = format!(
            "arn:{}:cloudwatch:{}:{}:alarm-mute-rule:{}",
            here.account.partition, here.name, here.account.id, rule.name
        );
        json!({ "AlarmMuteRuleArn": arn, "Status": "SCHEDULED", "MuteType": "Schedule" })
    });
    let mut answer = json!({ "AlarmMuteRuleSummaries": summaries.collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

fn page_size(asked: &Value) -> Result<usize, ServiceError> {
    match asked.get("MaxRecords").and_then(Value::as_u64) {
        None => Ok(50),
        Some(size @ 1..=100) => Ok(usize::try_from(size).unwrap_or(100)),
        Some(_) => Err(ServiceError::new(400, "ValidationError", "MaxRecords must be between 1 and 100")),
    }
}

#[derive(Clone, Copy)]
enum Any<'a> {
    Metric(&'a Alarm),
    Composite(&'a CompositeAlarm),
}

impl Any<'_> {
    fn name(&self) -> &str {
        match self {
            Any::Metric(alarm) => &alarm.name,
            Any::Composite(alarm) => &alarm.name,
        }
    }

    fn actions(&self) -> &[String] {
        match self {
            Any::Metric(alarm) => &alarm.alarm_actions,
            Any::Composite(alarm) => &alarm.alarm_actions,
        }
    }
}

/// Metric alarms alone unless other types are asked for by name.
fn alarms(here: &Here<'_>, asked: &Value) -> Result<Value, ServiceError> {
    let size = page_size(asked)?;
    let list = |name: &str| -> Option<Vec<String>> {
        let items = asked.get(name)?.as_array()?;
        Some(items.iter().filter_map(Value::as_str).map(String::from).collect())
    };
    let types = list("AlarmTypes").unwrap_or_else(|| vec!["MetricAlarm".into()]);
    let wants = |kind: &str| types.iter().any(|wanted| wanted == kind);
    let mut found: Vec<Any<'_>> = Vec::new();
    if wants("MetricAlarm") {
        found.extend(here.region.alarms.iter().map(Any::Metric));
    }
    if wants("CompositeAlarm") {
        found.extend(here.region.composite_alarms.iter().map(Any::Composite));
    }
    if let Some(names) = list("AlarmNames") {
        found.retain(|alarm| names.iter().any(|name| name == alarm.name()));
    }
    if let Some(prefix) = text(asked, "AlarmNamePrefix") {
        found.retain(|alarm| alarm.name().starts_with(prefix));
    }
    if let Some(prefix) = text(asked, "ActionPrefix") {
        found.retain(|alarm| alarm.actions().iter().any(|action| action.starts_with(prefix)));
    }
    found.sort_by_key(|alarm| (matches!(alarm, Any::Composite(_)), alarm.name().to_owned()));
    let token = text(asked, "NextToken");
    let (shown, next) = page(&found, size, token, "DescribeAlarms", "InvalidNextToken")?;
    let (mut metric, mut composite) = (Vec::new(), Vec::new());
    for alarm in shown {
        match alarm {
            Any::Metric(alarm) => metric.push(metric_alarm(here, alarm)),
            Any::Composite(alarm) => composite.push(composite_alarm(here, alarm)),
        }
    }
    let mut answer = json!({ "MetricAlarms": metric, "CompositeAlarms": composite });
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

/// Blind to alarms through `Metrics[]` and to composite ones, and exact about dimensions.
fn for_metric(here: &Here<'_>, asked: &Value) -> Result<Value, ServiceError> {
    let (Some(name), Some(namespace)) = (text(asked, "MetricName"), text(asked, "Namespace")) else {
        let message = "MetricName and Namespace are required";
        return Err(ServiceError::new(400, "ValidationError", message));
    };
    let mut dimensions: Vec<(&str, &str)> = asked
        .get("Dimensions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|dimension| Some((text(dimension, "Name")?, text(dimension, "Value")?)))
        .collect();
    dimensions.sort_unstable();
    let statistic = text(asked, "Statistic");
    let period = asked.get("Period").and_then(Value::as_i64);
    let found = here.region.alarms.iter().filter(|alarm| match &alarm.metric {
        AlarmMetric::Queries(_) => false,
        AlarmMetric::Single(stat) => {
            stat.name == name
                && stat.namespace == namespace
                && stat
                    .dimensions
                    .iter()
                    .map(|(key, value)| (key.as_str(), value.as_str()))
                    .eq(dimensions.iter().copied())
                && statistic.is_none_or(|statistic| stat.statistic == statistic)
                && period.is_none_or(|period| i64::from(stat.period) == period)
        }
    });
    Ok(json!({ "MetricAlarms": found.map(|alarm| metric_alarm(here, alarm)).collect::<Vec<_>>() }))
}

fn metric_alarm(here: &Here<'_>, alarm: &Alarm) -> Value {
    let mut shown = json!({
        "AlarmName": alarm.name,
        "AlarmArn": here.account.alarm_arn(here.name, &alarm.name),
        "AlarmConfigurationUpdatedTimestamp": timestamp(1_700_000_000),
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": [],
        "StateValue": "OK",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": timestamp(1_700_000_000),
        "EvaluationPeriods": alarm.evaluation_periods,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison,
        "TreatMissingData": alarm.treat_missing_data,
        "StateTransitionedTimestamp": timestamp(1_700_000_000),
    });
    if let Some(datapoints) = alarm.datapoints_to_alarm {
        shown["DatapointsToAlarm"] = json!(datapoints);
    }
    match &alarm.metric {
        AlarmMetric::Single(stat) => {
            shown["MetricName"] = json!(stat.name);
            shown["Namespace"] = json!(stat.namespace);
            shown["Statistic"] = json!(stat.statistic);
            shown["Dimensions"] = dimensions(stat);
            shown["Period"] = json!(stat.period);
            if let Some(unit) = &stat.unit {
                shown["Unit"] = json!(unit);
            }
        }
        AlarmMetric::Queries(queries) => {
            // AWS gives an empty list of dimensions here too.
            shown["Dimensions"] = json!([]);
            shown["Metrics"] = queries.iter().map(query).collect();
        }
    }
    for (name, value) in &alarm.more {
        shown[name] = value.clone();
    }
    shown
}

fn dimensions(stat: &MetricStat) -> Value {
    stat.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

fn query(query: &MetricQuery) -> Value {
    let mut shown = json!({ "Id": query.id, "ReturnData": query.return_data });
    if let Some(expression) = &query.expression {
        shown["Expression"] = json!(expression);
    }
    if let Some(stat) = &query.stat {
        shown["MetricStat"] = json!({
            "Metric": { "Namespace": stat.namespace, "MetricName": stat.name, "Dimensions": dimensions(stat) },
            "Period": stat.period,
            "Stat": stat.statistic,
        });
    }
    shown
}

fn composite_alarm(here: &Here<'_>, alarm: &CompositeAlarm) -> Value {
    json!({
        "AlarmName": alarm.name,
        "AlarmArn": here.account.alarm_arn(here.name, &alarm.name),
        "AlarmConfigurationUpdatedTimestamp": timestamp(1_700_000_000),
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": [],
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": [],
        "AlarmRule": alarm.rule,
        "StateValue": "OK",
        "StateUpdatedTimestamp": timestamp(1_700_000_000),
    })
}
