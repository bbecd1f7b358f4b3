//! Chains behind trails that record only a part of the account's events: of one region, or of one kind. No control passes
//! by them, but an event that one of them notifies of is not shown as unnoticed.
//!
//! Where what a trail records cannot be narrowed down it is taken for everything: an event too few is shown rather than
//! one that is noticed.

use filter_pattern::{Coverage, Witness};

use super::candidates::CandidateFilters;
use super::upstream::Upstream;
use crate::audit::alarm::Narrowing;
use crate::audit::chain::PreparedAccount;
use crate::audit::link::LinkOutcome;
use crate::audit::metric_filter::Parsed;
use crate::finding::{Code, Reason};
use crate::partition::Partition;
use crate::rule::Events;
use crate::snapshot::Trail;

/// Services whose events are of no region: CloudTrail records them in the partition's main region alone (CloudTrail user
/// guide, "Global service events").
const GLOBAL: &[&str] = &["iam.amazonaws.com", "organizations.amazonaws.com", "cloudfront.amazonaws.com"];

/// The event that a control's verdict shows, or another, of which no chain of the account notifies. `None`: none is known.
pub(super) fn unnoticed(
    account: &PreparedAccount<'_>,
    events: &Events,
    upstreams: &[Upstream<'_>],
    candidates: &CandidateFilters<'_>,
    shown: Witness,
) -> Option<Witness> {
    let partial: Vec<Parsed> = upstreams.iter().flat_map(|upstream| notifying(account, events, upstream)).collect();
    if partial.is_empty() {
        return Some(shown);
    }
    // The event is written down without what no candidate filter looks at, such as its region: it is searched anew.
    match candidates.beside(&partial) {
        Coverage::Missed(witness) if witness.exceptions().is_empty() => Some(witness),
        Coverage::Missed(_) | Coverage::Covered | Coverage::Undecided(_) => None,
    }
}

/// The patterns of what is notified of behind a trail that records a part.
fn notifying(account: &PreparedAccount<'_>, events: &Events, upstream: &Upstream<'_>) -> Vec<Parsed> {
    let Some(part) = Part::recorded_by(account, events, upstream) else { return Vec::new() };
    let paths = account.filters_of(upstream.delivery).iter().flat_map(|filter| &filter.paths);
    let notifying = paths.filter(|path| !matches!(path.downstream.outcome, LinkOutcome::Broken(_)));
    notifying.map(|path| part.of_filter(&path.parsed)).collect()
}

/// What of the account's events a trail records.
enum Part {
    /// Those of a region.
    Region(String),
    /// Some; which is not stated.
    Some,
}

impl Part {
    /// `None`: all, so that its filters are candidates, or none of what is demanded.
    fn recorded_by(account: &PreparedAccount<'_>, events: &Events, upstream: &Upstream<'_>) -> Option<Self> {
        let LinkOutcome::Broken(reason) = &upstream.outcome else { return None };
        let is_partial = |reason: &Reason| {
            matches!(
                reason.code(),
                Code::TrailSingleRegion
                    | Code::TrailNoReadEvents
                    | Code::TrailNoWriteEvents
                    | Code::TrailSelectorNarrowed
            )
        };
        if !is_partial(reason)
            || !upstream.also_broken.iter().all(is_partial)
            || matches!(upstream.delivery.outcome, LinkOutcome::Broken(_))
        {
            return None;
        }
        let Trail { home_region, is_multi_region, include_global_service_events, .. } = upstream.trail;
        let is_global = events.source.as_deref().is_some_and(|source| GLOBAL.contains(&source));
        match (*is_multi_region, is_global) {
            (true, _) => Some(Self::Some),
            (false, false) => Some(Self::Region(home_region.clone())),
            (false, true) => {
                let main = Partition::named(&account.snapshot.partition).map(|partition| partition.main_region);
                (*include_global_service_events && main.is_none_or(|main| main == home_region)).then_some(Self::Some)
            }
        }
    }

    fn of_filter(&self, parsed: &Parsed) -> Parsed {
        let narrowing = match self {
            Self::Region(region) => vec![("awsRegion".to_owned(), "$.awsRegion".to_owned(), region.clone())],
            Self::Some => Vec::new(),
        };
        parsed.narrowed(&Narrowing::Where(narrowing))
    }
}
