//! What AWS refuses of a resource as it is declared, so that the deployment fails. Only known values decide it.
//! The services' API references say what they take (`CreateTrail`, `PutMetricFilter`, `PutMetricAlarm`, `CreateTopic`,
//! `Subscribe`, `CreateLogGroup`, `PutAlarmMuteRule`), CloudFormation's resource schemas which properties there are and must be.

use self::alarm::not_chosen;
use self::given::{flag, has_entries, is_absent, is_no_arn, refused, refused_whatever, text};
use crate::arn::{Arn, is_log_group_name, is_trail_name};
use crate::declared::{Resource, Value};

mod alarm;
mod given;
mod lists;
mod mute;
mod schemas;
mod shape;
mod topic;
mod values;

pub(in crate::declared) use given::Certainty;
pub use given::Refused;
pub(super) use given::{is_no_topic, is_of_another};
pub(super) use mute::minutes;
pub(in crate::declared) use schemas::TYPES_OF_CHAIN;
pub(in crate::declared) use shape::is_misspelt;

/// What AWS refuses of a resource, the first thing.
pub(super) fn refusal(resource: &Resource) -> Option<Refused> {
    let (found, doubtful): (Vec<Refused>, Vec<Refused>) =
        shape::properties(resource).into_iter().partition(Refused::is_certain);
    let of_kind = || match resource.kind.as_str() {
        "AWS::CloudTrail::Trail" => trail(resource),
        "AWS::Logs::LogGroup" => log_group(resource),
        "AWS::Logs::MetricFilter" => metric_filter(resource),
        "AWS::CloudWatch::Alarm" => alarm::alarm(resource).or_else(|| alarm::actions(resource)),
        "AWS::CloudWatch::CompositeAlarm" => alarm::actions(resource).or_else(|| alarm::suppressor(resource)),
        "AWS::CloudWatch::AlarmMuteRule" => mute::mute_rule(resource),
        "AWS::SNS::Topic" => topic::topic(resource),
        "AWS::SNS::Subscription" => {
            topic::topic_of(resource).or_else(|| topic::subscription(resource, &resource.properties, ""))
        }
        "AWS::SNS::TopicPolicy" => topic::topic_policy(resource),
        _ => None,
    };
    let found = found.into_iter().next();
    let found = found.or_else(|| shape::scalar(resource)).or_else(|| lists::lists(resource));
    let found = found.or_else(of_kind).or_else(|| values::value(resource)).or_else(|| doubtful.into_iter().next());
    found.map(|refused| refused.shown_by(resource))
}

fn trail(resource: &Resource) -> Option<Refused> {
    let called = |property| resource.argument(property);
    let group = "CloudWatchLogsLogGroupArn";
    if flag(resource, "IsMultiRegionTrail") == Some(true) && flag(resource, "IncludeGlobalServiceEvents") == Some(false)
    {
        let why = format!(
            "{} cannot be false where {} is true",
            called("IncludeGlobalServiceEvents"),
            called("IsMultiRegionTrail")
        );
        return Some(refused("IncludeGlobalServiceEvents", why));
    }
    if has_entries(resource, "EventSelectors") && has_entries(resource, "AdvancedEventSelectors") {
        let why = format!("it has both {} and {}", called("EventSelectors"), called("AdvancedEventSelectors"));
        return Some(refused_whatever("AdvancedEventSelectors", why));
    }
    if !is_absent(resource, group) && is_absent(resource, "CloudWatchLogsRoleArn") {
        let why = format!("{} is missing, which {} needs", called("CloudWatchLogsRoleArn"), called(group));
        return Some(refused_whatever(group, why));
    }
    if let Some(name) = text(&resource.properties, "TrailName").filter(|name| !is_trail_name(name)) {
        let shown = crate::escape::shortened(name, 100);
        return Some(refused("TrailName", format!("{shown} is no name of a trail")));
    }
    let role = resource.properties.get("CloudWatchLogsRoleArn");
    let is_none = |text: &String| is_no_arn(text) || role.unknown().is_none() && !text.starts_with("arn:");
    if let Some(role) = role.symbol().filter(|text| resource.referred.is_some() && is_none(text)) {
        let (called, shown) = (called("CloudWatchLogsRoleArn"), crate::escape::shortened(&role, 100));
        return Some(refused(
            "CloudWatchLogsRoleArn",
            format!("{called} takes the ARN of a role, and {shown} is none"),
        ));
    }
    let node = resource.properties.get(group);
    let other = node.unknown().and_then(|unknown| Arn::parse(&unknown.expression)).filter(|arn| arn.service != "logs");
    if let Some(other) = other {
        let why = format!("{} takes the ARN of a log group, and this is one of {}", called(group), other.service);
        return Some(refused(group, why));
    }
    if let Some(other) = node.symbol().filter(|text| resource.shows(group) && is_no_arn(text)) {
        let shown = crate::escape::shortened(&other, 100);
        let why = format!("{} takes the ARN of a log group, and {shown} is none", called(group));
        return Some(refused(group, why));
    }
    let value = node.text().ok().flatten()?;
    let is_arn = value.starts_with("arn:");
    // A plan alone does not show whether `:*` follows on a reference.
    let ends = value.ends_with(":*") || !resource.shows(group);
    let shown = crate::escape::shortened(value, 100);
    match (is_arn, ends) {
        (false, _) => {
            Some(refused(group, format!("{} takes the ARN of a log group, and {shown} is none", called(group))))
        }
        (true, false) => {
            Some(refused(group, format!("{} takes an ARN that ends in :*, and {shown} does not", called(group))))
        }
        (true, true) => None,
    }
}

fn log_group(resource: &Resource) -> Option<Refused> {
    let class = not_chosen(resource, "LogGroupClass", &["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]);
    if class.is_some() {
        return class;
    }
    let name = text(&resource.properties, "LogGroupName").filter(|name| !is_log_group_name(name))?;
    let shown = crate::escape::shortened(name, 100);
    Some(refused("LogGroupName", format!("{shown} is no name of a log group")))
}

fn metric_filter(resource: &Resource) -> Option<Refused> {
    let called = |property| resource.argument(property);
    let group = resource.properties.get("LogGroupName");
    // Of an ARN that is made of what is known only then, too, the colon says that it is one.
    let of_arn = group.symbol().filter(|name| name.starts_with("arn:"));
    let of_name = text(&resource.properties, "LogGroupName").filter(|name| !is_log_group_name(name)).map(str::to_owned);
    if let Some(name) = of_arn.filter(|_| resource.referred.is_some() || group.unknown().is_none()).or(of_name) {
        let shown = crate::escape::shortened(&name, 100).into_owned();
        return Some(refused("LogGroupName", format!("{} takes a name, and {shown} is none", called("LogGroupName"))));
    }
    if let Some(pattern) = text(&resource.properties, "FilterPattern") {
        if pattern.chars().count() > 1024 {
            return Some(refused("FilterPattern", "its pattern has more than 1,024 characters".to_owned()));
        }
        if let Some(why) = crate::refused::why_no_pattern(pattern) {
            return Some(refused("FilterPattern", why));
        }
    }
    let transformations = resource.properties.get("MetricTransformations").list().ok()?;
    if transformations.len() > 1 {
        let why = "it has more than one metric transformation".to_owned();
        return Some(refused_whatever("MetricTransformations", why));
    }
    let one = transformations.first()?;
    for property in ["MetricName", "MetricNamespace"] {
        if let Some(name) = text(one, property).filter(|name| name.contains(crate::refused::NOT_IN_METRICS)) {
            let shown = crate::escape::shortened(name, 100);
            let why = format!("{shown} is no name of a metric or namespace: neither may have :, * or $");
            return Some(refused(&format!("MetricTransformations[0].{property}"), why));
        }
    }
    let has_dimensions = matches!(&one.get("Dimensions").value, Value::List(items) if !items.is_empty());
    if has_dimensions && one.get("DefaultValue").value != Value::Absent {
        let why = "a transformation with dimensions has no default value".to_owned();
        return Some(refused_whatever("MetricTransformations[0].DefaultValue", why));
    }
    None
}
