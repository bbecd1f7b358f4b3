//! A replay for people: a line for each control with a chart of its events, then what each control's alarms did, what was
//! missed, and who is behind most of it.

use std::io;

use unicode_width::UnicodeWidthStr as _;

use self::lines::{CHART, Line};
use super::paint::{Paint, Tone};
use super::prose::wrapped;
use super::render_options::{RenderOptions, Verbosity};
use super::waivers;
use crate::replay::{AlarmReplay, ControlReplay, Replay, Top};

mod json;
mod lines;
pub(super) mod words;

pub use self::json::{render as render_json, schema};
pub use self::words::notes;
use self::words::{counted, kind, number, period, rate, times};

/// Changes of an alarm's state that are listed.
const CHANGES: usize = 4;

/// Writes the table.
///
/// # Errors
/// What the writer reports.
pub fn render(replay: &Replay, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let page = Page { replay, paint: Paint::new(options), options };
    if options.verbosity != Verbosity::Quiet {
        page.head(out)?;
        lines::render(&page.lines(), page.paint, options.width, out)?;
        page.not_replayed(out)?;
        lines::meaning(replay.undecided() > 0, page.paint, options.width, out)?;
        for control in replay.controls.iter().filter(|control| control.has_something()) {
            page.control(control, out)?;
        }
        writeln!(out)?;
    }
    page.summary(out)
}

struct Page<'a> {
    replay: &'a Replay,
    paint: Paint,
    options: &'a RenderOptions,
}

impl Page<'_> {
    fn head(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let Replay { account_id, is_proposed, events, .. } = self.replay;
        let proposed = if *is_proposed { " with the filters and alarms of --fix" } else { "" };
        let head = format!("Replay in account {}{proposed}", self.paint.name(account_id, 40));
        self.prose("", "    ", &head, out)?;
        let when = period(self.replay.period);
        self.prose("", "    ", &format!("{}, {when}", counted(*events, "event")), out)?;
        writeln!(out)
    }

    /// A text on as many lines as it needs.
    fn prose(&self, first: &str, next: &str, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
        wrapped(self.paint, self.options.width, first, next, text, out)
    }

    /// What is shown of each control in a line.
    fn lines(&self) -> Vec<Line> {
        let columns = if self.replay.undecided() > 0 { 5 } else { 4 };
        let line = |control: &ControlReplay| Line {
            id: control.rule.id.to_string(),
            title: self.paint.name(&control.rule.short_title, self.options.width),
            chart: sparkline(&control.chart, CHART, self.options.unicode),
            numbers: [
                number(control.events),
                control.a_day(self.replay),
                number(control.unnoticed),
                number(control.missed),
                number(control.undecided),
            ]
            .into_iter()
            .take(columns)
            .collect(),
            is_missed: control.missed > 0,
        };
        self.replay.controls.iter().map(line).collect()
    }

    /// The controls that have no alarm, in a line each.
    fn not_replayed(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for rule in &self.replay.not_replayed {
            let title = self.paint.name(&rule.short_title, self.options.width);
            self.prose("  ", "    ", &format!("{}  {title}  not replayed: it has no alarm", rule.id), out)?;
        }
        Ok(())
    }

    fn control(&self, control: &ControlReplay, out: &mut dyn io::Write) -> io::Result<()> {
        let ControlReplay { rule, demanded, missed, undecided, .. } = control;
        writeln!(out, "\n{}  {}", self.paint.tone(Tone::Strong, &rule.id.to_string()), rule.short_title)?;
        let (demanded, matched, missed) = (number(*demanded), number(control.matched), number(*missed));
        let undecided = if *undecided > 0 { format!(", undecided {}", number(*undecided)) } else { String::new() };
        let text = format!("required events: {demanded}, matched {matched}, missed {missed}{undecided}");
        self.prose("  ", "    ", &text, out)?;
        for text in [control.reason_in_words(), control.elsewhere_in_words()].into_iter().flatten() {
            wrapped(self.paint, self.options.width, "  ", "    ", &text, out)?;
        }
        for filter in &control.filters {
            let mut matched = filter
                .matched
                .map_or_else(|| "its pattern alone does not decide".to_owned(), |matched| counted(matched, "event"));
            if filter.undecided > 0 {
                matched += &format!(", {} undecided", number(filter.undecided));
            }
            self.prose("  ", "    ", &format!("metric filter {}: {matched}", filter.name), out)?;
        }
        for alarm in control.alarms.iter().filter_map(|place| self.replay.alarms.get(*place)) {
            self.alarm(alarm, out)?;
        }
        self.behind(control, out)
    }

    /// Who and what is behind its events, and which of them were missed.
    fn behind(&self, control: &ControlReplay, out: &mut dyn io::Write) -> io::Result<()> {
        let about = if control.is_approximate { " (approximate)" } else { "" };
        let (callers, names) = ((&control.callers, control.more_callers), (&control.names, control.more_names));
        for (what, (tops, others)) in [("callers", callers), ("calls", names)] {
            if !tops.is_empty() {
                writeln!(out, "  most {what}{about}")?;
                self.tops(tops, out)?;
            }
            if let Some(more) = control.more(others) {
                writeln!(out, "    {more}")?;
            }
        }
        if !control.calls.is_empty() {
            writeln!(out, "  to accept the most frequent after a review, in a waiver:")?;
            for top in control.calls.iter().take(2) {
                // One line, however long it is: it is to be copied.
                writeln!(out, "events = {}", waivers::quoted(&top.text))?;
            }
        }
        if let Some(advice) = control.about_root() {
            self.prose("  ", "    ", advice, out)?;
        }
        for example in &control.examples {
            writeln!(out, "  {}", self.paint.tone(Tone::Bad, "missed"))?;
            wrapped(self.paint, self.options.width, "    ", "    ", example, out)?;
        }
        Ok(())
    }

    fn alarm(&self, alarm: &AlarmReplay, out: &mut dyn io::Write) -> io::Result<()> {
        let name = &alarm.name;
        if let Some(doubt) = &alarm.doubt {
            let text = format!("{} {name}: cannot be replayed: {doubt}", kind(alarm));
            return wrapped(self.paint, self.options.width, "  ", "    ", &text, out);
        }
        let (times, rate) = (times(alarm.alerts), rate(alarm.alerts, self.replay));
        let what = match &alarm.silent {
            None => format!("to ALARM {times}, {rate} a day"),
            Some(why) => format!("changed to ALARM {times}, notifying nobody: {why}"),
        };
        self.prose("  ", "    ", &format!("{} {name}: {what}", kind(alarm)), out)?;
        for note in &alarm.notes {
            wrapped(self.paint, self.options.width, "    ", "      ", note, out)?;
        }
        if alarm.unnoticed > 0 {
            let text = format!("{} came while it was in ALARM already", counted(alarm.unnoticed, "event"));
            self.prose("    ", "      ", &text, out)?;
        }
        let all = self.options.verbosity == Verbosity::Verbose;
        let shown = if all { alarm.changes.len() } else { CHANGES };
        for (at, to) in alarm.changes.iter().take(shown) {
            writeln!(out, "    {} {}", at.strftime("%Y-%m-%d %H:%M"), to.as_str())?;
        }
        if alarm.changes.len() > shown {
            writeln!(out, "    and {}", counted((alarm.changes.len() - shown) as u64, "more change"))?;
        }
        Ok(())
    }

    fn tops(&self, tops: &[Top], out: &mut dyn io::Write) -> io::Result<()> {
        for Top { text, count, error } in tops {
            let within =
                if *error > 0 { format!(" (at most; at least {})", number(count - error)) } else { String::new() };
            let next = " ".repeat(14);
            self.prose(&format!("    {:>8}  ", number(*count)), &next, &format!("{text}{within}"), out)?;
        }
        Ok(())
    }

    fn summary(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let ids = |count: fn(&ControlReplay) -> u64| {
            let those = self.replay.controls.iter().filter(|control| count(control) > 0);
            let ids: Vec<String> = those.map(|control| control.rule.id.to_string()).collect();
            if ids.is_empty() { String::new() } else { format!(" ({})", ids.join(", ")) }
        };
        let alerts = self.replay.alerts();
        let (events, rate) = (counted(self.replay.events, "event"), rate(alerts, self.replay));
        let (alerts, missed) = (counted(alerts, "alert"), counted(self.replay.missed(), "required event"));
        // Changes to ALARM that notify nobody are no alerts.
        let silent = match self.replay.silent_changes() {
            0 => String::new(),
            count => format!(" ({} more to nobody)", number(count)),
        };
        let text = |silent: &str, has_ids: bool| {
            let ids = |count| if has_ids { ids(count) } else { String::new() };
            let undecided = match self.replay.undecided() {
                0 => String::new(),
                count => format!(", {} undecided{}", number(count), ids(|control| control.undecided)),
            };
            let missed = format!("{missed} missed{}{undecided}", ids(|control| control.missed));
            format!("{events}: {alerts}{silent}, {rate} a day; {missed}")
        };
        // The last line is one line: which controls and alarms it is about is above as well.
        let texts = [text(&silent, true), text(&silent, false), text("", true)];
        let fitting = texts.into_iter().find(|text| text.width() <= self.options.width);
        self.prose("", "    ", &fitting.unwrap_or_else(|| text("", false)), out)
    }
}

/// Counts as bars of one line, in so many columns.
fn sparkline(chart: &[u64], columns: usize, unicode: bool) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const ASCII: [char; 8] = ['.', '.', ':', ':', '+', '+', '#', '#'];
    if chart.iter().all(|count| *count == 0) {
        return String::new();
    }
    let each = chart.len().div_ceil(columns).max(1);
    let parts: Vec<u64> = chart.chunks(each).map(|part| part.iter().sum()).collect();
    let most = parts.iter().copied().max().unwrap_or(1).max(1);
    let bars = if unicode { BARS } else { ASCII };
    let bar = |count: &u64| match count {
        0 => ' ',
        // What is there is seen, however little it is.
        count => {
            bars.get(usize::try_from((count * 8).div_ceil(most)).unwrap_or(8).clamp(1, 8) - 1).copied().unwrap_or(' ')
        }
    };
    parts.iter().map(bar).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_shows_what_is_there() {
        assert_eq!(sparkline(&[0, 1, 100, 50, 0], 16, true), " ▁█▄");
        assert_eq!(sparkline(&[0, 0], 16, true), "");
        assert_eq!(sparkline(&[8, 0, 0, 4], 2, true), "█▄");
        assert_eq!(sparkline(&[8, 4], 16, false), "#:");
    }
}
