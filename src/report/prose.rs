//! Texts of an account on lines of a table.

use std::io;

use super::paint::Paint;
use crate::escape;

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
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(next)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    for each in textwrap::wrap(&escape::terminal(&text), options) {
        line(each.trim_end(), out)?;
    }
    Ok(())
}

/// A name that is escaped already, in as many lines as it needs: between words if there are any, and whole.
pub(super) fn pieces(name: &str, columns: usize) -> Vec<String> {
    let options = textwrap::Options::new(columns.max(1))
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(name, options).into_iter().map(|piece| piece.trim_end().to_owned()).collect()
}

/// A line that may begin with a name of the account. Where CI shows the table, one that begins with two colons would be a
/// command to its runner (GitHub Actions).
pub(super) fn line(line: &str, out: &mut dyn io::Write) -> io::Result<()> {
    match line.trim_start().strip_prefix("::") {
        Some(rest) => writeln!(out, "{}:\\u{{3a}}{rest}", &line[..line.len() - rest.len() - 2]),
        None => writeln!(out, "{line}"),
    }
}
