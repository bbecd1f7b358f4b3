//! Where events may lie: line breaks anywhere in them and between them, and lists whose elements are laid out in several ways.

use super::{Naming, events, read};

const A: &str = "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"Root\"},\"eventName\":\"A\",\"resources\":[{\"a\":1},{\"b\":2}],\"x\":{\"y\":[]}}";
const B: &str = "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"Root\"},\"eventName\":\"B\"}";

#[test]
fn a_line_break_anywhere_in_an_event_does_not_cut_it() {
    for (before, behind) in [
        ("", "\n"),
        ("", B),
        ("{\"detail\":", "}\n"),
        ("{\"Records\":[", "]}"),
        ("[", "]\n"),
        ("09:00:00 ", "\n"),
        ("INFO ", "\n"),
    ] {
        let is_structure = |(at, byte): (usize, &u8)| (b"{}[],:".contains(byte) && at > 0).then_some(at);
        for at in A.bytes().enumerate().filter_map(|(at, byte)| is_structure((at, &byte))) {
            for line_end in ["\n", "\r\n", "\n\n", "\n  "] {
                for at in [at, at + 1] {
                    let input = format!("{before}{}{line_end}{}{behind}{B}\n", &A[..at], &A[at..]);
                    let mut wanted = vec![A.to_owned(), B.to_owned()];
                    if behind == B {
                        wanted.push(B.to_owned());
                    }
                    for step in [7, 1 << 20] {
                        assert_eq!(events(input.as_bytes(), step), (wanted.clone(), vec![]), "{input}");
                    }
                }
            }
        }
    }
}

#[test]
fn records_of_which_some_have_lines_of_their_own_are_all_read() {
    let other = B.replacen("{\"eventVersion\":\"1.11\",", "{\"awsRegion\":\"r\",\"eventVersion\":\"1.11\",", 1);
    for between in [",\n", "\n,", ", ", ",\n\n  "] {
        for (input, wanted) in [
            (format!("{{\"Records\":[{A}{between}{B},{A}]}}"), vec![A, B, A]),
            (format!("{{\"Records\":[{A},{B}{between}{A}]}}"), vec![A, B, A]),
            (format!("{{\"Records\":[\n{A},{B}]}}\n{{\"Records\":[{A}{between}{B}]}}"), vec![A, B, A, B]),
            (format!("[\n{A},{B}{between}{A},{B}\n]"), vec![A, B, A, B]),
            (format!("[\n{A},{B},{other}{between}{A},{B}\n]"), vec![A, B, &other, A, B]),
        ] {
            for step in [7, 1 << 20] {
                let found = events(input.as_bytes(), step);
                assert_eq!(found, (wanted.iter().map(|&event| event.to_owned()).collect(), vec![]), "{input}");
            }
        }
    }
}

#[test]
fn long_lists_of_mixed_layout_are_read_to_their_end() {
    for (every, between) in [(1, ",\n"), (3, ",\n"), (40, ", "), (1_000, "\n,")] {
        let mut records = String::from("{\"Records\":[");
        for number in 0..2_000 {
            let between = match number {
                0 => "",
                number if number % every == 0 => between,
                _ => ",",
            };
            records.push_str(between);
            records.push_str(&B.replace("\"B\"", &format!("\"B{number}\"")));
        }
        records.push_str("]}");
        let (found, errors) = events(records.as_bytes(), 1 << 20);
        assert_eq!((found.len(), errors), (2_000, vec![]), "{every}");
        assert!(found[1_999].contains("\"B1999\""));
    }
}

#[test]
fn what_is_damaged_between_records_is_of_interest() {
    let fragment = "ame\":\"PutRolePolicy\",\"eventID\":\"2\"}";
    let input = format!("{{\"Records\":[{B},{fragment},{B},{A}]}}");
    let (mut left, mut others) = (Vec::new(), 0);
    let found = read(&mut input.as_bytes(), &mut |block| {
        block.select(&Naming("\"A\""), |event, is_left| match is_left {
            true => left.push(String::from_utf8_lossy(event.bytes).into_owned()),
            false => others += 1,
        });
        Ok(())
    });
    assert_eq!(found.expect("nobody goes").errors, Vec::<String>::new());
    assert_eq!((left, others), (vec![format!("{fragment},"), A.to_owned()], 2));
}
