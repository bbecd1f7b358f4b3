//! CloudWatch Logs: metric filters, and whether a log group exists.

use aws_sdk_cloudwatchlogs::types as sdk;
use jiff::Timestamp;

use super::clients::Clients;
use super::error::{Call, Failure, Trouble};
use crate::arn::Arn;
use crate::snapshot::{LogGroup, MetricFilter, MetricTransformation};

/// The most that one page holds (`DescribeMetricFilters`).
const PAGE: i32 = 50;
/// A group has at most 100 filters, so two pages. A server that goes on for ever is stopped here.
const MOST_PAGES: usize = 20;

/// The first page of a region's filters, whatever group they are on.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Log group name and filter.
    filters: Vec<(String, MetricFilter)>,
    is_complete: bool,
}

impl Listing {
    /// The filters of a group, if the listing is sure to hold them all.
    fn of_group(&self, name: &str) -> Option<Vec<MetricFilter>> {
        let of_group = self.filters.iter().filter(|(group, _)| group == name);
        self.is_complete.then(|| of_group.map(|(_, filter)| filter.clone()).collect())
    }
}

/// The first page of `logs:DescribeMetricFilters` for a region.
pub(super) async fn listing(clients: &Clients, region: &str) -> Result<Listing, Failure> {
    let call = Call { operation: "logs:DescribeMetricFilters", region, resource: None };
    let request = clients.logs(region).describe_metric_filters().limit(PAGE);
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    let filters = answer.metric_filters.unwrap_or_default().into_iter();
    Ok(Listing {
        filters: filters.map(|mut filter| (filter.log_group_name.take().unwrap_or_default(), map(filter))).collect(),
        is_complete: answer.next_token.is_none(),
    })
}

/// A log group by its ARN, without a trailing `:*`.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupName<'a> {
    /// The whole ARN.
    pub(super) arn: &'a str,
    /// Region of the ARN.
    pub(super) region: &'a str,
    /// Account of the ARN.
    pub(super) account: &'a str,
    /// The name alone.
    pub(super) name: &'a str,
}

impl<'a> GroupName<'a> {
    /// Reads `arn:…:logs:REGION:ACCOUNT:log-group:NAME`.
    pub(super) fn parse(arn: &'a str) -> Option<Self> {
        let parts = Arn::parse(arn)?;
        let name = parts.resource.strip_prefix("log-group:").filter(|name| !name.is_empty())?;
        (parts.service == "logs").then_some(Self { arn, region: parts.region, account: parts.account, name })
    }
}

/// Reads a log group: its filters, from the listing if that holds them all; and if there are none, whether the group
/// exists at all.
pub(super) async fn group(
    clients: &Clients,
    group: GroupName<'_>,
    listing: Option<&Listing>,
) -> (LogGroup, Vec<Failure>) {
    let mut read = LogGroup { arn: group.arn.to_owned(), exists: None, class: None, metric_filters: None };
    let mut failures = Vec::new();
    let filters = match listing.and_then(|listing| listing.of_group(group.name)) {
        Some(listed) => Ok(listed),
        None => filters(clients, group).await,
    };
    match filters {
        Ok(filters) if filters.is_empty() => {
            read.metric_filters = Some(filters);
            match class(clients, group).await {
                Ok(found) => {
                    read.exists = Some(found.is_some());
                    read.class = found.flatten();
                }
                Err(failure) => failures.push(failure),
            }
        }
        Ok(filters) => {
            read.exists = Some(true);
            read.metric_filters = Some(filters);
        }
        Err(failure) if failure.trouble == Trouble::NotFound => {
            read.exists = Some(false);
            read.metric_filters = Some(Vec::new());
        }
        Err(failure) => failures.push(failure),
    }
    (read, failures)
}

/// All pages of `logs:DescribeMetricFilters` for a group.
async fn filters(clients: &Clients, group: GroupName<'_>) -> Result<Vec<MetricFilter>, Failure> {
    let call = Call { operation: "logs:DescribeMetricFilters", region: group.region, resource: Some(group.arn) };
    let logs = clients.logs(group.region);
    let (mut filters, mut token) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let request = logs.describe_metric_filters().log_group_name(group.name).limit(PAGE).set_next_token(token);
        let answer = request.send().await.map_err(|error| call.failure(&error))?;
        filters.extend(answer.metric_filters.unwrap_or_default().into_iter().map(map));
        token = answer.next_token;
        if token.is_none() {
            return Ok(filters);
        }
    }
    Err(call.bad_answer("the pages of metric filters do not end"))
}

/// `logs:DescribeLogGroups` for one name. `None`: no such group; inside, its class if the answer names one.
async fn class(clients: &Clients, group: GroupName<'_>) -> Result<Option<Option<String>>, Failure> {
    let call = Call { operation: "logs:DescribeLogGroups", region: group.region, resource: Some(group.arn) };
    // Groups come ordered by name, so that of exactly this name is first among those that begin with it.
    let request = clients.logs(group.region).describe_log_groups().log_group_name_prefix(group.name);
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    let mut groups = answer.log_groups.unwrap_or_default().into_iter();
    let found = groups.find(|found| found.log_group_name.as_deref() == Some(group.name));
    Ok(found.map(|found| found.log_group_class.map(|class| class.as_str().to_owned())))
}

fn map(filter: sdk::MetricFilter) -> MetricFilter {
    MetricFilter {
        name: filter.filter_name.unwrap_or_default(),
        pattern: filter.filter_pattern.unwrap_or_default(),
        transformations: filter.metric_transformations.unwrap_or_default().into_iter().map(transformation).collect(),
        apply_on_transformed_logs: filter.apply_on_transformed_logs,
        field_selection_criteria: filter.field_selection_criteria.filter(|criteria| !criteria.is_empty()),
        emit_system_field_dimensions: filter.emit_system_field_dimensions.unwrap_or_default(),
        creation_time: filter.creation_time.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
    }
}

fn transformation(transformation: sdk::MetricTransformation) -> MetricTransformation {
    MetricTransformation {
        namespace: transformation.metric_namespace,
        name: transformation.metric_name,
        value: transformation.metric_value,
        default_value: transformation.default_value,
        dimensions: transformation.dimensions.unwrap_or_default().into_iter().collect(),
        unit: transformation.unit.map(|unit| unit.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(name: &str) -> MetricFilter {
        map(sdk::MetricFilter::builder().filter_name(name).build())
    }

    #[test]
    fn group_names_are_read_off_arns() {
        let group = GroupName::parse("arn:aws-cn:logs:cn-north-1:111122223333:log-group:/aws/trail.x#1").unwrap();
        assert_eq!((group.region, group.account, group.name), ("cn-north-1", "111122223333", "/aws/trail.x#1"));
        assert!(GroupName::parse("arn:aws:logs:us-east-1:111122223333:log-group:").is_none());
        assert!(GroupName::parse("arn:aws:s3:::log-group:x").is_none());
    }

    #[test]
    fn only_a_whole_listing_speaks_for_a_group() {
        let filters = vec![("a".to_owned(), filter("1")), ("a/b".to_owned(), filter("2"))];
        let whole = Listing { filters: filters.clone(), is_complete: true };
        assert_eq!(whole.of_group("a"), Some(vec![filter("1")]));
        assert_eq!(whole.of_group("none"), Some(Vec::new()));
        assert_eq!(Listing { filters, is_complete: false }.of_group("a"), None);
    }
}
