//! The trail: which controls a selector affects, several trails, and the words for what is wrong.

use super::*;
use crate::accounts::builder::{equals, not_equals};
use crate::rule::RuleFiles;
use crate::rule::catalog::Directory;
use Status::{Fail, Pass};

/// A control of one's own about a call that reads.
const DECRYPT: &str = r#"
id = "ACME-1"
slug = "decrypt"
title = "Ensure decryption is monitored"
short_title = "Decryption"
level = 1
severity = "low"
metric_name = "Decrypt"
requires = '{ $.eventSource = "kms.amazonaws.com" && $.eventName = "Decrypt" }'
pattern = '{ $.eventName = Decrypt }'
rationale = "r"
remediation = "r"
"#;

#[test]
fn reads_that_are_left_out_fail_a_control_about_reads_alone() {
    let management = || equals("eventCategory", "Management");
    let account = seed().with_advanced_selectors(&[
        &[management(), equals("readOnly", "false")],
        &[management(), equals("readOnly", "true"), not_equals("eventSource", "kms.amazonaws.com")],
    ]);
    let texts = vec![("decrypt.toml".to_owned(), DECRYPT.to_owned())];
    let files = RuleFiles { directory: "acme".to_owned(), are_added: true };
    let catalog = Catalog::from_files(vec![Directory { files, texts }], Benchmark::default()).expect("a rule");
    let report = audit(&account.build(), catalog.rules());
    let reason = finding_for(&report, "ACME-1").reason.as_ref().map(Reason::code);
    assert_eq!(reason, Some(Code::TrailSourceExcluded));
    assert_eq!(finding_for(&report, "3.7").status, Pass);
}

#[test]
fn excluding_kms_fails_the_kms_control_and_warns_on_others() {
    let source = not_equals("eventSource", "kms.amazonaws.com");
    for account in [
        seed().with_selectors(&[management_events_without(&["kms.amazonaws.com"])]),
        seed().with_advanced_selectors(&[&[equals("eventCategory", "Management"), source]]),
    ] {
        let report = judge(account);
        assert_controls(&report, &["3.7"], Fail, Code::TrailSourceExcluded);
        // These two are about calls of every service.
        assert_warning(&report, "3.1", Code::TrailSourceExcludedPartly);
        assert_warning(&report, "3.3", Code::TrailSourceExcludedPartly);
        assert_eq!(finding_for(&report, "3.4").warnings, []);
    }
}

/// Few events are its own, and no control names one.
#[test]
fn excluding_the_rds_data_api_fails_no_control() {
    assert_all_pass(&judge(seed().with_selectors(&[management_events_without(&["rdsdata.amazonaws.com"])])));
}

#[test]
fn excluding_kms_has_its_verdict_by_security_hub() {
    let report = judge(seed().with_selectors(&[management_events_without(&["kms.amazonaws.com"])]));
    let expected = Expected {
        cis: Pass,
        effective: Fail,
        security_hub: HubStatus::Passed,
        code: Some(Code::TrailSourceExcludedPartly),
    };
    assert_eq!(verdicts(&report, "3.3"), expected);
    assert_eq!(verdicts(&report, "3.7"), Expected::fails(Code::TrailSourceExcluded));
}

#[test]
fn a_trail_at_home_elsewhere_is_followed_there() {
    let report = judge(seed().in_region("eu-west-1").with(|account| account.region = OTHER_REGION.into()));
    assert_all_pass(&report);
    assert_eq!(finding_for(&report, "3.4").region, "eu-west-1");
}

#[test]
fn a_stopped_trail_is_fixed_by_starting_it() {
    let report = judge(seed().trail_status(|status| status.is_logging = false));
    let remediation = finding_for(&report, "3.4").remediation();
    assert_eq!(remediation, "Start it: aws cloudtrail start-logging --name DefaultSecuritySettings.");
}

#[test]
fn two_partial_selectors_are_undocumented_for_security_hub() {
    let halves = [management_events("ReadOnly"), management_events("WriteOnly")];
    let report = judge(seed().with_selectors(&halves));
    assert_eq!(hub_code(&report, "3.4"), Some(Code::HubUndocumented));
}

/// Filters count once, however many trails deliver to their log group.
#[test]
fn filters_behind_two_trails_count_once() {
    let account = seed().with_second_trail("second", |_| {});
    let report = judge(account.pattern("3.4", "{ $.eventName = DeleteRolePolicy }"));
    assert_eq!(finding_for(&report, "3.4").chain.metric_filters().count(), 1);
    let message = message(&report, "3.4");
    assert!(message.starts_with("metric filter seed-IamPolicyChanges misses events"), "{message}");
}

#[test]
fn an_unread_trail_of_another_account_is_its_owners_to_check() {
    let report = judge(seed().trail(|trail| {
        trail.arn = trail.arn.replace(ACCOUNT, OTHER_ACCOUNT).into();
        trail.status = None;
    }));
    let message = message(&report, "3.4");
    let owner = ". Trail DefaultSecuritySettings belongs to account 999999999999: check and change it there";
    assert!(message.ends_with(owner), "{message}");
}
