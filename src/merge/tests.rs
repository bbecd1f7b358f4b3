//! The laws of merging, over generated splits: results go through the document, as they do between runs.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::audit::audit;
use crate::organization::Access;
use crate::report::{self, Format, RenderOptions, Verbosity, stored};
use crate::rule::catalog::Catalog;
use crate::rule::{Benchmark, Rule};
use crate::saved::Saved;

const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");

fn rules() -> Catalog {
    Catalog::builtin(Benchmark::default()).expect("the rules are sound")
}

fn account(number: usize) -> String {
    format!("1000{number:08}")
}

/// What a run keeps of an account: every third could not be audited. `again`: so often it was audited before.
fn result(number: usize, again: i64) -> String {
    let mut snapshot = Saved::from_json(DEMO).expect("the fixture is an account").document.snapshot;
    snapshot.account_id = account(number);
    snapshot.collected_at += jiff::SignedDuration::from_secs(again * 60);
    let mut report = audit(&snapshot, &rules().rules()[..3]);
    let outcome = if number % 3 == 2 { AccountOutcome::Denied("no".to_owned()) } else { AccountOutcome::Audited };
    if outcome != AccountOutcome::Audited {
        report.audits.clear();
    }
    let access = Access::Role(format!("arn:aws:iam::{}:role/Audit", account(number)));
    let name = format!("account {number}");
    report.accounts = vec![Entry {
        account: Account { id: account(number), name, ou_path: "/A".to_owned(), access },
        outcome,
        tried_at: Some(snapshot.collected_at),
    }];
    written(&report)
}

fn written(report: &Report) -> String {
    written_as(Format::Json, report)
}

fn written_as(format: Format, report: &Report) -> String {
    let options = RenderOptions {
        width: 80,
        color: false,
        unicode: true,
        verbosity: Verbosity::Normal,
        show_endpoints: true,
        show_callers: true,
        pages: None,
    };
    let mut text = Vec::new();
    report::render(report, None, format, &options, &mut text).expect("memory takes it");
    String::from_utf8(text).expect("it is UTF-8")
}

fn read(text: &str) -> Part {
    let rules = rules();
    let rule_of = |_: Benchmark, _: Option<&str>, slug: &str| -> Option<Arc<Rule>> {
        rules.rules().iter().find(|rule| rule.slug == slug).cloned()
    };
    let stored::Stored { report, version, drift, .. } = stored::read(text, &rule_of).expect("a report");
    Part { name: "a part".to_owned(), report, version, drift }
}

fn merged(parts: &[String]) -> String {
    let parts = parts.iter().map(|part| read(part)).collect();
    written(&merge(parts, Vec::new(), false).expect("they are by the same").report)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_split_in_any_order_gives_the_same_bytes(
        order in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle(),
        cuts in proptest::collection::vec(any::<bool>(), 7),
        repeated in 0..7_usize,
    ) {
        let whole: Vec<String> = (0..7).map(|number| result(number, 0)).collect();
        let wanted = merged(&whole);
        // Parts of the split are merged first, and then the parts.
        let mut parts: Vec<Vec<String>> = vec![Vec::new()];
        for (number, cut) in order.iter().zip(cuts) {
            if cut {
                parts.push(Vec::new());
            }
            parts.last_mut().expect("there is one").push(whole[*number].clone());
        }
        let mut parts: Vec<String> = parts.iter().filter(|part| !part.is_empty()).map(|part| merged(part)).collect();
        prop_assert_eq!(&merged(&parts), &wanted);
        // One that is there again changes nothing.
        parts.push(whole[repeated].clone());
        prop_assert_eq!(&merged(&parts), &wanted);
    }

    #[test]
    fn of_two_audits_of_an_account_the_later_counts(first in 0..50_i64, second in 0..50_i64) {
        let parts = [result(0, first), result(0, second)];
        let [one, other] = &parts;
        let later = if first >= second { one } else { other };
        prop_assert_eq!(&merged(&parts), later);
        prop_assert_eq!(&merged(&[other.clone(), one.clone()]), later);
    }
}

#[test]
fn a_saved_result_is_written_as_it_was() {
    for number in [0, 2] {
        let text = result(number, 0);
        assert_eq!(merged(std::slice::from_ref(&text)), text);
    }
}

/// What is dropped of findings is nothing that these formats show of many accounts.
#[test]
fn formats_of_many_show_the_same_of_reduced_findings() {
    let results = (0..3).map(|number| {
        let mut snapshot = Saved::from_json(DEMO).expect("the fixture is an account").document.snapshot;
        snapshot.account_id = account(number);
        written(&audit(&snapshot, rules().rules()))
    });
    let results: Vec<String> = results.collect();
    let merged = |is_reduced: bool| {
        let mut parts: Vec<Part> = results.iter().map(|result| read(result)).collect();
        let findings = parts.iter_mut().flat_map(|part| &mut part.report.audits).flat_map(|audit| &mut audit.findings);
        findings.filter(|_| is_reduced).for_each(Finding::reduce);
        merge(parts, Vec::new(), false).expect("they are by the same").report
    };
    let (whole, reduced) = (merged(false), merged(true));
    let formats: Vec<Format> = Format::ALL.into_iter().filter(|format| !format.shows_whole_findings()).collect();
    assert_eq!(formats, [Format::Json, Format::Ndjson, Format::Html]);
    for format in formats {
        assert!(written_as(format, &whole) == written_as(format, &reduced), "{format:?}");
    }
    assert!(written_as(Format::Csv, &whole) != written_as(Format::Csv, &reduced));
}

#[test]
fn an_account_that_could_not_be_audited_later_keeps_its_audit() {
    let audited = read(&result(0, 0));
    let mut denied = read(&result(0, 5));
    denied.report.audits.clear();
    denied.report.accounts[0].outcome = AccountOutcome::Denied("no".to_owned());
    let Merged { report, repeated, .. } =
        merge(vec![denied, audited], Vec::new(), false).expect("they are by the same");
    assert_eq!(report.accounts[0].outcome, AccountOutcome::Audited);
    assert_eq!(repeated, [account(0)]);
}

#[test]
fn what_is_by_different_things_is_not_merged() {
    let mut other = read(&result(1, 0));
    other.version = "0.0.1".to_owned();
    let error = merge(vec![read(&result(0, 0)), other], Vec::new(), false).expect_err("two versions");
    assert_eq!(error.to_string(), "a part is by version 0.1.0, and a part by 0.0.1: merge reports of one version");
    assert_eq!(merge(Vec::new(), Vec::new(), false).expect_err("nothing"), MergeError::Nothing);
}

#[test]
fn what_is_expected_and_missing_is_an_account_that_failed() {
    let expected = |id: &str| Account {
        id: id.to_owned(),
        name: "gone".to_owned(),
        ou_path: String::new(),
        access: Access::Nothing,
    };
    let accounts = vec![expected(&account(0)), expected("999988887777")];
    let report = merge(vec![read(&result(0, 0))], accounts, false).expect("they are by the same").report;
    let outcomes: Vec<_> =
        report.accounts.iter().map(|entry| (entry.account.id.as_str(), entry.outcome.as_str())).collect();
    assert_eq!(outcomes, [(account(0).as_str(), "audited"), ("999988887777", "failed")]);
}

/// What is counted over accounts must have been asked of each.
#[test]
fn reports_of_different_controls_are_not_merged() {
    let part = |number: usize, controls: std::ops::Range<usize>| {
        let mut snapshot = Saved::from_json(DEMO).expect("the fixture is an account").document.snapshot;
        snapshot.account_id = account(number);
        read(&written(&audit(&snapshot, &rules().rules()[controls])))
    };
    let error = merge(vec![part(0, 0..3), part(1, 0..2)], Vec::new(), false).expect_err("different controls");
    assert_eq!(
        error.to_string(),
        "a part and a part are of different controls (only the first asks for root-usage): merge reports of the same --rule, --exclude, --level and rule files"
    );
    assert!(merge(vec![part(0, 0..3), part(1, 0..3)], Vec::new(), false).is_ok());
}

#[test]
fn a_profile_that_is_expected_is_found_by_its_name() {
    let of_profile = |name: &str| Account {
        id: String::new(),
        name: String::new(),
        ou_path: String::new(),
        access: Access::Profile(name.to_owned()),
    };
    let mut part = read(&result(0, 0));
    part.report.accounts[0].account.access = Access::Profile("prod".to_owned());
    let report =
        merge(vec![part], vec![of_profile("prod"), of_profile("lost")], false).expect("they are by the same").report;
    let outcomes: Vec<_> =
        report.accounts.iter().map(|entry| (entry.account.label(), entry.outcome.as_str())).collect();
    assert_eq!(outcomes, [("lost", "failed"), (account(0).as_str(), "audited")]);
}

/// A program between two runs may lay the text out anew.
#[test]
fn how_a_saved_report_is_laid_out_says_nothing() {
    let text = result(0, 0);
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut spread = String::new();
    for letter in serde_json::to_string_pretty(&document).expect("memory takes it").chars() {
        spread.push(letter);
        if letter == '\n' {
            spread.push('\t');
        }
    }
    for other in [document.to_string(), spread] {
        let (one, other) = (read(&text), read(&other));
        let events = |part: &Part| -> Vec<String> {
            let witnesses = part.report.findings().filter_map(|finding| finding.witness.as_ref());
            witnesses.map(filter_pattern::Witness::to_json_line).collect()
        };
        assert_eq!(events(&one).len(), events(&other).len());
        assert!(events(&other).iter().all(|event| !event.contains('\n')));
    }
}
