//! The audit: an account is read, judged, and the reports written.

use anyhow::bail;

use super::account::{collect, note_saved, owner, saved};
use super::drift;
use super::fix;
use super::judge::{Judge, Owner};
use super::output::Output;
use super::project;
use super::reports::Reports;
use super::snapshot::redact;
use crate::cli::{AuditArgs, Given};
use crate::exit::ExitStatus;
use crate::file::{Readers, is_stdout};
use crate::finding::{Report, Subject};
use crate::fix::survey::Survey;
use crate::saved::Saved;

/// Audits, or fixes, what the command line names.
pub(super) fn run(mut args: AuditArgs, given: &Given) -> anyhow::Result<ExitStatus> {
    project::apply(&mut args, given)?;
    let args = &args;
    if args.many.is_wanted() {
        return many(args);
    }
    if args.fix.fix {
        if args.aws.region.len() > 1 {
            bail!("--fix works from one region: give one --region");
        }
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
    judge.note_regions(&args.aws.region);
    let baseline = drift::baseline(args.baseline.as_deref(), Subject::Account)?;
    if args.save_snapshot.as_deref().is_some_and(is_stdout) {
        bail!("--save-snapshot writes a file: `cis-audit snapshot` writes to standard output");
    }
    let keep = args.save_snapshot.as_deref().map(|file| Output::open(Some(file), Readers::Owner)).transpose()?;
    let mut snapshot = if args.snapshot.is_some() || args.demo {
        saved(args.snapshot.as_deref())?.snapshot
    } else {
        collect(&args.aws, &args.read, &judge.rules, &args.display)?
    };
    if args.redact {
        redact(&mut snapshot);
    }
    if let Some(mut output) = keep {
        let saved = Saved { snapshot: snapshot.clone(), survey: Survey::default() };
        let written = saved.to_writer(&mut output.stream);
        output.finish(written)?;
        if !args.display.quiet {
            output.say_where("snapshot");
        }
    }
    let owner = owner(&args.owner, (&args.aws, &args.read, &args.display), &judge.rules, &snapshot)?.map(Owner::new);
    let owners: Vec<&Owner> = owner.iter().collect();
    let report = Report { projects: args.project.iter().cloned().collect(), ..judge.report_among(&snapshot, &owners) };
    let changes = baseline.map(|baseline| drift::since(baseline, &report, args)).transpose()?;
    reports.write(args, &report, changes.as_ref())?;
    Ok(if args.exit_zero { ExitStatus::of_run(&report) } else { ExitStatus::of_audit(&report, changes.as_ref()) })
}

#[cfg(feature = "aws")]
fn many(args: &AuditArgs) -> anyhow::Result<ExitStatus> {
    super::many::run(args)
}

#[cfg(not(feature = "aws"))]
fn many(_: &AuditArgs) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("this cis-audit was built without AWS access: `cis-audit merge` makes one report of saved ones")
}

fn note(args: &AuditArgs) {
    note_saved(args.snapshot.is_some() || args.demo, &args.aws, &args.owner);
}
