//! `--fix`: plan, show, ask, carry out, audit again; and `undo`. The plan goes to standard error, or with `--dry-run` to
//! standard output; what standard output gets otherwise is the report of the audit afterwards.

use std::path::Path;

use anyhow::{Context as _, bail};

use self::outputs::Outputs;
use super::judge::Judge;
use super::say;
use crate::cli::AuditArgs;
#[cfg(feature = "aws")]
use crate::cli::UndoArgs;
use crate::exit::ExitStatus;
use crate::fix::plan::{Options, Plan};
use crate::fix::planner;
use crate::fix::questions::of_interest;
use crate::snapshot::Snapshot;

#[cfg(feature = "aws")]
mod carried_out;
#[cfg(feature = "aws")]
mod journals;
mod outputs;
#[cfg(feature = "aws")]
mod own;
mod saved;
#[cfg(feature = "aws")]
mod taken_back;

#[cfg(feature = "aws")]
use self::carried_out::live;

/// Runs a fix to its end.
pub(super) fn run(args: &AuditArgs, judge: &Judge) -> anyhow::Result<ExitStatus> {
    let is_saved = args.snapshot.is_some() || args.demo;
    if is_saved && !args.fix.dry_run {
        bail!("a saved account cannot be changed: add --dry-run to see what would be done");
    }
    let Some(file) = &args.fix.apply else {
        let options = Options { allow_update: args.fix.allow_update, ..super::options(&args.fix.new)? };
        options.check()?;
        return go(args, &Task { judge, options: &options, saved: None });
    };
    if file == Path::new("-") && args.snapshot.as_deref() == Some(Path::new("-")) {
        bail!("standard input can be the account or the plan, not both");
    }
    let saved = saved::read(file)?;
    let judge = Judge::of_plan(&saved, args).with_context(|| format!("{} cannot be carried out", file.display()))?;
    go(args, &Task { judge: &judge, options: &saved.options, saved: Some(&saved) })
}

/// Takes a fix back, or lists those that can be.
#[cfg(feature = "aws")]
pub(super) fn undo(args: &UndoArgs) -> anyhow::Result<ExitStatus> {
    match &args.journal {
        Some(journal) => taken_back::undo(args, journal),
        None => journals::list(args),
    }
}

/// What is to be planned, and the plan that it must come to.
struct Task<'a> {
    judge: &'a Judge,
    options: &'a Options,
    saved: Option<&'a Plan>,
}

fn go(args: &AuditArgs, task: &Task<'_>) -> anyhow::Result<ExitStatus> {
    // Opened before the account is read, so that a bad path fails at once.
    let mut outputs = Outputs::open(args)?;
    if args.snapshot.is_none() && !args.demo {
        return live(args, task, &mut outputs);
    }
    let snapshot = super::saved(args.snapshot.as_deref())?;
    let snapshot = of_interest(snapshot, task.judge.every_rule(), task.options);
    let plan = plan(args, task, &snapshot)?;
    dry_run(args, task.judge, &snapshot, &plan, &mut outputs)
}

/// A plan for what is not waived; if one was saved, that one.
fn plan(args: &AuditArgs, task: &Task<'_>, snapshot: &Snapshot) -> anyhow::Result<Plan> {
    let (rules, waived) = task.judge.without_waived(snapshot);
    for finding in waived.iter().filter(|_| !args.look.quiet) {
        let until = finding.waiver.as_ref().map_or_else(String::new, |waiver| format!(" until {}", waiver.expires));
        say(&format!("note: {} ({}) is waived{until}: nothing is planned for it", finding.rule, finding.slug));
    }
    let plan = planner::plan(snapshot, &rules, task.judge.verdict, task.options);
    if let Some(saved) = task.saved {
        saved::unless_stale(saved, &plan)?;
        if !args.look.quiet {
            say(&format!("the saved plan is what would be planned now: fingerprint {}", saved.fingerprint));
        }
    }
    Ok(plan)
}

/// Shows the plan, and nothing else happens.
fn dry_run(
    args: &AuditArgs,
    judge: &Judge,
    snapshot: &Snapshot,
    plan: &Plan,
    outputs: &mut Outputs,
) -> anyhow::Result<ExitStatus> {
    outputs.save(args, plan)?;
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
fn live(_: &AuditArgs, _: &Task<'_>, _: &mut Outputs) -> anyhow::Result<ExitStatus> {
    bail!("this cis-audit was built without AWS access: use --snapshot FILE or --demo, with --dry-run")
}
