//! CloudWatch: metric, composite and log alarms, and the mute rules that silence them.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::config::Builder;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::types as sdk;
use aws_sdk_cloudwatch::types::{AlarmMuteRuleStatus, AlarmType};
use futures::{StreamExt as _, stream};

use super::clients::Clients;
use super::error::{Call, Failure, Trouble};
use super::region::AT_ONCE;
use super::timestamp;
use crate::arn::Arn;
use crate::audit::relevance::Metric;
use crate::snapshot::{
    AlarmActions, CompositeAlarm, LogAlarm, MetricAlarm, MetricQuery, MetricStat, MuteRule, Watched,
};

/// One page of `DescribeAlarms`.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) metric_alarms: Vec<MetricAlarm>,
    pub(super) composite_alarms: Vec<CompositeAlarm>,
    pub(super) log_alarms: Vec<LogAlarm>,
    /// Where the next page begins. `None`: this was the last.
    pub(super) next: Option<String>,
}

/// One page of `cloudwatch:DescribeAlarms`: of 100, the most there may be; composite and log alarms must be asked for.
pub(super) async fn page(clients: &Clients, region: &str, token: Option<String>) -> Result<Page, Failure> {
    let call = Call { operation: "cloudwatch:DescribeAlarms", region, resource: None };
    let request = clients.cloudwatch(region).describe_alarms().max_records(100);
    let request = request.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
    let request = request.alarm_types(AlarmType::LogAlarm);
    let answer = request.set_next_token(token).send().await.map_err(|error| call.failure(&error))?;
    Ok(Page {
        metric_alarms: answer.metric_alarms.unwrap_or_default().into_iter().map(metric_alarm).collect(),
        composite_alarms: answer.composite_alarms.unwrap_or_default().into_iter().map(composite_alarm).collect(),
        log_alarms: answer.log_alarms.unwrap_or_default().into_iter().map(log_alarm).collect(),
        next: answer.next_token.filter(|token| !token.is_empty()),
    })
}

/// Pages of mute rules, of 100 each, after which their end is despaired of: there are seldom any rules.
const MOST_MUTE_PAGES: usize = 10;

/// Attempts at a list of mute rules. Not every place has such rules, and one that answers for its own unknown operations
/// with a server's fault is not asked five times.
const MUTE_ATTEMPTS: u32 = 3;

/// All mute rules of a region that have not expired: `cloudwatch:ListAlarmMuteRules`, then `GetAlarmMuteRule` for each.
pub(super) async fn mute_rules(clients: &Clients, region: &str) -> Result<Vec<MuteRule>, Failure> {
    let names = mute_rule_names(clients, region).await?;
    let rules: Vec<_> =
        stream::iter(names.iter().map(|name| mute_rule(clients, region, name))).buffered(AT_ONCE).collect().await;
    rules.into_iter().filter_map(Result::transpose).collect()
}

/// All pages of `cloudwatch:ListAlarmMuteRules`.
async fn mute_rule_names(clients: &Clients, region: &str) -> Result<Vec<String>, Failure> {
    let call = Call { operation: "cloudwatch:ListAlarmMuteRules", region, resource: None };
    let retries = clients.config().retry_config().cloned().unwrap_or_else(RetryConfig::standard);
    let attempts = retries.max_attempts().min(MUTE_ATTEMPTS);
    let few = || Builder::new().retry_config(retries.clone().with_max_attempts(attempts));
    let cloudwatch = clients.cloudwatch(region);
    let (mut names, mut token) = (Vec::new(), None);
    for _ in 0..MOST_MUTE_PAGES {
        let request = cloudwatch.list_alarm_mute_rules().max_records(100).set_next_token(token);
        let request = request.statuses(AlarmMuteRuleStatus::Active).statuses(AlarmMuteRuleStatus::Scheduled);
        let answer = request.customize().config_override(few()).send().await.map_err(|error| call.failure(&error))?;
        let found = answer.alarm_mute_rule_summaries.unwrap_or_default().into_iter();
        names.extend(found.filter_map(|summary| summary.alarm_mute_rule_arn).map(|arn| {
            // `arn:…:alarm-mute-rule:NAME`
            let name = Arn::parse(&arn).and_then(|arn| arn.resource.split_once(':')).map(|(_, name)| name.to_owned());
            name.unwrap_or(arn)
        }));
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(names);
        }
    }
    Err(call.bad_answer("the pages of mute rules do not end"))
}

/// `cloudwatch:GetAlarmMuteRule`. `None`: the rule went away since it was listed.
async fn mute_rule(clients: &Clients, region: &str, name: &str) -> Result<Option<MuteRule>, Failure> {
    let call = Call { operation: "cloudwatch:GetAlarmMuteRule", region, resource: Some(name) };
    let request = clients.cloudwatch(region).get_alarm_mute_rule().alarm_mute_rule_name(name);
    let answer = match request.send().await.map_err(|error| call.failure(&error)) {
        Ok(answer) => answer,
        Err(failure) if failure.trouble == Trouble::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let schedule = answer.rule.and_then(|rule| rule.schedule);
    let (expression, duration) = schedule.map(|schedule| (schedule.expression, schedule.duration)).unwrap_or_default();
    Ok(Some(MuteRule {
        name: name.to_owned(),
        alarms: answer.mute_targets.and_then(|targets| targets.alarm_names).unwrap_or_default(),
        schedule: expression.unwrap_or_default(),
        duration: duration.unwrap_or_default(),
        status: answer.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        start: answer.start_date.and_then(timestamp),
        expire: answer.expire_date.and_then(timestamp),
    }))
}

/// The failure of pages that do not end.
pub(super) fn endless(region: &str) -> Failure {
    Call { operation: "cloudwatch:DescribeAlarms", region, resource: None }.bad_answer("the pages of alarms do not end")
}

/// `cloudwatch:DescribeAlarmsForMetric`: alarms that watch exactly this metric without dimensions. It omits those that
/// watch it through `Metrics[]`, and composite alarms.
pub(super) async fn alarms_on(
    clients: &Clients,
    region: &str,
    metric: Metric<'_>,
) -> Result<Vec<MetricAlarm>, Failure> {
    let call = Call { operation: "cloudwatch:DescribeAlarmsForMetric", region, resource: Some(metric.name) };
    let request = clients.cloudwatch(region).describe_alarms_for_metric();
    let request = request.namespace(metric.namespace).metric_name(metric.name);
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    Ok(answer.metric_alarms.unwrap_or_default().into_iter().map(metric_alarm).collect())
}

fn metric_alarm(mut alarm: sdk::MetricAlarm) -> MetricAlarm {
    MetricAlarm {
        watches: watched(&mut alarm),
        arn: alarm.alarm_arn.unwrap_or_default(),
        name: alarm.alarm_name.unwrap_or_default(),
        actions: AlarmActions {
            enabled: alarm.actions_enabled.unwrap_or(true),
            alarm: alarm.alarm_actions.unwrap_or_default(),
            ok: alarm.ok_actions.unwrap_or_default(),
            insufficient_data: alarm.insufficient_data_actions.unwrap_or_default(),
        },
        threshold: alarm.threshold,
        threshold_metric_id: alarm.threshold_metric_id,
        comparison: alarm.comparison_operator.map(|operator| operator.as_str().to_owned()),
        evaluation_periods: alarm.evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm,
        treat_missing_data: alarm.treat_missing_data,
        low_samples: alarm.evaluate_low_sample_count_percentile,
        state: alarm.state_value.map(|state| state.as_str().to_owned()),
        evaluation_state: alarm.evaluation_state.map(|state| state.as_str().to_owned()),
    }
}

fn watched(alarm: &mut sdk::MetricAlarm) -> Watched {
    if let Some(criteria) = alarm.evaluation_criteria.take() {
        let query = match criteria {
            sdk::EvaluationCriteria::PromQlCriteria(criteria) => criteria.query,
            _ => None,
        };
        return Watched::Criteria(query.unwrap_or_default());
    }
    // Exactly one of the two is set; a list of queries is never empty where it is the one.
    if let Some(queries) = alarm.metrics.take().filter(|queries| !queries.is_empty()) {
        return Watched::Queries(queries.into_iter().map(query).collect());
    }
    match (alarm.namespace.take(), alarm.metric_name.take()) {
        (Some(namespace), Some(name)) => {
            let statistic = alarm.statistic.take().map(|statistic| statistic.as_str().to_owned());
            Watched::Metric(MetricStat {
                namespace,
                name,
                dimensions: dimensions(alarm.dimensions.take()),
                statistic: statistic.or(alarm.extended_statistic.take()).unwrap_or_default(),
                period: alarm.period.unwrap_or_default(),
                unit: alarm.unit.take().map(|unit| unit.as_str().to_owned()),
            })
        }
        _ => Watched::Queries(Vec::new()),
    }
}

fn dimensions(dimensions: Option<Vec<sdk::Dimension>>) -> BTreeMap<String, String> {
    let dimensions = dimensions.unwrap_or_default().into_iter();
    dimensions.map(|dimension| (dimension.name.unwrap_or_default(), dimension.value.unwrap_or_default())).collect()
}

fn query(query: sdk::MetricDataQuery) -> MetricQuery {
    MetricQuery {
        id: query.id.unwrap_or_default(),
        return_data: query.return_data,
        stat: query.metric_stat.and_then(stat),
        expression: query.expression,
        period: query.period,
        account_id: query.account_id,
    }
}

fn stat(stat: sdk::MetricStat) -> Option<MetricStat> {
    let metric = stat.metric?;
    Some(MetricStat {
        namespace: metric.namespace.unwrap_or_default(),
        name: metric.metric_name.unwrap_or_default(),
        dimensions: dimensions(metric.dimensions),
        statistic: stat.stat.unwrap_or_default(),
        period: stat.period.unwrap_or_default(),
        unit: stat.unit.map(|unit| unit.as_str().to_owned()),
    })
}

fn log_alarm(alarm: sdk::LogAlarm) -> LogAlarm {
    let query = alarm.scheduled_query_configuration;
    LogAlarm {
        arn: alarm.alarm_arn.unwrap_or_default(),
        name: alarm.alarm_name.unwrap_or_default(),
        log_groups: query.and_then(|query| query.log_group_identifiers).unwrap_or_default(),
    }
}

fn composite_alarm(alarm: sdk::CompositeAlarm) -> CompositeAlarm {
    CompositeAlarm {
        arn: alarm.alarm_arn.unwrap_or_default(),
        name: alarm.alarm_name.unwrap_or_default(),
        actions: AlarmActions {
            enabled: alarm.actions_enabled.unwrap_or(true),
            alarm: alarm.alarm_actions.unwrap_or_default(),
            ok: alarm.ok_actions.unwrap_or_default(),
            insufficient_data: alarm.insufficient_data_actions.unwrap_or_default(),
        },
        rule: alarm.alarm_rule.unwrap_or_default(),
        suppressor: alarm.actions_suppressor.filter(|suppressor| !suppressor.is_empty()),
    }
}
