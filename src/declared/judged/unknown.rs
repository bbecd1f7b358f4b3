//! That it is not known before deployment whether a control passes, or that it fails for what documents say.

use crate::declared::account::Account;
use crate::finding::facts::{AccountProblem, LogGroupProblem, MetricProblem, NearMiss, TopicProblem};
use crate::finding::{Facts, Finding, HubStatus, Judged, Link, Reason, Status, Unread, Warning};

/// That a link is not known, in the words of that link.
pub(super) fn unknown_at(account: &Account<'_>, finding: &Finding, link: Link, unread: Unread) -> Reason {
    let chain = &finding.chain;
    let group = chain.log_group().cloned().or_else(|| Some(account.snapshot.log_groups.first()?.arn.clone()));
    let topic = chain.topics().next().cloned();
    let metric = chain.metric_filters().flat_map(|filter| &filter.metrics).next();
    let facts = match (link, group, metric, topic) {
        (Link::Topic | Link::Subscription, _, _, Some(topic)) => {
            Facts::topic(&topic, TopicProblem::SubscriptionsUnread)
        }
        (Link::Alarm | Link::Topic | Link::Subscription, _, Some(metric), _) => {
            Facts::metric(&format!("{}/{}", metric.namespace, metric.name), MetricProblem::AlarmsUnread)
        }
        (Link::LogGroup | Link::MetricFilter | Link::Alarm | Link::Topic | Link::Subscription, Some(group), ..) => {
            Facts::log_group(&group, LogGroupProblem::FiltersUnread { for_plan: false })
        }
        _ => Facts::Account { account: finding.account_id.clone(), problem: AccountProblem::TrailsUnread },
    };
    Reason::new(facts).because(unread)
}

/// Makes a finding unknown.
pub(super) fn set_unknown(finding: &mut Finding, reason: Reason) {
    set(finding, Status::Unknown, reason);
    // That events do not arrive somewhere is not known then either.
    let is_known = |warning: &Warning| !matches!(warning.near_miss(), Some(NearMiss::Elsewhere { .. }));
    finding.warnings.retain(is_known);
}

/// Leaves a finding as it is, with a doubt: whether a single event alerts is not known then.
pub(super) fn doubt(finding: &mut Finding, reason: Reason) {
    if finding.verdicts.effective.status == Status::Pass {
        finding.verdicts.effective = Judged::because(Status::Unknown, reason.clone());
    }
    finding.warnings.push(reason);
}

/// Makes a finding pass, fail or unknown, whatever the audit said.
pub(super) fn set(finding: &mut Finding, status: Status, reason: Reason) {
    finding.verdicts.cis = Judged::because(status, reason.clone());
    finding.verdicts.effective = Judged::plain(status);
    if !matches!(finding.verdicts.security_hub.status, HubStatus::NotSupported | HubStatus::Unknown) {
        finding.verdicts.security_hub = Judged::because(HubStatus::Unknown, reason.clone());
    }
    finding.status = status;
    finding.remedy = Some(crate::finding::Remedy { words: reason.remedy(), pattern: None });
    finding.reason = Some(reason);
    finding.witness = None;
}
