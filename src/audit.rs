//! Snapshot × rules → Report: would a person be notified of each event that a control demands?
//!
//! One file per link of the chain says whether that link holds; `chain` joins them, and this file walks the controls.
//! Everything here is pure: no IO, no clock, equal input gives equal output. Nothing in an account is an error here:
//! what is odd is evidence, what was not read is unknown.

use std::collections::BTreeSet;

use filter_pattern::{Difference, Pattern, Slip};

use crate::arn::{AlarmArn, TopicArn};
use crate::cloudtrail;
use std::sync::Arc;

use crate::finding::facts::Routine;
use crate::finding::{
    Asked, Audit, Code, Finding, Judged, Reason, Report, SavedRows, Status, Verdict, Verdicts, Warning,
};
use crate::rule::{Events, HubControl, Rule};
#[cfg(feature = "aws")]
use crate::snapshot::Key;
use crate::snapshot::{MetricFilter, Snapshot, Subscription, Topic};

mod alarm;
mod chain;
mod enabled;
mod indexed;
mod judge;
mod link;
mod log_group;
mod lookup;
mod metric_filter;
mod proofs;
pub(crate) mod relevance;
pub(crate) mod replay;
mod routine;
mod security_hub;
mod subscription;
mod topic;
mod trail;

#[cfg(test)]
mod tests;

/// Judges an account by the rules. `status` follows the `cis` verdict; see [`Report::decided_by`].
#[must_use]
pub fn audit(snapshot: &Snapshot, rules: &[Arc<Rule>]) -> Report {
    audit_among(snapshot, &[], rules)
}

/// The same, where other accounts were read too: the events of a member of an organization are followed into the account
/// that the organization's trail delivers to, and only this account's events are asked about there.
#[must_use]
pub fn audit_among(snapshot: &Snapshot, owners: &[&Snapshot], rules: &[Arc<Rule>]) -> Report {
    let account = chain::PreparedAccount::new(snapshot, owners);
    Report {
        benchmark: rules.first().map(|rule| rule.benchmark).unwrap_or_default().as_str(),
        verdict: Verdict::default(),
        audits: vec![Audit {
            collected_at: snapshot.collected_at,
            partition: snapshot.partition.clone(),
            account_id: snapshot.account_id.clone(),
            region: snapshot.region.clone(),
            evidence: None,
            findings: rules.iter().flat_map(|rule| in_each_region(&account, rule)).collect(),
            gaps: snapshot.gaps.clone(),
            saved: SavedRows::None,
        }],
        documents: None,
        accounts: Vec::new(),
        asked: Asked::new(rules),
        is_whole_organization: false,
        projects: Vec::new(),
        unused_waivers: Vec::new(),
        waived_on: None,
    }
}

/// Whether a subscription of a topic gets an alarm's message. `None`: that is not decided.
pub(crate) fn gets(topic: &Topic, subscription: &Subscription, alarm: &AlarmArn) -> Option<bool> {
    let message = subscription::Message { alarm_arn: alarm, alarm_name: alarm.name() };
    subscription::gets(topic, subscription, &message)
}

/// What a rule says of the account, and of each further region that was asked for.
fn in_each_region(account: &chain::PreparedAccount<'_>, rule: &Arc<Rule>) -> Vec<Finding> {
    let mut findings = vec![judge::judge(account, rule, &[])];
    findings.append(&mut judge::in_further_regions(account, rule));
    findings
}

/// Judges an account by one rule, but for events that are accepted to be missed: these count as notified. `status`
/// follows the `cis` verdict.
#[must_use]
pub fn accepting(snapshot: &Snapshot, rule: &Arc<Rule>, accepted: &[&Pattern]) -> Finding {
    accepting_among(snapshot, &[], rule, accepted)
}

/// The same, where other accounts were read too.
#[must_use]
pub fn accepting_among(snapshot: &Snapshot, owners: &[&Snapshot], rule: &Arc<Rule>, accepted: &[&Pattern]) -> Finding {
    judge::judge(&chain::PreparedAccount::new(snapshot, owners), rule, accepted)
}

/// Whether more alarms could not better this report: every control that asks for alarms passes, none with a weakness,
/// and no verdict depends on alarms that were not read.
#[must_use]
pub fn settled(report: &Report) -> bool {
    let hub_waits = |finding: &Finding| {
        finding.verdicts.security_hub.reason.as_ref().is_some_and(|reason| reason.code() == Code::AlarmUnread)
    };
    let sound = |finding: &Finding| {
        // Mute rules that were not read stay so, whatever alarms there are.
        let mute_unread = |judged: &Judged<Status>| {
            judged.reason.as_ref().is_some_and(|reason| reason.code() == Code::AlarmMuteUnread)
        };
        let Verdicts { cis, effective, .. } = &finding.verdicts;
        let is_open = mute_unread(cis);
        is_open || (cis.status == Status::Pass && (effective.status == Status::Pass || mute_unread(effective)))
    };
    report.findings().filter(|finding| finding.asks_for_a_chain()).all(|finding| sound(finding) && !hub_waits(finding))
}

/// Whether some control fails for want of a link, so that something else than a chain may watch its events.
#[must_use]
pub fn leaves_unwatched(report: &Report) -> bool {
    let unwatched =
        |finding: &Finding| finding.verdicts.cis.reason.as_ref().is_some_and(|reason| reason.code().leaves_unwatched());
    report.findings().any(unwatched)
}

/// Whether some control fails for want of an alarm, so that one in a monitoring account may be meant.
#[must_use]
pub fn lacks_an_alarm(report: &Report) -> bool {
    let code = |finding: &Finding| finding.verdicts.cis.reason.as_ref().map(|reason| reason.code());
    report.findings().any(|finding| code(finding) == Some(Code::AlarmNone))
}

/// Whether a filter matches, or may match, some event that one of the rules demands: then its metric matters.
#[must_use]
pub fn relevant(filter: &MetricFilter, rules: &[Arc<Rule>]) -> bool {
    let parsed = metric_filter::Parsed::shared(filter);
    let proofs = proofs::Proofs::new(cloudtrail::Recorded::default());
    rules.iter().filter_map(|rule| rule.demand.events()).any(|events| proofs.aims_at(&parsed, &events.requires))
}

/// Whether a filter by itself matches every event that is demanded. `None`: cannot be decided.
pub(crate) fn covers_alone(filter: &MetricFilter, events: &Events) -> Option<bool> {
    let parsed = metric_filter::Parsed::new(filter);
    match filter_pattern::covers(&[parsed.candidate()], &events.requires, cloudtrail::events()) {
        filter_pattern::Coverage::Covered => Some(true),
        filter_pattern::Coverage::Missed(_) => Some(false),
        filter_pattern::Coverage::Undecided(_) => None,
    }
}

/// Whether a filter matches none of the events that are demanded, and clearly would if its values were spelt otherwise: they
/// differ in blanks or letter case alone, or at least half of so many names that are demanded are misspelt. A single name that
/// is nearly another may be right, as `CreateRole` is beside `CreateRoute`.
pub(crate) fn is_misspelt(filter: &MetricFilter, events: &Events, names: usize) -> bool {
    let parsed = metric_filter::Parsed::shared(filter);
    let slips = |pattern| filter_pattern::slips(pattern, &events.requires, cloudtrail::events());
    let slips = parsed.pattern().map(slips).unwrap_or_default();
    let meant = |slip: &Slip| match slip {
        Slip::Value { meant, difference, .. } | Slip::Field { meant, difference, .. } => {
            Some((meant.clone(), *difference != Difference::Spelling))
        }
        _ => None,
    };
    let Some(meant) = slips.iter().map(meant).collect::<Option<BTreeSet<(String, bool)>>>() else { return false };
    !meant.is_empty() && (meant.iter().all(|(_, is_clear)| *is_clear) || meant.len() * 2 >= names)
}

/// What of every day a pattern matches, if anything.
pub(crate) fn routine(pattern: &Pattern) -> Option<Routine> {
    routine::matched_by(pattern)
}

/// Whether a filter's pattern can be read and matches nothing of every day.
pub(crate) fn is_quiet(filter: &MetricFilter) -> bool {
    let parsed = metric_filter::Parsed::new(filter);
    parsed.is_read() && parsed.routine().is_none()
}

/// Whether Security Hub CSPM takes a filter's text for a control.
pub(crate) fn hub_takes(hub: &HubControl, text: &str) -> bool {
    security_hub::takes(hub, text)
}

/// Whether metric filters work on a class of log groups. `None`: that is not documented.
pub(crate) fn filters_on(class: &str) -> Option<bool> {
    log_group::filters_on(class)
}

/// Whether a grant could let CloudWatch use a key that its policy does not let it use.
#[cfg(feature = "aws")]
pub(crate) fn grants_matter(key: &Key) -> bool {
    topic::grants_matter(key)
}

/// Why CloudWatch may not use the key with which a topic is, or would be, encrypted; or why that is not known.
pub(crate) fn topic_key(snapshot: &Snapshot, topic: &Topic, alarm_arn: &AlarmArn) -> (Option<Reason>, Option<Reason>) {
    topic::key(&indexed::Indexed::new(snapshot), topic, alarm_arn)
}

/// The outcome of an alarm's message to a topic: why no one gets it, or no one is known to, and what else is to be
/// reported.
pub(crate) fn delivery(
    snapshot: &Snapshot,
    alarm_arn: &AlarmArn,
    alarm_name: &str,
    topic_arn: &TopicArn,
) -> (Option<Reason>, Vec<Warning>) {
    let snapshot = indexed::Indexed::new(snapshot);
    let tail = topic::follow(&snapshot, &subscription::Message { alarm_arn, alarm_name }, topic_arn);
    (tail.outcome.reason().cloned(), tail.warnings)
}
