//! How a report is shown: dispatch only. One file per format, each with structs of its own for what it writes.
//!
//! Renderers are pure: they look at no terminal and no environment, [`Look`] tells them all. Names of an account are
//! hostile until escaped for where they are shown.

use std::io;

use clap::ValueEnum;

use self::paint::Paint;
use crate::arn::last_part;
use crate::finding::Report;

pub mod drift;
pub mod escape;
mod json;
pub mod mask;
mod paint;
pub mod plan;
pub mod rules;
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

/// Writes a report.
///
/// # Errors
/// What the writer reports.
pub fn render(report: &Report, format: Format, look: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Table => table::render(report, look, out),
        Format::Json => json::render(report, look.show_endpoints, out),
    }
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
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
