//! Properties that are lists: CloudFormation does not take one value in place of a list ("expected type: `JSONArray`,
//! found: `String`", resource schemas).

use super::given::{Refused, refused};
use super::shape::each;
use crate::declared::{Resource, Value};

const TRAIL: &str = "AWS::CloudTrail::Trail";
const FILTER: &str = "AWS::Logs::MetricFilter";
const ALARM: &str = "AWS::CloudWatch::Alarm";
const COMPOSITE: &str = "AWS::CloudWatch::CompositeAlarm";
const TOPIC: &str = "AWS::SNS::Topic";

/// The type, and where the list is.
const LISTS: [(&str, &str); 22] = [
    (TRAIL, "EventSelectors"),
    (TRAIL, "EventSelectors[].DataResources"),
    (TRAIL, "EventSelectors[].ExcludeManagementEventSources"),
    (TRAIL, "AdvancedEventSelectors"),
    (TRAIL, "AdvancedEventSelectors[].FieldSelectors"),
    (TRAIL, "Tags"),
    ("AWS::Logs::LogGroup", "Tags"),
    (FILTER, "MetricTransformations"),
    (FILTER, "MetricTransformations[].Dimensions"),
    (FILTER, "EmitSystemFieldDimensions"),
    (ALARM, "AlarmActions"),
    (ALARM, "OKActions"),
    (ALARM, "InsufficientDataActions"),
    (ALARM, "Dimensions"),
    (ALARM, "Metrics"),
    (ALARM, "Tags"),
    (COMPOSITE, "AlarmActions"),
    (COMPOSITE, "OKActions"),
    (COMPOSITE, "InsufficientDataActions"),
    (TOPIC, "Subscription"),
    (TOPIC, "Tags"),
    ("AWS::SNS::TopicPolicy", "Topics"),
];

/// A property that is one value and would have to be a list. Readers of other languages make lists of theirs.
pub(super) fn lists(resource: &Resource) -> Option<Refused> {
    let of_kind = LISTS.iter().filter(|(kind, _)| resource.is_as_written && *kind == resource.kind);
    let mut values = of_kind.flat_map(|(_, path)| each(&resource.properties, path).into_iter());
    values.find_map(|(at, node)| {
        let what = match &node.value {
            Value::Text(_) => "a single value",
            Value::Map(_) => "a map",
            Value::Absent | Value::List(_) | Value::Unknown(_) => return None,
        };
        let name = at.rsplit('.').next().unwrap_or(&at);
        Some(refused(&at, format!("{name} takes a list, and not {what}: put it into a list of one")))
    })
}
