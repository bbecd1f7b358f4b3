//! A finding in plain lines, for formats that carry a text: what is wrong, how far the chain holds, and an example
//! event that no CloudWatch alarm would notify of. No colour, no wrapping; names are escaped as for a terminal.

use super::documents;
use super::exceptions;
use super::identity::clipped;
use super::many;
use super::paint::Tone;
use crate::escape;
use crate::finding::{
    Chain, Finding, Grade, Link, Outcome, Reason, Report, Status, Step, SubscriptionStep, Summary, Waiver,
};
use crate::mask;

/// No name is longer than this: of an ARN the longest that AWS gives.
const NAME: usize = 300;
/// More resources of one link than this are counted, not named.
const SHOWN: usize = 4;
const MESSAGE: usize = 1500;
const EVENT: usize = 3000;

/// How far a link of the chain was found to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkState {
    /// It holds.
    Holds,
    /// It is the first that does not.
    Broken,
    /// It is the first of which this is not known.
    Unknown,
    /// It comes after the first that does not hold, and was not looked at.
    NotReached,
}

impl LinkState {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Holds, Self::Broken, Self::Unknown, Self::NotReached];

    /// The word in metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
            Self::NotReached => "not_reached",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Holds => Tone::Good,
            Self::Broken => Tone::Bad,
            Self::Unknown => Tone::Doubt,
            Self::NotReached => Tone::Faint,
        }
    }
}

/// The links that the finding is about, and how far each holds, by the verdict that decides; by the benchmark's where
/// that one passes all the same.
pub(super) fn links(finding: &Finding) -> Vec<(Link, LinkState)> {
    let found = |status| match status {
        Status::Pass => LinkState::Holds,
        Status::Fail => LinkState::Broken,
        Status::Unknown => LinkState::Unknown,
    };
    let decides = finding.reason.as_ref().filter(|_| finding.status != Status::Pass);
    let is_hub = decides.is_some_and(|reason| reason.link() == Link::SecurityHub);
    match finding.problem() {
        _ if is_hub || !finding.asks_for_a_chain() => vec![(Link::SecurityHub, found(finding.status))],
        None => Link::CHAIN.map(|link| (link, found(finding.status))).to_vec(),
        Some((broken, status)) => {
            let state = |link: Link| match link.cmp(&broken.link()) {
                std::cmp::Ordering::Less => LinkState::Holds,
                std::cmp::Ordering::Equal => found(status),
                std::cmp::Ordering::Greater => LinkState::NotReached,
            };
            Link::CHAIN.map(|link| (link, state(link))).to_vec()
        }
    }
}

/// The symbol of a pass with a weakness.
pub(super) const WEAK: &str = "!";

/// The symbol of a pass of which not all could be verified.
const UNVERIFIED: &str = "?";

/// The symbol of a pass that is not a whole one, which its word does not say.
pub(super) fn doubt_of_pass(finding: &Finding) -> Option<&'static str> {
    match (finding.is_weak_pass(), finding.is_unverified_pass()) {
        (true, _) => Some(WEAK),
        (_, true) => Some(UNVERIFIED),
        _ => None,
    }
}

/// What stands for a link that is not declared in the documents that were checked.
pub(super) const NOT_DECLARED: &str = "not declared here";

/// What is to be known of a link before the broken one, or of a control that passes, apart from that it holds: a symbol, and
/// words where the chain names no resource or these are not all.
pub(super) fn doubt_of_link(finding: &Finding, link: Link) -> Option<(&'static str, Option<&'static str>)> {
    let effective = finding.verdicts.effective.reason.as_ref().filter(|_| finding.outcome() == Outcome::Pass);
    let at_it: Vec<_> = finding.warnings.iter().chain(effective).filter(|warning| warning.link() == link).collect();
    let is_pass = finding.outcome() == Outcome::Pass;
    let has = |grade| is_pass && at_it.iter().any(|warning| warning.grade() == grade);
    if at_it.iter().any(|warning| warning.code().is_undeclared()) {
        Some((UNVERIFIED, Some(NOT_DECLARED)))
    } else if finding.chain.steps_of(link).is_empty() {
        Some((UNVERIFIED, Some("not known")))
    } else if has(Grade::Weak) {
        Some((WEAK, None))
    } else {
        has(Grade::Unverified).then_some((UNVERIFIED, None))
    }
}

/// What these symbols mean, where they are shown.
pub(super) fn pass_legends(report: &Report) -> Vec<String> {
    let weak = report.findings().any(Finding::is_weak_pass);
    let weak = weak.then(|| format!("{WEAK} pass: the chain is complete, but an isolated event may go unnoticed"));
    let unverified = report.findings().any(Finding::is_unverified_pass);
    let unverified =
        unverified.then(|| format!("{UNVERIFIED} pass: the chain is complete, but not all of it could be verified"));
    weak.into_iter().chain(unverified).collect()
}

/// Why a control that passes is not a whole pass.
pub(super) fn why_in_part(finding: &Finding) -> Option<&Reason> {
    let is_in_part = finding.is_weak_pass() || finding.is_unverified_pass();
    let effective = finding.verdicts.effective.reason.as_ref().filter(|_| is_in_part);
    effective.or_else(|| finding.warnings.iter().find(|it| it.grade() == Grade::Weak && finding.is_weak_pass()))
}

/// What is weak of a control that passes: the code, and in words.
pub(super) fn weakness(finding: &Finding) -> Option<(&'static str, String)> {
    let weak = why_in_part(finding).filter(|_| finding.is_weak_pass());
    weak.map(|reason| (reason.code().as_str(), shown(&reason.message(), MESSAGE)))
}

/// What is wrong, where that is written, the chain up to there, and an example event that no alarm would notify of,
/// each line without its end.
pub(super) fn details(finding: &Finding, show_endpoints: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(reason) = &finding.reason {
        lines.push(shown(&reason.message(), MESSAGE));
    }
    lines.extend(finding.place.as_ref().map(|place| shown(&documents::place(place), NAME)));
    lines.extend(exceptions::lines(finding).map(|line| shown(&line, MESSAGE)));
    for (link, state) in links(finding).into_iter().filter(|(_, state)| *state != LinkState::NotReached) {
        let mut names = names(&finding.chain, link, show_endpoints);
        let at_fault = finding.reason.as_ref().filter(|reason| reason.link() == link);
        let doubt = doubt_of_link(finding, link).filter(|_| state == LinkState::Holds);
        let symbol = doubt.map_or_else(|| state.tone().symbol(), |(symbol, _)| symbol);
        if let Some((_, Some(words))) = doubt {
            names.iter_mut().for_each(|name| *name = format!("{name} ({words})"));
        }
        if names.is_empty() {
            names.push(match (doubt, at_fault) {
                (Some((_, words)), _) => words.unwrap_or_default().to_owned(),
                (None, Some(reason)) if reason.code().is_undeclared() => NOT_DECLARED.to_owned(),
                (None, reason) => {
                    reason.and_then(|it| it.resource()).map_or_else(String::new, |resource| shown(resource, NAME))
                }
            });
        }
        let rest = names.len().saturating_sub(SHOWN);
        names.truncate(SHOWN);
        if rest > 0 {
            names.push(format!("and {rest} more"));
        }
        for (at, name) in names.iter().enumerate() {
            let (mark, words) = if at == 0 { (symbol, link.words()) } else { (" ", "") };
            lines.push(format!("{mark} {words:<14} {name}").trim_end().to_owned());
        }
    }
    if let Some(witness) = &finding.witness {
        lines.push("example event that no CloudWatch alarm reports:".to_owned());
        lines.push(shown(&witness.to_json_line(), EVENT));
    }
    let notes = finding.warnings.iter().filter(|warning| warning.code().explains_failure());
    lines.extend(notes.map(|note| shown(&format!("note: {}. {}", note.message(), note.remedy()), MESSAGE)));
    lines
}

fn names(chain: &Chain, link: Link, show_endpoints: bool) -> Vec<String> {
    let name = |text: &str| shown(text, NAME);
    let line = |step: &Step| match step {
        Step::MetricFilter(filter) => {
            let metric = filter.metrics.first();
            let to = metric.map_or_else(String::new, |to| format!(" → {}/{}", name(&to.namespace), name(&to.name)));
            format!("{}{to}", name(&filter.name))
        }
        Step::Trail(_) | Step::LogGroup(_) | Step::Alarm(_) | Step::Topic(_) => name(step.name()),
        Step::Subscription(SubscriptionStep { protocol, endpoint, state, .. }) => {
            let endpoint = mask::shown(protocol, endpoint, show_endpoints);
            format!("{} {} ({})", name(protocol), name(&endpoint), state.as_str())
        }
    };
    chain.steps_of(link).iter().map(line).collect()
}

/// A text of the account's, with nothing in it that steers, and not longer than so many characters of it.
fn shown(text: &str, characters: usize) -> String {
    escape::terminal(&clipped(text, characters)).into_owned()
}

/// A waiver in a line.
pub(super) fn waiver(waiver: &Waiver) -> String {
    let Waiver { reason, owner, expires } = waiver;
    format!("waived until {expires} by {}: {}", shown(owner, NAME), shown(reason, MESSAGE))
}

/// How many controls came to what, in a line.
pub(super) fn counts(report: &Report) -> String {
    if report.is_of_many() {
        return many::counts(report);
    }
    let Summary { pass, fail, unknown, waived } = report.summary();
    let total = report.findings().count();
    let mut parts = vec![format!("{pass} pass"), format!("{fail} fail")];
    parts.extend((unknown > 0).then(|| format!("{unknown} unknown")));
    parts.extend((waived > 0).then(|| format!("{waived} waived")));
    let controls = if total == 1 { "control" } else { "controls" };
    format!("{total} {controls}: {}", parts.join(", "))
}
