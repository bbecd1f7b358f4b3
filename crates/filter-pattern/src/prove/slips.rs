//! What is wrong with a pattern that was meant for what is demanded and matches none of it: the slip that, put right,
//! makes it match. A guess by meaning, to say what a person should look at; it decides nothing.

use std::fmt;

use crate::pattern::Pattern;
use crate::prove::aims::Question;
use crate::prove::compose::join;
use crate::prove::model::EventModel;
use crate::syntax::ast::{Comparison, Expr, Literal, Operand, Selector, Test, Tree};

/// One thing that is wrong with a pattern, as far as can be guessed.
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
/// let said = |found: &str| -> Vec<String> {
///     let found = Pattern::parse(found).expect("a pattern");
///     slips(&found, &required, &events).iter().map(ToString::to_string).collect()
/// };
/// assert_eq!(
///     said("{ $.action = Delete && $.action = Archive }"),
///     ["&& asks $.action to be several values at once, where || is meant"]
/// );
/// assert_eq!(said("{ $.action = delete }"), [r#"$.action "delete" differs in letter case from "Delete""#]);
/// assert!(said("{ $.action = Delete && $.user = ann }").is_empty(), "it matches some");
/// assert!(said("{ $.level = ERROR }").is_empty(), "it was meant for something else");
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
        let (mut expr, mut made, mut needed) = match repairs & RESPELL {
            0 => (filter.clone(), Vec::new(), true),
            _ => (respelled.clone(), spelt.clone(), !spelt.is_empty()),
        };
        for (repair, work) in [
            (FLIP, flipped as fn(&Expr, &[&Comparison], &mut Vec<Slip>) -> Expr),
            (JOIN, |expr, _, made| joined(expr, made)),
        ] {
            if repairs & repair != 0 && needed {
                let before = made.len();
                expr = work(&expr, &demanded, &mut made);
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

/// The expression with every test replaced.
fn replaced(expr: &Expr, of: &mut impl FnMut(&Comparison) -> Comparison) -> Expr {
    match expr {
        Expr::All(parts) => Expr::All(parts.iter().map(|part| replaced(part, of)).collect()),
        Expr::Any(parts) => Expr::Any(parts.iter().map(|part| replaced(part, of)).collect()),
        Expr::Test(test) => Expr::Test(of(test)),
    }
}

/// Fields and values as they are demanded, where they are nearly that.
fn respelled(expr: &Expr, demanded: &[&Comparison], slips: &mut Vec<Slip>) -> Expr {
    replaced(expr, &mut |test| {
        let known = demanded.iter().any(|asked| asked.selector == test.selector);
        let near = |asked: &&&Comparison| {
            (known && asked.selector == test.selector)
                || (!known && difference(&test.selector.to_string(), &asked.selector.to_string()).is_some())
        };
        let candidates: Vec<&&Comparison> = demanded.iter().filter(near).collect();
        // A field that is called otherwise is guessed only where its value fits as well.
        let exact = candidates.iter().find(|asked| asked.test == test.test);
        let (asked, value) = match exact {
            Some(asked) => (asked, None),
            None => {
                match candidates.iter().find_map(|asked| Some((asked, Some(of_values(&test.test, &asked.test)?)))) {
                    Some(found) => found,
                    None => return test.clone(),
                }
            }
        };
        let field = asked.selector.to_string();
        if !known {
            let found = test.selector.to_string();
            slips.extend(difference(&found, &field).map(|difference| Slip::Field {
                found,
                meant: field.clone(),
                difference,
            }));
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
    Some((found.to_owned(), meant.to_owned(), difference(found, meant)?))
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
    // No slip is at the beginning, so that most texts need not be compared.
    let first = |text: &str| text.trim_start().chars().next().and_then(|sign| sign.to_lowercase().next());
    if found == meant || first(found) != first(meant) {
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
        _ => 2,
    };
    found.first_chunk::<2>() == meant.first_chunk::<2>()
        && found.len().abs_diff(meant.len()) <= most
        && edits(&found, &meant) <= most
}

/// How many signs are to be put in, left out, replaced or exchanged with the next to make one text of the other.
fn edits(one: &[char], other: &[char]) -> usize {
    let width = other.len() + 1;
    let mut above: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (row, sign) in one.iter().enumerate() {
        let mut line: Vec<usize> = Vec::with_capacity(width);
        line.push(row + 1);
        for (column, wanted) in other.iter().enumerate() {
            let replaced = last[column] + usize::from(sign != wanted);
            let mut least = replaced.min(last[column + 1] + 1).min(line[column] + 1);
            if row > 0 && column > 0 && one[row - 1] == *wanted && other[column - 1] == *sign {
                least = least.min(above[column - 1] + 1);
            }
            line.push(least);
        }
        above = std::mem::replace(&mut last, line);
    }
    last[width - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_are_wrong_are_counted() {
        let count =
            |one: &str, other: &str| edits(&one.chars().collect::<Vec<_>>(), &other.chars().collect::<Vec<_>>());
        assert_eq!(count("", "abc"), 3);
        assert_eq!(count("warehuose", "warehouse"), 1);
        assert_eq!(count("attach", "detach"), 2);
        assert_eq!(count("ca", "abc"), 3);
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
