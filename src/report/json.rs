//! The JSON document that dashboards read, and its JSON Schema.
//!
//! These structs are the contract, not the types of the stages: fields may be added here, never renamed or removed.
//! Their comments are the descriptions in the schema, so they speak to the readers of a report.

use std::io;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::ser::{self, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use self::chain::{ChainRow, chain};
use self::documents::{DeployedRow, GapRow, PlaceRow, RefusedRow, deployed, gap, place, refused_row};
use self::holes::HoleRow;
use self::near_miss::NearMissRow;
use self::reason::{
    ExceptionRow, ReasonRow, UnusedWaiverRow, VerdictReasons, WaiverRow, WarningRow, exception, reason, unused_waiver,
    verdict_reasons, waiver, warning,
};
use self::witness::{WitnessRow, witness};
use super::accounts::{self, AccountRow, SummaryCounts, TallyCounts};
use super::document::{self, SCHEMA_VERSION, TOOL, Tool};
use super::drift::DriftRow;
use super::evidence::{self, EvidenceRow};
use super::raw;
use super::requirements::{self, Mapping, MappingRow, RequirementRow};
use super::rule_files;
use crate::drift::Drift;
use crate::finding::{Asked, AskedControl, Audit, Finding, Project, Reason, Report};

mod chain;
mod documents;
pub(crate) mod holes;
mod near_miss;
mod reason;
mod witness;
mod words;

pub(super) use self::documents::{NotDeclaredRow, not_declared};

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
    #[schemars(schema_with = "words::verdicts")]
    verdict: &'static str,
    /// What was judged: an account, live or saved, or documents that declare resources. The two are not compared.
    #[schemars(schema_with = "words::subjects")]
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
    #[schemars(schema_with = "words::severities")]
    severity: &'static str,
    /// The control of AWS Security Hub CSPM that corresponds, `CloudWatch.N`.
    security_hub_control: Option<&'a str>,
    /// The status, by the verdict that decides and with waivers applied.
    #[schemars(schema_with = "words::outcomes")]
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
    #[schemars(schema_with = "words::statuses")]
    cis: &'static str,
    /// Is the chain intact, and would a single such event reach a subscriber?
    #[schemars(schema_with = "words::statuses")]
    effective: &'static str,
    /// What AWS Security Hub CSPM is predicted to show.
    #[schemars(schema_with = "words::hub_statuses")]
    security_hub: &'static str,
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
        verdict_reasons: verdict_reasons(&finding.verdicts),
        waiver: finding.waiver.as_ref().map(waiver),
        exceptions: finding.exceptions.iter().map(exception).collect(),
        requirements: requirements::rows(&finding.rule),
        warnings: finding.warnings.iter().map(warning).collect(),
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
