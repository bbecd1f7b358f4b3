//! `--fix`: plan, show, ask, carry out, audit again; and `undo`. The plan goes to standard error, or with `--dry-run` to
//! standard output; what standard output gets otherwise is the report of the audit afterwards.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::judge::Judge;
use super::output::{Output, create_private};
use super::{look, say};
use crate::cli::AuditArgs;
use crate::exit::ExitStatus;
use crate::fix::plan::{Options, Plan};
use crate::fix::planner;
use crate::report::{self, Format, ListFormat, Look};
use crate::snapshot::Snapshot;

#[cfg(feature = "aws")]
mod carried_out;
#[cfg(feature = "aws")]
mod own;
#[cfg(feature = "aws")]
mod taken_back;

#[cfg(feature = "aws")]
use self::carried_out::live;
#[cfg(feature = "aws")]
pub(super) use self::taken_back::undo;

/// Runs a fix to its end.
pub(super) fn run(args: &AuditArgs, judge: &Judge) -> anyhow::Result<ExitStatus> {
    let options = Options { allow_update: args.fix.allow_update, ..super::options(&args.fix.new)? };
    options.check()?;
    if args.snapshot.is_some() || args.demo {
        if !args.fix.dry_run {
            bail!("a saved account cannot be changed: add --dry-run to see what would be done");
        }
        let snapshot = super::saved(args.snapshot.as_deref())?;
        let plan = plan(args, judge, &snapshot, &options);
        return dry_run(args, judge, &snapshot, &plan);
    }
    live(args, judge, options)
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
fn dry_run(args: &AuditArgs, judge: &Judge, snapshot: &Snapshot, plan: &Plan) -> anyhow::Result<ExitStatus> {
    let (format, file) = plan_format(args)?;
    save(args, plan)?;
    // A plan names subscribers in full.
    let mut output = Output::open(file, true)?;
    let look = Look { show_endpoints: args.show_endpoints, ..look(&args.look, &output) };
    let written = match format {
        ListFormat::Table => report::plan::render(plan, &look, &mut output.stream),
        ListFormat::Json => report::plan::json(plan, &mut output.stream),
    };
    output.finish(written)?;
    if !plan.is_empty() {
        return Ok(ExitStatus::Failure);
    }
    if plan.not_planned.is_empty() {
        return Ok(ExitStatus::Success);
    }
    // Something is wrong or unknown, and nothing can be done about it from here.
    Ok(ExitStatus::of(&judge.report(snapshot)))
}

/// How a plan is shown, and where.
fn plan_format(args: &AuditArgs) -> anyhow::Result<(ListFormat, Option<&Path>)> {
    let Some(wanted) = args.format.first() else { return Ok((ListFormat::Table, args.output.as_deref())) };
    let format = match wanted.format {
        Format::Table => ListFormat::Table,
        Format::Json => ListFormat::Json,
        Format::Ndjson
        | Format::Csv
        | Format::Markdown
        | Format::Junit
        | Format::Sarif
        | Format::Ocsf
        | Format::Asff
        | Format::OpenMetrics
        | Format::Github
        | Format::Html => bail!("a plan is shown as table or json; --format {} is for reports", wanted.format.name()),
    };
    match args.format.len() {
        1 => Ok((format, wanted.file.as_deref().or(args.output.as_deref()))),
        _ => bail!("a plan is shown once, as table or json"),
    }
}

fn save(args: &AuditArgs, plan: &Plan) -> anyhow::Result<()> {
    let Some(file) = &args.fix.plan_out else { return Ok(()) };
    let cannot = || format!("cannot write {}", file.display());
    let mut opened = create_private(file).with_context(cannot)?;
    report::plan::json(plan, &mut opened).with_context(cannot)
}

#[cfg(not(feature = "aws"))]
fn live(_: &AuditArgs, _: &Judge, _: Options) -> anyhow::Result<ExitStatus> {
    bail!("this cis-audit was built without AWS access: use --snapshot FILE or --demo, with --dry-run")
}
