//! The log group: messages about delivery, and what a class supports.

use super::*;

fn stale(last: Option<&str>, began: &str) -> AccountBuilder {
    seed().trail_status(|status| {
        status.latest_logs_delivery_time = last.map(|time| time.parse().expect("a time"));
        status.start_logging_time = Some(began.parse().expect("a time"));
    })
}

#[test]
fn failing_delivery_says_when_it_last_succeeded() {
    let account = stale(Some("2026-01-02T09:00:00Z"), "2025-11-03T10:15:00Z");
    let report = judge(account.trail_status(|status| status.latest_logs_delivery_error = Some("AccessDenied".into())));
    let message = message(&report, "3.4");
    assert!(
        message.ends_with("(the last one that succeeded was at 2026-01-02T09:00:00Z, 3 days earlier)"),
        "{message}"
    );
}

#[test]
fn security_hub_does_not_look_at_delivery() {
    let report = judge(seed().trail_status(|status| status.latest_logs_delivery_error = Some("AccessDenied".into())));
    assert_eq!(hub_code(&report, "3.4"), Some(Code::HubDoesNotLook));
}

#[test]
fn a_trail_that_never_delivered_is_named_with_its_log_group() {
    let report = judge(stale(None, "2026-01-02T09:00:00Z"));
    assert_eq!(
        finding_for(&report, "3.4").warnings[0].message(),
        "CloudTrail has never delivered to log group /aws/cloudtrail/DefaultSecuritySettings, 3 days after logging began"
    );
}

#[test]
fn a_log_group_that_has_filters_supports_them() {
    for class in ["INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS", "PLATINUM", "STANDARD"] {
        let report = judge(seed().log_group(|group| group.class = Some(class.into())));
        assert_eq!(verdicts(&report, "3.4"), Expected::PASS, "{class}");
    }
}

#[test]
fn the_other_account_of_a_log_group_is_named() {
    let report = judge(seed().delivering_to(&format!("{}:*", GROUP.replace(ACCOUNT, OTHER_ACCOUNT))));
    let message = message(&report, "3.1");
    assert!(message.contains("999999999999"), "{message}");
}
