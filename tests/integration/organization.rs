//! Many accounts in one run, on the in-process organization and on ministack's: each is accounted for, none passes wrongly,
//! and what is reported about it is what a single audit of it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::account::{Account, Trail};
use crate::support::organization::{
    Listing, MANAGEMENT, Member, Organization, ROLE, Trouble, member_id as id, of_state,
};
use crate::support::provision::{organize, provision};
use crate::support::run::{Cli, Run};
use crate::support::seed::REGION;
use crate::support::stage::fresh_id;
use crate::support::{python, servers};

/// The account of this number in one of ten states.
fn in_state(number: usize) -> Account {
    of_state(number, &id(number))
}

fn management() -> Member {
    Member::new(Account::seed(MANAGEMENT), "root")
}

/// The management account, and so many others in ten states.
fn members(count: usize) -> Vec<Member> {
    let others = (0..count).map(|number| Member::new(in_state(number), &format!("account {number}")));
    [management()].into_iter().chain(others).collect()
}

fn org(organization: &Organization, arguments: &[&str]) -> Run {
    organization.cli().args(&["--org", "--role-name", ROLE]).args(arguments).run()
}

fn json_of(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{run:#?}"))
}

/// By account: its outcome, and its result.
fn accounts(report: &Value) -> BTreeMap<String, (String, String)> {
    let rows = report["accounts"].as_array().expect("accounts").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.map(|row| (text(&row["account_id"]), (text(&row["outcome"]), text(&row["status"])))).collect()
}

/// A report but for times.
fn without_times(report: &str) -> String {
    // What a report rests on has the moment in its hash, and the server that was asked.
    let names = ["collected_at", "tried_at", "snapshot_sha256", "url"];
    let is_time = |line: &&str| names.iter().all(|name| !line.contains(&format!("\"{name}\"")));
    report.lines().filter(is_time).collect::<Vec<_>>().join("\n")
}

fn last_line(run: &Run) -> &str {
    run.stdout.lines().last().unwrap_or_default()
}

#[test]
fn every_account_is_accounted_for_and_none_passes_wrongly() {
    // Sound but for what keeps the caller from seeing it.
    let others = (0..40).map(|number| {
        let mut member = Member::new(Account::seed(&id(number)), &format!("account {number}"));
        member.trouble = match number % 20 {
            3 | 7 => Trouble::Denied,
            11 => Trouble::Hangs,
            15 => Trouble::Throttled,
            _ => Trouble::None,
        };
        if number == 18 {
            member.state = "SUSPENDED";
        }
        member
    });
    let members: Vec<Member> = [management()].into_iter().chain(others).collect();
    for listing in [Listing::State, Listing::Status] {
        let organization = Organization::new(members.clone(), listing);
        let run = org(&organization, &["-f", "json", "--timeout", "25", "--concurrency", "32"]);
        let found = accounts(&json_of(&run));
        assert_eq!(found.len(), 41, "{listing:?}");
        for member in &members {
            let wanted = match (member.trouble, member.state) {
                (_, "SUSPENDED") => ("skipped", "skipped"),
                (Trouble::Denied, _) => ("denied", "not_audited"),
                (Trouble::Hangs, _) => ("failed", "not_audited"),
                (Trouble::Throttled, _) => ("audited", "unknown"),
                (Trouble::None, _) => ("audited", "pass"),
            };
            let (outcome, status) = &found[&member.account.id];
            let rows = json_of(&run)["accounts"].clone();
            let row = rows.as_array().into_iter().flatten().find(|row| row["account_id"] == json!(member.account.id));
            assert_eq!((outcome.as_str(), status.as_str()), wanted, "{listing:?}: {}: {row:?}", member.name);
        }
        assert_eq!(run.code, Some(2), "{}", run.stderr);
    }
}

#[test]
fn a_listing_that_stops_leaves_a_report_of_what_was_listed() {
    let organization = Organization::new(members(30), Listing::Stops);
    let home = tempfile::TempDir::new().expect("a temporary directory");
    let directory = home.path().join("run").display().to_string();
    let run = org(&organization, &["-f", "json", "--exit-zero", "--out", &directory]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let report = json_of(&run);
    let rows = report["accounts"].as_array().expect("accounts");
    assert_eq!(rows.len(), 21, "{}", run.stderr);
    let unlisted = rows.iter().find(|row| row["account_id"].is_null()).expect("what was not listed");
    assert_eq!(unlisted["outcome"], "failed");
    let why = unlisted["reason"].as_str().expect("why");
    assert!(why.starts_with("cannot list the accounts of the organization: "), "{why}");
    // Once they are listed again, nothing of it is left.
    let whole = Organization::new(members(30), Listing::State);
    let run = org(&whole, &["-f", "json", "--resume", &directory]);
    let report = json_of(&run);
    assert_eq!(report["accounts"].as_array().map(Vec::len), Some(31), "{}", run.stderr);
}

#[test]
fn the_last_line_and_the_exit_code_say_what_it_comes_to() {
    let mut members = members(5);
    members[5].trouble = Trouble::Denied;
    let organization = Organization::new(members, Listing::State);
    let run = org(&organization, &[]);
    assert_eq!(last_line(&run), "6 accounts: 2 pass, 3 fail, 1 could not be audited");
    assert_eq!(run.code, Some(1));
    assert_eq!(org(&organization, &["-q"]).stdout, "6 accounts: 2 pass, 3 fail, 1 could not be audited\n");
    // One could not be audited, whatever the verdicts are.
    assert_eq!(org(&organization, &["--exit-zero", "-q"]).code, Some(2));
    let skip = id(4);
    assert_eq!(org(&organization, &["--exit-zero", "-q", "--skip-account", &skip]).code, Some(0));
}

#[test]
fn each_row_is_that_of_a_single_audit() {
    let members = members(20);
    let organization = Organization::new(members.clone(), Listing::State);
    let run = org(&organization, &["-f", "json"]);
    let report = json_of(&run);
    let results = report["results"].as_array().expect("results");
    let mut rows: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in results {
        rows.entry(row["account_id"].as_str().expect("an account")).or_default().push(row);
    }
    for member in members.iter().skip(1) {
        let account = &member.account.id;
        let arn = format!("arn:aws:iam::{account}:role/{ROLE}");
        let single = json_of(&organization.cli().args(&["--role-arn", &arn, "-f", "json"]).run());
        let single: Vec<&Value> = single["results"].as_array().expect("results").iter().collect();
        assert_eq!(rows[account.as_str()], single, "{}", member.name);
    }
}

/// So many accounts on ministack, by its own Organizations and `AssumeRole`: row by row what single audits say. The emulator's
/// faults are not corrected, for both see the same.
fn on_ministack(count: usize) {
    if python::EMULATORS.or_skip().is_none() {
        return;
    }
    let Some(server) = servers::ministack() else { return };
    let endpoint = format!("http://{}", server.address);
    let root = provision("ministack", server.address, &Account::seed(&fresh_id()));
    let names: Vec<String> = (0..count).map(|number| format!("account-{number}")).collect();
    let ids = organize(&endpoint, &root, &names);
    for (number, id) in ids.iter().enumerate() {
        provision("ministack", server.address, &of_state(number, id));
    }
    let cli = || Cli::new().credentials(&root).env("AWS_REGION", REGION).env("AWS_ENDPOINT_URL", &endpoint);
    let run = cli().within(Duration::from_secs(600)).args(&["--org", "--role-name", ROLE, "-f", "json"]).run();
    let report = json_of(&run);
    assert_eq!(accounts(&report).len(), count + 1, "{}", run.stderr);
    for (number, id) in ids.iter().enumerate() {
        let row = report["accounts"].as_array().expect("accounts").iter().find(|row| row["account_id"] == id.as_str());
        assert_eq!(row.expect("a row")["name"], names[number].as_str());
        let rows = report["results"].as_array().expect("results").iter();
        let rows: Vec<&Value> = rows.filter(|row| row["account_id"] == id.as_str()).collect();
        let arn = format!("arn:aws:iam::{id}:role/{ROLE}");
        let single = json_of(&cli().args(&["--role-arn", &arn, "-f", "json"]).run());
        assert_eq!(rows, single["results"].as_array().expect("results").iter().collect::<Vec<_>>(), "{number}");
    }
}

#[test]
fn twenty_accounts_of_ministack_are_as_single_audits_of_them() {
    on_ministack(20);
}

#[test]
fn two_hundred_accounts_are_judged_as_in_single_audits() {
    if std::env::var_os("CIS_AUDIT_SLOW").is_some() {
        on_ministack(200);
    }
}

/// The organization's trail: the management account owns its log group, and members see it.
fn with_organization_trail(members: usize, change: impl FnOnce(&mut Account)) -> Vec<Member> {
    let mut owner = Account::seed(MANAGEMENT);
    owner.trail().organization_owner = Some(MANAGEMENT.into());
    change(&mut owner);
    let trail: Trail = owner.trails[0].clone();
    let others = (0..members).map(|number| {
        let mut account = Account::empty(&id(number));
        account.trails.push(trail.clone());
        Member::new(account, &format!("member {number}"))
    });
    [Member::new(owner, "root")].into_iter().chain(others).collect()
}

#[test]
fn a_member_gets_the_owners_answer_with_at_most_five_requests() {
    let members = with_organization_trail(30, |_| {});
    let organization = Organization::over_tls(members.clone(), Listing::State, Duration::ZERO);
    let run = org(&organization, &["-f", "json"]);
    // Listing, the caller, and the owner's own audit.
    assert!(organization.requests() <= 30 * 5 + 25, "{}", organization.requests());
    let report = json_of(&run);
    let found = accounts(&report);
    assert!(found.values().all(|(outcome, status)| outcome == "audited" && status == "pass"), "{found:?}");
    assert_eq!(run.code, Some(0));
    for row in report["results"].as_array().expect("results") {
        let inherited = if row["account_id"] == MANAGEMENT { Value::Null } else { json!(MANAGEMENT) };
        assert_eq!(row.get("inherited_from").cloned().unwrap_or(Value::Null), inherited);
    }
    for member in members.iter().skip(1) {
        let asked = organization.asked(&member.account.id);
        // Assuming its role is the caller's request.
        assert!(asked.values().sum::<usize>() < 5, "{asked:?}");
        assert!(!asked.contains_key("sts:GetCallerIdentity"), "{asked:?}");
    }
}

#[test]
fn a_member_is_covered_only_if_its_number_is() {
    let named = |number: &str| {
        let number = number.to_owned();
        move |owner: &mut Account| {
            let filter = owner.filter("3.4");
            let pattern = filter.pattern.trim().trim_start_matches('{').trim_end_matches('}').to_owned();
            filter.pattern = format!("{{ ($.recipientAccountId = \"{number}\") && ({pattern}) }}");
        }
    };
    let covered = id(1);
    for (number, passing) in [(MANAGEMENT, vec![]), (covered.as_str(), vec![covered.as_str()])] {
        let organization = Organization::new(with_organization_trail(3, named(number)), Listing::State);
        let report = json_of(&org(&organization, &["-f", "json", "--rule", "3.4"]));
        let rows = report["results"].as_array().expect("results").iter();
        let rows = rows.filter(|row| row["account_id"] != MANAGEMENT);
        let passes = rows.filter(|row| row["status"] == "pass").map(|row| row["account_id"].as_str().unwrap());
        assert_eq!(passes.collect::<Vec<_>>(), passing, "named: {number}");
    }
}

#[test]
fn a_defect_of_the_shared_chain_is_one_cause() {
    let members = with_organization_trail(30, |owner| owner.remove_alarm("3.7"));
    let organization = Organization::new(members, Listing::State);
    let run = org(&organization, &[]);
    let causes = run.stdout.lines().filter(|line| line.contains("alarm.none")).count();
    assert_eq!(causes, 1, "{}", run.stdout);
    assert!(run.stdout.contains("✗ 3.7  31 accounts  alarm.none"), "{}", run.stdout);
    assert!(run.stdout.contains(&format!("in account {MANAGEMENT}")), "{}", run.stdout);
    let sarif = json_of(&org(&organization, &["-f", "sarif"]));
    // The owner's own, and that of all members.
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let accounts = |result: &Value| -> usize {
        let names = result["locations"][0]["logicalLocations"].as_array().expect("locations").iter();
        let names = names.filter(|at| at["kind"] == "account").filter_map(|at| at["fullyQualifiedName"].as_str());
        names.collect::<BTreeSet<&str>>().len()
    };
    assert_eq!(results.iter().map(accounts).collect::<Vec<_>>(), [30, 1]);
}

#[test]
fn a_member_whose_owner_could_not_be_audited_stays_unknown() {
    let mut members = with_organization_trail(2, |_| {});
    // The trail is another account's, whose role lets nobody in.
    let owner = Member { trouble: Trouble::Denied, ..Member::new(Account::seed(&id(70)), "log archive") };
    for member in members.iter_mut().skip(1) {
        let group = owner.account.log_group_arn(REGION, "organization");
        member.account.trail().log_group_arn = Some(group);
    }
    members.push(owner);
    let organization = Organization::new(members, Listing::State);
    let found = accounts(&json_of(&org(&organization, &["-f", "json"])));
    assert_eq!(found[&id(0)].1, "unknown");
    assert_eq!(found[&id(1)].1, "unknown");
    assert_eq!(found[&id(70)].1, "not_audited");
}

#[test]
fn only_the_management_account_has_the_organizations_control() {
    let organization = Organization::new(with_organization_trail(2, |_| {}), Listing::State);
    let report = json_of(&org(&organization, &["-f", "json", "--benchmark", "3.0.0", "--rule", "4.15"]));
    let rows = report["results"].as_array().expect("results").iter();
    assert_eq!(rows.map(|row| &row["account_id"]).collect::<Vec<_>>(), [MANAGEMENT]);
}

#[test]
fn a_single_member_is_followed_into_the_account_that_is_named() {
    let members = with_organization_trail(1, |owner| owner.remove_alarm("3.7"));
    let organization = Organization::new(members, Listing::State);
    let member = format!("arn:aws:iam::{}:role/{ROLE}", id(0));
    let owner = format!("arn:aws:iam::{MANAGEMENT}:role/{ROLE}");
    let alone = organization.cli().args(&["--role-arn", &member, "-q"]).run();
    assert_eq!(alone.code, Some(2), "{alone:#?}");
    let by_role = organization.cli().args(&["--role-arn", &member, "--owner-role-arn", &owner, "-f", "json"]).run();
    let saved = organization.cli().args(&["snapshot"]).run().stdout;
    let by_file = organization.cli().file("owner.json", saved);
    let by_file = by_file.args(&["--role-arn", &member, "--owner-snapshot", "owner.json", "-f", "json"]).run();
    for run in [by_role, by_file] {
        let report = json_of(&run);
        assert_eq!(report["summary"], json!({ "pass": 13, "fail": 1, "unknown": 0, "waived": 0 }), "{}", run.stderr);
        assert_eq!(run.code, Some(1));
    }
}

#[test]
fn a_members_events_are_replayed_in_the_account_that_is_named() {
    let members = with_organization_trail(1, |owner| owner.remove_alarm("3.7"));
    let organization = Organization::new(members, Listing::State);
    let member = format!("arn:aws:iam::{}:role/{ROLE}", id(0));
    let owner = format!("arn:aws:iam::{MANAGEMENT}:role/{ROLE}");
    let event = |source: &str, name: &str| {
        json!({ "eventVersion": "1.11", "eventTime": "2026-01-05T09:00:10Z", "eventSource": source, "eventName": name,
                "eventType": "AwsApiCall", "userIdentity": { "type": "IAMUser" }, "recipientAccountId": id(0) })
    };
    let events =
        format!("{}\n{}\n", event("kms.amazonaws.com", "DisableKey"), event("cloudtrail.amazonaws.com", "StopLogging"));
    let replay = |arguments: &[&str]| {
        let saved = organization.cli().args(&["snapshot"]).run().stdout;
        let cli = organization.cli().file("events.json", &events).file("owner.json", saved);
        cli.args(&["replay", "events.json", "--role-arn", &member, "-f", "json"]).args(arguments).run()
    };
    let by_role = replay(&["--owner-role-arn", &owner]);
    let by_file = replay(&["--owner-snapshot", "owner.json"]);
    assert_eq!((by_role.code, &by_role.stdout), (Some(1), &by_file.stdout), "{by_role:#?}");
    let document = json_of(&by_role);
    let missed = document["controls"].as_array().expect("controls").iter().filter(|control| control["missed"] != 0);
    assert_eq!(missed.map(|control| &control["rule"]).collect::<Vec<_>>(), ["3.7"]);
    assert_eq!((&document["foreign"], &document["account_id"]), (&0.into(), &id(0).into()));
}

#[test]
fn a_topic_of_another_account_is_looked_at_there() {
    let mut first = Account::seed(&id(0));
    let security = Account::seed(&id(1));
    let topic = security.topic_arn(REGION, "DefaultSecuritySettings");
    for alarm in &mut first.regions.get_mut(REGION).expect("the seed's region").alarms {
        alarm.alarm_actions = vec![topic.clone()];
    }
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic,
    }] });
    let mut open = security;
    open.topic().attributes.insert("Policy".into(), policy.to_string());
    let members = vec![management(), Member::new(first, "first"), Member::new(open, "security")];
    let organization = Organization::new(members, Listing::State);
    let report = json_of(&org(&organization, &["-f", "json"]));
    assert_eq!(accounts(&report)[&id(0)].1, "pass", "{:#}", report["results"][14]);
}

#[test]
fn accounts_are_listed_and_not_audited() {
    let mut members = members(25);
    members[3].state = "PENDING_CLOSURE";
    let organization = Organization::new(members, Listing::State);
    let run = org(&organization, &["--list", "-f", "json"]);
    let listed = json_of(&run);
    let listed = listed.as_array().expect("a list");
    assert_eq!(listed.len(), 25);
    let first = json!({ "account_id": id(0), "name": "account 0", "ou_path": "/Workloads",
        "role_arn": format!("arn:aws:iam::{}:role/{ROLE}", id(0)) });
    assert_eq!(listed[0], first);
    let own = json!({ "account_id": MANAGEMENT, "name": "root", "ou_path": "/", "role_arn": null, "management": true });
    assert_eq!(listed[24], own);
    assert_eq!(organization.asked(&id(0)), BTreeMap::new());
    let table = org(&organization, &["--list"]);
    assert!(table.stdout.ends_with("25 accounts, 1 skipped\n"), "{}", table.stdout);
    // What is listed can be audited.
    let cli = organization.cli().file("accounts.json", &run.stdout);
    let run = cli.args(&["--accounts", "accounts.json", "-q"]).run();
    assert!(run.stdout.starts_with("25 accounts: "), "{run:#?}");
}

#[test]
fn units_are_walked_and_each_account_is_audited_once() {
    let organization = Organization::new(members(6), Listing::State);
    let run = org(&organization, &["--list", "-f", "json", "--ou", "ou-root-workload", "--ou", "ou-root-nested000"]);
    let listed = json_of(&run);
    let ids: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(|row| row["account_id"].as_str()).collect();
    assert_eq!(ids, [id(0), id(1), id(2)]);
}

#[test]
fn an_impossible_request_is_refused_in_one_message() {
    let organization = Organization::new(members(2), Listing::State);
    let denied = Organization::new(members(2), Listing::Denied);
    let accounts = |text: &str| organization.cli().file("accounts", text).args(&["--accounts", "accounts"]).run();
    for (run, wanted) in [
        (
            org(&denied, &[]),
            "cannot list the accounts of the organization: organizations:ListAccounts: AccessDeniedException",
        ),
        (
            org(&organization, &["--skip-account", &format!("{MANAGEMENT},{},{}", id(0), id(1))]),
            "no account is left to audit: all 3 that are listed are not active or left out",
        ),
        (org(&organization, &["--ou", "ou-nowhere-00000000"]), "the organization has no unit ou-nowhere-00000000"),
        (accounts("111122223333\n11112222\n"), "accounts: line 2: 11112222 has 8 digits and is no account id"),
        (accounts("111122223333\n"), "accounts: line 1: 111122223333 is not the account of the credentials"),
        (organization.cli().args(&["--org"]).run(), "--role-name <NAME>"),
        (org(&organization, &["--fix"]), "--fix"),
    ] {
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
        assert!(run.stderr.contains(wanted), "{wanted}\n{}", run.stderr);
        assert_eq!(run.stderr.matches("error:").count(), 1, "{}", run.stderr);
    }
    // A role that is nowhere: each account says so, and the caller's own is audited all the same.
    let run = organization.cli().args(&["--org", "--role-name", "Wrong", "-q"]).run();
    assert_eq!(run.stdout, "3 accounts: 1 pass, 0 fail, 2 could not be audited\n");
    assert_eq!(run.code, Some(2));
}

#[test]
fn every_account_is_in_every_format() {
    let mut members = members(12);
    members[4].trouble = Trouble::Denied;
    members[7].state = "SUSPENDED";
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    let organization = Organization::new(members, Listing::State);
    for format in [
        "table",
        "json",
        "ndjson",
        "csv",
        "markdown",
        "junit",
        "sarif",
        "asff",
        "ocsf",
        "openmetrics",
        "github",
        "html",
    ] {
        let run = org(&organization, &["-f", format]);
        assert_eq!(run.code, Some(1), "{format}: {}", run.stderr);
        for name in &names {
            assert!(run.stdout.contains(name.as_str()), "{format}: {name}\n{}", run.stdout);
        }
        for number in 0..12 {
            assert!(run.stdout.contains(&id(number)), "{format}: {}", id(number));
        }
        for outcome in ["denied", "skipped"] {
            assert!(run.stdout.contains(outcome), "{format}: {outcome}\n{}", run.stdout);
        }
    }
}

/// Every result of a directory.
fn results(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("a directory of results")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn results_are_kept_and_the_page_leads_to_each_account() {
    let organization = Organization::new(members(3), Listing::State);
    let cli = organization.cli().args(&["--org", "--role-name", ROLE, "--out", "out", "--keep-snapshots"]);
    let cli = cli.args(&["-f", "html=index.html", "-f", "json=all.json"]);
    assert_eq!(cli.run().code, Some(1));
    let out = cli.home().join("out");
    let wanted: Vec<String> = [id(0), id(1), id(2), MANAGEMENT.to_owned()]
        .iter()
        .flat_map(|id| [format!("{id}.html"), format!("{id}.json"), format!("{id}.snapshot.json")])
        .chain(["run.json".to_owned()])
        .collect();
    assert_eq!(results(&out), wanted);
    let index = fs::read_to_string(cli.home().join("index.html")).expect("a page");
    let href = format!("href=\"out/{}.html#3.1\"", id(1));
    assert!(index.contains(&href), "{href}");
    let page = fs::read_to_string(out.join(format!("{}.html", id(1)))).expect("a page");
    assert!(page.contains("id=\"3.1\""), "the anchor of a control");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let saved = fs::metadata(out.join(format!("{}.snapshot.json", id(0)))).expect("a snapshot");
        assert_eq!(saved.permissions().mode() & 0o777, 0o600);
    }
    // A directory with results is not begun anew, nor gone on with by other options.
    let again = cli.run();
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("holds the results of an earlier run: go on with --resume out"), "{}", again.stderr);
    let other = organization.cli().args(&["--org", "--role-name", ROLE, "--verdict", "effective", "--resume"]);
    let other = other.arg(out.to_string_lossy()).run();
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("verdict \"cis\" there, \"effective\" here"), "{}", other.stderr);
}

/// A run that is killed at a moment, and the same one gone on with, against one that was not disturbed.
fn killed_and_resumed(moments: &[Duration]) {
    let mut members = members(24);
    members[9].trouble = Trouble::Denied;
    let organization = Organization::with_latency(members, Listing::State, Duration::from_millis(4));
    let run = |cli: Cli, how: &str, dir: &str| {
        cli.args(&["--org", "--role-name", ROLE, "--concurrency", "4", how, dir, "-f", "json"])
    };
    let undisturbed = run(organization.cli(), "--out", "out").run();
    assert_eq!(undisturbed.code, Some(1));
    for moment in moments {
        let cli = organization.cli();
        let out = cli.home().join("out").to_string_lossy().into_owned();
        let begun = run(cli, "--out", &out);
        let mut child = begun
            .command()
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("it runs");
        thread::sleep(*moment);
        drop(child.kill());
        drop(child.wait());
        // A run that was killed before it began its directory is begun again.
        let how = if Path::new(&out).join("run.json").exists() { "--resume" } else { "--out" };
        let resumed = run(organization.cli(), how, &out).run();
        assert_eq!(resumed.code, Some(1), "{moment:?}: {}", resumed.stderr);
        assert_eq!(without_times(&resumed.stdout), without_times(&undisturbed.stdout), "{moment:?}");
        let merged = Cli::new().args(&["merge", &out, "-f", "json"]).run();
        assert_eq!(merged.stdout, resumed.stdout, "{moment:?}");
    }
}

#[test]
fn a_run_that_is_killed_goes_on() {
    killed_and_resumed(&[5, 120, 400].map(Duration::from_millis));
}

#[test]
fn a_run_that_is_killed_at_any_moment_goes_on() {
    if std::env::var_os("CIS_AUDIT_SLOW").is_none() {
        return;
    }
    let moments: Vec<Duration> = (0..20).map(|at| Duration::from_millis(at * at * 4 + 7)).collect();
    killed_and_resumed(&moments);
}

#[test]
fn any_split_in_any_order_is_the_same_report() {
    let mut members = members(8);
    members[2].trouble = Trouble::Denied;
    let organization = Organization::new(members, Listing::State);
    let cli = organization.cli().args(&["--org", "--role-name", ROLE, "--out", "out", "-f", "json=all.json"]);
    assert_eq!(cli.run().code, Some(1));
    let (home, out) = (cli.home(), cli.home().join("out"));
    let whole = fs::read_to_string(home.join("all.json")).expect("a report");
    let of_directory = Cli::new().arg("merge").arg(out.to_string_lossy()).args(&["-f", "json"]).run();
    assert_eq!(of_directory.stdout, whole);
    // That these are all accounts of the organization, the directory says, and none of its parts.
    let all = whole.replace("  \"whole_organization\": true,\n", "");
    assert_ne!(all, whole);
    let files: Vec<String> = results(&out)
        .into_iter()
        .filter(|name| name != "run.json")
        .map(|name| out.join(name).to_string_lossy().into_owned())
        .collect();
    let merge = |parts: &[String]| {
        let cli = parts.iter().fold(Cli::new().arg("merge"), |cli, part| cli.arg(part.clone()));
        cli.args(&["-f", "json"]).run()
    };
    let of_files = merge(&files);
    assert_eq!(of_files.stdout, all);
    assert_eq!(of_files.code, Some(1));
    let backwards: Vec<String> = files.iter().rev().cloned().collect();
    assert_eq!(merge(&backwards).stdout, all);
    // Parts of a split are reports themselves.
    let (first, second) = files.split_at(4);
    let (one, two) = (home.join("one.json"), home.join("two.json"));
    fs::write(&one, merge(first).stdout).expect("a file");
    fs::write(&two, merge(second).stdout).expect("a file");
    let parts = [two, one].map(|part| part.to_string_lossy().into_owned());
    assert_eq!(merge(&parts).stdout, all);
    assert_eq!(merge(&[parts[0].clone(), parts[1].clone(), parts[0].clone()]).stdout, all);
    // A file that breaks off is named.
    fs::write(&files[0], &fs::read_to_string(&files[0]).expect("a result")[..900]).expect("a file");
    let broken = merge(&files);
    assert_eq!((broken.code, broken.stdout.as_str()), (Some(2), ""));
    assert!(broken.stderr.contains(&files[0]), "{}", broken.stderr);
}

#[test]
fn what_is_expected_and_missing_is_named() {
    let organization = Organization::new(members(0), Listing::State);
    let cli = organization.cli().args(&["--org", "--role-name", ROLE, "--out", "out", "-q"]);
    assert_eq!(cli.run().code, Some(0));
    let out = cli.home().join("out").to_string_lossy().into_owned();
    let list = format!("{MANAGEMENT}\n555566667777, gone\n");
    let merged = Cli::new().file("list", list).args(&["merge", &out, "--expect", "list", "-q"]).run();
    assert_eq!(merged.stdout, "2 accounts: 1 pass, 0 fail, 1 could not be audited\n", "{}", merged.stderr);
    assert_eq!(merged.code, Some(2));
    let effective = Cli::new().args(&["--demo", "--verdict", "effective", "-f", "json"]).run().stdout;
    let mixed = Cli::new().file("other.json", effective).args(&["merge", &out, "other.json"]).run();
    assert_eq!(mixed.code, Some(2));
    assert!(mixed.stderr.contains("merge reports of one verdict"), "{}", mixed.stderr);
}

#[test]
fn a_saved_report_is_written_in_another_format() {
    let saved = Cli::new().args(&["--demo", "-f", "json"]).run().stdout;
    for format in
        ["table", "ndjson", "csv", "markdown", "junit", "sarif", "asff", "ocsf", "openmetrics", "github", "html"]
    {
        let run = Cli::new().file("demo.json", &saved).args(&["merge", "demo.json", "-f", format]).run();
        assert_eq!(run.code, Some(1), "{format}: {}", run.stderr);
        let direct = Cli::new().args(&["--demo", "-f", format]).run();
        // Facts are not in a report: a table has less to say of what was probably meant, and a page draws less.
        if !["table", "html"].contains(&format) {
            assert_eq!(run.stdout, direct.stdout, "{format}");
        }
        assert!(run.stdout.contains("111122223333"), "{format}");
    }
}

#[test]
fn changes_since_another_organization_report_are_listed() {
    let before = Organization::new(members(6), Listing::State);
    let saved = org(&before, &["-f", "json"]).stdout;
    let mut worse = members(6);
    worse[1].account.remove_alarm("3.7");
    let after = Organization::new(worse, Listing::State);
    let run = after.cli().file("before.json", &saved).args(&["--org", "--role-name", ROLE]);
    let run = run.args(&["--baseline", "before.json", "-q"]).run();
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let same = before.cli().file("before.json", &saved).args(&["--org", "--role-name", ROLE]);
    assert_eq!(same.args(&["--baseline", "before.json", "-q"]).run().code, Some(0));
}

#[test]
fn verdicts_do_not_count_with_exit_zero() {
    let demo = |arguments: &[&str]| Cli::new().arg("--demo").args(arguments).run().code;
    assert_eq!(demo(&[]), Some(1));
    assert_eq!(demo(&["--exit-zero"]), Some(0));
    let missing = Cli::new().args(&["--snapshot", "nowhere.json", "--exit-zero"]).run();
    assert_eq!(missing.code, Some(2));
}

/// Neither of two results of an account stands for the other where they are of other controls or regions.
#[test]
fn unlike_results_of_one_account_are_not_merged() {
    let demo = |arguments: &[&str]| Cli::new().args(&["--demo", "-f", "json"]).args(arguments).run().stdout;
    let (whole, part) = (demo(&[]), demo(&["--rule", "3.1"]));
    let elsewhere = whole.replace("\"region\": \"us-east-1\"", "\"region\": \"eu-west-1\"");
    assert_ne!(whole, elsewhere);
    for other in [&part, &elsewhere] {
        let run = Cli::new().file("a.json", &whole).file("b.json", other).args(&["merge", "a.json", "b.json"]).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
        let wanted = if other == &part {
            "a.json and b.json are of different controls (only the first asks for console-sign-in-without-mfa, "
        } else {
            "a.json and b.json both have results of account 111122223333"
        };
        assert!(run.stderr.contains(wanted), "{run:#?}");
    }
    let twice =
        Cli::new().file("a.json", &whole).file("b.json", &whole).args(&["merge", "a.json", "b.json", "-q"]).run();
    assert_eq!(twice.code, Some(1), "{twice:#?}");
    assert!(!twice.stderr.contains("unknown fields"), "{twice:#?}");
}

/// What a report has of an account that it does not list is not dropped.
#[test]
fn results_without_their_account_are_refused() {
    let demo = Cli::new().args(&["--demo", "-f", "json"]).run().stdout;
    let other = demo.replace("111122223333", "222233334444");
    let cli = Cli::new().file("a.json", &demo).file("b.json", &other);
    let merged = cli.args(&["merge", "a.json", "b.json", "-f", "json"]).run().stdout;
    let mut merged: Value = serde_json::from_str(&merged).expect("JSON");
    merged["accounts"].as_array_mut().expect("accounts").remove(0);
    let run = Cli::new().file("m.json", merged.to_string()).args(&["merge", "m.json"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
    assert!(run.stderr.contains("it has results of account 111122223333, which is not among its accounts"), "{run:#?}");
}

/// What nobody looked at any more is not fixed and not gone: it is named, and unknown.
#[test]
fn an_account_no_longer_audited_is_unknown_unless_it_left() {
    let before = Organization::new(members(6), Listing::State);
    let saved = org(&before, &["-f", "json"]).stdout;
    let against = |organization: &Organization, arguments: &[&str]| {
        let cli = organization.cli().file("before.json", &saved).args(&["--org", "--role-name", ROLE]);
        cli.args(&["--baseline", "before.json"]).args(arguments).run()
    };
    let mut denied = members(6);
    denied[2].trouble = Trouble::Denied;
    let denied = Organization::new(denied, Listing::State);
    let run = against(&denied, &[]);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    assert!(run.stdout.contains("Accounts without results in the later report"), "{}", run.stdout);
    assert!(run.stdout.contains(&format!("? {} account 1", id(1))), "{}", run.stdout);
    assert!(
        run.stdout.ends_with("no change, 1 account not audited any more\n")
            || run.stdout.contains("1 account not audited any more"),
        "{}",
        run.stdout
    );
    // Left out on purpose, it is not known either.
    let run = against(&before, &["--skip-account", &id(1), "-q"]);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    // Who left is named, and is no reason to fail.
    let left = Organization::new(members(5), Listing::State);
    let run = against(&left, &[]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    assert!(run.stdout.contains(&format!("- {} account 5", id(5))), "{}", run.stdout);
    assert!(run.stdout.contains("it has left the organization"), "{}", run.stdout);
    // The same of two saved reports.
    let later = |organization: &Organization, arguments: &[&str]| {
        let later = org(organization, &[&["-f", "json"], arguments].concat()).stdout;
        let cli = Cli::new().file("before.json", &saved).file("later.json", later);
        cli.args(&["diff", "before.json", "later.json"]).run()
    };
    assert_eq!(later(&denied, &[]).code, Some(2));
    assert_eq!(later(&left, &[]).code, Some(0));
    // Of a list nobody can say that the account left.
    let of_unit = later(&before, &["--ou", "ou-root-workload"]);
    assert_eq!(of_unit.code, Some(2), "{}", of_unit.stdout);
    assert!(of_unit.stdout.contains("it is not in the later report"), "{}", of_unit.stdout);
}

#[test]
fn changes_are_under_their_account_also_where_there_is_one() {
    let before = Organization::new(members(3), Listing::State);
    let saved = org(&before, &["-f", "json"]).stdout;
    let mut worse = members(3);
    worse[1].account.remove_alarm("3.7");
    let worse = org(&Organization::new(worse, Listing::State), &["-f", "json"]).stdout;
    let run = Cli::new().file("a.json", saved).file("b.json", worse).args(&["diff", "a.json", "b.json"]).run();
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains(&format!("\n{}\n", id(0))), "{}", run.stdout);
}

#[test]
fn a_list_is_checked_line_by_line() {
    let organization = Organization::new(members(3), Listing::State);
    let config = "[profile sandbox]\nregion = us-east-1\n";
    let listed = |text: &str| {
        let cli = organization.cli().file("accounts", text).file("config", config).env("AWS_CONFIG_FILE", "config");
        cli.args(&["--accounts", "accounts", "--role-name", ROLE, "-q"]).run()
    };
    for (text, wanted) in [
        (
            "account_id,name\n",
            "accounts: line 1: account_id is neither an account id nor the ARN of a role, and the AWS config files have no profile of that name",
        ),
        (&*format!("{}\nou-ab12-prod\n", id(0)), "accounts: line 2: ou-ab12-prod is neither"),
        (
            &*format!("{0}\narn:aws:iam::{0}:role/Other\n", id(0)),
            &*format!("accounts: line 2: {} is named on line 1 already", id(0)),
        ),
        ("[1]", "accounts: account 1 of the list: it is no object"),
        ("{\"rows\": []}", "accounts: not a list of accounts: as JSON it is an array of objects"),
    ] {
        let run = listed(text);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
        assert!(run.stderr.contains(wanted), "{wanted}\n{}", run.stderr);
    }
    let twice = listed(&format!("{0}, zero\n{1}\n{0}\n", id(0), id(1)));
    assert_eq!(twice.stdout, "2 accounts: 1 pass, 1 fail\n", "{twice:#?}");
    assert!(
        twice.stderr.contains(&format!("note: accounts: line 3 names {} again, which line 1 names", id(0))),
        "{}",
        twice.stderr
    );
    for (name, wanted) in [
        ("two words", "must be the name of a role: at most 64 letters"),
        ("arn:aws:iam::111122223333:role/security/Audit", "must be the name of a role, not an ARN: security/Audit"),
    ] {
        let run = organization.cli().args(&["--org", "--role-name", name]).run();
        assert_eq!(run.code, Some(2));
        assert!(run.stderr.contains(wanted), "{}", run.stderr);
    }
}

#[test]
fn results_of_a_run_that_has_not_ended_are_merged_with_a_note() {
    let organization = Organization::new(members(2), Listing::State);
    let cli = organization.cli().args(&["--org", "--role-name", ROLE, "--out", "out", "-q"]);
    assert_eq!(cli.run().code, Some(1));
    let out = cli.home().join("out");
    let merge = || Cli::new().arg("merge").arg(out.to_string_lossy()).arg("-q").run();
    assert_eq!(merge().stderr, "");
    // As a run that was killed leaves it.
    let run = fs::read_to_string(out.join("run.json")).expect("a file");
    let mut document: Value = serde_json::from_str(&run).expect("JSON");
    document.as_object_mut().expect("an object").remove("ended").expect("it has ended");
    fs::write(out.join("run.json"), document.to_string()).expect("a file");
    let merged = merge();
    assert!(merged.stderr.contains("has not ended, so that accounts may be missing"), "{}", merged.stderr);
    let resumed = organization.cli().args(&["--org", "--role-name", ROLE, "-q", "--resume"]).arg(out.to_string_lossy());
    assert_eq!(resumed.run().code, Some(1));
    assert_eq!(merge().stderr, "");
}

#[test]
fn what_a_report_was_made_by_outlives_the_merge() {
    let framework = ["--framework", "CSA CCM 4.0.13"];
    let demo = |arguments: &[&str]| Cli::new().args(&["--demo", "-f", "json"]).args(arguments).run().stdout;
    let json = |text: &str| -> Value { serde_json::from_str(text).expect("JSON") };
    let merged =
        |text: &str, format: &str| Cli::new().file("a.json", text).args(&["merge", "a.json", "-f", format]).run();
    let mapped = demo(&framework);
    assert!(json(&mapped)["mapping"].is_object(), "{mapped}");
    assert_eq!(merged(&mapped, "json").stdout, mapped);
    // A baseline, and what a project file sets.
    let passing = demo(&[]);
    let cli = Cli::new().file("old.json", &passing).file("cis-audit.toml", "exclude = [\"3.1\"]\n");
    let held = cli.args(&["--demo", "--baseline", "old.json", "-f", "json"]).run();
    assert_eq!(held.code, Some(0), "{}", held.stderr);
    let document = json(&held.stdout);
    assert!(document["drift"].is_object() && document["project"].is_object(), "{document}");
    let again = merged(&held.stdout, "json");
    assert_eq!((again.code, &again.stdout), (Some(0), &held.stdout));
    let table = merged(&held.stdout, "table");
    assert!(table.stdout.contains("Settings of cis-audit.toml"), "{}", table.stdout);
    assert!(table.stdout.contains("Since "), "{}", table.stdout);
    // One that was held against nothing does not say what is new.
    let other = demo(&["--exclude", "3.1"]).replace("111122223333", "222233334444");
    let mixed =
        Cli::new().file("a.json", &held.stdout).file("b.json", &other).args(&["merge", "a.json", "b.json"]).run();
    assert_eq!(mixed.code, Some(2));
    assert!(mixed.stderr.contains("was held against an earlier report, and b.json was not"), "{}", mixed.stderr);
    // Other controls are another question.
    let part = demo(&["--rule", "3.1"]).replace("111122223333", "222233334444");
    let unlike = Cli::new().file("a.json", &passing).file("b.json", part).args(&["merge", "a.json", "b.json"]).run();
    assert_eq!(unlike.code, Some(2));
    assert!(unlike.stderr.contains("a.json and b.json are of different controls"), "{}", unlike.stderr);
    // How it is laid out says nothing.
    let compact = json(&passing).to_string();
    assert_eq!(json(&merged(&compact, "json").stdout)["results"], json(&passing)["results"]);
}

#[test]
fn what_was_never_read_has_no_time_of_1970() {
    let mut members = members(1);
    members[0].trouble = Trouble::None;
    members[1].trouble = Trouble::Denied;
    let organization = Organization::new(members, Listing::State);
    for format in ["json", "ndjson", "csv", "markdown", "junit", "asff", "ocsf", "sarif", "openmetrics", "html"] {
        let run = org(&organization, &["--skip-account", MANAGEMENT, "-f", format]);
        assert!(!run.stdout.contains("1970-01-01"), "{format}: {}", run.stdout);
        assert!(!run.stdout.contains("\"time\": 0"), "{format}: {}", run.stdout);
    }
}

/// Waivers, exceptions, near misses and a framework, as a single audit shows them: once, with the accounts.
#[test]
fn what_is_accepted_is_shown_with_why_and_where() {
    let mut members = members(0);
    for number in 0..3 {
        let mut account = Account::seed(&id(number));
        account.remove_alarm("3.7");
        account.filter("3.10").pattern = "{ $.eventName = \"CreateSecurityGroup\" }".into();
        members.push(Member::new(account, &format!("account {number}")));
    }
    let organization = Organization::new(members, Listing::State);
    let waivers = "[[waiver]]\nrule = \"3.7\"\nreason = \"keys are kept elsewhere\"\nowner = \"platform\"\nexpires = 2099-12-31\n\
        [[waiver]]\nrule = \"3.10\"\nevents = '{ $.eventName = \"DeleteSecurityGroup\" }'\nreason = \"cleaned up daily\"\nowner = \"network\"\nexpires = 2099-12-31\n";
    let audit = |format: &str| {
        let cli = organization.cli().file("waivers.toml", waivers).args(&["--org", "--role-name", ROLE]);
        cli.args(&["--waivers", "waivers.toml", "--framework", "CSA CCM 4.0.13", "-f", format]).run()
    };
    for format in ["table", "markdown", "html", "github", "csv", "junit", "json", "sarif", "asff", "ocsf"] {
        let run = audit(format);
        let flat = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        for wanted in ["keys are kept elsewhere", "platform", "2099-12-31"] {
            assert!(flat.contains(wanted), "{format}: {wanted}\n{}", run.stdout);
        }
        if !["openmetrics"].contains(&format) {
            assert!(flat.contains("DeleteSecurityGroup"), "{format}\n{}", run.stdout);
        }
    }
    for format in ["table", "markdown", "html", "json"] {
        assert!(audit(format).stdout.contains("CSA CCM 4.0.13"), "{format}");
    }
    let table = audit("table").stdout;
    assert!(
        table.contains("3.7 3 accounts until 2099-12-31") || table.contains("3.7  3 accounts until 2099-12-31"),
        "{table}"
    );
}

#[test]
fn a_spreadsheet_of_many_accounts_has_the_columns_of_one() {
    let organization = Organization::new(members(1), Listing::State);
    let head = |run: Run| run.stdout.lines().next().expect("a header").to_owned();
    let many = head(org(&organization, &["-f", "csv"]));
    let one = head(organization.cli().args(&["-f", "csv"]).run());
    assert_eq!(many.replace("account_name,ou_path,outcome,outcome_reason,", ""), one);
}

#[test]
fn several_regions_are_answered_for_in_every_account() {
    let organization = Organization::new(members(2), Listing::State);
    let arguments = ["--benchmark", "5.0.0", "--rule", "4.16", "--region", REGION, "--region", "eu-west-1"];
    let report = json_of(&org(&organization, &[&arguments[..], &["-f", "json"]].concat()));
    let rows = report["results"].as_array().expect("results").iter();
    let rows: Vec<_> = rows.map(|row| (row["account_id"].as_str().unwrap(), row["region"].as_str().unwrap())).collect();
    let both = |account| [(account, REGION), (account, "eu-west-1")];
    let (first, second) = (id(0), id(1));
    assert_eq!(rows, [both(first.as_str()), both(second.as_str()), both(MANAGEMENT)].concat());
}

/// A thousand accounts with everything that keeps a caller from seeing one: each is accounted for, and none passes wrongly.
#[test]
fn of_a_thousand_accounts_with_troubles_each_is_accounted_for() {
    if std::env::var_os("CIS_AUDIT_SLOW").is_none() {
        return;
    }
    let trouble = |number: usize| match number % 20 {
        3 | 13 => Trouble::Denied,
        11 => Trouble::Hangs,
        15 => Trouble::Throttled,
        _ => Trouble::None,
    };
    let others = (0..1_000).map(|number| {
        let account = of_state(number / 20, &id(number));
        Member { trouble: trouble(number), ..Member::new(account, &format!("account {number}")) }
    });
    let members: Vec<Member> = [management()].into_iter().chain(others).collect();
    for listing in [Listing::State, Listing::Status] {
        let organization = Organization::new(members.clone(), listing);
        let cli = organization.cli().within(Duration::from_secs(1_200)).args(&["--org", "--role-name", ROLE]);
        let run = cli.args(&["-f", "json", "--timeout", "30", "--deadline", "60", "--concurrency", "128"]).run();
        let report = json_of(&run);
        let found = accounts(&report);
        assert_eq!(found.len(), 1_001, "{listing:?}");
        for number in 0..1_000 {
            let (outcome, status) = &found[&id(number)];
            let sound = (number / 20) % 10 == 0;
            let wanted = match trouble(number) {
                Trouble::Denied => ("denied", "not_audited"),
                Trouble::Hangs => ("failed", "not_audited"),
                Trouble::Throttled => ("audited", "unknown"),
                Trouble::None if sound => ("audited", "pass"),
                Trouble::None => ("audited", "fail"),
            };
            assert_eq!((outcome.as_str(), status.as_str()), wanted, "{listing:?}: {number}");
        }
        assert_eq!(run.code, Some(1));
    }
}
