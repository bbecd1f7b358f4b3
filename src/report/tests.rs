//! What users see, written out, for reports built in the tests: here the reports, next to it what they look like.

use filter_pattern::{Candidate, Coverage, Pattern, Witness, covers};

use std::sync::Arc;

use super::*;
use crate::cloudtrail;
use crate::drift::{State, compare};
use crate::finding::{
    AlarmStep, Audit, Chain, Code, Edge, FilterStep, Finding, HubStatus, Judged, Link, Metric, Place, Quiet, Reason,
    Remedy, SavedRows, Status, Step, SubscriptionStep, TrailStep, Verdict, Verdicts,
};
use crate::rule::Benchmark;
use crate::rule::catalog::Catalog;
use crate::rule::{Rule, RuleId, Severity};
use crate::snapshot::{DocumentPart, Gap, GapSource, SubscriptionState};

mod document;
mod evidence;
mod formats;
mod html;
mod many;
mod place;
mod rule_files;
mod table;

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:security-alerts";
const LOOK: RenderOptions = RenderOptions {
    width: 80,
    color: false,
    unicode: true,
    verbosity: Verbosity::Normal,
    show_endpoints: false,
    show_callers: false,
    pages: None,
};

fn shown(report: &Report, format: Format, options: &RenderOptions) -> String {
    since(None, report, format, options)
}

/// A report that is held against an earlier one.
fn since(old: Option<&Report>, report: &Report, format: Format, options: &RenderOptions) -> String {
    let changes = old.map(|old| compare(&State::from_report(old), &State::from_report(report)).unwrap());
    let mut out = Vec::new();
    render(report, changes.as_ref(), format, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn table_of(report: &Report, options: &RenderOptions) -> String {
    shown(report, Format::Table, options)
}

/// A whole chain.
fn chain() -> Chain {
    let metrics = vec![Metric { namespace: "LogMetrics".to_owned(), name: "IamPolicyChanges".to_owned() }];
    let steps = vec![
        Step::Trail(TrailStep {
            arn: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main".into(),
            home_region: "eu-west-1".to_owned(),
        }),
        Step::LogGroup("arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs".into()),
        Step::MetricFilter(FilterStep {
            name: "iam-policy-changes".to_owned(),
            pattern: "{ $.eventName = DeletePolicy }".to_owned(),
            covers: Some(true),
            metrics: metrics.clone(),
        }),
        Step::Alarm(AlarmStep {
            arn: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:iam-policy-changes".into(),
            is_composite: false,
            quiet: Some(Quiet::AtLeast { seconds: 300 }),
            metrics,
            topics: vec![TOPIC.into()],
        }),
        Step::Topic(TOPIC.into()),
        Step::Subscription(SubscriptionStep {
            topic: TOPIC.into(),
            protocol: "email".to_owned(),
            endpoint: "oncall@example.com".to_owned(),
            state: SubscriptionState::Confirmed,
        }),
    ];
    Chain::new(steps, (1..6).map(|to| Edge { from: to - 1, to }))
}

/// The chain up to a link.
fn up_to(link: Link, chain: &Chain) -> Chain {
    let steps = chain.steps().iter().filter(|step| step.link() <= link).cloned();
    Chain::new(steps.collect(), chain.edges().iter().copied())
}

/// The chain with its steps changed.
fn changed(chain: &Chain, change: impl FnMut(&mut Step)) -> Chain {
    let mut steps = chain.steps().to_vec();
    steps.iter_mut().for_each(change);
    Chain::new(steps, chain.edges().iter().copied())
}

/// The chain with its metric filters called so.
fn filters_called(name: &str, chain: &Chain) -> Chain {
    changed(chain, |step| {
        if let Step::MetricFilter(filter) = step {
            name.clone_into(&mut filter.name);
        }
    })
}

/// The chain with steps that lead to nothing.
fn with(more: impl IntoIterator<Item = Step>, chain: &Chain) -> Chain {
    let steps = chain.steps().iter().cloned().chain(more);
    Chain::new(steps.collect(), chain.edges().iter().copied())
}

/// Control `3.number` passes.
fn passes(number: u8) -> Finding {
    let catalog = Catalog::builtin(Benchmark::default()).unwrap();
    let rule = catalog.get(RuleId::Number { section: 3, number }).unwrap();
    Finding {
        is_further: false,
        rule: Arc::new(Rule { severity: Severity::Low, ..rule.clone() }),
        status: Status::Pass,
        verdicts: verdicts(Status::Pass, None),
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        reason: None,
        place: None,
        waiver: None,
        exceptions: Vec::new(),
        warnings: Vec::new(),
        chain: chain(),
        witness: None,
        remedy: None,
    }
}

/// All verdicts agree.
fn verdicts(status: Status, reason: Option<Reason>) -> Verdicts {
    let hub = match status {
        Status::Pass => HubStatus::Passed,
        Status::Fail => HubStatus::Failed,
        Status::Unknown => HubStatus::Unknown,
    };
    Verdicts {
        cis: Judged { status, reason: reason.clone() },
        effective: Judged::plain(status),
        security_hub: Judged { status: hub, reason },
    }
}

/// Control `3.number` does not pass.
fn breaks(number: u8, status: Status, reason: Reason) -> Finding {
    let remedy = Some(Remedy { words: reason.code().remedy(), pattern: None });
    let verdicts = verdicts(status, Some(reason.clone()));
    Finding { status, verdicts, reason: Some(reason), remedy, ..passes(number) }
}

/// 3.4 fails for the lack of a person.
fn pending() -> Finding {
    let reason =
        Reason::from_parts(Code::SubscriptionPending, TOPIC, "nobody has confirmed a subscription of security-alerts");
    let mut finding = breaks(4, Status::Fail, reason);
    finding.chain = changed(&finding.chain, |step| {
        if let Step::Subscription(subscription) = step {
            subscription.state = SubscriptionState::Pending;
        }
    });
    finding
}

/// 3.7 fails for an event that its filter misses.
fn misses() -> Finding {
    let reason = Reason::from_parts(Code::MetricFilterMissesEvents, "kms", "kms does not match ScheduleKeyDeletion");
    let mut finding = breaks(7, Status::Fail, reason);
    finding.chain = up_to(Link::MetricFilter, &finding.chain);
    finding.witness = Some(witness());
    finding
}

fn witness() -> Witness {
    let pattern = |text| Pattern::parse(text).unwrap();
    let found = pattern("{ $.eventName = DisableKey }");
    let wanted = pattern("{ ($.eventSource = kms.amazonaws.com) && ($.eventName = ScheduleKeyDeletion) }");
    match covers(&[Candidate::new(&found)], &wanted, cloudtrail::events()) {
        Coverage::Missed(witness) => witness,
        other => panic!("{other:?}"),
    }
}

fn report(findings: Vec<Finding>) -> Report {
    let audit = Audit {
        collected_at: "2026-08-22T10:30:00Z".parse().unwrap(),
        partition: "aws".to_owned(),
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        evidence: None,
        findings,
        gaps: Vec::new(),
        saved: SavedRows::None,
    };
    Report {
        benchmark: "1.2.0",
        verdict: Verdict::Cis,
        audits: vec![audit],
        documents: None,
        accounts: Vec::new(),
        asked: Default::default(),
        is_whole_organization: false,
        projects: Vec::new(),
        unused_waivers: Vec::new(),
        waived_on: None,
    }
}

/// Something of everything.
fn mixed() -> Report {
    let unread = Reason::from_parts(Code::TopicUnread, TOPIC, "topic security-alerts could not be read");
    let mut weak = passes(1);
    weak.verdicts.effective.status = Status::Fail;
    weak.warnings = vec![Reason::from_parts(
        Code::AlarmNotEveryEvent,
        "calls",
        "alarm calls waits for more than 10 events in 300 seconds",
    )];
    let mut report = report(vec![weak, pending(), misses(), breaks(9, Status::Unknown, unread), passes(14)]);
    report.audits[0].gaps.push(Gap {
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        source: GapSource::call("sns:ListSubscriptionsByTopic"),
        resource: Some(TOPIC.to_owned()),
        code: "AuthorizationError".to_owned(),
        message: "not authorized to perform this action".to_owned(),
    });
    report
}

/// The trail is stopped: every control fails alike.
fn stopped() -> Report {
    let findings = (1..=14).map(|number| {
        let reason = Reason::from_parts(
            Code::TrailNotLogging,
            "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main",
            "trail main is stopped",
        );
        let mut finding = breaks(number, Status::Fail, reason);
        finding.chain = up_to(Link::Trail, &finding.chain);
        finding
    });
    report(findings.collect())
}
