//! The accounts of a report, as documents write them: one row an account, whether it was audited or not.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::finding::{Audit, Report, Standing, Summary, Tally};
use crate::organization::Entry;

/// An account that was asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub(super) struct AccountRow<'a> {
    /// 12 digits. Null where a profile names it and its number could not be found out, and of the row that stands for the
    /// accounts that could not be listed.
    pub(super) account_id: Option<&'a str>,
    /// What the organization or the list calls it.
    pub(super) name: &'a str,
    /// The organizational units above it, from the root: `/Workloads/Production`. Empty where it is not known.
    pub(super) ou_path: &'a str,
    /// The role through which it was to be read. Null: by the caller's own credentials, or not at all.
    pub(super) role_arn: Option<&'a str>,
    /// The profile through which it was to be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<&'a str>,
    /// What became of it.
    #[schemars(schema_with = "outcomes")]
    pub(super) outcome: &'static str,
    /// When it turned out that it is not audited, RFC 3339 in UTC. Only where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub(super) tried_at: Option<String>,
    /// Why it was not audited.
    pub(super) reason: Option<&'a str>,
    /// The result for the whole account: `not_audited` where it should have been audited and could not be.
    #[schemars(schema_with = "standings")]
    pub(super) status: &'static str,
    /// Its partition. Null where it was not audited.
    pub(super) partition: Option<&'a str>,
    /// The region that was asked for. Null where it was not audited.
    pub(super) region: Option<&'a str>,
    /// When it was read, RFC 3339 in UTC. Null where it was not audited.
    #[schemars(extend("format" = "date-time"))]
    pub(super) collected_at: Option<String>,
    /// How many of its results came to what. Null where it was not audited.
    pub(super) summary: Option<SummaryCounts>,
}

/// How many results came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Summary")]
pub(super) struct SummaryCounts {
    /// Results that pass.
    pub(super) pass: usize,
    /// Results that fail.
    pub(super) fail: usize,
    /// Results that could not be decided.
    pub(super) unknown: usize,
    /// Results that do not pass and are waived.
    pub(super) waived: usize,
}

/// How many accounts have which result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AccountSummary")]
pub(super) struct TallyCounts {
    /// Accounts in which every control passes, or is waived.
    pub(super) pass: usize,
    /// Accounts in which some control fails.
    pub(super) fail: usize,
    /// Accounts in which none fails and some is unknown.
    pub(super) unknown: usize,
    /// Accounts that should have been audited and could not be.
    pub(super) not_audited: usize,
    /// Accounts that were not to be audited: not active, or left out.
    pub(super) skipped: usize,
}

impl From<Summary> for SummaryCounts {
    fn from(summary: Summary) -> Self {
        let Summary { pass, fail, unknown, waived } = summary;
        Self { pass, fail, unknown, waived }
    }
}

impl From<Tally> for TallyCounts {
    fn from(tally: Tally) -> Self {
        let Tally { pass, fail, unknown, not_audited, skipped } = tally;
        Self { pass, fail, unknown, not_audited, skipped }
    }
}

/// An account that was asked for, with its audit.
pub(super) fn row<'a>(entry: &'a Entry, audit: Option<&'a Audit>) -> AccountRow<'a> {
    let account = &entry.account;
    let profile =
        if let crate::organization::Access::Profile(profile) = &account.access { Some(profile) } else { None };
    AccountRow {
        account_id: (!account.id.is_empty()).then_some(account.id.as_str()),
        name: &account.name,
        ou_path: &account.ou_path,
        role_arn: account.role_arn(),
        profile: profile.map(String::as_str),
        outcome: entry.outcome.as_str(),
        tried_at: entry.tried_at.map(|time| time.to_string()),
        reason: entry.outcome.why(),
        status: Standing::new(entry, audit).as_str(),
        partition: audit.map(|audit| audit.partition.as_str()),
        region: audit.map(|audit| audit.region.as_str()),
        collected_at: audit.map(|audit| audit.collected_at.to_string()),
        summary: audit.map(|audit| audit.summary().into()),
    }
}

/// All of them.
pub(super) fn rows(report: &Report) -> Vec<AccountRow<'_>> {
    report.entries().into_iter().map(|(entry, audit)| row(entry, audit)).collect()
}

fn outcomes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["audited", "denied", "skipped", "failed"] })
}

fn standings(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Standing::ALL.map(Standing::as_str) })
}
