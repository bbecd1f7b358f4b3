//! One control against one account: are the events that it demands covered by filters on intact chains? (The one control
//! that demands no events is judged in `enabled`.)
//!
//! Trails that record everything each deliver every event, so the filters of all of them are candidates together
//! ([`candidates`]). Here a control's trails and log groups are judged, and the answer is dressed as a finding with its
//! three verdicts.

use std::collections::BTreeSet;
use std::sync::Arc;

use filter_pattern::Pattern;

use self::candidates::CandidateFilters;
use self::judgement::Judgement;
pub(super) use self::reporting::{Reported, Reporting};
use self::upstream::{Upstream, none_for, sample};
use super::chain::PreparedAccount;
use super::link::LinkOutcome;
use super::{enabled, security_hub, trail};
use crate::arn::without_streams;
use crate::finding::facts::{AccountProblem, AlarmProblem, LogGroupProblem};
use crate::finding::{Chain, Facts, Finding, Grade, Judged, Reason, Remedy, Status, Verdicts, Warning};
use crate::rule::{Demand, Events, Rule};
use crate::snapshot::FurtherRegion;

mod candidates;
mod explained;
mod joined;
mod judgement;
mod near_miss;
mod partial;
mod reporting;
mod upstream;

/// Judges one control, but for events that are accepted to be missed.
pub(super) fn judge(account: &PreparedAccount<'_>, rule: &Arc<Rule>, accepted: &[&Pattern]) -> Finding {
    let judgement = match &rule.demand {
        Demand::Events(events) => judge_events(account, rule, events, accepted),
        Demand::SecurityHubEnabled => {
            let snapshot = &account.snapshot;
            Judgement::without_chain(enabled::judge(snapshot, &snapshot.region, snapshot.security_hub.as_ref()))
        }
    };
    finding(account, rule, judgement)
}

/// Judges what one control says of each further region that was asked for: only what is about a region itself says
/// something of them.
pub(super) fn in_further_regions(account: &PreparedAccount<'_>, rule: &Arc<Rule>) -> Vec<Finding> {
    let snapshot = &account.snapshot;
    match rule.demand {
        Demand::Events(_) => Vec::new(),
        Demand::SecurityHubEnabled => {
            let judged = snapshot.further_regions.iter().map(|FurtherRegion { region, security_hub }| {
                let judgement = Judgement::without_chain(enabled::judge(snapshot, region, security_hub.as_ref()));
                Finding { region: region.clone(), is_further: true, ..finding(account, rule, judgement) }
            });
            judged.collect()
        }
    }
}

/// Judges a control of events: does every demanded event reach a confirmed subscriber?
fn judge_events(account: &PreparedAccount<'_>, rule: &Rule, events: &Events, accepted: &[&Pattern]) -> Judgement {
    let upstreams: Vec<Upstream<'_>> =
        account.deliveries.iter().map(|(trail, to)| Upstream::new(&account.snapshot, trail, to, events)).collect();
    let candidates = CandidateFilters::new(account, &upstreams, rule, events, accepted);
    let judgement =
        if candidates.is_empty() { no_filters(account, events, &upstreams, accepted) } else { candidates.judge() };
    let mut judgement = unless_unread(judgement, &upstreams);
    judgement.witness =
        judgement.witness.and_then(|shown| partial::unnoticed(account, events, &upstreams, &candidates, shown));
    if judgement.status == Status::Fail {
        judgement.warnings.extend(log_alarm(account, &upstreams));
        let near = near_misses(account, events, &upstreams, accepted, &judgement);
        judgement.warnings.extend(near);
    }
    let notes = explained::notes(&account.snapshot, rule, events, &judgement);
    judgement.warnings.extend(notes);
    judgement
}

/// What reports the events that a control demands.
pub(super) fn reporting(account: &PreparedAccount<'_>, rule: &Rule, events: &Events) -> Reporting {
    let upstreams: Vec<Upstream<'_>> =
        account.deliveries.iter().map(|(trail, to)| Upstream::new(&account.snapshot, trail, to, events)).collect();
    let candidates = CandidateFilters::new(account, &upstreams, rule, events, &[]);
    let reporting = Reporting::new(&candidates, &upstreams);
    Reporting { is_open: reporting.is_open || account.snapshot.whole().trails.is_none(), ..reporting }
}

/// What was probably meant instead of what a failing control lacks.
fn near_misses(
    account: &PreparedAccount<'_>,
    events: &Events,
    upstreams: &[Upstream<'_>],
    accepted: &[&Pattern],
    judgement: &Judgement,
) -> Vec<Warning> {
    let Some(reason) = &judgement.reason else { return Vec::new() };
    // Not every verdict shows an event, and one is looked for only where something is done with it.
    let is_needed = judgement.witness.is_none()
        && reason.code().leaves_unwatched()
        && !account.snapshot.whole().event_rules.is_empty();
    let sample = if is_needed { sample(events, account.proofs.events(), accepted) } else { None };
    let example = judgement.witness.as_ref().or(sample.as_ref());
    near_miss::find(account, events, upstreams, reason, &judgement.chain, example)
}

/// An alarm on queries of a trail's log group, which may notify of the same events in a way that no control asks for.
fn log_alarm(account: &PreparedAccount<'_>, upstreams: &[Upstream<'_>]) -> Option<Warning> {
    // By region, each by its ARN and by its name: a group of the same name in another region is another group.
    let mut groups: BTreeSet<(&str, &str)> = BTreeSet::new();
    for arn in upstreams.iter().filter_map(|upstream| upstream.delivery.arn.as_ref()) {
        let region = arn.region();
        groups.extend(region.into_iter().flat_map(|region| [(region, arn.as_str()), (region, arn.name())]));
    }
    let is_ours = |region: &str, named: &str| groups.contains(&(region, without_streams(named)));
    let alarms = account.snapshot.alarms.iter();
    let mut alarms = alarms.flat_map(|alarms| alarms.log_alarms.iter().map(|alarm| (alarms.region.as_str(), alarm)));
    let (_, alarm) = alarms.find(|(region, alarm)| alarm.log_groups.iter().any(|named| is_ours(region, named)))?;
    Some(Reason::new(Facts::alarm(&alarm.name, &alarm.arn, AlarmProblem::OnLogs)))
}

/// No trail's events meet a metric filter that could be read.
fn no_filters(
    account: &PreparedAccount<'_>,
    events: &Events,
    upstreams: &[Upstream<'_>],
    accepted: &[&Pattern],
) -> Judgement {
    let snapshot = &*account.snapshot;
    if snapshot.trails.is_none() {
        return Judgement::from_reason(trail::unlisted(snapshot), Chain::default());
    }
    if let Some(upstream) = upstreams.iter().find(|upstream| matches!(upstream.outcome, LinkOutcome::Whole)) {
        let witness = sample(events, account.proofs.events(), accepted);
        return Judgement { witness, ..none_for(upstream, LogGroupProblem::NoFilter) };
    }
    let best =
        upstreams.iter().max_by(|a, b| a.outcome.reason().map(|r| r.code()).cmp(&b.outcome.reason().map(|r| r.code())));
    match best.and_then(|upstream| upstream.outcome.reason().map(|reason| (upstream, reason))) {
        Some((upstream, reason)) => Judgement {
            warnings: upstream.also_broken.clone(),
            ..Judgement::from_reason(reason.clone(), upstream.chain())
        },
        None => {
            let problem = AccountProblem::NoTrail { region: None };
            let facts = Facts::Account { account: snapshot.account_id.clone(), problem };
            Judgement::from_reason(Reason::new(facts), Chain::default())
        }
    }
}

/// A failure becomes unknown if an unread trail or log group could hold a sound chain.
fn unless_unread(judgement: Judgement, upstreams: &[Upstream<'_>]) -> Judgement {
    if judgement.status != Status::Fail {
        return judgement;
    }
    let unread = upstreams.iter().find_map(|upstream| match &upstream.outcome {
        // Where its filters were read all the same, they are in the candidates as paths that may be whole.
        LinkOutcome::Unknown(reason) if upstream.delivery.is_unread() => {
            Some(Judgement::from_reason(reason.clone(), upstream.chain()))
        }
        LinkOutcome::Unknown(_) | LinkOutcome::Whole | LinkOutcome::Broken(_) => None,
    });
    unread.unwrap_or(judgement)
}

fn finding(account: &PreparedAccount<'_>, rule: &Arc<Rule>, judgement: Judgement) -> Finding {
    let verdicts = verdicts(account, rule, &judgement);
    let home = judgement.chain.trail().map(|trail| trail.home_region.clone());
    Finding {
        rule: Arc::clone(rule),
        status: judgement.status,
        account_id: account.snapshot.account_id.clone(),
        region: home.unwrap_or_else(|| account.snapshot.region.clone()),
        is_further: false,
        remedy: remedy(rule, judgement.reason.as_ref().or(verdicts.effective.reason.as_ref()), &judgement.warnings),
        verdicts,
        reason: judgement.reason,
        place: None,
        waiver: None,
        exceptions: Vec::new(),
        warnings: judgement.warnings,
        chain: judgement.chain,
        witness: judgement.witness,
    }
}

fn verdicts(account: &PreparedAccount<'_>, rule: &Rule, judgement: &Judgement) -> Verdicts {
    let graded = |grade| judgement.warnings.iter().find(|warning| warning.grade() == grade).cloned();
    let effective = match (judgement.status, graded(Grade::Weak), graded(Grade::Unverified)) {
        (Status::Pass, Some(weak), _) => match &judgement.doubt {
            Some(unread) => Judged::because(Status::Unknown, unread.clone()),
            None => Judged::because(Status::Fail, weak),
        },
        (Status::Pass, None, Some(unverified)) => Judged::because(Status::Unknown, unverified),
        (status, _, _) => Judged::plain(status),
    };
    let cis = Judged { status: judgement.status, reason: judgement.reason.clone() };
    let security_hub = security_hub::predict(account, rule, &cis);
    Verdicts { cis, effective, security_hub }
}

/// What to do: the remedy of the reason, with the control's pattern where a filter is at fault.
fn remedy(rule: &Rule, reason: Option<&Reason>, notes: &[Warning]) -> Option<Remedy> {
    let reason = reason?;
    let events = rule.demand.events().filter(|_| reason.code().wants_pattern());
    Some(Remedy {
        words: reason.remedy_beside(notes),
        pattern: events.map(|events| events.pattern.source().to_owned()),
    })
}
