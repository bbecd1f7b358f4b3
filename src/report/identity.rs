//! What a finding is called in other people's systems: names that stay the same from one audit to the next, and texts no
//! longer than those systems take.

use crate::escape;
use std::borrow::Cow;

use crate::finding::{Audit, Chain, Finding, Report, Step};

/// The tool's name in documents.
pub(super) const TOOL: &str = env!("CARGO_PKG_NAME");
/// The tool's version in documents.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The tool's address in documents. It has no public one yet, and this name can have no owner (RFC 6761, section 6.5).
pub(super) const ADDRESS: &str = "https://cis-audit.example/";

/// The finding's name that is the same in every audit of the account that asks for the same region: not by the number,
/// which changes with the benchmark's version, nor by the chain's region, which changes when a chain appears.
pub(super) fn stable_id(audit: &Audit, finding: &Finding) -> String {
    format!("{}/{}/{}", audit.account_id, region(audit, finding), finding.rule.slug)
}

/// The region that the finding answers for: the one asked for, whatever region its chain lives in.
pub(super) fn region<'a>(audit: &'a Audit, finding: &'a Finding) -> &'a str {
    if finding.is_further { &finding.region } else { &audit.region }
}

/// The benchmark's name and version.
pub(super) fn benchmark(report: &Report) -> String {
    format!("CIS AWS Foundations Benchmark v{}", report.benchmark)
}

/// The control's number and what is monitored: a title for people.
pub(super) fn title(finding: &Finding) -> String {
    format!("{} {}", finding.rule.id, finding.about())
}

/// The page about the control, where its rule names one.
pub(super) fn page(finding: &Finding) -> Option<&str> {
    finding.rule.references.first().map(String::as_str)
}

/// Why the finding does not pass, with what it is decided by; that it passes otherwise, and what is wrong all the same.
pub(super) fn message(finding: &Finding) -> String {
    match finding.inherited_from() {
        Some(owner) => format!("{} (account {owner}, where the organization's trail delivers)", own_message(finding)),
        None => own_message(finding),
    }
}

fn own_message(finding: &Finding) -> String {
    match (&finding.reason, finding.problem()) {
        (Some(reason), _) => escape::terminal(&reason.message()).into_owned(),
        (None, Some((wrong, _))) => format!("it passes, though {}", escape::terminal(&wrong.message())),
        (None, None) if finding.asks_for_a_chain() => "the whole chain is there".to_owned(),
        (None, None) => "Security Hub CSPM is enabled".to_owned(),
    }
}

/// What to do, in a sentence or two; empty where there is nothing. Where the control's pattern is part of it, the command
/// that prints the pattern stands for it: some are longer than the texts that other systems take.
pub(super) fn remedy(finding: &Finding) -> String {
    let Some(reason) = &finding.reason else { return escape::terminal(&finding.remediation()).into_owned() };
    let pattern = if reason.code().wants_pattern() { finding.rule.explained() } else { String::new() };
    format!("{}{pattern}", escape::terminal(&reason.remedy_beside(&finding.warnings)))
}

/// A rule's text without the ends of lines of its file.
pub(super) fn unwrapped(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ")
}

/// The account as a resource, spelt as AWS Security Hub CSPM spells it.
pub(super) fn account_resource(account_id: &str) -> String {
    format!("AWS::::Account:{account_id}")
}

/// The resources of a chain that have an ARN, and it, in the order in which an event travels.
pub(super) fn resources(chain: &Chain) -> impl Iterator<Item = (&Step, &str)> {
    chain.steps().iter().filter_map(|step| Some((step, step.arn()?)))
}

/// The text if it has at most so many characters, else its beginning and an ellipsis.
pub(super) fn clipped(text: &str, characters: usize) -> Cow<'_, str> {
    if text.chars().nth(characters).is_none() {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(characters.saturating_sub(1)).collect();
    Cow::Owned(format!("{kept}…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_documents_name_one_address() {
        assert_eq!(env!("CARGO_PKG_REPOSITORY"), ADDRESS);
        assert_eq!(env!("CARGO_PKG_HOMEPAGE"), ADDRESS);
    }

    #[test]
    fn texts_are_cut_between_characters_and_only_when_too_long() {
        for (text, shown) in [("", ""), ("abc", "abc"), ("äöü", "äöü"), ("äöüß", "äö…")] {
            assert_eq!(clipped(text, 3), shown);
        }
    }
}
