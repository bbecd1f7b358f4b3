//! CloudWatch: an alarm that any one event of a period brings to ALARM.

use aws_sdk_cloudwatch::types as sdk;

use super::{Hand, Removed, Standing, Stopped, altered, foreign, is_ours};
use crate::arn::Arn;
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure};
use crate::fix::plan::Alarm;

const PUT: &str = "cloudwatch:PutMetricAlarm";

pub(super) async fn look(clients: &Clients, alarm: &Alarm) -> Result<Standing, Failure> {
    let (region, name) = named("cloudwatch:DescribeAlarms", alarm)?;
    let call = Call { operation: "cloudwatch:DescribeAlarms", region, resource: Some(name) };
    let request = clients.cloudwatch(region).describe_alarms().alarm_names(name);
    // All kinds share their names.
    let request = request.alarm_types(sdk::AlarmType::MetricAlarm).alarm_types(sdk::AlarmType::CompositeAlarm);
    let request = request.alarm_types(sdk::AlarmType::LogAlarm);
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    let what = format!("the alarm {name}");
    let others = answer.composite_alarms().iter().filter_map(|other| other.alarm_name());
    let others = others.chain(answer.log_alarms().iter().filter_map(|other| other.alarm_name()));
    if others.into_iter().any(|other| other == name) {
        return Ok(altered(&what, "kind"));
    }
    let Some(found) = answer.metric_alarms().iter().find(|found| found.alarm_name() == Some(name)) else {
        return Ok(Standing::Ready);
    };
    if !is_tagged(clients, region, alarm).await? {
        return Ok(foreign(&what));
    }
    Ok(if is_same(found, alarm) { Standing::Done } else { altered(&what, "content") })
}

/// Compares with what [`write()`] puts; what that leaves out must be empty, or the default that AWS fills in.
fn is_same(found: &sdk::MetricAlarm, alarm: &Alarm) -> bool {
    found.actions_enabled() != Some(false)
        && found.alarm_actions() == [alarm.topic_arn.as_str()]
        && found.ok_actions().is_empty()
        && found.insufficient_data_actions().is_empty()
        && found.alarm_description() == Some(&alarm.description)
        && found.namespace() == Some(&alarm.namespace)
        && found.metric_name() == Some(&alarm.metric)
        && found.dimensions().is_empty()
        && found.metrics().is_empty()
        && found.statistic() == Some(&sdk::Statistic::Sum)
        && found.period() == Some(alarm.period)
        && found.unit().is_none_or(|unit| *unit == sdk::StandardUnit::None)
        && found.evaluation_periods() == Some(1)
        && found.datapoints_to_alarm().is_none_or(|datapoints| datapoints == 1)
        && found.threshold() == Some(1.0)
        && found.comparison_operator() == Some(&sdk::ComparisonOperator::GreaterThanOrEqualToThreshold)
        && found.treat_missing_data() == Some("notBreaching")
}

pub(super) async fn write(clients: &Clients, alarm: &Alarm, hand: &mut Hand<'_>) -> Result<(), Stopped> {
    let (region, name) = named(PUT, alarm)?;
    let call = Call { operation: PUT, region, resource: Some(name) };
    let tags = alarm.tags.iter().map(|(key, value)| sdk::Tag::builder().key(key).value(value).build()).collect();
    let request = clients.cloudwatch(region).put_metric_alarm().alarm_name(name).set_tags(Some(tags));
    let request = request.alarm_description(&alarm.description).actions_enabled(true).alarm_actions(&alarm.topic_arn);
    let request = request.namespace(&alarm.namespace).metric_name(&alarm.metric).statistic(sdk::Statistic::Sum);
    let request = request.period(alarm.period).evaluation_periods(1).datapoints_to_alarm(1).threshold(1.0);
    let request = request.comparison_operator(sdk::ComparisonOperator::GreaterThanOrEqualToThreshold);
    let request = request.treat_missing_data("notBreaching");
    hand.call(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(())
}

pub(super) async fn remove(clients: &Clients, alarm: &Alarm, hand: &mut Hand<'_>) -> Result<Removed, Stopped> {
    let (region, name) = named("cloudwatch:DeleteAlarms", alarm)?;
    let call = Call { operation: "cloudwatch:DeleteAlarms", region, resource: Some(name) };
    let request = clients.cloudwatch(region).delete_alarms().alarm_names(name);
    hand.call(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(Removed::Gone)
}

/// `cloudwatch:ListTagsForResource`.
async fn is_tagged(clients: &Clients, region: &str, alarm: &Alarm) -> Result<bool, Failure> {
    let call = Call { operation: "cloudwatch:ListTagsForResource", region, resource: Some(&alarm.arn) };
    let request = clients.cloudwatch(region).list_tags_for_resource().resource_arn(&alarm.arn);
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    let tags = answer.tags().iter().map(|tag| (tag.key().unwrap_or_default(), tag.value().unwrap_or_default()));
    Ok(is_ours(tags, &alarm.tags))
}

/// Region and name of an alarm.
fn named<'a>(operation: &'static str, alarm: &'a Alarm) -> Result<(&'a str, &'a str), Failure> {
    let call = Call { operation, region: "", resource: Some(&alarm.arn) };
    let parsed = Arn::parse(&alarm.arn).and_then(|arn| Some((arn.region, arn.resource.strip_prefix("alarm:")?)));
    parsed.ok_or_else(|| call.bad_answer(&format!("{} is not the ARN of an alarm", alarm.arn)))
}
