//! Undoing a fix: what its journal says that it began to create is removed again, last made first.
//!
//! Each resource is looked at again and removed only if it is still what was created. Whatever is no longer so, what was
//! there before and was changed, and what something that stays still needs, is named and left.
//!
//! A journal is a file, which anyone may have written. What carries this program's tag is the fix's; what cannot carry
//! one needs another proof, or a person who names it. Nothing is remembered of an earlier undoing but that it is
//! through with a step: the rest is asked of the account each time.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::execute::{CallLog, Provider, Removed, StepError, StepRunner, Trace};
use super::journal::{Attempt, End, Entry, note};
use super::permissions::needs;
use super::plan::{Action, Change, Step};

/// What is to be removed, or named, for one step of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    /// The step as it was planned.
    pub step: Step,
    /// Calls that were begun and may have had an effect.
    pub attempts: Vec<Attempt>,
}

impl Removal {
    /// The step made something, and did not only change what was there before.
    #[must_use]
    pub fn is_of_something_new(&self) -> bool {
        before(&self.step.action).is_none()
    }

    /// This run made the resource, and did not only finish what another had begun.
    fn created(&self) -> bool {
        needs(&self.step.action).writes.first().is_some_and(|create| self.attempts.iter().any(|it| it.call == *create))
    }
}

/// What a person has agreed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consent {
    /// The journal is this program's own: what it says was made is believed where nothing contradicts it.
    pub trusted: bool,
    /// Ids of steps of which nothing else proves that the fix made them, and that are to be removed all the same.
    pub named: BTreeSet<String>,
}

/// What would become of what a step made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It would be removed, unless something needs it by now.
    Removable,
    /// Nothing but the journal says that the fix made it: why. It is removed only if a person names it.
    Unproven(String),
    /// This has become of it, or will.
    Settled(Undone),
}

/// What became of what a fix made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// It was removed.
    Removed,
    /// It was not there.
    Absent,
    /// AWS removes it at this time.
    Scheduled(String),
    /// It cannot be removed and vanishes by itself: why, in one line.
    Lapses(String),
    /// It was left: why, in one line.
    Left(String),
    /// It could not be removed: why, in one line.
    Failed(String),
}

impl Undone {
    /// It is still there, and not only for a while.
    #[must_use]
    pub fn stays(&self) -> bool {
        match self {
            Self::Removed | Self::Absent | Self::Scheduled(_) | Self::Lapses(_) => false,
            Self::Left(_) | Self::Failed(_) => true,
        }
    }

    /// It need never be looked for again. What lapses by itself does not, once it is confirmed.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Removed | Self::Absent | Self::Scheduled(_) => true,
            Self::Lapses(_) | Self::Left(_) | Self::Failed(_) => false,
        }
    }
}

/// What a run began to make and what is not undone yet, the last first.
#[must_use]
pub fn removals(entries: &[Entry]) -> Vec<Removal> {
    let mut removals: Vec<Removal> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        if let Some(step) = entry.plan.as_ref().filter(|step| !places.contains_key(step.id.as_str())) {
            places.insert(&step.id, removals.len());
            removals.push(Removal { step: step.clone(), attempts: Vec::new() });
        }
        let removal = places.get(entry.step.as_str()).and_then(|at| removals.get_mut(*at));
        if let Some(removal) = removal {
            note(&mut removal.attempts, entry);
        }
    }
    removals.retain(|removal| !removal.attempts.is_empty());
    removals.reverse();
    removals
}

/// The foreseeable outcome of undoing what a run made: for each step, in the order of `removals`.
pub(crate) async fn inspect(provider: &impl Provider, removals: &[Removal], consent: &Consent) -> Vec<Seen> {
    let mut seen = Vec::with_capacity(removals.len());
    for removal in removals {
        let trace = provider.trace(&removal.step.action, &removal.attempts).await;
        seen.push(
            trace.map_or_else(
                |error| Seen::Settled(Undone::Failed(error.reason)),
                |trace| judged(removal, trace, consent),
            ),
        );
    }
    seen
}

/// Removes what a run made, in the order of `removals`; says of each step what became of it.
pub(crate) async fn undo(
    provider: &impl Provider,
    removals: &[Removal],
    consent: &Consent,
    report: &mut dyn FnMut(&Step, &Undone),
    cancelled: &dyn Fn() -> bool,
) {
    // What stays, and what it was made on. Whatever else needs what is to be removed is asked of the account.
    let mut needed: BTreeMap<&str, &str> = BTreeMap::new();
    let mut end: Option<String> = None;
    for removal in removals {
        let step = &removal.step;
        if end.is_none() && cancelled() {
            end = Some("interrupted".to_owned());
        }
        let state = if let Some(why) = &end {
            Undone::Failed(why.clone())
        } else if let Some(by) = needed.get(step.id.as_str()) {
            Undone::Left(format!("{by} needs it"))
        } else {
            take_one(provider, removal, consent, cancelled).await.unwrap_or_else(|error| {
                if error.ends_all {
                    end = Some(error.reason.clone());
                }
                Undone::Failed(error.reason)
            })
        };
        if state.stays() && needs_what_it_was_made_on(&step.action) {
            for id in &step.after {
                needed.entry(id).or_insert(&step.id);
            }
        }
        report(step, &state);
    }
}

async fn take_one(
    provider: &impl Provider,
    removal: &Removal,
    consent: &Consent,
    cancelled: &dyn Fn() -> bool,
) -> Result<Undone, StepError> {
    let action = &removal.step.action;
    match judged(removal, provider.trace(action, &removal.attempts).await?, consent) {
        Seen::Removable => {}
        Seen::Unproven(why) => return Ok(Undone::Left(why)),
        Seen::Settled(undone) => return Ok(undone),
    }
    let mut runner = StepRunner { call_log: &mut Unwritten, progress: &|_| {}, cancelled };
    Ok(match provider.remove(action, &removal.attempts, &mut runner).await {
        Ok(Removed::Gone) => Undone::Removed,
        Ok(Removed::Scheduled(when)) => Undone::Scheduled(when),
        Ok(Removed::Lapses(why)) => Undone::Lapses(why),
        Ok(Removed::Kept(why)) => Undone::Left(why),
        // The answer may have been lost, and not the call.
        Err(error) if error.exists => match provider.trace(action, &removal.attempts).await {
            Ok(Trace::Gone) => Undone::Removed,
            Ok(Trace::Ending(when)) => Undone::Scheduled(when),
            Ok(Trace::Ours | Trace::Unproven { .. } | Trace::Changed(_)) | Err(_) => return Err(error),
        },
        Err(error) => return Err(error),
    })
}

/// Its outcome.
fn judged(removal: &Removal, trace: Trace, consent: &Consent) -> Seen {
    let is_named = consent.named.contains(&removal.step.id);
    let left = |why: &str| Seen::Settled(Undone::Left(why.to_owned()));
    match (trace, before(&removal.step.action)) {
        (Trace::Gone, _) => Seen::Settled(Undone::Absent),
        (Trace::Ending(when), _) => Seen::Settled(Undone::Scheduled(when)),
        (Trace::Ours | Trace::Unproven { .. } | Trace::Changed(_), Some(before)) => left(&before),
        (Trace::Changed(why), None) => left(&why),
        (Trace::Ours | Trace::Unproven { .. }, None) if !removal.created() => left("another run created it"),
        (Trace::Ours, None) => Seen::Removable,
        (Trace::Unproven { .. }, None) if is_named => Seen::Removable,
        (Trace::Unproven { is_contradicted: false, .. }, None) if consent.trusted => Seen::Removable,
        (Trace::Unproven { why, .. }, None) => Seen::Unproven(why),
    }
}

/// Whether what stays of a step is broken by the removal of what it was made on. A permission for a topic that is gone
/// permits nothing.
fn needs_what_it_was_made_on(action: &Action) -> bool {
    match action {
        Action::AllowPublish(_) | Action::AllowQueue(_) | Action::AllowFunction(_) => false,
        Action::CreateKey(_)
        | Action::CreateBucket(_)
        | Action::CreateRole(_)
        | Action::CreateLogGroup(_)
        | Action::CreateTrail(_)
        | Action::UpdateTrail(_)
        | Action::CreateTopic(_)
        | Action::Subscribe(_)
        | Action::CreateMetricFilter(_)
        | Action::CreateAlarm(_) => true,
    }
}

/// What is reported about something that was there before the fix: how it was. `None`: the fix created it.
fn before(action: &Action) -> Option<String> {
    let policy = |policy: Option<&str>| match policy {
        Some(policy) => format!("it was there before; its policy was {policy}"),
        None => "it was there before and had no policy".to_owned(),
    };
    match action {
        Action::UpdateTrail(update) => {
            let mut fields = Vec::new();
            let mut field = |name: &str, value: Option<String>| {
                fields.extend(value.map(|value| format!("{name} {value}")));
            };
            field("multi-region", update.multi_region.as_ref().map(was));
            field("global service events", update.global_events.as_ref().map(was));
            field("logging", update.logging.as_ref().map(was));
            field("log group", update.log_group_arn.as_ref().map(was));
            field("role", update.role_arn.as_ref().map(was));
            field("selectors", update.selectors.as_ref().map(was));
            Some(format!("it was there before; it had: {}", fields.join(", ")))
        }
        Action::AllowPublish(update) => Some(policy(update.policy.from.as_deref())),
        Action::AllowQueue(update) => Some(policy(update.policy.from.as_deref())),
        Action::AllowFunction(permission) => {
            Some(format!("it was there before; its policy did not have the statement {}", permission.statement_id))
        }
        Action::CreateKey(_)
        | Action::CreateBucket(_)
        | Action::CreateRole(_)
        | Action::CreateLogGroup(_)
        | Action::CreateTrail(_)
        | Action::CreateTopic(_)
        | Action::Subscribe(_)
        | Action::CreateMetricFilter(_)
        | Action::CreateAlarm(_) => None,
    }
}

/// The value before, as the plan writes it.
fn was<T: serde::Serialize>(change: &Change<T>) -> String {
    match serde_json::to_string(&change.from).unwrap_or_default().as_str() {
        "null" => "none".to_owned(),
        text => text.trim_matches('"').to_owned(),
    }
}

/// Removals are not written down: what is gone is found gone.
struct Unwritten;

impl CallLog for Unwritten {
    fn begun(&mut self, _: &str, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn ended(&mut self, _: &str, _: &str, _: End<'_>) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
