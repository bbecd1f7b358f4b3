//! The operations that an audit reads, what of their answers decides, and the ways in which they fail.

use super::accounts::Place;
use crate::support::fault::{Fault, FaultRule};
use crate::support::tamper::{Change, empty_document, member, repeated_token};

/// How much an operation matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Without it nothing can be said.
    Required,
    /// What it would say is found in another way.
    Replaceable,
    /// An optional permission: denied, the benchmark's verdict is kept.
    Optional,
}

/// An operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    /// `service:Operation`.
    pub(super) action: &'static str,
    pub(super) need: Need,
    pub(super) place: Place,
    /// The member that it is asked for.
    pub(super) member: &'static str,
    /// Further members that decide.
    pub(super) fields: &'static [&'static str],
    /// Members that an answer may lack.
    pub(super) may_lack: &'static [&'static str],
    /// The token of its next page.
    pub(super) token: Option<&'static str>,
    /// Members that hold one of an enumeration's words.
    pub(super) enums: &'static [&'static str],
    /// XML, which knows no null.
    pub(super) is_xml: bool,
    /// A program that does not ask for it yet is no wrong one.
    pub(super) is_new: bool,
}

const NONE: Read = Read {
    action: "",
    need: Need::Required,
    place: Place::Account,
    member: "",
    fields: &[],
    may_lack: &[],
    token: None,
    enums: &[],
    is_xml: false,
    is_new: false,
};

pub(super) const READS: &[Read] = &[
    // Whose account it is can also be read from the ARNs of its trails and alarms.
    Read { action: "sts:GetCallerIdentity", need: Need::Replaceable, member: "Account", is_xml: true, ..NONE },
    Read {
        action: "cloudtrail:DescribeTrails",
        member: "trailList",
        fields: &["trailList.*.IsMultiRegionTrail", "trailList.*.TrailARN"],
        ..NONE
    },
    Read { action: "cloudtrail:GetTrailStatus", place: Place::Trail, member: "IsLogging", ..NONE },
    Read {
        action: "cloudtrail:GetEventSelectors",
        place: Place::Trail,
        member: "EventSelectors",
        enums: &["EventSelectors.*.ReadWriteType"],
        ..NONE
    },
    Read {
        action: "logs:DescribeMetricFilters",
        place: Place::Filter,
        member: "metricFilters",
        fields: &["metricFilters.*.filterPattern", "metricFilters.*.metricTransformations"],
        token: Some("nextToken"),
        enums: &["metricFilters.*.metricTransformations.*.unit"],
        ..NONE
    },
    Read {
        action: "logs:DescribeLogGroups",
        need: Need::Replaceable,
        place: Place::Filter,
        member: "logGroups",
        token: Some("nextToken"),
        enums: &["logGroups.*.logGroupClass"],
        ..NONE
    },
    Read {
        action: "cloudwatch:DescribeAlarms",
        place: Place::Alarm,
        member: "MetricAlarms",
        fields: &["MetricAlarms.*.ActionsEnabled"],
        may_lack: &["CompositeAlarms"],
        token: Some("NextToken"),
        enums: &["MetricAlarms.*.ComparisonOperator", "MetricAlarms.*.Statistic", "MetricAlarms.*.StateValue"],
        ..NONE
    },
    Read {
        action: "cloudwatch:DescribeAlarmsForMetric",
        need: Need::Replaceable,
        place: Place::Alarm,
        member: "MetricAlarms",
        fields: &["MetricAlarms.*.ActionsEnabled"],
        enums: &["MetricAlarms.*.ComparisonOperator"],
        ..NONE
    },
    Read {
        action: "cloudwatch:ListAlarmMuteRules",
        need: Need::Optional,
        place: Place::Mute,
        member: "AlarmMuteRuleSummaries",
        token: Some("NextToken"),
        enums: &["AlarmMuteRuleSummaries.*.Status"],
        ..NONE
    },
    Read {
        action: "cloudwatch:GetAlarmMuteRule",
        need: Need::Optional,
        place: Place::Mute,
        member: "Rule",
        enums: &["Status"],
        ..NONE
    },
    Read {
        action: "sns:GetTopicAttributes",
        place: Place::Topic,
        member: "Attributes",
        fields: &["Policy"],
        is_xml: true,
        ..NONE
    },
    Read {
        action: "sns:ListSubscriptionsByTopic",
        place: Place::Subscription,
        member: "Subscriptions",
        fields: &["SubscriptionArn"],
        token: Some("NextToken"),
        // A word in the place of an ARN, and a way to deliver.
        enums: &["SubscriptionArn", "Protocol"],
        is_xml: true,
        ..NONE
    },
    Read {
        action: "sns:GetSubscriptionAttributes",
        need: Need::Optional,
        place: Place::FilterPolicy,
        member: "Attributes",
        is_xml: true,
        ..NONE
    },
    Read {
        action: "kms:DescribeKey",
        need: Need::Optional,
        place: Place::Key,
        member: "KeyMetadata",
        fields: &["KeyMetadata.KeyState"],
        enums: &["KeyMetadata.KeyState", "KeyMetadata.KeySpec", "KeyMetadata.KeyManager"],
        ..NONE
    },
    Read { action: "kms:GetKeyPolicy", need: Need::Optional, place: Place::Key, member: "Policy", ..NONE },
    Read {
        action: "kms:ListGrants",
        need: Need::Optional,
        place: Place::Key,
        member: "Grants",
        token: Some("NextMarker"),
        is_new: true,
        ..NONE
    },
    Read {
        action: "events:ListRules",
        need: Need::Optional,
        place: Place::EventRules,
        member: "Rules",
        token: Some("NextToken"),
        ..NONE
    },
    Read {
        action: "oam:ListLinks",
        need: Need::Optional,
        place: Place::EventRules,
        member: "Items",
        token: Some("NextToken"),
        ..NONE
    },
    Read { action: "securityhub:DescribeHub", place: Place::Hub, member: "HubArn", ..NONE },
];

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ThrottledOnce,
    Denied,
    DeniedByScp,
    NotImplemented,
    Throttled,
    ServerError,
    Hang,
    Reset,
    CutOff,
    /// So many bytes of a body whose end is that of the connection.
    EndsAt(usize),
    NoBody,
    EmptyDocument,
    HtmlPage,
    /// A member that must be there is not.
    Absent(&'static str),
    Null(&'static str),
    /// A member that may be absent is.
    MayLack(&'static str),
    RepeatedToken(&'static str),
    /// A word that this program does not know.
    UnknownWord(&'static str),
}

impl Kind {
    /// A column's head.
    pub(super) fn label(&self) -> String {
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        match self {
            Self::ThrottledOnce => "once".into(),
            Self::Denied => "denied".into(),
            Self::DeniedByScp => "scp".into(),
            Self::NotImplemented => "no such".into(),
            Self::Throttled => "thrott".into(),
            Self::ServerError => "500".into(),
            Self::Hang => "hang".into(),
            Self::Reset => "reset".into(),
            Self::CutOff => "cut".into(),
            Self::EndsAt(bytes) => format!("ends at {bytes}"),
            Self::NoBody => "empty".into(),
            Self::EmptyDocument => "{}".into(),
            Self::HtmlPage => "html".into(),
            Self::Absent(path) => format!("-{}", last(path)),
            Self::Null(path) => format!("0{}", last(path)),
            Self::MayLack(path) => format!("~{}", last(path)),
            Self::RepeatedToken(_) => "token".into(),
            Self::UnknownWord(path) => format!("?{}", last(path)),
        }
    }

    pub(super) fn rule(self, action: &str) -> FaultRule {
        let fault = match self {
            Self::ThrottledOnce => return FaultRule::first(action, 1, Fault::Throttled),
            Self::Denied => Fault::Denied,
            Self::DeniedByScp => Fault::DeniedByScp,
            Self::NotImplemented => Fault::NotImplemented,
            Self::Throttled => Fault::Throttled,
            Self::ServerError => Fault::ServerError,
            Self::Hang => Fault::Hang,
            Self::Reset => Fault::Reset,
            Self::CutOff => Fault::CutOff,
            Self::EndsAt(bytes) => Fault::EndsAt(bytes),
            Self::NoBody => Fault::NoBody,
            Self::EmptyDocument => empty_document(),
            Self::HtmlPage => Fault::Garbage,
            Self::Absent(path) | Self::MayLack(path) => member(path, Change::Absent),
            Self::Null(path) => member(path, Change::Null),
            Self::RepeatedToken(token) => repeated_token(token),
            Self::UnknownWord(path) => member(path, Change::Text("Unheard-Of")),
        };
        FaultRule::always(action, fault)
    }

    pub(super) fn is_denial(self) -> bool {
        matches!(self, Self::Denied | Self::DeniedByScp)
    }
}

impl Read {
    /// How it can fail.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        let mut kinds = vec![
            Kind::ThrottledOnce,
            Kind::Denied,
            Kind::DeniedByScp,
            Kind::NotImplemented,
            Kind::Throttled,
            Kind::ServerError,
            Kind::Hang,
            Kind::Reset,
            Kind::CutOff,
            Kind::NoBody,
            Kind::EmptyDocument,
            Kind::HtmlPage,
        ];
        for path in std::iter::once(&self.member).chain(self.fields) {
            kinds.push(Kind::Absent(path));
            if !self.is_xml {
                kinds.push(Kind::Null(path));
            }
        }
        kinds.extend(self.may_lack.iter().map(|path| Kind::MayLack(path)));
        kinds.extend(self.token.map(Kind::RepeatedToken));
        kinds.extend(self.enums.iter().map(|path| Kind::UnknownWord(path)));
        kinds
    }
}
