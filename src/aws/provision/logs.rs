//! CloudWatch Logs: a log group with a retention, and metric filters on one. No group that holds events is removed.

use aws_sdk_cloudwatchlogs::types as sdk;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::address::log_group;
use super::compare::{Filled, difference};
use super::in_use;
use super::resource_state::{altered, foreign, is_ours};
use crate::arn::LogGroupArn;
use crate::aws::answers;
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure, Trouble};
use crate::aws::logs::{GroupName, described, first_filters, listed};
use crate::aws::pages::Pages;
use crate::fix::execute::{Removed, ResourceState, StepError, StepRunner, Trace};
use crate::fix::journal::Attempt;
use crate::fix::plan::{LogGroup, MetricFilter};
use crate::snapshot::Trail;

const CREATE: &str = "logs:CreateLogGroup";
const RETAIN: &str = "logs:PutRetentionPolicy";
const FILTER: &str = "logs:PutMetricFilter";

/// Pages without an event after which the search for one is given up: each may be a part of a large group.
const MOST_EMPTY_PAGES: usize = 10;

/// What a filter counts for each event.
const ONE: &str = "1";

/// What a log group shows of who made it, and whether it was made to its end.
pub(in crate::aws) struct Found {
    /// Its tags.
    pub(in crate::aws) tags: Vec<(String, String)>,
    /// Days that events are kept, no matter who decided that.
    pub(in crate::aws) retention: Retention,
    /// When it was made.
    pub(in crate::aws) made: Option<Timestamp>,
}

/// How long a log group keeps its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::aws) enum Retention {
    /// So many days, as the group says.
    Days(i32),
    /// As a policy of the account or organization says, which goes before what the group says
    /// (`DescribeLogGroups` `retentionPolicyName`).
    OfAccount,
    /// For ever: nothing was set.
    Unset,
}

impl Retention {
    fn from_answer(group: &sdk::LogGroup) -> Self {
        match (&group.retention_policy_name, group.retention_in_days) {
            (Some(policy), _) if !policy.is_empty() => Self::OfAccount,
            (_, Some(days)) => Self::Days(days),
            (_, None) => Self::Unset,
        }
    }
}

/// The log group of an ARN. `None`: there is none.
pub(in crate::aws) async fn found(clients: &Clients, arn: &LogGroupArn) -> Result<Option<Found>, Failure> {
    let name = log_group("logs:DescribeLogGroups", arn)?;
    let Some((group, _)) = described(clients, name).await? else { return Ok(None) };
    let made = group.creation_time.and_then(|time| Timestamp::from_millisecond(time).ok());
    Ok(Some(Found { tags: tags(clients, name).await?, retention: Retention::from_answer(&group), made }))
}

/// What CloudWatch Logs fills in (`LogGroup`). Retention is looked at by itself.
const FILLED: Filled = Filled {
    ignored: &[
        "logGroupName",
        "arn",
        "logGroupArn",
        "creationTime",
        "storedBytes",
        "metricFilterCount",
        "retentionInDays",
        "retentionPolicyName",
        "inheritedProperties",
    ],
    defaults: &[
        ("logGroupClass", r#""STANDARD""#),
        ("deletionProtectionEnabled", "false"),
        ("bearerTokenAuthenticationEnabled", "false"),
    ],
};

/// What it fills in of a filter (`MetricFilter`).
const FILLED_FILTER: Filled = Filled { ignored: &["creationTime"], defaults: &[("applyOnTransformedLogs", "false")] };

/// What it fills in of what a filter counts (`MetricTransformation`).
const FILLED_TRANSFORMATION: Filled = Filled { ignored: &[], defaults: &[("unit", r#""None""#)] };

pub(super) async fn inspect_group(clients: &Clients, group: &LogGroup) -> Result<ResourceState, Failure> {
    let name = log_group("logs:DescribeLogGroups", &group.arn)?;
    let what = format!("the log group {}", name.name);
    let Some((found, kept)) = described(clients, name).await? else { return Ok(ResourceState::Ready) };
    let call = called("logs:DescribeLogGroups", name);
    let is_it = |found: &Value| found.get("logGroupName").and_then(Value::as_str) == Some(name.name);
    let raw = listed(&kept.json(call)?, "logGroups").into_iter().find(is_it);
    let mut raw = raw.ok_or_else(|| call.bad_answer("the answer has no log group"))?;
    let tags = tags(clients, name).await?;
    if !is_ours(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())), &group.tags) {
        return Ok(foreign(&what));
    }
    if found.log_group_class.as_ref().is_some_and(|class| *class != sdk::LogGroupClass::Standard) {
        return Ok(altered(&what, "class"));
    }
    // A data protection policy of the whole account is nothing that was changed of the group.
    if let (Some(fields), true) = (raw.as_object_mut(), inherits_data_protection(&found)) {
        fields.remove("dataProtectionStatus");
    }
    if let Some(field) = difference(&raw, &json!({}), FILLED) {
        return Ok(altered(&what, &field));
    }
    Ok(retention(&found, group, &what))
}

fn retention(found: &sdk::LogGroup, group: &LogGroup, what: &str) -> ResourceState {
    match Retention::from_answer(found) {
        Retention::Unset => ResourceState::Partly(vec![RETAIN]),
        // This group was not changed.
        Retention::OfAccount => ResourceState::Done,
        Retention::Days(days) if days == group.retention_days => ResourceState::Done,
        Retention::Days(_) => altered(what, "retention"),
    }
}

fn inherits_data_protection(found: &sdk::LogGroup) -> bool {
    found.inherited_properties().contains(&sdk::InheritedProperty::AccountDataProtection)
}

pub(super) async fn write_group(
    clients: &Clients,
    group: &LogGroup,
    state: &ResourceState,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let name = log_group(CREATE, &group.arn)?;
    let logs = clients.logs(name.region);
    if state.leaves(CREATE) {
        let call = called(CREATE, name);
        let create = |with_tags: bool| {
            let tags = with_tags.then(|| group.tags.clone().into_iter().collect());
            let request = logs.create_log_group().log_group_name(name.name).set_tags(tags);
            async move { request.send().await.map_err(|error| call.failure(&error)) }
        };
        runner.with_tags(call, &["OperationAbortedException"], "the log group", create).await?;
    }
    if state.leaves(RETAIN) {
        let call = called(RETAIN, name);
        let retain = || async {
            let request = logs.put_retention_policy().log_group_name(name.name);
            request.retention_in_days(group.retention_days).send().await.map_err(|error| call.failure(&error))
        };
        let not_yet = ["ResourceNotFoundException", "OperationAbortedException"];
        runner.if_possible(call, &not_yet, "the log group keeps its events for ever", retain).await?;
    }
    Ok(())
}

/// A group that holds events, or that has metric filters, stays.
pub(super) async fn remove_group(
    clients: &Clients,
    group: &LogGroup,
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    let name = log_group("logs:DeleteLogGroup", &group.arn)?;
    let Some((found, _)) = described(clients, name).await? else { return Ok(Removed::Gone) };
    let uses = |trail: &Trail| trail.log_group_arn.as_ref().is_some_and(|arn| arn.group() == group.arn.as_str());
    if let Some(kept) = in_use::by_trail(clients, name.region, uses).await? {
        return Ok(kept);
    }
    // The number of stored bytes lags behind by hours, and so do the figures of its streams.
    let has_events =
        if found.stored_bytes.unwrap_or_default() > 0 { Some(true) } else { has_events(clients, name).await? };
    match has_events {
        Some(false) => {}
        Some(true) => return Ok(Removed::Kept("it contains events".to_owned())),
        None => return Ok(Removed::Kept("it is too large to determine whether it contains events".to_owned())),
    }
    if let Some(kept) = in_use::events(clients, &group.arn).await? {
        return Ok(kept);
    }
    let call = called("logs:DeleteLogGroup", name);
    let request = clients.logs(name.region).delete_log_group().log_group_name(name.name);
    runner.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(Removed::Gone)
}

pub(super) async fn inspect_filter(clients: &Clients, filter: &MetricFilter) -> Result<ResourceState, Failure> {
    Ok(filter_now(clients, filter).await?.0)
}

/// A filter has no tags. It is the run's if it was made during the run's call.
pub(super) async fn trace_filter(
    clients: &Clients,
    filter: &MetricFilter,
    attempts: &[Attempt],
) -> Result<Trace, Failure> {
    let (state, made_at) = filter_now(clients, filter).await?;
    Ok(if state == ResourceState::Done { proof(made_at, attempts) } else { state.into() })
}

/// Whether a filter that was made then was made by one of these calls.
fn proof(made_at: Option<Timestamp>, attempts: &[Attempt]) -> Trace {
    let puts = || attempts.iter().filter(|attempt| attempt.call == FILTER);
    let unproven = |why: String, is_contradicted| Trace::Unproven { why, is_contradicted };
    let Some(time) = made_at else {
        return unproven("CloudWatch Logs does not say when it was created, so it may be another's".to_owned(), false);
    };
    if puts().any(|attempt| attempt.covers(time) == Some(true)) {
        return Trace::Ours;
    }
    if puts().any(|attempt| attempt.covers(time).is_none()) {
        return unproven("the journal does not say when it was created, so it may be another's".to_owned(), false);
    }
    unproven(format!("it was created at {time}, and not by a call of this journal"), true)
}

/// How a filter is, and when it was made.
async fn filter_now(clients: &Clients, filter: &MetricFilter) -> Result<(ResourceState, Option<Timestamp>), Failure> {
    let group = log_group("logs:DescribeMetricFilters", &filter.log_group_arn)?;
    let (_, raw) = first_filters(clients, group, Some(&filter.name)).await?;
    let call = called("logs:DescribeMetricFilters", group);
    for found in &raw {
        call.must(answers::FILTER_NAME, found.get("filterName").and_then(Value::as_str))?;
    }
    let mut found = raw.iter().filter(|found| found.get("filterName").and_then(Value::as_str) == Some(&filter.name));
    let Some(first) = found.next() else { return Ok((ResourceState::Ready, None)) };
    let what = format!("the metric filter {}", filter.name);
    let made_at = first.get("creationTime").and_then(Value::as_i64);
    let made_at = made_at.and_then(|time| Timestamp::from_millisecond(time).ok());
    let changed = if found.next().is_some() { Some("content".to_owned()) } else { change(first, filter, group.name) };
    Ok((changed.map_or(ResourceState::Done, |field| altered(&what, &field)), made_at))
}

/// The first field of a filter that is not as [`write_filter`] puts it.
fn change(found: &Value, filter: &MetricFilter, group: &str) -> Option<String> {
    let (mut found, mut made) = (found.clone(), json!({ "filterName": filter.name, "filterPattern": filter.pattern }));
    let transformation = json!({
        "metricNamespace": filter.namespace,
        "metricName": filter.metric,
        "metricValue": ONE,
    });
    let fields = found.as_object_mut()?;
    // A filter of an emulator, or of an older API, may not name its group: it was asked for by it.
    if fields.contains_key("logGroupName") {
        made["logGroupName"] = json!(group);
    }
    let transformations = fields.remove("metricTransformations").unwrap_or_default();
    let [found_transformation] = transformations.as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Some("metricTransformations".to_owned());
    };
    difference(&found, &made, FILLED_FILTER)
        .or_else(|| difference(found_transformation, &transformation, FILLED_TRANSFORMATION))
}

pub(super) async fn write_filter(
    clients: &Clients,
    filter: &MetricFilter,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let group = log_group(FILTER, &filter.log_group_arn)?;
    let call = Call { operation: FILTER, region: group.region, resource: Some(&filter.name) };
    let transformation = sdk::MetricTransformation::builder().metric_namespace(&filter.namespace);
    let transformation = transformation.metric_name(&filter.metric).metric_value(ONE).build();
    let transformation = transformation.map_err(|error| call.bad_answer(&error.to_string()))?;
    let request = clients.logs(group.region).put_metric_filter().log_group_name(group.name);
    let request = request.filter_name(&filter.name).filter_pattern(&filter.pattern);
    let request = request.metric_transformations(transformation);
    runner.call(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(())
}

/// A filter that an alarm needs stays.
pub(super) async fn remove_filter(
    clients: &Clients,
    filter: &MetricFilter,
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    let group = log_group("logs:DeleteMetricFilter", &filter.log_group_arn)?;
    if let Some(kept) = in_use::metric(clients, group.region, filter).await? {
        return Ok(kept);
    }
    let call = Call { operation: "logs:DeleteMetricFilter", region: group.region, resource: Some(&filter.name) };
    let request = clients.logs(group.region).delete_metric_filter();
    let request = request.log_group_name(group.name).filter_name(&filter.name);
    runner.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(Removed::Gone)
}

fn called<'a>(operation: &'static str, name: GroupName<'a>) -> Call<'a> {
    Call { operation, region: name.region, resource: Some(name.arn) }
}

/// `logs:ListTagsForResource`.
async fn tags(clients: &Clients, name: GroupName<'_>) -> Result<Vec<(String, String)>, Failure> {
    let call = called("logs:ListTagsForResource", name);
    let request = clients.logs(name.region).list_tags_for_resource().resource_arn(name.arn);
    match clients.ask(call, request.send()).await {
        Ok(answer) => Ok(call.must(answers::GROUP_TAGS, answer.tags)?.into_iter().collect()),
        Err(failure) if failure.trouble == Trouble::NotFound => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

/// `logs:FilterLogEvents`: whether there is an event. `None`: none on many pages, and there are more.
async fn has_events(clients: &Clients, name: GroupName<'_>) -> Result<Option<bool>, Failure> {
    let call = called("logs:FilterLogEvents", name);
    let mut pages = Pages::of_search(call, MOST_EMPTY_PAGES);
    loop {
        let request = clients.logs(name.region).filter_log_events().log_group_name(name.name).limit(1);
        let answer = clients.ask(call, request.set_next_token(pages.token()).send()).await?;
        if !call.must(answers::EVENTS, answer.events)?.is_empty() {
            return Ok(Some(true));
        }
        match pages.turn(answer.next_token) {
            Ok(true) => {}
            Ok(false) => return Ok(Some(false)),
            // There are more pages, and there may be events on them.
            Err(_) => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
