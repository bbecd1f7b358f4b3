//! One control against one account: are the events that it demands covered by filters on intact chains? (The one control
//! that demands no events is judged in `enabled`.)
//!
//! Trails that record everything each deliver every event, so the filters of all of them are pooled. Coverage is asked
//! of ever larger unions: of the filters whose road is whole (then the control passes), of those whose road may be
//! (then nobody can tell), of all (then the filters are not at fault, but what follows them is).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Account, Filter};
use super::link::{Outcome, Soundness};
use super::log_group::Delivery;
use super::metric_filter::Parsed;
use super::{enabled, security_hub, trail};
use crate::finding::{
    Chain, Code, FilterStep, Finding, Grade, Judged, Metric, Reason, Status, TrailStep, Verdicts, Warning,
};
use crate::pattern::{self, Candidate, Construct, Coverage, Witness};
use crate::rule::{Demand, Events, Rule};
use crate::snapshot::{MetricTransformation, Trail};

/// Judges one control.
pub(super) fn judge(account: &Account<'_>, rule: &Rule) -> Finding {
    let verdict = match &rule.demand {
        Demand::Events(events) => told(account, rule, events),
        Demand::SecurityHubEnabled => Verdict::without_chain(enabled::judge(account.snapshot)),
    };
    finding(account, rule, verdict)
}

/// Is a person told of these events?
fn told(account: &Account<'_>, rule: &Rule, events: &Events) -> Verdict {
    let roads: Vec<Upstream<'_>> =
        account.deliveries.iter().map(|(trail, to)| Upstream::new(trail, to, events)).collect();
    let pool = Pool::new(account, &roads, rule, events);
    let verdict = if pool.members.is_empty() { no_filters(account, events, &roads) } else { pool.judge() };
    let mut verdict = unless_unread(verdict, &roads);
    if verdict.status == Status::Fail {
        verdict.warnings.extend(log_alarm(account, &roads));
    }
    verdict
}

/// An alarm on queries of a trail's log group, which may tell of the same events in a way that no control asks for.
fn log_alarm(account: &Account<'_>, roads: &[Upstream<'_>]) -> Option<Warning> {
    let groups: Vec<&str> = roads.iter().filter_map(|road| road.delivery.arn.as_deref()).collect();
    let is_ours = |named: &String| {
        let named = crate::snapshot::without_stream_wildcard(named);
        groups.iter().any(|group| named == *group || named == super::log_group::name(group))
    };
    let mut alarms = account.snapshot.alarms.iter().flat_map(|alarms| &alarms.log_alarms);
    let alarm = alarms.find(|alarm| alarm.log_groups.iter().any(is_ours))?;
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
    fn new(trail: &'a Trail, delivery: &'a Delivery<'a>, events: &Events) -> Self {
        let (outcome, mut warnings) = trail::judge(trail, events);
        warnings.extend(delivery.stale.clone());
        Self { trail, delivery, outcome: outcome.and(delivery.outcome.clone()), warnings }
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
    let snapshot = account.snapshot;
    if snapshot.trails.is_none() {
        let why = super::log_group::because(snapshot, "cloudtrail:DescribeTrails");
        let reason = Reason::absent(Code::TrailUnread, format!("the trails could not be read{why}"));
        return Verdict::of(reason, Chain::default());
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

/// A filter behind a trail that may record what the control demands.
struct Member<'a> {
    road: &'a Upstream<'a>,
    filter: &'a Filter<'a>,
    outcome: Outcome,
}

impl<'a> Member<'a> {
    fn is_whole(&self) -> bool {
        matches!(self.outcome, Outcome::Whole)
    }

    fn may_be_whole(&self) -> bool {
        !matches!(self.outcome, Outcome::Broken(_))
    }

    fn parsed(&self) -> &'a Parsed {
        &self.filter.parsed
    }

    /// What is said of it besides: of its trail and log group, its pattern, and its road to a subscriber.
    fn warnings(&self) -> Vec<Warning> {
        let mut warnings = self.road.warnings.clone();
        warnings.extend(self.matches_routine());
        warnings.extend(self.filter.tail.warnings.iter().cloned());
        warnings
    }

    fn matches_routine(&self) -> Option<Warning> {
        let what = self.parsed().routine()?;
        let name = &self.filter.filter.name;
        let message = format!("metric filter {name} also matches {what}: its alarm has no reason to leave ALARM");
        Some(Reason::new(Code::MetricFilterMatchesRoutine, name, message))
    }

    fn soundness(&self) -> Soundness {
        let routine = self.parsed().routine().map_or(Soundness::Sound, |_| Soundness::Weak);
        Soundness::of(&self.road.warnings).max(self.filter.tail.soundness()).max(routine)
    }

    fn weaknesses(&self) -> usize {
        self.filter.tail.weaknesses() + self.road.warnings.len() + usize::from(self.parsed().routine().is_some())
    }

    /// What was not read and could make of it one that tells somebody of every event.
    fn might_be_sound(&self) -> Option<&Reason> {
        if self.parsed().routine().is_some() || Soundness::of(&self.road.warnings) == Soundness::Weak {
            return None;
        }
        match &self.outcome {
            Outcome::Unknown(reason) => Some(reason),
            Outcome::Whole => self.filter.tail.unread.as_ref(),
            Outcome::Broken(_) => None,
        }
    }
}

/// The answer to a question about a pattern, once for all filters that have it.
struct Once<'a, T> {
    answers: RefCell<BTreeMap<*const Parsed, T>>,
    ask: Box<dyn Fn(&Parsed) -> T + 'a>,
}

impl<'a, T: Clone> Once<'a, T> {
    fn new(ask: impl Fn(&Parsed) -> T + 'a) -> Self {
        Self { answers: RefCell::new(BTreeMap::new()), ask: Box::new(ask) }
    }

    fn of(&self, member: &Member<'_>) -> T {
        let parsed = member.parsed();
        self.answers.borrow_mut().entry(std::ptr::from_ref(parsed)).or_insert_with(|| (self.ask)(parsed)).clone()
    }
}

/// All filters that see the account's events, and what a control makes of their patterns.
struct Pool<'a> {
    rule: &'a Rule,
    events: &'a Events,
    members: Vec<Member<'a>>,
    /// Whether a pattern covers the control alone.
    covers: Once<'a, Option<bool>>,
    /// Whether a pattern looks meant for the control.
    aims: Once<'a, bool>,
}

impl<'a> Pool<'a> {
    fn new(account: &'a Account<'a>, roads: &'a [Upstream<'a>], rule: &'a Rule, events: &'a Events) -> Self {
        let sound = roads.iter().filter(|road| !matches!(road.outcome, Outcome::Broken(_)));
        let members = sound.flat_map(|road| {
            account.filters_of(road.delivery).iter().map(move |filter| {
                let outcome = road.outcome.clone().and(filter.tail.outcome.clone());
                Member { road, filter, outcome }
            })
        });
        let covers = Once::new(|parsed| match pattern::covers(&[parsed.candidate()], &events.requires) {
            Coverage::Covered => Some(true),
            Coverage::Missed(_) => Some(false),
            Coverage::Undecided(_) => None,
        });
        let aims = Once::new(|parsed| pattern::aims_at(&parsed.candidate(), &events.requires));
        Self { rule, events, members: members.collect(), covers, aims }
    }

    fn judge(&self) -> Verdict {
        if let Some(verdict) = self.passes() {
            return verdict;
        }
        let witness = match self.union(|_| true) {
            Coverage::Missed(witness) => return self.filters_miss(witness),
            Coverage::Covered | Coverage::Undecided(_) => None,
        };
        match self.union(Member::may_be_whole) {
            Coverage::Missed(missed) => self.broken_behind(&missed),
            Coverage::Undecided(construct) => self.cannot_tell(Some(construct), witness),
            Coverage::Covered => self.cannot_tell(None, witness),
        }
    }

    /// What these filters make of the control together.
    fn union(&self, which: impl Fn(&Member<'a>) -> bool) -> Coverage {
        pattern::covers(&self.candidates(which), &self.events.requires)
    }

    fn candidates(&self, which: impl Fn(&Member<'a>) -> bool) -> Vec<Candidate<'_>> {
        candidates(&self.members.iter().filter(|member| which(member)).collect::<Vec<_>>())
    }

    /// Filters whose road is whole and that cover the control: the soundest that do, one alone before several together.
    fn passes(&self) -> Option<Verdict> {
        // A filter that does not even match one plain such event need not be asked.
        let event = sample(self.events).map(|witness| witness.to_json_line());
        let sees = Once::new(|parsed| event.as_ref().is_none_or(|event| parsed.may_match(event)));
        let whole: Vec<(&Member<'_>, Soundness)> =
            self.members.iter().filter(|member| member.is_whole()).map(|member| (member, member.soundness())).collect();
        let mut asked = 0;
        for least in [Soundness::Sound, Soundness::Unverified, Soundness::Weak] {
            let sound: Vec<&Member<'_>> =
                whole.iter().filter(|(_, soundness)| *soundness <= least).map(|(member, _)| *member).collect();
            if sound.len() == asked {
                continue;
            }
            asked = sound.len();
            let alone = sound.iter().filter(|member| sees.of(member) && self.covers.of(member) == Some(true)).copied();
            let needed = match alone.min_by_key(|member| member.weaknesses()) {
                Some(member) => vec![member],
                None if pattern::is_covered(&candidates(&sound), &self.events.requires) => {
                    sound.into_iter().filter(|member| self.aims.of(member)).collect()
                }
                None => continue,
            };
            let doubt = if least == Soundness::Weak { self.might_pass_soundly() } else { None };
            return Some(Verdict { doubt, ..self.pass(&needed) });
        }
        None
    }

    /// What was not read, if it could hold sound roads for all events that the control demands.
    fn might_pass_soundly(&self) -> Option<Reason> {
        let unread: Vec<(&Member<'_>, &Reason)> =
            self.members.iter().filter_map(|member| Some((member, member.might_be_sound()?))).collect();
        let (_, reason) = unread.first()?;
        let sound = self.members.iter().filter(|member| member.is_whole() && member.soundness() < Soundness::Weak);
        let all: Vec<&Member<'_>> = unread.iter().map(|(member, _)| *member).chain(sound).collect();
        let covered = !matches!(pattern::covers(&candidates(&all), &self.events.requires), Coverage::Missed(_));
        covered.then(|| (*reason).clone())
    }

    fn pass(&self, members: &[&Member<'_>]) -> Verdict {
        let mut warnings: Vec<Warning> = members.iter().flat_map(|member| member.warnings()).collect();
        warnings.sort_by(|a, b| (a.code, &a.resource).cmp(&(b.code, &b.resource)));
        warnings.dedup();
        let chain = self.chain(members);
        Verdict { status: Status::Pass, reason: None, chain, warnings, doubt: None, witness: None }
    }

    /// All filters together miss events.
    fn filters_miss(&self, witness: Witness) -> Verdict {
        let near: Vec<&Member<'_>> = self.members.iter().filter(|member| self.aims.of(member)).collect();
        let Some(first) = near.first() else {
            let road = self.members.first().map(|member| member.road);
            let mut verdict = road.map_or_else(
                || Verdict::of(Reason::absent(Code::MetricFilterNone, "no metric filter".to_owned()), Chain::default()),
                |road| none_for(self.events, road, "has no metric filter for this control"),
            );
            verdict.witness = Some(witness);
            return verdict;
        };
        let names: Vec<&str> = near.iter().map(|member| member.filter.filter.name.as_str()).collect();
        let message = match names.as_slice() {
            [one] => {
                let why = first.parsed().unmet(&witness.to_json_line());
                let why = why.map_or_else(String::new, |why| format!(": {why}"));
                format!("metric filter {one} misses events that the control demands{why}")
            }
            many => format!("metric filters {} together miss events that the control demands", listed(many)),
        };
        let message = match self.satisfied() {
            Some(versions) => format!("{message}; what version {versions} of the benchmark demands is matched"),
            None => message,
        };
        let reason = Reason::new(Code::MetricFilterMissesEvents, &first.filter.filter.name, message);
        let mut chain = first.road.chain();
        chain.metric_filters = near.iter().map(|member| self.step(member)).collect();
        Verdict { witness: Some(witness), ..Verdict::of(reason, chain) }
    }

    /// The other versions of the benchmark whose demands the filters match: `1.2.0` or `1.2.0 to 4.0.1`.
    fn satisfied(&self) -> Option<String> {
        let candidates = self.candidates(|_| true);
        let demands =
            self.rule.editions.iter().filter_map(|edition| Some((edition.benchmark, edition.demand.events()?)));
        let other = demands.filter(|(_, events)| events.requires != self.events.requires);
        let covered: Vec<_> = other.filter(|(_, events)| pattern::is_covered(&candidates, &events.requires)).collect();
        match covered.as_slice() {
            [] => None,
            [(one, _)] => Some(one.to_string()),
            [(first, _), .., (last, _)] => Some(format!("{first} to {last}")),
        }
    }

    /// The filters match, but nothing behind those that match this event can tell anybody: the road that leads
    /// furthest is the one to mend.
    fn broken_behind(&self, missed: &Witness) -> Verdict {
        let event = missed.to_json_line();
        let matching = self.members.iter().filter(|member| !member.may_be_whole() && member.parsed().may_match(&event));
        let best = matching.max_by(|a, b| {
            let key = |member: &Member<'_>| {
                (self.covers.of(member) == Some(true), member.outcome.reason().map(|reason| reason.code))
            };
            key(a).cmp(&key(b))
        });
        match best.and_then(|member| member.outcome.reason().map(|reason| (member, reason))) {
            Some((member, reason)) => Verdict::of(reason.clone(), self.chain(&[member])),
            None => self.filters_miss(missed.clone()),
        }
    }

    /// Nothing is proven: a road could not be read, or a pattern not be decided.
    fn cannot_tell(&self, construct: Option<Construct>, witness: Option<Witness>) -> Verdict {
        let may: Vec<&Member<'_>> =
            self.members.iter().filter(|member| member.may_be_whole() && self.aims.of(member)).collect();
        let unread = may.iter().find(|member| !member.is_whole());
        let unread = unread.and_then(|member| member.outcome.reason().map(|reason| (*member, reason.clone())));
        let mut verdict = match (construct, unread) {
            (None, Some((member, reason))) => Verdict::of(reason, self.chain(&[member])),
            (construct, _) => {
                let what = construct.map_or_else(String::new, |construct| format!(": {construct}"));
                let names: Vec<&str> = may.iter().map(|member| member.filter.filter.name.as_str()).collect();
                let message = format!(
                    "whether metric filter {} matches every such event cannot be decided{what}",
                    listed(&names)
                );
                let resource = names.first().copied().unwrap_or_default().to_owned();
                Verdict::of(Reason::new(Code::MetricFilterUndecided, resource, message), self.chain(&may))
            }
        };
        verdict.witness = witness;
        verdict
    }

    /// The chain through some filters; that of the first names the trail.
    fn chain(&self, members: &[&Member<'_>]) -> Chain {
        let mut chain = members.first().map(|member| member.road.chain()).unwrap_or_default();
        for member in members {
            chain.metric_filters.push(self.step(member));
            let tail = &member.filter.tail;
            extend(&mut chain.alarms, &tail.alarms);
            extend(&mut chain.topics, &tail.topics);
            extend(&mut chain.subscriptions, &tail.subscriptions);
        }
        chain
    }

    fn step(&self, member: &Member<'_>) -> FilterStep {
        let filter = member.filter.filter;
        let metric =
            |each: &MetricTransformation| Metric { namespace: each.namespace.clone(), name: each.name.clone() };
        FilterStep {
            name: filter.name.clone(),
            pattern: filter.pattern.clone(),
            covers: self.covers.of(member),
            metrics: filter.transformations.iter().map(metric).collect(),
        }
    }
}

/// The filters as coverage sees them, one for each pattern.
fn candidates<'a>(members: &[&'a Member<'_>]) -> Vec<Candidate<'a>> {
    let mut known = BTreeSet::new();
    let distinct = members.iter().filter(|member| known.insert(std::ptr::from_ref(member.parsed())));
    distinct.map(|member| member.parsed().candidate()).collect()
}

fn extend<T: Clone + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    for item in more {
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
}

/// Names for a sentence, not more than a few.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    match names.split_at_checked(SHOWN) {
        Some((shown, rest)) if !rest.is_empty() => format!("{} and {} more", shown.join(", "), rest.len()),
        _ => names.join(", "),
    }
}

fn finding(account: &Account<'_>, rule: &Rule, verdict: Verdict) -> Finding {
    let verdicts = verdicts(account, rule, &verdict);
    let home = verdict.chain.trail.as_ref().map(|trail| trail.home_region.clone());
    Finding {
        rule: rule.id,
        slug: rule.slug.clone(),
        title: rule.title.clone(),
        short_title: rule.short_title.clone(),
        level: rule.level,
        severity: rule.severity,
        security_hub_control: rule.security_hub.as_ref().map(|hub| hub.control.clone()),
        status: verdict.status,
        account_id: account.snapshot.account_id.clone(),
        region: home.unwrap_or_else(|| account.snapshot.region.clone()),
        remediation: remediation(rule, verdict.reason.as_ref().or(verdicts.effective.reason.as_ref())),
        verdicts,
        reason: verdict.reason,
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
    let Some(Reason { code, .. }) = reason else { return String::new() };
    match rule.demand.events().filter(|_| code.wants_pattern()) {
        Some(events) => format!("{} The pattern: {}", code.remedy(), events.pattern.source()),
        None => code.remedy().to_owned(),
    }
}
