use std::fs;
use std::path::Path;

use filter_pattern::{Candidate, Coverage, Pattern, aims_at, covers, explain};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    required: String,
    found: Vec<String>,
    answer: String,
    #[serde(default)]
    because: String,
}

fn parse(text: &str) -> Pattern {
    Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The engine's own cases, whose records are made after CloudTrail's.
#[test]
fn what_the_engine_decides_of_records_it_decides_of_events() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/filter-pattern/tests/patterns/cover.toml");
    let table: Table = toml::from_str(&fs::read_to_string(path).expect("the table")).expect("a table");
    let mut wrong = Vec::new();
    for case in &table.case {
        let found: Vec<Pattern> = case.found.iter().map(|text| parse(text)).collect();
        let candidates: Vec<Candidate<'_>> = found.iter().map(Candidate::new).collect();
        let (answer, witness) = match covers(&candidates, &parse(&case.required), events()) {
            Coverage::Covered => ("covered", String::new()),
            Coverage::Missed(witness) => ("missed", witness.to_json_line()),
            Coverage::Undecided(_) => ("undecided", String::new()),
        };
        if answer != case.answer || !witness.contains(&case.because) {
            wrong.push(format!("{}: {answer} {witness}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn example(text: &str) -> String {
    match covers(&[], &parse(text), events()) {
        Coverage::Missed(witness) => witness.to_json_line(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn an_event_is_shown_as_one_that_happens() {
    for (pattern, event) in [
        ("{ $.eventName = CreateTrail }", r#"{"eventSource":"cloudtrail.amazonaws.com","eventName":"CreateTrail"}"#),
        ("{ $.eventSource = kms* }", r#"{"eventSource":"kms.amazonaws.com","eventName":"Decrypt"}"#),
        (
            "{ $.eventName = ConsoleLogin && $.eventType = * }",
            r#"{"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","eventType":"AwsConsoleSignIn"}"#,
        ),
        (
            "{ $.userIdentity.sessionContext.attributes.mfaAuthenticated = * }",
            r#"{"userIdentity":{"type":"AssumedRole","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}},"eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances"}"#,
        ),
        (
            "{ $.userIdentity.type NOT EXISTS }",
            r#"{"userIdentity":{},"eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","eventType":"AwsServiceEvent"}"#,
        ),
    ] {
        assert_eq!(example(pattern), event, "{pattern}");
    }
}

#[test]
fn what_no_event_says_is_known() {
    for never in [
        "{ $.errorCode IS NULL }",
        "{ $.userIdentity NOT EXISTS }",
        "{ $.eventName = \"\" }",
        "{ $.readOnly = true }",
        "{ $.userIdentity.type NOT EXISTS && $.eventType = AwsApiCall }",
    ] {
        assert_eq!(covers(&[], &parse(never), events()), Coverage::Covered, "{never}");
    }
    let lines = explain(&parse("{ $.errorCode IS NULL }"), events());
    assert_eq!(lines.last().map(|line| line.text.as_str()), Some("no CloudTrail event does"));
}

#[test]
fn a_filter_aims_at_what_it_was_meant_for() {
    let required =
        parse("{ $.eventSource = ec2.amazonaws.com && ($.eventName = CreateVpc || $.eventName = DeleteVpc) }");
    for (text, aims) in [
        ("{ $.eventName = CreateVpc && $.userIdentity.userName = bob }", true),
        ("{ $.eventSource = ec2.amazonaws.com }", true),
        ("{ $.userIdentity.type = Root }", false),
        ("{ $.errorCode = AccessDenied* }", false),
    ] {
        assert_eq!(aims_at(&Candidate::new(&parse(text)), &required, events()), aims, "{text}");
    }
}
