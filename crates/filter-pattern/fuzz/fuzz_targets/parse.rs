//! Any text is a pattern or an error that can be shown; what is printed reads back as the same pattern, and what is offered
//! in place of a refused text is a pattern.

#![no_main]

use filter_pattern::{EventModel, Pattern, explain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match Pattern::parse(text) {
    Ok(pattern) => {
        let printed = pattern.to_string();
        assert_eq!(Pattern::parse(&printed).as_ref(), Ok(&pattern), "{text:?} is printed {printed:?}");
        let _ = explain(&pattern, &EventModel::default());
    }
    Err(error) => {
        assert!(text.get(error.span().range()).is_some());
        assert_eq!(error.caret().lines().count(), 2);
        assert!(!error.to_string().contains('\n'));
        if let Some(repair) = error.repair() {
            assert!(Pattern::parse(repair.pattern()).is_ok(), "{text:?} is repaired {repair:?}");
            assert!(repair.faults().iter().all(|fault| text.get(fault.span().range()).is_some()));
        }
    }
});
