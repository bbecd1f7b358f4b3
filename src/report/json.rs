//! The JSON document that dashboards read.
//!
//! These structs are the contract, not the types of the stages: fields may be added here, never renamed or removed.

use std::io;

use serde::Serialize;
use serde_json::value::RawValue;

use super::drift::DriftRow;
use super::{SCHEMA_VERSION, mask};
use crate::finding::{Chain, Finding, IdleWaiver, Metric, Reason, Report, SubscriptionStep, Waiver};
use crate::pattern::Witness;
use crate::snapshot::{Gap, SubscriptionState};

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    benchmark: &'a str,
    verdict: &'static str,
    collected_at: String,
    summary: SummaryCounts,
    results: Vec<ResultRow<'a>>,
    idle_waivers: Vec<IdleWaiverRow<'a>>,
    /// Only where the audit was held against an earlier report.
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<DriftRow<'a>>,
    gaps: Vec<GapRow<'a>>,
}

#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// This program.
pub(super) const TOOL: Tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

#[derive(Serialize)]
struct SummaryCounts {
    pass: usize,
    fail: usize,
    unknown: usize,
    waived: usize,
}

#[derive(Serialize)]
struct ResultRow<'a> {
    account_id: &'a str,
    region: &'a str,
    rule: String,
    slug: &'a str,
    title: &'a str,
    level: u8,
    severity: &'static str,
    security_hub_control: Option<&'a str>,
    status: &'static str,
    verdicts: Verdicts,
    reason: Option<ReasonRow<'a>>,
    verdict_reasons: VerdictReasons<'a>,
    waiver: Option<WaiverRow<'a>>,
    warnings: Vec<WarningRow<'a>>,
    chain: ChainRow<'a>,
    witness: Option<WitnessRow>,
    remediation: &'a str,
}

#[derive(Serialize)]
struct Verdicts {
    cis: &'static str,
    effective: &'static str,
    security_hub: &'static str,
}

#[derive(Serialize)]
struct VerdictReasons<'a> {
    effective: Option<ReasonRow<'a>>,
    security_hub: Option<ReasonRow<'a>>,
}

#[derive(Serialize)]
struct ReasonRow<'a> {
    link: &'static str,
    code: &'static str,
    message: &'a str,
    resource: Option<&'a str>,
}

#[derive(Serialize)]
struct WaiverRow<'a> {
    reason: &'a str,
    owner: &'a str,
    expires: String,
}

#[derive(Serialize)]
struct IdleWaiverRow<'a> {
    rule: &'a str,
    state: &'static str,
    #[serde(flatten)]
    waiver: WaiverRow<'a>,
}

#[derive(Serialize)]
struct WarningRow<'a> {
    grade: &'static str,
    #[serde(flatten)]
    reason: ReasonRow<'a>,
}

#[derive(Serialize)]
struct ChainRow<'a> {
    trail: Option<TrailRow<'a>>,
    log_group: Option<ArnRow<'a>>,
    metric_filters: Vec<FilterRow<'a>>,
    alarms: Vec<AlarmRow<'a>>,
    topics: Vec<ArnRow<'a>>,
    subscriptions: Vec<SubscriptionRow<'a>>,
}

#[derive(Serialize)]
struct TrailRow<'a> {
    arn: &'a str,
    home_region: &'a str,
}

#[derive(Serialize)]
struct ArnRow<'a> {
    arn: &'a str,
}

#[derive(Serialize)]
struct FilterRow<'a> {
    name: &'a str,
    pattern: &'a str,
    covers: Option<bool>,
    metrics: Vec<MetricRow<'a>>,
}

#[derive(Serialize)]
struct MetricRow<'a> {
    namespace: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct AlarmRow<'a> {
    arn: &'a str,
    metrics: Vec<MetricRow<'a>>,
    topics: &'a [String],
}

#[derive(Serialize)]
struct SubscriptionRow<'a> {
    topic: &'a str,
    protocol: &'a str,
    endpoint: String,
    state: SubscriptionState,
}

#[derive(Serialize)]
struct WitnessRow {
    event: Box<RawValue>,
}

#[derive(Serialize)]
struct GapRow<'a> {
    account_id: &'a str,
    region: &'a str,
    operation: &'a str,
    resource: Option<&'a str>,
    code: &'a str,
    message: &'a str,
}

/// Writes the document, indented, with a newline at the end.
pub(super) fn render(report: &Report, show_endpoints: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let summary = report.summary();
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: TOOL,
        benchmark: report.benchmark,
        verdict: report.verdict.as_str(),
        collected_at: report.collected_at.to_string(),
        summary: SummaryCounts {
            pass: summary.pass,
            fail: summary.fail,
            unknown: summary.unknown,
            waived: summary.waived,
        },
        results: report.findings.iter().map(|finding| result(finding, show_endpoints)).collect(),
        idle_waivers: report.idle_waivers.iter().map(idle_waiver).collect(),
        drift: report.drift.as_ref().map(DriftRow::new),
        gaps: report.gaps.iter().map(gap).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn result(finding: &Finding, show_endpoints: bool) -> ResultRow<'_> {
    ResultRow {
        account_id: &finding.account_id,
        region: &finding.region,
        rule: finding.rule.to_string(),
        slug: &finding.slug,
        title: &finding.title,
        level: finding.level,
        severity: finding.severity.as_str(),
        security_hub_control: finding.security_hub_control.as_deref(),
        status: finding.outcome().as_str(),
        verdicts: Verdicts {
            cis: finding.verdicts.cis.status.as_str(),
            effective: finding.verdicts.effective.status.as_str(),
            security_hub: finding.verdicts.security_hub.status.as_str(),
        },
        reason: finding.reason.as_ref().map(reason),
        verdict_reasons: VerdictReasons {
            effective: finding.verdicts.effective.reason.as_ref().map(reason),
            security_hub: finding.verdicts.security_hub.reason.as_ref().map(reason),
        },
        waiver: finding.waiver.as_ref().map(waiver),
        warnings: finding
            .warnings
            .iter()
            .map(|warning| WarningRow { grade: warning.grade().as_str(), reason: reason(warning) })
            .collect(),
        chain: chain(&finding.chain, show_endpoints),
        witness: finding.witness.as_ref().and_then(witness),
        remediation: &finding.remediation,
    }
}

fn reason(reason: &Reason) -> ReasonRow<'_> {
    ReasonRow {
        link: reason.link().as_str(),
        code: reason.code.as_str(),
        message: &reason.message,
        resource: reason.resource.as_deref(),
    }
}

fn chain(chain: &Chain, show_endpoints: bool) -> ChainRow<'_> {
    ChainRow {
        trail: chain.trail.as_ref().map(|trail| TrailRow { arn: &trail.arn, home_region: &trail.home_region }),
        log_group: chain.log_group.as_deref().map(|arn| ArnRow { arn }),
        metric_filters: chain
            .metric_filters
            .iter()
            .map(|filter| FilterRow {
                name: &filter.name,
                pattern: &filter.pattern,
                covers: filter.covers,
                metrics: metrics(&filter.metrics),
            })
            .collect(),
        alarms: chain
            .alarms
            .iter()
            .map(|alarm| AlarmRow { arn: &alarm.arn, metrics: metrics(&alarm.metrics), topics: &alarm.topics })
            .collect(),
        topics: chain.topics.iter().map(|arn| ArnRow { arn }).collect(),
        subscriptions: chain.subscriptions.iter().map(|step| subscription(step, show_endpoints)).collect(),
    }
}

fn metrics(metrics: &[Metric]) -> Vec<MetricRow<'_>> {
    metrics.iter().map(|metric| MetricRow { namespace: &metric.namespace, name: &metric.name }).collect()
}

fn subscription(step: &SubscriptionStep, show_endpoints: bool) -> SubscriptionRow<'_> {
    let shown = || mask::endpoint(&step.protocol, &step.endpoint);
    SubscriptionRow {
        topic: &step.topic,
        protocol: &step.protocol,
        endpoint: if show_endpoints { step.endpoint.clone() } else { shown() },
        state: step.state,
    }
}

fn waiver(waiver: &Waiver) -> WaiverRow<'_> {
    WaiverRow { reason: &waiver.reason, owner: &waiver.owner, expires: waiver.expires.to_string() }
}

fn idle_waiver(idle: &IdleWaiver) -> IdleWaiverRow<'_> {
    IdleWaiverRow { rule: &idle.rule, state: idle.why.as_str(), waiver: waiver(&idle.waiver) }
}

fn gap(gap: &Gap) -> GapRow<'_> {
    GapRow {
        account_id: &gap.account_id,
        region: &gap.region,
        operation: &gap.operation,
        resource: gap.resource.as_deref(),
        code: &gap.code,
        message: &gap.message,
    }
}

/// The event with its members in CloudTrail's order.
fn witness(witness: &Witness) -> Option<WitnessRow> {
    RawValue::from_string(witness.to_json_line()).ok().map(|event| WitnessRow { event })
}
