//! How a report is shown: dispatch only. One file per format, each with structs of its own for what it writes.
//!
//! Renderers are pure: they look at no terminal and no environment. Names of an account are hostile until escaped for
//! where they are shown.
//!
//! A new format is a variant of [`Format`] (in [`Format::ALL`] too), a file here, its words for the help in `cli::values`, and
//! a line of the table in `docs/formats.md`.

use std::io;

pub use self::agreement::Contradiction;
pub use self::document::SCHEMA_VERSION;
pub use self::format::{Format, ListFormat};
pub use self::json::schema;
pub use self::render_options::{RenderOptions, Verbosity};
use crate::drift::Drift;
use crate::finding::{Place, Report};
use crate::replay::Replay;

mod accounts;
mod agreement;
mod asff;
pub mod codes;
mod csv;
mod document;
mod documents;
pub mod drift;
mod evidence;
mod exceptions;
mod excerpt;
mod format;
mod github;
mod html;
mod identity;
pub mod journals;
mod json;
mod junit;
mod known;
mod lines;
mod many;
mod markdown;
mod ndjson;
mod ocsf;
mod openmetrics;
mod paint;
pub mod plan;
mod prose;
mod raw;
pub mod read;
mod render_options;
pub mod replay;
pub mod reproduction;
mod requirements;
mod rule_files;
pub mod rules;
mod sarif;
pub mod stored;
mod table;
#[cfg(test)]
mod tests;
mod waivers;

pub(crate) use self::json::holes::{HoleRow, rows};

/// Writes a report, and what changed since an earlier one if it is held against one.
///
/// # Errors
/// What the writer reports.
pub fn render(
    report: &Report,
    changes: Option<&Drift>,
    format: Format,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Table => table::render(report, changes, options, out),
        Format::Json => json::render(report, changes, options.show_endpoints, out),
        Format::Ndjson => ndjson::render(report, options, out),
        Format::Csv => csv::render(report, options.show_callers, out),
        Format::Markdown => markdown::render(report, changes, options, out),
        Format::Junit => junit::render(report, changes, options, out),
        Format::Sarif => sarif::render(report, changes, options.show_callers, out),
        Format::Ocsf => ocsf::render(report, options.show_callers, out),
        Format::Asff => asff::render(report, options.show_callers, out),
        Format::OpenMetrics => openmetrics::render(report, options.show_callers, out),
        Format::Github => github::render(report, changes, options.show_endpoints, out),
        Format::Html => html::render(report, None, options, out),
        Format::Waivers => waivers::render(report, out),
    }
}

/// Writes the page of an audit with a section about events that were replayed in the account.
///
/// # Errors
/// What the writer reports.
pub fn render_replayed(
    report: &Report,
    replay: &Replay,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    html::render(report, Some(replay), options, out)
}

/// Says in a report's place that there is none, where its reader would take none for the one before: in JUnit's XML, which
/// a CI server shows; as an annotation; and, as [`Format::Markdown`], in the summary of a job. Other formats get nothing.
///
/// # Errors
/// What the writer reports.
pub fn render_undone(error: &str, place: Option<&Place>, format: Format, out: &mut dyn io::Write) -> io::Result<()> {
    const WHAT: &str = "the audit could not be done";
    match format {
        Format::Junit => junit::undone(WHAT, error, out),
        Format::Github => github::undone(WHAT, error, place, out),
        Format::Markdown => markdown::undone(WHAT, error, out),
        Format::Table
        | Format::Json
        | Format::Ndjson
        | Format::Csv
        | Format::Sarif
        | Format::Ocsf
        | Format::Asff
        | Format::OpenMetrics
        | Format::Html
        | Format::Waivers => Ok(()),
    }
}
