//! Answers that the candidate filters ask for again and again: what sets of patterns make of a control, and what one
//! pattern says of itself. A pattern is known by its place in memory, which is its own as long as the account is judged.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use filter_pattern::Coverage;

use crate::audit::metric_filter::Parsed;

/// What filters make of the control together, once for each set of patterns.
#[derive(Default)]
pub(super) struct Unions {
    answers: RefCell<BTreeMap<Patterns, Coverage>>,
    /// With the first event for a witness that was found.
    rough: RefCell<BTreeMap<Patterns, Coverage>>,
}

type Patterns = BTreeSet<*const Parsed>;

impl Unions {
    /// The answer for these patterns, in whatever order.
    pub(super) fn coverage(&self, all: &[&Parsed], ask: impl FnOnce() -> Coverage) -> Coverage {
        self.answers.borrow_mut().entry(patterns(all)).or_insert_with(ask).clone()
    }

    /// As [`Unions::coverage`], for those who do not show the witness.
    pub(super) fn roughly(&self, all: &[&Parsed], ask: impl FnOnce() -> Coverage) -> Coverage {
        let patterns = patterns(all);
        if let Some(known) = self.answers.borrow().get(&patterns) {
            return known.clone();
        }
        self.rough.borrow_mut().entry(patterns).or_insert_with(ask).clone()
    }
}

fn patterns(all: &[&Parsed]) -> Patterns {
    all.iter().map(|parsed| std::ptr::from_ref(*parsed)).collect()
}

/// The answer to a question about a pattern, once for all filters that have it.
pub(super) struct Memo<'a, T> {
    answers: RefCell<BTreeMap<*const Parsed, T>>,
    ask: Box<dyn Fn(&Parsed) -> T + 'a>,
}

impl<'a, T: Clone> Memo<'a, T> {
    pub(super) fn new(ask: impl Fn(&Parsed) -> T + 'a) -> Self {
        Self { answers: RefCell::new(BTreeMap::new()), ask: Box::new(ask) }
    }

    pub(super) fn answer(&self, parsed: &Parsed) -> T {
        self.answers.borrow_mut().entry(std::ptr::from_ref(parsed)).or_insert_with(|| (self.ask)(parsed)).clone()
    }
}
