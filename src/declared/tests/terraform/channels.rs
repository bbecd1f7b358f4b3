//! Channels of chat applications in plans, of both providers: their topics are known only after apply.

use super::*;

/// The chain without its subscriber, with a channel of a type whose one topic is made by an expression.
fn with_channel(kind: &str, written: Json) -> Vec<Planned> {
    let mut chain = chain();
    chain.retain(|it| it.address != "aws_sns_topic_subscription.person");
    chain.push(planned(
        &format!("{kind}.alerts"),
        json!({ "configuration_name": "alerts", "sns_topic_arns": [null] }),
        json!({ "sns_topic_arns": [true] }),
        json!({ "configuration_name": { "constant_value": "alerts" }, "sns_topic_arns": written }),
    ));
    chain
}

const SLACK: &str = "aws_chatbot_slack_channel_configuration";

#[test]
fn channels_of_both_providers_subscribe() {
    for kind in [
        SLACK,
        "aws_chatbot_teams_channel_configuration",
        "awscc_chatbot_slack_channel_configuration",
        "awscc_chatbot_microsoft_teams_channel_configuration",
    ] {
        let channel = with_channel(kind, attribute("aws_sns_topic.alerts", "arn"));
        assert_eq!(verdict(&channel), Some((Status::Pass, Status::Pass, None)), "{kind}");
    }
}

#[test]
fn a_topic_that_cannot_be_followed_leaves_it_unknown() {
    let channel = with_channel(SLACK, references(&["local.topics"]));
    let wanted = (Status::Unknown, Status::Unknown, Some(Code::SubscriptionUnread));
    assert_eq!(verdict(&channel), Some(wanted));
}

#[test]
fn a_channel_without_the_topic_does_not_subscribe() {
    let mut channel = with_channel(SLACK, json!({ "constant_value": [] }));
    let it = channel.last_mut().expect("the channel");
    (it.values, it.unknown) = (json!({ "sns_topic_arns": [] }), json!({}));
    assert_eq!(verdict(&channel), Some((Status::Fail, Status::Fail, Some(Code::SubscriptionNone))));
}

#[test]
fn a_plan_that_deletes_the_channel_says_so() {
    let mut channel = with_channel(SLACK, attribute("aws_sns_topic.alerts", "arn"));
    let it = channel.pop().expect("the channel");
    let mut deletes = plan(&channel);
    let arn = "arn:aws:sns:eu-west-1:111122223333:alerts";
    let change = json!({ "address": it.address, "mode": "managed", "type": SLACK, "change": { "actions": ["delete"],
        "before": { "configuration_name": "alerts", "sns_topic_arns": [arn] }, "after": null, "after_unknown": {} } });
    deletes["resource_changes"].as_array_mut().expect("changes").push(change);
    let checked = checked_plan(&deletes);
    let reason = finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref()).expect("a reason");
    assert_eq!(reason.deleted, [format!("{SLACK}.alerts")]);
}
