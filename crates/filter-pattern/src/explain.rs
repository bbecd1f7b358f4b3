//! A pattern in words, for people who did not write it: what each test asks, and where it says less than it seems to.

use std::fmt;

use crate::eval::text;
use crate::pattern::Pattern;
use crate::prove::covers::is_covered;
use crate::prove::model::EventModel;
use crate::syntax::ast::{
    Column, Comparison, Expr, Literal, Operand, Order, Phrase, Role, Selector, Step, Term, Test, Tree,
};
use crate::syntax::lang::Lang;

/// A line of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How many levels below the first line it is.
    pub depth: usize,
    /// The words. They hold names and values of the pattern as they are, control characters too.
    pub text: String,
}

/// The pattern in words, the whole before its parts. What no event of the model can satisfy is said to be so.
///
/// ```
/// use filter_pattern::{EventModel, Field, Kinds, Pattern, explain};
///
/// let orders = EventModel::new("order").field(Field::new("paid", Kinds::BOOLEAN));
/// let pattern = Pattern::parse("{ $.paid = true || $.total > 100 && $.customer NOT EXISTS }")?;
/// let lines: Vec<String> =
///     explain(&pattern, &orders).iter().map(|line| format!("{}{}", "  ".repeat(line.depth), line.text)).collect();
/// assert_eq!(
///     lines.join("\n"),
///     r#"an event matches if any of these holds:
///   paid is the text "true", not the boolean (never the case in an order)
///   all of these hold:
///     total is a number greater than 100
///     customer is missing"#
/// );
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn explain(pattern: &Pattern, model: &EventModel) -> Vec<Line> {
    let mut lines = Lines { lines: Vec::new(), model };
    match pattern.tree() {
        Tree::Everything => lines.add(0, "every event matches"),
        Tree::Json(expr) => lines.json(expr, pattern),
        Tree::Terms(terms) => lines.terms(terms),
        Tree::Regex(regex) => {
            lines.add(0, format!("an event matches if its text contains a match of the regular expression {regex}"));
        }
        Tree::Columns(columns) => lines.columns(columns),
    }
    lines.lines
}

struct Lines<'m> {
    lines: Vec<Line>,
    model: &'m EventModel,
}

impl Lines<'_> {
    fn add(&mut self, depth: usize, text: impl Into<String>) {
        self.lines.push(Line { depth, text: text.into() });
    }

    fn json(&mut self, expr: &Expr, pattern: &Pattern) {
        match expr {
            Expr::Test(comparison) => self.add(0, format!("an event matches if {}", InWords(comparison))),
            Expr::All(parts) => self.parts(0, "an event matches if all of these hold:", parts),
            Expr::Any(parts) => self.parts(0, "an event matches if any of these holds:", parts),
        }
        if holds_never(pattern, self.model) {
            self.add(0, format!("no {} does", self.model.name()));
        }
    }

    fn parts(&mut self, depth: usize, title: &str, parts: &[Expr]) {
        self.add(depth, title);
        for part in parts {
            match part {
                Expr::Test(comparison) if holds_never(&alone(comparison), self.model) => {
                    self.add(
                        depth + 1,
                        format!("{} (never the case in {})", InWords(comparison), one(self.model.name())),
                    );
                }
                Expr::Test(comparison) => self.add(depth + 1, InWords(comparison).to_string()),
                // No deeper than the brackets of a pattern, which the parser limits.
                Expr::All(parts) => self.parts(depth + 1, "all of these hold:", parts),
                Expr::Any(parts) => self.parts(depth + 1, "any of these holds:", parts),
            }
        }
    }

    fn terms(&mut self, terms: &[Term]) {
        let terms_of = |role| terms.iter().filter(move |term| term.role == role).map(|term| &term.phrase);
        let has_others = terms.iter().any(|term| term.role != Role::Optional);
        self.add(0, "an event matches if its text, anywhere in it and in the same letter case,");
        for (role, words) in [
            (Role::Required, "contains"),
            (Role::Excluded, "does not contain"),
            (Role::Optional, if has_others { "any number of" } else { "contains one of" }),
        ] {
            let phrases: Vec<String> = terms_of(role).map(Phrase::to_string).collect();
            match (phrases.as_slice(), role) {
                ([], _) => {}
                (_, Role::Optional) => {
                    let why = if has_others { " (optional terms count only if there are no others)" } else { "" };
                    self.add(1, format!("{words} {}{why}", phrases.join(", ")));
                }
                (_, Role::Required | Role::Excluded) => {
                    phrases.iter().for_each(|phrase| self.add(1, format!("{words} {phrase}")));
                }
            }
        }
    }

    fn columns(&mut self, columns: &[Column]) {
        if text::is_any_line(columns) {
            self.add(0, "every event matches");
            return;
        }
        let fields = columns.iter().filter(|column| **column != Column::Ellipsis).count();
        self.add(0, format!("an event matches if it has at least {fields} space-separated fields, and of these"));
        for (at, column) in columns.iter().enumerate() {
            match column {
                Column::Ellipsis => self.add(1, "any number more"),
                Column::Blank => self.add(1, "one of any kind"),
                Column::Named { name, any } if any.is_empty() => self.add(1, format!("{name} of any kind")),
                Column::Named { name, any } => {
                    let tests =
                        |all: &Vec<Test>| all.iter().map(|test| words(name, test)).collect::<Vec<_>>().join(" and ");
                    self.add(1, any.iter().map(tests).collect::<Vec<_>>().join(", or "));
                }
            }
            let takes_rest = at + 1 == columns.len() && !columns.contains(&Column::Ellipsis);
            if takes_rest && at > 0 {
                self.add(2, "with all that follows in the line");
            }
        }
    }
}

fn alone(comparison: &Comparison) -> Pattern {
    let tree = Tree::Json(Expr::Test(comparison.clone()));
    Pattern::with_tree(&tree.to_string(), tree)
}

fn holds_never(pattern: &Pattern, model: &EventModel) -> bool {
    is_covered(&[], pattern, model)
}

/// With an article.
fn one(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    format!("{article} {name}")
}

/// A test in words.
struct InWords<'a>(&'a Comparison);

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comparison { selector, test } = self.0;
        let Some(each) = selector.steps.iter().position(|step| *step == Step::Each) else {
            return f.write_str(&words(&path(selector, &selector.steps), test));
        };
        let base = path(selector, &selector.steps[..each]);
        let below = path(selector, &selector.steps[each + 1..]);
        let part = if below.is_empty() { "it".to_owned() } else { format!("its {below}") };
        match test {
            Test::NotEqual(operand) => {
                let equal = words(&part, &Test::Equal(operand.clone()));
                write!(f, "{base} exists, and has no element for which {equal}")
            }
            Test::NotExists if below.is_empty() => write!(f, "{base} has no elements"),
            Test::Equal(_) | Test::Order(..) | Test::IsNull | Test::IsTrue | Test::IsFalse | Test::NotExists => {
                write!(f, "{base} has an element for which {}", words(&part, test))
            }
        }
    }
}

/// The steps as people name a field: without the sign for the event.
fn path(selector: &Selector, steps: &[Step]) -> String {
    let text = Selector { steps: steps.to_vec() }.to_string();
    let bare = text.trim_start_matches('$');
    bare.strip_prefix('.')
        .filter(|rest| !rest.starts_with('['))
        .map_or_else(|| if steps.len() == selector.steps.len() { text.clone() } else { bare.to_owned() }, str::to_owned)
}

fn words(what: &str, test: &Test) -> String {
    match test {
        Test::Equal(Operand::Text(literal)) => format!("{what} {}", equality(literal)),
        Test::Equal(Operand::Number(number)) => {
            format!("{what} is the number {} or the text \"{}\"", number.text(), number.text())
        }
        Test::Equal(Operand::Regex(regex)) => format!("{what} contains a match of the regular expression {regex}"),
        Test::NotEqual(Operand::Text(literal)) => match literal.readings() {
            [Lang::Anything] => format!("{what} differs from every text and number"),
            [Lang::Exactly(word)] => format!("{what} is a text or a number other than \"{word}\""),
            _ => format!("{what} is a text or a number, and not one that {}", equality(literal)),
        },
        Test::NotEqual(Operand::Number(number)) => {
            format!("{what} is a text or a number other than {}", number.text())
        }
        Test::NotEqual(Operand::Regex(regex)) => {
            format!("{what} is a text or a number, and contains no match of the regular expression {regex}")
        }
        Test::Order(order, number) => {
            let than = match order {
                Order::Less => "less than",
                Order::LessOrEqual => "at most",
                Order::Greater => "greater than",
                Order::GreaterOrEqual => "at least",
            };
            format!("{what} is a number {than} {}", number.text())
        }
        Test::IsNull => format!("{what} is null, or a list that contains a null"),
        Test::IsTrue => format!("{what} is the boolean true"),
        Test::IsFalse => format!("{what} is the boolean false"),
        Test::NotExists => format!("{what} is missing"),
    }
}

fn equality(literal: &Literal) -> String {
    let raw = literal.raw();
    match literal.readings() {
        [Lang::Anything] => "is a text or a number".to_owned(),
        [Lang::Exactly(word)] if matches!(word.as_str(), "true" | "false") => {
            format!("is the text \"{word}\", not the boolean")
        }
        [Lang::Exactly(word)] => format!("is \"{word}\""),
        [Lang::StartsWith(word)] => format!("begins with \"{word}\""),
        [Lang::Contains(word)] => format!("contains \"{word}\""),
        [Lang::EndsWith(word), Lang::Leftmost(pieces)] if pieces.pieces.len() == 1 => format!("ends with \"{word}\""),
        _ => format!("is like \"{raw}\", whose full meaning AWS does not document"),
    }
}
