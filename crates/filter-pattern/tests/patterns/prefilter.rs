//! What the bytes of an event alone say is what evaluation says, however the event is spelt.

use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::{Index, select};

use filter_pattern::{Matched, Occurrences, Pattern, PatternSet, Prefilter};

use crate::laws::{event, object, pattern};

/// Whether an event is left to a pattern by its bytes, and what the pattern says of it.
fn asked(pattern: &str, event: &str) -> (bool, Matched) {
    let pattern = Pattern::parse(pattern).expect("a pattern");
    (Prefilter::new([&pattern]).left(event.as_bytes()).has(0), pattern.matches(event))
}

#[test]
fn an_event_without_what_is_asked_for_is_not_read() {
    for (pattern, event) in [
        ("{ $.a = x }", r#"{"a":"y"}"#),
        ("{ $.a = x }", r#"{"b":"x"}"#),
        ("{ $.a = x }", r#"{"b":{"a":"y"},"c":{"a":"z"}}"#),
        ("{ $.a = x }", r#"{"a":null,"b":"\"x\""}"#),
        ("{ $.a = x && $.b != y }", r#"{"a":"xx","b":"z"}"#),
        ("{ $.a = x || $.b = y* }", r#"{"a":"y","b":"x"}"#),
        ("{ $.u.type = Root }", r#"{"u":{"type":"Role","by":{"of":{"type":"Role"}}},"r":[{"type":"x"},{"type":"y"}]}"#),
        ("{ $.b > 1 }", r#"{"a":2}"#),
    ] {
        assert_eq!(asked(pattern, event), (false, Matched::No), "{pattern} on {event}");
    }
}

#[test]
fn what_may_be_spelt_otherwise_is_evaluated() {
    for (pattern, event, matched) in [
        ("{ $.a = x }", r#"{"a":"\u0078"}"#, true),
        ("{ $.a = x }", r#"{"\u0061":"x"}"#, true),
        ("{ $.a = 4* }", r#"{"a":40e1}"#, true),
        ("{ $.a = 4 }", r#"{"a":4.0}"#, true),
        ("{ $.a.b = x }", "{\"a\" : {\"c\":{\"b\":\"y\"} ,\n\"b\" :\t\"x\"}}", true),
        ("{ $.a NOT EXISTS }", "{}", true),
        ("{ $.a[*].b != x }", r#"{"a":[]}"#, true),
        ("x", r#"{"a":"x"}"#, true),
    ] {
        assert_eq!(
            asked(pattern, event),
            (true, if matched { Matched::Yes } else { Matched::No }),
            "{pattern} on {event}"
        );
    }
    // A key that occurs twice leaves the answer unknown, whatever its values are.
    for event in [r#"{"a":"y","a":"z"}"#, r#"{"a":{"a":1},"a":"z"}"#, r#"{"b":[{"a":1}],"a":"y","c":{"a":"]"},"a":1}"#]
    {
        let (is_left, matched) = asked("{ $.a = x }", event);
        assert!(is_left && matches!(matched, Matched::Unknown(_)), "{event}: {matched:?}");
    }
    let (is_left, matched) = asked("{ $.a.b = x }", r#"{"a":{},"a":{"b":"y"}}"#);
    assert!(is_left && matches!(matched, Matched::Unknown(_)), "{matched:?}");
    let (is_left, matched) = asked("{ $.a = x }", &format!("{{\"b\":\"{}\"}}", "x".repeat(1 << 20)));
    assert!(is_left && matches!(matched, Matched::Unknown(_)), "{matched:?}");
}

#[test]
fn a_pattern_without_a_usable_text_is_always_evaluated() {
    for text in
        ["{ $.a NOT EXISTS }", "", "ERROR", "[a, b]", "%x%", "{ $.['a\"b'] = x }", "{ $.a = x || $.b NOT EXISTS }"]
    {
        assert!(Prefilter::new([&Pattern::parse(text).expect("a pattern")]).is_idle(), "{text}");
    }
}

/// How one event is spelt otherwise, or damaged.
#[derive(Debug, Clone)]
enum Change {
    None,
    /// A letter or digit becomes an escape.
    Escape(Index),
    /// A member is written again, with another value, at the beginning of an object.
    Double(Index, &'static str, &'static str),
    /// `1` is written so.
    Number(&'static str),
    /// Blanks follow each colon and comma.
    Blanks(&'static str),
    Cut(Index),
    /// A byte becomes another one.
    Replace(Index, char),
}

fn change() -> impl Strategy<Value = Change> {
    let names =
        ["eventName", "eventSource", "errorCode", "type", "userIdentity", "requestParameters", "x", "l", "free"];
    let values = ["\"A\"", "\"zz\"", "1", "null", "{}", "[\"A\"]", "{\"x\":\"A\"}"];
    prop_oneof![
        1 => proptest::prelude::Just(Change::None),
        3 => any::<Index>().prop_map(Change::Escape),
        4 => (any::<Index>(), select(names.to_vec()), select(values.to_vec())).prop_map(|(at, name, value)| Change::Double(at, name, value)),
        1 => select(vec!["1.0", "1e0", "10e-1", "0.1E1", "-1"]).prop_map(Change::Number),
        1 => select(vec![" ", "\n\t", "  "]).prop_map(Change::Blanks),
        1 => any::<Index>().prop_map(Change::Cut),
        2 => (any::<Index>(), select(vec!['"', '{', '}', '\\', ',', ':', 'A', '['])).prop_map(|(at, by)| Change::Replace(at, by)),
    ]
}

fn changed(text: &str, change: &Change) -> String {
    let place = |index: &Index, is_meant: &dyn Fn(char) -> bool| {
        let places: Vec<usize> =
            text.char_indices().filter(|(_, letter)| is_meant(*letter)).map(|(at, _)| at).collect();
        (!places.is_empty()).then(|| places[index.index(places.len())])
    };
    let put = |at: usize, skip: usize, what: &str| format!("{}{what}{}", &text[..at], &text[at + skip..]);
    match change {
        Change::None => text.to_owned(),
        Change::Escape(index) => match place(index, &|letter| letter.is_ascii_alphanumeric()) {
            Some(at) => put(at, 1, &format!("\\u{:04x}", u32::from(text.as_bytes()[at]))),
            None => text.to_owned(),
        },
        Change::Double(index, name, value) => match place(index, &|letter| letter == '{') {
            Some(at) if text[at + 1..].starts_with('}') => put(at + 1, 0, &format!("\"{name}\":{value}")),
            Some(at) => put(at + 1, 0, &format!("\"{name}\":{value},")),
            None => text.to_owned(),
        },
        Change::Number(spelling) => {
            text.replace(":1,", &format!(":{spelling},")).replace(":1}", &format!(":{spelling}}}"))
        }
        Change::Blanks(blanks) => {
            text.replace("\":", &format!("\"{blanks}:{blanks}")).replace(",\"", &format!(",{blanks}\""))
        }
        Change::Cut(index) => text[..place(index, &|_| true).unwrap_or_default()].to_owned(),
        Change::Replace(index, by) => match place(index, &|letter| letter.is_ascii()) {
            Some(at) => put(at, 1, &by.to_string()),
            None => text.to_owned(),
        },
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 3000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_not_left_does_not_match(
        patterns in prop::collection::vec(pattern(true), 1..5),
        event in prop_oneof![event(), object()],
        changes in prop::collection::vec(change(), 0..4),
    ) {
        let text = changes.iter().fold(event.to_string(), |text, change| changed(&text, change));
        let patterns: Vec<Pattern> = patterns.iter().map(|text| Pattern::parse(text).expect("a pattern")).collect();
        let left = Prefilter::new(&patterns).left(text.as_bytes());
        for (place, pattern) in patterns.iter().enumerate() {
            if !left.has(place) {
                prop_assert!(pattern.matches(&text) == Matched::No, "{pattern} on {text}: {:?}", pattern.matches(&text));
            }
        }
    }

    #[test]
    fn many_events_are_sifted_as_each_by_itself(
        patterns in prop::collection::vec(pattern(true), 1..5),
        events in prop::collection::vec((prop_oneof![event(), object()], prop::collection::vec(change(), 0..3)), 1..12),
        between in select(vec!["\n", ",", ""]),
    ) {
        let texts: Vec<String> = events
            .iter()
            .map(|(event, changes)| changes.iter().fold(event.to_string(), |text, change| changed(&text, change)))
            .collect();
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for text in &texts {
            bytes.extend_from_slice(text.as_bytes());
            bytes.extend_from_slice(between.as_bytes());
            ends.push(bytes.len());
        }
        let patterns: Vec<Pattern> = patterns.iter().map(|text| Pattern::parse(text).expect("a pattern")).collect();
        let set = PatternSet::new(patterns.clone());
        let sifted = set.prefilter().sift(&bytes, &ends, None);
        for text in [&b"\"event"[..], b"\"", b"\"n"] {
            let at: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text)).collect();
            let known = set.prefilter().sift(&bytes, &ends, Some(Occurrences { text, at: &at }));
            for (place, text) in texts.iter().enumerate() {
                if serde_json::from_str::<serde_json::Value>(text).is_ok() {
                    prop_assert_eq!(known.contains(&place), sifted.contains(&place), "{}", text);
                }
            }
        }
        for (place, text) in texts.iter().enumerate() {
            let left = set.prefilter().left(text.as_bytes());
            // Of what is cut the two may look at different bytes; it matches nothing.
            if serde_json::from_str::<serde_json::Value>(text).is_ok() {
                prop_assert_eq!(sifted.contains(&place), !left.is_empty(), "{}", text);
            }
            let together = set.examine(text, left).matched;
            for (at, pattern) in patterns.iter().enumerate() {
                let alone = pattern.matches(text);
                prop_assert!(sifted.contains(&place) || alone == Matched::No, "{pattern} on {text}");
                prop_assert_eq!(&together[at], &alone, "{} on {}", pattern, text);
            }
        }
    }
}
