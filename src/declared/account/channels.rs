//! Channels of chat applications that a topic's messages are sent to. Amazon Q Developer in chat applications (the service was
//! AWS Chatbot) subscribes to each topic that its configuration of a channel lists, and confirms the subscription itself
//! (its administrator guide, "Tutorial: Get started with Slack"; CloudFormation, `SnsTopicArns`). No message of a person
//! is needed.

use super::builder::Builder;
use super::topics::{CHAT, subscription_of};
use crate::declared::{Node, Resource, Value};

/// Types of configurations of channels. Both list their topics in the same property.
pub(in crate::declared) const TYPES: [&str; 2] =
    ["AWS::Chatbot::SlackChannelConfiguration", "AWS::Chatbot::MicrosoftTeamsChannelConfiguration"];
/// The property that lists topics.
pub(super) const TOPICS: &str = "SnsTopicArns";

/// Subscribes the service to the topics of a channel.
pub(super) fn channel<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let topics = resource.properties.get(TOPICS);
    // A list that is not known is taken for one topic that is not known.
    let topics = topics.list().unwrap_or_else(|_| vec![topics]);
    let text = |name: &str, text: &str| (name.to_owned(), Node { at: None, value: Value::Text(text.to_owned()) });
    let subscription = [text("Protocol", "https"), text("Endpoint", CHAT), text("Confirmed", "true")];
    let subscription = Node { at: None, value: Value::Map(subscription.into()) };
    for topic in topics {
        subscription_of(builder, (resource, TOPICS), topic, &subscription);
    }
}
