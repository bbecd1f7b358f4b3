//! CloudWatch: an alarm that any one event of a period brings to ALARM. Which alarms need one another, or a topic, is
//! for `in_use`.

use aws_sdk_cloudwatch::types as sdk;
use serde_json::{Value, json};

use super::address::place;
use super::compare::{Filled, difference};
use super::in_use;
use super::resource_state::{altered, foreign, is_ours};
use crate::aws::answers;
use crate::aws::clients::Clients;
use crate::aws::cloudwatch::{describe_keeping, must_be_whole};
use crate::aws::error::{Call, Failure};
use crate::aws::raw::Kept;
use crate::fix::execute::{Removed, ResourceState, StepError, StepRunner};
use crate::fix::plan::Alarm;

const PUT: &str = "cloudwatch:PutMetricAlarm";

/// What CloudWatch fills in (`MetricAlarm`).
const FILLED: Filled = Filled {
    ignored: &[
        "AlarmArn",
        "AlarmConfigurationUpdatedTimestamp",
        "StateValue",
        "StateReason",
        "StateReasonData",
        "StateUpdatedTimestamp",
        "StateTransitionedTimestamp",
        "EvaluationState",
    ],
    defaults: &[("DatapointsToAlarm", "1"), ("Unit", r#""None""#), ("EvaluationWindow", r#"{"SlidingWindow":{}}"#)],
};

pub(super) async fn inspect(clients: &Clients, alarm: &Alarm) -> Result<ResourceState, Failure> {
    let (region, name) = named("cloudwatch:DescribeAlarms", alarm)?;
    let call = Call { operation: "cloudwatch:DescribeAlarms", region, resource: Some(name) };
    let kept = Kept::default();
    let answer = describe_keeping(clients, call, Some(&kept), |request| request.alarm_names(name)).await?;
    must_be_whole(call, &answer)?;
    let what = format!("the alarm {name}");
    let others = answer.composite_alarms().iter().filter_map(|other| other.alarm_name());
    let others = others.chain(answer.log_alarms().iter().filter_map(|other| other.alarm_name()));
    if others.into_iter().any(|other| other == name) {
        return Ok(altered(&what, "kind"));
    }
    if !answer.metric_alarms().iter().any(|found| found.alarm_name() == Some(name)) {
        return Ok(ResourceState::Ready);
    }
    if !is_tagged(clients, region, alarm).await? {
        return Ok(foreign(&what));
    }
    let raw = kept.cbor(call)?;
    let alarms = raw.get("MetricAlarms").and_then(Value::as_array);
    let is_it = |found: &&Value| found.get("AlarmName").and_then(Value::as_str) == Some(name);
    let found = alarms.into_iter().flatten().find(is_it).ok_or_else(|| call.bad_answer("the answer has no alarm"))?;
    Ok(difference(found, &made(alarm, name), FILLED).map_or(ResourceState::Done, |field| altered(&what, &field)))
}

/// What [`write()`] puts, as CloudWatch gives it back.
fn made(alarm: &Alarm, name: &str) -> Value {
    json!({
        "AlarmName": name,
        "AlarmDescription": alarm.description,
        "ActionsEnabled": true,
        "AlarmActions": [alarm.topic_arn],
        "Namespace": alarm.namespace,
        "MetricName": alarm.metric,
        "Statistic": "Sum",
        "Period": alarm.period,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    })
}

pub(super) async fn write(clients: &Clients, alarm: &Alarm, runner: &mut StepRunner<'_>) -> Result<(), StepError> {
    let (region, name) = named(PUT, alarm)?;
    let call = Call { operation: PUT, region, resource: Some(name) };
    let tags: Vec<sdk::Tag> =
        alarm.tags.iter().map(|(key, value)| sdk::Tag::builder().key(key).value(value).build()).collect();
    let put = |with_tags: bool| {
        let request = clients.cloudwatch(region).put_metric_alarm().alarm_name(name);
        let request = request.set_tags(with_tags.then(|| tags.clone())).alarm_description(&alarm.description);
        let request = request.actions_enabled(true).alarm_actions(&alarm.topic_arn);
        let request = request.namespace(&alarm.namespace).metric_name(&alarm.metric).statistic(sdk::Statistic::Sum);
        let request = request.period(alarm.period).evaluation_periods(1).datapoints_to_alarm(1).threshold(1.0);
        let request = request.comparison_operator(sdk::ComparisonOperator::GreaterThanOrEqualToThreshold);
        let request = request.treat_missing_data("notBreaching");
        async move { request.send().await.map_err(|error| call.failure(&error)) }
    };
    runner.with_tags(call, &[], "the alarm", put).await?;
    Ok(())
}

/// An alarm that a composite one is made of, or is silenced by, stays.
pub(super) async fn remove(
    clients: &Clients,
    alarm: &Alarm,
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    let (region, name) = named("cloudwatch:DeleteAlarms", alarm)?;
    if let Some(kept) = in_use::alarm(clients, region, name).await? {
        return Ok(kept);
    }
    let call = Call { operation: "cloudwatch:DeleteAlarms", region, resource: Some(name) };
    let request = clients.cloudwatch(region).delete_alarms().alarm_names(name);
    runner.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(Removed::Gone)
}

/// `cloudwatch:ListTagsForResource`.
async fn is_tagged(clients: &Clients, region: &str, alarm: &Alarm) -> Result<bool, Failure> {
    let call = Call { operation: "cloudwatch:ListTagsForResource", region, resource: Some(&alarm.arn) };
    let request = clients.cloudwatch(region).list_tags_for_resource().resource_arn(&alarm.arn);
    let tags = call.must(answers::ALARM_TAGS, clients.ask(call, request.send()).await?.tags)?;
    let tags = tags.iter().map(|tag| (tag.key().unwrap_or_default(), tag.value().unwrap_or_default()));
    Ok(is_ours(tags, &alarm.tags))
}

/// Region and name of an alarm.
fn named<'a>(operation: &'static str, alarm: &'a Alarm) -> Result<(&'a str, &'a str), Failure> {
    place(operation, &alarm.arn, "an alarm")
}
