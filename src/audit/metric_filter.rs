//! Third link: which metric filters match what a control demands?
//!
//! A filter is read once, whatever the number of controls. What the language says is [`filter_pattern`]'s knowledge;
//! here is what a deployed filter adds to its pattern.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use filter_pattern::{Candidate, Matched, Pattern};

use super::alarm::Narrowing;
use super::routine;
use crate::finding::facts::{Gate, PatternDoubt, Routine};
use crate::refused;
use crate::remembered::Remembered;
use crate::snapshot::MetricFilter;

/// No such filter can be in AWS, only in a file: nothing is searched for it.
pub(super) fn is_too_long(pattern: &str) -> bool {
    pattern.len() > filter_pattern::LONGEST && pattern.chars().nth(filter_pattern::LONGEST).is_some()
}

/// A filter whose pattern has been read, if it could be.
pub(super) struct Parsed {
    pattern: Result<Pattern, PatternDoubt>,
    gate: Option<Gate>,
    routine: OnceLock<Option<Routine>>,
    /// Of a reading that accounts share: no other one has it.
    number: Option<u64>,
}

impl Parsed {
    /// Reads a filter's pattern, or takes what was read of one with the same text.
    pub(super) fn shared(filter: &MetricFilter) -> Arc<Self> {
        type Reading = (String, bool, Option<String>);
        static READINGS: LazyLock<Remembered<Reading, Arc<Parsed>>> = LazyLock::new(Remembered::default);
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let MetricFilter { pattern, apply_on_transformed_logs, field_selection_criteria, .. } = filter;
        let reading = (pattern.clone(), *apply_on_transformed_logs, field_selection_criteria.clone());
        let number = || Some(NUMBERS.fetch_add(1, Ordering::Relaxed));
        READINGS.answer(&reading, || Arc::new(Self { number: number(), ..Self::new(filter) }))
    }

    /// Reads a filter's pattern.
    pub(super) fn new(filter: &MetricFilter) -> Self {
        let gate = if filter.apply_on_transformed_logs {
            Some(Gate::Transformed)
        } else if filter.field_selection_criteria.as_deref().is_some_and(|criteria| !criteria.trim().is_empty()) {
            Some(Gate::SecondCondition)
        } else {
            None
        };
        let pattern = if is_too_long(&filter.pattern) {
            Err(PatternDoubt::TooLong { longest: filter_pattern::LONGEST })
        } else {
            Pattern::parse(&filter.pattern).map_err(|error| PatternDoubt::Refused { error: refused::in_place(&error) })
        };
        Self { pattern, gate, routine: OnceLock::new(), number: None }
    }

    /// The filter as an alarm sees it that does not see all of its events.
    pub(super) fn narrowed(&self, narrowing: &Narrowing) -> Self {
        let pattern =
            self.pattern.clone().and_then(|pattern| narrowing.applied_to(&pattern).ok_or(PatternDoubt::ValuesUnknown));
        Self { pattern, gate: self.gate, routine: OnceLock::new(), number: None }
    }

    /// The filter as coverage sees it. A pattern that the service accepted and we cannot read is wholly unknown.
    pub(super) fn candidate(&self) -> Candidate<'_> {
        match (&self.pattern, self.gate) {
            (Ok(pattern), None) => Candidate::new(pattern),
            (Ok(pattern), Some(gate)) => Candidate::new(pattern).gated(gate.words()),
            (Err(why), _) => Candidate::opaque(why.words()),
        }
    }

    /// Its pattern, where that alone decides what it matches.
    pub(super) fn pattern(&self) -> Option<&Pattern> {
        self.pattern.as_ref().ok().filter(|_| self.gate.is_none())
    }

    /// Its pattern, where it can be read: it matches nothing that this does not match.
    pub(super) fn widest(&self) -> Option<&Pattern> {
        self.pattern.as_ref().ok()
    }

    /// The number of its reading, if others share it.
    pub(super) fn number(&self) -> Option<u64> {
        self.number
    }

    /// Whether what its pattern says of an event may depend on a field. One that could not be read says nothing of any.
    pub(super) fn may_look_at(&self, field: &[&str]) -> bool {
        self.pattern.as_ref().is_ok_and(|pattern| pattern.may_look_at(field))
    }

    /// Its pattern can be read.
    pub(super) fn is_read(&self) -> bool {
        self.pattern.is_ok()
    }

    /// What of every day it matches too.
    pub(super) fn routine(&self) -> Option<Routine> {
        *self.routine.get_or_init(|| self.pattern.as_ref().ok().and_then(routine::matched_by))
    }

    /// Whether its pattern is one of fields, or of every event.
    pub(super) fn looks_into_json(&self) -> bool {
        self.pattern.as_ref().is_ok_and(Pattern::looks_into_json)
    }

    /// Whether it matches all that happens every day.
    pub(super) fn matches_all_routine(&self) -> bool {
        self.routine().is_some() && self.pattern.as_ref().is_ok_and(routine::matches_all)
    }

    /// Whether this is its pattern.
    pub(super) fn is(&self, pattern: &Pattern) -> bool {
        self.pattern.as_ref() == Ok(pattern)
    }

    /// Whether it may match an event.
    pub(super) fn may_match(&self, event: &str) -> bool {
        self.pattern.as_ref().map_or(true, |pattern| pattern.matches(event) != Matched::No)
    }
}
