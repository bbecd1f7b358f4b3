//! Facts about the language: recorded answers of the service (from a file named by an environment variable), and tables.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

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
    for case in table::<MatchCase>(include_str!("../../fixtures/patterns/match.toml")) {
        let pattern = Pattern::parse(&case.pattern).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        for (events, wanted) in [(&case.yes, "yes"), (&case.no, "no"), (&case.unknown, "unknown")] {
            for event in events {
                let answer = match pattern.matches(event) {
                    Matched::Yes => "yes",
                    Matched::No => "no",
                    Matched::Unknown(_) => "unknown",
                };
                assert_eq!(answer, wanted, "{}: {} on {event}", case.name, case.pattern);
            }
        }
    }
}

#[derive(Deserialize)]
struct RejectCase {
    pattern: String,
    kind: String,
    at: String,
}

#[test]
fn what_the_service_refuses_is_refused_with_kind_and_place() {
    for case in table::<RejectCase>(include_str!("../../fixtures/patterns/reject.toml")) {
        let error = Pattern::parse(&case.pattern).expect_err(&case.pattern);
        let span = error.span();
        let got = (format!("{:?}", error.kind()), &case.pattern[span.start..span.end]);
        assert_eq!(got, (case.kind, case.at.as_str()), "{}", case.pattern);
    }
}

#[test]
fn an_error_is_drawn_under_the_pattern() {
    let error = Pattern::parse("{ $.eventName == CreateTrail }").expect_err("a doubled sign");
    insta::assert_snapshot!(format!("{error}\n{}", error.caret()), @r"
    bad filter pattern at character 16: this character must stand in quotes
      { $.eventName == CreateTrail }
                     ^
    ");
    let long = format!("{{ {} $.x == 1 && \u{1b}[2J{} }}", "$.a = 1 && ".repeat(20), " $.b = 2".repeat(20));
    insta::assert_snapshot!(Pattern::parse(&long).expect_err("it").caret(), @r"
      …& $.a = 1 && $.a = 1 &&  $.x == 1 && ·[2J $.b = 2 $.b = 2 $.b…
                                     ^
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
    covers(&found.iter().map(Candidate::new).collect::<Vec<_>>(), required)
}

#[test]
fn patterns_cover_by_what_they_mean() {
    for case in table::<CoverCase>(include_str!("../../fixtures/patterns/cover.toml")) {
        let required = Pattern::parse(&case.required).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let found = patterns(&case.found);
        let (answer, witness) = match all_cover(&found, &required) {
            Coverage::Covered => ("covered", String::new()),
            Coverage::Missed(witness) => ("missed", witness.to_json_line()),
            Coverage::Undecided(_) => ("undecided", String::new()),
        };
        assert_eq!(answer, case.answer, "{}: {witness}", case.name);
        assert!(witness.contains(&case.because), "{}: {witness}", case.name);
    }
}

#[test]
fn a_second_gate_proves_nothing_and_hides_nothing() {
    let pattern = Pattern::parse("{ $.eventName = StopLogging }").expect("a pattern");
    let other = Pattern::parse("{ $.eventName = DeleteTrail }").expect("a pattern");
    let gated = Candidate::new(&pattern).gated("a condition");
    assert_eq!(covers(std::slice::from_ref(&gated), &pattern), Coverage::Undecided(Construct::new("a condition")));
    assert!(matches!(covers(&[gated], &other), Coverage::Missed(_)));
    assert_eq!(covers(&[Candidate::opaque("odd".into())], &pattern), Coverage::Undecided(Construct::new("odd")));
}

#[test]
fn what_a_filter_lets_through_besides_is_shown() {
    let found = Pattern::parse("{ $.eventName = *Trail }").expect("a pattern");
    let required = Pattern::parse("{ $.eventName = CreateTrail }").expect("a pattern");
    let witness = broader(&[Candidate::new(&found)], &required).expect("other trails");
    assert_eq!(
        (found.matches(&witness.to_json_line()), required.matches(&witness.to_json_line())),
        (Matched::Yes, Matched::No)
    );
    assert_eq!(broader(&[Candidate::new(&required)], &found), None);
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
        assert_eq!(aims_at(&Candidate::new(&pattern), &required), aims, "{text}");
    }
}

#[test]
fn hostile_patterns_end_quickly_and_keep_the_stack() {
    let start = std::time::Instant::now();
    let demand = Pattern::parse("{ $.eventName = a || $.eventName = b }").expect("a pattern");
    let mut texts: Vec<String> = vec![
        format!("{{ {} $.a = 1", "(".repeat(100_000)),
        format!("{{ {}$.a = 1{} }}", "(".repeat(500), ")".repeat(500)),
        "x".repeat(1 << 20),
        "{".repeat(5000),
        format!("{{ $.a{} = 1 }}", ".b".repeat(5000)),
    ];
    let many = |count: usize, of: &dyn Fn(usize) -> String, joint: &str| {
        format!("{{ {} }}", (0..count).map(of).collect::<Vec<_>>().join(joint))
    };
    texts.push(many(300, &|at| format!("$.f{at} = x"), " && "));
    texts.push(many(100, &|at| format!("($.f{at} = x || $.g{at} = y)"), " && "));
    texts.push(many(
        60,
        &|at| format!("$.eventName = p{at}* || $.eventName = *s{at} || $.eventName = *m{at}*"),
        " || ",
    ));
    texts.push(many(60, &|at| format!("($.eventName != p{at}* || $.eventName != *s{at})"), " && "));
    for text in &texts {
        if let Ok(pattern) = Pattern::parse(text) {
            let _ = all_cover(std::slice::from_ref(&pattern), &demand);
            let _ = all_cover(std::slice::from_ref(&demand), &pattern);
            let _ = broader(&[Candidate::new(&pattern)], &demand);
        }
    }
    let deep = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert_eq!(demand.matches(&deep), Matched::No);
    // A debug build on a busy machine: the release build takes milliseconds.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

/// Conditions over a few fields and values, so that they meet each other.
fn trees() -> impl Strategy<Value = String> {
    let selector = prop::sample::select(vec![
        "$.eventName",
        "$.errorCode",
        "$.requestParameters.x",
        "$.requestParameters.x.y",
        "$.readOnly",
    ]);
    let check = prop::sample::select(vec![
        "= a",
        "= ab",
        "!= a",
        "= a*",
        "= *b",
        "= *a*",
        "!= \"*\"",
        "= 1",
        "< 2",
        ">= 1",
        "IS NULL",
        "IS TRUE",
        "IS FALSE",
        "NOT EXISTS",
        "= a*b",
    ]);
    let leaf = (selector, check).prop_map(|(selector, check)| format!("{selector} {check}"));
    leaf.prop_recursive(3, 12, 3, |inner| {
        (prop::collection::vec(inner, 2..4), prop::sample::select(vec![" && ", " || "]))
            .prop_map(|(parts, joint)| format!("({})", parts.join(joint)))
    })
}

fn events() -> impl Strategy<Value = String> {
    let text = || prop::sample::select(vec!["\"a\"", "\"ab\"", "\"b\"", "\"aab\"", "\"x\"", "\"acb\""]);
    let any = prop::sample::select(vec![
        "null",
        "1",
        "2",
        "0.5",
        "true",
        "\"a\"",
        "\"ab\"",
        "[]",
        "{}",
        "{\"y\":\"a\"}",
        "{\"y\":1}",
    ]);
    let flag = prop::sample::select(vec!["", ",\"readOnly\":true", ",\"readOnly\":false"]);
    (text(), prop::option::of(text()), prop::option::of(any), flag).prop_map(|(name, error, x, flag)| {
        let error = error.map_or_else(String::new, |error| format!(",\"errorCode\":{error}"));
        let x = x.map_or_else(|| "null".to_owned(), |x| format!("{{\"x\":{x}}}"));
        format!("{{\"eventName\":{name}{error},\"requestParameters\":{x}{flag}}}")
    })
}

fn parsed(tree: &str) -> Pattern {
    Pattern::parse(&format!("{{ {tree} }}")).expect("a generated pattern")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,60}", tail in "[{}()$.a=&|!%\"* <>\\[\\]0-9-]{0,60}") {
        for text in [format!("{{{text}"), format!("{{ $.a {tail}"), text] {
            if let Err(error) = Pattern::parse(&text) {
                let _ = (error.to_string(), error.caret());
            }
        }
    }

    #[test]
    fn what_is_printed_reads_back_the_same(tree in trees()) {
        let pattern = parsed(&tree);
        let again = Pattern::parse(&pattern.to_string()).expect("what was printed");
        prop_assert_eq!(pattern.form, again.form);
    }

    #[test]
    fn covered_means_that_no_event_gets_away(found in prop::collection::vec(trees(), 0..3), required in trees(), events in prop::collection::vec(events(), 40)) {
        let found: Vec<Pattern> = found.iter().map(|tree| parsed(tree)).collect();
        let required = parsed(&required);
        if all_cover(&found, &required) == Coverage::Covered {
            for event in events {
                if required.matches(&event) == Matched::Yes {
                    prop_assert!(found.iter().any(|pattern| pattern.matches(&event) != Matched::No), "{}", event);
                }
            }
        }
    }

    #[test]
    fn a_witness_is_one(found in prop::collection::vec(trees(), 0..3), required in trees()) {
        let found: Vec<Pattern> = found.iter().map(|tree| parsed(tree)).collect();
        let required = parsed(&required);
        if let Coverage::Missed(witness) = all_cover(&found, &required) {
            let event = witness.to_json_line();
            prop_assert_eq!(required.matches(&event), Matched::Yes);
            prop_assert!(found.iter().all(|pattern| pattern.matches(&event) == Matched::No), "{}", event);
        }
    }

    #[test]
    fn every_pattern_covers_itself_in_any_order(parts in prop::collection::vec(trees(), 1..4), joint in prop::sample::select(vec!["&&", "||"])) {
        let forward = parts.join(&format!(" {joint} "));
        let backward = parts.iter().rev().map(|part| format!("(({part}))")).collect::<Vec<_>>().join(joint);
        prop_assert_eq!(all_cover(&[parsed(&backward)], &parsed(&forward)), Coverage::Covered);
    }

    #[test]
    fn more_filters_never_cover_less(found in trees(), more in trees(), required in trees()) {
        let (found, more, required) = (parsed(&found), parsed(&more), parsed(&required));
        if all_cover(std::slice::from_ref(&found), &required) == Coverage::Covered {
            prop_assert_eq!(all_cover(&[found, more], &required), Coverage::Covered);
        }
    }
}

#[derive(Deserialize)]
struct Case {
    pattern: String,
    event: serde_json::Value,
    #[serde(rename = "match")]
    matched: bool,
    #[serde(default)]
    rejected: bool,
    basis: String,
}

/// `CIS_AUDIT_PATTERN_CASES=FILE cargo test recorded_answers -- --nocapture`
#[test]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a file outside the project, named by who runs the test"
)]
fn recorded_answers_of_the_service_agree() {
    let Ok(file) = std::env::var("CIS_AUDIT_PATTERN_CASES") else { return };
    let text = std::fs::read_to_string(file).expect("the file of cases");
    let cases: Vec<Case> = serde_json::from_str(&text).expect("a list of cases");
    let (mut agreed, mut unknown, mut disagreed) = (0, 0, 0);
    for case in &cases {
        let event = match &case.event {
            serde_json::Value::String(text) => text.clone(),
            object => object.to_string(),
        };
        let answer = match Pattern::parse(&case.pattern) {
            Err(_) => Some(case.rejected),
            Ok(_) if case.rejected => Some(false),
            Ok(pattern) => match pattern.matches(&event) {
                Matched::Yes => Some(case.matched),
                Matched::No => Some(!case.matched),
                Matched::Unknown(_) => None,
            },
        };
        match answer {
            Some(true) => agreed += 1,
            None => unknown += 1,
            Some(false) => {
                disagreed += 1;
                eprintln!("{} {:?} on {event}: wanted {} {}", case.basis, case.pattern, case.matched, case.rejected);
            }
        }
    }
    eprintln!("agreed {agreed}, unknown {unknown}, disagreed {disagreed}");
    assert_eq!(disagreed, 0);
}

#[derive(Deserialize)]
struct Deployed {
    pattern: String,
    #[serde(rename = "covers_1.2.0")]
    covers: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Demand {
    id: String,
    requires: Vec<Requires>,
}

#[derive(Deserialize)]
struct Requires {
    requires: String,
}

#[test]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "files outside the project, named by who runs the test"
)]
fn deployed_patterns_cover_what_an_oracle_says() {
    let (Ok(corpus), Ok(demands)) = (std::env::var("CIS_AUDIT_CORPUS"), std::env::var("CIS_AUDIT_REQUIRES")) else {
        return;
    };
    let corpus: Vec<Deployed> = serde_json::from_str(&std::fs::read_to_string(corpus).expect("it")).expect("it");
    let demands: Vec<Demand> = serde_json::from_str(&std::fs::read_to_string(demands).expect("it")).expect("it");
    let mut slowest = (std::time::Duration::ZERO, String::new());
    let (mut same, mut differ) = (0, 0);
    for deployed in corpus {
        let Ok(pattern) = Pattern::parse(&deployed.pattern) else {
            eprintln!("unparsable (oracle {:?}): {}", deployed.covers, deployed.pattern);
            continue;
        };
        for demand in &demands {
            let required = Pattern::parse(&demand.requires[0].requires).expect("a demand");
            let start = std::time::Instant::now();
            let ours = covers(&[Candidate::new(&pattern)], &required);
            if start.elapsed() > slowest.0 {
                slowest = (start.elapsed(), format!("{} {}", demand.id, deployed.pattern));
            }
            let theirs = deployed.covers.as_ref().map(|covers| covers.contains(&demand.id));
            if theirs == Some(ours == Coverage::Covered) && !matches!(ours, Coverage::Undecided(_)) {
                same += 1;
            } else if theirs.is_some() {
                differ += 1;
                eprintln!("{} ours {ours:?} theirs {theirs:?}: {}", demand.id, deployed.pattern);
            }
        }
    }
    eprintln!("same {same}, differ {differ}, slowest {slowest:?}");
}
