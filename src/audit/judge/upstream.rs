//! The first two links for a control: a trail, and the log group that it delivers to.

use filter_pattern::{Candidate, Coverage, EventModel, Pattern, Witness};

use super::judgement::Judgement;
use crate::audit::indexed::Indexed;
use crate::audit::link::LinkOutcome;
use crate::audit::log_group::Delivery;
use crate::audit::trail;
use crate::finding::facts::{LogGroupProblem, TrailProblem};
use crate::finding::{Chain, Facts, ForeignTrail, Link, Reason, Step, TrailStep, Warning};
use crate::rule::Events;
use crate::snapshot::Trail;

/// A trail and its log group, judged for a control.
pub(super) struct Upstream<'a> {
    pub(super) trail: &'a Trail,
    pub(super) delivery: &'a Delivery<'a>,
    pub(super) outcome: LinkOutcome,
    pub(super) warnings: Vec<Warning>,
    /// What else of the trail is broken.
    pub(super) also_broken: Vec<Reason>,
}

impl<'a> Upstream<'a> {
    pub(super) fn new(snapshot: &Indexed<'_>, trail: &'a Trail, delivery: &'a Delivery<'a>, events: &Events) -> Self {
        let trail::Judged { outcome, mut warnings, also_broken } = trail::judge(snapshot, trail, events);
        warnings.extend(delivery.stale.clone());
        let outcome = outcome.and(delivery.outcome.clone());
        let owner = trail.arn.account().filter(|owner| *owner != snapshot.account_id);
        let outcome = match owner {
            // An organization's trail, seen from a member.
            Some(owner) => {
                outcome.of_foreign_trail(&ForeignTrail { name: trail.name.clone(), owner: owner.to_owned() })
            }
            None => outcome,
        };
        Self { trail, delivery, outcome, warnings, also_broken }
    }

    /// This part of the chain: a broken link's own resource is shown, nothing after it.
    pub(super) fn chain(&self) -> Chain {
        let at_trail = matches!(&self.outcome, LinkOutcome::Broken(reason) if reason.link() == Link::Trail);
        let Trail { arn, home_region, .. } = self.trail;
        let trail = TrailStep { arn: arn.clone(), home_region: home_region.clone() };
        let log_group = self.delivery.arn.clone().filter(|_| !at_trail);
        Chain::fan(Step::Trail(trail), log_group.map(Step::LogGroup))
    }
}

/// The log group has no filter for the control.
pub(super) fn none_for(upstream: &Upstream<'_>, problem: LogGroupProblem) -> Judgement {
    let Trail { name, arn, .. } = upstream.trail;
    let facts = match &upstream.delivery.arn {
        Some(group) => Facts::log_group(group, problem),
        None => Facts::trail(name, arn, TrailProblem::NoLogGroup),
    };
    Judgement::from_reason(Reason::new(facts), upstream.chain())
}

/// A plain event that the control demands, and that is not accepted.
pub(super) fn sample(events: &Events, model: &EventModel, accepted: &[&Pattern]) -> Option<Witness> {
    let accepted: Vec<Candidate<'_>> = accepted.iter().map(|events| Candidate::new(events)).collect();
    match filter_pattern::covers(&accepted, &events.requires, model) {
        Coverage::Missed(witness) => Some(witness),
        Coverage::Covered | Coverage::Undecided(_) => None,
    }
}
