//! Channels of chat applications, to which Amazon Q Developer subscribes a topic: nobody has to declare or confirm that
//! subscription.

use super::*;
use crate::finding::Step;

use Status::{Fail, Pass, Unknown as Open};

/// The chain without its subscriber, with a channel that lists these topics.
fn with_channel(kind: &str, topics: &str) -> String {
    let chain = with(CHAIN, "      Subscription:\n        - Protocol: sms\n          Endpoint: '+15550100'\n", "");
    format!(
        "Parameters: {{P: {{Type: String}}, L: {{Type: CommaDelimitedList}}}}\n{chain}  Channel:\n    Type: AWS::Chatbot::{kind}\n    \
         Properties:\n      ConfigurationName: alerts\n      SnsTopicArns: {topics}\n"
    )
}

#[test]
fn a_channel_subscribes_to_the_topics_that_it_lists() {
    for kind in ["SlackChannelConfiguration", "MicrosoftTeamsChannelConfiguration"] {
        let checked = checked(&with_channel(kind, "[!Ref Alerts]"));
        assert_eq!(verdicts(&checked, "3.4"), Some((Pass, Pass, None, None)), "{kind}");
        let chain = &finding(&checked, "3.4").expect("3.4 is declared").chain;
        let Some(Step::Subscription(last)) = chain.steps().last() else { panic!("{kind}: no subscription") };
        assert_eq!(
            (last.protocol.as_str(), last.endpoint.as_str()),
            ("https", "https://global.sns-api.chatbot.amazonaws.com")
        );
    }
}

#[test]
fn a_channel_of_other_topics_subscribes_to_none_of_the_chain() {
    for topics in ["[]", "['arn:aws:sns:eu-west-1:012345678901:others']"] {
        let checked = checked(&with_channel("SlackChannelConfiguration", topics));
        let line = Some(45);
        assert_eq!(verdicts(&checked, "3.4"), Some((Fail, Fail, Some(Code::SubscriptionNone), line)), "{topics}");
    }
}

#[test]
fn an_unknown_topic_of_a_channel_may_be_the_one() {
    for topics in ["[!Ref P]", "!Ref L"] {
        let checked = checked(&with_channel("SlackChannelConfiguration", topics));
        let verdicts = verdicts(&checked, "3.4").map(|it| (it.0, it.1));
        assert_eq!(verdicts, Some((Open, Open)), "{topics}");
    }
}

#[test]
fn a_declared_subscription_of_the_service_needs_no_person() {
    let person = "  Person:\n    Type: AWS::SNS::Subscription\n    Properties:\n      TopicArn: !Ref Alerts\n      Protocol: https\n      \
                  Endpoint: https://global.sns-api.chatbot.amazonaws.com\n";
    let text = with_channel("SlackChannelConfiguration", "[!Ref Alerts]") + person;
    assert_eq!(verdicts(&checked(&text), "3.4"), Some((Pass, Pass, None, None)));
}
