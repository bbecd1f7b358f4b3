//! Does the trail record every management event of every region?

use crate::scenario::{EVERYWHERE, FAKE, check};
use crate::support::account::{Account, AdvancedSelector, EventSelector, Selectors, Trail};
use crate::support::report::{RULES, all_fail, all_pass, fails, unknown};

const MANAGEMENT: (&str, &str, &str) = ("eventCategory", "Equals", "Management");

fn basic(account: &mut Account, selectors: Vec<EventSelector>) {
    account.trail().selectors = Selectors::Basic(selectors);
}

fn advanced(account: &mut Account, selectors: &[&[(&str, &str, &str)]]) {
    let selectors = selectors.iter().map(|fields| AdvancedSelector::new("selector", fields));
    account.trail().selectors = Selectors::Advanced(selectors.collect());
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
fn without_a_trail_everything_fails() {
    check(EVERYWHERE, |account| account.trails.clear(), &all_fail("trail.none"));
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
fn a_stopped_trail_records_nothing() {
    check(EVERYWHERE, |account| account.trail().logging = false, &all_fail("trail.not_logging"));
}

#[test]
fn a_single_region_trail_misses_the_other_regions() {
    let narrow = |account: &mut Account| account.trail().multi_region = false;
    check(EVERYWHERE, narrow, &all_fail("trail.single_region"));
}

#[test]
fn default_selectors_record_all_management_events() {
    check(EVERYWHERE, |account| account.trail().selectors = Selectors::Default, &all_pass());
}

#[test]
fn a_read_only_selector_misses_changes() {
    let narrow = |account: &mut Account| basic(account, vec![EventSelector::management("ReadOnly")]);
    check(EVERYWHERE, narrow, &all_fail("trail.no_write_events"));
}

#[test]
fn a_write_only_selector_misses_reads() {
    let narrow = |account: &mut Account| basic(account, vec![EventSelector::management("WriteOnly")]);
    check(EVERYWHERE, narrow, &all_fail("trail.no_read_events"));
}

#[test]
fn read_only_and_write_only_selectors_together_are_complete() {
    let split = |account: &mut Account| {
        let halves = ["ReadOnly", "WriteOnly"].map(EventSelector::management);
        basic(account, halves.to_vec());
    };
    check(EVERYWHERE, split, &all_pass());
}

#[test]
fn a_selector_without_management_events_records_none() {
    let narrow = |account: &mut Account| {
        let data = EventSelector {
            include_management_events: false,
            data_resources: vec![("AWS::S3::Object".into(), vec!["arn:aws:s3".into()])],
            ..EventSelector::management("All")
        };
        basic(account, vec![data]);
    };
    check(EVERYWHERE, narrow, &all_fail("trail.no_management_events"));
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
fn excluding_kms_in_one_of_two_selectors_has_no_effect() {
    let exclude = |account: &mut Account| {
        basic(account, vec![without_kms(), EventSelector::management("All")]);
    };
    let report = check(EVERYWHERE, exclude, &all_pass());
    assert!(report.finding("3.1").warning_codes().is_empty());
}

#[test]
fn excluding_the_rds_data_api_breaks_nothing() {
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
fn an_advanced_management_selector_is_complete() {
    check(EVERYWHERE, |account| advanced(account, &[&[MANAGEMENT]]), &all_pass());
}

#[test]
fn an_advanced_read_only_selector_misses_changes() {
    let narrow = |account: &mut Account| advanced(account, &[&[MANAGEMENT, ("readOnly", "Equals", "true")]]);
    check(EVERYWHERE, narrow, &all_fail("trail.no_write_events"));
}

#[test]
fn an_advanced_write_only_selector_misses_reads() {
    let narrow = |account: &mut Account| advanced(account, &[&[MANAGEMENT, ("readOnly", "Equals", "false")]]);
    check(EVERYWHERE, narrow, &all_fail("trail.no_read_events"));
}

#[test]
fn read_only_and_write_only_selectors_are_complete_together() {
    let split = |account: &mut Account| {
        advanced(
            account,
            &[&[MANAGEMENT, ("readOnly", "Equals", "true")], &[MANAGEMENT, ("readOnly", "Equals", "false")]],
        );
    };
    check(EVERYWHERE, split, &all_pass());
}

#[test]
fn an_advanced_selector_without_kms_blinds_the_key_control() {
    let exclude = |account: &mut Account| {
        advanced(account, &[&[MANAGEMENT, ("eventSource", "NotEquals", "kms.amazonaws.com")]]);
    };
    check(EVERYWHERE, exclude, &fails(&["3.7"], "trail.source_excluded"));
}

#[test]
fn advanced_data_selectors_record_no_management_events() {
    let narrow = |account: &mut Account| {
        advanced(account, &[&[("eventCategory", "Equals", "Data"), ("resources.type", "Equals", "AWS::S3::Object")]]);
    };
    check(EVERYWHERE, narrow, &all_fail("trail.no_management_events"));
}

#[test]
fn a_data_selector_does_not_restrict_a_management_selector() {
    let add = |account: &mut Account| {
        advanced(
            account,
            &[&[("eventCategory", "Equals", "Data"), ("resources.type", "Equals", "AWS::S3::Object")], &[MANAGEMENT]],
        );
    };
    check(EVERYWHERE, add, &all_pass());
}

/// A second trail, next to the seed's.
fn beside(account: &mut Account, change: impl Fn(&mut Trail)) {
    let mut second = account.trail().clone();
    second.name = "another".into();
    change(&mut second);
    account.trails.insert(0, second);
}

#[test]
fn a_stopped_trail_beside_a_sound_one_breaks_nothing() {
    check(EVERYWHERE, |account| beside(account, |trail| trail.logging = false), &all_pass());
}

#[test]
fn a_second_trail_without_a_log_group_has_no_effect() {
    check(EVERYWHERE, |account| beside(account, |trail| trail.log_group_arn = None), &all_pass());
}

#[test]
fn two_incomplete_trails_do_not_make_a_complete_one() {
    let split = |account: &mut Account| {
        account.trail().logging = false;
        beside(account, |trail| {
            trail.logging = true;
            trail.multi_region = false;
        });
    };
    check(EVERYWHERE, split, &all_fail("trail"));
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
