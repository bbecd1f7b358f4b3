//! Workflow commands of GitHub Actions, which become annotations: an error per failure, a warning per control that
//! could not be decided, a notice per control that is waived or was so in the baseline. What is written in a file is
//! shown next to its line.
//!
//! A runner takes any line that begins with two colons for a command, so what an account says is escaped as the runner's
//! own toolkit escapes it (`@actions/core`): a name can neither end a command nor begin one.

use crate::escape;
use std::io;

use super::identity::{self, clipped};
use super::lines;
use super::paint::Paint;
use super::rule_files;
use crate::drift::{Drift, is_known};
use crate::finding::{Finding, Outcome, Place, Report};

/// No one reads more of a message than this in an annotation, whose limit is 64 KB.
const MESSAGE: usize = 4000;

/// Writes a command a line, then the counts.
pub(super) fn render(
    report: &Report,
    changes: Option<&Drift>,
    show_endpoints: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for finding in report.findings() {
        let command = match finding.outcome() {
            Outcome::Pass => continue,
            Outcome::Fail | Outcome::Unknown if is_known(changes, finding) => "notice",
            Outcome::Fail => "error",
            Outcome::Unknown => "warning",
            Outcome::Waived => "notice",
        };
        let known = if is_known(changes, finding) { "known: " } else { "" };
        let title = property(&escape::terminal(&format!("{known}{}", identity::title(finding))));
        let message = data(&clipped(&message(finding, show_endpoints), MESSAGE));
        let place = finding.place.as_ref().map(place).unwrap_or_default();
        writeln!(out, "::{command} {place}title={title}::{message}")?;
    }
    for from in rule_files::of(report.findings()) {
        writeln!(out, "{}", from.sentence(Paint::plain()))?;
    }
    if let Some(project) = &report.project {
        writeln!(out, "{}", escape::terminal(&project.sentence()))?;
    }
    writeln!(out, "{}", lines::counts(report))
}

/// Writes the command for an audit that could not be done.
pub(super) fn undone(what: &str, error: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let error = clipped(error, MESSAGE);
    writeln!(out, "::error title={}::{}", property(what), data(&escape::terminal_lines(&error)))
}

/// The properties that put an annotation next to a line of a file, each with a comma behind it.
fn place(place: &Place) -> String {
    let Place { file, line, column, address: _ } = place;
    let mut properties = format!("file={},", property(&escape::terminal(file)));
    if let Some(line) = line {
        properties.push_str(&format!("line={line},"));
        properties.extend(column.map(|column| format!("col={column},")));
    }
    properties
}

fn message(finding: &Finding, show_endpoints: bool) -> String {
    let mut lines = lines::details(finding, show_endpoints);
    if let Some(waiver) = &finding.waiver {
        lines.insert(0, lines::waiver(waiver));
    }
    lines.push(format!("How to fix it: {}", identity::remedy(finding)));
    lines.join("\n")
}

/// What may follow the last two colons of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What may be the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
