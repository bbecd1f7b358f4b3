//! Reads the results of a JSON report back as findings.

use std::sync::Arc;

use filter_pattern::Witness;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::chain::ChainRow;
use super::reason::{ExceptionRow, ReasonRow, WaiverRow, code};
use super::words::{StoredError, word};
use crate::finding::{Code, Finding, HubStatus, Judged, Place, Remedy, Status, Verdict, Verdicts};
use crate::report::raw;
use crate::rule::{Benchmark, Demand, Rule};

/// Finds the control of a version of the benchmark by its name, with what is claimed of it about a framework, if one was
/// asked for.
pub type RuleOf<'a> = &'a dyn Fn(Benchmark, Option<&str>, &str) -> Option<Arc<Rule>>;

#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) account_id: String,
    pub(super) region: String,
    pub(super) slug: String,
    #[serde(default)]
    pub(super) status: Option<String>,
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

/// By what results are read.
pub(super) struct Reader<'a> {
    pub(super) benchmark: Benchmark,
    pub(super) verdict: Verdict,
    pub(super) framework: Option<&'a str>,
    pub(super) rule_of: RuleOf<'a>,
}

impl Reader<'_> {
    /// `region`: the one in which the audit began.
    pub(super) fn finding(&self, row: Row, region: &str) -> Result<Finding, StoredError> {
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

fn hub_status(text: &str) -> Result<HubStatus, StoredError> {
    use HubStatus::{Failed, NoData, NotSupported, Passed, Unknown, Warning};
    let all = [Passed, Failed, NoData, Warning, NotSupported, Unknown];
    word("verdicts.security_hub", text, all, HubStatus::as_str)
}
