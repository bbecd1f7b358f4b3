//! CloudTrail: `DescribeTrails`, `GetTrailStatus`, `GetEventSelectors`.

use serde_json::{Map, Value, json};

use super::{Here, ServiceError, text, unknown};
use crate::support::account::{Selectors, Trail};

pub(super) fn answer(here: &Here<'_>, operation: &str, asked: &Value) -> Result<Value, ServiceError> {
    match operation {
        "DescribeTrails" => Ok(describe(here, asked)),
        "GetTrail" => Ok(json!({ "Trail": shown(here, named(here, asked)?) })),
        "GetTrailStatus" => Ok(status(named(here, asked)?)),
        "GetEventSelectors" => Ok(selectors(here, named(here, asked)?)),
        _ => Err(unknown(operation)),
    }
}

/// A multi-region trail, and an organization's, shows in every region; elsewhere than at home it is a shadow.
fn describe(here: &Here<'_>, asked: &Value) -> Value {
    let shadows = asked.get("includeShadowTrails").and_then(Value::as_bool).unwrap_or(true);
    let wanted = asked.get("trailNameList").and_then(Value::as_array).filter(|list| !list.is_empty());
    let trails = here.account.trails.iter().filter(|trail| {
        let visible = match wanted {
            Some(names) => names.iter().filter_map(Value::as_str).any(|name| found_by(here, trail, name)),
            None => seen_from(here, trail),
        };
        visible && (shadows || (is_home(here, trail) && trail.organization_owner.is_none()))
    });
    json!({ "trailList": trails.map(|trail| shown(here, trail)).collect::<Vec<_>>() })
}

fn is_home(here: &Here<'_>, trail: &Trail) -> bool {
    trail.home_region == here.name
}

fn seen_from(here: &Here<'_>, trail: &Trail) -> bool {
    is_home(here, trail) || trail.multi_region
}

/// By name a trail is found at home only; a shadow, and another account's trail, by ARN.
fn found_by(here: &Here<'_>, trail: &Trail, name: &str) -> bool {
    if name == here.account.trail_arn(trail) {
        return seen_from(here, trail);
    }
    name == trail.name && is_home(here, trail) && trail.organization_owner.is_none()
}

fn named<'a>(here: &Here<'a>, asked: &Value) -> Result<&'a Trail, ServiceError> {
    let name = text(asked, "Name").or_else(|| text(asked, "TrailName")).unwrap_or_default();
    here.account.trails.iter().find(|trail| found_by(here, trail, name)).ok_or_else(|| {
        let message = format!("Unknown trail: {name} for the user: {}", here.account.id);
        ServiceError::new(400, "TrailNotFoundException", message)
    })
}

fn shown(here: &Here<'_>, trail: &Trail) -> Value {
    let mut shown = json!({
        "Name": trail.name,
        "S3BucketName": "trails",
        "IncludeGlobalServiceEvents": true,
        "IsMultiRegionTrail": trail.multi_region,
        "HomeRegion": trail.home_region,
        "TrailARN": here.account.trail_arn(trail),
        "LogFileValidationEnabled": true,
        "HasCustomEventSelectors": !matches!(trail.selectors, Selectors::Default),
        "HasInsightSelectors": false,
        "IsOrganizationTrail": trail.organization_owner.is_some(),
    });
    if let Some(arn) = &trail.log_group_arn {
        shown["CloudWatchLogsLogGroupArn"] = json!(arn);
        shown["CloudWatchLogsRoleArn"] =
            json!(format!("arn:{}:iam::{}:role/CloudTrail", here.account.partition, here.account.id));
    }
    shown
}

fn status(trail: &Trail) -> Value {
    let mut status = json!({
        "IsLogging": trail.logging,
        "LatestDeliveryTime": 1_750_000_000,
        "StartLoggingTime": 1_700_000_000,
        "LatestDeliveryAttemptTime": "2025-06-15T15:06:40Z",
        "TimeLoggingStarted": "2023-11-14T22:13:20Z",
        "TimeLoggingStopped": "",
    });
    if trail.log_group_arn.is_some() {
        status["LatestCloudWatchLogsDeliveryTime"] = json!(jiff::Timestamp::now().as_second() - 120);
    }
    if let Some(error) = &trail.delivery_error {
        status["LatestCloudWatchLogsDeliveryError"] = json!(error);
    }
    status
}

fn selectors(here: &Here<'_>, trail: &Trail) -> Value {
    let arn = here.account.trail_arn(trail);
    match &trail.selectors {
        Selectors::Default => json!({
            "TrailARN": arn,
            "EventSelectors": [{
                "ReadWriteType": "All", "IncludeManagementEvents": true,
                "DataResources": [], "ExcludeManagementEventSources": [],
            }],
        }),
        Selectors::Basic(selectors) => {
            let shown = selectors.iter().map(|selector| {
                let data = selector.data_resources.iter();
                json!({
                    "ReadWriteType": selector.read_write_type,
                    "IncludeManagementEvents": selector.include_management_events,
                    "DataResources": data.map(|(kind, values)| json!({ "Type": kind, "Values": values })).collect::<Vec<_>>(),
                    "ExcludeManagementEventSources": selector.exclude_management_event_sources,
                })
            });
            json!({ "TrailARN": arn, "EventSelectors": shown.collect::<Vec<_>>() })
        }
        Selectors::Advanced(selectors) => {
            let shown = selectors.iter().map(|selector| {
                let fields = selector.fields.iter().map(|field| {
                    let mut shown = Map::new();
                    shown.insert("Field".into(), json!(field.field));
                    shown.insert(field.operator.clone(), json!(field.values));
                    Value::Object(shown)
                });
                json!({ "Name": selector.name, "FieldSelectors": fields.collect::<Vec<_>>() })
            });
            json!({ "TrailARN": arn, "AdvancedEventSelectors": shown.collect::<Vec<_>>() })
        }
    }
}
