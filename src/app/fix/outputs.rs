//! What a fix writes: the plan where it is saved, and what it shows.

use std::path::Path;

#[cfg(feature = "aws")]
use anyhow::Context as _;
use anyhow::bail;

use super::super::inputs::Inputs;
use super::super::output::Output;
use super::super::render_options::render_options;
use super::super::reports::{Reports, written};
use super::super::stderr::say;
use crate::cli::AuditArgs;
#[cfg(feature = "aws")]
use crate::file;
use crate::file::Readers;
#[cfg(feature = "aws")]
use crate::finding::Report;
use crate::fix::plan::Plan;
use crate::report::{self, Format, ListFormat, RenderOptions};

/// Where a fix writes, found out before the account is read.
pub(super) struct Outputs {
    /// A plan that is saved.
    saved: Option<Output>,
    shown: Shown,
}

/// What standard output or a file gets.
enum Shown {
    /// With `--dry-run`: the plan.
    Plan(ListFormat, Output),
    /// The reports of the audit afterwards.
    Reports(Reports),
}

impl Outputs {
    /// Opens all of them.
    pub(super) fn open(args: &AuditArgs) -> anyhow::Result<Self> {
        let shown = if args.fix.dry_run {
            let (format, file) = plan_format(args)?;
            Inputs::from_args(args).spare(&written(args))?;
            // A plan names subscribers in full.
            Shown::Plan(format, Output::open(file, Readers::Owner)?)
        } else {
            Shown::Reports(Reports::open(args)?)
        };
        let saved = args.fix.plan_out.as_deref().map(|file| Output::open(Some(file), Readers::Owner)).transpose()?;
        #[cfg(feature = "aws")]
        if let Some(journal) = args.fix.journal.as_deref().filter(|_| !args.fix.dry_run) {
            file::is_free(journal).with_context(|| cannot_create(journal))?;
        }
        Ok(Self { saved, shown })
    }

    /// Saves the plan, where that is asked for.
    pub(super) fn save(&mut self, args: &AuditArgs, plan: &Plan) -> anyhow::Result<()> {
        let (Some(output), Some(file)) = (&mut self.saved, &args.fix.plan_out) else { return Ok(()) };
        // It is carried out, so that it holds addresses in full.
        let written = report::plan::json(plan, true, &mut output.stream);
        output.finish(written)?;
        if !args.display.quiet {
            say(&format!("saved {}: fingerprint {}", file.display(), plan.fingerprint));
        }
        Ok(())
    }

    /// Shows the plan, with `--dry-run`.
    pub(super) fn show(&mut self, args: &AuditArgs, plan: &Plan) -> anyhow::Result<()> {
        let Shown::Plan(format, output) = &mut self.shown else { return Ok(()) };
        let options = RenderOptions { show_endpoints: args.show_endpoints, ..render_options(&args.display, output) };
        let written = match format {
            ListFormat::Table => report::plan::render(plan, &options, &mut output.stream),
            ListFormat::Json => report::plan::json(plan, args.show_endpoints, &mut output.stream),
        };
        output.finish(written)
    }

    /// Hands on what came of a fix; reports that are not there say so.
    pub(super) fn or_undone<T>(&mut self, args: &AuditArgs, outcome: anyhow::Result<T>) -> anyhow::Result<T> {
        match &mut self.shown {
            Shown::Plan(..) => outcome,
            Shown::Reports(reports) => reports.or_undone(args, outcome),
        }
    }

    /// Writes the reports of the audit afterwards.
    #[cfg(feature = "aws")]
    pub(super) fn report(&mut self, args: &AuditArgs, report: &Report) -> anyhow::Result<()> {
        match &mut self.shown {
            Shown::Plan(..) => Ok(()),
            Shown::Reports(reports) => reports.write(args, report, None),
        }
    }
}

/// What is reported about a journal that cannot be begun.
#[cfg(feature = "aws")]
pub(super) fn cannot_create(journal: &Path) -> String {
    format!("cannot create the journal {} (--journal FILE names another)", journal.display())
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
        | Format::Html
        | Format::Waivers => {
            bail!("a plan is shown as table or json; --format {} is for reports", wanted.format.name())
        }
    };
    match args.format.len() {
        1 => Ok((format, wanted.file.as_deref().or(args.output.as_deref()))),
        _ => bail!("a plan is shown once, as table or json"),
    }
}
