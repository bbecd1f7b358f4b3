//! Workflow commands of GitHub Actions, which become annotations: an error per failure, a warning per control that
//! could not be decided, a notice per control that is waived or was so in the baseline. What is written in a file is
//! shown next to its line.
//!
//! A runner takes any line that begins with two colons for a command, so what an account says is escaped as the runner's
//! own toolkit escapes it (`@actions/core`): a name can neither end a command nor begin one.

use crate::escape;
use std::io;

use super::documents;
use super::identity::{self, clipped};
use super::lines;
use super::many::{self, Accepted};
use super::paint::{Paint, ranges};
use super::rule_files;
use crate::drift::{Drift, is_known};
use crate::finding::{Finding, Outcome, Place, Report, Standing};

/// No one reads more of a message than this in an annotation, whose limit is 64 KB.
const MESSAGE: usize = 4000;
/// Accounts of a cause that are named.
const ACCOUNTS: usize = 50;

/// Writes a command a line, then the counts.
pub(super) fn render(
    report: &Report,
    changes: Option<&Drift>,
    show_endpoints: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if report.is_of_many() {
        return of_many(report, changes, out);
    }
    for finding in report.findings() {
        let command = match finding.outcome() {
            Outcome::Pass => {
                weak_pass(finding, out)?;
                continue;
            }
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
    for from in rule_files::collect(report.findings()) {
        writeln!(out, "{}", from.sentence(Paint::plain()))?;
    }
    for refused in documents::refused(report) {
        let title = property(&escape::terminal(&format!("AWS will refuse {}", refused.kind)));
        let message = data(&clipped(&escape::terminal(&refused.words()), MESSAGE));
        writeln!(out, "::error {}title={title}::{message}", place(&refused.place))?;
    }
    for line in documents::others(report, Paint::plain()) {
        writeln!(out, "{}", escape::terminal(&line))?;
    }
    for project in &report.projects {
        writeln!(out, "{}", escape::terminal(&project.sentence()))?;
    }
    writeln!(out, "{}", lines::counts(report))
}

/// What passes is annotated where single events may go unnoticed.
fn weak_pass(finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    let Some((code, what)) = lines::weakness(finding) else { return Ok(()) };
    let title = property(&escape::terminal(&identity::title(finding)));
    let place = finding.place.as_ref().map(place).unwrap_or_default();
    let text = clipped(&format!("passes with a weakness: {what} ({code})"), MESSAGE).into_owned();
    writeln!(out, "::notice {place}title={title}::{}", data(&text))
}

/// An annotation a cause, for a step shows ten of each kind, and one for each account that could not be audited.
fn of_many(report: &Report, changes: Option<&Drift>, out: &mut dyn io::Write) -> io::Result<()> {
    for cause in many::causes(report, changes) {
        let command = match (cause.known, cause.outcome) {
            (true, _) => "notice",
            (false, Outcome::Fail) => "error",
            (false, _) => "warning",
        };
        let known = if cause.known { "known: " } else { "" };
        let rules = ranges(&cause.rules, Paint::plain());
        let count = match cause.accounts.len() {
            1 => format!("account {}", many::named(&cause.accounts, 1)),
            more => format!("{more} accounts"),
        };
        let title = property(&format!("{known}{rules}: {count}"));
        let at = cause.owner.map_or_else(String::new, |owner| format!(" (in account {owner})"));
        let message = escape::terminal(&cause.message);
        let more = cause.exceptions().into_iter().chain(many::some(cause.near_misses(), 3)).chain(cause.notes());
        let more: String = more.map(|line| format!("\n{}", escape::terminal(&line))).collect();
        let accounts = many::named(&cause.accounts, ACCOUNTS);
        let text = format!("{message}{at}{more}\n{accounts}\nHow to fix it: {}", cause.remedy);
        writeln!(out, "::{command} title={title}::{}", data(&clipped(&text, MESSAGE)))?;
    }
    for pass in many::partial_passes(report) {
        let (rules, count) = (ranges(&pass.rules, Paint::plain()), many::count(pass.accounts.len()));
        let (message, accounts) = (escape::terminal(&pass.message), many::named(&pass.accounts, ACCOUNTS));
        let text = format!("{}: {message} ({})\n{accounts}", pass.words(), pass.code);
        let title = property(&format!("{rules}: {count}"));
        writeln!(out, "::notice title={title}::{}", data(&clipped(&text, MESSAGE)))?;
    }
    for Accepted { waiver, code, message, exceptions, rules, accounts } in many::accepted(report) {
        let (rules, count) = (ranges(&rules, Paint::plain()), many::count(accounts.len()));
        let mut text = vec![lines::waiver(waiver), format!("what is wrong: {} ({code})", escape::terminal(&message))];
        text.extend(exceptions.iter().map(|line| escape::terminal(line).into_owned()));
        text.push(many::named(&accounts, ACCOUNTS));
        let (title, text) = (property(&format!("{rules}: waived in {count}")), text.join("\n"));
        writeln!(out, "::notice title={title}::{}", data(&clipped(&text, MESSAGE)))?;
    }
    for ranked in many::ranked(report) {
        let account = &ranked.entry.account;
        let parts = [account.label(), &account.name, &account.ou_path].into_iter().filter(|part| !part.is_empty());
        let parts: Vec<_> = parts.map(|part| escape::terminal(part).into_owned()).collect();
        let line = format!("{}: {}: {}", parts.join(" "), ranked.standing.as_str(), ranked.words());
        if ranked.standing == Standing::NotAudited {
            writeln!(out, "::warning title=Account could not be audited::{}", data(&clipped(&line, MESSAGE)))?;
        } else {
            // The colons of a command are at the beginning of a line only.
            writeln!(out, "{}", line.trim_start_matches(':'))?;
        }
    }
    for from in rule_files::collect(report.findings()) {
        writeln!(out, "{}", from.sentence(Paint::plain()))?;
    }
    for project in &report.projects {
        writeln!(out, "{}", escape::terminal(&project.sentence()))?;
    }
    writeln!(out, "{}", lines::counts(report))
}

/// Writes the command for an audit that could not be done.
pub(super) fn undone(what: &str, error: &str, at: Option<&Place>, out: &mut dyn io::Write) -> io::Result<()> {
    let at = at.map(place).unwrap_or_default();
    let error = clipped(error, MESSAGE);
    writeln!(out, "::error {at}title={}::{}", property(what), data(&escape::terminal_lines(&error)))
}

/// The properties that put an annotation next to a line of a file, each with a comma behind it.
fn place(place: &Place) -> String {
    let Place { file, line, column, .. } = place;
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
