//! Evaluates the languages for unstructured text on the raw text of one event: terms, a regular expression alone,
//! space-delimited columns.

use crate::eval::construct::Construct;
use crate::eval::outcome::Matched;
use crate::eval::truth::{Truth, ordered, read, words};
use crate::syntax::ast::{Column, Operand, Phrase, Role, Term, Test};
use crate::syntax::number::{self, Form, Num};
use crate::syntax::regex::Regex;

fn named(truth: Truth, what: &impl std::fmt::Display) -> Matched {
    match truth {
        Truth::Yes => Matched::Yes,
        Truth::No => Matched::No,
        Truth::Unknown(words) => Matched::Unknown(Construct::with_text(words, what)),
    }
}

/// Whether the text holds the terms.
pub(crate) fn terms(terms: &[Term], text: &str) -> Matched {
    combine(terms, |phrase| named(read(phrase.readings(), text), phrase))
}

/// Joins what is known of each phrase: all required and no excluded one, or one of the optional ones if there is
/// no other kind.
pub(crate) fn combine(terms: &[Term], mut holds: impl FnMut(&Phrase) -> Matched) -> Matched {
    if terms.iter().all(|term| term.role == Role::Optional) {
        return Matched::any(terms.iter().map(|term| holds(&term.phrase)));
    }
    Matched::all(terms.iter().filter(|term| term.role != Role::Optional).map(|term| match term.role {
        Role::Excluded => holds(&term.phrase).not(),
        Role::Required | Role::Optional => holds(&term.phrase),
    }))
}

/// Whether the expression is found in the text.
pub(crate) fn regex(regex: &Regex, text: &str) -> Matched {
    named(read(regex.readings(), text), regex)
}

/// Such a pattern matches whatever the line: it has no test, and room for one field at most.
pub(crate) fn is_any_line(columns: &[Column]) -> bool {
    let fields = columns.iter().filter(|column| **column != Column::Ellipsis).count();
    let has_tests = columns.iter().any(|column| matches!(column, Column::Named { any, .. } if !any.is_empty()));
    !has_tests && (fields == 0 || columns.len() == 1)
}

/// Whether the fields of the line satisfy the columns.
pub(crate) fn columns(columns: &[Column], line: &str) -> Matched {
    if is_any_line(columns) {
        return Matched::Yes;
    }
    // Whether text right after a closing quote starts a field is not documented.
    let apart = row(columns, line, &split(line, true));
    let joined = row(columns, line, &split(line, false));
    if apart == joined {
        apart
    } else {
        Matched::Unknown(Construct::new("text right after a closing quote or bracket"))
    }
}

/// A field: its text without delimiters, and where it starts in the line.
struct Field<'a> {
    text: &'a str,
    start: usize,
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn split(line: &str, starts_field: bool) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    let mut pos = 0;
    loop {
        pos += line[pos..].len() - line[pos..].trim_start_matches(is_blank).len();
        let rest = &line[pos..];
        let close = match rest.chars().next() {
            None => return fields,
            Some('"') => Some('"'),
            Some('[') => Some(']'),
            Some(_) => None,
        };
        let word = rest.find(is_blank).unwrap_or(rest.len());
        let (text, len) = match close {
            None => (&rest[..word], word),
            Some(close) => match rest[1..].find(close) {
                None => (&rest[1..], rest.len()),
                Some(inner) => {
                    let after = inner + 2;
                    let tail =
                        if starts_field { 0 } else { rest[after..].find(is_blank).unwrap_or(rest.len() - after) };
                    let text = if tail == 0 { &rest[1..=inner] } else { &rest[..after + tail] };
                    (text, after + tail)
                }
            },
        };
        fields.push(Field { text, start: pos });
        pos += len;
    }
}

fn row(columns: &[Column], line: &str, fields: &[Field<'_>]) -> Matched {
    let ellipsis = columns.iter().position(|column| *column == Column::Ellipsis);
    let (front, back) = match ellipsis {
        Some(at) => (&columns[..at], &columns[at + 1..]),
        None => (columns, &[][..]),
    };
    if fields.len() < front.len() + back.len() {
        return Matched::No;
    }
    let mut rest = &fields[fields.len() - back.len()..];
    let is_last = |i: usize| ellipsis.is_none() && i + 1 == front.len();
    let front = front.iter().enumerate().map(|(i, column)| {
        let field = &fields[i];
        if is_last(i) && fields.len() > front.len() {
            rest_of_line(column, line[field.start..].trim_end_matches(is_blank))
        } else {
            column_holds(column, field.text)
        }
    });
    let front = Matched::all(front.collect::<Vec<_>>().into_iter());
    let back = back.iter().map(|column| match rest.split_first() {
        Some((field, others)) => {
            rest = others;
            column_holds(column, field.text)
        }
        None => Matched::No,
    });
    Matched::all([front].into_iter().chain(back))
}

/// The last column takes all that is left; whether delimiters are dropped there is not documented.
fn rest_of_line(column: &Column, rest: &str) -> Matched {
    let raw = column_holds(column, rest);
    if !rest.contains(['"', '[', ']', '\t']) && !rest.contains("  ") {
        return raw;
    }
    let dropped = split(rest, true).iter().map(|field| field.text).collect::<Vec<_>>().join(" ");
    if column_holds(column, &dropped) == raw {
        raw
    } else {
        Matched::Unknown(Construct::with_text("the rest of the line in a last column", column))
    }
}

fn column_holds(column: &Column, text: &str) -> Matched {
    let Column::Named { any, .. } = column else {
        return Matched::Yes;
    };
    if any.is_empty() {
        return Matched::Yes;
    }
    let holds = |test: &Test| named(field_holds(test, text), column);
    Matched::any(any.iter().map(|all| Matched::all(all.iter().map(holds))))
}

fn field_holds(test: &Test, text: &str) -> Truth {
    let value =
        matches!(number::form(text), Form::Number).then(|| Num::parse(text)).filter(|value| !value.is_infinite());
    let truth = |truth: bool| if truth { Truth::Yes } else { Truth::No };
    let equal = |operand: &Operand| match operand {
        Operand::Text(literal) => read(literal.readings(), text),
        Operand::Regex(regex) => read(regex.readings(), text),
        // A column is a text, and here also a number: which of them counts is recorded of neither.
        Operand::Number(number) if matches!(number.value(), Num::Tiny { .. }) && text == number.text() => {
            Truth::Unknown(words::HUGE_LITERAL)
        }
        Operand::Number(number) => truth(match &value {
            Some(value) => value.compare(number.value()).is_eq(),
            None => text == number.text(),
        }),
    };
    match test {
        Test::Equal(operand) => equal(operand),
        Test::NotEqual(operand) => match equal(operand) {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            unknown @ Truth::Unknown(_) => unknown,
        },
        Test::Order(order, number) => value.map_or(Truth::No, |value| ordered(*order, &value, number)),
        // The grammar has no such tests of columns.
        Test::IsNull | Test::IsTrue | Test::IsFalse | Test::NotExists => Truth::No,
    }
}
