//! CloudTrail: trails, whether they log, and which events. What is read is mapped and not judged, and nothing is
//! changed.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput;
use aws_sdk_cloudtrail::types as sdk;

use super::answers;
use super::clients::Clients;
use super::clock::timestamp;
use super::error::{Call, Failure};
use super::http::OpenToo;
use crate::arn::{LogGroupArn, TrailArn};
use crate::snapshot::{
    AdvancedEventSelector, DataResource, EventSelector, EventSelectors, FieldSelector, Trail, TrailStatus,
};

/// `cloudtrail:DescribeTrails` in the region asked for, copies of trails at home elsewhere included. Two questions about
/// each trail follow at once, so a second connection is opened meanwhile.
pub(super) async fn trails(clients: &Clients) -> Result<Vec<Trail>, Failure> {
    let region = clients.region();
    let call = Call { operation: "cloudtrail:DescribeTrails", region, resource: None };
    let request = clients.cloudtrail(region).describe_trails().include_shadow_trails(true);
    let request = request.customize().mutate_request(|request| request.add_extension(OpenToo));
    let answer = clients.ask(call, request.send()).await?;
    listed(call, answer.trail_list)
}

/// The trails of an answer of `DescribeTrails`, each once.
pub(super) fn listed(call: Call<'_>, list: Option<Vec<sdk::Trail>>) -> Result<Vec<Trail>, Failure> {
    let mut seen = BTreeSet::new();
    let trails = call.must(answers::TRAILS, list)?.into_iter().map(|found| trail(call, found));
    let trails: Vec<Trail> = trails.collect::<Result<_, _>>()?;
    Ok(trails.into_iter().filter(|trail| seen.insert(trail.arn.clone())).collect())
}

/// A trail as `DescribeTrails` gives it.
pub(super) fn trail(call: Call<'_>, trail: sdk::Trail) -> Result<Trail, Failure> {
    let arn = TrailArn::new(call.must_say(answers::TRAIL_ARN, trail.trail_arn)?);
    let region = arn.region().ok_or_else(|| call.bad_answer("the answer has a trail whose ARN is none"))?;
    let home = trail.home_region.unwrap_or_else(|| region.to_owned());
    Ok(Trail {
        name: trail.name.unwrap_or_else(|| arn.name().to_owned()),
        home_region: if home.is_empty() { call.region.to_owned() } else { home },
        is_multi_region: call.must(answers::TRAIL_MULTI_REGION, trail.is_multi_region_trail)?,
        is_organization: trail.is_organization_trail.unwrap_or_default(),
        include_global_service_events: call.must(answers::TRAIL_GLOBAL_EVENTS, trail.include_global_service_events)?,
        log_group_arn: trail.cloud_watch_logs_log_group_arn.filter(|arn| !arn.is_empty()).map(LogGroupArn::new),
        log_role_arn: trail.cloud_watch_logs_role_arn.filter(|arn| !arn.is_empty()),
        s3_bucket: trail.s3_bucket_name,
        kms_key_id: trail.kms_key_id,
        log_file_validation: trail.log_file_validation_enabled.unwrap_or_default(),
        status: None,
        selectors: None,
        arn,
    })
}

/// `cloudtrail:GetTrailStatus` at the trail's home.
pub(super) async fn status(clients: &Clients, trail: &Trail) -> Result<TrailStatus, Failure> {
    let call = Call { operation: "cloudtrail:GetTrailStatus", region: &trail.home_region, resource: Some(&trail.arn) };
    let request = clients.cloudtrail(&trail.home_region).get_trail_status().name(&trail.arn);
    let answer = clients.ask(call, request.send()).await?;
    let is_logging = call.must(answers::TRAIL_IS_LOGGING, answer.is_logging)?;
    Ok(map_status(answer, is_logging))
}

fn map_status(answer: GetTrailStatusOutput, is_logging: bool) -> TrailStatus {
    TrailStatus {
        is_logging,
        latest_logs_delivery_error: answer.latest_cloud_watch_logs_delivery_error.filter(|error| !error.is_empty()),
        latest_logs_delivery_time: answer.latest_cloud_watch_logs_delivery_time.and_then(timestamp),
        latest_delivery_error: answer.latest_delivery_error.filter(|error| !error.is_empty()),
        start_logging_time: answer.start_logging_time.and_then(timestamp),
        stop_logging_time: answer.stop_logging_time.and_then(timestamp),
    }
}

/// `cloudtrail:GetEventSelectors` at the trail's home.
pub(super) async fn selectors(clients: &Clients, trail: &Trail) -> Result<EventSelectors, Failure> {
    let call =
        Call { operation: "cloudtrail:GetEventSelectors", region: &trail.home_region, resource: Some(&trail.arn) };
    let request = clients.cloudtrail(&trail.home_region).get_event_selectors().trail_name(&trail.arn);
    let answer = clients.ask(call, request.send()).await?;
    if answer.event_selectors.is_none() && answer.advanced_event_selectors.is_none() {
        call.must(answers::TRAIL_SELECTORS, None::<()>)?;
    }
    let advanced = answer.advanced_event_selectors.unwrap_or_default().into_iter();
    Ok(EventSelectors {
        basic: answer.event_selectors.unwrap_or_default().into_iter().map(basic).collect(),
        advanced: advanced.map(|selector| advanced_selector(call, selector)).collect::<Result<_, _>>()?,
    })
}

fn basic(selector: sdk::EventSelector) -> EventSelector {
    EventSelector {
        read_write_type: selector.read_write_type.map(|kind| kind.as_str().to_owned()),
        include_management_events: selector.include_management_events,
        exclude_management_event_sources: selector.exclude_management_event_sources.unwrap_or_default(),
        data_resources: selector.data_resources.unwrap_or_default().into_iter().map(data_resource).collect(),
    }
}

fn data_resource(resource: sdk::DataResource) -> DataResource {
    DataResource { kind: resource.r#type.unwrap_or_default(), values: resource.values.unwrap_or_default() }
}

fn advanced_selector(call: Call<'_>, selector: sdk::AdvancedEventSelector) -> Result<AdvancedEventSelector, Failure> {
    let fields = call.must_list(answers::SELECTOR_FIELDS, selector.field_selectors)?.into_iter();
    let field_selectors = fields.map(|selector| field(call, selector)).collect::<Result<_, _>>()?;
    Ok(AdvancedEventSelector { name: selector.name, field_selectors })
}

/// A condition that an answer leaves open would be taken for one that holds always.
fn field(call: Call<'_>, selector: sdk::AdvancedFieldSelector) -> Result<FieldSelector, Failure> {
    let selector = FieldSelector {
        field: call.must_say(answers::SELECTOR_FIELD, selector.field)?,
        equals: selector.equals.unwrap_or_default(),
        not_equals: selector.not_equals.unwrap_or_default(),
        starts_with: selector.starts_with.unwrap_or_default(),
        not_starts_with: selector.not_starts_with.unwrap_or_default(),
        ends_with: selector.ends_with.unwrap_or_default(),
        not_ends_with: selector.not_ends_with.unwrap_or_default(),
    };
    let operators = [
        &selector.equals,
        &selector.not_equals,
        &selector.starts_with,
        &selector.not_starts_with,
        &selector.ends_with,
        &selector.not_ends_with,
    ];
    let has_operator = operators.iter().any(|values| !values.is_empty());
    call.must(answers::SELECTOR_CONDITION, has_operator.then_some(selector))
}
