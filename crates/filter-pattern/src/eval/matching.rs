//! Evaluates a JSON pattern on one event: the tables of truth, three-valued. What the tables leave open is unknown,
//! never guessed. `covers` checks every witness here, so this file is the meaning of the language.

use crate::eval::construct::Construct;
use crate::eval::event::{Event, Value};
use crate::eval::outcome::{Examined, Matched};
use crate::eval::truth::{Truth, ordered, read, words};
use crate::eval::wanted::Wanted;
use crate::syntax::ast::{Comparison, Expr, Operand, Selector, Step, Test};
use crate::syntax::lang::Lang;
use crate::syntax::number::{self, Num};

/// A log event holds at most a megabyte; what a longer text would mean is not documented.
pub(crate) const MAX_EVENT: usize = 1 << 20;

/// Whether the pattern matches the event, and whether that is a JSON object.
pub(crate) fn examine(expr: &Expr, wanted: &Wanted, text: &str) -> Examined {
    Reading::new(text, wanted).examine(expr)
}

/// A log event as patterns about JSON see it.
pub(crate) enum Reading<'a> {
    Event(Event<'a>),
    /// It is too long to be read.
    Long,
    /// It is no JSON object.
    Other,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(text: &'a str, wanted: &Wanted) -> Self {
        if text.len() > MAX_EVENT {
            return if is_object(text) { Self::Long } else { Self::Other };
        }
        Event::read(text, wanted).map_or(Self::Other, Self::Event)
    }

    /// Evaluates a pattern that looks at nothing but what was wanted.
    pub(crate) fn examine(&self, expr: &Expr) -> Examined {
        let event = match self {
            Self::Event(event) => event,
            Self::Long => {
                let matched = Matched::Unknown(Construct::new("an event of more than a megabyte"));
                return Examined { matched, is_object: true };
            }
            Self::Other => return Examined { matched: Matched::No, is_object: false },
        };
        let matched = match (evaluate(expr, event), event.doubt()) {
            // Whichever way the service reads such an event, or whether it does, it finds no match.
            (Matched::No, _) => Matched::No,
            (_, Some(doubt)) => Matched::Unknown(Construct::new(doubt)),
            (matched, None) => matched,
        };
        Examined { matched, is_object: true }
    }
}

/// Whether a text is a JSON object and nothing else. Of one that is too long to be evaluated only the ends are looked at.
pub(crate) fn is_object(text: &str) -> bool {
    if text.len() > MAX_EVENT {
        let text = text.trim_ascii();
        return text.starts_with('{') && text.ends_with('}');
    }
    Event::read(text, &Wanted::nothing()).is_some()
}

/// No deeper than the brackets of a pattern, which the parser limits.
pub(crate) fn evaluate(expr: &Expr, event: &Event<'_>) -> Matched {
    match expr {
        Expr::All(parts) => Matched::all(parts.iter().map(|part| evaluate(part, event))),
        Expr::Any(parts) => Matched::any(parts.iter().map(|part| evaluate(part, event))),
        Expr::Test(comparison) => compare(comparison, event),
    }
}

/// What a selector without wildcard leads to.
#[derive(Clone, Copy)]
enum Found {
    Missing,
    At(usize),
    /// Through a key that occurs twice.
    Ambiguous,
}

fn walk(event: &Event<'_>, from: Found, steps: &[Step]) -> Found {
    steps.iter().fold(from, |found, step| {
        let Found::At(at) = found else { return found };
        match (event.value(at), step) {
            (Value::Object(members), Step::Name(name)) => {
                let mut found = members.iter().filter(|(key, _)| key == name);
                match (found.next(), found.next()) {
                    (None, _) => Found::Missing,
                    (Some(&(_, at)), None) => Found::At(at),
                    (Some(_), Some(_)) => Found::Ambiguous,
                }
            }
            (Value::Array(items), Step::Index(index)) => {
                items.iter().find(|(at, _)| at == index).map_or(Found::Missing, |&(_, at)| Found::At(at))
            }
            _ => Found::Missing,
        }
    })
}

fn compare(comparison: &Comparison, event: &Event<'_>) -> Matched {
    let Comparison { selector, test } = comparison;
    let matched = match selector.steps.iter().position(|step| *step == Step::Each) {
        None => test_at(test, event, walk(event, Found::At(event.root()), &selector.steps)),
        Some(each) => test_each(test, event, selector, each),
    };
    // Tests answer with an empty construct; here the test as a whole is known.
    match matched {
        Truth::Yes => Matched::Yes,
        Truth::No => Matched::No,
        Truth::Unknown(words) => Matched::Unknown(Construct::with_text(words, comparison)),
    }
}

fn test_at(test: &Test, event: &Event<'_>, found: Found) -> Truth {
    let at = match found {
        Found::At(at) => at,
        Found::Missing => return Truth::from_bool(*test == Test::NotExists),
        Found::Ambiguous => return Truth::Unknown(words::DUPLICATE),
    };
    let value = event.value(at);
    match test {
        Test::Equal(operand) => equal(operand, value),
        Test::NotEqual(operand) => not_equal(operand, value),
        Test::Order(order, number) => match value {
            Value::Number(written) => {
                let value = Num::parse(written);
                if value.is_infinite() { Truth::No } else { ordered(*order, &value, number) }
            }
            _ => Truth::No,
        },
        Test::IsNull => is_null(event, value),
        Test::IsTrue => Truth::from_bool(matches!(value, Value::True)),
        Test::IsFalse => Truth::from_bool(matches!(value, Value::False)),
        Test::NotExists => Truth::No,
    }
}

fn holds_null(event: &Event<'_>, value: &Value<'_>) -> bool {
    let is_null = |&at: &usize| matches!(event.value(at), Value::Null);
    match value {
        Value::Array(items) => items.iter().any(|(_, at)| is_null(at)),
        Value::Object(members) => members.iter().any(|(_, at)| is_null(at)),
        _ => false,
    }
}

fn is_null(event: &Event<'_>, value: &Value<'_>) -> Truth {
    match value {
        Value::Null => Truth::Yes,
        Value::Array(_) => Truth::from_bool(holds_null(event, value)),
        Value::Object(_) if holds_null(event, value) => Truth::Unknown(words::NULL_INSIDE),
        _ => Truth::No,
    }
}

fn readings(operand: &Operand) -> Option<&[Lang]> {
    match operand {
        Operand::Text(literal) => Some(literal.readings()),
        Operand::Regex(regex) => Some(regex.readings()),
        Operand::Number(_) => None,
    }
}

fn equal(operand: &Operand, value: &Value<'_>) -> Truth {
    match (value, operand) {
        (Value::BrokenText, _) => Truth::Unknown(words::SURROGATE),
        (Value::Text(text), Operand::Number(number)) => Truth::from_bool(text == number.text()),
        (Value::Number(written), Operand::Number(number)) => {
            let value = Num::parse(written);
            Truth::from_bool(
                !value.is_infinite() && !number.value().is_infinite() && value.compare(number.value()).is_eq(),
            )
        }
        (Value::Text(text), Operand::Text(_) | Operand::Regex(_)) => {
            readings(operand).map_or(Truth::No, |readings| read(readings, text))
        }
        (Value::Number(written), Operand::Text(_) | Operand::Regex(_)) => {
            readings(operand).map_or(Truth::No, |readings| {
                match read(readings, &number::text(written)) {
                    // Recorded: only `*` matches such a number. Whether its text is really that word is not.
                    Truth::Yes if Num::parse(written).is_infinite() && *readings != [Lang::Anything] => {
                        Truth::Unknown(words::INFINITY)
                    }
                    truth => truth,
                }
            })
        }
        (Value::Null | Value::True | Value::False | Value::Array(_) | Value::Object(_), _) => Truth::No,
    }
}

/// Not the negation of [`equal`]: only a text or a number differs from anything.
fn not_equal(operand: &Operand, value: &Value<'_>) -> Truth {
    match value {
        Value::Number(written) if matches!(operand, Operand::Number(_)) && Num::parse(written).is_infinite() => {
            Truth::No
        }
        Value::Text(_) | Value::BrokenText | Value::Number(_) => equal(operand, value).not(),
        Value::Null | Value::True | Value::False | Value::Array(_) | Value::Object(_) => Truth::No,
    }
}

/// A test through `[*]` or `.*`, the step at `each`.
fn test_each(test: &Test, event: &Event<'_>, selector: &Selector, each: usize) -> Truth {
    let (before, after) = (&selector.steps[..each], &selector.steps[each + 1..]);
    let base = walk(event, Found::At(event.root()), before);
    let elements: Vec<usize> = match base {
        Found::Ambiguous => return Truth::Unknown(words::DUPLICATE),
        Found::Missing => Vec::new(),
        Found::At(at) => match event.value(at) {
            Value::Array(items) => items.iter().map(|&(_, at)| at).collect(),
            Value::Object(members) => members.iter().map(|&(_, at)| at).collect(),
            _ => Vec::new(),
        },
    };
    let ends = || elements.iter().map(|&at| walk(event, Found::At(at), after));
    match test {
        Test::Equal(_) | Test::Order(..) => Truth::any(ends().map(|end| test_at(test, event, end))),
        Test::NotEqual(_) if matches!(base, Found::Missing) => Truth::No,
        Test::NotEqual(operand) => Truth::any(ends().map(|end| match end {
            Found::At(at) => equal(operand, event.value(at)),
            Found::Missing => Truth::No,
            Found::Ambiguous => Truth::Unknown(words::DUPLICATE),
        }))
        .not(),
        Test::IsNull => Truth::any(ends().map(|end| match end {
            Found::At(at) => match event.value(at) {
                Value::Null => Truth::Yes,
                // Recorded false for an array element; below an element it is not.
                value @ (Value::Array(_) | Value::Object(_)) if !after.is_empty() && holds_null(event, value) => {
                    Truth::Unknown(words::NULL_INSIDE)
                }
                _ => Truth::No,
            },
            Found::Missing => Truth::No,
            Found::Ambiguous => Truth::Unknown(words::DUPLICATE),
        })),
        Test::IsTrue | Test::IsFalse => Truth::Unknown(words::STATE_EACH),
        Test::NotExists => {
            let missing = ends().filter(|end| matches!(end, Found::Missing)).count();
            if ends().any(|end| matches!(end, Found::Ambiguous)) {
                Truth::Unknown(words::DUPLICATE)
            } else if missing == elements.len() {
                Truth::Yes
            } else if missing == 0 {
                Truth::No
            } else {
                Truth::Unknown(words::SOME_MISSING)
            }
        }
    }
}

/// The first test of a conjunction that an event fails, where it fails by one test and not by a choice of several.
pub(crate) fn unmet<'a>(expr: &'a Expr, event: &Event<'_>) -> Option<&'a Comparison> {
    match expr {
        Expr::Test(comparison) => (compare(comparison, event) == Matched::No).then_some(comparison),
        Expr::All(parts) => {
            parts.iter().find(|part| evaluate(part, event) == Matched::No).and_then(|part| unmet(part, event))
        }
        Expr::Any(_) => None,
    }
}

/// Whether an event lacks the field of a test.
pub(crate) fn is_missing(comparison: &Comparison, event: &Event<'_>) -> bool {
    let steps = &comparison.selector.steps;
    !steps.contains(&Step::Each) && matches!(walk(event, Found::At(event.root()), steps), Found::Missing)
}
