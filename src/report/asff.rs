//! Findings in the AWS Security Finding Format, as AWS Security Hub CSPM takes them:
//! `aws securityhub batch-import-findings --findings file://findings.json`.
//!
//! They are imported in the region asked for, as those of the account's own default product, which needs no contract
//! with AWS. Ids are the same in every audit, so that importing again updates. The limits of fields are those of the
//! format's documentation (`AwsSecurityFinding`); an import takes 100 findings, which no benchmark has.
//!
//! Security Hub CSPM takes `Workflow` and `Note` for new findings only, and never lifts `SUPPRESSED` by itself: a finding
//! imported so would stay hidden once its waiver is over. What is waived is `NEW`, with the waiver in `ProductFields`,
//! which every import updates, and in the `Note` of its first.

use crate::escape;
use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::document;
use super::evidence;
use super::exceptions;
use super::identity::{self, TOOL, VERSION, clipped};
use super::rule_files;
use crate::finding::{Audit, Finding, Outcome, Reason, Report, Step, Waiver};
use crate::organization::Entry;
use crate::rule::Severity;

/// `TYPE`: namespace, category, classifier.
const TYPE: &str = "Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark";
/// `TYPE` of a control that is not the benchmark's: the namespace alone.
const OWN_TYPE: &str = "Software and Configuration Checks";
/// The limits of fields, in characters.
const TITLE: usize = 256;
const DESCRIPTION: usize = 1024;
const RECOMMENDATION: usize = 512;
const NOTE: usize = 512;
const PRODUCT_FIELD: usize = 2048;
const RESOURCE: usize = 512;
/// The limit of resources and of related requirements.
const MOST: usize = 32;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    schema_version: &'static str,
    id: String,
    product_arn: String,
    generator_id: String,
    aws_account_id: String,
    types: [&'static str; 1],
    created_at: String,
    updated_at: String,
    severity: SeverityField,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation>,
    product_fields: Fields,
    resources: Vec<Resource>,
    compliance: Compliance,
    workflow: Workflow,
    record_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Note>,
    finding_provider_fields: ProviderFields,
}

#[derive(Serialize, Clone, Copy)]
#[serde(rename_all = "PascalCase")]
struct SeverityField {
    label: &'static str,
    original: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProviderFields {
    severity: SeverityField,
    types: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Remediation {
    recommendation: Recommendation,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Recommendation {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    #[serde(rename = "Type")]
    kind: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Compliance {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_requirements: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Workflow {
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Note {
    text: String,
    updated_by: String,
    updated_at: String,
}

/// Writes the findings as an array, indented.
pub(super) fn render(report: &Report, show_callers: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let mut items: Vec<Item> = Vec::new();
    for audit in &report.audits {
        let evidence = rests_on(audit, show_callers);
        items.extend(audit.findings.iter().map(|finding| item(report, audit, finding, &evidence)));
    }
    if report.is_of_many() {
        let accounts: BTreeMap<&str, &Entry> =
            report.accounts.iter().map(|entry| (entry.account.id.as_str(), entry)).collect();
        for item in &mut items {
            if let Some(entry) = accounts.get(item.aws_account_id.as_str()) {
                item.product_fields.extend(of_account(entry));
            }
        }
        items.extend(report.entries().into_iter().filter_map(|(entry, audit)| not_audited(report, entry, audit)));
    }
    document::write(&items, out)
}

/// Names and texts that the format has no place for.
type Fields = BTreeMap<String, String>;

/// One of them. Names with the company and the product before them are what the format asks for.
fn field(name: &str, value: String) -> (String, String) {
    (format!("cis-audit/default/{name}"), value)
}

/// What an audit rests on. The program's version is there without it.
fn rests_on(audit: &Audit, show_callers: bool) -> Fields {
    let pairs = evidence::pairs(audit, show_callers).into_iter().filter(|(name, _)| *name != "tool_version");
    pairs.map(|(name, value)| field(name, text(&value, PRODUCT_FIELD))).collect()
}

/// What an account is called, and where it is.
fn of_account(entry: &Entry) -> Fields {
    let Entry { account, outcome, .. } = entry;
    let mut fields = BTreeMap::from([
        field("account_name", text(&account.name, PRODUCT_FIELD)),
        field("ou_path", text(&account.ou_path, PRODUCT_FIELD)),
        field("outcome", outcome.as_str().to_owned()),
    ]);
    fields.retain(|_, value| !value.trim().is_empty());
    fields
}

/// The finding that stands for an account without any: it is imported like its others, into the account itself. Of an account
/// whose number is not known there is none.
fn not_audited(report: &Report, entry: &Entry, audit: Option<&Audit>) -> Option<Item> {
    if audit.is_some() || entry.account.id.is_empty() {
        return None;
    }
    // It was not asked in any region: where the others were is as good as any.
    let beside = report.audits.first();
    let region = beside.map_or("us-east-1", |audit| &audit.region);
    let partition = beside.map_or("aws", |audit| &audit.partition);
    let when = entry.tried_at.or(report.collected_at()).unwrap_or_default().to_string();
    let account_id = &entry.account.id;
    let severity = SeverityField { label: "INFORMATIONAL", original: "none" };
    let why = entry.outcome.why().unwrap_or("there is no result of it");
    Some(Item {
        schema_version: "2018-10-08",
        id: format!("{account_id}/{region}/account"),
        product_arn: format!("arn:{partition}:securityhub:{region}:{account_id}:product/{account_id}/default"),
        generator_id: format!("{TOOL}/account"),
        aws_account_id: account_id.clone(),
        types: [TYPE],
        created_at: when.clone(),
        updated_at: when,
        severity,
        title: text(&format!("The account was not audited ({})", entry.outcome.as_str()), TITLE),
        description: text(why, DESCRIPTION),
        remediation: None,
        product_fields: of_account(entry),
        resources: vec![Resource {
            kind: "AwsAccount",
            id: identity::account_resource(account_id),
            partition: self::partition(partition),
            region: Some(region.to_owned()),
        }],
        compliance: Compliance { status: "NOT_AVAILABLE", related_requirements: Vec::new() },
        workflow: Workflow { status: "NEW" },
        record_state: "ACTIVE",
        note: None,
        finding_provider_fields: ProviderFields { severity, types: [TYPE] },
    })
}

fn item(report: &Report, audit: &Audit, finding: &Finding, evidence: &Fields) -> Item {
    let Audit { partition, account_id, region, .. } = audit;
    let when = audit.collected_at.to_string();
    let severity = severity(finding);
    let types = [if finding.rule.is_benchmarks { TYPE } else { OWN_TYPE }];
    Item {
        schema_version: "2018-10-08",
        id: text(&identity::stable_id(audit, finding), RESOURCE),
        product_arn: format!("arn:{partition}:securityhub:{region}:{account_id}:product/{account_id}/default"),
        generator_id: format!("{TOOL}/{}", finding.rule.slug),
        aws_account_id: account_id.clone(),
        types,
        created_at: when.clone(),
        updated_at: when.clone(),
        severity,
        title: text(&format!("{} {}", finding.rule.id, finding.rule.title), TITLE),
        description: text(&description(finding), DESCRIPTION),
        remediation: remediation(finding),
        product_fields: evidence.clone().into_iter().chain(product_fields(report, finding)).collect(),
        resources: resources(audit, finding),
        compliance: Compliance { status: status(finding), related_requirements: requirements(report, finding) },
        workflow: Workflow {
            status: match finding.outcome() {
                Outcome::Pass => "RESOLVED",
                Outcome::Fail | Outcome::Unknown | Outcome::Waived => "NEW",
            },
        },
        record_state: "ACTIVE",
        note: finding.waiver.as_ref().map(|waiver| note(waiver, finding, &when)),
        finding_provider_fields: ProviderFields { severity, types },
    }
}

/// The control's severity; of what passes there is none.
fn severity(finding: &Finding) -> SeverityField {
    let original = finding.rule.severity.as_str();
    let label = match (finding.outcome(), finding.rule.severity) {
        (Outcome::Pass, _) => "INFORMATIONAL",
        (_, Severity::Low) => "LOW",
        (_, Severity::Medium) => "MEDIUM",
        (_, Severity::High) => "HIGH",
        (_, Severity::Critical) => "CRITICAL",
    };
    SeverityField { label, original }
}

/// What was found, whether or not it is waived. `NOT_AVAILABLE`: something could not be read; `WARNING`: it was, and
/// does not decide.
fn status(finding: &Finding) -> &'static str {
    use crate::finding::Status;
    match finding.status {
        Status::Pass => "PASSED",
        Status::Fail => "FAILED",
        Status::Unknown => {
            let unread = |reason: &Reason| reason.code().as_str().ends_with("unread");
            if finding.reason.as_ref().is_none_or(unread) { "NOT_AVAILABLE" } else { "WARNING" }
        }
    }
}

fn description(finding: &Finding) -> String {
    format!("{}. {}", identity::message(finding), identity::unwrapped(&finding.rule.rationale))
}

fn remediation(finding: &Finding) -> Option<Remediation> {
    let text = text(&identity::remedy(finding), RECOMMENDATION);
    let url = identity::page(finding).map(str::to_owned);
    (!text.is_empty()).then_some(Remediation { recommendation: Recommendation { text, url } })
}

/// What is said of a finding beside its fields.
fn product_fields(report: &Report, finding: &Finding) -> Fields {
    let verdicts = &finding.verdicts;
    let mut fields = BTreeMap::from([
        field("version", VERSION.to_owned()),
        field("rule", finding.rule.id.to_string()),
        field("verdict", report.verdict.as_str().to_owned()),
        field("cis", verdicts.cis.status.as_str().to_owned()),
        field("effective", verdicts.effective.status.as_str().to_owned()),
        field("security_hub", verdicts.security_hub.status.as_str().to_owned()),
    ]);
    if finding.rule.is_benchmarks {
        fields.extend([field("benchmark", report.benchmark.to_owned())]);
    }
    if let Some(directory) = rule_files::directory(finding) {
        fields.extend([field("rule_files", text(directory, PRODUCT_FIELD))]);
    }
    if let Some(reason) = &finding.reason {
        fields.extend([field("reason", reason.code().as_str().to_owned())]);
        if let Some(resource) = reason.resource() {
            fields.extend([field("resource", text(resource, PRODUCT_FIELD))]);
        }
    }
    if let Some(Waiver { reason, owner, expires }) = &finding.waiver {
        fields.extend([field("waiver_reason", text(reason, PRODUCT_FIELD))]);
        fields.extend([field("waiver_owner", text(owner, PRODUCT_FIELD))]);
        fields.extend([field("waiver_expires", expires.to_string())]);
    }
    if let Some(events) = exceptions::in_a_line(finding) {
        fields.extend([field("exceptions", text(&events, PRODUCT_FIELD))]);
    }
    // It takes no empty values.
    fields.retain(|_, value| !value.trim().is_empty());
    fields
}

/// The account, and what is in the chain.
fn resources(audit: &Audit, finding: &Finding) -> Vec<Resource> {
    let account = Resource {
        kind: "AwsAccount",
        id: identity::account_resource(&audit.account_id),
        partition: partition(&audit.partition),
        region: Some(audit.region.clone()),
    };
    let of_chain = identity::resources(&finding.chain).map(|(step, arn)| Resource {
        kind: match step {
            Step::Trail(_) => "AwsCloudTrailTrail",
            Step::Alarm(_) => "AwsCloudWatchAlarm",
            Step::Topic(_) => "AwsSnsTopic",
            Step::LogGroup(_) | Step::MetricFilter(_) | Step::Subscription(_) => "Other",
        },
        id: text(arn, RESOURCE),
        partition: step.partition().and_then(partition),
        region: step.region().map(|region| text(region, RESOURCE)),
    });
    std::iter::once(account).chain(of_chain).take(MOST).collect()
}

/// The format's own names of partitions (Security Hub API reference, `Partition`, 28 November 2026), of which it has no
/// more.
const PARTITIONS: [(&str, &str); 5] = [
    ("aws", "aws"),
    ("aws-cn", "aws-cn"),
    ("aws-us-gov", "aws-us-gov"),
    ("aws-iso", "aws-us-iso"),
    ("aws-iso-b", "aws-us-iso-b"),
];

/// What the format calls a partition.
fn partition(name: &str) -> Option<&'static str> {
    PARTITIONS.iter().find(|(ours, _)| *ours == name).map(|(_, theirs)| *theirs)
}

fn requirements(report: &Report, finding: &Finding) -> Vec<String> {
    let of_benchmark = || format!("{} {}", identity::benchmark(report), finding.rule.id);
    let own = finding.rule.is_benchmarks.then(of_benchmark);
    own.into_iter().chain(finding.rule.related.iter().map(|related| text(related, RESOURCE))).take(MOST).collect()
}

fn note(waiver: &Waiver, finding: &Finding, when: &str) -> Note {
    let events = exceptions::patterns(finding).map_or_else(String::new, |events| format!("; only for {events}"));
    Note {
        text: text(&format!("waived until {}: {}{events}", waiver.expires, waiver.reason), NOTE),
        updated_by: text(&format!("{TOOL}: {}", waiver.owner), NOTE),
        updated_at: when.to_owned(),
    }
}

/// A text that fits, with nothing in it that steers.
fn text(text: &str, characters: usize) -> String {
    clipped(&escape::terminal(text), characters).into_owned()
}
