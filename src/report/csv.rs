//! A spreadsheet: a header and one row per control.
//!
//! Spreadsheets take a cell that begins like a formula for one, and names come from whoever may create an alarm in the
//! account: such cells begin with an apostrophe instead, which spreadsheets show as text.

use std::io;

use serde::Serialize;

use super::{escape, identity};
use crate::finding::{Finding, Report};

/// A row. The names of the fields are the header.
#[derive(Serialize)]
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
}

/// Cells are cut here: spreadsheets take no more than 32,767 characters.
const CELL: usize = 32_000;

/// Writes the rows, each ended by a line feed.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    for finding in &report.findings {
        writer.serialize(row(report, finding)).map_err(io::Error::from)?;
    }
    writer.flush()
}

fn row(report: &Report, finding: &Finding) -> Row {
    let reason = finding.reason.as_ref();
    let waiver = finding.waiver.as_ref();
    let codes: Vec<&str> = finding.warnings.iter().map(|warning| warning.code.as_str()).collect();
    Row {
        account_id: cell(&finding.account_id),
        region: cell(&finding.region),
        benchmark: report.benchmark,
        collected_at: report.collected_at.to_string(),
        rule: finding.rule.to_string(),
        slug: cell(&finding.slug),
        title: cell(&finding.title),
        level: finding.level,
        severity: finding.severity.as_str(),
        security_hub_control: cell(finding.security_hub_control.as_deref().unwrap_or_default()),
        status: finding.outcome().as_str(),
        cis: finding.verdicts.cis.status.as_str(),
        effective: finding.verdicts.effective.status.as_str(),
        security_hub: finding.verdicts.security_hub.status.as_str(),
        link: reason.map_or("", |reason| reason.link().as_str()),
        reason: reason.map_or("", |reason| reason.code.as_str()),
        message: cell(reason.map_or("", |reason| &reason.message)),
        resource: cell(reason.and_then(|reason| reason.resource.as_deref()).unwrap_or_default()),
        warnings: codes.join(" "),
        waiver_reason: cell(waiver.map_or("", |waiver| &waiver.reason)),
        waiver_owner: cell(waiver.map_or("", |waiver| &waiver.owner)),
        waiver_expires: waiver.map_or_else(String::new, |waiver| waiver.expires.to_string()),
        remediation: cell(&finding.remediation),
    }
}

/// A text that no spreadsheet computes.
fn cell(text: &str) -> String {
    let text = escape::terminal(text);
    let text = identity::clipped(&text, CELL);
    // The wide forms too: spreadsheets of some languages take them for the narrow ones.
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if formula { format!("'{text}") } else { text.into_owned() }
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
}
