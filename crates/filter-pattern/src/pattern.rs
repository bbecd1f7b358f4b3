//! A pattern as programs hold it: read once, evaluated on many events. What it means is the business of `eval`, what
//! follows from it that of `prove`.

use std::fmt;
use std::sync::Arc;

use crate::eval::event::Event;
use crate::eval::outcome::{Examined, Matched};
use crate::eval::wanted::Wanted;
use crate::eval::{matching, text};
use crate::syntax;
use crate::syntax::ast::{Comparison, Expr, Literal, Operand, Selector, Step, Test, Tree};
use crate::syntax::error::ParseError;

/// The characters that CloudWatch Logs takes of a pattern at most (API reference, `PutMetricFilter`, `filterPattern`).
/// Longer ones are read and matched all the same, should that limit be raised.
pub const LONGEST: usize = 1_024;

/// A filter pattern. Equal patterns are equal trees: spelling does not count. Clones share what was read.
///
/// ```
/// use filter_pattern::Pattern;
///
/// let pattern = Pattern::parse(r#"{($.name="x")&&(($.size>1)||$.size IS NULL)}"#)?;
/// // The canonical text, and the text that was read.
/// assert_eq!(pattern.to_string(), r#"{ $.name = "x" && ($.size > 1 || $.size IS NULL) }"#);
/// assert_eq!(pattern.source(), r#"{($.name="x")&&(($.size>1)||$.size IS NULL)}"#);
/// assert_eq!(pattern, Pattern::parse(&pattern.to_string())?);
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pattern {
    source: Arc<str>,
    tree: Arc<Tree>,
    /// What of an event a JSON pattern looks at.
    wanted: Arc<Wanted>,
}

impl Pattern {
    /// Reads the pattern of a *deployed* filter: the service accepted it once, so blanks round it are ignored.
    ///
    /// ```
    /// use filter_pattern::{ErrorKind, Pattern};
    ///
    /// assert!(Pattern::parse("{ $.a = 1 && $.b NOT EXISTS }").is_ok());
    /// assert!(Pattern::parse("").is_ok(), "matches everything");
    /// let error = Pattern::parse("{ $.a = 1 && $.b IS NOT NULL }").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::ExpectedState);
    /// ```
    ///
    /// # Errors
    /// What the service would refuse, with kind and place.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self::with_tree(syntax::cursor::trim(text), syntax::parser::parse(text)?))
    }

    /// The pattern of a tree.
    pub(crate) fn with_tree(source: &str, tree: Tree) -> Self {
        let wanted = match &tree {
            Tree::Json(expr) => Wanted::new(expr),
            Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => Wanted::nothing(),
        };
        Self { source: source.into(), tree: Arc::new(tree), wanted: Arc::new(wanted) }
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The pattern of the events that it matches and in which a field is just this text: `$.user.name`, without wildcards.
    /// What a metric with a dimension counts under one of its values is such a pattern. `None`: the selector is none, or
    /// the pattern looks at raw text, where the two cannot be joined.
    ///
    /// ```
    /// use filter_pattern::{Matched, Pattern};
    ///
    /// let calls = Pattern::parse("{ $.type = call }")?.where_text("$.user", "*").expect("both look into JSON");
    /// assert_eq!(calls.matches(r#"{"type":"call","user":"*"}"#), Matched::Yes);
    /// assert_eq!(calls.matches(r#"{"type":"call","user":"ann"}"#), Matched::No);
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn where_text(&self, selector: &str, text: &str) -> Option<Self> {
        self.narrowed(Expr::Test(Comparison {
            selector: selector_of(selector)?,
            test: Test::Equal(Operand::Text(Literal::exactly(text))),
        }))
    }

    /// The pattern of the events that it matches and that lack one of these fields. `None` as in
    /// [`Pattern::where_text`], and without any field.
    ///
    /// ```
    /// use filter_pattern::{Matched, Pattern};
    ///
    /// let calls = Pattern::parse("{ $.type = call }")?.where_missing(["$.user"]).expect("both look into JSON");
    /// assert_eq!(calls.matches(r#"{"type":"call"}"#), Matched::Yes);
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn where_missing<'s>(&self, selectors: impl IntoIterator<Item = &'s str>) -> Option<Self> {
        let missing = |selector: &'s str| {
            Some(Expr::Test(Comparison { selector: selector_of(selector)?, test: Test::NotExists }))
        };
        let mut all: Vec<Expr> = selectors.into_iter().map(missing).collect::<Option<_>>()?;
        let any = if all.len() > 1 { Expr::Any(all) } else { all.pop()? };
        self.narrowed(any)
    }

    fn narrowed(&self, by: Expr) -> Option<Self> {
        let expr = match &*self.tree {
            Tree::Everything => by,
            Tree::Json(Expr::All(parts)) => Expr::All(parts.iter().cloned().chain([by]).collect()),
            Tree::Json(expr) => Expr::All(vec![expr.clone(), by]),
            Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => return None,
        };
        let tree = Tree::Json(expr);
        Some(Self::with_tree(&tree.to_string(), tree))
    }

    /// Its tests of fields, in their order: the field, as a selector, and the whole test. None where it looks at raw text.
    ///
    /// ```
    /// use filter_pattern::Pattern;
    ///
    /// let pattern = Pattern::parse("{ $.a = 1 && $.b.c NOT EXISTS }")?;
    /// assert_eq!(pattern.tests()[1], ("$.b.c".to_owned(), "$.b.c NOT EXISTS".to_owned()));
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn tests(&self) -> Vec<(String, String)> {
        let mut tests = Vec::new();
        if let Tree::Json(expr) = &*self.tree {
            expr.each_comparison(&mut |test| tests.push((test.selector.to_string(), test.to_string())));
        }
        tests
    }

    /// Whether what it says of an event may depend on a field, by the names on the way to it; false is certain.
    ///
    /// ```
    /// use filter_pattern::Pattern;
    ///
    /// let pattern = Pattern::parse("{ $.user.type = robot }")?;
    /// assert!(pattern.may_look_at(&["user", "type"]));
    /// assert!(!pattern.may_look_at(&["user", "name"]));
    /// assert!(Pattern::parse("robot")?.may_look_at(&["user", "name"]));
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn may_look_at(&self, field: &[&str]) -> bool {
        let expr = match &*self.tree {
            Tree::Json(expr) => expr,
            Tree::Everything => return false,
            Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => return true,
        };
        let mut looks = false;
        expr.each_comparison(&mut |test| {
            // What is in the field, and what the field is in, says something of it too.
            looks |= test.selector.steps.iter().zip(field).all(|(step, name)| match step {
                Step::Name(step) => step == name,
                Step::Index(_) | Step::Each => true,
            });
        });
        looks
    }

    /// The text it was read from, without blanks round it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it looks at the fields of events that are JSON objects, or is empty and matches all: what it matches does not
    /// depend on how an event is spelt.
    ///
    /// ```
    /// use filter_pattern::Pattern;
    ///
    /// assert!(Pattern::parse("{ $.a = 1 }")?.looks_into_json());
    /// assert!(!Pattern::parse("ERROR")?.looks_into_json());
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn looks_into_json(&self) -> bool {
        matches!(*self.tree, Tree::Json(_) | Tree::Everything)
    }

    /// Evaluates the pattern on the raw text of one log event.
    ///
    /// ```
    /// use filter_pattern::{Matched, Pattern};
    ///
    /// let pattern = Pattern::parse("{ $.tags[*] = urgent }")?;
    /// assert_eq!(pattern.matches(r#"{"tags": ["new", "urgent"]}"#), Matched::Yes);
    /// assert_eq!(pattern.matches("urgent, but no JSON"), Matched::No);
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn matches(&self, event: &str) -> Matched {
        match &*self.tree {
            Tree::Everything => Matched::Yes,
            Tree::Json(expr) => matching::examine(expr, &self.wanted, event).matched,
            Tree::Terms(terms) => text::terms(terms, event),
            Tree::Regex(regex) => text::regex(regex, event),
            Tree::Columns(columns) => text::columns(columns, event),
        }
    }

    /// Evaluates the pattern on the raw text of one log event, and finds out whether that is a JSON object.
    ///
    /// ```
    /// use filter_pattern::{Matched, Pattern};
    ///
    /// let examined = Pattern::parse("{ $.a = 1 }")?.examine(r#"{"a": 2"#);
    /// assert_eq!((examined.matched, examined.is_object), (Matched::No, false));
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn examine(&self, event: &str) -> Examined {
        match &*self.tree {
            Tree::Json(expr) => matching::examine(expr, &self.wanted, event),
            _ => Examined { matched: self.matches(event), is_object: matching::is_object(event) },
        }
    }

    /// Evaluates the pattern on a log event of which is known that it is not JSON.
    #[must_use]
    pub fn on_plain_text(&self, event: &str) -> Matched {
        match &*self.tree {
            Tree::Json(_) => Matched::No,
            Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => self.matches(event),
        }
    }

    /// The one test for which the pattern does not match an event, in words, where it is one test and not a choice of
    /// several.
    ///
    /// ```
    /// use filter_pattern::Pattern;
    ///
    /// let pattern = Pattern::parse("{ $.a = 1 && $.b != x }")?;
    /// let unmet = pattern.unmet(r#"{"a": 1}"#);
    /// assert_eq!(unmet.as_deref(), Some(r#"$.b != "x" does not hold where the field is missing"#));
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn unmet(&self, event: &str) -> Option<String> {
        let Tree::Json(expr) = &*self.tree else { return None };
        let event = Event::read(event, &self.wanted)?;
        let test = matching::unmet(expr, &event)?;
        let missing = if matching::is_missing(test, &event) {
            " does not hold where the field is missing"
        } else {
            " does not hold"
        };
        Some(format!("{test}{missing}"))
    }
}

/// A selector without wildcard.
fn selector_of(text: &str) -> Option<Selector> {
    match syntax::parser::parse(&format!("{{ {text} NOT EXISTS }}")).ok()? {
        Tree::Json(Expr::Test(Comparison { selector, .. })) if !selector.has_wildcard() => Some(selector),
        _ => None,
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree
    }
}

impl Eq for Pattern {}

impl std::str::FromStr for Pattern {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

/// The canonical text: parsing it gives an equal pattern.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.fmt(f)
    }
}
