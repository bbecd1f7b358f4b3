//! A report as far as it is compared, of this run or read from a JSON report.
//!
//! Files are untrusted, and may be of a program a little newer: fields that are not known are passed over, another
//! version of the document is refused.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use thiserror::Error;

use crate::finding::{Chain, Code, Finding, Link, Outcome, Report};
use crate::json;
use crate::mask;
use crate::report::SCHEMA_VERSION;

/// The slug of the benchmark's control about Security Hub CSPM.
const HUB_ENABLED: &str = "security-hub-enabled";

/// A report, to be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The version of the benchmark.
    pub benchmark: String,
    /// The verdict that decides every status, as reports spell it.
    pub verdict: String,
    /// When the account was read.
    pub collected_at: Timestamp,
    /// The controls, in the report's order; account, region and slug together are unique.
    pub controls: Vec<Control>,
}

/// What a report says of a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The account, 12 digits.
    pub account_id: String,
    /// Where its chain lives.
    pub region: String,
    /// Its number.
    pub rule: String,
    /// Its name that outlives the number.
    pub slug: String,
    /// What it comes to.
    pub status: Outcome,
    /// Why it does not pass.
    pub reason: Option<Why>,
    /// The resources of its chain, as far as it goes, sorted.
    pub chain: Vec<Resource>,
}

/// Why a control does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The link at fault; `None`: one that this program does not know.
    pub link: Option<Link>,
    /// The stable code.
    pub code: String,
    /// One sentence with the facts.
    pub message: String,
    /// ARN or name of what is at fault.
    pub resource: Option<String>,
}

/// A resource of a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// Which link it is.
    pub link: Link,
    /// Its ARN; a metric filter's name; protocol and masked endpoint of a subscription, and its topic.
    pub name: String,
}

/// Why a file cannot be compared.
#[derive(Debug, Error)]
pub enum StateError {
    /// Not JSON, or not of a report's shape.
    #[error("line {line}, column {column}{}: {message}", at_field(.field))]
    Shape {
        /// Where in the file, 1-based.
        line: usize,
        /// Where in the line, 1-based.
        column: usize,
        /// The path of the field; empty for broken JSON.
        field: String,
        /// What is wrong there.
        message: String,
    },
    /// Written by a newer program.
    #[error(
        "written by a newer cis-audit (schema_version {found}; this one reads {SCHEMA_VERSION}): upgrade cis-audit"
    )]
    Newer {
        /// The file's `schema_version`.
        found: u64,
    },
    /// Some other document.
    #[error("not a report of cis-audit: {0}; `cis-audit -f json -o FILE` writes one")]
    NotAReport(&'static str),
    /// A saved account.
    #[error("a saved account, not a report: `cis-audit --snapshot FILE -f json` makes one of it")]
    Snapshot,
    /// It cannot be told which of two is meant.
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

fn at_field(field: &str) -> String {
    if field.is_empty() || field == "." { String::new() } else { format!(", field {field}") }
}

impl Control {
    /// Whether it is about a region itself, and not about a chain that lives there.
    pub(super) fn is_of_region(&self) -> bool {
        let is_hub = |why: &Why| [Code::HubNotEnabled, Code::HubUnread].iter().any(|code| code.as_str() == why.code);
        // What passes without a chain asks for none.
        self.slug == HUB_ENABLED
            || self.reason.as_ref().is_some_and(is_hub)
            || (self.status == Outcome::Pass && self.chain.is_empty())
    }

    /// Whether the link was looked at, so that what is not in the chain is not there.
    pub(super) fn reaches(&self, link: Link) -> bool {
        match (self.status, self.reason.as_ref().map(|why| why.link)) {
            (Outcome::Pass, _) => true,
            (_, None | Some(None | Some(Link::SecurityHub))) => false,
            (Outcome::Fail, Some(Some(last))) => link <= last,
            (Outcome::Unknown | Outcome::Waived, Some(Some(last))) => link < last,
        }
    }
}

impl State {
    /// A report of this run.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        Self {
            benchmark: report.benchmark.to_owned(),
            verdict: report.verdict.as_str().to_owned(),
            collected_at: report.collected_at,
            controls: report.findings.iter().map(control).collect(),
        }
    }

    /// Reads a JSON report.
    ///
    /// # Errors
    /// Not JSON, no report, one of a newer version, or one that says two things of one control: see [`StateError`].
    pub fn from_json(text: &str) -> Result<Self, StateError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        check_version(text)?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let document: Document = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| shape(error.inner(), error.path().to_string()))?;
        deserializer.end().map_err(|error| shape(&error, String::new()))?;
        let mut known = BTreeSet::new();
        for row in &document.results {
            if !known.insert((&row.account_id, &row.region, &row.slug)) {
                let (account_id, region, slug) = (row.account_id.clone(), row.region.clone(), row.slug.clone());
                return Err(StateError::Twice { account_id, region, slug });
            }
        }
        Ok(Self {
            benchmark: document.benchmark,
            verdict: document.verdict,
            collected_at: document.collected_at,
            controls: document.results.into_iter().map(Row::control).collect(),
        })
    }
}

fn control(finding: &Finding) -> Control {
    let reason = finding.reason.as_ref().map(|reason| Why {
        link: Some(reason.link()),
        code: reason.code.as_str().to_owned(),
        message: reason.message.clone(),
        resource: reason.resource.clone(),
    });
    Control {
        account_id: finding.account_id.clone(),
        region: finding.region.clone(),
        rule: finding.rule.to_string(),
        slug: finding.slug.clone(),
        status: finding.outcome(),
        reason,
        chain: resources(&finding.chain),
    }
}

fn resources(chain: &Chain) -> Vec<Resource> {
    let subscription =
        |step: &crate::finding::SubscriptionStep| subscription(&step.protocol, &step.endpoint, &step.topic);
    sorted([
        (Link::Trail, chain.trail.iter().map(|trail| trail.arn.clone()).collect()),
        (Link::LogGroup, chain.log_group.iter().cloned().collect()),
        (Link::MetricFilter, chain.metric_filters.iter().map(|filter| filter.name.clone()).collect()),
        (Link::Alarm, chain.alarms.iter().map(|alarm| alarm.arn.clone()).collect()),
        (Link::Topic, chain.topics.clone()),
        (Link::Subscription, chain.subscriptions.iter().map(subscription).collect()),
    ])
}

fn sorted(links: [(Link, Vec<String>); 6]) -> Vec<Resource> {
    let all = links.into_iter().flat_map(|(link, names)| names.into_iter().map(move |name| Resource { link, name }));
    let once: BTreeSet<Resource> = all.collect();
    once.into_iter().collect()
}

/// The same, whether or not the report shows endpoints in full.
fn subscription(protocol: &str, endpoint: &str, topic: &str) -> String {
    let masked = if endpoint.contains("***") { endpoint.to_owned() } else { mask::endpoint(protocol, endpoint) };
    format!("{protocol} {masked} of {topic}")
}

/// Only the version and what kind of document it is.
#[derive(Deserialize)]
struct Kind {
    schema_version: Option<serde_json::Value>,
    results: Option<IgnoredAny>,
    trails: Option<IgnoredAny>,
}

fn check_version(text: &str) -> Result<(), StateError> {
    if let Some(why) = json::not_an_object(text.as_bytes()) {
        return Err(StateError::NotAReport(why));
    }
    let kind: Kind = serde_json::from_str(text).map_err(|error| shape(&error, String::new()))?;
    match kind.schema_version.as_ref().map(serde_json::Value::as_u64) {
        _ if kind.trails.is_some() => Err(StateError::Snapshot),
        _ if kind.results.is_none() => Err(StateError::NotAReport("it has no results")),
        Some(Some(found)) if found == u64::from(SCHEMA_VERSION) => Ok(()),
        Some(Some(found)) if found > u64::from(SCHEMA_VERSION) => Err(StateError::Newer { found }),
        Some(_) => Err(StateError::NotAReport("its schema_version is not one this program ever wrote")),
        None => Err(StateError::NotAReport("it has no schema_version")),
    }
}

fn shape(error: &serde_json::Error, field: String) -> StateError {
    StateError::Shape { line: error.line(), column: error.column(), field, message: json::said(error) }
}

#[derive(Deserialize)]
struct Document {
    benchmark: String,
    verdict: String,
    collected_at: Timestamp,
    results: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    account_id: String,
    region: String,
    rule: String,
    slug: String,
    status: StatusWord,
    reason: Option<ReasonRow>,
    chain: ChainRow,
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
        Control { account_id, region, rule, slug, status, reason, chain: self.chain.resources() }
    }
}

impl ChainRow {
    fn resources(self) -> Vec<Resource> {
        let arns = |rows: Vec<ArnRow>| rows.into_iter().map(|row| row.arn).collect();
        let told = |row: &SubscriptionRow| subscription(&row.protocol, &row.endpoint, &row.topic);
        sorted([
            (Link::Trail, self.trail.into_iter().map(|row| row.arn).collect()),
            (Link::LogGroup, self.log_group.into_iter().map(|row| row.arn).collect()),
            (Link::MetricFilter, self.metric_filters.into_iter().map(|row| row.name).collect()),
            (Link::Alarm, arns(self.alarms)),
            (Link::Topic, arns(self.topics)),
            (Link::Subscription, self.subscriptions.iter().map(told).collect()),
        ])
    }
}
