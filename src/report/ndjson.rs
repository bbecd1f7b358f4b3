//! One line of JSON per control, each understandable without the others: for log pipelines, `grep`, and reports of many
//! accounts in one file.
//!
//! A line is a row of the JSON report's `results`, with what the report says of all of them before it.

use crate::escape;
use std::io;

use serde::Serialize;

use super::documents;
use super::json::{self, NotDeclaredRow, ResultRow};
use crate::finding::Report;

#[derive(Serialize)]
struct Line<'a> {
    schema_version: u32,
    benchmark: &'a str,
    verdict: &'static str,
    collected_at: String,
    #[serde(flatten)]
    result: ResultRow<'a>,
}

/// A control that is not counted, for nothing of it is declared.
#[derive(Serialize)]
struct NotDeclared<'a> {
    schema_version: u32,
    benchmark: &'a str,
    verdict: &'static str,
    collected_at: String,
    status: &'static str,
    #[serde(flatten)]
    row: NotDeclaredRow<'a>,
}

/// Writes the lines, each ended by a line feed.
pub(super) fn render(report: &Report, show_endpoints: bool, out: &mut dyn io::Write) -> io::Result<()> {
    for (audit, finding) in report.items() {
        let line = Line {
            schema_version: super::SCHEMA_VERSION,
            benchmark: report.benchmark,
            verdict: report.verdict.as_str(),
            collected_at: audit.collected_at.to_string(),
            result: json::result(finding, show_endpoints),
        };
        let line = serde_json::to_string(&line)?;
        writeln!(out, "{}", escape::json(&line))?;
    }
    for rule in report.not_declared() {
        let line = NotDeclared {
            schema_version: super::SCHEMA_VERSION,
            benchmark: report.benchmark,
            verdict: report.verdict.as_str(),
            collected_at: report.collected_at().to_string(),
            status: documents::NOT_DECLARED,
            row: json::not_declared(rule),
        };
        let line = serde_json::to_string(&line)?;
        writeln!(out, "{}", escape::json(&line))?;
    }
    Ok(())
}
