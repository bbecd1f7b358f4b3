//! A spreadsheet: a header and one row per control.
//!
//! A CSV has no types, so its readers guess them. Spreadsheets take a cell that begins like a formula for one, and names
//! come from people who may create an alarm in the account. Data frames take a column of control numbers for numbers
//! (3.10 becomes 3.1), one of account ids too (which then lack a leading zero), and the name `null` for no value. Texts
//! that could be taken so begin with an apostrophe, which no reader takes for anything else than text. Quotes do not
//! help: pandas and `DuckDB` guess the types of quoted cells too.

use crate::escape;
use std::io;

use serde::Serialize;

use super::documents;
use super::evidence;
use super::exceptions;
use super::identity;
use super::rule_files;
use crate::finding::{Audit, Finding, Reason, Report};
use crate::organization::Entry;
use crate::rule::Rule;

/// A row. The names of the fields are the header.
#[derive(Serialize, Default, Clone)]
struct Row {
    account_id: String,
    region: String,
    benchmark: &'static str,
    collected_at: String,
    rule: String,
    slug: String,
    title: String,
    level: u8,
    severity: &'static str,
    security_hub_control: String,
    status: &'static str,
    cis: &'static str,
    effective: &'static str,
    security_hub: &'static str,
    link: &'static str,
    reason: &'static str,
    message: String,
    resource: String,
    warnings: String,
    waiver_reason: String,
    waiver_owner: String,
    waiver_expires: String,
    remediation: String,
    requirements: String,
    rule_files: String,
    exceptions: String,
    file: String,
    line: String,
    column: String,
    address: String,
    // What the audit rests on, as `evidence::NAMES` has it. Last, so that no column before them moves.
    asked_region: String,
    caller: String,
    endpoints: String,
    read_by_version: String,
    read_by_commit: String,
    snapshot_sha256: String,
    owner_snapshots: String,
    tool_version: String,
    tool_commit: String,
}

/// Cells are cut here: spreadsheets take no more than 32,767 characters.
const CELL: usize = 32_000;

/// Writes the rows, each ended by a line feed.
pub(super) fn render(report: &Report, show_callers: bool, out: &mut dyn io::Write) -> io::Result<()> {
    if report.is_of_many() {
        return of_many(report, show_callers, out);
    }
    let mut writer = csv::Writer::from_writer(out);
    for audit in &report.audits {
        let evidence = rests_on(audit, show_callers);
        for finding in &audit.findings {
            writer.serialize(row(report, audit, finding, &evidence)).map_err(io::Error::from)?;
        }
    }
    for rule in report.not_declared() {
        writer.serialize(not_declared(report, rule)).map_err(io::Error::from)?;
    }
    writer.flush()
}

/// The columns of an account, before those of its controls.
const ACCOUNT: [&str; 4] = ["account_name", "ou_path", "outcome", "outcome_reason"];

/// Each row with its account. One that was not audited has a row of its own, with nothing of a control.
fn of_many(report: &Report, show_callers: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let Some((_, columns)) = cells(&Row::default(), true)?.split_first().map(|(id, rest)| (id.clone(), rest.to_vec()))
    else {
        return Ok(());
    };
    let header = ["account_id"].into_iter().chain(ACCOUNT).map(str::to_owned).chain(columns.iter().cloned());
    writer.write_record(header).map_err(io::Error::from)?;
    for (entry, audit) in report.entries() {
        let Entry { account, outcome, .. } = entry;
        let id = cell(account.label());
        let of_account = [&account.name, &account.ou_path, outcome.as_str(), outcome.why().unwrap_or_default()];
        let first: Vec<String> = [id].into_iter().chain(of_account.map(cell)).collect();
        match audit {
            Some(audit) => {
                let evidence = rests_on(audit, show_callers);
                for finding in &audit.findings {
                    let rest = cells(&row(report, audit, finding, &evidence), false)?.into_iter().skip(1);
                    writer.write_record(first.iter().cloned().chain(rest)).map_err(io::Error::from)?;
                }
            }
            None => {
                let rest = columns.iter().map(|_| String::new());
                writer.write_record(first.iter().cloned().chain(rest)).map_err(io::Error::from)?;
            }
        }
    }
    writer.flush()
}

/// The cells of a row as its own serializer writes them, or their names: so the columns of many accounts are those of one.
fn cells(row: &Row, are_names: bool) -> io::Result<Vec<String>> {
    let mut writer = csv::WriterBuilder::new().has_headers(are_names).from_writer(Vec::new());
    writer.serialize(row).map_err(io::Error::from)?;
    let written = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_slice());
    let mut record = csv::StringRecord::new();
    reader.read_record(&mut record).map_err(io::Error::from)?;
    Ok(record.iter().map(str::to_owned).collect())
}

/// What an audit rests on, in the cells of a row that has nothing else.
fn rests_on(audit: &Audit, show_callers: bool) -> Row {
    let mut row = Row::default();
    for (name, value) in evidence::pairs(audit, show_callers) {
        let place = match name {
            "asked_region" => &mut row.asked_region,
            "caller" => &mut row.caller,
            "endpoints" => &mut row.endpoints,
            "read_by_version" => &mut row.read_by_version,
            "read_by_commit" => &mut row.read_by_commit,
            "snapshot_sha256" => &mut row.snapshot_sha256,
            "owner_snapshots" => &mut row.owner_snapshots,
            "tool_version" => &mut row.tool_version,
            "tool_commit" => &mut row.tool_commit,
            _ => continue,
        };
        *place = cell(&value);
    }
    row
}

fn row(report: &Report, audit: &Audit, finding: &Finding, evidence: &Row) -> Row {
    let reason = finding.reason.as_ref();
    let waiver = finding.waiver.as_ref();
    let codes: Vec<&str> = finding.warnings.iter().map(|warning| warning.code().as_str()).collect();
    Row {
        account_id: cell(&finding.account_id),
        region: cell(&finding.region),
        benchmark: report.benchmark,
        collected_at: audit.collected_at.to_string(),
        rule: cell(&finding.rule.id.to_string()),
        slug: cell(&finding.rule.slug),
        title: cell(&finding.rule.title),
        level: finding.rule.level,
        severity: finding.rule.severity.as_str(),
        security_hub_control: cell(finding.security_hub_control().unwrap_or_default()),
        status: finding.outcome().as_str(),
        cis: finding.verdicts.cis.status.as_str(),
        effective: finding.verdicts.effective.status.as_str(),
        security_hub: finding.verdicts.security_hub.status.as_str(),
        link: reason.map_or("", |reason| reason.link().as_str()),
        reason: reason.map_or("", |reason| reason.code().as_str()),
        message: cell(&reason.map_or_else(String::new, Reason::message)),
        resource: cell(reason.and_then(Reason::resource).unwrap_or_default()),
        warnings: codes.join(" "),
        waiver_reason: cell(waiver.map_or("", |waiver| &waiver.reason)),
        waiver_owner: cell(waiver.map_or("", |waiver| &waiver.owner)),
        waiver_expires: waiver.map_or_else(String::new, |waiver| waiver.expires.to_string()),
        remediation: cell(&finding.remediation()),
        requirements: cell(&finding.rule.related.join("; ")),
        rule_files: cell(rule_files::directory(finding).unwrap_or_default()),
        exceptions: cell(&exceptions::in_a_line(finding).unwrap_or_default()),
        file: cell(finding.place.as_ref().map_or("", |place| &place.file)),
        line: number(finding.place.as_ref().and_then(|place| place.line)),
        column: number(finding.place.as_ref().and_then(|place| place.column)),
        address: cell(finding.place.as_ref().and_then(|place| place.address.as_deref()).unwrap_or_default()),
        ..evidence.clone()
    }
}

/// A line or column, which is a number to every reader.
fn number(number: Option<u32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// A control that is not counted, for nothing of it is declared.
fn not_declared(report: &Report, rule: &Rule) -> Row {
    let audit = report.audits.first();
    Row {
        account_id: cell(audit.map_or("", |audit| &audit.account_id)),
        region: cell(audit.map_or("", |audit| &audit.region)),
        benchmark: report.benchmark,
        collected_at: report.collected_at().map(|time| time.to_string()).unwrap_or_default(),
        rule: cell(&rule.id.to_string()),
        slug: cell(&rule.slug),
        title: cell(&rule.title),
        level: rule.level,
        severity: rule.severity.as_str(),
        security_hub_control: cell(rule.security_hub.as_ref().map_or("", |hub| &hub.control)),
        status: documents::NOT_DECLARED,
        rule_files: cell(rule.files.as_ref().map_or("", |files| &files.directory)),
        ..Row::default()
    }
}

/// A text that no spreadsheet computes and no reader takes for a number, a date, a truth value or nothing.
fn cell(text: &str) -> String {
    let text = escape::terminal(text);
    let text = identity::clipped(&text, CELL);
    // The wide forms too: spreadsheets of some languages take them for the narrow ones.
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if is_formula || reads_as_value(&text) { format!("'{text}") } else { text.into_owned() }
}

/// Words that readers take for a truth value, for no number or for no value: the defaults of `pandas.read_csv`
/// (`na_values`) and of `DuckDB`'s type detection, in any case.
const WORDS: [&str; 15] = [
    "#n/a", "#n/a n/a", "#na", "1.#ind", "1.#qnan", "<na>", "n/a", "na", "null", "none", "nan", "inf", "infinity",
    "true", "false",
];

fn reads_as_value(text: &str) -> bool {
    let text = text.trim();
    let of_number = |c: char| c.is_ascii_digit() || " +-.,:/_%eE".contains(c);
    // Numbers, dates and times; also those that only some languages write so.
    let is_number = text.chars().all(of_number) && text.contains(|c: char| c.is_ascii_digit());
    is_number || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text() {
        for (name, shown) in [
            ("plain", "plain"),
            ("a=b", "a=b"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            // Escaped, it no longer begins with what it began with.
            ("\t=1", "\\u{9}=1"),
        ] {
            assert_eq!(cell(name), shown);
        }
    }

    #[test]
    fn what_readers_take_for_a_value_is_text() {
        for (name, shown) in [
            ("3.10", "'3.10"),
            ("012345678901", "'012345678901"),
            ("1e5", "'1e5"),
            ("2026-01-05", "'2026-01-05"),
            ("09:00", "'09:00"),
            ("1,000", "'1,000"),
            ("null", "'null"),
            ("NA", "'NA"),
            ("NaN", "'NaN"),
            ("True", "'True"),
            ("Infinity", "'Infinity"),
            ("", ""),
            ("e", "e"),
            ("...", "..."),
            ("us-east-1", "us-east-1"),
            ("CloudWatch.4", "CloudWatch.4"),
            ("nullable", "nullable"),
            ("1 subscription of topic ops awaits confirmation", "1 subscription of topic ops awaits confirmation"),
        ] {
            assert_eq!(cell(name), shown);
        }
    }
}
