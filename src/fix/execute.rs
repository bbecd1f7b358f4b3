//! The types with which a plan is applied and undone: how a resource is found, what became of a call, and the
//! trait of who looks, writes and removes. An account of AWS is one such; an account in a test's memory is another.
//!
//! Nothing here decides in which order steps are taken ([`apply`](super::apply), [`undo`](super::undo)), and nothing
//! knows how a service is called.

use std::io;

use jiff::Timestamp;
use thiserror::Error;

use super::journal::{Attempt, End};
use super::plan::{Action, SCHEMA_VERSION};

/// What can be done about one step.
pub(crate) trait Provider {
    /// What time it is, by the services' clock.
    fn now(&self) -> Timestamp;
    /// Inspects what has its name.
    async fn inspect(&self, action: &Action) -> Result<ResourceState, StepError>;
    /// Makes the calls that are left.
    async fn write(&self, action: &Action, state: &ResourceState, runner: &mut StepRunner<'_>)
    -> Result<(), StepError>;
    /// Inspects what still exists of what these calls created.
    async fn trace(&self, action: &Action, attempts: &[Attempt]) -> Result<Trace, StepError>;
    /// Removes what these calls created.
    async fn remove(
        &self,
        action: &Action,
        attempts: &[Attempt],
        runner: &mut StepRunner<'_>,
    ) -> Result<Removed, StepError>;
}

/// What has the name that a step is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ResourceState {
    /// Nothing, or what the plan read: the step can be taken.
    Ready,
    /// Exactly what the step makes.
    Done,
    /// What an interrupted run completed of the step. The calls that are left, in their order.
    Partly(Vec<&'static str>),
    /// Something else, and what.
    Changed(String),
    /// Nothing, and what the step would make it on, or change, is gone: what.
    Missing(String),
}

impl ResourceState {
    /// Whether a call of the step is still to be made.
    pub(crate) fn leaves(&self, call: &str) -> bool {
        match self {
            Self::Ready => true,
            Self::Partly(left) => left.contains(&call),
            Self::Done | Self::Changed(_) | Self::Missing(_) => false,
        }
    }

    /// What is there is ours, and these calls are left.
    pub(crate) fn left(calls: Vec<&'static str>) -> Self {
        if calls.is_empty() { Self::Done } else { Self::Partly(calls) }
    }

    pub(crate) fn changed(why: impl Into<String>) -> Self {
        Self::Changed(why.into())
    }
}

/// What still exists of what a run made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trace {
    /// Nothing.
    Gone,
    /// It is as it was made, and this program's: its tag says so, or it was made during the run's own call.
    Ours,
    /// It is as it was made, and nothing but the journal says that the run made it.
    Unproven {
        /// Why nothing does.
        why: String,
        /// Something says that it did not.
        is_contradicted: bool,
    },
    /// AWS removes it at this time.
    Ending(String),
    /// It is not as it was made: why.
    Changed(String),
}

impl From<ResourceState> for Trace {
    fn from(state: ResourceState) -> Self {
        match state {
            ResourceState::Ready | ResourceState::Missing(_) => Self::Gone,
            ResourceState::Done | ResourceState::Partly(_) => Self::Ours,
            ResourceState::Changed(why) => Self::Changed(why),
        }
    }
}

/// What became of a resource that was to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Removed {
    /// It is gone.
    Gone,
    /// It goes at this time.
    Scheduled(String),
    /// It cannot be removed and vanishes by itself: why.
    Lapses(String),
    /// It stays: why.
    Kept(String),
}

/// Why a step was not taken to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StepError {
    /// One line.
    pub(crate) reason: String,
    /// Nothing after it can succeed either.
    pub(crate) ends_all: bool,
    /// What was to be made is there, or may be: a call made it whose answer was lost, or someone else did.
    pub(crate) exists: bool,
}

/// Observer of each call that changes something, notified before and after it.
pub(crate) trait CallLog {
    /// The call is about to be made. An error keeps it from being made.
    fn begun(&mut self, call: &str, resource: &str) -> io::Result<()>;
    /// The call was made, and this became of it.
    fn ended(&mut self, call: &str, resource: &str, end: End<'_>) -> io::Result<()>;
    /// A call failed that nothing else needs, and this does not hold without it: one line.
    fn lacks(&mut self, _what: &str) {}
}

/// What goes on, for a person who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepEvent<'a> {
    /// The step of this id is begun.
    Step(&'a str),
    /// This call is made of this resource.
    Call(&'a str, &'a str),
    /// This call was refused with this code, for the time being, and is made again.
    Again(&'a str, &'a str),
    /// This step or call waits, for this reason.
    Wait(&'a str, &'a str),
    /// This is of no use and stays, for this reason.
    Left(&'a str, &'a str),
}

/// Makes the calls of one step.
pub(crate) struct StepRunner<'a> {
    /// The observer.
    pub(crate) call_log: &'a mut dyn CallLog,
    /// What goes on, for a person who waits.
    pub(crate) progress: &'a dyn Fn(StepEvent<'_>),
    /// No further call is to be made.
    pub(crate) cancelled: &'a dyn Fn() -> bool,
}

/// Why nothing was begun.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ApplyError {
    /// The document is of another version.
    #[error("a plan of version {0}, and this program applies version {SCHEMA_VERSION}")]
    Version(u32),
    /// Whose account this is could not be found out.
    #[error("cannot determine which account this is: {0}")]
    NoIdentity(String),
    /// The credentials are of another account.
    #[error(
        "it is for account {wanted} ({wanted_partition}), and the credentials are of account {found} ({found_partition})"
    )]
    OtherAccount {
        /// The account that it is for.
        wanted: String,
        /// Its partition.
        wanted_partition: String,
        /// The account of the credentials.
        found: String,
        /// Its partition.
        found_partition: String,
    },
}
