//! Trails and what they record, as CloudTrail says it: no judgement.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::absent::yes;
use crate::arn::{LogGroupArn, TrailArn};

/// A CloudTrail trail (`DescribeTrails`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    /// `TrailARN`: the identity of a trail; its copies in other regions and in member accounts carry it too.
    pub arn: TrailArn,
    /// `Name`.
    pub name: String,
    /// `HomeRegion`: where the trail and its log group live.
    pub home_region: String,
    /// `IsMultiRegionTrail`.
    pub is_multi_region: bool,
    /// `IsOrganizationTrail`.
    #[serde(default)]
    pub is_organization: bool,
    /// `IncludeGlobalServiceEvents`.
    #[serde(default = "yes")]
    pub include_global_service_events: bool,
    /// `CloudWatchLogsLogGroupArn` as given, usually ending in `:*`. `None`: the trail sends nothing to CloudWatch Logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_group_arn: Option<LogGroupArn>,
    /// `CloudWatchLogsRoleArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_role_arn: Option<String>,
    /// `S3BucketName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_bucket: Option<String>,
    /// `KmsKeyId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `LogFileValidationEnabled`.
    #[serde(default)]
    pub log_file_validation: bool,
    /// `GetTrailStatus`. `None`: not read.
    pub status: Option<TrailStatus>,
    /// `GetEventSelectors`. `None`: not read.
    pub selectors: Option<EventSelectors>,
}

/// What `GetTrailStatus` says of a trail.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TrailStatus {
    /// `IsLogging`.
    pub is_logging: bool,
    /// `LatestCloudWatchLogsDeliveryError`: why the last delivery to the log group failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_logs_delivery_error: Option<String>,
    /// `LatestCloudWatchLogsDeliveryTime`: the last successful delivery to the log group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_logs_delivery_time: Option<Timestamp>,
    /// `LatestDeliveryError`: why the last delivery to the bucket failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_delivery_error: Option<String>,
    /// `StartLoggingTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_logging_time: Option<Timestamp>,
    /// `StopLoggingTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_logging_time: Option<Timestamp>,
}

/// A delivery that is older is one of few, and its time is worth knowing.
const HOURS: i64 = 24;

impl TrailStatus {
    /// Lets the last delivery, if it is of the last day and deliveries do not fail, be whole hours before the reading,
    /// which is all that an audit looks at: a trail that delivers every few minutes says the same to who reads it again.
    pub fn round_delivery(&mut self, read: Timestamp) {
        let Some(last) = self.latest_logs_delivery_time.filter(|_| self.latest_logs_delivery_error.is_none()) else {
            return;
        };
        let hours = read.duration_since(last).as_hours().max(0);
        let rounded = read.checked_sub(SignedDuration::from_hours(hours)).ok();
        if let Some(rounded) = rounded.filter(|_| hours < HOURS) {
            self.latest_logs_delivery_time = Some(rounded);
        }
    }
}

/// What `GetEventSelectors` says of a trail. Both lists empty: the default, all management events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EventSelectors {
    /// `EventSelectors`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basic: Vec<EventSelector>,
    /// `AdvancedEventSelectors`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advanced: Vec<AdvancedEventSelector>,
}

/// A basic event selector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventSelector {
    /// `ReadWriteType`: `All`, `ReadOnly`, `WriteOnly`. Absent means `All`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_write_type: Option<String>,
    /// `IncludeManagementEvents`. Absent means true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_management_events: Option<bool>,
    /// `ExcludeManagementEventSources`: `kms.amazonaws.com`, `rdsdata.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_management_event_sources: Vec<String>,
    /// `DataResources`: data events, which no control asks for. `PutEventSelectors` replaces all selectors, so these
    /// must be known to widen them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_resources: Vec<DataResource>,
}

/// Resources whose data events a basic selector records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataResource {
    /// `Type`: `AWS::S3::Object`, `AWS::Lambda::Function`, …
    pub kind: String,
    /// `Values`: ARNs, or prefixes of them.
    #[serde(default)]
    pub values: Vec<String>,
}

/// An advanced event selector: all its field selectors must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdvancedEventSelector {
    /// `Name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `FieldSelectors`.
    #[serde(default)]
    pub field_selectors: Vec<FieldSelector>,
}

/// One condition of an advanced event selector: any of the values of each operator given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldSelector {
    /// `Field`: `eventCategory`, `readOnly`, `eventSource`, …
    pub field: String,
    /// `Equals`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// `NotEquals`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_equals: Vec<String>,
    /// `StartsWith`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts_with: Vec<String>,
    /// `NotStartsWith`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_starts_with: Vec<String>,
    /// `EndsWith`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends_with: Vec<String>,
    /// `NotEndsWith`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ends_with: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_of_the_last_day_is_known_by_the_hour() {
        let read: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        for (last, error, wanted) in [
            ("2026-11-29T11:58:03Z", None, "2026-11-29T12:00:00Z"),
            ("2026-11-29T12:01:00Z", None, "2026-11-29T12:00:00Z"),
            ("2026-11-29T09:30:00Z", None, "2026-11-29T10:00:00Z"),
            ("2026-11-28T11:59:00Z", None, "2026-11-28T11:59:00Z"),
            ("2026-11-29T11:58:03Z", Some("AccessDenied"), "2026-11-29T11:58:03Z"),
        ] {
            let mut status = TrailStatus {
                latest_logs_delivery_time: Some(last.parse().unwrap()),
                latest_logs_delivery_error: error.map(str::to_owned),
                ..TrailStatus::default()
            };
            status.round_delivery(read);
            assert_eq!(status.latest_logs_delivery_time, Some(wanted.parse().unwrap()), "{last} {error:?}");
        }
    }
}
