//! `diff` of two reports, and an audit that is held against a baseline.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::named::{name_of, say_ignored, text_of};
use super::output::Output;
use super::render_options::render_options;
use super::reproduce;
use crate::cli::{AuditArgs, DiffArgs};
use crate::drift::{Drift, State, compare, is_comparable};
use crate::exit::ExitStatus;
use crate::finding::{Finding, FindingId, Report, Subject};
use crate::report;

/// Compares two reports.
pub(super) fn run(args: &DiffArgs) -> anyhow::Result<ExitStatus> {
    let Some(new) = &args.new else {
        let snapshot = args.snapshot.as_deref().context("name the later report, or a snapshot (--snapshot FILE)")?;
        return reproduce::run(args, snapshot);
    };
    let stdin = Path::new("-");
    if args.old == stdin && new == stdin {
        bail!("only one of the two reports can be read from standard input");
    }
    let drift = compare(&read(&args.old)?, &read(new)?)?;
    let mut output = Output::stdout()?;
    let options = render_options(&args.display, &output);
    let written = report::drift::render(&drift, args.format, &options, &mut output.stream);
    output.finish(written)?;
    Ok(ExitStatus::of_drift(&drift))
}

/// Reads a JSON report.
fn read(file: &Path) -> anyhow::Result<State> {
    let opened = report::read::read(&text_of(file)?).with_context(|| name_of(file))?;
    say_ignored(&name_of(file), &opened.ignored);
    Ok(opened.document)
}

/// Reads the report that one of this kind is to be held against: before anything else is done, for what cannot be compared
/// is no baseline.
pub(super) fn baseline(file: Option<&Path>, subject: Subject) -> anyhow::Result<Option<State>> {
    let Some(file) = file else { return Ok(None) };
    let state = read(file)?;
    is_comparable(state.subject, subject).with_context(|| name_of(file))?;
    Ok(Some(state))
}

/// What changed since a baseline. Of that only what the audit was about is compared: controls that were not asked for are not
/// gone, nor are other accounts' results where one account was. An audit of many is about all that the baseline has.
pub(super) fn since(mut baseline: State, report: &Report, args: &AuditArgs) -> anyhow::Result<Drift> {
    let scope = &args.scope;
    let is_part = !scope.only.is_empty() || !scope.exclude.is_empty() || scope.level.is_some();
    let accounts: HashSet<&str> = report.audits.iter().map(|audit| audit.account_id.as_str()).collect();
    let asked: HashSet<FindingId<'_>> = report.findings().map(Finding::id).collect();
    let slugs: HashSet<&str> = report.asked.controls.iter().map(|control| control.slug.as_str()).collect();
    baseline.controls.retain(|control| {
        if !accounts.contains(control.account_id.as_str()) {
            return report.is_of_many() && (slugs.is_empty() || slugs.contains(control.slug.as_str()));
        }
        !is_part || asked.contains(&control.id())
    });
    let name = || args.baseline.as_ref().map_or_else(|| "the baseline".to_owned(), |file| name_of(file));
    compare(&baseline, &State::from_report(report)).with_context(name)
}
