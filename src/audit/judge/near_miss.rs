//! What was probably meant, where a control has nothing at a link: a filter with a slip in its pattern, the right one on
//! another log group, an alarm on a metric of nearly the same name; and EventBridge rules that match the same events.
//!
//! It looks at what was read already, only for controls that end in nothing, and decides nothing: what it finds are
//! notes next to the verdict.

use std::collections::BTreeSet;

use filter_pattern::Witness;

use super::upstream::Upstream;
use crate::arn::Arn;
use crate::audit::chain::PreparedAccount;
use crate::finding::facts::{MetricProblem, NearMiss};
use crate::finding::{Chain, Code, Facts, Reason, Warning};
use crate::rule::Events;
use crate::snapshot::{MonitoringLink, Snapshot};

mod alarms;
mod event_rules;
mod ineffective_filters;
mod other_log_groups;

/// The monitoring accounts that get the metrics of a chain; nothing where it is known that there are none.
fn monitoring(snapshot: &Snapshot, chain: &Chain) -> Option<NearMiss> {
    let region = chain.log_group().and_then(|arn| arn.region());
    let read = snapshot.monitoring_links.iter().find(|links| Some(links.region.as_str()) == region);
    let Some(read) = read else { return Some(NearMiss::MonitoringAccount { accounts: Vec::new() }) };
    let sinks = read.links.iter().filter(|link| link.shares_metrics());
    // Of a sink's ARN that is none, the text itself.
    let account =
        |link: &MonitoringLink| Arn::parse(&link.sink_arn).map_or(link.sink_arn.clone(), |arn| arn.account.to_owned());
    let accounts: BTreeSet<String> = sinks.map(account).collect();
    (!accounts.is_empty()).then(|| NearMiss::MonitoringAccount { accounts: accounts.into_iter().collect() })
}

/// What was probably meant where a reason says that there is nothing; nothing of any other reason.
pub(super) fn find(
    account: &PreparedAccount<'_>,
    events: &Events,
    upstreams: &[Upstream<'_>],
    reason: &Reason,
    chain: &Chain,
    example: Option<&Witness>,
) -> Vec<Warning> {
    let mut near = match (reason.code(), &*reason.facts) {
        (Code::TrailNone | Code::LogGroupNone | Code::MetricFilterNone, _) => {
            let mut near = ineffective_filters::find(account, events, upstreams);
            near.extend(other_log_groups::find(account, events, upstreams, chain));
            near
        }
        // Of filters for something else it is said what they miss, and not of the one that was meant.
        (Code::MetricFilterMissesEvents, _) => ineffective_filters::find(account, events, upstreams),
        (Code::AlarmNone, Facts::Metric { problem: MetricProblem::NoAlarm, .. }) => {
            let home = account.home_of(chain.log_group());
            let mut near = alarms::find(home, chain);
            near.extend(monitoring(home, chain));
            near
        }
        _ => Vec::new(),
    };
    let example = example.filter(|_| reason.code().leaves_unwatched());
    if let Some(example) = example {
        let is_recorded = reason.code() != Code::TrailNone;
        near.extend(event_rules::find(&account.snapshot, events, example, is_recorded));
    }
    near.into_iter().map(|near| Reason::new(Facts::NearMiss(near))).collect()
}
