//! Which of a pattern's tests keep it from matching an event: where to look, or to put the carets.

use crate::eval::outcome::Matched;
use crate::pattern::Pattern;
use crate::syntax;
use crate::syntax::ast::{Comparison, Expr, Tree};
use crate::syntax::span::Span;

/// The tests that keep a pattern from matching an event, in their order, as places in the text. Of alternatives the one
/// that lacks least is taken: without the tests given here it would match. Empty where no test is to blame: the pattern
/// matches, two alternatives lack as little, or it looks at raw text or cannot be read.
///
/// ```
/// use filter_pattern::excluding;
///
/// let text = "{ ($.action = drop || $.action = create) && $.user != ann }";
/// let spans = excluding(text, r#"{"action": "drop", "user": "ann"}"#);
/// assert_eq!(spans.iter().map(|span| &text[span.range()]).collect::<Vec<_>>(), ["$.user != ann"]);
/// // Nothing asks for it: no test leaves it out.
/// assert!(excluding(text, r#"{"action": "alter", "user": "bob"}"#).is_empty());
/// ```
#[must_use]
pub fn excluding(text: &str, event: &str) -> Vec<Span> {
    let Ok((Tree::Json(expr), spans)) = syntax::parser::parse_with_places(text) else { return Vec::new() };
    let mut walk = Walk { event, spans: spans.into_iter() };
    walk.blamed(&expr).unwrap_or_default()
}

/// The tests of an expression in their order, each with its place.
struct Walk<'a> {
    event: &'a str,
    spans: std::vec::IntoIter<Span>,
}

impl Walk<'_> {
    /// The tests to blame: none where the expression holds, or may hold. `None`: it does not, and it cannot be said which.
    fn blamed(&mut self, expr: &Expr) -> Option<Vec<Span>> {
        match expr {
            Expr::Test(test) => {
                let span = self.spans.next();
                Some(if self.holds(test) { Vec::new() } else { Vec::from_iter(span) })
            }
            Expr::All(parts) => {
                // Every part takes its places, though one before it cannot say.
                let parts: Vec<_> = parts.iter().map(|part| self.blamed(part)).collect();
                let parts: Option<Vec<Vec<Span>>> = parts.into_iter().collect();
                parts.map(|parts| parts.concat())
            }
            Expr::Any(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.blamed(part)).collect();
                if parts.iter().any(|part| part.as_ref().is_some_and(Vec::is_empty)) {
                    return Some(Vec::new());
                }
                let fewest = parts.iter().flatten().map(Vec::len).min()?;
                let mut nearest = parts.into_iter().flatten().filter(|part| part.len() == fewest);
                nearest.next().filter(|_| nearest.next().is_none())
            }
        }
    }

    fn holds(&self, test: &Comparison) -> bool {
        let tree = Tree::Json(Expr::Test(test.clone()));
        Pattern::with_tree("", tree).matches(self.event) != Matched::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blamed<'a>(text: &'a str, event: &str) -> Vec<&'a str> {
        excluding(text, event).into_iter().map(|span| &text[span.range()]).collect()
    }

    #[test]
    fn tests_are_blamed_where_they_stand() {
        for (text, event, wanted) in [
            ("  { $.a=1 }", r#"{"a":2}"#, vec!["$.a=1"]),
            ("{ ( $.a = 1 ) && ($.b = \"x y\" ) }", r#"{"a":2,"b":"z"}"#, vec!["$.a = 1", "$.b = \"x y\""]),
            ("{ $.a = 1 && $.b NOT EXISTS }", r#"{"a":1,"b":2}"#, vec!["$.b NOT EXISTS"]),
            ("{ ($.a=1 && $.b=1) || ($.a=2 && $.b=2) }", r#"{"a":1,"b":3}"#, vec!["$.b=1"]),
            // Two alternatives lack as little.
            ("{ $.a=1 || $.a=2 }", r#"{"a":3}"#, vec![]),
            ("{ $.a=1 }", r#"{"a":1}"#, vec![]),
            ("ERROR", r#"{"a":1}"#, vec![]),
            ("{ $.a", r#"{"a":1}"#, vec![]),
            // What cannot be said of one part cannot be said of the whole.
            ("{ ($.a=1 || $.a=2) && $.b=1 }", r#"{"a":3,"b":2}"#, vec![]),
        ] {
            assert_eq!(blamed(text, event), wanted, "{text} {event}");
        }
    }
}
