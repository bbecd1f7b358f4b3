//! What an account looks like after a step, in the terms of a snapshot and a survey: an account in memory, on which a
//! plan is tried before it is shown. It is no better than AWS: a mail address has not confirmed, and what a step does
//! not touch stays broken.

use crate::arn::{Arn, LogGroupArn, TopicArn};
use crate::iam_policy::{Answer, Request, evaluate};
use crate::snapshot::{
    AlarmActions, EventSelectors, LogGroup, MetricAlarm, MetricFilter, MetricStat, MetricTransformation, RegionAlarms,
    Snapshot, Subscription, SubscriptionAttributes, Topic, Trail, TrailStatus, Watched,
};

use super::documents;
use super::plan::{self, Action, Plan};
use super::survey::{EndpointPolicy, Site, SiteKind, SiteState, Survey};

/// What SNS shows instead of an ARN until the subscriber confirms.
const PENDING: &str = "PendingConfirmation";

/// The account after all steps of a plan.
#[must_use]
pub fn after(account: &Snapshot, survey: &Survey, plan: &Plan) -> (Snapshot, Survey) {
    let (mut account, mut survey) = (account.clone(), survey.clone());
    for step in &plan.steps {
        apply_to(&mut account, &mut survey, &step.action);
    }
    (account, survey)
}

/// The account after one step.
pub fn apply_to(account: &mut Snapshot, survey: &mut Survey, action: &Action) {
    match action {
        Action::CreateKey(key) => mark_as_ours(survey, SiteKind::Key, &key.alias),
        Action::CreateBucket(bucket) => mark_as_ours(survey, SiteKind::Bucket, &bucket.name),
        Action::CreateRole(role) => mark_as_ours(survey, SiteKind::Role, &role.name),
        Action::CreateLogGroup(group) => create_log_group(account, survey, group),
        Action::CreateTrail(trail) => account.trails.get_or_insert_default().extend(created(trail)),
        Action::UpdateTrail(update) => update_trail(account, update),
        Action::CreateTopic(topic) => create_topic(account, topic),
        Action::AllowPublish(update) => {
            if let Some(topic) = account.topics.iter_mut().find(|topic| topic.arn == update.arn) {
                topic.policy = Some(update.policy.to.clone());
            }
        }
        Action::AllowQueue(update) => put_policy(survey, &update.arn, Some(update.policy.to.clone())),
        Action::AllowFunction(permission) => allow_function(survey, permission),
        Action::Subscribe(subscription) => subscribe(account, subscription),
        Action::CreateMetricFilter(filter) => create_metric_filter(account, filter),
        Action::CreateAlarm(alarm) => create_alarm(account, alarm),
    }
    account.sort();
    survey.sort();
}

fn mark_as_ours(survey: &mut Survey, kind: SiteKind, name: &str) {
    survey.sites.retain(|site| (site.kind, site.name.as_str()) != (kind, name));
    survey.sites.push(Site { kind, name: name.to_owned(), state: Some(SiteState::Ours) });
}

/// A group that a trail names already gets its events again; what the trail's status said of it stays until then. One
/// that is half made has all but its retention.
fn create_log_group(account: &mut Snapshot, survey: &mut Survey, group: &plan::LogGroup) {
    mark_as_ours(survey, SiteKind::LogGroup, &group.arn);
    if account.log_group(&group.arn).is_some_and(|group| group.exists == Some(true)) {
        return;
    }
    account.log_groups.retain(|other| other.arn != group.arn);
    account.log_groups.push(LogGroup {
        arn: group.arn.clone(),
        exists: Some(true),
        class: Some("STANDARD".to_owned()),
        metric_filters: Some(Vec::new()),
    });
}

/// A trail that has no region cannot be created.
fn created(trail: &plan::Trail) -> Option<Trail> {
    Some(Trail {
        name: trail.arn.name().to_owned(),
        home_region: trail.arn.region()?.to_owned(),
        arn: trail.arn.clone(),
        is_multi_region: true,
        is_organization: false,
        include_global_service_events: true,
        log_group_arn: Some(trail.log_group_arn.with_streams()),
        log_role_arn: Some(trail.role_arn.clone()),
        s3_bucket: Some(trail.bucket.clone()),
        kms_key_id: Some(trail.key.clone()),
        log_file_validation: true,
        status: Some(TrailStatus { is_logging: true, ..TrailStatus::default() }),
        selectors: Some(EventSelectors::default()),
    })
}

fn update_trail(account: &mut Snapshot, update: &plan::TrailUpdate) {
    let Some(trail) = account.trails.iter_mut().flatten().find(|trail| trail.arn == update.arn) else { return };
    if let Some(change) = &update.multi_region {
        trail.is_multi_region = change.to;
    }
    if let Some(change) = &update.global_events {
        trail.include_global_service_events = change.to;
    }
    if let (Some(change), Some(status)) = (&update.logging, &mut trail.status) {
        status.is_logging = change.to;
    }
    if let Some(change) = &update.log_group_arn {
        trail.log_group_arn = change.to.as_ref().map(LogGroupArn::with_streams);
    }
    if let Some(change) = &update.role_arn {
        trail.log_role_arn.clone_from(&change.to);
    }
    if let Some(change) = &update.selectors {
        trail.selectors = Some(change.to.clone());
    }
}

fn create_topic(account: &mut Snapshot, topic: &plan::Topic) {
    account.topics.retain(|other| other.arn != topic.arn);
    account.topics.push(created_topic(topic));
}

/// A new topic as it is read.
pub(super) fn created_topic(topic: &plan::Topic) -> Topic {
    Topic {
        arn: topic.arn.clone(),
        exists: Some(true),
        policy: Some(topic.policy.clone()),
        kms_key_id: topic.kms_key_id.clone(),
        is_fifo: false,
        subscriptions: Some(Vec::new()),
    }
}

fn put_policy(survey: &mut Survey, arn: &str, policy: Option<String>) {
    survey.endpoints.retain(|endpoint| endpoint.arn != arn);
    survey.endpoints.push(EndpointPolicy { arn: arn.to_owned(), exists: Some(true), policy });
}

fn allow_function(survey: &mut Survey, permission: &plan::FunctionPermission) {
    let policy = survey.endpoint(&permission.function_arn).and_then(|function| function.policy.as_deref());
    let merged = documents::allow_function(policy.filter(|policy| !policy.is_empty()), permission);
    put_policy(survey, &permission.function_arn, merged);
}

/// A subscriber who can confirm is asked to; SNS confirms a telephone number, and a queue or function of the topic's
/// account, at once (SNS API reference, `Subscribe`).
pub(super) fn awaits_confirmation(endpoint: &plan::Endpoint, topic: &TopicArn) -> bool {
    match endpoint.protocol.as_str() {
        "sms" => false,
        "sqs" | "lambda" => match (Arn::parse(&endpoint.address), topic.account()) {
            (Some(endpoint), Some(owner)) => endpoint.account != owner,
            // Whose they are is not known.
            _ => true,
        },
        _ => true,
    }
}

fn subscribe(account: &mut Snapshot, subscription: &plan::Subscription) {
    let endpoint = &subscription.endpoint;
    let confirmed = !awaits_confirmation(endpoint, &subscription.topic_arn);
    let Some(topic) = account.topics.iter_mut().find(|topic| topic.arn == subscription.topic_arn) else { return };
    let subscriptions = topic.subscriptions.get_or_insert_default();
    let number = subscriptions.len() + 1;
    let arn = if confirmed {
        format!("{}:00000000-0000-4000-8000-{number:012}", subscription.topic_arn)
    } else {
        PENDING.to_owned()
    };
    subscriptions.push(Subscription {
        arn,
        protocol: endpoint.protocol.clone(),
        endpoint: endpoint.address.clone(),
        attributes: confirmed.then(SubscriptionAttributes::default),
    });
}

fn create_metric_filter(account: &mut Snapshot, filter: &plan::MetricFilter) {
    let Some(group) = account.log_groups.iter_mut().find(|group| group.arn == filter.log_group_arn) else { return };
    group.metric_filters.get_or_insert_default().push(MetricFilter {
        name: filter.name.clone(),
        pattern: filter.pattern.clone(),
        transformations: vec![MetricTransformation {
            namespace: filter.namespace.clone(),
            name: filter.metric.clone(),
            value: "1".to_owned(),
            default_value: None,
            dimensions: Default::default(),
            unit: None,
        }],
        apply_on_transformed_logs: false,
        field_selection_criteria: None,
        emit_system_field_dimensions: Vec::new(),
        creation_time: None,
    });
}

fn create_alarm(account: &mut Snapshot, alarm: &plan::Alarm) {
    let Some(region) = alarm.arn.region() else { return };
    if account.alarms_in(region).is_none() {
        account.alarms.push(RegionAlarms {
            region: region.to_owned(),
            complete: false,
            metric_alarms: Vec::new(),
            composite_alarms: Vec::new(),
            log_alarms: Vec::new(),
            mute_rules: None,
        });
    }
    let made = as_read(alarm, alarm.arn.name());
    if let Some(alarms) = account.alarms.iter_mut().find(|alarms| alarms.region == region) {
        alarms.metric_alarms.push(made);
    }
}

/// A new alarm as `DescribeAlarms` shows it.
pub(super) fn as_read(alarm: &plan::Alarm, name: &str) -> MetricAlarm {
    MetricAlarm {
        arn: alarm.arn.clone(),
        name: name.to_owned(),
        actions: AlarmActions {
            enabled: true,
            alarm: vec![alarm.topic_arn.to_string()],
            ok: Vec::new(),
            insufficient_data: Vec::new(),
        },
        watches: Watched::Metric(MetricStat {
            namespace: alarm.namespace.clone(),
            name: alarm.metric.clone(),
            dimensions: Default::default(),
            statistic: "Sum".to_owned(),
            period: alarm.period,
            unit: None,
        }),
        threshold: Some(1.0),
        threshold_metric_id: None,
        comparison: Some("GreaterThanOrEqualToThreshold".to_owned()),
        evaluation_periods: Some(1),
        datapoints_to_alarm: None,
        low_samples: None,
        treat_missing_data: Some("notBreaching".to_owned()),
        state: Some("INSUFFICIENT_DATA".to_owned()),
        evaluation_state: None,
        window: None,
        warm_up: None,
        tags_in_messages: None,
    }
}

/// Whether a queue's or function's own policy lets a topic deliver. `None`: undecided.
pub(super) fn lets_deliver(survey: &Survey, topic_arn: &str, endpoint_arn: &str) -> Option<bool> {
    match survey.endpoint(endpoint_arn)?.policy.as_deref()? {
        "" => Some(false),
        policy => match evaluate(policy, &Request::deliver(topic_arn, endpoint_arn)) {
            Answer::Allowed => Some(true),
            Answer::NotAllowed => Some(false),
            // Another statement does not help against one that denies.
            Answer::Denied | Answer::Undecided => None,
        },
    }
}
