//! Reads what is compared of the JSON report that `json` writes.
//!
//! Files are untrusted, and may be of a program a little newer: fields that no report of this program has are passed over
//! and named, another version of the document is refused.

use std::collections::BTreeSet;

use filter_pattern::{Cause, Pattern};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use super::accounts::SummaryCounts;
use super::agreement::{self, Contradiction};
use super::document::SCHEMA_VERSION;
use super::known::Known;
use super::raw;
use crate::document::{self, Head, Misshapen, Opened, Refusal};
use crate::drift::{Control, Missed, Resource, State, Why, sorted, subscription};
use crate::finding::{Link, Outcome, Subject};
use crate::organization::{self, Access, Account, Entry};

/// Why a file cannot be compared.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Not JSON, or not of a report's shape.
    #[error(transparent)]
    Shape(#[from] Misshapen),
    /// Written by a newer program.
    #[error(
        "written by a newer cis-audit (schema_version {found}; this one reads {SCHEMA_VERSION}): upgrade cis-audit"
    )]
    Newer {
        /// The file's `schema_version`.
        found: u64,
    },
    /// Some other document.
    #[error("not a cis-audit report: {0}; `cis-audit -f json -o FILE` writes one")]
    NotAReport(&'static str),
    /// A saved account.
    #[error("a saved account, not a report: `cis-audit --snapshot FILE -f json` makes one of it")]
    Snapshot,
    /// A word of an account that this program does not write.
    #[error("the outcome of an account is {0:?}, which no cis-audit {version} writes", version = env!("CARGO_PKG_VERSION"))]
    Outcome(String),
    /// It says two things of itself.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// It is unclear which of two is meant.
    #[error("{slug} is there twice for account {account_id} in {region}")]
    Twice {
        /// The account.
        account_id: String,
        /// The region.
        region: String,
        /// The control.
        slug: String,
    },
}

impl From<Refusal> for ReadError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Other(why) => Self::NotAReport(why),
            Refusal::Misshapen(error) => Self::Shape(error),
            Refusal::Newer(found) => Self::Newer { found },
        }
    }
}

/// Reads a JSON report.
///
/// # Errors
/// Not JSON, no report, one of a newer version, or one that says two things of one control: see [`ReadError`].
pub fn read(text: &str) -> Result<Opened<State>, ReadError> {
    let text = document::without_mark(text).as_bytes();
    let head = Head::parse(text)?;
    if head.is_account() {
        return Err(ReadError::Snapshot);
    }
    if !head.is_report() {
        return Err(ReadError::NotAReport(if head.is_plan() { "it is a plan" } else { "it has no results" }));
    }
    head.check(SCHEMA_VERSION)?;
    // What is compared is less than what is known.
    let document = document::open::<Document>(text)?.document;
    let schema = super::json::root_schema();
    // An example event may be deeper, and its numbers longer, than a parser takes that looks at every value; nothing of it
    // is compared.
    let ignored = document::open_as(text, Known::from_schema(schema.as_value())).map(|opened| opened.ignored);
    let ignored = ignored.unwrap_or_default();
    let controls: Vec<Control> = document.results.into_iter().map(Row::control).collect();
    let mut known = BTreeSet::new();
    if let Some(Control { account_id, region, slug, .. }) =
        controls.iter().find(|control| !known.insert((control.id(), &control.region)))
    {
        let (account_id, region, slug) = (account_id.clone(), region.clone(), slug.clone());
        return Err(ReadError::Twice { account_id, region, slug });
    }
    agreement::check_summary(document.summary, controls.iter().map(|control| control.status).collect(), "")?;
    let accounts = document.accounts.into_iter().map(AccountRow::entry).collect::<Result<_, _>>()?;
    let state = State {
        benchmark: document.benchmark,
        subject: document.subject.into(),
        verdict: document.verdict,
        collected_at: document.collected_at,
        accounts,
        is_whole_organization: document.whole_organization,
        controls,
    };
    Ok(Opened { document: state, ignored })
}

#[derive(Deserialize)]
struct Document {
    benchmark: String,
    #[serde(default)]
    subject: SubjectWord,
    verdict: String,
    #[serde(default)]
    collected_at: Option<Timestamp>,
    #[serde(default)]
    accounts: Vec<AccountRow>,
    #[serde(default)]
    whole_organization: bool,
    #[serde(default)]
    summary: Option<SummaryCounts>,
    results: Vec<Row>,
}

/// What is compared: which account, and whether it was audited.
#[derive(Deserialize)]
struct AccountRow {
    account_id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    ou_path: String,
    outcome: String,
    reason: Option<String>,
}

impl AccountRow {
    fn entry(self) -> Result<Entry, ReadError> {
        let Self { account_id, name, ou_path, outcome: word, reason } = self;
        let outcome = organization::AccountOutcome::parse(&word, reason).ok_or(ReadError::Outcome(word))?;
        let account = Account { id: account_id.unwrap_or_default(), name, ou_path, access: Access::Nothing };
        Ok(Entry { account, outcome, tried_at: None })
    }
}

/// Reports say it since declared resources are judged: one that does not is of an account.
#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum SubjectWord {
    #[default]
    Account,
    Documents,
}

impl From<SubjectWord> for Subject {
    fn from(word: SubjectWord) -> Self {
        match word {
            SubjectWord::Account => Self::Account,
            SubjectWord::Documents => Self::Documents,
        }
    }
}

#[derive(Deserialize)]
struct Row {
    account_id: String,
    region: String,
    rule: String,
    slug: String,
    status: StatusWord,
    reason: Option<ReasonRow>,
    #[serde(default)]
    holes: Vec<HoleRow>,
    chain: ChainRow,
}

#[derive(Deserialize)]
struct HoleRow {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    causes: Vec<CauseRow>,
    choices: Option<ChoicesRow>,
    pattern: Option<String>,
    witness: Option<WitnessRow>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum CauseRow {
    NotAsked,
    LeavesOut {
        field: String,
        values: Vec<String>,
    },
    Missing {
        test: String,
    },
    NoText {
        test: String,
    },
    Fails {
        test: String,
    },
    #[serde(other)]
    Other,
}

impl CauseRow {
    /// `None`: one that this program does not know.
    fn cause(self) -> Option<Cause> {
        Some(match self {
            Self::NotAsked => Cause::NotAsked,
            Self::LeavesOut { field, values } => Cause::LeavesOut { field, values },
            Self::Missing { test } => Cause::Missing { test },
            Self::NoText { test } => Cause::NoText { test },
            Self::Fails { test } => Cause::Fails { test },
            Self::Other => return None,
        })
    }
}

#[derive(Deserialize)]
struct ChoicesRow {
    values: Vec<String>,
}

#[derive(Deserialize)]
struct WitnessRow {
    event: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatusWord {
    Pass,
    Fail,
    Unknown,
    Waived,
}

#[derive(Deserialize)]
struct ReasonRow {
    link: String,
    code: String,
    message: String,
    resource: Option<String>,
}

#[derive(Deserialize)]
struct ChainRow {
    trail: Option<ArnRow>,
    log_group: Option<ArnRow>,
    metric_filters: Vec<NameRow>,
    alarms: Vec<ArnRow>,
    topics: Vec<ArnRow>,
    subscriptions: Vec<SubscriptionRow>,
}

#[derive(Deserialize)]
struct ArnRow {
    arn: String,
}

#[derive(Deserialize)]
struct NameRow {
    name: String,
}

#[derive(Deserialize)]
struct SubscriptionRow {
    topic: String,
    protocol: String,
    endpoint: String,
}

impl Row {
    fn control(self) -> Control {
        let status = match self.status {
            StatusWord::Pass => Outcome::Pass,
            StatusWord::Fail => Outcome::Fail,
            StatusWord::Unknown => Outcome::Unknown,
            StatusWord::Waived => Outcome::Waived,
        };
        let links = Link::CHAIN.into_iter().chain([Link::SecurityHub]);
        let reason = self.reason.map(|reason| Why {
            link: links.into_iter().find(|link| link.as_str() == reason.link),
            code: reason.code,
            message: reason.message,
            resource: reason.resource,
        });
        let Self { account_id, region, rule, slug, .. } = self;
        // What could not be decided says nothing of which events are missed.
        let holes = self.holes.into_iter().filter(|hole| hole.kind != "undecided");
        let missed = holes.map(HoleRow::missed).collect();
        Control { account_id, region, rule, slug, status, reason, missed, chain: self.chain.resources() }
    }
}

impl HoleRow {
    fn missed(self) -> Missed {
        Missed {
            // What this program cannot read says nothing of which events are meant.
            pattern: self.pattern.and_then(|pattern| Pattern::parse(&pattern).ok()),
            event: self.witness.map(|witness| raw::in_one_line(&witness.event).get().to_owned()),
            causes: self.causes.into_iter().filter_map(CauseRow::cause).collect(),
            choices: self.choices.map(|choices| choices.values).unwrap_or_default(),
            is_open: self.kind != "hole",
        }
    }
}

impl ChainRow {
    fn resources(self) -> Vec<Resource> {
        let filters = self.metric_filters.into_iter().map(|row| (Link::MetricFilter, row.name));
        let subscriptions = self.subscriptions.into_iter();
        let subscriptions =
            subscriptions.map(|row| (Link::Subscription, subscription(&row.protocol, &row.endpoint, &row.topic)));
        let arns = [
            (Link::Trail, Vec::from_iter(self.trail)),
            (Link::LogGroup, Vec::from_iter(self.log_group)),
            (Link::Alarm, self.alarms),
            (Link::Topic, self.topics),
        ];
        let arns = arns.into_iter().flat_map(|(link, rows)| rows.into_iter().map(move |row| (link, row.arn)));
        sorted(arns.chain(filters).chain(subscriptions).map(|(link, name)| Resource { link, name }))
    }
}
