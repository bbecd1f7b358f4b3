//! Patterns of what two match together, and of what one matches and another does not. What is written here is proven
//! before it leaves: where the language cannot say it, there is no pattern.

use crate::pattern::Pattern;
use crate::prove::aims;
use crate::prove::candidate::Candidate;
use crate::prove::compose::{join, written};
use crate::prove::covers::is_covered;
use crate::prove::model::EventModel;
use crate::prove::region::{negation, opposite};
use crate::syntax::ast::{Comparison, Expr, Tree};

/// Whether some event may match both patterns. Where one looks at raw text, that is not known, and so it may.
///
/// ```
/// use filter_pattern::{EventModel, Pattern, may_meet};
///
/// let events = EventModel::default();
/// let calls = Pattern::parse("{ $.type = call }")?;
/// assert!(may_meet(&calls, &Pattern::parse("{ $.user = ann }")?, &events));
/// assert!(!may_meet(&calls, &Pattern::parse("{ $.type = mail }")?, &events));
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn may_meet(one: &Pattern, other: &Pattern, model: &EventModel) -> bool {
    match (one.tree(), other.tree()) {
        (Tree::Json(one), Tree::Json(other)) => aims::may_meet(one, other, model),
        _ => true,
    }
}

/// A pattern of the events that one pattern matches and none of the exceptions does, of all events of a model. `None`:
/// the language cannot say it, not within the [`LONGEST`](crate::LONGEST) pattern that the service takes, or it is not
/// proven to be that.
///
/// ```
/// use filter_pattern::{EventModel, Matched, Pattern, without};
///
/// let calls = Pattern::parse("{ $.type = call }")?;
/// let robot = Pattern::parse("{ $.user = robot }")?;
/// let people = without(&calls, &[&robot], &EventModel::default());
/// assert_eq!(people, None, "a user may be an object, which no test asks for");
///
/// use filter_pattern::{Field, Kinds};
/// let model = EventModel::default().field(Field::new("user", Kinds::TEXT.or(Kinds::MISSING)));
/// let people = without(&calls, &[&robot], &model).expect("a pattern");
/// assert_eq!(people.to_string(), r#"{ $.type = "call" && ($.user != "robot" || $.user NOT EXISTS) }"#);
/// assert_eq!(people.matches(r#"{"type": "call"}"#), Matched::Yes);
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn without(pattern: &Pattern, exceptions: &[&Pattern], model: &EventModel) -> Option<Pattern> {
    // What a model makes needless is left out where the shorter pattern is proven to say the same.
    let short = |test: &Comparison| opposite(test).map(Expr::Test);
    let whole = |test: &Comparison| negation(test, model);
    let is_it = |rest: &Pattern| {
        let all = std::iter::once(rest).chain(exceptions.iter().copied());
        let all: Vec<Candidate<'_>> = all.map(Candidate::new).collect();
        is_covered(&all, pattern, model) && !exceptions.iter().any(|exception| may_meet(rest, exception, model))
    };
    let rest = |negated: &dyn Fn(&Comparison) -> Option<Expr>| {
        let mut parts = match pattern.tree() {
            Tree::Json(expr) => vec![expr.clone()],
            Tree::Everything => Vec::new(),
            Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => return None,
        };
        let whole = join(parts.clone(), true);
        for exception in exceptions {
            let Tree::Json(exception) = exception.tree() else { return None };
            // What is demanded anyway does not distinguish events.
            let distinguishing =
                exception.conjuncts().iter().filter(|part| !whole.conjuncts().contains(part)).cloned().collect();
            parts.push(not(&join(distinguishing, true), negated)?);
        }
        written(join(parts, true))
    };
    [&short as &dyn Fn(&Comparison) -> Option<Expr>, &whole].into_iter().filter_map(rest).find(is_it)
}

/// That an expression does not hold. No deeper than the brackets of a pattern, which the parser limits.
fn not(expr: &Expr, negated: &dyn Fn(&Comparison) -> Option<Expr>) -> Option<Expr> {
    match expr {
        Expr::Test(test) => negated(test),
        Expr::All(parts) | Expr::Any(parts) => {
            let parts = parts.iter().map(|part| not(part, negated)).collect::<Option<Vec<_>>>()?;
            Some(join(parts, matches!(expr, Expr::Any(_))))
        }
    }
}
