//! Of several parts of documents because of which one thing is not known, each control names its own: the alarm on its metric,
//! not another's that refers to the same topic.

use crate::declared::account::{Account, filter_key};
use crate::finding::facts::MetricProblem;
use crate::finding::{Facts, Finding, Reason, Remedy, Unread};
use crate::snapshot::{DocumentPart, GapSource};

/// Names the control's own part in each reason of a finding.
pub(super) fn parts(account: &Account<'_>, finding: &mut Finding) {
    let before = finding.reason.clone();
    let mut verdicts = finding.verdicts.clone();
    let effective = &mut verdicts.effective.reason;
    let mut reason = finding.reason.clone();
    let mut warnings = finding.warnings.clone();
    let own = [&mut reason, &mut verdicts.cis.reason, effective].into_iter().flatten().chain(&mut warnings);
    for reason in own {
        if let Some(part) = own_part(account, finding, reason) {
            *reason = reason.clone().because(Unread::AtDeployment(Box::new(part)));
        }
    }
    finding.verdicts = verdicts;
    finding.warnings = warnings;
    if reason != before
        && let Some(reason) = &reason
    {
        finding.remedy = Some(Remedy { words: reason.remedy(), pattern: None });
    }
    finding.reason = reason;
}

/// The part of the control's own alarm that is as the one which a reason names.
fn own_part(account: &Account<'_>, finding: &Finding, reason: &Reason) -> Option<DocumentPart> {
    let Some(Unread::AtDeployment(named)) = &reason.unread else { return None };
    let own = match &*reason.facts {
        Facts::Topic { arn, .. } => {
            let is_action = account.open_actions.values().any(|part| part == &**named);
            let mut alarms = finding.chain.alarms().filter(|_| is_action);
            alarms.find_map(|alarm| account.open_actions.get(&(alarm.arn.clone(), arn.clone())))?
        }
        Facts::Metric { problem: MetricProblem::AlarmsUnread, .. } => {
            let group = finding.chain.log_group()?;
            let mut filters = finding.chain.metric_filters();
            filters.find_map(|filter| {
                let declared = account.declarations.get(&filter_key(group, &filter.name))?;
                refers_to(account, named, &declared.resource.address)
            })?
        }
        _ => return None,
    };
    (own != &**named).then(|| own.clone())
}

/// The part like another that is not known for a metric filter's sake.
fn refers_to<'s>(account: &'s Account<'_>, named: &DocumentPart, filter: &str) -> Option<&'s DocumentPart> {
    let parts = account.snapshot.gaps.iter().filter_map(|gap| match &gap.source {
        GapSource::Document(part) => Some(part),
        _ => None,
    });
    let is_like = |part: &&DocumentPart| {
        (&part.file, &part.property, &part.instead_of) == (&named.file, &named.property, &named.instead_of)
    };
    let mut parts = parts.filter(is_like);
    parts.find(|part| part.why.as_deref().is_some_and(|why| why.split(' ').any(|word| word == filter)))
}
