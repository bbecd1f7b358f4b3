//! The audit: an account is read, judged, and the reports written.

use super::account::{collect, saved};
use super::drift;
use super::fix;
use super::judge::Judge;
use super::project;
use super::reports::Reports;
use super::stderr::say;
use crate::cli::{AuditArgs, Given};
use crate::exit::ExitStatus;
use crate::finding::Report;

/// Audits, or fixes, what the command line names.
pub(super) fn run(mut args: AuditArgs, given: &Given) -> anyhow::Result<ExitStatus> {
    project::apply(&mut args, given)?;
    let args = &args;
    if args.fix.fix {
        let judge = Judge::new(args)?;
        note(args);
        return fix::run(args, &judge);
    }
    // Opened before anything is read, so that a bad path fails at once.
    let mut reports = Reports::open(args)?;
    let done = audit(args, &mut reports);
    reports.or_undone(args, done)
}

fn audit(args: &AuditArgs, reports: &mut Reports) -> anyhow::Result<ExitStatus> {
    let judge = Judge::new(args)?;
    note(args);
    let baseline = args.baseline.as_deref().map(drift::read).transpose()?;
    let snapshot = if args.snapshot.is_some() || args.demo {
        saved(args.snapshot.as_deref())?.snapshot
    } else {
        collect(&args.aws, &args.read, &judge.rules, &args.look)?
    };
    let report = Report { project: args.project.clone(), ..judge.report(&snapshot) };
    let changes = baseline.map(|baseline| drift::since(baseline, &report, args)).transpose()?;
    reports.write(args, &report, changes.as_ref())?;
    Ok(changes.as_ref().map_or_else(|| ExitStatus::of(&report), ExitStatus::of_drift))
}

fn note(args: &AuditArgs) {
    if (args.snapshot.is_some() || args.demo) && args.aws.asks_for_something() {
        say("note: a saved account is audited as it was saved: the options about AWS do nothing here");
    }
}
