//! Reads a saved JSON report back as a report: to be merged with others, or written in another format.
//!
//! What the document says of a result is kept as it is there, and written so again. What other formats need of it is read:
//! verdicts, codes, sentences, the chain. Facts are not in a report, only what was said of them; so a reason that is read
//! is a [`Facts::Reported`]. Files are untrusted: what a program of this version would not have written is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use filter_pattern::{Pattern, Witness};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;

use self::drift::DriftRow;
use self::evidence::EvidenceRow;
use self::words::{unknown, word};
use super::accounts::{SummaryCounts, TallyCounts};
use super::agreement::{self, Contradiction, Said};
use super::document::SCHEMA_VERSION;
use super::raw;
use super::read::{ReadError, SubjectWord};
use crate::document::{self, Head, Ignored, Opened};
use crate::drift::Drift;
use crate::finding::{
    AlarmStep, Asked, AskedControl, Audit, Chain, Code, Edge, Exception, Facts, FilterStep, Finding, HubStatus, Idle,
    Judged, Metric, Place, Project, Quiet, Reason, Remedy, Report, SavedRows, Status, Step, SubscriptionStep,
    TrailStep, UnusedWaiver, Verdict, Verdicts, Waiver,
};
use crate::organization::{Access, Account, AccountOutcome, Entry};
use crate::partition::Partition;
use crate::rule::{Benchmark, Demand, Rule};
use crate::snapshot::{DocumentPart, Gap, GapSource, SubscriptionState};

mod drift;
mod evidence;
mod words;

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

/// Finds the control of a version of the benchmark by its name, with what is claimed of it about a framework, if one was
/// asked for.
pub type RuleOf<'a> = &'a dyn Fn(Benchmark, Option<&str>, &str) -> Option<Arc<Rule>>;

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

/// The audit that a first result is of.
fn audit_of(row: &Row, account: Option<&AccountRow>, collected_at: Option<Timestamp>) -> Audit {
    let region = account.and_then(|account| account.region.clone()).unwrap_or_else(|| row.region.clone());
    let partition = account.and_then(|account| account.partition.clone());
    Audit {
        collected_at: account.and_then(|account| account.collected_at).or(collected_at).unwrap_or_default(),
        partition: partition.unwrap_or_else(|| Partition::of_region(&region).name.to_owned()),
        account_id: row.account_id.clone(),
        region,
        evidence: None,
        findings: Vec::new(),
        gaps: Vec::new(),
        saved: SavedRows::None,
    }
}

/// The accounts that the report names, and what it says of each as a whole; of a report that names none, those that it has results of. An account that was
/// audited by no control has an audit all the same.
fn entries(
    accounts: Option<Vec<AccountRow>>,
    audits: &mut BTreeMap<String, Audit>,
    collected_at: Option<Timestamp>,
) -> Result<(Vec<Entry>, Vec<Said>), StoredError> {
    let Some(accounts) = accounts else {
        let entry = |id: &String| Entry {
            account: Account { id: id.clone(), name: String::new(), ou_path: String::new(), access: Access::Own },
            outcome: AccountOutcome::Audited,
            tried_at: None,
        };
        return Ok((audits.keys().map(entry).collect(), Vec::new()));
    };
    let (mut entries, mut said) = (Vec::with_capacity(accounts.len()), Vec::with_capacity(accounts.len()));
    for row in accounts {
        let AccountRow { account_id, name, ou_path, role_arn, profile, outcome, reason, .. } = row;
        let AccountRow { partition, region, tried_at, status, summary, .. } = row;
        said.push(Said { status, summary });
        let outcome = AccountOutcome::parse(&outcome, reason).ok_or_else(|| unknown("outcome", &outcome))?;
        let id = account_id.unwrap_or_default();
        let access = match (role_arn, profile) {
            (Some(arn), _) => Access::Role(arn),
            (None, Some(profile)) => Access::Profile(profile),
            (None, None) if id.is_empty() || matches!(outcome, AccountOutcome::Skipped(_)) => Access::Nothing,
            (None, None) => Access::Own,
        };
        if outcome == AccountOutcome::Audited {
            let region = region.unwrap_or_default();
            audits.entry(id.clone()).or_insert_with(|| Audit {
                collected_at: row.collected_at.or(collected_at).unwrap_or_default(),
                partition: partition.unwrap_or_else(|| Partition::of_region(&region).name.to_owned()),
                account_id: id.clone(),
                region,
                evidence: None,
                findings: Vec::new(),
                gaps: Vec::new(),
                saved: SavedRows::None,
            });
        }
        entries.push(Entry { account: Account { id, name, ou_path, access }, outcome, tried_at });
    }
    Ok((entries, said))
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

#[derive(Deserialize)]
struct AccountRow {
    account_id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    ou_path: String,
    role_arn: Option<String>,
    profile: Option<String>,
    outcome: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    summary: Option<SummaryCounts>,
    reason: Option<String>,
    partition: Option<String>,
    region: Option<String>,
    collected_at: Option<Timestamp>,
    #[serde(default)]
    tried_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Row {
    account_id: String,
    region: String,
    slug: String,
    #[serde(default)]
    status: Option<String>,
    verdicts: VerdictsRow,
    reason: Option<ReasonRow>,
    verdict_reasons: VerdictReasonsRow,
    waiver: Option<WaiverRow>,
    #[serde(default)]
    exceptions: Vec<ExceptionRow>,
    warnings: Vec<ReasonRow>,
    chain: ChainRow,
    witness: Option<WitnessRow>,
    remediation: String,
    place: Option<PlaceRow>,
}

#[derive(Deserialize)]
struct VerdictsRow {
    cis: String,
    effective: String,
    security_hub: String,
}

#[derive(Deserialize)]
struct VerdictReasonsRow {
    effective: Option<ReasonRow>,
    security_hub: Option<ReasonRow>,
}

#[derive(Deserialize, Clone)]
struct ReasonRow {
    code: String,
    message: String,
    resource: Option<String>,
}

#[derive(Deserialize, Clone)]
struct WaiverRow {
    reason: String,
    owner: String,
    expires: Date,
}

#[derive(Deserialize)]
struct ExceptionRow {
    events: String,
    #[serde(default)]
    evadable: Vec<String>,
    #[serde(default)]
    leaves: Option<String>,
    #[serde(flatten)]
    waiver: WaiverRow,
}

#[derive(Deserialize)]
struct UnusedRow {
    rule: String,
    state: String,
    #[serde(flatten)]
    waiver: WaiverRow,
}

#[derive(Deserialize)]
struct WitnessRow {
    event: Box<RawValue>,
}

#[derive(Deserialize)]
struct PlaceRow {
    file: String,
    line: Option<u32>,
    column: Option<u32>,
    address: Option<String>,
}

impl PlaceRow {
    fn place(self) -> Place {
        let Self { file, line, column, address } = self;
        Place { file, line, column, address, excerpt: None }
    }
}

#[derive(Deserialize)]
struct ChainRow {
    trail: Option<TrailRow>,
    log_group: Option<ArnRow>,
    metric_filters: Vec<FilterRow>,
    alarms: Vec<AlarmRow>,
    topics: Vec<ArnRow>,
    subscriptions: Vec<SubscriptionRow>,
}

#[derive(Deserialize)]
struct TrailRow {
    arn: String,
    home_region: String,
}

#[derive(Deserialize)]
struct ArnRow {
    arn: String,
}

#[derive(Deserialize)]
struct FilterRow {
    name: String,
    pattern: String,
    covers: Option<bool>,
    metrics: Vec<MetricRow>,
}

#[derive(Deserialize)]
struct MetricRow {
    namespace: String,
    name: String,
}

#[derive(Deserialize)]
struct AlarmRow {
    arn: String,
    quiet_seconds: Option<u64>,
    #[serde(default)]
    latches: bool,
    metrics: Vec<MetricRow>,
    topics: Vec<String>,
}

#[derive(Deserialize)]
struct SubscriptionRow {
    topic: String,
    protocol: String,
    endpoint: String,
    state: String,
}

#[derive(Deserialize)]
struct GapRow {
    account_id: String,
    region: String,
    operation: Option<String>,
    document: Option<PartRow>,
    resource: Option<String>,
    code: String,
    message: String,
}

#[derive(Deserialize)]
struct PartRow {
    file: String,
    line: Option<u32>,
    address: String,
    property: Option<String>,
}

/// By what results are read.
struct Reader<'a> {
    benchmark: Benchmark,
    verdict: Verdict,
    framework: Option<&'a str>,
    rule_of: RuleOf<'a>,
}

impl Reader<'_> {
    /// `region`: the one in which the audit began.
    fn finding(&self, row: Row, region: &str) -> Result<Finding, StoredError> {
        let Some(rule) = (self.rule_of)(self.benchmark, self.framework, &row.slug) else {
            return Err(StoredError::Rule { slug: row.slug, benchmark: self.benchmark.to_string() });
        };
        let wants_pattern = row.reason.iter().any(|reason| code(&reason.code).is_ok_and(Code::wants_pattern));
        let remedy = remedy(&row.remediation, wants_pattern);
        let words = remedy.as_ref().map(|remedy| {
            let words = remedy.words.as_str();
            let words = if wants_pattern { words.strip_suffix(&rule.explained()).unwrap_or(words) } else { words };
            words.to_owned()
        });
        let decides = row.reason.map(|row| row.reason(words)).transpose()?;
        let effective = row.verdict_reasons.effective.map(|row| row.reason(None)).transpose()?;
        let security_hub = row.verdict_reasons.security_hub.map(|row| row.reason(None)).transpose()?;
        // The document has the benchmark's own reason where that decides, and where the deciding one has none of its own.
        let of_cis = match self.verdict {
            Verdict::Cis => decides.clone(),
            Verdict::Effective if effective.is_none() => decides.clone(),
            Verdict::Effective | Verdict::SecurityHub => None,
        };
        let status =
            |field, text: &str| word(field, text, [Status::Pass, Status::Fail, Status::Unknown], Status::as_str);
        let verdicts = Verdicts {
            cis: Judged { status: status("verdicts.cis", &row.verdicts.cis)?, reason: of_cis },
            effective: Judged { status: status("verdicts.effective", &row.verdicts.effective)?, reason: effective },
            security_hub: Judged { status: hub_status(&row.verdicts.security_hub)?, reason: security_hub },
        };
        let is_hub = matches!(rule.demand, Demand::SecurityHubEnabled);
        Ok(Finding {
            rule,
            status: verdicts.decide(self.verdict).status,
            verdicts,
            account_id: row.account_id,
            is_further: is_hub && row.region != region,
            region: row.region,
            reason: decides,
            place: row.place.map(PlaceRow::place),
            waiver: row.waiver.map(WaiverRow::waiver),
            exceptions: row.exceptions.into_iter().map(ExceptionRow::exception).collect::<Result<_, _>>()?,
            warnings: row.warnings.into_iter().map(|row| row.reason(None)).collect::<Result<_, _>>()?,
            chain: row.chain.chain()?,
            witness: row.witness.and_then(|it| Witness::from_json_line(raw::in_one_line(&it.event).get())),
            remedy,
        })
    }
}

/// What to do, with the pattern apart that follows on the words.
fn remedy(text: &str, wants_pattern: bool) -> Option<Remedy> {
    const BETWEEN: &str = " The pattern: ";
    let parts = text.split_once(BETWEEN).filter(|_| wants_pattern);
    let (words, pattern) = parts.map_or((text, None), |(words, pattern)| (words, Some(pattern.to_owned())));
    (!text.is_empty()).then(|| Remedy { words: words.to_owned(), pattern })
}

impl ReasonRow {
    fn reason(self, remedy: Option<String>) -> Result<Reason, StoredError> {
        let Self { code: word, message, resource } = self;
        Ok(Reason::new(Facts::Reported { code: code(&word)?, resource, sentence: message, remedy }))
    }
}

impl WaiverRow {
    fn waiver(self) -> Waiver {
        let Self { reason, owner, expires } = self;
        Waiver { reason, owner, expires }
    }
}

impl ExceptionRow {
    fn exception(self) -> Result<Exception, StoredError> {
        let events = Pattern::parse(&self.events).map_err(|_| unknown("exceptions.events", &self.events))?;
        Ok(Exception { events, evadable: self.evadable, leaves: self.leaves, waiver: self.waiver.waiver() })
    }
}

impl UnusedRow {
    fn waiver(self) -> Result<UnusedWaiver, StoredError> {
        let why = word("unused_waivers.state", &self.state, [Idle::Expired, Idle::Unused], Idle::as_str)?;
        Ok(UnusedWaiver { rule: self.rule, waiver: self.waiver.waiver(), why })
    }
}

impl GapRow {
    fn gap(self) -> Gap {
        let Self { account_id, region, operation, document, resource, code, message } = self;
        let source = match (operation, document) {
            (None, Some(PartRow { file, line, address, property })) => GapSource::Document(DocumentPart {
                file,
                line,
                address,
                property,
                why: None,
                instead_of: String::new(),
            }),
            (operation, _) => GapSource::call(operation.unwrap_or_default()),
        };
        Gap { account_id, region, source, resource, code, message }
    }
}

impl ChainRow {
    /// The steps, and what leads to what if the rows say so.
    fn chain(self) -> Result<Chain, StoredError> {
        let metrics = |rows: Vec<MetricRow>| -> Vec<Metric> {
            rows.into_iter().map(|MetricRow { namespace, name }| Metric { namespace, name }).collect()
        };
        let trail =
            self.trail.map(|TrailRow { arn, home_region }| Step::Trail(TrailStep { arn: arn.into(), home_region }));
        let mut steps: Vec<Step> = trail.into_iter().collect();
        steps.extend(self.log_group.map(|row| Step::LogGroup(row.arn.into())));
        steps.extend(self.metric_filters.into_iter().map(|FilterRow { name, pattern, covers, metrics: published }| {
            Step::MetricFilter(FilterStep { name, pattern, covers, metrics: metrics(published) })
        }));
        steps.extend(self.alarms.into_iter().map(
            |AlarmRow { arn, quiet_seconds, latches, metrics: watched, topics }| {
                Step::Alarm(AlarmStep {
                    arn: arn.into(),
                    is_composite: watched.is_empty(),
                    quiet: match (latches, quiet_seconds) {
                        (true, _) => Some(Quiet::UntilReset),
                        (false, Some(seconds)) => Some(Quiet::AtLeast { seconds }),
                        (false, None) => None,
                    },
                    metrics: metrics(watched),
                    topics: topics.into_iter().map(Into::into).collect(),
                })
            },
        ));
        steps.extend(self.topics.into_iter().map(|row| Step::Topic(row.arn.into())));
        for SubscriptionRow { topic, protocol, endpoint, state } in self.subscriptions {
            let state = word("subscriptions.state", &state, SubscriptionState::ALL, SubscriptionState::as_str)?;
            steps.push(Step::Subscription(SubscriptionStep { topic: topic.into(), protocol, endpoint, state }));
        }
        let edges = edges(&steps);
        Ok(Chain::new(steps, edges))
    }
}

fn edges(steps: &[Step]) -> Vec<Edge> {
    let leads = |from: &Step, to: &Step| match (from, to) {
        (Step::Trail(_), Step::LogGroup(_)) | (Step::LogGroup(_), Step::MetricFilter(_)) => true,
        (Step::MetricFilter(filter), Step::Alarm(alarm)) => {
            filter.metrics.iter().any(|metric| alarm.metrics.contains(metric))
        }
        (Step::Alarm(alarm), Step::Topic(topic)) => alarm.topics.contains(topic),
        (Step::Topic(topic), Step::Subscription(subscription)) => subscription.topic == *topic,
        _ => false,
    };
    let all = steps.iter().enumerate();
    let pairs = all.clone().flat_map(|from| all.clone().map(move |to| (from, to)));
    pairs.filter(|((_, from), (_, to))| leads(from, to)).map(|((from, _), (to, _))| Edge { from, to }).collect()
}

fn code(word: &str) -> Result<Code, StoredError> {
    Code::ALL.iter().copied().find(|code| code.as_str() == word).ok_or_else(|| unknown("a reason's code", word))
}

fn hub_status(text: &str) -> Result<HubStatus, StoredError> {
    use HubStatus::{Failed, NoData, NotSupported, Passed, Unknown, Warning};
    let all = [Passed, Failed, NoData, Warning, NotSupported, Unknown];
    word("verdicts.security_hub", text, all, HubStatus::as_str)
}
