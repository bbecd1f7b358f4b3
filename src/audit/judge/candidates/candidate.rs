//! A metric filter with one of its paths, behind a trail: one of a control's candidates.

use crate::audit::chain::{Filter, FilterPath};
use crate::audit::link::{LinkOutcome, Soundness};
use crate::audit::metric_filter::Parsed;
use crate::finding::facts::FilterProblem;
use crate::finding::{Facts, Reason, Warning};
use crate::rule::{Events, slug_of};

use super::super::upstream::Upstream;

/// A filter behind a trail that may record what the control demands.
pub(in crate::audit::judge) struct CandidateFilter<'a> {
    pub(super) upstream: &'a Upstream<'a>,
    pub(super) filter: &'a Filter<'a>,
    pub(super) path: &'a FilterPath,
    pub(super) outcome: LinkOutcome,
}

impl<'a> CandidateFilter<'a> {
    /// A filter with one of its paths, behind a trail.
    pub(super) fn new(
        upstream: &'a Upstream<'a>,
        filter: &'a Filter<'a>,
        path: &'a FilterPath,
        events: &Events,
    ) -> Self {
        let outcome = upstream.outcome.clone().and(path.downstream.outcome.clone());
        let outcome = outcome.and(matches_everything(filter, path, events));
        Self { upstream, filter, path, outcome }
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.outcome, LinkOutcome::Whole)
    }

    pub(super) fn may_be_whole(&self) -> bool {
        !matches!(self.outcome, LinkOutcome::Broken(_))
    }

    /// Whether it is on the log group that another filter is on.
    pub(super) fn is_on(&self, other: &Self) -> bool {
        self.upstream.delivery.arn == other.upstream.delivery.arn
    }

    /// The control that its name and those of its metrics are clear about.
    pub(super) fn slug(&self) -> Option<&'static str> {
        let filter = self.filter.filter;
        slug_of(filter.transformations.iter().map(|metric| metric.name.as_str()).chain([filter.name.as_str()]))
    }

    /// Where its metrics are.
    pub(super) fn region(&self) -> Option<&'a str> {
        self.upstream.delivery.arn.as_ref()?.region()
    }

    /// The pattern of the events that take this path.
    pub(in crate::audit::judge) fn parsed(&self) -> &'a Parsed {
        &self.path.parsed
    }

    /// The filter's own pattern.
    pub(in crate::audit::judge) fn own(&self) -> &'a Parsed {
        &self.filter.parsed
    }

    /// What else is reported of it: of its trail and log group, its pattern, and its path to a subscriber.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = self.upstream.warnings.clone();
        warnings.extend(self.matches_routine());
        warnings.extend(self.path.downstream.warnings.iter().cloned());
        warnings
    }

    pub(super) fn matches_routine(&self) -> Option<Warning> {
        let what = self.parsed().routine()?;
        let name = &self.filter.filter.name;
        Some(Reason::new(Facts::filter(name, FilterProblem::MatchesRoutine { what })))
    }

    pub(super) fn soundness(&self) -> Soundness {
        let routine = self.parsed().routine().map_or(Soundness::Sound, |_| Soundness::Weak);
        Soundness::from_warnings(&self.upstream.warnings).max(self.path.downstream.soundness()).max(routine)
    }

    /// Whether a subscriber is notified of each event that takes this path, whatever the filter matches of every day and
    /// whatever the trail excludes: an event that is there was recorded. `None`: it could not be read or decided.
    pub(in crate::audit::judge) fn notifies(&self) -> Option<bool> {
        match (&self.outcome, self.path.downstream.soundness()) {
            (LinkOutcome::Broken(_), _) => Some(false),
            (LinkOutcome::Whole, Soundness::Sound) => Some(true),
            (LinkOutcome::Unknown(_), Soundness::Sound) | (_, Soundness::Unverified) => None,
            (_, Soundness::Weak) if self.path.downstream.unread.is_some() => None,
            (_, Soundness::Weak) => Some(false),
        }
    }

    /// The alarm on this path.
    pub(in crate::audit::judge) fn alarm(&self) -> Option<&'a str> {
        self.path.downstream.chain.alarms().next().map(|alarm| alarm.arn.name())
    }

    pub(super) fn weaknesses(&self) -> usize {
        self.path.downstream.weaknesses()
            + self.upstream.warnings.len()
            + usize::from(self.parsed().routine().is_some())
    }

    /// What was not read and could make of it one that notifies a subscriber of every event.
    pub(super) fn might_be_sound(&self) -> Option<&Reason> {
        if self.parsed().routine().is_some() || Soundness::from_warnings(&self.upstream.warnings) == Soundness::Weak {
            return None;
        }
        match &self.outcome {
            LinkOutcome::Unknown(reason) => Some(reason),
            LinkOutcome::Whole => self.path.downstream.unread.as_ref(),
            LinkOutcome::Broken(_) => None,
        }
    }
}

/// Whether a filter's alarm can ever leave ALARM: not if the filter matches all that happens every day. What the benchmark
/// prints for the control is none the worse for it.
fn matches_everything(filter: &Filter<'_>, path: &FilterPath, events: &Events) -> LinkOutcome {
    if path.parsed.matches_all_routine() && !path.parsed.is(&events.pattern) {
        return LinkOutcome::from_reason(Reason::new(Facts::filter(
            &filter.filter.name,
            FilterProblem::MatchesEverything,
        )));
    }
    LinkOutcome::Whole
}
