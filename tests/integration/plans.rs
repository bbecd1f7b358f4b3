//! Plans as documents: the fingerprint that people compare, what is masked, what is stale, and what a saved account can
//! plan.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::fix::{EMULATORS, fix, nothing, planned, queue};
use crate::support::account::Account;
use crate::support::run::{Cli, Run};
use crate::support::stage::{Stage, fresh_id};

const HOOK: &str = "https://hooks.example.com/services/a";
const OTHER: &str = "https://hooks.example.com/services/b";

/// What follows the word, wherever the program says it: 64 hexadecimal digits.
fn fingerprint(text: &str) -> String {
    let (_, rest) = text.split_once("fingerprint").unwrap_or_else(|| panic!("no fingerprint: {text}"));
    let digits: String = rest.trim_start_matches([' ', '"', ':']).chars().take_while(char::is_ascii_hexdigit).collect();
    assert_eq!(digits.len(), 64, "{text}");
    digits
}

/// A plan of the built-in account that subscribes a webhook, and the directory in which it lies.
fn saved(hook: &str, more: &[&str]) -> (Run, tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("plan.json");
    let name = file.to_str().expect("a name");
    let run =
        Cli::new().args(&["--demo", "--fix", "--dry-run", "--subscribe", hook, "--plan-out", name]).args(more).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    (run, home, file)
}

/// Without writing anything.
fn applied(file: &std::path::Path, more: &[&str]) -> Run {
    let file = file.to_str().expect("a name");
    Cli::new().args(&["--demo", "--fix", "--dry-run", "--apply", file]).args(more).run()
}

/// Where a plan is made, shown, saved, and carried out: one fingerprint, and another one of another webhook.
#[test]
fn a_fingerprint_is_the_same_wherever_it_is_shown() {
    let (run, _home, file) = saved(HOOK, &[]);
    let wanted = fingerprint(&run.stdout);
    assert_eq!(fingerprint(&run.stderr), wanted, "{run:#?}");
    let text = fs::read_to_string(&file).expect("a plan");
    assert_eq!(fingerprint(&text), wanted);
    assert!(text.contains(HOOK) && !run.stdout.contains("services"), "{run:#?}");
    let run = applied(&file, &[]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert_eq!((fingerprint(&run.stdout), fingerprint(&run.stderr)), (wanted.clone(), wanted.clone()), "{run:#?}");
    let json = applied(&file, &["-f", "json"]);
    assert_eq!(fingerprint(&json.stdout), wanted, "{json:#?}");
    assert_eq!(fingerprint(&applied(&file, &["-q"]).stdout), wanted);
    let (other, _home, _file) = saved(OTHER, &[]);
    assert_ne!(fingerprint(&other.stdout), wanted);
}

/// Two addresses of one look can be distinguished, and so can a plan that may change trails.
#[test]
fn a_shown_plan_shows_what_differs() {
    let (one, _home, _file) = saved(HOOK, &[]);
    let (other, _home, _file) = saved(OTHER, &[]);
    let line = |run: &Run| {
        let found = run.stdout.lines().find(|line| line.contains("+ subscription"));
        found.unwrap_or_else(|| panic!("no subscription: {run:#?}")).to_owned()
    };
    assert_ne!(line(&one), line(&other));
    let (allowed, _home, _file) = saved(HOOK, &["--allow-update", "--alarm-period", "60", "--tag", "team=security"]);
    let flat: String = allowed.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("--allow-update, --subscribe https://hooks.example.com/***#"), "{flat}");
    assert!(flat.contains("--alarm-period 60, --tag team=security"), "{flat}");
    assert!(!one.stdout.contains("with --allow-update"), "{one:#?}");
    assert_ne!(fingerprint(&allowed.stdout), fingerprint(&one.stdout));
}

/// A plan in JSON masks addresses as a report does, and then it is to be read only.
#[test]
fn a_masked_plan_is_not_carried_out() {
    let json = |more: &[&str]| {
        let arguments = ["--demo", "--fix", "--dry-run", "-f", "json", "--subscribe", HOOK, "--subscribe", OTHER];
        Cli::new().args(&arguments).args(more).run()
    };
    let masked = json(&[]);
    assert!(!masked.stdout.contains("services"), "{masked:#?}");
    let plan: Value = serde_json::from_str(&masked.stdout).expect("a plan");
    assert_eq!(plan["endpoints_masked"], true);
    assert_ne!(plan["options"]["subscribe"][0], plan["options"]["subscribe"][1]);
    let full = json(&["--show-endpoints"]);
    assert!(full.stdout.contains(HOOK) && full.stdout.contains(OTHER), "{full:#?}");
    assert_eq!(fingerprint(&masked.stdout), fingerprint(&full.stdout));
    let home = tempfile::tempdir().expect("a directory");
    let write = |run: &Run| {
        let file = home.path().join("plan.json");
        fs::write(&file, &run.stdout).expect("written");
        file
    };
    let run = applied(&write(&masked), &[]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("its addresses are masked"), "{run:#?}");
    assert!(run.stderr.contains("save one with --plan-out FILE"), "{run:#?}");
    let run = applied(&write(&full), &[]);
    assert_eq!(run.code, Some(1), "{run:#?}");
}

/// Anyone who changes a plan on its way has to change its fingerprint too, and that is what people compare.
#[test]
fn a_plan_that_was_changed_is_refused() {
    let (_, _home, file) = saved(HOOK, &[]);
    let text = fs::read_to_string(&file).expect("a plan");
    fs::write(&file, text.replace(HOOK, OTHER)).expect("written");
    let run = applied(&file, &[]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let message = format!("it was changed after it was made: its fingerprint is {}", fingerprint(&text));
    assert!(run.stderr.contains(&message), "{run:#?}");
    assert_eq!(run.stdout, "");
}

/// Without AWS too a saved plan is read and held against what would be planned now.
#[test]
fn a_dry_run_says_whether_a_plan_is_stale() {
    let (_, _home, file) = saved(HOOK, &[]);
    let run = applied(&file, &[]);
    assert!(run.stderr.contains("the saved plan is up to date"), "{run:#?}");
    let demo = include_str!("../../fixtures/accounts/demo.json");
    let plan = fs::read(&file).expect("a plan");
    let held = |account: &str| {
        let cli = Cli::new().file("account.json", account).file("plan.json", &plan);
        cli.args(&["--snapshot", "account.json", "--fix", "--dry-run", "--apply", "plan.json"]).run()
    };
    assert_eq!(held(demo).code, Some(1));
    let mut account: Value = serde_json::from_str(demo).expect("an account");
    let alarms = account["alarms"][0]["metric_alarms"].as_array_mut().expect("alarms");
    alarms.clear();
    let run = held(&account.to_string());
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("the plan is stale: "), "{run:#?}");
    assert!(run.stderr.contains("\n  no longer: alarm/cis-audit-iam-policy-changes\n"), "{run:#?}");
    assert_eq!(run.stdout, "");
    let run = held(&demo.replace("111122223333", "999999999999"));
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("the plan is for account 111122223333"), "{run:#?}");
    let run = Cli::new().args(&["--demo", "--fix", "--dry-run", "--apply", "nothing.json"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("cannot read nothing.json"), "{run:#?}");
}

/// The steps of two dry runs: of the account, and of the account as it was saved with the same options.
fn assert_the_same_plan(stage: &Stage, options: &[&str], names: &[&str]) {
    let live = stage.cli().args(&["--fix", "--dry-run", "-f", "json"]).args(options).run();
    let saving = stage.cli().args(&["snapshot", "--for-fix", "-o", "account.json"]).args(names);
    let run = saving.run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let account = fs::read(saving.home().join("account.json")).expect("an account");
    let cli = Cli::new().file("account.json", account);
    let later = cli.args(&["--snapshot", "account.json", "--fix", "--dry-run", "-f", "json"]).args(options).run();
    assert_eq!(later.code, live.code, "{later:#?}\n{live:#?}");
    assert_eq!(planned(&later), planned(&live), "{later:#?}\n{live:#?}");
    let read = |run: &Run| serde_json::from_str::<Value>(&run.stdout).expect("a plan");
    let (live, later) = (read(&live), read(&later));
    for part in ["fingerprint", "steps", "manual", "reused", "not_planned", "not_subscribed"] {
        assert_eq!(later[part], live[part], "{part}");
    }
    assert_ne!(live["steps"], serde_json::json!([]));
}

#[test]
fn a_saved_account_plans_as_the_live_one() {
    for endpoint in EMULATORS {
        let account = nothing();
        let queue = queue(&account);
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let options = ["--subscribe", &queue, "--name-prefix", "prod", "--log-group", "trail-events"];
        assert_the_same_plan(&stage, &options, &options);
    }
}

/// Whether existing trails may be changed is decided when it is planned.
#[test]
fn a_saved_account_plans_changes_of_trails() {
    let mut account = Account::seed(&fresh_id());
    account.trail().log_group_arn = None;
    for endpoint in EMULATORS {
        let Some(stage) = Stage::new(endpoint, account.clone()) else { continue };
        assert_the_same_plan(&stage, &["--allow-update"], &[]);
    }
}

/// A crowded account: of its many topics only those of the controls' alarms are used.
#[test]
fn a_saved_crowded_account_plans_as_the_live_one() {
    let mut account = Account::seed(&fresh_id());
    account.remove_alarm("3.4");
    crate::compliant::add_strangers(&mut account, 30, 120, 30);
    let stage = Stage::fake(account);
    assert_the_same_plan(&stage, &["--subscribe", "email:ops@example.com"], &[]);
}

/// No permission is missing: the account was saved without what only a fix asks.
#[test]
fn an_account_that_was_saved_for_no_fix_says_how_it_is() {
    let Some(stage) = Stage::new(EMULATORS[0], nothing()) else { return };
    let saved = stage.cli().arg("snapshot").run();
    let run =
        Cli::new().stdin(saved.stdout).args(&["--snapshot", "-", "--fix", "--dry-run", "--name-prefix", "prod"]).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    let flat: String = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("cis-audit snapshot --for-fix --name-prefix prod -o FILE"), "{flat}");
    assert!(!flat.contains("allow "), "{flat}");
    let run = Cli::new().args(&["snapshot", "--name-prefix", "prod"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("--for-fix"), "{run:#?}");
}

/// What was asked for that changes something.
#[test]
fn saving_an_account_for_a_fix_changes_nothing() {
    let account = nothing();
    let queue = queue(&account);
    let Some(stage) = Stage::new(EMULATORS[0], account) else { return };
    let run = stage.cli().args(&["snapshot", "--for-fix", "--subscribe", &queue]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let reads = ["Describe", "Get", "List"];
    for action in stage.traffic().by_action().keys() {
        assert!(reads.iter().any(|verb| action.contains(&format!(":{verb}"))), "{action}");
    }
    // What it holds decides nothing of the audit.
    let (_, report) = Cli::new().stdin(run.stdout).args(&["--snapshot", "-"]).report();
    assert_eq!(
        report.results[0].reason.as_ref().map(|reason| &*reason.code),
        Some("trail.none"),
        "{:?}",
        report.results[0]
    );
    let run = fix(&stage, &queue, &["--dry-run"]).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
}
