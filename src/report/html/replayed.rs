//! The section of an audit's page about events that were replayed in the account: a line and a chart for each control, and
//! what its alarms did. Cards of controls lead to it.

use maud::{Markup, html};

use super::{Page, chart};
use crate::finding::Finding;
use crate::replay::{AlarmReplay, ControlReplay, Replay, Top};
use crate::report::replay::words::{self, counted, number, rate, times};
use crate::report::waivers;
use crate::rule::Rule;

/// Columns of a name, and of an example.
const NAME: usize = 400;
const EXAMPLE: usize = 4_096;
/// Changes of an alarm that are listed.
const CHANGES: usize = 200;

impl Page<'_> {
    /// What the events result in, in a sentence, which leads to the section.
    pub(super) fn replayed_in_short(&self) -> Markup {
        html! {
            @if let Some(replay) = self.replay {
                p.also {
                    a href="#replay" { "Replay of " (counted(replay.events, "event")) } ": "
                    (counted(replay.alerts(), "alert")) ", " (rate(replay.alerts(), replay)) " a day; "
                    @if replay.silent_changes() > 0 { "changed to ALARM " (times(replay.silent_changes())) ", notifying nobody; " }
                    (counted(replay.missed(), "required event")) " missed"
                    @if replay.undecided() > 0 { ", " (number(replay.undecided())) " undecided" }
                    "."
                }
            }
        }
    }

    /// In the card of a control: what the events result in, and the way to its chart.
    pub(super) fn replayed(&self, finding: &Finding) -> Markup {
        let control = self.replay.and_then(|replay| {
            Some((replay, replay.controls.iter().find(|control| control.rule.id == finding.rule.id)?))
        });
        html! {
            @if let Some((replay, control)) = control {
                p.replayed {
                    a href={ "#" (anchor(control)) } { "Replay" } ": " (counted(control.events, "event")) ", "
                    (control.alerts_in_words(replay)) "; " (missed_words(control))
                    @if control.undecided > 0 { ", " (number(control.undecided)) " undecided" }
                }
            }
        }
    }

    /// The section.
    pub(super) fn replay(&self) -> Markup {
        let Some(replay) = self.replay else { return html! {} };
        html! {
            section.replay aria-labelledby="replay" {
                h2 #replay { "Replay of " (counted(replay.events, "event")) }
                p {
                    (words::period(replay.period)) ". "
                    "What the account's metric filters and alarms "
                    @if replay.is_proposed { "would make of these events once --fix has created what is missing." }
                    @else { "make of these events." }
                }
                @for note in words::notes(replay) { p.note { (self.text(&note)) "." } }
                (self.totals(replay))
                @for control in replay.controls.iter().filter(|control| control.has_something()) {
                    (self.control(control, replay))
                }
            }
        }
    }

    /// A line for each control.
    fn totals(&self, replay: &Replay) -> Markup {
        let has_undecided = replay.undecided() > 0;
        html! {
            table {
                thead {
                    tr {
                        th scope="col" { "Control" }
                        @for what in ["Events", "Alerts", "Alerts a day", "While in ALARM", "Missed"] {
                            th.count scope="col" { (what) }
                        }
                        @if has_undecided { th.count scope="col" { "Undecided" } }
                    }
                }
                tbody {
                    @for control in &replay.controls {
                        tr {
                            th scope="row" {
                                @if control.has_something() { a href={ "#" (anchor(control)) } { (self.named(&control.rule)) } }
                                @else { span #(anchor(control)) { (self.named(&control.rule)) } }
                            }
                            td.count { (number(control.events)) }
                            td.count { (number(control.alerts)) }
                            td.count { (control.a_day(replay)) }
                            td.count { (number(control.unnoticed)) }
                            td.count.bad[control.missed > 0] { (number(control.missed)) }
                            @if has_undecided { td.count { (number(control.undecided)) } }
                        }
                    }
                    @for rule in &replay.not_replayed {
                        // The third column is not shown on a phone.
                        tr {
                            th scope="row" { span { (self.named(rule)) } }
                            td colspan="4" { "not replayed: it has no alarm" }
                            td {}
                            @if has_undecided { td {} }
                        }
                    }
                }
            }
            p.note {
                "Events: matched by the metric filters of the control. Alerts: changes to ALARM that may notify somebody. "
                "While in ALARM: events that came while such an alarm was in ALARM already, of which nobody was notified. "
                "Missed: required events that no intact chain matches. "
                @if has_undecided {
                    "Undecided: events of which it is not known whether they are required, or whether a chain reports them. "
                }
                "What happened in less than a day counts as the events of one."
            }
        }
    }

    fn named(&self, rule: &Rule) -> Markup {
        html! { span.number { (rule.id) } " " span { (self.text(&rule.short_title)) } }
    }

    fn control(&self, control: &ControlReplay, replay: &Replay) -> Markup {
        let ControlReplay { rule, demanded, undecided, .. } = control;
        let id = anchor(control);
        let title = format!("title-{id}");
        html! {
            article.replayed id=(id) aria-labelledby=(title) {
                h3 id=(title) { (self.named(rule)) }
                p {
                    (counted(*demanded, "required event")) ", " (number(control.matched)) " matched, "
                    @if control.missed > 0 { strong { (missed_words(control)) } } @else { (missed_words(control)) }
                    @if *undecided > 0 { ", " (number(*undecided)) " undecided" }
                    "; " (control.alerts_in_words(replay))
                    @if control.unnoticed > 0 {
                        "; " (counted(control.unnoticed, "event")) " came while an alarm was in ALARM already"
                    }
                    "."
                }
                @for text in [control.reason_in_words(), control.elsewhere_in_words()].into_iter().flatten() {
                    p { (self.text(&text)) }
                }
                @if let Some(drawing) = chart::drawing(control, replay, self.paint) { (drawing) }
                @for alarm in control.alarms.iter().filter_map(|place| replay.alarms.get(*place)) { (self.alarm(alarm)) }
                (self.tops("Most callers", &control.callers, control.more_callers, control))
                (self.tops("Most calls", &control.names, control.more_names, control))
                @if !control.calls.is_empty() {
                    details {
                        summary { "Patterns for a waiver" }
                        @for top in &control.calls { pre.copied { code { "events = " (waivers::quoted(&top.text)) } } }
                    }
                }
                @if let Some(advice) = control.about_root() { p.note { (advice) "." } }
                @if !control.examples.is_empty() {
                    details {
                        summary { "Missed events" }
                        @for example in &control.examples { pre.copied { code { (self.paint.name(example, EXAMPLE)) } } }
                    }
                }
            }
        }
    }

    fn alarm(&self, alarm: &AlarmReplay) -> Markup {
        let more = alarm.changes.len().saturating_sub(CHANGES);
        html! {
            details {
                summary {
                    @if alarm.is_composite { "Composite alarm " } @else { "Alarm " } (self.paint.name(&alarm.name, NAME)) ": "
                    @if alarm.doubt.is_some() { "cannot be replayed" } @else { "changed to ALARM " (times(alarm.alerts)) }
                    @if alarm.silent.is_some() { ", " strong.bad { "notifying nobody" } }
                }
                @if let Some(doubt) = &alarm.doubt { p { "Cannot be replayed: " (self.text(doubt)) } }
                @if let Some(why) = &alarm.silent { p { "Notifies nobody: " (self.text(why)) } }
                @for note in &alarm.notes { p { (self.text(note)) } }
                ul {
                    @for (at, to) in alarm.changes.iter().take(CHANGES) {
                        li { time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M")) } " " (to.as_str()) }
                    }
                    @if more > 0 { li { "and " (number(more as u64)) " more" } }
                }
            }
        }
    }

    fn tops(&self, what: &str, tops: &[Top], others: usize, control: &ControlReplay) -> Markup {
        html! {
            @if !tops.is_empty() {
                details {
                    summary { (what) @if control.is_approximate { " (approximate)" } }
                    ul {
                        @for top in tops { li { (number(top.count)) " " (self.paint.name(&top.text, NAME)) } }
                        @if let Some(more) = control.more(others) { li { (more) } }
                    }
                }
            }
        }
    }
}

fn missed_words(control: &ControlReplay) -> String {
    if control.missed > 0 { format!("{} missed", number(control.missed)) } else { "none missed".to_owned() }
}

/// Where a control is in the section. An id of one's own is no other one's, with this in front.
fn anchor(control: &ControlReplay) -> String {
    format!("replay-{}", control.rule.id)
}
