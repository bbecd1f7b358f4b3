//! The executable as a function of Lambda: a runtime API that hands it events, a bucket, a topic and Security Hub, in front of
//! an organization.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash as _, Hasher as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::call::form;
use super::http::{Request, Response, write_response};
use super::listener::{Listener, converse};
use super::organization::Organization;
use super::run::EXECUTABLE;
use super::wire::{ServiceError, escaped, query_response};

/// The bucket of results.
pub(crate) const BUCKET: &str = "cis-audit-results";
/// Where changes are published.
pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:999900000000:cis-audit-changes";

/// Keys of a page, few enough that there are many.
const PAGE: usize = 3;

/// An object, and how often it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) body: Vec<u8>,
    tag: String,
    mark: Option<String>,
    pub(crate) writes: usize,
}

/// What the function writes to, and what lasts longer than it.
#[derive(Default)]
pub(crate) struct World {
    objects: Mutex<BTreeMap<String, Stored>>,
    published: Mutex<Vec<(String, String)>>,
    /// By the access key of the caller.
    imported: Mutex<Vec<(String, Value)>>,
    meeting: Mutex<Meeting>,
    met: Condvar,
    stall: Mutex<Stall>,
    stalled: Condvar,
}

/// An object that callers get or look at in pairs: neither before the other asks for it.
#[derive(Default)]
struct Meeting {
    key: Option<String>,
    arrived: usize,
    /// So many calls are made in pairs, and those after them alone.
    most: usize,
}

/// Whether a request is the one.
type IsIt = Box<dyn Fn(&Asked<'_>) -> bool + Send>;

/// A request that is never answered.
#[derive(Default)]
struct Stall {
    which: Option<IsIt>,
    has_come: bool,
}

/// A request, as it may be the one that is never answered.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    /// `s3`, `logs`, …
    pub(crate) service: &'a str,
    /// The access key of the caller.
    pub(crate) caller: &'a str,
    /// Path and query.
    pub(crate) target: &'a str,
}

/// How long one waits for the other.
const PATIENCE: Duration = Duration::from_secs(120);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub(crate) fn objects(&self) -> BTreeMap<String, Stored> {
        locked(&self.objects).clone()
    }

    /// The results of a run, by account.
    pub(crate) fn results(&self, run: &str) -> BTreeMap<String, Stored> {
        let prefix = format!("runs/{run}/");
        let account = |key: &str| key.strip_prefix(&prefix)?.strip_suffix(".json").map(str::to_owned);
        let all = self.objects().into_iter().filter_map(|(key, stored)| Some((account(&key)?, stored)));
        all.filter(|(account, _)| account.bytes().all(|byte| byte.is_ascii_digit())).collect()
    }

    pub(crate) fn json(&self, key: &str) -> Value {
        let objects = self.objects();
        let stored = objects.get(key).unwrap_or_else(|| panic!("no {key} in {:?}", objects.keys()));
        serde_json::from_slice(&stored.body).expect("JSON")
    }

    pub(crate) fn replace(&self, key: &str, body: String) {
        let mut objects = locked(&self.objects);
        objects.get_mut(key).expect("it was there").body = body.into_bytes();
    }

    pub(crate) fn put(&self, key: &str, body: String) {
        let stored = Stored { body: body.into_bytes(), tag: format!("\"{key}\""), mark: None, writes: 1 };
        locked(&self.objects).insert(key.to_owned(), stored);
    }

    /// From here on this object is handed out to two callers at once, so many times.
    pub(crate) fn hand_out_in_pairs(&self, key: &str, pairs: usize) {
        *locked(&self.meeting) = Meeting { key: Some(key.to_owned()), arrived: 0, most: 2 * pairs };
    }

    /// The first such request from here on is never answered.
    pub(crate) fn stall(&self, which: impl Fn(&Asked<'_>) -> bool + Send + 'static) {
        *locked(&self.stall) = Stall { which: Some(Box::new(which)), has_come: false };
    }

    /// Waits until that request has come.
    pub(crate) fn wait_for_the_stall(&self) {
        let has_not_come = |stall: &mut Stall| !stall.has_come;
        let (_stall, waited) = self
            .stalled
            .wait_timeout_while(locked(&self.stall), PATIENCE, has_not_come)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "no such request came");
    }

    fn stall_if(&self, asked: &Asked<'_>) {
        let mut stall = locked(&self.stall);
        if stall.which.as_ref().is_some_and(|which| which(asked)) {
            *stall = Stall { which: None, has_come: true };
            drop(stall);
            self.stalled.notify_all();
            // The one that asks is killed.
            loop {
                std::thread::park();
            }
        }
    }

    fn meet(&self, key: &str) {
        let mut meeting = locked(&self.meeting);
        if meeting.key.as_deref() != Some(key) || meeting.arrived == meeting.most {
            return;
        }
        meeting.arrived += 1;
        let both = meeting.arrived.next_multiple_of(2);
        self.met.notify_all();
        let alone = |meeting: &mut Meeting| meeting.arrived < both;
        drop(self.met.wait_timeout_while(meeting, PATIENCE, alone));
    }

    pub(crate) fn remove(&self, key: &str) {
        locked(&self.objects).remove(key).expect("it was there");
    }

    /// Subjects and messages, since this was last asked.
    pub(crate) fn take_published(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *locked(&self.published))
    }

    pub(crate) fn imported(&self) -> Vec<(String, Value)> {
        locked(&self.imported).clone()
    }

    fn answer(&self, request: &Request) -> Option<Response> {
        let authorization = request.headers.get("authorization")?;
        let service = authorization.split_once("Credential=")?.1.split('/').nth(3)?;
        let key = authorization.split_once("Credential=")?.1.split('/').next()?;
        self.stall_if(&Asked { method: &request.method, service, caller: key, target: &request.target });
        match (service, request.target.as_str()) {
            ("s3", _) => Some(self.of_bucket(request)),
            ("sns", _) => self.of_topic(request),
            ("securityhub", "/findings/import") => {
                let body: Value = serde_json::from_slice(&request.body).expect("JSON");
                locked(&self.imported).push((key.to_owned(), body));
                Some(Response::new(
                    200,
                    "application/json",
                    r#"{"FailedCount":0,"SuccessCount":1,"FailedFindings":[]}"#,
                ))
            }
            _ => None,
        }
    }

    fn of_topic(&self, request: &Request) -> Option<Response> {
        let fields: BTreeMap<String, String> = form(&request.body).into_iter().collect();
        if fields.get("Action")? != "Publish" {
            return None;
        }
        assert_eq!(fields["TopicArn"], TOPIC);
        locked(&self.published).push((fields["Subject"].clone(), fields["Message"].clone()));
        Some(query_response("Publish", "http://sns.amazonaws.com/doc/2010-03-31/", "<MessageId>m-1</MessageId>"))
    }

    fn of_bucket(&self, request: &Request) -> Response {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let Some(key) = path.strip_prefix(&format!("/{BUCKET}")) else { return refused(404, "NoSuchBucket") };
        assert_eq!(request.headers.get("x-amz-expected-bucket-owner"), Some("999900000000"));
        let key = key.trim_start_matches('/').replace("%2B", "+").replace("%3D", "=");
        if request.method == "GET" || request.method == "HEAD" {
            self.meet(&key);
        }
        let mut objects = locked(&self.objects);
        match request.method.as_str() {
            "GET" if key.is_empty() => listed(&objects, query),
            "GET" | "HEAD" => match objects.get(&key) {
                None if request.method == "HEAD" => Response::new(404, "application/xml", ""),
                None => refused(404, "NoSuchKey"),
                Some(stored) => {
                    let body = if request.method == "HEAD" { Vec::new() } else { stored.body.clone() };
                    let response = Response::new(200, "application/json", body).header("ETag", &stored.tag);
                    stored.mark.iter().fold(response, |response, mark| response.header("x-amz-meta-outcome", mark))
                }
            },
            "PUT" => {
                let mut sum = flate2::Crc::new();
                sum.update(&request.body);
                let sum = aws_smithy_types::base64::encode(sum.sum().to_be_bytes());
                assert_eq!(request.headers.get("x-amz-checksum-crc32"), Some(sum.as_str()), "{key}");
                let known = objects.get(&key);
                if request.headers.get("if-none-match").is_some() && known.is_some() {
                    return refused(412, "PreconditionFailed");
                }
                if let Some(tag) = request.headers.get("if-match")
                    && known.is_none_or(|known| known.tag != tag)
                {
                    return refused(412, "PreconditionFailed");
                }
                let mut hasher = DefaultHasher::new();
                request.body.hash(&mut hasher);
                let tag = format!("\"{:016x}\"", hasher.finish());
                let writes = known.map_or(0, |known| known.writes) + 1;
                let mark = request.headers.get("x-amz-meta-outcome").map(str::to_owned);
                objects.insert(key, Stored { body: request.body.clone(), tag, mark, writes });
                Response::new(200, "application/xml", "")
            }
            method => refused(405, method),
        }
    }
}

fn listed(objects: &BTreeMap<String, Stored>, query: &str) -> Response {
    let fields: BTreeMap<String, String> = form(query.as_bytes()).into_iter().collect();
    let prefix = fields.get("prefix").cloned().unwrap_or_default();
    let after = fields.get("continuation-token").cloned().unwrap_or_default();
    let keys: Vec<&String> = objects.keys().filter(|key| key.starts_with(&prefix) && **key > after).collect();
    let (shown, is_cut) = (&keys[..keys.len().min(PAGE)], keys.len() > PAGE);
    let contents: String =
        shown.iter().map(|key| format!("<Contents><Key>{}</Key></Contents>", escaped(key))).collect();
    let next = if is_cut {
        format!("<NextContinuationToken>{}</NextContinuationToken>", shown[PAGE - 1])
    } else {
        String::new()
    };
    let body = format!(
        "<?xml version=\"1.0\"?><ListBucketResult><KeyCount>{}</KeyCount><IsTruncated>{is_cut}</IsTruncated>{contents}{next}\
         </ListBucketResult>",
        shown.len()
    );
    Response::new(200, "application/xml", body)
}

fn refused(status: u16, code: &str) -> Response {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>");
    Response::new(status, "application/xml", body)
}

/// Events that wait, and who waits for their answers.
#[derive(Default)]
struct Events {
    waiting: Mutex<VecDeque<(String, String)>>,
    asked: Condvar,
    answers: Mutex<BTreeMap<String, Sender<Result<Value, Value>>>>,
    /// When the function first asked for an event.
    first_asked: Mutex<Option<Instant>>,
    is_over: Mutex<bool>,
}

impl Events {
    fn answer(&self, request: &Request) -> Response {
        let parts: Vec<&str> = request.target.split('/').collect();
        match (request.method.as_str(), &parts[..]) {
            ("GET", ["", "2018-06-01", "runtime", "invocation", "next"]) => self.next(),
            ("POST", ["", "2018-06-01", "runtime", "invocation", id, how]) => {
                let body: Value = serde_json::from_slice(&request.body).expect("an answer is JSON");
                let answer = if *how == "response" { Ok(body) } else { Err(body) };
                if let Some(sender) = locked(&self.answers).remove(*id) {
                    drop(sender.send(answer));
                }
                Response::new(202, "application/json", r#"{"status":"OK"}"#)
            }
            _ => ServiceError::new(404, "NotFound", "no such path").response(super::call::Protocol::Rest),
        }
    }

    fn next(&self) -> Response {
        locked(&self.first_asked).get_or_insert_with(Instant::now);
        let mut waiting = locked(&self.waiting);
        while waiting.is_empty() && !*locked(&self.is_over) {
            let step = Duration::from_millis(100);
            waiting = self.asked.wait_timeout(waiting, step).unwrap_or_else(PoisonError::into_inner).0;
        }
        let Some((id, event)) = waiting.pop_front() else { return Response::new(500, "text/plain", "over") };
        Response::new(200, "application/json", event).header("Lambda-Runtime-Aws-Request-Id", &id)
    }
}

/// A function that runs.
pub(crate) struct Function {
    child: Child,
    started: Instant,
    events: Arc<Events>,
    _runtime: Listener,
    _aws: Listener,
}

impl Function {
    /// `variables`: settings beside the bucket, the role and the topic.
    pub(crate) fn start(organization: Organization, world: &Arc<World>, variables: &[(&str, &str)]) -> Self {
        let events = Arc::new(Events::default());
        let answering = Arc::clone(&events);
        let runtime = Listener::spawn(move |stream| {
            converse(stream, |request, to| {
                write_response(to, &answering.answer(&request))?;
                Ok(true)
            });
        });
        let world = Arc::clone(world);
        let cli = organization.cli();
        let aws = Listener::spawn(move |stream| {
            converse(stream, |request, to| {
                let answer = world.answer(&request).unwrap_or_else(|| organization.answer(&request));
                write_response(to, &answer)?;
                Ok(true)
            });
        });
        let mut command = Command::new(EXECUTABLE);
        command.env_clear().envs(cli.variables());
        for name in ["PATH", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("AWS_ENDPOINT_URL", aws.url()).env("AWS_LAMBDA_RUNTIME_API", runtime.address().to_string());
        // A proxy that there is not: nothing on this machine may be asked through one.
        command.env("HTTP_PROXY", "http://127.0.0.1:9").env("NO_PROXY", "127.0.0.1");
        command.env("CIS_AUDIT_BUCKET", BUCKET).env("CIS_AUDIT_BUCKET_OWNER", "999900000000");
        command.env("CIS_AUDIT_ROLE_NAME", super::organization::ROLE).env("CIS_AUDIT_TOPIC", TOPIC);
        // Reports are compared: a machine that stalls must not be what they differ in.
        command.env("CIS_AUDIT_OPTIONS", "--timeout 120 --deadline 900");
        command.envs(variables.iter().copied());
        let started = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the executable was built");
        Self { child, started, events, _runtime: runtime, _aws: aws }
    }

    /// Hands it an event, and says how to wait for the answer.
    pub(crate) fn send(&self, event: &Value) -> std::sync::mpsc::Receiver<Result<Value, Value>> {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let id = format!("8476a536-e9f4-11e8-9739-{number:012}");
        let (sender, receiver) = channel();
        locked(&self.events.answers).insert(id.clone(), sender);
        locked(&self.events.waiting).push_back((id, event.to_string()));
        self.events.asked.notify_all();
        receiver
    }

    /// Hands it an event, and waits.
    pub(crate) fn invoke(&self, event: &Value) -> Result<Value, String> {
        let answer = self.send(event).recv_timeout(Duration::from_secs(180)).expect("an answer in time");
        answer.map_err(|error| error["errorMessage"].as_str().expect("a message").to_owned())
    }

    /// The answer to an event that it can do.
    pub(crate) fn done(&self, event: &Value) -> Value {
        self.invoke(event).unwrap_or_else(|error| panic!("{event}: {error}"))
    }

    /// From its start to its first request for an event.
    pub(crate) fn cold_start(&self) -> Duration {
        loop {
            if let Some(asked) = *locked(&self.events.first_asked) {
                return asked - self.started;
            }
            assert!(self.started.elapsed() < Duration::from_secs(60), "it does not ask for events");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The most memory that it had so far, in kB.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Lists the accounts, audits each batch and merges, as the state machine does: the answer of the merge.
    pub(crate) fn whole(&self, world: &World, run: &str) -> Value {
        for batch in self.batches(world, run) {
            self.done(&batch);
        }
        self.done(&json!({ "task": "merge", "run": run }))
    }

    /// The events of a run's batches.
    pub(crate) fn batches(&self, world: &World, run: &str) -> Vec<Value> {
        let listed = self.done(&json!({ "task": "list", "run": run }));
        let batches = world.json(listed["batches_key"].as_str().expect("a key"));
        let of_run = |mut batch: Value| {
            batch["run"] = json!(run);
            batch
        };
        batches.as_array().expect("batches").iter().cloned().map(of_run).collect()
    }

    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        *locked(&self.events.is_over) = true;
        self.events.asked.notify_all();
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.end();
    }
}
