//! A text as letters that know where in the refused text they were, and which of them are within quotes. Knows
//! typographic quotes and dashes, but no grammar.

use crate::syntax::span::Span;

/// A letter, and the bytes of the refused text that it stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letter {
    pub(super) c: char,
    pub(super) at: Span,
}

/// The letters of a text.
pub(super) fn letters(text: &str) -> Vec<Letter> {
    text.char_indices().map(|(start, c)| Letter { c, at: Span::new(start, start + c.len_utf8()) }).collect()
}

/// The letter at a place, if there is one.
pub(super) fn letter(letters: &[Letter], at: usize) -> Option<char> {
    letters.get(at).map(|letter| letter.c)
}

/// The place in the refused text of several letters, which are not none.
pub(super) fn span(letters: &[Letter]) -> Span {
    let start = letters.first().map_or(0, |letter| letter.at.start);
    Span::new(start, letters.last().map_or(start, |letter| letter.at.end))
}

/// Which letters are outside of `"…"` and `%…%`, the delimiters not counted. What is there can only be the
/// language, and shows what was done to the text; within a value anything may have been meant.
pub(super) fn outside(letters: &[Letter]) -> Vec<bool> {
    let mut is_outside = vec![false; letters.len()];
    let mut within = None;
    let mut at = 0;
    while let Some(c) = letter(letters, at) {
        let is_escape = c == '\\' && at + 1 < letters.len();
        match within {
            None if is_escape => {
                is_outside[at] = true;
                is_outside[at + 1] = true;
            }
            None if c == '"' || c == '%' => within = Some(c),
            None => is_outside[at] = true,
            Some(delimiter) if c == delimiter => within = None,
            Some(_) => {}
        }
        // A percent sign cannot be escaped, a quote can.
        at += if is_escape && within != Some('%') { 2 } else { 1 };
    }
    is_outside
}

/// A typographic double quote, or one of those that stand for it in other languages.
pub(super) fn is_typographic_double(c: char) -> bool {
    matches!(c, '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '＂')
}

/// A typographic single quote.
pub(super) fn is_typographic_single(c: char) -> bool {
    matches!(c, '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | '´' | '＇')
}

/// A quote of any kind.
pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`') || is_typographic_double(c) || is_typographic_single(c)
}

/// A dash that programs for text make of hyphens.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}
