//! Numbers that are too large for a number: they are kept as texts, so that what else a resource has is not lost.

use std::borrow::Cow;

use serde_json::Value;

use crate::declared::MARKS;

/// The values of a resource, without the marks of what is not known, however JSON writes them.
pub(super) fn values(text: &str) -> Option<Value> {
    let marks = [("‹", "〈"), ("›", "〉"), ("\\u2039", "〈"), ("\\u203a", "〉"), ("\\u203A", "〉")];
    // Both begin with the same byte in UTF-8, and nearly no text has either.
    let may_be_marked = memchr::memchr2(0xE2, b'\\', text.as_bytes()).is_some();
    let is_marked = may_be_marked && (text.contains(MARKS) || text.contains("\\u203"));
    let plain = || marks.iter().fold(text.to_owned(), |text, (mark, other)| text.replace(mark, other));
    let plain = if is_marked { Cow::Owned(plain()) } else { Cow::Borrowed(text) };
    parsed(&plain)
}

fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&quoted(text))).ok()
}

/// The text with such numbers in quotes.
fn quoted(text: &str) -> String {
    let mut made = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => end_of_text(rest),
            '-' | '0'..='9' => rest.find(|letter: char| !is_of_number(letter)).unwrap_or(rest.len()),
            other => other.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        let is_number = first == '-' || first.is_ascii_digit();
        let is_too_large = is_number && token.parse::<f64>().is_ok_and(f64::is_infinite);
        if is_too_large {
            made.extend(["\"", token, "\""]);
        } else {
            made.push_str(token);
        }
        rest = after;
    }
    made
}

fn is_of_number(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '-' | '+' | '.' | 'e' | 'E')
}

/// Where a text in quotes ends that is at the beginning.
fn end_of_text(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_too_large_is_kept_as_a_text() {
        let wanted = serde_json::json!({ "a\"1e999": "1e400", "b": [-1.5, "-1e400"], "c": "é" });
        assert_eq!(values(r#"{"a\"1e999": 1e400, "b": [-1.5, -1e400], "c": "é"}"#), Some(wanted));
        assert_eq!(values("{"), None);
        let marked = serde_json::json!(["〈$a〉", "〈$a〉"]);
        assert_eq!(values(r#"["‹$a›", "\u2039$a\u203A"]"#), Some(marked));
    }
}
