//! A template for no account in particular: the plan of an account in which nothing is, planned with letters that stand
//! for what is filled in where it is deployed. They are letters for private use, which no name, pattern or policy has,
//! so that whatever the plan makes of them can be read back ([`deploy_time::read`](crate::deploy_time::read)).

use std::sync::Arc;

use filter_pattern::Pattern;

use super::from_plan::Draft;
use super::model::{Scope, Task, Template, TemplateError};
use crate::arn::TopicArn;
use crate::deploy_time::{ACCOUNT, ENDPOINT, NAMESPACE, PARTITION, PREFIX, REGION, has_stand_ins, own, topic};
use crate::finding::{Code, Verdict};
use crate::fix::documents;
use crate::fix::plan::{Endpoint, Options, Plan};
use crate::fix::planner;
use crate::fix::questions::{Questions, questions};
use crate::fix::survey::{EndpointPolicy, Site, SiteKind, SiteState, Survey};
use crate::rule::Rule;
use crate::snapshot::{
    self, LogGroup, RegionAlarms, SecurityHub, Snapshot, Subscription, SubscriptionAttributes, Topic,
};

/// The whole chain, for an account that has nothing of it.
///
/// # Errors
/// If a text holds a letter that stands for something.
pub fn whole(rules: &[Arc<Rule>], verdict: Verdict, options: &Options) -> Result<Template, TemplateError> {
    free_of_stand_ins(rules, options)?;
    let options = &called_for(rules, options);
    let mut plan = plan(rules, verdict, options);
    let is_open = options.subscribe.is_empty() && options.topic.is_none();
    if is_open {
        // The one subscriber is a stand-in, of whom there is nothing to say.
        let of_subscribers = [Code::SubscriptionPending, Code::SubscriptionNotLasting].map(Code::as_str);
        plan.manual.retain(|task| !of_subscribers.contains(&task.code.as_str()));
        plan.not_subscribed.clear();
    }
    let mut template = Draft::new(&plan, options, Scope::Any).finish();
    if is_open {
        template
            .tasks
            .push(task("confirm the subscription: open the email to the subscriber, or answer the request to the URL"));
    }
    if let Some(topic) = &options.topic {
        template.tasks.push(task(&format!(
            "make sure that the policy of topic {topic} lets CloudWatch publish, and that somebody has confirmed a subscription"
        )));
    }
    Ok(template)
}

/// The options, with the namespace of the controls' own where none of them is the benchmark's.
fn called_for(rules: &[Arc<Rule>], options: &Options) -> Options {
    if rules.iter().any(|rule| rule.is_benchmarks) {
        return options.clone();
    }
    Options { namespace: options.own_namespace().to_owned(), ..options.clone() }
}

fn task(what: &str) -> Task {
    Task { what: what.to_owned(), commands: Vec::new() }
}

fn plan(rules: &[Arc<Rule>], verdict: Verdict, options: &Options) -> Plan {
    let options = standing_in(options);
    let (account, survey) = nothing(&options);
    planner::plan(&account, &survey, rules, verdict, &options)
}

/// The options, with stand-ins for what may be chosen later.
fn standing_in(options: &Options) -> Options {
    let mut subscribe: Vec<Endpoint> = options.subscribe.clone();
    if subscribe.is_empty() && options.topic.is_none() {
        subscribe.push(Endpoint { protocol: "email".to_owned(), address: ENDPOINT.to_string() });
    }
    for (place, endpoint) in subscribe.iter_mut().enumerate().filter(|(_, endpoint)| endpoint.protocol == "lambda") {
        // The account's own, so that a permission is planned for it.
        endpoint.address = format!("{}:function:{place}", own("lambda"));
    }
    // What may be chosen is the namespace of the others, if theirs is another one.
    let own_namespace = Some(options.own_namespace()).filter(|own| *own != options.namespace);
    let own_namespace = own_namespace.map_or_else(|| NAMESPACE.to_string(), str::to_owned);
    Options {
        subscribe,
        topic: options.topic.as_ref().map(|_| topic().into()),
        name_prefix: PREFIX.to_string(),
        own_namespace: Some(own_namespace),
        namespace: NAMESPACE.to_string(),
        ..options.clone()
    }
}

/// An account in which nothing is, all of which was read.
fn nothing(options: &Options) -> (Snapshot, Survey) {
    let mut account = Snapshot {
        schema_version: snapshot::SCHEMA_VERSION,
        collected_at: jiff::Timestamp::UNIX_EPOCH,
        account_id: ACCOUNT.to_string(),
        partition: PARTITION.to_string(),
        region: REGION.to_string(),
        trails: Some(Vec::new()),
        log_groups: Vec::new(),
        alarms: Vec::new(),
        topics: Vec::new(),
        keys: Vec::new(),
        event_rules: Vec::new(),
        provenance: None,
        monitoring_links: Vec::new(),
        further_regions: Vec::new(),
        security_hub: Some(SecurityHub {
            region: REGION.to_string(),
            enabled: false,
            hub_arn: None,
            subscribed_at: None,
        }),
        gaps: Vec::new(),
    };
    let Questions { buckets, roles, keys, topics, topic_keys: _, log_groups, alarms, endpoints } =
        questions(&account, options);
    let groups = log_groups.iter().map(String::from).collect();
    let mut survey = Survey::default();
    for (kind, names) in
        [(SiteKind::Bucket, buckets), (SiteKind::Role, roles), (SiteKind::Key, keys), (SiteKind::LogGroup, groups)]
    {
        let missing = |name| Site { kind, name, state: Some(SiteState::Missing) };
        survey.sites.extend(names.into_iter().map(missing));
    }
    account.topics = topics.into_iter().map(|arn| topic_of(arn, options)).collect();
    account.log_groups = log_groups
        .into_iter()
        .map(|arn| LogGroup { arn, exists: Some(false), class: None, metric_filters: None })
        .collect();
    account.alarms = alarms.into_iter().map(no_alarms).collect();
    survey.endpoints = endpoints
        .into_iter()
        .map(|arn| EndpointPolicy { arn, exists: Some(true), policy: Some(String::new()) })
        .collect();
    account.sort();
    survey.sort();
    (account, survey)
}

fn no_alarms(region: String) -> RegionAlarms {
    RegionAlarms {
        region,
        complete: true,
        metric_alarms: Vec::new(),
        composite_alarms: Vec::new(),
        log_alarms: Vec::new(),
        mute_rules: Some(Vec::new()),
    }
}

/// A topic that is to be used is there, and notifies a subscriber unless others are to be subscribed; any other is not.
fn topic_of(arn: TopicArn, options: &Options) -> Topic {
    let exists = options.topic.as_ref() == Some(&arn);
    let confirmed = Subscription {
        arn: format!("{arn}:0"),
        protocol: "email".to_owned(),
        endpoint: ENDPOINT.to_string(),
        attributes: Some(SubscriptionAttributes::default()),
    };
    Topic {
        exists: Some(exists),
        policy: documents::topic(&arn).filter(|_| exists),
        kms_key_id: None,
        is_fifo: false,
        subscriptions: exists.then(|| if options.subscribe.is_empty() { vec![confirmed] } else { Vec::new() }),
        arn,
    }
}

fn free_of_stand_ins(rules: &[Arc<Rule>], options: &Options) -> Result<(), TemplateError> {
    let of_options = options.subscribe.iter().map(|endpoint| endpoint.address.as_str());
    let of_options = of_options.chain(options.topic.as_deref()).chain(options.topic_kms_key.as_deref());
    let mut all = rules.iter().flat_map(|rule| texts(rule)).chain(of_options);
    match all.find(|text| has_stand_ins(text)) {
        Some(text) => Err(TemplateError::StandIn(format!("{text:?}"))),
        None => Ok(()),
    }
}

/// What of a rule comes into a plan.
fn texts(rule: &Rule) -> Vec<&str> {
    let mut texts = vec![rule.slug.as_str(), rule.title.as_str()];
    if let Some(events) = rule.demand.events() {
        texts.push(&events.metric_name);
        texts.extend(std::iter::once(&events.pattern).chain(&events.accepts).map(Pattern::source));
    }
    texts.extend(rule.security_hub.iter().flat_map(|hub| &hub.texts).map(Pattern::source));
    texts
}
