//! Resources of one name in one place: only one of them will exist, or the deployment is refused.

use crate::declared::Home;
use crate::declared::account::{Account, Certainty, Declaration, filter_key};
use crate::finding::facts::{AlarmProblem, FilterProblem, LogGroupProblem, TopicProblem, TrailProblem};
use crate::finding::{Facts, Finding, Reason, Status, Step};

/// The first resource of a finding's chain that is declared twice, and how certain that is: two documents may be
/// deployed in two regions.
pub(super) fn twin(account: &Account<'_>, finding: &Finding) -> Option<(Reason, Certainty)> {
    if account.twins.is_empty() || finding.status == Status::Fail {
        return None;
    }
    finding.chain.steps().iter().find_map(|step| {
        let key = match step {
            Step::Trail(trail) => trail.arn.to_string(),
            Step::LogGroup(arn) => arn.to_string(),
            Step::MetricFilter(filter) => filter_key(finding.chain.log_group()?, &filter.name),
            Step::Alarm(alarm) => alarm.arn.to_string(),
            Step::Topic(arn) => arn.to_string(),
            Step::Subscription(_) => return None,
        };
        let first = account.declarations.get(&key)?;
        let others = account.twins.get(&key)?;
        let places = std::iter::once(first).chain(others).map(words).collect();
        let is_certain = others.iter().any(|other| is_certain(account, finding, first, other));
        let certainty = if is_certain { Certainty::Certain } else { Certainty::New };
        Some((Reason::new(facts(step, places)?), certainty))
    })
}

fn words(declaration: &Declaration<'_>) -> String {
    format!("{} ({})", declaration.resource.address, declaration.place().words())
}

/// Whether both are deployed in the same account and region for certain.
fn is_certain(account: &Account<'_>, finding: &Finding, one: &Declaration<'_>, other: &Declaration<'_>) -> bool {
    let is_known = account.snapshot.account_id != Home::ACCOUNT && finding.region != Home::REGION;
    // One document may be about several places.
    is_known || account.adrift.is_none() && one.resource.file == other.resource.file
}

fn facts(step: &Step, places: Vec<String>) -> Option<Facts> {
    Some(match step {
        Step::Trail(trail) => Facts::trail(trail.arn.name(), &trail.arn, TrailProblem::DeclaredTwice { places }),
        Step::LogGroup(arn) => Facts::log_group(arn, LogGroupProblem::DeclaredTwice { places }),
        Step::MetricFilter(filter) => Facts::filter(&filter.name, FilterProblem::DeclaredTwice { places }),
        Step::Alarm(alarm) => Facts::alarm(alarm.arn.name(), &alarm.arn, AlarmProblem::DeclaredTwice { places }),
        Step::Topic(arn) => Facts::topic(arn, TopicProblem::DeclaredTwice { places }),
        Step::Subscription(_) => return None,
    })
}
