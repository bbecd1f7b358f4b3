//! What is to be said of declared resources: each possible account is audited, and what all of them agree on is the answer.
//!
//! An audit takes the account model for what there is. Here its answers are read with what was presumed, left out, or may
//! be declared elsewhere in mind: a failure that something unknown could prevent is unknown, and a pass that rests on
//! something presumed says so. Controls for which nothing is declared are listed and not counted.

use std::collections::BTreeSet;
use std::sync::Arc;

use filter_pattern::Pattern;
use jiff::Timestamp;

use self::places::place;
use super::account::{Account, Scope, account};
use super::cloudformation::World;
use super::{Declared, Home, Resource};
use crate::audit::{audit, covers_alone, relevant};
use crate::finding::facts::{AccountProblem, LogGroupProblem, MetricProblem, TopicProblem};
use crate::finding::{
    Chain, Code, Edge, Facts, Finding, Grade, HubStatus, Judged, Link, Reason, Report, Status, Step, Unread, Warning,
};
use crate::rule::{Demand, Rule};
use crate::snapshot::{DocumentPart, MetricFilter};

mod places;

/// How documents are judged.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// Where they will be deployed.
    pub home: &'a Home,
    /// Whether they are all of the account.
    pub scope: Scope,
    /// Whether a control of which nothing is declared is counted.
    pub counts: &'a dyn Fn(&Rule) -> bool,
    /// When.
    pub now: Timestamp,
}

/// What is said of documents.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The findings of what is declared, by the `cis` verdict.
    pub report: Report,
    /// Controls of which neither a metric filter nor an alarm is declared, and which are not counted.
    pub not_declared: Vec<Arc<Rule>>,
    /// Resources of the chain that are declared, in the combination of conditions that has most.
    pub resources: usize,
}

/// Judges what is declared, under each combination of open conditions.
#[must_use]
pub fn judge(worlds: &[World], rules: &[Arc<Rule>], terms: &Terms<'_>) -> Checked {
    let accounts: Vec<Account> =
        worlds.iter().map(|world| account(&world.declared, terms.home, terms.scope, terms.now)).collect();
    let mut reports: Vec<Report> = accounts.iter().map(|account| audit(&account.snapshot, rules)).collect();
    for (account, report) in accounts.iter().zip(&mut reports) {
        for finding in report.audits.iter_mut().flat_map(|audit| &mut audit.findings) {
            read(account, finding);
        }
    }
    let is_declared = |rule: &Arc<Rule>| accounts.iter().any(|account| declares(account, rule));
    let mut not_declared = Vec::new();
    let nothing = || audit(&account(&Declared::default(), terms.home, terms.scope, terms.now).snapshot, rules);
    let mut report = reports.first().cloned().unwrap_or_else(nothing);
    for audit in &mut report.audits {
        let mut findings = Vec::new();
        for (at, finding) in audit.findings.iter().enumerate() {
            let declared = is_declared(&finding.rule);
            if !declared && terms.scope == Scope::Part && !(terms.counts)(&finding.rule) {
                not_declared.push(Arc::clone(&finding.rule));
                continue;
            }
            let each = reports.iter().filter_map(|report| report.audits.first()?.findings.get(at));
            let mut merged = merge(&accounts, &each.collect::<Vec<_>>()).unwrap_or_else(|| finding.clone());
            if !declared && terms.scope == Scope::Part {
                let facts =
                    Facts::Account { account: terms.home.account.clone(), problem: AccountProblem::FilterNotDeclared };
                set_unknown(&mut merged, Reason::new(facts));
            }
            merged.place = accounts.iter().find_map(|account| place(account, &merged));
            findings.push(merged);
        }
        audit.findings = findings;
        audit.gaps = accounts.iter().flat_map(|account| account.snapshot.gaps.clone()).collect();
        audit.gaps.sort();
        audit.gaps.dedup();
    }
    let is_of_chain = |resource: &&Resource| {
        !["AWS::KMS::", "AWS::SecurityHub::"].iter().any(|other| resource.kind.starts_with(other))
    };
    let count =
        |world: &World| world.declared.resources.iter().filter(is_of_chain).count() + world.declared.elsewhere.len();
    let resources = worlds.iter().map(count).max().unwrap_or_default();
    Checked { report, not_declared, resources }
}

/// Judges a control again, but for events that are accepted to be missed.
#[must_use]
pub fn accepting(worlds: &[World], rule: &Arc<Rule>, accepted: &[&Pattern], terms: &Terms<'_>) -> Option<Finding> {
    let accounts: Vec<Account> =
        worlds.iter().map(|world| account(&world.declared, terms.home, terms.scope, terms.now)).collect();
    let findings = accounts.iter().map(|account| {
        let mut finding = crate::audit::accepting(&account.snapshot, rule, accepted);
        read(account, &mut finding);
        finding
    });
    let findings: Vec<Finding> = findings.collect();
    let mut merged = merge(&accounts, &findings.iter().collect::<Vec<_>>())?;
    merged.place = accounts.iter().find_map(|account| place(account, &merged));
    Some(merged)
}

/// Whether a metric filter for a control may be declared. Filters for something else match some of its events too, as
/// those for changes of policies match what the root user changes: what is meant for a control tests what it tests.
fn declares(account: &Account, rule: &Arc<Rule>) -> bool {
    let Demand::Events(events) = &rule.demand else { return account.snapshot.security_hub.is_some() };
    let demanded = fields(events.pattern.source());
    let is_meant = |filter: &MetricFilter| {
        let tested = fields(&filter.pattern);
        let shares = tested.is_empty() || tested.iter().any(|field| demanded.contains(field));
        relevant(filter, std::slice::from_ref(rule)) && (shares || covers_alone(filter, events) != Some(false))
    };
    let mut filters = account.snapshot.log_groups.iter().flat_map(|group| group.metric_filters.iter().flatten());
    !account.open_filters.is_empty() || filters.any(is_meant)
}

/// The fields that a pattern names: `$.userIdentity.type`.
fn fields(pattern: &str) -> BTreeSet<&str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_');
    let end = |rest: &str| rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
    pattern.split("$.").skip(1).filter_map(|rest| rest.get(..end(rest))).collect()
}

/// Reads a finding with in mind what is not declared or not known.
fn read(account: &Account, finding: &mut Finding) {
    finding.warnings.retain(|warning| warning.code() != Code::SubscriptionNotLasting);
    if finding.status == Status::Fail
        && let Some(reason) = doubt(account, finding)
    {
        set_unknown(finding, reason);
    }
    if finding.status == Status::Unknown
        && let Some(reason) = open_alarm(account, finding)
    {
        set_unknown(finding, reason);
    }
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
}

/// What is not known, and could make a finding pass that fails.
fn doubt(account: &Account, finding: &Finding) -> Option<Reason> {
    let reason = finding.verdicts.cis.reason.as_ref()?;
    let unread = |part: &DocumentPart| Unread::AtDeployment(Box::new(part.clone()));
    if reason.link() < Link::MetricFilter && !(reason.code().is_absence()) {
        return None;
    }
    let group = finding.chain.log_group().cloned().or_else(|| Some(account.snapshot.log_groups.first()?.arn.clone()));
    if let Some((part, group)) = account.open_filters.first().zip(group) {
        let facts = Facts::log_group(&group, LogGroupProblem::FiltersUnread { for_plan: false });
        return Some(Reason::new(facts).because(unread(part)));
    }
    let metrics = finding.chain.metric_filters().flat_map(|filter| &filter.metrics);
    let mut open = metrics.filter_map(|metric| {
        let name = format!("{}/{}", metric.namespace, metric.name);
        account.open_metrics.get(&name).map(|part| (name, part))
    });
    if let Some((name, part)) = open.next().filter(|_| reason.link() == Link::Alarm) {
        return Some(Reason::new(Facts::metric(&name, MetricProblem::AlarmsUnread)).because(unread(part)));
    }
    let part = account.elsewhere.first().filter(|_| reason.code().is_absence())?;
    Some(unknown_at(account, finding, reason.link(), unread(part)))
}

/// The reason of a finding that rests on an alarm of which a setting is not known.
fn open_alarm(account: &Account, finding: &Finding) -> Option<Reason> {
    let reason = finding.verdicts.cis.reason.as_ref().filter(|reason| reason.code() == Code::AlarmUndecided)?;
    let part = account.open_alarms.get(reason.resource()?)?;
    let metric = finding.chain.metric_filters().flat_map(|filter| &filter.metrics).next();
    let name = metric.map(|metric| format!("{}/{}", metric.namespace, metric.name)).unwrap_or_default();
    let unread = Unread::AtDeployment(Box::new(part.clone()));
    Some(Reason::new(Facts::metric(&name, MetricProblem::AlarmsUnread)).because(unread))
}

/// That a link is not known, in the words of that link.
fn unknown_at(account: &Account, finding: &Finding, link: Link, unread: Unread) -> Reason {
    let chain = &finding.chain;
    let group = chain.log_group().cloned().or_else(|| Some(account.snapshot.log_groups.first()?.arn.clone()));
    let topic = chain.topics().next().cloned();
    let metric = chain.metric_filters().flat_map(|filter| &filter.metrics).next();
    let facts = match (link, group, metric, topic) {
        (Link::Topic | Link::Subscription, _, _, Some(topic)) => {
            Facts::topic(&topic, TopicProblem::SubscriptionsUnread)
        }
        (Link::Alarm | Link::Topic | Link::Subscription, _, Some(metric), _) => {
            Facts::metric(&format!("{}/{}", metric.namespace, metric.name), MetricProblem::AlarmsUnread)
        }
        (Link::LogGroup | Link::MetricFilter | Link::Alarm | Link::Topic | Link::Subscription, Some(group), ..) => {
            Facts::log_group(&group, LogGroupProblem::FiltersUnread { for_plan: false })
        }
        _ => Facts::Account { account: finding.account_id.clone(), problem: AccountProblem::TrailsUnread },
    };
    Reason::new(facts).because(unread)
}

fn set_unknown(finding: &mut Finding, reason: Reason) {
    finding.verdicts.cis = Judged::because(Status::Unknown, reason.clone());
    finding.verdicts.effective = Judged::plain(Status::Unknown);
    if !matches!(finding.verdicts.security_hub.status, HubStatus::NotSupported | HubStatus::Unknown) {
        finding.verdicts.security_hub = Judged::because(HubStatus::Unknown, reason.clone());
    }
    finding.status = Status::Unknown;
    finding.remedy = Some(crate::finding::Remedy { words: reason.remedy(), pattern: None });
    finding.reason = Some(reason);
    finding.witness = None;
}

/// What of a chain is presumed, in its order.
fn presumed(account: &Account, chain: &Chain) -> Vec<Warning> {
    let of = |step: &Step| match step {
        Step::Trail(trail) if account.presumed_trails.contains(&trail.arn) => {
            let account = account.snapshot.account_id.clone();
            Some(Facts::Account { account, problem: AccountProblem::TrailNotDeclared })
        }
        Step::LogGroup(arn) if account.presumed_groups.contains(arn) => {
            Some(Facts::log_group(arn, LogGroupProblem::NotDeclared))
        }
        Step::Topic(arn) if account.presumed_topics.contains(arn) => Some(Facts::topic(arn, TopicProblem::NotDeclared)),
        Step::Topic(arn) if account.to_confirm.contains(arn) => Some(Facts::topic(arn, TopicProblem::ToConfirm)),
        _ => None,
    };
    chain.steps().iter().filter_map(of).map(Reason::new).collect()
}

/// The chain without the steps that nothing declares or names.
fn without_presumed(account: &Account, chain: &Chain) -> Chain {
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

/// One finding of those under each combination of conditions: the worst of equal verdicts, else unknown.
fn merge(accounts: &[Account], each: &[&Finding]) -> Option<Finding> {
    let first = each.first()?;
    let weight = |finding: &Finding| {
        (
            finding.verdicts.effective.status != Status::Pass,
            finding.warnings.iter().filter(|it| it.grade() != Grade::Note).count(),
        )
    };
    let is_one = each.iter().all(|finding| finding.verdicts.cis.status == first.verdicts.cis.status);
    if is_one {
        let worst = each.iter().copied().max_by_key(|finding| weight(finding))?;
        let mut merged = worst.clone();
        let effective = |finding: &&Finding| finding.verdicts.effective.status;
        if each.iter().any(|finding| effective(finding) != effective(&worst)) {
            let reason = each.iter().find_map(|finding| finding.verdicts.effective.reason.clone());
            merged.verdicts.effective = Judged { status: Status::Unknown, reason };
        }
        if each.iter().any(|finding| finding.verdicts.security_hub.status != worst.verdicts.security_hub.status) {
            let reason = each.iter().find_map(|finding| finding.verdicts.security_hub.reason.clone());
            merged.verdicts.security_hub = Judged { status: HubStatus::Unknown, reason };
        }
        return Some(merged);
    }
    let broken = each
        .iter()
        .find(|finding| finding.status == Status::Fail)
        .or_else(|| each.iter().find(|finding| finding.status == Status::Unknown))?;
    let mut merged = (*broken).clone();
    if broken.status == Status::Fail {
        let reason = broken.verdicts.cis.reason.as_ref()?;
        let at = each.iter().position(|finding| std::ptr::eq(*finding, *broken)).unwrap_or_default();
        let account = accounts.get(at)?;
        let place = place(account, broken);
        let part = DocumentPart {
            file: place.as_ref().map(|place| place.file.clone()).unwrap_or_else(|| first_file(accounts)),
            line: place.as_ref().and_then(|place| place.line),
            address: place.and_then(|place| place.address).unwrap_or_else(|| "Conditions".to_owned()),
            property: None,
            why: Some("it depends on conditions with a parameter that has no default".to_owned()),
            instead_of: "cloudwatch:DescribeAlarms".to_owned(),
        };
        let unread = Unread::AtDeployment(Box::new(part));
        let reason = unknown_at(account, broken, reason.link(), unread);
        set_unknown(&mut merged, reason);
    }
    Some(merged)
}

fn first_file(accounts: &[Account]) -> String {
    let mut declarations = accounts.iter().flat_map(|account| account.declarations.values());
    declarations.next().map(|declaration| declaration.place.file.clone()).unwrap_or_default()
}
