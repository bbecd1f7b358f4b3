//! CloudWatch: metric, composite and log alarms, and the mute rules that silence them. What is read is mapped and not
//! judged, and nothing is changed.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use aws_sdk_cloudwatch::config::Builder;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsFluentBuilder;
use aws_sdk_cloudwatch::types as sdk;
use aws_sdk_cloudwatch::types::{AlarmMuteRuleStatus, AlarmType};
use futures::{StreamExt as _, stream};

use super::answers;
use super::clients::Clients;
use super::clock::timestamp;
use super::error::{Call, Failure, Trouble};
use super::limits::AT_ONCE;
use super::pages::Pages;
use super::raw::Kept;
use crate::arn::Arn;
use crate::audit::relevance::Metric;
use crate::snapshot::{
    AlarmActions, CompositeAlarm, EvaluationWindow, LogAlarm, MetricAlarm, MetricQuery, MetricStat, MuteRule,
    TagsInMessages, WarmUp, Watched,
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

/// The kinds of alarms, which share their names. Those that are not metric alarms must be asked for.
const KINDS: [AlarmType; 3] = [AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm];

/// `cloudwatch:DescribeAlarms` for alarms of every kind that the region knows. `narrowed` says which, and which page.
pub(super) async fn describe(
    clients: &Clients,
    call: Call<'_>,
    narrowed: impl Fn(DescribeAlarmsFluentBuilder) -> DescribeAlarmsFluentBuilder,
) -> Result<DescribeAlarmsOutput, Failure> {
    describe_keeping(clients, call, None, narrowed).await
}

/// The same, and the answer is kept as it came.
pub(super) async fn describe_keeping(
    clients: &Clients,
    call: Call<'_>,
    kept: Option<&Kept>,
    narrowed: impl Fn(DescribeAlarmsFluentBuilder) -> DescribeAlarmsFluentBuilder,
) -> Result<DescribeAlarmsOutput, Failure> {
    let without = || clients.without_log_alarms().lock().unwrap_or_else(PoisonError::into_inner);
    let ask = |kinds: &[AlarmType]| {
        let request = narrowed(clients.cloudwatch(call.region).describe_alarms());
        let request = request.set_alarm_types(Some(kinds.to_vec()));
        clients.ask(call, async move {
            match kept {
                Some(kept) => request.customize().interceptor(kept.clone()).send().await,
                None => request.send().await,
            }
        })
    };
    let [older @ .., _] = &KINDS;
    let answer = if without().contains(call.region) { ask(older).await } else { ask(&KINDS).await };
    let answer = match answer {
        Err(failure) if failure.is_invalid_request() && !without().contains(call.region) => {
            let answer = ask(older).await?;
            without().insert(call.region.to_owned());
            answer
        }
        answer => answer?,
    };
    call.must(answers::ALARMS, answer.metric_alarms.as_ref())?;
    Ok(answer)
}

/// That an alarm needs nothing is to be said, not to be missing.
pub(super) fn must_be_whole(call: Call<'_>, page: &DescribeAlarmsOutput) -> Result<(), Failure> {
    for alarm in page.metric_alarms() {
        call.must(answers::ALARM_NAME, alarm.alarm_name())?;
        call.must(answers::ALARM_ACTIONS, alarm.alarm_actions.as_ref())?;
        call.must(answers::ALARM_OK_ACTIONS, alarm.ok_actions.as_ref())?;
        call.must(answers::ALARM_OTHER_ACTIONS, alarm.insufficient_data_actions.as_ref())?;
        let watches = (alarm.metric_name().is_some() && alarm.namespace().is_some())
            || !alarm.metrics().is_empty()
            || alarm.evaluation_criteria().is_some();
        call.must(answers::ALARM_WATCHES, watches.then_some(()))?;
        for stat in alarm.metrics().iter().filter_map(|query| query.metric_stat()) {
            let metric = call.must(answers::QUERY_METRIC, stat.metric())?;
            call.must(answers::QUERY_METRIC, metric.metric_name().and(metric.namespace()))?;
        }
    }
    for alarm in page.log_alarms() {
        call.must(answers::LOG_ALARM_NAME, alarm.alarm_name())?;
        let actions = [&alarm.alarm_actions, &alarm.ok_actions, &alarm.insufficient_data_actions];
        call.must(answers::LOG_ALARM_ACTIONS, actions.into_iter().find_map(Option::as_ref))?;
    }
    for alarm in page.composite_alarms() {
        call.must(answers::COMPOSITE_NAME, alarm.alarm_name())?;
        call.must(answers::COMPOSITE_ACTIONS, alarm.alarm_actions.as_ref())?;
        call.must(answers::COMPOSITE_RULE, alarm.alarm_rule())?;
    }
    Ok(())
}

/// One page of `cloudwatch:DescribeAlarms`: of 100, the most there may be.
pub(super) async fn page(clients: &Clients, region: &str, token: Option<String>) -> Result<Page, Failure> {
    let call = all_alarms(region);
    let answer = describe(clients, call, |request| request.max_records(100).set_next_token(token.clone())).await?;
    let composite_alarms = answers::COMPOSITE_ALARMS.or_default(answer.composite_alarms).into_iter();
    Ok(Page {
        metric_alarms: metric_alarms(call, answer.metric_alarms.unwrap_or_default())?,
        composite_alarms: composite_alarms.map(|alarm| composite_alarm(call, alarm)).collect::<Result<_, _>>()?,
        log_alarms: answers::LOG_ALARMS.or_default(answer.log_alarms).into_iter().map(log_alarm).collect(),
        next: answer.next_token.filter(|token| !token.is_empty()),
    })
}

/// The list of all alarms of a region.
pub(super) fn all_alarms(region: &str) -> Call<'_> {
    Call { operation: "cloudwatch:DescribeAlarms", region, resource: None }
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
    let (mut names, mut pages) = (Vec::new(), Pages::new(call, MOST_MUTE_PAGES));
    // What has expired is left out where the region knows the word for the rest.
    let mut statuses = Some(vec![AlarmMuteRuleStatus::Active, AlarmMuteRuleStatus::Scheduled]);
    loop {
        let request = cloudwatch.list_alarm_mute_rules().max_records(100).set_next_token(pages.token());
        let request = request.set_statuses(statuses.clone()).customize().config_override(few());
        let answer = match clients.ask(call, request.send()).await {
            Err(failure) if failure.is_invalid_request() && statuses.is_some() => {
                statuses = None;
                continue;
            }
            answer => answer?,
        };
        for summary in call.must(answers::MUTE_RULES, answer.alarm_mute_rule_summaries)? {
            let arn = call.must_say(answers::MUTE_RULE_ARN, summary.alarm_mute_rule_arn)?;
            // `arn:…:alarm-mute-rule:NAME`
            let name = Arn::parse(&arn).and_then(|arn| arn.resource.split_once(':')).map(|(_, name)| name.to_owned());
            names.push(name.unwrap_or(arn));
        }
        if !pages.turn(answer.next_token)? {
            return Ok(names);
        }
    }
}

/// `cloudwatch:GetAlarmMuteRule`. `None`: the rule went away since it was listed.
async fn mute_rule(clients: &Clients, region: &str, name: &str) -> Result<Option<MuteRule>, Failure> {
    let call = Call { operation: "cloudwatch:GetAlarmMuteRule", region, resource: Some(name) };
    let request = clients.cloudwatch(region).get_alarm_mute_rule().alarm_mute_rule_name(name);
    let answer = match clients.ask(call, request.send()).await {
        Ok(answer) => answer,
        Err(failure) if failure.trouble == Trouble::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let schedule = call.must(answers::MUTE_SCHEDULE, answer.rule.and_then(|rule| rule.schedule))?;
    let alarms = call.must(answers::MUTE_TARGETS, answer.mute_targets.and_then(|targets| targets.alarm_names))?;
    Ok(Some(MuteRule {
        name: name.to_owned(),
        alarms,
        schedule: call.must_say(answers::MUTE_SCHEDULE, schedule.expression)?,
        duration: call.must_say(answers::MUTE_SCHEDULE, schedule.duration)?,
        status: call.must(answers::MUTE_STATUS, answer.status)?.as_str().to_owned(),
        start: answer.start_date.and_then(timestamp),
        expire: answer.expire_date.and_then(timestamp),
    }))
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
    let answer = clients.ask(call, request.send()).await?;
    metric_alarms(call, call.must(answers::ALARMS_FOR_METRIC, answer.metric_alarms)?)
}

fn metric_alarms(call: Call<'_>, alarms: Vec<sdk::MetricAlarm>) -> Result<Vec<MetricAlarm>, Failure> {
    alarms.into_iter().map(|alarm| metric_alarm(call, alarm)).collect()
}

fn metric_alarm(call: Call<'_>, mut alarm: sdk::MetricAlarm) -> Result<MetricAlarm, Failure> {
    let watches = watched(call, &mut alarm)?;
    let threshold = alarm.threshold.map(|_| ()).or(alarm.threshold_metric_id.as_ref().map(|_| ()));
    // An alarm on a query of another language, or on calendar periods, says in its own way when it fires.
    if alarm.evaluation_window.is_none() && !matches!(watches, Watched::Criteria(_)) {
        call.must(answers::ALARM_COMPARISON, alarm.comparison_operator.as_ref())?;
        call.must(answers::ALARM_PERIODS, alarm.evaluation_periods)?;
        call.must(answers::ALARM_THRESHOLD, threshold)?;
    }
    let since = alarm.alarm_configuration_updated_timestamp.take().and_then(timestamp);
    Ok(MetricAlarm {
        watches,
        window: alarm.evaluation_window.take().map(window),
        warm_up: alarm.warm_up_configuration.take().map(|warm_up| WarmUp {
            minutes: warm_up.warm_up_period_duration_in_minutes,
            to_its_end: warm_up.only_start_evaluating_after_warm_up_period_ends,
            since,
        }),
        tags_in_messages: alarm.action_configuration.take().and_then(tags_in_messages),
        arn: call.must_say(answers::ALARM_ARN, alarm.alarm_arn)?.into(),
        name: call.must_say(answers::ALARM_NAME, alarm.alarm_name)?,
        actions: AlarmActions {
            enabled: call.must(answers::ALARM_ENABLED, alarm.actions_enabled)?,
            alarm: call.must(answers::ALARM_ACTIONS, alarm.alarm_actions)?,
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
    })
}

fn window(window: sdk::EvaluationWindow) -> EvaluationWindow {
    match window {
        sdk::EvaluationWindow::SlidingWindow(_) => EvaluationWindow::Sliding,
        sdk::EvaluationWindow::WallClockWindow(clock) => EvaluationWindow::WallClock { timezone: clock.timezone },
        _ => EvaluationWindow::Other,
    }
}

fn tags_in_messages(configuration: sdk::ActionConfiguration) -> Option<TagsInMessages> {
    let tags = configuration.alarm_tags_propagation?;
    Some(TagsInMessages {
        enabled: tags.enabled,
        included: tags.included_tag_keys.unwrap_or_default(),
        excluded: tags.excluded_tag_keys.unwrap_or_default(),
    })
}

/// What an alarm watches. One that says nothing of what is known here watches in a way that came later, or the answer lacks
/// it: that cannot be followed, and is not nothing.
fn watched(call: Call<'_>, alarm: &mut sdk::MetricAlarm) -> Result<Watched, Failure> {
    if let Some(criteria) = alarm.evaluation_criteria.take() {
        let query = match criteria {
            sdk::EvaluationCriteria::PromQlCriteria(criteria) => criteria.query,
            _ => None,
        };
        return Ok(Watched::Criteria(query.unwrap_or_default()));
    }
    // Exactly one of the two is set; a list of queries is never empty where it is the one.
    if let Some(queries) = alarm.metrics.take().filter(|queries| !queries.is_empty()) {
        return Ok(Watched::Queries(queries.into_iter().map(|asked| query(call, asked)).collect::<Result<_, _>>()?));
    }
    match (alarm.namespace.take(), alarm.metric_name.take()) {
        (Some(namespace), Some(name)) => {
            let statistic = alarm.statistic.take().map(|statistic| statistic.as_str().to_owned());
            Ok(Watched::Metric(MetricStat {
                namespace,
                name,
                dimensions: dimensions(Some(call.must(answers::ALARM_DIMENSIONS, alarm.dimensions.take())?)),
                statistic: call.must_say(answers::ALARM_STATISTIC, statistic.or(alarm.extended_statistic.take()))?,
                period: call.must(answers::ALARM_PERIOD, alarm.period)?,
                unit: alarm.unit.take().map(|unit| unit.as_str().to_owned()),
            }))
        }
        (None, _) | (_, None) => Ok(Watched::Criteria(String::new())),
    }
}

fn dimensions(dimensions: Option<Vec<sdk::Dimension>>) -> BTreeMap<String, String> {
    let dimensions = dimensions.unwrap_or_default().into_iter();
    dimensions.map(|dimension| (dimension.name.unwrap_or_default(), dimension.value.unwrap_or_default())).collect()
}

fn query(call: Call<'_>, query: sdk::MetricDataQuery) -> Result<MetricQuery, Failure> {
    Ok(MetricQuery {
        id: query.id.unwrap_or_default(),
        return_data: query.return_data,
        stat: query.metric_stat.map(|asked| stat(call, asked)).transpose()?,
        expression: query.expression,
        period: query.period,
        account_id: query.account_id,
    })
}

fn stat(call: Call<'_>, stat: sdk::MetricStat) -> Result<MetricStat, Failure> {
    let metric = call.must(answers::QUERY_METRIC, stat.metric)?;
    Ok(MetricStat {
        namespace: metric.namespace.unwrap_or_default(),
        name: call.must_say(answers::QUERY_METRIC, metric.metric_name)?,
        dimensions: dimensions(metric.dimensions),
        statistic: call.must_say(answers::QUERY_STATISTIC, stat.stat)?,
        period: call.must(answers::QUERY_PERIOD, stat.period)?,
        unit: stat.unit.map(|unit| unit.as_str().to_owned()),
    })
}

fn log_alarm(alarm: sdk::LogAlarm) -> LogAlarm {
    let query = alarm.scheduled_query_configuration;
    LogAlarm {
        arn: alarm.alarm_arn.unwrap_or_default().into(),
        name: alarm.alarm_name.unwrap_or_default(),
        log_groups: query.and_then(|query| query.log_group_identifiers).unwrap_or_default(),
    }
}

fn composite_alarm(call: Call<'_>, alarm: sdk::CompositeAlarm) -> Result<CompositeAlarm, Failure> {
    Ok(CompositeAlarm {
        arn: call.must_say(answers::COMPOSITE_ARN, alarm.alarm_arn)?.into(),
        name: call.must_say(answers::COMPOSITE_NAME, alarm.alarm_name)?,
        actions: AlarmActions {
            enabled: call.must(answers::COMPOSITE_ENABLED, alarm.actions_enabled)?,
            alarm: call.must(answers::COMPOSITE_ACTIONS, alarm.alarm_actions)?,
            ok: alarm.ok_actions.unwrap_or_default(),
            insufficient_data: alarm.insufficient_data_actions.unwrap_or_default(),
        },
        rule: call.must_say(answers::COMPOSITE_RULE, alarm.alarm_rule)?,
        suppressor: alarm.actions_suppressor.filter(|suppressor| !suppressor.is_empty()),
    })
}
