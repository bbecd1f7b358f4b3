//! A demand and filters, one a line, and a last line that is an event: what is said to be covered is not missed on that
//! event, and a witness proves what it is shown for. No question takes long. With an empty model any object is an event;
//! with one of some fields only the witnesses are checked.

#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use filter_pattern::{
    Candidate, Coverage, EventModel, Fact, Field, Kinds, Matched, Pattern, aims_at, broader, covers,
};
use libfuzzer_sys::fuzz_target;

/// Generous: the build is instrumented.
const LIMIT: Duration = Duration::from_secs(16);

static ORDERS: LazyLock<EventModel> = LazyLock::new(|| {
    EventModel::new("order")
        .field(Field::new("a", Kinds::TEXT).ordinary_texts(["A", "B"]))
        .field(Field::new("b", Kinds::TEXT.or(Kinds::MISSING)).may_be_empty())
        .field(Field::new("c", Kinds::OBJECT))
        .field(Field::new("c.d", Kinds::NUMBER.or(Kinds::NULL)))
        .field(Field::new("l[]", Kinds::TEXT.or(Kinds::MISSING)))
        .always(Fact::text("a", "A"), Fact::present("b"))
        .ordinarily(Fact::present("b"), "a", ["A"])
        .chosen_first(["b", "c.d"])
        .shown("a", "A")
});

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let Some(Ok(demand)) = lines.next().map(Pattern::parse) else { return };
    let event = lines.next_back().unwrap_or_default();
    let filters: Vec<Pattern> = lines.filter_map(|line| Pattern::parse(line).ok()).collect();
    let found: Vec<Candidate<'_>> = filters.iter().map(Candidate::new).collect();
    let start = Instant::now();
    let anything = EventModel::default();
    for model in [&anything, &*ORDERS] {
        let answer = covers(&found, &demand, model);
        let _ = found.iter().map(|filter| aims_at(filter, &demand, model)).count();
        if let Coverage::Missed(witness) = &answer {
            let line = witness.to_json_line();
            assert_eq!(demand.matches(&line), Matched::Yes, "{line}");
            assert!(filters.iter().all(|filter| filter.matches(&line) == Matched::No), "{line}");
        }
        if answer == Coverage::Covered && std::ptr::eq(model, &anything) && demand.examine(event).is_object {
            let is_missed = demand.matches(event) == Matched::Yes
                && filters.iter().all(|filter| filter.matches(event) == Matched::No);
            assert!(!is_missed, "covered, but {event} is missed");
        }
        if let Some(witness) = broader(&found, &demand, model) {
            let line = witness.to_json_line();
            assert_eq!(demand.matches(&line), Matched::No, "{line}");
            assert!(filters.iter().any(|filter| filter.matches(&line) == Matched::Yes), "{line}");
        }
    }
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
});
