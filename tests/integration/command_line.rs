//! The command line: help, hints for what others call otherwise, options about AWS on either side of a command, and what
//! `--debug` shows.

use crate::support::account::Account;
use crate::support::fault::{Fault, FaultRule};
use crate::support::run::{Cli, Run};
use crate::support::stage::{Stage, fresh_id};

fn run(arguments: &[&str]) -> Run {
    Cli::new().env("COLUMNS", "80").args(arguments).run()
}

/// Of a command line that is refused: the lines of hints.
fn hints(arguments: &[&str]) -> Vec<String> {
    let run = run(arguments);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
    run.stderr.lines().filter_map(|line| line.trim_start().strip_prefix("tip: ")).map(str::to_owned).collect()
}

#[test]
fn help_is_a_command() {
    let help = run(&["help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""), "{help:#?}");
    assert_eq!(help.stdout, run(&["--help"]).stdout);
    assert_eq!(run(&["help", "snapshot"]).stdout, run(&["snapshot", "--help"]).stdout);
    assert_eq!(run(&["help", "pattern", "cover"]).stdout, run(&["pattern", "cover", "--help"]).stdout);
    assert_eq!(run(&["help", "help"]).stdout, help.stdout);
}

#[test]
fn the_main_help_lists_commands_in_groups() {
    let help = run(&["-h"]).stdout;
    let start = help.find("Commands for").expect("the first group");
    let end = help.find("\nOptions:").expect("options follow");
    let listed: Vec<&str> = help[start..end].lines().map(|line| line.split("  ").nth(1).unwrap_or(line)).collect();
    let wanted = [
        "Commands for controls and patterns:",
        "rules",
        "explain",
        "pattern",
        "replay",
        "",
        "Commands for accounts and reports:",
        "snapshot",
        "diff",
        "merge",
        "check",
        "",
        "Commands for what is missing:",
        "template",
        "undo",
        "policy",
        "",
        "Other commands:",
        "schema",
        "completions",
        "man",
        "help",
    ];
    assert_eq!(listed, wanted);
}

#[test]
fn help_fits_a_terminal_of_eighty_columns() {
    for arguments in [&["help"][..], &["-h"], &["help", "snapshot"], &["help", "explain"], &["help", "template"]] {
        let help = run(arguments).stdout;
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
    }
}

#[test]
fn other_auditors_words_for_an_audit_say_that_none_is_needed() {
    for word in ["scan", "audit", "check-account", "run", "aws"] {
        let wanted = "the audit needs no command: run `cis-audit`, or `cis-audit --profile NAME`";
        assert_eq!(hints(&[word]), [wanted], "{word}");
        assert_eq!(hints(&["--region", "eu-west-1", word]), [wanted], "{word}");
        assert_eq!(hints(&["help", word]), [wanted], "{word}");
    }
}

#[test]
fn the_words_of_others_for_commands_name_ours() {
    for (word, wanted) in [
        ("fix", "`cis-audit --fix` plans what is missing, shows it, asks, and creates it"),
        ("list-checks", "`cis-audit rules` lists the controls, and `cis-audit explain` the reason codes too"),
        ("rollback", "`cis-audit undo JOURNAL` removes what a fix created"),
        ("terraform", "`cis-audit template terraform` or `cis-audit template cloudformation` writes one"),
        ("account.json", "`cis-audit --snapshot FILE` audits a saved account"),
        ("3.4", "`cis-audit --rule 3.4` audits that control alone, `cis-audit explain 3.4` shows it"),
        ("trail.none", "`cis-audit explain trail.none` says what it means"),
    ] {
        assert_eq!(hints(&[word]), [wanted], "{word}");
    }
}

#[test]
fn the_options_of_others_name_ours() {
    let level = "controls are chosen by the benchmark's level, not by severity: `--level 1` or `--level 2`";
    let format = "`-f FORMAT` or `-f FORMAT=FILE` chooses the format, such as `-f json` or `-f html=report.html`";
    for (option, wanted) in [
        (&["--severity", "high"][..], level),
        (&["--severity=high"], level),
        (&["--profile-name", "prod"], "`--profile NAME` uses a profile of the AWS config files"),
        (&["--checks", "3.4"], "`--rule 3.1-3.5` or `--rule NAME` chooses controls"),
        (
            &["--compliance", "cis_1.4_aws"],
            "`--benchmark VERSION` chooses the version of the CIS AWS Foundations Benchmark",
        ),
        (&["--mutelist-file", "x"], "`--waivers FILE` accepts failures until they expire"),
        (&["-M", "csv"], format),
        (&["--export", "csv"], format),
        (&["--auto-approve"], "`--yes` does not ask"),
        (&["--list-checks"], "`cis-audit rules` lists the controls"),
    ] {
        assert_eq!(hints(option), [wanted], "{option:?}");
    }
}

#[test]
fn a_hint_names_no_option_that_the_command_lacks() {
    assert_eq!(hints(&["snapshot", "--severity", "high"]), [""; 0]);
    assert_eq!(hints(&["pattern", "scan"]), [""; 0]);
}

#[test]
fn a_slip_of_the_hand_gets_what_is_spelled_alike() {
    assert_eq!(hints(&["snapshto"]), ["a similar subcommand exists: 'snapshot'"]);
    assert_eq!(hints(&["--regoin", "eu-west-1"]), ["a similar argument exists: '--region'"]);
}

#[test]
fn options_about_aws_mean_the_same_before_and_after_a_command() {
    let wanted =
        "error: no profile `prod` in the AWS config files: `aws configure list-profiles` shows those that exist\n";
    for arguments in [
        &["snapshot", "--profile", "prod"][..],
        &["--profile", "prod", "snapshot"],
        &["--profile=prod", "--region", "eu-west-1", "--skip-optional", "--debug", "snapshot"],
        &["--region", "eu-west-1", "snapshot", "--profile", "prod"],
        &["--role-arn", "arn:aws:iam::111122223333:role/audit", "--profile", "prod", "snapshot", "--external-id", "x"],
        &["--profile", "prod", "template", "terraform"],
    ] {
        let run = run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(2), wanted), "{arguments:?}");
    }
}

#[test]
fn a_value_that_is_called_like_a_command_is_a_value() {
    let run = run(&["--profile", "snapshot"]);
    assert!(run.stderr.starts_with("error: no profile `snapshot` in "), "{run:#?}");
}

#[test]
fn a_command_that_reads_no_account_says_so_on_either_side() {
    let wanted = ["`rules` does not read an account of AWS: leave --profile out"];
    assert_eq!(hints(&["rules", "--profile", "prod"]), wanted);
    assert_eq!(hints(&["--profile", "prod", "rules"]), wanted);
}

#[test]
fn other_options_of_the_audit_before_a_command_are_refused() {
    let run = run(&["--demo", "snapshot"]);
    assert!(run.stderr.starts_with("error: the subcommand 'snapshot' cannot be used with '--demo'\n"), "{run:#?}");
}

/// A line of `--debug` without its time.
fn timeless(line: &str) -> Option<String> {
    let (what, rest) = line.strip_prefix("debug: ")?.split_once(" in ")?;
    let (time, rest) = rest.split_once(" ms")?;
    time.parse::<u32>().ok()?;
    Some(format!("{what}{rest}"))
}

#[test]
fn debug_shows_each_request_with_its_status_time_and_attempt() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let run = stage.cli().args(&["--debug", "-q"]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let mut lines: Vec<String> =
        run.stderr.lines().map(|line| timeless(line).unwrap_or_else(|| panic!("{line}"))).collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @r"
    cloudtrail DescribeTrails us-east-1: 200, attempt 1
    cloudtrail GetEventSelectors us-east-1: 200, attempt 1
    cloudtrail GetTrailStatus us-east-1: 200, attempt 1
    logs DescribeMetricFilters us-east-1: 200, attempt 1
    monitoring DescribeAlarms us-east-1: 200, attempt 1
    monitoring ListAlarmMuteRules us-east-1: 200, attempt 1
    sns GetSubscriptionAttributes us-east-1: 200, attempt 1
    sns GetTopicAttributes us-east-1: 200, attempt 1
    sns ListSubscriptionsByTopic us-east-1: 200, attempt 1
    sts GetCallerIdentity us-east-1: 200, attempt 1
    ");
}

/// The lines of `--debug` about one operation, without their times.
fn shown_of(operation: &str, fault: FaultRule) -> Vec<String> {
    let stage = Stage::fake_with_faults(Account::seed(&fresh_id()), vec![fault]);
    let run = stage.cli().args(&["--debug", "--timeout", "1"]).run();
    let lines = run.stderr.lines().filter_map(timeless).filter(|line| line.contains(operation));
    lines.collect()
}

#[test]
fn debug_shows_every_attempt() {
    let shown = shown_of("DescribeTrails", FaultRule::first("cloudtrail:DescribeTrails", 1, Fault::Throttled));
    let wanted =
        ["cloudtrail DescribeTrails us-east-1: 400, attempt 1", "cloudtrail DescribeTrails us-east-1: 200, attempt 2"];
    assert_eq!(shown, wanted);
}

#[test]
fn debug_shows_what_was_refused() {
    let shown = shown_of("DescribeTrails", FaultRule::always("cloudtrail:DescribeTrails", Fault::Denied));
    assert_eq!(shown, ["cloudtrail DescribeTrails us-east-1: 400, attempt 1"]);
}

#[test]
fn debug_shows_what_was_given_up() {
    let shown = shown_of("DescribeTrails", FaultRule::always("cloudtrail:DescribeTrails", Fault::Hang));
    assert_eq!(shown, ["cloudtrail DescribeTrails us-east-1: given up, attempt 1"]);
}

#[test]
fn debug_shows_no_secret_and_changes_no_report() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let run = stage
        .cli()
        .env("AWS_SECRET_ACCESS_KEY", "5ecret-key")
        .env("AWS_SESSION_TOKEN", "5ecret-token")
        .arg("--debug")
        .run();
    assert!(!run.stderr.contains("5ecret") && !run.stderr.contains("Signature"), "{run:#?}");
    assert!(!run.stderr.contains("AKIA") && !run.stderr.contains('@'), "{run:#?}");
    assert!(!run.stdout.contains("debug:"), "{run:#?}");
}

#[test]
fn what_is_no_saved_account_says_so_and_how_to_make_one() {
    let make = "make one with `cis-audit snapshot -o FILE`";
    let refused = |text: &[u8]| {
        let cli = Cli::new().file("a.json", text);
        let run = cli.args(&["--snapshot", "a.json"]).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
        run.stderr
    };
    let report = run(&["--demo", "-f", "json"]).stdout;
    let plan = run(&["--demo", "--fix", "--dry-run", "-f", "json"]).stdout;
    for (text, why) in [
        (&b""[..], "it is empty"),
        (b"AWSTemplateFormatVersion: 2010-09-09", "it is not JSON"),
        (b"[]", "it is not a JSON object"),
        (b"{}", "it has no schema_version"),
        (b"{\"schema_version\": 1}", "line 1, column 21: missing field `collected_at`"),
        (b"{", "line 1, column 1: EOF while parsing an object"),
        (b"\xff\xfe", "not UTF-8 text (byte 0)"),
        (report.as_bytes(), "it is a report"),
        (plan.as_bytes(), "it is a plan"),
    ] {
        assert_eq!(refused(text), format!("error: a.json: not a saved account: {why}; {make}\n"));
    }
}

#[test]
fn a_cause_is_printed_once() {
    for (arguments, wanted) in [
        (&["--snapshot", "none"][..], "error: cannot open none: No such file or directory (os error 2)\n"),
        (&["--snapshot", "."], "error: .: cannot read it: Is a directory (os error 21)\n"),
        (&["--demo", "--waivers", "none"], "error: cannot read none: No such file or directory (os error 2)\n"),
        (&["--demo", "--baseline", "none"], "error: cannot read none: No such file or directory (os error 2)\n"),
        (&["--demo", "--rules", "none"], "error: cannot read none: No such file or directory (os error 2)\n"),
        (&["diff", "none", "none"], "error: cannot read none: No such file or directory (os error 2)\n"),
        (&["undo", "none"], "error: cannot read none: No such file or directory (os error 2)\n"),
        (&["--fix", "--apply", "none"], "error: cannot read none: No such file or directory (os error 2)\n"),
        (&["pattern", "match", "x", "none"], "error: cannot read none: No such file or directory (os error 2)\n"),
    ] {
        let run = run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(2), wanted), "{arguments:?}");
    }
}
