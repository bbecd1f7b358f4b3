//! Reads the accounts of a JSON report back, and makes an audit for each that was audited.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::result::Row;
use super::words::{StoredError, unknown};
use crate::finding::{Audit, SavedRows};
use crate::organization::{Access, Account, AccountOutcome, Entry};
use crate::partition::Partition;
use crate::report::accounts::SummaryCounts;
use crate::report::agreement::Said;

#[derive(Deserialize)]
pub(super) struct AccountRow {
    pub(super) account_id: Option<String>,
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

/// The audit that a first result is of.
pub(super) fn audit_of(row: &Row, account: Option<&AccountRow>, collected_at: Option<Timestamp>) -> Audit {
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
pub(super) fn entries(
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
