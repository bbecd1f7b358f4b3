//! Whether a saved report agrees with itself: what it counts is what its results say, and it has a result of everything that
//! it was asked for. One that does not was changed after it was written, and nothing is made of it.
//!
//! It proves nothing else: who changes a result and what is counted is found out by judging the snapshot again.

use std::collections::BTreeSet;

use thiserror::Error;

use super::accounts::{SummaryCounts, TallyCounts};
use crate::finding::{Asked, Audit, Outcome, Report, Standing, Summary};
use crate::organization::Entry;

/// In what a report contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the report contradicts itself, so that it was changed after it was written: {0}")]
pub struct Contradiction(pub(super) String);

/// Compares what a report counts with what its results are. One that counts nothing says nothing.
pub(super) fn check_summary(said: Option<SummaryCounts>, counted: Summary, of: &str) -> Result<(), Contradiction> {
    let words = |SummaryCounts { pass, fail, unknown, waived }| {
        format!("{pass} pass, {fail} fail, {unknown} unknown and {waived} waived")
    };
    check_count(said, counted.into(), words, |said, counted| {
        format!("the summary{of} counts {said}, and the results{of} are {counted}")
    })
}

/// Compares how many accounts came to what, as a report says, with its accounts.
pub(super) fn check_tally(said: Option<TallyCounts>, report: &Report) -> Result<(), Contradiction> {
    let words = |TallyCounts { pass, fail, unknown, not_audited, skipped }| {
        format!("{pass} pass, {fail} fail, {unknown} unknown, {not_audited} not audited and {skipped} skipped")
    };
    check_count(said, report.tally().into(), words, |said, counted| {
        format!("the summary of the accounts counts {said}, and they are {counted}")
    })
}

fn check_count<C: PartialEq>(
    said: Option<C>,
    counted: C,
    words: impl Fn(C) -> String,
    message: impl Fn(String, String) -> String,
) -> Result<(), Contradiction> {
    match said {
        Some(said) if said != counted => Err(Contradiction(message(words(said), words(counted)))),
        Some(_) | None => Ok(()),
    }
}

/// What a report says of an account as a whole.
pub(super) struct Said {
    pub(super) status: Option<String>,
    pub(super) summary: Option<SummaryCounts>,
}

/// Compares what is said of each account with its results.
pub(super) fn check_accounts(said: Vec<Said>, report: &Report) -> Result<(), Contradiction> {
    let with_results: BTreeSet<&str> = report.audits.iter().map(|audit| audit.account_id.as_str()).collect();
    for ((entry, audit), said) in report.entries().into_iter().zip(said) {
        check_account(said, entry, audit, with_results.contains(entry.account.id.as_str()))?;
    }
    Ok(())
}

/// Compares what is said of an account with its results; `has_results`: there are some, whatever became of it.
fn check_account(said: Said, entry: &Entry, audit: Option<&Audit>, has_results: bool) -> Result<(), Contradiction> {
    let of = format!(" of account {}", entry.account.label());
    if let Some(why) = entry.outcome.why().filter(|_| has_results) {
        return Err(Contradiction(format!(
            "account {} was not audited ({why}), and has results",
            entry.account.label()
        )));
    }
    if let (Some(said), Some(audit)) = (said.summary, audit) {
        check_summary(Some(said), audit.summary(), &of)?;
    }
    let standing = Standing::new(entry, audit).as_str();
    match said.status {
        Some(status) if status != standing => {
            Err(Contradiction(format!("the status{of} is {status:?}, and its results make it {standing:?}")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Compares what is said of a result with its verdicts and its waiver.
pub(super) fn check_status(said: &str, outcome: Outcome, slug: &str, account_id: &str) -> Result<(), Contradiction> {
    let is = outcome.as_str();
    if said == is {
        return Ok(());
    }
    let of = format!("{slug} for account {account_id}");
    Err(Contradiction(format!("the status of {of} is {said:?}, and its verdicts and waiver make it {is:?}")))
}

/// The first control of an account that was asked for and has no result, or has one and was not asked for. `may_lack`: controls
/// that not every account is asked for.
pub(super) fn incomplete(asked: &Asked, audits: &[Audit], may_lack: &dyn Fn(&str) -> bool) -> Option<Contradiction> {
    // Reports of earlier versions do not say what they were asked for.
    if asked.controls.is_empty() {
        return None;
    }
    let wanted: BTreeSet<&str> = asked.controls.iter().map(|control| control.slug.as_str()).collect();
    audits.iter().find_map(|audit| {
        let has: BTreeSet<&str> = audit.findings.iter().map(|finding| finding.rule.slug.as_str()).collect();
        let account = &audit.account_id;
        let lacking = wanted.difference(&has).find(|slug| !may_lack(slug));
        let lacking = lacking.map(|slug| format!("{slug} was asked for, and account {account} has no result of it"));
        let more = has.difference(&wanted).next();
        let more = more.map(|slug| format!("account {account} has a result of {slug}, which was not asked for"));
        lacking.or(more).map(Contradiction)
    })
}
