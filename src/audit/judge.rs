//! One control against one account: are the events that it demands covered by filters on intact chains? (The one control
//! that demands no events is judged in `enabled`.)
//!
//! Trails that record everything each deliver every event, so the filters of all of them are pooled ([`pool`]). Here a
//! control's trails and log groups are judged, and the answer is dressed as a finding with its three verdicts.

use std::collections::BTreeSet;

use self::pool::Pool;
use super::chain::Account;
use super::indexed::Indexed;
use super::link::Outcome;
use super::log_group::Delivery;
use super::{enabled, security_hub, trail};
use crate::arn::Arn;
use crate::finding::{Chain, Code, Finding, Grade, Judged, Reason, Status, TrailStep, Verdicts, Warning};
use crate::pattern::{self, Coverage, Witness};
use crate::rule::{Demand, Events, Rule};
use crate::snapshot::Trail;

mod pool;

/// Judges one control.
pub(super) fn judge(account: &Account<'_>, rule: &Rule) -> Finding {
    let verdict = match &rule.demand {
        Demand::Events(events) => told(account, rule, events),
        Demand::SecurityHubEnabled => Verdict::without_chain(enabled::judge(&account.snapshot)),
    };
    finding(account, rule, verdict)
}

/// Is a person told of these events?
fn told(account: &Account<'_>, rule: &Rule, events: &Events) -> Verdict {
    let roads: Vec<Upstream<'_>> =
        account.deliveries.iter().map(|(trail, to)| Upstream::new(&account.snapshot, trail, to, events)).collect();
    let pool = Pool::new(account, &roads, rule, events);
    let verdict = if pool.is_empty() { no_filters(account, events, &roads) } else { pool.judge() };
    let mut verdict = unless_unread(verdict, &roads);
    if verdict.status == Status::Fail {
        verdict.warnings.extend(log_alarm(account, &roads));
    }
    verdict
}

/// An alarm on queries of a trail's log group, which may tell of the same events in a way that no control asks for.
fn log_alarm(account: &Account<'_>, roads: &[Upstream<'_>]) -> Option<Warning> {
    // By region, each by its ARN and by its name: a group of the same name in another region is another group.
    let mut groups: BTreeSet<(&str, &str)> = BTreeSet::new();
    for arn in roads.iter().filter_map(|road| road.delivery.arn.as_deref()) {
        let region = Arn::parse(arn).map(|arn| arn.region);
        groups.extend(region.into_iter().flat_map(|region| [(region, arn), (region, super::log_group::name(arn))]));
    }
    let is_ours =
        |region: &str, named: &str| groups.contains(&(region, crate::snapshot::without_stream_wildcard(named)));
    let alarms = account.snapshot.alarms.iter();
    let mut alarms = alarms.flat_map(|alarms| alarms.log_alarms.iter().map(|alarm| (alarms.region.as_str(), alarm)));
    let (_, alarm) = alarms.find(|(region, alarm)| alarm.log_groups.iter().any(|named| is_ours(region, named)))?;
    let message = format!("log alarm {} watches the log group by a query, without a metric filter", alarm.name);
    Some(Reason::new(Code::AlarmOnLogs, &alarm.arn, message))
}

/// A trail and its log group, judged for a control.
struct Upstream<'a> {
    trail: &'a Trail,
    delivery: &'a Delivery<'a>,
    outcome: Outcome,
    warnings: Vec<Warning>,
}

impl<'a> Upstream<'a> {
    fn new(snapshot: &Indexed<'_>, trail: &'a Trail, delivery: &'a Delivery<'a>, events: &Events) -> Self {
        let (outcome, mut warnings) = trail::judge(snapshot, trail, events);
        warnings.extend(delivery.stale.clone());
        let outcome = outcome.and(delivery.outcome.clone());
        let owner = Arn::parse(&trail.arn).map(|arn| arn.account).filter(|owner| *owner != snapshot.account_id);
        let outcome = match owner {
            // An organization's trail, seen from a member.
            Some(owner) => outcome.with(&format!("; trail {} is account {owner}'s: look and change there", trail.name)),
            None => outcome,
        };
        Self { trail, delivery, outcome, warnings }
    }

    /// The chain as far as this part of it goes: a broken link's own resource is shown, nothing after it.
    fn chain(&self) -> Chain {
        let at_trail = matches!(&self.outcome, Outcome::Broken(reason) if reason.link() == crate::finding::Link::Trail);
        Chain {
            trail: Some(TrailStep { arn: self.trail.arn.clone(), home_region: self.trail.home_region.clone() }),
            log_group: self.delivery.arn.clone().filter(|_| !at_trail),
            ..Chain::default()
        }
    }
}

/// What is said of a control, before it is dressed as a finding.
struct Verdict {
    status: Status,
    reason: Option<Reason>,
    chain: Chain,
    warnings: Vec<Warning>,
    /// Of a weak pass: what was not read, and could hold one that is not weak.
    doubt: Option<Reason>,
    witness: Option<Witness>,
}

impl Verdict {
    fn of(reason: Reason, chain: Chain) -> Self {
        let status = match reason.grade() {
            Grade::Unverified => Status::Unknown,
            Grade::Broken | Grade::Weak | Grade::Note => Status::Fail,
        };
        Self { status, reason: Some(reason), chain, warnings: Vec::new(), doubt: None, witness: None }
    }

    /// Of a control that asks for no chain.
    fn without_chain(outcome: Outcome) -> Self {
        let pass = Self {
            status: Status::Pass,
            reason: None,
            chain: Chain::default(),
            warnings: Vec::new(),
            doubt: None,
            witness: None,
        };
        match outcome {
            Outcome::Whole => pass,
            Outcome::Unknown(reason) | Outcome::Broken(reason) => Self::of(reason, Chain::default()),
        }
    }
}

/// No trail's events meet a metric filter that could be read.
fn no_filters(account: &Account<'_>, events: &Events, roads: &[Upstream<'_>]) -> Verdict {
    let snapshot = &*account.snapshot;
    if snapshot.trails.is_none() {
        return Verdict::of(trail::unlisted(snapshot), Chain::default());
    }
    if let Some(road) = roads.iter().find(|road| matches!(road.outcome, Outcome::Whole)) {
        return none_for(events, road, "has no metric filter");
    }
    let best = roads.iter().max_by(|a, b| a.outcome.reason().map(|r| r.code).cmp(&b.outcome.reason().map(|r| r.code)));
    match best.and_then(|road| road.outcome.reason().map(|reason| (road, reason))) {
        Some((road, reason)) => Verdict::of(reason.clone(), road.chain()),
        None => {
            let message = format!("account {} has no trail", snapshot.account_id);
            Verdict::of(Reason::absent(Code::TrailNone, message), Chain::default())
        }
    }
}

/// The log group has no filter for the control; an event of the control shows what nobody would be told of.
fn none_for(events: &Events, road: &Upstream<'_>, what: &str) -> Verdict {
    let arn = road.delivery.arn.as_deref().unwrap_or_default();
    let message = format!("log group {} {what}", super::log_group::name(arn));
    let mut verdict = Verdict::of(Reason::new(Code::MetricFilterNone, arn, message), road.chain());
    verdict.witness = sample(events);
    verdict
}

/// An event that the control demands.
fn sample(events: &Events) -> Option<Witness> {
    match pattern::covers(&[], &events.requires) {
        Coverage::Missed(witness) => Some(witness),
        Coverage::Covered | Coverage::Undecided(_) => None,
    }
}

/// A failure stands only if nothing unread upstream could hold the sound chain.
fn unless_unread(verdict: Verdict, roads: &[Upstream<'_>]) -> Verdict {
    if verdict.status != Status::Fail {
        return verdict;
    }
    let unread = roads.iter().find_map(|road| match &road.outcome {
        // Where its filters were read all the same, they are in the pool as roads that may be whole.
        Outcome::Unknown(reason) if road.delivery.is_unread() => Some(Verdict::of(reason.clone(), road.chain())),
        Outcome::Unknown(_) | Outcome::Whole | Outcome::Broken(_) => None,
    });
    unread.unwrap_or(verdict)
}

fn finding(account: &Account<'_>, rule: &Rule, verdict: Verdict) -> Finding {
    let verdicts = verdicts(account, rule, &verdict);
    let home = verdict.chain.trail.as_ref().map(|trail| trail.home_region.clone());
    Finding {
        rule: rule.id,
        slug: rule.slug.clone(),
        title: rule.title.clone(),
        short_title: rule.short_title.clone(),
        rationale: rule.rationale.clone(),
        guidance: rule.remediation.clone(),
        references: rule.references.clone(),
        related: rule.related.clone(),
        level: rule.level,
        severity: rule.severity,
        security_hub_control: rule.security_hub.as_ref().map(|hub| hub.control.clone()),
        status: verdict.status,
        account_id: account.snapshot.account_id.clone(),
        region: home.unwrap_or_else(|| account.snapshot.region.clone()),
        remediation: remediation(rule, verdict.reason.as_ref().or(verdicts.effective.reason.as_ref())),
        verdicts,
        reason: verdict.reason,
        waiver: None,
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
fn remediation(rule: &Rule, reason: Option<&Reason>) -> String {
    let Some(reason) = reason else { return String::new() };
    match rule.demand.events().filter(|_| reason.code.wants_pattern()) {
        Some(events) => format!("{} The pattern: {}", reason.remedy(), events.pattern.source()),
        None => reason.remedy().into_owned(),
    }
}
