//! What is reported about a step: its sign, the kind and name of the resource, and everything that carrying it out would write.

use crate::mask;
use std::collections::BTreeMap;

use super::page::Page;
use crate::arn::{LogGroupArn, last_part};
use crate::fix::plan::{
    Action, Alarm, Bucket, Change, Endpoint, FunctionPermission, Key, LogGroup, MetricFilter, Role, Step, Subscription,
    Topic, Trail, TrailUpdate,
};
use crate::snapshot::EventSelectors;

/// How a step is shown: its sign, the kind and name of the resource, and what else is reported of it.
pub(super) struct Shown {
    pub(super) sign: &'static str,
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// Label and text; shown always where something is changed, otherwise only when asked for more.
    pub(super) details: Vec<(&'static str, String)>,
}

impl Page<'_> {
    /// `is_begun`: what it creates is there already, in part.
    pub(super) fn shown(&self, step: &Step, is_begun: bool) -> Shown {
        let (sign, kind, name) = self.heading(&step.action);
        if is_begun {
            let what = left_of(&step.action);
            return Shown { sign: "~", kind, name, details: vec![("finishes", what.to_owned())] };
        }
        Shown { sign, kind, name, details: self.details_of(&step.action) }
    }

    /// Sign, kind and name.
    fn heading(&self, action: &Action) -> (&'static str, &'static str, String) {
        // A queue or function.
        let name = |arn: &str| last_part(arn).to_owned();
        match action {
            Action::CreateKey(key) => ("+", "KMS key", key.alias.clone()),
            Action::CreateBucket(bucket) => ("+", "S3 bucket", bucket.name.clone()),
            Action::CreateRole(role) => ("+", "IAM role", role.name.clone()),
            Action::CreateLogGroup(group) => ("+", "log group", group.arn.name().to_owned()),
            Action::CreateTrail(trail) => ("+", "trail", trail.arn.name().to_owned()),
            Action::UpdateTrail(update) => ("~", "trail", update.arn.name().to_owned()),
            Action::CreateTopic(topic) => ("+", "topic", topic.arn.name().to_owned()),
            Action::AllowPublish(update) => ("~", "topic policy", update.arn.name().to_owned()),
            Action::AllowQueue(update) => ("~", "queue policy", name(&update.arn)),
            Action::AllowFunction(permission) => ("~", "function policy", name(&permission.function_arn)),
            Action::Subscribe(subscription) => {
                let (endpoint, to) = (&subscription.endpoint, subscription.topic_arn.name());
                let text = format!("{} {} {} {to}", endpoint.protocol, self.address(endpoint), self.paint.arrow());
                ("+", "subscription", text)
            }
            Action::CreateMetricFilter(filter) => ("+", "metric filter", filter.name.clone()),
            Action::CreateAlarm(alarm) => ("+", "alarm", alarm.arn.name().to_owned()),
        }
    }

    /// What else is reported of it: every field that is not in the heading, so that a new one cannot be forgotten.
    fn details_of(&self, action: &Action) -> Vec<(&'static str, String)> {
        match action {
            Action::CreateKey(Key { region, alias: _, description, policy, tags }) => vec![
                ("region", region.clone()),
                ("for", description.clone()),
                ("rotation", "yearly".to_owned()),
                ("policy", policy.clone()),
                tagged(tags),
            ],
            Action::CreateBucket(Bucket { region, name: _, policy, tags }) => vec![
                ("region", region.clone()),
                ("public", "blocked".to_owned()),
                ("policy", policy.clone()),
                tagged(tags),
            ],
            Action::CreateRole(Role { name: _, arn, description, trust, policy_name, policy, tags }) => vec![
                ("arn", arn.clone()),
                ("for", description.clone()),
                ("trusts", trust.clone()),
                ("may", format!("{policy} ({policy_name})")),
                tagged(tags),
            ],
            Action::CreateLogGroup(LogGroup { arn: _, retention_days, tags }) => {
                vec![("retention", format!("{retention_days} days")), tagged(tags)]
            }
            Action::CreateTrail(Trail { arn: _, bucket, key, log_group_arn, role_arn, tags }) => vec![
                ("records", "all management events of all regions".to_owned()),
                ("log group", log_group_arn.name().to_owned()),
                ("role", last_part(role_arn).to_owned()),
                ("bucket", bucket.clone()),
                ("key", key.clone()),
                tagged(tags),
            ],
            Action::UpdateTrail(update) => self.changes(update),
            Action::CreateTopic(Topic { arn: _, policy, kms_key_id, tags }) => {
                let key = kms_key_id.clone().map(|key| ("key", key));
                [("policy", policy.clone())].into_iter().chain(key).chain([tagged(tags)]).collect()
            }
            Action::AllowPublish(update) => vec![("adds", update.statement.clone())],
            Action::AllowQueue(update) => vec![("adds", update.statement.clone())],
            Action::AllowFunction(FunctionPermission { function_arn: _, statement_id, topic_arn }) => {
                vec![("adds", format!("topic {} may invoke it ({statement_id})", topic_arn.name()))]
            }
            Action::Subscribe(Subscription { topic_arn, endpoint }) => vec![
                ("topic", topic_arn.to_string()),
                ("address", format!("{} {}", endpoint.protocol, self.address(endpoint))),
            ],
            Action::CreateMetricFilter(MetricFilter { log_group_arn, name: _, pattern, namespace, metric }) => vec![
                ("log group", log_group_arn.name().to_owned()),
                ("pattern", pattern.clone()),
                ("metric", format!("1 for each event, as {namespace}/{metric}")),
            ],
            Action::CreateAlarm(Alarm { arn: _, description, namespace, metric, period, topic_arn, tags }) => vec![
                ("for", description.clone()),
                ("watches", format!("Sum of {namespace}/{metric} >= 1 in {period} s")),
                ("notifies", topic_arn.to_string()),
                tagged(tags),
            ],
        }
    }

    /// The fields of a trail that are changed.
    fn changes(&self, update: &TrailUpdate) -> Vec<(&'static str, String)> {
        [
            self.changed("multi-region", update.multi_region.as_ref(), |on| yes_no(*on)),
            self.changed("global events", update.global_events.as_ref(), |on| yes_no(*on)),
            self.changed("logging", update.logging.as_ref(), |on| yes_no(*on)),
            self.changed("log group", update.log_group_arn.as_ref(), |arn| {
                or_none(arn.as_ref().map(LogGroupArn::name))
            }),
            self.changed("role", update.role_arn.as_ref(), |arn| or_none(arn.as_deref().map(last_part))),
            self.changed("selectors", update.selectors.as_ref(), selectors),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn changed<T>(
        &self,
        label: &'static str,
        change: Option<&Change<T>>,
        words: impl Fn(&T) -> String,
    ) -> Option<(&'static str, String)> {
        change.map(|change| (label, format!("{} {} {}", words(&change.from), self.paint.arrow(), words(&change.to))))
    }

    pub(super) fn address(&self, endpoint: &Endpoint) -> String {
        if self.options.show_endpoints {
            endpoint.address.clone()
        } else {
            mask::marked(&endpoint.protocol, &endpoint.address)
        }
    }
}

/// What may be left of something that an earlier run began.
fn left_of(action: &Action) -> &'static str {
    match action {
        Action::CreateKey(_) => "what an earlier run began: its rotation",
        Action::CreateBucket(_) => "what an earlier run began: public access blocked, its policy",
        Action::CreateRole(_) => "what an earlier run began: its policy",
        Action::CreateLogGroup(_) => "what an earlier run began: its retention",
        _ => "what an earlier run began",
    }
}

fn tagged(tags: &BTreeMap<String, String>) -> (&'static str, String) {
    let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    ("tags", tags.join(", "))
}

fn yes_no(on: bool) -> String {
    if on { "yes" } else { "no" }.to_owned()
}

fn or_none(name: Option<&str>) -> String {
    name.unwrap_or("none").to_owned()
}

/// Selectors as JSON, which is what they are put as.
fn selectors(selectors: &EventSelectors) -> String {
    match (selectors.basic.is_empty(), selectors.advanced.is_empty()) {
        (true, true) => "the default (all management events)".to_owned(),
        _ => serde_json::to_string(selectors).unwrap_or_default(),
    }
}
