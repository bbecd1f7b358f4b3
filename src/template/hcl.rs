//! Writes HCL as `terraform fmt` would leave it: two blanks, the equals signs of lines that follow each other aligned.
//! It is small because libraries put function calls, and so whole policies, on one line.
//!
//! A literal text can neither begin an interpolation nor end its quotes.

/// A block: `kind "label" "label" { … }`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    /// `resource`, `variable`, …
    pub kind: &'static str,
    /// What is in quotes behind it.
    pub labels: Vec<String>,
    /// Its attributes, in this order.
    pub attributes: Vec<(&'static str, Expr)>,
    /// The blocks inside, after the attributes.
    pub blocks: Vec<Self>,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// A text, parts of which may be filled in.
    Text(Vec<Part>),
    /// A number.
    Number(i64),
    /// A boolean.
    Bool(bool),
    /// A reference or a type, as it is written: `aws_kms_key.trail.arn`.
    Bare(String),
    /// A function on one value.
    Call(&'static str, Box<Self>),
    /// A list.
    List(Vec<Self>),
    /// An object, in this order.
    Object(Vec<(String, Self)>),
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// As it is.
    Literal(String),
    /// A reference, as it is written between `${` and `}`.
    Filled(String),
}

impl Expr {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(vec![Part::Literal(text.into())])
    }

    pub(super) fn bare(text: impl Into<String>) -> Self {
        Self::Bare(text.into())
    }

    fn is_on_one_line(&self) -> bool {
        match self {
            Self::Text(_) | Self::Number(_) | Self::Bool(_) | Self::Bare(_) => true,
            Self::Call(_, value) => value.is_on_one_line(),
            Self::List(items) => items.len() < 2 && items.iter().all(Self::is_on_one_line),
            Self::Object(entries) => entries.is_empty(),
        }
    }
}

/// Writes a block.
pub(super) fn block(block: &Block, level: usize, out: &mut String) {
    indent(level, out);
    out.push_str(block.kind);
    for label in &block.labels {
        out.push_str(&format!(" {}", quoted(label)));
    }
    if block.attributes.is_empty() && block.blocks.is_empty() {
        out.push_str(" {}\n");
        return;
    }
    out.push_str(" {\n");
    let attributes: Vec<_> = block.attributes.iter().map(|(name, value)| ((*name).to_owned(), value)).collect();
    assignments(&attributes, level + 1, out);
    for (at, inner) in block.blocks.iter().enumerate() {
        if at > 0 || !block.attributes.is_empty() {
            out.push('\n');
        }
        self::block(inner, level + 1, out);
    }
    indent(level, out);
    out.push_str("}\n");
}

/// Names and values, a line each; those on one line that follow each other have their signs in one column.
fn assignments(entries: &[(String, &Expr)], level: usize, out: &mut String) {
    for run in entries.chunk_by(|(_, one), (_, next)| one.is_on_one_line() && next.is_on_one_line()) {
        let widest = run.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in run {
            indent(level, out);
            out.push_str(&format!("{name:<widest$} = "));
            expr(value, level, out);
            out.push('\n');
        }
    }
}

fn expr(value: &Expr, level: usize, out: &mut String) {
    match value {
        Expr::Text(parts) => text(parts, out),
        Expr::Number(number) => out.push_str(&number.to_string()),
        Expr::Bool(on) => out.push_str(&on.to_string()),
        Expr::Bare(reference) => out.push_str(reference),
        Expr::Call(function, value) => {
            out.push_str(function);
            out.push('(');
            expr(value, level, out);
            out.push(')');
        }
        Expr::List(items) if value.is_on_one_line() => {
            out.push('[');
            items.iter().for_each(|each| expr(each, level, out));
            out.push(']');
        }
        Expr::List(items) => {
            out.push_str("[\n");
            for each in items {
                indent(level + 1, out);
                expr(each, level + 1, out);
                out.push_str(",\n");
            }
            indent(level, out);
            out.push(']');
        }
        Expr::Object(entries) if entries.is_empty() => out.push_str("{}"),
        Expr::Object(entries) => {
            out.push_str("{\n");
            let entries: Vec<_> = entries.iter().map(|(name, value)| (key(name), value)).collect();
            assignments(&entries, level + 1, out);
            indent(level, out);
            out.push('}');
        }
    }
}

/// The key of an object, in quotes unless it is a name.
fn key(name: &str) -> String {
    const RESERVED: [&str; 4] = ["for", "true", "false", "null"];
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !RESERVED.contains(&name);
    if is_name { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    self::text(&[Part::Literal(text.to_owned())], &mut out);
    out
}

fn text(parts: &[Part], out: &mut String) {
    out.push('"');
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Literal(text) => {
                let is_before_filled = matches!(parts.get(at + 1), Some(Part::Filled(_)));
                literal(text, is_before_filled, out);
            }
            Part::Filled(reference) => out.push_str(&format!("${{{reference}}}")),
        }
    }
    out.push('"');
}

fn literal(text: &str, is_before_filled: bool, out: &mut String) {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '$' | '%' if letters.peek() == Some(&'{') => out.extend([letter, letter]),
            // Before another it could be taken for the beginning of an escape, so it is filled in.
            '$' | '%' if letters.peek().map_or(is_before_filled, |next| "$%".contains(*next)) => {
                out.push_str(&format!("${{\"{letter}\"}}"));
            }
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => out.push(letter),
        }
    }
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", level));
}

#[cfg(test)]
mod tests {
    use ::hcl::eval::{Context, Evaluate as _};
    use proptest::prelude::*;

    use super::*;

    /// What another program makes of a text.
    fn read(parts: &[Part]) -> String {
        let mut out = String::from("text = ");
        text(parts, &mut out);
        let body: ::hcl::Body = ::hcl::parse(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
        let attribute = body.into_attributes().next().expect("one attribute");
        let mut context = Context::new();
        context.declare_var("filled", "FILLED");
        match attribute.expr().evaluate(&context).unwrap_or_else(|error| panic!("{error}: {out}")) {
            ::hcl::Value::String(text) => text,
            other => panic!("{other:?}: {out}"),
        }
    }

    proptest! {
        #[test]
        fn texts_come_back_as_they_were(one in r#"[$%{}"\\\n\r\t\u{0}\u{85}\u{2028}aé]{0,8}"#, two in r#"[$%{}"a]{0,4}"#) {
            let parts = [Part::Literal(one.clone()), Part::Filled("filled".into()), Part::Literal(two.clone())];
            prop_assert_eq!(read(&parts[..1]), one.as_str());
            prop_assert_eq!(read(&parts), format!("{one}FILLED{two}"));
        }
    }

    #[test]
    fn texts_as_they_are_written() {
        for (given, wanted) in [
            ("{ ($.eventName = \"a\") }", r#""{ ($.eventName = \"a\") }""#),
            ("${a}%{b}", r#""$${a}%%{b}""#),
            ("$${", r#""${"$"}$${""#),
            ("a\nb", r#""a\nb""#),
        ] {
            assert_eq!(quoted(given), wanted);
        }
    }
}
