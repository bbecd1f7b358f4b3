//! A replay for people: a line for each control with a chart of its events, then what each control's alarms did, what was
//! missed, and who is behind most of it.

use std::io;

use self::lines::{CHART, Line};
use super::paint::{Paint, Tone};
use super::prose::wrapped;
use super::render_options::{RenderOptions, Verbosity};
use super::waivers;
use crate::replay::{AlarmReplay, AlarmState, ControlReplay, Replay, Top};

mod html;
mod json;
mod lines;

pub use self::html::render as render_html;
pub use self::json::{render as render_json, schema};

/// Changes of an alarm's state that are listed.
const CHANGES: usize = 4;

/// Writes the table.
///
/// # Errors
/// What the writer reports.
pub fn render(replay: &Replay, look: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let page = Page { replay, paint: Paint::new(look), look };
    if look.verbosity != Verbosity::Quiet {
        page.head(out)?;
        lines::render(&page.lines(), page.paint, look.width, out)?;
        for control in replay.controls.iter().filter(|control| control.has_something()) {
            page.control(control, out)?;
        }
    }
    page.summary(out)
}

impl ControlReplay {
    /// Whether there is anything to say of it.
    fn has_something(&self) -> bool {
        self.demanded + self.missed + self.undecided + self.alerts > 0
            || self.filters.iter().any(|filter| filter.matched != Some(0))
    }

    /// Events that its filters match.
    fn loud(&self) -> u64 {
        self.chart.iter().sum()
    }
}

struct Page<'a> {
    replay: &'a Replay,
    paint: Paint,
    look: &'a RenderOptions,
}

impl Page<'_> {
    fn head(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let Replay { account_id, is_proposed, events, period, .. } = self.replay;
        let proposed = if *is_proposed { " with the filters and alarms of --fix" } else { "" };
        let head = format!("Replay in account {}{proposed}", self.paint.name(account_id, 40));
        self.prose("", "    ", &head, out)?;
        let when = period.map_or_else(String::new, |period| {
            let form = "%Y-%m-%d %H:%M";
            format!(", {} to {} UTC ({:.1} days)", period.from.strftime(form), period.to.strftime(form), period.days())
        });
        self.prose("", "    ", &format!("{} events{when}", number(*events)), out)?;
        writeln!(out)
    }

    /// A text on as many lines as it needs.
    fn prose(&self, first: &str, next: &str, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
        wrapped(self.paint, self.look.width, first, next, text, out)
    }

    /// What is shown of each control in a line.
    fn lines(&self) -> Vec<Line> {
        let line = |control: &ControlReplay| Line {
            id: control.rule.id.to_string(),
            title: self.paint.name(&control.rule.short_title, self.look.width),
            chart: sparkline(&control.chart, CHART, self.look.unicode),
            numbers: [number(control.loud()), self.a_day(control), number(control.unnoticed), number(control.missed)],
            is_missed: control.missed > 0,
        };
        self.replay.controls.iter().map(line).collect()
    }

    /// Alerts a day; none where no alarm can be played.
    fn a_day(&self, control: &ControlReplay) -> String {
        let mut alarms = control.alarms.iter().filter_map(|place| self.replay.alarms.get(*place));
        if !alarms.any(|alarm| alarm.doubt.is_none()) {
            return "-".to_owned();
        }
        rate(control.alerts, self.replay)
    }

    fn control(&self, control: &ControlReplay, out: &mut dyn io::Write) -> io::Result<()> {
        let ControlReplay { rule, demanded, missed, undecided, .. } = control;
        writeln!(out, "\n{}  {}", self.paint.tone(Tone::Strong, &rule.id.to_string()), rule.short_title)?;
        let (demanded, matched, missed) = (number(*demanded), number(control.matched), number(*missed));
        self.prose("  ", "    ", &format!("required events: {demanded}, matched {matched}, missed {missed}"), out)?;
        if *undecided > 0 {
            writeln!(out, "  {} more could not be decided", number(*undecided))?;
        }
        for filter in &control.filters {
            let matched = filter.matched.map_or_else(
                || "its pattern alone does not decide".to_owned(),
                |matched| format!("{} events", number(matched)),
            );
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
        for (what, tops) in [("callers", &control.callers), ("calls", &control.names)] {
            if !tops.is_empty() {
                writeln!(out, "  most {what}{about}")?;
                self.tops(tops, out)?;
            }
        }
        if !control.calls.is_empty() {
            writeln!(out, "  to accept the most frequent, in a waiver:")?;
            for top in control.calls.iter().take(2) {
                // One line, however long it is: it is to be copied.
                writeln!(out, "events = {}", waivers::quoted(&top.text))?;
            }
        }
        for example in &control.examples {
            writeln!(out, "  {}", self.paint.tone(Tone::Bad, "missed"))?;
            wrapped(self.paint, self.look.width, "    ", "    ", example, out)?;
        }
        Ok(())
    }

    fn alarm(&self, alarm: &AlarmReplay, out: &mut dyn io::Write) -> io::Result<()> {
        let name = &alarm.name;
        if let Some(doubt) = &alarm.doubt {
            let text = format!("{} {name}: cannot be replayed: {doubt}", kind(alarm));
            return wrapped(self.paint, self.look.width, "  ", "    ", &text, out);
        }
        let (times, rate) = (times(alarm.alerts), rate(alarm.alerts, self.replay));
        self.prose("  ", "    ", &format!("{} {name}: to ALARM {times}, {rate} a day", kind(alarm)), out)?;
        if let Some(why) = &alarm.silent {
            wrapped(self.paint, self.look.width, "    ", "      ", &format!("notifies nobody: {why}"), out)?;
        }
        for note in &alarm.notes {
            wrapped(self.paint, self.look.width, "    ", "      ", note, out)?;
        }
        if alarm.unnoticed > 0 {
            let text = format!("{} events came while it was in ALARM already", number(alarm.unnoticed));
            self.prose("    ", "      ", &text, out)?;
        }
        let all = self.look.verbosity == Verbosity::Verbose;
        let shown = if all { alarm.changes.len() } else { CHANGES };
        for (at, to) in alarm.changes.iter().take(shown) {
            writeln!(out, "    {} {}", at.strftime("%Y-%m-%d %H:%M"), to.as_str())?;
        }
        if alarm.changes.len() > shown {
            writeln!(out, "    and {} more changes", number((alarm.changes.len() - shown) as u64))?;
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
        let missing: Vec<&ControlReplay> = self.replay.controls.iter().filter(|control| control.missed > 0).collect();
        let alerts = self.replay.alerts();
        let missed: u64 = missing.iter().map(|control| control.missed).sum();
        let ids: Vec<String> = missing.iter().map(|control| control.rule.id.to_string()).collect();
        let controls = if ids.is_empty() { String::new() } else { format!(" ({})", ids.join(", ")) };
        let (events, rate) = (counted(self.replay.events, "event"), rate(alerts, self.replay));
        let (alerts, missed) = (counted(alerts, "alert"), counted(missed, "required event"));
        writeln!(out)?;
        self.prose("", "    ", &format!("{events}: {alerts}, {rate} a day; {missed} missed{controls}"), out)
    }
}

impl AlarmState {
    /// As CloudWatch calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

/// What an alarm is called.
fn kind(alarm: &AlarmReplay) -> &'static str {
    if alarm.is_composite { "composite alarm" } else { "alarm" }
}

/// A count a day.
fn rate(count: u64, replay: &Replay) -> String {
    let Some(period) = replay.period else { return "0".to_owned() };
    // No count is so large that it loses a digit.
    let rate = count as f64 / period.days();
    if rate >= 100.0 || rate == 0.0 { format!("{rate:.0}") } else { format!("{rate:.1}") }
}

/// How many things, as `1 alert` or `1,200 alerts`.
fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", number(count), if count == 1 { "" } else { "s" })
}

/// How often something went to ALARM.
fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { counted(count, "time") }
}

/// A number with a comma between thousands.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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

    #[test]
    fn numbers_are_read_by_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}
