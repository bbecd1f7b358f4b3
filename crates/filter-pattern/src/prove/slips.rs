//! What is wrong with a pattern that was meant for what is demanded and matches none of it: the slip that, put right,
//! makes it match. A guess by meaning, to say what a person should look at; it decides nothing.

use std::borrow::Cow;
use std::fmt;

use crate::pattern::Pattern;
use crate::prove::aims::Question;
use crate::prove::compose::join;
use crate::prove::model::EventModel;
use crate::syntax::ast::{Comparison, Expr, Literal, Operand, Selector, Test, Tree};

/// One thing that is probably wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Slip {
    /// `&&` joins values of one field, which is never two at once.
    AndForOr {
        /// The field, as a selector.
        field: String,
    },
    /// A field is called otherwise.
    Field {
        /// As it is written.
        found: String,
        /// As it is demanded.
        meant: String,
        /// How the two differ.
        difference: Difference,
    },
    /// A value is another.
    Value {
        /// The field, as a selector.
        field: String,
        /// As it is written.
        found: String,
        /// As it is demanded.
        meant: String,
        /// How the two differ.
        difference: Difference,
    },
    /// A test asks for the opposite.
    Opposite {
        /// The test.
        found: String,
        /// The test that is demanded.
        meant: String,
    },
}

/// How what is written differs from what is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// In letter case alone.
    LetterCase,
    /// In blanks alone.
    Blanks,
    /// In a few signs.
    Spelling,
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AndForOr { field } => write!(f, "&& asks {field} to be several values at once, where || is meant"),
            Self::Field { found, meant, difference } => write!(f, "{found} {difference} {meant}"),
            Self::Value { field, found, meant, difference } => {
                write!(f, "{field} \"{found}\" {difference} \"{meant}\"")
            }
            Self::Opposite { found, meant } => write!(f, "{found} is the opposite of {meant}"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LetterCase => "differs in letter case from",
            Self::Blanks => "differs in blanks from",
            Self::Spelling => "differs in spelling from",
        })
    }
}

/// What is wrong with a pattern that looks meant for what `required` matches, and matches none of it as it is. Empty: it
/// matches some, or does not look meant for it.
///
/// ```
/// use filter_pattern::{EventModel, Pattern, slips};
///
/// let events = EventModel::default();
/// let required = Pattern::parse("{ $.action = Delete || $.action = Archive }")?;
/// let messages = |found: &str| -> Vec<String> {
///     let found = Pattern::parse(found).expect("a pattern");
///     slips(&found, &required, &events).iter().map(ToString::to_string).collect()
/// };
/// assert_eq!(
///     messages("{ $.action = Delete && $.action = Archive }"),
///     ["&& asks $.action to be several values at once, where || is meant"]
/// );
/// assert_eq!(messages("{ $.action = delete }"), [r#"$.action "delete" differs in letter case from "Delete""#]);
/// assert!(messages("{ $.action = Delete && $.user = ann }").is_empty(), "it matches some");
/// assert!(messages("{ $.level = ERROR }").is_empty(), "it was meant for something else");
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn slips(found: &Pattern, required: &Pattern, model: &EventModel) -> Vec<Slip> {
    const RESPELL: usize = 1;
    const JOIN: usize = 2;
    const FLIP: usize = 4;
    let Tree::Json(demand) = required.tree() else { return Vec::new() };
    let Tree::Json(filter) = found.tree() else { return Vec::new() };
    let aims = |filter: &Expr| Question { demand, filter, model }.aims();
    let mut demanded: Vec<&Comparison> = Vec::new();
    demand.each_comparison(&mut |test| demanded.push(test));
    let mut spelt: Vec<Slip> = Vec::new();
    let respelled = respelled(filter, &demanded, &mut spelt);
    // The fewest repairs that make it match.
    for repairs in [RESPELL, JOIN, FLIP, RESPELL | JOIN, RESPELL | FLIP, JOIN | FLIP, RESPELL | JOIN | FLIP] {
        if repairs & RESPELL != 0 && spelt.is_empty() {
            continue;
        }
        let (mut expr, mut made) = match repairs & RESPELL {
            0 => (Cow::Borrowed(filter), Vec::new()),
            _ => (Cow::Borrowed(&respelled), spelt.clone()),
        };
        let mut needed = true;
        for (repair, work) in [
            (FLIP, flipped as fn(&Expr, &[&Comparison], &mut Vec<Slip>) -> Expr),
            (JOIN, |expr, _, made| joined(expr, made)),
        ] {
            if repairs & repair != 0 && needed {
                let before = made.len();
                expr = Cow::Owned(work(&expr, &demanded, &mut made));
                needed = made.len() > before;
            }
        }
        // What is meant for it as it is has no slip.
        if needed && aims(&expr) && !aims(filter) {
            made.dedup();
            return made;
        }
    }
    Vec::new()
}

/// The values which `required` asks for that a pattern on raw text names: it looks meant for the same, and looks for them
/// anywhere in an event. Empty: it names none, or is a pattern of fields.
///
/// ```
/// use filter_pattern::{Pattern, mentions};
///
/// let required = Pattern::parse("{ $.action = DeleteOrder || $.action = ArchiveOrder }")?;
/// let named = |found: &str| mentions(&Pattern::parse(found).expect("a pattern"), &required);
/// assert_eq!(named("?DeleteOrder ?DropOrder"), ["DeleteOrder"]);
/// assert!(named("ERROR").is_empty());
/// assert!(named("{ $.action = DeleteOrder }").is_empty());
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn mentions(found: &Pattern, required: &Pattern) -> Vec<String> {
    /// A shorter word is a part of many.
    const SHORTEST: usize = 5;
    let (Tree::Json(demand), Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_)) = (required.tree(), found.tree())
    else {
        return Vec::new();
    };
    let mut values: Vec<String> = Vec::new();
    demand.each_comparison(&mut |test| {
        if let Test::Equal(Operand::Text(literal)) = &test.test {
            let value = literal.raw().trim_matches('*');
            let is_new = value.len() >= SHORTEST && !values.iter().any(|known| known == value);
            if is_new && found.source().contains(value) {
                values.push(value.to_owned());
            }
        }
    });
    values
}

/// The expression with every test replaced.
fn replaced(expr: &Expr, change: &mut impl FnMut(&Comparison) -> Comparison) -> Expr {
    match expr {
        Expr::All(parts) => Expr::All(parts.iter().map(|part| replaced(part, change)).collect()),
        Expr::Any(parts) => Expr::Any(parts.iter().map(|part| replaced(part, change)).collect()),
        Expr::Test(test) => Expr::Test(change(test)),
    }
}

/// Fields and values as they are demanded, where they are nearly that.
fn respelled(expr: &Expr, demanded: &[&Comparison], slips: &mut Vec<Slip>) -> Expr {
    let mut fields: Vec<(&Selector, String)> = Vec::new();
    for asked in demanded {
        if !fields.iter().any(|(known, _)| **known == asked.selector) {
            fields.push((&asked.selector, asked.selector.to_string()));
        }
    }
    replaced(expr, &mut |test| {
        // A field that is asked for is that one; any other may be one that is called nearly so.
        let known = fields.iter().find(|(selector, _)| **selector == test.selector);
        let near: Vec<(&Selector, &str, Option<Difference>)> = match known {
            Some((selector, field)) => vec![(selector, field, None)],
            None => {
                let found = test.selector.to_string();
                let near = fields.iter().filter_map(|(selector, field)| {
                    difference(&found, field).map(|difference| (*selector, field.as_str(), Some(difference)))
                });
                near.collect()
            }
        };
        let candidates = || {
            let each = near.iter().map(|(selector, field, how)| {
                demanded
                    .iter()
                    .filter(move |asked| asked.selector == **selector)
                    .map(move |asked| (asked, *field, *how))
            });
            each.flatten()
        };
        // A field that is called otherwise is guessed only where its value fits as well.
        let exact = candidates().find(|(asked, ..)| asked.test == test.test).map(|found| (found, None));
        let by_value = || candidates().find_map(|found| Some((found, Some(of_values(&test.test, &found.0.test)?))));
        let Some(((asked, field, how), value)) = exact.or_else(by_value) else { return test.clone() };
        let field = field.to_owned();
        if let Some(difference) = how {
            slips.push(Slip::Field { found: test.selector.to_string(), meant: field.clone(), difference });
        }
        let meant = match value {
            None => test.test.clone(),
            Some((found, meant, difference)) => {
                slips.push(Slip::Value { field, found, meant: meant.clone(), difference });
                let operand = Operand::Text(Literal::new(&meant));
                if matches!(test.test, Test::Equal(_)) { Test::Equal(operand) } else { Test::NotEqual(operand) }
            }
        };
        Comparison { selector: asked.selector.clone(), test: meant }
    })
}

/// What two tests compare with, where that is nearly the same.
fn of_values(found: &Test, asked: &Test) -> Option<(String, String, Difference)> {
    fn text(test: &Test) -> Option<&str> {
        match test {
            Test::Equal(Operand::Text(text)) | Test::NotEqual(Operand::Text(text)) => Some(text.raw()),
            _ => None,
        }
    }
    let (found, meant) = (text(found)?, text(asked)?);
    let difference = difference(found, meant)?;
    Some((found.to_owned(), meant.to_owned(), difference))
}

/// Tests that are demanded the other way round.
fn flipped(expr: &Expr, demanded: &[&Comparison], slips: &mut Vec<Slip>) -> Expr {
    replaced(expr, &mut |test| {
        let opposite = match &test.test {
            Test::Equal(operand) => Test::NotEqual(operand.clone()),
            Test::NotEqual(operand) => Test::Equal(operand.clone()),
            _ => return test.clone(),
        };
        let opposite = Comparison { selector: test.selector.clone(), test: opposite };
        if demanded.contains(&test) || !demanded.contains(&&opposite) {
            return test.clone();
        }
        slips.push(Slip::Opposite { found: test.to_string(), meant: opposite.to_string() });
        opposite
    })
}

/// Values of one field that are asked for at once as a choice of them.
fn joined(expr: &Expr, slips: &mut Vec<Slip>) -> Expr {
    let parts = match expr {
        Expr::Test(_) => return expr.clone(),
        Expr::Any(parts) => {
            // A conjunction may have become a choice, and choices of choices are one.
            return join(parts.iter().map(|part| joined(part, slips)).collect(), false);
        }
        Expr::All(parts) => parts,
    };
    let mut choices: Vec<(&Selector, Vec<Expr>)> = Vec::new();
    let mut others: Vec<Expr> = Vec::new();
    for part in parts {
        match choice(part) {
            Some((selector, values)) => match choices.iter_mut().find(|(known, _)| *known == selector) {
                Some((_, known)) => known.extend(values),
                None => choices.push((selector, values)),
            },
            None => others.push(joined(part, slips)),
        }
    }
    let count = |selector: &Selector| {
        parts.iter().filter(|part| choice(part).is_some_and(|(field, _)| field == selector)).count()
    };
    let mut all: Vec<Expr> = Vec::new();
    for (selector, values) in choices {
        if count(selector) > 1 {
            slips.push(Slip::AndForOr { field: selector.to_string() });
        }
        all.push(join(values, false));
    }
    all.extend(others);
    join(all, true)
}

/// The field that is to be one of some values, and the tests for these.
fn choice(expr: &Expr) -> Option<(&Selector, Vec<Expr>)> {
    match expr {
        Expr::Test(Comparison { selector, test: Test::Equal(_) }) => Some((selector, vec![expr.clone()])),
        Expr::Any(parts) => {
            let mut field = None;
            for part in parts {
                let Expr::Test(Comparison { selector, test: Test::Equal(_) }) = part else { return None };
                if *field.get_or_insert(selector) != selector {
                    return None;
                }
            }
            Some((field?, parts.clone()))
        }
        Expr::Test(_) | Expr::All(_) => None,
    }
}

/// How a text differs from another that is nearly the same. `None`: they are the same, or quite different.
fn difference(found: &str, meant: &str) -> Option<Difference> {
    if found == meant || !begin_alike(found, meant) {
        return None;
    }
    let bare = |text: &str| -> String { text.chars().filter(|sign| !sign.is_whitespace()).collect() };
    if bare(found) == bare(meant) {
        return Some(Difference::Blanks);
    }
    if found.to_lowercase() == meant.to_lowercase() {
        return Some(Difference::LetterCase);
    }
    let (found, meant) = (bare(found).to_lowercase(), bare(meant).to_lowercase());
    is_near(&found, &meant).then_some(Difference::Spelling)
}

/// Whether two texts begin with the same letters: no slip is at the beginning, so that most texts need not be compared. Nor
/// need those that are much longer or shorter, but for hosts.
fn begin_alike(found: &str, meant: &str) -> bool {
    if !found.is_ascii() || !meant.is_ascii() {
        let first = |text: &str| text.trim_start().chars().next().map(|sign| sign.to_lowercase().to_string());
        return first(found) == first(meant);
    }
    let bare = |text: &str| text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
    let (one, other) = (bare(found), bare(meant));
    let is_host = meant.contains('.') && !meant.starts_with('$');
    if !is_host && one.abs_diff(other) > MOST_WRONG {
        return false;
    }
    let begins = |text: &str| {
        let mut signs = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| byte.to_ascii_lowercase());
        (signs.next(), signs.next())
    };
    let ((first, second), (of_meant, next)) = (begins(found), begins(meant));
    first == of_meant && (one.min(other) < 2 || second == next)
}

/// Signs that are wrong at most in a text that is taken for another.
const MOST_WRONG: usize = 2;

/// Whether a text is another with a sign or two wrong, which people do not get wrong at the beginning.
fn is_near(found: &str, meant: &str) -> bool {
    // A host's first name says which it is: `orders.example.com`. A selector begins with one for all.
    if let Some((name, rest)) = meant.split_once('.').filter(|(name, _)| *name != "$") {
        let (found_name, found_rest) = found.split_once('.').unwrap_or((found, ""));
        return found_name == name || (found_rest == rest && is_near(found_name, name));
    }
    let (found, meant): (Vec<char>, Vec<char>) = (found.chars().collect(), meant.chars().collect());
    let most = match found.len().min(meant.len()) {
        0..=4 => 0,
        5..=8 => 1,
        _ => MOST_WRONG,
    };
    found.first_chunk::<2>() == meant.first_chunk::<2>() && are_within(&found, &meant, most)
}

/// Whether so many signs at most are to be put in, left out, replaced or exchanged with the next to make one text of the
/// other. So few that each way is tried.
fn are_within(one: &[char], other: &[char], most: usize) -> bool {
    let same = one.iter().zip(other).take_while(|(sign, wanted)| sign == wanted).count();
    let (one, other) = (&one[same..], &other[same..]);
    let ([first, one_rest @ ..], [wanted, other_rest @ ..]) = (one, other) else {
        return one.len().max(other.len()) <= most;
    };
    let Some(less) = most.checked_sub(1).filter(|_| one.len().abs_diff(other.len()) <= most) else { return false };
    let are_exchanged = match (one_rest, other_rest) {
        ([second, one @ ..], [next, other @ ..]) => first == next && second == wanted && are_within(one, other, less),
        _ => false,
    };
    are_exchanged
        || are_within(one_rest, other_rest, less)
        || are_within(one_rest, other, less)
        || are_within(one, other_rest, less)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_are_wrong_are_counted() {
        let count = |one: &str, other: &str| {
            let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
            (0..4).find(|most| are_within(&one, &other, *most))
        };
        assert_eq!(count("", "abc"), Some(3));
        assert_eq!(count("same", "same"), Some(0));
        assert_eq!(count("warehuose", "warehouse"), Some(1));
        assert_eq!(count("attach", "detach"), Some(2));
        assert_eq!(count("ca", "abc"), Some(3));
        assert_eq!(count("kitten", "sitting"), Some(3));
        assert_eq!(count("abcd", "wxyz"), None);
    }

    #[test]
    fn what_is_nearly_the_same_is_known_by_its_difference() {
        for (found, meant, wanted) in [
            ("createOrder", "CreateOrder", Some(Difference::LetterCase)),
            ("Failedauthentication", "Failed authentication", Some(Difference::Blanks)),
            ("CreateOrdre", "CreateOrder", Some(Difference::Spelling)),
            ("warehuose.example.com", "warehouse.example.com", Some(Difference::Spelling)),
            ("warehouse.exam.com", "warehouse.example.com", Some(Difference::Spelling)),
            ("warehouse", "warehouse.example.com", Some(Difference::Spelling)),
            ("$.evntName", "$.eventName", Some(Difference::Spelling)),
            // What is short, or begins otherwise, may be another name.
            ("shop.example.com", "ship.example.com", None),
            ("GetUserOrder", "PutUserOrder", None),
            ("CreateOrder", "CreateOrder", None),
        ] {
            assert_eq!(difference(found, meant), wanted, "{found} {meant}");
        }
    }
}
