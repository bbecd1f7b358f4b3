//! What is right of a cell, by rules. Nothing here asks the program.

use super::accounts::Link;
use super::reads::{Kind, Need, Read};
use crate::support::report::Report;

/// What a report may say: of every control one of these, and of the gaps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Right {
    pub(super) cis: &'static [&'static str],
    pub(super) effective: &'static [&'static str],
    /// The codes of which the operation's gap must have one. Nothing: there may be a gap or none.
    codes: Option<&'static [&'static str]>,
}

const PASS: &[&str] = &["pass"];
const FAIL: &[&str] = &["fail"];
const UNKNOWN: &[&str] = &["unknown"];
const PASS_OR_UNKNOWN: &[&str] = &["pass", "unknown"];
const FAIL_OR_UNKNOWN: &[&str] = &["fail", "unknown"];
const ANY: &[&str] = &["pass", "fail", "unknown"];

/// Fields without which an answer is none.
const DECIDE: &[&str] = &[
    "trailList.*.IsMultiRegionTrail",
    "metricFilters.*.filterPattern",
    "MetricAlarms.*.ActionsEnabled",
    "SubscriptionArn",
    "KeyMetadata.KeyState",
];

const fn verdicts(cis: &'static [&'static str], effective: &'static [&'static str]) -> Right {
    Right { cis, effective, codes: None }
}

/// Of an account on which nothing fails.
pub(super) fn without_fault(link: Link) -> Right {
    if link.is_sound() { verdicts(PASS, PASS) } else { verdicts(FAIL, FAIL) }
}

pub(super) fn right(link: Link, read: &Read, kind: Kind) -> Right {
    match kind {
        Kind::ThrottledOnce | Kind::MayLack(_) => without_fault(link),
        Kind::Absent(path) | Kind::Null(path) if path != read.member && is_empty(link, read) => without_fault(link),
        _ if is_of_documents(kind) && is_refused(link, read) => without_fault(link),
        // Of one group the operation is refused, of all groups it answers.
        _ if is_of_documents(kind) && (link, read.action) == (Link::LogGroupMissing, "logs:DescribeMetricFilters") => {
            verdicts(FAIL_OR_UNKNOWN, FAIL_OR_UNKNOWN)
        }
        Kind::RepeatedToken(_) => half_read(link, read),
        Kind::UnknownWord(path) => with_unknown_word(link, read, path),
        Kind::Absent(path) | Kind::Null(path) if path != read.member => without_field(link, read, kind, path),
        // The refusal has its code in a header.
        Kind::NoBody if is_refused(link, read) => unread(link, read, kind),
        _ => Right { codes: Some(codes(kind)), ..unread(link, read, kind) },
    }
}

/// What changes an answer's document changes no refusal.
fn is_of_documents(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::EmptyDocument | Kind::Absent(_) | Kind::Null(_) | Kind::RepeatedToken(_) | Kind::UnknownWord(_)
    )
}

/// The break is that the service refuses to answer: there is nothing of that name, or it is not enabled.
fn is_refused(link: Link, read: &Read) -> bool {
    matches!(
        (link, read.action),
        (Link::HubDisabled, "securityhub:DescribeHub")
            | (Link::TopicMissing, "sns:GetTopicAttributes" | "sns:ListSubscriptionsByTopic")
    )
}

/// The answer has nothing in it whose field could be lacking.
fn is_empty(link: Link, read: &Read) -> bool {
    matches!(
        (link, read.action),
        (Link::FilterMissing, "logs:DescribeMetricFilters") | (Link::NobodySubscribed, "sns:ListSubscriptionsByTopic")
    )
}

/// Nothing of the operation's answer was read.
fn unread(link: Link, read: &Read, kind: Kind) -> Right {
    let is_needed = link.needs().contains(&read.action);
    let is_sound = link.is_sound();
    match read.need {
        // The alarms on the metrics may be asked for without.
        Need::Required if (link, read.action) == (Link::SoundAmongMany, "cloudwatch:DescribeAlarms") => {
            verdicts(PASS_OR_UNKNOWN, PASS_OR_UNKNOWN)
        }
        // Whether the log group has a class that takes filters may be left open.
        Need::Replaceable if read.action == "logs:DescribeLogGroups" => verdicts(FAIL_OR_UNKNOWN, FAIL_OR_UNKNOWN),
        Need::Replaceable => without_fault(link),
        // The policy that was read forbids, and a grant may allow.
        Need::Optional if (link, read.action) == (Link::KeyForbids, "kms:ListGrants") => verdicts(UNKNOWN, UNKNOWN),
        Need::Optional if is_needed || is_sound => unread_optional(read, kind),
        // A trail is all that the others depend on.
        Need::Required if is_needed || is_sound || read.action == "cloudtrail:DescribeTrails" => {
            match (link, read.action) {
                // Its group's listing may say so as well.
                (Link::LogGroupMissing, "logs:DescribeMetricFilters") => verdicts(FAIL_OR_UNKNOWN, FAIL_OR_UNKNOWN),
                _ => verdicts(UNKNOWN, UNKNOWN),
            }
        }
        Need::Optional if kind.is_denial() => without_fault(link),
        // What comes after the break decides nothing; what comes before may be left open.
        Need::Optional | Need::Required if read.place > link.place() => without_fault(link),
        Need::Optional | Need::Required => verdicts(FAIL_OR_UNKNOWN, FAIL_OR_UNKNOWN),
    }
}

/// On a sound account, or on one that only this operation shows to be broken.
fn unread_optional(read: &Read, kind: Kind) -> Right {
    match (kind, read.action) {
        // The operator's choice.
        (Kind::Denied | Kind::DeniedByScp, _) => verdicts(PASS, UNKNOWN),
        // Not every place has mute rules, and no recorded answer shows that the list is always there.
        (
            Kind::NotImplemented | Kind::EmptyDocument | Kind::Absent(_) | Kind::Null(_),
            "cloudwatch:ListAlarmMuteRules",
        ) => verdicts(PASS, UNKNOWN),
        // Whether a list that failed moves the benchmark's verdict is left open; that it moves the other is not.
        (_, "cloudwatch:ListAlarmMuteRules") => verdicts(PASS_OR_UNKNOWN, UNKNOWN),
        (Kind::NotImplemented, _) => verdicts(PASS_OR_UNKNOWN, UNKNOWN),
        // No recorded answer shows which of its members are always there.
        (Kind::EmptyDocument | Kind::Absent(_) | Kind::Null(_), "cloudwatch:GetAlarmMuteRule") => {
            verdicts(PASS_OR_UNKNOWN, UNKNOWN)
        }
        _ => verdicts(UNKNOWN, UNKNOWN),
    }
}

/// The answer was read, and each item of it lacks a field. What else an item says may prove a break; nothing is proof that
/// there is none.
fn without_field(link: Link, read: &Read, kind: Kind, path: &str) -> Right {
    // Whether to list what is lacking is left open but for the fields that decide.
    let codes = DECIDE.contains(&path).then(|| codes(kind));
    let right = unread(link, read, kind);
    let is_open = !link.is_sound() && right.cis == UNKNOWN;
    Right { codes, ..if is_open { verdicts(FAIL_OR_UNKNOWN, FAIL_OR_UNKNOWN) } else { right } }
}

/// The first page was read, and then again. What it proves holds; that there is no more is not known.
fn half_read(link: Link, read: &Read) -> Right {
    let is_needed = link.needs().contains(&read.action);
    match (read.action, link) {
        ("cloudwatch:ListAlarmMuteRules", Link::AlwaysMuted) => verdicts(ANY, FAIL_OR_UNKNOWN),
        ("cloudwatch:ListAlarmMuteRules", link) if link.is_sound() => verdicts(PASS_OR_UNKNOWN, UNKNOWN),
        ("cloudwatch:ListAlarmMuteRules", _) => verdicts(FAIL_OR_UNKNOWN, FAIL_OR_UNKNOWN),
        (_, link) if link.is_sound() => verdicts(PASS_OR_UNKNOWN, PASS_OR_UNKNOWN),
        ("kms:ListGrants", Link::KeyForbids) => verdicts(FAIL_OR_UNKNOWN, FAIL_OR_UNKNOWN),
        (_, Link::LogGroupMissing) => verdicts(FAIL_OR_UNKNOWN, FAIL_OR_UNKNOWN),
        _ if is_needed => verdicts(UNKNOWN, UNKNOWN),
        _ => verdicts(FAIL_OR_UNKNOWN, FAIL_OR_UNKNOWN),
    }
}

/// A word that AWS may have added since. It never makes a sound account fail, nor a broken one pass.
fn with_unknown_word(link: Link, read: &Read, path: &str) -> Right {
    if link.is_sound() {
        return match (read.action, path) {
            // States and units that no verdict depends on.
            (_, "MetricAlarms.*.StateValue" | "metricFilters.*.metricTransformations.*.unit" | "Protocol")
            | ("cloudwatch:ListAlarmMuteRules" | "cloudwatch:GetAlarmMuteRule" | "kms:DescribeKey", _) => {
                verdicts(PASS_OR_UNKNOWN, PASS_OR_UNKNOWN)
            }
            // The other pages show the alarm as it is.
            ("cloudwatch:DescribeAlarmsForMetric", _) => verdicts(PASS_OR_UNKNOWN, PASS_OR_UNKNOWN),
            ("cloudwatch:DescribeAlarms", _) if link == Link::SoundAmongMany => {
                verdicts(PASS_OR_UNKNOWN, PASS_OR_UNKNOWN)
            }
            _ => verdicts(UNKNOWN, UNKNOWN),
        };
    }
    match (link, read.action) {
        // A rule in a state that is not known may or may not mute.
        (Link::AlwaysMuted, "cloudwatch:ListAlarmMuteRules" | "cloudwatch:GetAlarmMuteRule") => {
            verdicts(ANY, FAIL_OR_UNKNOWN)
        }
        // Neither may one whose key is not known to be usable, by the benchmark's verdict.
        (Link::KeyDisabled | Link::KeyForbids, "kms:DescribeKey") => verdicts(ANY, FAIL_OR_UNKNOWN),
        _ => verdicts(FAIL_OR_UNKNOWN, FAIL_OR_UNKNOWN),
    }
}

/// How a gap says what went wrong.
fn codes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Denied | Kind::DeniedByScp => &["AccessDenied", "AccessDeniedException", "AuthorizationError"],
        Kind::NotImplemented => &["UnknownOperationException", "InvalidAction"],
        Kind::Throttled => &["ThrottlingException", "Throttling", "TooManyRequestsException"],
        Kind::ServerError => &["InternalFailure", "InternalServiceFault", "InternalError", "InternalException"],
        Kind::Hang => &["Timeout"],
        Kind::Reset => &["Unreachable"],
        Kind::CutOff | Kind::EndsAt(_) => &["BadAnswer", "Unreachable"],
        Kind::NoBody | Kind::EmptyDocument | Kind::Absent(_) | Kind::Null(_) => &["BadAnswer"],
        Kind::HtmlPage => &["HtmlPage"],
        Kind::ThrottledOnce | Kind::MayLack(_) | Kind::RepeatedToken(_) | Kind::UnknownWord(_) => &[],
    }
}

impl Right {
    /// Each status that is not among the right ones, once.
    pub(super) fn misses(&self, report: &Report) -> Vec<String> {
        let mut misses = Vec::new();
        for finding in &report.results {
            let verdicts = &finding.verdicts;
            for (verdict, found, right) in
                [("cis", &verdicts.cis, self.cis), ("effective", &verdicts.effective, self.effective)]
            {
                let miss = format!("{verdict} is {found}, not {}", right.join(" or "));
                if !right.contains(&found.as_str()) && !misses.contains(&miss) {
                    misses.push(miss);
                }
            }
        }
        misses
    }

    /// What the gaps lack.
    pub(super) fn missing_gap(&self, report: &Report, read: &Read) -> Option<String> {
        let codes = self.codes?;
        let mut of_it = report.gaps.iter().filter(|gap| gap.operation == read.action).peekable();
        if of_it.peek().is_none() {
            // Where the answer is found elsewhere, nothing is missing.
            return (read.need != Need::Replaceable).then(|| "none is listed".to_owned());
        }
        let others: Vec<&str> = of_it.map(|gap| gap.code.as_str()).filter(|code| !codes.contains(code)).collect();
        (!others.is_empty()).then(|| format!("{}, not {}", others.join(", "), codes.join(" or ")))
    }
}
