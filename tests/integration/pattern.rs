//! `cis-audit pattern …`: what it prints, and its exit codes, which scripts depend on.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::run::Cli;

fn cover(arguments: &[&str]) -> (Option<i32>, Value, String) {
    let run = Cli::new().args(&["pattern", "cover", "-f", "json"]).args(arguments).run();
    (run.code, serde_json::from_str(&run.stdout).unwrap_or(Value::Null), run.stderr)
}

#[test]
fn a_covering_pattern_exits_0() {
    let wider = "{ $.eventSource = iam.amazonaws.com }";
    let (code, answer, _) = cover(&[wider, "--rule", "3.4"]);
    assert_eq!(code, Some(0));
    assert_eq!(answer, json!({"covers": true, "broader": true, "witness": null, "undecided": null}));
    let (code, answer, _) = cover(&["--required", wider, "--", wider]);
    assert_eq!((code, &answer["broader"]), (Some(0), &json!(false)));
}

#[test]
fn a_pattern_that_misses_an_event_exits_1_and_shows_it() {
    let (code, answer, _) = cover(&["--rule", "kms-key-deletion", "--", "{ $.eventName = DisableKey }"]);
    assert_eq!(code, Some(1));
    assert_eq!(answer["covers"], json!(false));
    assert_eq!(
        answer["witness"]["event"],
        json!({"eventSource": "kms.amazonaws.com", "eventName": "ScheduleKeyDeletion"})
    );
}

#[test]
fn several_patterns_cover_together() {
    let (code, ..) = cover(&["{ $.eventName = DisableKey }", "{ $.eventName = ScheduleKeyDeletion }", "--rule", "3.7"]);
    assert_eq!(code, Some(0));
}

#[test]
fn events_that_are_excepted_need_not_be_matched() {
    let found = "{ ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) && $.readOnly IS FALSE && $.userIdentity.userName != terraform }";
    let missing = "{ $.userIdentity.userName NOT EXISTS }";
    let robot = "{ $.userIdentity.userName = terraform }";
    let (code, answer, _) = cover(&["--rule", "3.7", "--except", robot, found]);
    assert_eq!(code, Some(1), "{answer}");
    assert_eq!(answer["holes"][0]["causes"][0]["kind"], "missing", "{answer}");
    let (_, answer, _) = cover(&["--rule", "3.7", "--except", robot, "--except", missing, found]);
    assert_eq!(answer["only_in"], json!(["records before 2020"]), "{answer}");
}

#[test]
fn exceptions_that_leave_nothing_are_refused() {
    for except in [
        vec![""],
        vec!["terraform"],
        vec!["{ $.eventSource = \"*\" }"],
        vec!["{ $.eventName = DisableKey }", "{ $.eventName = ScheduleKeyDeletion }"],
    ] {
        let given: Vec<&str> = except.iter().flat_map(|except| ["--except", *except]).collect();
        let (code, _, stderr) = cover(&[&["--rule", "3.7"], &given[..], &["{ $.eventName = DisableKey }"]].concat());
        assert_eq!(code, Some(2), "{except:?}");
        assert!(stderr.starts_with("error: --except "), "{stderr}");
    }
}

#[test]
fn what_cannot_be_decided_exits_2_and_names_the_construct() {
    let (code, answer, _) = cover(&["{ $.eventName = Disable*Key || $.eventName = Schedule* }", "--rule", "3.7"]);
    assert_eq!(code, Some(2));
    assert_eq!(answer["covers"], Value::Null);
    assert!(answer["undecided"].is_string(), "{answer}");
}

#[test]
fn a_syntax_error_exits_2_with_its_place_and_prints_nothing() {
    let run = Cli::new().args(&["pattern", "cover", "{ $.eventName == x }", "--rule", "3.4"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("character 15") && run.stderr.contains("\n                ^^"), "{}", run.stderr);
}

/// What a document or a web page made of a pattern is reported, next to the error, on stderr alone.
#[test]
fn a_pasted_pattern_is_shown_with_its_cause_and_as_it_was_meant() {
    let refused = |arguments: &[&str]| {
        let run = Cli::new().args(&["pattern"]).args(arguments).stdin("").run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        run.stderr
    };
    let pasted = "{ $.eventName = “ConsoleLogin” &amp;&amp; $.userIdentity.invokedByNOT EXISTS }";
    insta::assert_snapshot!(refused(&["explain", pasted]), @r#"
    error: bad filter pattern at character 17: a character that needs double quotes
      { $.eventName = “ConsoleLogin” &amp;&amp; $.userIdentity.invokedByNOT E…
                      ^
    cause: typographic quotes in place of straight ones; HTML entities, such as &amp; for &; a missing blank in or before NOT EXISTS, IS NULL, IS TRUE or IS FALSE
    repaired: { $.eventName = "ConsoleLogin" && $.userIdentity.invokedBy NOT EXISTS }
    "#);
    let equals = "{ $.eventName == x }";
    for arguments in [
        &["match", equals][..],
        &["cover", equals, "--rule", "3.4"],
        &["cover", "--required", equals, "--", "{ $.a = 1 }"],
    ] {
        assert!(refused(arguments).ends_with("\nrepaired: { $.eventName = x }\n"), "{arguments:?}");
    }
    // Where it is unclear what was meant there is the error alone.
    assert_eq!(refused(&["explain", "{ $.a > word }"]).lines().count(), 3);
    // Nothing of a pattern may steer the terminal.
    let hostile = refused(&["explain", "{ $.a == \"x\u{202e}##vso[y]\" }"]);
    assert!(hostile.ends_with("\nrepaired: { $.a = \"x\\u{202e}#\\u{23}vso[y]\" }\n"), "{hostile}");
}

const EVENTS: &str =
    "{\"eventName\":\"CreateTrail\"}\n{\"eventName\":\"DeleteTrail\"}\nnot json\n{\"eventName\":\"Delete-Trail\"}\n";

#[test]
fn matching_events_are_printed_as_they_were() {
    let matching = |pattern: &str, more: &[&str]| {
        let run = Cli::new().args(&["pattern", "match", pattern]).args(more).stdin(EVENTS).run();
        (run.code, run.stdout)
    };
    assert_eq!(
        matching("{ $.eventName = Delete* }", &[]),
        (Some(0), "{\"eventName\":\"DeleteTrail\"}\n{\"eventName\":\"Delete-Trail\"}\n".into())
    );
    assert_eq!(matching("{ $.eventName = Delete* }", &["--count"]), (Some(0), "2\n".into()));
    assert_eq!(matching("{ $.eventName = StopLogging }", &[]), (Some(1), String::new()));
    assert_eq!(matching("", &["--count"]), (Some(0), "4\n".into()));
    let undecided = matching("{ $.eventName = Delete*Trail }", &["-f", "json"]);
    let lines = "{\"matched\":false,\"event\":{\"eventName\":\"CreateTrail\"}}\n\
        {\"matched\":null,\"event\":{\"eventName\":\"DeleteTrail\"}}\n\
        {\"matched\":false,\"event\":\"not json\"}\n\
        {\"matched\":null,\"event\":{\"eventName\":\"Delete-Trail\"}}\n";
    // It may be a match.
    assert_eq!(undecided, (Some(2), lines.into()));
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_rest_goes_on() {
    let cli = Cli::new().file("events.ndjson", EVENTS);
    let run = cli.args(&["pattern", "match", "{ $.eventName = CreateTrail }", "missing.ndjson", "events.ndjson"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), "{\"eventName\":\"CreateTrail\"}\n"));
    assert!(run.stderr.contains("missing.ndjson"), "{}", run.stderr);
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).expect("memory takes everything")
}

const DELIVERED: &str =
    "{\"Records\":[{\"eventName\":\"DeleteTrail\",\"apiVersion\":1.0},\n  {\n    \"eventName\": \"StopLogging\"\n  }]}";

#[test]
fn events_are_read_as_people_have_them() {
    let cli = Cli::new()
        .file("logs/2026/01/a.json", DELIVERED)
        .file("logs/2026/01/b.json.gz", packed(DELIVERED))
        .file("logs/2026/02/c.ndjson", EVENTS)
        .file("logs/notes.txt", "DeleteTrail");
    let run =
        cli.args(&["pattern", "match", "{ $.eventName = DeleteTrail || $.eventName = StopLogging }", "logs"]).run();
    let delivered = "{\"eventName\":\"DeleteTrail\",\"apiVersion\":1.0}\n{\"eventName\":\"StopLogging\"}\n";
    let wanted = format!("{delivered}{delivered}{{\"eventName\":\"DeleteTrail\"}}\n");
    assert_eq!((run.code, run.stdout), (Some(0), wanted));
    assert_eq!(
        run.stderr,
        "note: logs/notes.txt: not a CloudTrail event: text, at byte 0\nnote: logs/2026/02/c.ndjson: not a CloudTrail event: text, at byte 56\n"
    );
}

#[test]
fn a_no_never_comes_from_not_having_read() {
    let counted = |pattern: &str, input: &str| {
        let run = Cli::new().args(&["pattern", "match", pattern, "--count"]).stdin(input).run();
        (run.code, run.stderr)
    };
    let pattern = "{ $.eventName = StopLogging }";
    assert_eq!(counted(pattern, "{\"eventName\":\"DeleteTrail\"}\n"), (Some(1), String::new()));
    let none = "error: no event of CloudTrail was found in standard input\n";
    assert_eq!(counted(pattern, ""), (Some(2), none.into()));
    let log = "note: standard input: not events of CloudTrail: 2 times text, first at byte 0\n";
    assert_eq!(counted(pattern, "INFO a\nINFO b\n"), (Some(2), format!("{log}{none}")));
    // Where the text itself is asked about, any text is an event.
    assert_eq!(counted("StopLogging", "INFO a\n"), (Some(1), String::new()));
    // What matches was read, whatever it is.
    assert_eq!(counted("{ $.level = info }", "{\"level\":\"info\"}\n").0, Some(0));
}

#[test]
fn where_no_event_is_found_at_all_a_text_pattern_says_so() {
    for (input, note) in [
        ("", "no event was found in standard input"),
        (
            "{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\",\"s3\":{}}]}",
            "standard input: not a CloudTrail event: a notification of S3, at byte 0",
        ),
        (
            "{\"digestStartTime\":\"2026-01-05T08:00:00Z\",\"logFiles\":[]}",
            "standard input: not a CloudTrail event: a digest, which has hashes of files, at byte 0",
        ),
        (
            "{\"results\":[[{\"field\":\"eventName\",\"value\":\"x\"}]]}",
            "standard input: not a CloudTrail event: a query result without @message, at byte 0",
        ),
    ] {
        let run = Cli::new().args(&["pattern", "match", "StopLogging", "--count"]).stdin(input).run();
        assert_eq!((run.code, run.stderr), (Some(1), format!("note: {note}\n")), "{input}");
    }
}

#[test]
fn damaged_bytes_between_events_end_a_search_with_an_error() {
    let event = |name: &str| format!("{{\"eventVersion\":\"1.11\",\"eventName\":\"{name}\"}}");
    let (a, b) = (event("A"), event("B"));
    let fragment = "ame\":\"StopLogging\"}";
    for (input, at) in [
        (format!("{{\"Records\":[{a},{fragment},{b},{b}]}}"), 12 + a.len() + 1),
        (format!("{a}{fragment}{b}\n"), a.len()),
        (format!("{}\n{b}\n", &a[20..]), 0),
    ] {
        let run = Cli::new().args(&["pattern", "match", "{ $.eventName = StopLogging }"]).stdin(input.as_str()).run();
        let wanted = format!("error: standard input is damaged at byte {at}: an event that is ");
        assert_eq!(run.code, Some(2), "{input}");
        assert!(run.stderr.starts_with(&wanted), "{input}: {run:#?}");
    }
}

#[test]
fn packed_events_may_come_through_a_pipe() {
    let input = [packed(EVENTS), packed(DELIVERED)].concat();
    let run = Cli::new().args(&["pattern", "match", "{ $.eventName = Delete* }", "--count"]).stdin(input).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "3\n"));
}

#[test]
fn counts_say_what_became_of_everything() {
    let broken = packed(&"{\"eventName\":\"DeleteTrail\"}\n".repeat(1000));
    let cli = Cli::new()
        .file("events.ndjson", EVENTS)
        .file("broken.gz", &broken[..broken.len() - 6])
        .file("cut.json", "{\"Records\":[{\"eventName\":\"Delete-Trail\"},{\"eventName\":");
    let pattern = "{ $.eventName = Delete*Trail }";
    let run = cli
        .args(&[
            "pattern",
            "match",
            pattern,
            "-f",
            "json",
            "--count",
            "events.ndjson",
            "broken.gz",
            "cut.json",
            "missing",
        ])
        .run();
    let counts: Value = serde_json::from_str(&run.stdout).expect("one JSON object");
    let wanted = json!({"matched": 0, "not_matched": 2, "undecided": 1003, "not_json": 1, "too_long": 0, "files": 4, "errors": 3});
    assert_eq!((run.code, counts), (Some(2), wanted), "{}", run.stderr);
    let errors: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors[0].starts_with("error: broken.gz cannot be read beyond byte "), "{errors:?}");
    assert_eq!(errors[1], "error: cut.json is damaged at byte 41: ends inside an event or a list of events");
    assert!(errors[2].starts_with("error: cannot read missing: "), "{errors:?}");
}

#[test]
fn bytes_that_are_no_text_match_no_json_pattern() {
    let input = b"{\"eventName\":\"x\xff\"}\n\x00\x01\xfe\n{\"eventName\":\"x\"}\n".to_vec();
    let run = Cli::new().args(&["pattern", "match", "{ $.eventName = x* }", "--count"]).stdin(input.clone()).run();
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (
            Some(2),
            "1\n",
            "error: standard input is damaged at byte 0: an event that is no JSON\n\
             note: standard input: not a CloudTrail event: text, at byte 19\n"
        )
    );
    let run = Cli::new().args(&["pattern", "match", "eventName", "--count"]).stdin(input).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "2\n"));
}

#[test]
fn many_events_stay_in_their_order() {
    let events: String = (0..20_000).map(|n| format!("{{\"n\":{n},\"text\":\"{}\"}}\n", "x".repeat(n % 97))).collect();
    let run = Cli::new().args(&["pattern", "match", "{ $.n >= 0 }"]).stdin(events.clone()).run();
    assert_eq!((run.code, run.stdout == events), (Some(0), true));
}

#[test]
fn a_directory_without_events_is_an_error() {
    let cli = Cli::new().file("logs/.hidden.json", "{\"eventName\":\"DeleteTrail\"}");
    let run = cli.args(&["pattern", "match", "{ $.eventName = DeleteTrail }", "logs"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    let said = "note: logs: 1 hidden file or directory was left out\nerror: no files of events below logs\n";
    assert_eq!(run.stderr, said);
    // Whatever a file is called, it is read.
    let cli = Cli::new().file("logs/events.log.1", "{\"eventName\":\"DeleteTrail\"}\n");
    let run = cli.args(&["pattern", "match", "{ $.eventName = DeleteTrail }", "--count", "logs"]).run();
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "1\n", ""));
}

#[test]
fn a_pattern_is_explained_in_words() {
    let pattern = "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") && ($.eventName != HeadBucket) && $.readOnly = false }";
    let run = Cli::new().args(&["pattern", "explain", pattern]).run();
    insta::assert_snapshot!(run.stdout, @r#"
    an event matches if any of these holds:
    - errorCode ends with "UnauthorizedOperation"
    - all of these hold:
      - errorCode begins with "AccessDenied"
      - eventName is a text or a number other than "HeadBucket"
      - readOnly is the text "false", not the boolean (never the case in a CloudTrail event)
    "#);
    assert_eq!(run.code, Some(0));
    let terms = Cli::new().args(&["pattern", "explain", "--", "?ERROR timeout -\"two words\""]).run();
    insta::assert_snapshot!(terms.stdout, @r#"
    an event matches if its text, anywhere in it and in the same letter case,
    - contains "timeout"
    - does not contain "two words"
    - any number of "ERROR" (optional terms count only if there are no others)
    "#);
    let columns =
        Cli::new().args(&["pattern", "explain", "[ip, , status = 4* || status = 5*, ..., bytes > 1000]"]).run();
    insta::assert_snapshot!(columns.stdout, @r#"
    an event matches if it has at least 4 space-separated fields, and of these
    - ip of any kind
    - one of any kind
    - status begins with "4", or status begins with "5"
    - any number more
    - bytes is a number greater than 1000
    "#);
    let impossible = Cli::new().args(&["pattern", "explain", "{ $.errorCode IS NULL }"]).run();
    insta::assert_snapshot!(impossible.stdout, @r#"
    an event matches if errorCode is null, or a list that contains a null
    no CloudTrail event does
    "#);
}

#[test]
fn the_version_of_the_benchmark_decides_what_is_demanded() {
    let single_sign_on = "{ ($.eventName = ConsoleLogin) && ($.additionalEventData.MFAUsed != \"Yes\") && ($.userIdentity.type = IAMUser) && ($.responseElements.ConsoleLogin = Success) }";
    let (code, answer, _) = cover(&[single_sign_on, "--rule", "3.2"]);
    assert_eq!((code, &answer["covers"]), (Some(1), &json!(false)));
    for (version, rule) in [("1.4.0", "4.2"), ("7.0.0", "5.2"), ("5.0.0", "console-sign-in-without-mfa")] {
        let (code, answer, _) = cover(&[single_sign_on, "--rule", rule, "--benchmark", version]);
        assert_eq!((code, &answer["covers"]), (Some(0), &json!(true)), "{version}");
    }
    let (code, _, stderr) = cover(&[single_sign_on, "--rule", "3.2", "--benchmark", "5.0.0"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("no control 3.2 in version 5.0.0: 3.2 of version 1.2.0 is 4.2 here"), "{stderr}");
    let (code, _, stderr) = cover(&[single_sign_on, "--rule", "3.2", "--benchmark", "8.0.0"]);
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("[possible values: 1.2.0, 1.3.0, 1.4.0, 1.5.0, 2.0.0, 3.0.0, 4.0.1, 5.0.0, 6.0.0, 7.0.0]"),
        "{stderr}"
    );
}

#[test]
fn an_audit_follows_the_version_of_the_benchmark() {
    let run = Cli::new().args(&["--demo", "--benchmark", "5.0.0", "-f", "json"]).run();
    let report: Value = serde_json::from_str(&run.stdout).expect("a report");
    assert_eq!((run.code, &report["benchmark"]), (Some(1), &json!("5.0.0")));
    let results = report["results"].as_array().expect("findings");
    let finding = |slug: &str| results.iter().find(|finding| finding["slug"] == slug).expect("a finding");
    assert_eq!(results.len(), 16);
    assert_eq!(finding("organizations-changes")["rule"], json!("4.15"));
    assert_eq!(finding("security-hub-enabled")["status"], json!("pass"));
    assert_eq!(finding("unauthorized-api-calls")["level"], json!(2));
    // Its filter does not know of the call that this version adds.
    assert_eq!(finding("security-group-changes")["witness"]["event"]["eventName"], json!("ModifySecurityGroupRules"));
}

#[test]
fn a_control_is_explained_beside_its_other_versions() {
    let run = Cli::new().args(&["explain", "5.10", "--benchmark", "6.0.0"]).run();
    let versions: Vec<&str> = run.stdout.lines().skip_while(|line| !line.starts_with("In each version")).collect();
    insta::assert_snapshot!(versions.join("\n"), @r"
    In each version of the benchmark
    1.2.0         3.10  level 2  requires fewer events
    1.3.0–4.0.1   4.10  level 2  requires fewer events
    5.0.0         4.10  level 2  requires the events above
    6.0.0–7.0.0   5.10  level 2  requires the events above
    ");
}

/// A "no" never comes from not having read.
#[test]
fn an_event_that_is_no_json_is_named_with_its_place() {
    let good = "{\"eventVersion\":\"1.08\",\"eventName\":\"ListUsers\"}\n";
    let bad = "{\"eventVersion\":\"1.08\",\"eventName\":\"DeleteTrail\",\"readOnly\":fals}\n";
    let run = |text: String, more: &[&str]| {
        let cli = Cli::new().file("events.ndjson", text);
        cli.args(&["pattern", "match", "{ $.eventName = DeleteTrail }", "--count", "events.ndjson"]).args(more).run()
    };
    let broken = run(format!("{good}{bad}{good}{bad}"), &[]);
    let said = "error: events.ndjson is damaged at byte 48: an event that is no JSON (2 in all)\n";
    assert_eq!((broken.code, broken.stdout.as_str(), broken.stderr.as_str()), (Some(2), "0\n", said));
    // What cannot match whatever it is need not be read.
    let other = run(format!("{good}{}", bad.replace("DeleteTrail", "Other")), &[]);
    assert_eq!((other.code, other.stderr.as_str()), (Some(1), ""));
    let twice = good.replace("ListUsers\"", "DeleteTrail\",\"eventName\":\"x\"");
    let undecided = run(twice, &[]);
    let said = "warning: 1 event could not be decided\n";
    assert_eq!((undecided.code, undecided.stderr.as_str()), (Some(2), said));
    let long = run(format!("{good}{{\"eventVersion\":\"1.08\",\"x\":\"{}\"}}\n", "y".repeat(17 << 20)), &[]);
    let said = "error: events.ndjson: 1 event is longer than 16 MiB, and not read\n";
    assert_eq!((long.code, long.stderr.as_str()), (Some(2), said));
}

#[cfg(unix)]
#[test]
fn links_in_a_directory_are_not_passed_over_in_silence() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    std::fs::create_dir_all(path("events")).expect("a directory");
    std::fs::create_dir_all(path("elsewhere")).expect("a directory");
    std::fs::write(path("events/a.ndjson"), "{\"eventVersion\":\"1.08\",\"eventName\":\"x\"}\n").expect("a file");
    std::os::unix::fs::symlink(path("elsewhere"), path("events/more")).expect("a link");
    let events = path("events").display().to_string();
    let run = || Cli::new().args(&["pattern", "match", "{ $.eventName = x }", "--count", &events]).run();
    let said = format!("note: {events}: links to directories were not followed: name what they lead to\n");
    assert_eq!((run().code, run().stderr), (Some(0), said));
    std::os::unix::fs::symlink(path("nowhere"), path("events/b.json")).expect("a link");
    let run = run();
    assert!(run.code == Some(2) && run.stderr.contains("b.json: "), "{run:#?}");
}
