//! What an event asks for. Events come from the state machine, from a queue, or from somebody who tries the function: a
//! wrong one is an error that says what is wrong.

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    /// List the accounts.
    List(Run),
    /// Audit these.
    Accounts {
        /// For which run.
        run: Run,
        /// As `--list -f json` prints them, or their ids or role ARNs.
        accounts: Vec<Value>,
        /// The management account, 12 digits.
        management: Option<String>,
    },
    /// Make one report of all results.
    Merge(Run),
    /// Audit the accounts in which something has changed.
    Changed {
        /// The newest call in each of them.
        signals: Vec<Signal>,
        /// Messages that are no calls: they go back to the queue.
        refused: Vec<String>,
    },
}

/// A run: all results of one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// Its name, with which its keys begin.
    pub(super) name: String,
    /// When it began. A result says so, and not when its account was read, so that a retry writes the same.
    pub(super) at: Option<Timestamp>,
}

/// A call that can change a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signal {
    /// Where it was made, 12 digits.
    pub(super) account: String,
    /// When.
    pub(super) at: Timestamp,
}

#[derive(Deserialize)]
struct Wire {
    task: Option<String>,
    run: Option<String>,
    at: Option<Timestamp>,
    accounts: Option<Vec<Value>>,
    management: Option<String>,
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[serde(default)]
    message_id: String,
    body: String,
}

/// An event of EventBridge, as it is or as the rule of the template shortens it.
#[derive(Deserialize)]
struct Message {
    account: String,
    time: Timestamp,
}

/// A run that began longer ago says when each account was read: it is no retry any more.
const RECENT: SignedDuration = SignedDuration::from_hours(1);

impl Asked {
    /// Reads an event.
    pub(super) fn read(event: &[u8]) -> anyhow::Result<Self> {
        let wire: Wire = serde_json::from_slice(event).context("the event is none that cis-audit knows")?;
        if let Some(records) = wire.records {
            return Ok(signals(&records));
        }
        let run = || -> anyhow::Result<Run> {
            let name = wire.run.clone().context("the event has no run: a name for its results")?;
            if !is_name(&name) {
                bail!(
                    "run {name:?}: a name has 1 to 80 letters, digits, hyphens, dots and underscores, and no dot first"
                );
            }
            Ok(Run { name, at: wire.at })
        };
        match (wire.task.as_deref(), wire.accounts) {
            (None | Some("audit"), Some(accounts)) => {
                Ok(Self::Accounts { run: run()?, accounts, management: wire.management })
            }
            (Some("list"), None) => Ok(Self::List(run()?)),
            (Some("merge"), None) => Ok(Self::Merge(run()?)),
            (Some(other), _) => bail!("the event's task is {other:?}: it must be list, audit (with accounts) or merge"),
            (None, None) => bail!("the event has neither task, accounts nor Records"),
        }
    }
}

impl Run {
    /// The time that results say, at a moment.
    pub(super) fn time(&self, now: Timestamp) -> Option<Timestamp> {
        let at = self.at.filter(|at| *at <= now && now.duration_since(*at) <= RECENT)?;
        Timestamp::from_second(at.as_second()).ok()
    }
}

/// The newest call of each account.
fn signals(records: &[Record]) -> Asked {
    let (mut signals, mut refused) = (Vec::<Signal>::new(), Vec::new());
    for record in records {
        let message = serde_json::from_str(&record.body).ok();
        let Some(Message { account, time: at }) =
            message.filter(|message: &Message| crate::arn::is_account_id(&message.account))
        else {
            refused.push(record.message_id.clone());
            continue;
        };
        match signals.iter_mut().find(|signal| signal.account == account) {
            Some(signal) => signal.at = signal.at.max(at),
            None => signals.push(Signal { account, at }),
        }
    }
    signals.sort_by(|one, other| one.account.cmp(&other.account));
    Asked::Changed { signals, refused }
}

/// It begins keys, and the names of directories.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=80).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: &str) -> Result<Asked, String> {
        Asked::read(event.as_bytes()).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn each_form_of_an_event_is_known() {
        let run = |at: Option<&str>| Run { name: "r-1".into(), at: at.map(|at| at.parse().unwrap()) };
        let at = "2026-11-29T05:00:00.123Z";
        assert_eq!(read(r#"{"task":"list","run":"r-1"}"#), Ok(Asked::List(run(None))));
        assert_eq!(read(&format!(r#"{{"task":"merge","run":"r-1","at":"{at}"}}"#)), Ok(Asked::Merge(run(Some(at)))));
        let accounts = vec![Value::from("111122223333")];
        let wanted = Asked::Accounts { run: run(None), accounts, management: None };
        assert_eq!(read(r#"{"accounts":["111122223333"],"run":"r-1","batch":3}"#), Ok(wanted));
    }

    #[test]
    fn a_wrong_event_says_what_is_wrong() {
        for (event, wanted) in [
            ("{}", "the event has neither task, accounts nor Records"),
            (r#"{"task":"list"}"#, "the event has no run: a name for its results"),
            (
                r#"{"task":"fix","run":"r"}"#,
                r#"the event's task is "fix": it must be list, audit (with accounts) or merge"#,
            ),
            (
                r#"{"accounts":[],"run":"../x"}"#,
                r#"run "../x": a name has 1 to 80 letters, digits, hyphens, dots and underscores, and no dot first"#,
            ),
        ] {
            assert_eq!(read(event), Err(wanted.to_owned()), "{event}");
        }
        assert!(read("[]").unwrap_err().starts_with("the event is none that cis-audit knows"));
    }

    #[test]
    fn a_thousand_calls_are_one_signal_for_each_account() {
        let record = |number: usize| {
            let account = if number.is_multiple_of(2) { "111122223333" } else { "444455556666" };
            let body = format!(r#"{{"account":"{account}","time":"2026-11-29T05:00:{:02}Z"}}"#, number % 60);
            serde_json::json!({ "body": body })
        };
        let event = serde_json::json!({ "Records": (0..1_000).map(record).collect::<Vec<_>>() });
        let Ok(Asked::Changed { signals, refused }) = read(&event.to_string()) else { panic!("signals") };
        assert_eq!(refused, Vec::<String>::new());
        let found: Vec<(&str, String)> =
            signals.iter().map(|signal| (signal.account.as_str(), signal.at.to_string())).collect();
        assert_eq!(
            found,
            [("111122223333", "2026-11-29T05:00:58Z".to_owned()), ("444455556666", "2026-11-29T05:00:59Z".to_owned())]
        );
    }

    #[test]
    fn a_message_that_is_no_call_is_named_and_stops_no_other() {
        let call = r#"{"account":"111122223333","time":"2026-11-29T05:00:00Z"}"#;
        let bodies = ["no JSON", r#"{"account":"1","time":"2026-11-29T05:00:00Z"}"#, call];
        let record =
            |(number, body): (usize, &&str)| serde_json::json!({ "messageId": format!("m-{number}"), "body": body });
        let event = serde_json::json!({ "Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>() });
        let Ok(Asked::Changed { signals, refused }) = read(&event.to_string()) else { panic!("signals") };
        assert_eq!((signals.len(), refused), (1, vec!["m-0".to_owned(), "m-1".to_owned()]));
    }

    #[test]
    fn a_run_of_long_ago_lends_no_time() {
        let run = Run { name: "r".into(), at: Some("2026-11-29T05:00:00Z".parse().unwrap()) };
        let at = |now: &str| run.time(now.parse().unwrap()).is_some();
        assert!(at("2026-11-29T05:00:00Z") && at("2026-11-29T06:00:00Z"));
        assert!(!at("2026-11-29T06:00:01Z") && !at("2026-11-29T04:59:59Z"));
    }
}
