//! Waivers of events: of what a control demands, some need not be noticed, and all the rest must be proven to be. Here the
//! pattern of such events is checked, and a finding is held against the patterns. Whether the rest is proven is the
//! audit's answer, never worked out here.

use std::collections::BTreeSet;
use std::ops::Range;

use filter_pattern::{Candidate, Hole, Matched, Pattern, Witness, is_covered, may_meet};
use toml::Spanned;

use super::refusal::Refusal;
use crate::cloudtrail;
use crate::finding::{Exception, Finding, Reason, Status, Waiver, Warning};
use crate::refused;
use crate::rule::Rule;

/// Kinds of events that an exception may leave for them to be listed one by one.
const MOST_HOLES: usize = 20;

/// The events that a waiver accepts to be missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) pattern: Pattern,
    /// The tests in it of what a caller chooses.
    pub(super) evadable: Vec<String>,
    /// What it leaves of the demand, where that is little.
    pub(super) leaves: Option<String>,
}

/// Reads the pattern of a waiver for a control; `None` for a control that the chosen version of the benchmark does not have.
pub(super) fn check(file: &str, text: &Spanned<String>, rule: Option<&Rule>) -> Result<Accepted, Refusal> {
    let refuse = |message: String| Refusal { at: text.span(), message };
    let pattern = Pattern::parse(text.get_ref()).map_err(|error| Refusal {
        at: place(file, text, error.pattern(), error.span().range().start),
        message: format!("events: {}", refused::in_place(&error)),
    })?;
    if pattern.tests().is_empty() {
        return Err(refuse(
            "events must be a filter pattern of fields, such as '{ $.eventName = GetMacieSession }'".to_owned(),
        ));
    }
    let mut left = None;
    if let Some(rule) = rule {
        let Some(events) = rule.demand.events() else {
            return Err(refuse(format!("events: {} is not about events, leave the field out", rule.id)));
        };
        left = leaves(&pattern, &events.requires);
        if is_covered(&[Candidate::new(&pattern)], &events.requires, cloudtrail::events()) {
            let message =
                format!("events leaves nothing of what {} requires: leave the field out to waive the control", rule.id);
            return Err(refuse(message));
        }
    }
    let evadable = cloudtrail::chosen_by_callers(&pattern);
    Ok(Accepted { pattern, evadable, leaves: left })
}

/// Where in the file a byte of a pattern is, or where the pattern begins, if the file writes it with escapes.
fn place(file: &str, text: &Spanned<String>, pattern: &str, at: usize) -> Range<usize> {
    let span = text.span();
    let written = file.get(span.clone()).unwrap_or_default();
    let at = written.find(pattern).map_or(span.start, |start| span.start + start + at);
    at..span.end
}

/// What an exception leaves of what a control demands, where that is not most of it. `None`: it is, or no words are known for
/// it.
fn leaves(pattern: &Pattern, demanded: &Pattern) -> Option<String> {
    let holes = filter_pattern::holes(&[Candidate::new(pattern)], demanded, cloudtrail::events(), MOST_HOLES);
    if holes.more.is_some() || holes.undecided.is_some() {
        return None;
    }
    if let Some(choices) = holes.list.iter().map(Hole::choices).collect::<Option<Vec<_>>>() {
        let left: BTreeSet<&str> =
            choices.iter().flat_map(|choices| choices.values.iter().map(String::as_str)).collect();
        let total = choices.iter().map(|choices| choices.of).max().unwrap_or_default();
        if left.len() * 2 <= total {
            return Some(format!("{} of {total} ({})", left.len(), left.into_iter().collect::<Vec<_>>().join(", ")));
        }
    }
    if pattern.tests().iter().all(|(field, test)| is_of_most(field, test)) {
        return holes.pattern().map(|rest| rest.to_string());
    }
    None
}

/// Whether most events meet a test: all but those of one value, all that have the field, or all that succeed.
fn is_of_most(field: &str, test: &str) -> bool {
    let rest = test.strip_prefix(field).unwrap_or_default();
    rest.starts_with(" != ")
        || rest == r#" = "*""#
        || (matches!(field, "$.errorCode" | "$.errorMessage") && rest == " NOT EXISTS")
}

/// Holds a finding that does not pass against events that are accepted to be missed: it is waived if nothing else is, and
/// else says what is. Gives the numbers of the exceptions that matter.
pub(super) fn accept(
    finding: &mut Finding,
    mut exceptions: Vec<(usize, Exception)>,
    but_for: impl Fn(&Finding, &[&Pattern]) -> Finding,
) -> Vec<usize> {
    let Some(events) = finding.rule.demand.events() else { return Vec::new() };
    let requires = events.requires.clone();
    exceptions.retain(|(_, exception)| may_meet(&exception.events, &requires, cloudtrail::events()));
    if exceptions.is_empty() {
        return Vec::new();
    }
    let all: Vec<Candidate<'_>> = exceptions.iter().map(|(_, exception)| Candidate::new(&exception.events)).collect();
    if is_covered(&all, &requires, cloudtrail::events()) {
        // Together they are all that the control demands.
        finding.waiver =
            together(exceptions.iter().map(|(_, exception)| &exception.waiver), "nothing else is required");
        let (numbers, exceptions) = exceptions.into_iter().unzip();
        finding.exceptions = exceptions;
        return numbers;
    }
    let judged = |exceptions: &[(usize, Exception)]| {
        let patterns: Vec<&Pattern> = exceptions.iter().map(|(_, exception)| &exception.events).collect();
        but_for(finding, &patterns)
    };
    let rest = judged(&exceptions);
    if rest.status == Status::Pass {
        // Those without which the rest is proven as well do nothing.
        let mut at = 0;
        while exceptions.len() > 1 && at < exceptions.len() {
            let mut others = exceptions.clone();
            others.remove(at);
            if judged(&others).status == Status::Pass {
                exceptions = others;
            } else {
                at += 1;
            }
        }
        finding.waiver = together(exceptions.iter().map(|(_, exception)| &exception.waiver), "the rest is proven");
        // What is weak in the rest is said as of any control that passes.
        let fresh: Vec<Warning> =
            rest.warnings.into_iter().filter(|warning| !finding.warnings.contains(warning)).collect();
        finding.warnings.extend(fresh);
    } else if rest.status == Status::Fail || !is_missed_beyond(finding, &exceptions) {
        // Nor do those without which the same is missed: of events that cannot happen here, or that filters match.
        let mut at = if rest.reason.as_ref().is_some_and(|reason| reason.holes().is_some()) { 0 } else { usize::MAX };
        while at < exceptions.len() {
            let mut others = exceptions.clone();
            others.remove(at);
            if judged(&others).reason.zip(rest.reason.as_ref()).is_some_and(|(one, other)| is_missed_alike(&one, other))
            {
                exceptions = others;
            } else {
                at += 1;
            }
        }
        // The verdicts stay those of the whole demand.
        let Finding { status, reason, chain, witness, remedy, warnings, region, .. } = rest;
        (finding.status, finding.reason, finding.chain) = (status, reason, chain);
        (finding.witness, finding.remedy) = (witness, remedy);
        (finding.warnings, finding.region) = (warnings, region);
    }
    let (numbers, exceptions) = exceptions.into_iter().unzip();
    finding.exceptions = exceptions;
    numbers
}

/// Whether two reasons say that the same is missed, whatever event each shows of it.
fn is_missed_alike(one: &Reason, other: &Reason) -> bool {
    let (Some(holes), Some(others)) = (one.holes(), other.holes()) else { return false };
    let is_alike = |(one, other): (&Hole, &Hole)| {
        (one.causes(), one.choices(), one.pattern()) == (other.causes(), other.choices(), other.pattern())
    };
    (one.code(), one.resource()) == (other.code(), other.resource())
        && holes.list.len() == others.list.len()
        && holes.list.iter().zip(&others.list).all(is_alike)
        && (holes.more.is_some(), &holes.undecided) == (others.more.is_some(), &others.undecided)
}

/// Whether the event that is known to be missed is in none of the exceptions.
fn is_missed_beyond(finding: &Finding, exceptions: &[(usize, Exception)]) -> bool {
    let event = finding.witness.as_ref().map(Witness::to_json_line);
    finding.status == Status::Fail
        && event.is_some_and(|event| {
            exceptions.iter().all(|(_, exception)| exception.events.matches(&event) == Matched::No)
        })
}

/// What several waivers of events say together: it holds as long as each of them.
fn together<'w>(waivers: impl Iterator<Item = &'w Waiver> + Clone, then: &str) -> Option<Waiver> {
    let expires = waivers.clone().map(|waiver| waiver.expires).min()?;
    let mut owners: Vec<&str> = Vec::new();
    let mut reasons: Vec<&str> = Vec::new();
    for waiver in waivers.clone() {
        if !owners.contains(&waiver.owner.as_str()) {
            owners.push(&waiver.owner);
        }
        if !reasons.contains(&waiver.reason.as_str()) {
            reasons.push(&waiver.reason);
        }
    }
    let count = match waivers.count() {
        1 => "1 exception".to_owned(),
        several => format!("{several} exceptions"),
    };
    let reason = format!("{count} accepted, {then}: {}", reasons.join("; "));
    Some(Waiver { reason, owner: owners.join(", "), expires })
}
