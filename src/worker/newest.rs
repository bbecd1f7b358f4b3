//! The newest report: made of the results of the newest run that was merged, and of those that events brought since. Of
//! which, an object says that is only replaced by who has read it: invocations at once lose nothing of one another.
//!
//! Who shows the report looks at the tags of what is shown first, then reads of what it is to be made. So an older report
//! never takes the place of a newer one, and who could not show the newest begins again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::BufReader;

use anyhow::{Context as _, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::results::{self, ACCOUNTS, Document, HTML, JSON, LATEST, NEWEST, PAGE, Row};
use super::task::{Room, Worker, command};
use crate::app;
use crate::aws::{Body, Bucket, Clients, Content, Write};

/// Requests to the bucket at once.
pub(super) const AT_ONCE: usize = 16;
/// How often another invocation may be faster.
const ATTEMPTS: usize = 20;

/// The rows of a run, where they are written.
pub(super) const ROWS: &str = "results.ndjson";

/// Of what the newest report is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Newest {
    /// The run.
    run: String,
    /// Results that events brought since it read the account, by account.
    #[serde(default)]
    since: Since,
    /// The report that is shown is made of all of it.
    #[serde(default)]
    is_shown: bool,
}

/// Results that events brought, by account.
pub(super) type Since = BTreeMap<String, Brought>;

/// A result that an event brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Brought {
    /// Its object.
    pub(super) key: String,
    /// When the account was read.
    pub(super) collected_at: Timestamp,
}

/// The results of a run, on the disk.
pub(super) struct Results {
    run: String,
    room: Room,
    /// When each account was read that was audited.
    read: BTreeMap<String, Timestamp>,
    /// With what of events the report was made that is on the disk. `None`: there is none.
    made: Option<Since>,
}

impl Results {
    /// Fetches them, with the list of the run.
    pub(super) fn fetch(worker: &Worker<'_>, clients: &Clients, run: &str) -> anyhow::Result<Self> {
        let (room, bucket) = (Room::new()?, worker.bucket(clients));
        for directory in [OWN, BROUGHT] {
            fs::create_dir_all(room.place(directory)).context("cannot make a directory")?;
        }
        let read = worker.block_on(async {
            let list = results::of_run(run, ACCOUNTS);
            let list = bucket.get(&list).await?.with_context(|| format!("the run has no list of accounts ({list})"))?;
            room.write(ACCOUNTS, list.body)?;
            let keys = bucket.keys(&results::of_run(run, "")).await?;
            let accounts = keys.iter().filter_map(|key| results::account_of(run, key));
            let room = &room;
            let gets = accounts.map(|account| async move {
                let key = results::result(run, account);
                let read = fetch(bucket, room, OWN, account, &key).await?;
                anyhow::Ok(read.map(|read| (account.to_owned(), read)))
            });
            let found: Vec<Option<_>> = stream::iter(gets).buffer_unordered(AT_ONCE).try_collect().await?;
            anyhow::Ok(found.into_iter().flatten().collect())
        })?;
        Ok(Self { run: run.to_owned(), room, read, made: None })
    }

    /// Whether the run has audited an account.
    pub(super) fn has(&self, account: &str) -> bool {
        self.read.contains_key(account)
    }

    /// The run's own result of an account.
    pub(super) fn own(&self, account: &str) -> anyhow::Result<String> {
        self.room.read(format!("{OWN}/{}", file_name(account)))
    }

    /// Makes the report of them, and of what events brought, unless that is there. What was brought is left out where the
    /// two are not of one kind, such as after a change of the options: the next run brings all of one kind.
    pub(super) fn make(&mut self, worker: &Worker<'_>, clients: &Clients, since: &Since) -> anyhow::Result<()> {
        if self.made.as_ref() == Some(since) {
            return Ok(());
        }
        self.made = None;
        let bucket = worker.bucket(clients);
        for entry in fs::read_dir(self.room.place(BROUGHT)).context("cannot read a directory")? {
            fs::remove_file(entry?.path()).context("cannot remove a result")?;
        }
        worker.block_on(async {
            for (account, Brought { key, .. }) in since {
                fetch(bucket, &self.room, BROUGHT, account, key).await?;
            }
            anyhow::Ok(())
        })?;
        let merged = match self.merged(since) {
            Err(error) if !since.is_empty() => {
                app::complain(&error.context("the results of events are left out"));
                self.merged(&Since::new())
            }
            merged => merged,
        };
        merged.context("the results cannot be merged")?;
        self.made = Some(since.clone());
        Ok(())
    }

    /// Gives the merge one result of each account: times are whole seconds, so that of two of one second either could count.
    fn merged(&self, since: &Since) -> anyhow::Result<()> {
        let counts = |(account, brought): &(&String, &Brought)| {
            self.read.get(*account).is_none_or(|own| *own <= brought.collected_at)
        };
        let brought: BTreeSet<String> = since.iter().filter(counts).map(|(account, _)| file_name(account)).collect();
        let mut words = vec!["merge".to_owned()];
        for entry in fs::read_dir(self.room.place(OWN)).context("cannot read a directory")? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            words.extend((!brought.contains(&name)).then(|| self.room.place(&format!("{OWN}/{name}"))));
        }
        words.extend(brought.iter().map(|name| self.room.place(&format!("{BROUGHT}/{name}"))));
        words.extend(["--expect".to_owned(), self.room.place(ACCOUNTS)]);
        for (format, name) in [("json", LATEST), ("html", PAGE), ("ndjson", ROWS)] {
            words.extend(["-f".to_owned(), format!("{format}={}", self.room.place(name))]);
        }
        words.extend(["--exit-zero", "-q"].map(str::to_owned));
        command(words, |_| ()).map(drop)
    }

    /// The accounts of the report that was made.
    pub(super) fn rows(&self) -> anyhow::Result<Vec<Row>> {
        let file = File::open(self.room.place(LATEST)).context("cannot read the report that was written")?;
        let document: Document =
            serde_json::from_reader(BufReader::new(file)).context("the report that was written")?;
        Ok(document.accounts)
    }

    /// A file of the report that was made, to be written.
    pub(super) fn content<'a>(&self, name: &str, kind: &'static str) -> Content<'a> {
        Content { kind, body: Body::File(self.room.place(name).into()), mark: None }
    }
}

/// The run's own results.
const OWN: &str = "results";
/// Those that events brought.
const BROUGHT: &str = "since";

/// The file of an account's result in these directories.
fn file_name(account: &str) -> String {
    format!("{account}.json")
}

/// Fetches a result: when the account was read, if it was audited.
async fn fetch(
    bucket: Bucket<'_>,
    room: &Room,
    directory: &str,
    account: &str,
    key: &str,
) -> anyhow::Result<Option<Timestamp>> {
    let found = bucket.get(key).await?.with_context(|| format!("{key} is gone"))?;
    // One that cannot be read is named by the merge.
    let read = serde_json::from_slice::<Document>(&found.body).ok().and_then(|document| Some(document.audited()?.1));
    room.write(&format!("{directory}/{}", file_name(account)), found.body)?;
    Ok(read)
}

/// Makes a run the newest, with what events brought of accounts after it read them.
pub(super) fn declare(worker: &Worker<'_>, clients: &Clients, results: &Results) -> anyhow::Result<Since> {
    let begun = results.read.values().min();
    let newest = change(worker, clients, |known| {
        let mut since = known.map(|known| known.since).unwrap_or_default();
        since.retain(|account, brought| {
            let read = results.read.get(account).or(begun);
            read.is_some_and(|read| brought.collected_at > *read)
        });
        Some(Newest { run: results.run.clone(), since, is_shown: false })
    })?;
    Ok(newest.map(|newest| newest.since).unwrap_or_default())
}

/// Adds what an event brought. Nothing is added to no report.
pub(super) fn add(worker: &Worker<'_>, clients: &Clients, brought: &Since) -> anyhow::Result<()> {
    change(worker, clients, |known| {
        let mut newest = known?;
        for (account, brought) in brought {
            let known = newest.since.get(account);
            // Of two of one second the one that comes later counts.
            let is_newer = known.is_none_or(|known| known.collected_at <= brought.collected_at);
            if is_newer && known != Some(brought) {
                newest.since.insert(account.clone(), brought.clone());
                newest.is_shown = false;
            }
        }
        Some(newest)
    })?;
    Ok(())
}

/// Replaces what the report is made of, once nobody else has in the meantime. `to`: by what; `None`: it stays.
fn change(
    worker: &Worker<'_>,
    clients: &Clients,
    to: impl Fn(Option<Newest>) -> Option<Newest>,
) -> anyhow::Result<Option<Newest>> {
    let bucket = worker.bucket(clients);
    for _ in 0..ATTEMPTS {
        let found = worker.block_on(known(bucket))?;
        let (before, tag) = found.unzip();
        let Some(after) = to(before.clone()) else { return Ok(None) };
        if before.as_ref() == Some(&after) || worker.block_on(put(bucket, &after, tag.as_deref()))? {
            return Ok(Some(after));
        }
    }
    bail!("{NEWEST} is changed by others again and again")
}

async fn known(bucket: Bucket<'_>) -> anyhow::Result<Option<(Newest, String)>> {
    let Some(object) = bucket.get(NEWEST).await? else { return Ok(None) };
    let newest = serde_json::from_slice(&object.body).with_context(|| format!("{NEWEST} cannot be read: delete it"))?;
    Ok(Some((newest, object.tag)))
}

async fn put(bucket: Bucket<'_>, newest: &Newest, tag: Option<&str>) -> anyhow::Result<bool> {
    let content = results::json(serde_json::to_string(newest)?, None);
    Ok(bucket.put(NEWEST, content, &replacing(tag)).await?)
}

fn replacing(tag: Option<&str>) -> Write<'_> {
    tag.map_or(Write::New, Write::Replacing)
}

/// Shows the newest report, unless it is shown: whether there is one. `results`: those of a run that are on the disk.
pub(super) fn show(worker: &Worker<'_>, clients: &Clients, mut results: Option<Results>) -> anyhow::Result<bool> {
    let bucket = worker.bucket(clients);
    for _ in 0..ATTEMPTS {
        let seen = worker.block_on(async {
            let (page, latest) = (bucket.head(PAGE).await?, bucket.head(LATEST).await?);
            let newest = known(bucket).await?;
            anyhow::Ok((page.map(|seen| seen.tag), latest.map(|seen| seen.tag), newest))
        })?;
        let (page, latest, Some((newest, tag))) = seen else { return Ok(false) };
        if newest.is_shown {
            return Ok(true);
        }
        let mut found = match results.take().filter(|results| results.run == newest.run) {
            Some(found) => found,
            None => Results::fetch(worker, clients, &newest.run)?,
        };
        found.make(worker, clients, &newest.since)?;
        let is_shown = worker.block_on(async {
            anyhow::Ok(
                bucket.put(PAGE, found.content(PAGE, HTML), &replacing(page.as_deref())).await?
                    && bucket.put(LATEST, found.content(LATEST, JSON), &replacing(latest.as_deref())).await?
                    && put(bucket, &Newest { is_shown: true, ..newest }, Some(&tag)).await?,
            )
        })?;
        if is_shown {
            return Ok(true);
        }
        results = Some(found);
    }
    bail!("{LATEST} is replaced by others again and again")
}
