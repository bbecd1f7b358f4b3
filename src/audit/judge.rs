//! One control against one account: are the events that it demands covered by filters on intact chains? (The one control
//! that demands no events is judged in `enabled`.)
//!
//! Trails that record everything each deliver every event, so the filters of all of them are pooled ([`pool`]). Here a
//! control's trails and log groups are judged, and the answer is dressed as a finding with its three verdicts.

use std::collections::BTreeSet;
use std::sync::Arc;

use filter_pattern::Pattern;

use self::pool::Pool;
use self::upstream::{Upstream, none_for, sample};
use self::verdict::Verdict;
use super::chain::Account;
use super::link::Outcome;
use super::{enabled, security_hub, trail};
use crate::arn::without_streams;
use crate::finding::facts::{AccountProblem, AlarmProblem, LogGroupProblem};
use crate::finding::{Chain, Facts, Finding, Grade, Judged, Reason, Remedy, Status, Verdicts, Warning};
use crate::rule::{Demand, Events, Rule};

mod explained;
mod joined;
mod near_miss;
mod partial;
mod pool;
mod upstream;
mod verdict;

/// Judges one control, but for events that are accepted to be missed.
pub(super) fn judge(account: &Account<'_>, rule: &Arc<Rule>, accepted: &[&Pattern]) -> Finding {
    let verdict = match &rule.demand {
        Demand::Events(events) => judge_events(account, rule, events, accepted),
        Demand::SecurityHubEnabled => Verdict::without_chain(enabled::judge(&account.snapshot)),
    };
    finding(account, rule, verdict)
}

/// Judges a control of events: does every demanded event reach a confirmed subscriber?
fn judge_events(account: &Account<'_>, rule: &Rule, events: &Events, accepted: &[&Pattern]) -> Verdict {
    let roads: Vec<Upstream<'_>> =
        account.deliveries.iter().map(|(trail, to)| Upstream::new(&account.snapshot, trail, to, events)).collect();
    let pool = Pool::new(account, &roads, rule, events, accepted);
    let verdict = if pool.is_empty() { no_filters(account, events, &roads, accepted) } else { pool.judge() };
    let mut verdict = unless_unread(verdict, &roads);
    verdict.witness = verdict.witness.and_then(|shown| partial::unnoticed(account, events, &roads, &pool, shown));
    if verdict.status == Status::Fail {
        verdict.warnings.extend(log_alarm(account, &roads));
        let near = near_misses(account, events, &roads, accepted, &verdict);
        verdict.warnings.extend(near);
    }
    let notes = explained::notes(&account.snapshot, rule, events, &verdict);
    verdict.warnings.extend(notes);
    verdict
}

/// The names of the metric filters that decide about a control: those of its finding.
pub(super) fn deciding_filters(account: &Account<'_>, rule: &Arc<Rule>) -> BTreeSet<String> {
    let finding = judge(account, rule, &[]);
    finding.chain.metric_filters().map(|filter| filter.name.clone()).collect()
}

/// The patterns of the events that take a chain on which a subscriber is notified of each of them, if no alarm is in ALARM
/// for something of every day: that is what a replay shows.
pub(super) fn sound_patterns(account: &Account<'_>, rule: &Rule, events: &Events) -> Vec<Pattern> {
    let roads: Vec<Upstream<'_>> =
        account.deliveries.iter().map(|(trail, to)| Upstream::new(&account.snapshot, trail, to, events)).collect();
    Pool::new(account, &roads, rule, events, &[]).sound_patterns().cloned().collect()
}

/// What was probably meant instead of what a failing control lacks.
fn near_misses(
    account: &Account<'_>,
    events: &Events,
    roads: &[Upstream<'_>],
    accepted: &[&Pattern],
    verdict: &Verdict,
) -> Vec<Warning> {
    let Some(reason) = &verdict.reason else { return Vec::new() };
    // Not every verdict shows an event, and one is looked for only where something is done with it.
    let is_needed = verdict.witness.is_none()
        && reason.code().leaves_unwatched()
        && !account.snapshot.whole().event_rules.is_empty();
    let sample = if is_needed { sample(events, &account.events, accepted) } else { None };
    let example = verdict.witness.as_ref().or(sample.as_ref());
    near_miss::of(account, events, roads, reason, &verdict.chain, example)
}

/// An alarm on queries of a trail's log group, which may notify of the same events in a way that no control asks for.
fn log_alarm(account: &Account<'_>, roads: &[Upstream<'_>]) -> Option<Warning> {
    // By region, each by its ARN and by its name: a group of the same name in another region is another group.
    let mut groups: BTreeSet<(&str, &str)> = BTreeSet::new();
    for arn in roads.iter().filter_map(|road| road.delivery.arn.as_ref()) {
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
fn no_filters(account: &Account<'_>, events: &Events, roads: &[Upstream<'_>], accepted: &[&Pattern]) -> Verdict {
    let snapshot = &*account.snapshot;
    if snapshot.trails.is_none() {
        return Verdict::of(trail::unlisted(snapshot), Chain::default());
    }
    if let Some(road) = roads.iter().find(|road| matches!(road.outcome, Outcome::Whole)) {
        let witness = sample(events, &account.events, accepted);
        return Verdict { witness, ..none_for(road, LogGroupProblem::NoFilter) };
    }
    let best =
        roads.iter().max_by(|a, b| a.outcome.reason().map(|r| r.code()).cmp(&b.outcome.reason().map(|r| r.code())));
    match best.and_then(|road| road.outcome.reason().map(|reason| (road, reason))) {
        Some((road, reason)) => {
            Verdict { warnings: road.also_broken.clone(), ..Verdict::of(reason.clone(), road.chain()) }
        }
        None => {
            let problem = AccountProblem::NoTrail { region: None };
            let facts = Facts::Account { account: snapshot.account_id.clone(), problem };
            Verdict::of(Reason::new(facts), Chain::default())
        }
    }
}

/// A failure becomes unknown if an unread trail or log group could hold a sound chain.
fn unless_unread(verdict: Verdict, roads: &[Upstream<'_>]) -> Verdict {
    if verdict.status != Status::Fail {
        return verdict;
    }
    let unread = roads.iter().find_map(|road| match &road.outcome {
        // Where its filters were read all the same, they are in the pool as paths that may be whole.
        Outcome::Unknown(reason) if road.delivery.is_unread() => Some(Verdict::of(reason.clone(), road.chain())),
        Outcome::Unknown(_) | Outcome::Whole | Outcome::Broken(_) => None,
    });
    unread.unwrap_or(verdict)
}

fn finding(account: &Account<'_>, rule: &Arc<Rule>, verdict: Verdict) -> Finding {
    let verdicts = verdicts(account, rule, &verdict);
    let home = verdict.chain.trail().map(|trail| trail.home_region.clone());
    Finding {
        rule: Arc::clone(rule),
        status: verdict.status,
        account_id: account.snapshot.account_id.clone(),
        region: home.unwrap_or_else(|| account.snapshot.region.clone()),
        remedy: remedy(rule, verdict.reason.as_ref().or(verdicts.effective.reason.as_ref()), &verdict.warnings),
        verdicts,
        reason: verdict.reason,
        place: None,
        waiver: None,
        exceptions: Vec::new(),
        warnings: verdict.warnings,
        chain: verdict.chain,
        witness: verdict.witness,
    }
}

fn verdicts(account: &Account<'_>, rule: &Rule, verdict: &Verdict) -> Verdicts {
    let graded = |grade| verdict.warnings.iter().find(|warning| warning.grade() == grade).cloned();
    let effective = match (verdict.status, graded(Grade::Weak), graded(Grade::Unverified)) {
        (Status::Pass, Some(weak), _) => match &verdict.doubt {
            Some(unread) => Judged::because(Status::Unknown, unread.clone()),
            None => Judged::because(Status::Fail, weak),
        },
        (Status::Pass, None, Some(unverified)) => Judged::because(Status::Unknown, unverified),
        (status, _, _) => Judged::plain(status),
    };
    let cis = Judged { status: verdict.status, reason: verdict.reason.clone() };
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
