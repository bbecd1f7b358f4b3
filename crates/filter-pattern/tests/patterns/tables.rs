//! Facts about the language, in tables.

use serde::Deserialize;

use filter_pattern::{Candidate, Coverage, Matched, Pattern, aims_at, broader, covers};

use crate::records::RECORDS;

#[derive(Deserialize)]
struct Table<C> {
    case: Vec<C>,
}

fn table<C: serde::de::DeserializeOwned>(text: &str) -> Vec<C> {
    toml::from_str::<Table<C>>(text).expect("a case table").case
}

#[derive(Deserialize)]
struct MatchCase {
    name: String,
    pattern: String,
    #[serde(default)]
    yes: Vec<String>,
    #[serde(default)]
    no: Vec<String>,
    #[serde(default)]
    unknown: Vec<String>,
}

#[test]
fn patterns_match_as_the_service_was_seen_to() {
    let mut wrong = Vec::new();
    for case in table::<MatchCase>(include_str!("match.toml")) {
        let pattern = Pattern::parse(&case.pattern).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        for (events, wanted) in [(&case.yes, "yes"), (&case.no, "no"), (&case.unknown, "unknown")] {
            for event in events {
                let answer = match pattern.matches(event) {
                    Matched::Yes => "yes",
                    Matched::No => "no",
                    Matched::Unknown(_) => "unknown",
                };
                if answer != wanted {
                    wrong.push(format!("{}: {} on {event}: {answer}", case.name, case.pattern));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[derive(Deserialize)]
struct RejectCase {
    pattern: String,
    kind: String,
    at: String,
}

#[test]
fn what_the_service_refuses_is_refused_with_kind_and_place() {
    let mut wrong = Vec::new();
    for case in table::<RejectCase>(include_str!("reject.toml")) {
        let Err(error) = Pattern::parse(&case.pattern) else {
            wrong.push(format!("{} is accepted", case.pattern));
            continue;
        };
        let got = (format!("{:?}", error.kind()), &case.pattern[error.span().range()]);
        if got != (case.kind.clone(), case.at.as_str()) {
            wrong.push(format!("{}: {got:?}", case.pattern));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_error_is_drawn_under_the_pattern() {
    let error = Pattern::parse("{ $.eventName == CreateTrail }").expect_err("a doubled sign");
    insta::assert_snapshot!(format!("{error}\n{}", error.caret()), @r"
    bad filter pattern at character 15: not an operator of filter patterns
      { $.eventName == CreateTrail }
                    ^^
    ");
    let long = format!("{{ {} $.x == 1 && \u{1b}[2J{} }}", "$.a = 1 && ".repeat(20), " $.b = 2".repeat(20));
    insta::assert_snapshot!(Pattern::parse(&long).expect_err("it").caret(), @r"
      … = 1 && $.a = 1 && $.a = 1 && $.a = 1 &&  $.x == 1 && \u{1b}[2J $.b = …
                                                     ^^
    ");
}

#[derive(Deserialize)]
struct CoverCase {
    name: String,
    required: String,
    found: Vec<String>,
    answer: String,
    #[serde(default)]
    because: String,
}

fn patterns(texts: &[String]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))).collect()
}

fn all_cover(found: &[Pattern], required: &Pattern) -> Coverage {
    covers(&found.iter().map(Candidate::new).collect::<Vec<_>>(), required, &RECORDS)
}

#[test]
fn patterns_cover_by_what_they_mean() {
    let mut wrong = Vec::new();
    for case in table::<CoverCase>(include_str!("cover.toml")) {
        let required = Pattern::parse(&case.required).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let found = patterns(&case.found);
        let (answer, witness) = match all_cover(&found, &required) {
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

fn doubt(coverage: Coverage) -> Option<String> {
    match coverage {
        Coverage::Undecided(construct) => Some(construct.to_string()),
        Coverage::Covered | Coverage::Missed(_) => None,
    }
}

#[test]
fn a_second_gate_proves_nothing_and_hides_nothing() {
    let pattern = Pattern::parse("{ $.eventName = StopLogging }").expect("a pattern");
    let other = Pattern::parse("{ $.eventName = DeleteTrail }").expect("a pattern");
    let gated = Candidate::new(&pattern).gated("a condition");
    assert_eq!(doubt(covers(std::slice::from_ref(&gated), &pattern, &RECORDS)).as_deref(), Some("a condition"));
    assert!(matches!(covers(&[gated], &other, &RECORDS), Coverage::Missed(_)));
    assert_eq!(doubt(covers(&[Candidate::opaque("odd".into())], &pattern, &RECORDS)).as_deref(), Some("odd"));
}

#[test]
fn what_else_a_filter_matches_is_shown() {
    let found = Pattern::parse("{ $.eventName = *Trail }").expect("a pattern");
    let required = Pattern::parse("{ $.eventName = CreateTrail }").expect("a pattern");
    let witness = broader(&[Candidate::new(&found)], &required, &RECORDS).expect("other trails");
    assert_eq!(
        (found.matches(&witness.to_json_line()), required.matches(&witness.to_json_line())),
        (Matched::Yes, Matched::No)
    );
    assert_eq!(broader(&[Candidate::new(&required)], &found, &RECORDS), None);
}

#[test]
fn the_one_test_that_fails_is_named() {
    for (pattern, event, unmet) in [
        (
            "{ $.a = 1 && ($.b = 2 || $.b = 3) && $.c.d != x }",
            r#"{"a":1,"b":2}"#,
            Some("$.c.d != \"x\" does not hold where the field is missing"),
        ),
        ("{ $.a = 1 && $.b IS TRUE }", r#"{"a":1,"b":false}"#, Some("$.b IS TRUE does not hold")),
        ("{ $.a = 1 || $.b = 2 }", "{}", None),
        ("{ $.a = 1 }", r#"{"a":1}"#, None),
        ("word", "{}", None),
    ] {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        assert_eq!(pattern.unmet(event).as_deref(), unmet, "{pattern}");
    }
}

#[test]
fn a_filter_aims_at_what_it_was_meant_for() {
    let required =
        Pattern::parse("{ $.eventSource = ec2.amazonaws.com && ($.eventName = CreateVpc || $.eventName = DeleteVpc) }");
    let required = required.expect("a pattern");
    for (text, aims) in [
        ("{ $.eventName = CreateVpc }", true),
        ("{ $.eventName = CreateVpc && $.userIdentity.userName = bob }", true),
        ("{ $.eventSource = ec2.amazonaws.com }", true),
        ("{ $.eventName = *Vpc }", true),
        ("{ $.userIdentity.type = Root }", false),
        ("{ $.errorCode = AccessDenied* }", false),
        ("{ $.eventName = CreateTrail }", false),
    ] {
        let pattern = Pattern::parse(text).expect(text);
        assert_eq!(aims_at(&Candidate::new(&pattern), &required, &RECORDS), aims, "{text}");
    }
}

#[test]
fn what_nearly_all_events_have_is_no_aim() {
    let required = Pattern::parse("{ $.user = root && $.by NOT EXISTS && $.kind != service }").expect("a pattern");
    for (text, aims) in [
        ("{ $.user = root && $.name = CreateVpc }", true),
        ("{ $.user = root }", true),
        ("{ $.user = * }", true),
        ("{ $.name = CreateVpc && $.kind != service }", false),
        ("{ $.name = CreateVpc && $.by NOT EXISTS }", false),
    ] {
        let pattern = Pattern::parse(text).expect(text);
        assert_eq!(aims_at(&Candidate::new(&pattern), &required, &RECORDS), aims, "{text}");
    }
}
