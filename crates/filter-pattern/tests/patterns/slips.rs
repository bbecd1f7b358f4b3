//! What is wrong with a pattern that was meant for a demand and matches none of it.

use filter_pattern::{EventModel, Pattern, slips};

const DEMAND: &str = r#"{ $.source = "orders.example.com" && ($.action = Delete || $.action = Archive || $.action = "Put away") && $.by != "ann" }"#;

fn messages(found: &str) -> Vec<String> {
    let read = |text: &str| Pattern::parse(text).expect("a pattern");
    slips(&read(found), &read(DEMAND), &EventModel::default()).iter().map(ToString::to_string).collect()
}

#[test]
fn a_slip_is_named_by_what_is_written_and_what_is_demanded() {
    for (found, wanted) in [
        (
            "{ $.action = Delete && $.action = Archive }",
            "&& asks $.action to be several values at once, where || is meant",
        ),
        (
            "{ ($.action = Delete || $.action = Drop) && ($.action = Archive || $.action = Move) }",
            "&& asks $.action to be several values at once, where || is meant",
        ),
        ("{ $.action = DELETE }", r#"$.action "DELETE" differs in letter case from "Delete""#),
        ("{ $.action = Putaway }", r#"$.action "Putaway" differs in blanks from "Put away""#),
        ("{ $.action = Archvie }", r#"$.action "Archvie" differs in spelling from "Archive""#),
        ("{ $.source = orders }", r#"$.source "orders" differs in spelling from "orders.example.com""#),
        ("{ $.by = ann && $.action = Delete }", r#"$.by = "ann" is the opposite of $.by != "ann""#),
    ] {
        assert_eq!(messages(found), [wanted], "{found}");
    }
}

#[test]
fn several_slips_of_one_pattern_are_all_named() {
    assert_eq!(
        messages("{ $.source = order.example.com && $.action = delete && $.action = Archive }"),
        [
            r#"$.source "order.example.com" differs in spelling from "orders.example.com""#,
            r#"$.action "delete" differs in letter case from "Delete""#,
            "&& asks $.action to be several values at once, where || is meant"
        ]
    );
}

#[test]
fn what_was_meant_as_it_is_or_for_something_else_has_none() {
    for found in [
        DEMAND,
        "{ $.action = Delete }",
        "{ $.action = Delete && $.size > 3 }",
        "{ $.action = Create }",
        "{ $.action = Create && $.action = Move }",
        "{ $.level = ERROR }",
        "ERROR",
        "",
    ] {
        assert_eq!(messages(found), [""; 0], "{found}");
    }
}
