//! Which events a subscriber is notified of, pattern by pattern, for a replay: for certain, and perhaps. What could not be
//! read or decided is never taken for a chain that is missing.

use filter_pattern::Pattern;

use super::candidates::CandidateFilters;
use super::upstream::Upstream;
use crate::audit::link::LinkOutcome;

/// What reports the events that a control demands, if no alarm is in ALARM for something of every day: that is what a
/// replay shows.
#[derive(Debug, Default)]
pub(in crate::audit) struct Reporting {
    /// Of chains on which a subscriber is notified of each event.
    pub(in crate::audit) certain: Vec<Reported>,
    /// Of chains on which this is not known: an event that none of them matches takes none of them.
    pub(in crate::audit) possible: Vec<Pattern>,
    /// Any event may be reported: filters were not read, or their patterns cannot be.
    pub(in crate::audit) is_open: bool,
}

/// The events that take a chain.
#[derive(Debug)]
pub(in crate::audit) struct Reported {
    pub(in crate::audit) pattern: Pattern,
    /// The name of its alarm.
    pub(in crate::audit) alarm: String,
}

impl Reporting {
    /// Of a control's candidates, behind these trails.
    pub(super) fn new(candidates: &CandidateFilters<'_>, upstreams: &[Upstream<'_>]) -> Self {
        let is_unread = |upstream: &Upstream<'_>| {
            matches!(upstream.outcome, LinkOutcome::Unknown(_)) && upstream.delivery.is_unread()
        };
        let mut reporting = Self { is_open: upstreams.iter().any(is_unread), ..Self::default() };
        for candidate in candidates.each() {
            let notifies = candidate.notifies();
            if notifies == Some(false) {
                continue;
            }
            match candidate.parsed().pattern().filter(|_| notifies == Some(true)) {
                Some(pattern) => {
                    let alarm = candidate.alarm().unwrap_or_default().to_owned();
                    reporting.certain.push(Reported { pattern: pattern.clone(), alarm });
                }
                None => match candidate.parsed().widest().or_else(|| candidate.own().widest()) {
                    Some(pattern) => reporting.possible.push(pattern.clone()),
                    None => reporting.is_open = true,
                },
            }
        }
        reporting
    }
}
