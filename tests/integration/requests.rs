//! What an audit costs in requests: about as many in a crowded account as in a small one. Counted on the in-process
//! server, whose pages are AWS's.

use std::collections::BTreeMap;

use crate::compliant::add_strangers;
use crate::support::account::{Account, MetricFilter};
use crate::support::report::all_pass;
use crate::support::stage::{Stage, fresh_id};

/// Audits the account, which must pass, and says what was asked for.
fn cost(account: Account) -> BTreeMap<String, usize> {
    let stage = Stage::fake(account);
    let (run, report) = stage.cli().report();
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(stage.traffic().strange(), Vec::<String>::new());
    stage.traffic().by_action()
}

#[test]
fn the_seed_takes_at_most_ten_requests() {
    let cost = cost(Account::seed(&fresh_id()));
    assert!(cost.values().sum::<usize>() <= 10, "{cost:?}");
}

#[test]
fn a_crowded_account_takes_at_most_thirty_requests() {
    let mut account = Account::seed(&fresh_id());
    for number in 0..86 {
        let name = format!("0-{number}");
        let stranger = MetricFilter::new(&name, "{ $.level = \"ERROR\" }", "App", &name);
        account.log_group().filters.push(stranger);
    }
    add_strangers(&mut account, 2000, 5000, 1000);
    let cost = cost(account);
    assert!(cost.values().sum::<usize>() <= 30, "{cost:?}");
}

/// A home region elsewhere costs one more round, not one more of everything.
#[test]
fn a_home_region_elsewhere_takes_at_most_fourteen_requests() {
    let cost = cost(Account::seed_in(&fresh_id(), "eu-central-1"));
    assert!(cost.values().sum::<usize>() <= 14, "{cost:?}");
}

/// What cannot be created by accident: nothing but reads is ever sent by an audit.
#[test]
fn an_audit_only_reads() {
    let cost = cost(Account::seed(&fresh_id()));
    for action in cost.keys() {
        let operation = action.split(':').nth(1).unwrap_or_default();
        assert!(["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb)), "{action}");
    }
}
