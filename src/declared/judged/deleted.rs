//! What a plan deletes of a chain that is broken after it: the absence is no oversight of who wrote what is left.

use crate::arn::{last_part, without_streams};
use crate::audit::relevant;
use crate::declared::Resource;
use crate::declared::account::{Account, CHANNELS};
use crate::finding::{Code, Finding, Link, Reason, Status};

/// Notes in a finding that fails which resources the plan deletes that it lacks.
pub(super) fn note(account: &Account<'_>, finding: &mut Finding) {
    if account.removed.is_empty() || finding.status != Status::Fail {
        return;
    }
    let Some(reason) = finding.reason.as_ref().filter(|reason| is_lack(reason.code())) else { return };
    let deleted: Vec<String> = account
        .removed
        .iter()
        .filter(|resource| is_lacked(account, finding, reason, resource))
        .map(|resource| resource.address.clone())
        .collect();
    if deleted.is_empty() {
        return;
    }
    let cis = &mut finding.verdicts.cis.reason;
    for reason in [cis, &mut finding.reason].into_iter().flatten() {
        *reason = reason.clone().deleting(deleted.clone());
    }
}

/// Whether something is not there.
fn is_lack(code: Code) -> bool {
    code.is_absence() || matches!(code, Code::TopicMissing | Code::LogGroupMissing | Code::MetricFilterMissesEvents)
}

fn is_lacked(account: &Account<'_>, finding: &Finding, reason: &Reason, resource: &Resource) -> bool {
    let text = |property: &str| resource.properties.get(property).symbol().unwrap_or_default();
    let names = |arn: &str, name: &str| !name.is_empty() && (arn == name || arn.ends_with(&format!(":{name}")));
    match (reason.link(), resource.kind.as_str()) {
        (Link::Trail, "AWS::CloudTrail::Trail") => true,
        (Link::LogGroup, "AWS::Logs::LogGroup") => {
            reason.resource().is_none_or(|arn| names(without_streams(arn), &text("LogGroupName")))
        }
        (Link::LogGroup | Link::MetricFilter, "AWS::Logs::MetricFilter") => {
            let name = text("FilterName");
            let mut filters = account.removed_filters.iter().filter(|filter| filter.name == name);
            filters.any(|filter| relevant(filter, std::slice::from_ref(&finding.rule)))
        }
        (Link::Alarm, "AWS::CloudWatch::Alarm") => {
            let metric = (text("Namespace"), text("MetricName"));
            let mut metrics = finding.chain.metric_filters().flat_map(|filter| &filter.metrics);
            metrics.any(|it| (it.namespace.as_str(), it.name.as_str()) == (metric.0.as_str(), metric.1.as_str()))
        }
        (Link::Topic, "AWS::SNS::Topic") => reason.resource().is_some_and(|arn| names(arn, &text("TopicName"))),
        (Link::Subscription, "AWS::SNS::Subscription") => {
            reason.resource().is_some_and(|arn| text("TopicArn") == arn || names(&text("TopicArn"), last_part(arn)))
        }
        (Link::Subscription, kind) if CHANNELS.contains(&kind) => {
            let topics = resource.properties.get("SnsTopicArns").list().unwrap_or_default();
            let is_it = |arn: &str, topic: &str| topic == arn || names(topic, last_part(arn));
            let mut topics = topics.iter().filter_map(|topic| topic.symbol());
            topics.any(|topic| reason.resource().is_some_and(|arn| is_it(arn, &topic)))
        }
        _ => false,
    }
}
