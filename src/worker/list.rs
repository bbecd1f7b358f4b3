//! Which accounts a run audits: listed once, and kept, so that each part of the run and each retry have the same.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::event::Run;
use super::results::{self, ACCOUNTS};
use super::task::{Room, Worker, command};
use crate::aws::{Clients, Write};

/// Writes the list of a run, and its parts: what the state machine hands to the workers.
pub(super) fn write(worker: &Worker<'_>, clients: &Clients, run: &Run) -> anyhow::Result<Value> {
    let bucket = worker.bucket(clients);
    let key = results::of_run(&run.name, ACCOUNTS);
    let text = match worker.block_on(bucket.get(&key))? {
        Some(kept) => String::from_utf8(kept.body).context("the list of the run is not UTF-8")?,
        None => {
            let text = listed(worker)?;
            let is_ours = worker.block_on(bucket.put(&key, results::json(text.clone(), None), &Write::New))?;
            if is_ours { text } else { again(worker, clients, &key)? }
        }
    };
    let rows: Vec<Value> = serde_json::from_str(&text).context("the list of the run is no list")?;
    let management = rows.iter().find(|row| row.get("management") == Some(&Value::Bool(true)));
    let management = management.and_then(|row| row.get("account_id")).cloned().unwrap_or_default();
    let parts: Vec<Value> = rows
        .chunks(worker.settings.batch)
        .enumerate()
        .map(|(at, accounts)| json!({ "batch": at + 1, "management": management, "accounts": accounts }))
        .collect();
    let batches = results::of_run(&run.name, "batches.json");
    let content = results::json(serde_json::to_string(&parts)?, None);
    worker.block_on(bucket.put(&batches, content, &Write::Always))?;
    worker.block_on(bucket.put(ACCOUNTS, results::json(text, None), &Write::Always))?;
    Ok(json!({
        "run": run.name,
        "bucket": worker.settings.bucket,
        "batches_key": batches,
        "batches": parts.len(),
        "accounts": rows.len(),
    }))
}

fn listed(worker: &Worker<'_>) -> anyhow::Result<String> {
    let room = Room::new()?;
    let mut words = vec!["--org".to_owned(), "--list".to_owned()];
    words.extend(worker.role());
    words.extend(worker.settings.list.iter().cloned());
    words.extend(["-f".to_owned(), format!("json={}", room.place(ACCOUNTS))]);
    // Of the options of the audit only the region and the time are about the list.
    words.extend(worker.settings.options.iter().cloned());
    command(words, |_| ()).context("the accounts cannot be listed")?;
    room.read(ACCOUNTS)
}

/// What another attempt has written in the meantime.
fn again(worker: &Worker<'_>, clients: &Clients, key: &str) -> anyhow::Result<String> {
    let found = worker.block_on(worker.bucket(clients).get(key))?.context("the list of the run is gone")?;
    String::from_utf8(found.body).context("the list of the run is not UTF-8")
}
