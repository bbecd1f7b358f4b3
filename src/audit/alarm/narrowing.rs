//! What an alarm sees of what a metric filter matches, where that is not all: a metric with dimensions is one metric for each
//! of their values, and an alarm watches one of them. So the values are further tests of the filter's pattern.
//!
//! Whether what is seen is enough for a control is for the pool to say.

use filter_pattern::Pattern;

use crate::finding::facts::AlarmProblem;

/// What of a filter's events an alarm sees.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::audit) enum Narrowing {
    /// Those in which fields have these texts: dimension, selector, text.
    Where(Vec<(String, String, String)>),
    /// Those that lack one of these fields: what is published without any dimension.
    Without(Vec<String>),
}

impl Narrowing {
    /// The filter's pattern with what the alarm adds. `None`: the two cannot be joined.
    pub(in crate::audit) fn applied_to(&self, pattern: &Pattern) -> Option<Pattern> {
        match self {
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
