//! One line of JSON per control, each understandable without the others: for log pipelines, `grep`, and reports of many
//! accounts in one file.
//!
//! A line is a row of the JSON report's `results`, with what the report says of all of them before it. Of many accounts
//! each line says which it is of, and one that was not audited has a line of its own.

use crate::escape;
use std::io;

use serde::Serialize;

use super::accounts::{self, AccountRow};
use super::document::{TOOL, Tool};
use super::documents;
use super::evidence::{self, EvidenceRow};
use super::json::{self, NotDeclaredRow, ResultRow};
use super::render_options::RenderOptions;
use crate::finding::{Audit, Report, Standing};
use crate::organization::Entry;

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    head: &'a Head<'a>,
    #[serde(flatten)]
    result: ResultRow<'a>,
}

/// A control that is not counted, for nothing of it is declared.
#[derive(Serialize)]
struct NotDeclared<'a> {
    schema_version: u32,
    benchmark: &'a str,
    verdict: &'static str,
    collected_at: Option<String>,
    status: &'static str,
    #[serde(flatten)]
    row: NotDeclaredRow<'a>,
}

#[derive(Serialize)]
struct Head<'a> {
    schema_version: u32,
    benchmark: &'a str,
    verdict: &'static str,
    /// `None`: it was not read.
    collected_at: Option<String>,
    /// What judged, and what the audit rests on: each line is to be checked without the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<Tool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<EvidenceRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountRow<'a>>,
}

/// The line of an account that was not audited.
#[derive(Serialize)]
struct NoResult<'a> {
    #[serde(flatten)]
    head: &'a Head<'a>,
    account_id: Option<&'a str>,
    status: &'static str,
}

/// Writes the lines, each ended by a line feed.
pub(super) fn render(report: &Report, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    if report.is_of_many() {
        return of_many(report, options, out);
    }
    for audit in &report.audits {
        of_audit(&head(report, None, Some(audit), options), audit, options.show_endpoints, out)?;
    }
    for rule in report.not_declared() {
        let line = NotDeclared {
            schema_version: super::SCHEMA_VERSION,
            benchmark: report.benchmark,
            verdict: report.verdict.as_str(),
            collected_at: report.collected_at().map(|time| time.to_string()),
            status: documents::NOT_DECLARED,
            row: json::not_declared(rule),
        };
        write(&serde_json::to_string(&line)?, out)?;
    }
    Ok(())
}

fn of_many(report: &Report, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    for (entry, audit) in report.entries() {
        let head = head(report, Some(entry), audit, options);
        match audit {
            Some(audit) => of_audit(&head, audit, options.show_endpoints, out)?,
            None => {
                let account_id = head.account.as_ref().and_then(|account| account.account_id);
                let status = Standing::new(entry, None).as_str();
                write(&serde_json::to_string(&NoResult { head: &head, account_id, status })?, out)?;
            }
        }
    }
    Ok(())
}

fn head<'a>(
    report: &'a Report,
    entry: Option<&'a Entry>,
    audit: Option<&'a Audit>,
    options: &RenderOptions,
) -> Head<'a> {
    let evidence = audit.and_then(|audit| evidence::masked_row(audit, options.show_callers));
    Head {
        schema_version: super::SCHEMA_VERSION,
        benchmark: report.benchmark,
        verdict: report.verdict.as_str(),
        collected_at: audit.map(|audit| audit.collected_at.to_string()),
        tool: evidence.is_some().then_some(TOOL),
        evidence,
        account: entry.map(|entry| accounts::row(entry, audit)),
    }
}

fn of_audit(head: &Head<'_>, audit: &Audit, show_endpoints: bool, out: &mut dyn io::Write) -> io::Result<()> {
    if audit.saved.is_none() {
        for finding in &audit.findings {
            write(&serde_json::to_string(&Line { head, result: json::result(finding, show_endpoints) })?, out)?;
        }
    }
    for row in audit.saved.rows()?.iter() {
        let head = serde_json::to_string(head)?;
        let (head, row) = (head.strip_suffix('}').unwrap_or(&head), row.get());
        // Neither is empty.
        write(&format!("{head},{}", row.strip_prefix('{').unwrap_or(row)), out)?;
    }
    Ok(())
}

fn write(line: &str, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", escape::json(line))
}
