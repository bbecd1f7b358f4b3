//! Calls that can change a verdict: the accounts in which they were made are audited again. However many calls there are, an
//! account that was read after them is not read for them once more.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts;
use super::changes;
use super::event::{Run, Signal};
use super::newest::{self, Brought, Since};
use super::results::{self, ACCOUNTS, Document};
use super::task::Worker;
use crate::aws::{Bucket, Clients, Write};

/// How long a call may take to be seen by every reader. The queue delays messages by more.
const SETTLES: SignedDuration = SignedDuration::from_secs(60);

/// A state about which nothing is known: the account is audited again, and compared with nothing.
const NOTHING: &str = "{}";

/// When a result was read.
#[derive(Deserialize)]
struct Read {
    collected_at: Timestamp,
}

/// Audits the accounts of which the last result is older than the calls.
pub(super) fn audit(
    worker: &Worker<'_>,
    clients: &Clients,
    signals: &[Signal],
    refused: &[String],
) -> anyhow::Result<Value> {
    let bucket = worker.bucket(clients);
    let known = worker.block_on(listed(bucket))?;
    let (mut asked, mut read_since, mut unlisted) = (Vec::new(), 0_usize, Vec::new());
    for signal in signals {
        if known.as_ref().is_some_and(|known| !known.contains_key(&signal.account)) {
            unlisted.push(signal.account.as_str());
        } else if worker.block_on(is_read_since(bucket, signal))? {
            read_since += 1;
        } else {
            asked.push(signal);
        }
    }
    let failures: Vec<Value> = refused.iter().map(|id| json!({ "itemIdentifier": id })).collect();
    let mut answer = json!({
        // SQS gives these again, and in the end to its dead-letter queue.
        "batchItemFailures": failures,
        "read_since": read_since,
        "unlisted": unlisted,
        "audited": 0,
        "changes": 0,
    });
    let Some(newest) = asked.iter().map(|signal| signal.at).max() else {
        // An earlier invocation may have been killed before it showed what it had read.
        newest::show(worker, clients, None)?;
        return Ok(answer);
    };
    let run = Run { name: name(newest), at: None };
    let rows: Vec<Value> = asked
        .iter()
        .map(|signal| known.as_ref().and_then(|known| known.get(&signal.account)).cloned())
        .zip(&asked)
        .map(|(row, signal)| row.unwrap_or_else(|| json!(signal.account)))
        .collect();
    let is_management = |row: &&Value| row.get("management") == Some(&Value::Bool(true));
    let management = known.iter().flat_map(BTreeMap::values).find(is_management);
    let management = management.and_then(|row| row.get("account_id")?.as_str());
    let done = accounts::audit(worker, clients, &run, &rows, management)?;
    let (mut found, mut replaced, mut brought) = (Vec::new(), Vec::new(), Since::new());
    for signal in &asked {
        let (document, _) = worker.block_on(result(bucket, &run, &signal.account))?;
        if let Some((_, collected_at)) = document.audited() {
            let key = results::result(&run.name, &signal.account);
            brought.insert(signal.account.clone(), Brought { key, collected_at });
        }
    }
    // Before an account counts as read: whatever ends this invocation, another shows what it has read.
    newest::add(worker, clients, &brought)?;
    for account in brought.keys() {
        let (document, text) = worker.block_on(result(bucket, &run, account))?;
        let Some((row, _)) = document.audited() else { continue };
        let key = results::state(account);
        let old = worker.block_on(bucket.get(&key))?;
        let write = old.as_ref().map_or(Write::New, |old| Write::Replacing(&old.tag));
        let before = old.as_ref().map(|old| String::from_utf8_lossy(&old.body).into_owned());
        let compared = changes::of_account(before.as_deref(), &text, &row.name)?;
        // Two invocations may audit an account at once: a change is reported by the one that replaces what both compared
        // with.
        if !compared.is_outdated && worker.block_on(bucket.put(&key, results::json(text, None), &write))? {
            replaced.push((key, before));
            found.extend(compared.changes);
        }
    }
    match changes::notify(worker, clients, &run.name, found) {
        Ok(changes) => answer["changes"] = json!(changes),
        Err(error) => {
            // The queue gives the calls again: what was not published is a change then, too.
            for (key, before) in replaced {
                let before = before.unwrap_or_else(|| NOTHING.to_owned());
                worker.block_on(bucket.put(&key, results::json(before, None), &Write::Always))?;
            }
            return Err(error);
        }
    }
    answer["audited"] = json!(brought.len());
    answer["result"] = done.answer(&run);
    answer["is_shown"] = json!(newest::show(worker, clients, None)?);
    Ok(answer)
}

/// The result of an account, and its text.
async fn result(bucket: Bucket<'_>, run: &Run, account: &str) -> anyhow::Result<(Document, String)> {
    let key = results::result(&run.name, account);
    let object = bucket.get(&key).await?.with_context(|| format!("{key} is gone"))?;
    let text = String::from_utf8(object.body).with_context(|| format!("{key} is not UTF-8"))?;
    Ok((serde_json::from_str(&text).with_context(|| format!("{key} is no result"))?, text))
}

/// The accounts of the newest list, by their ids. `None`: there is none yet.
async fn listed(bucket: Bucket<'_>) -> anyhow::Result<Option<BTreeMap<String, Value>>> {
    let Some(object) = bucket.get(ACCOUNTS).await? else { return Ok(None) };
    let rows: Vec<Value> = serde_json::from_slice(&object.body).context("the list of accounts is no list")?;
    let id = |row: Value| Some((row.get("account_id")?.as_str()?.to_owned(), row));
    Ok(Some(rows.into_iter().filter_map(id).collect()))
}

async fn is_read_since(bucket: Bucket<'_>, signal: &Signal) -> anyhow::Result<bool> {
    let Some(object) = bucket.get(&results::state(&signal.account)).await? else { return Ok(false) };
    // One that cannot be read is made anew.
    let read: Option<Read> = serde_json::from_slice(&object.body).ok();
    Ok(read.is_some_and(|read| read.collected_at.duration_since(signal.at) >= SETTLES))
}

/// A name for what the newest of some calls begins: the same if the queue gives them again.
fn name(newest: Timestamp) -> String {
    newest.to_zoned(TimeZone::UTC).strftime("event-%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_events_is_called_after_the_newest() {
        assert_eq!(name("2026-11-29T05:04:03.9Z".parse().unwrap()), "event-20261129T050403Z");
    }
}
