//! What is worth a notice: controls that newly fail, are newly unknown or were fixed, and accounts that could not be audited
//! or can be again. Each is published once in a run, however often the run is done again.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::results;
use super::task::Worker;
use crate::aws::{Clients, Write, publish};
use crate::drift::{Kind, State, compare};
use crate::escape;
use crate::report::read::read;

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub(super) what: What,
    pub(super) account_id: String,
    /// The account's name, if it is known.
    pub(super) name: String,
    /// Number, name and sentence of the control, or why the account was not audited.
    pub(super) text: String,
    /// What distinguishes it from others of its kind in the account.
    pub(super) slug: String,
}

/// What changed, in the order in which it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Failing,
    Unknown,
    NotAudited,
    Fixed,
    AuditedAgain,
}

impl What {
    const ALL: [Self; 5] = [Self::Failing, Self::Unknown, Self::NotAudited, Self::Fixed, Self::AuditedAgain];

    fn words(self) -> &'static str {
        match self {
            Self::Failing => "newly failing",
            Self::Unknown => "newly unknown",
            Self::NotAudited => "could not be audited",
            Self::Fixed => "fixed",
            Self::AuditedAgain => "audited again",
        }
    }
}

/// The most changes that a message lists: people read it.
const MOST: usize = 100;

/// What two results of an account differ in, and whether the newer one is to be compared with from now on.
pub(super) struct Compared {
    pub(super) changes: Vec<Change>,
    pub(super) is_different: bool,
    /// What was there was read later than the newer one.
    pub(super) is_outdated: bool,
}

/// Compares the result of an account with the one before. `old`: `None` if there is none.
///
/// # Errors
/// The newer one cannot be read. An older one that cannot be, or that is by another verdict, is none.
pub(super) fn of_account(old: Option<&str>, new: &str, name: &str) -> anyhow::Result<Compared> {
    let new = read(new)?.document;
    let old = old.and_then(|old| read(old).ok()).map(|opened| opened.document);
    if old.as_ref().is_some_and(|old| old.collected_at > new.collected_at) {
        // A change was reported in the meantime, of a later state than this one.
        return Ok(Compared { changes: Vec::new(), is_different: false, is_outdated: true });
    }
    let comparable = old.filter(|old| old.verdict == new.verdict && old.subject == new.subject);
    let is_first = comparable.is_none();
    let old = comparable.unwrap_or_else(|| State { controls: Vec::new(), ..new.clone() });
    let drift = compare(&old, &new)?;
    let changes = drift.changes.iter().filter_map(|change| {
        let what = match change.kind {
            Kind::NewlyFailing => What::Failing,
            Kind::NewlyUnknown => What::Unknown,
            Kind::Fixed => What::Fixed,
            _ => return None,
        };
        let control = change.control()?;
        let mut text = control.rule.clone();
        // A string takes whatever is written.
        let _ = write!(text, " {}", control.slug);
        if let Some(why) = control.reason.as_ref().filter(|_| what != What::Fixed) {
            let _ = write!(text, ": {} ({})", why.message, why.code);
        }
        let (account_id, slug) = (control.account_id.clone(), control.slug.clone());
        Some(Change { what, account_id, name: name.to_owned(), text, slug })
    });
    let is_same = |kind: Kind| matches!(kind, Kind::StillFailing | Kind::StillUnknown);
    let is_different = is_first || drift.changes.iter().any(|change| !is_same(change.kind));
    Ok(Compared { changes: changes.collect(), is_different, is_outdated: false })
}

/// What was published of a run.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Notified {
    changes: BTreeSet<String>,
}

fn id_of(change: &Change) -> String {
    format!("{} {} {}", change.what.words(), change.account_id, change.slug)
}

/// Publishes what the run has not published yet: how many changes that are.
pub(super) fn notify(
    worker: &Worker<'_>,
    clients: &Clients,
    run: &str,
    mut changes: Vec<Change>,
) -> anyhow::Result<usize> {
    let key = results::of_run(run, "notified.json");
    let bucket = worker.bucket(clients);
    let known = worker.block_on(bucket.get(&key))?;
    let mut notified: Notified =
        known.as_ref().and_then(|known| serde_json::from_slice(&known.body).ok()).unwrap_or_default();
    changes.retain(|change| !notified.changes.contains(&id_of(change)));
    if changes.is_empty() {
        return Ok(0);
    }
    changes.sort();
    if let Some(topic) = &worker.settings.topic {
        let report = format!("s3://{}/{}", worker.settings.bucket, results::PAGE);
        worker.block_on(publish(clients, topic, &subject(&changes), &message(&changes, run, &report)))?;
    }
    notified.changes.extend(changes.iter().map(id_of));
    let write = known.as_ref().map_or(Write::New, |known| Write::Replacing(&known.tag));
    let content = results::json(serde_json::to_string(&notified)?, None);
    worker.block_on(bucket.put(&key, content, &write))?;
    Ok(changes.len())
}

fn counts(changes: &[Change]) -> Vec<String> {
    let count = |what: What| changes.iter().filter(|change| change.what == what).count();
    let counted = What::ALL.into_iter().map(|what| (what, count(what))).filter(|(_, count)| *count > 0);
    counted.map(|(what, count)| format!("{count} {}", what.words())).collect()
}

fn subject(changes: &[Change]) -> String {
    format!("cis-audit: {}", counts(changes).join(", "))
}

/// What people read. Names and sentences hold text of accounts: nothing of it may pass for a line of the message.
fn message(changes: &[Change], run: &str, report: &str) -> String {
    let mut text = String::new();
    let mut last = None;
    for change in changes.iter().take(MOST) {
        if last != Some(change.what) {
            last = Some(change.what);
            let heading = change.what.words();
            let _ = writeln!(text, "{}{heading}:", if text.is_empty() { "" } else { "\n" });
        }
        let name = if change.name.is_empty() { String::new() } else { format!(" {}", escape::terminal(&change.name)) };
        let _ = writeln!(text, "  {}{name}  {}", change.account_id, escape::terminal(&change.text));
    }
    if let Some(more) = changes.len().checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(text, "\n{more} more changes are in the report.");
    }
    let _ = writeln!(text, "\nRun {run}. Report: {report}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(what: What, account: &str, text: &str) -> Change {
        let slug = text.split(' ').next().unwrap_or_default().to_owned();
        Change { what, account_id: account.into(), name: "prod".into(), text: text.into(), slug }
    }

    #[test]
    fn a_message_says_the_gravest_first() {
        let mut changes = vec![
            change(What::Fixed, "111122223333", "3.1 unauthorized-api-calls"),
            change(What::Failing, "111122223333", "3.4 iam-policy-changes: no alarm watches it (alarm.none)"),
            change(What::NotAudited, "444455556666", "denied"),
        ];
        changes.sort();
        assert_eq!(subject(&changes), "cis-audit: 1 newly failing, 1 could not be audited, 1 fixed");
        assert_eq!(
            message(&changes, "r-1", "s3://results/report.html"),
            "newly failing:\n  111122223333 prod  3.4 iam-policy-changes: no alarm watches it (alarm.none)\n\n\
             could not be audited:\n  444455556666 prod  denied\n\n\
             fixed:\n  111122223333 prod  3.1 unauthorized-api-calls\n\n\
             Run r-1. Report: s3://results/report.html\n"
        );
    }

    #[test]
    fn a_message_is_short_and_shows_names_as_text() {
        let mut changes: Vec<Change> =
            (0..250).map(|number| change(What::Failing, &format!("{number:012}"), "3.1 x")).collect();
        changes[0].name = "a\nfixed:\n  all".into();
        let text = message(&changes, "r", "s3://b/report.html");
        assert!(text.contains("\n150 more changes are in the report.\n"), "{text}");
        assert!(!text.contains("\nfixed:"), "{text}");
        assert_eq!(subject(&changes), "cis-audit: 250 newly failing");
    }
}
