//! Steps that change what is there, as tasks for a person: commands of the AWS CLI that do what the step would.

use serde_json::{Value, json};

use super::model::Task;
use crate::arn::{Arn, TopicArn};
use crate::escape::shell_word;
use crate::fix::plan::{PolicyUpdate, TrailUpdate};
use crate::snapshot::{AdvancedEventSelector, EventSelector, EventSelectors, FieldSelector};

/// A trail is changed.
pub(super) fn update_trail(update: &TrailUpdate, rules: &[String]) -> Task {
    let TrailUpdate { arn, multi_region, global_events, logging, log_group_arn, role_arn, selectors } = update;
    let what = format!("change trail {}", arn.name());
    let Some(region) = arn.region() else { return without_command(&what, rules) };
    let mut fields = Vec::new();
    if multi_region.as_ref().is_some_and(|change| change.to) {
        fields.push("--is-multi-region-trail".to_owned());
    }
    if global_events.as_ref().is_some_and(|change| change.to) {
        fields.push("--include-global-service-events".to_owned());
    }
    if let Some(group) = log_group_arn.as_ref().and_then(|change| change.to.as_ref()) {
        fields.extend(["--cloud-watch-logs-log-group-arn".to_owned(), shell_word(&format!("{group}:*")).into_owned()]);
    }
    if let Some(role) = role_arn.as_ref().and_then(|change| change.to.as_ref()) {
        fields.extend(["--cloud-watch-logs-role-arn".to_owned(), shell_word(role).into_owned()]);
    }
    let mut commands = Vec::new();
    if !fields.is_empty() {
        commands.push(aws(region, &format!("cloudtrail update-trail --name {} {}", shell_word(arn), fields.join(" "))));
    }
    if let Some(change) = selectors {
        let put =
            format!("cloudtrail put-event-selectors --trail-name {} {}", shell_word(arn), put_selectors(&change.to));
        commands.push(aws(region, &put));
    }
    if logging.as_ref().is_some_and(|change| change.to) {
        commands.push(aws(region, &format!("cloudtrail start-logging --name {}", shell_word(arn))));
    }
    task(&what, rules, commands)
}

/// A topic's policy gets a statement more.
pub(super) fn allow_publish(update: &PolicyUpdate<TopicArn>, rules: &[String]) -> Task {
    let PolicyUpdate { arn, topic_arn: _, statement: _, policy } = update;
    let name = arn.name();
    let what = format!("let CloudWatch publish to topic {name} (its policy as it was read, plus one statement)");
    let Some(region) = arn.region() else { return without_command(&what, rules) };
    let set = format!(
        "sns set-topic-attributes --topic-arn {} --attribute-name Policy --attribute-value {}",
        shell_word(arn),
        shell_word(&policy.to)
    );
    task(&what, rules, vec![aws(region, &set)])
}

/// A queue's policy gets a statement more.
pub(super) fn allow_queue(update: &PolicyUpdate, rules: &[String]) -> Task {
    let PolicyUpdate { arn, topic_arn: _, statement: _, policy } = update;
    let queue = Arn::parse(arn).filter(|arn| !arn.region.is_empty());
    let name = queue.map_or(arn.as_str(), |queue| queue.resource);
    let what = format!("let the topic deliver to queue {name} (its policy as it was read, plus one statement)");
    let Some(Arn { region, .. }) = queue else { return without_command(&what, rules) };
    let attributes = json!({ "Policy": policy.to }).to_string();
    // A queue is known by its URL, of which not every partition makes the same.
    let url =
        aws(region, &format!("sqs get-queue-url --queue-name {} --query QueueUrl --output text", shell_word(name)));
    let set = format!("sqs set-queue-attributes --queue-url \"$({url})\" --attributes {}", shell_word(&attributes));
    task(&what, rules, vec![aws(region, &set)])
}

fn task(what: &str, rules: &[String], commands: Vec<String>) -> Task {
    Task { what: format!("{what} ({})", rules.join(", ")), commands }
}

/// In which region a command would have to be run is not known: in another it could change something else.
fn without_command(what: &str, rules: &[String]) -> Task {
    task(&format!("{what}; no command is given, because its ARN names no region"), rules, Vec::new())
}

/// A command in the region of what it is about.
fn aws(region: &str, rest: &str) -> String {
    format!("aws --region {} {rest}", shell_word(region))
}

/// The selectors as `PutEventSelectors` takes them.
fn put_selectors(selectors: &EventSelectors) -> String {
    let EventSelectors { basic, advanced } = selectors;
    if advanced.is_empty() {
        let selectors: Vec<Value> = basic.iter().map(of_basic).collect();
        format!("--event-selectors {}", shell_word(&json!(selectors).to_string()))
    } else {
        let selectors: Vec<Value> = advanced.iter().map(of_advanced).collect();
        format!("--advanced-event-selectors {}", shell_word(&json!(selectors).to_string()))
    }
}

fn of_basic(selector: &EventSelector) -> Value {
    let EventSelector { read_write_type, include_management_events, exclude_management_event_sources, data_resources } =
        selector;
    let resources: Vec<Value> =
        data_resources.iter().map(|resource| json!({ "Type": resource.kind, "Values": resource.values })).collect();
    let mut fields = json!({
        "ExcludeManagementEventSources": exclude_management_event_sources,
        "DataResources": resources,
    });
    if let Some(kind) = read_write_type {
        fields["ReadWriteType"] = json!(kind);
    }
    if let Some(include) = include_management_events {
        fields["IncludeManagementEvents"] = json!(include);
    }
    fields
}

fn of_advanced(selector: &AdvancedEventSelector) -> Value {
    let AdvancedEventSelector { name, field_selectors } = selector;
    let mut fields = json!({ "FieldSelectors": field_selectors.iter().map(of_field).collect::<Vec<_>>() });
    if let Some(name) = name {
        fields["Name"] = json!(name);
    }
    fields
}

fn of_field(selector: &FieldSelector) -> Value {
    let FieldSelector { field, equals, not_equals, starts_with, not_starts_with, ends_with, not_ends_with } = selector;
    let mut fields = json!({ "Field": field });
    for (operator, values) in [
        ("Equals", equals),
        ("NotEquals", not_equals),
        ("StartsWith", starts_with),
        ("NotStartsWith", not_starts_with),
        ("EndsWith", ends_with),
        ("NotEndsWith", not_ends_with),
    ] {
        if !values.is_empty() {
            fields[operator] = json!(values);
        }
    }
    fields
}
