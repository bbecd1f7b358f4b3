//! CloudTrail: trails, whether they log, and which events.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput;
use aws_sdk_cloudtrail::types as sdk;

use super::clients::Clients;
use super::error::{Call, Failure};
use super::http::OpenToo;
use super::timestamp;
use crate::arn::Arn;
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
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    let list = answer.trail_list.ok_or_else(|| call.bad_answer("the answer has no list of trails"))?;
    let mut seen = BTreeSet::new();
    let mut trails = Vec::with_capacity(list.len());
    for answer in list {
        let trail = trail(answer, region).ok_or_else(|| call.bad_answer("the answer has a trail without an ARN"))?;
        if seen.insert(trail.arn.clone()) {
            trails.push(trail);
        }
    }
    Ok(trails)
}

fn trail(trail: sdk::Trail, asked_region: &str) -> Option<Trail> {
    let arn = trail.trail_arn?;
    let parts = Arn::parse(&arn)?;
    let home = trail.home_region.unwrap_or_else(|| parts.region.to_owned());
    Some(Trail {
        name: trail.name.unwrap_or_else(|| parts.resource.trim_start_matches("trail/").to_owned()),
        home_region: if home.is_empty() { asked_region.to_owned() } else { home },
        is_multi_region: trail.is_multi_region_trail.unwrap_or_default(),
        is_organization: trail.is_organization_trail.unwrap_or_default(),
        include_global_service_events: trail.include_global_service_events.unwrap_or(true),
        log_group_arn: trail.cloud_watch_logs_log_group_arn.filter(|arn| !arn.is_empty()),
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
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    let is_logging = answer.is_logging.ok_or_else(|| call.bad_answer("the answer does not say whether it logs"))?;
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
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    Ok(EventSelectors {
        basic: answer.event_selectors.unwrap_or_default().into_iter().map(basic).collect(),
        advanced: answer.advanced_event_selectors.unwrap_or_default().into_iter().map(advanced).collect(),
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

fn advanced(selector: sdk::AdvancedEventSelector) -> AdvancedEventSelector {
    AdvancedEventSelector {
        name: selector.name,
        field_selectors: selector.field_selectors.into_iter().map(field).collect(),
    }
}

fn field(selector: sdk::AdvancedFieldSelector) -> FieldSelector {
    FieldSelector {
        field: selector.field,
        equals: selector.equals.unwrap_or_default(),
        not_equals: selector.not_equals.unwrap_or_default(),
        starts_with: selector.starts_with.unwrap_or_default(),
        not_starts_with: selector.not_starts_with.unwrap_or_default(),
        ends_with: selector.ends_with.unwrap_or_default(),
        not_ends_with: selector.not_ends_with.unwrap_or_default(),
    }
}
