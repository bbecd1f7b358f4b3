//! What can be the matter with metric filters and with the metrics that they publish.

use super::alarm::AlarmProblem;
use super::routine::Routine;
use crate::finding::code::Code;
use crate::rule::Benchmark;
use filter_pattern::{Construct, Holes};

/// What is the matter with metric filters.
#[derive(Debug, Clone, PartialEq)]
pub enum FilterProblem {
    /// All of them together miss events that the control requires.
    MissesEvents {
        /// All that escapes them.
        holes: Box<Holes>,
        /// Versions of the benchmark whose demands are matched: runs of them, from and to.
        satisfied: Vec<(Benchmark, Benchmark)>,
        /// Alarms that see only a part of what their filters match: the name of each, and what it sees.
        narrowed: Vec<(String, AlarmProblem)>,
    },
    /// All that escapes them is unusual.
    UnusualHole {
        /// What the events are that they miss, to follow on "only in".
        exceptions: Vec<String>,
    },
    /// The sign-ins that they miss are those through an identity provider, which other versions leave out.
    FederatedSignIns {
        /// Versions of the benchmark whose demands are matched: runs of them, from and to.
        satisfied: Vec<(Benchmark, Benchmark)>,
    },
    /// Whether they match every such event cannot be decided.
    Undecided {
        /// What cannot be.
        construct: Option<Construct>,
    },
    /// It also matches routine events.
    MatchesRoutine {
        /// What that is.
        what: Routine,
    },
    /// It matches all that happens every day.
    MatchesEverything,
    /// It publishes no metric.
    NoMetric,
    /// AWS refuses it as it is declared.
    Refused {
        /// What AWS does not take of it.
        why: String,
    },
    /// Another of its name is declared too.
    DeclaredTwice {
        /// Where, and by which addresses.
        places: Vec<String>,
    },
    /// Whether Security Hub CSPM takes the order of its terms is not documented.
    HubOrderUndocumented,
}

/// What decides together with a metric filter's pattern which events it matches. The pattern engine hands the words on,
/// where the answer depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Events are transformed before the pattern sees them.
    Transformed,
    /// They have to meet a second condition.
    SecondCondition,
}

/// Why it is not known what a metric filter's pattern matches. The pattern engine hands the words on, where the answer
/// depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternDoubt {
    /// It is longer than CloudWatch Logs takes.
    TooLong {
        /// How many characters CloudWatch Logs takes.
        longest: usize,
    },
    /// It cannot be read.
    Refused {
        /// What is wrong with it, as the pattern engine says it of any text.
        error: String,
    },
    /// It looks at raw text, and its alarm sees only what has a dimension's value.
    ValuesUnknown,
}

impl FilterProblem {
    pub(in crate::finding) fn code(&self) -> Code {
        match self {
            Self::MissesEvents { .. } => Code::MetricFilterMissesEvents,
            Self::UnusualHole { .. } => Code::MetricFilterUnusualHole,
            Self::FederatedSignIns { .. } => Code::MetricFilterFederatedSignIns,
            Self::Undecided { .. } => Code::MetricFilterUndecided,
            Self::MatchesRoutine { .. } => Code::MetricFilterMatchesRoutine,
            Self::MatchesEverything => Code::MetricFilterMatchesEverything,
            Self::NoMetric => Code::AlarmNone,
            Self::DeclaredTwice { .. } => Code::MetricFilterDeclaredTwice,
            Self::Refused { .. } => Code::MetricFilterRefused,
            Self::HubOrderUndocumented => Code::HubUndocumented,
        }
    }

    /// A report names the first; of none an undecided question has still a name, the empty one.
    pub(in crate::finding) fn resource<'a>(&self, filters: &'a [String]) -> Option<&'a str> {
        Some(filters.first().map_or("", String::as_str))
    }
}

/// What is the matter with a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricProblem {
    /// The metric filter publishes 0 for an event.
    ZeroValue,
    /// The metric filter publishes something else than a number.
    ValueUndecided {
        /// What.
        value: String,
    },
    /// The metric filter publishes the value of a field that no event has.
    ValueAbsent {
        /// The field's selector.
        value: String,
    },
    /// No alarm watches it.
    NoAlarm,
    /// Alarms on it could not all be read.
    AlarmsUnread,
}

impl MetricProblem {
    pub(in crate::finding) fn code(&self) -> Code {
        match self {
            Self::ZeroValue => Code::MetricFilterZeroValue,
            Self::ValueAbsent { .. } => Code::MetricFilterValueAbsent,
            Self::ValueUndecided { .. } => Code::MetricFilterValueUndecided,
            Self::NoAlarm => Code::AlarmNone,
            Self::AlarmsUnread => Code::AlarmUnread,
        }
    }
}
