//! The audit of some accounts: one object for each. What an earlier attempt has audited is kept; what it could not audit is
//! tried again.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

use super::event::Run;
use super::results::{self, AUDITED, Document, Row};
use super::task::{Room, Worker, command};
use crate::app::now;
use crate::aws::{Clients, Members, Seen, Write, import};
use crate::organization::{Access, Listed};

/// Requests to the bucket at once.
const AT_ONCE: usize = 16;

/// What came of it.
pub(super) struct Done {
    /// Accounts of which there was a result.
    kept: Vec<String>,
    /// The others.
    rows: Vec<Row>,
    /// Findings that Security Hub CSPM took.
    imported: Option<usize>,
    /// Accounts whose findings it did not take, and why.
    not_imported: BTreeMap<String, String>,
}

impl Done {
    /// The answer: counts and keys. Results are in the bucket.
    pub(super) fn answer(&self, run: &Run) -> Value {
        let count = |status: &str| self.rows.iter().filter(|row| row.status == status).count();
        let missing = self.rows.iter().filter(|row| row.outcome != AUDITED);
        let not_audited: BTreeMap<&str, &str> =
            missing.map(|row| (row.account_id.as_str(), row.outcome.as_str())).collect();
        let accounts = self.kept.iter().chain(self.rows.iter().map(|row| &row.account_id));
        let mut answer = json!({
            "run": run.name,
            "kept": self.kept.len(),
            "audited": self.rows.len() - not_audited.len(),
            "pass": count("pass"),
            "fail": count("fail"),
            "unknown": count("unknown"),
            "not_audited": not_audited,
            "keys": accounts.map(|account| results::result(&run.name, account)).collect::<Vec<_>>(),
        });
        if let Some(imported) = self.imported {
            answer["findings_imported"] = json!(imported);
            answer["not_imported"] = json!(self.not_imported);
        }
        answer
    }
}

/// Audits accounts, and writes their results.
pub(super) fn audit(
    worker: &Worker<'_>,
    clients: &Clients,
    run: &Run,
    accounts: &[Value],
    management: Option<&str>,
) -> anyhow::Result<Done> {
    let rows: Vec<Value> = accounts.iter().map(row).collect::<anyhow::Result<_>>()?;
    // Each account once; its line is the row's number from 1.
    let listed = Listed::read(&serde_json::to_string(&rows)?).context("the accounts of the event")?.accounts;
    let ids: Vec<String> = listed
        .iter()
        .map(|listed| {
            let of_profile = || {
                format!(
                    "the accounts of the event: line {}: an account id or the ARN of a role is asked for",
                    listed.line
                )
            };
            listed.account().map(str::to_owned).with_context(of_profile)
        })
        .collect::<anyhow::Result<_>>()?;
    let seen = worker.block_on(stored(worker, clients, run, &ids))?;
    let is_kept = |id: &String| seen.get(id).is_some_and(|seen| seen.mark.as_deref() == Some(AUDITED));
    let (kept, left): (Vec<String>, Vec<String>) = ids.iter().cloned().partition(is_kept);
    let todo = listed.iter().zip(&ids).filter(|(_, id)| left.contains(id));
    let todo: Vec<&Value> = todo.filter_map(|(listed, _)| rows.get(listed.line.checked_sub(1)?)).collect();
    let mut done = Done { kept, rows: Vec::new(), imported: None, not_imported: BTreeMap::new() };
    if todo.is_empty() {
        return Ok(done);
    }
    let room = Room::new()?;
    let list = room.write("list.json", serde_json::to_string(&todo)?)?;
    let mut words = vec!["--accounts".to_owned(), list, "--out".to_owned(), room.place("out")];
    words.extend(worker.role());
    words.extend(["--exit-zero", "-q"].map(str::to_owned));
    words.extend(worker.settings.options.iter().cloned());
    command(words, |many| {
        many.at = run.time(now());
        many.is_part = true;
        many.management = management.map(str::to_owned);
        many.follows = true;
    })?;
    for id in &left {
        let text = room.read(format!("out/{id}.json"))?;
        let document: Document = serde_json::from_str(&text).context("a result that was written")?;
        let Some(row) = document.accounts.into_iter().next() else { bail!("the result of {id} names no account") };
        let write = seen.get(id).map_or(Write::New, |seen| Write::Replacing(&seen.tag));
        let key = results::result(&run.name, id);
        let content = results::json(text, Some(&row.outcome));
        // Where another attempt was faster, its result is as good.
        worker.block_on(worker.bucket(clients).put(&key, content, &write))?;
        done.rows.push(row);
    }
    if worker.settings.security_hub {
        findings(worker, clients, &room, &listed, &mut done)?;
    }
    Ok(done)
}

/// An account as a list has it.
fn row(account: &Value) -> anyhow::Result<Value> {
    match account {
        Value::Object(_) => Ok(account.clone()),
        Value::String(text) if text.starts_with("arn:") => Ok(json!({ "role_arn": text })),
        Value::String(text) => Ok(json!({ "account_id": text })),
        other => bail!("the accounts of the event: {other} is no account"),
    }
}

/// What there is of the accounts, by their ids.
async fn stored(
    worker: &Worker<'_>,
    clients: &Clients,
    run: &Run,
    ids: &[String],
) -> anyhow::Result<BTreeMap<String, Seen>> {
    let bucket = worker.bucket(clients);
    let lookups = ids.iter().map(|id| async move {
        let seen = bucket.head(&results::result(&run.name, id)).await?;
        anyhow::Ok(seen.map(|seen| (id.clone(), seen)))
    });
    let found: Vec<Option<(String, Seen)>> = stream::iter(lookups).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Imports findings into each account that was audited, by its own role. One that does not take them is named: its result is
/// written all the same.
fn findings(
    worker: &Worker<'_>,
    clients: &Clients,
    room: &Room,
    listed: &[Listed],
    done: &mut Done,
) -> anyhow::Result<()> {
    let access = worker.settings.access();
    let members = worker.block_on(Members::identify(clients, &access, worker.settings.external_id.as_deref()))?;
    let mut imported = 0;
    for id in done.rows.iter().filter(|row| row.outcome == AUDITED).map(|row| row.account_id.clone()) {
        let file = room.place(&format!("out/{id}.json"));
        let to = format!("asff={}", room.place("findings.json"));
        command(["merge".to_owned(), file, "-f".to_owned(), to, "--exit-zero".to_owned()].to_vec(), |_| ())?;
        let findings: Vec<Value> = serde_json::from_str(&room.read("findings.json")?)?;
        let of_region = |finding: &Value| {
            let resources = finding.get("Resources").and_then(Value::as_array);
            let region = resources.and_then(|all| all.first()).and_then(|first| first.get("Region"));
            region.and_then(Value::as_str).map(str::to_owned)
        };
        let region = findings.iter().find_map(of_region).unwrap_or_else(|| clients.region().to_owned());
        let how =
            listed.iter().find(|listed| listed.account() == Some(&id)).map(|listed| way(worker, &members, listed, &id));
        let sent = worker.block_on(async {
            let opened = members.open(&how.unwrap_or(Access::Own)).await;
            let (_, of_member) = opened.map_err(|why| format!("{why:?}"))?;
            import(&of_member, &region, findings).await.map_err(|error| error.to_string())
        });
        match sent {
            Ok(count) => imported += count,
            Err(why) => drop(done.not_imported.insert(id, why)),
        }
    }
    done.imported = Some(imported);
    Ok(())
}

fn way(worker: &Worker<'_>, members: &Members<'_>, listed: &Listed, id: &str) -> Access {
    match &listed.names {
        crate::organization::Names::Role { arn, .. } => Access::Role(arn.clone()),
        _ if id == members.account_id() => Access::Own,
        _ => Access::Role(crate::organization::role_arn(members.partition(), id, &worker.settings.role_name)),
    }
}
