//! Waivers of events: of what a control demands, some need not be noticed, and all the rest must be proven to be. Here the
//! pattern of such events is checked, and a finding is held against the patterns. Whether the rest is proven is the
//! audit's answer, never worked out here.

use std::ops::Range;

use filter_pattern::{Candidate, Pattern, is_covered, may_meet};
use toml::Spanned;

use super::refusal::Refusal;
use crate::cloudtrail;
use crate::finding::{Exception, Finding, Status, Waiver};
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
                format!("events leaves nothing of what {} demands: leave the field out to waive the control", rule.id);
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
        "$.userAgent" | "$.userIdentity.principalId" => true,
        // The name of a session follows that of its role.
        "$.userIdentity.arn" => {
            let session = test.split_once("assumed-role/").and_then(|(_, rest)| rest.split_once('/'));
            session.is_some_and(|(_, session)| !session.starts_with('*'))
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
        finding.waiver = together(exceptions.iter().map(|(_, exception)| &exception.waiver));
    } else {
        let Finding { status, reason, chain, witness, remedy, .. } = rest;
        (finding.status, finding.reason, finding.chain) = (status, reason, chain);
        (finding.witness, finding.remedy) = (witness, remedy);
    }
    let (numbers, exceptions) = exceptions.into_iter().unzip();
    finding.exceptions = exceptions;
    numbers
}

/// What several waivers of events say together: it holds as long as each of them.
fn together<'w>(waivers: impl Iterator<Item = &'w Waiver> + Clone) -> Option<Waiver> {
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
    let reason = format!("{count} accepted, the rest is proven: {}", reasons.join("; "));
    Some(Waiver { reason, owner: owners.join(", "), expires })
}
