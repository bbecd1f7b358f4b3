use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use filter_pattern::{Candidate, Coverage, Pattern, aims_at, covers, explain};
use serde::Deserialize;

use super::*;

mod record;

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
        (
            "{ $.eventName = GetMacieSession }",
            r#"{"eventSource":"macie2.amazonaws.com","eventName":"GetMacieSession"}"#,
        ),
        ("{ $.eventSource = kms* }", r#"{"eventSource":"kms.amazonaws.com","eventName":"DisableKey"}"#),
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
            r#"{"userIdentity":{},"eventSource":"ec2.amazonaws.com","eventName":"RunInstances","eventType":"AwsServiceEvent"}"#,
        ),
        ("{ $.userIdentity NOT EXISTS }", r#"{"eventType":"AwsCloudTrailInsight"}"#),
    ] {
        assert_eq!(example(pattern), event, "{pattern}");
    }
}

#[test]
fn what_no_event_says_is_known() {
    for never in [
        "{ $.errorCode IS NULL }",
        "{ $.recipientAccountId NOT EXISTS }",
        "{ $.eventName = \"\" }",
        "{ $.readOnly = true }",
        "{ $.eventType = AwsVpceEvents }",
        "{ $.additionalEventData.MFAUsed = no }",
        "{ $.eventName = ConsoleLogin && $.eventType != AwsConsoleSignIn }",
        "{ $.eventName = ConsoleLogin && $.eventSource != signin.amazonaws.com }",
        "{ $.eventName = ConsoleLogin && $.responseElements.ConsoleLogin NOT EXISTS }",
        "{ $.eventName = ConsoleLogin && $.userIdentity.type NOT EXISTS }",
        "{ $.eventName = ConsoleLogin && $.errorMessage = \"Failed authentication\" && $.responseElements.ConsoleLogin = Success }",
        "{ $.additionalEventData.SamlProviderArn = * && $.userIdentity.type = IAMUser }",
        "{ $.eventName = PutRolePolicy && $.eventType = AwsServiceEvent }",
        "{ $.eventName = PutRolePolicy && $.readOnly IS TRUE }",
        "{ $.eventName = PutRolePolicy && $.eventCategory = Data }",
        "{ $.eventCategory = NetworkActivity && $.eventType = AwsApiCall }",
        "{ $.userIdentity.type = Root && $.userIdentity.arn NOT EXISTS }",
        "{ $.eventName NOT EXISTS && $.eventType = AwsApiCall }",
        "{ $.eventName NOT EXISTS && $.errorCode = AccessDenied }",
    ] {
        assert_eq!(covers(&[], &parse(never), events()), Coverage::Covered, "{never}");
    }
    let lines = explain(&parse("{ $.errorCode IS NULL }"), events());
    assert_eq!(lines.last().map(|line| line.text.as_str()), Some("no CloudTrail event does"));
}

#[test]
fn what_hardly_ever_happens_is_called_so() {
    for (pattern, exception) in [
        ("{ $.eventType = AwsApiCall && $.readOnly NOT EXISTS }", "records before 2020"),
        ("{ $.eventType = AwsApiCall && $.managementEvent NOT EXISTS }", "records before 2020"),
        ("{ $.eventName = ConsoleLogin && $.eventCategory NOT EXISTS }", "records before 2020"),
        ("{ $.sourceIPAddress NOT EXISTS }", "records without a source address"),
        (
            "{ $.eventName = ConsoleLogin && $.additionalEventData NOT EXISTS }",
            "sign-ins recorded without additionalEventData",
        ),
        ("{ $.eventName NOT EXISTS }", "the events of CloudTrail Insights, where a trail records them"),
        (
            "{ $.eventType = AwsApiCall && $.userIdentity.type = IAMUser && $.userIdentity.arn NOT EXISTS }",
            "calls of an IAM user without an ARN",
        ),
        ("{ $.eventType = AwsApiCall && $.responseElements NOT EXISTS }", "calls recorded without responseElements"),
        ("{ $.eventType = AwsVpceEvent }", "network activity events, where a trail records them"),
        (
            "{ $.eventType = AwsApiCall && $.userIdentity.type NOT EXISTS }",
            "calls that a service records without a kind of caller, such as kms:SynchronizeMultiRegionKey",
        ),
    ] {
        let Coverage::Missed(witness) = covers(&[], &parse(pattern), events()) else { panic!("{pattern} happens") };
        assert_eq!(witness.exceptions(), [exception], "{pattern}");
    }
}

#[test]
fn an_account_and_its_trails_bound_what_happens() {
    let own = events_of(Recorded {
        only_account: Some("111122223333"),
        partition: Some("aws"),
        no_data_events: true,
        network_activity: Some(false),
        iam_region: Some("us-east-1"),
    });
    for never in [
        "{ $.recipientAccountId = 444455556666 }",
        "{ $.eventSource = s3.amazonaws.com && $.eventName = GetObject }",
        "{ $.eventCategory = Data }",
        "{ $.eventType = AwsVpceEvent }",
        "{ $.eventName = PutRolePolicy && $.eventType != AwsApiCall }",
        r#"{ $.userIdentity.type = Root && $.userIdentity.arn = "arn:aws:iam::444455556666:root" }"#,
    ] {
        assert_eq!(covers(&[], &parse(never), &own), Coverage::Covered, "{never}");
        assert!(matches!(covers(&[], &parse(never), events()), Coverage::Missed(_)), "{never}");
    }
}

/// What the controls demand is what the table of changes lists, sign-ins and failures aside.
#[test]
fn the_changes_are_those_that_the_controls_demand() {
    let listed: BTreeSet<&str> = CHANGES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let rules = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("the rules");
    let mut demanded: BTreeSet<String> = BTreeSet::new();
    for rule in
        rules.map(|entry| entry.expect("a file").path()).filter(|path| path.extension().is_some_and(|it| it == "toml"))
    {
        let text = fs::read_to_string(&rule).expect("a rule");
        for line in text.lines().filter(|line| line.starts_with("requires") && !line.contains("signin.amazonaws.com")) {
            let names = line.split("$.eventName").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('='));
            let ends = |c: char| !c.is_ascii_alphanumeric();
            demanded.extend(
                names.map(|name| name.trim_start_matches([' ', '"']).split(ends).next().unwrap_or("").to_owned()),
            );
        }
    }
    assert_eq!(demanded.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed);
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

#[test]
fn a_filter_of_calls_is_not_meant_for_the_root_user() {
    let required = parse(
        "{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS && $.eventType != AwsServiceEvent }",
    );
    for (text, aims) in [
        ("{ $.userIdentity.type = Root && $.eventName = ConsoleLogin }", true),
        ("{ $.eventSource = ec2.amazonaws.com && $.eventName = CreateVpc }", false),
        ("{ $.eventName = AuthorizeSecurityGroupIngress || $.eventName = DeleteSecurityGroup }", false),
    ] {
        assert_eq!(aims_at(&Candidate::new(&parse(text)), &required, events()), aims, "{text}");
    }
}
