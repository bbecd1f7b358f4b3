//! From what was read of a regular expression to automata, one for each of its readings. There are no groups, so the
//! lenient one accepts all that the strict one does.

use regex_syntax::hir::{Class, Hir, Look, Repetition};

use super::items::{Item, LINE_ENDS, Syntax, class};
use crate::syntax::automaton::Automaton;
use crate::syntax::lang::Lang;

/// The readings of a search for an expression; None if it is too large, or means what dialects disagree about.
pub(super) fn readings(source: &str, syntax: &Syntax) -> Option<Vec<Lang>> {
    if syntax.is_vague {
        return None;
    }
    let differ = syntax.alternatives.iter().flatten().any(|item| match item {
        Item::Start => false,
        Item::End => true,
        Item::Chars { set, .. } => set.strict != set.lenient,
    });
    let strict = automaton(source, &syntax.alternatives, false)?;
    if !differ {
        return Some(vec![Lang::Regex(strict)]);
    }
    let lenient = automaton(source, &syntax.alternatives, true)?;
    Some(vec![Lang::Regex(strict), Lang::Regex(lenient)])
}

fn automaton(source: &str, alternatives: &[Vec<Item>], is_lenient: bool) -> Option<Automaton> {
    let hir = Hir::alternation(
        alternatives
            .iter()
            .map(|items| Hir::concat(items.iter().map(|item| hir(item, is_lenient)).collect()))
            .collect(),
    );
    let mut borders: Vec<u32> = alternatives.iter().flatten().flat_map(|item| item_borders(item, is_lenient)).collect();
    borders.sort_unstable();
    borders.dedup();
    Automaton::from_hir(source.to_owned(), &hir, is_lenient, borders)
}

fn item_borders(item: &Item, is_lenient: bool) -> Vec<u32> {
    match item {
        Item::Start => Vec::new(),
        Item::End => LINE_ENDS.iter().flat_map(|&c| [u32::from(c), u32::from(c) + 1]).collect(),
        Item::Chars { set, .. } => {
            let class = if is_lenient { &set.lenient } else { &set.strict };
            class.ranges().iter().flat_map(|range| [u32::from(range.start()), u32::from(range.end()) + 1]).collect()
        }
    }
}

fn hir(item: &Item, is_lenient: bool) -> Hir {
    match item {
        Item::Start => Hir::look(Look::Start),
        Item::End if is_lenient => {
            let line_ends: Vec<(char, char)> = LINE_ENDS.iter().map(|&c| (c, c)).collect();
            let one = |sub: Hir, max| {
                Hir::repetition(Repetition { min: 0, max: Some(max), greedy: true, sub: Box::new(sub) })
            };
            // At most one line end, or the pair of carriage return and line feed.
            let pair = Hir::concat(vec![Hir::literal(*b"\r\n"), Hir::look(Look::End)]);
            Hir::alternation(vec![
                pair,
                Hir::concat(vec![one(Hir::class(Class::Unicode(class(&line_ends))), 1), Hir::look(Look::End)]),
            ])
        }
        Item::End => Hir::look(Look::End),
        Item::Chars { set, min, max } => {
            let class = if is_lenient { &set.lenient } else { &set.strict };
            let sub = Box::new(Hir::class(Class::Unicode(class.clone())));
            Hir::repetition(Repetition { min: *min, max: *max, greedy: true, sub })
        }
    }
}
