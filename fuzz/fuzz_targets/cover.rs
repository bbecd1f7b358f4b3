//! A demand and filters, one a line, and a last line that is an event: what is said to be covered is not missed on that
//! event, and a witness proves what it is shown for. No question takes long.

#![no_main]

use std::time::{Duration, Instant};

use cis_audit::pattern::{Candidate, Coverage, Matched, Pattern, aims_at, broader, covers};
use libfuzzer_sys::fuzz_target;

/// Generous: the build is instrumented.
const LIMIT: Duration = Duration::from_secs(8);

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let Some(Ok(demand)) = lines.next().map(Pattern::parse) else { return };
    let event = lines.next_back().unwrap_or_default();
    let filters: Vec<Pattern> = lines.filter_map(|line| Pattern::parse(line).ok()).collect();
    let found: Vec<Candidate<'_>> = filters.iter().map(Candidate::new).collect();
    let start = Instant::now();
    let answer = covers(&found, &demand);
    let _ = found.iter().map(|filter| aims_at(filter, &demand)).count();
    match &answer {
        Coverage::Missed(witness) => {
            let line = witness.to_json_line();
            assert_eq!(demand.matches(&line), Matched::Yes, "{line}");
            assert!(filters.iter().all(|filter| filter.matches(&line) == Matched::No), "{line}");
        }
        Coverage::Covered => {
            let is_record =
                demand.examine(event).is_object && event.starts_with(r#"{"eventName":"x","eventSource":"y","#);
            let is_missed = demand.matches(event) == Matched::Yes
                && filters.iter().all(|filter| filter.matches(event) == Matched::No);
            // Only what could be a record of CloudTrail is an event; here its free fields vary.
            let is_free = is_record && event[r#"{"eventName":"x","eventSource":"y","#.len()..].starts_with(r#""free""#);
            assert!(!(is_missed && is_free), "covered, but {event} is missed");
        }
        Coverage::Undecided(_) => {}
    }
    if let Some(witness) = broader(&found, &demand) {
        let line = witness.to_json_line();
        assert_eq!(demand.matches(&line), Matched::No, "{line}");
        assert!(filters.iter().any(|filter| filter.matches(&line) == Matched::Yes), "{line}");
    }
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
});
