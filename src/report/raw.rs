//! The parts of a saved report that are kept as they are there: in one line, and written as the rest of a document is. A
//! program between two runs may have laid them out anew.

use serde_json::value::RawValue;

/// JSON without the blanks between its parts.
pub(super) fn in_one_line(part: &RawValue) -> Box<RawValue> {
    let (mut is_text, mut is_escaped) = (false, false);
    let keeps = |letter: &char| {
        let is_kept = is_text || !letter.is_ascii_whitespace();
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            _ => {}
        }
        is_kept
    };
    let text: String = part.get().chars().filter(keeps).collect();
    // It was JSON, and is.
    RawValue::from_string(text).unwrap_or_else(|_| part.to_owned())
}

/// The end of the name of a field that holds an event.
const EVENT: &str = "\"event\": ";

/// Copies an object as it is.
fn copy_value(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, text: &mut String) {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    if letters.peek() != Some(&'{') {
        return;
    }
    for letter in letters.by_ref() {
        text.push(letter);
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            '{' if !is_text => depth += 1,
            '}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

/// JSON that is in one line, indented as a part of a document that lies so deep in it. Two blanks a level, an empty list or
/// object in one piece: as `serde_json` writes it.
pub(super) fn indented(part: &RawValue, depth: usize) -> Box<RawValue> {
    let mut text = String::with_capacity(part.get().len() * 2);
    let (mut depth, mut is_text, mut is_escaped) = (depth, false, false);
    let mut letters = part.get().chars().peekable();
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        (0..depth).for_each(|_| text.push_str("  "));
    };
    while let Some(letter) = letters.next() {
        if is_text {
            text.push(letter);
            match letter {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '"' => is_text = false,
                _ => {}
            }
            continue;
        }
        match letter {
            '{' | '[' => {
                text.push(letter);
                if let Some(end) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    text.push(end);
                } else {
                    depth += 1;
                    line(&mut text, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut text, depth);
                text.push(letter);
            }
            ',' => {
                text.push(letter);
                line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            '"' => {
                is_text = true;
                text.push(letter);
            }
            _ => text.push(letter),
        }
        // An example event stays in one line, to be copied.
        if letter == ':' && text.ends_with(EVENT) {
            copy_value(&mut letters, &mut text);
        }
    }
    RawValue::from_string(text).unwrap_or_else(|_| part.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON")
    }

    #[test]
    fn only_blanks_between_parts_are_left_out() {
        let row = r#"{ "a": "b \" c",
            "d": [1, { "e\\": " " } ] }"#;
        assert_eq!(in_one_line(&raw(row)).get(), r#"{"a":"b \" c","d":[1,{"e\\":" "}]}"#);
    }

    #[test]
    fn a_part_is_laid_out_as_the_document_that_it_is_in() {
        let part = r#"{"a":"b: [\" {,","d":[1.50,{"e\\":{}},[],null],"f":-1e9}"#;
        let value: serde_json::Value = serde_json::from_str(part).expect("JSON");
        let plain = serde_json::to_string_pretty(&value).expect("memory takes it");
        // Numbers stay as they were written.
        let wanted = plain.replace("1.5,", "1.50,").replace("-1000000000.0", "-1e9");
        assert_eq!(indented(&raw(part), 0).get(), wanted);
        assert_eq!(indented(&raw(part), 2).get(), wanted.replace('\n', "\n    "));
        let event = r#"{"witness":{"event":{"a":{"b":"}\""}}},"event":1}"#;
        let wanted = "{\n  \"witness\": {\n    \"event\": {\"a\":{\"b\":\"}\\\"\"}}\n  },\n  \"event\": 1\n}";
        assert_eq!(indented(&raw(event), 0).get(), wanted);
    }
}
