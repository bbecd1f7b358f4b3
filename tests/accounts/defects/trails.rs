//! Defects of the trail.

use cis_audit::finding::Code;
use cis_audit::finding::HubStatus::{self, Failed};
use cis_audit::finding::Status::{Fail, Unknown};
use cis_audit::snapshot::{DataResource, EventSelector};

use super::super::builder::{ACCOUNT, OTHER_ACCOUNT, equals, management_events, management_events_without, not_equals};
use super::{Affects, Defect, Expected};

pub(super) const TABLE: &[Defect] = &[
    Defect {
        name: "no trail",
        apply: |account, _| account.without_trail(),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailNone) },
    },
    Defect {
        name: "trails unread",
        apply: |account, _| account.with_unread_trails(),
        affects: Affects::All,
        expected: Expected {
            cis: Unknown,
            effective: Unknown,
            security_hub: HubStatus::Unknown,
            code: Some(Code::TrailUnread),
        },
    },
    Defect {
        name: "single-region trail",
        apply: |account, _| account.trail(|trail| trail.is_multi_region = false),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailSingleRegion) },
    },
    Defect {
        name: "single-region trail without global events",
        apply: |account, _| {
            account.trail(|trail| (trail.is_multi_region, trail.include_global_service_events) = (false, false))
        },
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailSingleRegion) },
    },
    Defect {
        name: "single-region trail whose status is unread",
        apply: |account, _| account.trail(|trail| (trail.is_multi_region, trail.status) = (false, None)),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailSingleRegion) },
    },
    Defect {
        name: "stopped trail",
        apply: |account, _| account.trail_status(|status| status.is_logging = false),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailNotLogging) },
    },
    Defect {
        name: "trail status unread",
        apply: |account, _| account.trail(|trail| trail.status = None),
        affects: Affects::All,
        expected: Expected::unread(Code::TrailUnread),
    },
    Defect {
        name: "event selectors unread",
        apply: |account, _| account.trail(|trail| trail.selectors = None),
        affects: Affects::All,
        expected: Expected::unread(Code::TrailUnread),
    },
    Defect {
        name: "selector of an undocumented read/write type",
        apply: |account, _| account.with_selectors(&[management_events("NewWord")]),
        affects: Affects::All,
        expected: Expected::unread(Code::TrailUndecided),
    },
    Defect {
        name: "selector without management events",
        apply: |account, _| account.with_selectors(&[data_events("All")]),
        affects: Affects::All,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::TrailNoManagementEvents),
        },
    },
    Defect {
        name: "read-only selector",
        apply: |account, _| account.with_selectors(&[management_events("ReadOnly")]),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailNoWriteEvents) },
    },
    Defect {
        name: "write-only selector",
        apply: |account, _| account.with_selectors(&[with_data(management_events("WriteOnly"))]),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailNoReadEvents) },
    },
    Defect {
        name: "selector that excludes IAM",
        apply: |account, _| account.with_selectors(&[with_data(management_events_without(&["iam.amazonaws.com"]))]),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailSourceExcluded) },
    },
    Defect {
        name: "advanced selector that excludes IAM",
        apply: |account, _| {
            let source = not_equals("eventSource", "iam.amazonaws.com");
            account.with_advanced_selectors(&[&[equals("eventCategory", "Management"), source]])
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailSourceExcluded) },
    },
    Defect {
        name: "advanced read-only selector",
        apply: |account, _| {
            account.with_advanced_selectors(&[&[equals("eventCategory", "Management"), equals("readOnly", "true")]])
        },
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailNoWriteEvents) },
    },
    Defect {
        name: "advanced write-only selector",
        apply: |account, _| {
            account.with_advanced_selectors(&[&[equals("eventCategory", "Management"), equals("readOnly", "false")]])
        },
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailNoReadEvents) },
    },
    Defect {
        name: "advanced selector of data events",
        apply: |account, _| {
            account.with_advanced_selectors(&[&[
                equals("eventCategory", "Data"),
                equals("resources.type", "AWS::S3::Object"),
            ]])
        },
        affects: Affects::All,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::TrailNoManagementEvents),
        },
    },
    Defect {
        name: "advanced selector of one event name",
        apply: |account, _| {
            account.with_advanced_selectors(&[
                &[equals("eventCategory", "Management"), equals("eventName", "PutUserPolicy")],
                &[equals("eventCategory", "Data"), equals("resources.type", "AWS::S3::Object")],
            ])
        },
        affects: Affects::All,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::TrailSelectorNarrowed),
        },
    },
    Defect {
        name: "selectors of one event name and of read events",
        apply: |account, _| {
            account.with_advanced_selectors(&[
                &[equals("eventCategory", "Management"), equals("eventName", "PutUserPolicy")],
                &[equals("eventCategory", "Management"), equals("readOnly", "true")],
            ])
        },
        affects: Affects::All,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::TrailSelectorNarrowed),
        },
    },
    Defect {
        name: "stopped trail next to a single-region one",
        apply: |account, _| {
            account.with_second_trail("second", |trail| trail.is_multi_region = false).trail(|trail| {
                if let Some(status) = trail.status.as_mut().filter(|_| trail.is_multi_region) {
                    status.is_logging = false;
                }
            })
        },
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::TrailNotLogging) },
    },
    Defect {
        name: "another account's trail whose status is unread",
        apply: |account, _| {
            account.trail(|trail| {
                trail.arn = trail.arn.replace(ACCOUNT, OTHER_ACCOUNT).into();
                trail.status = None;
            })
        },
        affects: Affects::All,
        expected: Expected {
            cis: Unknown,
            effective: Unknown,
            security_hub: HubStatus::NoData,
            code: Some(Code::TrailUnread),
        },
    },
];

/// The selector, with the data events of a bucket in addition.
fn with_data(selector: EventSelector) -> EventSelector {
    let bucket = DataResource { kind: "AWS::S3::Object".into(), values: vec!["arn:aws:s3:::b/".into()] };
    EventSelector { data_resources: vec![bucket], ..selector }
}

/// A selector of data events alone.
fn data_events(read_write_type: &str) -> EventSelector {
    EventSelector { include_management_events: Some(false), ..with_data(management_events(read_write_type)) }
}
