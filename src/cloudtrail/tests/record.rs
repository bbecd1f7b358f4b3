//! Is a witness a record that CloudTrail writes? Checked from CloudTrail's own pages, apart from the model that made it. A
//! witness holds what patterns look at, so a field that is not there may have been left out.

use filter_pattern::{Candidate, Coverage, Holes, Pattern, covers, holes};
use serde_json::Value;

use super::{Recorded, events, events_of, parse};
use crate::rule::Benchmark;
use crate::rule::catalog::Catalog;

const TYPES: &[&str] =
    &["AwsApiCall", "AwsServiceEvent", "AwsConsoleAction", "AwsConsoleSignIn", "AwsVpceEvent", "AwsCloudTrailInsight"];

/// What of a record is wrong.
fn faults(event: &Value) -> Vec<String> {
    let at = |path: &str| path.split('.').try_fold(event, |at, name| at.get(name));
    let text = |path: &str| at(path).and_then(Value::as_str);
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    for path in [
        "eventName",
        "eventSource",
        "eventType",
        "awsRegion",
        "errorCode",
        "userIdentity.type",
        "userIdentity.invokedBy",
    ] {
        must(at(path).is_none_or(|value| value.as_str().is_some_and(|text| !text.is_empty())), path);
    }
    must(at("errorMessage").is_none_or(Value::is_string), "errorMessage is a text");
    must(["readOnly", "managementEvent"].iter().all(|path| at(path).is_none_or(Value::is_boolean)), "a boolean");
    must(text("eventType").is_none_or(|it| TYPES.contains(&it)), "the type is one of six");
    must(text("additionalEventData.MFAUsed").is_none_or(|it| matches!(it, "Yes" | "No")), "MFAUsed is Yes or No");
    let result = at("responseElements.ConsoleLogin");
    must(result.is_none_or(|it| matches!(it.as_str(), Some("Success" | "Failure"))), "Success or Failure");
    must(text("eventSource").is_none_or(|it| it.ends_with(".amazonaws.com")), "a service");
    if text("eventName") == Some("ConsoleLogin") {
        must(text("eventSource").is_none_or(|it| it == "signin.amazonaws.com"), "who signs in, signs in at signin");
        must(text("eventType").is_none_or(|it| it == "AwsConsoleSignIn"), "a sign-in is one");
        must(at("responseElements").is_none_or(Value::is_object), "a sign-in has a result");
        must(
            text("errorMessage") != Some("Failed authentication") || result.is_none_or(|it| it == "Failure"),
            "a failure",
        );
    }
    if at("additionalEventData.SamlProviderArn").is_some() {
        must(!matches!(text("userIdentity.type"), Some("IAMUser" | "Root")), "SAML gives sessions of roles");
    }
    if let (Some(name), Some(source)) = (text("eventName"), text("eventSource")) {
        let made = [
            ("iam.amazonaws.com", &["PutRolePolicy", "DeletePolicyVersion", "AttachGroupPolicy", "CreateUser"][..]),
            ("cloudtrail.amazonaws.com", &["StopLogging", "DeleteTrail"]),
            ("macie2.amazonaws.com", &["GetMacieSession"]),
            ("ec2.amazonaws.com", &["RunInstances", "DescribeInstances", "CreateVpc", "DeleteRoute"]),
        ];
        must(
            made.iter().all(|(service, names)| !names.contains(&name) || *service == source),
            "the service makes that call",
        );
    }
    faults
}

/// Ways in which people cut a pattern down.
const CUTS: &[&str] = &[
    "$.userIdentity.userName != \"terraform\"",
    "$.userIdentity.sessionContext.sessionIssuer.userName != \"AWSReservedSSO*\"",
    "$.userIdentity.type = IAMUser",
    "$.userIdentity.type != AssumedRole",
    "$.userIdentity.arn != \"*:user/alice\"",
    "$.userIdentity.invokedBy NOT EXISTS",
    "$.userIdentity.invokedBy != \"AWS Internal\"",
    "$.errorCode NOT EXISTS",
    "$.errorCode != AccessDenied",
    "$.errorMessage NOT EXISTS",
    "$.eventType = AwsApiCall",
    "$.eventType != AwsServiceEvent",
    "$.readOnly IS FALSE",
    "$.managementEvent IS TRUE",
    "$.eventCategory = Management",
    "$.sourceIPAddress != \"192.0.2.*\"",
    "$.awsRegion = us-east-1",
    "$.recipientAccountId = 111122223333",
    "$.additionalEventData.SamlProviderArn NOT EXISTS",
    "$.additionalEventData.MFAUsed = \"No\"",
    "$.responseElements.ConsoleLogin = Success",
    "$.responseElements IS NULL",
    "$.requestParameters.policyArn != \"*ReadOnly*\"",
    "$.eventName != GetMacieSession && $.eventName != PutRolePolicy",
    "$.eventName != Delete*",
    "$.userAgent != \"console.amazonaws.com\"",
    "$.resources[0].ARN != \"*example*\"",
];

#[test]
fn every_witness_is_a_record_that_happens() {
    let own = events_of(Recorded {
        only_account: Some("111122223333"),
        partition: Some("aws"),
        no_data_events: true,
        network_activity: Some(false),
        iam_region: Some("us-east-1"),
    });
    let mut seen = 0;
    for benchmark in [Benchmark::V1_2_0, Benchmark::V7_0_0] {
        let catalog = Catalog::builtin(benchmark).expect("the rules are sound");
        for demand in catalog.rules().iter().filter_map(|rule| rule.demand.events()) {
            let whole = demand.requires.source().trim_matches(['{', '}', ' ']);
            for cut in CUTS {
                let found = parse(&format!("{{ ({whole}) && {cut} }}"));
                for model in [events(), &own] {
                    let Holes { list, undecided, .. } = holes(&[Candidate::new(&found)], &demand.requires, model, 20);
                    assert_eq!(undecided, None, "{found}");
                    for hole in &list {
                        seen += 1;
                        let event = hole.witness().event();
                        assert_eq!(faults(event), [""; 0], "{}", hole.witness().to_json_line());
                    }
                    let mut all = vec![Candidate::new(&found)];
                    let closing: Vec<&Pattern> = list.iter().filter_map(|hole| hole.pattern()).collect();
                    all.extend(closing.iter().map(|pattern| Candidate::new(pattern)));
                    if closing.len() == list.len() {
                        assert_eq!(covers(&all, &demand.requires, model), Coverage::Covered, "{found}");
                    }
                }
            }
        }
    }
    assert!(seen > 1_000, "{seen}");
}
