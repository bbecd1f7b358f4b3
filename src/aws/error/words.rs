//! The words of an error, for people: one line, bounded, and nothing of what was sent. What kind of trouble it is in is
//! not decided by them.

use std::error::Error;

use crate::aws::http::{Unreachable, chain};

/// The useful texts of an error and all below it, outermost first, each once.
pub(in crate::aws) fn text(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in chain(error) {
        // Below a located failure, hyper and the SDK only say that something failed; the innermost cause says what.
        if let Some(unreachable) = cause.downcast_ref::<Unreachable>() {
            let innermost = chain(cause).last().map(ToString::to_string).unwrap_or_default();
            texts.push(unreachable.to_string());
            texts.push(innermost);
            break;
        }
        let mut text = cause.to_string();
        // What follows is the request in full.
        if let Some(end) = text.find(" to request `") {
            text.truncate(end);
        }
        let is_repeated = texts.iter().any(|earlier| earlier.contains(&text));
        if !is_repeated && !EMPTY_PHRASES.contains(&text.as_str()) {
            texts.push(text);
        }
    }
    one_line(&texts.join(": "))
}

/// What the SDK's wrappers say, which are of no use to anyone.
const EMPTY_PHRASES: &[&str] = &[
    "dispatch failure",
    "service error",
    "unhandled error",
    "response error",
    "io error",
    "other",
    "user error",
    "an error occurred while loading credentials",
    "an error occurred while loading an access token",
    "the credential provider was not enabled",
    "the credentials provider was not properly configured",
    "unexpected credentials error",
];

/// Longer messages are cut.
const MESSAGE_CHARACTERS: usize = 300;
/// What is kept of a message that is cut: so many characters at both ends, and from where a denial says what was denied, and
/// by which policy.
pub(super) const KEPT_CHARACTERS: usize = 150;
const DECISIVE: [&str; 3] = ["not authorized to perform: ", "with an explicit deny", "because no "];

/// The first line, without control characters, cut where it grows too long. What decides is kept: a denial says who, what,
/// and by whose policy, with names between them that may be long.
pub(super) fn one_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let line: String = line.chars().filter(|character| !character.is_control()).collect();
    let characters: Vec<char> = line.chars().collect();
    if characters.len() <= MESSAGE_CHARACTERS {
        return line;
    }
    let decisive = DECISIVE.iter().filter_map(|words| Some(line.get(..line.find(words)?)?.chars().count()));
    let mut starts: Vec<usize> = decisive.chain([0, characters.len() - KEPT_CHARACTERS]).collect();
    starts.sort_unstable();
    let (mut kept, mut end) = (String::new(), 0);
    for start in starts {
        if start > end {
            kept.push('…');
        }
        let next = (start + KEPT_CHARACTERS).min(characters.len());
        kept.extend(characters.get(start.max(end)..next).unwrap_or_default());
        end = end.max(next);
    }
    kept
}
