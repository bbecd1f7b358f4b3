//! Reports of accounts into one: whatever the split and whatever the order, the same report.
//!
//! It is pure, and knows no file: what messages call a part is its name. Of an account that is there more than once the
//! audit counts before what could not be audited, and then what was read last.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::drift::{Change, Drift, Lost, Move, Source};
use crate::finding::{Asked, Audit, Exception, Finding, Report, UnusedWaiver, Verdict, Waiver};
use crate::organization::{Account, AccountOutcome, Entry};

/// A report that is to be merged.
#[derive(Debug)]
pub struct Part {
    /// What messages call it.
    pub name: String,
    /// What it says.
    pub report: Report,
    /// The version of the program that wrote it.
    pub version: String,
    /// What changed since an earlier report, where it was held against one.
    pub drift: Option<Drift>,
}

/// Why reports are not one.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum MergeError {
    /// They judge by different things.
    #[error("{first} is by {what} {one}, and {second} by {other}: merge reports of one {what}")]
    Mixed {
        /// Of what there are two.
        what: &'static str,
        /// A part.
        first: String,
        /// What it is by.
        one: String,
        /// Another part.
        second: String,
        /// What that is by.
        other: String,
    },
    /// They were asked for different controls, so that an account of one does not compare with one of the other.
    #[error(
        "{first} and {second} are of different controls ({difference}): merge reports of the same --rule, --exclude, --level and rule files"
    )]
    Controls {
        /// A part.
        first: String,
        /// Another part.
        second: String,
        /// In what they differ.
        difference: String,
    },
    /// One was held against an earlier report, and another was not.
    #[error(
        "{first} was held against an earlier report, and {second} was not: give that report to the merge too (--baseline FILE)"
    )]
    Baseline {
        /// A part.
        first: String,
        /// Another part.
        second: String,
    },
    /// Two results of one account say different things of it, so that neither stands for both.
    #[error(
        "{first} and {second} both have results of account {account}, of other controls or another region: \
         merge one of them"
    )]
    Unlike {
        /// The account.
        account: String,
        /// A part.
        first: String,
        /// Another part.
        second: String,
    },
    /// There is nothing to be merged.
    #[error("there is no result to merge")]
    Nothing,
}

/// A report of many, and what became of accounts that were there more than once.
#[derive(Debug)]
pub struct Merged {
    /// All accounts.
    pub report: Report,
    /// What changed in them since earlier reports, where the parts were held against some.
    pub drift: Option<Drift>,
    /// Accounts of which there was more than one result, by their names; one of each counts.
    pub repeated: Vec<String>,
}

/// Merges reports. `expected`: accounts that must be among them. `anew`: what changed is found out anew, whatever earlier
/// reports the parts were held against.
///
/// # Errors
/// They are by different versions of the benchmark or of the program, by different verdicts, or of different controls.
pub fn merge(parts: Vec<Part>, expected: Vec<Account>, anew: bool) -> Result<Merged, MergeError> {
    let Some(first) = parts.first() else { return Err(MergeError::Nothing) };
    for part in &parts {
        let by = |part: &Part| {
            let (benchmark, verdict) = (part.report.benchmark.to_owned(), part.report.verdict.words().to_owned());
            let framework = part.report.asked.framework.clone().unwrap_or_else(|| "none".to_owned());
            [
                ("benchmark", benchmark),
                ("verdict", verdict),
                ("version", part.version.clone()),
                ("framework", framework),
            ]
        };
        for ((what, one), (_, other)) in by(first).into_iter().zip(by(part)) {
            if one != other {
                let (first, second) = (first.name.clone(), part.name.clone());
                return Err(MergeError::Mixed { what, first, one, second, other });
            }
        }
    }
    for part in &parts {
        if let Some(difference) = first.report.asked.difference(&part.report.asked) {
            return Err(MergeError::Controls { first: first.name.clone(), second: part.name.clone(), difference });
        }
    }
    if !anew {
        let held = parts.iter().find(|part| part.drift.is_some());
        let other = parts.iter().find(|part| part.drift.is_none());
        if let (Some(held), Some(other)) = (held, other) {
            return Err(MergeError::Baseline { first: held.name.clone(), second: other.name.clone() });
        }
    }
    alike(&parts)?;
    let (benchmark, verdict) = (first.report.benchmark, first.report.verdict);
    let parts = parts.into_iter().map(|part| (part.report, part.drift.filter(|_| !anew)));
    Ok(assemble(benchmark, verdict, parts, expected))
}

/// Refuses results of one account of which none can stand for the others.
fn alike(parts: &[Part]) -> Result<(), MergeError> {
    struct Known<'a> {
        part: &'a Part,
        region: &'a str,
        controls: BTreeSet<(&'a str, Option<&'a str>)>,
    }
    let mut known: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    let audits = parts.iter().flat_map(|part| part.report.audits.iter().map(move |audit| (part, audit)));
    for (part, audit) in audits.filter(|(_, audit)| !audit.findings.is_empty()) {
        let controls: BTreeSet<_> = audit.findings.iter().map(key).collect();
        match known.get(audit.account_id.as_str()) {
            Some(other) if other.region != audit.region || other.controls != controls => {
                let (account, first) = (audit.account_id.clone(), other.part.name.clone());
                return Err(MergeError::Unlike { account, first, second: part.name.clone() });
            }
            Some(_) => {}
            None => drop(known.insert(&audit.account_id, Known { part, region: &audit.region, controls })),
        }
    }
    Ok(())
}

/// A control, with its region where it answers for several.
fn key(finding: &Finding) -> (&str, Option<&str>) {
    (&finding.rule.slug, finding.is_further.then_some(finding.region.as_str()))
}

/// The same of reports that are by the same.
#[must_use]
pub fn assemble(
    benchmark: &'static str,
    verdict: Verdict,
    parts: impl IntoIterator<Item = (Report, Option<Drift>)>,
    expected: Vec<Account>,
) -> Merged {
    let mut best: BTreeMap<Key, Found> = BTreeMap::new();
    let mut repeated = BTreeSet::new();
    let mut idle: Vec<UnusedWaiver> = Vec::new();
    let (mut waived_on, mut asked, mut is_whole_organization) = (None, Asked::default(), false);
    let (mut projects, mut changed) = (BTreeSet::new(), Changed::default());
    for (report, drift) in parts {
        waived_on = waived_on.max(report.waived_on);
        // Where one does not say what was asked of it, the others do.
        asked = asked.max(report.asked);
        is_whole_organization |= report.is_whole_organization;
        projects.extend(report.projects);
        idle.extend(report.unused_waivers);
        let mut of_account = drift.map(|drift| changed.take(drift)).unwrap_or_default();
        let mut audits: BTreeMap<String, Audit> =
            report.audits.into_iter().map(|audit| (audit.account_id.clone(), audit)).collect();
        for entry in report.accounts {
            let audit = audits.remove(&entry.account.id).filter(|_| entry.outcome == AccountOutcome::Audited);
            let drift = of_account.remove(&entry.account.id).unwrap_or_default();
            let (key, found) = (Key::new(&entry.account), Found { entry, audit, drift });
            match best.remove(&key) {
                Some(known) => {
                    repeated.insert(found.entry.account.label().to_owned());
                    let better = if known.rank() >= found.rank() { known } else { found };
                    best.insert(key, better);
                }
                None => drop(best.insert(key, found)),
            }
        }
    }
    for account in expected {
        // Which account a profile is of is known where it was read.
        let is_it = |found: &Found| found.entry.account.access == account.access;
        if account.id.is_empty() && best.values().any(is_it) {
            continue;
        }
        let outcome = AccountOutcome::Failed("there is no result of it".to_owned());
        let (key, entry) = (Key::new(&account), Entry { account, outcome, tried_at: None });
        best.entry(key).or_insert_with(|| Found { entry, audit: None, drift: OfAccount::default() });
    }
    let (mut accounts, mut audits) = (Vec::with_capacity(best.len()), Vec::with_capacity(best.len()));
    for Found { entry, audit, drift } in best.into_values() {
        // An account that could not be audited has no changes: it is reported as a whole.
        changed.put(drift);
        accounts.push(entry);
        audits.extend(audit);
    }
    let drift = changed.whole(&audits);
    let (unused_waivers, projects) = (still_idle(idle, &audits), projects.into_iter().collect());
    let report = Report {
        benchmark,
        verdict,
        audits,
        accounts,
        documents: None,
        asked,
        is_whole_organization,
        projects,
        unused_waivers,
        waived_on,
    };
    Merged { report, drift, repeated: repeated.into_iter().collect() }
}

/// What changed in an account.
#[derive(Debug, Default)]
struct OfAccount {
    changes: Vec<Change>,
    moves: Vec<Move>,
}

/// What changed in the accounts that have been put together.
#[derive(Debug, Default)]
struct Changed {
    /// The first of the older and of the newer reports.
    sources: Option<(Source, Source)>,
    all: OfAccount,
    lost: BTreeSet<Lost>,
}

impl Changed {
    /// Takes a comparison apart, by account.
    fn take(&mut self, drift: Drift) -> BTreeMap<String, OfAccount> {
        let Drift { old, new, changes, moves, lost, .. } = drift;
        self.lost.extend(lost);
        self.sources = Some(match self.sources.take() {
            Some((first_old, first_new)) => (first_old.min(old), first_new.min(new)),
            None => (old, new),
        });
        let mut of_account: BTreeMap<String, OfAccount> = BTreeMap::new();
        for change in changes {
            let Some(control) = change.control() else { continue };
            of_account.entry(control.account_id.clone()).or_default().changes.push(change);
        }
        for moved in moves {
            of_account.entry(moved.account_id.clone()).or_default().moves.push(moved);
        }
        of_account
    }

    /// Adds an account, in the order of the report.
    fn put(&mut self, OfAccount { changes, moves }: OfAccount) {
        self.all.changes.extend(changes);
        self.all.moves.extend(moves);
    }

    /// All of it; an account that another report has results of is not lost.
    fn whole(self, audits: &[Audit]) -> Option<Drift> {
        let (old, new) = self.sources?;
        let audited: BTreeSet<&str> = audits.iter().map(|audit| audit.account_id.as_str()).collect();
        let mut lost: Vec<Lost> = Vec::new();
        for one in self.lost {
            // In their order, so that of two that differ the first counts.
            let is_reported = lost.last().is_some_and(|last: &Lost| last.account_id == one.account_id);
            if !is_reported && !audited.contains(one.account_id.as_str()) {
                lost.push(one);
            }
        }
        Some(Drift::new(old, new, self.all.changes, self.all.moves, lost).about_many(true))
    }
}

/// What an account is known by: its number, else the profile that stands for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key(String, String);

impl Key {
    fn new(account: &Account) -> Self {
        let label = if account.id.is_empty() { account.label().to_owned() } else { String::new() };
        Self(account.id.clone(), label)
    }
}

/// What there is of an account.
struct Found {
    entry: Entry,
    audit: Option<Audit>,
    drift: OfAccount,
}

impl Found {
    /// Of two the greater counts; equals are equal in all that is shown.
    fn rank(&self) -> impl Ord + use<> {
        let read = self.audit.as_ref().map(|audit| audit.collected_at).or(self.entry.tried_at);
        // What cannot be read is no error here: it is one where it is written.
        let rows = self.audit.as_ref().and_then(|audit| audit.saved.rows().ok()).unwrap_or_default();
        let rows: Vec<String> = rows.iter().map(|row| row.get().to_owned()).collect();
        // Who is skipped was not asked for; who was and failed says more.
        let kind = match &self.entry.outcome {
            AccountOutcome::Skipped(_) => 0,
            AccountOutcome::Failed(_) => 1,
            AccountOutcome::Denied(_) => 2,
            AccountOutcome::Audited => 3,
        };
        let Account { name, ou_path, access, .. } = &self.entry.account;
        let words = (self.entry.outcome.why().map(str::to_owned), name.clone(), ou_path.clone(), format!("{access:?}"));
        (kind, read, rows, words)
    }
}

/// Waivers that did nothing in any of the accounts: one that is idle in an account may be at work in another.
fn still_idle(all: Vec<UnusedWaiver>, audits: &[Audit]) -> Vec<UnusedWaiver> {
    let mut works: BTreeSet<(&str, &str, String)> = BTreeSet::new();
    for finding in audits.iter().flat_map(|audit| &audit.findings) {
        let exceptions = finding.exceptions.iter().map(|Exception { waiver, .. }| waiver);
        for Waiver { reason, owner, expires } in finding.waiver.iter().chain(exceptions) {
            for rule in [finding.rule.id.to_string(), finding.rule.slug.clone()] {
                works.insert((reason, owner, format!("{expires} {rule}")));
            }
        }
    }
    let is_idle = |UnusedWaiver { rule, waiver: Waiver { reason, owner, expires }, .. }: &UnusedWaiver| {
        !works.contains(&(reason.as_str(), owner.as_str(), format!("{expires} {rule}")))
    };
    let mut idle: Vec<UnusedWaiver> = all.into_iter().filter(is_idle).collect();
    let key = |idle: &UnusedWaiver| {
        let Waiver { reason, owner, expires } = idle.waiver.clone();
        (idle.rule.clone(), expires, owner, reason, idle.why.as_str())
    };
    idle.sort_by_key(key);
    idle.dedup();
    idle
}

#[cfg(test)]
mod tests;
