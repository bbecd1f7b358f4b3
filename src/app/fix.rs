//! `--fix`: plan, show, ask, carry out, audit again; and `undo`. The plan goes to standard error, or with `--dry-run` to
//! standard output; what standard output gets otherwise is the report of the audit afterwards.

use anyhow::bail;

use self::outputs::Outputs;
use super::judge::Judge;
use super::say;
use crate::cli::AuditArgs;
#[cfg(feature = "aws")]
use crate::cli::UndoArgs;
use crate::exit::ExitStatus;
use crate::fix::plan::{Options, Plan};
use crate::fix::planner;
use crate::snapshot::Snapshot;

#[cfg(feature = "aws")]
mod carried_out;
#[cfg(feature = "aws")]
mod journals;
mod outputs;
#[cfg(feature = "aws")]
mod own;
#[cfg(feature = "aws")]
mod taken_back;

#[cfg(feature = "aws")]
use self::carried_out::live;

/// Runs a fix to its end.
pub(super) fn run(args: &AuditArgs, judge: &Judge) -> anyhow::Result<ExitStatus> {
    let options = Options { allow_update: args.fix.allow_update, ..super::options(&args.fix.new)? };
    options.check()?;
    // Opened before the account is read, so that a bad path fails at once.
    let mut outputs = Outputs::open(args)?;
    if args.snapshot.is_some() || args.demo {
        if !args.fix.dry_run {
            bail!("a saved account cannot be changed: add --dry-run to see what would be done");
        }
        let snapshot = super::saved(args.snapshot.as_deref())?;
        let plan = plan(args, judge, &snapshot, &options);
        return dry_run(args, judge, &snapshot, &plan, &mut outputs);
    }
    live(args, judge, options, &mut outputs)
}

/// Takes a fix back, or lists those that can be.
#[cfg(feature = "aws")]
pub(super) fn undo(args: &UndoArgs) -> anyhow::Result<ExitStatus> {
    match &args.journal {
        Some(journal) => taken_back::undo(args, journal),
        None => journals::list(args),
    }
}

/// A plan for what is not waived.
fn plan(args: &AuditArgs, judge: &Judge, snapshot: &Snapshot, options: &Options) -> Plan {
    let (rules, waived) = judge.without_waived(snapshot);
    for finding in waived.iter().filter(|_| !args.look.quiet) {
        let until = finding.waiver.as_ref().map_or_else(String::new, |waiver| format!(" until {}", waiver.expires));
        say(&format!("note: {} ({}) is waived{until}: nothing is planned for it", finding.rule, finding.slug));
    }
    planner::plan(snapshot, &rules, judge.verdict, options)
}

/// Shows the plan, and nothing else happens.
fn dry_run(
    args: &AuditArgs,
    judge: &Judge,
    snapshot: &Snapshot,
    plan: &Plan,
    outputs: &mut Outputs,
) -> anyhow::Result<ExitStatus> {
    outputs.save(plan)?;
    outputs.show(args, plan)?;
    if !plan.is_empty() {
        return Ok(ExitStatus::Failure);
    }
    if plan.not_planned.is_empty() {
        return Ok(ExitStatus::Success);
    }
    // Something is wrong or unknown, and nothing can be done about it from here.
    Ok(ExitStatus::of(&judge.report(snapshot)))
}

#[cfg(not(feature = "aws"))]
fn live(_: &AuditArgs, _: &Judge, _: Options, _: &mut Outputs) -> anyhow::Result<ExitStatus> {
    bail!("this cis-audit was built without AWS access: use --snapshot FILE or --demo, with --dry-run")
}
