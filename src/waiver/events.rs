//! Waivers of events: of what a control demands, some need not be noticed, and all the rest must be proven to be. Here the
//! pattern of such events is checked, and a finding is held against the patterns. Whether the rest is proven is the
//! audit's answer, never worked out here.

use std::ops::Range;

use filter_pattern::{Candidate, Matched, Pattern, Witness, is_covered, may_meet};
use toml::Spanned;

use super::refusal::Refusal;
use crate::cloudtrail;
use crate::finding::{Exception, Finding, Status, Waiver, Warning};
use crate::refused;
use crate::rule::Rule;

/// The events that a waiver accepts to be missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) pattern: Pattern,
    /// The tests in it of what a caller chooses.
    pub(super) evadable: Vec<String>,
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
    if let Some(rule) = rule {
        let Some(events) = rule.demand.events() else {
            return Err(refuse(format!("events: {} is not about events, leave the field out", rule.id)));
        };
        if is_covered(&[Candidate::new(&pattern)], &events.requires, cloudtrail::events()) {
            let message =
                format!("events leaves nothing of what {} requires: leave the field out to waive the control", rule.id);
            return Err(refuse(message));
        }
    }
    let evadable = pattern.tests().into_iter().filter(|(field, test)| is_chosen(field, test)).map(|(_, test)| test);
    let evadable = evadable.collect();
    Ok(Accepted { pattern, evadable })
}

/// Where in the file a byte of a pattern is, or where the pattern begins, if the file writes it with escapes.
fn place(file: &str, text: &Spanned<String>, pattern: &str, at: usize) -> Range<usize> {
    let span = text.span();
    let written = file.get(span.clone()).unwrap_or_default();
    let at = written.find(pattern).map_or(span.start, |start| span.start + start + at);
    at..span.end
}

/// Whether a caller chooses what a test looks at (CloudTrail user guide, record contents and userIdentity element).
fn is_chosen(field: &str, test: &str) -> bool {
    match field {
        "$.userAgent"
        | "$.userIdentity.principalId"
        | "$.userIdentity.sessionContext.sourceIdentity"
        | "$.tlsDetails.clientProvidedHostHeader" => true,
        // The name of a session follows that of its role: what fixes all before it is met by that role alone.
        "$.userIdentity.arn" => {
            let value = test.split_once('"').map_or(test, |(_, value)| value);
            let (before, session) = match value.split_once("assumed-role/").and_then(|(_, rest)| rest.split_once('/')) {
                Some((role, session)) => (role, Some(session)),
                None => (value.trim_end_matches('"'), None),
            };
            let is_open = |text: &str| text.contains('*');
            !test.contains("NOT EXISTS")
                && (value == test || is_open(before) || session.is_some_and(|session| !session.starts_with('*')))
        }
        _ => field.starts_with("$.requestParameters.") || field.starts_with("$.requestParameters["),
    }
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
