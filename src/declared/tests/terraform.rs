//! Plans and states, written out small: each trap of the format, and each reference of a chain.

use serde_json::{Value as Json, json};

use super::*;
use crate::declared::terraform::{self, Document, Kind, Read, Unreadable};
use crate::declared::{Resource, Value, World};

mod channels;
mod defects;
mod fates;
mod hostile;
mod locals;
mod names;
mod own;
mod places;
mod references;
mod shown;

const PATTERN: &str = "{($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)||($.eventName=DeleteUserPolicy)||($.eventName=PutGroupPolicy)||($.eventName=PutRolePolicy)||($.eventName=PutUserPolicy)||($.eventName=CreatePolicy)||($.eventName=DeletePolicy)||($.eventName=CreatePolicyVersion)||($.eventName=DeletePolicyVersion)||($.eventName=AttachRolePolicy)||($.eventName=DetachRolePolicy)||($.eventName=AttachUserPolicy)||($.eventName=DetachUserPolicy)||($.eventName=AttachGroupPolicy)||($.eventName=DetachGroupPolicy)}";

/// One resource of the root module: its address, values, which are unknown, and how it is written.
#[derive(Clone)]
struct Planned {
    address: String,
    values: Json,
    unknown: Json,
    written: Json,
}

fn planned(address: &str, values: Json, unknown: Json, written: Json) -> Planned {
    Planned { address: address.to_owned(), values, unknown, written }
}

fn references(names: &[&str]) -> Json {
    json!({ "references": names })
}

/// What an expression of one attribute refers to.
fn attribute(resource: &str, attribute: &str) -> Json {
    references(&[&format!("{resource}.{attribute}"), resource])
}

/// The whole chain of 3.4, as nearly every plan shows it: ARNs and ids are known only after apply.
fn chain() -> Vec<Planned> {
    vec![
        planned(
            "aws_cloudtrail.management",
            json!({ "name": "management", "s3_bucket_name": "b", "is_multi_region_trail": true, "enable_logging": true,
                "cloud_watch_logs_role_arn": "arn:aws:iam::111122223333:role/trail",
                "include_global_service_events": true, "event_selector": [], "advanced_event_selector": [] }),
            json!({ "arn": true, "cloud_watch_logs_group_arn": true, "event_selector": [] }),
            json!({ "name": { "constant_value": "management" }, "s3_bucket_name": { "constant_value": "b" },
                "cloud_watch_logs_group_arn": attribute("aws_cloudwatch_log_group.events", "arn") }),
        ),
        planned(
            "aws_cloudwatch_log_group.events",
            json!({ "name": "events" }),
            json!({ "arn": true, "id": true, "log_group_class": true }),
            json!({ "name": { "constant_value": "events" } }),
        ),
        planned(
            "aws_cloudwatch_log_metric_filter.policy",
            json!({ "name": "policy-changes", "pattern": PATTERN, "log_group_name": "events",
                "metric_transformation": [{ "name": "policy-changes", "namespace": "Security", "value": "1",
                    "default_value": "", "unit": "None", "dimensions": null }] }),
            json!({ "id": true, "metric_transformation": [{}] }),
            json!({ "name": { "constant_value": "policy-changes" }, "pattern": { "constant_value": PATTERN },
                "log_group_name": attribute("aws_cloudwatch_log_group.events", "name"),
                "metric_transformation": [{ "name": { "constant_value": "policy-changes" },
                    "namespace": { "constant_value": "Security" }, "value": { "constant_value": "1" } }] }),
        ),
        planned(
            "aws_cloudwatch_metric_alarm.policy",
            json!({ "alarm_name": "policy-changes", "namespace": "Security", "statistic": "Sum", "period": 300,
                "evaluation_periods": 1, "threshold": 1, "comparison_operator": "GreaterThanOrEqualToThreshold",
                "treat_missing_data": "notBreaching", "actions_enabled": true, "alarm_actions": [null],
                "dimensions": null, "metric_query": [], "ok_actions": null }),
            json!({ "arn": true, "id": true, "metric_name": true, "alarm_actions": [true],
                "evaluate_low_sample_count_percentiles": true, "metric_query": [] }),
            json!({ "alarm_name": { "constant_value": "policy-changes" },
                "metric_name": attribute("aws_cloudwatch_log_metric_filter.policy", "id"),
                "alarm_actions": attribute("aws_sns_topic.alerts", "arn") }),
        ),
        planned(
            "aws_sns_topic.alerts",
            json!({ "name": "alerts", "fifo_topic": false, "kms_master_key_id": null }),
            json!({ "arn": true, "id": true, "policy": true }),
            json!({ "name": { "constant_value": "alerts" } }),
        ),
        planned(
            "aws_sns_topic_subscription.person",
            json!({ "protocol": "sms", "endpoint": "+15550100", "endpoint_auto_confirms": false }),
            json!({ "topic_arn": true, "pending_confirmation": true, "filter_policy_scope": true }),
            json!({ "topic_arn": attribute("aws_sns_topic.alerts", "arn"), "protocol": { "constant_value": "sms" },
                "endpoint": { "constant_value": "+15550100" } }),
        ),
    ]
}

/// The plan that creates these.
fn plan(resources: &[Planned]) -> Json {
    let change = |it: &Planned| {
        let (kind, _) = it.address.trim_start_matches("data.").split_once('.').expect("an address");
        let is_data = it.address.starts_with("data.");
        let (mode, action) = if is_data { ("data", "read") } else { ("managed", "create") };
        json!({ "address": it.address, "mode": mode, "type": kind, "change": { "actions": [action], "before": null,
            "after": it.values, "after_unknown": it.unknown, "after_sensitive": {} } })
    };
    let config = |it: &Planned| {
        let is_data = it.address.starts_with("data.");
        let plain = it.address.trim_start_matches("data.").split('[').next().expect("an address");
        let (kind, name) = plain.split_once('.').expect("an address");
        json!({ "address": it.address, "mode": if is_data { "data" } else { "managed" }, "type": kind, "name": name,
            "provider_config_key": "aws", "expressions": it.written })
    };
    json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "resources": [] } },
        "resource_changes": resources.iter().map(change).collect::<Vec<_>>(),
        "configuration": { "provider_config": { "aws": { "name": "aws" } },
            "root_module": { "resources": resources.iter().map(config).collect::<Vec<_>>() } },
        "complete": true,
        "errored": false,
    })
}

/// A chain with something of one resource replaced: a value where `unknown` is null, otherwise an expression.
fn changed(address: &str, argument: &str, value: Json, unknown: Json, written: Option<Json>) -> Vec<Planned> {
    let mut chain = chain();
    let it = chain.iter_mut().find(|it| it.address == address).expect("it is in the chain");
    let set = |object: &mut Json, value: Json| {
        let entries = object.as_object_mut().expect("an object");
        entries.remove(argument);
        if !value.is_null() {
            entries.insert(argument.to_owned(), value);
        }
    };
    set(&mut it.values, value);
    set(&mut it.unknown, unknown);
    set(&mut it.written, written.unwrap_or(Json::Null));
    chain
}

fn document(text: String) -> Document {
    let kind = Kind::detect(&text).unwrap_or(Kind::Plan);
    Document { file: "plan.json".to_owned(), kind, text }
}

fn read(json: &Json) -> Read {
    terraform::read(&document(json.to_string()), &symbolic(), None).unwrap_or_else(|error| panic!("{error}\n{json}"))
}

fn unreadable(json: &Json) -> Unreadable {
    terraform::read(&document(json.to_string()), &symbolic(), None).expect_err("it cannot be read")
}

fn judged(read: Read, scope: Scope) -> Checked {
    let home = read.home;
    let worlds = [World { declared: read.declared, ..World::default() }];
    let now: Timestamp = "2026-01-05T09:00:00Z".parse().expect("a time");
    judge(&worlds, &rules(), &Terms { home: &home, scope, over: None, counts: &|_| false, now })
}

/// What is reported about a plan or state.
fn checked_plan(json: &Json) -> Checked {
    judged(read(json), Scope::Part)
}

/// The verdicts and the code of 3.4 in the plan that creates these.
fn verdict(resources: &[Planned]) -> Option<(Status, Status, Option<Code>)> {
    verdicts(&checked_plan(&plan(resources)), "3.4").map(|verdicts| (verdicts.0, verdicts.1, verdicts.2))
}

/// The reason of 3.4 in words.
fn message(resources: &[Planned]) -> String {
    let checked = checked_plan(&plan(resources));
    let finding = finding(&checked, "3.4").expect("3.4 is declared");
    finding.reason.as_ref().map(|reason| reason.message()).unwrap_or_default()
}

fn resource<'a>(read: &'a Read, address: &str) -> &'a Resource {
    read.declared.resources.iter().find(|it| it.address == address).unwrap_or_else(|| panic!("{address}"))
}

/// A property's text, or what stands for it and why it is not known.
fn property(read: &Read, address: &str, name: &str) -> Result<String, String> {
    let node = resource(read, address).properties.get(name);
    let node = match &node.value {
        Value::List(nodes) if nodes.len() == 1 => &nodes[0],
        _ => node,
    };
    match node.text() {
        Ok(text) => Ok(text.unwrap_or("absent").to_owned()),
        Err(Unknown { why, expression }) => Err(format!("{expression}: {why}")),
    }
}

#[test]
fn a_chain_passes_though_its_arns_are_known_only_after_apply() {
    let checked = checked_plan(&plan(&chain()));
    assert_eq!(verdicts(&checked, "3.4"), Some((Status::Pass, Status::Pass, None, None)));
    assert_eq!(
        (checked.report.findings().count(), checked.report.not_declared().count(), checked.resources),
        (1, 13, 6)
    );
}

#[test]
fn a_policy_that_nobody_wrote_is_the_default_one() {
    let default = verdict(&chain());
    assert_eq!(default, Some((Status::Pass, Status::Pass, None)));
    let written = json!({ "references": ["local.policy"] });
    let unknown = changed("aws_sns_topic.alerts", "policy", Json::Null, json!(true), Some(written));
    assert_eq!(verdict(&unknown), Some((Status::Pass, Status::Unknown, Some(Code::TopicPolicyUndecided))));
}
