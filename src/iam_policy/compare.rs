//! The meanings of condition operators, of a value of a policy and of what the request holds.
//!
//! A part `‹…›` of either stands for what is not known before deployment ([`MARKS`]): equal parts are equal texts, and about
//! others nothing is known. What is known is compared as IAM does.

use crate::deploy_time::MARKS;

/// Compares a value of a policy with what the request holds.
pub(super) type Comparison = fn(&str, &str) -> Option<bool>;

pub(super) fn same(value: &str, held: &str) -> Option<bool> {
    if is_of_no_arn(value, held) {
        return Some(false);
    }
    (value == held || !is_open([value, held])).then_some(value == held)
}

/// Whether a value cannot be the ARN that is held, whatever the account and region in it are: where they stand, or before, it has
/// a letter that no ARN has there, as in `arn:aws:cloudwatch:*:*:alarm:*`, in which `*` is a letter like others. Names may
/// have it.
fn is_of_no_arn(value: &str, held: &str) -> bool {
    // What is not known may hold colons.
    let is_known = |part: &&str| !part.contains(MARKS);
    let is_whole = |part: &&str| is_known(part) || part.starts_with(MARKS[0]) && part.ends_with(MARKS[1]);
    let (value, held) = (before_name(value), before_name(held));
    held.first() == Some(&"arn")
        && value.iter().chain(&held).all(is_whole)
        && value.iter().filter(|part| is_known(part)).any(|part| part.contains(['*', '?']))
}

/// The parts of an ARN before the name; none of another text.
fn before_name(text: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = text.splitn(6, ':').collect();
    parts.truncate(if parts.len() == 6 { 5 } else { 0 });
    parts
}

pub(super) fn same_letters(value: &str, held: &str) -> Option<bool> {
    if is_of_no_arn(value, held) {
        return Some(false);
    }
    let is_same = value.eq_ignore_ascii_case(held);
    (value == held || !is_open([value, held])).then_some(is_same)
}

pub(super) fn text_like(value: &str, held: &str) -> Option<bool> {
    if !is_open([value, held]) {
        return Some(like(value, held));
    }
    let is_like = || like(&sealed(value), &sealed(held));
    // How long the parts are that are not known is not known either.
    (value == held || !value.contains('?') && is_like()).then_some(true)
}

/// Each of an ARN's six parts by itself, so that no wildcard reaches over a colon, but for those of the last part, the
/// resource (IAM reference, ARN condition operators). What fewer parts mean is not documented.
pub(super) fn arn_like(value: &str, held: &str) -> Option<bool> {
    let parts = |arn| str::splitn(arn, 6, ':').collect::<Vec<_>>();
    let (pattern, arn) = (parts(value), parts(held));
    if pattern.len() < 6 {
        return if text_like(value, held) == Some(false) { Some(false) } else { None };
    }
    if arn.len() != 6 {
        return Some(false);
    }
    crate::truth::all(pattern.iter().zip(&arn).map(|(pattern, part)| text_like(pattern, part)))
}

/// Whether what is known of a text is ASCII.
pub(super) fn is_of_ascii(text: &str) -> bool {
    text.is_ascii() || pieces(text).all(|(piece, is_open)| is_open || piece.is_ascii())
}

fn is_open(texts: [&str; 2]) -> bool {
    texts.iter().any(|text| text.contains(MARKS))
}

/// A text in which letters for private use stand for those of the parts that are not known: a wildcard spans such a part, and
/// nothing that is known is found in it.
fn sealed(text: &str) -> String {
    const PRIVATE: u32 = 0xe000;
    let seal = |byte: u8| char::from_u32(PRIVATE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER);
    pieces(text)
        .map(|(piece, is_open)| if is_open { piece.bytes().map(seal).collect() } else { piece.to_owned() })
        .collect()
}

/// The parts of a text, and whether each is one that is not known, which begins with the first mark and ends with the second.
fn pieces(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let [open, close] = MARKS;
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = match rest.strip_prefix(open) {
            None => rest.find(open).unwrap_or(rest.len()),
            Some(_) => end_of_open(rest, (open, close)),
        };
        let (piece, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some((piece, piece.starts_with(open)))
    })
}

/// How long the part is that a text begins with. There may be others in it.
fn end_of_open(text: &str, (open, close): (char, char)) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        if letter == open {
            depth += 1;
        } else if letter == close {
            depth -= 1;
            if depth == 0 {
                return at + letter.len_utf8();
            }
        }
    }
    text.len()
}

/// IAM's wildcards: `*` any run, `?` one character.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    // Where the last star was, and how much it has swallowed so far.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[read] => {
                at += 1;
                read += 1;
            }
            _ => match star {
                Some((stood, swallowed)) => {
                    star = Some((stood, swallowed + 1));
                    at = stood + 1;
                    read = swallowed + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_compared_as_a_whole() {
        let alarm = "arn:aws:cloudwatch:‹this region›:‹this account›:alarm:‹Alarm›";
        for (pattern, wanted) in [
            (alarm, Some(true)),
            ("arn:aws:cloudwatch:‹this region›:‹this account›:alarm:*", Some(true)),
            ("arn:aws:cloudwatch:*:‹this account›:alarm:*", Some(true)),
            ("arn:*:cloudwatch:*:*:*", Some(true)),
            // It may be called so, or be there.
            ("arn:aws:cloudwatch:*:*:alarm:*Alarm*", None),
            ("arn:aws:cloudwatch:*:*:alarm:*r*", None),
            ("arn:aws:cloudwatch:*:*:alarm:?????????????", None),
            ("arn:aws:cloudwatch:eu-*:*:alarm:*", None),
            ("arn:aws:cloudwatch:‹this region›:‹this account›:alarm:‹Other›", None),
            // Whatever it is called.
            ("arn:aws:sns:‹this region›:‹this account›:*", Some(false)),
        ] {
            assert_eq!(arn_like(pattern, alarm), wanted, "{pattern}");
        }
        assert_eq!(same("‹this account›", "‹this account›"), Some(true));
        assert_eq!(same("111122223333", "‹this account›"), None);
        assert_eq!(same("111122223333", "444455556666"), Some(false));
        for (value, wanted) in [
            ("arn:aws:cloudwatch:*:*:alarm:*", Some(false)),
            ("arn:aws:cloudwatch:‹this region›:*:alarm:‹Alarm›", Some(false)),
            ("arn:aws:cloudwatch:eu-west-?:111122223333:alarm:a", Some(false)),
            // An alarm may be called so, or be there.
            ("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*", None),
            ("arn:aws:cloudwatch:‹this region›:‹this account›:alarm:*", None),
            ("‹$Policy:a*b›:x:x:x:x:x", None),
            ("*", None),
        ] {
            assert_eq!(same(value, alarm), wanted, "{value}");
        }
        assert!(is_of_ascii(alarm) && !is_of_ascii("arn:aws:cloudwatch:‹this region›:1:alarm:zürich"));
    }
}
