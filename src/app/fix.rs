//! `--fix`: plan, show, ask, carry out, audit again; and `undo`. The plan goes to standard error, or with `--dry-run` to
//! standard output; what standard output gets otherwise is the report of the audit afterwards.

use std::path::Path;

use anyhow::{Context as _, bail};

use self::outputs::Outputs;
use self::planned::{Task, dry_run, plan};
use super::account::saved;
use super::judge::Judge;
use super::options::options;
use crate::cli::AuditArgs;
#[cfg(feature = "aws")]
use crate::cli::UndoArgs;
use crate::exit::ExitStatus;
use crate::fix::plan::Options;
use crate::fix::questions::of_interest;
use crate::saved::Saved;

#[cfg(feature = "aws")]
mod apply;
#[cfg(feature = "aws")]
mod journal_file;
#[cfg(feature = "aws")]
mod journals;
mod outputs;
#[cfg(feature = "aws")]
mod own;
mod planned;
mod saved;
#[cfg(feature = "aws")]
mod undo;

#[cfg(feature = "aws")]
use self::apply::live;

/// Runs a fix to its end.
pub(super) fn run(args: &AuditArgs, judge: &Judge) -> anyhow::Result<ExitStatus> {
    let is_saved = args.snapshot.is_some() || args.demo;
    if is_saved && !args.fix.dry_run {
        bail!("a saved account cannot be changed: add --dry-run to see what would be done");
    }
    let Some(file) = &args.fix.apply else {
        let options = Options { allow_update: args.fix.allow_update, ..options(&args.fix.new)? };
        options.check()?;
        return go(args, &Task { judge, options: &options, saved: None });
    };
    if file == Path::new("-") && args.snapshot.as_deref() == Some(Path::new("-")) {
        bail!("standard input can be the account or the plan, not both");
    }
    let plan = saved::read(file)?;
    let judge = Judge::of_plan(&plan, args).with_context(|| format!("{} cannot be applied", file.display()))?;
    go(args, &Task { judge: &judge, options: &plan.options, saved: Some(&plan) })
}

/// Takes a fix back, or lists those that can be.
#[cfg(feature = "aws")]
pub(super) fn undo(args: &UndoArgs) -> anyhow::Result<ExitStatus> {
    match &args.journal {
        Some(journal) => undo::undo(args, journal),
        None => journals::list(args),
    }
}

fn go(args: &AuditArgs, task: &Task<'_>) -> anyhow::Result<ExitStatus> {
    // Opened before the account is read, so that a bad path fails at once.
    let mut outputs = Outputs::open(args)?;
    let done = carry_out(args, task, &mut outputs);
    outputs.or_undone(args, done)
}

fn carry_out(args: &AuditArgs, task: &Task<'_>, outputs: &mut Outputs) -> anyhow::Result<ExitStatus> {
    if args.snapshot.is_none() && !args.demo {
        return live(args, task, outputs);
    }
    let Saved { snapshot, survey } = saved(args.snapshot.as_deref())?;
    let snapshot = of_interest(snapshot, task.judge.every_rule(), task.options);
    let plan = plan(args, task, &snapshot, &survey)?;
    dry_run(args, task.judge, &snapshot, &plan, outputs)
}

#[cfg(not(feature = "aws"))]
fn live(_: &AuditArgs, _: &Task<'_>, _: &mut Outputs) -> anyhow::Result<ExitStatus> {
    bail!("this cis-audit was built without AWS access: use --snapshot FILE or --demo, with --dry-run")
}
