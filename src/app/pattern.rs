//! `cis-audit pattern …`: the filter-pattern engine by itself, offline.

use std::io::Write as _;

use anyhow::anyhow;
use filter_pattern::{Candidate, Pattern, explain, is_covered};

use super::catalog::{catalog, find};
use super::output::print;
use crate::cli::PatternCommand;
use crate::cloudtrail;
use crate::escape;
use crate::exit::ExitStatus;
use crate::refused;
use crate::rule::{Demand, Rule};

mod cover;
mod matches;

/// Runs one of the pattern commands.
pub(super) fn run(command: &PatternCommand) -> anyhow::Result<ExitStatus> {
    match command {
        PatternCommand::Match { pattern, files, count, format } => {
            matches::run(&parse(pattern)?, files, *count, *format)
        }
        PatternCommand::Explain { pattern } => in_words(&parse(pattern)?),
        PatternCommand::Cover { patterns, rule, required, exceptions, catalog: source, format } => {
            let found = patterns.iter().map(|pattern| parse(pattern)).collect::<anyhow::Result<Vec<_>>>()?;
            let required = match (rule, required) {
                (Some(rule), _) => demanded(find(catalog(source)?.rules(), rule, source)?)?,
                (None, Some(required)) => parse(required)?,
                (None, None) => return Err(anyhow!("name a control with --rule, or a pattern with --required")),
            };
            let exceptions = exceptions.iter().map(|pattern| parse(pattern)).collect::<anyhow::Result<Vec<_>>>()?;
            refuse_all(&exceptions, &required)?;
            cover::run(&found, &required, &exceptions, *format)
        }
    }
}

/// Refuses exceptions that say nothing of fields, or leave nothing of what is required.
fn refuse_all(exceptions: &[Pattern], required: &Pattern) -> anyhow::Result<()> {
    for exception in exceptions {
        if exception.tests().is_empty() {
            return Err(anyhow!(
                "--except must be a filter pattern of fields, such as '{{ $.eventName = GetMacieSession }}'"
            ));
        }
    }
    let all: Vec<Candidate<'_>> = exceptions.iter().map(Candidate::new).collect();
    if !all.is_empty() && is_covered(&all, required, cloudtrail::events()) {
        return Err(anyhow!("--except leaves no event that must be matched"));
    }
    Ok(())
}

/// The events that a control demands.
fn demanded(rule: &Rule) -> anyhow::Result<Pattern> {
    match &rule.demand {
        Demand::Events(events) => Ok(events.requires.clone()),
        Demand::SecurityHubEnabled => Err(anyhow!(
            "control {} checks whether AWS Security Hub CSPM is enabled: it has no events to match",
            rule.id
        )),
    }
}

fn parse(text: &str) -> anyhow::Result<Pattern> {
    Pattern::parse(text).map_err(|error| anyhow!(refused::in_full(&error)))
}

fn in_words(pattern: &Pattern) -> anyhow::Result<ExitStatus> {
    let mut text = Vec::new();
    for line in explain(pattern, cloudtrail::events()) {
        let bullet = if line.depth == 0 { "" } else { "- " };
        let indent = "  ".repeat(line.depth.saturating_sub(1));
        writeln!(text, "{indent}{bullet}{}", escape::terminal(&line.text))?;
    }
    print(&text)?;
    Ok(ExitStatus::Success)
}
