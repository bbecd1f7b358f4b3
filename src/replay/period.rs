//! The time of a replay, from its first event to its last, and counts by equal parts of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Parts of the time in a chart.
pub(crate) const PARTS: usize = 48;

/// Some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first event.
    pub from: Timestamp,
    /// The last.
    pub to: Timestamp,
}

impl Period {
    /// It is shorter than a day, and rates are those of one.
    #[must_use]
    pub fn is_counted_as_a_day(self) -> bool {
        self.to.as_second() - self.from.as_second() < 86_400
    }

    /// In days, and never less than one: what happened in an hour says nothing of a day, and a rate of it would be a guess.
    #[must_use]
    pub fn days(self) -> f64 {
        let seconds = self.to.as_second() - self.from.as_second();
        // No time of an event is so long that its seconds lose a digit.
        (seconds as f64 / 86_400.0).max(1.0)
    }
}

/// Counts by minute as counts by equal parts of the time.
pub(super) fn chart(minutes: &BTreeMap<i64, u64>, first: i64, last: i64) -> Vec<u64> {
    let mut chart = vec![0; PARTS];
    let (from, span) = (first.div_euclid(60) * 60, (last - first.div_euclid(60) * 60 + 1).max(1));
    for (minute, count) in minutes {
        let part = (minute - from).max(0).saturating_mul(PARTS as i64) / span;
        if let Some(part) = usize::try_from(part).ok().and_then(|part| chart.get_mut(part.min(PARTS - 1))) {
            *part += count;
        }
    }
    chart
}
