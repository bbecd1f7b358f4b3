//! A metric filter with one of its paths, behind a trail: what a control's pool is made of.

use crate::audit::chain::{Filter, FilterRoad};
use crate::audit::link::{Outcome, Soundness};
use crate::audit::metric_filter::Parsed;
use crate::finding::facts::FilterProblem;
use crate::finding::{Facts, Reason, Warning};
use crate::rule::Events;

use super::super::upstream::Upstream;

/// A filter behind a trail that may record what the control demands.
pub(super) struct Member<'a> {
    pub(super) road: &'a Upstream<'a>,
    pub(super) filter: &'a Filter<'a>,
    pub(super) way: &'a FilterRoad,
    pub(super) outcome: Outcome,
}

impl<'a> Member<'a> {
    /// A filter with one of its paths, behind a trail.
    pub(super) fn new(road: &'a Upstream<'a>, filter: &'a Filter<'a>, way: &'a FilterRoad, events: &Events) -> Self {
        let outcome = road.outcome.clone().and(way.tail.outcome.clone());
        let outcome = outcome.and(matches_everything(filter, way, events));
        Self { road, filter, way, outcome }
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.outcome, Outcome::Whole)
    }

    pub(super) fn may_be_whole(&self) -> bool {
        !matches!(self.outcome, Outcome::Broken(_))
    }

    /// Whether it is on the log group that another filter is on.
    pub(super) fn is_on(&self, other: &Self) -> bool {
        self.road.delivery.arn == other.road.delivery.arn
    }

    /// Where its metrics are.
    pub(super) fn region(&self) -> Option<&'a str> {
        self.road.delivery.arn.as_ref()?.region()
    }

    /// The pattern of the events that take this path.
    pub(super) fn parsed(&self) -> &'a Parsed {
        &self.way.parsed
    }

    /// The filter's own pattern.
    pub(super) fn own(&self) -> &'a Parsed {
        &self.filter.parsed
    }

    /// What else is reported of it: of its trail and log group, its pattern, and its path to a subscriber.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = self.road.warnings.clone();
        warnings.extend(self.matches_routine());
        warnings.extend(self.way.tail.warnings.iter().cloned());
        warnings
    }

    pub(super) fn matches_routine(&self) -> Option<Warning> {
        let what = self.parsed().routine()?;
        let name = &self.filter.filter.name;
        Some(Reason::new(Facts::filter(name, FilterProblem::MatchesRoutine { what })))
    }

    pub(super) fn soundness(&self) -> Soundness {
        let routine = self.parsed().routine().map_or(Soundness::Sound, |_| Soundness::Weak);
        Soundness::of(&self.road.warnings).max(self.way.tail.soundness()).max(routine)
    }

    /// Whether its trail, log group and path are sound, whatever its pattern matches of every day.
    pub(super) fn is_path_sound(&self) -> bool {
        Soundness::of(&self.road.warnings).max(self.way.tail.soundness()) == Soundness::Sound
    }

    pub(super) fn weaknesses(&self) -> usize {
        self.way.tail.weaknesses() + self.road.warnings.len() + usize::from(self.parsed().routine().is_some())
    }

    /// What was not read and could make of it one that notifies a subscriber of every event.
    pub(super) fn might_be_sound(&self) -> Option<&Reason> {
        if self.parsed().routine().is_some() || Soundness::of(&self.road.warnings) == Soundness::Weak {
            return None;
        }
        match &self.outcome {
            Outcome::Unknown(reason) => Some(reason),
            Outcome::Whole => self.way.tail.unread.as_ref(),
            Outcome::Broken(_) => None,
        }
    }
}

/// Whether a filter's alarm can ever leave ALARM: not if the filter matches all that happens every day. What the benchmark
/// prints for the control is none the worse for it.
fn matches_everything(filter: &Filter<'_>, way: &FilterRoad, events: &Events) -> Outcome {
    if way.parsed.matches_all_routine() && !way.parsed.is(&events.pattern) {
        return Outcome::of(Reason::new(Facts::filter(&filter.filter.name, FilterProblem::MatchesEverything)));
    }
    Outcome::Whole
}
