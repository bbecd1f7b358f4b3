//! CloudWatch Logs: metric filters, and whether a log group exists. What is read is mapped and not judged, and nothing
//! is changed.

use std::collections::BTreeSet;

use aws_sdk_cloudwatchlogs::types as sdk;
use jiff::Timestamp;
use serde_json::Value;

use super::answers;
use super::clients::Clients;
use super::error::{Call, Failure, Trouble};
use super::pages::Pages;
use super::raw::Kept;
use crate::arn::LogGroupArn;
use crate::snapshot::{LogGroup, MetricFilter, MetricTransformation};

/// The most that one page holds (`DescribeMetricFilters`).
const PAGE: i32 = 50;
/// A group has at most 100 filters, so two pages. A server that goes on for ever is stopped here.
const MOST_PAGES: usize = 20;
/// Pages without a filter after which the search for one is given up.
const MOST_EMPTY_PAGES: usize = 10;

/// Pages of the filters of a region, beside the first. A server that goes on for ever is stopped here.
const MOST_LISTED: usize = 200;

/// The first page of a region's filters, whatever group they are on, or all of them.
#[derive(Debug, Default, Clone)]
pub(super) struct Listing {
    /// Log group name and filter.
    filters: Vec<(String, MetricFilter)>,
    /// Where it goes on. `None`: it is complete.
    next: Option<String>,
}

impl Listing {
    /// Whether no page is left.
    pub(super) fn is_complete(&self) -> bool {
        self.next.is_none()
    }

    /// The filters of a group, if the listing is sure to hold them all.
    fn of_group(&self, name: &str) -> Option<Vec<MetricFilter>> {
        let of_group = self.filters.iter().filter(|(group, _)| group == name);
        self.is_complete().then(|| of_group.map(|(_, filter)| filter.clone()).collect())
    }

    /// Every group that has a filter of interest, with all of its filters; none if the listing may not hold them all.
    /// `at`: what the groups' ARNs begin with, up to the name.
    pub(super) fn groups(&self, at: &str, is_of_interest: &dyn Fn(&MetricFilter) -> bool) -> Vec<LogGroup> {
        let names: BTreeSet<&str> =
            self.filters.iter().filter(|(_, filter)| is_of_interest(filter)).map(|(group, _)| group.as_str()).collect();
        let group = |name: &str| LogGroup {
            arn: format!("{at}{name}").into(),
            exists: Some(true),
            class: None,
            metric_filters: self.of_group(name),
        };
        names.into_iter().map(group).filter(|group| group.metric_filters.is_some()).collect()
    }
}

/// The first page of `logs:DescribeMetricFilters` for a region.
pub(super) async fn listing(clients: &Clients, region: &str) -> Result<Listing, Failure> {
    let call = Call { operation: "logs:DescribeMetricFilters", region, resource: None };
    let request = clients.logs(region).describe_metric_filters().limit(PAGE);
    let answer = clients.ask(call, request.send()).await?;
    let filters = listed_filters(call, call.must(answers::FILTERS, answer.metric_filters)?)?;
    Ok(Listing { filters, next: answer.next_token.filter(|token| !token.is_empty()) })
}

/// All pages of a listing of which the first was read.
pub(super) async fn whole_listing(clients: &Clients, region: &str, first: Listing) -> Result<Listing, Failure> {
    let call = Call { operation: "logs:DescribeMetricFilters", region, resource: None };
    let Listing { mut filters, next: Some(next) } = first else { return Ok(first) };
    let mut pages = Pages::behind(call, MOST_LISTED, next);
    loop {
        let request = clients.logs(region).describe_metric_filters().limit(PAGE).set_next_token(pages.token());
        let answer = clients.ask(call, request.send()).await?;
        filters.extend(listed_filters(call, call.must(answers::FILTERS, answer.metric_filters)?)?);
        if !pages.turn(answer.next_token)? {
            return Ok(Listing { filters, next: None });
        }
    }
}

/// Filters, each with the name of its log group.
fn listed_filters(call: Call<'_>, filters: Vec<sdk::MetricFilter>) -> Result<Vec<(String, MetricFilter)>, Failure> {
    let each = filters.into_iter().map(|mut filter| {
        let group = call.must_say(answers::FILTER_GROUP, filter.log_group_name.take())?;
        Ok((group, map(call, filter)?))
    });
    each.collect()
}

/// A log group by its ARN, without a trailing `:*`.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupName<'a> {
    /// The whole ARN.
    pub(super) arn: &'a LogGroupArn,
    /// Region of the ARN.
    pub(super) region: &'a str,
    /// The name alone.
    pub(super) name: &'a str,
}

impl<'a> GroupName<'a> {
    /// Where a group is asked about. `None`: the text is no log group's ARN.
    pub(super) fn parse(arn: &'a LogGroupArn) -> Option<Self> {
        Some(Self { arn, region: arn.region()?, name: arn.name() })
    }
}

/// Reads a log group: its filters, from the listing if that holds them all; and if there are none, whether the group
/// exists at all.
pub(super) async fn group(
    clients: &Clients,
    group: GroupName<'_>,
    listing: Option<&Listing>,
) -> (LogGroup, Vec<Failure>) {
    let mut read = LogGroup { arn: group.arn.clone(), exists: None, class: None, metric_filters: None };
    let mut failures = Vec::new();
    let filters = match listing.and_then(|listing| listing.of_group(group.name)) {
        Some(listed) => Ok(listed),
        None => filters(clients, group).await,
    };
    match filters {
        Ok(filters) if filters.is_empty() => {
            read.metric_filters = Some(filters);
            match described(clients, group).await {
                Ok(found) => {
                    read.exists = Some(found.is_some());
                    let class = found.and_then(|(found, _)| found.log_group_class);
                    read.class = class.map(|class| class.as_str().to_owned());
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
    let (mut filters, mut pages) = (Vec::new(), Pages::new(call, MOST_PAGES));
    loop {
        let request = logs.describe_metric_filters().log_group_name(group.name).limit(PAGE);
        let answer = clients.ask(call, request.set_next_token(pages.token()).send()).await?;
        for filter in call.must(answers::FILTERS, answer.metric_filters)? {
            filters.push(map(call, filter)?);
        }
        if !pages.turn(answer.next_token)? {
            return Ok(filters);
        }
    }
}

/// The first page of `logs:DescribeMetricFilters` of a group with any, of names that begin so: as the SDK knows them, and
/// with every field.
pub(super) async fn first_filters(
    clients: &Clients,
    group: GroupName<'_>,
    prefix: Option<&str>,
) -> Result<(Vec<sdk::MetricFilter>, Vec<Value>), Failure> {
    let call = Call { operation: "logs:DescribeMetricFilters", region: group.region, resource: Some(group.arn) };
    let mut pages = Pages::new(call, MOST_EMPTY_PAGES);
    loop {
        let kept = Kept::default();
        let request = clients.logs(group.region).describe_metric_filters().log_group_name(group.name);
        let request = request.set_filter_name_prefix(prefix.map(str::to_owned)).limit(PAGE);
        let request = request.set_next_token(pages.token()).customize().interceptor(kept.clone());
        let answer = clients.ask(call, request.send()).await?;
        let found = call.must(answers::FILTERS, answer.metric_filters)?;
        // Filters come ordered by name, so that of exactly this name is on the first page that has any.
        if !found.is_empty() || !pages.turn(answer.next_token)? {
            return Ok((found, listed(&kept.json(call)?, "metricFilters")));
        }
    }
}

/// A list of an answer.
pub(super) fn listed(answer: &Value, name: &str) -> Vec<Value> {
    answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// `logs:DescribeLogGroups` for one name: as the SDK knows it, and the answer as it came. `None`: no such group.
pub(super) async fn described(
    clients: &Clients,
    group: GroupName<'_>,
) -> Result<Option<(sdk::LogGroup, Kept)>, Failure> {
    let call = Call { operation: "logs:DescribeLogGroups", region: group.region, resource: Some(group.arn) };
    let mut pages = Pages::new(call, MOST_PAGES);
    loop {
        let kept = Kept::default();
        let request = clients.logs(group.region).describe_log_groups().log_group_name_prefix(group.name);
        let request = request.set_next_token(pages.token()).customize().interceptor(kept.clone());
        let answer = clients.ask(call, request.send()).await?;
        let found = call.must(answers::GROUPS, answer.log_groups)?;
        // Groups come ordered by name, so that of exactly this name is first among those that begin with it.
        let is_last = !found.is_empty();
        for found in found {
            if call.must_say(answers::GROUP_NAME, found.log_group_name.clone())? == group.name {
                return Ok(Some((found, kept)));
            }
        }
        if is_last || !pages.turn(answer.next_token)? {
            return Ok(None);
        }
    }
}

fn map(call: Call<'_>, filter: sdk::MetricFilter) -> Result<MetricFilter, Failure> {
    let transformations = call.must_list(answers::FILTER_METRICS, filter.metric_transformations)?.into_iter();
    Ok(MetricFilter {
        name: call.must_say(answers::FILTER_NAME, filter.filter_name)?,
        // An empty one is a pattern: it matches every event.
        pattern: call.must(answers::FILTER_PATTERN, filter.filter_pattern)?,
        transformations: transformations.map(|published| transformation(call, published)).collect::<Result<_, _>>()?,
        apply_on_transformed_logs: filter.apply_on_transformed_logs,
        field_selection_criteria: filter.field_selection_criteria.filter(|criteria| !criteria.is_empty()),
        emit_system_field_dimensions: filter.emit_system_field_dimensions.unwrap_or_default(),
        creation_time: filter.creation_time.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
    })
}

fn transformation(call: Call<'_>, transformation: sdk::MetricTransformation) -> Result<MetricTransformation, Failure> {
    Ok(MetricTransformation {
        namespace: call.must_say(answers::FILTER_NAMESPACE, transformation.metric_namespace)?,
        name: call.must_say(answers::FILTER_METRIC, transformation.metric_name)?,
        value: call.must_say(answers::FILTER_VALUE, transformation.metric_value)?,
        default_value: transformation.default_value,
        dimensions: transformation.dimensions.unwrap_or_default().into_iter().collect(),
        unit: transformation.unit.map(|unit| unit.as_str().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Call<'_> =
        Call { operation: "logs:DescribeMetricFilters", region: "us-east-1", resource: Some("group") };

    fn answered(name: &str) -> sdk::MetricFilter {
        let metric = sdk::MetricTransformation::builder().metric_namespace("CIS").metric_name("m").metric_value("1");
        let filter = sdk::MetricFilter::builder().filter_name(name).filter_pattern("");
        filter.metric_transformations(metric.build().unwrap()).build()
    }

    fn filter(name: &str) -> MetricFilter {
        map(CALL, answered(name)).unwrap()
    }

    #[test]
    fn a_filter_without_what_decides_is_no_answer() {
        let lacks = |change: &dyn Fn(&mut sdk::MetricFilter)| {
            let mut filter = answered("f");
            change(&mut filter);
            map(CALL, filter).unwrap_err().message
        };
        assert_eq!(lacks(&|filter| filter.filter_pattern = None), "the answer has no metricFilters[].filterPattern");
        assert_eq!(
            lacks(&|filter| filter.metric_transformations = Some(Vec::new())),
            "the answer has no metricFilters[].metricTransformations"
        );
        // The SDK makes an empty text of a missing name.
        let unnamed = |filter: &mut sdk::MetricFilter| {
            filter.metric_transformations.as_mut().unwrap()[0].metric_name = String::new();
        };
        assert_eq!(lacks(&unnamed), "the answer has no metricFilters[].metricTransformations[].metricName");
    }

    #[test]
    fn group_names_are_read_off_arns() {
        let arn = LogGroupArn::from("arn:aws-cn:logs:cn-north-1:111122223333:log-group:/aws/trail.x#1");
        let group = GroupName::parse(&arn).unwrap();
        assert_eq!((group.region, group.name), ("cn-north-1", "/aws/trail.x#1"));
        assert!(GroupName::parse(&"arn:aws:logs:us-east-1:111122223333:log-group:".into()).is_none());
        assert!(GroupName::parse(&"arn:aws:s3:::log-group:x".into()).is_none());
    }

    #[test]
    fn only_a_whole_listing_speaks_for_a_group() {
        let filters = vec![("a".to_owned(), filter("1")), ("a/b".to_owned(), filter("2"))];
        let whole = Listing { filters: filters.clone(), next: None };
        assert_eq!(whole.of_group("a"), Some(vec![filter("1")]));
        assert_eq!(whole.of_group("none"), Some(Vec::new()));
        assert_eq!(Listing { filters, next: Some("2".to_owned()) }.of_group("a"), None);
    }

    #[test]
    fn groups_with_a_filter_of_interest_come_along_whole() {
        let filters = vec![("a".to_owned(), filter("1")), ("a".to_owned(), filter("2")), ("b".to_owned(), filter("3"))];
        let at = "arn:aws:logs:us-east-1:111122223333:log-group:";
        let groups = |next: Option<&str>| {
            let listing = Listing { filters: filters.clone(), next: next.map(str::to_owned) };
            let groups = listing.groups(at, &|filter| filter.name == "2");
            groups.into_iter().map(|group| (group.arn.to_string(), group.metric_filters)).collect::<Vec<_>>()
        };
        assert_eq!(groups(None), [(format!("{at}a"), Some(vec![filter("1"), filter("2")]))]);
        assert_eq!(groups(Some("2")), []);
    }
}
