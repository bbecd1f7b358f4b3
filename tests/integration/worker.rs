//! The executable as a function of Lambda: what it writes, what it keeps when it is asked again, and of what it notifies.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::function::{Asked, Function, World};
use crate::support::organization::{
    Listing, MANAGEMENT, Member, Organization, ROLE, Trouble, member_id as id, members_of_an_owner as members,
};
use crate::support::run::Cli;

fn organization(members: Vec<Member>) -> Organization {
    Organization::new(members, Listing::State)
}

/// The rows of one run of all accounts.
fn single(members: Vec<Member>) -> Value {
    let organization = organization(members);
    let cli = organization.cli().within(Duration::from_secs(900)).args(&["--timeout", "120", "--deadline", "900"]);
    let run = cli.args(&["--org", "--role-name", ROLE, "-f", "json"]).run();
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{run:#?}"))
}

/// Rows but for when each was read.
fn timeless(report: &Value, name: &str) -> Vec<Value> {
    let mut rows = report[name].as_array().expect("rows").clone();
    rows.iter_mut().filter_map(Value::as_object_mut).for_each(|row| drop(row.remove("collected_at")));
    rows
}

const IN_TWOS: &[(&str, &str)] = &[("CIS_AUDIT_BATCH", "2")];

#[test]
fn a_run_of_the_function_is_one_audit_of_all_accounts() {
    let world = Arc::new(World::default());
    let function = Function::start(organization(members(8)), &world, IN_TWOS);
    let merged = function.whole(&world, "r-1");
    let whole = single(members(8));
    let latest = world.json("latest.json");
    for name in ["accounts", "results"] {
        // An account says by which role it was read, in both.
        assert_eq!(timeless(&latest, name), timeless(&whole, name), "{name}");
    }
    assert_eq!(
        (&merged["accounts"], &merged["pass"], &merged["fail"], &merged["not_audited"]),
        (&json!(9), &json!(5), &json!(4), &json!(0))
    );
    let results = world.results("r-1");
    assert_eq!(results.len(), 9);
    assert!(results.values().all(|stored| stored.writes == 1));
    let objects = world.objects();
    let page = String::from_utf8(objects["report.html"].body.clone()).expect("a page");
    assert!(page.contains("account 7"));
    let rows = String::from_utf8(objects["rows/run=r-1/results.ndjson"].body.clone()).expect("lines");
    assert_eq!(
        rows.lines().filter(|line| line.contains("\"rule\"")).count(),
        whole["results"].as_array().map_or(0, Vec::len)
    );
}

#[test]
fn a_repeated_run_changes_and_notifies_nothing() {
    let world = Arc::new(World::default());
    let function = Function::start(organization(members(4)), &world, IN_TWOS);
    function.whole(&world, "r-1");
    let first = world.take_published();
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(first[0].0, "cis-audit: 15 newly failing");
    let (results, latest) = (world.results("r-1"), world.json("latest.json"));
    for batch in function.batches(&world, "r-1") {
        let answer = function.done(&batch);
        assert_eq!((&answer["audited"], &answer["pass"]), (&json!(0), &json!(0)), "{answer}");
    }
    function.done(&json!({ "task": "merge", "run": "r-1" }));
    assert_eq!(world.results("r-1"), results);
    assert_eq!(world.json("latest.json"), latest);
    assert_eq!(world.take_published(), Vec::new());
    // Nor does another run, of which nothing has changed.
    function.whole(&world, "r-2");
    assert_eq!(world.take_published(), Vec::new());
}

/// The time of a result is that of its run: nothing else differs when an account is read again.
#[test]
fn a_retry_writes_the_same_bytes() {
    let world = Arc::new(World::default());
    let function = Function::start(organization(members(1)), &world, &[]);
    let at = jiff::Timestamp::now().to_string();
    let event = json!({ "run": "r-1", "at": at, "accounts": [{ "account_id": id(0), "name": "a" }] });
    function.done(&event);
    let first = world.results("r-1");
    thread::sleep(Duration::from_millis(1_100));
    world.remove(&format!("runs/r-1/{}.json", id(0)));
    function.done(&event);
    assert_eq!(world.results("r-1"), first);
    // A run of long ago says when the account was read.
    let old = json!({ "run": "r-2", "at": "2026-01-01T00:00:00Z", "accounts": [id(0)] });
    function.done(&old);
    assert!(!String::from_utf8_lossy(&world.results("r-2")[&id(0)].body).contains("2026-01-01"));
}

#[test]
fn an_answer_has_counts_and_keys_and_no_report() {
    let world = Arc::new(World::default());
    let function = Function::start(organization(members(40)), &world, &[("CIS_AUDIT_BATCH", "40")]);
    let batches = function.batches(&world, "r-1");
    assert_eq!(batches.len(), 2);
    let answer = function.done(&batches[0]);
    assert_eq!(answer["keys"].as_array().map(Vec::len), Some(40));
    // A state of Step Functions may have 256 KiB.
    assert!(answer.to_string().len() < 4_000, "{}", answer.to_string().len());
}

#[test]
fn a_repeated_run_audits_the_accounts_that_failed() {
    let world = Arc::new(World::default());
    let mut closed = members(3);
    closed[1].trouble = Trouble::Denied;
    let function = Function::start(organization(closed.clone()), &world, IN_TWOS);
    let merged = function.whole(&world, "r-1");
    assert_eq!((&merged["not_audited"], &merged["not_audited_first"]), (&json!(1), &json!([id(0)])));
    let (subject, message) = world.take_published().remove(0);
    assert!(subject.contains("1 could not be audited"), "{subject}");
    assert!(message.contains(&format!("could not be audited:\n  {} account 0  denied: ", id(0))), "{message}");
    function.whole(&world, "r-2");
    assert_eq!(world.take_published(), Vec::new());
    drop(function);
    // The role is there now.
    let function = Function::start(organization(members(3)), &world, IN_TWOS);
    let merged = function.whole(&world, "r-2");
    assert_eq!(merged["not_audited"], json!(0));
    let writes: Vec<usize> = world.results("r-2").values().map(|stored| stored.writes).collect();
    assert_eq!(writes, [2, 1, 1, 1]);
    let (subject, message) = world.take_published().remove(0);
    assert_eq!(subject, "cis-audit: 1 audited again");
    assert!(message.contains(&id(0)), "{message}");
}

#[test]
fn a_failing_batch_costs_only_its_own_accounts() {
    let world = Arc::new(World::default());
    let function = Function::start(organization(members(5)), &world, IN_TWOS);
    let batches = function.batches(&world, "r-1");
    let mut poisoned = batches[1].clone();
    poisoned["accounts"][0]["role_arn"] = json!("arn:aws:iam::1000:role/Audit");
    let error = function.invoke(&poisoned).expect_err("an error");
    assert_eq!(
        error,
        "the accounts of the event: account 1 of the list: arn:aws:iam::1000:role/Audit is not the ARN of a role, such as \
         arn:aws:iam::111122223333:role/Audit"
    );
    for batch in [&batches[0], &batches[2]] {
        function.done(batch);
    }
    let merged = function.done(&json!({ "task": "merge", "run": "r-1" }));
    let text = |row: &Value| row["account_id"].as_str().map(str::to_owned);
    let wanted: BTreeSet<String> =
        batches[1]["accounts"].as_array().expect("accounts").iter().filter_map(text).collect();
    let missing: BTreeSet<String> = merged["not_audited_first"]
        .as_array()
        .expect("ids")
        .iter()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    assert_eq!(missing, wanted);
    function.done(&batches[1]);
    let merged = function.done(&json!({ "task": "merge", "run": "r-1" }));
    assert_eq!(merged["not_audited"], json!(0));
    assert_eq!(timeless(&world.json("latest.json"), "results"), timeless(&single(members(5)), "results"));
}

/// While an account is read, while results are written, and while the report is shown: what is there is whole, and the retry
/// adds what is missing.
#[test]
fn a_function_killed_at_any_work_is_completed_by_its_retry() {
    /// Whether a request is the one during which it is killed, and how many results are whole then.
    type Moment = (fn(&Asked<'_>) -> bool, usize);
    fn reads(asked: &Asked<'_>) -> bool {
        asked.service == "logs" && asked.caller == format!("ASIA{}", id(3))
    }
    fn writes(asked: &Asked<'_>) -> bool {
        asked.method == "PUT" && asked.target.contains(&format!("/runs/r-1/{}.json", id(3)))
    }
    fn shows(asked: &Asked<'_>) -> bool {
        asked.method == "PUT" && asked.target.contains("/latest.json")
    }
    let whole = single(members(6));
    let moments: [Moment; 3] = [(reads, 0), (writes, 3), (shows, 7)];
    for (moment, written) in moments {
        let world = Arc::new(World::default());
        let function = Function::start(organization(members(6)), &world, &[]);
        let [batch] = &function.batches(&world, "r-1")[..] else { panic!("one batch") };
        let merge = json!({ "task": "merge", "run": "r-1" });
        world.stall(moment);
        let answer = if written == 7 {
            function.done(batch);
            function.send(&merge)
        } else {
            function.send(batch)
        };
        world.wait_for_the_stall();
        function.kill();
        drop(answer);
        let left = world.results("r-1");
        assert_eq!(left.len(), written);
        let function = Function::start(organization(members(6)), &world, &[]);
        let answer = function.done(batch);
        assert_eq!((&answer["kept"], &answer["audited"]), (&json!(written), &json!(7 - written)), "{answer}");
        function.done(&merge);
        let results = world.results("r-1");
        assert!(results.values().all(|stored| stored.writes == 1), "{results:?}");
        assert!(left.iter().all(|(account, stored)| results[account] == *stored));
        assert_eq!(timeless(&world.json("latest.json"), "results"), timeless(&whole, "results"));
        assert_eq!(world.take_published().len(), 1);
    }
}

fn with_alarms_off(mut members: Vec<Member>) -> Vec<Member> {
    members[1].account.alarm("3.7").actions_enabled = false;
    members
}

#[test]
fn a_change_is_published_once_and_so_is_its_end() {
    let world = Arc::new(World::default());
    let run = |members: Vec<Member>, name: &str| {
        let function = Function::start(organization(members), &world, &[]);
        function.whole(&world, name);
        world.take_published()
    };
    let sound = || members(2).into_iter().filter(|member| member.account.id != id(1)).collect::<Vec<_>>();
    assert_eq!(run(sound(), "r-1"), Vec::new());
    let published = run(with_alarms_off(sound()), "r-2");
    assert_eq!(published.len(), 1, "{published:?}");
    assert_eq!(published[0].0, "cis-audit: 1 newly failing");
    let wanted = format!("newly failing:\n  {} account 0  3.7 ", id(0));
    assert!(published[0].1.starts_with(&wanted), "{}", published[0].1);
    assert!(published[0].1.contains("(alarm.actions_disabled)"), "{}", published[0].1);
    assert_eq!(run(with_alarms_off(sound()), "r-3"), Vec::new());
    let published = run(sound(), "r-4");
    assert_eq!(published.len(), 1, "{published:?}");
    assert_eq!(published[0].0, "cis-audit: 1 fixed");
}

/// What the newest report says of an account.
fn status_of(world: &World, account: &str) -> String {
    let latest = world.json("latest.json");
    let rows = latest["accounts"].as_array().expect("accounts");
    let row = rows.iter().find(|row| row["account_id"] == account).expect("the account");
    row["status"].as_str().expect("a status").to_owned()
}

/// A message of the queue, as the rule of the template shortens an event.
fn record(account: &str, at: jiff::Timestamp) -> Value {
    json!({ "messageId": format!("m-{account}-{at}"), "body": json!({ "account": account, "time": at.to_string() }).to_string() })
}

#[test]
fn a_thousand_calls_cause_one_audit_of_their_account() {
    let world = Arc::new(World::default());
    let sound = || members(2).into_iter().filter(|member| member.account.id != id(1)).collect::<Vec<_>>();
    let function = Function::start(organization(sound()), &world, &[]);
    function.whole(&world, "r-1");
    drop(function);
    world.take_published();
    let function = Function::start(organization(with_alarms_off(sound())), &world, &[]);
    let ago = |seconds: i64| jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds);
    // They were made more than two minutes ago, for the queue delays them; the account was read before they were.
    let mut state = world.json(&format!("state/{}.json", id(0)));
    state["collected_at"] = json!("2026-01-01T00:00:00Z");
    world.replace(&format!("state/{}.json", id(0)), state.to_string());
    let records: Vec<Value> = (0..1_000).map(|number| record(&id(0), ago(125 + number / 20))).collect();
    assert_eq!(status_of(&world, &id(0)), "pass");
    let answer = function.done(&json!({ "Records": records }));
    assert_eq!((&answer["audited"], &answer["changes"]), (&json!(1), &json!(1)), "{answer}");
    let published = world.take_published();
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].0, "cis-audit: 1 newly failing");
    // Readers of the report see it at once.
    assert_eq!((&answer["is_shown"], status_of(&world, &id(0)).as_str()), (&json!(true), "fail"));
    let page = String::from_utf8(world.objects()["report.html"].body.clone()).expect("a page");
    assert!(page.contains("alarm.actions_disabled"), "{page}");
    // Others of the same minutes come later: the account has been read since.
    let answer = function.done(&json!({ "Records": records[..400] }));
    assert_eq!((&answer["audited"], &answer["read_since"]), (&json!(0), &json!(1)), "{answer}");
    // The next run of the schedule has nothing to add.
    function.whole(&world, "r-2");
    assert_eq!(world.take_published(), Vec::new());
}

/// Both have read the state before either writes it: the one that replaces it publishes.
#[test]
fn two_audits_of_an_account_at_once_publish_a_change_once() {
    let world = Arc::new(World::default());
    let sound = || members(2).into_iter().filter(|member| member.account.id != id(1)).collect::<Vec<_>>();
    Function::start(organization(sound()), &world, &[]).whole(&world, "r-1");
    world.take_published();
    let key = format!("state/{}.json", id(0));
    let mut state = world.json(&key);
    state["collected_at"] = json!("2026-01-01T00:00:00Z");
    world.replace(&key, state.to_string());
    let functions = [(); 2].map(|()| Function::start(organization(with_alarms_off(sound())), &world, &[]));
    world.hand_out_in_pairs(&key, 2);
    // Calls of different seconds are runs of different names.
    let now = jiff::Timestamp::now();
    let events =
        [125, 131].map(|ago| json!({ "Records": [record(&id(0), now - jiff::SignedDuration::from_secs(ago))] }));
    let answers: Vec<_> = functions.iter().zip(&events).map(|(function, event)| function.send(event)).collect();
    let answers = answers.into_iter().map(|answer| answer.recv().expect("an answer").expect("no error"));
    let mut changes: Vec<Value> = answers.map(|answer| answer["changes"].clone()).collect();
    changes.sort_by_key(Value::as_u64);
    assert_eq!(changes, [json!(0), json!(1)]);
    let published = world.take_published();
    assert_eq!(published.len(), 1, "{published:?}");
    assert_eq!(published[0].0, "cis-audit: 1 newly failing");
}

/// Sound accounts and their run, then the same accounts with alarms off in each.
fn two_with_alarms_off(world: &Arc<World>) -> impl Fn() -> Vec<Member> + use<> {
    let root = || -> Vec<Member> {
        let two = members(8).into_iter().filter(|member| [id(0), id(4)].contains(&member.account.id));
        members(0).into_iter().chain(two).collect()
    };
    Function::start(organization(root()), world, &[]).whole(world, "r-1");
    world.take_published();
    for account in [id(0), id(4)] {
        let key = format!("state/{account}.json");
        let mut state = world.json(&key);
        state["collected_at"] = json!("2026-01-01T00:00:00Z");
        world.replace(&key, state.to_string());
        assert_eq!(status_of(world, &account), "pass");
    }
    move || {
        let mut all = root();
        all[1..].iter_mut().for_each(|member| member.account.alarm("3.7").actions_enabled = false);
        all
    }
}

/// The slower one begins again, with what the other has brought: both read of what the report is made, or look at what is
/// shown, before either writes.
#[test]
fn events_in_two_accounts_at_once_are_both_in_the_report() {
    for key in ["state/newest.json", "latest.json"] {
        let world = Arc::new(World::default());
        let off = two_with_alarms_off(&world);
        let functions = [(); 2].map(|()| Function::start(organization(off()), &world, &[]));
        world.hand_out_in_pairs(key, 1);
        let now = jiff::Timestamp::now();
        let events = [(id(0), 125), (id(4), 131)]
            .map(|(account, ago)| json!({ "Records": [record(&account, now - jiff::SignedDuration::from_secs(ago))] }));
        let answers: Vec<_> = functions.iter().zip(&events).map(|(function, event)| function.send(event)).collect();
        for answer in answers {
            assert_eq!(answer.recv().expect("an answer").expect("no error")["is_shown"], true);
        }
        assert_eq!((status_of(&world, &id(0)).as_str(), status_of(&world, &id(4)).as_str()), ("fail", "fail"), "{key}");
        let published = world.take_published();
        assert_eq!(published.len(), 2, "{published:?}");
        // The run that follows shows its own results, and has nothing to add.
        functions[0].whole(&world, "r-2");
        assert_eq!(world.take_published(), Vec::new());
        let newest = world.json("state/newest.json");
        assert_eq!((&newest["run"], &newest["since"]), (&json!("r-2"), &json!({})));
    }
}

/// Times of results are whole seconds; what an event brought was read after the run.
#[test]
fn an_event_in_the_second_of_the_run_is_in_the_report() {
    let world = Arc::new(World::default());
    let off = two_with_alarms_off(&world);
    let function = Function::start(organization(off()), &world, &[]);
    let second = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 1).expect("a time");
    let key = format!("runs/r-1/{}.json", id(4));
    let read = world.json(&key)["collected_at"].as_str().expect("a time").to_owned();
    let own = String::from_utf8(world.objects()[&key].body.clone()).expect("a result");
    let own = own.replace(&read, &second.to_string());
    world.replace(&key, own);
    let event = json!({ "Records": [record(&id(4), second - jiff::SignedDuration::from_secs(130))] });
    let left = second.duration_since(jiff::Timestamp::now());
    thread::sleep(left.try_into().unwrap_or_default());
    assert_eq!(function.done(&event)["audited"], json!(1));
    assert_eq!(status_of(&world, &id(4)), "fail");
}

#[test]
fn what_a_killed_function_did_not_show_the_next_one_shows() {
    let world = Arc::new(World::default());
    let off = two_with_alarms_off(&world);
    let event = json!({ "Records": [record(&id(4), jiff::Timestamp::now() - jiff::SignedDuration::from_secs(125))] });
    let function = Function::start(organization(off()), &world, &[]);
    world.stall(|asked| asked.method == "PUT" && asked.target.contains("/latest.json"));
    let answer = function.send(&event);
    world.wait_for_the_stall();
    function.kill();
    drop(answer);
    assert_eq!(status_of(&world, &id(4)), "pass");
    // The queue gives the call again.
    let answer = Function::start(organization(off()), &world, &[]).done(&event);
    assert_eq!((&answer["audited"], &answer["read_since"]), (&json!(0), &json!(1)), "{answer}");
    assert_eq!(status_of(&world, &id(4)), "fail");
    assert_eq!(world.take_published().len(), 1);
}

/// Results of two benchmarks are not one report.
#[test]
fn after_a_change_of_options_the_next_run_makes_the_report() {
    let world = Arc::new(World::default());
    let off = two_with_alarms_off(&world);
    let before = world.json("latest.json");
    let newer = [("CIS_AUDIT_OPTIONS", "--timeout 120 --deadline 900 --benchmark 3.0.0")];
    let function = Function::start(organization(off()), &world, &newer);
    let event = json!({ "Records": [record(&id(4), jiff::Timestamp::now() - jiff::SignedDuration::from_secs(125))] });
    assert_eq!(function.done(&event)["audited"], json!(1));
    assert_eq!(world.json("latest.json"), before);
    function.whole(&world, "r-2");
    assert_eq!(world.json("latest.json")["benchmark"], "3.0.0");
}

/// Who asked, where, with what, and which account: as a single audit says it.
#[test]
fn results_say_what_they_rest_on() {
    let world = Arc::new(World::default());
    let function = Function::start(organization(members(3)), &world, &[]);
    function.whole(&world, "r-1");
    let evidence = |report: &Value| report["evidence"].as_array().expect("evidence").clone();
    let latest = evidence(&world.json("latest.json"));
    assert_eq!(latest.len(), 4);
    for account in [MANAGEMENT.to_owned(), id(0), id(1), id(2)] {
        let [one] = &evidence(&world.json(&format!("runs/r-1/{account}.json")))[..] else { panic!("{account}") };
        assert_eq!((one["account_id"].as_str(), one["region"].as_str()), (Some(account.as_str()), Some("us-east-1")));
        assert_eq!(one["snapshot_sha256"].as_str().map(str::len), Some(64), "{one}");
        let read_by = &one["read_by"];
        let wanted = format!("arn:aws:iam::{account}:");
        assert!(read_by["caller"].as_str().expect("a caller").starts_with(&wanted), "{read_by}");
        assert!(read_by["endpoints"][0]["url"].as_str().expect("a URL").starts_with("http://127.0.0.1:"), "{read_by}");
        assert_eq!(read_by["version"], env!("CARGO_PKG_VERSION"));
        assert!(latest.contains(one), "{account}");
        // The one member without a log group of its own is followed into the management account.
        let owners = one["owners"].as_array().map_or(0, Vec::len);
        assert_eq!(owners, usize::from(account == id(2)), "{account}");
    }
}

#[test]
fn an_unreadable_message_returns_to_the_queue() {
    let world = Arc::new(World::default());
    let function = Function::start(organization(members(1)), &world, &[]);
    function.whole(&world, "r-1");
    let at = jiff::Timestamp::now();
    let records = vec![record("123456789012", at), json!({ "messageId": "m-9", "body": "{}" })];
    let answer = function.done(&json!({ "Records": records }));
    assert_eq!(answer["batchItemFailures"], json!([{ "itemIdentifier": "m-9" }]));
    assert_eq!((&answer["unlisted"], &answer["audited"]), (&json!(["123456789012"]), &json!(0)));
}

#[test]
fn each_accounts_own_role_can_import_its_findings() {
    let world = Arc::new(World::default());
    let function = Function::start(organization(members(2)), &world, &[("CIS_AUDIT_SECURITY_HUB", "true")]);
    let batches = function.batches(&world, "r-1");
    let answer = function.done(&batches[0]);
    assert_eq!(answer["not_imported"], json!({}), "{answer}");
    for (key, body) in world.imported() {
        let findings = body["Findings"].as_array().expect("findings");
        let accounts: BTreeSet<&str> = findings.iter().filter_map(|finding| finding["AwsAccountId"].as_str()).collect();
        assert_eq!(accounts.len(), 1);
        let account = accounts.first().copied().unwrap_or_default();
        let wanted = if account == MANAGEMENT { "AKIAIOSFODNN7EXAMPLE".to_owned() } else { format!("ASIA{account}") };
        assert_eq!(key, wanted);
        assert_eq!(findings.len(), 14);
    }
    assert_eq!(world.imported().len(), 3);
    drop(function);
    let silent = Arc::new(World::default());
    let function = Function::start(organization(members(2)), &silent, &[]);
    function.whole(&silent, "r-1");
    assert!(silent.imported().is_empty());
}

#[test]
fn a_wrong_event_is_answered_and_the_next_one_done() {
    let world = Arc::new(World::default());
    let function = Function::start(organization(members(1)), &world, &[]);
    let error = |event: Value| function.invoke(&event).expect_err("an error");
    assert_eq!(error(json!({})), "the event has neither task, accounts nor Records");
    assert!(error(json!([])).starts_with("the event is none that cis-audit knows: "));
    assert_eq!(
        error(json!({ "task": "merge", "run": "r-9" })),
        "the run has no list of accounts (runs/r-9/accounts.json)"
    );
    assert_eq!(
        error(json!({ "accounts": ["sandbox"], "run": "r" })),
        "the accounts of the event: line 1: an account id or the ARN of a role is asked for"
    );
    assert_eq!(function.whole(&world, "r-1")["accounts"], json!(2));
}

#[test]
fn with_arguments_it_is_the_command_that_a_function_runs() {
    let run = Cli::new().env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9").args(&["--demo", "-q"]).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    let version = Cli::new().env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9").arg("--version").run();
    assert!(version.stdout.starts_with("cis-audit "));
    let alone = Cli::new().env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9").env("CIS_AUDIT_BUCKET", "b").run();
    assert_eq!(alone.code, Some(2));
    assert!(alone.stderr.contains("the runtime API gives no event"), "{}", alone.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn it_starts_at_once_and_needs_little_memory() {
    use std::io::Write as _;

    let world = Arc::new(World::default());
    let function = Function::start(organization(members(20)), &world, &[]);
    let start = function.cold_start();
    function.whole(&world, "r-1");
    drop(writeln!(std::io::stderr(), "cold start {start:?}, peak {} kB", function.peak()));
    // A debug build on a machine that compiles beside it; what a release takes is in the documentation.
    assert!(start < Duration::from_secs(5), "{start:?}");
    assert!(function.peak() < 128 * 1024, "{} kB", function.peak());
}

/// The results of a thousand accounts are merged one after the other, and what comes of it goes to the bucket from the disk.
#[cfg(target_os = "linux")]
#[test]
fn a_thousand_results_are_merged_in_little_memory() {
    use std::io::Write as _;

    if std::env::var_os("CIS_AUDIT_SLOW").is_none() {
        return;
    }
    let made = Arc::new(World::default());
    Function::start(organization(members(4)), &made, &[]).whole(&made, "r-1");
    let world = Arc::new(World::default());
    let accounts: Vec<String> = (0..1_000).map(|number| format!("2000{number:08}")).collect();
    for (number, account) in accounts.iter().enumerate() {
        let like = id(number % 4);
        let text = String::from_utf8(made.results("r-1")[&like].body.clone()).expect("text");
        world.put(&format!("runs/r-1/{account}.json"), text.replace(&like, account));
    }
    let list: Vec<Value> = accounts.iter().map(|account| json!({ "account_id": account })).collect();
    world.put("runs/r-1/accounts.json", json!(list).to_string());
    let function = Function::start(organization(members(0)), &world, &[]);
    let began = std::time::Instant::now();
    let event = json!({ "task": "merge", "run": "r-1" });
    let answer = function.send(&event).recv_timeout(Duration::from_secs(900)).expect("in time").expect("no error");
    assert_eq!((&answer["accounts"], &answer["not_audited"]), (&json!(1_000), &json!(0)));
    let (seconds, peak) = (began.elapsed().as_secs(), function.peak());
    let size = world.objects()["latest.json"].body.len();
    drop(writeln!(std::io::stderr(), "a thousand results: {seconds} s, {size} bytes of report, peak {peak} kB"));
    assert!(peak < 128 * 1024, "{peak} kB");
}
