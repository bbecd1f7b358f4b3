//! What becomes of it when an alarm of a replay goes to ALARM: whether its actions run, and what may hold them back. Where they
//! lead is not asked.

use super::actions::Actor;
use super::index::Index;
use crate::audit::link::LinkOutcome;
use crate::finding::Reason;

/// What becomes of an alarm's change to ALARM.
#[derive(Debug, Clone, Default)]
pub(crate) struct Acts {
    /// Why no action of it runs.
    pub(crate) silent: Option<Reason>,
    /// What may hold its actions back.
    pub(crate) notes: Vec<Reason>,
}

impl Acts {
    pub(super) fn new(index: &Index<'_>, alarm: &Actor<'_>) -> Self {
        match index.barred(alarm) {
            Err(silent) => Self { silent: Some(silent), notes: Vec::new() },
            Ok((muted, at_times)) => {
                let doubt = match muted {
                    LinkOutcome::Unknown(reason) => Some(reason),
                    LinkOutcome::Whole | LinkOutcome::Broken(_) => None,
                };
                Self { silent: None, notes: doubt.into_iter().chain(at_times).collect() }
            }
        }
    }
}
