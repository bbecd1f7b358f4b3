//! Finds where a JSON value ends, over as many pieces of input as it takes. It minds strings and nesting only: whether the
//! value is JSON in all else is for who evaluates it.

/// What a piece of input brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    /// The value ends before this byte of the piece.
    Ends(usize),
    /// It goes on in the next piece.
    GoesOn,
    /// It is broken before this byte: no text in JSON has a line break in it.
    Breaks(usize),
}

/// How far a value has been seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanner {
    depth: u64,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside strings.
    Plain,
    /// Inside a string.
    Text,
    /// Behind a backslash in a string.
    Escape,
    /// In a value that is neither in brackets nor in quotes.
    Word,
}

impl Scanner {
    /// Before a value.
    pub(super) fn value() -> Self {
        Self { depth: 0, place: Place::Plain }
    }

    /// Goes on with the next piece of input.
    pub(super) fn scan(&mut self, piece: &[u8]) -> Scan {
        let mut at = 0;
        while at < piece.len() {
            let rest = &piece[at..];
            match self.place {
                Place::Plain if self.depth == 0 => {
                    match rest[0] {
                        b'{' | b'[' => self.depth = 1,
                        b'"' => self.place = Place::Text,
                        _ => self.place = Place::Word,
                    }
                    at += 1;
                }
                Place::Plain => match rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')) {
                    None => return Scan::GoesOn,
                    Some(found) => {
                        at += found + 1;
                        match rest[found] {
                            b'"' => self.place = Place::Text,
                            b'{' | b'[' => self.depth += 1,
                            _ => self.depth -= 1,
                        }
                        if self.depth == 0 {
                            return Scan::Ends(at);
                        }
                    }
                },
                Place::Text => match memchr::memchr3(b'"', b'\\', b'\n', rest) {
                    None => return Scan::GoesOn,
                    Some(found) if rest[found] == b'\n' => return Scan::Breaks(at + found),
                    Some(found) => {
                        at += found + 1;
                        self.place = if rest[found] == b'"' { Place::Plain } else { Place::Escape };
                        if self.depth == 0 && self.place == Place::Plain {
                            return Scan::Ends(at);
                        }
                    }
                },
                Place::Escape if rest[0] == b'\n' => return Scan::Breaks(at),
                Place::Escape => {
                    at += 1;
                    self.place = Place::Text;
                }
                Place::Word => {
                    let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
                    return rest.iter().position(ends).map_or(Scan::GoesOn, |found| Scan::Ends(at + found));
                }
            }
        }
        Scan::GoesOn
    }
}
