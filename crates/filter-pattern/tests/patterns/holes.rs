//! Every hole is found, named by its cause, and closed by its pattern.

use filter_pattern::{
    Candidate, Coverage, EventModel, Fact, Field, Holes, Kinds, Matched, Pattern, covers, holes, is_covered, may_meet,
    without,
};
use proptest::prelude::*;

use crate::records::RECORDS;

fn parse(text: &str) -> Pattern {
    Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn holes_of(found: &[&str], required: &str, model: &EventModel) -> Holes {
    let found: Vec<Pattern> = found.iter().map(|text| parse(text)).collect();
    let candidates: Vec<Candidate<'_>> = found.iter().map(Candidate::new).collect();
    holes(&candidates, &parse(required), model, 20)
}

/// Causes, what is meant of the demand's list, and the pattern, a line for each hole.
fn lines(holes: &Holes) -> Vec<String> {
    let line = |hole: &filter_pattern::Hole| {
        let causes: Vec<String> = hole.causes().iter().map(ToString::to_string).collect();
        let choices = hole.choices().map(|choices| format!(" [{} of {}]", choices.values.join(" "), choices.of));
        let pattern = hole.pattern().map_or_else(|| "-".to_owned(), ToString::to_string);
        format!("{}{} {pattern}", causes.join("; "), choices.unwrap_or_default())
    };
    holes.list.iter().map(line).collect()
}

#[test]
fn all_that_was_forgotten_of_a_list_is_one_hole() {
    let required = "{ $.source = iam && ($.name = Put || $.name = Delete || $.name = Attach || $.name = Detach) }";
    let found = "{ $.name = Put || $.name = Delete }";
    assert_eq!(
        lines(&holes_of(&[found], required, &RECORDS)),
        [
            r#"no filter asks for them [Attach Detach of 4] { $.source = "iam" && ($.name = "Attach" || $.name = "Detach") }"#
        ]
    );
}

#[test]
fn what_is_left_out_is_named_value_by_value() {
    let required = r#"{ $.errorCode = "Denied*" }"#;
    let found = r#"{ $.errorCode = "Denied*" && $.eventName != ListThings && $.eventName != GetThing }"#;
    assert_eq!(
        lines(&holes_of(&[found], required, &RECORDS)),
        [
            r#"excludes eventName ListThings, GetThing { $.errorCode = "Denied*" && ($.eventName = "ListThings" || $.eventName = "GetThing") }"#
        ]
    );
}

#[test]
fn a_missing_field_is_another_hole_than_the_value() {
    let model = EventModel::default()
        .field(Field::new("kind", Kinds::TEXT))
        .field(Field::new("user", Kinds::TEXT.or(Kinds::MISSING)).ordinary_texts(["ann"]));
    let found = r#"{ $.kind = a && $.user != "bob" }"#;
    let mut lines = lines(&holes_of(&[found], "{ $.kind = a }", &model));
    lines.sort();
    assert_eq!(
        lines,
        [
            r#"$.user != "bob" does not hold where the field is missing { $.kind = "a" && $.user NOT EXISTS }"#,
            r#"excludes user bob { $.kind = "a" && $.user = "bob" }"#,
        ]
    );
}

/// A field about which nothing is known may be missing, or hold what no test of texts sees: that is one hole, not two.
#[test]
fn what_is_no_text_is_in_the_hole_of_what_is_missing() {
    let found = r#"{ $.kind = a && $.user != "bob" }"#;
    let mut lines = lines(&holes_of(&[found], "{ $.kind = a }", &EventModel::default()));
    lines.sort();
    assert_eq!(
        lines,
        [
            r#"$.user != "bob" does not hold where the field is missing, or is neither text nor number -"#,
            r#"excludes user bob { $.kind = "a" && $.user = "bob" }"#,
        ]
    );
}

#[test]
fn a_test_that_was_added_is_named() {
    let model = EventModel::default()
        .field(Field::new("kind", Kinds::TEXT))
        .field(Field::new("by", Kinds::TEXT))
        .always(Fact::text("kind", "b"), Fact::text("by", "robot"));
    let found = r#"{ ($.kind = a || $.kind = b) && $.by = robot }"#;
    assert_eq!(
        lines(&holes_of(&[found], "{ $.kind = a || $.kind = b }", &model)),
        [r#"$.by = "robot" does not hold [a of 2] { $.kind = "a" && $.by != "robot" }"#]
    );
}

#[test]
fn the_rest_is_not_passed_over() {
    let names: Vec<String> = (0..30).map(|i| format!("$.f{i} != x")).collect();
    let found = format!("{{ $.a = 1 && {} }}", names.join(" && "));
    let holes = holes(&[Candidate::new(&parse(&found))], &parse("{ $.a = 1 }"), &EventModel::default(), 20);
    assert_eq!(holes.list.len(), 20);
    assert!(holes.more.is_some());
}

/// Tests over a few fields and values, joined in some way.
fn pattern() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec!["a", "b", "c"]);
    let test = (field, 0..6).prop_map(|(field, test)| match test {
        0 => format!("$.{field} = x"),
        1 => format!("$.{field} != x"),
        2 => format!("$.{field} = y*"),
        3 => format!("$.{field} NOT EXISTS"),
        4 => format!("$.{field} = y1"),
        _ => format!("$.{field} != y*"),
    });
    let all = prop::collection::vec(test, 1..4).prop_map(|tests| format!("({})", tests.join(" && ")));
    prop::collection::vec(all, 1..4).prop_map(|parts| format!("{{ {} }}", parts.join(" || ")))
}

fn model() -> EventModel {
    let model = EventModel::default()
        .field(Field::new("a", Kinds::TEXT))
        .field(Field::new("b", Kinds::TEXT.or(Kinds::MISSING)))
        .field(Field::new("c", Kinds::TEXT.or(Kinds::MISSING)).only_texts(["x", "y1", "z"]));
    model
        .always(Fact::text("a", "x"), Fact::present("b"))
        .never([Fact::text("b", "x"), Fact::text("c", "x")])
        .rarely(Fact::missing("c"), "odd events")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn holes_and_filters_together_cover_the_demand(required in pattern(), found in prop::collection::vec(pattern(), 0..3)) {
        let (required, model) = (parse(&required), model());
        let found: Vec<Pattern> = found.iter().map(|text| parse(text)).collect();
        let candidates: Vec<Candidate<'_>> = found.iter().map(Candidate::new).collect();
        let holes = holes(&candidates, &required, &model, 60);
        prop_assert!(holes.more.is_none() && holes.undecided.is_none(), "{holes:?}");
        prop_assert_eq!(holes.list.is_empty(), is_covered(&candidates, &required, &model));
        let mut closing: Vec<Pattern> = Vec::new();
        for hole in &holes.list {
            let line = hole.witness().to_json_line();
            prop_assert_eq!(required.matches(&line), Matched::Yes);
            prop_assert!(found.iter().all(|filter| filter.matches(&line) == Matched::No));
            if let Some(pattern) = hole.pattern() {
                prop_assert_eq!(pattern.matches(&line), Matched::Yes, "{}", pattern);
                closing.push(pattern.clone());
            }
        }
        if closing.len() == holes.list.len() {
            let all: Vec<Candidate<'_>> = found.iter().chain(&closing).map(Candidate::new).collect();
            prop_assert!(is_covered(&all, &required, &model), "{:?}", closing.iter().map(ToString::to_string).collect::<Vec<_>>());
        }
    }
}

/// Every event that the model of these laws allows and their patterns can distinguish: ordinary ones, and
/// all.
fn all_events() -> Vec<(String, bool)> {
    let texts = ["x", "y1", "y2", "z"];
    let optional = || texts.iter().map(|text| Some(*text)).chain([None]);
    let mut events = Vec::new();
    for a in texts {
        for b in optional() {
            for c in optional().filter(|c| *c != Some("y2")) {
                let is_allowed = (a != "x" || b.is_some()) && (b, c) != (Some("x"), Some("x"));
                let member = |name: &str, text: Option<&str>| text.map(|text| format!(r#""{name}":"{text}""#));
                let members: Vec<String> =
                    [member("a", Some(a)), member("b", b), member("c", c)].into_iter().flatten().collect();
                if is_allowed {
                    events.push((format!("{{{}}}", members.join(",")), c.is_some()));
                }
            }
        }
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn coverage_is_what_trying_every_event_says(required in pattern(), found in prop::collection::vec(pattern(), 0..3)) {
        let (required, model) = (parse(&required), model());
        let found: Vec<Pattern> = found.iter().map(|text| parse(text)).collect();
        let candidates: Vec<Candidate<'_>> = found.iter().map(Candidate::new).collect();
        let escapes = |(event, _): &&(String, bool)| {
            required.matches(event) == Matched::Yes && found.iter().all(|filter| filter.matches(event) == Matched::No)
        };
        let events = all_events();
        let escaping: Vec<&(String, bool)> = events.iter().filter(escapes).collect();
        match covers(&candidates, &required, &model) {
            Coverage::Covered => prop_assert!(escaping.is_empty(), "{escaping:?}"),
            Coverage::Missed(witness) => {
                prop_assert!(!escaping.is_empty(), "{}", witness.to_json_line());
                // The unusual is shown only where nothing ordinary escapes.
                prop_assert_eq!(witness.exceptions().is_empty(), escaping.iter().any(|(_, is_ordinary)| *is_ordinary));
            }
            Coverage::Undecided(why) => prop_assert!(false, "{why}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_without_exceptions_matches_all_the_others(whole in pattern(), exceptions in prop::collection::vec(pattern(), 1..3)) {
        let (whole, model) = (parse(&whole), model());
        let exceptions: Vec<Pattern> = exceptions.iter().map(|text| parse(text)).collect();
        let is_accepted = |event: &str| exceptions.iter().any(|exception| exception.matches(event) == Matched::Yes);
        if let Some(rest) = without(&whole, &exceptions.iter().collect::<Vec<_>>(), &model) {
            for (event, _) in all_events() {
                let is_wanted = whole.matches(&event) == Matched::Yes && !is_accepted(&event);
                prop_assert_eq!(rest.matches(&event) == Matched::Yes, is_wanted, "{} on {}", rest, event);
            }
        }
    }

    #[test]
    fn two_patterns_may_meet_where_an_event_matches_both(one in pattern(), other in pattern()) {
        let (one, other) = (parse(&one), parse(&other));
        let meets = all_events().iter().any(|(event, _)| {
            one.matches(event) == Matched::Yes && other.matches(event) == Matched::Yes
        });
        prop_assert!(!meets || may_meet(&one, &other, &model()), "{one} and {other}");
    }
}

#[test]
fn exceptions_make_the_shortest_pattern() {
    let model = EventModel::default()
        .field(Field::new("kind", Kinds::TEXT))
        .field(Field::new("user", Kinds::TEXT.or(Kinds::MISSING)));
    let rest = |whole: &str, exceptions: &[&str]| {
        let exceptions: Vec<Pattern> = exceptions.iter().map(|text| parse(text)).collect();
        without(&parse(whole), &exceptions.iter().collect::<Vec<_>>(), &model).map(|rest| rest.to_string())
    };
    assert_eq!(
        rest("{ $.kind = \"a*\" }", &["{ $.kind = ab }", "{ $.kind = ac }"]).as_deref(),
        Some(r#"{ $.kind = "a*" && $.kind != "ab" && $.kind != "ac" }"#)
    );
    assert_eq!(
        rest("{ $.kind = a }", &["{ $.kind = a && $.user = robot }"]).as_deref(),
        Some(r#"{ $.kind = "a" && ($.user != "robot" || $.user NOT EXISTS) }"#)
    );
    // Nothing can be said of raw text.
    assert_eq!(rest("{ $.kind = a }", &["robot"]), None);
}

/// A wildcard leads to a field that no other test names, and what is known of it holds there too.
#[test]
fn what_is_known_of_a_field_holds_where_a_wildcard_leads_to_it() {
    let model = EventModel::default()
        .field(Field::new("extra", Kinds::OBJECT))
        .field(Field::new("extra.mode", Kinds::TEXT.or(Kinds::MISSING)).only_texts(["on", "off"]));
    let required = parse("{ $.extra.name = * && $.*.mode = maybe }");
    if let Coverage::Missed(witness) = covers(&[], &required, &model) {
        assert_ne!(witness.event()["extra"]["mode"], "maybe", "{}", witness.to_json_line());
    }
}
