//! What can be the matter with an alarm.

use filter_pattern::Holes;

use super::firing::{CalendarPeriod, FiringDoubt, Never, Pause, Silence};
use super::routine::Routine;
use crate::finding::code::Code;

/// What is the matter with an alarm. Metrics are `namespace/name`.
#[derive(Debug, Clone, PartialEq)]
pub enum AlarmProblem {
    /// Whether its query finds a metric cannot be decided.
    QueryUndecided {
        /// The metric.
        metric: String,
    },
    /// It watches a metric of that name in another namespace.
    OtherNamespace {
        /// The metric that it watches.
        watched: String,
        /// The metric that is published.
        published: String,
    },
    /// It is in another region than the metric that it names.
    OtherRegion {
        /// Its region.
        region: String,
        /// The metric.
        metric: String,
        /// The metric's region.
        wanted: String,
    },
    /// It asks for another unit than is published.
    Unit {
        /// The unit that it asks for.
        asked: String,
        /// The unit that is published.
        published: String,
    },
    /// It asks for other dimensions than are published: their names.
    Dimensions {
        /// Those that it asks for.
        asked: Vec<String>,
        /// Those that are published.
        published: Vec<String>,
    },
    /// It sees events of another account only.
    ForeignEvents {
        /// The dimension that says whose events.
        dimension: String,
        /// The other account.
        value: String,
    },
    /// It sees only events of which a field has a value.
    OnlyWhere {
        /// The dimension.
        dimension: String,
        /// The value.
        value: String,
    },
    /// It sees only events that lack a field.
    OnlyWithout {
        /// The field's selector.
        field: String,
    },
    /// It sees only a part of what its filter matches, and no other sees the rest.
    MissesEvents {
        /// The names of all such alarms, this one too.
        alarms: Vec<String>,
        /// What it sees.
        sees: Box<Self>,
        /// Nothing of that is demanded.
        sees_none: bool,
        /// All that escapes.
        holes: Box<Holes>,
    },
    /// It never goes to ALARM.
    NeverFires {
        /// The setting at fault.
        why: Never,
    },
    /// It may stay silent when an event comes.
    MaySilent {
        /// The setting at fault.
        why: Silence,
    },
    /// Whether it goes to ALARM cannot be decided.
    FiringUndecided {
        /// The setting that cannot be followed.
        why: FiringDoubt,
    },
    /// CloudWatch does not evaluate it: its configuration is at fault.
    EvaluationError,
    /// CloudWatch does not evaluate it for a while.
    NotEvaluated {
        /// What CloudWatch says.
        why: Pause,
    },
    /// Whether CloudWatch evaluates it is not known.
    EvaluationUndecided {
        /// The state of its evaluation.
        state: String,
    },
    /// It is in ALARM without any event.
    AlwaysFiring,
    /// What another metric filter counts keeps it in ALARM.
    HeldByFilter {
        /// That filter.
        filter: String,
        /// What it counts.
        what: Routine,
        /// It matches all that happens every day.
        is_all: bool,
    },
    /// It stays in ALARM after the first event.
    Latches,
    /// It sees an event only when a calendar period is over.
    Late {
        /// Which.
        period: CalendarPeriod,
    },
    /// Its evaluation window cannot be followed.
    WindowUndecided,
    /// It may be warming up.
    WarmUp {
        /// For so many minutes.
        minutes: i32,
    },
    /// Its actions are disabled.
    ActionsDisabled,
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
    /// It has no action for ALARM.
    NoAction {
        /// It has some for other states.
        has_others: bool,
    },
    /// None of its actions is a topic.
    ActionNotTopic,
    /// A mute rule silences it at all times.
    AlwaysMuted(MuteWindow),
    /// A mute rule silences it at times.
    Muted(MuteWindow),
    /// Whether a mute rule silences it is not known.
    MuteUndecided {
        /// The mute rule.
        rule: String,
        /// The rule's state.
        state: String,
    },
    /// It is a log alarm on the trail's log group.
    OnLogs,
    /// It is a composite alarm above the one that fires.
    Composite {
        /// The alarm below.
        below: String,
        /// What is the matter.
        problem: CompositeProblem,
    },
    /// It is a composite alarm that another alarm suppresses.
    Suppressed {
        /// That other alarm.
        suppressor: String,
    },
    /// Whether Security Hub CSPM follows its metric math is not documented.
    HubMathUndocumented,
    /// Whether Security Hub CSPM minds that its actions are disabled is not documented.
    HubActionsUndocumented,
}

/// What a composite alarm does when one below it goes to ALARM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompositeProblem {
    /// It sends nothing while another alarm keeps it in ALARM in ALARM.
    Shared,
    /// It does not go to ALARM.
    Blocks,
    /// It is in ALARM also when the one below is not.
    Constant,
    /// It follows sometimes.
    Conditional,
    /// Whether it follows cannot be decided.
    Undecided(CompositeDoubt),
}

/// When a mute rule silences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MuteWindow {
    /// The rule's name.
    pub rule: String,
    /// Its schedule, as CloudWatch has it.
    pub schedule: String,
    /// How long a window lasts, as CloudWatch has it.
    pub duration: String,
}

/// Why a composite alarm cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompositeDoubt {
    /// Its rule cannot be read.
    Rule,
    /// Its rule leads back to itself.
    Ring,
    /// There are too many of them.
    TooMany,
}

impl AlarmProblem {
    pub(in crate::finding) fn code(&self) -> Code {
        match self {
            Self::QueryUndecided { .. }
            | Self::FiringUndecided { .. }
            | Self::EvaluationUndecided { .. }
            | Self::WindowUndecided => Code::AlarmUndecided,
            Self::OtherNamespace { .. } => Code::AlarmOtherNamespace,
            Self::OtherRegion { .. } => Code::AlarmOtherRegion,
            Self::Unit { .. } => Code::AlarmUnit,
            Self::Dimensions { .. } | Self::ForeignEvents { .. } => Code::AlarmDimensions,
            Self::OnlyWhere { .. } | Self::OnlyWithout { .. } | Self::MaySilent { .. } => Code::AlarmNotEveryEvent,
            Self::MissesEvents { .. } => Code::AlarmMissesEvents,
            Self::NeverFires { .. } => Code::AlarmNeverFires,
            Self::EvaluationError => Code::AlarmEvaluationError,
            Self::NotEvaluated { .. } => Code::AlarmNotEvaluated,
            Self::AlwaysFiring | Self::HeldByFilter { is_all: true, .. } => Code::AlarmAlwaysFiring,
            Self::HeldByFilter { is_all: false, .. } => Code::AlarmHeld,
            Self::Latches => Code::AlarmLatches,
            Self::Late { .. } => Code::AlarmLate,
            Self::WarmUp { .. } => Code::AlarmWarmUpUndecided,
            Self::ActionsDisabled => Code::AlarmActionsDisabled,
            Self::DeclaredTwice { .. } => Code::AlarmDeclaredTwice,
            Self::Refused { .. } => Code::AlarmRefused,
            Self::NoAction { .. } => Code::AlarmNoAction,
            Self::ActionNotTopic => Code::AlarmActionNotTopic,
            Self::AlwaysMuted(_) => Code::AlarmAlwaysMuted,
            Self::Muted(_) => Code::AlarmMuted,
            Self::MuteUndecided { .. } => Code::AlarmMuteUnread,
            Self::OnLogs => Code::AlarmOnLogs,
            Self::Composite { problem, .. } => match problem {
                CompositeProblem::Undecided(_) => Code::AlarmUndecided,
                CompositeProblem::Shared => Code::AlarmCompositeShared,
                CompositeProblem::Blocks | CompositeProblem::Constant => Code::AlarmCompositeBlocks,
                CompositeProblem::Conditional => Code::AlarmCompositeConditional,
            },
            Self::Suppressed { .. } => Code::AlarmCompositeConditional,
            Self::HubMathUndocumented | Self::HubActionsUndocumented => Code::HubUndocumented,
        }
    }
}
