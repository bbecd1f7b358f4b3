//! Resources that AWS refuses as they are declared: what is built on them will not exist.

use std::collections::BTreeSet;

use super::meant::Meant;
use super::unknown::unknown_at;
use crate::declared::account::{Account, Certainty, Refusal, filter_key};
use crate::finding::facts::{AlarmProblem, FilterProblem, LogGroupProblem, TopicProblem, TrailProblem};
use crate::finding::{Audit, Code, Facts, Finding, Link, Reason, RefusedResource, Status, Step, Unread};
use crate::snapshot::DocumentPart;

/// The first resource of a finding's chain that AWS refuses, and how certain that is.
pub(super) fn refused(account: &Account<'_>, finding: &Finding) -> Option<(Reason, Certainty)> {
    if account.refused.is_empty() {
        return None;
    }
    let (step, refusal) = first(account, finding)?;
    let reason = Reason::new(facts(step, refusal)?);
    // What fails behind it may fail for it, as for a name that is misspelt.
    let failing = finding.verdicts.cis.reason.as_ref().filter(|_| finding.status == Status::Fail);
    let is_cause = failing.is_none_or(|failing| refusal.refused.is_certain() && reason.link() <= failing.link());
    let certainty = refusal.refused.certainty;
    if certainty != Certainty::Unshown {
        return is_cause.then_some((reason, certainty));
    }
    // What is not known already stays so for its own reason, and what fails behind it fails as well if it is made of what it
    // refers to: but if the log group of a trail is another, everything behind it may be.
    let is_another = failing.is_some() && refusal.refused.path == "CloudWatchLogsLogGroupArn";
    let unknown = unknown_at(account, finding, reason.link(), Unread::AtDeployment(Box::new(unshown(refusal))));
    (finding.status == Status::Pass || is_another).then_some((unknown, certainty))
}

/// The part of a document that does not show whether it is what AWS refuses.
fn unshown(refusal: &Refusal<'_>) -> DocumentPart {
    let Refusal { declaration, refused } = refusal;
    let property = refused.path.split(['.', '[']).next().unwrap_or(&refused.path);
    let place = resource(refusal).place;
    // With the files there are lines.
    let hint = if place.line.is_none() { " (--source DIR may show which)" } else { "" };
    let why = format!("it is what it refers to, which AWS will refuse, or made of that{hint}: {}", refused.why);
    DocumentPart {
        file: declaration.resource.file.clone(),
        line: place.line,
        address: declaration.resource.address.clone(),
        property: Some(declaration.resource.argument(property).to_owned()),
        why: Some(why),
        instead_of: "logs:DescribeMetricFilters".to_owned(),
    }
}

/// The step of the chain that is refused, and what is refused of it: what is certain before what is not.
pub(super) fn first<'c, 'a>(account: &'c Account<'a>, finding: &'c Finding) -> Option<(&'c Step, &'c Refusal<'a>)> {
    let each = finding.chain.steps().iter().filter_map(|step| {
        let keys = match step {
            Step::Trail(trail) => vec![trail.arn.to_string()],
            Step::LogGroup(arn) => vec![arn.to_string()],
            Step::MetricFilter(filter) => vec![filter_key(finding.chain.log_group()?, &filter.name)],
            Step::Alarm(alarm) => vec![alarm.arn.to_string()],
            Step::Topic(arn) => vec![arn.to_string(), format!("policy of {arn}"), format!("subscription of {arn}")],
            Step::Subscription(_) => Vec::new(),
        };
        keys.iter().find_map(|key| account.refused.get(key)).map(|refusal| (step, refusal))
    });
    let all: Vec<(&Step, &Refusal<'_>)> = each.collect();
    all.iter().find(|(_, refusal)| refusal.refused.is_certain()).or(all.first()).copied()
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
