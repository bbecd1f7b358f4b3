//! `template --org`: what it writes, as linters read it, and the whole engine on ministack: its Step Functions, Lambda with the
//! real executable, Scheduler, SQS, SNS and S3.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::account::Account;
use crate::support::organization::{ROLE, of_state};
use crate::support::provision::{Credentials, organize, provision};
use crate::support::run::{Cli, EXECUTABLE};
use crate::support::seed::REGION;
use crate::support::stage::fresh_id;
use crate::support::terraform::{configuration, plan};
use crate::support::{python, servers};

fn written(language: &str) -> String {
    let run = Cli::new().args(&["template", language, "--org"]).run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:#?}");
    run.stdout
}

/// What another program finds wrong with a template; nothing where it cannot run.
fn problems(ending: &str, text: &str) -> Option<Vec<Value>> {
    let interpreter = python::VALIDATORS.or_skip()?;
    let file = Cli::new();
    let path = file.write(&format!("template.{ending}"), text);
    let output = python::script(interpreter, "read_templates.py").arg(path).output().expect("the interpreter runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("an answer");
    Some(answer["problems"].as_array().expect("problems").clone())
}

#[test]
fn the_templates_are_clean_to_cfn_lint() {
    let members = Cli::new().args(&["policy", "--org"]).run().stdout;
    for text in [written("cloudformation"), members] {
        let Some(problems) = problems("yaml", &text) else { return };
        assert_eq!(problems, Vec::<Value>::new());
    }
}

#[test]
fn other_parsers_read_the_terraform_and_find_the_same_states() {
    let text = written("terraform");
    assert!(problems("tf", &text).is_none_or(|problems| problems.is_empty()));
    let body: hcl::Body = hcl::from_str(&text).expect("HCL");
    let blocks = body.blocks().filter(|block| block.identifier() == "resource");
    let kinds: BTreeSet<&str> = blocks.filter_map(|block| block.labels().first().map(|label| label.as_str())).collect();
    for kind in [
        "aws_s3_bucket",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_versioning",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_lambda_function",
        "aws_sfn_state_machine",
        "aws_scheduler_schedule",
        "aws_sqs_queue",
        "aws_cloudwatch_metric_alarm",
        "aws_cloudwatch_event_rule",
        "aws_lambda_event_source_mapping",
    ] {
        assert!(kinds.contains(kind), "{kind}");
    }
    let states = |text: &str| text.matches("\"Mode\": \"DISTRIBUTED\"").count();
    assert_eq!((states(&text), states(&written("cloudformation"))), (1, 1));
}

/// Terraform itself reads it: types of arguments, references, expressions and counts.
#[test]
fn terraform_plans_every_resource_of_the_engine() {
    let home = Cli::new();
    let directory = configuration(home.home(), &[("main.tf", &written("terraform")), ("cis-audit.zip", "a zip file")]);
    let planned = |options: &[&str]| {
        let options = [&["-var", "code=cis-audit.zip"], options].concat();
        let plan: Value = serde_json::from_str(&plan(&directory, &options)?).expect("a plan is JSON");
        let resources = plan["planned_values"]["root_module"]["resources"].as_array().expect("resources").clone();
        let whole = |of: &[Value], kind: &str| of.iter().filter(|it| it["type"] == kind).count();
        let rules = whole(&resources, "aws_cloudwatch_event_rule");
        assert_eq!(whole(&resources, "aws_cloudwatch_event_target"), rules);
        Some((resources, rules))
    };
    let options =
        ["-var", "organization_id=o-example1234", "-var", "notify_email=a@example.com", "-var", "security_hub=true"];
    let Some((all, rules)) = planned(&options) else { return };
    let patterns = written("cloudformation").matches("Description: Calls in this account").count();
    assert_eq!(rules, 2 * patterns);
    let named = |address: &str| {
        let found = all.iter().find(|it| it["address"] == address);
        found.unwrap_or_else(|| panic!("no {address}"))["values"].clone()
    };
    let function = named("aws_lambda_function.worker");
    assert_eq!((&function["runtime"], &function["memory_size"]), (&json!("provided.al2023"), &json!(1_024)));
    assert_eq!(named("aws_scheduler_schedule.audit")["schedule_expression"], "rate(6 hours)");
    assert_eq!(named("aws_sqs_queue.events")["delay_seconds"], 120);
    named("aws_cloudwatch_event_bus.changes[0]");
    named("aws_sns_topic_subscription.changes[0]");
    if std::env::var_os("CIS_AUDIT_SLOW").is_some() {
        let (_, rules) = planned(&[]).expect("Terraform runs as before");
        assert_eq!(rules, patterns);
    }
}

#[test]
fn it_is_of_no_account_and_takes_nothing_of_one() {
    for option in [&["--all"][..], &["--demo"], &["--subscribe", "email:a@example.com"], &["--rule", "3.1"]] {
        let run = Cli::new().args(&["template", "cloudformation", "--org"]).args(option).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{option:?}: {}", run.stderr);
    }
}

/// The engine, deployed.
struct Engine {
    endpoint: String,
    root: Credentials,
    ids: Vec<String>,
    resources: Value,
    bucket: String,
}

impl Engine {
    fn new(count: usize, batch: usize) -> Option<Self> {
        python::EMULATORS.or_skip()?;
        let server = servers::ministack()?;
        let endpoint = format!("http://{}", server.address);
        let root = provision("ministack", server.address, &Account::seed(&fresh_id()));
        let names: Vec<String> = (0..count).map(|number| format!("account-{number}")).collect();
        let ids = organize(&endpoint, &root, &names);
        for (number, id) in ids.iter().enumerate() {
            provision("ministack", server.address, &of_state(number, id));
        }
        let mut engine = Self { endpoint, root, ids, resources: Value::Null, bucket: String::new() };
        let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(15);
        let soon = soon.to_zoned(jiff::tz::TimeZone::UTC).strftime("at(%Y-%m-%dT%H:%M:%S)").to_string();
        let deployed = engine.step(
            "deploy",
            json!({
                "template": written("cloudformation"),
                "program": EXECUTABLE,
                "parameters": {
                    "RoleName": ROLE,
                    "BatchSize": batch.to_string(),
                    "MaxConcurrency": "4",
                    "OrganizationId": "o-example1234",
                    "ScheduleExpression": soon,
                    "Options": "--timeout 120 --deadline 900",
                },
            }),
        );
        assert_eq!(deployed["status"], "CREATE_COMPLETE", "{deployed:#}");
        engine.bucket = deployed["outputs"]["Results"].as_str().expect("a bucket").to_owned();
        engine.resources = deployed["resources"].clone();
        Some(engine)
    }

    fn step(&self, name: &str, job: Value) -> Value {
        self.step_as(name, &self.root, job)
    }

    fn step_as(&self, name: &str, credentials: &Credentials, mut job: Value) -> Value {
        job["endpoint"] = json!(self.endpoint);
        job["credentials"] = json!(credentials);
        let interpreter = python::EMULATORS.interpreter().expect("it was set up");
        let mut command = python::script(interpreter, "engine.py");
        command.arg(name).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the interpreter runs");
        let mut input = child.stdin.take().expect("standard input was piped");
        input.write_all(job.to_string().as_bytes()).expect("it reads its job");
        drop(input);
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    fn resource(&self, name: &str) -> String {
        self.resources[name][1].as_str().unwrap_or_else(|| panic!("no {name}: {:#}", self.resources)).to_owned()
    }

    /// Starts the state machine, or waits until the schedule has.
    fn run(&self, input: Option<Value>) -> Value {
        let mut job = json!({});
        if let Some(input) = input {
            job["input"] = input;
        }
        self.run_with(job)
    }

    fn run_with(&self, mut job: Value) -> Value {
        // Two hundred accounts on a machine that compiles.
        job["patience"] = json!(3_600);
        job["machine"] = json!(self.resource("Audit"));
        let run = self.step("run", job);
        assert_eq!(run["status"], "SUCCEEDED", "{run:#}");
        run
    }

    fn text(&self, key: &str) -> String {
        let seen = self.step("objects", json!({ "bucket": self.bucket, "texts": [key] }));
        seen["texts"][key].as_str().expect("a text").to_owned()
    }

    /// Waits until the newest report says this of an account: it is made after the notice.
    fn shows(&self, account: &str, status: &str) {
        let began = Instant::now();
        loop {
            let latest: Value = serde_json::from_str(&self.text("latest.json")).expect("a report");
            let rows = latest["accounts"].as_array().expect("accounts");
            let row = rows.iter().find(|row| row["account_id"] == account).expect("the account");
            if row["status"] == status {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(600), "{row}");
        }
    }

    /// The results of a run: tag and number of versions, by key.
    fn results(&self, run: &Value) -> Vec<(String, Value)> {
        let seen = self.step("objects", json!({ "bucket": self.bucket }));
        let prefix = format!("runs/{}/", run.as_str().expect("a name"));
        let objects = seen["objects"].as_object().expect("objects").clone();
        let is_result = |key: &String| {
            key.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
        };
        objects.into_iter().filter(|(key, _)| is_result(key)).collect()
    }

    /// The rows of the newest report are those of one run of the program.
    fn is_one_run(&self) {
        let cli = Cli::new().credentials(&self.root).env("AWS_REGION", REGION).env("AWS_ENDPOINT_URL", &self.endpoint);
        let cli = cli.args(&["--timeout", "120", "--deadline", "900"]);
        let run = cli.within(Duration::from_secs(900)).args(&["--org", "--role-name", ROLE, "-f", "json"]).run();
        let whole: Value = serde_json::from_str(&run.stdout).expect("a report");
        let latest: Value = serde_json::from_str(&self.text("latest.json")).expect("a report");
        assert_eq!(timeless(&latest, "results"), timeless(&whole, "results"));
        assert_eq!(timeless(&latest, "accounts"), timeless(&whole, "accounts"));
        assert_eq!(latest["summary"], whole["summary"]);
    }

    /// What was published since this was last asked: subjects. More than is expected is waited for a few seconds.
    fn notices(&self, queue: &str, expected: usize) -> Vec<String> {
        let job = json!({ "queue": queue, "patience": 120, "expected": expected });
        let seen = self.step("messages", job);
        let subject = |message: &Value| message["Subject"].as_str().unwrap_or_default().to_owned();
        let mut subjects: Vec<String> = seen.as_array().expect("messages").iter().map(subject).collect();
        // The emulator evaluates alarms too.
        subjects.retain(|subject| subject.starts_with("cis-audit: "));
        subjects
    }

    /// Messages as the rules send them, of calls in an account a minute ago: the queue delays them by more.
    fn calls(&self, account: &str, count: usize) {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(61);
        let body = json!({ "account": account, "time": at.to_string() }).to_string();
        self.step("send", json!({ "queue": self.resource("Events"), "bodies": vec![body; count] }));
    }
}

/// Rows but for when each was read.
fn timeless(report: &Value, name: &str) -> Vec<Value> {
    let mut rows = report[name].as_array().expect("rows").clone();
    rows.iter_mut().filter_map(Value::as_object_mut).for_each(|row| drop(row.remove("collected_at")));
    rows
}

fn whole_engine(count: usize, batch: usize) {
    let Some(engine) = Engine::new(count, batch) else { return };
    let queue = engine.step("subscribe", json!({ "topic": engine.resource("Changes") }));
    let queue = queue["queue"].as_str().expect("a queue").to_owned();

    // The schedule's run.
    let run = engine.run(None);
    drop(writeln!(io::stderr(), "{count} accounts: {} s, {}", run["seconds"], run["maps"]));
    assert_eq!(run["output"]["accounts"], json!(count + 1), "{run:#}");
    assert_eq!(run["output"]["not_audited"], json!(0));
    engine.is_one_run();
    let results = engine.results(&run["name"]);
    assert_eq!(results.len(), count + 1);
    assert!(results.iter().all(|(_, seen)| seen[1] == 1), "{results:?}");
    let notices = engine.notices(&queue, 1);
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains(" newly failing"), "{notices:?}");

    // Done again it changes no result, and notifies of nothing.
    engine.run(Some(json!({ "run": run["name"] })));
    assert_eq!(engine.results(&run["name"]), results);
    assert_eq!(engine.notices(&queue, 0), Vec::<String>::new());

    // A poisoned batch is named, and completed by the same run done again.
    let machine = engine.resource("Audit");
    engine.step("poison", json!({ "machine": machine, "batch": 2 }));
    let poisoned = engine.run(Some(json!({})));
    assert_eq!(poisoned["maps"][0]["failed"], json!(1), "{poisoned:#}");
    assert_eq!(poisoned["output"]["not_audited"], json!(batch.min(count + 1 - batch)));
    let named: Vec<&Value> = poisoned["output"]["not_audited_first"].as_array().expect("ids").iter().collect();
    assert_eq!(named.len(), batch.min(count + 1 - batch));
    let some = engine.results(&poisoned["name"]);
    assert_eq!(some.len(), count + 1 - named.len());
    engine.step("poison", json!({ "machine": machine }));
    let completed = engine.run(Some(json!({ "run": poisoned["name"] })));
    assert_eq!(completed["output"]["not_audited"], json!(0));
    let all = engine.results(&poisoned["name"]);
    assert_eq!(all.len(), count + 1);
    assert!(some.iter().all(|result| all.contains(result)));
    engine.is_one_run();
    let notices = engine.notices(&queue, 2);
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices.iter().any(|notice| notice.contains("could not be audited")), "{notices:?}");
    assert!(notices.iter().any(|notice| notice.contains("audited again")), "{notices:?}");

    // A change in one account, and a thousand events of it in a minute.
    let account = &engine.ids[0];
    let member = Credentials { access_key_id: account.clone(), secret_access_key: "test".into(), session_token: None };
    let alarms = engine.step_as("alarms", &member, json!({}));
    let alarm = alarms["alarms"][0].clone();
    engine.step_as("alarms", &member, json!({ "disable": [alarm] }));
    engine.calls(account, 1_000);
    let notices = engine.notices(&queue, 1);
    assert_eq!(notices, ["cis-audit: 1 newly failing"]);
    engine.shows(account, "fail");
    let seen = engine.step("objects", json!({ "bucket": engine.bucket }));
    let of_events = |key: &&String| key.starts_with("runs/event-") && key.ends_with(&format!("/{account}.json"));
    let audits = seen["objects"].as_object().expect("objects").keys().filter(of_events).count();
    assert!((1..=3).contains(&audits), "{audits}");
    engine.step_as("alarms", &member, json!({ "enable": [alarm] }));
    engine.calls(account, 1);
    assert_eq!(engine.notices(&queue, 1), ["cis-audit: 1 fixed"]);
    engine.shows(account, "pass");

    // The next run has nothing to add, though the function is killed in the middle of it.
    let run = engine.run_with(json!({ "input": {}, "kill_in": engine.bucket }));
    let (processes, there) = (&run["killed"]["processes"], &run["killed"]["results"]);
    assert!(processes.as_u64() > Some(0) && there.as_u64() < Some(all.len() as u64), "{run:#}");
    assert_eq!(run["output"]["not_audited"], json!(0), "{run:#}");
    let results = engine.results(&run["name"]);
    assert_eq!(results.len(), count + 1);
    assert!(results.iter().all(|(_, seen)| seen[1] == 1), "{results:?}");
    assert_eq!(engine.notices(&queue, 0), Vec::<String>::new());
    engine.is_one_run();
}

#[test]
fn ten_accounts_on_the_engine_of_the_template() {
    whole_engine(10, 5);
}

#[test]
fn two_hundred_accounts_on_the_engine_of_the_template() {
    if std::env::var_os("CIS_AUDIT_SLOW").is_some() {
        whole_engine(200, 20);
    }
}
