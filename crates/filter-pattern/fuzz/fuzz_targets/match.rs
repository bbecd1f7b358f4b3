//! A pattern on an event, a line between them: no crash, and of two spellings of a pattern one answer. What is said to be
//! a JSON object is one to another reader too.

#![no_main]

use filter_pattern::Pattern;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (pattern, event) = text.split_once('\n').unwrap_or((text, "{}"));
    let Ok(pattern) = Pattern::parse(pattern) else { return };
    let examined = pattern.examine(event);
    let respelt = Pattern::parse(&pattern.to_string()).expect("what was printed is a pattern");
    assert_eq!(examined, respelt.examine(event));
    assert_eq!(examined.matched, pattern.matches(event));
    let _ = pattern.unmet(event);
});
