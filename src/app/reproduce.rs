//! `diff REPORT --snapshot FILE`: the account that a report judged is judged again, by what the report was made by, and the
//! results are compared. It asks nobody but the files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::account::saved;
use super::catalog::{catalog_for, mapped};
use super::judge::{Judge, Owner};
use super::named::{name_of, say_ignored, text_of};
use super::output::Output;
use super::render_options::render_options;
use super::stderr::say;
use crate::cli::{AuditArgs, CatalogArgs, DiffArgs, ScopeArgs};
use crate::exit::ExitStatus;
use crate::finding::{Asked, Audit, Evidence, Finding, Report};
use crate::report;
use crate::report::stored::{self, Stored};
use crate::rule::{Benchmark, Rule};
use crate::saved::digest;
use crate::snapshot::{Snapshot, TOOL_COMMIT, TOOL_VERSION};

/// Judges again, and compares.
pub(super) fn run(args: &DiffArgs, file: &Path) -> anyhow::Result<ExitStatus> {
    if [&args.old].into_iter().chain(&args.owner_snapshot).any(|other| other == Path::new("-") && file == other) {
        bail!("only one of the report and the snapshot can be read from standard input");
    }
    let name = name_of(&args.old);
    let stored = read(args)?;
    say_ignored(&name, &stored.ignored);
    let snapshot = saved(Some(file))?.snapshot;
    let audits = || stored.report.audits.iter();
    let audit = audits().find(|audit| audit.account_id == snapshot.account_id).with_context(|| {
        let accounts: Vec<&str> = audits().map(|audit| audit.account_id.as_str()).collect();
        let others = if accounts.is_empty() { String::new() } else { format!(", but of {}", accounts.join(", ")) };
        format!("{name} has no results of account {}{others}", snapshot.account_id)
    })?;
    let Some(evidence) = &audit.evidence else {
        bail!(
            "{name} does not say which snapshot of account {} it judged: it was written by an earlier cis-audit, or changed \
             since",
            snapshot.account_id
        );
    };
    let hash = digest(&snapshot);
    if hash != evidence.snapshot_sha256 {
        bail!(
            "{name} judged another snapshot: SHA-256 {} there, and {hash} of {}",
            evidence.snapshot_sha256,
            name_of(file)
        );
    }
    for (what, there, here) in [
        ("the time of", audit.collected_at.to_string(), snapshot.collected_at.to_string()),
        ("the region of", audit.region.clone(), snapshot.region.clone()),
    ] {
        if there != here {
            bail!("{name} was changed: {what} its account is {there} there, and {here} in {}", name_of(file));
        }
    }
    let owners = owners(evidence, &args.owner_snapshot, &name)?;
    let again = again(args, &stored, audit, &snapshot, &owners)?;
    let reproduction = report::reproduction::compare(audit, &again).context("the report that was made again")?;
    let mut output = Output::stdout()?;
    let options = render_options(&args.display, &output);
    let written = report::reproduction::render(&reproduction, audit, args.format, &options, &mut output.stream);
    output.finish(written)?;
    if let Some(other) = other_tool(&stored) {
        say(&format!("note: {name} was written by {other}, and this is {}", tool(TOOL_VERSION, TOOL_COMMIT)));
        return Ok(ExitStatus::Error);
    }
    Ok(if reproduction.differences.is_empty() { ExitStatus::Success } else { ExitStatus::Failure })
}

/// Reads the report, with the rules that it was made by.
fn read(args: &DiffArgs) -> anyhow::Result<Stored> {
    let rule_of = |benchmark: Benchmark, framework: Option<&str>, slug: &str| -> Option<Arc<Rule>> {
        let rules = rules(args, benchmark, framework).ok()?;
        rules.into_iter().find(|rule| rule.slug == slug)
    };
    stored::read(&text_of(&args.old)?, &rule_of).with_context(|| name_of(&args.old))
}

fn catalog_args(args: &DiffArgs, benchmark: Benchmark) -> CatalogArgs {
    CatalogArgs { benchmark, rules: args.rules.clone(), add_rules: args.add_rules.clone() }
}

fn rules(args: &DiffArgs, benchmark: Benchmark, framework: Option<&str>) -> anyhow::Result<Vec<Arc<Rule>>> {
    let catalog = catalog_for(&catalog_args(args, benchmark), framework)?;
    mapped(catalog.rules(), catalog.rules(), framework)
}

/// The accounts into which the events were followed, in the report's order.
fn owners(evidence: &Evidence, files: &[PathBuf], name: &str) -> anyhow::Result<Vec<Owner>> {
    let read = |file: &PathBuf| Ok(Owner::new(saved(Some(file))?.snapshot));
    let mut given: Vec<Owner> = files.iter().map(read).collect::<anyhow::Result<_>>()?;
    let wanted = evidence.owners.iter().map(|owner| {
        let at = given.iter().position(|given| given.sha256() == owner.snapshot_sha256);
        let at = at.with_context(|| {
            format!(
                "{name} followed events into account {}: give its snapshot too (--owner-snapshot FILE, SHA-256 {})",
                owner.account_id, owner.snapshot_sha256
            )
        })?;
        Ok(given.remove(at))
    });
    let owners = wanted.collect::<anyhow::Result<_>>()?;
    if let Some(other) = given.first() {
        bail!("{name} followed no events into account {} as its snapshot has it", other.snapshot.account_id);
    }
    Ok(owners)
}

/// What is said of the account when it is judged again by the controls, the verdict and the waivers of the report.
fn again(
    args: &DiffArgs,
    stored: &Stored,
    audit: &Audit,
    snapshot: &Snapshot,
    owners: &[Owner],
) -> anyhow::Result<Report> {
    let Report { benchmark, verdict, asked, .. } = &stored.report;
    let benchmark: Benchmark = benchmark.parse().map_err(|_| anyhow::anyhow!("there is no benchmark {benchmark}"))?;
    let scope = ScopeArgs {
        only: asked.controls.iter().map(|control| control.slug.clone()).collect(),
        exclude: Vec::new(),
        level: None,
        only_level: false,
        verdict: *verdict,
        catalog: catalog_args(args, benchmark),
    };
    let audit_args =
        AuditArgs { framework: asked.framework.clone(), ..AuditArgs::offline(scope, args.display.clone()) };
    let judge = Judge::new(&audit_args)?;
    if let Some(difference) = asked.difference(&Asked::new(&judge.rules)) {
        bail!("{} was made by other controls than these: {difference}", name_of(&args.old));
    }
    let owners: Vec<&Owner> = owners.iter().collect();
    let mut report = judge.report_among(snapshot, &owners);
    // In an organization some controls are asked of the management account alone.
    let has = |finding: &Finding| audit.findings.iter().any(|saved| saved.rule.slug == finding.rule.slug);
    for audit in &mut report.audits {
        audit
            .findings
            .retain(|finding| has(finding) || !stored.is_of_many || !finding.rule.demand.is_of_organization());
    }
    Ok(judge.waived_as(report, &audit.findings, snapshot, &owners))
}

/// What wrote the report, where that is another program than this one.
fn other_tool(stored: &Stored) -> Option<String> {
    let is_other_commit = stored.commit.as_deref().zip(TOOL_COMMIT).is_some_and(|(one, other)| one != other);
    (stored.version != TOOL_VERSION || is_other_commit).then(|| tool(&stored.version, stored.commit.as_deref()))
}

fn tool(version: &str, commit: Option<&str>) -> String {
    let commit = commit.map(|commit| format!(" ({commit})")).unwrap_or_default();
    format!("cis-audit {version}{commit}")
}
