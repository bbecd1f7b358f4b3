//! An event, one field a line in CloudTrail's order, the fields that a metric filter of the chain looks at marked.

use std::fmt;

use filter_pattern::Witness;
use maud::{Markup, html};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::names::LONGEST;
use crate::finding::Chain;
use crate::report::paint::Paint;

/// Deeper than this an event is shown as it is.
const DEEPEST: usize = 32;

/// A line of the event.
struct Line {
    depth: usize,
    /// The field's name in quotes and a colon, or nothing.
    name: String,
    value: String,
    marked: bool,
}

/// Shows an event. No filter, no marks.
pub(super) fn shown(witness: &Witness, chain: &Chain, paint: Paint) -> Markup {
    let patterns: Vec<&str> = chain.metric_filters().map(|filter| filter.pattern.as_str()).collect();
    let mut lines = Vec::new();
    write(
        &witness.to_json_line(),
        &At { path: "$".to_owned(), name: String::new(), depth: 0, comma: "" },
        &patterns,
        &mut lines,
    );
    let is_marked = lines.iter().any(|line| line.marked);
    html! {
        pre tabindex="0" role="region" aria-label="The event" {
            code {
                @for line in &lines {
                    (" ".repeat(2 * line.depth))
                    @if line.marked { mark { (paint.name(&line.name, LONGEST)) (paint.name(&line.value, LONGEST)) } }
                    @else { (paint.name(&line.name, LONGEST)) (paint.name(&line.value, LONGEST)) }
                    "\n"
                }
            }
        }
        @if is_marked { p.note { mark { "Marked" } " is what the metric filters of the chain look at." } }
    }
}

/// A place in the event.
struct At {
    /// As a filter pattern selects it.
    path: String,
    name: String,
    depth: usize,
    comma: &'static str,
}

/// The lines of a value. As deep as the event, and no deeper than [`DEEPEST`].
fn write(raw: &str, at: &At, patterns: &[&str], lines: &mut Vec<Line>) {
    let line = |name: &str, value: String, marked| Line { depth: at.depth, name: name.to_owned(), value, marked };
    let inside = |path: String, name: String, last: bool| At {
        path,
        name,
        depth: at.depth + 1,
        comma: if last { "" } else { "," },
    };
    let selected = patterns.iter().any(|pattern| selects(pattern, &at.path));
    if at.depth < DEEPEST {
        if let Ok(Members(members)) = serde_json::from_str(raw)
            && let Some(last) = members.len().checked_sub(1)
        {
            lines.push(line(&at.name, "{".to_owned(), false));
            for (index, (name, value)) in members.iter().enumerate() {
                let quoted = serde_json::Value::from(name.as_str()).to_string();
                let place = inside(format!("{}.{name}", at.path), format!("{quoted}: "), index == last);
                write(value.get(), &place, patterns, lines);
            }
            lines.push(line("", format!("}}{}", at.comma), false));
            return;
        }
        if let Ok(items) = serde_json::from_str::<Vec<Box<RawValue>>>(raw)
            && let Some(last) = items.len().checked_sub(1)
        {
            lines.push(line(&at.name, "[".to_owned(), false));
            for (index, item) in items.iter().enumerate() {
                write(
                    item.get(),
                    &inside(format!("{}[{index}]", at.path), String::new(), index == last),
                    patterns,
                    lines,
                );
            }
            lines.push(line("", format!("]{}", at.comma), false));
            return;
        }
    }
    lines.push(line(&at.name, format!("{raw}{}", at.comma), selected));
}

/// Whether a pattern selects exactly this field.
fn selects(pattern: &str, path: &str) -> bool {
    let goes_on = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '[');
    pattern.match_indices(path).any(|(at, found)| !pattern[at + found.len()..].starts_with(goes_on))
}

/// An object's members in their own order.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

/// Reads [`Members`].
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
