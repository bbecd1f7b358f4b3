//! The log group: what one row of the table of defects cannot show.

use crate::scenario::{EVERYWHERE, check};
use crate::support::account::{Account, LogGroup};
use crate::support::report::{RULES, all_fail};
use crate::support::seed::{LOG_GROUP, REGION};

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
