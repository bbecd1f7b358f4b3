//! Resources of the provider awscc, whose arguments are the properties of CloudFormation's schemas in snake case.

use serde_json::Value as Json;

use super::graph::{Instance, has_unknown};
use super::reader::{Reader, node, node_of, text_of};
use super::types::{self, How};
use crate::declared::cloudformation::name_property;
use crate::declared::{Node, Unknown, Value};

/// Properties that are read, at any depth. Their letters without regard to case are those of the arguments without `_`.
const PROPERTIES: [&str; 88] = [
    "TrailName",
    "IsLogging",
    "IsMultiRegionTrail",
    "IsOrganizationTrail",
    "IncludeGlobalServiceEvents",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
    "S3BucketName",
    "KMSKeyId",
    "EventSelectors",
    "ReadWriteType",
    "IncludeManagementEvents",
    "ExcludeManagementEventSources",
    "DataResources",
    "Type",
    "Values",
    "AdvancedEventSelectors",
    "Name",
    "FieldSelectors",
    "Field",
    "Equals",
    "NotEquals",
    "StartsWith",
    "NotStartsWith",
    "EndsWith",
    "NotEndsWith",
    "LogGroupName",
    "LogGroupClass",
    "FilterName",
    "FilterPattern",
    "MetricTransformations",
    "MetricName",
    "MetricNamespace",
    "MetricValue",
    "DefaultValue",
    "Unit",
    "Dimensions",
    "Key",
    "Value",
    "ApplyOnTransformedLogs",
    "FieldSelectionCriteria",
    "EmitSystemFieldDimensions",
    "AlarmName",
    "ActionsEnabled",
    "AlarmActions",
    "OKActions",
    "InsufficientDataActions",
    "Namespace",
    "Period",
    "Statistic",
    "ExtendedStatistic",
    "Threshold",
    "ThresholdMetricId",
    "ComparisonOperator",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
    "Id",
    "Expression",
    "ReturnData",
    "AccountId",
    "MetricStat",
    "Metric",
    "Stat",
    "AlarmRule",
    "ActionsSuppressor",
    "TopicName",
    "FifoTopic",
    "KmsMasterKeyId",
    "Subscription",
    "Protocol",
    "Endpoint",
    "TopicArn",
    "FilterPolicy",
    "FilterPolicyScope",
    "PolicyDocument",
    "Topics",
    "KeyPolicy",
    "Enabled",
    "KeySpec",
    "KeyUsage",
    "AliasName",
    "TargetKeyId",
    "Region",
    "EvaluationWindow",
    "WarmUpConfiguration",
];

/// The property that an argument is.
fn property(argument: &str) -> Option<&'static str> {
    let letters = || argument.bytes().filter(|letter| *letter != b'_').map(|letter| letter.to_ascii_lowercase());
    PROPERTIES.into_iter().find(|property| letters().eq(property.bytes().map(|letter| letter.to_ascii_lowercase())))
}

/// A property of an instance as a text, where it is known.
pub(super) fn text(instance: &Instance<'_>, wanted: &str) -> Option<String> {
    let values = instance.values.as_object()?;
    let known = values.iter().find(|(argument, _)| property(argument) == Some(wanted));
    known.and_then(|(_, value)| text_of(value)).filter(|text| !text.is_empty())
}

/// How a property that may be a reference is followed.
fn how(property: &str) -> How {
    match property {
        "AlarmActions" | "Topics" | "OKActions" | "InsufficientDataActions" => How::Actions,
        "CloudWatchLogsLogGroupArn" | "LogGroupName" => How::Group,
        "MetricName" => How::Metric,
        "TopicArn" => How::Topic,
        "KmsMasterKeyId" | "KMSKeyId" | "TargetKeyId" => How::Key,
        "PolicyDocument" | "KeyPolicy" => How::Policy,
        "Endpoint" => How::Endpoint,
        "FilterPattern" => How::Pattern,
        _ => How::Plain,
    }
}

/// The properties of an instance.
pub(super) fn properties(reader: &Reader<'_, '_>, at: usize, instance: &Instance<'_>) -> Node {
    let mut arguments: Vec<&String> = [&instance.values, &instance.unknown]
        .into_iter()
        .filter_map(Json::as_object)
        .flat_map(serde_json::Map::keys)
        .collect();
    arguments.sort();
    arguments.dedup();
    let body = reader.body(instance);
    let own_name = types::of_awscc(&instance.kind).and_then(name_property);
    let entry = |argument: &String| {
        let property = property(argument)?;
        let is_nested = matches!(body.value(argument), Json::Array(_) | Json::Object(_));
        let value = match how(property) {
            How::Plain | How::Endpoint if is_nested => nested(instance, argument),
            how => reader.argument(at, &body, argument, how),
        };
        let is_nameless = own_name == Some(property) && !matches!(value, Value::Text(_));
        (value != Value::Absent && !is_nameless).then(|| (property.to_owned(), node(value)))
    };
    node(Value::Map(arguments.into_iter().filter_map(entry).collect()))
}

/// Values in values. One of which a part is not known is unknown as a whole.
fn nested(instance: &Instance<'_>, argument: &str) -> Value {
    if instance.unknown.get(argument).is_some_and(has_unknown) {
        let name = format!("{}.{argument}", instance.address);
        return Value::Unknown(Unknown::anything(&name, "a part of it is known only after apply"));
    }
    renamed(instance.values.get(argument).unwrap_or(&Json::Null)).value
}

fn renamed(value: &Json) -> Node {
    match value {
        Json::Array(items) => node(Value::List(items.iter().map(renamed).collect())),
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| {
                let name = property(key).map_or_else(|| key.clone(), str::to_owned);
                (name, renamed(value))
            };
            node(Value::Map(entries.iter().map(entry).collect()))
        }
        scalar => node_of(scalar),
    }
}
