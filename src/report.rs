//! How a report is shown: dispatch only. One file per format, each with structs of its own for what it writes.
//!
//! Renderers are pure: they look at no terminal and no environment, [`Look`] tells them all. Names of an account are
//! hostile until escaped for where they are shown.

use std::io;

use clap::ValueEnum;
use serde::Serialize;

use crate::escape;

pub use self::json::schema;
use self::paint::Paint;
use crate::arn::last_part;
use crate::drift::Drift;
use crate::finding::Report;

mod asff;
mod csv;
pub mod drift;
mod github;
mod html;
mod identity;
pub mod journals;
mod json;
mod junit;
mod lines;
mod markdown;
mod ndjson;
mod ocsf;
mod openmetrics;
mod paint;
pub mod plan;
pub mod read;
pub mod rules;
mod sarif;
mod table;
#[cfg(test)]
mod tests;

/// Version of the JSON report's shape; fields may be added without a new one.
pub const SCHEMA_VERSION: u32 = 1;

/// A format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// For log pipelines: a line of JSON per control
    Ndjson,
    /// For spreadsheets
    Csv,
    /// For comments on pull requests and summaries of jobs
    Markdown,
    /// For CI servers: as test results
    Junit,
    /// For code-scanning services and editors: SARIF 2.1.0
    Sarif,
    /// For Amazon Security Lake and SIEMs: OCSF compliance findings
    Ocsf,
    /// For AWS Security Hub CSPM: findings to import
    Asff,
    /// For Prometheus: as metrics
    #[value(name = "openmetrics")]
    OpenMetrics,
    /// For GitHub Actions: annotations, and the summary of the job
    Github,
    /// For whoever is sent it: one page that needs nothing else
    Html,
}

impl Format {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// A format of what is no report: lists, plans, matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// The summary.
    Quiet,
    /// Every control in a line, and what is wrong in full.
    Normal,
    /// The chains of passing controls too.
    Verbose,
}

/// How it looks.
#[derive(Debug, Clone)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Whether to colour.
    pub color: bool,
    /// Whether to draw with more than ASCII.
    pub unicode: bool,
    /// How much to say.
    pub verbosity: Verbosity,
    /// Whether to show subscribers' addresses in full.
    pub show_endpoints: bool,
}

/// Writes a report, and what changed since an earlier one if it is held against one.
///
/// # Errors
/// What the writer reports.
pub fn render(
    report: &Report,
    changes: Option<&Drift>,
    format: Format,
    look: &Look,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Table => table::render(report, changes, look, out),
        Format::Json => json::render(report, changes, look.show_endpoints, out),
        Format::Ndjson => ndjson::render(report, look.show_endpoints, out),
        Format::Csv => csv::render(report, out),
        Format::Markdown => markdown::render(report, changes, look.show_endpoints, out),
        Format::Junit => junit::render(report, changes, look.show_endpoints, out),
        Format::Sarif => sarif::render(report, changes, out),
        Format::Ocsf => ocsf::render(report, out),
        Format::Asff => asff::render(report, out),
        Format::OpenMetrics => openmetrics::render(report, out),
        Format::Github => github::render(report, changes, look.show_endpoints, out),
        Format::Html => html::render(report, look, out),
    }
}

/// Writes a document as JSON, indented, with a newline at the end.
fn document(document: &(impl Serialize + ?Sized), out: &mut dyn io::Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(document)?;
    out.write_all(escape::json(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// A text of the account's, escaped and wrapped; `first` and `next` stand before its lines.
fn prose(paint: Paint, width: usize, first: &str, next: &str, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    const LONGEST: usize = 4000;
    let text = paint.name(text, LONGEST);
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(next)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    for line in textwrap::wrap(&escape::terminal(&text), options) {
        self::line(line.trim_end(), out)?;
    }
    Ok(())
}

/// A line that may begin with a name of the account. Where CI shows the table, one that begins with two colons would be a
/// command to its runner (GitHub Actions).
fn line(line: &str, out: &mut dyn io::Write) -> io::Result<()> {
    match line.trim_start().strip_prefix("::") {
        Some(rest) => writeln!(out, "{}:\\u{{3a}}{rest}", &line[..line.len() - rest.len() - 2]),
        None => writeln!(out, "{line}"),
    }
}
