//! Writes YAML as a person would: block style, text plain where it can be nothing else, else in quotes. Only what a
//! template needs; it is small because libraries write neither comments nor CloudFormation's short tags.
//!
//! Safe for YAML 1.1 and 1.2 readers: what either could take for a number, a boolean, a date or a line's end is quoted.

/// A document or a part of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A string.
    Text(String),
    /// A number.
    Number(i64),
    /// A boolean.
    Bool(bool),
    /// A string with a tag, without its `!`.
    Tagged(&'static str, String),
    /// A sequence.
    List(Vec<Self>),
    /// A mapping, in this order.
    Map(Vec<(String, Self)>),
}

impl Node {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

/// Writes an entry of a mapping that is so many levels deep.
pub(super) fn entry(key: &str, value: &Node, level: usize, out: &mut String) {
    indent(level, out);
    out.push_str(&scalar(key));
    out.push(':');
    below(value, level, out);
}

/// What follows `key:`, on its line or below.
fn below(value: &Node, level: usize, out: &mut String) {
    match value {
        Node::List(items) if !items.iter().all(|each| matches!(each, Node::Number(_))) => {
            out.push('\n');
            items.iter().for_each(|each| item(each, level + 1, out));
        }
        Node::Map(entries) if !entries.is_empty() => {
            out.push('\n');
            entries.iter().for_each(|(key, value)| entry(key, value, level + 1, out));
        }
        _ => {
            out.push(' ');
            out.push_str(&on_one_line(value));
            out.push('\n');
        }
    }
}

fn item(value: &Node, level: usize, out: &mut String) {
    let mut inner = String::new();
    match value {
        Node::Map(entries) if !entries.is_empty() => {
            entries.iter().for_each(|(key, value)| entry(key, value, level + 1, &mut inner));
        }
        Node::List(items) if !items.iter().all(|each| matches!(each, Node::Number(_))) => {
            items.iter().for_each(|each| item(each, level + 1, &mut inner));
        }
        _ => {
            indent(level + 1, &mut inner);
            inner.push_str(&on_one_line(value));
            inner.push('\n');
        }
    }
    indent(level, out);
    // The first of them is on the dash's line.
    out.push_str("- ");
    out.push_str(inner.trim_start_matches(' '));
}

fn on_one_line(value: &Node) -> String {
    match value {
        Node::Text(text) => scalar(text),
        Node::Number(number) => number.to_string(),
        Node::Bool(on) => on.to_string(),
        Node::Tagged(tag, text) => format!("!{tag} {}", scalar(text)),
        Node::List(items) => format!("[{}]", items.iter().map(on_one_line).collect::<Vec<_>>().join(", ")),
        Node::Map(_) => "{}".to_owned(),
    }
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", level));
}

/// A string in the plainest of the styles that give it back unchanged.
fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.chars().all(is_printable) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double_quoted(text)
    }
}

/// Words, the first of which begins with a letter; narrower than YAML's own rule, so that there is nothing to get wrong.
fn is_plain(text: &str) -> bool {
    const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_word = |word: &str| {
        !word.ends_with(':') && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:,()@-".contains(&b))
    };
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.split(' ').all(|word| !word.is_empty() && is_word(word))
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
}

/// What may be in a line as it is (YAML's `nb-json` without its line ends and byte order mark).
fn is_printable(letter: char) -> bool {
    matches!(letter, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if is_printable(letter) => quoted.push(letter),
            _ => quoted.push_str(&format!("\\u{:04X}", u32::from(letter))),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back_as_they_were() {
        for (text, written) in [
            ("AWS::Logs::LogGroup", "AWS::Logs::LogGroup"),
            ("s3:PutObject", "s3:PutObject"),
            ("/aws/cloudtrail/x", "'/aws/cloudtrail/x'"),
            ("", "''"),
            ("2012-10-17", "'2012-10-17'"),
            ("111122223333", "'111122223333'"),
            ("No", "'No'"),
            ("null", "'null'"),
            ("*", "'*'"),
            ("arn:", "'arn:'"),
            ("Sum of a, b (c)", "Sum of a, b (c)"),
            ("a: b", "'a: b'"),
            ("a  b", "'a  b'"),
            ("a ", "'a '"),
            ("- a", "'- a'"),
            ("a #b", "'a #b'"),
            ("it's { \"x\" }", "'it''s { \"x\" }'"),
            ("日本語", "'日本語'"),
            ("a\n- b", "\"a\\n- b\""),
            ("a\u{85}\u{2028}\u{feff}\\\"\u{7f}", "\"a\\u0085\\u2028\\uFEFF\\\\\\\"\\u007F\""),
        ] {
            assert_eq!(scalar(text), written);
        }
    }

    #[test]
    fn blocks_are_indented() {
        let list = Node::List(vec![
            Node::map([("Sid", Node::text("One")), ("Action", Node::List(vec![Node::text("a"), Node::text("b")]))]),
            Node::Tagged("Sub", "${A}-x".into()),
            Node::List(vec![Node::Number(1), Node::Number(30)]),
            Node::List(vec![Node::Bool(true)]),
            Node::Map(vec![]),
        ]);
        let mut out = String::new();
        entry("Statement", &list, 1, &mut out);
        assert_eq!(
            out,
            "  Statement:\n    - Sid: One\n      Action:\n        - a\n        - b\n    - !Sub '${A}-x'\n    - [1, 30]\n    - - true\n    - {}\n"
        );
    }
}
