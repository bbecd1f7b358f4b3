//! Why an alarm does not go to ALARM on every event, why that is not known, and when it is not looked at.

/// Why no event brings an alarm to ALARM.
#[derive(Debug, Clone, PartialEq)]
pub enum Never {
    /// The metric is among its metrics, but not in the one that it watches.
    NotWatched,
    /// Its condition is not met in any period with such events.
    OutOfReach {
        /// The condition.
        asked: Condition,
        /// What events count.
        counts: Counts,
    },
    /// It asks for more periods than have a data point.
    TooManyPeriods(ShortPeriods),
}

/// Why an alarm may stay silent when an event comes.
#[derive(Debug, Clone, PartialEq)]
pub enum Silence {
    /// It compares with a band that is learned.
    LearnedBand,
    /// It is in ALARM without events, and one ends that for seconds only.
    LeavesForSeconds,
    /// It ignores percentiles of few samples.
    FewSamples,
    /// One event alone need not meet its condition.
    SeveralEvents {
        /// What events count.
        counts: Counts,
        /// The condition.
        asked: Condition,
        /// Seconds whose events count together.
        span: i32,
    },
    /// So many periods must breach, and one event falls into one period only.
    SeveralPeriods {
        /// How many must breach.
        points: i32,
        /// Of how many.
        of: i32,
    },
    /// It asks for several periods, and not every period has a data point.
    ShortPeriods(ShortPeriods),
}

/// Periods that are shorter than the time from one data point of a metric filter's metric to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortPeriods {
    /// How many must breach.
    pub points: i32,
    /// Of how many.
    pub of: i32,
    /// Seconds of one.
    pub period: i32,
}

/// What an alarm asks of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What it compares: the name of a statistic. `None`: its expression.
    pub statistic: Option<String>,
    /// How.
    pub comparison: Comparison,
    /// With what.
    pub threshold: f64,
}

/// A comparison with a fixed threshold (`ComparisonOperator`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `>`
    Above,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

/// What a metric filter publishes for events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counts {
    /// For one that it matches.
    pub value: f64,
    /// For any other. `None`: nothing.
    pub default: Option<f64>,
}

/// Why it cannot be decided whether an alarm goes to ALARM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FiringDoubt {
    /// It evaluates a `PromQL` query.
    Query,
    /// It does not say which of its metrics is watched.
    NoneWatched,
    /// The metric that it watches is empty.
    EmptyWatched,
    /// Its threshold or its comparison cannot be followed.
    Comparison,
    /// It asks for so many breaching periods of so many.
    Points {
        /// How many must breach.
        points: i32,
        /// Of how many.
        of: i32,
    },
    /// Its period is one that CloudWatch does not accept.
    Period {
        /// Seconds.
        period: i32,
    },
    /// Its window is of calendar periods, and its period is none.
    CalendarPeriod {
        /// Seconds.
        period: i32,
    },
    /// It treats missing data in a way that is not known here.
    MissingData {
        /// The way.
        way: String,
    },
    /// It asks for a statistic that cannot be followed.
    Statistic {
        /// The statistic's name.
        name: String,
    },
    /// Its metric math cannot be followed.
    Expression(ExpressionDoubt),
}

/// Why metric math cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpressionDoubt {
    /// It cannot be read.
    Unreadable,
    /// It is too long.
    TooLong,
    /// It is nested too deeply.
    TooDeep,
    /// Expressions name each other too deeply.
    TooManyNamed,
    /// It uses a list as a value.
    List,
    /// It names what is not among the alarm's metrics.
    UnknownId {
        /// The name.
        id: String,
    },
    /// It calls a function that cannot be followed.
    Function {
        /// The function's name.
        name: String,
    },
}

/// Why CloudWatch does not evaluate an alarm for a while, by its `EvaluationState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// `EVALUATION_FAILURE`
    Failure,
    /// `PARTIAL_DATA`
    PartialData,
    /// `IN_WARM_UP`
    WarmUp,
}

/// A calendar period at whose end an alarm looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarPeriod {
    /// 3,600 s.
    Hour,
    /// 86,400 s.
    Day,
    /// 604,800 s.
    Week,
}
