//! What somebody probably meant who misspelt a word: a name, or a key of a file that people write.

/// The known word that is most like what was written, if any is like it. `alike`: how much, from 0 to 1.
#[must_use]
pub(crate) fn meant<'a>(known: impl Iterator<Item = &'a str>, written: &str, alike: f64) -> Option<&'a str> {
    /// What is longer is no slip of the hand, and takes its time to compare.
    const LONGEST: usize = 200;
    if written.len() > LONGEST {
        return None;
    }
    let written = written.to_lowercase();
    let rated = known.map(|known| (strsim::jaro_winkler(&known.to_lowercase(), &written), known));
    let best = rated.filter(|(likeness, _)| *likeness >= alike).max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, known)| known)
}

/// What a reader of TOML says of a key that it does not know, with the key that was probably meant; anything else in one
/// line, as it is.
#[must_use]
pub(crate) fn in_words(message: &str) -> String {
    /// Keys are short: letters that are in common by chance make a large part of them.
    const ALIKE: f64 = 0.8;
    let message = message.trim_end().replace('\n', ", ");
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, expected "));
    let Some((key, expected)) = unknown else { return message };
    let known = expected.split('`').skip(1).step_by(2);
    match meant(known, key, ALIKE) {
        Some(meant) => format!("unknown field `{key}`: did you mean `{meant}`?"),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_answered_with_the_one_that_was_meant() {
        for (message, wanted) in [
            (
                "unknown field `titel`, expected one of `id`, `slug`, `title`\n",
                "unknown field `titel`: did you mean `title`?",
            ),
            ("unknown field `waivers`, expected `waiver`", "unknown field `waivers`: did you mean `waiver`?"),
            ("unknown field `colour`, expected `id` or `slug`", "unknown field `colour`, expected `id` or `slug`"),
            ("invalid type\nexpected a string", "invalid type, expected a string"),
        ] {
            assert_eq!(in_words(message), wanted);
        }
    }
}
