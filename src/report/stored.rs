//! Reads a saved JSON report back as a report: to be merged with others, or written in another format.
//!
//! What the document says of a result is kept as it is there, and written so again. What other formats need of it is read:
//! verdicts, codes, sentences, the chain. Facts are not in a report, only what was said of them. Files are untrusted: what
//! a program of this version would not have written is an error.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use self::accounts::{AccountRow, audit_of, entries};
use self::drift::DriftRow;
use self::evidence::EvidenceRow;
use self::gap::GapRow;
use self::reason::UnusedRow;
use self::result::{Reader, Row};
use self::words::{unknown, word};
use super::accounts::{SummaryCounts, TallyCounts};
use super::agreement::{self, Contradiction};
use super::document::SCHEMA_VERSION;
use super::raw;
use super::read::{ReadError, SubjectWord};
use crate::document::{self, Head, Ignored, Opened};
use crate::drift::Drift;
use crate::finding::{Asked, AskedControl, Audit, Project, Report, UnusedWaiver, Verdict};
use crate::rule::Benchmark;

mod accounts;
mod chain;
mod drift;
mod evidence;
mod gap;
mod reason;
mod result;
mod words;

pub use self::result::RuleOf;
pub use self::words::StoredError;

/// A report that was read, and who wrote it.
#[derive(Debug)]
pub struct Stored {
    /// What it says.
    pub report: Report,
    /// Whether it is about many accounts: it names them all, audited or not.
    pub is_of_many: bool,
    /// The version of the program that wrote it.
    pub version: String,
    /// The commit that the program was built from. `None`: it does not say.
    pub commit: Option<String>,
    /// What it says of an earlier report, where it was held against one.
    pub drift: Option<Drift>,
    /// A result that it lacks, or has without having been asked for it.
    pub incomplete: Option<Contradiction>,
    /// Fields that this program does not know.
    pub ignored: Ignored,
}

/// Reads a report.
///
/// # Errors
/// See [`StoredError`].
pub fn read(text: &str, rule_of: RuleOf<'_>) -> Result<Stored, StoredError> {
    let text = document::without_mark(text).as_bytes();
    let head = Head::parse(text).map_err(ReadError::from)?;
    if head.is_account() {
        return Err(ReadError::Snapshot.into());
    }
    if !head.is_report() {
        return Err(ReadError::NotAReport(if head.is_plan() { "it is a plan" } else { "it has no results" }).into());
    }
    head.check(SCHEMA_VERSION).map_err(ReadError::from)?;
    let Opened { document, ignored } = document::open::<Document>(text)?;
    let Document { tool, benchmark, subject, verdict, collected_at, accounts, results, unused_waivers, .. } = document;
    let Document { evidence, asked, whole_organization: is_whole_organization, project, projects, drift, gaps, .. } =
        document;
    let (summary, account_summary) = (document.summary, document.account_summary);
    if let SubjectWord::Documents = subject {
        return Err(StoredError::Documents);
    }
    let verdict = word("verdict", &verdict, Verdict::ALL, Verdict::as_str)?;
    let version: Benchmark = benchmark.parse().map_err(|_| unknown("benchmark", &benchmark))?;
    let is_of_many = accounts.is_some();
    let reader = Reader { benchmark: version, verdict, framework: asked.framework.as_deref(), rule_of };
    let mut audits: BTreeMap<String, Audit> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for saved in results {
        let row: Row = document::open(saved.get().as_bytes())?.document;
        if !seen.insert((row.account_id.clone(), row.region.clone(), row.slug.clone())) {
            let Row { account_id, region, slug, .. } = row;
            return Err(ReadError::Twice { account_id, region, slug }.into());
        }
        let account = accounts.iter().flatten().find(|account| account.account_id.as_ref() == Some(&row.account_id));
        let audit = audits.entry(row.account_id.clone()).or_insert_with(|| audit_of(&row, account, collected_at));
        let said = row.status.clone();
        let finding = reader.finding(row, &audit.region)?;
        let said = said.as_deref().unwrap_or(finding.outcome().as_str());
        agreement::check_status(said, finding.outcome(), &finding.rule.slug, &finding.account_id)?;
        audit.findings.push(finding);
        audit.saved.push(raw::in_one_line(&saved));
    }
    let (entries, said) = entries(accounts, &mut audits, collected_at)?;
    if let Some(id) = audits.keys().find(|id| !entries.iter().any(|entry| entry.account.id == **id)) {
        return Err(StoredError::NoAccount { account_id: id.clone() });
    }
    evidence::put(evidence, &mut audits)?;
    for row in gaps {
        let gap = row.gap();
        if let Some(audit) = audits.get_mut(&gap.account_id) {
            audit.gaps.push(gap);
        }
    }
    let projects =
        project.into_iter().chain(projects).map(|ProjectRow { file, sets }| Project { file, sets }).collect();
    let drift = drift.map(DriftRow::drift).transpose()?;
    let unused_waivers: Vec<UnusedWaiver> =
        unused_waivers.into_iter().map(UnusedRow::waiver).collect::<Result<_, _>>()?;
    let is_waived = audits
        .values()
        .flat_map(|audit| &audit.findings)
        .any(|finding| finding.waiver.is_some() || !finding.exceptions.is_empty());
    let day = collected_at.map(|time| time.to_zoned(jiff::tz::TimeZone::UTC).date());
    let report = Report {
        benchmark: version.as_str(),
        verdict,
        audits: audits.into_values().collect(),
        accounts: entries,
        documents: None,
        asked: asked.asked(),
        is_whole_organization,
        projects,
        waived_on: day.filter(|_| is_waived || !unused_waivers.is_empty()),
        unused_waivers,
    };
    agreement::check_summary(summary, report.summary(), "")?;
    agreement::check_tally(account_summary, &report)?;
    agreement::check_accounts(said, &report)?;
    // What AWS Organizations records in the management account, no other is asked for.
    let is_of_organization = |slug: &str| {
        let rule = rule_of(version, report.asked.framework.as_deref(), slug);
        is_of_many && rule.is_some_and(|rule| rule.demand.is_of_organization())
    };
    let incomplete = agreement::incomplete(&report.asked, &report.audits, &is_of_organization);
    Ok(Stored { report, is_of_many, version: tool.version, commit: tool.commit, drift, incomplete, ignored })
}

/// The results of a report that [`read`] has taken, as they are there, each in one line.
///
/// # Errors
/// It has no results.
pub fn rows(text: &str) -> Result<Vec<Box<RawValue>>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Results {
        results: Vec<Box<RawValue>>,
    }
    let Results { results } = serde_json::from_str(document::without_mark(text))?;
    Ok(results.iter().map(|row| raw::in_one_line(row)).collect())
}

#[derive(Deserialize)]
struct Document {
    #[serde(default, rename = "schema_version")]
    _schema_version: Option<serde_json::Value>,
    /// Compared with the results.
    #[serde(default)]
    summary: Option<SummaryCounts>,
    #[serde(default)]
    account_summary: Option<TallyCounts>,
    tool: ToolRow,
    benchmark: String,
    #[serde(default)]
    subject: SubjectWord,
    verdict: String,
    #[serde(default)]
    collected_at: Option<Timestamp>,
    #[serde(default)]
    asked: AskedRow,
    #[serde(default)]
    evidence: Vec<EvidenceRow>,
    #[serde(default)]
    accounts: Option<Vec<AccountRow>>,
    #[serde(default)]
    whole_organization: bool,
    #[serde(default)]
    project: Option<ProjectRow>,
    #[serde(default)]
    projects: Vec<ProjectRow>,
    /// Made again from the results.
    #[serde(default, rename = "mapping")]
    _mapping: Option<serde_json::Value>,
    #[serde(default)]
    drift: Option<DriftRow>,
    results: Vec<Box<RawValue>>,
    #[serde(default)]
    unused_waivers: Vec<UnusedRow>,
    #[serde(default)]
    gaps: Vec<GapRow>,
}

/// What was asked of each account. Empty: that is not stated.
#[derive(Deserialize, Default)]
struct AskedRow {
    #[serde(default)]
    controls: Vec<AskedControlRow>,
    #[serde(default)]
    framework: Option<String>,
}

#[derive(Deserialize)]
struct AskedControlRow {
    slug: String,
    #[serde(default)]
    fingerprint: Option<String>,
}

impl AskedRow {
    fn asked(self) -> Asked {
        let control = |AskedControlRow { slug, fingerprint }| AskedControl { slug, fingerprint };
        Asked { controls: self.controls.into_iter().map(control).collect(), framework: self.framework }
    }
}

#[derive(Deserialize)]
struct ProjectRow {
    file: String,
    sets: Vec<String>,
}

#[derive(Deserialize)]
struct ToolRow {
    #[serde(default, rename = "name")]
    _name: Option<serde_json::Value>,
    version: String,
    #[serde(default)]
    commit: Option<String>,
}
