//! Accounts with the same filters share the answers that would be any account's, and none that is one account's own.

use super::*;
use crate::saved::Saved;

const DEMO: &str = include_str!("../../../fixtures/accounts/demo.json");

/// The built-in account under another number, with a change.
fn numbered(number: &str, change: impl FnOnce(&mut Snapshot)) -> Report {
    let mut snapshot = Saved::from_json(&DEMO.replace(ACCOUNT, number)).expect("the fixture").document.snapshot;
    change(&mut snapshot);
    judge_snapshot(&snapshot)
}

fn patterns_of(snapshot: &mut Snapshot, name: &str, pattern: &str) {
    let filters = snapshot.log_groups.iter_mut().flat_map(|group| group.metric_filters.iter_mut().flatten());
    filters.filter(|filter| filter.name.contains(name)).for_each(|filter| pattern.clone_into(&mut filter.pattern));
}

#[test]
fn an_event_of_the_root_user_is_of_the_account_itself() {
    for number in [ACCOUNT, "444455556666", "777788889999"] {
        let report = numbered(number, |account| patterns_of(account, "root", "{ $.eventName = ConsoleLogin }"));
        let finding = report.findings().find(|finding| finding.rule.id.to_string() == "3.3").expect("the control");
        let event = finding.witness.as_ref().expect("an event that is missed").event();
        let arn = event["userIdentity"]["arn"].as_str();
        assert!(arn.is_none_or(|arn| arn == format!("arn:aws:iam::{number}:root")), "{event}");
        assert_eq!(event["userIdentity"]["type"], "Root");
    }
}

#[test]
fn a_filter_that_names_one_account_covers_no_other() {
    let narrowed = r#"{ $.recipientAccountId = "111122223333" && $.eventName = "*Vpc*" }"#;
    for (number, passes) in [("444455556666", false), (ACCOUNT, true), ("444455556666", false)] {
        let report = numbered(number, |account| patterns_of(account, "vpc-changes", narrowed));
        let finding = report.findings().find(|finding| finding.rule.id.to_string() == "3.14").expect("the control");
        assert_eq!(finding.status == Status::Pass, passes, "{number}: {:?}", finding.reason);
    }
}
