//! Plans tried on accounts in memory: what they do, what they leave alone, and what they say that they do not do.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::names::{Names, TRIES};
use super::plan::{Action, Endpoint, Options, Plan, Step};
use super::questions::{Questions, questions};
use super::survey::{EndpointPolicy, Site, SiteKind, SiteState, Survey};
use super::{planner, simulate};
use crate::accounts::AccountBuilder;
use crate::accounts::builder::{ACCOUNT, REGION, TOPIC as NOTICE};
use crate::accounts::controls::metric_of;
use crate::audit::audit;
use crate::finding::{Code, HubStatus, Report, Status, Verdict};
use crate::rule::catalog::Catalog;
use crate::rule::{Benchmark, Rule};
use crate::saved::Saved;
use crate::snapshot::{
    LogGroup, MetricFilter, RegionAlarms, SecurityHub, Snapshot, Subscription, Topic, Trail, Watched,
};

mod begun;
mod choices;
mod circumstances;
mod documents;
mod empty;
mod laws;
mod own_rules;
mod passing;
mod subscribers;
mod table;
mod unasked;

const GROUP: &str = "arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings";
const OWN_TOPIC: &str = "arn:aws:sns:ap-northeast-1:111122223333:cis-audit-alerts";

/// An account as a fix reads it: most of what a test changes is of the snapshot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Account {
    snapshot: Snapshot,
    pub(crate) survey: Survey,
}

impl Account {
    pub(crate) fn parse(text: &str) -> Self {
        let Saved { snapshot, survey } = Saved::from_json(text).expect("a saved account").document;
        Self { snapshot, survey }
    }
}

impl From<AccountBuilder> for Account {
    fn from(account: AccountBuilder) -> Self {
        Self { snapshot: account.build(), survey: Survey::default() }
    }
}

impl Deref for Account {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl DerefMut for Account {
    fn deref_mut(&mut self) -> &mut Snapshot {
        &mut self.snapshot
    }
}

pub(crate) fn plan(account: &Account, rules: &[Arc<Rule>], verdict: Verdict, options: &Options) -> Plan {
    planner::plan(account, &account.survey, rules, verdict, options)
}

fn after(account: &Account, plan: &Plan) -> Account {
    let (snapshot, survey) = simulate::after(account, &account.survey, plan);
    Account { snapshot, survey }
}

pub(crate) fn rules(benchmark: Benchmark) -> Vec<Arc<Rule>> {
    Catalog::builtin(benchmark).expect("the built-in rules").rules().to_vec()
}

pub(crate) fn seed() -> Account {
    crate::accounts::seed().into()
}

/// An account in which nothing was ever set up.
pub(crate) fn empty() -> Account {
    let mut account = seed();
    account.trails = Some(vec![]);
    account.log_groups.clear();
    account.topics.clear();
    account.alarms[0].metric_alarms.clear();
    account.security_hub =
        Some(SecurityHub { region: account.region.clone(), enabled: true, hub_arn: None, subscribed_at: None });
    account
}

/// Answers every question of a fix that the snapshot does not answer: no such thing is there.
pub(crate) fn surveyed(mut account: Account, options: &Options) -> Account {
    let Questions { buckets, roles, keys, topics, topic_keys: _, log_groups, alarms, endpoints } =
        questions(&account, options);
    let groups = log_groups.iter().filter(|arn| account.log_group(arn).is_none_or(|group| group.exists == Some(false)));
    let groups = groups.map(String::from).collect();
    for (kind, names) in
        [(SiteKind::Bucket, buckets), (SiteKind::Role, roles), (SiteKind::Key, keys), (SiteKind::LogGroup, groups)]
    {
        for name in names {
            if !account.survey.sites.iter().any(|site| site.kind == kind && site.name == name) {
                account.survey.sites.push(Site { kind, name, state: Some(SiteState::Missing) });
            }
        }
    }
    for arn in topics {
        if account.topic(&arn).is_none() {
            let exists = Some(false);
            account.topics.push(Topic {
                arn,
                exists,
                policy: None,
                kms_key_id: None,
                is_fifo: false,
                subscriptions: None,
            });
        }
    }
    for arn in log_groups {
        if account.log_group(&arn).is_none() {
            account.log_groups.push(LogGroup { arn, exists: Some(false), class: None, metric_filters: None });
        }
    }
    for region in alarms {
        if account.alarms_in(&region).is_none() {
            account.alarms.push(RegionAlarms {
                region,
                complete: true,
                metric_alarms: vec![],
                composite_alarms: vec![],
                log_alarms: vec![],
                mute_rules: Some(vec![]),
            });
        }
    }
    for arn in endpoints {
        if account.survey.endpoint(&arn).is_none() {
            account.survey.endpoints.push(EndpointPolicy { arn, exists: Some(true), policy: Some(String::new()) });
        }
    }
    account.sort();
    account.survey.sort();
    account
}

pub(crate) fn endpoints(addresses: &[&str]) -> Vec<Endpoint> {
    addresses.iter().map(|address| address.parse().expect("an endpoint")).collect()
}

/// A subscriber that need not confirm, so that a plan's account can pass.
fn sms_subscriber() -> Options {
    Options { subscribe: endpoints(&["sms:+15555550123"]), ..Options::default() }
}

/// Everything that a person was asked to confirm is confirmed.
fn confirmed(mut account: Account) -> Account {
    for topic in &mut account.topics {
        for (at, subscription) in topic.subscriptions.iter_mut().flatten().enumerate() {
            subscription.arn = format!("{}:{at}", topic.arn);
            subscription.attributes = Some(Default::default());
        }
    }
    account
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

/// What a plan does, a step a line, and what it says.
fn summary(plan: &Plan) -> String {
    let mut text = String::new();
    let mut line = |start: &str, rules: &[String], rest: &str| {
        let rules = match rules {
            [one] => one.clone(),
            [first, .., last] => format!("{first}..{last} ({})", rules.len()),
            [] => String::new(),
        };
        text.push_str(&format!("{start} [{rules}] {rest}\n"));
    };
    for step in &plan.steps {
        let kinds: Vec<&str> = step.after.iter().filter_map(|id| id.split('/').next()).collect();
        let after = if kinds.is_empty() { String::new() } else { format!("after {}", kinds.join(", ")) };
        line(&step.id, &step.rules, &after);
    }
    for manual in &plan.manual {
        line(&format!("manual: {}", manual.code), &manual.rules, &manual.what);
    }
    for not in &plan.not_planned {
        line(&format!("not planned: {}", not.code), &not.rules, &not.why);
    }
    for reused in &plan.reused {
        text.push_str(&format!("uses {} {}\n", reused.kind.as_str(), reused.resource));
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn planned(account: &Account, options: &Options) -> Plan {
    planned_for(account, options, Verdict::Cis)
}

fn planned_for(account: &Account, options: &Options, verdict: Verdict) -> Plan {
    plan(account, &rules(Benchmark::default()), verdict, options)
}

fn judge(account: &Account) -> Report {
    audit(account, &rules(Benchmark::default()))
}

/// The plan for an account in which all names are free, with the laws of every plan checked.
#[track_caller]
fn plan_for(account: impl Into<Account>, options: &Options, verdict: Verdict) -> Plan {
    checked_plan(&surveyed(account.into(), options), &rules(Benchmark::default()), verdict, options)
}

/// The seed's account without the alarm for 3.4.
fn seed_without_alarm() -> Account {
    crate::accounts::seed().without_alarm("3.4").into()
}

/// A topic without subscribers, with the policy of a topic that a fix creates.
fn topic(arn: &str) -> Topic {
    Topic {
        arn: arn.into(),
        exists: Some(true),
        policy: super::documents::topic(&arn.into()),
        kms_key_id: None,
        is_fifo: false,
        subscriptions: Some(vec![]),
    }
}

/// The topics that the alarms of a plan notify.
fn notified_topics(plan: &Plan) -> BTreeSet<&str> {
    let created = plan.steps.iter().filter_map(|step| match &step.action {
        Action::CreateAlarm(alarm) => Some(alarm.topic_arn.as_str()),
        _ => None,
    });
    created.collect()
}

/// Laws of every plan: each step is after those that it needs, ids are unique, every control that fails afterwards is
/// announced, nothing that was there has gone or changed but where a step says so, and a second plan does nothing.
#[track_caller]
fn checked_plan(account: &Account, rules: &[Arc<Rule>], verdict: Verdict, options: &Options) -> Plan {
    let plan = plan(account, rules, verdict, options);
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for step in &plan.steps {
        assert!(step.after.iter().all(|id| done.contains(id.as_str())), "{} comes too early", step.id);
        assert!(done.insert(&step.id), "{} is there twice", step.id);
        assert!(!step.rules.is_empty(), "{} is for nothing", step.id);
    }
    let then = after(account, &plan);
    let report = audit(&then, rules).decided_by(verdict);
    let announced: BTreeSet<&String> =
        plan.manual.iter().flat_map(|it| &it.rules).chain(plan.not_planned.iter().flat_map(|it| &it.rules)).collect();
    for finding in report.findings() {
        let is_announced = announced.contains(&finding.rule.id.to_string());
        assert!(
            finding.status == Status::Pass || is_announced,
            "{}: {:?}\n{}",
            finding.rule.id,
            finding.reason,
            summary(&plan)
        );
    }
    for not in &plan.not_planned {
        let begun = plan.steps.iter().find(|step| not.rules.iter().any(|rule| step.rules.contains(rule)));
        assert!(begun.is_none(), "{} is begun for {not:?}", begun.map(|step| step.id.as_str()).unwrap_or_default());
    }
    assert_only_steps_changed(account, &then, &plan);
    let second = self::plan(&then, rules, verdict, options);
    assert_eq!(second.steps, [], "first:\n{}\nsecond:\n{}", summary(&plan), summary(&second));
    let text = serde_json::to_string(&plan).expect("a plan is JSON");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("JSON is a plan"), plan);
    plan
}

/// Nothing has gone, and nothing has changed but what a step names.
#[track_caller]
fn assert_only_steps_changed(before: &Account, after: &Account, plan: &Plan) {
    let named = |arn: &str| {
        plan.steps.iter().any(|step| match &step.action {
            Action::UpdateTrail(update) => update.arn == *arn,
            Action::AllowPublish(update) => update.arn == *arn,
            Action::AllowQueue(update) => update.arn == arn,
            Action::AllowFunction(permission) => permission.function_arn == arn,
            Action::CreateLogGroup(group) => group.arn == *arn,
            Action::CreateTopic(topic) => topic.arn == *arn,
            Action::Subscribe(subscription) => subscription.topic_arn == *arn,
            _ => false,
        })
    };
    for trail in before.trails() {
        assert!(named(&trail.arn) || after.trails().contains(trail), "trail {}", trail.arn);
    }
    for group in &before.log_groups {
        let kept = after.log_group(&group.arn).expect("the log group is there");
        let filters = kept.metric_filters.as_deref().unwrap_or_default();
        assert!(group.metric_filters.iter().flatten().all(|filter| filters.contains(filter)), "{}", group.arn);
        assert!(named(&group.arn) || (group.exists, &group.class) == (kept.exists, &kept.class), "{}", group.arn);
    }
    for alarms in &before.alarms {
        let kept = after.alarms_in(&alarms.region).expect("the region is there");
        assert!(alarms.metric_alarms.iter().all(|alarm| kept.metric_alarms.contains(alarm)), "{}", alarms.region);
        assert_eq!((&alarms.composite_alarms, &alarms.mute_rules), (&kept.composite_alarms, &kept.mute_rules));
        let mut names: Vec<&String> = kept.metric_alarms.iter().map(|alarm| &alarm.name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "an alarm would be replaced");
    }
    for topic in &before.topics {
        let kept = after.topic(&topic.arn).expect("the topic is there");
        assert!(named(&topic.arn) || kept == topic, "topic {}", topic.arn);
        let subscriptions = kept.subscriptions.as_deref().unwrap_or_default();
        assert!(topic.subscriptions.iter().flatten().all(|each| subscriptions.contains(each)), "topic {}", topic.arn);
    }
}
