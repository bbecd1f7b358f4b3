//! The values that the tests on one selector can tell apart: finitely many classes, one representative each.
//!
//! Every text is, to equality and wildcards at the ends, one of: a literal; or the longest matching prefix, then any
//! pieces, then the longest matching suffix, joined by text that occurs in no literal. So these are all there are. What a
//! representative cannot stand for (a regular expression, a construct the service does not document) is unknown for it.

use std::collections::BTreeSet;

use super::ast::{Check, Operand, Selector, Step, Test};
use super::cloudtrail::{self, Kind};
use super::event::Json;
use super::matching;
use super::truth::Truth;

/// More representatives than this are too many.
const MOST: usize = 4096;
/// And more questions than this about those that wildcards make.
const MOST_ANSWERS: usize = 100_000;

/// A class of values at one selector.
#[derive(Debug, Clone)]
pub(super) struct Class {
    /// A value of it; `None`: the field is missing.
    pub(super) value: Option<Json>,
    /// What each test says of every value of the class: `None` where values differ or nobody knows.
    pub(super) truths: Vec<Option<bool>>,
    /// What each test says of this very value.
    pub(super) exact: Vec<Option<bool>>,
}

/// The classes of a selector under its tests, the most ordinary first. `None`: too many.
pub(super) fn of(selector: &Selector, tests: &[&Test], is_parent: bool) -> Option<Vec<Class>> {
    let literals: Vec<Option<Json>> = tests.iter().map(|test| Some(Json::Text(test.check_text().to_owned()))).collect();
    let mut known = BTreeSet::new();
    let mut classes = Vec::new();
    for value in values(selector, tests, is_parent)? {
        let exact: Vec<Option<bool>> =
            tests.iter().map(|test| decided(&matching::check(&test.check, value.as_ref()))).collect();
        let truths: Vec<Option<bool>> = tests
            .iter()
            .zip(&exact)
            .map(|(test, exact)| {
                exact
                    .filter(|exact| !is_vague(selector, &test.check, value.as_ref(), literals.contains(&value), *exact))
            })
            .collect();
        // An object differs from other values in what may lie below it.
        let is_object = matches!(value, Some(Json::Object { .. }));
        if known.insert((is_object, value.is_none(), truths.clone(), exact.clone())) {
            classes.push(Class { value, truths, exact });
        }
    }
    Some(classes)
}

fn decided(truth: &Truth) -> Option<bool> {
    match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown(_) => None,
    }
}

/// Whether a test may say otherwise of other values that this one stands for.
fn is_vague(selector: &Selector, check: &Check, value: Option<&Json>, literal: bool, exact: bool) -> bool {
    let below_a_list = selector.steps.iter().any(|step| !matches!(step, Step::Name(_)));
    let wanted = match check {
        Check::Equal(Operand::Text(text)) | Check::NotEqual(Operand::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    // A text that ends so may hold the end twice, which is not documented; a literal is one text alone.
    let matched = exact == matches!(check, Check::Equal(_));
    let is_suffix = |text: &str| text.starts_with('*') && !text.ends_with('*');
    match (check, value) {
        // A list without elements has none that equals.
        (Check::NotEqual(_), None) => below_a_list,
        (_, None) => false,
        _ if below_a_list => true,
        (Check::Equal(Operand::Regex(_)) | Check::NotEqual(Operand::Regex(_)), Some(_)) => true,
        (_, Some(Json::Text(_))) => wanted.is_some_and(|text| {
            text.is_empty() || text.trim_matches('*').contains(['*', '\\']) || (!literal && matched && is_suffix(text))
        }),
        // One number stands for many, with other texts.
        (_, Some(Json::Integer(_) | Json::Double(_))) => wanted.is_some_and(may_be_a_number),
        (_, Some(_)) => false,
    }
}

/// Whether a text, wildcards aside, could be the text of a number, or a part of one.
fn may_be_a_number(text: &str) -> bool {
    let text = text.trim_matches('*');
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.*eEInfityNa\\".contains(&byte))
}

fn values(selector: &Selector, tests: &[&Test], is_parent: bool) -> Option<Vec<Option<Json>>> {
    let kind = cloudtrail::kind(selector);
    let object = Json::Object { members: Vec::new(), duplicate: false };
    let texts = || texts(selector, tests).map(|texts| texts.into_iter().map(|text| Some(Json::Text(text))));
    Some(match kind {
        Kind::AlwaysText => texts()?.collect(),
        Kind::Text => std::iter::once(None).chain(texts()?).collect(),
        Kind::Boolean => vec![None, Some(Json::Bool(false)), Some(Json::Bool(true))],
        Kind::AlwaysObject => vec![Some(object)],
        Kind::Object => vec![None, Some(object)],
        Kind::ObjectOrNull => vec![Some(Json::Null), Some(object)],
        Kind::List => vec![None, Some(Json::List(Vec::new()))],
        Kind::Free => {
            let plain =
                [Json::Null, Json::Bool(true), Json::Bool(false), Json::List(Vec::new()), Json::List(vec![Json::Null])];
            let mut values: Vec<Option<Json>> = std::iter::once(None).chain(texts()?).collect();
            values.extend(plain.into_iter().map(Some));
            values.extend(numbers(tests).into_iter().map(Some));
            if is_parent {
                values.insert(1, Some(object));
            } else {
                values.push(Some(object));
            }
            values
        }
    })
}

/// Each number that a test names, and one on either side of it and between.
fn numbers(tests: &[&Test]) -> Vec<Json> {
    let mut named: Vec<f64> = tests
        .iter()
        .filter_map(|test| match &test.check {
            Check::Order(_, number)
            | Check::Equal(Operand::Number(number))
            | Check::NotEqual(Operand::Number(number)) => Some(number.value()),
            _ => None,
        })
        .filter(|value| value.is_finite())
        .collect();
    named.sort_by(f64::total_cmp);
    let mut all = vec![0.5, f64::MAX, f64::MIN];
    for (at, value) in named.iter().enumerate() {
        all.extend([*value - 1.0, *value, *value + 1.0, value.next_down(), value.next_up()]);
        all.extend(named.get(at + 1).map(|next| f64::midpoint(*value, *next)));
    }
    let plain = |value: f64| {
        if value.fract() == 0.0 && value.abs() < 1e15 {
            Json::Integer(format!("{value:.0}"))
        } else {
            Json::Double(value)
        }
    };
    let written = tests.iter().map(|test| test.check_text()).filter_map(|text| text.parse::<i128>().ok());
    let exact = written.flat_map(|value| [value.saturating_sub(1), value, value.saturating_add(1)]);
    all.into_iter().map(plain).chain(exact.map(|value| Json::Integer(value.to_string()))).collect()
}

/// The texts that the tests can tell apart, `None` if too many.
fn texts(selector: &Selector, tests: &[&Test]) -> Option<Vec<String>> {
    let (mut literals, mut prefixes, mut suffixes, mut pieces) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for test in tests {
        let text = match &test.check {
            Check::Equal(Operand::Text(text)) | Check::NotEqual(Operand::Text(text)) => text.as_str(),
            Check::Equal(Operand::Number(number)) | Check::NotEqual(Operand::Number(number)) => number.0.as_str(),
            _ => continue,
        };
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (None, None) => literals.push(text),
            (None, Some(prefix)) => prefixes.push(prefix.trim_end_matches('*')),
            (Some(suffix), None) => suffixes.push(suffix.trim_start_matches('*')),
            (Some(_), Some(_)) => pieces.push(text.trim_matches('*')),
        }
    }
    for list in [&mut literals, &mut prefixes, &mut suffixes, &mut pieces] {
        let mut known = BTreeSet::new();
        list.retain(|text| !text.is_empty() && known.insert(*text));
    }
    let pieces = subsets(&pieces)?;
    let count = (prefixes.len() + 1) * (suffixes.len() + 1) * pieces.len();
    if count + literals.len() > MOST || count * tests.len() > MOST_ANSWERS {
        return None;
    }
    let ordinary = cloudtrail::ordinary(selector);
    let fresh = fresh(tests);
    let mut texts: Vec<String> = literals.iter().map(|text| (*text).to_owned()).collect();
    texts.extend(prefixes.iter().map(|prefix| (*prefix).to_owned()));
    texts.extend(suffixes.iter().map(|suffix| format!("Client.{suffix}")));
    texts.push(ordinary.to_owned());
    for prefix in std::iter::once(&"").chain(&prefixes) {
        for suffix in std::iter::once(&"").chain(&suffixes) {
            for middle in &pieces {
                for filler in ["Example", &fresh] {
                    let middle = middle.iter().map(|piece| format!("{piece}{filler}")).collect::<String>();
                    texts.push(format!("{prefix}{filler}{middle}{suffix}"));
                }
            }
        }
    }
    Some(texts)
}

fn subsets<'a>(pieces: &[&'a str]) -> Option<Vec<Vec<&'a str>>> {
    const MOST_PIECES: usize = 6;
    if pieces.len() > MOST_PIECES {
        return None;
    }
    let choose = |mask: usize| {
        pieces.iter().enumerate().filter(move |(at, _)| mask >> at & 1 == 1).map(|(_, piece)| *piece).collect()
    };
    Some((0..1 << pieces.len()).map(choose).collect())
}

/// A text of letters that no test mentions.
fn fresh(tests: &[&Test]) -> String {
    let mentioned: String = tests.iter().map(|test| test.check_text()).collect();
    let letter = ('a'..='z').chain('A'..='Z').chain('0'..='9').find(|letter| !mentioned.contains(*letter));
    // All letters taken: one of a script that no AWS name uses.
    letter.or_else(|| ('ア'..='ン').find(|letter| !mentioned.contains(*letter))).unwrap_or('~').to_string()
}

impl Test {
    fn check_text(&self) -> &str {
        match &self.check {
            Check::Equal(Operand::Text(text)) | Check::NotEqual(Operand::Text(text)) => text,
            Check::Equal(Operand::Number(number))
            | Check::NotEqual(Operand::Number(number))
            | Check::Order(_, number) => &number.0,
            _ => "",
        }
    }
}
