//! Plans as `terraform show -json` writes them, of as many resources as are asked for.

use serde_json::{Map, Value, json};

const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";

/// A resource: its type and name, its values, what of it is unknown, and how it is written.
struct Resource {
    kind: &'static str,
    name: String,
    values: Value,
    unknown: Value,
    written: Value,
}

/// A plan of so many resources, of which so many are of the chain: a trail, a log group, a topic and its subscription, then
/// metric filters, each with its alarm. The filters have the patterns of the controls, one after the other.
pub(crate) fn plan(all: usize, of_the_chain: usize, patterns: &[String]) -> String {
    let mut resources = upstream();
    for at in 0.. {
        if resources.len() + 1 >= of_the_chain {
            break;
        }
        let pattern = patterns.get(at % patterns.len().max(1)).map(String::as_str).unwrap_or_default();
        resources.extend(filter_and_alarm(at, pattern));
    }
    for at in resources.len()..all {
        resources.push(other(at));
    }
    let planned: Vec<Value> = resources.iter().map(planned).collect();
    let changes: Vec<Value> = resources.iter().map(change).collect();
    let written: Vec<Value> = resources.iter().map(configuration).collect();
    let document = json!({
        "format_version": "1.2",
        "terraform_version": "1.15.5",
        "planned_values": { "root_module": { "resources": planned } },
        "resource_changes": changes,
        "configuration": {
            "provider_config": { "aws": { "name": "aws", "full_name": PROVIDER,
                "expressions": { "region": { "constant_value": "eu-west-1" } } } },
            "root_module": { "resources": written },
        },
        "applyable": true,
        "complete": true,
        "errored": false,
    });
    document.to_string()
}

fn upstream() -> Vec<Resource> {
    vec![
        Resource {
            kind: "aws_cloudtrail",
            name: "management".to_owned(),
            values: json!({ "name": "management", "s3_bucket_name": "trail", "s3_key_prefix": null, "kms_key_id": null,
                "cloud_watch_logs_role_arn": "arn:aws:iam::111122223333:role/trail", "enable_logging": true,
                "enable_log_file_validation": true, "include_global_service_events": true, "is_multi_region_trail": true,
                "is_organization_trail": false, "event_selector": [], "advanced_event_selector": [], "tags": null }),
            unknown: json!({ "arn": true, "id": true, "home_region": true, "cloud_watch_logs_group_arn": true }),
            written: json!({ "cloud_watch_logs_group_arn": attribute("aws_cloudwatch_log_group.events", "arn") }),
        },
        Resource {
            kind: "aws_cloudwatch_log_group",
            name: "events".to_owned(),
            values: json!({ "name": "events", "kms_key_id": null, "retention_in_days": 365, "skip_destroy": false }),
            unknown: json!({ "arn": true, "id": true, "log_group_class": true, "name_prefix": true }),
            written: json!({}),
        },
        Resource {
            kind: "aws_sns_topic",
            name: "alerts".to_owned(),
            values: json!({ "name": "alerts", "fifo_topic": false, "kms_master_key_id": null }),
            unknown: json!({ "arn": true, "id": true, "policy": true, "owner": true }),
            written: json!({}),
        },
        Resource {
            kind: "aws_sns_topic_subscription",
            name: "person".to_owned(),
            values: json!({ "protocol": "sms", "endpoint": "+15550100", "endpoint_auto_confirms": false,
                "filter_policy": null, "raw_message_delivery": false }),
            unknown: json!({ "arn": true, "id": true, "topic_arn": true, "pending_confirmation": true }),
            written: json!({ "topic_arn": attribute("aws_sns_topic.alerts", "arn") }),
        },
    ]
}

fn filter_and_alarm(at: usize, pattern: &str) -> [Resource; 2] {
    let name = format!("filter-{at}");
    let filter = Resource {
        kind: "aws_cloudwatch_log_metric_filter",
        name: name.clone(),
        values: json!({ "name": name, "pattern": pattern, "log_group_name": "events",
            "metric_transformation": [{ "name": name, "namespace": "Security", "value": "1", "default_value": "",
                "unit": "None", "dimensions": null }] }),
        unknown: json!({ "id": true, "apply_on_transformed_logs": true, "metric_transformation": [{}] }),
        written: json!({ "log_group_name": attribute("aws_cloudwatch_log_group.events", "name"),
            "metric_transformation": [{ "name": { "constant_value": name }, "namespace": { "constant_value": "Security" },
                "value": { "constant_value": "1" } }] }),
    };
    let alarm = Resource {
        kind: "aws_cloudwatch_metric_alarm",
        name: format!("alarm-{at}"),
        values: json!({ "alarm_name": name, "alarm_description": null, "namespace": "Security", "statistic": "Sum",
            "period": 300, "evaluation_periods": 1, "threshold": 1, "datapoints_to_alarm": null,
            "comparison_operator": "GreaterThanOrEqualToThreshold", "treat_missing_data": "notBreaching",
            "actions_enabled": true, "alarm_actions": [null], "ok_actions": null, "insufficient_data_actions": null,
            "dimensions": null, "metric_query": [], "unit": null, "threshold_metric_id": null }),
        unknown: json!({ "arn": true, "id": true, "metric_name": true, "alarm_actions": [true], "metric_query": [],
            "evaluate_low_sample_count_percentiles": true }),
        written: json!({ "metric_name": attribute(&format!("aws_cloudwatch_log_metric_filter.filter-{at}"), "id"),
            "alarm_actions": attribute("aws_sns_topic.alerts", "arn") }),
    };
    [filter, alarm]
}

/// One that is of no chain.
fn other(at: usize) -> Resource {
    let name = format!("other-{at}");
    let computed = json!({ "arn": true, "id": true, "tags_all": true });
    let (kind, values, written) = match at % 4 {
        0 => (
            "aws_s3_bucket",
            json!({ "bucket": name, "force_destroy": false, "tags": { "team": "platform" } }),
            json!({}),
        ),
        1 => (
            "aws_iam_role",
            json!({ "name": name, "description": null, "max_session_duration": 3600, "path": "/",
                "assume_role_policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"}}]}" }),
            json!({}),
        ),
        2 => (
            "aws_lambda_function",
            json!({ "function_name": name, "handler": "index.handler", "runtime": "python3.13", "memory_size": 256,
                "timeout": 30, "environment": [{ "variables": { "STAGE": "production", "QUEUE": name } }] }),
            json!({ "role": attribute(&format!("aws_iam_role.other-{}", at - 1), "arn") }),
        ),
        _ => (
            "aws_security_group_rule",
            json!({ "type": "ingress", "from_port": 443, "to_port": 443, "protocol": "tcp", "self": false,
                "cidr_blocks": ["10.0.0.0/8"], "description": name }),
            json!({ "security_group_id": attribute("aws_security_group.shared", "id") }),
        ),
    };
    Resource { kind, name, values, unknown: computed, written }
}

fn attribute(resource: &str, attribute: &str) -> Value {
    json!({ "references": [format!("{resource}.{attribute}"), resource] })
}

fn identity(resource: &Resource) -> Map<String, Value> {
    let entries = [
        ("address", format!("{}.{}", resource.kind, resource.name)),
        ("mode", "managed".to_owned()),
        ("type", resource.kind.to_owned()),
        ("name", resource.name.clone()),
    ];
    entries.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect()
}

fn with(resource: &Resource, more: Value) -> Value {
    let mut entries = identity(resource);
    if let Value::Object(more) = more {
        entries.extend(more);
    }
    Value::Object(entries)
}

fn planned(resource: &Resource) -> Value {
    let more =
        json!({ "provider_name": PROVIDER, "schema_version": 0, "values": resource.values, "sensitive_values": {} });
    with(resource, more)
}

fn change(resource: &Resource) -> Value {
    let change = json!({ "actions": ["create"], "before": null, "after": resource.values,
        "after_unknown": resource.unknown, "before_sensitive": false, "after_sensitive": {} });
    with(resource, json!({ "provider_name": PROVIDER, "change": change }))
}

/// As written: what is neither computed nor a reference is a constant.
fn configuration(resource: &Resource) -> Value {
    let mut expressions = Map::new();
    for (argument, value) in resource.values.as_object().into_iter().flatten() {
        if !value.is_null() && !value.is_array() {
            expressions.insert(argument.clone(), json!({ "constant_value": value }));
        }
    }
    if let Value::Object(written) = &resource.written {
        expressions.extend(written.clone());
    }
    with(resource, json!({ "provider_config_key": "aws", "schema_version": 0, "expressions": expressions }))
}
