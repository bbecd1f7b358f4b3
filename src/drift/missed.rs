//! What a report says that a control misses, and whether an earlier one said so already: compared by meaning, so that a
//! filter which is cut down further is a new failure, however it is written.

use filter_pattern::{Candidate, Hole, Holes, Matched, Pattern, is_covered};

use crate::cloudtrail;

/// Events that a control demands and that no one would be notified of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// A pattern of just these events. `None`: it could not be written.
    pub pattern: Option<Pattern>,
    /// One of them, as a line of JSON.
    pub event: Option<String>,
    /// Why they are missed, in a sentence; what cannot be compared by its pattern is by this.
    pub cause: String,
    /// Whether it stands for events that were not looked at one by one.
    pub is_open: bool,
}

impl Missed {
    /// What a finding misses.
    pub(super) fn of(holes: &Holes) -> Vec<Self> {
        let cause = |hole: &Hole| {
            let causes: Vec<String> = hole.causes().iter().map(ToString::to_string).collect();
            Self::key(&causes.join("; "), hole.choices().map(|choices| choices.values.as_slice()).unwrap_or_default())
        };
        let listed = holes.list.iter().map(|hole| Self {
            pattern: hole.pattern().cloned(),
            event: Some(hole.witness().to_json_line()),
            cause: cause(hole),
            is_open: false,
        });
        let open = |event| Self { pattern: None, event: Some(event), cause: String::new(), is_open: true };
        let more = holes.more.iter().map(|more| open(more.to_json_line()));
        listed.chain(more).collect()
    }

    /// A cause in a sentence, with the values of the demand's list that are meant.
    pub(crate) fn key(cause: &str, values: &[String]) -> String {
        format!("{cause} {}", values.join(" "))
    }

    /// Whether an earlier report said that these events are missed. Where it did not look at all, it may have.
    fn is_in(&self, before: &[Self]) -> bool {
        let patterns: Vec<&Pattern> = before.iter().filter_map(|missed| missed.pattern.as_ref()).collect();
        let known: Vec<Candidate<'_>> = patterns.iter().map(|pattern| Candidate::new(pattern)).collect();
        let is_matched = |event: &String| patterns.iter().any(|pattern| pattern.matches(event) == Matched::Yes);
        let is_same = |missed: &Self| missed.pattern.is_none() && missed.cause == self.cause;
        before.iter().any(|missed| missed.is_open || is_same(missed))
            || match &self.pattern {
                Some(pattern) => is_covered(&known, pattern, cloudtrail::events()),
                None => self.event.as_ref().is_none_or(is_matched),
            }
    }
}

/// Whether something is missed that an earlier report did not say. Never where one of them lists nothing.
pub(super) fn is_more(before: &[Missed], now: &[Missed]) -> bool {
    !before.is_empty() && now.iter().any(|missed| !missed.is_in(before))
}
