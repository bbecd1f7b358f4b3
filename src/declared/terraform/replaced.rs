//! What a plan replaces by something else: what there is now under another name, or on another topic, is gone after it.
//!
//! None of the names here can be changed in place (CloudFormation's resource schemas, `createOnlyProperties`): what is called
//! otherwise afterwards is another resource.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;

use super::graph::Instance;
use super::reader::Reader;
use super::values::has_unknown;
use super::{awscc, resources};
use crate::arn::last_part;
use crate::declared::account::CHANNELS;
use crate::declared::{MARKS, Resource, Value};

/// What becomes of something that is there now and is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It stays, or what takes its place is called as it is.
    Stays,
    /// What takes its place has a name that is not known, and may be its own.
    Open,
    /// It is gone.
    Goes,
}

/// What is gone of the instances of `before` that are replaced or updated, and the addresses of those that perhaps are.
pub(super) fn gone(
    reader: &Reader<'_, '_>,
    before: &Reader<'_, '_>,
    addresses: &HashSet<String>,
) -> (Vec<Resource>, Vec<String>) {
    let (mut gone, mut open) = (Vec::new(), Vec::new());
    if addresses.is_empty() {
        return (gone, open);
    }
    let instances = before.graph.instances.iter().enumerate();
    let places: HashMap<&str, usize> =
        reader.graph.instances.iter().enumerate().map(|(at, now)| (&*now.address, at)).collect();
    for (at, was) in instances.filter(|(_, was)| addresses.contains(&*was.address)) {
        let Some(there) = resources::resource(before, at) else { continue };
        let now = places
            .get(&*was.address)
            .and_then(|at| Some((reader.graph.instances.get(*at)?, resources::resource(reader, *at)?)));
        let Some((now, resource)) = now else { continue };
        let is_moved = is_elsewhere(was, now);
        // What is there now does not say which provider it is of.
        let home = if is_moved { there.home.clone() } else { resource.home.clone() };
        match if is_moved { Fate::Goes } else { fate((was, &there), (now, &resource)) } {
            Fate::Stays => continue,
            Fate::Goes => {}
            Fate::Open => open.push(there.address.clone()),
        }
        gone.push(Resource { home, ..there });
    }
    (gone, open)
}

fn fate((was, there): (&Instance<'_>, &Resource), (now, resource): (&Instance<'_>, &Resource)) -> Fate {
    let names: &[&str] = match there.kind.as_str() {
        "AWS::CloudTrail::Trail" => &["TrailName"],
        "AWS::Logs::LogGroup" => &["LogGroupName"],
        "AWS::Logs::MetricFilter" => &["FilterName", "LogGroupName"],
        "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm" => &["AlarmName"],
        "AWS::SNS::Topic" => &["TopicName"],
        // Whichever it is, what it is afterwards is declared.
        "AWS::SNS::Subscription" => return Fate::Goes,
        kind if CHANNELS.contains(&kind) => return Fate::Goes,
        _ => return Fate::Stays,
    };
    let fates = names.iter().map(|name| of_name((was, there), (now, resource), name));
    fates.max().unwrap_or(Fate::Stays)
}

/// What a name makes of it.
fn of_name((was, there): (&Instance<'_>, &Resource), (now, resource): (&Instance<'_>, &Resource), name: &str) -> Fate {
    let argument = |instance: &Instance<'_>| {
        let is_it = |known: &&String| *known == there.argument(name) || awscc::property(known) == Some(name);
        let keys = [&instance.values, &instance.unknown].into_iter().filter_map(Json::as_object);
        keys.flat_map(serde_json::Map::keys).find(is_it).cloned()
    };
    let (old, new) = (argument(was), argument(now));
    let value = |instance: &Instance<'_>, key: &Option<String>| -> Option<String> {
        Some(instance.values.get(key.as_ref()?)?.as_str().filter(|text| !text.is_empty())?.to_owned())
    };
    let Some(old) = value(was, &old) else { return Fate::Stays };
    if let Some(new) = value(now, &new) {
        return if last_part(&new) == last_part(&old) { Fate::Stays } else { Fate::Goes };
    }
    // What refers to another resource of the plan has its name.
    if let Value::Text(text) = &resource.properties.get(name).value {
        return match text.contains(MARKS) {
            true => Fate::Open,
            false if last_part(text) == last_part(&old) => Fate::Stays,
            false => Fate::Goes,
        };
    }
    let is_written = |key: &String| match now.config {
        Some(config) => config.expressions.as_ref().is_some_and(|written| written.contains_key(key.as_str())),
        None => true,
    };
    let is_unknown = |key: &&String| has_unknown(now.unknown.get(key.as_str()).unwrap_or(&Json::Null));
    match new.as_ref().filter(is_unknown) {
        Some(key) if is_written(key) => Fate::Open,
        // A new one is made for it.
        _ => Fate::Goes,
    }
}

/// Whether an instance is in another region afterwards.
fn is_elsewhere(was: &Instance<'_>, now: &Instance<'_>) -> bool {
    let region = |instance: &Instance<'_>| instance.values.get("region").and_then(Json::as_str).map(str::to_owned);
    region(was).zip(region(now)).is_some_and(|(one, other)| one != other)
}
