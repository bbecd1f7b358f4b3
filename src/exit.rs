//! The exit codes, in one place.

use std::process::ExitCode;

use crate::drift::{Drift, Kind};
use crate::finding::Report;

/// How a run of the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: every selected control passes, or none newly fails; a pattern covers or matches; a command that judges
    /// nothing did its work.
    Success,
    /// 1: at least one control fails; a pattern does not cover, or matches nothing.
    Failure,
    /// 2: it could not be done, or not finished: usage, credentials, unreadable input, or nothing fails but something
    /// is unknown, or AWS will refuse it.
    Error,
}

impl ExitStatus {
    /// The status of an audit that is held against no earlier report.
    #[must_use]
    pub fn from_report(report: &Report) -> Self {
        let summary = report.summary();
        let refused = report.documents.as_ref().map_or(0, |documents| documents.refused.len());
        match (summary.fail, summary.unknown + report.tally().not_audited + refused) {
            (0, 0) => Self::Success,
            (0, _) => Self::Error,
            (_, _) => Self::Failure,
        }
    }

    /// The status of an audit whose verdicts do not count: schedulers take 1 for a crash. What could not be audited does.
    #[must_use]
    pub fn of_run(report: &Report) -> Self {
        if report.tally().not_audited == 0 { Self::Success } else { Self::Error }
    }

    /// The status of a check that is held against an earlier report: a deployment that AWS will refuse is no success.
    #[must_use]
    pub fn of_check(report: &Report, drift: Option<&Drift>) -> Self {
        let is_refused = report.documents.as_ref().is_some_and(|documents| !documents.refused.is_empty());
        match drift.map(Self::of_drift) {
            Some(Self::Success) if is_refused => Self::Error,
            Some(status) => status,
            None => Self::from_report(report),
        }
    }

    /// The status of an audit that is held against an earlier report: an account that could not be audited is not known.
    #[must_use]
    pub fn of_audit(report: &Report, drift: Option<&Drift>) -> Self {
        match drift.map(Self::of_drift) {
            Some(Self::Success) => Self::of_run(report),
            Some(status) => status,
            None => Self::from_report(report),
        }
    }

    /// The status of a comparison: what failed or was unknown before is known. Of an account without results nothing is.
    #[must_use]
    pub fn of_drift(drift: &Drift) -> Self {
        let unknown = drift.count(Kind::NewlyUnknown) + drift.unknown_accounts().count();
        match (drift.count(Kind::NewlyFailing), unknown) {
            (0, 0) => Self::Success,
            (0, _) => Self::Error,
            (_, _) => Self::Failure,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        match status {
            ExitStatus::Success => Self::SUCCESS,
            ExitStatus::Failure => Self::from(1),
            ExitStatus::Error => Self::from(2),
        }
    }
}
