//! Metric filters for a control's events on a log group that these events do not reach.

use std::collections::BTreeMap;

use crate::arn::LogGroupArn;
use crate::audit::chain::PreparedAccount;
use crate::audit::judge::upstream::Upstream;
use crate::audit::link::LinkOutcome;
use crate::audit::metric_filter::Parsed;
use crate::finding::facts::{NearMiss, NotReached};
use crate::finding::{Chain, Facts, Reason};
use crate::rule::Events;
use crate::snapshot::LogGroup;

/// Log groups that are named at most.
const MOST: usize = 3;

/// The log groups that have such a filter, those of the chain's region first.
pub(super) fn find(
    account: &PreparedAccount<'_>,
    events: &Events,
    upstreams: &[Upstream<'_>],
    chain: &Chain,
) -> Vec<NearMiss> {
    let mut aims: BTreeMap<(&str, bool, Option<&str>), bool> = BTreeMap::new();
    let mut found = Vec::new();
    let mut groups: Vec<&LogGroup> = account.snapshot.whole().log_groups.iter().collect();
    let region = chain.log_group().and_then(|arn| arn.region());
    groups.sort_by_key(|group| (group.arn.region() != region, &group.arn));
    for group in groups {
        let Some(why) = not_reached(&group.arn, upstreams, chain) else { continue };
        let mut filters = Vec::new();
        for filter in group.metric_filters.iter().flatten() {
            let reading =
                (filter.pattern.as_str(), filter.apply_on_transformed_logs, filter.field_selection_criteria.as_deref());
            let is_meant = *aims.entry(reading).or_insert_with(|| {
                let parsed = Parsed::shared(filter);
                parsed.looks_into_json() && account.proofs.aims_at(&parsed, &events.requires)
            });
            if is_meant {
                filters.push(filter.name.clone());
            }
        }
        if !filters.is_empty() {
            found.push(NearMiss::Elsewhere { filters, log_group: group.arn.clone(), why });
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// Why a log group gets none of the events, or not all. `None`: for all that is known it gets them.
fn not_reached(group: &LogGroupArn, upstreams: &[Upstream<'_>], chain: &Chain) -> Option<NotReached> {
    let mut here = upstreams.iter().filter(|upstream| upstream.delivery.arn.as_ref() == Some(group)).peekable();
    if here.peek().is_none() {
        let instead = chain.trail().map(|trail| trail.arn.name().to_owned()).zip(chain.log_group().cloned());
        return Some(NotReached::NoTrail { instead });
    }
    let mut why = None;
    for upstream in here {
        match &upstream.outcome {
            LinkOutcome::Whole | LinkOutcome::Unknown(_) => return None,
            LinkOutcome::Broken(reason) => why = why.or_else(|| at_fault(reason)),
        }
    }
    why
}

fn at_fault(reason: &Reason) -> Option<NotReached> {
    match &*reason.facts {
        Facts::Trail { trail, problem } => {
            Some(NotReached::Trail { trail: trail.name.clone(), problem: problem.clone() })
        }
        Facts::LogGroup { problem, .. } => Some(NotReached::LogGroup { problem: problem.clone() }),
        _ => None,
    }
}
