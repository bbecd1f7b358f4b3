//! `cis-audit pattern …`: what it prints, and its exit codes, which scripts hang on.

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
    assert!(run.stderr.contains("character 16") && run.stderr.contains("               ^"), "{}", run.stderr);
}

const EVENTS: &str =
    "{\"eventName\":\"CreateTrail\"}\n{\"eventName\":\"DeleteTrail\"}\nnot json\n{\"eventName\":\"Delete-Trail\"}\n";

#[test]
fn matching_events_are_printed_as_they_were() {
    let of = |pattern: &str, more: &[&str]| {
        let run = Cli::new().args(&["pattern", "match", pattern]).args(more).stdin(EVENTS).run();
        (run.code, run.stdout)
    };
    assert_eq!(
        of("{ $.eventName = Delete* }", &[]),
        (Some(0), "{\"eventName\":\"DeleteTrail\"}\n{\"eventName\":\"Delete-Trail\"}\n".into())
    );
    assert_eq!(of("{ $.eventName = Delete* }", &["--count"]), (Some(0), "2\n".into()));
    assert_eq!(of("{ $.eventName = StopLogging }", &[]), (Some(1), String::new()));
    assert_eq!(of("", &["--count"]), (Some(0), "4\n".into()));
    let undecided = of("{ $.eventName = Delete*Trail }", &["-f", "json"]);
    let lines = "{\"matched\":false,\"event\":{\"eventName\":\"CreateTrail\"}}\n\
        {\"matched\":null,\"event\":{\"eventName\":\"DeleteTrail\"}}\n\
        {\"matched\":false,\"event\":\"not json\"}\n\
        {\"matched\":null,\"event\":{\"eventName\":\"Delete-Trail\"}}\n";
    assert_eq!(undecided, (Some(1), lines.into()));
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_rest_goes_on() {
    let cli = Cli::new().file("events.ndjson", EVENTS);
    let run = cli.args(&["pattern", "match", "{ $.eventName = CreateTrail }", "missing.ndjson", "events.ndjson"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), "{\"eventName\":\"CreateTrail\"}\n"));
    assert!(run.stderr.contains("missing.ndjson"), "{}", run.stderr);
}
