//! Texts as people paste them: what is wrong with them, and what was meant.

use std::time::{Duration, Instant};

use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_assert_ne, prop_oneof, proptest};
use proptest::sample::select;
use serde::Deserialize;

use filter_pattern::{Candidate, Coverage, FaultKind, Pattern, Repair, covers};

use crate::laws::pattern;
use crate::records::RECORDS;

fn repair(text: &str) -> Option<Repair> {
    Pattern::parse(text).err().and_then(|error| error.repair())
}

#[derive(Deserialize)]
struct Case {
    pasted: String,
    meant: Option<String>,
    #[serde(default)]
    faults: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[test]
fn what_was_pasted_is_repaired_with_its_causes() {
    let mut wrong = Vec::new();
    for case in toml::from_str::<Table>(include_str!("paste.toml")).expect("a case table").case {
        let repair = repair(&case.pasted);
        let meant = repair.as_ref().map(|repair| repair.pattern().to_owned());
        let faults: Vec<String> =
            repair.iter().flat_map(Repair::faults).map(|fault| format!("{:?}", fault.kind())).collect();
        if (&meant, &faults) != (&case.meant, &case.faults) {
            wrong.push(format!("{}\n    {}  {faults:?}", case.pasted, meant.unwrap_or_default()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn causes_stand_in_the_text_that_was_refused() {
    let pasted = "“{ ($.a &#61;= \\\"ä\\\") AND b != 'x' }”";
    let repair = repair(pasted).expect("a repair");
    assert_eq!(repair.pattern(), r#"{ ($.a = "ä") && $.b != "x" }"#);
    let faults: Vec<(FaultKind, &str)> =
        repair.faults().iter().map(|fault| (fault.kind(), &pasted[fault.span().range()])).collect();
    assert_eq!(
        faults,
        [
            (FaultKind::QuotedPattern, "“"),
            (FaultKind::HtmlEntities, "&#61;"),
            (FaultKind::ForeignOperator, "&#61;="),
            (FaultKind::EscapedText, "\\"),
            (FaultKind::ForeignConnective, "AND"),
            (FaultKind::MissingDollar, "b"),
            (FaultKind::SingleQuotes, "'"),
        ]
    );
    let open = "{ ($.a = 1";
    let missing = Pattern::parse(open).unwrap_err().repair().expect("a repair");
    assert_eq!(missing.faults()[0].span().range(), open.len()..open.len());
}

#[test]
fn blanks_round_a_pattern_and_line_breaks_in_it_are_no_faults() {
    let plain = Pattern::parse(r#"{ ($.a = "x") && ($.b != "y") }"#).expect("a pattern");
    for text in [
        "{ ($.a = \"x\") && ($.b != \"y\") } ",
        " \t{ ($.a = \"x\") && ($.b != \"y\") }",
        "{ ($.a = \"x\") &&\n  ($.b != \"y\") }\n",
        "{\r\n($.a = \"x\") &&\r\n($.b != \"y\")\r\n}\r\n",
    ] {
        assert_eq!(Pattern::parse(text).as_ref(), Ok(&plain), "{text:?}");
    }
}

/// What the faults of copying do to a good pattern.
fn corrupted(text: &str, fault: usize) -> String {
    match fault {
        0 => text.replace('\\', "\\\\").replace('"', "\\\""),
        1 => text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
        2 => text.replace('&', "&#38;").replace('"', "&#x22;").replace('{', "&#123;"),
        3 => text.replace('&', "\\&").replace('|', "\\|"),
        4 => text.replace(' ', "\u{a0}"),
        5 => text.replace('=', "\u{200b}=\u{feff}"),
        6 => format!("'{text}'"),
        7 => text.replace("&&", "AND ").replace("||", "or "),
        8 => text.replace("&&", "&").replace("||", "|"),
        9 => format!("{{{text}}}"),
        10 => text.trim_end_matches(['}', ' ']).to_owned(),
        11 => text.replace("$.", ""),
        12 => text.replace(" NOT EXISTS", "NOT EXISTS").replace(" IS ", "IS "),
        13 => text.replace(" != ", " <> ").replace(" = ", " == "),
        14 => text.replace('\\', "\\\\").replace('"', "\\\"").replace('&', "\\u0026").replace('>', "\\u003e"),
        15 => format!("\"{}\"", text.replace(" != ", " ≠ ")),
        16 => format!("{{{text}"),
        _ => text.trim_start_matches(['{', ' ']).to_owned(),
    }
}

/// Faults above that leave a text in which the others still show.
const FAULTS: usize = 18;

/// A pattern of values in double quotes and no others; so are those that typographic quotes come from.
fn quoted_pattern() -> impl Strategy<Value = String> {
    let value = select(vec!["ann", "AWS Internal", "it*", "", "é", "a’b", "–"]);
    let test = (select(vec!["$.a", "$.b.c", "$.l[*].x"]), select(vec!["=", "!="]), value)
        .prop_map(|(selector, sign, value)| format!("({selector} {sign} \"{value}\")"));
    (prop::collection::vec(test, 1..4), select(vec![" && ", " || "]))
        .prop_map(|(tests, by)| format!("{{ {} }}", tests.join(by)))
        .prop_filter("accepted", |text| Pattern::parse(text).is_ok())
}

/// The text with each pair of quotes replaced by this one.
fn requoted(text: &str, open: &str, close: &str) -> String {
    let mut pieces = text.split('"');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for (i, piece) in pieces.enumerate() {
        out.push_str(if i % 2 == 0 { open } else { close });
        out.push_str(piece);
    }
    out
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_corrupted_pattern_is_repaired_to_an_equal_one(text in pattern(true), fault in 0..FAULTS) {
        let good = Pattern::parse(&text).expect("a pattern");
        let bad = corrupted(&text, fault);
        match Pattern::parse(&bad) {
            // This fault did nothing to this pattern, or nothing that is refused.
            Ok(same) => prop_assert!(same == good || fault == 15, "{} is {}", bad, same),
            Err(error) => {
                let repair = error.repair();
                prop_assert!(repair.is_some(), "{}: {}", bad, error);
                let repaired = Pattern::parse(repair.expect("it is some").pattern()).expect("a repair parses");
                prop_assert_eq!(&repaired, &good);
                prop_assert_eq!(covers(&[Candidate::new(&repaired)], &good, &RECORDS), Coverage::Covered);
            }
        }
    }

    #[test]
    fn several_faults_are_repaired_together(text in pattern(true), faults in prop::collection::vec(select(vec![0, 3, 4, 7, 9, 13]), 2..4)) {
        let good = Pattern::parse(&text).expect("a pattern");
        let mut faults = faults;
        // Signs change before blanks do, and escapes come last, as they would.
        faults.sort_by_key(|fault| [13, 7, 9, 4, 3, 0].iter().position(|known| known == fault));
        faults.dedup();
        let bad = faults.iter().fold(text, |text, fault| corrupted(&text, *fault));
        if let Err(error) = Pattern::parse(&bad) {
            let repair = error.repair();
            prop_assert!(repair.is_some(), "{}: {}", bad, error);
            let repaired = Pattern::parse(repair.expect("it is some").pattern()).expect("a repair parses");
            prop_assert_eq!(&repaired, &good, "{}", bad);
        }
    }

    #[test]
    fn quotes_of_any_kind_are_repaired(text in quoted_pattern(), quotes in select(vec![("“", "”"), ("„", "“"), ("«", "»"), ("‘", "’"), ("\u{201d}", "\u{201d}"), ("&ldquo;", "&rdquo;"), ("\"", "”"), ("“", "\"")])) {
        let bad = requoted(&text, quotes.0, quotes.1);
        // An apostrophe within single quotes ends them.
        if quotes.0 == "‘" && text.contains('’') {
            return Ok(());
        }
        prop_assert_eq!(repair(&bad).map(|repair| repair.pattern().to_owned()), Some(text), "{}", bad);
    }

    /// Whatever it is given, a repair is a pattern, has faults within the text, and is not the text.
    #[test]
    fn a_repair_is_a_pattern(text in prop_oneof![
        any::<String>(),
        "[{'\"“]{0,2}([ $.ab1=!<>&|()\\\\\"“”'‘’;#%,–\u{a0}\u{200b}\\[\\]{}]|&amp;|&quot;|\\\\u0026| AND | OR | IS NULL|NOT EXISTS){0,30}[}'\"” ]{0,2}",
        (pattern(true), prop::collection::vec((any::<prop::sample::Index>(), select(vec!["", "\"", "'", "\\", "&", "|", "{", "}", "(", ")", "=", "“", "&quot;", "\u{a0}", "%", "$", "[", "–"])), 1..5)).prop_map(|(mut text, edits)| {
            for (at, piece) in edits {
                let at = at.index(text.len() + 1);
                if text.is_char_boundary(at) {
                    text.insert_str(at, piece);
                }
            }
            text
        }),
        Just(String::new()),
    ]) {
        let Err(error) = Pattern::parse(&text) else { return Ok(()) };
        let Some(repair) = error.repair() else { return Ok(()) };
        prop_assert!(Pattern::parse(repair.pattern()).is_ok(), "{}", repair.pattern());
        prop_assert_ne!(repair.pattern(), text.trim_matches([' ', '\t', '\n', '\r']));
        prop_assert!(!repair.faults().is_empty() && !repair.words().contains('\n'));
        for fault in repair.faults() {
            prop_assert!(text.get(fault.span().range()).is_some(), "{:?} in {:?}", fault, text);
        }
    }
}

/// As long as a text may be, of what is looked at again and again: it takes time by its length.
#[test]
fn no_text_keeps_the_repair_busy() {
    for piece in [
        "{",
        "(",
        "[",
        "\\",
        "\\\"",
        "&amp;",
        "&",
        "&#",
        "“",
        "”",
        "' ",
        "\u{a0}",
        "“ ",
        "{ (",
        "$.a = x ",
        "x ",
        "=",
        "%",
        "a–",
        "{ $.a = “x” AND (",
        "$.aNOT EXISTS ",
        "\\u0026",
        " ",
        "& ",
        ",",
        ")",
        "}",
        "'\\''",
    ] {
        for front in ["", "{ $.a = ", "{ $.a = “", "[a = ", "'{ "] {
            let text = front.to_owned() + &piece.repeat(16_000 / piece.len());
            let start = Instant::now();
            let _ = repair(&text);
            assert!(start.elapsed() < Duration::from_secs(2), "{front}{piece}: {:?}", start.elapsed());
        }
    }
    assert_eq!(repair(&"{ $.a == x ".repeat(100_000)), None);
}
