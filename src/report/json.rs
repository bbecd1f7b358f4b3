//! The JSON document that dashboards read, and its JSON Schema.
//!
//! These structs are the contract, not the types of the stages: fields may be added here, never renamed or removed.
//! Their comments are the descriptions in the schema, so they speak to the readers of a report.

use crate::mask;
use std::io;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{self, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use self::near_miss::NearMissRow;
use super::accounts::{self, AccountRow, SummaryCounts, TallyCounts};
use super::document::{self, SCHEMA_VERSION, TOOL, Tool};
use super::drift::DriftRow;
use super::evidence::{self, EvidenceRow};
use super::raw;
use super::requirements::{self, Mapping, MappingRow, RequirementRow};
use super::rule_files;
use crate::arn::TopicArn;
use crate::drift::Drift;
use crate::finding::{
    Asked, AskedControl, Audit, Chain, Deployed, Exception, Finding, Grade, HubStatus, Idle, Link, Metric, Outcome,
    Place, Project, Quiet, Reason, RefusedResource, Replaced, Report, Status, Subject, SubscriptionStep, UnusedWaiver,
    Verdict, Waiver,
};
use crate::rule::{Rule, Severity};
use crate::snapshot::{DocumentPart, Gap, GapSource, SubscriptionState};

use self::holes::HoleRow;
use self::witness::{WitnessRow, witness};

pub(crate) mod holes;
mod near_miss;
mod witness;

/// What an audit of the CIS AWS Foundations monitoring controls found in one account, or in many. Fields may be added, never
/// renamed or removed while `schema_version` stays.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Report")]
struct Document<'a> {
    /// The version of this document's form.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema_version: u32,
    /// What judged.
    tool: Tool,
    /// The version of the CIS AWS Foundations Benchmark, e.g. `1.2.0`.
    benchmark: &'a str,
    /// The verdict that decides every result's `status`.
    #[schemars(schema_with = "verdicts")]
    verdict: &'static str,
    /// What was judged: an account, live or saved, or documents that declare resources. The two are not compared.
    #[schemars(schema_with = "subjects")]
    subject: &'static str,
    /// When the account was read, RFC 3339 in UTC; of many, the one that was read first. Where none was read: when that was
    /// first tried; not there where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    collected_at: Option<String>,
    /// What was asked of each account.
    asked: AskedRow<'a>,
    /// What each audit rests on. Not there where documents were judged, nor of a report of an earlier program.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<EvidenceRow<'a>>,
    /// How many results came to what.
    summary: SummaryCounts,
    /// How many accounts came to what. Only where many were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    account_summary: Option<TallyCounts>,
    /// The accounts that were asked for, audited or not. Only where many were.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<Vec<AccountRow<'a>>>,
    /// The accounts are all that the organization has: one that is missing has left it. Only where that is so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    whole_organization: bool,
    /// One per control, in the benchmark's order; of many accounts one after the other.
    #[schemars(with = "Vec<ResultRow<'a>>")]
    results: Results<'a>,
    /// Controls of which neither a metric filter nor an alarm is declared, and which are not counted. Only of documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_declared: Option<Vec<NotDeclaredRow<'a>>>,
    /// Resources that AWS will refuse as they are declared, and that no result is about: the deployment fails. Only of
    /// documents, where there are some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<RefusedRow<'a>>,
    /// The saved account that the declared resources are laid over. Only where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployed: Option<DeployedRow<'a>>,
    /// The project file by whose settings the report was made. Only where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<ProjectRow<'a>>,
    /// The project files by whose settings merged reports were made. Only where there was more than one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    projects: Vec<ProjectRow<'a>>,
    /// The results by requirements of a framework. Only with `--framework`.
    #[serde(skip_serializing_if = "Option::is_none")]
    mapping: Option<MappingRow<'a>>,
    /// Waivers without effect.
    unused_waivers: Vec<UnusedWaiverRow<'a>>,
    /// What changed since an earlier report. Only where the audit was held against one.
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<DriftRow<'a>>,
    /// What could not be read, whether or not it mattered.
    gaps: Vec<GapRow<'a>>,
}

/// What was asked of each account of a report.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Asked")]
struct AskedRow<'a> {
    /// The controls, in the benchmark's order.
    controls: Vec<AskedControlRow<'a>>,
    /// The framework, with its version. Only with `--framework`.
    #[serde(skip_serializing_if = "Option::is_none")]
    framework: Option<&'a str>,
}

/// A control that was asked for.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AskedControl")]
struct AskedControlRow<'a> {
    /// The control's name that is the same in all versions of the benchmark.
    slug: &'a str,
    /// A hash of what its rule file says: the same for files of the same content. Only where it is not built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'a str>,
}

/// A project file, and what it changed about a report.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Project")]
struct ProjectRow<'a> {
    /// The file, from the working directory.
    file: &'a str,
    /// What it leaves out, waives, replaces or adds, each as a phrase for people.
    sets: &'a [String],
}

/// A control that is not counted.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NotDeclared")]
pub(super) struct NotDeclaredRow<'a> {
    /// The control's number, or an id of one's own.
    rule: String,
    /// The control's name that is the same in all versions of the benchmark.
    slug: &'a str,
    /// The control's title.
    title: &'a str,
}

/// A saved account under the declared resources.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Deployed")]
struct DeployedRow<'a> {
    /// The account, 12 digits.
    account_id: &'a str,
    /// When it was read, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    collected_at: String,
    /// What is deployed and declared: the declared one counts.
    replaced: Vec<ReplacedRow<'a>>,
}

/// A deployed resource that a declared one replaces.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Replaced")]
struct ReplacedRow<'a> {
    /// Its ARN; a metric filter's name.
    resource: &'a str,
    /// Where it is declared.
    place: PlaceRow<'a>,
}

/// A resource that AWS will refuse as it is declared.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Refused")]
struct RefusedRow<'a> {
    /// Its type, by CloudFormation's name: `AWS::Logs::MetricFilter`.
    r#type: &'a str,
    /// Why it is refused, a sentence without an end.
    why: &'a str,
    /// Where: the property that is refused, or the resource that lacks it.
    place: PlaceRow<'a>,
}

/// The results of all audits. Each is made when it is written: those of a thousand accounts are not in memory twice.
struct Results<'a> {
    audits: &'a [Audit],
    show_endpoints: bool,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(None)?;
        for audit in self.audits {
            let saved = audit.saved.rows().map_err(ser::Error::custom)?;
            for row in results(audit, &saved, self.show_endpoints) {
                rows.serialize_element(&row)?;
            }
        }
        rows.end()
    }
}

/// A result of this run, or of a saved report, as it is there.
#[derive(Serialize)]
#[serde(untagged)]
enum ResultItem<'a> {
    Found(Box<ResultRow<'a>>),
    Saved(Box<RawValue>),
}

/// What was found of one control.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Result")]
pub(super) struct ResultRow<'a> {
    /// The account that the chain lives in, 12 digits.
    account_id: &'a str,
    /// The region that the chain lives in; the one asked for where there is no chain.
    region: &'a str,
    /// The account into which the account's events were followed, 12 digits: the owner of the log group that its
    /// organization's trail delivers to. Only where that is another one, and was read too.
    #[serde(skip_serializing_if = "Option::is_none")]
    inherited_from: Option<&'a str>,
    /// The control's number in the benchmark, e.g. `3.4`, or an id of one's own, e.g. `ACME-1`.
    #[schemars(extend("pattern" = r"^([0-9]+\.[0-9]+|[A-Za-z][A-Za-z0-9_-]{0,31})$"))]
    rule: String,
    /// The directory of rule files that the control comes from, as it was given. Only where it is not built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_files: Option<&'a str>,
    /// The control's name that is the same in all versions of the benchmark.
    slug: &'a str,
    /// The control's title.
    title: &'a str,
    /// The benchmark's profile level, 1 or 2.
    level: u8,
    /// Severity as AWS Security Hub CSPM rates the control.
    #[schemars(schema_with = "severities")]
    severity: &'static str,
    /// The control of AWS Security Hub CSPM that corresponds, `CloudWatch.N`.
    security_hub_control: Option<&'a str>,
    /// The status, by the verdict that decides and with waivers applied.
    #[schemars(schema_with = "outcomes")]
    status: &'static str,
    /// All verdicts, whichever decides.
    verdicts: Verdicts,
    /// Why it does not pass: the first broken (or unreadable) link of the best chain.
    reason: Option<ReasonRow<'a>>,
    /// Why the other verdicts are what they are.
    verdict_reasons: VerdictReasons<'a>,
    /// Set where it does not pass and that is accepted.
    waiver: Option<WaiverRow<'a>>,
    /// Events that are accepted to be missed. With a `waiver` as well, nothing else is missed; without one, `reason` is
    /// about what is missed beyond them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionRow<'a>>,
    /// Requirements of other frameworks that the control serves: what a primary source states of it and, with
    /// `--framework`, what is claimed about that framework.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    requirements: Vec<RequirementRow<'a>>,
    /// What does not change `status` but should be known.
    warnings: Vec<WarningRow<'a>>,
    /// What was probably meant, where a link of the chain has nothing. It decides nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    near_misses: Vec<NearMissRow<'a>>,
    /// The chain up to its end or its break.
    chain: ChainRow<'a>,
    /// An event that the control requires and that no CloudWatch alarm of the account would notify about.
    witness: Option<WitnessRow>,
    /// All that escapes the metric filters, each with its own cause. Empty where no filter was meant for the control.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    holes: Vec<HoleRow>,
    /// What to do. Empty where there is nothing to do.
    remediation: String,
    /// Where it is written. Only where a template or plan was audited.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceRow<'a>>,
}

/// The answers to three questions.
#[derive(Serialize, JsonSchema)]
struct Verdicts {
    /// The benchmark's audit: is the chain there, and does every link hold?
    #[schemars(schema_with = "statuses")]
    cis: &'static str,
    /// Is it intact, and would a single such event reach a subscriber?
    #[schemars(schema_with = "statuses")]
    effective: &'static str,
    /// What AWS Security Hub CSPM is predicted to show.
    #[schemars(schema_with = "hub_statuses")]
    security_hub: &'static str,
}

/// Why the other verdicts are what they are.
#[derive(Serialize, JsonSchema)]
struct VerdictReasons<'a> {
    /// Why `effective` differs from `cis`.
    effective: Option<ReasonRow<'a>>,
    /// Why `security_hub` is not `passed`, or is though `cis` is not `pass`.
    security_hub: Option<ReasonRow<'a>>,
}

/// Why a link does not hold.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Reason")]
struct ReasonRow<'a> {
    /// The link of the chain.
    #[schemars(schema_with = "links")]
    link: &'static str,
    /// The stable code, `link.problem`.
    #[schemars(extend("pattern" = r"^[a-z_]+\.[a-z_]+$"))]
    code: &'static str,
    /// A sentence with the facts, for people.
    message: String,
    /// ARN or name of the resource at fault.
    resource: Option<&'a str>,
}

/// A person's statement that a control need not pass for a time.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Waiver")]
struct WaiverRow<'a> {
    /// Why.
    reason: &'a str,
    /// Who says so.
    owner: &'a str,
    /// The last day on which it holds, in UTC.
    #[schemars(extend("format" = "date"))]
    expires: String,
}

/// A person's statement that some of the events that a control requires need not be noticed for a time.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Exception")]
struct ExceptionRow<'a> {
    /// The events, as a filter pattern.
    events: String,
    /// The tests in it of what a caller chooses: anyone who knows of the exception can slip into it.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    evadable: &'a [String],
    /// What is left of the demand without them, in words or as a filter pattern; not there where that is most of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaves: Option<&'a str>,
    #[serde(flatten)]
    waiver: WaiverRow<'a>,
}

/// A waiver that did nothing.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UnusedWaiver")]
struct UnusedWaiverRow<'a> {
    /// The control that it names, as it was written.
    rule: &'a str,
    /// Why it did nothing.
    #[schemars(schema_with = "idle_states")]
    state: &'static str,
    #[serde(flatten)]
    waiver: WaiverRow<'a>,
}

/// A place in a template or plan.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Place")]
struct PlaceRow<'a> {
    /// The file.
    file: &'a str,
    /// The line, from 1; null where it is not known.
    line: Option<u32>,
    /// The character in the line, from 1; null where it is not known.
    column: Option<u32>,
    /// The resource in the file: its logical id or address; null where it is of no one resource.
    address: Option<&'a str>,
}

/// What does not change a result's `status` but should be known.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Warning")]
struct WarningRow<'a> {
    /// `weak`: a subscriber is notified, but not of every such event. `unverified`: could not be read or decided. `note`: no defect.
    #[schemars(schema_with = "grades")]
    grade: &'static str,
    #[serde(flatten)]
    reason: ReasonRow<'a>,
}

/// The resources of a chain, in the order in which an event travels.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Chain")]
struct ChainRow<'a> {
    /// The trail that records the event.
    trail: Option<TrailRow<'a>>,
    /// The log group that the trail delivers to.
    log_group: Option<ArnRow<'a>>,
    /// The metric filters that matter to the control.
    metric_filters: Vec<FilterRow<'a>>,
    /// The alarms on their metrics.
    alarms: Vec<AlarmRow<'a>>,
    /// The topics that those alarms name.
    topics: Vec<ArnRow<'a>>,
    /// Subscriptions of those topics.
    subscriptions: Vec<SubscriptionRow<'a>>,
}

/// A trail.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Trail")]
struct TrailRow<'a> {
    /// Its ARN.
    arn: &'a str,
    /// Where it lives.
    home_region: &'a str,
}

/// A resource of which there is nothing to say but its ARN.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Resource")]
struct ArnRow<'a> {
    /// Its ARN.
    arn: &'a str,
}

/// A metric filter.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MetricFilter")]
struct FilterRow<'a> {
    /// Its name.
    name: &'a str,
    /// Its pattern.
    pattern: &'a str,
    /// Whether it covers the control by itself; null where that cannot be decided.
    covers: Option<bool>,
    /// The metrics that it publishes.
    metrics: Vec<MetricRow<'a>>,
}

/// A metric.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Metric")]
struct MetricRow<'a> {
    /// Its namespace.
    namespace: &'a str,
    /// Its name.
    name: &'a str,
}

/// An alarm.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Alarm")]
struct AlarmRow<'a> {
    /// Its ARN.
    arn: &'a str,
    /// Seconds for which, once an event has brought it to ALARM, it notifies of no further one, at least. Null where it
    /// never leaves ALARM by itself, and where that is not known.
    quiet_seconds: Option<u64>,
    /// It stays in ALARM after the first event until it is reset manually, and notifies of nothing more.
    latches: bool,
    /// The metrics of the chain that it watches.
    metrics: Vec<MetricRow<'a>>,
    /// ARNs of the topics among its actions.
    topics: Vec<&'a str>,
}

/// A subscription.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Subscription")]
struct SubscriptionRow<'a> {
    /// ARN of the topic.
    topic: &'a str,
    /// `email`, `https`, `sqs`, …
    protocol: &'a str,
    /// The address, masked unless it was asked for in full.
    endpoint: String,
    /// Whether it gets messages.
    #[schemars(schema_with = "subscription_states")]
    state: &'static str,
}

/// What could not be read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Gap")]
struct GapRow<'a> {
    /// The account.
    account_id: &'a str,
    /// The region.
    region: &'a str,
    /// The call, `service:Operation`; null where no call failed.
    operation: Option<&'a str>,
    /// The part of a template or plan that is known only at deployment. Only where no call failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentPartRow<'a>>,
    /// ARN or name of what it was about.
    resource: Option<&'a str>,
    /// AWS's error code, or the kind of failure.
    code: &'a str,
    /// AWS's message.
    message: &'a str,
}

/// A part of a template or plan.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DocumentPart")]
struct DocumentPartRow<'a> {
    /// The file.
    file: &'a str,
    /// Its line, from 1; null where it is not known.
    line: Option<u32>,
    /// The resource in the file: its logical id or address.
    address: &'a str,
    /// Its property; null for the whole resource.
    property: Option<&'a str>,
}

/// The JSON Schema of the report, indented, with a newline at the end.
#[must_use]
pub fn schema() -> String {
    let mut schema = root_schema();
    schema.insert("title".to_owned(), "Report of cis-audit".into());
    format!("{:#}\n", schema.as_value())
}

/// What a report of this program can hold.
pub(super) fn root_schema() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Document<'_>>()
}

fn words<const N: usize>(words: [&'static str; N]) -> Schema {
    json_schema!({ "type": "string", "enum": words.as_slice() })
}

fn verdicts(_: &mut SchemaGenerator) -> Schema {
    words([Verdict::Cis, Verdict::Effective, Verdict::SecurityHub].map(Verdict::as_str))
}

fn subjects(_: &mut SchemaGenerator) -> Schema {
    words(Subject::ALL.map(Subject::as_str))
}

fn severities(_: &mut SchemaGenerator) -> Schema {
    words([Severity::Low, Severity::Medium, Severity::High, Severity::Critical].map(Severity::as_str))
}

fn outcomes(_: &mut SchemaGenerator) -> Schema {
    words([Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Waived].map(Outcome::as_str))
}

fn statuses(_: &mut SchemaGenerator) -> Schema {
    words([Status::Pass, Status::Fail, Status::Unknown].map(Status::as_str))
}

fn hub_statuses(_: &mut SchemaGenerator) -> Schema {
    use HubStatus::{Failed, NoData, NotSupported, Passed, Unknown, Warning};
    words([Passed, Failed, NoData, Warning, NotSupported, Unknown].map(HubStatus::as_str))
}

fn links(_: &mut SchemaGenerator) -> Schema {
    let [trail, log_group, filter, alarm, topic, subscription] = Link::CHAIN.map(Link::as_str);
    words([trail, log_group, filter, alarm, topic, subscription, Link::SecurityHub.as_str()])
}

fn grades(_: &mut SchemaGenerator) -> Schema {
    words([Grade::Broken, Grade::Weak, Grade::Unverified, Grade::Note].map(Grade::as_str))
}

fn idle_states(_: &mut SchemaGenerator) -> Schema {
    words(Idle::ALL.map(Idle::as_str))
}

fn subscription_states(_: &mut SchemaGenerator) -> Schema {
    words(SubscriptionState::ALL.map(SubscriptionState::as_str))
}

/// Writes the document, indented, with a newline at the end.
pub(super) fn render(
    report: &Report,
    changes: Option<&Drift>,
    show_endpoints: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let documents = report.documents.as_ref();
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: TOOL,
        benchmark: report.benchmark,
        verdict: report.verdict.as_str(),
        subject: report.subject().as_str(),
        collected_at: report.collected_at().map(|time| time.to_string()),
        asked: asked(&report.asked),
        evidence: evidence::rows(report, show_endpoints),
        summary: report.summary().into(),
        account_summary: report.is_of_many().then(|| report.tally().into()),
        accounts: report.is_of_many().then(|| accounts::rows(report)),
        whole_organization: report.is_whole_organization,
        results: Results { audits: &report.audits, show_endpoints },
        not_declared: documents.map(|documents| documents.not_declared.iter().map(|rule| not_declared(rule)).collect()),
        refused: documents.map(|documents| documents.refused.iter().map(refused_row).collect()).unwrap_or_default(),
        deployed: documents.and_then(|documents| documents.over.as_ref()).map(deployed),
        project: if let [project] = &report.projects[..] { Some(project_row(project)) } else { None },
        projects: if report.projects.len() > 1 {
            report.projects.iter().map(project_row).collect()
        } else {
            Vec::new()
        },
        mapping: Mapping::new(report).map(|mapping| mapping.row()),
        unused_waivers: report.unused_waivers.iter().map(unused_waiver).collect(),
        drift: changes.map(DriftRow::new),
        gaps: report.gaps().map(gap).collect(),
    };
    document::write(&document, out)
}

fn asked(asked: &Asked) -> AskedRow<'_> {
    let controls = asked
        .controls
        .iter()
        .map(|AskedControl { slug, fingerprint }| AskedControlRow { slug, fingerprint: fingerprint.as_deref() });
    let controls = controls.collect();
    AskedRow { controls, framework: asked.framework.as_deref() }
}

fn project_row(Project { file, sets }: &Project) -> ProjectRow<'_> {
    ProjectRow { file, sets }
}

/// How deep in the document a result is.
const ROW_DEPTH: usize = 2;

/// What was found in an account.
fn results<'a>(
    audit: &'a Audit,
    saved: &'a [Box<RawValue>],
    show_endpoints: bool,
) -> impl Iterator<Item = ResultItem<'a>> {
    let found = audit.findings.iter().filter(|_| audit.saved.is_none());
    let found = found.map(move |finding| ResultItem::Found(Box::new(result(finding, show_endpoints))));
    found.chain(saved.iter().map(|row| ResultItem::Saved(raw::indented(row, ROW_DEPTH))))
}

pub(super) fn result(finding: &Finding, show_endpoints: bool) -> ResultRow<'_> {
    ResultRow {
        account_id: &finding.account_id,
        region: &finding.region,
        inherited_from: finding.inherited_from(),
        rule: finding.rule.id.to_string(),
        rule_files: rule_files::directory(finding),
        slug: &finding.rule.slug,
        title: &finding.rule.title,
        level: finding.rule.level,
        severity: finding.rule.severity.as_str(),
        security_hub_control: finding.security_hub_control(),
        status: finding.outcome().as_str(),
        verdicts: Verdicts {
            cis: finding.verdicts.cis.status.as_str(),
            effective: finding.verdicts.effective.status.as_str(),
            security_hub: finding.verdicts.security_hub.status.as_str(),
        },
        reason: finding.reason.as_ref().map(reason),
        verdict_reasons: VerdictReasons {
            effective: finding.verdicts.effective.reason.as_ref().map(reason),
            security_hub: finding.verdicts.security_hub.reason.as_ref().map(reason),
        },
        waiver: finding.waiver.as_ref().map(waiver),
        exceptions: finding.exceptions.iter().map(exception).collect(),
        requirements: requirements::rows(&finding.rule),
        warnings: finding
            .warnings
            .iter()
            .map(|warning| WarningRow { grade: warning.grade().as_str(), reason: reason(warning) })
            .collect(),
        near_misses: finding
            .warnings
            .iter()
            .filter_map(|warning| Some(NearMissRow::new(warning, warning.near_miss()?)))
            .collect(),
        chain: chain(&finding.chain, show_endpoints),
        witness: finding.witness.as_ref().and_then(witness),
        holes: finding.reason.as_ref().and_then(Reason::holes).map(holes::rows).unwrap_or_default(),
        remediation: finding.remediation(),
        place: finding.place.as_ref().map(place),
    }
}

pub(super) fn not_declared(rule: &Rule) -> NotDeclaredRow<'_> {
    NotDeclaredRow { rule: rule.id.to_string(), slug: &rule.slug, title: &rule.title }
}

fn refused_row(refused: &RefusedResource) -> RefusedRow<'_> {
    RefusedRow { r#type: &refused.kind, why: &refused.why, place: place(&refused.place) }
}

fn replaced_row(replaced: &Replaced) -> ReplacedRow<'_> {
    ReplacedRow { resource: &replaced.resource, place: place(&replaced.place) }
}

fn deployed(deployed: &Deployed) -> DeployedRow<'_> {
    let Deployed { account_id, collected_at, replaced } = deployed;
    DeployedRow {
        account_id,
        collected_at: collected_at.to_string(),
        replaced: replaced.iter().map(replaced_row).collect(),
    }
}

fn place(place: &Place) -> PlaceRow<'_> {
    // The line itself is in the file.
    let Place { file, line, column, address, excerpt: _ } = place;
    PlaceRow { file, line: *line, column: *column, address: address.as_deref() }
}

fn reason(reason: &Reason) -> ReasonRow<'_> {
    ReasonRow {
        link: reason.link().as_str(),
        code: reason.code().as_str(),
        message: reason.message(),
        resource: reason.resource(),
    }
}

fn chain(chain: &Chain, show_endpoints: bool) -> ChainRow<'_> {
    ChainRow {
        trail: chain.trail().map(|trail| TrailRow { arn: &trail.arn, home_region: &trail.home_region }),
        log_group: chain.log_group().map(|arn| ArnRow { arn }),
        metric_filters: chain
            .metric_filters()
            .map(|filter| FilterRow {
                name: &filter.name,
                pattern: &filter.pattern,
                covers: filter.covers,
                metrics: metrics(&filter.metrics),
            })
            .collect(),
        alarms: chain
            .alarms()
            .map(|alarm| AlarmRow {
                arn: &alarm.arn,
                quiet_seconds: match alarm.quiet {
                    Some(Quiet::AtLeast { seconds }) => Some(seconds),
                    Some(Quiet::UntilReset) | None => None,
                },
                latches: alarm.quiet == Some(Quiet::UntilReset),
                metrics: metrics(&alarm.metrics),
                topics: alarm.topics.iter().map(TopicArn::as_str).collect(),
            })
            .collect(),
        topics: chain.topics().map(|arn| ArnRow { arn }).collect(),
        subscriptions: chain.subscriptions().map(|step| subscription(step, show_endpoints)).collect(),
    }
}

fn metrics(metrics: &[Metric]) -> Vec<MetricRow<'_>> {
    metrics.iter().map(|metric| MetricRow { namespace: &metric.namespace, name: &metric.name }).collect()
}

fn subscription(step: &SubscriptionStep, show_endpoints: bool) -> SubscriptionRow<'_> {
    SubscriptionRow {
        topic: &step.topic,
        protocol: &step.protocol,
        endpoint: mask::shown(&step.protocol, &step.endpoint, show_endpoints),
        state: step.state.as_str(),
    }
}

fn waiver(waiver: &Waiver) -> WaiverRow<'_> {
    WaiverRow { reason: &waiver.reason, owner: &waiver.owner, expires: waiver.expires.to_string() }
}

fn exception(exception: &Exception) -> ExceptionRow<'_> {
    let Exception { events, evadable, leaves, waiver: accepted } = exception;
    ExceptionRow { events: events.to_string(), evadable, leaves: leaves.as_deref(), waiver: waiver(accepted) }
}

fn unused_waiver(idle: &UnusedWaiver) -> UnusedWaiverRow<'_> {
    UnusedWaiverRow { rule: &idle.rule, state: idle.why.as_str(), waiver: waiver(&idle.waiver) }
}

fn gap(gap: &Gap) -> GapRow<'_> {
    let (operation, document) = match &gap.source {
        GapSource::Call { action } => (Some(action.as_str()), None),
        GapSource::Document(part) => (None, Some(document_part(part))),
    };
    GapRow {
        account_id: &gap.account_id,
        region: &gap.region,
        operation,
        document,
        resource: gap.resource.as_deref(),
        code: &gap.code,
        message: &gap.message,
    }
}

fn document_part(part: &DocumentPart) -> DocumentPartRow<'_> {
    // The action that would show it is the audit's own business, not the reader's; why is in the message.
    let DocumentPart { file, line, address, property, why: _, instead_of: _ } = part;
    DocumentPartRow { file, line: *line, address, property: property.as_deref() }
}
