//! Metrics in OpenMetrics' text, for the textfile collector of Prometheus' `node_exporter` and whatever draws from it.
//!
//! Only gauges: the older text format, which that collector reads, has no other type that fits, and takes the lines that
//! it does not know (`# UNIT`, `# EOF`) for comments. No sample has a time of its own, which the collector refuses; when
//! the account was read is a metric. Labels hold what a rule says and the account's number and region, no names of
//! resources, so that their number is bounded.

use crate::escape;
use std::io;

use super::lines::{self, LinkState};
use crate::finding::{Finding, Outcome, Report, Summary};

const OUTCOMES: [Outcome; 4] = [Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Waived];

/// Writes the metrics.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    head(out, "cis_audit_collected_timestamp_seconds", Some("seconds"), "When the account was read.")?;
    writeln!(
        out,
        "cis_audit_collected_timestamp_seconds{{{}}} {}",
        of_report(report),
        report.collected_at.as_second()
    )?;

    head(out, "cis_audit_controls", None, "How many controls came to what.")?;
    let Summary { pass, fail, unknown, waived } = report.summary();
    for (outcome, count) in OUTCOMES.into_iter().zip([pass, fail, unknown, waived]) {
        writeln!(out, "cis_audit_controls{{{},status=\"{}\"}} {count}", of_report(report), outcome.as_str())?;
    }

    head(out, "cis_audit_gaps", None, "What could not be read.")?;
    writeln!(out, "cis_audit_gaps{{{}}} {}", of_report(report), report.gaps.len())?;

    head(out, "cis_audit_control_status", None, "1 for what a control comes to, 0 for the rest.")?;
    for finding in &report.findings {
        for outcome in OUTCOMES {
            let (labels, status, is) = (of_finding(report, finding), outcome.as_str(), finding.outcome() == outcome);
            writeln!(out, "cis_audit_control_status{{{labels},status=\"{status}\"}} {}", u8::from(is))?;
        }
    }

    head(out, "cis_audit_link_state", None, "1 for the state of a link of a control's chain, 0 for the rest.")?;
    for finding in &report.findings {
        for (link, found) in lines::links(finding) {
            for state in LinkState::ALL {
                let (labels, link, is) = (of_finding(report, finding), link.as_str(), u8::from(state == found));
                let state = state.as_str();
                writeln!(out, "cis_audit_link_state{{{labels},link=\"{link}\",state=\"{state}\"}} {is}")?;
            }
        }
    }
    out.write_all(b"# EOF\n")
}

/// What stands before a metric's samples.
fn head(out: &mut dyn io::Write, name: &str, unit: Option<&str>, help: &str) -> io::Result<()> {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")?;
    match unit {
        Some(unit) => writeln!(out, "# UNIT {name} {unit}"),
        None => Ok(()),
    }
}

fn of_report(report: &Report) -> String {
    let (account, region) = (value(&report.account_id), value(&report.region));
    let (benchmark, verdict) = (value(report.benchmark), report.verdict.as_str());
    format!("account_id=\"{account}\",region=\"{region}\",benchmark=\"{benchmark}\",verdict=\"{verdict}\"")
}

fn of_finding(report: &Report, finding: &Finding) -> String {
    let (slug, severity) = (value(&finding.rule.slug), finding.rule.severity.as_str());
    let (report, rule) = (of_report(report), finding.rule.id);
    format!("{report},rule=\"{rule}\",slug=\"{slug}\",severity=\"{severity}\"")
}

/// A label's value: what could steer a terminal is shown, then what ends the value is escaped.
fn value(text: &str) -> String {
    escape::terminal(text).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
