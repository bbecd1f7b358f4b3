//! A replay for programs.

use std::io;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::replay::{AlarmReplay, ControlReplay, Replay, Top, Undated};
use crate::report::SCHEMA_VERSION;
use crate::rule::Rule;

/// A replay of events by cis-audit.
#[derive(Serialize, JsonSchema)]
struct Document<'a> {
    schema_version: u32,
    /// Always `replay`.
    document: &'static str,
    /// Twelve digits.
    account_id: &'a str,
    /// The filters and alarms are those that a fix would leave.
    proposed: bool,
    /// Events of CloudTrail that were replayed.
    events: u64,
    /// Log events and JSON objects that are no events of CloudTrail, which were not.
    others: u64,
    /// Events without a time that can be used: they are counted, and no alarm and no chart has them.
    undated: u64,
    /// Why the times of these cannot be used.
    undated_by: UndatedBy,
    /// Events whose `recipientAccountId` is another account: they are counted too.
    foreign: u64,
    /// The accounts with most of these.
    foreign_accounts: Vec<Count<'a>>,
    /// Events whose `eventID` an event before them has, as where a file is given twice: they are counted again.
    repeated: u64,
    /// `repeated` is an estimate, for there are more different ids than are kept.
    repeated_approximate: bool,
    /// Time of the first event, RFC 3339.
    from: Option<String>,
    /// Time of the last event, RFC 3339.
    to: Option<String>,
    /// Days between them, and 1 if that is less than a day: so rates a day are never more than what was counted.
    days: f64,
    /// Seconds from an event to its delivery.
    delay: i64,
    /// One for each control that requires events.
    controls: Vec<Control<'a>>,
    /// Controls that require no events, such as that Security Hub is enabled: they have no metric filter and no alarm.
    not_replayed: Vec<NotReplayed<'a>>,
    /// The alarms on the metric filters of these controls, and composite alarms above them.
    alarms: Vec<Alarm<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct UndatedBy {
    /// Events without an `eventTime`.
    missing: u64,
    /// Events whose `eventTime` is no time of RFC 3339.
    unreadable: u64,
    /// Events before 2013, when CloudTrail did not exist.
    early: u64,
    /// Events more than a day in the future.
    late: u64,
}

#[derive(Serialize, JsonSchema)]
struct Control<'a> {
    /// Its number in the version of the benchmark.
    rule: String,
    /// The same in each version.
    slug: &'a str,
    title: &'a str,
    /// Events that its metric filters match.
    events: u64,
    /// Events that the control requires to be notified of.
    required: u64,
    /// Of these, the ones that one of its metric filters matches.
    matched: u64,
    /// Of the required events, those that no chain matches that notifies a subscriber of each, or that may.
    missed: u64,
    /// Events of which it is not known whether they are missed: whether they are required, or whether a chain reports them.
    undecided: u64,
    /// Code of the audit's reason for this control, as in its report; null if it has none.
    reason: Option<&'static str>,
    /// Required events that no chain of its own metric filters reports and another one does.
    elsewhere: u64,
    /// Names of the alarms of these chains.
    elsewhere_alarms: &'a [String],
    /// Missed events, as they were read.
    examples: Vec<&'a str>,
    /// Metric filters that match some of what the control requires.
    filters: Vec<Filter<'a>>,
    /// ARNs of the alarms on them, and of composite alarms above these.
    alarms: Vec<&'a str>,
    /// Times that those of them that may notify somebody went to ALARM.
    alerts: u64,
    /// `alerts` divided by `days`.
    alerts_a_day: f64,
    /// Events that came while such an alarm was in ALARM already.
    unnoticed: u64,
    /// Events that its metric filters match, in equal parts of the time; those without a time are not among them.
    chart: &'a [u64],
    /// Missed events, in the same parts.
    missed_chart: &'a [u64],
    /// Who is behind most of these events.
    callers: Vec<Count<'a>>,
    /// How many other callers there are; at least, if `approximate`.
    more_callers: usize,
    /// What most of these events are.
    names: Vec<Count<'a>>,
    /// How many other names there are; at least, if `approximate`.
    more_names: usize,
    /// Patterns for the `events` of a waiver: what one caller calls. There is none of the root user, nor of a caller that an
    /// event does not name.
    calls: Vec<Count<'a>>,
    /// Counts of callers, names and calls may be too high, by `error` at most.
    approximate: bool,
}

#[derive(Serialize, JsonSchema)]
struct NotReplayed<'a> {
    rule: String,
    slug: &'a str,
    title: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Filter<'a> {
    name: &'a str,
    /// ARN.
    log_group: &'a str,
    /// Events that it matches; null if its pattern alone does not decide.
    matched: Option<u64>,
    undecided: u64,
}

#[derive(Serialize, JsonSchema)]
struct Count<'a> {
    text: &'a str,
    count: u64,
    /// By so much the count may be too high.
    error: u64,
}

#[derive(Serialize, JsonSchema)]
struct Alarm<'a> {
    name: &'a str,
    arn: &'a str,
    /// It is a composite alarm.
    composite: bool,
    /// Times that it went to ALARM, unless another alarm silenced it then.
    alerts: u64,
    /// Why nobody is notified then: no action of it runs, or nobody gets what they send; null if somebody may be.
    silent: Option<&'a str>,
    /// What may hold its actions back, and what is assumed of alarms that no event moves.
    notes: &'a [String],
    /// Events that count for it, or for the alarms below it.
    events: u64,
    /// Of these, the ones that came while it was in ALARM already.
    unnoticed: u64,
    changes: Vec<Change>,
    /// Why it could not be replayed; null if it was.
    doubt: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Change {
    /// RFC 3339.
    at: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    to: &'static str,
}

/// Writes the document.
///
/// # Errors
/// What the writer reports.
pub fn render(replay: &Replay, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(replay)).map_err(io::Error::from)?;
    writeln!(out)
}

/// The JSON Schema of the document.
#[must_use]
pub fn schema() -> String {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Document<'_>>();
    schema.insert("title".to_owned(), "Replay of cis-audit".into());
    format!("{:#}\n", schema.as_value())
}

fn document(replay: &Replay) -> Document<'_> {
    let Undated { missing, unreadable, early, late } = replay.undated;
    let days = replay.period.map_or(1.0, |period| period.days());
    Document {
        schema_version: SCHEMA_VERSION,
        document: "replay",
        account_id: &replay.account_id,
        proposed: replay.is_proposed,
        events: replay.events,
        others: replay.others,
        undated: replay.undated.count(),
        undated_by: UndatedBy { missing, unreadable, early, late },
        foreign: replay.foreign,
        foreign_accounts: counts(&replay.foreign_accounts),
        repeated: replay.repeated,
        repeated_approximate: replay.is_repeated_estimate,
        from: replay.period.map(|period| period.from.to_string()),
        to: replay.period.map(|period| period.to.to_string()),
        days,
        delay: replay.delay,
        controls: replay.controls.iter().map(|control| of_control(control, replay, days)).collect(),
        not_replayed: replay.not_replayed.iter().map(|rule| not_replayed(rule)).collect(),
        alarms: replay.alarms.iter().map(of_alarm).collect(),
    }
}

fn of_control<'a>(control: &'a ControlReplay, replay: &'a Replay, days: f64) -> Control<'a> {
    let alarms = control.alarms.iter().filter_map(|place| replay.alarms.get(*place));
    Control {
        rule: control.rule.id.to_string(),
        slug: &control.rule.slug,
        title: &control.rule.title,
        events: control.events,
        required: control.demanded,
        matched: control.matched,
        missed: control.missed,
        undecided: control.undecided,
        reason: control.reason,
        elsewhere: control.elsewhere,
        elsewhere_alarms: &control.elsewhere_alarms,
        examples: control.examples.iter().map(String::as_str).collect(),
        filters: control
            .filters
            .iter()
            .map(|filter| Filter {
                name: &filter.name,
                log_group: &filter.log_group,
                matched: filter.matched,
                undecided: filter.undecided,
            })
            .collect(),
        alarms: alarms.map(|alarm| alarm.arn.as_str()).collect(),
        alerts: control.alerts,
        alerts_a_day: control.alerts as f64 / days,
        unnoticed: control.unnoticed,
        chart: &control.chart,
        missed_chart: &control.missed_chart,
        callers: counts(&control.callers),
        more_callers: control.more_callers,
        names: counts(&control.names),
        more_names: control.more_names,
        calls: counts(&control.calls),
        approximate: control.is_approximate,
    }
}

fn not_replayed(rule: &Rule) -> NotReplayed<'_> {
    NotReplayed { rule: rule.id.to_string(), slug: &rule.slug, title: &rule.title }
}

fn counts(tops: &[Top]) -> Vec<Count<'_>> {
    tops.iter().map(|Top { text, count, error }| Count { text, count: *count, error: *error }).collect()
}

fn of_alarm(alarm: &AlarmReplay) -> Alarm<'_> {
    Alarm {
        name: &alarm.name,
        arn: &alarm.arn,
        composite: alarm.is_composite,
        alerts: alarm.alerts,
        silent: alarm.silent.as_deref(),
        notes: &alarm.notes,
        events: alarm.events,
        unnoticed: alarm.unnoticed,
        changes: alarm.changes.iter().map(|(at, to)| Change { at: at.to_string(), to: to.as_str() }).collect(),
        doubt: alarm.doubt.as_deref(),
    }
}
