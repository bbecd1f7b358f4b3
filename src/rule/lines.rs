//! Where in the text of a rule file a key is. The text was read as TOML before: only its lines are looked at.

use super::Benchmark;

/// What begins the changes of a version.
const EDITION: &str = "[[edition]]";

/// The line of a key, from 1: the first that has it. Of `requirements.ids` the last part is the key.
pub(super) fn line(text: &str, field: &str) -> Option<usize> {
    let key = field.rsplit('.').next().unwrap_or(field);
    text.lines().position(|line| has_key(line, key)).map(|at| at + 1)
}

/// The line of the key that holds in a version: the last one up to its changes.
pub(super) fn line_in(text: &str, field: &str, benchmark: Benchmark) -> Option<usize> {
    let (mut found, mut holds) = (None, true);
    for (at, line) in text.lines().enumerate() {
        if line.trim() == EDITION {
            holds = false;
        } else if has_key(line, "since") {
            let version = line.split(['"', '\'']).nth(1).and_then(|version| version.parse::<Benchmark>().ok());
            holds = version.is_some_and(|version| version <= benchmark);
        } else if holds && has_key(line, field) {
            found = Some(at + 1);
        }
    }
    found
}

/// The line of a text, from 1: the first that has it.
pub(super) fn line_with(text: &str, part: &str) -> Option<usize> {
    text.lines().position(|line| line.contains(part)).map(|at| at + 1)
}

/// The text from the changes of a version on, and how many lines are before it. `number`: from 0.
pub(super) fn from_edition(text: &str, number: usize) -> (&str, usize) {
    let begins = text.split_inclusive('\n').scan(0, |at, line| {
        let begins = *at;
        *at += line.len();
        Some((begins, line))
    });
    let found = begins.enumerate().filter(|(_, (_, line))| line.trim() == EDITION).nth(number);
    found.map_or((text, 0), |(before, (begins, _))| (text.get(begins..).unwrap_or_default(), before))
}

/// Whether a line gives a key a value, also within an inline table.
fn has_key(line: &str, key: &str) -> bool {
    let is_of_key = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let gives = |(at, _): (usize, &str)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let behind = line.get(at + key.len()..).unwrap_or_default();
        !before.is_some_and(is_of_key) && behind.trim_start().starts_with('=')
    };
    !line.trim_start().starts_with('#') && line.match_indices(key).any(gives)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# id = 1\nid = \"3.4\"\nmy_id = 2\nrequires = 'a'\nrequirements = [\n  { framework = \"x\", ids = [] },\n]\n\n\
                        [[edition]]\nsince = \"1.4.0\"\nid = \"4.4\"\n\n[[edition]]\nsince = \"3.0.0\"\nrequires = 'b'\n";

    #[test]
    fn a_key_is_found_where_it_is_given_a_value() {
        let lines = ["id", "requires", "requirements.ids", "since", "pattern"].map(|field| line(TEXT, field));
        assert_eq!(lines, [Some(2), Some(4), Some(6), Some(10), None]);
    }

    #[test]
    fn the_changes_of_a_version_hold_from_it_on() {
        let lines = Benchmark::ALL.map(|version| line_in(TEXT, "requires", version));
        let wanted = Benchmark::ALL.map(|version| Some(if version < Benchmark::V3_0_0 { 4 } else { 15 }));
        assert_eq!(lines, wanted);
    }

    #[test]
    fn the_changes_of_a_version_begin_with_their_heading() {
        let (text, before) = from_edition(TEXT, 1);
        assert!(text.starts_with("[[edition]]\nsince = \"3.0.0\"\n"), "{text}");
        assert_eq!(before, 12);
    }
}
