//! Which test of which metric filter excludes a finding's example event: what reports put carets under.

use std::ops::Range;

use super::{Code, Facts, Finding};

/// A metric filter's pattern, and the tests in it that exclude an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded<'a> {
    /// The metric filter's name.
    pub filter: &'a str,
    /// Its pattern, byte for byte.
    pub pattern: &'a str,
    /// The tests, in bytes of the pattern: at least one.
    pub tests: Vec<Range<usize>>,
}

impl Finding {
    /// The tests that exclude the example event, of the metric filter in which they are fewest. `None`: there is no example
    /// event, it is not for a pattern that nobody is notified of it, or no filter asks for it.
    #[must_use]
    pub fn excluded(&self) -> Option<Excluded<'_>> {
        let reason = self.reason.as_ref().filter(|reason| reason.code() == Code::MetricFilterMissesEvents)?;
        let Facts::MetricFilter { filters, .. } = &*reason.facts else { return None };
        let event = self.witness.as_ref()?.to_json_line();
        let of_chain = self.chain.metric_filters().filter(|filter| filters.contains(&filter.name));
        let excluded = of_chain.map(|filter| {
            let tests = filter_pattern::excluding(&filter.pattern, &event).into_iter().map(|span| span.range());
            Excluded { filter: &filter.name, pattern: &filter.pattern, tests: tests.collect() }
        });
        excluded.filter(|excluded| !excluded.tests.is_empty()).min_by_key(|excluded| excluded.tests.len())
    }
}
