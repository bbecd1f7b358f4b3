//! What is known of events bears on what is proven and on what is shown, each part of a model by itself.

use filter_pattern::{Candidate, Coverage, EventModel, Fact, Field, Kinds, Matched, Pattern, covers, explain};

fn parse(text: &str) -> Pattern {
    Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Whether no event of the model matches.
fn never(model: &EventModel, pattern: &str) -> bool {
    covers(&[], &parse(pattern), model) == Coverage::Covered
}

fn example(model: &EventModel, pattern: &str) -> String {
    match covers(&[], &parse(pattern), model) {
        Coverage::Missed(witness) => witness.to_json_line(),
        other => panic!("{pattern}: {other:?}"),
    }
}

#[test]
fn a_listed_field_holds_what_it_can() {
    let model = EventModel::default()
        .field(Field::new("text", Kinds::TEXT))
        .field(Field::new("number", Kinds::NUMBER.or(Kinds::NULL)))
        .field(Field::new("list", Kinds::ARRAY.or(Kinds::MISSING)))
        .field(Field::new("list[]", Kinds::OBJECT))
        .field(Field::new("list[].flag", Kinds::BOOLEAN))
        .field(Field::new("blank", Kinds::TEXT).may_be_empty());
    for text in [
        "{ $.text NOT EXISTS }",
        "{ $.text IS NULL }",
        "{ $.text = \"\" }",
        "{ $.text > 1 }",
        "{ $.number NOT EXISTS }",
        "{ $.list IS NULL && $.list[0] NOT EXISTS }",
        "{ $.list[0] = x }",
        "{ $.list[*].flag = x }",
        "{ $.blank > 1 }",
    ] {
        assert!(never(&model, text), "{text}");
        assert!(!never(&EventModel::default(), text), "{text}");
    }
    for text in [
        "{ $.blank = %^$% || $.blank = x }",
        "{ $.number IS NULL }",
        "{ $.free IS NULL }",
        "{ $.list[2].flag IS TRUE }",
    ] {
        assert!(!never(&model, text), "{text}");
    }
}

#[test]
fn whatever_is_listed_an_event_is_an_object() {
    let model = EventModel::default().field(Field::new("", Kinds::NULL)).field(Field::new("a", Kinds::TEXT));
    assert_eq!(example(&model, "{ $.a = x }"), r#"{"a":"x"}"#);
}

#[test]
fn laws_hold_in_both_directions_and_in_chains() {
    let model = EventModel::default()
        .always(Fact::text("state", "sent"), Fact::present("address"))
        .always(Fact::present("address"), Fact::text("country.code", "is known"))
        .always(Fact::missing("state"), Fact::missing("address"));
    assert!(never(&model, "{ $.state = sent && $.address NOT EXISTS }"));
    assert!(never(&model, "{ $.state = sent && $.country.code != \"is known\" }"));
    assert!(never(&model, "{ $.state = sent && $.country NOT EXISTS }"));
    assert!(never(&model, "{ $.state NOT EXISTS && $.address = x }"));
    assert!(!never(&model, "{ $.state = open && $.address NOT EXISTS }"));
    // What follows is shown where it was asked for, as it must be and not as it is elsewhere.
    assert_eq!(example(&model, "{ $.state = sent }"), r#"{"state":"sent"}"#);
    let shown = model.clone().shown("country.code", "is not");
    assert_eq!(example(&shown, "{ $.state = sent }"), r#"{"state":"sent"}"#);
    assert_eq!(
        example(&shown, "{ $.state = sent && $.country.size NOT EXISTS && $.country.name = * }"),
        r#"{"country":{"code":"is known","name":"example"},"state":"sent"}"#
    );
    let found = parse("{ $.country.code = * }");
    assert_eq!(covers(&[Candidate::new(&found)], &parse("{ $.state = sent }"), &model), Coverage::Covered);
}

#[test]
fn a_fact_about_a_text_is_not_about_a_number_of_that_text() {
    let model = EventModel::default().always(Fact::text("version", "2"), Fact::present("sign"));
    assert!(!never(&model, "{ $.version = \"2\" && $.version > 1 && $.sign NOT EXISTS }"));
    let texts = model.field(Field::new("version", Kinds::TEXT));
    assert!(never(&texts, "{ $.version = \"2\" && $.sign NOT EXISTS }"));
}

#[test]
fn of_elements_no_law_is_known() {
    let model = EventModel::default().always(Fact::text("items[].kind", "a"), Fact::present("items[].size"));
    assert!(!never(&model, "{ $.items[0].kind = a && $.items[0].size NOT EXISTS }"));
}

#[test]
fn what_is_ordinary_is_shown_and_proves_nothing() {
    let model = EventModel::new("order")
        .field(Field::new("shop", Kinds::TEXT).ordinary_texts(["north", "south"]))
        .ordinarily(Fact::text("clerk.name", "ann"), "shop", ["south"])
        .ordinarily(Fact::present("refund"), "reason", ["broken"])
        .ordinarily(Fact::missing("refund"), "reason", ["none"])
        .chosen_first(["clerk.name", "refund"])
        .examples("_id", ["id-1"])
        .shown_if(Fact::present("refund"), "kind", "refund")
        .shown("kind", "sale")
        .shown("clerk.desk", "7")
        .key_order(["kind", "shop"]);
    assert_eq!(example(&model, "{ $.shop = * }"), r#"{"kind":"sale","shop":"north"}"#);
    assert_eq!(
        example(&model, "{ $.clerk.name = ann && $.shop = * }"),
        r#"{"kind":"sale","shop":"south","clerk":{"desk":"7","name":"ann"}}"#
    );
    assert_eq!(
        example(&model, "{ $.refund = * && $.reason = * }"),
        r#"{"kind":"refund","reason":"broken","refund":"example"}"#
    );
    assert_eq!(example(&model, "{ $.order_id = * }"), r#"{"kind":"sale","order_id":"id-1"}"#);
    assert_eq!(example(&model, "{ $.clerk.name = ann && $.shop = west }").matches("west").count(), 1);
    assert!(!never(&model, "{ $.refund IS NULL && $.reason = none }"));
}

#[test]
fn what_nearly_every_event_has_is_shown_unless_it_must_not_be() {
    let model = EventModel::default().field(Field::new("user", Kinds::TEXT.or(Kinds::MISSING)).usual());
    assert_eq!(example(&model, "{ $.a = x || $.user NOT EXISTS }"), r#"{"a":"x","user":"example"}"#);
    assert_eq!(example(&model, "{ $.user NOT EXISTS }"), "{}");
}

#[test]
fn raw_text_lacks_only_what_no_event_holds() {
    let required = parse("{ $.name = ann }");
    let answer = |model: &EventModel, term: &str| {
        std::mem::discriminant(&covers(&[Candidate::new(&parse(term))], &required, model))
    };
    let (missed, undecided) = (answer(&EventModel::default(), "ERROR"), answer(&EventModel::default(), "\"name:\""));
    let model = EventModel::default()
        .field(Field::new("level_of_log", Kinds::TEXT.or(Kinds::MISSING)).ordinary_texts(["WARNING"]))
        .field(Field::new("title", Kinds::TEXT.or(Kinds::MISSING)).ordinary_texts(["Prelude"]).varying())
        .common_texts(["common words"])
        .identifier_characters("0123456789abcdef");
    for (term, expected) in [
        ("ERROR", missed),
        ("Prelude", missed),
        ("level", undecided),
        ("WARN", undecided),
        ("words", undecided),
        ("c0ffee", undecided),
        ("c0ffee2go", missed),
    ] {
        assert_eq!(answer(&model, term), expected, "{term}");
    }
    assert_eq!(parse("ERROR").matches(r#"{"name":"ann"}"#), Matched::No);
}

#[test]
fn a_model_names_its_events_in_an_explanation() {
    for (name, line) in [("order", "no order does"), ("log line", "no log line does")] {
        let model = EventModel::new(name).field(Field::new("paid", Kinds::BOOLEAN));
        let lines = explain(&parse("{ $.paid = true }"), &model);
        assert_eq!(lines.last().map(|line| line.text.as_str()), Some(line));
    }
}
