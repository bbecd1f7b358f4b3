//! Reverts what was done to a text as a whole on its way here: HTML entities, the escapes of JSON, foreign blanks and
//! invisible characters, backslashes, quotes round all of it. What shows outside of values was done to them too; a text
//! that shows it nowhere else than in a value is left alone.

use super::fault::{FaultKind, Faults};
use super::letters::{Letter, is_quote, letter, outside, span};
use crate::syntax::cursor::is_blank;
use crate::syntax::span::Span;

/// A text may have been escaped more than once; so many times are undone.
const ROUNDS: usize = 3;

/// The letters as they were before.
pub(super) fn undo(letters: &[Letter], faults: &mut Faults) -> Vec<Letter> {
    // Quotes round it first: they turn values inside out. They may be escaped themselves, hence once more at the end.
    let mut letters = unwrapped(&shell(letters, faults), faults);
    for _ in 0..ROUNDS {
        let mut is_done = true;
        for step in [entities, escapes, blanks] {
            if let Some(undone) = step(&letters, faults) {
                letters = undone;
                is_done = false;
            }
        }
        if is_done {
            break;
        }
    }
    unwrapped(&signs(&letters, faults), faults)
}

/// Replaces what `known` recognises at a place, by one letter or none, together with so many letters. Only if one of
/// them is outside of quotes; that one is the fault.
fn replaced(
    letters: &[Letter],
    faults: &mut Faults,
    kind: FaultKind,
    known: impl Fn(&[Letter], usize) -> Option<(Option<char>, usize)>,
) -> Option<Vec<Letter>> {
    let is_outside = outside(letters);
    let mut undone = Vec::with_capacity(letters.len());
    let mut first: Option<Span> = None;
    let mut at = 0;
    while let Some(&here) = letters.get(at) {
        match known(letters, at) {
            Some((meant, count)) => {
                let span = span(&letters[at..at + count]);
                undone.extend(meant.map(|c| Letter { c, at: span }));
                first = first.or(is_outside[at].then_some(span));
                at += count;
            }
            None => {
                undone.push(here);
                at += 1;
            }
        }
    }
    faults.note(kind, first?);
    Some(undone)
}

fn entities(letters: &[Letter], faults: &mut Faults) -> Option<Vec<Letter>> {
    replaced(letters, faults, FaultKind::HtmlEntities, |letters, at| {
        let (c, count) = entity(letters, at)?;
        Some((Some(c), count))
    })
}

/// The longest entity that is known, without its ends.
const ENTITY: usize = 8;

/// The character of the entity here, and its length.
fn entity(letters: &[Letter], at: usize) -> Option<(char, usize)> {
    if letter(letters, at)? != '&' {
        return None;
    }
    let inner: String =
        letters[at + 1..].iter().take(ENTITY).map(|letter| letter.c).take_while(|c| *c != ';').collect();
    let count = inner.chars().count() + 2;
    if letter(letters, at + count - 1)? != ';' {
        return None;
    }
    let c = match inner.as_str() {
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "lt" => '<',
        "gt" => '>',
        "nbsp" => '\u{a0}',
        "ldquo" => '“',
        "rdquo" => '”',
        "lsquo" => '‘',
        "rsquo" => '’',
        "laquo" => '«',
        "raquo" => '»',
        "ndash" => '–',
        "mdash" => '—',
        "vert" | "verbar" => '|',
        "dollar" => '$',
        "equals" => '=',
        _ => numbered(inner.strip_prefix('#')?)?,
    };
    Some((c, count))
}

fn numbered(number: &str) -> Option<char> {
    match number.strip_prefix(['x', 'X']) {
        Some(hex) => coded(hex, 16),
        None => coded(number, 10),
    }
}

/// The character of a number in digits.
fn coded(digits: &str, radix: u32) -> Option<char> {
    let is_number = digits.chars().all(|c| c.is_digit(radix));
    char::from_u32(u32::from_str_radix(digits, radix).ok().filter(|_| is_number)?)
}

/// One level of the escapes of JSON and Terraform. Outside of quotes no backslash is part of the language.
fn escapes(letters: &[Letter], faults: &mut Faults) -> Option<Vec<Letter>> {
    let is_outside = outside(letters);
    let next = |at: usize| letter(letters, at + 1);
    let mut at = 0;
    let mut first = None;
    while at < letters.len() && first.is_none() {
        let is_escape = letters[at].c == '\\' && is_outside[at];
        let shows = match next(at) {
            Some('"' | 'n' | 'r' | 't') => true,
            Some('u') => code_unit(letters, at).is_some(),
            // A backslash that was escaped itself, before a quote.
            Some('\\') => letter(letters, at + 2) == Some('"'),
            _ => false,
        };
        first = (is_escape && shows).then_some(letters[at].at);
        at += if is_escape { 2 } else { 1 };
    }
    faults.note(FaultKind::EscapedText, first?);
    let mut undone = Vec::with_capacity(letters.len());
    let mut at = 0;
    while let Some(&here) = letters.get(at) {
        let escaped = if here.c == '\\' { unescaped(letters, at) } else { None };
        let (c, count) = escaped.unwrap_or((here.c, 1));
        undone.push(Letter { c, at: span(&letters[at..at + count]) });
        at += count;
    }
    Some(undone)
}

/// What the escape here means, and its length.
fn unescaped(letters: &[Letter], at: usize) -> Option<(char, usize)> {
    match letter(letters, at + 1)? {
        c @ ('"' | '\\' | '/') => Some((c, 2)),
        'n' | 'r' => Some(('\n', 2)),
        't' => Some(('\t', 2)),
        'u' => Some((code_unit(letters, at)?, 6)),
        _ => None,
    }
}

/// The character of `\u0026`, if it is one by itself.
fn code_unit(letters: &[Letter], at: usize) -> Option<char> {
    let digits: String = letters.get(at + 2..at + 6)?.iter().map(|letter| letter.c).collect();
    coded(&digits, 16)
}

fn blanks(letters: &[Letter], faults: &mut Faults) -> Option<Vec<Letter>> {
    let spaced = replaced(letters, faults, FaultKind::ForeignBlank, |letters, at| {
        let c = letter(letters, at)?;
        (c.is_whitespace() && !is_blank(c)).then_some((Some(' '), 1))
    });
    let seen = replaced(spaced.as_deref().unwrap_or(letters), faults, FaultKind::InvisibleCharacter, |letters, at| {
        is_invisible(letter(letters, at)?).then_some((None, 1))
    });
    seen.or(spaced)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// The letters without what a shell wants within single quotes for one: `'\''`.
fn shell(letters: &[Letter], faults: &mut Faults) -> Vec<Letter> {
    let is_in_quotes = letters.iter().find(|letter| !is_blank(letter.c)).is_some_and(|letter| letter.c == '\'');
    let mut kept = Vec::with_capacity(letters.len());
    let mut at = 0;
    while let Some(&here) = letters.get(at) {
        let four = letters.get(at..at + 4).filter(|four| four.iter().map(|letter| letter.c).eq("'\\''".chars()));
        match four.filter(|_| is_in_quotes) {
            Some(four) => {
                kept.push(Letter { c: '\'', at: span(four) });
                faults.note(FaultKind::QuotedPattern, span(four));
                at += 4;
            }
            None => {
                kept.push(here);
                at += 1;
            }
        }
    }
    kept
}

/// The letters without backslashes before signs outside of quotes: `\&\&`, `\$`.
fn signs(letters: &[Letter], faults: &mut Faults) -> Vec<Letter> {
    let is_outside = outside(letters);
    let mut kept = Vec::with_capacity(letters.len());
    let mut at = 0;
    while let Some(&here) = letters.get(at) {
        let run = match here.c {
            '\\' if is_outside[at] => letters[at..].iter().take_while(|letter| letter.c == '\\').count(),
            _ => 0,
        };
        if run > 0 && letter(letters, at + run).is_some_and(is_sign) {
            faults.note(FaultKind::EscapedSign, here.at);
        } else {
            kept.extend_from_slice(&letters[at..at + run.max(1)]);
        }
        at += run.max(1);
    }
    kept
}

/// A sign before which some documents and shells want a backslash.
fn is_sign(c: char) -> bool {
    matches!(
        c,
        '&' | '|' | '$' | '(' | ')' | '{' | '}' | '[' | ']' | '=' | '!' | '<' | '>' | '.' | '*' | '_' | '-' | '\''
    )
}

/// The letters without blanks at the ends and without quotes round the whole pattern.
fn unwrapped(letters: &[Letter], faults: &mut Faults) -> Vec<Letter> {
    let is_around = |letter: &&Letter| is_blank(letter.c) || is_quote(letter.c);
    let front = letters.iter().take_while(is_around).count();
    let back =
        letters[front..].iter().rev().take_while(|letter| is_around(letter) || matches!(letter.c, ',' | ';')).count();
    let (before, rest) = letters.split_at(front);
    let (core, after) = rest.split_at(rest.len() - back);
    let first_quote = before.iter().find(|letter| is_quote(letter.c));
    let last_quote = after.iter().rev().find(|letter| is_quote(letter.c));
    let opens = core.first().map(|letter| letter.c);
    let is_closed =
        matches!((opens, core.last().map(|letter| letter.c)), (Some('{'), Some('}')) | (Some('['), Some(']')));
    match (first_quote, last_quote) {
        (Some(first), Some(_)) if is_closed => {
            faults.note(FaultKind::QuotedPattern, first.at);
            core.to_vec()
        }
        // One of the two was not copied.
        (Some(only), None) | (None, Some(only)) if is_closed && opens == Some('{') => {
            faults.note(FaultKind::QuotedPattern, only.at);
            core.to_vec()
        }
        // The brace at the end was not copied, but the quote behind it.
        (Some(first), Some(last)) if opens == Some('{') && first.c == last.c => {
            faults.note(FaultKind::QuotedPattern, first.at);
            let end = rest.iter().rposition(|letter| letter.c == last.c).unwrap_or(rest.len());
            rest[..end].to_vec()
        }
        _ => trimmed(letters).to_vec(),
    }
}

fn trimmed(letters: &[Letter]) -> &[Letter] {
    let front = letters.iter().take_while(|letter| is_blank(letter.c)).count();
    let back = letters[front..].iter().rev().take_while(|letter| is_blank(letter.c)).count();
    &letters[front..letters.len() - back]
}
