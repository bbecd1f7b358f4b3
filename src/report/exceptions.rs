//! Events that are accepted to be missed, in words: for every format that carries a text. What is reported about a waiver as a
//! whole is each format's own.

use crate::finding::{Exception, Finding, Outcome, Reason, Report};

/// One exception: which events, until when, who says so and why.
pub(super) fn words(exception: &Exception) -> String {
    let Exception { events, waiver, .. } = exception;
    format!("accepted until {} by {}: {events} ({})", waiver.expires, waiver.owner, waiver.reason)
}

/// That anyone can slip into an exception.
pub(super) fn caution(exception: &Exception) -> Option<String> {
    let tests = exception.evadable.join(" and ");
    (!tests.is_empty()).then(|| format!("can be evaded: a caller chooses what meets {tests}"))
}

/// That it accepts most of what the control requires.
pub(super) fn extent(exception: &Exception) -> Option<String> {
    let left = exception.leaves.as_ref()?;
    Some(format!("accepts most of what the control requires: it leaves only {left}"))
}

/// The exceptions of a finding, each on one line with all that is to be said of it.
pub(super) fn each(finding: &Finding) -> impl Iterator<Item = String> {
    finding.exceptions.iter().map(|exception| {
        let lines = std::iter::once(words(exception)).chain(extent(exception)).chain(caution(exception));
        lines.collect::<Vec<_>>().join("; ")
    })
}

/// All of them on one line, for formats of fields. `None`: there are none.
pub(super) fn in_a_line(finding: &Finding) -> Option<String> {
    let all: Vec<String> = each(finding).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Their events alone. `None`: there are none.
pub(super) fn patterns(finding: &Finding) -> Option<String> {
    let all: Vec<String> = finding.exceptions.iter().map(|exception| exception.events.to_string()).collect();
    (!all.is_empty()).then(|| all.join(" and "))
}

/// All lines about the exceptions of a finding.
pub(super) fn lines(finding: &Finding) -> impl Iterator<Item = String> {
    // Who accepts it, until when and why is said of a single one in its waiver.
    let is_reported = finding.waiver.is_some() && finding.exceptions.len() == 1;
    let first = move |exception: &Exception| match is_reported {
        true => format!("accepted: {}", exception.events),
        false => words(exception),
    };
    finding
        .exceptions
        .iter()
        .flat_map(move |exception| std::iter::once(first(exception)).chain(extent(exception)).chain(caution(exception)))
}

/// Said once: how to name the events, where a waiver accepts whatever a control misses.
pub(super) fn hint(report: &Report) -> Option<String> {
    let waived = report
        .findings()
        .filter(|finding| finding.outcome() == Outcome::Waived && finding.exceptions.is_empty())
        .find_map(|finding| Some((finding, finding.reason.as_ref().and_then(Reason::holes)?)));
    let (finding, holes) = waived?;
    let id = finding.rule.id;
    let events = match holes.pattern() {
        Some(pattern) => format!("events = {}", toml::Value::String(pattern.to_string())),
        None => "events = '{ … }', a filter pattern of them".to_owned(),
    };
    Some(format!(
        "A waiver without events accepts whatever {id} misses next. To accept only what it misses now: {events}"
    ))
}
