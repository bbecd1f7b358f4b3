//! The links of the chain, in the order in which an event travels.

/// A link of the chain, in the order in which an event travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// The CloudTrail trail that records the event.
    Trail,
    /// The log group that the trail delivers it to.
    LogGroup,
    /// The metric filter that matches it.
    MetricFilter,
    /// The alarm on the filter's metric.
    Alarm,
    /// The SNS topic among the alarm's actions.
    Topic,
    /// The subscription through which a person is notified.
    Subscription,
    /// AWS Security Hub CSPM, which is no link of the chain: whether it is enabled, and what it makes of one.
    SecurityHub,
}

impl Link {
    /// The links of the chain, first to last.
    pub const CHAIN: [Self; 6] =
        [Self::Trail, Self::LogGroup, Self::MetricFilter, Self::Alarm, Self::Topic, Self::Subscription];

    /// The word in reports and in codes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trail => "trail",
            Self::LogGroup => "log_group",
            Self::MetricFilter => "metric_filter",
            Self::Alarm => "alarm",
            Self::Topic => "topic",
            Self::Subscription => "subscription",
            Self::SecurityHub => "security_hub",
        }
    }

    /// The words for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Trail => "trail",
            Self::LogGroup => "log group",
            Self::MetricFilter => "metric filter",
            Self::Alarm => "alarm",
            Self::Topic => "topic",
            Self::Subscription => "subscription",
            Self::SecurityHub => "Security Hub CSPM",
        }
    }
}
