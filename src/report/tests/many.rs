//! Reports of many accounts: what is reported once, what is reported about each, and how large a page of a thousand is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::audit::audit;
use crate::organization::{Access, Account, AccountOutcome, Entry};
use crate::saved::Saved;

const DEMO: &str = include_str!("../../../fixtures/accounts/demo.json");

fn id(number: usize) -> String {
    format!("1000{number:08}")
}

fn entry(number: usize, name: &str, outcome: AccountOutcome) -> Entry {
    let access = Access::Role(format!("arn:aws:iam::{}:role/Audit", id(number)));
    let ou_path = if number.is_multiple_of(2) { "/Workloads/Production" } else { "/Sandbox" };
    Entry::new(Account { id: id(number), name: name.to_owned(), ou_path: ou_path.to_owned(), access }, outcome)
}

/// So many accounts like the built-in one, one that could not be audited, and one that was left out.
fn many(count: usize) -> Report {
    let snapshot = Saved::from_json(DEMO).unwrap().document.snapshot;
    let catalog = Catalog::builtin(Benchmark::default()).unwrap();
    let mut report = audit(&snapshot, catalog.rules());
    let one = report.audits.remove(0);
    for number in 0..count {
        let mut audit = Audit { account_id: id(number), ..one.clone() };
        for finding in &mut audit.findings {
            finding.account_id = id(number);
            finding.chain = in_account(&finding.chain, &id(number));
        }
        report.audits.push(audit);
        report.accounts.push(entry(number, &format!("account {number}"), AccountOutcome::Audited));
    }
    report.accounts.push(entry(count, "archive", AccountOutcome::Denied("cannot assume the role".to_owned())));
    report.accounts.push(entry(count + 1, "old", AccountOutcome::Skipped("the account is SUSPENDED".to_owned())));
    report
}

/// The chain with its trail and log group in another account.
fn in_account(chain: &Chain, account: &str) -> Chain {
    changed(chain, |step| match step {
        Step::LogGroup(group) => *group = group.as_str().replace("111122223333", account).into(),
        Step::Trail(trail) => trail.arn = trail.arn.as_str().replace("111122223333", account).into(),
        _ => {}
    })
}

#[test]
fn the_table_counts_controls_and_says_each_cause_once() {
    assert_snapshot!(table_of(&many(2), &LOOK));
}

#[test]
fn junit_is_one_document() {
    let text = shown(&many(2), Format::Junit, &LOOK);
    assert_eq!(text.matches("<?xml").count(), 1, "{text}");
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"), "{text}");
}

#[test]
fn a_page_of_a_thousand_accounts_has_five_megabytes_at_most() {
    let options = RenderOptions { pages: Some("results/".to_owned()), ..LOOK };
    let page = shown(&many(1_000), Format::Html, &options);
    assert!(page.len() <= 5_000_000, "{}", page.len());
    assert_eq!(page.matches("<tr data-status=").count(), 1_002);
    assert!(page.contains("href=\"results/100000000999.html#3.4\""));
}

#[test]
fn the_page_runs_its_own_style_and_script_only() {
    let page = shown(&many(1), Format::Html, &LOOK);
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let mut rest = page.as_str();
        while let Some((_, after)) = rest.split_once(open) {
            let (text, behind) = after.split_once(close).unwrap();
            let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
            assert!(page.contains(&hash), "{hash} is not allowed");
            rest = behind;
        }
    }
}

#[test]
fn names_of_accounts_steer_nothing() {
    let mut report = many(1);
    let hostile = "<script>alert(1)</script>\u{1b}[31m|`@team`\n::error::\",=1+1";
    report.accounts[0].account.name = hostile.to_owned();
    report.accounts[0].account.ou_path = hostile.to_owned();
    report.accounts[1].outcome = AccountOutcome::Failed(hostile.to_owned());
    for format in Format::ALL {
        let text = shown(&report, format, &LOOK);
        assert!(!text.contains('\u{1b}'), "{}", format.name());
        assert!(!text.contains("\n::error::\""), "{}", format.name());
        if format == Format::Html || format == Format::Junit {
            assert!(!text.contains("<script>alert"), "{}", format.name());
        }
    }
    assert!(!shown(&report, Format::Html, &LOOK).contains("<script>alert"));
}

#[test]
fn a_chain_that_accounts_share_is_one_cause() {
    let mut report = many(3);
    let owner = id(0);
    let chains: Vec<Chain> = report.audits[0].findings.iter().map(|finding| finding.chain.clone()).collect();
    for audit in report.audits.iter_mut().skip(1) {
        for (finding, chain) in audit.findings.iter_mut().zip(&chains) {
            finding.chain = chain.clone();
        }
    }
    let table = table_of(&report, &LOOK);
    for code in ["subscription.pending", "trail.source_excluded"] {
        assert!(table.contains(&format!("3 accounts  {code}")), "{code}\n{table}");
    }
    assert!(table.contains(&format!("in account {owner}, where the trail of the organization delivers")), "{table}");
}
