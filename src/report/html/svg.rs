//! The chain as a picture, twice: side by side for a wide page and for paper, one below the other for a narrow one. The
//! style shows one of them. Both are drawn in the page's own colours, through its classes.

use std::fmt::Write as _;

use maud::{Markup, html};
use unicode_width::UnicodeWidthStr as _;

use super::links::{Group, Mark, Node};
use crate::report::paint::Paint;

/// A box of the wide drawing.
const WIDE: i32 = 160;
const HIGH: i32 = 86;
/// Between two links, and between two resources of one.
const GAP: i32 = 28;
const BETWEEN: i32 = 14;
/// Where the first link begins: before it is the event.
const LEFT: i32 = 34;
/// Where the boxes begin: above them are the links' words.
const TOP: i32 = 24;
/// Columns of a box's line.
const COLUMNS: usize = 20;

/// The narrow drawing: its width, the columns of its lines, and the height of a resource.
const NARROW: i32 = 320;
const NARROW_COLUMNS: usize = 36;
const ROW: i32 = 62;
/// Where its rail runs, and where its first resource begins.
const RAIL: i32 = 14;
const FIRST: i32 = 30;

/// Draws both.
pub(super) fn drawings(groups: &[Group], paint: Paint) -> Markup {
    let description = describe(groups);
    html! {
        (wide(groups, &description, paint))
        (narrow(groups, &description, paint))
    }
}

/// The drawing in a sentence, for those who do not see it.
fn describe(groups: &[Group]) -> String {
    let mut description = String::from("The chain: ");
    for (at, group) in groups.iter().enumerate() {
        let joint = if at == 0 { "" } else { "; " };
        let nodes = group.nodes.iter().map(|node| format!("{} {}", node.name, node.word));
        // Writing to a string cannot fail.
        let _ = write!(description, "{joint}{}: {}", group.link.words(), nodes.collect::<Vec<_>>().join(", "));
    }
    description
}

fn wide(groups: &[Group], description: &str, paint: Paint) -> Markup {
    let tallest = groups.iter().map(|group| column(group.nodes.len())).max().unwrap_or(HIGH);
    let count = i32::try_from(groups.len()).unwrap_or(0);
    let (width, height) = (LEFT + count * (WIDE + GAP) - GAP + 2, TOP + tallest + 2);
    let left = |at: usize| LEFT + i32::try_from(at).unwrap_or(0) * (WIDE + GAP);
    let top = |group: &Group, at: usize| {
        TOP + (tallest - column(group.nodes.len())) / 2 + i32::try_from(at).unwrap_or(0) * (HIGH + BETWEEN)
    };
    let middle = TOP + tallest / 2;
    html! {
        svg.chain.wide role="img" aria-label=(description) viewBox={ "0 0 " (width) " " (height) } {
            circle.event cx="6" cy=(middle) r="5" { title { "an event in the account" } }
            @for (at, group) in groups.iter().enumerate() {
                text.link x=(left(at) + 2) y="13" { (group.link.words()) }
                @for (row, node) in group.nodes.iter().enumerate() {
                    @let y = top(group, row) + HIGH / 2;
                    @if at == 0 { (edge((11, middle), (LEFT, y), node.mark)) }
                    @for beside in &node.beside {
                        @if beside + 1 == row {
                            path class={ "edge " (tone(node.mark)) } d={ "M" (left(at) + WIDE / 2) " " (y - HIGH / 2 - BETWEEN) "v" (BETWEEN) } {}
                        } @else {
                            (bow(left(at), top(group, *beside) + HIGH / 2, y, node.mark))
                        }
                    }
                    @if let Some(before) = at.checked_sub(1).and_then(|before| groups.get(before)) {
                        @for from in &node.from {
                            (edge((left(at) - GAP, top(before, *from) + HIGH / 2), (left(at), y), node.mark))
                        }
                    }
                    (boxed(node, left(at), top(group, row), paint))
                }
            }
        }
    }
}

/// The height of some boxes.
fn column(boxes: usize) -> i32 {
    i32::try_from(boxes).unwrap_or(1) * (HIGH + BETWEEN) - BETWEEN
}

/// A line from one box to the next; a broken one has a gap with a cross in it.
fn edge((x, y): (i32, i32), (to_x, to_y): (i32, i32), mark: Mark) -> Markup {
    let half = i32::midpoint(x, to_x);
    let at = (half, i32::midpoint(y, to_y));
    html! {
        path class={ "edge " (tone(mark)) } d={ "M" (x) " " (y) "C" (half) " " (y) " " (half) " " (to_y) " " (to_x) " " (to_y) } {}
        @if mark == Mark::Broken { (cross(at)) }
    }
}

/// A line from one box to another of the same link, past those between them.
fn bow(x: i32, y: i32, to_y: i32, mark: Mark) -> Markup {
    let out = x - GAP / 2;
    html! {
        path class={ "edge " (tone(mark)) } d={ "M" (x) " " (y) "C" (out) " " (y) " " (out) " " (to_y) " " (x) " " (to_y) } {}
    }
}

fn cross((x, y): (i32, i32)) -> Markup {
    html! {
        circle.gap cx=(x) cy=(y) r="8" {}
        path.cross d={ "M" (x - 5) " " (y - 5) "l10 10m0 -10l-10 10" } {}
    }
}

/// How a line to a resource is drawn.
fn tone(mark: Mark) -> &'static str {
    match mark {
        Mark::Holds | Mark::Weak | Mark::Unverified => "good",
        Mark::Unknown => "doubt",
        Mark::Broken => "bad",
        Mark::Idle | Mark::Unreached | Mark::Unjudged => "faint",
    }
}

fn boxed(node: &Node, x: i32, y: i32, paint: Paint) -> Markup {
    let (first, second) = lines(&node.name, paint);
    html! {
        g class={ "node " (node.mark.class()) } {
            title { (node.full) }
            rect x=(x) y=(y) width=(WIDE) height=(HIGH) rx="8" {}
            text.state x=(x + 10) y=(y + 19) { (node.mark.symbol()) " " (node.word) }
            text.name x=(x + 10) y=(y + 39) { (first) }
            @if !second.is_empty() { text.name x=(x + 10) y=(y + 54) { (second) } }
            @if !node.detail.is_empty() { text.detail x=(x + 10) y=(y + 75) { (paint.name(&node.detail, COLUMNS + 1)) } }
        }
    }
}

/// A name on two lines, the first broken where names are if the second can hold the rest.
fn lines(name: &str, paint: Paint) -> (String, String) {
    let name = paint.name(name, 2 * COLUMNS);
    if name.width() <= COLUMNS {
        return (name, String::new());
    }
    let mut used = 0;
    let (mut full, mut joint) = (0, 0);
    for (at, letter) in name.char_indices() {
        let end = at + letter.len_utf8();
        used = name.get(..end).map_or(used, |text| text.width());
        if used > COLUMNS {
            break;
        }
        full = end;
        if matches!(letter, '-' | '_' | '/' | '.' | ':' | ' ' | '@')
            && name.get(end..).is_some_and(|rest| rest.width() <= COLUMNS)
        {
            joint = end;
        }
    }
    let (first, second) = name.split_at(if joint > 0 { joint } else { full });
    (first.to_owned(), second.to_owned())
}

fn narrow(groups: &[Group], description: &str, paint: Paint) -> Markup {
    let rows: usize = groups.iter().map(|group| group.nodes.len()).sum();
    let height = FIRST + i32::try_from(rows).unwrap_or(0) * ROW;
    let mut parts = Vec::new();
    let (mut y, mut rail) = (FIRST, 13);
    for group in groups {
        let count = i32::try_from(group.nodes.len()).unwrap_or(1);
        let best = group.nodes.iter().map(|node| node.mark).min().unwrap_or(Mark::Unreached);
        // Several resources hang off the rail, which leads on past them.
        let end = if count == 1 { y + 2 } else { y + (count - 1) * ROW - 4 };
        parts.push(html! { path class={ "edge " (tone(best)) } d={ "M" (RAIL) " " (rail) "V" (end) } {} });
        if count == 1 && best == Mark::Broken {
            parts.push(cross((RAIL, i32::midpoint(rail, end))));
        }
        for node in &group.nodes {
            if count > 1 {
                let bend =
                    html! { path class={ "edge " (tone(node.mark)) } d={ "M" (RAIL) " " (y - 4) "q0 15 14 15" } {} };
                parts.push(bend);
            }
            let x = if count == 1 { RAIL } else { RAIL + 23 };
            parts.push(row(group, node, (x, y), paint));
            y += ROW;
        }
        rail = if count == 1 { y - ROW + 21 } else { end };
    }
    html! {
        svg.chain.narrow role="img" aria-label=(description) viewBox={ "0 0 " (NARROW) " " (height) } {
            circle.event cx=(RAIL) cy="8" r="5" {}
            text.detail x=(RAIL + 18) y="12" { "an event in the account" }
            @for part in &parts { (part) }
        }
    }
}

/// A resource of the narrow drawing: its sign on the rail, three lines next to it.
fn row(group: &Group, node: &Node, (x, y): (i32, i32), paint: Paint) -> Markup {
    let columns = if x == RAIL { NARROW_COLUMNS + 3 } else { NARROW_COLUMNS };
    html! {
        g class={ "node " (node.mark.class()) } {
            title { (node.full) }
            circle cx=(x) cy=(y + 11) r="9" {}
            text.sign x=(x) y=(y + 15) { (node.mark.symbol()) }
            text.link x=(x + 18) y=(y + 15) { (group.link.words()) }
            text.state.end x=(NARROW - 2) y=(y + 15) { (node.word) }
            text.name x=(x + 18) y=(y + 32) { (paint.name(&node.name, columns)) }
            @if !node.detail.is_empty() { text.detail x=(x + 18) y=(y + 47) { (paint.name(&node.detail, columns)) } }
        }
    }
}
