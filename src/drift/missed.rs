//! What a report says that a control misses, and whether an earlier one said so already: compared by meaning, so that a
//! filter which is cut down further is a new failure, however it is written.

use filter_pattern::{Candidate, Cause, Holes, Matched, Pattern, is_covered};

use crate::cloudtrail;

/// Events that a control demands and that no one would be notified of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// A pattern of just these events. `None`: it could not be written.
    pub pattern: Option<Pattern>,
    /// One of them, as a line of JSON.
    pub event: Option<String>,
    /// Why they are missed; what cannot be compared by its pattern is by this.
    pub causes: Vec<Cause>,
    /// The values of the demand's list that are meant, where not all are.
    pub choices: Vec<String>,
    /// Whether it stands for events that were not looked at one by one.
    pub is_open: bool,
}

impl Missed {
    /// What a finding misses.
    pub(super) fn from_holes(holes: &Holes) -> Vec<Self> {
        let listed = holes.list.iter().map(|hole| Self {
            pattern: hole.pattern().cloned(),
            event: Some(hole.witness().to_json_line()),
            causes: hole.causes().to_vec(),
            choices: hole.choices().map(|choices| choices.values.clone()).unwrap_or_default(),
            is_open: false,
        });
        let more = holes.more.iter().map(|more| Self {
            pattern: None,
            event: Some(more.to_json_line()),
            causes: Vec::new(),
            choices: Vec::new(),
            is_open: true,
        });
        listed.chain(more).collect()
    }

    /// Whether an earlier report said that these events are missed. Where it did not look at all, it may have.
    fn is_in(&self, before: &[Self]) -> bool {
        let patterns: Vec<&Pattern> = before.iter().filter_map(|missed| missed.pattern.as_ref()).collect();
        let known: Vec<Candidate<'_>> = patterns.iter().map(|pattern| Candidate::new(pattern)).collect();
        let is_matched = |event: &String| patterns.iter().any(|pattern| pattern.matches(event) == Matched::Yes);
        let is_same =
            |missed: &Self| missed.pattern.is_none() && missed.causes == self.causes && missed.choices == self.choices;
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
