//! Resources that AWS refuses as they are declared: what is built on them will not exist.

use crate::declared::account::{Account, Refusal, filter_key};
use crate::finding::facts::{AlarmProblem, FilterProblem, LogGroupProblem, TopicProblem, TrailProblem};
use crate::finding::{Facts, Finding, Reason, Status, Step};

/// The first resource of a finding's chain that AWS refuses, and whether that is certain.
pub(super) fn refused(account: &Account<'_>, finding: &Finding) -> Option<(Reason, bool)> {
    if account.refused.is_empty() || finding.status == Status::Fail {
        return None;
    }
    let (step, refusal) = first(account, finding)?;
    Some((Reason::new(facts(step, refusal)?), refusal.refused.is_certain))
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
