//! What is damaged is named, whatever it is of, and everything round it is read.

use super::events;

fn event(name: &str) -> String {
    format!("{{\"eventVersion\":\"1.11\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"{name}\"}}")
}

#[test]
fn damage_in_a_pretty_printed_list_stays_in_its_element() {
    let element = |name: &str| {
        let message = serde_json::Value::from(event(name));
        format!("        {{\n            \"message\": {message},\n            \"timestamp\": 1\n        }}")
    };
    let list = |second: &str| {
        let elements = [&element("A"), second, &element("C"), &element("D")].map(str::to_owned).join(",\n");
        format!("{{\n    \"events\": [\n{elements}\n    ]\n}}\n")
    };
    let second = element("B");
    for (damaged, wanted, at) in [
        // A quote that became another letter, and brackets that are missing.
        (second.replacen("\"message\": ", "\"message: ", 1), &["A", "C", "D"][..], 186),
        (second.replacen("\\\"}\"", "\\\"}x", 1), &["A", "C", "D"], 186),
        (second.replacen("        }", "", 1), &["A", "C", "D"], 186),
    ] {
        let input = list(&damaged);
        assert_ne!(damaged, second);
        for step in [7, 1 << 20] {
            let (found, errors) = events(input.as_bytes(), step);
            assert_eq!(found, wanted.iter().map(|name| event(name)).collect::<Vec<_>>(), "{input}");
            assert_eq!(errors, [format!("is damaged at byte {at}: an event that is not whole")], "{input}");
        }
    }
}

#[test]
fn damage_in_one_line_of_envelopes_stays_in_its_line() {
    let line = |name: &str| format!("{{\"version\":\"0\",\"detail\":{}}}\n", event(name));
    let damaged = line("B").replacen("\"iam.amazonaws.com\"", "\"iam.amazonaws.com~", 1);
    let input = [line("A"), damaged, line("C"), line("D")].concat();
    for step in [7, 1 << 20] {
        let (found, errors) = events(input.as_bytes(), step);
        let found: Vec<String> = found.into_iter().filter(|found| !found.contains('~')).collect();
        assert_eq!(found, [event("A"), event("C"), event("D")]);
        assert_eq!(errors, [format!("is damaged at byte {}: an event that is not whole", line("A").len())]);
    }
}

#[test]
fn what_begins_inside_a_damaged_record_is_read() {
    let (a, b, c) = (event("A"), event("B"), event("C"));
    for (records, wanted) in [
        (format!("{},{b},{c}", a.trim_end_matches('}')), vec!["B", "C"]),
        (format!("{a},{},{c},{a}", b.trim_end_matches('}')), vec!["A", "C", "A"]),
    ] {
        let input = format!("{{\"Records\":[{records}]}}");
        let (found, errors) = events(input.as_bytes(), 1 << 20);
        let wanted: Vec<String> = wanted.into_iter().map(event).collect();
        assert_eq!((found, errors.len()), (wanted, 1), "{input}");
        assert!(errors[0].ends_with(": an event that is not whole"), "{errors:?}");
    }
}

/// What comes out of an input: the names of the events, and where it is damaged.
fn found(input: &str) -> (Vec<String>, Vec<String>) {
    let (found, errors) = events(input.as_bytes(), 1 << 20);
    assert_eq!((found.clone(), errors.clone()), events(input.as_bytes(), 7), "{input}");
    let name = |found: &String| {
        let event: serde_json::Value = serde_json::from_str(found).ok()?;
        Some(event["eventName"].as_str()?.to_owned())
    };
    (found.iter().filter_map(name).collect(), errors)
}

#[test]
fn the_beginning_of_a_file_that_is_cut_off_is_damage() {
    let (a, b) = (event("A"), event("B"));
    let rest = &a[30..];
    for (input, wanted) in [
        (format!("{rest}\n{b}\n"), &["B"][..]),
        (format!("{rest},{b}]}}"), &["B"]),
        (format!("{rest},{b},{b}]}}\n{b}\n"), &["B", "B", "B"]),
        (format!("x {rest} {b}\n"), &["B"]),
        (format!("\"eventTime\": \"t\",\n  \"eventName\": \"A\"\n}}\n{b}\n"), &["B"]),
        (format!("{}}}]}}\n{{\"detail\":{b}}}\n", serde_json::Value::from(a.clone())), &["A", "B"]),
    ] {
        let wrong = "an event that is not whole";
        let (names, errors) = found(&input);
        assert_eq!(names, wanted, "{input}");
        assert_eq!(errors.len(), 1, "{input}: {errors:?}");
        assert!(errors[0].ends_with(wrong), "{input}: {errors:?}");
    }
}

#[test]
fn damaged_bytes_between_events_are_named() {
    let (a, b) = (event("A"), event("B"));
    for between in ["ame\":\"x\"}", " \"eventName\":\"x\"}", "\"x\":{\"y\":1},\"z\":null} "] {
        let (names, errors) = found(&format!("{a}{between}{b}\n"));
        assert_eq!((names.join(" "), errors.len()), ("A B".to_owned(), 1), "{between}: {errors:?}");
    }
    for between in ["\t", ", ", " INFO [x] {y=1} ", "\"x\",", " time=\"1:2\" "] {
        assert_eq!(found(&format!("{a}{between}{b}\n")), (vec!["A".into(), "B".into()], vec![]), "{between}");
    }
}

#[test]
fn what_a_cut_event_holds_is_no_event() {
    let inner = "{\"eventName\":\"X\",\"eventSource\":\"s\"}";
    let text = serde_json::Value::from(event("X"));
    for parameters in [format!("{{\"detail\":{inner}}}"), format!("{{\"message\":{text}}}"), format!("[{inner}]")] {
        let outer =
            event("A").replacen("\"eventName\"", &format!("\"requestParameters\":{parameters},\"eventName\""), 1);
        for cut in [&outer[30..], &outer[..outer.len() - 2]] {
            let (names, errors) = found(&format!("{cut}\n{}\n", event("B")));
            assert_eq!(names, ["B"], "{cut}");
            assert_eq!(errors, ["is damaged at byte 0: an event that is not whole"], "{cut}");
        }
    }
}

#[test]
fn what_is_packed_behind_lines_is_damaged() {
    let line = format!("{}\n", event("A"));
    let wide: Vec<u8> = format!("\u{feff}{line}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for rest in [super::packed(&line), wide] {
        let (found, errors) = events(&[line.as_bytes(), &rest].concat(), 1 << 20);
        assert_eq!(found[0], event("A"));
        let at = line.len();
        let wrong = format!("is damaged at byte {at}: packed, or not in UTF-8, behind what is not: read it by itself");
        assert_eq!(errors, [wrong]);
    }
}
