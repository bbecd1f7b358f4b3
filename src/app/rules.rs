//! `cis-audit rules` and `explain`: the controls themselves.

use super::catalog::{catalog, find};
use super::look::look;
use super::output::Output;
use crate::cli::{ExplainArgs, RulesArgs};
use crate::exit::ExitStatus;
use crate::report;

/// Lists the controls.
pub(super) fn list(args: &RulesArgs) -> anyhow::Result<ExitStatus> {
    let catalog = catalog(&args.catalog)?;
    let mut output = Output::stdout()?;
    let look = look(&args.look, &output);
    let written = report::rules::list(catalog.rules(), args.format, &look, &mut output.stream);
    output.finish(written)?;
    Ok(ExitStatus::Success)
}

/// Says of one control what it demands.
pub(super) fn explain(args: &ExplainArgs) -> anyhow::Result<ExitStatus> {
    let catalog = catalog(&args.rules.catalog)?;
    let rule = find(catalog.rules(), &args.rule, &args.rules.catalog)?;
    let mut output = Output::stdout()?;
    let look = look(&args.rules.look, &output);
    let written = report::rules::explain(rule, args.rules.format, &look, &mut output.stream);
    output.finish(written)?;
    Ok(ExitStatus::Success)
}
