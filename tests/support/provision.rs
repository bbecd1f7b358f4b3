//! Puts a described account into an emulator, and reads one back, through boto3 in one long-lived Python process.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Account;
use super::python;

/// What the tool signs with to see the account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    id: u64,
    credentials: Option<Credentials>,
    seen: Option<Value>,
    error: Option<String>,
}

type Waiting = Arc<Mutex<HashMap<u64, mpsc::Sender<Answer>>>>;

struct Provisioner {
    input: Mutex<(ChildStdin, u64)>,
    waiting: Waiting,
    _child: Child,
}

/// Makes the account exist and says how to sign for it. `server` is `ministack` or `moto`.
///
/// # Panics
/// If the emulator refuses any part of it: the test would then be about another account than it says.
pub(crate) fn provision(server: &str, address: SocketAddr, account: &Account) -> Credentials {
    let endpoint = format!("http://{address}");
    let answer = ask(json!({ "server": server, "endpoint": endpoint, "account": account }));
    match (answer.credentials, answer.error) {
        (Some(credentials), None) => credentials,
        (_, error) => panic!("{server} did not take the account: {}", error.unwrap_or_default()),
    }
}

/// What boto3 finds in a region, in a form that does not depend on the server.
///
/// # Panics
/// If boto3 cannot read it.
pub(crate) fn read_back(endpoint: &str, credentials: &Credentials, region: &str) -> Value {
    let job = json!({ "look": region, "endpoint": endpoint, "credentials": credentials });
    let answer = ask(job);
    answer.seen.unwrap_or_else(|| panic!("unreadable: {}", answer.error.unwrap_or_default()))
}

/// A resource in an emulator: its kind, its name, and what else distinguishes it.
pub(crate) type Item = (String, String, String);

/// Every resource of the kinds that a fix creates or changes, no matter who made it.
///
/// # Panics
/// If boto3 cannot read it.
pub(crate) fn inventory(endpoint: &str, credentials: &Credentials, region: &str) -> BTreeSet<Item> {
    let job = json!({ "inventory": region, "endpoint": endpoint, "credentials": credentials });
    let answer = ask(job);
    let seen = answer.seen.unwrap_or_else(|| panic!("unreadable: {}", answer.error.unwrap_or_default()));
    serde_json::from_value(seen).expect("kinds, names and details")
}

/// A data point, as a metric filter would publish it.
#[derive(Debug, Serialize)]
pub(crate) struct Sample<'a> {
    pub(crate) region: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) value: f64,
    pub(crate) dimensions: HashMap<String, String>,
}

/// Publishes a data point in an emulator, and says which alarms notify a queue within so many seconds.
///
/// # Panics
/// If the emulator refuses.
pub(crate) fn notified_alarms(
    endpoint: &str,
    credentials: &Credentials,
    sample: &Sample<'_>,
    queue: &str,
    patience: f64,
) -> Vec<String> {
    let job = json!({
        "publish": sample, "queue": queue, "patience": patience, "endpoint": endpoint, "credentials": credentials,
    });
    let answer = ask(job);
    let names = answer.seen.unwrap_or_else(|| panic!("not published: {}", answer.error.unwrap_or_default()));
    serde_json::from_value(names).expect("names of alarms")
}

/// Gives a queue a policy.
///
/// # Panics
/// If the emulator refuses.
pub(crate) fn allow(endpoint: &str, credentials: &Credentials, region: &str, queue: &str, policy: &Value) {
    let job = json!({
        "allow": queue, "policy": policy.to_string(), "region": region, "endpoint": endpoint, "credentials": credentials,
    });
    let answer = ask(job);
    assert_eq!(answer.error, None, "no policy for {queue}");
}

/// Makes an organization with accounts of these names, whose management account is the caller's. Returns their ids.
///
/// # Panics
/// If the emulator refuses.
pub(crate) fn organize(endpoint: &str, credentials: &Credentials, names: &[String]) -> Vec<String> {
    let answer = ask(json!({ "organize": names, "endpoint": endpoint, "credentials": credentials }));
    let made = answer.seen.unwrap_or_else(|| panic!("not organized: {}", answer.error.unwrap_or_default()));
    serde_json::from_value(made).expect("ids of accounts")
}

/// Makes a stack of a CloudFormation template. Returns its status, and the reasons that its events give.
///
/// # Panics
/// If the emulator refuses.
pub(crate) fn deploy(endpoint: &str, credentials: &Credentials, region: &str, template: &str) -> (String, Vec<String>) {
    let job = json!({ "deploy": template, "region": region, "endpoint": endpoint, "credentials": credentials });
    let answer = ask(job);
    let seen = answer.seen.unwrap_or_else(|| panic!("not deployed: {}", answer.error.unwrap_or_default()));
    serde_json::from_value(seen).expect("a status and reasons")
}

fn ask(mut job: Value) -> Answer {
    static PROVISIONER: OnceLock<Provisioner> = OnceLock::new();
    let provisioner = PROVISIONER.get_or_init(start);
    let (say, receive) = mpsc::channel();
    {
        let mut input = provisioner.input.lock().expect("nobody panics while holding it");
        input.1 += 1;
        job["id"] = json!(input.1);
        provisioner.waiting.lock().expect("nobody panics while holding it").insert(input.1, say);
        writeln!(input.0, "{job}").expect("the provisioner reads");
    }
    receive.recv_timeout(Duration::from_secs(120)).expect("the provisioner answers")
}

fn start() -> Provisioner {
    let interpreter = python::EMULATORS.interpreter().expect("a server runs, so the environment is there");
    let mut child = python::script(interpreter, "provision.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the environment's interpreter runs");
    let output = child.stdout.take().expect("standard output was piped");
    let input = child.stdin.take().expect("standard input was piped");
    let waiting = Waiting::default();
    let answered = Arc::clone(&waiting);
    thread::spawn(move || deliver(output, &answered));
    Provisioner { input: Mutex::new((input, 0)), waiting, _child: child }
}

fn deliver(output: ChildStdout, waiting: &Waiting) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let answer: Answer = serde_json::from_str(&line).expect("the provisioner answers in JSON");
        let asker = waiting.lock().expect("nobody panics while holding it").remove(&answer.id);
        if let Some(asker) = asker {
            drop(asker.send(answer));
        }
    }
}
