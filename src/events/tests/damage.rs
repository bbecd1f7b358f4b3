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
        (format!("{},{b},{c}", a.trim_end_matches('}')), vec![b.clone(), c.clone()]),
        (format!("{a},{},{c},{a}", b.trim_end_matches('}')), vec![a.clone(), c.clone(), a.clone()]),
    ] {
        let input = format!("{{\"Records\":[{records}]}}");
        let (found, errors) = events(input.as_bytes(), 1 << 20);
        assert_eq!((found, errors.len()), (wanted, 1), "{input}");
        assert!(errors[0].ends_with(": an event that is not whole"), "{errors:?}");
    }
}
