//! The keys of the bucket, and what the worker has to know of a result to keep it.

use jiff::Timestamp;
use serde::Deserialize;

use crate::aws::{Body, Content};

/// The newest report of all accounts.
pub(super) const LATEST: &str = "latest.json";
/// The same for people.
pub(super) const PAGE: &str = "report.html";
/// The newest list of accounts.
pub(super) const ACCOUNTS: &str = "accounts.json";
/// What became of each account in the newest run.
pub(super) const OUTCOMES: &str = "state/outcomes.json";

/// Of what the newest report is made.
pub(super) const NEWEST: &str = "state/newest.json";

/// Media types.
pub(super) const JSON: &str = "application/json";
pub(super) const NDJSON: &str = "application/x-ndjson";
pub(super) const HTML: &str = "text/html; charset=utf-8";

/// What was audited is kept by a run that is done again.
pub(super) const AUDITED: &str = "audited";

/// The result of an account.
pub(super) fn result(run: &str, account: &str) -> String {
    format!("runs/{run}/{account}.json")
}

/// With what the next result of an account is compared.
pub(super) fn state(account: &str) -> String {
    format!("state/{account}.json")
}

/// A document of a run.
pub(super) fn of_run(run: &str, name: &str) -> String {
    format!("runs/{run}/{name}")
}

/// A run's rows, where a query finds those of all runs.
pub(super) fn rows(run: &str) -> String {
    format!("rows/run={run}/results.ndjson")
}

/// The account of a result's key.
pub(super) fn account_of<'a>(run: &str, key: &'a str) -> Option<&'a str> {
    let account = key.strip_prefix("runs/")?.strip_prefix(run)?.strip_prefix('/')?.strip_suffix(".json")?;
    crate::arn::is_account_id(account).then_some(account)
}

/// JSON that is written.
pub(super) fn json<'a>(body: String, mark: Option<&'a str>) -> Content<'a> {
    Content { kind: JSON, body: Body::Text(body), mark }
}

/// What a report says of its accounts.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) collected_at: Option<Timestamp>,
    pub(super) accounts: Vec<Row>,
}

impl Document {
    /// The account of a result, and when it was read, if it was audited.
    pub(super) fn audited(&self) -> Option<(&Row, Timestamp)> {
        let row = self.accounts.first().filter(|row| row.outcome == AUDITED)?;
        Some((row, row.collected_at.or(self.collected_at)?))
    }
}

/// An account of a report.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    #[serde(default)]
    pub(super) account_id: String,
    #[serde(default)]
    pub(super) name: String,
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) collected_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_results_have_an_account_in_their_key() {
        assert_eq!(account_of("r", "runs/r/111122223333.json"), Some("111122223333"));
        for other in
            ["runs/r/accounts.json", "runs/r/1111222233334.json", "runs/q/111122223333.json", "r/111122223333.json"]
        {
            assert_eq!(account_of("r", other), None, "{other}");
        }
        assert_eq!(account_of("r", &result("r", "111122223333")), Some("111122223333"));
    }
}
