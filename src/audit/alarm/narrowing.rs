//! What an alarm sees of what a metric filter matches, where that is not all: a metric with dimensions is one metric
//! for each of their values, and an alarm watches one of them. So the values are further tests of the filter's pattern.
//!
//! Whether what is seen is enough for a control is for the control's judge to decide.

use filter_pattern::Pattern;

use crate::finding::facts::AlarmProblem;
use crate::snapshot::{MetricStat, MetricTransformation};

/// What of a filter's events an alarm sees.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::audit) enum Narrowing {
    /// Those in which fields have these texts: dimension, selector, text.
    Where(Vec<(String, String, String)>),
    /// Those that lack one of these fields: what is published without any dimension.
    Without(Vec<String>),
}

impl Narrowing {
    /// What the dimensions of an alarm leave of what is published with them. `None`: all.
    pub(super) fn by_dimensions(published: &MetricTransformation, stat: &MetricStat) -> Option<Self> {
        let value = |(name, value): (&String, &String)| {
            Some((name.clone(), published.dimensions.get(name)?.clone(), value.clone()))
        };
        let values: Vec<(String, String, String)> = stat.dimensions.iter().filter_map(value).collect();
        (!values.is_empty()).then_some(Self::Where(values))
    }

    /// Without the dimensions that leave nothing out. `None`: nothing is left.
    pub(super) fn without(self, leaves_nothing_out: impl Fn(&str) -> bool) -> Option<Self> {
        let Self::Where(values) = self else { return Some(self) };
        let values: Vec<_> = values.into_iter().filter(|(name, ..)| !leaves_nothing_out(name)).collect();
        (!values.is_empty()).then_some(Self::Where(values))
    }

    /// The filter's pattern with what the alarm adds. `None`: the two cannot be joined.
    pub(in crate::audit) fn applied_to(&self, pattern: &Pattern) -> Option<Pattern> {
        match self {
            // How a boolean or a null is published as a dimension is not documented.
            Self::Where(values)
                if values.iter().any(|(.., text)| matches!(text.as_str(), "true" | "false" | "null")) =>
            {
                None
            }
            Self::Where(values) => values
                .iter()
                .try_fold(pattern.clone(), |narrowed, (_, selector, text)| narrowed.where_text(selector, text)),
            Self::Without(selectors) => pattern.where_missing(selectors.iter().map(String::as_str)),
        }
    }

    /// As it is said of the alarm.
    pub(in crate::audit) fn problem(&self) -> AlarmProblem {
        match self {
            Self::Where(values) => {
                let (dimension, value) =
                    values.first().map(|(dimension, _, value)| (dimension.clone(), value.clone())).unwrap_or_default();
                AlarmProblem::OnlyWhere { dimension, value }
            }
            Self::Without(selectors) => {
                AlarmProblem::OnlyWithout { field: selectors.first().cloned().unwrap_or_default() }
            }
        }
    }
}
