//! Metrics in OpenMetrics' text, for the textfile collector of Prometheus' `node_exporter` and whatever draws from it.
//!
//! Only gauges: the older text format, which that collector reads, has no other type that fits, and takes the lines that
//! it does not know (`# UNIT`, `# EOF`) for comments. No sample has a time of its own, which the collector refuses; when
//! the account was read is a metric. Labels hold what a rule says and the account's number and region, no names of
//! resources, so that their number is bounded. What an audit rests on changes with each audit, and is in the labels of one
//! metric alone, one sample an audit.

use crate::escape;
use std::io;

use super::evidence;
use super::identity;
use super::lines::{self, LinkState};
use super::rule_files;
use crate::finding::{Audit, Finding, Outcome, Report, Standing};

const OUTCOMES: [Outcome; 4] = [Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Waived];

/// Writes the metrics.
pub(super) fn render(report: &Report, show_callers: bool, out: &mut dyn io::Write) -> io::Result<()> {
    accounts(report, out)?;
    evidence(report, show_callers, out)?;
    head(out, "cis_audit_collected_timestamp_seconds", Some("seconds"), "When the account was read.")?;
    for audit in &report.audits {
        let (labels, read) = (of_audit(report, audit), audit.collected_at.as_second());
        writeln!(out, "cis_audit_collected_timestamp_seconds{{{labels}}} {read}")?;
    }

    head(out, "cis_audit_controls", None, "Number of controls by status.")?;
    for audit in &report.audits {
        for outcome in OUTCOMES {
            let count = audit.findings.iter().filter(|finding| finding.outcome() == outcome).count();
            let (labels, status) = (of_audit(report, audit), outcome.as_str());
            writeln!(out, "cis_audit_controls{{{labels},status=\"{status}\"}} {count}")?;
        }
    }

    head(out, "cis_audit_gaps", None, "Number of items that could not be read.")?;
    for audit in &report.audits {
        writeln!(out, "cis_audit_gaps{{{}}} {}", of_audit(report, audit), audit.gaps.len())?;
    }

    head(out, "cis_audit_control_status", None, "1 for the status of a control, 0 for all others.")?;
    for (audit, finding) in report.items() {
        // Of many accounts what is 0 is left out: half a million lines would say nothing.
        let all = OUTCOMES.into_iter().filter(|outcome| !report.is_of_many() || finding.outcome() == *outcome);
        for outcome in all {
            let (labels, status, is) =
                (of_finding(report, audit, finding), outcome.as_str(), finding.outcome() == outcome);
            writeln!(out, "cis_audit_control_status{{{labels},status=\"{status}\"}} {}", u8::from(is))?;
        }
    }

    head(out, "cis_audit_link_state", None, "1 for the state of a link of a control's chain, 0 for the rest.")?;
    for (audit, finding) in report.items() {
        for (link, found) in lines::links(finding) {
            for state in LinkState::ALL.into_iter().filter(|state| !report.is_of_many() || *state == found) {
                let (labels, link, is) = (of_finding(report, audit, finding), link.as_str(), u8::from(state == found));
                let state = state.as_str();
                writeln!(out, "cis_audit_link_state{{{labels},link=\"{link}\",state=\"{state}\"}} {is}")?;
            }
        }
    }
    from_files(report, out)?;
    exceptions(report, out)?;
    out.write_all(b"# EOF\n")
}

/// The accounts that were asked for, by their results; nothing where one was. What an account is called is a label of
/// one metric alone, which the others are joined with by the account's number.
fn accounts(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if !report.is_of_many() {
        return Ok(());
    }
    let labels = format!("benchmark=\"{}\",verdict=\"{}\"", value(report.benchmark), report.verdict.as_str());
    head(out, "cis_audit_accounts", None, "How many accounts have which result.")?;
    let entries = report.entries();
    for standing in Standing::ALL {
        let count = entries.iter().filter(|(entry, audit)| Standing::new(entry, *audit) == standing).count();
        writeln!(out, "cis_audit_accounts{{{labels},status=\"{}\"}} {count}", standing.as_str())?;
    }
    head(out, "cis_audit_account_info", None, "1 for each account that was asked for.")?;
    for (entry, audit) in entries {
        let (account, outcome) = (&entry.account, entry.outcome.as_str());
        let (id, name, ou_path) = (value(account.label()), value(&account.name), value(&account.ou_path));
        let status = Standing::new(entry, audit).as_str();
        let of_account = format!("account_id=\"{id}\",account_name=\"{name}\",ou_path=\"{ou_path}\"");
        writeln!(out, "cis_audit_account_info{{{of_account},{labels},outcome=\"{outcome}\",status=\"{status}\"}} 1")?;
    }
    Ok(())
}

/// What each audit rests on. Only what is known is a label: Prometheus takes an empty one for none.
fn evidence(report: &Report, show_callers: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let known = report.audits.iter().map(|audit| (audit, evidence::pairs(audit, show_callers)));
    for (at, (audit, pairs)) in known.filter(|(_, pairs)| !pairs.is_empty()).enumerate() {
        if at == 0 {
            head(out, "cis_audit_evidence_info", None, "1 for each audit: what it rests on.")?;
        }
        // The region that was asked for is that of every metric of an audit.
        let pairs = pairs.iter().filter(|(name, _)| *name != "asked_region");
        let labels: String = pairs.map(|(name, text)| format!(",{name}=\"{}\"", value(text))).collect();
        writeln!(out, "cis_audit_evidence_info{{{}{labels}}} 1", of_audit(report, audit))?;
    }
    Ok(())
}

/// Which controls come from rule files; nothing where none does.
fn from_files(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let from = report.items().filter_map(|(audit, finding)| Some((audit, finding, rule_files::directory(finding)?)));
    for (at, (audit, finding, directory)) in from.enumerate() {
        if at == 0 {
            head(out, "cis_audit_rule_files", None, "1 for a control that comes from rule files.")?;
        }
        let (labels, directory) = (of_finding(report, audit, finding), value(directory));
        writeln!(out, "cis_audit_rule_files{{{labels},directory=\"{directory}\"}} 1")?;
    }
    Ok(())
}

/// How many kinds of events are accepted to be missed; nothing where none are.
fn exceptions(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let having = report.items().filter(|(_, finding)| !finding.exceptions.is_empty());
    for (at, (audit, finding)) in having.enumerate() {
        if at == 0 {
            let help = "How many exceptions are accepted for a control; which, other formats say.";
            head(out, "cis_audit_control_exceptions", None, help)?;
        }
        let (labels, count) = (of_finding(report, audit, finding), finding.exceptions.len());
        writeln!(out, "cis_audit_control_exceptions{{{labels}}} {count}")?;
    }
    Ok(())
}

/// What precedes a metric's samples.
fn head(out: &mut dyn io::Write, name: &str, unit: Option<&str>, help: &str) -> io::Result<()> {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")?;
    match unit {
        Some(unit) => writeln!(out, "# UNIT {name} {unit}"),
        None => Ok(()),
    }
}

fn of_audit(report: &Report, audit: &Audit) -> String {
    of_region(report, audit, &audit.region)
}

fn of_region(report: &Report, audit: &Audit, region: &str) -> String {
    let (account, region) = (value(&audit.account_id), value(region));
    let (benchmark, verdict) = (value(report.benchmark), report.verdict.as_str());
    format!("account_id=\"{account}\",region=\"{region}\",benchmark=\"{benchmark}\",verdict=\"{verdict}\"")
}

fn of_finding(report: &Report, audit: &Audit, finding: &Finding) -> String {
    let (slug, severity) = (value(&finding.rule.slug), finding.rule.severity.as_str());
    let (audit, rule) = (of_region(report, audit, identity::region(audit, finding)), finding.rule.id);
    format!("{audit},rule=\"{rule}\",slug=\"{slug}\",severity=\"{severity}\"")
}

/// A label's value: what could steer a terminal is shown, then what ends the value is escaped.
fn value(text: &str) -> String {
    escape::terminal(text).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
