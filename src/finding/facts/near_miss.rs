//! What was probably meant where a control has nothing at a link: it is shown next to the reason, and decides nothing.

use filter_pattern::Slip;

use super::log_group::LogGroupProblem;
use super::named::Named;
use super::trail::TrailProblem;
use crate::arn::{self, LogGroupArn};
use crate::finding::code::Code;

/// Something that is nearly what a control asks for. Metrics are `namespace/name`.
#[derive(Debug, Clone, PartialEq)]
pub enum NearMiss {
    /// Metric filters for the demanded events are on a log group that these do not reach.
    Elsewhere {
        /// Their names.
        filters: Vec<String>,
        /// The log group that they are on.
        log_group: LogGroupArn,
        /// Why the events do not reach it.
        why: NotReached,
    },
    /// A metric filter was meant for the demanded events, and matches none of them.
    MatchesNone {
        /// Its name.
        filter: String,
        /// The log group that it is on.
        log_group: LogGroupArn,
        /// What is wrong with its pattern. Empty: its name, or that of its metric or alarm, says what it was meant for.
        slips: Vec<Slip>,
        /// The control whose events it matches instead, in words: `3.13 (Route table changes)`.
        serves: Option<String>,
    },
    /// A metric filter looks for texts of the demanded events, wherever these are, and misses some of the events.
    Text {
        /// Its name.
        filter: String,
        /// The log group that it is on.
        log_group: LogGroupArn,
        /// Which texts: at least one.
        texts: Vec<String>,
    },
    /// An alarm watches a metric that is called nearly as the one that a metric filter publishes.
    OtherMetric {
        /// The alarm.
        alarm: Named<arn::Alarm>,
        /// The metric that it watches.
        watched: String,
        /// The metric that the metric filter publishes.
        published: String,
        /// How the two names are alike.
        likeness: Likeness,
    },
    /// An EventBridge rule matches an example of the demanded events.
    EventRule {
        /// The rule's name.
        name: String,
        /// Its region.
        region: String,
        /// Its ARN.
        arn: String,
        /// There is a trail, without which EventBridge gets no such events.
        is_recorded: bool,
    },
    /// An alarm may be in a monitoring account (CloudWatch user guide, "CloudWatch cross-account observability"), of whose
    /// alarms the account that is audited sees nothing.
    MonitoringAccount {
        /// The accounts that get the metrics. Empty: that was not read.
        accounts: Vec<String>,
    },
}

/// Why events do not reach a log group.
#[derive(Debug, Clone, PartialEq)]
pub enum NotReached {
    /// No trail delivers to it.
    NoTrail {
        /// The trail that was judged, and the log group that it delivers to.
        instead: Option<(String, LogGroupArn)>,
    },
    /// The trail that delivers to it is at fault.
    Trail {
        /// The trail's name.
        trail: String,
        /// What is the matter with it.
        problem: TrailProblem,
    },
    /// The log group is at fault, or what is delivered to it.
    LogGroup {
        /// What is the matter with it.
        problem: LogGroupProblem,
    },
}

/// How the name of a metric is like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// It is the name of the metric filter.
    FilterName,
    /// They differ in letter case.
    LetterCase,
    /// One begins or ends with the other.
    Affix,
    /// They differ in a few signs.
    Spelling,
}

impl NearMiss {
    /// The word in reports.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Elsewhere { .. } => "other_log_group",
            Self::MatchesNone { .. } => "matches_none",
            Self::Text { .. } => "text_pattern",
            Self::OtherMetric { likeness, .. } => likeness.as_str(),
            Self::EventRule { .. } => "event_rule",
            Self::MonitoringAccount { .. } => "monitoring_account",
        }
    }

    /// Whether it is nearly what the control asks for, and not something else that may notify of the same events.
    #[must_use]
    pub fn is_nearly_it(&self) -> bool {
        !matches!(self, Self::EventRule { .. } | Self::MonitoringAccount { .. })
    }

    /// Takes in the metric filters of another that is about the same log group. False: it is about something else.
    pub fn absorb(&mut self, other: &Self) -> bool {
        let (
            Self::Elsewhere { filters, log_group, why },
            Self::Elsewhere { filters: more, log_group: of, why: because },
        ) = (&mut *self, other)
        else {
            return self == other;
        };
        if (&*log_group, &*why) != (of, because) {
            return false;
        }
        for filter in more {
            if !filters.contains(filter) {
                filters.push(filter.clone());
            }
        }
        true
    }

    pub(in crate::finding) fn code(&self) -> Code {
        match self {
            Self::Elsewhere { .. } => Code::MetricFilterElsewhere,
            Self::MatchesNone { .. } => Code::MetricFilterMatchesNone,
            Self::Text { .. } => Code::MetricFilterTextPattern,
            Self::OtherMetric { .. } => Code::AlarmOtherMetric,
            Self::EventRule { .. } => Code::MetricFilterEventRule,
            Self::MonitoringAccount { .. } => Code::AlarmMonitoringAccount,
        }
    }

    pub(in crate::finding) fn resource(&self) -> Option<&str> {
        match self {
            Self::Elsewhere { filters, .. } => filters.first().map(String::as_str),
            Self::MatchesNone { filter, .. } | Self::Text { filter, .. } => Some(filter),
            Self::OtherMetric { alarm, .. } => Some(&alarm.arn),
            Self::EventRule { arn, .. } => Some(arn),
            Self::MonitoringAccount { accounts } => accounts.first().map(String::as_str),
        }
    }
}

impl Likeness {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::FilterName, Self::LetterCase, Self::Affix, Self::Spelling];

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FilterName => "filter_name",
            Self::LetterCase => "letter_case",
            Self::Affix => "affix",
            Self::Spelling => "spelling",
        }
    }
}
