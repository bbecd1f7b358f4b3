//! What is reported about declared resources: each possible account is audited, and what all of them agree on is the
//! answer.
//!
//! An audit takes the account model for what there is. Here its answers are read with what was presumed, left out, or may
//! be declared elsewhere in mind: a failure that something unknown could prevent is unknown, and a pass that rests on
//! something presumed says so. Controls for which nothing is declared are listed and not counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use filter_pattern::Pattern;
use jiff::Timestamp;

use self::intended::Intended;
use self::meant::Meant;
use self::merged::{Absent, Under, merge};
use self::places::place;
use self::refused::{lost, refused, unreported};
use self::sampled::Untried;
use self::twins::twin;
use self::unknown::{set, set_unknown, unknown_at};
use super::account::{Account, Certainty, Ground, Scope, account};
use super::{Declared, Home, World};
use crate::arn::{AlarmArn, TopicArn};
use crate::audit::{audit, gets, relevant};
use crate::finding::facts::{AccountProblem, LogGroupProblem, MetricProblem, TopicProblem};
use crate::finding::{
    Asked, Audit, Chain, Code, Deployed, Documents, Edge, Facts, Finding, HubStatus, Judged, Link, Place, Reason,
    RefusedResource, Replaced, Report, SavedRows, Status, Step, Unread, Verdict, Warning,
};
use crate::rule::{Rule, RuleId};
use crate::snapshot::{DocumentPart, Gap, MetricFilter, Snapshot, Subscription};

mod alike;
mod changed;
mod deleted;
mod gaps;
mod intended;
mod meant;
mod merged;
mod own;
mod places;
mod refused;
mod sampled;
mod twins;
mod unknown;

/// How documents are judged.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// Where they will be deployed that do not say so.
    pub home: &'a Home,
    /// Whether they are all of the account.
    pub scope: Scope,
    /// What is deployed already, in the account of `home`.
    pub over: Option<&'a Snapshot>,
    /// Whether a control of which nothing is declared is counted.
    pub counts: &'a dyn Fn(&Rule) -> bool,
    /// When.
    pub now: Timestamp,
}

/// What is reported about documents.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The findings of what is declared, by the `cis` verdict: an audit for each account, if there is something to say.
    pub report: Report,
    /// Resources of the chain that are declared, in the combination of conditions that has most.
    pub resources: usize,
}

/// Judges what is declared, under each combination of open conditions.
#[must_use]
pub fn judge(worlds: &[World], rules: &[Arc<Rule>], terms: &Terms<'_>) -> Checked {
    let tried = alike::tried(worlds, terms.home);
    let worlds = &*tried;
    let mut judged: Vec<Sorted> =
        homes(worlds, terms.home).iter().map(|home| sort(worlds, rules, terms, home)).collect();
    // A control that nothing is declared for is said so once, for all of them.
    let of_none = |rule: &Arc<Rule>| judged.iter().all(|sorted| !sorted.declared.contains(&rule.id));
    let not_declared: Vec<Arc<Rule>> = rules.iter().filter(|rule| of_none(rule)).cloned().collect();
    let is_counted = |rule: &Rule| terms.scope == Scope::Whole || (terms.counts)(rule);
    for (at, sorted) in judged.iter_mut().enumerate() {
        let (audit, declared) = (&mut sorted.audit, &sorted.declared);
        audit.findings.retain_mut(|finding| {
            if declared.contains(&finding.rule.id) {
                return true;
            }
            // Of several accounts the first has what is asked for and declared in none.
            let is_asked_for = at == 0 && is_counted(&finding.rule);
            let is_asked_for = is_asked_for && not_declared.iter().any(|rule| rule.id == finding.rule.id);
            if is_asked_for && terms.scope == Scope::Part && terms.over.is_none() {
                let problem = AccountProblem::FilterNotDeclared;
                let reason = Reason::new(Facts::Account { account: finding.account_id.clone(), problem });
                // What could not be followed may declare it.
                let part = sorted.elsewhere.first().cloned();
                set_unknown(
                    finding,
                    match part {
                        Some(part) => reason.because(Unread::AtDeployment(Box::new(part))),
                        None => reason,
                    },
                );
            }
            is_asked_for
        });
        gaps::keep(audit, &sorted.elsewhere);
    }
    let refused = judged.iter_mut().flat_map(|sorted| std::mem::take(&mut sorted.refused)).collect();
    let has_findings = |sorted: &Sorted| !sorted.audit.findings.is_empty();
    let any = judged.iter().any(has_findings);
    let mut kept = judged.into_iter().enumerate().filter(|(at, sorted)| has_findings(sorted) || !any && *at == 0);
    let not_declared = not_declared.into_iter().filter(|rule| !is_counted(rule)).collect();
    let mut documents = Documents { not_declared, over: None, refused };
    let mut audits = Vec::new();
    let mut replaced: BTreeMap<String, Place> = BTreeMap::new();
    for (_, sorted) in &mut kept {
        audits.push(sorted.audit);
        replaced.extend(sorted.replaced);
    }
    documents.refused = unreported(documents.refused, &audits);
    documents.over = terms.over.map(|over| Deployed {
        account_id: over.account_id.clone(),
        collected_at: over.collected_at,
        replaced: replaced.into_iter().map(|(resource, place)| Replaced { resource, place }).collect(),
    });
    let report = Report {
        benchmark: rules.first().map(|rule| rule.benchmark).unwrap_or_default().as_str(),
        verdict: Verdict::default(),
        audits,
        accounts: Vec::new(),
        documents: Some(documents),
        asked: Asked::new(rules),
        is_whole_organization: false,
        projects: Vec::new(),
        unused_waivers: Vec::new(),
        waived_on: None,
    };
    let count = |world: &World| {
        let declared = world.declared.resources.iter().chain(&world.declared.removed);
        declared.filter(|resource| resource.is_link()).count()
    };
    let resources = worlds.iter().map(count).max().unwrap_or_default();
    Checked { report, resources }
}

/// Where resources are deployed: a home for each account, in the region in which the first of its resources is.
fn homes(worlds: &[World], home: &Home) -> Vec<Home> {
    let mut homes: Vec<Home> = Vec::new();
    let resources = worlds.iter().flat_map(|world| world.declared.resources.iter().chain(&world.declared.removed));
    for here in resources.map(|resource| resource.home.as_deref().unwrap_or(home)) {
        if !homes.iter().any(|known| known.account == here.account) {
            homes.push(here.clone());
        }
    }
    if homes.is_empty() {
        homes.push(home.clone());
    }
    homes
}

/// What is reported about one account.
struct Sorted {
    audit: Audit,
    /// Controls that something is declared for.
    declared: BTreeSet<RuleId>,
    /// What is deployed and declared.
    replaced: BTreeMap<String, Place>,
    /// Where more may be declared.
    elsewhere: Vec<DocumentPart>,
    /// What AWS refuses.
    refused: Vec<RefusedResource>,
}

fn ground<'a>(terms: &Terms<'a>, home: &'a Home) -> Ground<'a> {
    let over = terms.over.filter(|over| over.account_id == home.account);
    Ground { home, main: terms.home, scope: terms.scope, over, now: terms.now }
}

fn sort(worlds: &[World], rules: &[Arc<Rule>], terms: &Terms<'_>, home: &Home) -> Sorted {
    let ground = ground(terms, home);
    let nothing = Declared::default();
    let mut accounts: Vec<Account<'_>> = worlds.iter().map(|world| account(&world.declared, ground)).collect();
    if accounts.is_empty() {
        accounts.push(account(&nothing, ground));
    }
    let meant = Meant::new(rules);
    let intended: Vec<Intended<'_>> =
        accounts.iter().map(|account| Intended::new(account, rules, &meant.others)).collect();
    let reports = accounts.iter().zip(&intended).map(|(account, intended)| {
        let mut report = audit(&account.snapshot, rules);
        let findings = report.audits.iter_mut().flat_map(|audit| audit.findings.iter_mut().enumerate());
        findings.for_each(|(at, finding)| read(account, finding, (&meant, intended, at)));
        report
    });
    let reports: Vec<Report> = reports.collect();
    let under =
        |at: usize, rule: &Arc<Rule>| -> Vec<Under<'_>> {
            let findings = reports.iter().filter_map(|report| report.audits.first()?.findings.get(at)).enumerate();
            let each = findings.zip(accounts.iter().zip(&intended)).map(|((world, finding), (account, intended))| {
                Under { world, finding, is_declared: is_declared((account, intended), (&meant, at, rule), finding) }
            });
            each.collect()
        };
    let each: Vec<(&Arc<Rule>, Vec<Under<'_>>)> =
        rules.iter().enumerate().map(|(at, rule)| (rule, under(at, rule))).collect();
    let is_any = |each: &[Under<'_>]| each.iter().any(|under| under.is_declared);
    let declared = each.iter().filter(|(_, each)| is_any(each)).map(|(rule, _)| rule.id).collect();
    let merged = each.iter().filter_map(|(rule, each)| {
        let mut merged = merge(worlds, &accounts, each, absent(terms, rule))?;
        merged.place = place(&accounts, &merged);
        Some(merged)
    });
    let untried = Untried::new(worlds, &accounts, &each);
    let findings: Vec<Finding> = merged.map(|merged| untried.read(merged, &accounts)).collect();
    let elsewhere = accounts.iter().flat_map(|account| account.elsewhere.clone());
    let elsewhere: Vec<DocumentPart> = elsewhere.chain(untried.unseen()).collect();
    let not_followed = elsewhere.iter().map(|part| Gap::of_document(&home.account, &home.region, None, part.clone()));
    let mut gaps: Vec<Gap> = accounts.iter().flat_map(|account| account.snapshot.gaps.clone()).collect();
    gaps.extend(not_followed);
    let untried = untried.parts().map(|part| Gap::of_document(&home.account, &home.region, None, part));
    gaps.extend(untried);
    for gap in &mut gaps {
        gap.account_id = Home::account_in_words(&gap.account_id).to_owned();
        gap.region = Home::region_in_words(&gap.region).to_owned();
    }
    gaps.sort();
    gaps.dedup();
    let first = accounts.first().map(|account| &account.snapshot);
    let audit = Audit {
        collected_at: first.map_or(terms.now, |snapshot| snapshot.collected_at),
        partition: home.partition.clone(),
        account_id: Home::account_in_words(&home.account).to_owned(),
        region: Home::region_in_words(&home.region).to_owned(),
        evidence: None,
        findings: findings.into_iter().map(in_words).collect(),
        gaps,
        saved: SavedRows::None,
    };
    let replaced = accounts.iter().flat_map(|account| {
        let place = |key: &String| Some((key.clone(), account.declarations.get(key)?.place()));
        account.replaced.iter().filter_map(place)
    });
    let refused = accounts.iter().flat_map(|account| &account.refusals).map(refused::resource).collect();
    Sorted { audit, declared, replaced: replaced.collect(), elsewhere, refused }
}

/// Whether something is declared for a control: it is meant for it, or makes it pass.
fn is_declared(
    (account, intended): (&Account<'_>, &Intended<'_>),
    (meant, at, rule): (&Meant, usize, &Arc<Rule>),
    finding: &Finding,
) -> bool {
    let is_passed = finding.status == Status::Pass && finding.chain.metric_filters().next().is_some();
    is_passed || meant.declares(account, at, rule) || intended.declares(at)
}

/// How a control is judged of which nothing is declared.
fn absent(terms: &Terms<'_>, rule: &Rule) -> Absent {
    match terms.scope {
        Scope::Whole => Absent::Fails,
        Scope::Part if terms.over.is_some() => Absent::Fails,
        Scope::Part if (terms.counts)(rule) => Absent::Unknown,
        Scope::Part => Absent::NotCounted,
    }
}

/// Judges a control of an account again, but for events that are accepted to be missed.
#[must_use]
pub fn accepting(worlds: &[World], finding: &Finding, accepted: &[&Pattern], terms: &Terms<'_>) -> Finding {
    let is_it = |home: &Home| Home::account_in_words(&home.account) == finding.account_id;
    let home = homes(worlds, terms.home).into_iter().find(is_it);
    let home = home.unwrap_or_else(|| terms.home.clone());
    let tried = alike::tried(worlds, terms.home);
    let worlds = &*tried;
    let accounts: Vec<Account<'_>> =
        worlds.iter().map(|world| account(&world.declared, ground(terms, &home))).collect();
    let meant = Meant::new(std::slice::from_ref(&finding.rule));
    let findings = accounts.iter().map(|account| {
        let mut finding = crate::audit::accepting(&account.snapshot, &finding.rule, accepted);
        let intended = Intended::new(account, std::slice::from_ref(&finding.rule), &meant.others);
        read(account, &mut finding, (&meant, &intended, 0));
        let is_declared = is_declared((account, &intended), (&meant, 0, &finding.rule), &finding);
        (finding, is_declared)
    });
    let findings: Vec<(Finding, bool)> = findings.collect();
    let each = findings.iter().enumerate();
    let each: Vec<Under<'_>> =
        each.map(|(world, (finding, is_declared))| Under { world, finding, is_declared: *is_declared }).collect();
    let Some(mut merged) = merge(worlds, &accounts, &each, absent(terms, &finding.rule)) else {
        return finding.clone();
    };
    merged.place = place(&accounts, &merged);
    let untried = Untried::new(worlds, &accounts, &[(&merged.rule, each)]).of_chains();
    in_words(untried.read(merged, &accounts))
}

/// A finding in which an account and region that are not known have the names that people are shown.
fn in_words(finding: Finding) -> Finding {
    let mut steps = finding.chain.steps().to_vec();
    for step in &mut steps {
        if let Step::Trail(trail) = step {
            trail.home_region = Home::region_in_words(&trail.home_region).to_owned();
        }
    }
    Finding {
        account_id: Home::account_in_words(&finding.account_id).to_owned(),
        region: Home::region_in_words(&finding.region).to_owned(),
        chain: Chain::new(steps, finding.chain.edges().to_vec()),
        ..finding
    }
}

/// Reads a finding with in mind what is not declared or not known. It is given the controls' names, the filters that were meant
/// for them, and which control the finding is of.
fn read(account: &Account<'_>, finding: &mut Finding, (meant, intended, at): (&Meant, &Intended<'_>, usize)) {
    finding.warnings.retain(|warning| warning.code() != Code::SubscriptionNotLasting);
    intended.note(finding, at);
    let lost = lost(account, finding, (meant, at));
    if finding.status == Status::Fail
        && let Some(reason) = doubt(account, finding)
    {
        set_unknown(finding, reason);
    }
    changed::read(account, finding);
    if finding.status == Status::Unknown
        && let Some((part, reason)) = account.contradictions.first().zip(finding.verdicts.cis.reason.as_ref())
    {
        let unread = Unread::AtDeployment(Box::new(part.clone()));
        set_unknown(finding, unknown_at(account, finding, reason.link(), unread));
    }
    if finding.status == Status::Unknown
        && let Some(reason) = open_alarm(account, finding)
    {
        set_unknown(finding, reason);
    }
    if finding.status == Status::Pass
        && let Some(reason) = open_policy(account, finding)
    {
        set_unknown(finding, reason);
    }
    if let Some((reason, certainty)) = refused(account, finding).or_else(|| twin(account, finding)) {
        match certainty {
            Certainty::Whatever | Certainty::Certain => set(finding, Status::Fail, reason),
            Certainty::Unshown => set_unknown(finding, reason),
            Certainty::New => unknown::doubt(finding, reason),
        }
    }
    if let Some(reason) = lost.filter(|_| finding.status != Status::Pass) {
        set(finding, Status::Fail, reason);
    }
    deleted::note(account, finding);
    let presumed = presumed(account, &finding.chain);
    finding.chain = without_presumed(account, &finding.chain);
    if let Some(first) = presumed.first().filter(|_| finding.status == Status::Pass) {
        if finding.verdicts.effective.status == Status::Pass {
            finding.verdicts.effective = Judged::because(Status::Unknown, first.clone());
        }
        if finding.verdicts.security_hub.status == HubStatus::Passed {
            finding.verdicts.security_hub = Judged::because(HubStatus::Unknown, first.clone());
        }
    }
    let is_known = |warning: &Warning| finding.warnings.iter().any(|known| known == warning);
    let new: Vec<Warning> = presumed.into_iter().filter(|warning| !is_known(warning)).collect();
    finding.warnings.extend(new);
    own::parts(account, finding);
}

/// What is not known, and could make a finding pass that fails.
fn doubt(account: &Account<'_>, finding: &Finding) -> Option<Reason> {
    let reason = finding.verdicts.cis.reason.as_ref()?;
    let unread = |part: &DocumentPart| Unread::AtDeployment(Box::new(part.clone()));
    if let Some(part) = account.incomplete.first().or_else(|| account.contradictions.first()) {
        return Some(unknown_at(account, finding, reason.link(), unread(part)));
    }
    if let Some(part) = account.open_subscriptions.first().filter(|_| reason.link() == Link::Subscription) {
        return Some(unknown_at(account, finding, Link::Subscription, unread(part)));
    }
    let mut perhaps = finding.chain.topics().filter_map(|topic| account.perhaps_here.get(topic));
    if let Some(part) = perhaps.next().filter(|_| reason.link() >= Link::Topic) {
        return Some(unknown_at(account, finding, Link::Subscription, unread(part)));
    }
    let mut perhaps = finding.chain.topics().filter_map(|topic| account.perhaps_fifo.get(topic));
    if let Some(part) = perhaps.next().filter(|_| reason.code() == Code::SubscriptionDeadEnd) {
        return Some(unknown_at(account, finding, Link::Subscription, unread(part)));
    }
    if reason.link() < Link::MetricFilter && !(reason.code().is_absence()) {
        // One of that name may be declared there.
        let part = account.elsewhere.first().filter(|_| reason.code() == Code::LogGroupMissing)?;
        return Some(unknown_at(account, finding, reason.link(), unread(part)));
    }
    let group = finding.chain.log_group().cloned().or_else(|| Some(account.snapshot.log_groups.first()?.arn.clone()));
    let is_meant = |filter: &MetricFilter| relevant(filter, std::slice::from_ref(&finding.rule));
    let mut open = account.open_filters.iter().filter(|open| open.filter.as_ref().is_none_or(is_meant));
    if let Some((open, group)) = open.next().zip(group) {
        let facts = Facts::log_group(&group, LogGroupProblem::FiltersUnread { for_plan: false });
        return Some(Reason::new(facts).because(unread(&open.part)));
    }
    let mut floating = account.floating_filters.iter().filter(|(filter, _)| is_meant(filter));
    if let Some((_, part)) = floating.next() {
        return Some(unknown_at(account, finding, Link::MetricFilter, unread(part)));
    }
    let metrics = finding.chain.metric_filters().flat_map(|filter| &filter.metrics);
    let mut open = metrics.filter_map(|metric| {
        let name = format!("{}/{}", metric.namespace, metric.name);
        account.open_metrics.get(&name).map(|part| (name, part))
    });
    if let Some((name, part)) = open.next().filter(|_| reason.link() == Link::Alarm) {
        return Some(Reason::new(Facts::metric(&name, MetricProblem::AlarmsUnread)).because(unread(part)));
    }
    let (code, absent) = (reason.code(), reason.code().is_absence());
    let is_apart = absent || matches!(code, Code::AlarmOtherRegion | Code::TopicOtherRegion);
    let is_missing = absent || code == Code::TopicMissing;
    let elsewhere = account.elsewhere.first().filter(|_| is_missing);
    let part = elsewhere.or_else(|| account.adrift.as_ref().filter(|_| is_apart))?;
    Some(unknown_at(account, finding, reason.link(), unread(part)))
}

/// That a finding rests on a subscription whose filter policy is not known.
fn open_policy(account: &Account<'_>, finding: &Finding) -> Option<Reason> {
    let reasons = finding.verdicts.effective.reason.iter().chain(&finding.warnings);
    let mut open = reasons.filter(|reason| reason.code() == Code::SubscriptionFilterUnread);
    open.find_map(|reason| {
        let part = account.open_policies.get(&TopicArn::new(reason.resource()?))?;
        let unread = Unread::AtDeployment(Box::new(part.clone()));
        Some(reason.clone().because(unread))
    })
}

/// The reason of a finding that rests on an alarm with a setting that is not known.
fn open_alarm(account: &Account<'_>, finding: &Finding) -> Option<Reason> {
    let reason = finding.verdicts.cis.reason.as_ref().filter(|reason| reason.code() == Code::AlarmUndecided)?;
    let part = account.open_alarms.get(reason.resource()?)?;
    let metric = finding.chain.metric_filters().flat_map(|filter| &filter.metrics).next();
    let name = metric.map(|metric| format!("{}/{}", metric.namespace, metric.name)).unwrap_or_default();
    let unread = Unread::AtDeployment(Box::new(part.clone()));
    Some(Reason::new(Facts::metric(&name, MetricProblem::AlarmsUnread)).because(unread))
}

/// What of a chain is presumed, in its order.
fn presumed(account: &Account<'_>, chain: &Chain) -> Vec<Warning> {
    let facts = |step: &Step| match step {
        Step::Trail(trail) if account.presumed_trails.contains(&trail.arn) => {
            let account = account.snapshot.account_id.clone();
            Some(Facts::Account { account, problem: AccountProblem::TrailNotDeclared })
        }
        Step::LogGroup(arn) if account.presumed_groups.contains(arn) => {
            Some(Facts::log_group(arn, LogGroupProblem::NotDeclared))
        }
        Step::Topic(arn) if account.presumed_topics.contains(arn) => Some(Facts::topic(arn, TopicProblem::NotDeclared)),
        Step::Topic(arn) if is_to_confirm(account, chain, arn) => Some(Facts::topic(arn, TopicProblem::ToConfirm)),
        _ => None,
    };
    let perhaps = chain.topics().filter_map(|topic| {
        let part = account.perhaps_here.get(topic).or_else(|| account.perhaps_fifo.get(topic))?;
        let unread = Unread::AtDeployment(Box::new(part.clone()));
        Some(Reason::new(Facts::topic(topic, TopicProblem::SubscriptionsUnread)).because(unread))
    });
    let perhaps = perhaps.chain(chain.topics().filter_map(|topic| {
        let open = account.open_endpoints.get(topic)?;
        let pending = account.to_confirm.get(topic);
        let is_sure = |arn: &String| !open.contains_key(arn) && pending.is_none_or(|pending| !pending.contains(arn));
        let part = open.values().next().filter(|_| !notifies(account, chain, topic, is_sure))?;
        let unread = Unread::AtDeployment(Box::new(part.clone()));
        Some(Reason::new(Facts::topic(topic, TopicProblem::SubscriptionsUnread)).because(unread))
    }));
    let perhaps: Vec<Warning> = perhaps.collect();
    chain.steps().iter().filter_map(facts).map(Reason::new).chain(perhaps).collect()
}

/// Whether nobody is sure to get an alarm's message from a topic before a subscription is confirmed.
fn is_to_confirm(account: &Account<'_>, chain: &Chain, arn: &TopicArn) -> bool {
    let pending = account.to_confirm.get(arn).filter(|pending| !pending.is_empty());
    let Some(pending) = pending else { return false };
    !notifies(account, chain, arn, |subscription| !pending.contains(subscription))
}

/// Whether one of those subscriptions of a topic is sure to get an alarm's message.
fn notifies(account: &Account<'_>, chain: &Chain, arn: &TopicArn, is_one: impl Fn(&String) -> bool) -> bool {
    // Of a topic that is not there nothing is said here.
    let Some(topic) = account.snapshot.topics.iter().find(|topic| topic.arn == *arn) else { return true };
    let alarms = chain.steps().iter().filter_map(|step| match step {
        Step::Alarm(alarm) if alarm.topics.contains(arn) => Some(&alarm.arn),
        _ => None,
    });
    let alarms: Vec<&AlarmArn> = alarms.collect();
    let is_sure =
        |known: &Subscription| is_one(&known.arn) && alarms.iter().all(|alarm| gets(topic, known, alarm) == Some(true));
    topic.subscriptions.iter().flatten().any(is_sure)
}

/// The chain without the steps that nothing declares or names.
fn without_presumed(account: &Account<'_>, chain: &Chain) -> Chain {
    let is_presumed = |step: &Step| match step {
        Step::Trail(trail) => account.presumed_trails.contains(&trail.arn),
        Step::Subscription(subscription) => account.presumed_topics.contains(&subscription.topic),
        _ => false,
    };
    let mut places = Vec::new();
    let mut steps = Vec::new();
    for step in chain.steps() {
        let is_left = !is_presumed(step);
        places.push(is_left.then_some(steps.len()));
        if is_left {
            steps.push(step.clone());
        }
    }
    let moved = |edge: &Edge| {
        let at = |place: usize| places.get(place).copied().flatten();
        Some(Edge { from: at(edge.from)?, to: at(edge.to)? })
    };
    Chain::new(steps, chain.edges().iter().filter_map(moved).collect::<Vec<_>>())
}
