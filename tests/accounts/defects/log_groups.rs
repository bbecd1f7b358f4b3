//! Defects of the log group, and of the delivery to it.

use cis_audit::finding::Code;
use cis_audit::finding::HubStatus::{self, Failed, Passed};
use cis_audit::finding::Status::{Fail, Pass, Unknown};

use super::super::builder::{ACCOUNT, LOG_GROUP, OTHER_ACCOUNT, OTHER_REGION, REGION, log_group_arn};
use super::{Affects, Defect, Expected};

pub(super) const TABLE: &[Defect] = &[
    Defect {
        name: "trail without a log group",
        apply: |account, _| account.trail(|trail| trail.log_group_arn = None),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::LogGroupNone) },
    },
    Defect {
        name: "deleted log group",
        apply: |account, _| account.without_log_group(),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::LogGroupMissing) },
    },
    Defect {
        name: "failing delivery",
        apply: |account, _| {
            account.trail_status(|status| status.latest_logs_delivery_error = Some("AccessDenied".into()))
        },
        affects: Affects::All,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: Passed,
            code: Some(Code::LogGroupDeliveryFailing),
        },
    },
    Defect {
        name: "no delivery for three days",
        apply: |account, _| {
            account.trail_status(|status| status.latest_logs_delivery_time = "2026-01-02T09:00:00Z".parse().ok())
        },
        affects: Affects::All,
        expected: Expected {
            cis: Pass,
            effective: Fail,
            security_hub: Passed,
            code: Some(Code::LogGroupDeliveryStale),
        },
    },
    Defect {
        name: "no delivery since logging began",
        apply: |account, _| {
            account.trail_status(|status| {
                status.latest_logs_delivery_time = None;
                status.start_logging_time = "2026-01-02T09:00:00Z".parse().ok();
            })
        },
        affects: Affects::All,
        expected: Expected {
            cis: Pass,
            effective: Fail,
            security_hub: Passed,
            code: Some(Code::LogGroupDeliveryStale),
        },
    },
    Defect {
        name: "log group of class INFREQUENT_ACCESS",
        apply: |account, _| account.with_log_group_class("INFREQUENT_ACCESS"),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::LogGroupClass) },
    },
    Defect {
        name: "log group of class DELIVERY",
        apply: |account, _| account.with_log_group_class("DELIVERY"),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::LogGroupClass) },
    },
    // What this class lacks is not documented.
    Defect {
        name: "log group of class ESSENTIALS",
        apply: |account, _| account.with_log_group_class("ESSENTIALS"),
        affects: Affects::All,
        expected: Expected::unread(Code::LogGroupClassUndecided),
    },
    Defect {
        name: "log group of an undocumented class",
        apply: |account, _| account.with_log_group_class("PLATINUM"),
        affects: Affects::All,
        expected: Expected::unread(Code::LogGroupClassUndecided),
    },
    Defect {
        name: "log group unread",
        apply: |account, _| account.with(|account| account.log_groups.clear()),
        affects: Affects::All,
        expected: Expected::unread(Code::LogGroupUnread),
    },
    Defect {
        name: "log group of another account",
        apply: |account, _| {
            account.trail(|trail| {
                trail.log_group_arn =
                    trail.log_group_arn.as_ref().map(|arn| arn.replace(ACCOUNT, OTHER_ACCOUNT).into());
            })
        },
        affects: Affects::All,
        expected: Expected {
            cis: Unknown,
            effective: Unknown,
            security_hub: HubStatus::Unknown,
            code: Some(Code::LogGroupOtherAccount),
        },
    },
    Defect {
        name: "organization trail to a log group of another account",
        apply: |account, _| {
            account.trail(|trail| {
                trail.is_organization = true;
                trail.log_group_arn =
                    trail.log_group_arn.as_ref().map(|arn| arn.replace(ACCOUNT, OTHER_ACCOUNT).into());
            })
        },
        affects: Affects::All,
        expected: Expected::unread(Code::LogGroupOtherAccount),
    },
    Defect {
        name: "standard log group without metric filters",
        apply: |account, _| account.with_log_group_class("STANDARD"),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::MetricFilterNone) },
    },
    Defect {
        name: "metric filters on a log group that no trail delivers to",
        apply: |account, _| account.with_filters_on(&log_group_arn("before")),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::MetricFilterNone) },
    },
    Defect {
        name: "metric filters on the log group of that name in another region",
        apply: |account, _| account.with_filters_on(&log_group_arn(LOG_GROUP).replace(REGION, OTHER_REGION)),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::MetricFilterNone) },
    },
    Defect {
        name: "metric filters on the log group of that name of another account",
        apply: |account, _| account.with_filters_on(&log_group_arn(LOG_GROUP).replace(ACCOUNT, OTHER_ACCOUNT)),
        affects: Affects::All,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::MetricFilterNone) },
    },
    Defect {
        name: "metric filters unread",
        apply: |account, _| account.with_unread_filters(),
        affects: Affects::All,
        expected: Expected::unread(Code::MetricFilterUnread),
    },
];
