//! Passes of many accounts that are not whole: controls whose chain is complete, and of which single events go unnoticed
//! or may do so. Each reason once, whatever the number of accounts.

use std::collections::BTreeMap;

use super::anyones;
use crate::finding::Report;
use crate::report::lines;
use crate::rule::RuleId;

/// Passes of one or of many accounts that are not whole for the same reason.
pub(in crate::report) struct PartialPass<'a> {
    /// `!` if events are known to go unnoticed, `?` if that could not be verified.
    pub(in crate::report) symbol: &'static str,
    pub(in crate::report) code: &'static str,
    pub(in crate::report) message: String,
    /// The controls, in order.
    pub(in crate::report) rules: Vec<RuleId>,
    /// The accounts, in order.
    pub(in crate::report) accounts: Vec<&'a str>,
}

impl PartialPass<'_> {
    /// What it is, in a few words.
    pub(in crate::report) fn words(&self) -> &'static str {
        if self.symbol == lines::WEAK { "passes with a weakness" } else { "passes, and not all could be verified" }
    }
}

/// Weak passes before those that could not be verified, those of most accounts first.
pub(in crate::report) fn partial_passes(report: &Report) -> Vec<PartialPass<'_>> {
    let mut found: BTreeMap<(&'static str, &'static str, String), PartialPass<'_>> = BTreeMap::new();
    for finding in report.findings() {
        let Some(symbol) = lines::doubt_of_pass(finding) else { continue };
        let Some(reason) = lines::why_in_part(finding) else { continue };
        let (code, message) = (reason.code().as_str(), reason.message());
        let key = (symbol, code, anyones(&message, &finding.account_id));
        let pass = found.entry(key).or_insert_with(|| {
            let (rules, accounts) = (Vec::new(), Vec::new());
            PartialPass { symbol, code, message, rules, accounts }
        });
        pass.rules.push(finding.rule.id);
        pass.accounts.push(&finding.account_id);
    }
    let mut passes: Vec<PartialPass<'_>> = found.into_values().collect();
    for pass in &mut passes {
        pass.rules.sort_unstable();
        pass.rules.dedup();
        pass.accounts.sort_unstable();
        pass.accounts.dedup();
        if let [own, _, ..] = pass.accounts[..] {
            pass.message = anyones(&pass.message, own);
        }
    }
    passes.sort_by_key(|pass| (pass.symbol != lines::WEAK, std::cmp::Reverse(pass.accounts.len())));
    passes
}
