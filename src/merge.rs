//! Reports of accounts into one: whatever the split and whatever the order, the same report.
//!
//! It is pure, and knows no file: what messages call a part is its name. Of an account that is there more than once the
//! audit counts before what could not be audited, and then what was read last.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::finding::{Audit, Exception, Report, UnusedWaiver, Verdict, Waiver};
use crate::organization::{Account, Entry, Outcome};

/// A report that is to be merged.
#[derive(Debug)]
pub struct Part {
    /// What messages call it.
    pub name: String,
    /// What it says.
    pub report: Report,
    /// The version of the program that wrote it.
    pub version: String,
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
    /// Accounts of which there was more than one result, by their names; one of each counts.
    pub repeated: Vec<String>,
}

/// Merges reports. `expected`: accounts that must be among them.
///
/// # Errors
/// They are by different versions of the benchmark or of the program, or by different verdicts.
pub fn merge(parts: Vec<Part>, expected: Vec<Account>) -> Result<Merged, MergeError> {
    let Some(first) = parts.first() else { return Err(MergeError::Nothing) };
    for part in &parts {
        let by = |part: &Part| {
            let (benchmark, verdict) = (part.report.benchmark.to_owned(), part.report.verdict.as_str().to_owned());
            [("benchmark", benchmark), ("verdict", verdict), ("version", part.version.clone())]
        };
        for ((what, one), (_, other)) in by(first).into_iter().zip(by(part)) {
            if one != other {
                let (first, second) = (first.name.clone(), part.name.clone());
                return Err(MergeError::Mixed { what, first, one, second, other });
            }
        }
    }
    alike(&parts)?;
    let (benchmark, verdict) = (first.report.benchmark, first.report.verdict);
    Ok(assemble(benchmark, verdict, parts.into_iter().map(|part| part.report), expected))
}

/// Refuses results of one account of which none can stand for the others.
fn alike(parts: &[Part]) -> Result<(), MergeError> {
    let mut known: BTreeMap<&str, (&Part, &str, BTreeSet<&str>)> = BTreeMap::new();
    let audits = parts.iter().flat_map(|part| part.report.audits.iter().map(move |audit| (part, audit)));
    for (part, audit) in audits.filter(|(_, audit)| !audit.findings.is_empty()) {
        let controls: BTreeSet<&str> = audit.findings.iter().map(|finding| finding.rule.slug.as_str()).collect();
        match known.get(audit.account_id.as_str()) {
            Some((other, region, same)) if *region != audit.region || *same != controls => {
                let (account, first) = (audit.account_id.clone(), other.name.clone());
                return Err(MergeError::Unlike { account, first, second: part.name.clone() });
            }
            Some(_) => {}
            None => drop(known.insert(&audit.account_id, (part, &audit.region, controls))),
        }
    }
    Ok(())
}

/// The same of reports that are by the same.
#[must_use]
pub fn assemble(
    benchmark: &'static str,
    verdict: Verdict,
    parts: impl IntoIterator<Item = Report>,
    expected: Vec<Account>,
) -> Merged {
    let mut best: BTreeMap<Key, Found> = BTreeMap::new();
    let mut repeated = BTreeSet::new();
    let mut idle: Vec<UnusedWaiver> = Vec::new();
    let mut waived_on = None;
    for report in parts {
        waived_on = waived_on.max(report.waived_on);
        idle.extend(report.unused_waivers);
        let mut audits: BTreeMap<String, Audit> =
            report.audits.into_iter().map(|audit| (audit.account_id.clone(), audit)).collect();
        for entry in report.accounts {
            let audit = audits.remove(&entry.account.id).filter(|_| entry.outcome == Outcome::Audited);
            let (key, found) = (Key::of(&entry.account), Found { entry, audit });
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
        let outcome = || Outcome::Failed("there is no result of it".to_owned());
        best.entry(Key::of(&account))
            .or_insert_with(|| Found { entry: Entry { account, outcome: outcome() }, audit: None });
    }
    let (mut accounts, mut audits) = (Vec::with_capacity(best.len()), Vec::with_capacity(best.len()));
    for Found { entry, audit } in best.into_values() {
        accounts.push(entry);
        audits.extend(audit);
    }
    let unused_waivers = still_idle(idle, &audits);
    let report =
        Report { benchmark, verdict, audits, accounts, documents: None, project: None, unused_waivers, waived_on };
    Merged { report, repeated: repeated.into_iter().collect() }
}

/// What an account is known by: its number, else the profile that stands for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key(String, String);

impl Key {
    fn of(account: &Account) -> Self {
        let label = if account.id.is_empty() { account.label().to_owned() } else { String::new() };
        Self(account.id.clone(), label)
    }
}

/// What there is of an account.
struct Found {
    entry: Entry,
    audit: Option<Audit>,
}

impl Found {
    /// Of two the greater counts; equals are equal in all that is shown.
    fn rank(&self) -> impl Ord + use<> {
        let read = self.audit.as_ref().map(|audit| audit.collected_at);
        let rows = self.audit.iter().flat_map(|audit| &audit.saved);
        let rows: Vec<String> = rows.map(|row| row.get().to_owned()).collect();
        // Who is skipped was not asked for; who was and failed says more.
        let kind = match &self.entry.outcome {
            Outcome::Skipped(_) => 0,
            Outcome::Failed(_) => 1,
            Outcome::Denied(_) => 2,
            Outcome::Audited => 3,
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
