//! SNS: `GetTopicAttributes`, and the lists, 100 a page.

use super::{Form, Here, ServiceError, page, unknown};
use crate::support::account::{Subscription, SubscriptionState, Topic};
use crate::support::wire::escaped;

const PAGE: usize = 100;

pub(super) fn answer(here: &Here<'_>, operation: &str, asked: &Form) -> Result<String, ServiceError> {
    match operation {
        "GetTopicAttributes" => Ok(attributes(here, named(here, asked)?)),
        "GetSubscriptionAttributes" => {
            let arn = asked.get("SubscriptionArn").unwrap_or_default();
            let (topic, number) = arn.rsplit_once(":7b6a5c4d-0000-4000-8000-").unwrap_or_default();
            let topic = here.region.topics.iter().find(|each| self::arn(here, each) == topic);
            let number: usize = number.parse().unwrap_or(usize::MAX);
            let found = topic.and_then(|topic| topic.subscriptions.get(number));
            let found = found.ok_or_else(|| ServiceError::new(404, "NotFound", "Subscription does not exist"))?;
            let mut attributes = vec![("PendingConfirmation", "false")];
            attributes.extend(found.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let entries = attributes
                .iter()
                .map(|(name, value)| format!("<entry><key>{name}</key><value>{}</value></entry>", escaped(value)));
            Ok(format!("<Attributes>{}</Attributes>", entries.collect::<String>()))
        }
        "ListSubscriptionsByTopic" => {
            let topic = named(here, asked)?;
            let all = topic.subscriptions.iter().map(|subscription| (topic, subscription));
            subscriptions(here, operation, asked, &all.collect::<Vec<_>>())
        }
        "ListSubscriptions" => {
            let topics = here.region.topics.iter();
            let all = topics.flat_map(|topic| topic.subscriptions.iter().map(move |s| (topic, s)));
            subscriptions(here, operation, asked, &all.collect::<Vec<_>>())
        }
        "ListTopics" => {
            let (shown, next) = paged(&here.region.topics, operation, asked)?;
            let members =
                shown.iter().map(|topic| format!("<member><TopicArn>{}</TopicArn></member>", arn(here, topic)));
            Ok(format!("<Topics>{}</Topics>{next}", members.collect::<String>()))
        }
        _ => Err(unknown(operation)),
    }
}

fn arn(here: &Here<'_>, topic: &Topic) -> String {
    here.account.topic_arn(here.name, &topic.name)
}

fn named<'a>(here: &Here<'a>, asked: &Form) -> Result<&'a Topic, ServiceError> {
    let wanted = asked.get("TopicArn").unwrap_or_default();
    let parts: Vec<&str> = wanted.split(':').collect();
    match parts.as_slice() {
        ["arn", partition, "sns", region, owner, _name] if partition == &here.account.partition => {
            if region != &here.name {
                let message = "Invalid parameter: TopicArn";
                return Err(ServiceError::new(400, "InvalidParameter", message));
            }
            if owner != &here.account.id {
                let message = "User is not authorized to perform this action on another account's topic";
                return Err(ServiceError::new(403, "AuthorizationError", message));
            }
        }
        _ => {
            let message = "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements";
            return Err(ServiceError::new(400, "InvalidParameter", message));
        }
    }
    let found = here.region.topics.iter().find(|topic| arn(here, topic) == wanted);
    found.ok_or_else(|| ServiceError::new(404, "NotFound", "Topic does not exist"))
}

fn attributes(here: &Here<'_>, topic: &Topic) -> String {
    let count = |state: SubscriptionState| {
        topic.subscriptions.iter().filter(|subscription| subscription.state == state).count()
    };
    let arn = arn(here, topic);
    let owner = &here.account.id;
    let policy = format!(
        "{{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{{\"Sid\":\"__default_statement_ID\",\
         \"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"*\"}},\"Action\":[\"SNS:GetTopicAttributes\",\
         \"SNS:SetTopicAttributes\",\"SNS:AddPermission\",\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\
         \"SNS:Subscribe\",\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Resource\":\"{arn}\",\
         \"Condition\":{{\"StringEquals\":{{\"AWS:SourceOwner\":\"{owner}\"}}}}}}]}}"
    );
    let mut attributes = vec![
        ("TopicArn", arn),
        ("Owner", owner.clone()),
        ("DisplayName", String::new()),
        ("SubscriptionsConfirmed", count(SubscriptionState::Confirmed).to_string()),
        ("SubscriptionsPending", count(SubscriptionState::Pending).to_string()),
        ("SubscriptionsDeleted", count(SubscriptionState::Deleted).to_string()),
    ];
    if !topic.attributes.contains_key("Policy") {
        attributes.push(("Policy", policy));
    }
    attributes.extend(topic.attributes.iter().map(|(name, value)| (name.as_str(), value.clone())));
    let entries = attributes
        .iter()
        .map(|(name, value)| format!("<entry><key>{name}</key><value>{}</value></entry>", escaped(value)));
    format!("<Attributes>{}</Attributes>", entries.collect::<String>())
}

/// A subscription that was not confirmed, or that was deleted, has a word where others have an ARN.
fn subscriptions(
    here: &Here<'_>,
    operation: &str,
    asked: &Form,
    all: &[(&Topic, &Subscription)],
) -> Result<String, ServiceError> {
    let (shown, next) = paged(all, operation, asked)?;
    let members = shown.iter().map(|(topic, subscription)| {
        let number = topic.subscriptions.iter().position(|each| std::ptr::eq(each, *subscription)).unwrap_or_default();
        let topic = arn(here, topic);
        let own = match subscription.state {
            SubscriptionState::Confirmed => format!("{topic}:7b6a5c4d-0000-4000-8000-{number:012}"),
            SubscriptionState::Pending => "PendingConfirmation".into(),
            SubscriptionState::Deleted => "Deleted".into(),
        };
        format!(
            "<member><TopicArn>{topic}</TopicArn><Protocol>{}</Protocol><SubscriptionArn>{own}</SubscriptionArn>\
             <Owner>{}</Owner><Endpoint>{}</Endpoint></member>",
            subscription.protocol,
            here.account.id,
            escaped(&subscription.endpoint)
        )
    });
    Ok(format!("<Subscriptions>{}</Subscriptions>{next}", members.collect::<String>()))
}

fn paged<'a, T>(items: &'a [T], operation: &str, asked: &Form) -> Result<(&'a [T], String), ServiceError> {
    let (shown, next) = page(items, PAGE, asked.get("NextToken"), operation, "InvalidParameter")?;
    let next = next.map(|token| format!("<NextToken>{token}</NextToken>"));
    Ok((shown, next.unwrap_or_default()))
}
