//! The members of an event by its bytes: where there is a name, what is behind it, and whether one object has two members of
//! that name. Brackets and strings are all that is minded; bytes that are no JSON may give any answer.

use memchr::memmem::Finder;

/// The name of a member.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) text: String,
    /// The name in its quotes.
    pub(super) quoted: Finder<'static>,
}

impl Name {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), quoted: Finder::new(&format!("\"{text}\"")).into_owned() }
    }

    /// How long it is with its quotes.
    #[inline]
    pub(super) fn length(&self) -> usize {
        self.quoted.needle().len()
    }

    /// The places of members with this name, and what is behind their colons.
    pub(super) fn members<'e>(&'e self, event: &'e [u8]) -> impl Iterator<Item = (usize, &'e [u8])> {
        self.quoted.find_iter(event).filter_map(move |at| Some((at, value(event.get(at + self.length()..)?)?)))
    }
}

/// The value of a member, by what is behind its name; `None`: it is a text that reads like the name.
#[inline]
pub(super) fn value(behind: &[u8]) -> Option<&[u8]> {
    Some(behind.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())
}

/// Whether a member is the first one of its object, by what precedes its name: then none before it is in the same object.
#[inline]
pub(super) fn is_first(before: &[u8]) -> bool {
    before.trim_ascii_end().last() == Some(&b'{')
}

/// Whether two members of one object have this name.
#[cold]
pub(super) fn are_siblings(event: &[u8], name: &Name) -> bool {
    /// More of a name than this are not compared with each other.
    const MOST: usize = 6;
    let mut ends = [0; MOST];
    let mut count = 0;
    for (at, _) in name.members(event) {
        match ends.get_mut(count) {
            Some(place) => *place = at + name.length(),
            None => return true,
        }
        count += 1;
    }
    let ends = ends.get(..count).unwrap_or_default();
    ends.iter().enumerate().any(|(at, end)| {
        let others = ends.get(at + 1..).unwrap_or_default();
        leads_to_sibling(event, *end, others)
    })
}

/// Whether one of these members is in the same object as the one that ends here. All of it is outside strings.
fn leads_to_sibling(event: &[u8], from: usize, others: &[usize]) -> bool {
    let mut depth = 0_i64;
    let mut at = from;
    let mut others = others.iter().copied().peekable();
    while let Some(other) = others.peek().copied() {
        let Some(rest) = event.get(at..other) else { return true };
        let Some(found) = rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')) else {
            return true;
        };
        at += found + 1;
        match rest.get(found) {
            Some(b'{' | b'[') => depth += 1,
            Some(b'}' | b']') => depth -= 1,
            _ => {
                let Some(end) = end_of_text(event, at) else { return true };
                at = end;
                if at == other {
                    if depth == 0 {
                        return true;
                    }
                    others.next();
                } else if at > other {
                    return true;
                }
            }
        }
        if depth < 0 {
            return false;
        }
    }
    false
}

/// Behind the closing quote of a text that begins here, without its opening one.
fn end_of_text(event: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', event.get(at..)?)?;
        if event.get(found) == Some(&b'"') {
            return Some(found + 1);
        }
        at = found + 2;
    }
}
