//! A line for each control: a chart of its events, and the numbers. Where they do not fit beside the name they are below it:
//! nothing is cut.

use std::io;

use unicode_width::UnicodeWidthStr as _;

use super::words::number;
use super::{Page, sparkline};
use crate::replay::ControlReplay;
use crate::report::paint::Tone;
use crate::report::prose::wrapped;

/// Columns of a chart.
const CHART: usize = 16;
/// Columns of a control's number at least.
const NUMBER: usize = 4;
/// Columns before everything.
const INDENT: usize = 2;
/// What the numbers are called.
const HEADS: [&str; 4] = ["events", "a day", "in al.", "missed"];

/// What the heads of the numbers mean.
const MEANING: &str = "events: matched by the filters of the control; a day: changes to ALARM of alarms whose actions run; \
                       in al.: events that came while such an alarm was in ALARM already; missed: required events that no \
                       intact chain matches";

/// Writes the lines, and what their numbers mean.
pub(super) fn render(page: &Page<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let controls = &page.replay.controls;
    let numbers: Vec<[String; 4]> = controls.iter().map(|control| numbers(page, control)).collect();
    let widths: Vec<usize> = HEADS
        .iter()
        .enumerate()
        .map(|(at, head)| {
            numbers.iter().filter_map(|row| row.get(at)).map(|text| text.width()).max().unwrap_or(0).max(head.width())
        })
        .collect();
    let title = |control: &ControlReplay| page.paint.name(&control.rule.short_title, page.look.width);
    let widest_title = controls.iter().map(|control| title(control).width()).max().unwrap_or(0);
    let id = controls.iter().map(|control| control.rule.id.to_string().len()).max().unwrap_or(0).max(NUMBER);
    let beside = INDENT + id + 1 + widest_title;
    let needed = |gap: usize| beside + 1 + CHART + widths.iter().map(|width| width + gap).sum::<usize>();
    let is_stacked = needed(1) > page.look.width;
    // Two blanks, where there is room: some heads are two words.
    let gap = if is_stacked || needed(2) <= page.look.width { "  " } else { " " };
    let in_columns = |row: &[&str]| -> String {
        row.iter().zip(&widths).map(|(text, width)| format!("{gap}{text:>width$}", width = *width)).collect()
    };
    let before = " ".repeat(if is_stacked { INDENT + id } else { beside });
    let heading = format!("{before} {:CHART$}{}", "", in_columns(&HEADS));
    writeln!(out, "{}", page.paint.tone(Tone::Faint, heading.trim_end()))?;
    for (control, row) in controls.iter().zip(&numbers) {
        let name = format!("{:INDENT$}{:<id$} {}", "", control.rule.id.to_string(), title(control));
        let chart = sparkline(&control.chart, CHART, page.look.unicode);
        let filler = if is_stacked { format!("\n{before}") } else { " ".repeat(beside.saturating_sub(name.width())) };
        let [events, a_day, in_alarm, missed] = row;
        let line = format!("{name}{filler} {chart:<CHART$}{}", in_columns(&[events, a_day, in_alarm]));
        let tone = if control.missed > 0 { Tone::Bad } else { Tone::Faint };
        let missed = format!("{missed:>width$}", width = widths.last().copied().unwrap_or_default());
        writeln!(out, "{line}{gap}{}", page.paint.tone(tone, &missed))?;
    }
    for rule in &page.replay.not_replayed {
        let title = page.paint.name(&rule.short_title, page.look.width);
        let text = format!("{:<id$} {title}  not replayed: it has no alarm", rule.id.to_string());
        wrapped(page.paint, page.look.width, "  ", "    ", &text, out)?;
    }
    writeln!(out)?;
    wrapped(page.paint, page.look.width, "  ", "  ", MEANING, out)
}

fn numbers(page: &Page<'_>, control: &ControlReplay) -> [String; 4] {
    [number(control.events), control.a_day(page.replay), number(control.unnoticed), number(control.missed)]
}
