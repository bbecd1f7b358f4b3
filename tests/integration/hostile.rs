//! Bad arguments, broken and hostile files, closed pipes: a clear message, the right exit code, and never a panic (which
//! every run of the tests asserts).

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::formats::Reports;
use crate::support::account::{Account, Alarm};
use crate::support::run::{Cli, Run};
use crate::support::seed::{NAMESPACE, TOPIC, rule};
use crate::support::stage::{Stage, fresh_id};

/// Exit 2, nothing on stdout, and a message with all of these words.
fn assert_refused(run: &Run, words: &[&str]) {
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert_eq!(run.stdout, "", "{run:#?}");
    for word in words {
        assert!(run.stderr.contains(word), "the message does not name {word:?}: {run:#?}");
    }
    assert!(run.stderr.len() < 4000, "a message that nobody reads: {} bytes", run.stderr.len());
}

/// The account as the tool saves it.
fn saved(account: Account) -> String {
    let stage = Stage::fake(account);
    let run = stage.cli().arg("snapshot").run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    run.stdout
}

fn saved_seed() -> String {
    saved(Account::seed(&fresh_id()))
}

/// Audits a file of that content.
fn audit_of(content: impl AsRef<[u8]>) -> Run {
    Cli::new().file("account.json", content).args(&["--snapshot", "account.json"]).run()
}

#[test]
fn a_rule_that_does_not_exist_is_named() {
    assert_refused(&Cli::new().args(&["--demo", "--rule", "3.99"]).run(), &["3.99"]);
    assert_refused(&Cli::new().args(&["--demo", "--exclude", "3.99"]).run(), &["3.99"]);
    assert_refused(&Cli::new().args(&["explain", "3.99"]).run(), &["3.99"]);
}

#[test]
fn unknown_arguments_are_named() {
    assert_refused(&Cli::new().arg("--no-such-flag").run(), &["--no-such-flag"]);
    assert_refused(&Cli::new().args(&["--demo", "-f", "no-such-format"]).run(), &["no-such-format"]);
    assert_refused(&Cli::new().args(&["--timeout", "soon"]).run(), &["soon"]);
}

#[test]
fn a_file_that_does_not_exist_is_named() {
    assert_refused(&Cli::new().args(&["--snapshot", "/dev/null/account.json"]).run(), &["/dev/null/account.json"]);
}

#[test]
fn a_directory_is_no_file() {
    assert_refused(&Cli::new().args(&["--snapshot", "/"]).run(), &["/"]);
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let run = Cli::new().args(&["--demo", "-o", "/dev/null/report"]).run();
    assert_refused(&run, &["/dev/null/report"]);
}

#[test]
fn empty_input() {
    assert_refused(&audit_of(""), &["account.json"]);
    assert_refused(&Cli::new().stdin("").args(&["--snapshot", "-"]).run(), &["standard input"]);
}

#[test]
fn a_truncated_file_is_reported_with_its_place() {
    let whole = saved_seed();
    let lines = whole.lines().count();
    assert!(lines > 10, "a snapshot that people can read and diff");
    let half = &whole[..whole.len() / 2];
    let run = audit_of(half);
    let last = format!("line {}", half.lines().count());
    assert_refused(&run, &["account.json", &last, "column"]);
}

#[test]
fn files_that_are_no_snapshot() {
    for content in ["null", "[]", "{}", "42", "\"snapshot\"", "not JSON", "\u{feff}{}", "\0\0\0\0"] {
        assert_refused(&audit_of(content), &["account.json"]);
    }
    assert_refused(&audit_of([0xff, 0xfe, 0x00, 0x80]), &["account.json"]);
}

fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut snapshot: Value = serde_json::from_str(&saved_seed()).expect("a snapshot is JSON");
    change(&mut snapshot);
    serde_json::to_string_pretty(&snapshot).expect("JSON prints")
}

#[test]
fn a_newer_snapshot_is_refused_with_both_versions() {
    let run = audit_of(changed(|snapshot| snapshot["schema_version"] = json!(2)));
    assert_refused(&run, &["account.json", "2", "1"]);
}

/// A newer version with fields of its own: the version is what to report, not the field.
#[test]
fn a_newer_snapshot_is_refused_for_its_version() {
    let run = audit_of(changed(|snapshot| {
        snapshot["schema_version"] = json!(7);
        snapshot["invented"] = json!(true);
    }));
    assert_refused(&run, &["version", "7"]);
}

#[test]
fn wrong_types_are_named_with_their_place() {
    let run = audit_of(changed(|snapshot| snapshot["trails"][0]["is_multi_region"] = json!("yes")));
    assert_refused(&run, &["is_multi_region", "line"]);
}

const ESCAPES: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mred\u{202e}txt\r\nFAKE  3.1 PASS";

/// Names come from anyone who may create an alarm in the account; they must not drive the auditor's terminal.
#[test]
fn names_cannot_write_to_the_terminal() {
    let mut account = Account::seed(&fresh_id());
    account.alarm("3.4").actions_enabled = false;
    account.alarm("3.4").name = format!("alarm {ESCAPES}");
    account.filter("3.5").pattern = format!("{{ $.eventName = \"{}\" }}", "\u{1b}[31m");
    account.filter("3.5").name = format!("filter {ESCAPES}");
    let mut snapshot: Value = serde_json::from_str(&saved(account)).unwrap();
    // No endpoint of SNS holds such characters, but a file may.
    snapshot["topics"][0]["subscriptions"][0]["endpoint"] = json!(format!("{ESCAPES}@example.com"));
    snapshot["topics"][0]["subscriptions"][0]["protocol"] = json!(ESCAPES);
    snapshot["trails"][0]["name"] = json!(format!("trail {ESCAPES}"));
    snapshot["gaps"] = json!([{
        "account_id": ESCAPES, "region": ESCAPES, "operation": ESCAPES, "resource": ESCAPES, "code": ESCAPES, "message": ESCAPES,
    }]);
    let file = snapshot.to_string();
    for color in ["auto", "never"] {
        let run = Cli::new()
            .file("account.json", &file)
            .args(&["--snapshot", "account.json", "--show-endpoints", "--color", color])
            .run();
        assert_eq!(run.code, Some(1), "{run:#?}");
        for text in [&run.stdout, &run.stderr] {
            let stray = text.chars().find(|&c| (c.is_control() && c != '\n') || c == '\u{202e}');
            assert_eq!(stray, None, "{text}");
            assert!(!text.lines().any(|line| line.starts_with("FAKE")), "a forged line: {text}");
        }
    }
    let json = Cli::new().file("account.json", &file).args(&["--snapshot", "account.json"]).report();
    assert!(!json.0.stdout.contains('\u{1b}'), "raw escapes in JSON");
}

/// One account whose every name is made to act somewhere: on a terminal, a CI runner, a page, a spreadsheet, in XML.
#[test]
fn names_act_in_no_format() {
    let account = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts/hostile.json");
    let reports = Reports::read(&account, &["--show-endpoints"]);
    for (format, text) in reports.texts() {
        let stray = text.chars().find(|&c| c.is_control() && c != '\n');
        assert_eq!(stray, None, "{format}");
        let forged = text.lines().find(|line| line.starts_with("FAKE") || line.trim_start().starts_with("##["));
        assert_eq!(forged, None, "{format}");
        let commands = text.lines().filter(|line| line.trim_start().starts_with("::"));
        let ours = |line: &&str| {
            let begins = ["::error title=3.", "::warning title=3.", "::notice title=3."];
            format == "github" && begins.iter().any(|begin| line.starts_with(begin))
        };
        assert_eq!(commands.filter(|line| !ours(line)).collect::<Vec<_>>(), Vec::<&str>::new(), "{format}");
        // The documents in JSON hand names on as data; what people read shows what is hidden in them.
        if !["json", "ndjson"].contains(&format) {
            assert!(!text.contains(['\u{202e}', '\u{2028}', '\u{200b}', '\u{feff}']), "{format}");
        }
    }
    let page = reports.text("junit");
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    assert!(reports.text("csv").contains(",\"'=HYPERLINK("), "{}", reports.text("csv"));
}

#[test]
fn enormous_names() {
    let mut account = Account::seed(&fresh_id());
    account.alarm("3.4").actions_enabled = false;
    account.alarm("3.4").name = "x".repeat(10 << 20);
    let run = audit_of(saved(account));
    assert_eq!(run.code, Some(1), "code {:?}", run.code);
    assert!(run.stdout.len() < 1 << 20, "{} bytes of table for one name", run.stdout.len());
    assert!(run.elapsed < Duration::from_secs(20), "{:?}", run.elapsed);
}

#[test]
fn deep_nesting_in_a_file() {
    for content in ["[".repeat(200_000), "{\"trails\":".repeat(100_000)] {
        assert_refused(&audit_of(content), &["account.json"]);
    }
}

/// AWS takes no such pattern, but a file may hold one.
#[test]
fn deep_nesting_in_a_pattern() {
    let mut account = Account::seed(&fresh_id());
    let deep = format!("{{ {}$.eventName = CreateTrail{} }}", "(".repeat(100_000), ")".repeat(100_000));
    account.filter("3.5").pattern = deep;
    let run = audit_of(saved(account));
    assert!(matches!(run.code, Some(1 | 2)), "code {:?}", run.code);
}

/// Wide and tangled patterns must be decided or given up on, not computed for ever.
#[test]
fn patterns_made_to_be_hard() {
    let mut account = Account::seed(&fresh_id());
    let wide: Vec<String> = (0..3000).map(|n| format!("($.a{n} = \"*{n}*\" && $.b{n} != \"*x{n}\")")).collect();
    account.filter("3.5").pattern = format!("{{ {} }}", wide.join(" || "));
    let xor: Vec<String> =
        (0..24).map(|n| format!("(($.x{n} = 1 || $.y{n} = 1) && ($.x{n} != 1 || $.y{n} != 1))")).collect();
    account.filter("3.4").pattern = format!("{{ {} }}", xor.join(" && "));
    let run = audit_of(saved(account));
    assert!(matches!(run.code, Some(1 | 2)), "code {:?}", run.code);
    assert!(run.elapsed < Duration::from_secs(30), "{:?}", run.elapsed);
}

/// `cis-audit | head -1`: the reader has what it wants.
#[test]
fn a_closed_pipe_is_no_error() {
    for arguments in [&["--demo"][..], &["--demo", "-f", "json"], &["rules"], &["explain", "3.4"]] {
        let cli = Cli::new().args(arguments);
        let mut command = cli.command();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
        assert!(!stderr.to_lowercase().contains("broken pipe"), "{arguments:?}: {stderr}");
        let wanted = if arguments[0] == "--demo" { 1 } else { 0 };
        assert_eq!(output.status.code(), Some(wanted), "{arguments:?}: the verdict is kept: {stderr}");
    }
}

/// A full disk is not a closed pipe: the report is lost, and that must be known.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let cli = Cli::new().arg("--demo");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = cli.command().stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(!stderr.is_empty() && !stderr.contains("panicked"), "{stderr}");
}

#[test]
fn as_many_twins_as_fit() {
    let mut account = Account::seed(&fresh_id());
    let topic = account.topic_arn("us-east-1", TOPIC);
    let twin = account.filter("3.4").clone();
    for number in 0..86 {
        let mut filter = twin.clone();
        filter.name = format!("twin-{number}");
        account.log_group().filters.push(filter);
    }
    for number in 0..1000 {
        let alarm = Alarm::new(&format!("twin-{number}"), NAMESPACE, rule("3.4").metric, &topic);
        account.region("us-east-1").alarms.push(alarm);
    }
    let run = audit_of(saved(account));
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.elapsed < Duration::from_secs(20), "{:?}", run.elapsed);
}
