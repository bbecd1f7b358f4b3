//! Texts of an account on lines of a table: on as many as they need, and whole.

use std::io;

use textwrap::WordSeparator;
use textwrap::core::{Word, break_words, display_width};
use textwrap::wrap_algorithms::wrap_first_fit;
use unicode_width::UnicodeWidthStr as _;

use super::paint::{Paint, Tone};
use crate::escape;

/// Where parts that follow each other go on.
const NEXT: &str = "    ";

/// A text of the account's, escaped and wrapped; `first` and `next` precede its lines.
pub(super) fn wrapped(
    paint: Paint,
    width: usize,
    first: &str,
    next: &str,
    text: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    const LONGEST: usize = 4000;
    let text = paint.name(text, LONGEST);
    let text = escape::terminal(&text);
    let columns = [first, next].map(|before| width.saturating_sub(display_width(before)).max(1));
    let lines = fitted(&text, columns);
    for (at, words) in lines.iter().enumerate() {
        let before = if at == 0 { first } else { next };
        line(format!("{before}{words}").trim_end(), out)?;
    }
    Ok(())
}

/// A name that is escaped already, in as many lines as it needs: between words if there are any, and whole.
pub(super) fn pieces(name: &str, columns: usize) -> Vec<String> {
    fitted(name, [columns.max(1); 2])
}

/// Parts one after the other, on a new line where the next one does not fit.
pub(super) fn joined(
    paint: Paint,
    width: usize,
    parts: &[(Tone, String)],
    joint: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut used = 0;
    for (at, (tone, part)) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        let wide = part.width() + if last { 0 } else { joint.trim_end().width() };
        if used > 0 && used + 1 + wide > width {
            write!(out, "\n{NEXT}")?;
            used = NEXT.len();
        } else if used > 0 {
            write!(out, " ")?;
            used += 1;
        }
        write!(out, "{}{}", paint.tone(*tone, part), if last { "" } else { joint.trim_end() })?;
        used += wide;
    }
    writeln!(out)
}

/// A text on lines of so many columns, the first and the others. What is longer than a line is broken where its parts end, as
/// far as it has any.
fn fitted(text: &str, [first, next]: [usize; 2]) -> Vec<String> {
    let least = first.min(next);
    let words = WordSeparator::AsciiSpace.find_words(text);
    let parts: Vec<Word<'_>> =
        words.flat_map(|word| if word.width() > least { parts(word) } else { vec![word] }).collect();
    let words = break_words(parts, least);
    // No text has so many columns that their number is not exact.
    let lines = wrap_first_fit(&words, &[first as f64, next as f64]);
    let joined = |line: &&[Word<'_>]| line.iter().flat_map(|word| [word.word, word.whitespace]).collect::<String>();
    lines.iter().map(|line| joined(line).trim_end_matches(' ').to_owned()).collect()
}

/// The parts of a long word: members of JSON, tests of a pattern, else fields of an ARN or a path.
fn parts(word: Word<'_>) -> Vec<Word<'_>> {
    let text = word.word;
    let ends: &[&str] = if text.contains(",\"") {
        &[","]
    } else if text.contains("||") || text.contains("&&") {
        &["||", "&&"]
    } else {
        &[":", "/"]
    };
    let mut all = Vec::new();
    let mut rest = text;
    let after = |rest: &str| {
        ends.iter().filter_map(|end| rest.find(end).map(|at| at + end.len())).min().filter(|at| *at < rest.len())
    };
    while let Some((part, behind)) = after(rest).and_then(|at| rest.split_at_checked(at)) {
        all.push(Word::from(part));
        rest = behind;
    }
    let mut last = Word::from(rest);
    last.whitespace = word.whitespace;
    all.push(last);
    all
}

/// A line that may begin with a name of the account. Where CI shows the table, one that begins with two colons would be a
/// command to its runner (GitHub Actions).
pub(super) fn line(line: &str, out: &mut dyn io::Write) -> io::Result<()> {
    match line.trim_start().strip_prefix("::") {
        Some(rest) => writeln!(out, "{}:\\u{{3a}}{rest}", &line[..line.len() - rest.len() - 2]),
        None => writeln!(out, "{line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_a_line_is_broken_between_its_parts() {
        for (text, lines) in [
            ("one two three four", &["one two three", "four"][..]),
            (r#"{"a":"1234","b":"5678"}"#, &[r#"{"a":"1234","#, r#""b":"5678"}"#]),
            ("a arn:aws:sns:us-east-1:1:t", &["a arn:aws:sns:", "us-east-1:1:t"]),
            ("{$.a=1||$.b=2&&$.c=3}", &["{$.a=1||$.b=2&&", "$.c=3}"]),
            // A word that fits on a line of its own stays whole.
            ("abcdefgh https://x/", &["abcdefgh", "https://x/"]),
            ("abcdefghijklmnopqrstuvw", &["abcdefghijklmno", "pqrstuvw"]),
            ("::::::::::::::::::", &[":::::::::::::::", ":::"]),
            ("", &[""]),
        ] {
            assert_eq!(pieces(text, 15), lines, "{text}");
        }
    }
}
