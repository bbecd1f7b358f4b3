//! A replay as a page: a chart for each control, and what its alarms did. It asks for nothing from elsewhere and has no
//! script.

use std::io;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{counted, number, rate, times};
use crate::escape;
use crate::replay::{ControlReplay, Replay, Top};
use crate::report::html::{STYLE, head};
use crate::report::paint::Paint;
use crate::report::render_options::RenderOptions;
use crate::report::waivers;

/// What may run in the page: the style of the report, by its hash, and nothing else.
const POLICY: &str = concat!(
    "default-src 'none'; base-uri 'none'; form-action 'none'; ",
    "style-src 'sha256-W2N7XO7xCYOLQAYqrAWrmFaiPUzQ1gHIuVmg+8cFzwU='",
);

/// Columns of a name.
const LONGEST: usize = 400;
/// A chart: its size, and the room of its words.
const WIDTH: usize = 640;
const HEIGHT: usize = 96;
const ROOM: usize = 18;

/// Writes the page.
///
/// # Errors
/// What the writer reports.
pub fn render(replay: &Replay, look: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let look = RenderOptions { color: false, unicode: true, ..look.clone() };
    let page = Page { replay, paint: Paint::new(&look) };
    out.write_all(escape::terminal_lines(&page.whole().into_string()).as_bytes())?;
    out.write_all(b"\n")
}

struct Page<'a> {
    replay: &'a Replay,
    paint: Paint,
}

impl Page<'_> {
    fn whole(&self) -> Markup {
        let Replay { account_id, events, period, is_proposed, .. } = self.replay;
        let missed: u64 = self.replay.controls.iter().map(|control| control.missed).sum();
        let alerts = self.replay.alerts();
        let class = if missed > 0 { "bad" } else { "good" };
        html! {
            (DOCTYPE)
            html lang="en" {
                (head(&format!("Replay of events: account {account_id}"), POLICY, &[STYLE]))
                body {
                    header.head {
                        p.eyebrow { "Replay of events" }
                        h1 class=(class) {
                            (counted(alerts, "alert")) ", " (rate(alerts, self.replay)) " a day; "
                            (counted(missed, "required event")) " missed"
                        }
                        dl.facts {
                            div { dt { "Account" } dd { (self.text(account_id)) } }
                            div { dt { "Events" } dd { (number(*events)) } }
                            @if let Some(period) = period {
                                div { dt { "From" } dd { (period.from.strftime("%Y-%m-%d %H:%M UTC")) } }
                                div { dt { "To" } dd { (period.to.strftime("%Y-%m-%d %H:%M UTC")) } }
                            }
                            @if *is_proposed { div { dt { "Filters and alarms" } dd { "as --fix would leave them" } } }
                            div { dt { "Replayed with" } dd { "cis-audit " (env!("CARGO_PKG_VERSION")) } }
                        }
                    }
                    main #controls {
                        @for control in &self.replay.controls { (self.control(control)) }
                    }
                }
            }
        }
    }

    fn text(&self, text: &str) -> String {
        self.paint.name(text, LONGEST)
    }

    fn control(&self, control: &ControlReplay) -> Markup {
        let ControlReplay { rule, demanded, matched, missed, undecided, unnoticed, .. } = control;
        let heading = format!("replay-{}", rule.slug);
        html! {
            section.plain aria-labelledby=(heading) {
                h2 id=(heading) { (rule.id) " " (rule.short_title) }
                p {
                    (counted(*demanded, "required event")) ", " (number(*matched)) " matched, "
                    @if *missed > 0 { strong.bad { (number(*missed)) " missed" } } @else { "none missed" }
                    @if *undecided > 0 { ", " (number(*undecided)) " undecided" }
                    ". " (counted(control.alerts, "alert")) ", " (rate(control.alerts, self.replay)) " a day; "
                    (counted(*unnoticed, "event")) " came while an alarm was in ALARM already."
                }
                (self.chart(control))
                @for alarm in control.alarms.iter().filter_map(|place| self.replay.alarms.get(*place)) {
                    details {
                        summary {
                            @if alarm.is_composite { "Composite alarm " } @else { "Alarm " }
                            (self.text(&alarm.name)) ": to ALARM " (times(alarm.alerts))
                            @if alarm.silent.is_some() { ", " strong.bad { "notifies nobody" } }
                        }
                        @if let Some(doubt) = &alarm.doubt { p { "Cannot be replayed: " (self.text(doubt)) } }
                        @if let Some(why) = &alarm.silent { p { "Notifies nobody: " (self.text(why)) } }
                        @for note in &alarm.notes { p { (self.text(note)) } }
                        ul {
                            @for (at, to) in alarm.changes.iter().take(200) {
                                li { time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M")) } " " (to.as_str()) }
                            }
                            @if alarm.changes.len() > 200 { li { "and " (number((alarm.changes.len() - 200) as u64)) " more" } }
                        }
                    }
                }
                (self.tops("Most callers", &control.callers, control))
                (self.tops("Most calls", &control.names, control))
                @if !control.calls.is_empty() {
                    details {
                        summary { "Patterns for a waiver" }
                        @for top in &control.calls { pre { code { "events = " (waivers::quoted(&top.text)) } } }
                    }
                }
                @if !control.examples.is_empty() {
                    details {
                        summary { "Missed events" }
                        @for example in &control.examples { pre { code { (self.paint.name(example, 4_096)) } } }
                    }
                }
            }
        }
    }

    fn tops(&self, what: &str, tops: &[Top], control: &ControlReplay) -> Markup {
        html! {
            @if !tops.is_empty() {
                details {
                    summary { (what) @if control.is_approximate { " (approximate)" } }
                    ul { @for top in tops { li { (number(top.count)) " " (self.text(&top.text)) } } }
                }
            }
        }
    }

    /// The events of a control over time.
    fn chart(&self, control: &ControlReplay) -> Markup {
        let most = control.chart.iter().copied().max().unwrap_or(0);
        let Some(period) = self.replay.period.filter(|_| most > 0) else { return PreEscaped(String::new()) };
        let bar = WIDTH / control.chart.len().max(1);
        let high = HEIGHT - 2 * ROOM;
        let label = format!("Events of {} over time, {most} at most in one part", control.rule.id);
        let day = "%Y-%m-%d %H:%M";
        html! {
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) width="100%" role="img" aria-label=(label) {
                text x="0" y="12" font-size="11" fill="currentColor" { (number(most)) " at most" }
                @for (at, count) in control.chart.iter().enumerate().filter(|(_, count)| **count > 0) {
                    @let height = usize::try_from(u128::from(*count) * high as u128 / u128::from(most)).unwrap_or(high).max(1);
                    rect x=(at * bar) y=(ROOM + high - height) width=(bar.saturating_sub(2).max(1)) height=(height) fill="currentColor" {
                        title { (number(*count)) }
                    }
                }
                line x1="0" y1=(ROOM + high) x2=(WIDTH) y2=(ROOM + high) stroke="currentColor" {}
                text x="0" y=(HEIGHT - 4) font-size="11" fill="currentColor" { (period.from.strftime(day)) }
                text x=(WIDTH) y=(HEIGHT - 4) font-size="11" text-anchor="end" fill="currentColor" { (period.to.strftime(day)) }
            }
        }
    }
}
