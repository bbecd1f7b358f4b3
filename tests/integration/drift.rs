//! What changed between two reports, and a gate that fails for what is new only.

use std::fs;

use serde_json::{Value, json};

use crate::support::run::{Cli, Run};

/// The built-in account.
const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");

/// The built-in account a day later: someone switched one alarm off, deleted another, replaced a third, and confirmed
/// the network team's subscription.
fn a_day_later() -> String {
    let mut account: Value = serde_json::from_str(DEMO).expect("the fixture");
    account["collected_at"] = json!("2026-01-06T09:00:00Z");
    let alarms = account["alarms"][0]["metric_alarms"].as_array_mut().expect("a list");
    alarms.retain(|alarm| alarm["name"] != "cis-console-sign-in-failures");
    for alarm in alarms {
        match alarm["name"].as_str() {
            Some("cis-cloudtrail-changes") => alarm["actions"]["enabled"] = json!(false),
            Some("cis-config-changes") => {
                alarm["name"] = json!("config");
                alarm["arn"] = json!("arn:aws:cloudwatch:us-east-1:111122223333:alarm:config");
            }
            _ => {}
        }
    }
    let topics = account["topics"].as_array_mut().expect("a list");
    let topic = topics.iter_mut().find(|topic| topic["arn"].as_str().is_some_and(|arn| arn.ends_with("network-team")));
    let subscription = &mut topic.expect("the topic")["subscriptions"][0];
    subscription["arn"] = json!("arn:aws:sns:us-east-1:111122223333:network-team:1f0f2a0c-9d3e-4a53-8f6b-0c7a1e5d2b44");
    subscription["attributes"] = json!({});
    account.to_string()
}

fn report_of(account: &str, arguments: &[&str]) -> String {
    Cli::new().stdin(account).args(&["--snapshot", "-", "-f", "json"]).args(arguments).run().stdout
}

fn diff(old: &str, new: &str, arguments: &[&str]) -> Run {
    Cli::new().file("old.json", old).file("new.json", new).args(&["diff", "old.json", "new.json"]).args(arguments).run()
}

#[test]
fn what_changed_in_a_day() {
    let run = diff(&report_of(DEMO, &[]), &report_of(&a_day_later(), &[]), &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(run.stdout, @"
    Changes · CIS AWS Foundations 1.2.0
        2026-01-05 09:00 UTC → 2026-01-06 09:00 UTC

      3.5   ✗ newly failing  cloudtrail-changes        alarm.actions_disabled
          the actions of alarm cis-cloudtrail-changes are disabled
      3.6   ? reason changed  console-sign-in-failures
          alarm.other_namespace → alarm.none
          no alarm watches metric CISBenchmark/AuthenticationFailuresDetected
      3.10  ✓ fixed          security-group-changes    was subscription.pending

    Resources that joined (+) or left (-) the chains
      - alarm           cis-config-changes                                       3.9
      - alarm           cis-console-sign-in-failures                             3.6
      + alarm           config                                                   3.9

    Since 2026-01-05: 1 newly failing (3.5), 1 reason changed (3.6), 1 fixed (3.10),
        3 still failing (3.4, 3.7, 3.8)
    ");
    let run = diff(&report_of(DEMO, &[]), &report_of(&a_day_later(), &[]), &["-q", "--ascii"]);
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.stdout, @"
    Since 2026-01-05: 1 newly failing (3.5), 1 reason changed (3.6), 1 fixed (3.10),
        3 still failing (3.4, 3.7, 3.8)
    ");
}

#[test]
fn what_changed_in_json() {
    let run = diff(&report_of(DEMO, &[]), &report_of(&a_day_later(), &[]), &["-f", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["old"], json!({"benchmark": "1.2.0", "collected_at": "2026-01-05T09:00:00Z"}));
    assert_eq!(
        document["summary"],
        json!({
            "newly_failing": 1, "newly_unknown": 0, "reason_changed": 1, "fixed": 1, "newly_waived": 0, "new": 0,
            "gone": 0, "still_failing": 3, "still_unknown": 0
        })
    );
    assert_eq!(
        document["changes"][0],
        json!({
            "change": "newly_failing", "account_id": "111122223333", "region": "us-east-1", "rule": "3.5",
            "slug": "cloudtrail-changes", "old": {"status": "pass", "reason": null},
            "new": {"status": "fail", "reason": {
                "code": "alarm.actions_disabled",
                "message": "the actions of alarm cis-cloudtrail-changes are disabled",
                "resource": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:cis-cloudtrail-changes"
            }}
        })
    );
    assert_eq!(
        document["resources"][0],
        json!({
            "change": "left", "account_id": "111122223333", "link": "alarm",
            "resource": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:cis-config-changes", "rules": ["3.9"]
        })
    );
}

#[test]
fn nothing_changed_from_a_report_to_itself() {
    for arguments in [&[][..], &["--show-endpoints"], &["--benchmark", "4.0.1"]] {
        let run = diff(&report_of(DEMO, &[]), &report_of(DEMO, arguments), &["-f", "json"]);
        assert_eq!(run.stderr, "");
        let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
        let summary = &document["summary"];
        assert_eq!((&summary["still_failing"], &summary["fixed"]), (&json!(5), &json!(0)), "{arguments:?}");
        assert_eq!(document["resources"], json!([]), "{arguments:?}");
    }
    let run = diff(&report_of(DEMO, &[]), &report_of(DEMO, &[]), &[]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.stdout.ends_with("\n\n  nothing new\n\nSince 2026-01-05: 5 still failing (3.4, 3.6–3.8, 3.10)\n"),
        "{}",
        run.stdout
    );
}

/// The gate: old failures are known, new ones count.
#[test]
fn with_a_baseline_only_new_failures_fail() {
    let baseline = report_of(DEMO, &[]);
    let audit = |account: &str, arguments: &[&str]| {
        let cli = Cli::new().file("baseline.json", &baseline).file("account.json", account);
        cli.args(&["--snapshot", "account.json", "--baseline", "baseline.json"]).args(arguments).run()
    };
    let run = audit(DEMO, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("  3.4   ✗ known    IAM policy changes               metric_filter.misses_events\n"));
    assert!(run.stdout.contains("\n✗ 3.4  IAM policy changes (known)\n"));
    assert!(!run.stdout.contains("FAIL"), "{}", run.stdout);
    let run = audit(&a_day_later(), &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("  3.5   ✗ FAIL     CloudTrail changes               alarm.actions_disabled\n"));
    assert!(run.stdout.contains("\n  3.5   ✗ newly failing  cloudtrail-changes"), "{}", run.stdout);
    let document: Value = serde_json::from_str(&audit(&a_day_later(), &["-f", "json"]).stdout).expect("JSON");
    assert_eq!(document["drift"]["summary"]["newly_failing"], 1);
    assert_eq!(document["summary"]["fail"], 5);
    // Controls that were not asked for are not gone.
    let run = audit(&a_day_later(), &["--rule", "3.4", "-q"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), "1 control: 0 pass, 1 fail (3.4)\nSince 2026-01-05: 1 still failing (3.4)\n")
    );
}

/// A baseline of another account knows nothing of this one.
#[test]
fn failures_of_another_account_are_not_known() {
    let baseline = report_of(&DEMO.replace("111122223333", "444455556666"), &[]);
    let run = Cli::new().file("old.json", baseline).args(&["--demo", "--baseline", "old.json", "-q"]).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stdout.contains("Since 2026-01-05: 5 newly failing (3.4, 3.6–3.8, 3.10), 9 new"), "{}", run.stdout);
}

/// What cannot be read any more is not fixed, and an open gate would hide it.
#[test]
fn a_new_unknown_leaves_the_comparison_unfinished() {
    let mut account: Value = serde_json::from_str(DEMO).expect("the fixture");
    account["gaps"] = json!([{
        "account_id": "111122223333", "region": "us-east-1", "operation": "sns:ListSubscriptionsByTopic",
        "resource": "arn:aws:sns:us-east-1:111122223333:network-team", "code": "AuthorizationError", "message": "denied"
    }]);
    for topic in account["topics"].as_array_mut().expect("a list") {
        if topic["arn"] == "arn:aws:sns:us-east-1:111122223333:network-team" {
            topic["subscriptions"] = Value::Null;
        }
    }
    let run = diff(&report_of(DEMO, &[]), &report_of(&account.to_string(), &[]), &["-q"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stdout.starts_with("Since 2026-01-05: 1 newly unknown (3.10), 4 still failing"), "{}", run.stdout);
}

/// Were the baseline replaced by every run, the same failure would pass at the second.
#[test]
fn a_report_never_replaces_its_baseline() {
    let baseline = report_of(DEMO, &[]);
    let cli = Cli::new().file("report.json", &baseline).file("account.json", a_day_later());
    let cli = cli.args(&["--snapshot", "account.json", "--baseline", "report.json", "-f", "json=report.json"]);
    let run = cli.run();
    assert_eq!(run.code, Some(2));
    assert_eq!(run.stderr, "error: report.json is an input: give the output another name\n");
    assert_eq!(fs::read_to_string(cli.home().join("report.json")).expect("the baseline"), baseline);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let report = report_of(DEMO, &[]);
    for (old, message) in [
        (
            DEMO.to_owned(),
            "old.json: a saved account, not a report: `cis-audit --snapshot FILE -f json` makes one of it",
        ),
        ("{}".to_owned(), "old.json: not a cis-audit report: it has no results"),
        (
            report.replacen("\"schema_version\": 1", "\"schema_version\": 3", 1),
            "old.json: written by a newer cis-audit (schema_version 3; this one reads 1)",
        ),
        (
            report_of(DEMO, &["--verdict", "effective"]),
            "the reports use different verdicts (effective and cis): audit again with the same --verdict",
        ),
        (report[..report.len() / 2].to_owned(), "old.json: line "),
    ] {
        let run = diff(&old, &report, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{message}");
        assert!(run.stderr.starts_with(&format!("error: {message}")), "{}", run.stderr);
        let audit = Cli::new().file("old.json", &old).args(&["--demo", "--baseline", "old.json"]).run();
        assert_eq!((audit.code, audit.stdout.as_str()), (Some(2), ""), "{message}");
    }
    let both = Cli::new().stdin(report).args(&["diff", "-", "-"]).run();
    assert_eq!(both.stderr, "error: only one of the two reports can be read from standard input\n");
}

/// Reports are files too: what they say cannot write to the terminal.
#[test]
fn names_of_a_report_are_escaped() {
    let report = report_of(DEMO, &[]);
    let hostile = report.replace("cloudtrail-changes", "\\u001b[2J\\r\\nFAKE").replace("alarm.other", "\\u202ealarm");
    let run = diff(&hostile, &report, &["-v"]);
    assert_eq!(
        run.stdout.chars().find(|letter| (letter.is_control() && *letter != '\n') || *letter == '\u{202e}'),
        None
    );
    assert!(!run.stdout.lines().any(|line| line.starts_with("FAKE")), "{}", run.stdout);
}

/// A report that someone else wrote gives no orders to the runner of a pipeline.
#[test]
fn a_hostile_report_gives_no_commands() {
    let old = Cli::new().args(&["--demo", "-f", "json"]).run().stdout;
    let new = old.replacen("\"status\": \"pass\"", "\"status\": \"x\\n::error::forged\"", 1);
    let run = Cli::new().file("old.json", &old).file("new.json", &new).args(&["diff", "old.json", "new.json"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    for line in run.stderr.lines().chain(run.stdout.lines()) {
        assert!(!line.trim_start().starts_with("::"), "{line}");
    }
}
