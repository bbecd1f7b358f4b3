//! A line for each control: a chart of its events, and the numbers. Where they do not fit beside the name they are below it:
//! nothing is cut.

use std::io;

use unicode_width::UnicodeWidthStr as _;

use crate::report::paint::{Paint, Tone};
use crate::report::prose::wrapped;

/// Columns of a chart.
pub(super) const CHART: usize = 16;
/// Columns of a control's number at least.
const NUMBER: usize = 4;
/// Columns before everything.
const INDENT: usize = 2;
/// What the numbers are called.
const HEADS: [&str; 5] = ["events", "a day", "in al.", "missed", "undec."];
/// Which of them is about missed events.
const MISSED: usize = 3;

/// What the heads of the numbers mean.
const MEANING: &str = "events: matched by the filters of the control; a day: alerts, which are changes to ALARM that may notify somebody; \
                       in al.: events that came while such an alarm was in ALARM already; missed: required events that no \
                       intact chain matches";

/// What the last head means, which is left out where nothing is undecided.
const UNDECIDED: &str =
    "; undec.: events of which it is not known whether they are required, or whether a chain reports them";

/// What is shown of a control.
pub(super) struct Line {
    /// Its number.
    pub(super) id: String,
    /// Its name, escaped.
    pub(super) title: String,
    /// Its events over time, of [`CHART`] columns at most.
    pub(super) chart: String,
    /// Of each of the heads; the last may be left out of all lines.
    pub(super) numbers: Vec<String>,
    /// Something was missed.
    pub(super) is_missed: bool,
}

/// Writes the lines.
pub(super) fn render(lines: &[Line], paint: Paint, columns: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let shown = lines.iter().map(|line| line.numbers.len()).max().unwrap_or_default();
    let widths: Vec<usize> = HEADS
        .iter()
        .take(shown)
        .enumerate()
        .map(|(at, head)| {
            let widest = lines.iter().filter_map(|line| line.numbers.get(at)).map(|text| text.width()).max();
            widest.unwrap_or(0).max(head.width())
        })
        .collect();
    let widest_title = lines.iter().map(|line| line.title.width()).max().unwrap_or(0);
    let number = lines.iter().map(|line| line.id.len()).max().unwrap_or(0).max(NUMBER);
    let beside = INDENT + number + 1 + widest_title;
    let needed = |gap: usize| beside + 1 + CHART + widths.iter().map(|width| width + gap).sum::<usize>();
    let is_stacked = needed(1) > columns;
    // Two blanks, where there is room: some heads are two words.
    let gap = if is_stacked || needed(2) <= columns { "  " } else { " " };
    let in_column = |(text, width): (&str, &usize)| format!("{gap}{text:>width$}", width = *width);
    let before = " ".repeat(if is_stacked { INDENT + number } else { beside });
    let heads: String = HEADS.into_iter().zip(&widths).map(in_column).collect();
    let heading = format!("{before} {:CHART$}{heads}", "");
    writeln!(out, "{}", paint.tone(Tone::Faint, heading.trim_end()))?;
    for Line { id, title, chart, numbers, is_missed } in lines {
        let name = format!("{:INDENT$}{id:<number$} {title}", "");
        let filler = if is_stacked { format!("\n{before}") } else { " ".repeat(beside.saturating_sub(name.width())) };
        let tone = if *is_missed { Tone::Bad } else { Tone::Faint };
        let numbers = numbers.iter().map(String::as_str).zip(&widths).map(in_column).enumerate();
        let numbers: String = numbers
            .map(|(at, number)| {
                let blanks = number.len() - number.trim_start().len();
                let (blanks, digits) = number.split_at(blanks);
                if at == MISSED { format!("{blanks}{}", paint.tone(tone, digits)) } else { number }
            })
            .collect();
        writeln!(out, "{name}{filler} {chart:<CHART$}{numbers}")?;
    }
    Ok(())
}

/// Writes what the numbers mean.
pub(super) fn meaning(is_undecided: bool, paint: Paint, columns: usize, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out)?;
    let undecided = if is_undecided { UNDECIDED } else { "" };
    wrapped(paint, columns, "  ", "  ", &format!("{MEANING}{undecided}"), out)
}
