//! SARIF 2.1.0 (OASIS), which code-scanning services and editors show.
//!
//! Results are what does not pass: failures (`fail`), what could not be decided (`open`), and either of them with a
//! suppression where it is waived. What passes is in the list of rules and has no result, for GitHub takes a result for
//! an alert whatever its `kind` says.
//!
//! A result of a template or plan is at its place there. An account has no files. What a result is about are its
//! logical locations, by ARN. GitHub refuses a file in which any result lacks a physical location with a line, and for
//! it alone there is one: a path that no repository has, named after account, region and control, and described as what
//! it is. It stays the same from audit to audit, as GitHub asks of paths, and so do the fingerprints.

use crate::escape;
use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::document;
use super::documents;
use super::evidence;
use super::exceptions;
use super::identity::{self, ADDRESS, TOOL, VERSION};
use super::lines;
use super::paint::Paint;
use super::rule_files;
use crate::drift::Drift;
use crate::finding::{Audit, Finding, Outcome, Place, Report, Status, Waiver};
use crate::organization::Entry;
use crate::rule::Severity;
use crate::snapshot::TOOL_COMMIT;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: Vec<Run>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    automation_details: Automation,
    invocations: Vec<Invocation>,
    results: Vec<ResultItem>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    /// With the commit, where it is known: which is no part of a semantic version's order.
    version: String,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<RuleItem>,
}

/// Keeps the alerts of one account apart from those of another in the same repository.
#[derive(Serialize)]
struct Automation {
    id: String,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    /// Under which the tool ran (3.20.18): the ARN of who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time_utc: Option<String>,
    /// The account, and why it was not audited; only of many accounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
    /// What the audit rests on beside that, in names as SARIF has them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, String>,
}

/// What the run says beside its results (3.58).
#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleItem {
    id: String,
    short_description: Text,
    full_description: Text,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    default_configuration: Configuration,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: Vec<String>,
    precision: &'static str,
    /// GitHub's scale, 0.0 to 10.0.
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
    /// The directory of rule files that the rule comes from; not there of a built-in one.
    #[serde(rename = "ruleFiles", skip_serializing_if = "Option::is_none")]
    rule_files: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultItem {
    rule_id: String,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    /// Whether the baseline has it; not there without a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    /// Empty says that it was looked for and there is none.
    suppressions: Vec<Suppression>,
    properties: ResultProperties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    logical_locations: Vec<LogicalLocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Fingerprints {
    /// The one that GitHub looks at.
    #[serde(rename = "primaryLocationLineHash")]
    github: String,
    #[serde(rename = "control/v1")]
    control: String,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultProperties {
    rule: String,
    reason: Option<&'static str>,
    status: &'static str,
    cis: &'static str,
    effective: &'static str,
    security_hub: &'static str,
    /// The events that are accepted to be missed, whether or not the result is suppressed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<String>,
}

/// Writes the document, indented.
pub(super) fn render(
    report: &Report,
    changes: Option<&Drift>,
    show_callers: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let runs = match report.is_of_many() {
        // GitHub takes 20 runs of a file at most.
        true => vec![run_of_many(report, changes, show_callers)],
        false => report.audits.iter().map(|audit| run(report, audit, changes, show_callers)).collect(),
    };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs };
    document::write(&log, out)
}

/// The run that an account's audit was.
fn run(report: &Report, audit: &Audit, changes: Option<&Drift>, show_callers: bool) -> Run {
    let problems = audit.findings.iter().enumerate().filter(|(_, finding)| finding.outcome() != Outcome::Pass);
    Run {
        tool: tool(audit.findings.iter().map(|finding| rule(report, finding)).collect()),
        automation_details: Automation { id: format!("{TOOL}/{}/{}/", audit.account_id, audit.region) },
        invocations: vec![Invocation {
            end_time_utc: Some(audit.collected_at.to_string()),
            tool_execution_notifications: notifications(report).into_iter().chain(weak_passes(audit)).collect(),
            ..of_audit(audit, show_callers)
        }],
        results: problems.map(|(index, finding)| result(audit, changes, (index, finding))).collect(),
    }
}

/// This program, with the rules that it judged by.
fn tool(rules: Vec<RuleItem>) -> Tool {
    let version = TOOL_COMMIT.map_or_else(|| VERSION.to_owned(), |commit| format!("{VERSION} ({commit})"));
    Tool { driver: Driver { name: TOOL, version, semantic_version: VERSION, information_uri: ADDRESS, rules } }
}

/// An invocation, with what its audit rests on.
fn of_audit(audit: &Audit, show_callers: bool) -> Invocation {
    // The driver says what judged.
    let pairs = evidence::pairs(audit, show_callers).into_iter().filter(|(name, _)| !name.starts_with("tool_"));
    let pairs = pairs.map(|(name, value)| (name, escape::terminal(&value).into_owned()));
    let (callers, others): (Vec<_>, Vec<_>) = pairs.partition(|(name, _)| *name == "caller");
    Invocation {
        execution_successful: true,
        account: callers.into_iter().next().map(|(_, caller)| caller),
        properties: others.into_iter().map(|(name, value)| (camel_case(name), value)).collect(),
        ..Invocation::default()
    }
}

/// A name as those of SARIF's own properties are.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        name + &head.to_ascii_uppercase() + rest
    })
}

/// What passes with a weakness has no result either, and is not silent for that.
fn weak_passes(audit: &Audit) -> Vec<Notification> {
    let weak = audit.findings.iter().filter_map(|finding| {
        let (code, what) = lines::weakness(finding)?;
        let text = format!("{} passes with a weakness: {what} ({code})", identity::title(finding));
        Some(Notification { level: "note", message: Text { text: plain(&escape::terminal(&text)) } })
    });
    weak.collect()
}

/// What is reported about the documents that were judged: what is not declared has no result.
fn notifications(report: &Report) -> Vec<Notification> {
    let notification =
        |level, line: &str| Notification { level, message: Text { text: plain(&escape::terminal(line)) } };
    let refused = documents::refused(report).iter().map(|refused| notification("error", &refused.words()));
    refused.chain(documents::others(report, Paint::plain()).map(|line| notification("note", &line))).collect()
}

/// The one run that the audits of many accounts are: an invocation an account, and a result a finding, but for those of a
/// chain that accounts share. Of these there is one, which names the accounts.
fn run_of_many(report: &Report, changes: Option<&Drift>, show_callers: bool) -> Run {
    let mut rules: Vec<RuleItem> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results: Vec<ResultItem> = Vec::new();
    let mut shared: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for (audit, finding) in report.items() {
        let index = *places.entry(&finding.rule.slug).or_insert_with(|| {
            rules.push(rule(report, finding));
            rules.len() - 1
        });
        if finding.outcome() == Outcome::Pass {
            continue;
        }
        let code = finding.reason.as_ref().map_or("", |reason| reason.code().as_str());
        let key = finding.inherited_from().map(|owner| (owner, finding.rule.slug.as_str(), code));
        match key.and_then(|key| shared.get(&key)).and_then(|place| results.get_mut(*place)) {
            Some(known) => {
                let [location] = &mut known.locations;
                location.logical_locations.push(account_location(&audit.account_id));
            }
            None => {
                if let Some(key) = key {
                    shared.insert(key, results.len());
                }
                results.push(result(audit, changes, (index, finding)));
            }
        }
    }
    Run {
        tool: tool(rules),
        automation_details: Automation { id: format!("{TOOL}/accounts/") },
        invocations: report
            .entries()
            .into_iter()
            .map(|(entry, audit)| invocation(entry, audit, show_callers))
            .collect(),
        results,
    }
}

fn invocation(entry: &Entry, audit: Option<&Audit>, show_callers: bool) -> Invocation {
    let Entry { account, outcome, tried_at } = entry;
    let parts = [account.label(), &account.name, &account.ou_path].into_iter().filter(|part| !part.is_empty());
    let parts: Vec<_> = parts.map(|part| escape::terminal(part).into_owned()).collect();
    let why = outcome.why().map_or_else(String::new, |why| format!(": {}", escape::terminal(why)));
    let message = Text { text: plain(&format!("{}: {}{why}", parts.join(" "), outcome.as_str())) };
    let level = if outcome.is_missing() { "error" } else { "note" };
    let weak = audit.map(weak_passes).unwrap_or_default();
    Invocation {
        execution_successful: !outcome.is_missing(),
        end_time_utc: audit.map(|audit| audit.collected_at).or(*tried_at).map(|time| time.to_string()),
        tool_execution_notifications: std::iter::once(Notification { level, message }).chain(weak).collect(),
        ..audit.map(|audit| of_audit(audit, show_callers)).unwrap_or_default()
    }
}

fn account_location(account_id: &str) -> LogicalLocation {
    LogicalLocation { fully_qualified_name: identity::account_resource(account_id), kind: "account" }
}

fn rule(report: &Report, finding: &Finding) -> RuleItem {
    let (level, security_severity) = severity(finding.rule.severity);
    let mut tags = vec!["security".to_owned()];
    tags.extend(finding.rule.is_benchmarks.then(|| format!("cis-aws-foundations-{}", report.benchmark)));
    tags.push(format!("level-{}", finding.rule.level));
    tags.extend(finding.security_hub_control().map(str::to_owned));
    tags.extend(finding.rule.related.iter().cloned());
    let (rationale, guidance) =
        (identity::unwrapped(&finding.rule.rationale), identity::unwrapped(&finding.rule.remediation));
    let links: Vec<String> = finding.rule.references.iter().map(|url| format!("- <{url}>")).collect();
    let links = links.join("\n");
    RuleItem {
        id: finding.rule.slug.clone(),
        short_description: Text { text: plain(&identity::title(finding)) },
        full_description: Text { text: plain(&finding.rule.title) },
        help: Help {
            text: plain(&format!("{rationale}\n\n{guidance}")),
            markdown: format!("{rationale}\n\n**How to satisfy it.** {guidance}\n\n{links}\n"),
        },
        help_uri: identity::page(finding).map(str::to_owned),
        default_configuration: Configuration { level },
        properties: RuleProperties {
            tags,
            precision: "very-high",
            security_severity,
            rule_files: rule_files::directory(finding).map(|directory| escape::terminal(directory).into_owned()),
        },
    }
}

/// SARIF's level of a failure, and GitHub's number: the middle of what it calls low, medium, high and critical.
fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Low => ("note", "2.0"),
        Severity::Medium => ("warning", "5.5"),
        Severity::High => ("error", "8.0"),
        Severity::Critical => ("error", "9.5"),
    }
}

fn result(audit: &Audit, changes: Option<&Drift>, (rule_index, finding): (usize, &Finding)) -> ResultItem {
    let identity = identity::stable_id(audit, finding);
    let (kind, level) = match finding.status {
        Status::Fail => ("fail", severity(finding.rule.severity).0),
        Status::Unknown => ("open", "none"),
        // Filtered before; what passes is no problem.
        Status::Pass => ("pass", "none"),
    };
    let message = identity::message(finding);
    let remedy = identity::remedy(finding);
    ResultItem {
        rule_id: finding.rule.slug.clone(),
        rule_index,
        kind,
        level,
        message: Text { text: plain(format!("{message}. {remedy}").trim_end()) },
        locations: [location(audit, finding)],
        partial_fingerprints: Fingerprints { github: identity.clone(), control: identity },
        baseline_state: changes.map(|changes| baseline_state(changes, finding)),
        suppressions: finding.waiver.iter().map(|waiver| suppression(waiver, finding)).collect(),
        properties: ResultProperties {
            rule: finding.rule.id.to_string(),
            reason: finding.reason.as_ref().map(|reason| reason.code().as_str()),
            status: finding.outcome().as_str(),
            cis: finding.verdicts.cis.status.as_str(),
            effective: finding.verdicts.effective.status.as_str(),
            security_hub: finding.verdicts.security_hub.status.as_str(),
            exceptions: exceptions::each(finding).map(|text| escape::terminal(&text).into_owned()).collect(),
        },
    }
}

/// Whether the baseline has the result too, for whatever reason.
fn baseline_state(drift: &Drift, finding: &Finding) -> &'static str {
    let is_old = match finding.outcome() {
        Outcome::Fail | Outcome::Unknown => drift.knows(finding),
        Outcome::Waived => drift.had(finding),
        Outcome::Pass => true,
    };
    if is_old { "unchanged" } else { "new" }
}

fn location(audit: &Audit, finding: &Finding) -> Location {
    let account = account_location(&audit.account_id);
    let of_chain = identity::resources(&finding.chain).map(|(step, arn)| LogicalLocation {
        fully_qualified_name: escape::terminal(arn).into_owned(),
        kind: step.link().words(),
    });
    let address = finding.place.as_ref().and_then(|place| place.address.as_deref());
    let of_file = address.map(|address| LogicalLocation {
        fully_qualified_name: escape::terminal(address).into_owned(),
        kind: "resource",
    });
    Location {
        physical_location: finding.place.as_ref().map_or_else(|| no_file(audit, finding), in_file),
        logical_locations: std::iter::once(account).chain(of_chain).chain(of_file).collect(),
    }
}

fn no_file(audit: &Audit, finding: &Finding) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: ArtifactLocation {
            uri: format!("aws/{}", path(&identity::stable_id(audit, finding))),
            description: Some(Text { text: "A placeholder: an AWS account has no files.".to_owned() }),
        },
        region: Region { start_line: 1, start_column: None },
    }
}

/// The file's own place; its first line where none is known, for GitHub wants one. Lines and columns begin at 1 (3.30.5
/// and 3.30.6).
fn in_file(place: &Place) -> PhysicalLocation {
    let Place { file, line, column, .. } = place;
    PhysicalLocation {
        artifact_location: ArtifactLocation { uri: escape::uri(file), description: None },
        region: Region {
            start_line: line.unwrap_or(1).max(1),
            start_column: column.filter(|_| line.is_some()).map(|column| column.max(1)),
        },
    }
}

fn suppression(waiver: &Waiver, finding: &Finding) -> Suppression {
    let Waiver { reason, owner, expires } = waiver;
    let events = exceptions::patterns(finding).map_or_else(String::new, |events| format!(", only for {events}"));
    let justification = format!("{reason} ({owner}, until {expires}{events})");
    Suppression { kind: "external", status: "accepted", justification: escape::terminal(&justification).into_owned() }
}

/// A text in which SARIF finds neither a link nor a placeholder (3.11.5 and 3.11.6).
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '[' | ']' | '\\' => safe.extend(['\\', letter]),
            '{' | '}' => safe.extend([letter, letter]),
            _ => safe.push(letter),
        }
    }
    safe
}

/// What a relative URI may hold as it is; the rest is replaced, for no one follows it.
fn path(text: &str) -> String {
    let keeps = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '-' | '_');
    text.chars().map(|letter| if keeps(letter) { letter } else { '_' }).collect()
}
