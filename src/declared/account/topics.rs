//! Declared topics, their policies and keys, and who is subscribed; and the topics that are presumed.

use std::collections::BTreeSet;

use super::builder::{Builder, Scope, known, name_of, other_region, part};
use super::policy;
use super::refused::is_no_topic;
use crate::arn::{Arn, TopicArn};
use crate::declared::{Node, Resource, Unknown, Value, is_never, is_open};
use crate::snapshot::{AlarmActions, Key, Subscription, SubscriptionAttributes, Topic};

const ATTRIBUTES: &str = "sns:GetTopicAttributes";
const SUBSCRIPTIONS: &str = "sns:ListSubscriptionsByTopic";
/// Protocols whose subscriptions are confirmed when they are made (SNS API reference, `Subscribe`).
const CONFIRMED: [&str; 5] = ["sqs", "lambda", "firehose", "sms", "application"];

/// Whom a topic sends to that is in a channel of a chat application: one address for all channels of all accounts. SNS holds
/// one subscription of a topic with it, however many channels list the topic.
pub(super) const CHAT: &str = "https://global.sns-api.chatbot.amazonaws.com";

/// The policy of a topic that is presumed to be sound.
const ANYBODY: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"SNS:Publish","Resource":"*"}]}"#;
/// A policy of which nothing can be decided.
const UNDECIDED: &str = "";
/// A filter policy about which it is not known what it lets through: no JSON, and not empty, which would let all through.
const OPEN_FILTER: &str = "${known at deployment}";

pub(super) fn topic<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let arn = TopicArn::new(builder.home.arn("sns", &name_of(resource, "TopicName")));
    if !builder.declare(&arn, resource) {
        return;
    }
    let fifo = known(resource, "FifoTopic", ATTRIBUTES, |node| Ok(node.boolean()?.unwrap_or(false)));
    let is_fifo = fifo.unwrap_or_else(|part| {
        builder.gap(&part, Some(&arn));
        builder.account.perhaps_fifo.insert(arn.clone(), *part);
        false
    });
    let topic = Topic {
        policy: Some(default_policy(builder, &arn)),
        kms_key_id: resource.properties.get("KmsMasterKeyId").symbol().filter(|key| !key.is_empty()),
        is_fifo,
        ..empty(arn.clone())
    };
    // Subscriptions that are deployed already stay: each is a resource of its own.
    let topics = &mut builder.account.snapshot.topics;
    let known = topics.iter().position(|known| known.arn == arn).map(|at| topics.remove(at));
    let subscriptions =
        known.filter(|known| known.exists == Some(true)).map_or(topic.subscriptions, |known| known.subscriptions);
    topics.push(Topic { subscriptions, ..topic });
    let inline = resource.properties.get("Subscription");
    match inline.list() {
        Ok(nodes) => nodes.into_iter().for_each(|node| subscribe(builder, &arn, (resource, node))),
        Err(unknown) => builder.gap(&part(resource, "Subscription", inline, &unknown, SUBSCRIPTIONS), Some(&arn)),
    }
}

fn empty(arn: TopicArn) -> Topic {
    Topic { arn, exists: Some(true), policy: None, kms_key_id: None, is_fifo: false, subscriptions: Some(Vec::new()) }
}

/// What a topic has that nobody gave a policy: its owner may publish (SNS developer guide, "Access control policies").
fn default_policy(builder: &Builder<'_>, arn: &TopicArn) -> String {
    let account = &builder.home.account;
    serde_json::json!({
        "Version": "2008-10-17",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": "SNS:Publish",
            "Resource": arn.as_str(),
            "Condition": { "StringEquals": { "AWS:SourceOwner": account } },
        }],
    })
    .to_string()
}

pub(super) fn topic_policy<'a>(builder: &mut Builder<'a>, resource: &'a Resource, property: &str) {
    let document = resource.properties.get("PolicyDocument");
    let topics = resource.properties.get(property);
    let listed = topics.list();
    let known: Vec<TopicArn> = builder.account.snapshot.topics.iter().map(|topic| topic.arn.clone()).collect();
    // What a parameter names may be a topic that is declared here.
    let is_any = |node: &&Node| {
        let is_declared = || node.symbol().is_some_and(|text| known.contains(&builder.own_topic_arn(&text)));
        node.unknown().is_some_and(|it| it.is_anything() || is_open(&it.expression) && !is_declared())
    };
    let is_any = listed.as_ref().is_ok_and(|all| all.iter().any(is_any));
    let Some(topics) = listed.ok().filter(|_| !is_any) else {
        // It may be the policy of any of them.
        for topic in &mut builder.account.snapshot.topics {
            topic.policy = Some(UNDECIDED.to_owned());
        }
        return;
    };
    for named in topics.iter().filter_map(|node| node.symbol()) {
        let arn = builder.own_topic_arn(&named);
        builder.note(&format!("policy of {arn}"), resource);
        let text = policy::text(document, builder.home, &arn).filter(|_| document.unknown().is_none());
        let text = text.unwrap_or_else(|| UNDECIDED.to_owned());
        let is_second = !builder.with_policy.insert(arn.clone());
        if let Some(topic) = builder.account.snapshot.topics.iter_mut().find(|topic| topic.arn == arn) {
            // Of two the one that is deployed last counts.
            topic.policy = Some(if is_second { UNDECIDED.to_owned() } else { text });
        }
    }
}

pub(super) fn subscription<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    if let Some(why) = elsewhere(builder, resource) {
        builder.refuse_here(resource, "TopicArn", why);
    }
    subscription_of(builder, (resource, "TopicArn"), resource.properties.get("TopicArn"), &resource.properties);
}

/// Why a subscription is created in another region than its topic, which SNS refuses (API reference, `Subscribe`).
fn elsewhere(builder: &Builder<'_>, resource: &Resource) -> Option<String> {
    let own = resource.properties.get("Region");
    let here = own.text().ok()?.unwrap_or(&builder.home.region);
    let topic = resource.properties.get("TopicArn").symbol()?;
    let there = other_region(&topic, "sns", here)?;
    Some(format!("a topic is subscribed to in its own region, {there}, and this subscription is created in {here}"))
}

/// A subscription that a property of a resource makes, of the topic that a node names.
pub(super) fn subscription_of<'a>(
    builder: &mut Builder<'a>,
    (resource, property): (&'a Resource, &str),
    named: &Node,
    subscription: &Node,
) {
    let Some(text) = named.symbol() else { return };
    let arn = builder.topic_arn(&text);
    // Where all that is written out is of one account it is that of the deployment.
    let here = builder.topic_if_here(&arn).filter(|_| builder.names_one_account);
    let arn = here.unwrap_or(arn);
    builder.note(&format!("subscription of {arn}"), resource);
    // The name of a topic in place of its ARN, which SNS refuses, is meant for that topic.
    let meant = TopicArn::new(builder.home.arn("sns", &text));
    let is_meant = |topic: &Topic| topic.arn == meant && topic.exists == Some(true);
    if Arn::parse(&text).is_none() && builder.account.snapshot.topics.iter().any(is_meant) {
        builder.note(&format!("subscription of {meant}"), resource);
    }
    if is_no_topic(&text) {
        if resource.referred.is_some() && !resource.shows(property) {
            // It may be made of that, and then be any.
            let unknown = Unknown::anything(&text, format!("it is {text}, or made of that"));
            let part = part(resource, property, named, &unknown, SUBSCRIPTIONS);
            builder.gap(&part, None);
            builder.account.open_subscriptions.push(part);
        }
        return;
    }
    if let Some(unknown) = named.unknown().filter(|unknown| unknown.is_anything()) {
        let part = part(resource, property, named, unknown, SUBSCRIPTIONS);
        builder.gap(&part, None);
        builder.account.open_subscriptions.push(part);
        return;
    }
    if let Some(here) = builder.topic_if_here(&arn) {
        let part = part(resource, property, named, &if_here(&arn), SUBSCRIPTIONS);
        builder.gap(&part, Some(&here));
    }
    if let Some(unknown) = named.unknown() {
        // It may be one of any topic that is declared.
        let declared: Vec<TopicArn> = builder.account.snapshot.topics.iter().map(|topic| topic.arn.clone()).collect();
        if !declared.contains(&arn) {
            for topic in declared.iter().filter(|topic| !is_open(topic)) {
                builder.gap(&part(resource, property, named, unknown, SUBSCRIPTIONS), Some(topic));
            }
        }
    }
    subscribe(builder, &arn, (resource, subscription));
}

/// Why it is not known whether a topic is the one that is declared.
pub(super) fn if_here(arn: &TopicArn) -> Unknown {
    let (name, account) = (arn.name(), arn.account().unwrap_or_default());
    Unknown::anything(name, format!("it is the topic declared here if this is account {account} (--in-account)"))
}

/// Adds a subscription to a topic, if that is declared.
fn subscribe(builder: &mut Builder<'_>, arn: &TopicArn, (resource, node): (&Resource, &Node)) {
    let protocol = node.get("Protocol").symbol().unwrap_or_default();
    let endpoint = node.get("Endpoint").symbol().unwrap_or_default();
    let policy = node.get("FilterPolicy");
    let filter_policy = match &policy.value {
        Value::Absent => None,
        Value::Text(text) => Some(text.clone()),
        Value::Unknown(_) => Some(OPEN_FILTER.to_owned()),
        Value::List(_) | Value::Map(_) => {
            Some(policy::filter(policy, builder.home).unwrap_or_else(|| OPEN_FILTER.to_owned()))
        }
    };
    if filter_policy.as_deref() == Some(OPEN_FILTER) && builder.account.snapshot.topics.iter().any(|it| it.arn == *arn)
    {
        let unknown =
            policy.unknown().cloned().unwrap_or_else(|| Unknown::new("FilterPolicy", "a part of it is not known"));
        let part = part(resource, "FilterPolicy", policy, &unknown, SUBSCRIPTIONS);
        builder.account.open_policies.entry(arn.clone()).or_insert(part);
    }
    let scope = node.get("FilterPolicyScope").symbol();
    // A state says it, and a configuration may promise it.
    let is_confirmed = node.get("Confirmed").boolean().ok().flatten();
    let is_confirmed = is_confirmed.unwrap_or_else(|| CONFIRMED.contains(&protocol.as_str()));
    let attributes = SubscriptionAttributes {
        filter_policy,
        filter_policy_scope: scope,
        // How it will be confirmed is not decided yet.
        confirmation_was_authenticated: Some(true),
        ..SubscriptionAttributes::default()
    };
    let Some(topic) = builder.account.snapshot.topics.iter_mut().find(|topic| topic.arn == *arn) else { return };
    let subscriptions = topic.subscriptions.get_or_insert_default();
    // Subscribed already, it is not subscribed again (SNS API reference, `Subscribe`).
    let is_same = |known: &Subscription| known.protocol == protocol && known.endpoint == endpoint;
    let may_be_there = builder.ground.over.is_some() || endpoint == CHAT;
    if let Some(same) = subscriptions.iter().find(|known| may_be_there && is_same(known)) {
        if let Some(pending) = builder.account.to_confirm.get_mut(arn).filter(|_| is_confirmed) {
            pending.remove(&same.arn);
        }
        return;
    }
    let own = format!("{arn}:{}", subscriptions.len() + 1);
    let of_endpoint = node.get("Endpoint");
    // What is not known may be known to be an ARN all the same: that of a queue or function.
    if let Some(unknown) =
        of_endpoint.unknown().filter(|unknown| is_confirmed && Arn::parse(&unknown.expression).is_none())
    {
        let part = part(resource, "Endpoint", of_endpoint, unknown, SUBSCRIPTIONS);
        builder.account.open_endpoints.entry(arn.clone()).or_default().insert(own.clone(), part);
    }
    subscriptions.push(Subscription { arn: own.clone(), protocol, endpoint, attributes: Some(attributes) });
    if !is_confirmed {
        builder.account.to_confirm.entry(arn.clone()).or_default().insert(own);
    }
}

/// Puts alarms and actions first that lead to topics of which nothing is presumed: of equal ways an audit takes the first.
pub(super) fn sound_first(builder: &mut Builder<'_>) {
    let account = &mut builder.account;
    let (presumed, here, fifo) = (&account.presumed_topics, &account.perhaps_here, &account.perhaps_fifo);
    let confirmed = |topic: &Topic| {
        let is_pending = |arn: &String| account.to_confirm.get(&topic.arn).is_some_and(|pending| pending.contains(arn));
        let is_open = |arn: &String| account.open_endpoints.get(&topic.arn).is_some_and(|open| open.contains_key(arn));
        let subscriptions = topic.subscriptions.as_deref().unwrap_or_default();
        subscriptions.is_empty() || subscriptions.iter().any(|known| !is_pending(&known.arn) && !is_open(&known.arn))
    };
    let pending: BTreeSet<TopicArn> =
        account.snapshot.topics.iter().filter(|topic| !confirmed(topic)).map(|topic| topic.arn.clone()).collect();
    let is_presumed = |text: &str| {
        let arn = TopicArn::new(text);
        presumed.contains(&arn) || here.contains_key(&arn) || fifo.contains_key(&arn) || pending.contains(&arn)
    };
    for alarms in &mut account.snapshot.alarms {
        let metric = alarms.metric_alarms.iter_mut().map(|alarm| &mut alarm.actions);
        for actions in metric.chain(alarms.composite_alarms.iter_mut().map(|alarm| &mut alarm.actions)) {
            actions.alarm.sort_by_key(|text| is_presumed(text));
        }
        let leads = |actions: &AlarmActions| actions.alarm.first().is_none_or(|text| is_presumed(text));
        alarms.metric_alarms.sort_by_key(|alarm| leads(&alarm.actions));
        alarms.composite_alarms.sort_by_key(|alarm| leads(&alarm.actions));
    }
}

pub(super) fn key<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let id = &resource.generated;
    let arn = builder.home.arn("kms", &format!("key/{id}"));
    builder.declare(&arn, resource);
    let document = resource.properties.get("KeyPolicy");
    let root = || {
        let principal = format!("arn:{}:iam::{}:root", builder.home.partition, builder.home.account);
        serde_json::json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "kms:*", "Resource": "*" }] })
        .to_string()
    };
    let text = match &document.value {
        Value::Absent => root(),
        Value::Unknown(_) => UNDECIDED.to_owned(),
        _ => policy::text(document, builder.home, &arn).unwrap_or_else(|| UNDECIDED.to_owned()),
    };
    let enabled = resource.properties.get("Enabled").boolean();
    // One of another use encrypts nothing, and one whose material is imported later is not enabled before that.
    let is = |property: &str, wanted: &str| {
        resource.properties.get(property).text().is_ok_and(|text| text.unwrap_or(wanted) == wanted)
    };
    let is_usable = is("KeyUsage", "ENCRYPT_DECRYPT") && is("Origin", "AWS_KMS");
    let state = enabled.ok().filter(|enabled| is_usable || *enabled == Some(false));
    let state = state.map(|enabled| if enabled.unwrap_or(true) { "Enabled" } else { "Disabled" }.to_owned());
    let spec = resource.properties.get("KeySpec").symbol().unwrap_or_else(|| "SYMMETRIC_DEFAULT".to_owned());
    builder.account.snapshot.keys.push(Key {
        region: builder.home.region.clone(),
        id: arn.clone(),
        exists: Some(true),
        arn: Some(arn),
        manager: Some("CUSTOMER".to_owned()),
        state,
        spec: Some(spec),
        policy: Some(text),
        // A key that is created has none.
        grants: Some(Vec::new()),
    });
}

pub(super) fn alias<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let Some(name) = resource.properties.get("AliasName").symbol() else { return };
    let Some(target) = resource.properties.get("TargetKeyId").symbol() else { return };
    let full = if Arn::parse(&target).is_some() { target } else { builder.home.arn("kms", &format!("key/{target}")) };
    let known = builder.account.snapshot.keys.iter().find(|key| key.id == full).cloned();
    if let Some(key) = known {
        let id = builder.home.arn("kms", &name);
        builder.account.snapshot.keys.push(Key { id, ..key });
    }
}

/// A topic that will be deleted.
pub(super) fn removed<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let arn = TopicArn::new(builder.home.arn("sns", &name_of(resource, "TopicName")));
    if builder.account.snapshot.topics.iter().all(|topic| topic.arn != arn) {
        builder.declare(&arn, resource);
        builder.account.snapshot.topics.push(Topic { exists: Some(false), subscriptions: None, ..empty(arn) });
    }
}

/// The topics that alarms name and nothing declares: presumed, with somebody who gets what they send.
pub(super) fn presume(builder: &mut Builder<'_>) {
    let alarms = builder.account.snapshot.alarms.iter();
    let actions = |actions: &AlarmActions| actions.topics().collect::<Vec<_>>();
    let mut named: Vec<TopicArn> = alarms
        .flat_map(|alarms| {
            let metric = alarms.metric_alarms.iter().flat_map(|alarm| actions(&alarm.actions));
            metric.chain(alarms.composite_alarms.iter().flat_map(|alarm| actions(&alarm.actions)))
        })
        .collect();
    named.sort();
    named.dedup();
    named.retain(|arn| arn.is_proper() && builder.account.snapshot.topics.iter().all(|topic| topic.arn != *arn));
    for arn in named {
        if is_never(&arn) {
            let topic = Topic { exists: Some(false), subscriptions: None, ..empty(arn) };
            builder.account.snapshot.topics.push(topic);
            continue;
        }
        let part = builder.named_topics.get(&arn).cloned();
        if let Some((here, part)) = builder.topic_if_here(&arn).zip(part) {
            // As the declared one it is judged, and where all that is written out is of one account it is that.
            builder.redirect(&arn, &here);
            if !builder.names_one_account {
                builder.account.perhaps_here.insert(here, part);
            }
            continue;
        }
        if let Some(part) = builder.open_topics.get(&arn).cloned() {
            builder.gap(&part, Some(&arn));
            let policy = Some(ANYBODY.to_owned());
            builder.account.snapshot.topics.push(Topic { policy, subscriptions: None, ..empty(arn) });
            continue;
        }
        let is_open = is_open(&arn);
        if builder.scope() == Scope::Whole && !is_open {
            let is_ours = arn.account() == Some(&*builder.home.account);
            let topic = Topic { exists: is_ours.then_some(false), subscriptions: None, ..empty(arn) };
            builder.account.snapshot.topics.push(topic);
            continue;
        }
        let subscription = Subscription {
            arn: format!("{arn}:1"),
            protocol: "sms".to_owned(),
            endpoint: String::new(),
            attributes: Some(SubscriptionAttributes::default()),
        };
        let policy = Some(ANYBODY.to_owned());
        let topic = Topic { policy, subscriptions: Some(vec![subscription]), ..empty(arn.clone()) };
        builder.account.snapshot.topics.push(topic);
        builder.account.presumed_topics.insert(arn);
    }
}
