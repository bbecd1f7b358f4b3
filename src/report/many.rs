//! What a report of many accounts says in addition to its findings: controls over all accounts, the accounts by their results,
//! and findings by their cause, each once whatever the number of accounts.
//!
//! A cause is the same in two accounts if the same is said of both, but for the account's own number. Of a chain that
//! accounts share there is one cause, with the account that it is in.

use std::collections::{BTreeMap, BTreeSet};

use super::exceptions;
use crate::drift::{Drift, is_known};
use crate::escape;
use crate::finding::facts::NearMiss;
use crate::finding::{Audit, Code, Facts, Finding, Outcome, Reason, Report, Standing, Summary, Tally, Waiver, Warning};
use crate::organization::{self, Entry};
use crate::rule::{Rule, RuleId};

mod partial;

pub(super) use partial::{PartialPass, partial_passes};

/// What stands for an account's own number in the words of a cause that is that of several accounts.
const OWN: &str = "ACCOUNT";

/// A control over all accounts.
pub(super) struct Across<'a> {
    pub(super) rule: &'a Rule,
    pub(super) counts: Summary,
}

/// The controls, in the benchmark's order.
pub(super) fn across(report: &Report) -> Vec<Across<'_>> {
    let mut found: BTreeMap<RuleId, Across<'_>> = BTreeMap::new();
    for finding in report.findings() {
        let across =
            found.entry(finding.rule.id).or_insert_with(|| Across { rule: &finding.rule, counts: Summary::default() });
        match finding.outcome() {
            Outcome::Pass => across.counts.pass += 1,
            Outcome::Fail => across.counts.fail += 1,
            Outcome::Unknown => across.counts.unknown += 1,
            Outcome::Waived => across.counts.waived += 1,
        }
    }
    found.into_values().collect()
}

/// An account, with its result.
pub(super) struct Ranked<'a> {
    pub(super) entry: &'a Entry,
    pub(super) audit: Option<&'a Audit>,
    pub(super) standing: Standing,
    pub(super) summary: Summary,
}

impl Ranked<'_> {
    /// What there is to say of it in a few words: how many controls came to what, or why it was not audited.
    pub(super) fn words(&self) -> String {
        let Summary { pass, fail, unknown, waived } = self.summary;
        match (&self.entry.outcome, self.audit) {
            (organization::AccountOutcome::Audited, Some(audit)) => {
                let weak = audit.findings.iter().filter(|finding| finding.is_weak_pass()).count();
                let passes = if weak > 0 { format!("pass ({weak} weak)") } else { "pass".to_owned() };
                let counts = [(fail, "fail"), (unknown, "unknown"), (waived, "waived"), (pass, passes.as_str())];
                let counts = counts.into_iter().filter(|(count, _)| *count > 0);
                let words: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
                if words.is_empty() { "no control".to_owned() } else { words.join(", ") }
            }
            (outcome, _) => {
                let why = escape::terminal(outcome.why().unwrap_or("there is no result of it"));
                format!("{}: {why}", outcome.as_str())
            }
        }
    }
}

/// All accounts, the worst first: those with most failures, then those that could not be audited.
pub(super) fn ranked(report: &Report) -> Vec<Ranked<'_>> {
    let mut all: Vec<Ranked<'_>> = report
        .entries()
        .into_iter()
        .map(|(entry, audit)| Ranked {
            entry,
            audit,
            standing: Standing::new(entry, audit),
            summary: audit.map(Audit::summary).unwrap_or_default(),
        })
        .collect();
    all.sort_by_key(|ranked| {
        let Summary { fail, unknown, .. } = ranked.summary;
        (ranked.standing, std::cmp::Reverse(fail), std::cmp::Reverse(unknown))
    });
    all
}

/// Why findings of one or of many accounts do not pass.
pub(super) struct Cause<'a> {
    /// [`Outcome::Fail`] or [`Outcome::Unknown`].
    pub(super) outcome: Outcome,
    /// All of it was so in the baseline.
    pub(super) known: bool,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) remedy: String,
    /// The account that the chain is in, where it is another one's than those of some accounts.
    pub(super) owner: Option<&'a str>,
    /// The controls, in order.
    pub(super) rules: Vec<RuleId>,
    /// The accounts, in order.
    pub(super) accounts: Vec<&'a str>,
    /// All of it, account by account.
    pub(super) findings: Vec<&'a Finding>,
    /// Some finding of it.
    pub(super) example: &'a Finding,
}

/// Findings of one or of many accounts that fail and are accepted alike.
pub(super) struct Accepted<'a> {
    pub(super) waiver: &'a Waiver,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// Which events are accepted to be missed.
    pub(super) exceptions: Vec<String>,
    /// The controls, in order.
    pub(super) rules: Vec<RuleId>,
    /// The accounts, in order.
    pub(super) accounts: Vec<&'a str>,
}

/// What is accepted, and why, in the order of the findings.
pub(super) fn accepted(report: &Report) -> Vec<Accepted<'_>> {
    let mut found: Vec<Accepted<'_>> = Vec::new();
    let mut places: BTreeMap<(&Waiver, &'static str, String, Vec<String>), usize> = BTreeMap::new();
    for finding in report.findings().filter(|finding| finding.outcome() == Outcome::Waived) {
        let Some(waiver) = &finding.waiver else { continue };
        let code = finding.reason.as_ref().map_or("", |reason| reason.code().as_str());
        let message = finding.reason.as_ref().map(Reason::message).unwrap_or_default();
        let exceptions: Vec<String> = exceptions::lines(finding).collect();
        let key = (waiver, code, anyones(&message, &finding.account_id), exceptions.clone());
        let place = *places.entry(key).or_insert(found.len());
        if place == found.len() {
            let (rules, accounts) = (Vec::new(), Vec::new());
            found.push(Accepted { waiver, code, message, exceptions, rules, accounts });
        }
        let Some(group) = found.get_mut(place) else { continue };
        group.rules.push(finding.rule.id);
        group.accounts.push(&finding.account_id);
    }
    for group in &mut found {
        group.rules.sort_unstable();
        group.rules.dedup();
        group.accounts.sort_unstable();
        group.accounts.dedup();
        if let [own, _, ..] = group.accounts[..] {
            group.message = anyones(&group.message, own);
        }
    }
    found
}

impl Cause<'_> {
    /// Which events are accepted to be missed all the same, each once.
    pub(super) fn exceptions(&self) -> Vec<String> {
        once(self.findings.iter().flat_map(|finding| exceptions::lines(finding)))
    }

    /// What was probably meant, or may notify of the same events; each once, what is of one account's in words that could be
    /// any's.
    pub(super) fn near_misses(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for of_account in self.findings.chunk_by(|one, other| one.account_id == other.account_id) {
            let Some(account_id) = of_account.first().map(|finding| &finding.account_id) else { continue };
            let mut near: Vec<NearMiss> = Vec::new();
            for warning in of_account.iter().flat_map(|finding| &finding.warnings) {
                match warning.near_miss() {
                    Some(found) if near.iter_mut().any(|known| known.absorb(found)) => {}
                    Some(found) => near.push(found.clone()),
                    // Of a saved report there is the sentence.
                    None => {
                        lines.extend(near_word(warning).map(|word| self.line(word, &warning.message(), account_id)));
                    }
                }
            }
            for near in near {
                let word = if near.is_nearly_it() { NEAR } else { NOTE };
                lines.push(self.line(word, &Reason::new(Facts::NearMiss(near)).message(), account_id));
            }
        }
        once(lines)
    }

    /// Why a control may fail that is as it should be, each once.
    pub(super) fn notes(&self) -> Vec<String> {
        let notes_of = |finding: &&Finding| {
            let (id, account) = (finding.rule.id, finding.account_id.clone());
            let notes = finding.warnings.iter().filter(|warning| warning.code().explains_failure());
            let notes: Vec<String> = notes
                .map(|note| {
                    self.line(&format!("note: {id}"), &format!("{}. {}", note.message(), note.remedy()), &account)
                })
                .collect();
            notes
        };
        once(self.findings.iter().flat_map(notes_of))
    }

    fn line(&self, word: &str, message: &str, account_id: &str) -> String {
        let message = if self.accounts.len() > 1 { anyones(message, account_id) } else { message.to_owned() };
        format!("{word}: {message}")
    }
}

const NEAR: &str = "near miss";
const NOTE: &str = "note";

/// What a near miss of a saved report is called. `None`: it is none.
fn near_word(warning: &Warning) -> Option<&'static str> {
    match warning.code() {
        Code::MetricFilterElsewhere
        | Code::MetricFilterMatchesNone
        | Code::MetricFilterTextPattern
        | Code::AlarmOtherMetric => Some(NEAR),
        Code::MetricFilterEventRule | Code::AlarmMonitoringAccount => Some(NOTE),
        _ => None,
    }
}

/// The first few of many lines, and how many more there are.
pub(super) fn some(mut lines: Vec<String>, most: usize) -> Vec<String> {
    let more = lines.len().saturating_sub(most);
    lines.truncate(most);
    lines.extend((more > 0).then(|| format!("and {more} more like these")));
    lines
}

/// Each text once, in their order.
fn once(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

/// The causes, those of most accounts first, failures before what is unknown.
pub(super) fn causes<'a>(report: &'a Report, changes: Option<&Drift>) -> Vec<Cause<'a>> {
    let audited: BTreeSet<&str> = report.audits.iter().map(|audit| audit.account_id.as_str()).collect();
    let foreign = report.findings().filter_map(|finding| home(finding).filter(|home| *home != finding.account_id));
    let owners: BTreeSet<&str> = foreign.filter(|home| audited.contains(home)).collect();
    let mut found: Vec<Cause<'a>> = Vec::new();
    let mut places: BTreeMap<(Outcome, bool, &'static str, String, Option<&str>), usize> = BTreeMap::new();
    for finding in report.findings().filter(|it| matches!(it.outcome(), Outcome::Fail | Outcome::Unknown)) {
        let Some(reason) = &finding.reason else { continue };
        let (outcome, known, code) = (finding.outcome(), is_known(changes, finding), reason.code().as_str());
        let owner = shared_in(finding, &owners);
        // Of one chain the same resource is at fault, however it is seen.
        let key = match owner {
            Some(_) => reason.resource().unwrap_or_default().to_owned(),
            None => anyones(&reason.message(), &finding.account_id),
        };
        let place = *places.entry((outcome, known, code, key, owner)).or_insert(found.len());
        if place == found.len() {
            let (message, remedy) = (reason.message(), remedy(finding));
            let (rules, accounts, findings) = (Vec::new(), Vec::new(), Vec::new());
            found.push(Cause {
                outcome,
                known,
                code,
                message,
                remedy,
                owner,
                rules,
                accounts,
                findings,
                example: finding,
            });
        }
        let Some(cause) = found.get_mut(place) else { continue };
        cause.rules.push(finding.rule.id);
        cause.findings.push(finding);
        if cause.accounts.last() != Some(&finding.account_id.as_str()) {
            cause.accounts.push(&finding.account_id);
        }
        // The owner says it without saying whose trail it is.
        if owner == Some(finding.account_id.as_str()) {
            (cause.message, cause.remedy, cause.example) = (reason.message(), remedy(finding), finding);
        }
    }
    for cause in &mut found {
        cause.rules.sort_unstable();
        cause.rules.dedup();
        cause.accounts.sort_unstable();
        cause.accounts.dedup();
        if cause.accounts.len() > 1 && cause.owner.is_none() {
            let own = &cause.example.account_id;
            (cause.message, cause.remedy) = (anyones(&cause.message, own), anyones(&cause.remedy, own));
        }
    }
    found.sort_by_key(|cause| {
        let is_unknown = cause.outcome != Outcome::Fail;
        (cause.known, is_unknown, std::cmp::Reverse(cause.accounts.len()), cause.rules.first().copied())
    });
    found
}

/// The account that a finding's chain is in, where accounts share it.
fn shared_in<'a>(finding: &'a Finding, owners: &BTreeSet<&str>) -> Option<&'a str> {
    home(finding).filter(|home| owners.contains(home))
}

/// The account that a finding's chain is in: its log group's, or its trail's where the chain goes no further. `None`: it was
/// not followed there.
fn home(finding: &Finding) -> Option<&str> {
    let is_unknown = finding.reason.as_ref().is_some_and(|reason| reason.code() == Code::LogGroupOtherAccount);
    let trail = || finding.chain.trail().and_then(|trail| trail.arn.account());
    let home = finding.chain.log_group().map_or_else(trail, |group| group.account());
    home.filter(|_| !is_unknown)
}

fn remedy(finding: &Finding) -> String {
    let Some(reason) = &finding.reason else { return String::new() };
    let pattern = if reason.code().wants_pattern() { finding.rule.explained() } else { String::new() };
    format!("{}{pattern}", reason.remedy())
}

/// A sentence that could be any account's.
pub(super) fn anyones(sentence: &str, account_id: &str) -> String {
    if account_id.is_empty() { sentence.to_owned() } else { sentence.replace(account_id, OWN) }
}

/// The results of accounts, in the one line that ends a report.
pub(super) fn counts(report: &Report) -> String {
    counted(report.tally(), report.accounts.len())
}

fn counted(tally: Tally, all: usize) -> String {
    let Tally { pass, fail, unknown, not_audited, skipped } = tally;
    let mut parts = vec![format!("{pass} pass"), format!("{fail} fail")];
    parts.extend((unknown > 0).then(|| format!("{unknown} unknown")));
    parts.extend((not_audited > 0).then(|| format!("{not_audited} could not be audited")));
    parts.extend((skipped > 0).then(|| format!("{skipped} skipped")));
    format!("{}: {}", count(all), parts.join(", "))
}

/// So many accounts, in words.
pub(super) fn count(all: usize) -> String {
    format!("{all} {}", if all == 1 { "account" } else { "accounts" })
}

/// Account numbers, as many as have room, and how many more there are.
pub(super) fn named(accounts: &[&str], most: usize) -> String {
    let shown: Vec<_> = accounts.iter().take(most).map(|id| escape::terminal(id).into_owned()).collect();
    let more = accounts.len().saturating_sub(most);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_every_account_once() {
        let tally = Tally { pass: 60, fail: 138, unknown: 0, not_audited: 2, skipped: 0 };
        assert_eq!(counted(tally, 200), "200 accounts: 60 pass, 138 fail, 2 could not be audited");
        let tally = Tally { pass: 1, ..Tally::default() };
        assert_eq!(counted(tally, 1), "1 account: 1 pass, 0 fail");
        let tally = Tally { pass: 0, fail: 1, unknown: 2, not_audited: 3, skipped: 4 };
        assert_eq!(counted(tally, 10), "10 accounts: 0 pass, 1 fail, 2 unknown, 3 could not be audited, 4 skipped");
    }

    #[test]
    fn accounts_are_named_while_there_is_room() {
        assert_eq!(named(&["1", "2"], 2), "1, 2");
        assert_eq!(named(&["1", "2", "3", "4"], 2), "1, 2 and 2 more");
    }

    #[test]
    fn a_cause_says_nothing_of_whose_it_is() {
        assert_eq!(anyones("account 111122223333 has no trail", "111122223333"), "account ACCOUNT has no trail");
        assert_eq!(anyones("no trail", ""), "no trail");
    }
}
