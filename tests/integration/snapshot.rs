//! Saving an account and auditing it later: the file holds all that the verdict needs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::account::Account;
use crate::support::fault::{Fault, FaultRule};
use crate::support::report::{RULES, all_pass, unknown};
use crate::support::run::Cli;
use crate::support::seed::MAILBOX;
use crate::support::stage::{Endpoint, Stage, fresh_id};

/// The live audit's JSON and the saved account's, from two readings: the moment of reading aside, byte for byte equal.
fn assert_the_same_later(stage: &Stage) {
    let live = stage.cli().args(&["-f", "json"]).run();
    let saving = stage.cli().args(&["snapshot", "-o", "account.json"]);
    let saved = saving.run();
    assert_eq!(saved.code, Some(0), "{saved:#?}");
    let file = fs::read_to_string(saving.home().join("account.json")).expect("the file was written");
    // No credentials, no region, no endpoint: what counts is in the file.
    let later = Cli::new().file("account.json", &file).args(&["--snapshot", "account.json", "-f", "json"]).run();
    assert_eq!(timeless(&later.stdout), timeless(&live.stdout));
    assert_eq!(later.code, live.code);
}

/// The report with one moment for every reading, and without what it rests on: a saved account has more in it than an
/// audit reads.
fn timeless(report: &str) -> String {
    let (start, rest) = report.split_once("\n  \"evidence\": [").expect("it says what it rests on");
    let (_, end) = rest.split_once("\n  ],").expect("the report goes on after it");
    let report = &format!("{start}{end}");
    let (before, rest) = report.split_once("\"collected_at\"").unwrap_or_else(|| panic!("no report: {report}"));
    let (_, after) = rest.split_once(',').expect("the report goes on after its moment");
    format!("{before}\"collected_at\": \"then\",{after}")
}

#[test]
fn a_saved_account_is_judged_as_the_live_one() {
    for endpoint in [Endpoint::Ministack, Endpoint::Moto, Endpoint::Fake] {
        let Some(stage) = Stage::new(endpoint, Account::seed(&fresh_id())) else { continue };
        assert_the_same_later(&stage);
    }
}

#[test]
fn a_saved_broken_account_is_judged_as_the_live_one() {
    let mut account = Account::seed(&fresh_id());
    account.remove_alarm("3.4");
    account.filter("3.5").pattern = "{ $.eventName = CreateTrail }".into();
    account.alarm("3.6").threshold = 2.0;
    account.trail().multi_region = true;
    assert_the_same_later(&Stage::fake(account));
}

#[test]
fn a_saved_crowded_account_is_judged_as_the_live_one() {
    let mut account = Account::seed(&fresh_id());
    crate::compliant::add_strangers(&mut account, 300, 300, 300);
    assert_the_same_later(&Stage::fake(account));
}

/// What could not be read then cannot be known now.
#[test]
fn gaps_are_saved_too() {
    let deny = FaultRule::always("sns:ListSubscriptions*", Fault::Denied);
    let stage = Stage::fake_with_faults(Account::seed(&fresh_id()), vec![deny]);
    let saving = stage.cli().args(&["snapshot", "-o", "account.json"]);
    saving.run();
    let file = fs::read(saving.home().join("account.json")).expect("a snapshot with gaps is a snapshot");
    let (run, report) = Cli::new().file("account.json", file).args(&["--snapshot", "account.json"]).report();
    report.assert(&unknown(&RULES, "subscription.unread"), &run.stderr);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(report.gap_operations().contains("sns:ListSubscriptionsByTopic"));
}

/// It names people's addresses and every hole in the monitoring.
#[test]
fn only_its_owner_may_read_the_file() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let saving = stage.cli().args(&["snapshot", "-o", "account.json"]);
    let path = saving.home().join("account.json");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    saving.run();
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    saving.run();
    assert_eq!(mode(), 0o600, "a file that was there before");
}

#[test]
fn a_snapshot_passes_through_a_pipe() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let saved = stage.cli().arg("snapshot").run();
    assert_eq!(saved.code, Some(0), "{saved:#?}");
    let (run, report) = Cli::new().stdin(saved.stdout).args(&["--snapshot", "-"]).report();
    report.assert(&all_pass(), &run.stderr);
}

#[test]
fn redacting_masks_the_subscribers() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let clear = stage.cli().arg("snapshot").run();
    assert!(clear.stdout.contains(MAILBOX));
    let masked = stage.cli().args(&["snapshot", "--redact"]).run();
    assert_eq!(masked.code, Some(0), "{masked:#?}");
    assert!(!masked.stdout.contains(MAILBOX));
    let (run, report) = Cli::new().stdin(masked.stdout).args(&["--snapshot", "-"]).report();
    report.assert(&all_pass(), &run.stderr);
}

#[test]
fn addresses_are_masked_in_reports_unless_asked_for() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    for arguments in [&["-f", "json"][..], &[]] {
        assert!(!stage.cli().args(arguments).run().stdout.contains(MAILBOX));
    }
    let (_, report) = stage.cli().arg("--show-endpoints").report();
    assert_eq!(report.finding("3.1").chain["subscriptions"][0]["endpoint"], MAILBOX);
}

/// The built-in account.
const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");

/// Audits an account of that text: exit code, JSON report, what else is reported.
fn audited(account: &str) -> (Option<i32>, String, String) {
    let run = Cli::new().file("account.json", account).args(&["--snapshot", "account.json", "-f", "json"]).run();
    (run.code, run.stdout, run.stderr)
}

#[test]
fn unknown_fields_are_noted_and_change_no_verdict() {
    let known = audited(DEMO);
    assert_eq!(known.2, "");
    let later = DEMO
        .replace("\"schema_version\": 1", "\"schema_version\": 1, \"later\": {\"a\": [1]}")
        .replace("\"is_multi_region\": true", "\"is_multi_region\": true, \"x\": null");
    let (code, stdout, stderr) = audited(&later);
    assert_eq!((code, stdout), (known.0, known.1));
    assert_eq!(stderr, "note: account.json: unknown fields are ignored: later, trails[0].x\n");
    let newer = DEMO.replace("\"schema_version\": 1", "\"schema_version\": 2, \"later\": {}");
    let (code, stdout, stderr) = audited(&newer);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert_eq!(
        stderr,
        "error: account.json: written by a newer cis-audit (schema_version 2; this one reads 1): upgrade cis-audit, or save the account again with this one\n"
    );
}

#[test]
fn fields_of_a_later_report_are_noted_in_one_line() {
    let report = audited(DEMO).1;
    let later = report
        .replace("\"schema_version\": 1", "\"schema_version\": 1, \"later\": {}")
        .replacen("\"rule\":", "\"more\": [], \"rule\":", 1)
        .replacen("\"home_region\":", "\"z\": 1, \"home_region\":", 1);
    let files = || Cli::new().file("old.json", &report).file("new.json", &later);
    let run = files().args(&["diff", "old.json", "new.json"]).run();
    let note = "note: new.json: unknown fields are ignored: later, results[0].more, results[0].chain.trail.z\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), note));
    let run = files().args(&["--demo", "-q", "--baseline", "new.json"]).run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), note));
    let newer = report.replace("\"schema_version\": 1", "\"schema_version\": 2");
    let run = Cli::new().file("new.json", newer).args(&["--demo", "--baseline", "new.json"]).run();
    assert_eq!(run.code, Some(2));
    let refused =
        "error: new.json: written by a newer cis-audit (schema_version 2; this one reads 1): upgrade cis-audit\n";
    assert_eq!(run.stderr, refused);
}

/// Names of fields are a stranger's.
#[test]
fn hostile_names_of_fields_are_escaped_and_shortened() {
    let with = |fields: &str| {
        let text = DEMO.replacen("\"schema_version\": 1", &format!("\"schema_version\": 1, {fields}"), 1);
        let (code, _, stderr) = audited(&text);
        assert_eq!(code, Some(1), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        stderr
    };
    assert_eq!(
        with(r###""a\u001b[2J\nb\u202e": 1, "##[error]": 2"###),
        "note: account.json: unknown fields are ignored: a\\u{1b}[2J\\u{a}b\\u{202e}, #\\u{23}[error]\n"
    );
    let long = "x".repeat(1024 * 1024);
    let half = "x".repeat(40);
    assert_eq!(
        with(&format!("\"{long}\": 1")),
        format!("note: account.json: unknown fields are ignored: {half}…{half}\n")
    );
    let many: Vec<String> = (0..20_000).map(|at| format!("\"f{at}\": {{}}")).collect();
    assert_eq!(
        with(&many.join(", ")),
        "note: account.json: unknown fields are ignored: f0, f1, f2, f3, f4 and 19995 more\n"
    );
}
