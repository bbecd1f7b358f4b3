//! The audit: an account is read, judged, and the reports written.

use super::account::{collect, saved};
use super::drift;
use super::fix;
use super::judge::Judge;
use super::reports::Reports;
use super::stderr::say;
use crate::cli::AuditArgs;
use crate::exit::ExitStatus;

/// Audits, or fixes, what the command line names.
pub(super) fn run(args: &AuditArgs) -> anyhow::Result<ExitStatus> {
    let judge = Judge::new(args)?;
    if (args.snapshot.is_some() || args.demo) && args.aws.asks_for_something() {
        say("note: a saved account is audited as it was saved: the options about AWS have no effect");
    }
    if args.fix.fix {
        return fix::run(args, &judge);
    }
    let baseline = args.baseline.as_deref().map(drift::read).transpose()?;
    // Opened before the account is read, so that a bad path fails at once.
    let mut reports = Reports::open(args)?;
    let snapshot = if args.snapshot.is_some() || args.demo {
        saved(args.snapshot.as_deref())?.snapshot
    } else {
        collect(&args.aws, &args.read, &judge.rules, &args.look)?
    };
    let report = judge.report(&snapshot);
    let changes = baseline.map(|baseline| drift::since(baseline, &report, args)).transpose()?;
    reports.write(args, &report, changes.as_ref())?;
    Ok(changes.as_ref().map_or_else(|| ExitStatus::of(&report), ExitStatus::of_drift))
}
