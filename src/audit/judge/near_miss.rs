//! What was probably meant, where a control has nothing at a link: a filter with a slip in its pattern, the right one on
//! another log group, an alarm on a metric of nearly the same name; and EventBridge rules that match the same events.
//!
//! It looks at what was read already, only for controls that end in nothing, and decides nothing: what it finds are
//! notes next to the verdict.

use filter_pattern::Witness;

use super::upstream::Upstream;
use crate::audit::chain::Account;
use crate::finding::facts::{MetricProblem, NearMiss};
use crate::finding::{Chain, Code, Facts, Reason, Warning};
use crate::rule::Events;

mod alarms;
mod duds;
mod elsewhere;
mod event_rules;

/// What was probably meant where a reason says that there is nothing; nothing of any other reason.
pub(super) fn of(
    account: &Account<'_>,
    events: &Events,
    roads: &[Upstream<'_>],
    reason: &Reason,
    chain: &Chain,
    example: Option<&Witness>,
) -> Vec<Warning> {
    let mut near = match (reason.code(), &*reason.facts) {
        (Code::TrailNone | Code::LogGroupNone | Code::MetricFilterNone, _) => {
            let mut near = duds::of(account, events, roads);
            near.extend(elsewhere::of(account, events, roads, chain));
            near
        }
        // Of filters for something else it is said what they miss, and not of the one that was meant.
        (Code::MetricFilterMissesEvents, _) => duds::of(account, events, roads),
        (Code::AlarmNone, Facts::Metric { problem: MetricProblem::NoAlarm, .. }) => {
            let mut near = alarms::of(account.home_of(chain.log_group()), chain);
            near.push(NearMiss::MonitoringAccount);
            near
        }
        _ => Vec::new(),
    };
    let example = example.filter(|_| reason.code().leaves_unwatched());
    if let Some(example) = example {
        let is_recorded = reason.code() != Code::TrailNone;
        near.extend(event_rules::of(&account.snapshot, events, example, is_recorded));
    }
    near.into_iter().map(|near| Reason::new(Facts::NearMiss(near))).collect()
}
