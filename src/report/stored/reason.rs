//! Reads reasons, and what is accepted of them, back from a JSON report. Facts are not in a report: a reason that is read is
//! a [`Facts::Reported`].

use filter_pattern::Pattern;
use jiff::civil::Date;
use serde::Deserialize;

use super::words::{StoredError, unknown, word};
use crate::finding::{Code, Exception, Facts, Idle, Reason, UnusedWaiver, Waiver};

#[derive(Deserialize, Clone)]
pub(super) struct ReasonRow {
    pub(super) code: String,
    pub(super) message: String,
    resource: Option<String>,
}

impl ReasonRow {
    pub(super) fn reason(self, remedy: Option<String>) -> Result<Reason, StoredError> {
        let Self { code: word, message, resource } = self;
        Ok(Reason::new(Facts::Reported { code: code(&word)?, resource, sentence: message, remedy }))
    }
}

#[derive(Deserialize, Clone)]
pub(super) struct WaiverRow {
    reason: String,
    owner: String,
    expires: Date,
}

impl WaiverRow {
    pub(super) fn waiver(self) -> Waiver {
        let Self { reason, owner, expires } = self;
        Waiver { reason, owner, expires }
    }
}

#[derive(Deserialize)]
pub(super) struct ExceptionRow {
    events: String,
    #[serde(default)]
    evadable: Vec<String>,
    #[serde(default)]
    leaves: Option<String>,
    #[serde(flatten)]
    waiver: WaiverRow,
}

impl ExceptionRow {
    pub(super) fn exception(self) -> Result<Exception, StoredError> {
        let events = Pattern::parse(&self.events).map_err(|_| unknown("exceptions.events", &self.events))?;
        Ok(Exception { events, evadable: self.evadable, leaves: self.leaves, waiver: self.waiver.waiver() })
    }
}

#[derive(Deserialize)]
pub(super) struct UnusedRow {
    rule: String,
    state: String,
    #[serde(flatten)]
    waiver: WaiverRow,
}

impl UnusedRow {
    pub(super) fn waiver(self) -> Result<UnusedWaiver, StoredError> {
        let why = word("unused_waivers.state", &self.state, [Idle::Expired, Idle::Unused], Idle::as_str)?;
        Ok(UnusedWaiver { rule: self.rule, waiver: self.waiver.waiver(), why })
    }
}

pub(super) fn code(word: &str) -> Result<Code, StoredError> {
    Code::ALL.iter().copied().find(|code| code.as_str() == word).ok_or_else(|| unknown("a reason's code", word))
}
