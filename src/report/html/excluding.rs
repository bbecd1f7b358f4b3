//! The pattern of the metric filter that excludes the example event, with the tests that do marked. Of a long one, what is
//! round the first mark; the whole pattern is among the resources.

use maud::{Markup, html};

use super::Page;
use crate::finding::{Excluded, Finding};

/// Characters before the first mark and behind the last one that are shown.
const BEFORE: usize = 90;
const BEHIND: usize = 60;
/// Characters that are shown at most.
const MOST: usize = 900;

impl Page<'_> {
    pub(super) fn excluding(&self, finding: &Finding) -> Markup {
        let Some(Excluded { filter, pattern, tests }) = finding.excluded() else { return html! {} };
        let parts = parts(pattern, &tests);
        let many = if tests.len() == 1 { "this test excludes it" } else { "these tests exclude it" };
        html! {
            section {
                h4 { "Metric filter " code { (self.text(filter)) } ": " (many) }
                pre.wrapped tabindex="0" role="region" aria-label="The pattern" {
                    code {
                        @for (text, is_marked) in parts {
                            @if is_marked { mark.cut { (self.text(&text)) } } @else { (self.text(&text)) }
                        }
                    }
                }
            }
        }
    }
}

/// The pattern's texts, and whether each is marked.
fn parts(pattern: &str, tests: &[std::ops::Range<usize>]) -> Vec<(String, bool)> {
    let mut at = 0;
    let mut parts: Vec<(String, bool)> = Vec::new();
    for test in tests.iter().filter(|test| test.start < test.end) {
        let between = pattern.get(at..test.start).unwrap_or_default();
        parts.push((if at == 0 { tail(between, BEFORE) } else { middle(between) }, false));
        parts.push((pattern.get(test.clone()).unwrap_or_default().to_owned(), true));
        at = test.end;
    }
    parts.push((head(pattern.get(at..).unwrap_or_default(), BEHIND), false));
    let mut left = MOST;
    parts.retain_mut(|(text, _)| {
        let (count, was) = (text.chars().count(), left);
        if count > was && was > 0 {
            *text = head(text, was);
        }
        left = was.saturating_sub(count);
        was > 0 && !text.is_empty()
    });
    parts
}

fn head(text: &str, characters: usize) -> String {
    if text.chars().nth(characters).is_none() {
        return text.to_owned();
    }
    text.chars().take(characters).chain(['…']).collect()
}

fn tail(text: &str, characters: usize) -> String {
    let count = text.chars().count();
    if count <= characters {
        return text.to_owned();
    }
    ['…'].into_iter().chain(text.chars().skip(count - characters)).collect()
}

fn middle(text: &str) -> String {
    if text.chars().count() <= BEFORE + BEHIND {
        return text.to_owned();
    }
    head(text, BEHIND) + tail(text, BEFORE).strip_prefix('…').unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_pattern_is_shown_whole() {
        let parts = parts("{ $.a = 1 && $.b != 2 }", std::slice::from_ref(&(13..21)));
        let wanted = [("{ $.a = 1 && ", false), ("$.b != 2", true), (" }", false)];
        assert_eq!(parts, wanted.map(|(text, is_marked)| (text.to_owned(), is_marked)));
    }

    #[test]
    fn a_long_pattern_is_cut_round_its_marks() {
        let (before, behind) = ("x".repeat(500), "y".repeat(500));
        let pattern = format!("{before}$.b != 2{behind}");
        let parts = parts(&pattern, std::slice::from_ref(&(500..508)));
        let wanted = [
            (format!("…{}", "x".repeat(BEFORE)), false),
            ("$.b != 2".to_owned(), true),
            (format!("{}…", "y".repeat(BEHIND)), false),
        ];
        assert_eq!(parts, wanted);
        let tests: Vec<_> = (0..400).map(|at| at * 2..at * 2 + 1).collect();
        let shown: usize = super::parts(&"ab".repeat(400), &tests).iter().map(|(text, _)| text.chars().count()).sum();
        assert_eq!(shown, 800);
        let tests: Vec<_> = (0..1000).map(|at| at * 2..at * 2 + 1).collect();
        let shown: usize = super::parts(&"ab".repeat(1000), &tests).iter().map(|(text, _)| text.chars().count()).sum();
        assert_eq!(shown, MOST);
    }
}
