//! Events of the Open Cybersecurity Schema Framework, class Compliance Finding (2003), as Amazon Security Lake and SIEMs
//! take them: one JSON array. Version 1.5.0 of the schema, with its `cloud` profile.
//!
//! Times are milliseconds since 1970. Every audit says anew what it found, so every event is a created one.

use crate::escape;
use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::document;
use super::evidence;
use super::identity::{self, TOOL, VERSION};
use super::rule_files;
use crate::finding::{Audit, Exception, Finding, Outcome, Report, Status, Step, Waiver};
use crate::organization::Entry;
use crate::rule::Severity;

const SCHEMA: &str = "1.5.0";
const CATEGORY: u32 = 2;
const CLASS: u32 = 2003;
const ACTIVITY: u32 = 1;

#[derive(Serialize)]
struct Event<'a> {
    activity_id: u32,
    activity_name: &'static str,
    category_uid: u32,
    category_name: &'static str,
    class_uid: u32,
    class_name: &'static str,
    type_uid: u32,
    type_name: &'static str,
    time: i64,
    severity_id: u8,
    severity: &'static str,
    /// The status of the finding: new, or suppressed.
    status_id: u8,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_code: Option<&'static str>,
    status_detail: String,
    message: String,
    metadata: Metadata,
    cloud: Cloud<'a>,
    finding_info: FindingInfo,
    compliance: Compliance,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation<'a>>,
    resources: Vec<Resource<'a>>,
    /// What the audit rests on; of `evidences` since 1.4.0 of the schema.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidences: Vec<Artifact>,
    unmapped: Unmapped<'a>,
}

/// The account as it was judged, by its SHA-256.
#[derive(Serialize)]
struct Artifact {
    name: &'static str,
    uid: String,
    data: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Metadata {
    version: &'static str,
    profiles: [&'static str; 1],
    product: Product,
}

#[derive(Serialize)]
struct Product {
    name: &'static str,
    vendor_name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Cloud<'a> {
    provider: &'static str,
    region: &'a str,
    account: Account<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<Org>,
}

/// The unit that an account is in.
#[derive(Serialize)]
struct Org {
    ou_name: String,
}

#[derive(Serialize)]
struct Account<'a> {
    uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
    type_id: u8,
}

#[derive(Serialize)]
struct FindingInfo {
    uid: String,
    title: String,
    desc: String,
    types: [&'static str; 1],
    last_seen_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_url: Option<String>,
}

#[derive(Serialize)]
struct Compliance {
    standards: [String; 1],
    control: String,
    requirements: Vec<String>,
    /// What was found, waived or not.
    status_id: u8,
    status: &'static str,
}

#[derive(Serialize)]
struct Remediation<'a> {
    desc: String,
    references: &'a [String],
}

#[derive(Serialize)]
struct Resource<'a> {
    uid: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_partition: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
}

/// What the schema has no place for.
#[derive(Serialize)]
struct Unmapped<'a> {
    slug: &'a str,
    outcome: &'static str,
    decided_by: &'static str,
    cis: &'static str,
    effective: &'static str,
    security_hub: &'static str,
    /// The directory of rule files that the rule comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_files: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaiverFields>,
    /// The events that are accepted to be missed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionFields>,
}

#[derive(Serialize)]
struct ExceptionFields {
    /// A filter pattern.
    events: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evadable: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaves: Option<String>,
    #[serde(flatten)]
    waiver: WaiverFields,
}

#[derive(Serialize)]
struct WaiverFields {
    reason: String,
    owner: String,
    expires: String,
}

/// Writes the events as an array, indented.
pub(super) fn render(report: &Report, show_callers: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let event = |(audit, finding)| event(report, audit, finding, show_callers);
    let mut events: Vec<Event<'_>> = report.items().map(event).collect();
    if report.is_of_many() {
        let accounts: BTreeMap<&str, &Entry> =
            report.accounts.iter().map(|entry| (entry.account.id.as_str(), entry)).collect();
        for event in &mut events {
            if let Some(entry) = accounts.get(event.cloud.account.uid) {
                event.cloud.name(entry);
            }
        }
        let others = report.entries().into_iter().filter(|(_, audit)| audit.is_none());
        events.extend(others.map(|(entry, _)| not_audited(report, entry)));
    }
    document::write(&events, out)
}

impl Cloud<'_> {
    /// What the organization calls the account, and where it is there.
    fn name(&mut self, entry: &Entry) {
        let some = |name: &str| (!name.is_empty()).then(|| text(name));
        self.account.name = some(&entry.account.name);
        self.org = some(&entry.account.ou_path).map(|ou_name| Org { ou_name });
    }
}

/// The event that stands for an account without any.
fn not_audited<'a>(report: &'a Report, entry: &'a Entry) -> Event<'a> {
    let time = entry.tried_at.or(report.collected_at()).unwrap_or_default().as_millisecond();
    let (label, region) = (entry.account.label(), report.audits.first().map_or("us-east-1", |audit| &audit.region));
    let why = text(entry.outcome.why().unwrap_or("there is no result of it"));
    let title = format!("The account was not audited ({})", entry.outcome.as_str());
    let mut cloud = Cloud {
        provider: "AWS",
        region,
        account: Account { uid: label, name: None, kind: "AWS Account", type_id: 10 },
        org: None,
    };
    cloud.name(entry);
    Event {
        activity_id: ACTIVITY,
        activity_name: "Create",
        category_uid: CATEGORY,
        category_name: "Findings",
        class_uid: CLASS,
        class_name: "Compliance Finding",
        type_uid: CLASS * 100 + ACTIVITY,
        type_name: "Compliance Finding: Create",
        time,
        severity_id: 1,
        severity: "Informational",
        status_id: 1,
        status: "New",
        status_code: None,
        message: format!("{title}: {why}"),
        status_detail: why.clone(),
        metadata: metadata(),
        cloud,
        finding_info: FindingInfo {
            uid: format!("{label}/{region}/account"),
            title,
            desc: why,
            types: ["Software and Configuration Checks"],
            last_seen_time: time,
            src_url: None,
        },
        compliance: Compliance {
            standards: [identity::benchmark(report)],
            control: "account".to_owned(),
            requirements: Vec::new(),
            status_id: 0,
            status: "Unknown",
        },
        remediation: None,
        resources: vec![Resource {
            uid: text(&identity::account_resource(label)),
            kind: "AwsAccount",
            cloud_partition: None,
            region: None,
        }],
        evidences: Vec::new(),
        unmapped: Unmapped {
            slug: "account",
            outcome: entry.outcome.as_str(),
            decided_by: report.verdict.as_str(),
            cis: "unknown",
            effective: "unknown",
            security_hub: "unknown",
            rule_files: None,
            waiver: None,
            exceptions: Vec::new(),
        },
    }
}

fn metadata() -> Metadata {
    Metadata {
        version: SCHEMA,
        profiles: ["cloud"],
        product: Product { name: TOOL, vendor_name: TOOL, version: VERSION },
    }
}

fn event<'a>(report: &'a Report, audit: &'a Audit, finding: &'a Finding, show_callers: bool) -> Event<'a> {
    let time = audit.collected_at.as_millisecond();
    let (severity_id, severity) = severity(finding);
    let (status_id, status) = match finding.outcome() {
        Outcome::Pass | Outcome::Fail | Outcome::Unknown => (1, "New"),
        Outcome::Waived => (3, "Suppressed"),
    };
    let message = identity::message(finding);
    Event {
        activity_id: ACTIVITY,
        activity_name: "Create",
        category_uid: CATEGORY,
        category_name: "Findings",
        class_uid: CLASS,
        class_name: "Compliance Finding",
        type_uid: CLASS * 100 + ACTIVITY,
        type_name: "Compliance Finding: Create",
        time,
        severity_id,
        severity,
        status_id,
        status,
        status_code: finding.reason.as_ref().map(|reason| reason.code().as_str()),
        message: format!("{}: {message}", identity::title(finding)),
        status_detail: message,
        metadata: metadata(),
        cloud: Cloud {
            provider: "AWS",
            region: &finding.region,
            account: Account { uid: &finding.account_id, name: None, kind: "AWS Account", type_id: 10 },
            org: None,
        },
        finding_info: FindingInfo {
            uid: identity::stable_id(audit, finding),
            title: format!("{} {}", finding.rule.id, finding.rule.title),
            desc: identity::unwrapped(&finding.rule.rationale),
            types: ["Software and Configuration Checks"],
            last_seen_time: time,
            src_url: identity::page(finding).map(str::to_owned),
        },
        compliance: compliance(report, finding),
        remediation: remediation(finding),
        resources: resources(audit, finding),
        evidences: rests_on(audit, show_callers),
        unmapped: unmapped(report, finding),
    }
}

fn remediation(finding: &Finding) -> Option<Remediation<'_>> {
    let desc = identity::remedy(finding);
    (!desc.is_empty()).then_some(Remediation { desc, references: &finding.rule.references })
}

/// The control's severity; of what passes there is none.
fn severity(finding: &Finding) -> (u8, &'static str) {
    match (finding.outcome(), finding.rule.severity) {
        (Outcome::Pass, _) => (1, "Informational"),
        (_, Severity::Low) => (2, "Low"),
        (_, Severity::Medium) => (3, "Medium"),
        (_, Severity::High) => (4, "High"),
        (_, Severity::Critical) => (5, "Critical"),
    }
}

/// What the control is of: the benchmark, or the files of its rule.
fn standard(report: &Report, finding: &Finding) -> String {
    match rule_files::directory(finding) {
        Some(directory) if !finding.rule.is_benchmarks => text(&format!("Controls from {directory}")),
        Some(_) | None => identity::benchmark(report),
    }
}

fn compliance(report: &Report, finding: &Finding) -> Compliance {
    let (status_id, status) = match finding.status {
        Status::Pass => (1, "Pass"),
        // The check gave no result for lack of information.
        Status::Unknown => (2, "Warning"),
        Status::Fail => (3, "Fail"),
    };
    Compliance {
        standards: [standard(report, finding)],
        control: finding.rule.id.to_string(),
        requirements: finding.rule.related.clone(),
        status_id,
        status,
    }
}

/// The account, and what is in the chain.
fn resources<'a>(audit: &'a Audit, finding: &'a Finding) -> Vec<Resource<'a>> {
    let account = Resource {
        uid: identity::account_resource(&audit.account_id),
        kind: "AwsAccount",
        cloud_partition: Some(&audit.partition),
        region: Some(&audit.region),
    };
    let of_chain = identity::resources(&finding.chain).map(|(step, arn)| Resource {
        uid: text(arn),
        kind: match step {
            Step::Trail(_) => "AwsCloudTrailTrail",
            Step::LogGroup(_) => "AwsLogsLogGroup",
            Step::Alarm(_) => "AwsCloudWatchAlarm",
            Step::Topic(_) => "AwsSnsTopic",
            Step::MetricFilter(_) | Step::Subscription(_) => "Other",
        },
        cloud_partition: step.partition(),
        region: step.region(),
    });
    std::iter::once(account).chain(of_chain).collect()
}

/// What the audit rests on: texts that an artifact has no field of its own for.
fn rests_on(audit: &Audit, show_callers: bool) -> Vec<Artifact> {
    let pairs = evidence::pairs(audit, show_callers).into_iter();
    let data: BTreeMap<&str, String> = pairs.map(|(name, value)| (name, text(&value))).collect();
    let artifact = |hash: &str| Artifact { name: "snapshot", uid: hash.to_owned(), data };
    evidence::snapshot_sha256(audit).map(artifact).into_iter().collect()
}

fn unmapped<'a>(report: &Report, finding: &'a Finding) -> Unmapped<'a> {
    Unmapped {
        slug: &finding.rule.slug,
        outcome: finding.outcome().as_str(),
        decided_by: report.verdict.as_str(),
        cis: finding.verdicts.cis.status.as_str(),
        effective: finding.verdicts.effective.status.as_str(),
        security_hub: finding.verdicts.security_hub.status.as_str(),
        rule_files: rule_files::directory(finding).map(text),
        waiver: finding.waiver.as_ref().map(waiver),
        exceptions: finding.exceptions.iter().map(exception).collect(),
    }
}

fn waiver(Waiver { reason, owner, expires }: &Waiver) -> WaiverFields {
    WaiverFields { reason: text(reason), owner: text(owner), expires: expires.to_string() }
}

fn exception(exception: &Exception) -> ExceptionFields {
    let Exception { events, evadable, leaves, waiver: accepted } = exception;
    ExceptionFields {
        events: text(&events.to_string()),
        evadable: evadable.iter().map(|test| text(test)).collect(),
        leaves: leaves.as_deref().map(text),
        waiver: waiver(accepted),
    }
}

fn text(text: &str) -> String {
    escape::terminal(text).into_owned()
}
