//! Resources that a plan deletes, taken out of the account that is deployed already.

use super::builder::{Builder, name_of};
use super::channels;
use super::topics::CHAT;
use crate::arn::{AlarmArn, TopicArn};
use crate::declared::Resource;

/// Takes a resource out of what was saved of the account.
pub(super) fn withdraw(builder: &mut Builder<'_>, resource: &Resource) {
    let text = |property: &str| resource.properties.get(property).symbol();
    match resource.kind.as_str() {
        "AWS::CloudTrail::Trail" => {
            let arn = builder.home.arn("cloudtrail", &format!("trail/{}", name_of(resource, "TrailName")));
            if let Some(trails) = &mut builder.account.snapshot.trails {
                trails.retain(|trail| *trail.arn != *arn);
            }
        }
        "AWS::Logs::LogGroup" => {
            let arn = builder.group_arn(&name_of(resource, "LogGroupName"));
            builder.account.snapshot.log_groups.retain(|group| group.arn != arn);
        }
        "AWS::Logs::MetricFilter" => {
            let Some(arn) = text("LogGroupName").map(|group| builder.group_arn(&group)) else { return };
            let name = name_of(resource, "FilterName");
            let groups = builder.account.snapshot.log_groups.iter_mut().filter(|group| group.arn == arn);
            groups.filter_map(|group| group.metric_filters.as_mut()).for_each(|filters| {
                filters.retain(|filter| filter.name != name);
            });
        }
        "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm" => {
            let name = name_of(resource, "AlarmName");
            let arn = AlarmArn::new(builder.home.arn("cloudwatch", &format!("alarm:{name}")));
            super::alarms::forget(builder, &arn);
        }
        "AWS::SNS::Topic" => {
            let arn = TopicArn::new(builder.home.arn("sns", &name_of(resource, "TopicName")));
            builder.account.snapshot.topics.retain(|topic| topic.arn != arn);
        }
        "AWS::SNS::Subscription" => {
            let Some(topic) = text("TopicArn") else { return };
            unsubscribe(builder, &topic, (text("Protocol"), text("Endpoint")));
        }
        kind if channels::TYPES.contains(&kind) => {
            let topics = resource.properties.get(channels::TOPICS).list().unwrap_or_default();
            let service = || (Some("https".to_owned()), Some(CHAT.to_owned()));
            topics.iter().filter_map(|topic| topic.symbol()).for_each(|topic| unsubscribe(builder, &topic, service()));
        }
        _ => {}
    }
}

/// Takes a subscription of a topic out: its protocol and endpoint.
fn unsubscribe(builder: &mut Builder<'_>, topic: &str, (protocol, endpoint): (Option<String>, Option<String>)) {
    let arn = builder.topic_arn(topic);
    let topics = builder.account.snapshot.topics.iter_mut().filter(|topic| topic.arn == arn);
    topics.filter_map(|topic| topic.subscriptions.as_mut()).for_each(|subscriptions| {
        subscriptions
            .retain(|known| Some(&known.protocol) != protocol.as_ref() || Some(&known.endpoint) != endpoint.as_ref());
    });
}
