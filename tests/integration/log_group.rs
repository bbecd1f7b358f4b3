//! Does the trail deliver to a log group that exists, the very one that the filters are on?

use crate::scenario::{EVERYWHERE, FAKE, check};
use crate::support::account::{Account, LogGroup};
use crate::support::report::{RULES, all_fail, all_pass, unknown};
use crate::support::seed::{LOG_GROUP, REGION};

#[test]
fn a_trail_without_a_log_group_delivers_to_none() {
    let cut = |account: &mut Account| account.trail().log_group_arn = None;
    check(EVERYWHERE, cut, &all_fail("log_group.none"));
}

#[test]
fn a_log_group_that_is_gone_receives_nothing() {
    let remove = |account: &mut Account| account.region(REGION).log_groups.clear();
    check(EVERYWHERE, remove, &all_fail("log_group.missing"));
}

#[test]
fn a_failing_delivery_breaks_every_rule() {
    let fail = |account: &mut Account| account.trail().delivery_error = Some("AccessDenied".into());
    check(EVERYWHERE, fail, &all_fail("log_group.delivery_failing"));
}

/// The whole chain is there, but in another region: the trail's own group of that name has no filter.
#[test]
fn log_groups_of_other_regions_are_distinct() {
    let misplace = |account: &mut Account| {
        let elsewhere = Account::seed_in(&account.id, "eu-west-1");
        account.regions = elsewhere.regions;
        account.region(REGION).log_groups.push(LogGroup::new(LOG_GROUP, Vec::new()));
    };
    check(EVERYWHERE, misplace, &all_fail("metric_filter.none"));
}

#[test]
fn log_groups_of_other_accounts_are_distinct() {
    let misplace = |account: &mut Account| {
        let arn = format!("arn:aws:logs:{REGION}:999988887777:log-group:{LOG_GROUP}:*");
        account.trail().log_group_arn = Some(arn);
    };
    check(EVERYWHERE, misplace, &unknown(&RULES, "log_group.other_account"));
}

/// What the class lacks is not documented: without a filter it is unknown, and a filter that is there speaks for
/// itself.
#[test]
fn a_class_that_is_not_documented_is_undecided() {
    let empty = |account: &mut Account| {
        let group = account.log_group();
        (group.class, group.filters) = ("ESSENTIALS".into(), Vec::new());
    };
    check(FAKE, empty, &unknown(&RULES, "log_group.class_undecided"));
    let filtered = |account: &mut Account| account.log_group().class = "ESSENTIALS".into();
    check(FAKE, filtered, &all_pass());
    let archived = |account: &mut Account| {
        let group = account.log_group();
        (group.class, group.filters) = ("INFREQUENT_ACCESS".into(), Vec::new());
    };
    check(FAKE, archived, &all_fail("log_group.class"));
}

/// The landing zone gave the group another name: what is on the old one came along with the first page of filters.
#[test]
fn filters_on_an_unused_log_group_are_named() {
    let rename = |account: &mut Account| {
        let filters = std::mem::take(&mut account.log_group().filters);
        account.region(REGION).log_groups.push(LogGroup::new("before", filters));
    };
    let report = check(EVERYWHERE, rename, &all_fail("metric_filter.none"));
    for rule in RULES {
        assert!(report.finding(rule).note_codes().contains("metric_filter.elsewhere"), "{rule}");
    }
}
