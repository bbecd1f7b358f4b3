//! The insides of JSON strings, as bytes: where they end, whether two keys can be alike, what escapes stand for.

/// Differs for nearly all keys that differ: made of the length and up to sixteen bytes.
#[inline]
pub(super) fn print(key: &[u8]) -> u64 {
    let (head, tail) = match (key.first_chunk(), key.last_chunk()) {
        (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
        _ => match (key.first_chunk(), key.last_chunk()) {
            (Some(head), Some(tail)) => (u64::from(u32::from_le_bytes(*head)), u64::from(u32::from_le_bytes(*tail))),
            _ => key.iter().fold((0, 0), |(head, tail), byte| (head << 8 | u64::from(*byte), tail)),
        },
    };
    head ^ tail.rotate_left(29) ^ (key.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The next quote, backslash or control character, eight bytes at a time.
#[inline]
pub(super) fn next_special(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let equals = |word: u64, byte: u8| {
        let diff = word ^ (ONES * u64::from(byte));
        diff.wrapping_sub(ONES) & !diff
    };
    while let Some(&chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(chunk);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        // The lowest byte that is marked is marked rightly; those above it may not be.
        let marks = (equals(word, b'"') | equals(word, b'\\') | control) & HIGHS;
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20)).map(|found| at + found)
}

/// The text of a string whose escapes were checked; None if it holds half a surrogate pair.
pub(super) fn unescaped(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = rest.as_bytes().get(at + 1)?;
        rest = &rest[at + 2..];
        text.push(match escape {
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = hex(&mut rest)?;
                if (0xd800..0xdc00).contains(&high) {
                    rest = rest.strip_prefix("\\u")?;
                    let low = hex(&mut rest).filter(|low| (0xdc00..0xe000).contains(low))?;
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?
                } else {
                    char::from_u32(high)?
                }
            }
            plain => char::from(*plain),
        });
    }
    text.push_str(rest);
    Some(text)
}

fn hex(rest: &mut &str) -> Option<u32> {
    let digits = rest.get(..4)?;
    *rest = &rest[4..];
    u32::from_str_radix(digits, 16).ok()
}
