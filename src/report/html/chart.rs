//! The events of a control over time, and when its alarms were in ALARM: one drawing for every width. Places across are
//! percentages of it, so that words keep their size on a phone and on paper; colours are the page's, through its classes.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::replay::{AlarmReplay, AlarmState, ControlReplay, Replay};
use crate::report::paint::Paint;
use crate::report::replay::words::{counted, kind, number, times};

/// Alarms that are drawn; all of them are listed below the drawing.
const ALARMS: usize = 6;
/// Columns of an alarm's name.
const NAME: usize = 36;
/// A line of words, and what is left free below a row.
const WORDS: u32 = 16;
const GAP: u32 = 8;
/// Heights: of the events, of the missed ones, and of the time of an alarm.
const EVENTS: u32 = 52;
const MISSED: u32 = 20;
const LANE: u32 = 10;
/// The times below all of it.
const TIMES: u32 = 18;
/// Times that fit a phone.
const MOST_TIMES: i64 = 5;
/// Parts of the width in which an alarm is or is not in ALARM: a shorter time is seen all the same.
const SLOTS: usize = 400;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The time across the drawing, in seconds since 1970.
#[derive(Clone, Copy)]
struct Axis {
    from: i64,
    to: i64,
    /// From the first event to the last, in which the parts of a chart are equal.
    span: i64,
}

/// When an alarm was in ALARM: some slots in a row.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    first: usize,
    last: usize,
    times: u64,
    from: i64,
    to: i64,
}

/// Draws what there is of a control. `None`: nothing has a time.
pub(super) fn drawing(control: &ControlReplay, replay: &Replay, paint: Paint) -> Option<Markup> {
    let alarms: Vec<&AlarmReplay> = control.alarms.iter().filter_map(|place| replay.alarms.get(*place)).collect();
    let drawn: Vec<&AlarmReplay> =
        alarms.iter().copied().filter(|alarm| alarm.changes.iter().any(is_alarm)).take(ALARMS).collect();
    let has_some = |chart: &[u64]| chart.iter().any(|count| *count > 0);
    if !has_some(&control.chart) && !has_some(&control.missed_chart) && drawn.is_empty() {
        return None;
    }
    let axis = Axis::new(replay, &drawn)?;
    let missed_height = if has_some(&control.missed_chart) { WORDS + MISSED + GAP } else { 0 };
    let events_height = if has_some(&control.chart) { EVENTS } else { 0 };
    let below_events = WORDS + events_height + GAP;
    let lanes = below_events + missed_height;
    let lane = |at: usize| lanes + u32::try_from(at).unwrap_or(0) * (WORDS + LANE + GAP);
    let base = lane(drawn.len());
    Some(html! {
        svg.replayed role="img" aria-label=(describe(control, &drawn, paint)) width="100%" height=(base + TIMES) {
            (grid(axis, base))
            g.events {
                text x="0" y="11" { (events_words(control, axis)) }
                @if events_height > 0 { (bars(&control.chart, axis, WORDS, EVENTS)) }
            }
            @if missed_height > 0 {
                g.missed {
                    text x="0" y=(below_events + 11) { (counted(control.missed, "required event")) " missed" }
                    (bars(&control.missed_chart, axis, below_events + WORDS, MISSED))
                }
            }
            @for (at, alarm) in drawn.iter().enumerate() {
                g.alarm.silent[alarm.silent.is_some()] {
                    text x="0" y=(lane(at) + 11) { (alarm_words(alarm, paint)) }
                    rect.time x="0" width="100%" y=(lane(at) + WORDS) height=(LANE) {}
                    @for run in runs(alarm, axis) {
                        rect x=(percent(run.first as f64 / SLOTS as f64))
                            width=(percent((run.last + 1 - run.first) as f64 / SLOTS as f64))
                            y=(lane(at) + WORDS) height=(LANE) { title { (run.words()) } }
                    }
                }
            }
        }
        @if alarms.iter().filter(|alarm| alarm.changes.iter().any(is_alarm)).count() > drawn.len() {
            p.note { "The first " (drawn.len()) " alarms are drawn." }
        }
    })
}

/// The drawing in a sentence, for those who do not see it.
fn describe(control: &ControlReplay, drawn: &[&AlarmReplay], paint: Paint) -> String {
    let alarms = drawn.iter().map(|alarm| format!("; {}", alarm_words(alarm, paint)));
    format!(
        "Over time: {} matched by metric filters, {} missed{}",
        counted(control.events, "event"),
        counted(control.missed, "required event"),
        alarms.collect::<String>()
    )
}

fn events_words(control: &ControlReplay, axis: Axis) -> String {
    let most = control.chart.iter().copied().max().unwrap_or(0);
    let parts = i64::try_from(control.chart.len()).unwrap_or(1).max(1);
    let at_most = match most {
        0 => String::new(),
        _ => format!(", at most {} in {}", number(most), long((axis.span / parts).max(MINUTE))),
    };
    format!("{} matched{at_most}", counted(control.events, "event"))
}

fn alarm_words(alarm: &AlarmReplay, paint: Paint) -> String {
    let silent = if alarm.silent.is_some() { ", notifies nobody" } else { "" };
    format!("{} {}: to ALARM {}{silent}", kind(alarm), paint.name(&alarm.name, NAME), times(alarm.alerts))
}

/// About how long so many seconds are.
fn long(seconds: i64) -> String {
    let of = |unit: i64, name: &str| counted(u64::try_from((seconds + unit / 2) / unit).unwrap_or(0), name);
    match seconds {
        ..=5_400 => of(MINUTE, "minute"),
        5_401..=172_800 => of(HOUR, "hour"),
        _ => of(DAY, "day"),
    }
}

fn is_alarm((_, to): &(Timestamp, AlarmState)) -> bool {
    *to == AlarmState::Alarm
}

impl Axis {
    fn new(replay: &Replay, drawn: &[&AlarmReplay]) -> Option<Self> {
        let period = replay.period?;
        let from = period.from.as_second().div_euclid(MINUTE) * MINUTE;
        let last = period.to.as_second();
        // An alarm goes to ALARM after an event, and back later.
        let changes = drawn.iter().flat_map(|alarm| alarm.changes.last()).map(|(at, _)| at.as_second() + MINUTE);
        let to = changes.chain([last + 1, from + 10 * MINUTE]).max()?;
        Some(Self { from, to, span: last - from + 1 })
    }

    /// Where a time is, from 0 to 1.
    fn at(self, time: i64) -> f64 {
        // No time of an event is so long that its seconds lose a digit.
        ((time - self.from) as f64 / (self.to - self.from).max(1) as f64).clamp(0.0, 1.0)
    }

    fn slot(self, time: i64) -> usize {
        let slot = (time - self.from).max(0).saturating_mul(SLOTS as i64) / (self.to - self.from).max(1);
        usize::try_from(slot).unwrap_or(SLOTS).min(SLOTS - 1)
    }

    /// Times that are written, and how.
    fn times(self) -> (Vec<i64>, &'static str) {
        const STEPS: [(i64, &str); 15] = [
            (2 * MINUTE, "%H:%M"),
            (5 * MINUTE, "%H:%M"),
            (15 * MINUTE, "%H:%M"),
            (HOUR, "%H:%M"),
            (3 * HOUR, "%H:%M"),
            (6 * HOUR, "%H:%M"),
            (12 * HOUR, "%b %-d %H:%M"),
            (DAY, "%b %-d"),
            (2 * DAY, "%b %-d"),
            (4 * DAY, "%b %-d"),
            (7 * DAY, "%b %-d"),
            (14 * DAY, "%b %-d"),
            (30 * DAY, "%b %-d"),
            (91 * DAY, "%Y-%m-%d"),
            (365 * DAY, "%Y-%m-%d"),
        ];
        let long = self.to - self.from;
        let fits = STEPS.iter().find(|(step, _)| long / step < MOST_TIMES);
        let (step, form) = fits.copied().unwrap_or((long / (MOST_TIMES - 1), "%Y-%m-%d"));
        let first = self.from + (-self.from).rem_euclid(step.max(1));
        let times = (0..=MOST_TIMES).map(|at| first + at * step).filter(|time| *time <= self.to);
        (times.collect(), form)
    }
}

/// Lines and words for some times.
fn grid(axis: Axis, base: u32) -> Markup {
    /// A word that begins behind this would be cut.
    const LAST: f64 = 0.86;
    let (times, form) = axis.times();
    let places: Vec<(String, Option<String>)> = times
        .into_iter()
        .map(|time| {
            let at = axis.at(time);
            let word = Timestamp::from_second(time).ok().filter(|_| at <= LAST);
            (percent(at), word.map(|time| time.strftime(form).to_string()))
        })
        .collect();
    html! {
        @for (x, word) in &places {
            line.grid x1=(x) x2=(x) y1=(WORDS) y2=(base + 4) {}
            @if let Some(word) = word { text.at x=(x) dx="3" y=(base + 13) { (word) } }
        }
        line.base x1="0" x2="100%" y1=(base) y2=(base) {}
    }
}

/// Counts of equal parts of the time as bars.
fn bars(chart: &[u64], axis: Axis, top: u32, height: u32) -> Markup {
    let most = chart.iter().copied().max().unwrap_or(0).max(1);
    let parts = i64::try_from(chart.len()).unwrap_or(1).max(1);
    // Events are counted by the minute.
    let wide = (axis.span / parts).max(MINUTE);
    let bar = |(at, count): (usize, &u64)| {
        let from = axis.from + i64::try_from(at).unwrap_or(0).saturating_mul(axis.span) / parts;
        // What is there is seen, however little it is.
        let high = u32::try_from(u128::from(*count) * u128::from(height) / u128::from(most)).unwrap_or(height).max(2);
        (percent(axis.at(from)), percent(axis.at(from + wide) - axis.at(from)), high, from, *count)
    };
    let bars: Vec<_> = chart.iter().enumerate().filter(|(_, count)| **count > 0).map(bar).collect();
    html! {
        line.base x1="0" x2="100%" y1=(top + height) y2=(top + height) {}
        @for (x, width, high, from, count) in bars {
            rect x=(x) width=(width) y=(top + height - high) height=(high) {
                title { (counted(count, "event")) " from " (time(from)) }
            }
        }
    }
}

/// When an alarm was in ALARM, those of neighbouring slots as one.
fn runs(alarm: &AlarmReplay, axis: Axis) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut changes = alarm.changes.iter().peekable();
    while let Some(change) = changes.next() {
        if !is_alarm(change) {
            continue;
        }
        let from = change.0.as_second();
        let to = changes.peek().map_or(axis.to, |(at, _)| at.as_second());
        let (first, last) = (axis.slot(from), axis.slot((to - 1).max(from)));
        match runs.last_mut() {
            Some(run) if first <= run.last + 1 => {
                run.last = run.last.max(last);
                run.times += 1;
                run.to = to;
            }
            _ => runs.push(Run { first, last, times: 1, from, to }),
        }
    }
    runs
}

impl Run {
    fn words(&self) -> String {
        let of = if self.times == 1 { String::new() } else { format!(" {} times", number(self.times)) };
        format!("ALARM{of}, {} to {}", time(self.from), time(self.to))
    }
}

fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or_default().strftime("%Y-%m-%d %H:%M").to_string()
}

/// A part of the width.
fn percent(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_767_571_200;

    fn alarm(changes: &[(i64, AlarmState)]) -> AlarmReplay {
        AlarmReplay {
            is_composite: false,
            name: "a".to_owned(),
            arn: String::new(),
            changes: changes
                .iter()
                .map(|(at, to)| (Timestamp::from_second(START + at).expect("a time"), *to))
                .collect(),
            alerts: 0,
            silent: None,
            notes: Vec::new(),
            events: 0,
            unnoticed: 0,
            doubt: None,
        }
    }

    #[test]
    fn a_short_alarm_is_seen_and_close_ones_are_one() {
        use AlarmState::{Alarm, Ok};
        let axis = Axis { from: START, to: START + 40_000, span: 40_000 };
        let found = runs(&alarm(&[(100, Alarm), (110, Ok), (130, Alarm), (140, Ok), (20_000, Alarm)]), axis);
        assert_eq!(
            found,
            [
                Run { first: 1, last: 1, times: 2, from: START + 100, to: START + 140 },
                // Until the end, for nothing ends it.
                Run { first: 200, last: 399, times: 1, from: START + 20_000, to: START + 40_000 },
            ]
        );
    }

    #[test]
    fn times_are_round_and_few() {
        for (long, wanted) in [
            (600, vec!["00:00", "00:05", "00:10"]),
            (7 * DAY, vec!["Jan 5", "Jan 7", "Jan 9", "Jan 11"]),
            (12 * HOUR, vec!["00:00", "03:00", "06:00", "09:00", "12:00"]),
            (400 * DAY, vec!["2026-01-22", "2026-04-23", "2026-07-23", "2026-10-22", "2027-01-21"]),
        ] {
            let (times, form) = Axis { from: START, to: START + long, span: long }.times();
            let words: Vec<String> = times
                .into_iter()
                .map(|time| Timestamp::from_second(time).expect("a time").strftime(form).to_string())
                .collect();
            assert_eq!(words, wanted, "{long}");
        }
    }

    #[test]
    fn durations_are_round() {
        assert_eq!([60, 5_400, 12_600, 259_200].map(long), ["1 minute", "90 minutes", "4 hours", "3 days"]);
    }
}
