//! Carrying a plan out: its steps in their order, each inspected before it is written, each call written down before it
//! is made.
//!
//! A step that fails keeps what needs it from being started and nothing else; a call that no other step needs (a log
//! group's retention, a key's rotation, tags) does not even end its own. What a run that was ended had done already
//! is recognised and not done twice. How a resource is inspected and written is for who implements
//! `execute::Provider`.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::execute::{ApplyError, CallLog, Provider, ResourceState, StepError, StepEvent, StepRunner};
use super::journal::{End, Journal};
use super::permissions::needs;
use super::plan::{Action, Plan, SCHEMA_VERSION, Step};

/// How long a queue's policy may take until everybody reads it, twice over.
const SPREADING: Duration = Duration::from_secs(120);
/// How many lost answers of one step are looked up.
const LOST_ANSWERS: usize = 3;
/// Between two looks at it.
const PAUSE: Duration = Duration::from_secs(2);

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Id and state of every step, in the plan's order.
    pub steps: Vec<(String, StepState)>,
}

impl Outcome {
    /// Every step is done to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|(_, state)| matches!(state, StepState::Done | StepState::AlreadyDone))
    }
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// It was carried out.
    Done,
    /// There was nothing left to do.
    AlreadyDone,
    /// What other steps need was carried out, and this does not hold all the same: a line for each thing.
    Incomplete(Vec<String>),
    /// It was begun or looked at and could not be finished: why, in one line.
    Failed(String),
    /// It was not started: because of what, in one line.
    NotStarted(String),
}

impl StepState {
    /// Steps that need it can be taken.
    fn is_done(&self) -> bool {
        match self {
            Self::Done | Self::AlreadyDone | Self::Incomplete(_) => true,
            Self::Failed(_) | Self::NotStarted(_) => false,
        }
    }
}

/// Carries a plan out. `cancelled` is asked before each call: once it says yes, no further call is made.
///
/// # Errors
/// See [`ApplyError`]: then nothing was begun.
pub(crate) async fn apply(
    provider: &impl Provider,
    plan: &Plan,
    journal: &mut Journal,
    progress: &dyn Fn(StepEvent<'_>),
    cancelled: &dyn Fn() -> bool,
) -> Result<Outcome, ApplyError> {
    if plan.schema_version != SCHEMA_VERSION {
        return Err(ApplyError::Version(plan.schema_version));
    }
    Ok(carry_out(provider, plan, journal, progress, cancelled).await)
}

async fn carry_out(
    provider: &impl Provider,
    plan: &Plan,
    journal: &mut Journal,
    progress: &dyn Fn(StepEvent<'_>),
    cancelled: &dyn Fn() -> bool,
) -> Outcome {
    let mut steps: Vec<(String, StepState)> = Vec::with_capacity(plan.steps.len());
    let mut done: BTreeSet<&str> = BTreeSet::new();
    // Why nothing more is started at all.
    let mut end: Option<String> = None;
    for step in &plan.steps {
        if end.is_none() && cancelled() {
            end = Some("interrupted".to_owned());
        }
        let missing = step.after.iter().find(|id| !done.contains(id.as_str()));
        let state = match (&end, missing) {
            (Some(why), _) => StepState::NotStarted(why.clone()),
            (None, Some(id)) => StepState::NotStarted(format!("it needs {id}")),
            (None, None) => {
                take(provider, step, &before(plan, step), journal, progress, cancelled).await.unwrap_or_else(|error| {
                    if error.ends_all {
                        end = Some(error.reason.clone());
                    }
                    StepState::Failed(error.reason)
                })
            }
        };
        if state.is_done() {
            done.insert(&step.id);
        }
        steps.push((step.id.clone(), state));
    }
    Outcome { steps }
}

/// What earlier steps do to the queue whose policy a step changes.
fn before<'a>(plan: &'a Plan, step: &Step) -> Vec<&'a Action> {
    let Action::AllowQueue(update) = &step.action else { return Vec::new() };
    let is_it = |action: &&Action| matches!(action, Action::AllowQueue(other) if other.arn == update.arn);
    plan.steps.iter().take_while(|other| other.id != step.id).map(|other| &other.action).filter(is_it).collect()
}

/// Looks at what a step is about. While it is as it was before an earlier step, the change is only not known everywhere:
/// SQS says that a queue's attributes take a minute (`SetQueueAttributes`).
async fn inspect(
    provider: &impl Provider,
    step: &Step,
    before: &[&Action],
    progress: &dyn Fn(StepEvent<'_>),
    cancelled: &dyn Fn() -> bool,
) -> Result<ResourceState, StepError> {
    let start = Instant::now();
    loop {
        let state = provider.inspect(&step.action).await?;
        let mut is_old = false;
        if let ResourceState::Changed(_) = state {
            for earlier in before {
                is_old |= provider.inspect(earlier).await? == ResourceState::Ready;
            }
        }
        if !is_old || start.elapsed() >= SPREADING || cancelled() {
            return Ok(state);
        }
        progress(StepEvent::Wait(&step.id, "an earlier change is not known everywhere yet"));
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes one step.
async fn take(
    provider: &impl Provider,
    step: &Step,
    before: &[&Action],
    journal: &mut Journal,
    progress: &dyn Fn(StepEvent<'_>),
    cancelled: &dyn Fn() -> bool,
) -> Result<StepState, StepError> {
    progress(StepEvent::Step(&step.id));
    let state = inspect(provider, step, before, progress, cancelled).await?;
    match &state {
        ResourceState::Ready | ResourceState::Partly(_) => {}
        ResourceState::Done => return Ok(StepState::AlreadyDone),
        ResourceState::Changed(why) | ResourceState::Missing(why) => return Ok(StepState::Failed(why.clone())),
    }
    let now = || provider.now();
    let mut call_log = StepCallLog { journal, step, now: &now, lacks: Vec::new() };
    let mut state = state;
    for attempt in 1.. {
        let mut runner = StepRunner { call_log: &mut call_log, progress, cancelled };
        let Err(error) = provider.write(&step.action, &state, &mut runner).await else { break };
        if !error.exists || attempt > LOST_ANSWERS {
            return Err(error);
        }
        // If the answer of an attempt was lost, what exists is ours. What else the attempt could not do is looked at
        // too.
        call_log.lacks.clear();
        state = match provider.inspect(&step.action).await {
            Ok(ResourceState::Done) => break,
            Ok(left @ ResourceState::Partly(_)) => left,
            Ok(ResourceState::Ready) => return Err(error),
            Ok(ResourceState::Changed(why) | ResourceState::Missing(why)) => {
                return Ok(StepState::Failed(format!("{} (then: {why})", error.reason)));
            }
            Err(unseen) => {
                let reason =
                    format!("{}; whether it was done all the same could not be read: {}", error.reason, unseen.reason);
                return Err(StepError { reason, ..unseen });
            }
        };
    }
    Ok(if call_log.lacks.is_empty() { StepState::Done } else { StepState::Incomplete(call_log.lacks) })
}

/// Writes a step's calls into the journal.
struct StepCallLog<'a> {
    journal: &'a mut Journal,
    step: &'a Step,
    /// What does not hold, because a call that nothing needs failed.
    lacks: Vec<String>,
    /// What time it is.
    now: &'a dyn Fn() -> Timestamp,
}

impl CallLog for StepCallLog<'_> {
    fn begun(&mut self, call: &str, resource: &str) -> io::Result<()> {
        debug_assert!(needs(&self.step.action).writes.contains(&call), "{call} is not among what the step needs");
        self.journal.begun(self.step, call, resource, (self.now)())
    }

    fn ended(&mut self, call: &str, resource: &str, end: End<'_>) -> io::Result<()> {
        self.journal.ended(self.step, call, resource, (self.now)(), end)
    }

    fn lacks(&mut self, what: &str) {
        self.lacks.push(what.to_owned());
    }
}

#[cfg(test)]
mod tests;
