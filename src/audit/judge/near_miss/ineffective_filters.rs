//! Metric filters that were meant for a control's events and match none of them, or look for their texts anywhere.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::audit::chain::PreparedAccount;
use crate::audit::judge::upstream::Upstream;
use crate::audit::link::LinkOutcome;
use crate::audit::metric_filter::Parsed;
use crate::audit::proofs::{Filters, Proofs};
use crate::finding::facts::NearMiss;
use crate::rule::catalog::Catalog;
use crate::rule::{Benchmark, Events};

/// Metric filters that are named at most.
const MOST: usize = 3;

/// Such filters, on log groups that get the events.
pub(super) fn find(account: &PreparedAccount<'_>, events: &Events, upstreams: &[Upstream<'_>]) -> Vec<NearMiss> {
    static BUILTIN: LazyLock<Option<Catalog>> =
        LazyLock::new(|| Catalog::builtin_without_claims(Benchmark::default()).ok());
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for upstream in upstreams.iter().filter(|upstream| !matches!(upstream.outcome, LinkOutcome::Broken(_))) {
        let Some(group) = upstream.delivery.arn.as_ref().filter(|arn| seen.insert(*arn)) else { continue };
        for filter in account.filters_of(upstream.delivery) {
            let Some(pattern) = filter.parsed.pattern() else { continue };
            let (name, log_group) = (filter.filter.name.clone(), group.clone());
            let texts = filter_pattern::mentions(pattern, &events.requires);
            if !texts.is_empty() {
                found.push(NearMiss::Text { filter: name, log_group, texts });
            } else {
                let slips = filter_pattern::slips(pattern, &events.requires, account.proofs.events());
                if slips.is_empty()
                    || BUILTIN.as_ref().is_some_and(|all| serves_another(all, &filter.parsed, events, &account.proofs))
                {
                    continue;
                }
                found.push(NearMiss::MatchesNone { filter: name, log_group, slips, serves: None });
            }
            if found.len() == MOST {
                return found;
            }
        }
    }
    found
}

/// Whether a filter matches all that some version of the benchmark requires of another control: then it is right as it is,
/// however much one of its names is like one that this control requires.
fn serves_another(builtin: &Catalog, filter: &Parsed, events: &Events, proofs: &Proofs<'_>) -> bool {
    let all = builtin.rules().iter().flat_map(|rule| rule.events_of_versions());
    let mut others = all.map(|(_, other)| other).filter(|other| other.requires != events.requires);
    others.any(|other| proofs.is_covered(&Filters::new([filter], &[]), &other.requires))
}
