//! CloudWatch Logs: a log group with a retention, and metric filters on one.

use aws_sdk_cloudwatchlogs::types as sdk;
use jiff::Timestamp;

use super::{Hand, Removed, Standing, Stopped, altered, cloudtrail, cloudwatch, foreign, is_ours, parsed};
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure, Trouble};
use crate::aws::logs::GroupName;
use crate::fix::plan::{LogGroup, MetricFilter};
use crate::snapshot::{Trail, without_stream_wildcard};

const CREATE: &str = "logs:CreateLogGroup";
const RETAIN: &str = "logs:PutRetentionPolicy";
const FILTER: &str = "logs:PutMetricFilter";

/// Pages without an event after which the search for one is given up: each may be a part of a large group.
const MOST_EMPTY_PAGES: usize = 10;

/// What a filter counts for each event.
const ONE: &str = "1";

/// A log group as far as it tells who made it, and whether it was made to its end.
pub(in crate::aws) struct Found {
    /// Its tags.
    pub(in crate::aws) tags: Vec<(String, String)>,
    /// Days that events are kept, whoever decided that.
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
    /// For ever: nobody has said anything.
    Unset,
}

impl Retention {
    fn of(group: &sdk::LogGroup) -> Self {
        match (&group.retention_policy_name, group.retention_in_days) {
            (Some(_), _) => Self::OfAccount,
            (None, Some(days)) => Self::Days(days),
            (None, None) => Self::Unset,
        }
    }
}

/// The log group of an ARN. `None`: there is none.
pub(in crate::aws) async fn found(clients: &Clients, arn: &str) -> Result<Option<Found>, Failure> {
    let name = named("logs:DescribeLogGroups", arn)?;
    let Some(group) = described(clients, name).await? else { return Ok(None) };
    let made = group.creation_time.and_then(|time| Timestamp::from_millisecond(time).ok());
    Ok(Some(Found { tags: tags(clients, name).await?, retention: Retention::of(&group), made }))
}

pub(super) async fn look_at_group(clients: &Clients, group: &LogGroup) -> Result<Standing, Failure> {
    let name = named("logs:DescribeLogGroups", &group.arn)?;
    let what = format!("the log group {}", name.name);
    let Some(found) = described(clients, name).await? else { return Ok(Standing::Ready) };
    let retention = Retention::of(&found);
    let tags = tags(clients, name).await?;
    if !is_ours(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())), &group.tags) {
        return Ok(foreign(&what));
    }
    if found.log_group_class.is_some_and(|class| class != sdk::LogGroupClass::Standard) {
        return Ok(altered(&what, "class"));
    }
    Ok(match retention {
        Retention::Unset => Standing::Partly(vec![RETAIN]),
        // Nobody has changed this group.
        Retention::OfAccount => Standing::Done,
        Retention::Days(days) if days == group.retention_days => Standing::Done,
        Retention::Days(_) => altered(&what, "retention"),
    })
}

pub(super) async fn write_group(
    clients: &Clients,
    group: &LogGroup,
    standing: &Standing,
    hand: &mut Hand<'_>,
) -> Result<(), Stopped> {
    let name = named(CREATE, &group.arn)?;
    let logs = clients.logs(name.region);
    if standing.leaves(CREATE) {
        let call = called(CREATE, name);
        let create = |with_tags: bool| {
            let tags = with_tags.then(|| group.tags.clone().into_iter().collect());
            let request = logs.create_log_group().log_group_name(name.name).set_tags(tags);
            async move { request.send().await.map_err(|error| call.failure(&error)) }
        };
        hand.with_tags(call, &[], "the log group", create).await?;
    }
    if standing.leaves(RETAIN) {
        let call = called(RETAIN, name);
        let retain = || async {
            let request = logs.put_retention_policy().log_group_name(name.name);
            request.retention_in_days(group.retention_days).send().await.map_err(|error| call.failure(&error))
        };
        let not_yet = ["ResourceNotFoundException", "OperationAbortedException"];
        hand.if_possible(call, &not_yet, "the log group keeps its events for ever", retain).await?;
    }
    Ok(())
}

/// A group that holds events, or that somebody counts in, stays.
pub(super) async fn remove_group(clients: &Clients, group: &LogGroup, hand: &mut Hand<'_>) -> Result<Removed, Stopped> {
    let name = named("logs:DeleteLogGroup", &group.arn)?;
    let Some(found) = described(clients, name).await? else { return Ok(Removed::Gone) };
    let uses = |trail: &Trail| trail.log_group_arn.as_deref().map(without_stream_wildcard) == Some(&group.arn);
    if let Some(kept) = cloudtrail::kept_for(clients, name.region, uses).await? {
        return Ok(kept);
    }
    // The number of stored bytes lags behind by hours, and so do the figures of its streams.
    let has_events =
        if found.stored_bytes.unwrap_or_default() > 0 { Some(true) } else { has_events(clients, name).await? };
    match has_events {
        Some(false) => {}
        Some(true) => return Ok(Removed::Kept("it holds events".to_owned())),
        None => return Ok(Removed::Kept("it is too large to tell whether it holds events".to_owned())),
    }
    if let Some(kept) = kept_for_counting(clients, &group.arn).await? {
        return Ok(kept);
    }
    let call = called("logs:DeleteLogGroup", name);
    let request = clients.logs(name.region).delete_log_group().log_group_name(name.name);
    hand.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(Removed::Gone)
}

/// A log group, and the trail that fills it, stays while a metric filter counts in it.
pub(super) async fn kept_for_counting(clients: &Clients, group_arn: &str) -> Result<Option<Removed>, Failure> {
    let found = match filters(clients, named("logs:DescribeMetricFilters", group_arn)?, None).await {
        Ok(found) => found,
        Err(failure) if failure.trouble == Trouble::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let name = found.into_iter().next().map(|filter| filter.filter_name.unwrap_or_default());
    Ok(name.map(|name| Removed::Kept(format!("the metric filter {name} counts its events"))))
}

pub(super) async fn look_at_filter(clients: &Clients, filter: &MetricFilter) -> Result<Standing, Failure> {
    let group = named("logs:DescribeMetricFilters", &filter.log_group_arn)?;
    let found = filters(clients, group, Some(&filter.name)).await?;
    let mut found = found.iter().filter(|found| found.filter_name.as_deref() == Some(&filter.name));
    let Some(first) = found.next() else { return Ok(Standing::Ready) };
    let what = format!("the metric filter {}", filter.name);
    Ok(if is_same(first, filter) && found.next().is_none() { Standing::Done } else { altered(&what, "content") })
}

fn is_same(found: &sdk::MetricFilter, filter: &MetricFilter) -> bool {
    let [transformation] = found.metric_transformations() else { return false };
    found.filter_pattern.as_deref() == Some(&filter.pattern)
        && !found.apply_on_transformed_logs
        && found.field_selection_criteria.as_deref().unwrap_or_default().is_empty()
        && transformation.metric_namespace == filter.namespace
        && transformation.metric_name == filter.metric
        && transformation.metric_value == ONE
        && transformation.default_value.is_none()
        && transformation.dimensions.as_ref().is_none_or(|dimensions| dimensions.is_empty())
        && transformation.unit.as_ref().is_none_or(|unit| *unit == sdk::StandardUnit::None)
}

pub(super) async fn write_filter(clients: &Clients, filter: &MetricFilter, hand: &mut Hand<'_>) -> Result<(), Stopped> {
    let group = named(FILTER, &filter.log_group_arn)?;
    let call = Call { operation: FILTER, region: group.region, resource: Some(&filter.name) };
    let transformation = sdk::MetricTransformation::builder().metric_namespace(&filter.namespace);
    let transformation = transformation.metric_name(&filter.metric).metric_value(ONE).build();
    let transformation = transformation.map_err(|error| call.bad_answer(&error.to_string()))?;
    let request = clients.logs(group.region).put_metric_filter().log_group_name(group.name);
    let request = request.filter_name(&filter.name).filter_pattern(&filter.pattern);
    let request = request.metric_transformations(transformation);
    hand.call(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(())
}

/// A filter that an alarm needs stays.
pub(super) async fn remove_filter(
    clients: &Clients,
    filter: &MetricFilter,
    hand: &mut Hand<'_>,
) -> Result<Removed, Stopped> {
    let group = named("logs:DeleteMetricFilter", &filter.log_group_arn)?;
    if let Some(kept) = cloudwatch::kept_for_watching(clients, group.region, filter).await? {
        return Ok(kept);
    }
    let call = Call { operation: "logs:DeleteMetricFilter", region: group.region, resource: Some(&filter.name) };
    let request = clients.logs(group.region).delete_metric_filter();
    let request = request.log_group_name(group.name).filter_name(&filter.name);
    hand.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(Removed::Gone)
}

fn named<'a>(operation: &'static str, arn: &'a str) -> Result<GroupName<'a>, Failure> {
    parsed(operation, arn, "a log group", |_| GroupName::parse(arn))
}

fn called<'a>(operation: &'static str, name: GroupName<'a>) -> Call<'a> {
    Call { operation, region: name.region, resource: Some(name.arn) }
}

/// `logs:DescribeLogGroups` for one name.
async fn described(clients: &Clients, name: GroupName<'_>) -> Result<Option<sdk::LogGroup>, Failure> {
    let call = called("logs:DescribeLogGroups", name);
    let request = clients.logs(name.region).describe_log_groups().log_group_name_prefix(name.name);
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    let mut groups = answer.log_groups.unwrap_or_default().into_iter();
    Ok(groups.find(|found| found.log_group_name.as_deref() == Some(name.name)))
}

/// `logs:ListTagsForResource`.
async fn tags(clients: &Clients, name: GroupName<'_>) -> Result<Vec<(String, String)>, Failure> {
    let call = called("logs:ListTagsForResource", name);
    let request = clients.logs(name.region).list_tags_for_resource().resource_arn(name.arn);
    match request.send().await.map_err(|error| call.failure(&error)) {
        Ok(answer) => Ok(answer.tags.unwrap_or_default().into_iter().collect()),
        Err(failure) if failure.trouble == Trouble::NotFound => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

/// `logs:FilterLogEvents`: whether there is an event. `None`: none on many pages, and there are more.
async fn has_events(clients: &Clients, name: GroupName<'_>) -> Result<Option<bool>, Failure> {
    let call = called("logs:FilterLogEvents", name);
    let mut token = None;
    for _ in 0..MOST_EMPTY_PAGES {
        let request = clients.logs(name.region).filter_log_events().log_group_name(name.name).limit(1);
        let answer = request.set_next_token(token).send().await.map_err(|error| call.failure(&error))?;
        if !answer.events().is_empty() {
            return Ok(Some(true));
        }
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(Some(false));
        }
    }
    Ok(None)
}

/// `logs:DescribeMetricFilters` of a group, of names that begin so.
async fn filters(
    clients: &Clients,
    group: GroupName<'_>,
    prefix: Option<&str>,
) -> Result<Vec<sdk::MetricFilter>, Failure> {
    let call = called("logs:DescribeMetricFilters", group);
    let request = clients.logs(group.region).describe_metric_filters().log_group_name(group.name);
    // Filters come ordered by name, so that of exactly this name is on the first page.
    let request = request.set_filter_name_prefix(prefix.map(str::to_owned)).limit(50);
    Ok(request.send().await.map_err(|error| call.failure(&error))?.metric_filters.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A policy of the account shows in `retentionInDays` as the group's own setting does; only its name tells them apart.
    #[test]
    fn an_accounts_retention_is_told_from_the_groups() {
        let group = |days, policy: Option<&str>| {
            let group = sdk::LogGroup::builder().set_retention_in_days(days);
            Retention::of(&group.set_retention_policy_name(policy.map(str::to_owned)).build())
        };
        assert_eq!(group(None, None), Retention::Unset);
        assert_eq!(group(Some(365), None), Retention::Days(365));
        assert_eq!(group(Some(30), Some("all-groups")), Retention::OfAccount);
        assert_eq!(group(None, Some("never-expire")), Retention::OfAccount);
    }
}
