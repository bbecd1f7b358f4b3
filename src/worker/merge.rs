//! After the map: one report of all results, and a notice of what changed since the last one. An account that could not be
//! audited is compared again once it can be.

use std::collections::BTreeMap;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

use super::changes::{self, Change, What};
use super::event::Run;
use super::newest::{self, AT_ONCE, ROWS, Results};
use super::results::{self, AUDITED, LATEST, NDJSON, OUTCOMES, Row};
use super::task::Worker;
use crate::aws::{Bucket, Clients, Write};

/// Makes the report of a run, and shows it.
pub(super) fn merge(worker: &Worker<'_>, clients: &Clients, run: &Run) -> anyhow::Result<Value> {
    let bucket = worker.bucket(clients);
    let mut found = Results::fetch(worker, clients, &run.name)?;
    let since = newest::declare(worker, clients, &found)?;
    found.make(worker, clients, &since)?;
    let rows = found.rows()?;
    let compared = worker.block_on(compare(bucket, &found, &rows))?;
    let notified = changes::notify(worker, clients, &run.name, compared.changes)?;
    // What was reported is compared with from now on; the newest report comes last.
    for account in &compared.different {
        let text = found.own(account)?;
        worker.block_on(bucket.put(&results::state(account), results::json(text, None), &Write::Always))?;
    }
    let outcomes: BTreeMap<&str, &str> =
        rows.iter().map(|row| (row.account_id.as_str(), row.outcome.as_str())).collect();
    let outcomes = results::json(serde_json::to_string(&outcomes)?, None);
    worker.block_on(bucket.put(&results::rows(&run.name), found.content(ROWS, NDJSON), &Write::Always))?;
    worker.block_on(bucket.put(OUTCOMES, outcomes, &Write::Always))?;
    newest::show(worker, clients, Some(found))?;
    let count = |is_it: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is_it(row)).count();
    let missing: Vec<&str> = rows
        .iter()
        .filter(|row| !["audited", "skipped"].contains(&row.outcome.as_str()))
        .map(|row| row.account_id.as_str())
        .collect();
    Ok(json!({
        "run": run.name,
        "accounts": rows.len(),
        "pass": count(&|row| row.status == "pass"),
        "fail": count(&|row| row.status == "fail"),
        "unknown": count(&|row| row.status == "unknown"),
        "not_audited": missing.len(),
        // An answer is of limited size: the report names all.
        "not_audited_first": missing.iter().take(100).collect::<Vec<_>>(),
        "changes": notified,
        "report": LATEST,
    }))
}

/// What changed.
struct Compared {
    changes: Vec<Change>,
    /// Accounts whose results are to be compared with from now on.
    different: Vec<String>,
}

async fn compare(bucket: Bucket<'_>, found: &Results, rows: &[Row]) -> anyhow::Result<Compared> {
    let before = bucket.get(OUTCOMES).await?;
    let before: BTreeMap<String, String> =
        before.and_then(|found| serde_json::from_slice(&found.body).ok()).unwrap_or_default();
    let mut compared = Compared { changes: Vec::new(), different: Vec::new() };
    compared.changes.extend(rows.iter().filter_map(|row| of_outcome(row, before.get(&row.account_id))));
    let audited = rows.iter().filter(|row| row.outcome == AUDITED && found.has(&row.account_id));
    let compares = audited.map(|row| async move {
        let account = &row.account_id;
        let old = bucket
            .get(&results::state(account))
            .await?
            .map(|object| String::from_utf8_lossy(&object.body).into_owned());
        let compared = changes::of_account(old.as_deref(), &found.own(account)?, &row.name)?;
        anyhow::Ok((account.clone(), compared))
    });
    let of_accounts: Vec<_> = stream::iter(compares).buffer_unordered(AT_ONCE).try_collect().await?;
    for (account, found) in of_accounts {
        if found.is_different {
            compared.different.push(account);
        }
        compared.changes.extend(found.changes);
    }
    Ok(compared)
}

/// Whether the audit of an account came to something else than before. Of one that is new, only that it could not be audited.
fn of_outcome(row: &Row, before: Option<&String>) -> Option<Change> {
    let is_missing = |outcome: &str| outcome == "denied" || outcome == "failed";
    let (was, is) = (before.is_some_and(|before| is_missing(before)), is_missing(&row.outcome));
    let what = match (was, is) {
        (false, true) => What::NotAudited,
        (true, false) if row.outcome == AUDITED => What::AuditedAgain,
        _ => return None,
    };
    let why = row.reason.clone().filter(|_| is).map(|why| format!(": {why}")).unwrap_or_default();
    Some(Change {
        what,
        account_id: row.account_id.clone(),
        name: row.name.clone(),
        text: format!("{}{why}", row.outcome),
        slug: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_becomes_of_an_account_anew_is_a_change() {
        let row = |outcome: &str| Row {
            account_id: "111122223333".into(),
            name: "prod".into(),
            outcome: outcome.into(),
            status: String::new(),
            reason: (outcome != "audited").then(|| "no".to_owned()),
            collected_at: None,
        };
        for (before, now, wanted) in [
            (None, "audited", None),
            (None, "denied", Some((What::NotAudited, "denied: no"))),
            (Some("audited"), "failed", Some((What::NotAudited, "failed: no"))),
            (Some("denied"), "failed", None),
            (Some("failed"), "audited", Some((What::AuditedAgain, "audited"))),
            (Some("denied"), "skipped", None),
            (Some("audited"), "skipped", None),
        ] {
            let before = before.map(str::to_owned);
            let found = of_outcome(&row(now), before.as_ref()).map(|change| (change.what, change.text));
            assert_eq!(found, wanted.map(|(what, text)| (what, text.to_owned())), "{before:?} {now}");
        }
    }
}
