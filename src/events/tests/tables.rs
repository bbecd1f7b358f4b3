//! Tables that are not all of an input, or not whole.

use super::events;

fn event(name: &str) -> String {
    format!("{{\"eventVersion\":\"1.11\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"{name}\"}}")
}

/// An event as a column.
fn column(name: &str) -> String {
    format!("\"{}\"", event(name).replace('"', "\"\""))
}

fn all(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| event(name)).collect()
}

#[test]
fn tables_and_lines_in_one_input_are_all_read() {
    let (a, b, c) = (column("A"), event("B"), event("C"));
    for (input, wanted) in [
        (format!("x,y\n1,{a}\n{b}\n{c}\n"), &["A", "B", "C"][..]),
        (format!("{a},1\n{b}\n{a},2\n"), &["A", "B", "A"]),
        (format!("x,y\n1,{a}\n[{b},{c}]\n"), &["A", "B", "C"]),
        (format!("x,y\n1,{a}\n{{\"Records\":[\n{b},{c}]}}\n2,{a}\n"), &["A", "B", "C", "A"]),
        (format!("x,y\n1,{a}\n2,{b}\n"), &["A", "B"]),
        (format!("x\n{a}\n{b}\n"), &["A", "B"]),
    ] {
        for step in [7, 1 << 20] {
            assert_eq!(events(input.as_bytes(), step), (all(wanted), vec![]), "{input}");
        }
    }
    // Behind lines the names of the columns are text.
    let (mut found, errors) = events(format!("{b}\nx,y\n1,{a}\n\"2\",{a}\n").as_bytes(), 1 << 20);
    assert_eq!((found.remove(1), found, errors), ("x,y".to_owned(), all(&["B", "A", "A"]), vec![]));
}

#[test]
fn what_is_damaged_in_a_table_leaves_the_other_rows() {
    let (a, b) = (column("A"), column("B"));
    let cut = &b[..b.len() / 2];
    for (input, wanted, wrong) in [
        (format!("x,y\n\"1\",{a}\n\"2\"x,{b}\n\"3\",{a}\n"), &["A", "A"][..], "a row that is not whole"),
        (
            format!("x,y\n\"1\",{a}\n\"2\",{cut}\n\"3\",{a}\n\"4\",{a}\n"),
            &["A", "A", "A"],
            "an event that is not whole",
        ),
        (format!("x,y\n\"1\",{a}\n\"2\",{cut}\"\n\"3\",{a}\n"), &["A", "A"], "an event that is not whole"),
        (format!("x,y\n\"1\",{a}\n\"2\",{}\n\"3\",{a}\n", &b[..b.len() - 1]), &["A", "A"], "a row that is not whole"),
        (format!("x,y\n\"1\",{a}\n\"2\",\"{{"), &["A"], "ends inside a row"),
    ] {
        let (found, errors) = events(input.as_bytes(), 1 << 20);
        let found: Vec<String> = found.into_iter().filter(|found| found.starts_with('{')).collect();
        assert_eq!(found, all(wanted), "{input}");
        assert_eq!(errors.len(), 1, "{input}: {errors:?}");
        assert!(errors[0].ends_with(wrong), "{input}: {errors:?}");
    }
}

#[test]
fn columns_with_more_than_an_event_are_read() {
    let (a, b) = (column("A"), column("B"));
    let (inner, other) = (a.trim_matches('"'), &b[1..]);
    for (input, wanted) in [
        (format!("x,y\n1,\"2026-01-05 {other}\n"), &["B"][..]),
        (format!("x,y\n1,\"{inner}\n{other}\n"), &["A", "B"]),
        (format!("x,y\n{a},{b}\n"), &["A", "B"]),
        (format!("x;y\n{a};{a}\n{b};1\n"), &["A", "B"]),
        // What has no version is about the event beside it.
        (format!("x,y\n\"{{\"\"eventName\"\":\"\"Z\"\"}}\",{a}\n"), &["A"]),
    ] {
        assert_eq!(events(input.as_bytes(), 1 << 20), (all(wanted), vec![]), "{input}");
    }
}

#[test]
fn quotes_without_end_take_bounded_time() {
    let input = format!("x,y\n1,{}\n{}{}\n", column("A"), "1,\"x\n".repeat(100_000), event("B"));
    let (found, errors) = events(input.as_bytes(), 1 << 17);
    assert_eq!(found.iter().filter(|found| found.starts_with('{')).count(), 2);
    assert!(!errors.is_empty());
}
