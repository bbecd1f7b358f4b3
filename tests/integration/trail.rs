//! The trail: what one row of the table of defects cannot show.

use crate::scenario::{EVERYWHERE, FAKE, check};
use crate::support::account::{Account, EventSelector, Selectors};
use crate::support::report::{RULES, all_fail, all_pass, fails, unknown};

fn basic(account: &mut Account, selectors: Vec<EventSelector>) {
    account.trail().selectors = Selectors::Basic(selectors);
}

fn without_kms() -> EventSelector {
    EventSelector {
        exclude_management_event_sources: vec!["kms.amazonaws.com".into()],
        ..EventSelector::management("All")
    }
}

#[test]
fn the_seed_passes() {
    let report = check(EVERYWHERE, |_| {}, &all_pass());
    assert_eq!(report.schema_version, 1);
    assert_eq!(report.benchmark, "1.2.0");
    assert_eq!(report.summary.pass, 14);
    let order: Vec<&str> = report.results.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(order, RULES);
}

#[test]
fn an_account_in_which_nothing_exists_has_no_trail() {
    let clear = |account: &mut Account| {
        account.trails.clear();
        account.regions.clear();
    };
    check(EVERYWHERE, clear, &all_fail("trail.none"));
}

#[test]
fn excluding_kms_fails_the_key_control_and_warns_on_others() {
    let exclude = |account: &mut Account| basic(account, vec![without_kms()]);
    let report = check(EVERYWHERE, exclude, &fails(&["3.7"], "trail.source_excluded"));
    for rule in ["3.1", "3.3"] {
        let warnings = report.finding(rule).warning_codes();
        assert!(warnings.contains("trail.source_excluded_partly"), "{rule}: {warnings:?}");
    }
    assert_eq!(report.finding("3.4").warning_codes(), std::collections::BTreeSet::new());
}

#[test]
fn excluding_the_rds_data_api_fails_no_control() {
    let exclude = |account: &mut Account| {
        let selector = EventSelector {
            exclude_management_event_sources: vec!["rdsdata.amazonaws.com".into()],
            ..EventSelector::management("All")
        };
        basic(account, vec![selector]);
    };
    check(EVERYWHERE, exclude, &all_pass());
}

#[test]
fn an_organization_trail_cannot_be_judged_from_a_member() {
    let member = |account: &mut Account| {
        account.regions.clear();
        let trail = account.trail();
        trail.organization_owner = Some("999988887777".into());
        let group = "arn:aws:logs:us-east-1:999988887777:log-group:organization:*";
        trail.log_group_arn = Some(group.into());
    };
    check(FAKE, member, &unknown(&RULES, "log_group.other_account"));
}
