//! Dimensions: a metric filter publishes one metric for each value, and an alarm watches one of them.

use super::*;
use Status::Fail;

/// The filter for 3.4 publishes its metric with a dimension from this field, and its alarm watches this value.
fn with_dimension(field: &str, value: &str) -> Report {
    let account = seed().transformation("3.4", |metric| {
        metric.dimensions.insert("Account".into(), field.into());
    });
    judge(account.alarm_metric("3.4", |metric| {
        metric.dimensions.insert("Account".into(), value.into());
    }))
}

fn fails(code: Code) -> Expected {
    Expected { cis: Fail, effective: Fail, security_hub: HubStatus::Passed, code: Some(code) }
}

#[test]
fn a_dimension_of_the_account_itself_leaves_nothing_out() {
    assert_eq!(verdicts(&with_dimension("$.recipientAccountId", "111122223333"), "3.4"), Expected::PASS);
}

#[test]
fn a_dimension_that_every_required_event_has_leaves_nothing_out() {
    assert_eq!(verdicts(&with_dimension("$.eventSource", "iam.amazonaws.com"), "3.4"), Expected::PASS);
}

#[test]
fn a_dimension_of_another_account_is_never_published() {
    let report = with_dimension("$.recipientAccountId", "999999999999");
    assert_eq!(verdicts(&report, "3.4"), fails(Code::AlarmDimensions));
}

#[test]
fn a_dimension_of_one_user_misses_the_events_of_others() {
    let report = with_dimension("$.userIdentity.userName", "111122223333");
    assert_eq!(verdicts(&report, "3.4"), fails(Code::AlarmMissesEvents));
}

#[test]
fn a_dimension_that_no_required_event_has_is_named() {
    assert_eq!(
        message(&with_dimension("$.eventSource", "ec2.amazonaws.com"), "3.4"),
        "alarm Warning-seed-CloudTrail-IamPolicy-Changes sees only events whose Account is ec2.amazonaws.com, and the control requires none of those"
    );
}
