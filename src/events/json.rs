//! The parts of JSON that is in memory, as they were written: the members of an object, the elements of a list, the text of
//! a string. It minds strings and brackets only, as [`Scanner`] does.

use super::scan::{Scan, Scanner};

/// The members of an object: key, without its quotes and not unescaped, and value.
pub(super) fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = object.trim_ascii().strip_prefix(b"{").unwrap_or_default();
    std::iter::from_fn(move || {
        let (key, behind) = value(rest.trim_ascii_start())?;
        let key = key.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        let (found, behind) = value(behind.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())?;
        rest = after_comma(behind);
        Some((key, found))
    })
}

/// The elements of a list.
pub(super) fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = list.trim_ascii().strip_prefix(b"[").unwrap_or_default();
    std::iter::from_fn(move || {
        let (found, behind) = value(rest.trim_ascii_start())?;
        rest = after_comma(behind);
        Some(found)
    })
}

/// What a JSON string says.
pub(super) fn text(string: &[u8]) -> Option<String> {
    serde_json::from_slice(string).ok()
}

/// The first value, and what is behind it.
pub(super) fn value(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    if rest.first().is_none_or(|byte| matches!(byte, b']' | b'}' | b',' | b':')) {
        return None;
    }
    match Scanner::value().scan(rest) {
        Scan::Ends(length) => rest.split_at_checked(length),
        // A number or word at the very end.
        Scan::GoesOn if !matches!(rest.first(), Some(b'{' | b'[' | b'"')) => Some((rest, &[])),
        Scan::GoesOn | Scan::Breaks(_) => None,
    }
}

/// Behind a comma; nothing where there is none.
fn after_comma(rest: &[u8]) -> &[u8] {
    rest.trim_ascii_start().strip_prefix(b",").unwrap_or_default()
}
