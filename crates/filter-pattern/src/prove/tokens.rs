//! Patterns on raw text against an event whose spelling is not known: the order of keys and the blanks are not
//! guaranteed. What occurs inside no key or string of the event occurs nowhere in its text, however it is written; what
//! hinges on quotes, colons or blanks between them is unknown.

use serde_json::Value;

use crate::eval::construct::Construct;
use crate::eval::outcome::Matched;
use crate::eval::text;
use crate::prove::model::EventModel;
use crate::syntax::ast::{Column, Operand, Phrase, Test, Tree};
use crate::syntax::lang::Lang;
use crate::syntax::regex::Regex;

/// What any spelling of an event holds.
pub(crate) struct Tokens<'a> {
    model: &'a EventModel,
    texts: Vec<&'a str>,
    has_numbers: bool,
    /// A text that may be written with escapes, which hold letters of their own.
    has_escapes: bool,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(event: &'a Value, model: &'a EventModel) -> Self {
        let mut tokens = Self { model, texts: Vec::new(), has_numbers: false, has_escapes: false };
        tokens.add(event);
        tokens
    }

    /// As deep as a witness is.
    fn add(&mut self, value: &'a Value) {
        match value {
            Value::Null => self.add_text("null"),
            Value::Bool(true) => self.add_text("true"),
            Value::Bool(false) => self.add_text("false"),
            Value::Number(_) => self.has_numbers = true,
            Value::String(text) => self.add_text(text),
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(members) => {
                for (key, value) in members {
                    self.add_text(key);
                    self.add(value);
                }
            }
        }
    }

    fn add_text(&mut self, text: &'a str) {
        self.has_escapes |= !text.chars().all(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'));
        self.texts.push(text);
    }

    /// Whether a pattern on raw text matches this event.
    pub(crate) fn matches(&self, tree: &Tree) -> Matched {
        let unknown = || Matched::Unknown(Construct::with_text("a pattern on the raw text of an event", tree));
        match tree {
            Tree::Everything => Matched::Yes,
            Tree::Terms(terms) => text::combine(terms, |phrase| self.holds_phrase(phrase)),
            Tree::Regex(regex) if self.lacks_regex(regex) => Matched::No,
            Tree::Columns(columns) if text::is_any_line(columns) => Matched::Yes,
            Tree::Columns(columns) if columns.iter().any(|column| self.lacks_column(column)) => Matched::No,
            Tree::Json(_) | Tree::Regex(_) | Tree::Columns(_) => unknown(),
        }
    }

    fn holds_phrase(&self, phrase: &Phrase) -> Matched {
        let answers: Vec<Option<bool>> = phrase
            .readings()
            .iter()
            .map(|lang| match lang {
                Lang::Contains(part) => self.holds(part),
                _ => None,
            })
            .collect();
        match answers.first() {
            Some(Some(first)) if answers.iter().all(|answer| *answer == Some(*first)) => {
                if *first {
                    Matched::Yes
                } else {
                    Matched::No
                }
            }
            _ => Matched::Unknown(Construct::with_text("a term whose place in the raw text is not known", phrase)),
        }
    }

    /// Whether every spelling holds a text, or none does.
    fn holds(&self, part: &str) -> Option<bool> {
        let is_one_piece = part.chars().all(is_plain);
        if is_one_piece && self.texts.iter().any(|text| text.contains(part)) {
            return Some(true);
        }
        let lacks_piece = part.split(|c| !is_plain(c)).any(|piece| self.lacks(piece.trim_matches(' ')));
        lacks_piece.then_some(false)
    }

    /// Whether no spelling holds a text of plain characters.
    fn lacks(&self, piece: &str) -> bool {
        let is_numeric = piece.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
        if piece.is_empty() || self.has_escapes || (self.has_numbers && is_numeric) || self.model.is_common(piece) {
            return false;
        }
        !self.texts.iter().any(|text| text.contains(piece))
    }

    /// Whether each way to satisfy a column asks for a text that no spelling holds.
    fn lacks_column(&self, column: &Column) -> bool {
        let lacks_all = |text: &str| text.split(|c| !is_plain(c)).any(|piece| self.lacks(piece.trim_matches(' ')));
        let lacks_lang = |lang: &Lang| match lang {
            Lang::Nothing => true,
            Lang::Exactly(text) | Lang::StartsWith(text) | Lang::EndsWith(text) | Lang::Contains(text) => {
                lacks_all(text)
            }
            Lang::Anything | Lang::OneOf(_) | Lang::Leftmost(_) | Lang::Regex(_) => false,
        };
        let fails = |test: &Test| match test {
            Test::Equal(Operand::Text(literal)) => literal.readings().iter().all(lacks_lang),
            _ => false,
        };
        match column {
            Column::Named { any, .. } => !any.is_empty() && any.iter().all(|all| all.iter().any(fails)),
            Column::Ellipsis | Column::Blank => false,
        }
    }

    fn lacks_regex(&self, regex: &Regex) -> bool {
        regex.needs().iter().all(|runs| {
            runs.iter().any(|run| run.split(|c| !is_plain(c)).any(|piece| self.lacks(piece.trim_matches(' '))))
        })
    }
}

/// A character that stands for itself in JSON, inside a token and nowhere else. A slash may be escaped.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '/' | '{' | '}' | '[' | ']' | ':' | ',')
}
