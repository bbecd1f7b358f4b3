//! Resources that AWS refuses as they are declared: what is built on them will not exist.

use std::collections::BTreeSet;

use super::meant::Meant;
use crate::declared::account::{Account, Refusal, filter_key};
use crate::finding::facts::{AlarmProblem, FilterProblem, LogGroupProblem, TopicProblem, TrailProblem};
use crate::finding::{Audit, Code, Facts, Finding, Link, Reason, RefusedResource, Status, Step};

/// The first resource of a finding's chain that AWS refuses, and whether that is certain.
pub(super) fn refused(account: &Account<'_>, finding: &Finding) -> Option<(Reason, bool)> {
    if account.refused.is_empty() {
        return None;
    }
    let (step, refusal) = first(account, finding)?;
    let reason = Reason::new(facts(step, refusal)?);
    // What fails behind it may fail for it, as for a name that is misspelt.
    let failing = finding.verdicts.cis.reason.as_ref().filter(|_| finding.status == Status::Fail);
    let is_cause = failing.is_none_or(|failing| refusal.refused.is_certain && reason.link() <= failing.link());
    is_cause.then_some((reason, refusal.refused.is_certain))
}

/// The step of the chain that is refused, and what is refused of it.
pub(super) fn first<'c, 'a>(account: &'c Account<'a>, finding: &'c Finding) -> Option<(&'c Step, &'c Refusal<'a>)> {
    let mut steps = finding.chain.steps().iter();
    steps.find_map(|step| {
        let keys = match step {
            Step::Trail(trail) => vec![trail.arn.to_string()],
            Step::LogGroup(arn) => vec![arn.to_string()],
            Step::MetricFilter(filter) => vec![filter_key(finding.chain.log_group()?, &filter.name)],
            Step::Alarm(alarm) => vec![alarm.arn.to_string()],
            Step::Topic(arn) => vec![arn.to_string(), format!("policy of {arn}"), format!("subscription of {arn}")],
            Step::Subscription(_) => Vec::new(),
        };
        keys.iter().find_map(|key| account.refused.get(key)).map(|refusal| (step, refusal))
    })
}

fn facts(step: &Step, refusal: &Refusal<'_>) -> Option<Facts> {
    let why = refusal.refused.why.clone();
    let is_subscription = refusal.refused.path.starts_with("Subscription")
        || refusal.declaration.resource.kind == "AWS::SNS::Subscription";
    Some(match step {
        Step::Trail(trail) => Facts::trail(trail.arn.name(), &trail.arn, TrailProblem::Refused { why }),
        Step::LogGroup(arn) => Facts::log_group(arn, LogGroupProblem::Refused { why }),
        Step::MetricFilter(filter) => Facts::filter(&filter.name, FilterProblem::Refused { why }),
        Step::Alarm(alarm) => Facts::alarm(alarm.arn.name(), &alarm.arn, AlarmProblem::Refused { why }),
        Step::Topic(arn) if is_subscription => Facts::topic(arn, TopicProblem::SubscriptionRefused { why }),
        Step::Topic(arn) => Facts::topic(arn, TopicProblem::Refused { why }),
        Step::Subscription(_) => return None,
    })
}

/// That the filter which is declared for a control that has no other is refused for its pattern, so that nothing is known of it
/// but the names in it.
pub(super) fn lost(account: &Account<'_>, finding: &Finding, (meant, at): (&Meant, usize)) -> Option<Reason> {
    let reason = finding.verdicts.cis.reason.as_ref().filter(|_| finding.status != Status::Pass)?;
    let mut lost = account.lost_filters.iter().filter(|_| reason.link() == Link::MetricFilter);
    lost.find_map(|lost| {
        let refusal = lost.refusal.as_ref().filter(|_| meant.names(&lost.filter, at))?;
        let problem = FilterProblem::Refused { why: refusal.refused.why.clone() };
        Some(Reason::new(Facts::filter(&lost.filter.name, problem)))
    })
}

/// A resource that is refused, as a report names it.
pub(super) fn resource(refusal: &Refusal<'_>) -> RefusedResource {
    let Refusal { declaration, refused } = refusal;
    let at = declaration.resource.properties.find(&refused.path).and_then(|node| node.at);
    // What is missing is in nothing smaller than what lacks it.
    let above = || declaration.resource.properties.find(refused.path.rsplit_once('.')?.0)?.at;
    RefusedResource {
        kind: declaration.resource.kind.clone(),
        why: refused.why.clone(),
        place: declaration.at(at.or_else(above).or(declaration.resource.at)),
    }
}

/// Of the resources that are refused those that no finding is about, each once, in the order of their places.
pub(super) fn unreported(refused: Vec<RefusedResource>, audits: &[Audit]) -> Vec<RefusedResource> {
    let about = |finding: &'_ Finding| finding.reason.as_ref().is_some_and(|it| is_refusal(it.code()));
    let findings = audits.iter().flat_map(|audit| &audit.findings).filter(|finding| about(finding));
    let places = findings.filter_map(|finding| finding.place.as_ref());
    let known: BTreeSet<(&str, Option<&str>)> =
        places.map(|place| (place.file.as_str(), place.address.as_deref())).collect();
    let is_new = |it: &RefusedResource| !known.contains(&(it.place.file.as_str(), it.place.address.as_deref()));
    let mut new: Vec<RefusedResource> = refused.into_iter().filter(is_new).collect();
    let key = |it: &RefusedResource| {
        (it.place.file.clone(), it.place.line, it.place.column, it.place.address.clone(), it.why.clone())
    };
    new.sort_by_cached_key(key);
    new.dedup();
    new
}

/// Whether AWS refuses something.
pub(super) fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::TrailRefused
            | Code::LogGroupRefused
            | Code::MetricFilterRefused
            | Code::AlarmRefused
            | Code::TopicRefused
            | Code::SubscriptionRefused
    )
}
