//! YAML or JSON as it is written: every value with its tag and place. One parser reads both, for JSON is YAML. It knows
//! nothing of templates. Size, depth and what aliases expand to are bounded.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use thiserror::Error;

use crate::declared::{At, unmarked};

/// The largest document that is read: CloudFormation takes templates of 1 MB (user guide, "CloudFormation quotas").
pub const MOST_BYTES: usize = 1_048_576;
/// Values in a document, aliases expanded.
const MOST_NODES: usize = 400_000;
/// Values inside values.
const DEEPEST: usize = 100;

/// A value of a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    pub(super) at: At,
    /// The tag's name: `Ref` of `!Ref`.
    pub(super) tag: Option<String>,
    pub(super) kind: Kind,
    /// How many values it is, itself included.
    pub(super) size: usize,
    /// Characters from `at` on that are what is meant: the key, or the part of the value in that line.
    pub(super) width: u32,
    /// The file, where it is another than the document's: what was included.
    pub(super) file: Option<Arc<str>>,
    /// Where the alias or merge key is written that it comes from.
    pub(super) alias: Option<At>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Scalar(String),
    /// Written as nothing, `~` or `null`.
    Null,
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {}, column {}: {message}", .at.line, .at.column)]
pub struct Broken {
    /// Where.
    pub at: At,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}

impl Tree {
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, tree)| tree)
    }

    pub(super) fn entries(&self) -> &[(String, Self)] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    pub(super) fn items(&self) -> &[Self] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Kind::Scalar(text) = &self.kind { Some(text) } else { None }
    }

    /// The same value at another place.
    pub(super) fn moved(&self, at: At, width: u32) -> Self {
        let kind = match &self.kind {
            Kind::List(items) => Kind::List(items.iter().map(|item| item.moved(at, width)).collect()),
            Kind::Map(entries) => {
                Kind::Map(entries.iter().map(|(key, tree)| (key.clone(), tree.moved(at, width))).collect())
            }
            Kind::Scalar(_) | Kind::Null => self.kind.clone(),
        };
        Self { at, width, kind, tag: self.tag.clone(), size: self.size, file: None, alias: self.alias }
    }

    /// Where an alias or a merge key is written, the first.
    pub(super) fn first_alias(&self) -> Option<At> {
        let inner = || match &self.kind {
            Kind::List(items) => items.iter().find_map(Self::first_alias),
            Kind::Map(entries) => entries.iter().find_map(|(_, tree)| tree.first_alias()),
            Kind::Scalar(_) | Kind::Null => None,
        };
        // What was included is looked at by itself.
        if self.file.is_some() { None } else { self.alias.or_else(inner) }
    }

    /// The value at a place, the innermost.
    pub(super) fn placed(&self, at: At) -> Option<&Self> {
        let inner = match &self.kind {
            Kind::List(items) => items.iter().find_map(|item| item.placed(at)),
            Kind::Map(entries) => entries.iter().find_map(|(_, tree)| tree.placed(at)),
            Kind::Scalar(_) | Kind::Null => None,
        };
        inner.or_else(|| (self.at == at && self.file.is_none()).then_some(self))
    }
}

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Tree, Broken> {
    let start = At { line: 1, column: 1 };
    if text.len() > MOST_BYTES {
        let message = format!("it has {} bytes: templates have at most {MOST_BYTES}", text.len());
        return Err(Broken { at: start, message });
    }
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0 };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd | Event::DocumentEnd, _) => return Err(broken(start, "it is empty")),
            (event, span) => {
                let tree = reader.tree(event, span, 0)?;
                return reader.rest(tree);
            }
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, Tree>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Broken> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(broken(place(error.marker()), error.info())),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// What comes after the one document.
    fn rest(&mut self, tree: Tree) -> Result<Tree, Broken> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(tree),
                (Event::DocumentStart(_), span) => {
                    return Err(broken(place(&span.start), "a second document begins here: a template is one"));
                }
                _ => {}
            }
        }
    }

    fn count(&mut self, at: At, size: usize) -> Result<(), Broken> {
        self.nodes = self.nodes.saturating_add(size);
        if self.nodes > MOST_NODES {
            return Err(broken(at, "with its aliases expanded it is too large"));
        }
        Ok(())
    }

    fn tree(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Tree, Broken> {
        let at = place(&span.start);
        if depth > DEEPEST {
            return Err(broken(at, &format!("values are nested more than {DEEPEST} deep")));
        }
        self.count(at, 1)?;
        let (kind, anchor, tag) = match event {
            Event::Alias(id) => {
                let Some(tree) = self.anchors.get(&id).cloned() else {
                    return Err(broken(at, "an alias of what is not complete yet"));
                };
                self.count(at, tree.size)?;
                return Ok(Tree { at, alias: Some(at), ..tree });
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                let kind = match boolean(&text).filter(|_| is_plain) {
                    _ if is_plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") => Kind::Null,
                    Some(boolean) => Kind::Scalar(boolean.to_owned()),
                    None => Kind::Scalar(unmarked(text.into_owned())),
                };
                (kind, anchor, tag)
            }
            Event::SequenceStart(anchor, tag) => (self.list(depth)?, anchor, tag),
            Event::MappingStart(anchor, tag) => (self.map(depth)?, anchor, tag),
            _ => return Err(broken(at, "a value is missing")),
        };
        let size = 1 + match &kind {
            Kind::Scalar(_) | Kind::Null => 0,
            Kind::List(items) => items.iter().map(|item| item.size).sum(),
            Kind::Map(entries) => entries.iter().map(|(_, tree)| tree.size).sum(),
        };
        let width = width(&span);
        let tree = Tree { at, tag: tag.as_deref().and_then(name), kind, size, width, file: None, alias: None };
        if anchor > 0 {
            self.anchors.insert(anchor, tree.clone());
        }
        Ok(tree)
    }

    fn list(&mut self, depth: usize) -> Result<Kind, Broken> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Kind::List(items)),
                (event, span) => items.push(self.tree(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Kind, Broken> {
        let mut entries: Vec<(String, Tree)> = Vec::new();
        let mut known: HashMap<String, At> = HashMap::new();
        let mut merged = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let at = place(&span.start);
            let of_key = width(&span);
            let key = match event {
                Event::MappingEnd => break,
                // A condition that is called `On` is defined and named by the same text.
                Event::Scalar(text, style, _, tag) => match boolean(&text) {
                    Some(boolean) if style == ScalarStyle::Plain && tag.is_none() => boolean.to_owned(),
                    _ => unmarked(text.into_owned()),
                },
                Event::Alias(_) | Event::SequenceStart(..) | Event::MappingStart(..) => {
                    return Err(broken(at, "a key must be a text"));
                }
                _ => return Err(broken(at, "a key is missing")),
            };
            let (event, span) = self.next()?;
            let value = self.tree(event, span, depth + 1)?;
            if key == "<<" {
                merged.push((at, value));
                continue;
            }
            if let Some(first) = known.insert(key.clone(), at) {
                let shown = crate::escape::shortened(&key, 60);
                return Err(broken(at, &format!("key {shown} is given twice, first in line {}", first.line)));
            }
            // A value is found by its key.
            let at_key = value.tag.is_some() || is_block(&value);
            let (at, width) = if at_key { (at, of_key) } else { (value.at, value.width) };
            entries.push((key, Tree { at, width, ..value }));
        }
        for (at, value) in merged {
            let parts = if let Kind::List(parts) = value.kind { parts } else { vec![value] };
            for (key, tree) in parts.into_iter().flat_map(|part| part.entries().to_vec()) {
                self.count(tree.at, tree.size)?;
                if !known.contains_key(&key) {
                    known.insert(key.clone(), tree.at);
                    entries.push((key, Tree { alias: Some(at), ..tree }));
                }
            }
        }
        Ok(Kind::Map(entries))
    }
}

/// The text that CloudFormation makes of a boolean of YAML 1.1 without quotes (awscli, issue 5245: `yes` becomes `true`).
fn boolean(text: &str) -> Option<&'static str> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some("true"),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some("false"),
        _ => None,
    }
}

/// Whether a value is more than a line's text: then its key says where it is.
fn is_block(tree: &Tree) -> bool {
    !matches!(tree.kind, Kind::Scalar(_))
}

/// The name of a tag of templates; those of YAML itself change nothing here.
fn name(tag: &Tag) -> Option<String> {
    (!tag.is_yaml_core_schema() && tag.handle.starts_with('!')).then(|| tag.suffix.clone())
}

fn place(mark: &Marker) -> At {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    At { line: number(mark.line().max(1)), column: number(mark.col().saturating_add(1)) }
}

/// Characters of what is in one line; of more than a line, all that the first one has.
fn width(span: &Span) -> u32 {
    let is_line = span.start.line() == span.end.line();
    let width = if is_line { span.end.col().saturating_sub(span.start.col()) } else { 0 };
    u32::try_from(width).ok().filter(|width| *width > 0).unwrap_or(u32::MAX)
}

fn broken(at: At, message: &str) -> Broken {
    Broken { at, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_places_are_kept() {
        let tree = read("A:\n  B: !GetAtt C.D\n  E: |\n    x\n").expect("YAML");
        let a = tree.get("A").expect("A");
        let b = a.get("B").expect("B");
        assert_eq!((b.tag.as_deref(), b.text(), b.at), (Some("GetAtt"), Some("C.D"), At { line: 2, column: 3 }));
        assert_eq!(a.get("E").and_then(Tree::text), Some("x\n"));
    }

    #[test]
    fn json_with_tabs_and_comments_is_read() {
        let tree = read("{\n\t\"A\": {\"B\": [1, \"012345678901\"]}\n} # end\n").expect("JSON");
        let b = tree.get("A").and_then(|a| a.get("B")).expect("B");
        let texts: Vec<_> = b.items().iter().filter_map(Tree::text).collect();
        assert_eq!(texts, ["1", "012345678901"]);
    }

    #[test]
    fn a_broken_document_is_refused_with_its_place() {
        let error = |text: &str| read(text).expect_err("broken").to_string();
        assert_eq!(error(""), "line 1, column 1: it is empty");
        assert_eq!(error("A: 1\nB: 2\nA: 3\n"), "line 3, column 1: key A is given twice, first in line 1");
        assert!(error("A: [1, 2\nB: 3\n").starts_with("line 2, column "), "{}", error("A: [1, 2\nB: 3\n"));
        assert_eq!(error("A: 1\n---\nB: 2\n"), "line 2, column 1: a second document begins here: a template is one");
        let large = error(&"#".repeat(MOST_BYTES + 1));
        assert_eq!(large, "line 1, column 1: it has 1048577 bytes: templates have at most 1048576");
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(error(&deep), "line 1, column 102: values are nested more than 100 deep");
    }

    #[test]
    fn aliases_that_expand_without_end_are_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..10 {
            let many = vec![format!("*a{}", at - 1); 9].join(", ");
            bomb.push_str(&format!("a{at}: &a{at} [{many}]\n"));
        }
        let error = read(&bomb).expect_err("a bomb").to_string();
        assert!(error.ends_with("with its aliases expanded it is too large"), "{error}");
        assert!(read("a: &a [*a]\n").is_err());
    }
}
