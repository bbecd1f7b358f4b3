//! A line of a text with carets under what is to be looked at, as compilers show it. It is never wider than the table:
//! of a longer line the part round the marks is shown, on more lines where it needs them.
//!
//! No crate draws it: what is shown is an account's or a file's, so that it is escaped letter by letter before its columns
//! are counted, and the colours and symbols are those of the report.

use std::io;
use std::ops::Range;

use unicode_width::UnicodeWidthStr as _;

use super::paint::{Paint, Tone};
use super::prose;
use crate::escape;

/// Columns before the bar where the line has no number.
const NO_NUMBER: usize = 3;
/// Columns that are left before a mark, where the beginning of the line is cut off.
const BEFORE: usize = 12;

/// Letters that are looked at, and of these before the first mark: more than any table has room for.
const MOST: usize = 2_000;
const MOST_BEFORE: usize = 300;

/// A letter as it is shown.
struct Cell {
    shown: String,
    columns: usize,
    is_marked: bool,
}

/// What is drawn on, and with what.
pub(super) struct Canvas {
    pub(super) paint: Paint,
    /// Columns, the indent among them.
    pub(super) width: usize,
    pub(super) indent: &'static str,
    /// Of the carets.
    pub(super) tone: Tone,
}

impl Canvas {
    /// Draws a line; `marks` are characters of it, from 0. `number`: its line in the file.
    pub(super) fn draw(
        &self,
        number: Option<u32>,
        line: &str,
        marks: &[Range<usize>],
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let margin = number.len().max(NO_NUMBER);
        let room = self.width.saturating_sub(self.indent.len() + margin + " | ".len()).max(16);
        let (cells, is_cut) = cells(line, marks);
        let rows = self.rows(&cells, room, is_cut);
        let bar = |before: &str, tone: Tone, text: &str, out: &mut dyn io::Write| {
            let before = self.paint.tone(Tone::Faint, &format!("{}{before:>margin$} |", self.indent));
            let text = if text.is_empty() { String::new() } else { format!(" {}", self.paint.tone(tone, text)) };
            writeln!(out, "{before}{text}")
        };
        bar("", Tone::Faint, "", out)?;
        for (at, (shown, carets)) in rows.iter().enumerate() {
            let number = if at == 0 { number.as_str() } else { "" };
            let before = self.paint.tone(Tone::Faint, &format!("{}{number:>margin$} |", self.indent));
            prose::line(format!("{before} {shown}").trim_end(), out)?;
            bar("", self.tone, carets, out)?;
        }
        Ok(())
    }

    /// As much of a line as there is room for, and the carets below it; as many rows as the marks need.
    fn rows(&self, cells: &[Cell], room: usize, is_cut: bool) -> Vec<(String, String)> {
        let width: usize = cells.iter().map(|cell| cell.columns).sum();
        let first = cells.iter().position(|cell| cell.is_marked).unwrap_or_default();
        let last = cells.iter().rposition(|cell| cell.is_marked).unwrap_or_default();
        let blanks = cells.iter().take_while(|cell| cell.shown == " ").count();
        let columns =
            |range: Range<usize>| cells.get(range).unwrap_or_default().iter().map(|it| it.columns).sum::<usize>();
        let dots = self.paint.dots();
        // The line's own indent goes first, then what is far before the first mark.
        let mut start = 0;
        if width > room {
            start = blanks.min(first);
        }
        let must = columns(start..(last + 1).min(cells.len()));
        if width > room && must + dots.width() > room {
            start = first;
            let mut used = 0;
            // As much of the marks as there is room for counts for more than what is before them.
            let before =
                room.saturating_sub(columns(first..(last + 1).min(cells.len())) + 2 * dots.width()).min(BEFORE);
            while start > blanks.min(first) && used < before {
                start -= 1;
                used += cells.get(start).map_or(0, |cell| cell.columns);
            }
        }
        let mut before = if start > blanks || is_cut { dots } else { "" };
        let mut rows = Vec::new();
        loop {
            let mut left = room.saturating_sub(before.width());
            let is_cut_behind = columns(start..cells.len()) > left;
            // Where marks go on there is a row more, unless there are too many: then dots say so.
            let goes_on = |end: usize| end <= last && rows.len() + 1 < MOST_ROWS;
            let whole = end_of(cells, start, left);
            if is_cut_behind && !goes_on(whole) {
                left = left.saturating_sub(dots.width());
            }
            let mut end = end_of(cells, start, left).max(start + 1).min(cells.len());
            let more = is_cut_behind && goes_on(whole);
            if more {
                // Between words, if there are any in the row's second half.
                let half = start + (end - start) / 2;
                let blank = cells.get(half..end).and_then(|row| row.iter().rposition(|cell| cell.shown == " "));
                end = blank.map_or(end, |at| half + at + 1);
            }
            let behind = if is_cut_behind && !more { dots } else { "" };
            rows.push(row(before, cells.get(start..end).unwrap_or_default(), behind));
            if !more || end >= cells.len() {
                return rows;
            }
            (start, before) = (end, "");
        }
    }
}

/// Rows of one line at most: what is marked is rarely longer.
const MOST_ROWS: usize = 8;

/// The end of what fits into so many columns.
fn end_of(cells: &[Cell], start: usize, columns: usize) -> usize {
    let mut left = columns;
    let fits = |cell: &&Cell| {
        let is_room = cell.columns <= left;
        left = left.saturating_sub(cell.columns);
        is_room
    };
    start + cells.iter().skip(start).take_while(fits).count()
}

/// Letters, and the carets below them.
fn row(before: &str, cells: &[Cell], behind: &str) -> (String, String) {
    let (mut text, mut carets) = (before.to_owned(), " ".repeat(before.width()));
    for cell in cells {
        text.push_str(&cell.shown);
        carets.push_str(&if cell.is_marked { "^" } else { " " }.repeat(cell.columns));
    }
    text.push_str(behind);
    (text, carets.trim_end().to_owned())
}

/// The letters round the marks, and whether there are others before them. Of a file without ends of lines, a line is all.
fn cells(line: &str, marks: &[Range<usize>]) -> (Vec<Cell>, bool) {
    let first = marks.iter().map(|mark| mark.start).min().unwrap_or_default();
    let skipped = first.saturating_sub(MOST_BEFORE);
    let mut buffer = [0; 4];
    let cell = |(at, letter): (usize, char)| {
        // Ends of lines and tabs lay out a pattern: a blank says as much of them as one line can.
        let is_blank = matches!(letter, '\n' | '\r' | '\t');
        let text: &str = if is_blank { " " } else { letter.encode_utf8(&mut buffer) };
        let shown = escape::terminal(text).into_owned();
        let columns = shown.width();
        Cell { shown, columns, is_marked: marks.iter().any(|mark| mark.contains(&at)) }
    };
    (line.chars().enumerate().skip(skipped).take(MOST).map(cell).collect(), skipped > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: usize, line: &str, mark: Range<usize>) -> String {
        let canvas = Canvas { paint: Paint::plain(), width, indent: "  ", tone: Tone::Bad };
        let mut out = Vec::new();
        canvas.draw(Some(12), line, std::slice::from_ref(&mark), &mut out).expect("memory does not fail");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn carets_are_under_what_is_marked() {
        let text = drawn(80, "    MetricName: x", 4..14);
        assert_eq!(text, "      |\n   12 |     MetricName: x\n      |     ^^^^^^^^^^\n");
    }

    #[test]
    fn wide_and_hostile_letters_keep_the_carets_in_their_columns() {
        let text = drawn(80, "日\u{1b}x = y", 2..3);
        assert_eq!(text, "      |\n   12 | 日\\u{1b}x = y\n      |         ^\n");
    }

    #[test]
    fn what_is_marked_is_shown_whole_on_as_many_rows_as_it_needs() {
        let line = r#"{ ($.eventName = A) && ($.userIdentity.sessionIssuer.userName != "terraform") && x }"#;
        let text = drawn(40, line, 24..77);
        assert_eq!(
            text,
            "      |\n   12 | …$.userIdentity.sessionIssuer.us\n      |  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n      | erName != \"terraform\") && x }\n      | ^^^^^^^^^^^^^^^^^^^^^^\n"
        );
    }

    #[test]
    fn of_a_long_line_the_part_round_the_first_mark_is_shown() {
        let line = format!("{}needle{}", "a".repeat(300), "b".repeat(300));
        let text = drawn(40, &line, 300..306);
        assert_eq!(text, "      |\n   12 | …aaaaaaaaaaaaneedlebbbbbbbbbbbb…\n      |              ^^^^^^\n");
        assert!(text.lines().all(|line| line.width() <= 40));
        let endless = format!("{}needle{}", "a".repeat(1_000_000), "b".repeat(1_000_000));
        assert_eq!(drawn(40, &endless, 1_000_000..1_000_006), text);
        let indented = format!("{}{}", " ".repeat(30), "c".repeat(30));
        assert_eq!(drawn(40, &indented, 50..52).lines().nth(1), Some("   12 | cccccccccccccccccccccccccccccc"));
    }
}
