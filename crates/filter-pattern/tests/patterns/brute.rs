//! The decision procedure against brute force: small formulas over tests of which all values that they can distinguish
//! are known, so that trying every event decides coverage. And the laws of sets, which coverage must keep.

use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, proptest};
use proptest::sample::select;

use filter_pattern::{Candidate, Coverage, Matched, Pattern, covers};

use crate::records::RECORDS;

/// Tests by field, and the values that distinguish them; the empty value is a field that is missing.
const FIELDS: &[(&str, &[&str], &[&str])] = &[
    (
        "eventName",
        &["= A", "!= A", "= AB", "= \"A*\"", "= \"*B*\"", "!= \"*B*\"", "= %^A%", "= %[^AB]%"],
        // By: begins with A, holds B, holds another letter; of each kind one that is none of the texts named above. A
        // record's name is never empty.
        &["\"A\"", "\"AA\"", "\"AB\"", "\"ABB\"", "\"AXB\"", "\"AC\"", "\"B\"", "\"CB\"", "\"C\""],
    ),
    (
        "errorCode",
        &["= A", "!= A", "= \"*B*\"", "NOT EXISTS", "= \"*\"", "IS NULL"],
        &["", "\"A\"", "\"AB\"", "\"B\"", "\"C\""],
    ),
    ("readOnly", &["IS TRUE", "IS FALSE", "NOT EXISTS", "= true"], &["", "true", "false"]),
    (
        "requestParameters.x",
        &["= 1", "!= 1", "> 1", "<= 1", "IS NULL", "NOT EXISTS", "= \"A*\"", "IS TRUE"],
        &["", "null", "true", "false", "1", "0", "2", "\"1\"", "\"A\"", "\"C\"", "[]", "[null]", "{}"],
    ),
];

/// Every event that the tests can distinguish.
fn events() -> Vec<String> {
    let mut events = vec![String::new()];
    for (field, _, values) in FIELDS {
        let member = |value: &&str| match (field.split_once('.'), *value) {
            (_, "") => String::new(),
            (None, value) => format!("\"{field}\":{value},"),
            (Some((object, name)), value) => format!("\"{object}\":{{\"{name}\":{value}}},"),
        };
        events = events
            .iter()
            .flat_map(|event| values.iter().map(move |value| format!("{event}{}", member(value))))
            .collect();
    }
    events.iter().map(|event| format!("{{{event}\"eventSource\":\"s\"}}")).collect()
}

fn comparison() -> impl Strategy<Value = String> {
    let all: Vec<String> =
        FIELDS.iter().flat_map(|(field, tests, _)| tests.iter().map(move |test| format!("$.{field} {test}"))).collect();
    select(all)
}

fn expression() -> impl Strategy<Value = String> {
    comparison().prop_recursive(3, 8, 3, |inner| {
        (prop::collection::vec(inner, 2..4), select(&[" && ", " || "][..]))
            .prop_map(|(parts, by)| format!("({})", parts.join(by)))
    })
}

/// What the service takes: two regular expressions at most.
fn parse(expression: &str) -> Option<Pattern> {
    Pattern::parse(&format!("{{ {expression} }}")).ok()
}

fn is_covered(found: &[&Pattern], required: &Pattern) -> bool {
    let found: Vec<Candidate<'_>> = found.iter().copied().map(Candidate::new).collect();
    covers(&found, required, &RECORDS) == Coverage::Covered
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, cases: 96, ..Default::default() })]

    #[test]
    fn what_is_decided_is_what_trying_everything_finds(found in prop::collection::vec(expression(), 1..3), required in expression()) {
        let (Some(found), Some(required)) = (found.iter().map(|it| parse(it)).collect::<Option<Vec<_>>>(), parse(&required)) else { return Ok(()) };
        let is_missed = |event: &String| {
            required.matches(event) == Matched::Yes && found.iter().all(|pattern| pattern.matches(event) == Matched::No)
        };
        let missed = events().into_iter().find(is_missed);
        let decided = covers(&found.iter().map(Candidate::new).collect::<Vec<_>>(), &required, &RECORDS);
        match (&missed, &decided) {
            (None, Coverage::Covered) | (Some(_), Coverage::Missed(_)) => {}
            _ => prop_assert!(false, "{missed:?} but {decided:?}"),
        }
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn coverage_is_an_order(a in expression(), b in expression(), c in expression()) {
        // Weaker and weaker, so that the premises are often true.
        let (Some(narrow), Some(middle), Some(wide)) =
            (parse(&format!("({a}) && ({b}) && ({c})")), parse(&format!("({a}) && ({b})")), parse(&a)) else { return Ok(()) };
        prop_assert!(is_covered(&[&middle], &narrow) && is_covered(&[&wide], &middle) && is_covered(&[&wide], &narrow));
        let (Some(a), Some(b), Some(c)) = (parse(&a), parse(&b), parse(&c)) else { return Ok(()) };
        prop_assert!(!(is_covered(&[&a], &b) && is_covered(&[&b], &c)) || is_covered(&[&a], &c));
        prop_assert!(is_covered(&[&a], &a));
    }

    #[test]
    fn filters_together_are_their_union(a in expression(), b in expression(), required in expression()) {
        let (Some(a_or_b), Some(a), Some(b), Some(required)) =
            (parse(&format!("({a}) || ({b})")), parse(&a), parse(&b), parse(&required)) else { return Ok(()) };
        prop_assert_eq!(is_covered(&[&a, &b], &required), is_covered(&[&a_or_b], &required));
        prop_assert_eq!(is_covered(&[&b, &a], &required), is_covered(&[&a, &b], &required));
        prop_assert!(is_covered(&[&a, &b], &a_or_b) && is_covered(&[&a_or_b], &a) && is_covered(&[&a_or_b], &b));
        // A demand for either is one for both in turn.
        prop_assert_eq!(is_covered(&[&required], &a_or_b), is_covered(&[&required], &a) && is_covered(&[&required], &b));
    }

    #[test]
    fn spelling_leaves_no_trace(expression in expression(), blanks in select(&["", " ", "\t", "\n ", "   "][..])) {
        let Some(pattern) = parse(&expression) else { return Ok(()) };
        let wrapped = format!("{blanks}{{(({blanks}({expression}){blanks})){blanks}}}{blanks}");
        prop_assert_eq!(Pattern::parse(&wrapped), Ok(pattern.clone()));
        let spread = format!("{{ {} }}", expression.replace(" && ", &format!("{blanks}&&{blanks}")).replace(" = ", "="));
        prop_assert_eq!(Pattern::parse(&spread), Ok(pattern.clone()));
        let quoted = expression.replace("= AB", "= \"AB\"").replace("= true", "= \"true\"");
        prop_assert_eq!(parse(&quoted), Some(pattern));
    }
}
