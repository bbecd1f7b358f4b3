//! SNS: topics and who is subscribed to them. What is read is mapped and not judged, and nothing is changed.

use std::collections::HashMap;

use aws_sdk_sns::types as sdk;
use futures::{StreamExt as _, stream};

use super::answers;
use super::clients::Clients;
use super::error::{Call, Failure, Trouble};
use super::http::OpenOnly;
use super::kms::{self, Asked};
use super::limits::AT_ONCE;
use super::pages::Pages;
use crate::arn::{Arn, TopicArn};
use crate::closed::NO_SUBSCRIPTION_ARN;
use crate::snapshot::{Key, Subscription, SubscriptionAttributes, SubscriptionState, Topic};

/// Pages of 100 subscriptions that are read of a topic for evidence. Beyond them reading goes on only until one
/// confirmed subscription has been seen, which is what decides; such a topic's list is not whole.
const EVIDENCE_PAGES: usize = 10;
/// Confirmed subscriptions whose attributes are read: the first few at once, and more only if none of them is sure to get
/// every message.
const ATTRIBUTES_FIRST: usize = 4;
const ATTRIBUTES_MOST: usize = 20;
/// A server that goes on for ever is stopped here: a topic has at most 12,500,000 subscriptions, hardly all pending.
pub(super) const MOST_PAGES: usize = 1_000;

/// Opens the connections that the two questions about a topic will use. Nothing is asked.
pub(super) async fn open_connections(clients: &Clients, region: &str) {
    let request = clients.sns(region).list_subscriptions().customize();
    let request = request.mutate_request(|request| request.add_extension(OpenOnly(2)));
    // It always ends in an error, since no request is sent.
    let _ = request.send().await;
}

/// What was read of a topic.
#[derive(Debug)]
pub(super) struct TopicReading {
    pub(super) topic: Topic,
    /// The key that encrypts it, if it was for this reading to ask about it.
    pub(super) key: Option<Key>,
    pub(super) failures: Vec<Failure>,
}

/// Reads a topic at its own region's endpoint: its attributes and then its key, and at once its subscriptions and then
/// theirs. What is no topic's ARN has no such region, and nothing is asked.
pub(super) async fn topic(clients: &Clients, asked: &Asked, arn: &TopicArn) -> TopicReading {
    let Some(region) = arn.region() else {
        let call = Call { operation: "sns:GetTopicAttributes", region: clients.region(), resource: Some(arn) };
        let failure = call.bad_answer(&format!("an alarm's action, {arn}, names SNS and is not the ARN of a topic"));
        return TopicReading { topic: unread_topic(arn), key: None, failures: vec![failure] };
    };
    let described = async {
        let topic = described(clients, region, arn).await;
        let (key, unread) = match &topic {
            Ok(topic) => kms::key_of(clients, asked, topic).await,
            Err(_) => (None, Vec::new()),
        };
        (topic, key, unread)
    };
    let subscribed = async {
        match subscriptions(clients, region, arn).await {
            Ok((mut subscriptions, broken_off)) => {
                let mut unread = read_attributes(clients, region, &mut subscriptions).await;
                // What could not be read of the others decides nothing where one gets every message.
                if subscriptions.iter().any(gets_every_message) {
                    unread.clear();
                } else {
                    unread.extend(broken_off);
                }
                (Ok(subscriptions), unread)
            }
            Err(failure) => (Err(failure), Vec::new()),
        }
    };
    let ((described, key, mut failures), (subscriptions, unread)) = futures::join!(described, subscribed);
    if is_not_found(&described) || is_not_found(&subscriptions) {
        let others = [described.err(), subscriptions.err()].into_iter().flatten();
        failures.extend(others.filter(|failure| failure.trouble != Trouble::NotFound));
        let topic = Topic { exists: Some(false), subscriptions: Some(Vec::new()), ..unread_topic(arn) };
        return TopicReading { topic, key, failures };
    }
    let mut topic = described.unwrap_or_else(|failure| {
        failures.push(failure);
        unread_topic(arn)
    });
    match subscriptions {
        Ok(subscriptions) => {
            topic.exists = Some(true);
            failures.extend(unread);
            topic.subscriptions = Some(subscriptions);
        }
        Err(failure) => failures.push(failure),
    }
    TopicReading { topic, key, failures }
}

fn is_not_found<T>(answer: &Result<T, Failure>) -> bool {
    answer.as_ref().is_err_and(|failure| failure.trouble == Trouble::NotFound)
}

fn unread_topic(arn: &TopicArn) -> Topic {
    Topic { arn: arn.clone(), exists: None, policy: None, kms_key_id: None, is_fifo: false, subscriptions: None }
}

/// `sns:GetTopicAttributes`: all of them, the policy among them.
pub(super) async fn attributes(clients: &Clients, region: &str, arn: &str) -> Result<HashMap<String, String>, Failure> {
    let call = Call { operation: "sns:GetTopicAttributes", region, resource: Some(arn) };
    let request = clients.sns(region).get_topic_attributes().topic_arn(arn);
    let answer = clients.ask(call, request.send()).await?;
    let attributes = call.must(answers::TOPIC_ATTRIBUTES, answer.attributes)?;
    call.must_say(answers::TOPIC_POLICY, attributes.get("Policy").cloned())?;
    Ok(attributes)
}

/// A topic whose subscriptions are still to be read.
async fn described(clients: &Clients, region: &str, arn: &TopicArn) -> Result<Topic, Failure> {
    let mut attributes = attributes(clients, region, arn).await?;
    Ok(Topic {
        exists: Some(true),
        policy: attributes.remove("Policy"),
        kms_key_id: attributes.remove("KmsMasterKeyId").filter(|key| !key.is_empty()),
        is_fifo: attributes.get("FifoTopic").is_some_and(|value| value == "true"),
        ..unread_topic(arn)
    })
}

/// Pages of `sns:ListSubscriptionsByTopic`, as many as are needed, and why they break off behind a confirmed subscription:
/// it decides, unless a filter policy keeps messages from it.
async fn subscriptions(
    clients: &Clients,
    region: &str,
    arn: &str,
) -> Result<(Vec<Subscription>, Option<Failure>), Failure> {
    let call = Call { operation: "sns:ListSubscriptionsByTopic", region, resource: Some(arn) };
    let (mut subscriptions, mut pages) = (Vec::new(), Pages::new(call, MOST_PAGES));
    for page in 1.. {
        let next = subscription_page(clients, call, arn, pages.token(), |found| subscriptions.push(found)).await;
        let turned = next.and_then(|next| pages.turn(next));
        let is_decided = subscriptions.iter().any(is_confirmed);
        match turned {
            Ok(false) => break,
            Ok(true) if page >= EVIDENCE_PAGES && is_decided => break,
            Ok(true) => {}
            Err(failure) if is_decided => return Ok((subscriptions, Some(failure))),
            Err(failure) => return Err(failure),
        }
    }
    Ok((subscriptions, None))
}

/// One page of `sns:ListSubscriptionsByTopic`: those of its subscriptions that are complete, and the token of the
/// next page.
pub(super) async fn subscription_page(
    clients: &Clients,
    call: Call<'_>,
    topic_arn: &str,
    token: Option<String>,
    mut each: impl FnMut(Subscription),
) -> Result<Option<String>, Failure> {
    let request = clients.sns(call.region).list_subscriptions_by_topic().topic_arn(topic_arn);
    let answer = clients.ask(call, request.set_next_token(token).send()).await?;
    // What can be read of the others may decide without one that cannot.
    let mut broken = None;
    for found in call.must(answers::SUBSCRIPTIONS, answer.subscriptions)? {
        match map(call, found) {
            Ok(found) => each(found),
            Err(failure) => broken = broken.or(Some(failure)),
        }
    }
    broken.map_or(Ok(answer.next_token), Err)
}

/// Reads what may keep messages from confirmed subscriptions, until one is found that gets them all.
async fn read_attributes(clients: &Clients, region: &str, subscriptions: &mut [Subscription]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut confirmed: Vec<&mut Subscription> =
        subscriptions.iter_mut().filter(|subscription| is_confirmed(subscription)).take(ATTRIBUTES_MOST).collect();
    let first = confirmed.len().min(ATTRIBUTES_FIRST);
    let (first, rest) = confirmed.split_at_mut(first);
    for part in [first, rest] {
        let asked: Vec<String> = part.iter().map(|subscription| subscription.arn.clone()).collect();
        let answers: Vec<_> = stream::iter(asked.iter().map(|arn| subscription_attributes(clients, region, arn)))
            .buffered(AT_ONCE)
            .collect()
            .await;
        for (subscription, answer) in part.iter_mut().zip(answers) {
            match answer {
                Ok(attributes) => subscription.attributes = Some(attributes),
                // It went away since it was listed.
                Err(failure) if failure.trouble == Trouble::NotFound => subscription.arn = "Deleted".to_owned(),
                Err(failure) => failures.push(failure),
            }
        }
        if part.iter().any(|subscription| gets_every_message(subscription)) {
            break;
        }
    }
    failures
}

fn gets_every_message(subscription: &Subscription) -> bool {
    let has_no_filter = |attributes: &SubscriptionAttributes| attributes.filter_policy.is_none();
    is_confirmed(subscription) && subscription.attributes.as_ref().is_some_and(has_no_filter)
}

/// `sns:GetSubscriptionAttributes`.
async fn subscription_attributes(
    clients: &Clients,
    region: &str,
    arn: &str,
) -> Result<SubscriptionAttributes, Failure> {
    let call = Call { operation: "sns:GetSubscriptionAttributes", region, resource: Some(arn) };
    let request = clients.sns(region).get_subscription_attributes().subscription_arn(arn);
    let answer = clients.ask(call, request.send()).await?;
    let attributes = answer.attributes.filter(|attributes| !attributes.is_empty());
    let mut attributes = call.must(answers::SUBSCRIPTION_ATTRIBUTES, attributes)?;
    Ok(SubscriptionAttributes {
        pending_confirmation: answers::SUBSCRIPTION_PENDING
            .or_default(attributes.remove("PendingConfirmation"))
            .eq_ignore_ascii_case("true"),
        filter_policy: attributes.remove("FilterPolicy").filter(|policy| !policy.is_empty()),
        filter_policy_scope: attributes.remove("FilterPolicyScope").filter(|scope| !scope.is_empty()),
        confirmation_was_authenticated: attributes
            .remove("ConfirmationWasAuthenticated")
            .map(|value| value.eq_ignore_ascii_case("true")),
    })
}

pub(super) fn is_confirmed(subscription: &Subscription) -> bool {
    subscription.state() == SubscriptionState::Confirmed
}

fn map(call: Call<'_>, subscription: sdk::Subscription) -> Result<Subscription, Failure> {
    let arn = call.must_say(answers::SUBSCRIPTION_ARN, subscription.subscription_arn)?;
    if Arn::parse(&arn).is_none() && !NO_SUBSCRIPTION_ARN.contains(&arn.as_str()) {
        return Err(call.bad_answer(&format!("a subscription has {arn} instead of an ARN, which is not known here")));
    }
    Ok(Subscription {
        arn,
        protocol: call.must_say(answers::SUBSCRIPTION_PROTOCOL, subscription.protocol)?,
        endpoint: call.must(answers::SUBSCRIPTION_ENDPOINT, subscription.endpoint)?,
        attributes: None,
    })
}
