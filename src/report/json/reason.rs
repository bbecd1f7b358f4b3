//! Why links do not hold, and what is accepted of it, as rows of the JSON report: reasons, warnings and waivers.

use schemars::JsonSchema;
use serde::Serialize;

use super::words;
use crate::finding::{Exception, Reason, UnusedWaiver, Verdicts, Waiver, Warning};

/// Why the other verdicts are what they are.
#[derive(Serialize, JsonSchema)]
pub(super) struct VerdictReasons<'a> {
    /// Why `effective` differs from `cis`.
    effective: Option<ReasonRow<'a>>,
    /// Why `security_hub` is not `passed`, or is though `cis` is not `pass`.
    security_hub: Option<ReasonRow<'a>>,
}

/// Why a link does not hold.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Reason")]
pub(super) struct ReasonRow<'a> {
    /// The link of the chain.
    #[schemars(schema_with = "words::links")]
    link: &'static str,
    /// The stable code, `link.problem`.
    #[schemars(extend("pattern" = r"^[a-z_]+\.[a-z_]+$"))]
    code: &'static str,
    /// The facts for people, in a sentence or a few.
    message: String,
    /// ARN or name of the resource at fault.
    resource: Option<&'a str>,
}

/// What does not change a result's `status` but should be known.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Warning")]
pub(super) struct WarningRow<'a> {
    /// `weak`: a subscriber is notified, but not of every such event. `unverified`: could not be read or decided. `note`: no defect.
    #[schemars(schema_with = "words::grades")]
    grade: &'static str,
    #[serde(flatten)]
    reason: ReasonRow<'a>,
}

/// A person's statement that a control need not pass for a time.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Waiver")]
pub(super) struct WaiverRow<'a> {
    /// Why.
    reason: &'a str,
    /// Who says so.
    owner: &'a str,
    /// The last day on which it holds, in UTC.
    #[schemars(extend("format" = "date"))]
    expires: String,
}

/// A person's statement that some of the events that a control requires need not be noticed for a time.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Exception")]
pub(super) struct ExceptionRow<'a> {
    /// The events, as a filter pattern.
    events: String,
    /// The tests in it of what a caller chooses: anyone who knows of the exception can slip into it.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    evadable: &'a [String],
    /// What is left of the demand without them, in words or as a filter pattern; not there where that is most of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaves: Option<&'a str>,
    #[serde(flatten)]
    waiver: WaiverRow<'a>,
}

/// A waiver that did nothing.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UnusedWaiver")]
pub(super) struct UnusedWaiverRow<'a> {
    /// The control that it names, as it was written.
    rule: &'a str,
    /// Why it did nothing.
    #[schemars(schema_with = "words::idle_states")]
    state: &'static str,
    #[serde(flatten)]
    waiver: WaiverRow<'a>,
}

pub(super) fn reason(reason: &Reason) -> ReasonRow<'_> {
    ReasonRow {
        link: reason.link().as_str(),
        code: reason.code().as_str(),
        message: reason.message(),
        resource: reason.resource(),
    }
}

pub(super) fn waiver(waiver: &Waiver) -> WaiverRow<'_> {
    WaiverRow { reason: &waiver.reason, owner: &waiver.owner, expires: waiver.expires.to_string() }
}

pub(super) fn exception(exception: &Exception) -> ExceptionRow<'_> {
    let Exception { events, evadable, leaves, waiver: accepted } = exception;
    ExceptionRow { events: events.to_string(), evadable, leaves: leaves.as_deref(), waiver: waiver(accepted) }
}

pub(super) fn unused_waiver(idle: &UnusedWaiver) -> UnusedWaiverRow<'_> {
    UnusedWaiverRow { rule: &idle.rule, state: idle.why.as_str(), waiver: waiver(&idle.waiver) }
}

/// What does not change a result's `status`.
pub(super) fn warning(warning: &Warning) -> WarningRow<'_> {
    WarningRow { grade: warning.grade().as_str(), reason: reason(warning) }
}

/// Why the other verdicts are what they are.
pub(super) fn verdict_reasons(verdicts: &Verdicts) -> VerdictReasons<'_> {
    VerdictReasons {
        effective: verdicts.effective.reason.as_ref().map(reason),
        security_hub: verdicts.security_hub.reason.as_ref().map(reason),
    }
}
