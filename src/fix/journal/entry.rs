//! The lines of a journal, and what its entries say of a call.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fix::plan::{Plan, Step};

/// The only version of the document that this program writes and reads.
pub const SCHEMA_VERSION: u32 = 1;

/// The first line: which run in which account the rest is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the document's shape: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of the program that wrote it.
    pub tool_version: String,
    /// The account that was written to, 12 digits.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The region that was asked for.
    pub region: String,
    /// When the account was read that the plan was made for.
    pub collected_at: Timestamp,
}

impl Header {
    /// The header of a run of a plan.
    #[must_use]
    pub fn from_plan(plan: &Plan) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            account_id: plan.account_id.clone(),
            partition: plan.partition.clone(),
            region: plan.region.clone(),
            collected_at: plan.collected_at,
        }
    }
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is about to be made.
    Begun,
    /// It succeeded.
    Done,
    /// It was refused, and had no effect.
    Refused,
    /// It failed, and may have taken effect all the same: an answer can be lost.
    Failed,
    /// What the step made is gone: it was undone. About the whole step, so that `call` and `resource` are empty.
    Undone,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End<'a> {
    /// How it ended.
    pub state: &'a State,
    /// The service's message about a call that was refused or failed.
    pub reason: Option<&'a str>,
    /// What the service calls what was made, where that is not a name of the step.
    pub made: Option<&'a str>,
}

/// One call of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The step's id.
    pub step: String,
    /// IAM's name of the call: `sns:CreateTopic`.
    pub call: String,
    /// The ARN or name that it is about.
    pub resource: String,
    /// How far it is.
    pub state: State,
    /// When, by the services' clock (the `Date` of their answers), which is also that of the times that they give of what
    /// was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What the service calls what was made, where that is not a name of the step: a key's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// The service's message about a call that was refused or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The whole step, in the first entry that is about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Step>,
}

/// One call that may have had an effect, as its entries record it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// IAM's name of the call.
    pub call: String,
    /// When it was begun. `None`: the journal is of a version that did not say.
    pub begun: Option<Timestamp>,
    /// When its answer came. `None`: the run ended before that.
    pub ended: Option<Timestamp>,
    /// The answer said that it is done.
    pub is_done: bool,
    /// The service's message otherwise.
    pub message: Option<String>,
    /// What the service calls what was made.
    pub made: Option<String>,
}

/// By how much a time that a service gives may lie outside the call that it is of. `Date`, by which the call's times are
/// put right, has whole seconds, and is as old as its answer was under way.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);
/// How long after its beginning a call may take effect of which no answer is known: a run that was killed sends nothing
/// again, and what was sent is taken or given up by then.
const UNANSWERED: SignedDuration = SignedDuration::from_secs(60);
/// The longest that a call is believed to have taken, with all its attempts.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);

impl Attempt {
    /// Whether what was made at this time can have been made by this call. `None`: the journal does not say when it was, or
    /// says that it took longer than a call does.
    #[must_use]
    pub fn covers(&self, time: Timestamp) -> Option<bool> {
        let begun = self.begun?;
        let last = self.ended.unwrap_or_else(|| begun.checked_add(UNANSWERED).unwrap_or(begun));
        if last.duration_since(begun) > LONGEST {
            return None;
        }
        Some(time.duration_since(begun) >= -MARGIN && time.duration_since(last) <= MARGIN)
    }
}

/// Goes on with the calls of a step that may have had an effect. What was undone was in vain.
#[cfg(feature = "aws")]
pub(in crate::fix) fn note(attempts: &mut Vec<Attempt>, entry: &Entry) {
    if entry.state == State::Undone {
        attempts.clear();
        return;
    }
    if entry.state == State::Begun {
        let (call, begun) = (entry.call.clone(), entry.at);
        attempts.push(Attempt { call, begun, ended: None, is_done: false, message: None, made: None });
        return;
    }
    let Some(at) = attempts.iter().rposition(|attempt| attempt.call == entry.call) else { return };
    // A refused call leaves nothing; an earlier one of the same name may.
    if entry.state == State::Refused {
        attempts.remove(at);
    } else if let Some(attempt) = attempts.get_mut(at) {
        attempt.ended = entry.at;
        attempt.is_done = entry.state == State::Done;
        attempt.message.clone_from(&entry.message);
        attempt.made.clone_from(&entry.made);
    }
}
