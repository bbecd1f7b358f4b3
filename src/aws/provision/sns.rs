//! SNS: a topic, a statement more in a topic's policy, and a subscription. What already notifies a subscriber is not
//! removed.

use std::collections::HashMap;

use aws_sdk_sns::types as sdk;
use serde_json::json;

use super::address::place;
use super::compare::{Filled, difference};
use super::resource_state::{altered, foreign, is_ours, policy_state};
use super::{document, in_use};
use crate::arn::TopicArn;
use crate::aws::answers;
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure, Trouble};
use crate::aws::pages::Pages;
use crate::aws::sns::{MOST_PAGES, attributes, is_confirmed, subscription_page};
use crate::fix::execute::{Removed, ResourceState, StepError, StepRunner, Trace};
use crate::fix::plan::{OWN_TAG, PolicyUpdate, Subscription, Topic};
use crate::snapshot::{Subscription as Found, SubscriptionState};

const CREATE: &str = "sns:CreateTopic";
const ALLOW: &str = "sns:SetTopicAttributes";
const SUBSCRIBE: &str = "sns:Subscribe";

pub(super) async fn inspect(clients: &Clients, topic: &Topic) -> Result<ResourceState, Failure> {
    let (region, name) = named("sns:GetTopicAttributes", &topic.arn)?;
    let found = match attributes(clients, region, &topic.arn).await {
        Ok(found) => found,
        Err(failure) if failure.trouble == Trouble::NotFound => return Ok(ResourceState::Ready),
        Err(failure) => return Err(failure),
    };
    let what = format!("the topic {name}");
    let tags = tags(clients, region, &topic.arn).await?;
    if !is_ours(tags.iter().map(|tag| (tag.key(), tag.value())), &topic.tags) {
        return Ok(foreign(&what));
    }
    Ok(change(&found, topic).map_or(ResourceState::Done, |field| altered(&what, &field)))
}

/// What SNS fills in (`GetTopicAttributes`). The policy is looked at by itself.
const FILLED: Filled = Filled {
    ignored: &[
        "TopicArn",
        "Owner",
        "Policy",
        "SubscriptionsConfirmed",
        "SubscriptionsPending",
        "SubscriptionsDeleted",
        "EffectiveDeliveryPolicy",
        "BeginningArchiveTime",
    ],
    defaults: &[
        ("SignatureVersion", r#""1""#),
        ("TracingConfig", r#""PassThrough""#),
        ("FifoTopic", r#""false""#),
        ("ContentBasedDeduplication", r#""false""#),
    ],
};

/// The first attribute of a topic that is not as [`write()`] makes it.
fn change(found: &HashMap<String, String>, topic: &Topic) -> Option<String> {
    let made = topic.kms_key_id.as_ref().map_or_else(|| json!({}), |key| json!({ "KmsMasterKeyId": key }));
    let policy = found.get("Policy").map(String::as_str).unwrap_or_default();
    let changed = difference(&json!(found), &made, FILLED);
    // As it is called elsewhere.
    let changed = changed.map(|field| if field == "KmsMasterKeyId" { "key".to_owned() } else { field });
    changed.or_else(|| (!document::same(policy, &topic.policy)).then(|| "policy".to_owned()))
}

pub(super) async fn write(clients: &Clients, topic: &Topic, runner: &mut StepRunner<'_>) -> Result<(), StepError> {
    let (region, name) = named(CREATE, &topic.arn)?;
    let call = Call { operation: CREATE, region, resource: Some(&topic.arn) };
    let tags = topic.tags.iter().map(|(key, value)| sdk::Tag::builder().key(key).value(value).build());
    let tags: Result<Vec<_>, _> = tags.collect();
    let tags = tags.map_err(|error| call.bad_answer(&error.to_string()))?;
    let create = |with_tags: bool| {
        let request = clients.sns(region).create_topic().name(name).set_tags(with_tags.then(|| tags.clone()));
        let mut request = request.attributes("Policy", &topic.policy);
        if let Some(key) = &topic.kms_key_id {
            request = request.attributes("KmsMasterKeyId", key);
        }
        async move { request.send().await.map_err(|error| call.failure(&error)) }
    };
    runner.with_tags(call, &["ConcurrentAccess", "ConcurrentAccessException"], "the topic", create).await?;
    Ok(())
}

/// A topic that still notifies a subscriber, or that an alarm notifies, stays.
pub(super) async fn remove(
    clients: &Clients,
    topic: &Topic,
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    let (region, _) = named("sns:DeleteTopic", &topic.arn)?;
    if found(clients, &topic.arn, is_confirmed).await?.is_some() {
        return Ok(Removed::Kept("it has subscribers".to_owned()));
    }
    if let Some(kept) = in_use::topic(clients, region, &topic.arn).await? {
        return Ok(kept);
    }
    let call = Call { operation: "sns:DeleteTopic", region, resource: Some(&topic.arn) };
    let request = clients.sns(region).delete_topic().topic_arn(&topic.arn);
    runner.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(Removed::Gone)
}

pub(super) async fn inspect_policy(
    clients: &Clients,
    update: &PolicyUpdate<TopicArn>,
) -> Result<ResourceState, Failure> {
    let (region, name) = named("sns:GetTopicAttributes", &update.arn)?;
    let found = attributes(clients, region, &update.arn).await?;
    Ok(policy_state(found.get("Policy").map(String::as_str), update, &format!("the topic {name}")))
}

pub(super) async fn write_policy(
    clients: &Clients,
    update: &PolicyUpdate<TopicArn>,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let (region, _) = named(ALLOW, &update.arn)?;
    let call = Call { operation: ALLOW, region, resource: Some(&update.arn) };
    let request = clients.sns(region).set_topic_attributes().topic_arn(&update.arn).attribute_name("Policy");
    let request = request.attribute_value(&update.policy.to);
    runner.call(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(())
}

pub(super) async fn inspect_subscription(clients: &Clients, wanted: &Subscription) -> Result<ResourceState, Failure> {
    let found = found(clients, &wanted.topic_arn, |found| is_of(found, wanted)).await?;
    Ok(if found.is_some() { ResourceState::Done } else { ResourceState::Ready })
}

/// A subscription has no tags. It is the fix's where the topic is; else only the journal says so.
pub(super) async fn trace_subscription(clients: &Clients, wanted: &Subscription) -> Result<Trace, Failure> {
    let (region, name) = named("sns:ListSubscriptionsByTopic", &wanted.topic_arn)?;
    let Some(found) = found(clients, &wanted.topic_arn, |found| is_of(found, wanted)).await? else {
        return Ok(Trace::Gone);
    };
    // Of one that was not confirmed there is nothing to remove.
    if !is_confirmed(&found) {
        return Ok(Trace::Ours);
    }
    let why = match tags(clients, region, &wanted.topic_arn).await {
        Ok(tags) if tags.iter().any(|tag| tag.key() == OWN_TAG) => return Ok(Trace::Ours),
        Ok(_) => format!("the topic {name} is not this program's, so it may be another's"),
        // Of another account's topic.
        Err(failure) if failure.is_refusal => {
            format!("whether the topic {name} is this program's was not read: {}", failure.words())
        }
        Err(failure) => return Err(failure),
    };
    Ok(Trace::Unproven { why, is_contradicted: false })
}

/// `sns:ListTagsForResource`.
async fn tags(clients: &Clients, region: &str, arn: &str) -> Result<Vec<sdk::Tag>, Failure> {
    let call = Call { operation: "sns:ListTagsForResource", region, resource: Some(arn) };
    let request = clients.sns(region).list_tags_for_resource().resource_arn(arn);
    call.must(answers::TOPIC_TAGS, clients.ask(call, request.send()).await?.tags)
}

pub(super) async fn write_subscription(
    clients: &Clients,
    subscription: &Subscription,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let (region, _) = named(SUBSCRIBE, &subscription.topic_arn)?;
    let call = Call { operation: SUBSCRIBE, region, resource: Some(&subscription.topic_arn) };
    let request = clients.sns(region).subscribe().topic_arn(&subscription.topic_arn).return_subscription_arn(false);
    let request = request.protocol(&subscription.endpoint.protocol).endpoint(&subscription.endpoint.address);
    runner.call(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(())
}

/// Who is notified of an alarm stays subscribed.
pub(super) async fn remove_subscription(
    clients: &Clients,
    wanted: &Subscription,
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    let (region, _) = named("sns:Unsubscribe", &wanted.topic_arn)?;
    let Some(found) = found(clients, &wanted.topic_arn, |found| is_of(found, wanted)).await? else {
        return Ok(Removed::Gone);
    };
    if !is_confirmed(&found) {
        return Ok(Removed::Lapses("nobody confirmed it, and so nobody can remove it".to_owned()));
    }
    if let Some(kept) = in_use::topic(clients, region, &wanted.topic_arn).await? {
        return Ok(kept);
    }
    let call = Call { operation: "sns:Unsubscribe", region, resource: Some(&found.arn) };
    let request = clients.sns(region).unsubscribe().subscription_arn(&found.arn);
    runner.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(Removed::Gone)
}

fn is_of(found: &Found, wanted: &Subscription) -> bool {
    (&found.protocol, &found.endpoint) == (&wanted.endpoint.protocol, &wanted.endpoint.address)
        && found.state() != SubscriptionState::Deleted
}

/// The first subscription of a topic that is looked for.
async fn found(
    clients: &Clients,
    topic_arn: &TopicArn,
    is_it: impl Fn(&Found) -> bool,
) -> Result<Option<Found>, Failure> {
    let (region, _) = named("sns:ListSubscriptionsByTopic", topic_arn)?;
    let call = Call { operation: "sns:ListSubscriptionsByTopic", region, resource: Some(topic_arn) };
    let mut pages = Pages::new(call, MOST_PAGES);
    loop {
        let mut first = None;
        let next = subscription_page(clients, call, topic_arn, pages.token(), |found| {
            if first.is_none() && is_it(&found) {
                first = Some(found);
            }
        });
        let next = next.await;
        if first.is_some() {
            return Ok(first);
        }
        if !pages.turn(next?)? {
            return Ok(None);
        }
    }
}

/// Region and name of a topic.
fn named<'a>(operation: &'static str, arn: &'a TopicArn) -> Result<(&'a str, &'a str), Failure> {
    place(operation, arn, "a topic")
}
