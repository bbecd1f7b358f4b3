//! The results of a report of many accounts, account by account.

use std::collections::HashMap;

use super::{Audit, Finding, Report, Summary};
use crate::organization::Entry;

/// The result of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Some control fails.
    Fail,
    /// It should have been audited and could not be.
    NotAudited,
    /// None fails, and some control is unknown.
    Unknown,
    /// Every control passes, or is waived.
    Pass,
    /// Nobody asked for it, or for a control that is of it.
    Skipped,
}

impl Standing {
    /// All of them, the gravest first.
    pub const ALL: [Self; 5] = [Self::Fail, Self::NotAudited, Self::Unknown, Self::Pass, Self::Skipped];

    /// The word in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::NotAudited => "not_audited",
            Self::Unknown => "unknown",
            Self::Pass => "pass",
            Self::Skipped => "skipped",
        }
    }
}

/// How many accounts have which result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Accounts in which every control passes, or is waived.
    pub pass: usize,
    /// Accounts in which some control fails.
    pub fail: usize,
    /// Accounts in which none fails and some is unknown.
    pub unknown: usize,
    /// Accounts that could not be audited.
    pub not_audited: usize,
    /// Accounts that nobody asked for.
    pub skipped: usize,
}

impl Audit {
    /// Counts its findings by what they result in.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.findings.iter().map(Finding::outcome).collect()
    }
}

impl Report {
    /// Whether it is about many accounts.
    #[must_use]
    pub fn is_of_many(&self) -> bool {
        !self.accounts.is_empty()
    }

    /// The accounts that were asked for, each with its audit, if it was audited.
    #[must_use]
    pub fn entries(&self) -> Vec<(&Entry, Option<&Audit>)> {
        let audits: HashMap<&str, &Audit> =
            self.audits.iter().rev().map(|audit| (audit.account_id.as_str(), audit)).collect();
        let audit = |entry: &Entry| match entry.outcome {
            crate::organization::AccountOutcome::Audited => audits.get(entry.account.id.as_str()).copied(),
            _ => None,
        };
        self.accounts.iter().map(|entry| (entry, audit(entry))).collect()
    }

    /// Counts the accounts by their results.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for (entry, audit) in self.entries() {
            match Standing::new(entry, audit) {
                Standing::Pass => tally.pass += 1,
                Standing::Fail => tally.fail += 1,
                Standing::Unknown => tally.unknown += 1,
                Standing::NotAudited => tally.not_audited += 1,
                Standing::Skipped => tally.skipped += 1,
            }
        }
        tally
    }
}

impl Standing {
    /// The result of an account.
    #[must_use]
    pub fn new(entry: &Entry, audit: Option<&Audit>) -> Self {
        match (audit.map(Audit::summary), entry.outcome.is_missing()) {
            (Some(Summary { fail: 1.., .. }), _) => Self::Fail,
            (Some(Summary { unknown: 1.., .. }), _) => Self::Unknown,
            // None of the controls that were asked for is of it.
            (Some(Summary { pass: 0, waived: 0, .. }), _) => Self::Skipped,
            (Some(_), _) => Self::Pass,
            (None, false) if entry.outcome != crate::organization::AccountOutcome::Audited => Self::Skipped,
            (None, _) => Self::NotAudited,
        }
    }
}
