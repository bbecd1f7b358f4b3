//! The judgement of accounts in memory: what each verdict is, on which controls, and the words for it.
//!
//! What can be wrong with an account is in the table of [`crate::accounts::defects`], which `table` judges row by row. The
//! other files show what one row cannot: messages, chains, and series of values.

use super::audit;
use crate::accounts::builder::{
    ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, TOPIC, alarm_arn, management_events, management_events_without, stat,
};
use crate::accounts::controls::metric_of;
use crate::accounts::defects::Expected;
use crate::accounts::{AccountBuilder, CONTROLS, seed};
use crate::finding::{Code, Finding, Grade, HubStatus, Reason, Report, Status};
use crate::rule::catalog::Catalog;
use crate::rule::{Benchmark, RuleId};
use crate::snapshot::{
    AlarmActions, CompositeAlarm, EventSelectors, Gap, GapSource, LogGroup, MetricAlarm, MetricFilter, RegionAlarms,
    Snapshot, Subscription, SubscriptionAttributes, Trail, Watched,
};

mod alarm_timing;
mod alarms;
mod closed;
mod composite_alarms;
mod dimensions;
mod enabled;
mod event_rules;
mod explained;
mod gaps;
mod holes;
mod lasting;
mod log_groups;
mod members;
mod metric_filters;
mod near_misses;
mod partial;
mod proofs;
mod quiet;
mod security_hub;
mod subscriptions;
mod table;
mod topic_keys;
mod trails;
mod unread;
mod visibility;

/// The log group of the seed's account.
const GROUP: &str = "arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings";

/// The report on an account, by the default version of the benchmark.
fn judge(account: AccountBuilder) -> Report {
    judge_snapshot(&account.build())
}

fn judge_snapshot(snapshot: &Snapshot) -> Report {
    audit(snapshot, Catalog::builtin(Benchmark::default()).expect("the rules are sound").rules())
}

/// The report on the seed's account with a change that the builder has no name for.
fn judge_with(change: impl FnOnce(&mut Snapshot)) -> Report {
    judge(seed().with(change))
}

fn finding_for<'a>(report: &'a Report, control: &str) -> &'a Finding {
    let id = RuleId::parse(control).expect("a control's number");
    report.findings().find(|finding| finding.rule.id == id).expect("a finding for it")
}

/// The three verdicts on a control, and the code of the reason: that of `effective`, or else that of `cis`.
fn verdicts(report: &Report, control: &str) -> Expected {
    let Finding { verdicts, .. } = finding_for(report, control);
    let reason = verdicts.effective.reason.as_ref().or(verdicts.cis.reason.as_ref());
    Expected {
        cis: verdicts.cis.status,
        effective: verdicts.effective.status,
        security_hub: verdicts.security_hub.status,
        code: reason.map(Reason::code),
    }
}

/// The verdicts `cis` and `effective`, and the code of the reason, where a series of values is judged.
type CisAndEffective = (Status, Status, Option<Code>);

/// These two of the [`verdicts`] on 3.4.
fn cis_and_effective(report: &Report) -> CisAndEffective {
    let Expected { cis, effective, code, .. } = verdicts(report, "3.4");
    (cis, effective, code)
}

/// The code of what Security Hub CSPM shows, where that differs.
fn hub_code(report: &Report, control: &str) -> Option<Code> {
    finding_for(report, control).verdicts.security_hub.reason.as_ref().map(Reason::code)
}

/// The reason why a control does not pass, in words.
#[track_caller]
fn message(report: &Report, control: &str) -> String {
    finding_for(report, control).reason.as_ref().expect("a reason").message()
}

/// Exactly these controls have this status and code; all others pass.
#[track_caller]
fn assert_controls(report: &Report, controls: &[&str], status: Status, code: Code) {
    for control in CONTROLS {
        let finding = finding_for(report, control);
        let found = (finding.status, finding.reason.as_ref().map(Reason::code));
        let expected = if controls.contains(&control) { (status, Some(code)) } else { (Status::Pass, None) };
        assert_eq!(found, expected, "{control}: {:?}", finding.reason);
    }
}

#[track_caller]
fn assert_all_pass(report: &Report) {
    assert_controls(report, &[], Status::Fail, Code::TrailNone);
}

/// The control passes by the benchmark, and this one warning says why `effective` does not.
#[track_caller]
fn assert_warning(report: &Report, control: &str, code: Code) {
    let finding = finding_for(report, control);
    assert_eq!(finding.status, Status::Pass, "{:?}", finding.reason);
    let codes: Vec<Code> = finding.warnings.iter().map(Reason::code).collect();
    assert_eq!(codes, [code]);
    let effective = if code.grade() == Grade::Weak { Status::Fail } else { Status::Unknown };
    assert_eq!(finding.verdicts.effective.status, effective);
}

fn trail(account: &mut Snapshot) -> &mut Trail {
    account.trails.iter_mut().flatten().next().expect("a trail")
}

fn filters(account: &mut Snapshot) -> &mut Vec<MetricFilter> {
    account.log_groups.iter_mut().find_map(|group| group.metric_filters.as_mut()).expect("metric filters")
}

/// The metric filter for a control.
fn filter<'a>(account: &'a mut Snapshot, control: &str) -> &'a mut MetricFilter {
    let metric = metric_of(control);
    filters(account).iter_mut().find(|filter| filter.transformations[0].name == metric).expect("the filter")
}

/// The alarm for a control.
fn alarm<'a>(account: &'a mut Snapshot, control: &str) -> &'a mut MetricAlarm {
    let metric = metric_of(control);
    let watches = |alarm: &&mut MetricAlarm| matches!(&alarm.watches, Watched::Metric(stat) if stat.name == metric);
    account.alarms.iter_mut().flat_map(|region| &mut region.metric_alarms).find(watches).expect("the alarm")
}

#[test]
fn the_seed_account_passes_every_control_without_a_warning() {
    let report = judge(seed());
    assert_all_pass(&report);
    for finding in report.findings() {
        let (effective, hub) = (finding.verdicts.effective.status, finding.verdicts.security_hub.status);
        assert_eq!((effective, hub), (Status::Pass, HubStatus::Passed), "{}", finding.rule.id);
        assert_eq!(finding.warnings, [], "{}", finding.rule.id);
    }
}

#[test]
fn a_failure_names_the_chain_up_to_the_broken_link() {
    let report = judge(seed().without_subscriptions());
    let finding = finding_for(&report, "3.4");
    assert_eq!(finding.chain.trail().map(|trail| trail.home_region.as_str()), Some(REGION));
    assert_eq!(finding.chain.log_group(), Some(&GROUP.into()));
    assert_eq!(finding.chain.metric_filters().map(|filter| filter.covers).collect::<Vec<_>>(), [Some(true)]);
    assert_eq!(finding.chain.alarms().map(|alarm| alarm.topics.join(" ")).collect::<Vec<_>>(), [TOPIC]);
    assert_eq!(finding.chain.topics().collect::<Vec<_>>(), [TOPIC]);
    // Trail, log group, filter, alarm, topic: each leads to the next.
    let edges: Vec<_> = finding.chain.edges().iter().map(|edge| (edge.from, edge.to)).collect();
    assert_eq!(edges, [(0, 1), (1, 2), (2, 3), (3, 4)]);
    assert!(finding.remediation().contains("aws sns subscribe"), "{}", finding.remediation());
}

#[test]
fn equal_accounts_give_equal_reports() {
    let shuffled = seed().with(|account| {
        filters(account).reverse();
        account.alarms.iter_mut().for_each(|region| region.metric_alarms.reverse());
        account.sort();
    });
    assert_eq!(format!("{:?}", judge(shuffled)), format!("{:?}", judge(seed())));
}

/// A text that is no ARN of its kind leads nowhere, and not to a resource elsewhere, in region "", either.
#[test]
fn what_is_no_arn_leads_nowhere() {
    for text in ["", "alerts", "arn:aws:sns::111122223333:notice", "arn:aws:sns:ap-northeast-1::notice"] {
        // The same text on both ends, so that only the ARN is at fault.
        let topic = CONTROLS.iter().fold(seed(), |account, control| account.with_alarm_action(control, text));
        let topic = judge(topic.topic(|topic| topic.arn = text.into()));
        let group = judge(seed().log_group(|group| group.arn = text.into()).delivering_to(text));
        for report in [topic, group] {
            assert_ne!(finding_for(&report, "3.4").status, Status::Pass, "{text}");
            let message = message(&report, "3.4");
            assert!(!message.contains("is in ,") && !message.contains("account :"), "{message}");
        }
    }
}

#[test]
fn the_verdict_that_is_chosen_decides() {
    use crate::finding::Verdict;
    let weak = seed().alarm_metric("3.4", |metric| metric.statistic = "Sum".into());
    let report = judge(weak.alarm("3.4", |alarm| alarm.threshold = Some(5.0)));
    let decided_by = |verdict| {
        let report = report.clone().decided_by(verdict);
        let finding = finding_for(&report, "3.4");
        (finding.status, finding.reason.as_ref().map(Reason::code))
    };
    assert_eq!(decided_by(Verdict::Cis), (Status::Pass, None));
    assert_eq!(decided_by(Verdict::Effective), (Status::Fail, Some(Code::AlarmNotEveryEvent)));
    assert_eq!(decided_by(Verdict::SecurityHub), (Status::Pass, None));
}

/// A filter that is right for another version of the benchmark is reported as such.
#[test]
fn the_versions_whose_requirement_is_matched_are_named() {
    let catalog = Catalog::builtin(Benchmark::V5_0_0).expect("the rules are sound");
    let report = audit(&seed().build(), catalog.rules());
    let finding = report.findings().find(|finding| finding.rule.slug == "security-group-changes").expect("the control");
    let message = finding.reason.as_ref().expect("a reason").message();
    assert!(
        message.ends_with(". What any version from 1.2.0 to 4.0.1 of the benchmark requires is matched"),
        "{message}"
    );
}
