//! Snapshot × rules → Report: would a person be told of each event that a control demands?
//!
//! One file per link of the chain says whether that link holds; `chain` joins them, and this file walks the controls.
//! Everything here is pure: no IO, no clock, equal input gives equal output. Nothing in an account is an error here:
//! what is odd is evidence, what was not read is unknown.

use crate::finding::{Finding, Report, Status};
use crate::pattern::{self, Candidate};
use crate::rule::Rule;
use crate::snapshot::{MetricFilter, Snapshot};

mod alarm;
mod chain;
mod judge;
mod link;
mod log_group;
mod metric_filter;
mod routine;
mod subscription;
mod topic;
mod trail;

#[cfg(test)]
mod tests;

/// Judges an account by the rules.
#[must_use]
pub fn audit(snapshot: &Snapshot, rules: &[Rule]) -> Report {
    let account = chain::Account::new(snapshot);
    Report {
        benchmark: rules.first().map(|rule| rule.benchmark).unwrap_or_default().as_str(),
        collected_at: snapshot.collected_at,
        account_id: snapshot.account_id.clone(),
        region: snapshot.region.clone(),
        findings: rules.iter().map(|rule| judge::judge(&account, rule)).collect(),
        gaps: snapshot.gaps.clone(),
    }
}

/// Whether more alarms could not better this report: every control passes, and none with a weakness.
#[must_use]
pub fn settled(report: &Report) -> bool {
    report.findings.iter().all(|finding: &Finding| finding.status == Status::Pass && finding.effective == Status::Pass)
}

/// Whether a filter matches, or may match, some event that one of the rules demands: then its metric matters.
#[must_use]
pub fn relevant(filter: &MetricFilter, rules: &[Rule]) -> bool {
    let parsed = metric_filter::Parsed::new(filter);
    let candidate: Candidate<'_> = parsed.candidate();
    rules.iter().any(|rule| pattern::aims_at(&candidate, &rule.requires))
}
