//! Nested blocks: transformations of a metric filter, selectors of a trail, queries of an alarm.

use serde_json::Value as Json;

use super::reader::{Body, NULL, Reader, Written, node};
use super::types::{Block, How};
use super::values::has_unknown;
use super::wire::{Expressions, blocks_of};
use crate::declared::json::node_of;
use crate::declared::{Unknown, Value};

/// Arguments of a block, and the properties that they are.
type Fields = &'static [(&'static str, &'static str, How)];

use How::{Count, Dimensions, Flag, Metric, Plain};

const TRANSFORMATION: Fields = &[
    ("namespace", "MetricNamespace", Plain),
    ("name", "MetricName", Metric),
    ("value", "MetricValue", Plain),
    ("default_value", "DefaultValue", Plain),
    ("unit", "Unit", Plain),
    ("dimensions", "Dimensions", Dimensions("Key")),
];
const SELECTOR: Fields = &[
    ("read_write_type", "ReadWriteType", Plain),
    ("include_management_events", "IncludeManagementEvents", Plain),
    ("exclude_management_event_sources", "ExcludeManagementEventSources", Plain),
];
const FIELD: Fields = &[
    ("field", "Field", Plain),
    ("equals", "Equals", Plain),
    ("not_equals", "NotEquals", Plain),
    ("starts_with", "StartsWith", Plain),
    ("not_starts_with", "NotStartsWith", Plain),
    ("ends_with", "EndsWith", Plain),
    ("not_ends_with", "NotEndsWith", Plain),
];
const QUERY: Fields = &[
    ("id", "Id", Plain),
    ("expression", "Expression", Plain),
    ("period", "Period", Count),
    // The API takes one that is absent for true where it is the only one.
    ("return_data", "ReturnData", Flag("false")),
    ("account_id", "AccountId", Plain),
];
const STAT: Fields = &[("period", "Period", Count), ("stat", "Stat", Plain), ("unit", "Unit", Plain)];
const SCHEDULE: Fields =
    &[("expression", "Expression", Plain), ("duration", "Duration", Plain), ("timezone", "Timezone", Plain)];
const METRIC: Fields = &[
    ("namespace", "Namespace", Plain),
    ("metric_name", "MetricName", Metric),
    ("dimensions", "Dimensions", Dimensions("Name")),
];

/// The value of an argument that is nested blocks; absent where there are none.
pub(super) fn blocks<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>, name: &str, block: Block) -> Value {
    let one = |body: &Body<'_, 'a>| match block {
        Block::Transformations => map(reader, at, body, TRANSFORMATION),
        Block::Selectors => selector(reader, at, body),
        Block::AdvancedSelectors => advanced(reader, at, body),
        Block::Queries => query(reader, at, body),
        Block::Suppressor => map(reader, at, body, &[("alarm", "Alarm", Plain)]),
        Block::MuteTargets => map(reader, at, body, &[("alarm_names", "AlarmNames", Plain)]),
        Block::MuteSchedule => {
            let schedule = each(body, "schedule", &|body: &Body<'_, 'a>| map(reader, at, body, SCHEDULE));
            Value::Map(vec![("Schedule".to_owned(), node(only(schedule)))])
        }
    };
    let value = each(body, name, &one);
    match (block, value) {
        (Block::Suppressor, Value::List(nodes)) => {
            nodes.first().map_or(Value::Absent, |node| node.get("Alarm").value.clone())
        }
        (Block::MuteTargets | Block::MuteSchedule, value) => only(value),
        (_, value) => value,
    }
}

/// The block of which there is one.
fn only(value: Value) -> Value {
    match value {
        Value::List(nodes) => nodes.into_iter().next().map_or(Value::Absent, |node| node.value),
        other => other,
    }
}

/// A list of what is made of each block.
fn each<'a>(body: &Body<'_, 'a>, name: &str, one: &dyn Fn(&Body<'_, 'a>) -> Value) -> Value {
    let unknown = body.unknown.get(name).unwrap_or(&NULL);
    if *unknown == Json::Bool(true) {
        return Value::Unknown(Unknown::anything(name, "how many there are is known only after apply"));
    }
    let values = match body.value(name) {
        Json::Array(items) => items.as_slice(),
        single @ Json::Object(_) => std::slice::from_ref(single),
        _ => &[],
    };
    if values.is_empty() {
        return Value::Absent;
    }
    let sensitive = body.sensitive.get(name).unwrap_or(&NULL);
    let written: Vec<Expressions<'a>> = written(body, name);
    let mut made = Vec::new();
    for (at, values) in values.iter().enumerate() {
        let item = |parallel: &'_ Json| -> Json {
            match parallel {
                Json::Array(items) => items.get(at).cloned().unwrap_or(Json::Null),
                other => other.clone(),
            }
        };
        let (unknown, sensitive) = (item(unknown), item(sensitive));
        let expressions = matching(&written, values, at, body.value(name));
        let written = expressions.map_or(Written::NotShown, Written::Here);
        made.push(node(one(&Body { values, unknown: &unknown, sensitive: &sensitive, written })));
    }
    Value::List(made)
}

/// The expressions of nested blocks.
pub(super) fn written<'a>(body: &Body<'_, 'a>, name: &str) -> Vec<Expressions<'a>> {
    let Written::Here(expressions) = body.written else { return Vec::new() };
    let Some(text) = expressions.get(name).copied() else { return Vec::new() };
    blocks_of(text)
}

/// The expressions of the block that has these values. Blocks of a set come in another order than they are written in:
/// those that have an `id` are known by it.
pub(super) fn matching<'w, 'a>(
    written: &'w [Expressions<'a>],
    values: &Json,
    at: usize,
    all: &Json,
) -> Option<&'w Expressions<'a>> {
    let count = all.as_array().map_or(1, Vec::len);
    let id = values.get("id").and_then(Json::as_str);
    let has_id = |expressions: &&Expressions<'a>| {
        let constant = expressions.get("id").and_then(|text| serde_json::from_str::<Json>(text.get()).ok());
        constant.as_ref().and_then(|it| it.get("constant_value")).and_then(Json::as_str) == id
    };
    if id.is_some() {
        return written.iter().find(has_id).or_else(|| written.first().filter(|_| count == 1 && written.len() == 1));
    }
    if count == written.len() { written.get(at) } else { None }
}

fn map<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>, fields: Fields) -> Value {
    Value::Map(entries(reader, at, body, fields))
}

fn entries<'a>(
    reader: &Reader<'_, 'a>,
    at: usize,
    body: &Body<'_, 'a>,
    fields: Fields,
) -> Vec<(String, crate::declared::Node)> {
    let entry = |field: &(&'static str, &'static str, How)| {
        let value = reader.plain(at, body, field.0, field.2);
        reader.note(field.1);
        (value != Value::Absent).then(|| (field.1.to_owned(), node(value)))
    };
    fields.iter().filter_map(entry).collect()
}

fn selector<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>) -> Value {
    let mut selector = entries(reader, at, body, SELECTOR);
    let resource = |body: &Body<'_, 'a>| {
        let kind = node_of(body.value("type"));
        let values = if has_unknown(body.unknown) { node(Value::Absent) } else { node_of(body.value("values")) };
        Value::Map(vec![("Type".to_owned(), kind), ("Values".to_owned(), values)])
    };
    selector.push(("DataResources".to_owned(), node(each(body, "data_resource", &resource))));
    Value::Map(selector)
}

fn advanced<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>) -> Value {
    let field = |body: &Body<'_, 'a>| map(reader, at, body, FIELD);
    Value::Map(vec![
        ("Name".to_owned(), node_of(body.value("name"))),
        ("FieldSelectors".to_owned(), node(each(body, "field_selector", &field))),
    ])
}

fn query<'a>(reader: &Reader<'_, 'a>, at: usize, body: &Body<'_, 'a>) -> Value {
    let mut query = entries(reader, at, body, QUERY);
    let stat = |body: &Body<'_, 'a>| {
        let mut stat = entries(reader, at, body, STAT);
        stat.push(("Metric".to_owned(), node(map(reader, at, body, METRIC))));
        Value::Map(stat)
    };
    match each(body, "metric", &stat) {
        Value::List(mut stats) if !stats.is_empty() => query.push(("MetricStat".to_owned(), stats.swap_remove(0))),
        unknown @ Value::Unknown(_) => query.push(("MetricStat".to_owned(), node(unknown))),
        _ => {}
    }
    Value::Map(query)
}
