//! Undoing a fix: what its journal says that it began to create is removed again, last made first.
//!
//! Each resource is looked at again and removed only if it is still what was created. Whatever is no longer so, what was
//! there before and was changed, and what something that stays still needs, is named and left.

use std::collections::BTreeSet;
use std::io;

use super::apply::ApplyError;
use super::hands::{Hands, Live};
use super::journal::{Entry, Header, State};
use super::permissions::needs;
use super::plan::{Action, Change, Step};
use crate::aws::Clients;
use crate::aws::provision::{Hand, Ledger, Removed, Standing, Stopped};

/// What is to be removed, or named, for one step of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    /// The step as it was planned.
    pub step: Step,
    /// Calls that were begun and may have had an effect.
    pub calls: Vec<String>,
}

impl Removal {
    /// This run made the resource, and did not only finish what another had begun.
    fn created(&self) -> bool {
        needs(&self.step.action).writes.first().is_some_and(|create| self.calls.iter().any(|call| call == create))
    }
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
}

/// What a run began to make and nobody has taken back yet, the last first.
#[must_use]
pub fn removals(entries: &[Entry]) -> Vec<Removal> {
    let mut removals: Vec<Removal> = Vec::new();
    for entry in entries {
        if let Some(step) = &entry.plan {
            removals.push(Removal { step: step.clone(), calls: Vec::new() });
        }
        let Some(removal) = removals.iter_mut().find(|removal| removal.step.id == entry.step) else { continue };
        match entry.state {
            State::Begun => removal.calls.push(entry.call.clone()),
            State::Done | State::Failed => {}
            State::Undone => removal.calls.clear(),
            // A refused call leaves nothing; an earlier one of the same name may.
            State::Refused => {
                if let Some(at) = removal.calls.iter().rposition(|call| *call == entry.call) {
                    removal.calls.remove(at);
                }
            }
        }
    }
    removals.retain(|removal| !removal.calls.is_empty());
    removals.reverse();
    removals
}

/// What would become of what a run made, as far as that can be seen before: for each step, in the order of `removals`.
/// `None`: it would be removed, unless something has come to need it.
///
/// # Errors
/// See [`ApplyError`].
pub async fn look(clients: &Clients, header: &Header, removals: &[Removal]) -> Result<Vec<Option<Undone>>, ApplyError> {
    let live = Live::of(clients, &header.account_id, &header.partition).await?;
    let mut seen = Vec::with_capacity(removals.len());
    for removal in removals {
        let standing = live.look(&removal.step.action).await;
        seen.push(standing.map_or_else(|stopped| Some(Undone::Failed(stopped.reason)), |it| judged(removal, it)));
    }
    Ok(seen)
}

/// Removes what a run made, in the order of `removals`; tells of each step what became of it.
///
/// # Errors
/// See [`ApplyError`]: then nothing was removed.
pub async fn undo(
    clients: &Clients,
    header: &Header,
    removals: &[Removal],
    tell: &mut dyn FnMut(&Step, &Undone),
    cancelled: &dyn Fn() -> bool,
) -> Result<(), ApplyError> {
    let live = Live::of(clients, &header.account_id, &header.partition).await?;
    take_back(&live, removals, tell, cancelled).await;
    Ok(())
}

async fn take_back(
    hands: &impl Hands,
    removals: &[Removal],
    tell: &mut dyn FnMut(&Step, &Undone),
    cancelled: &dyn Fn() -> bool,
) {
    // What stays, and what it needs.
    let mut needed: BTreeSet<(&str, &str)> = BTreeSet::new();
    // Only then is nothing left that the key may have encrypted.
    let mut bucket_gone = false;
    let mut end: Option<String> = None;
    for removal in removals {
        let step = &removal.step;
        if end.is_none() && cancelled() {
            end = Some("interrupted".to_owned());
        }
        let needing = needed.iter().find(|(id, _)| *id == step.id).map(|(_, by)| *by);
        let state = if let Some(why) = &end {
            Undone::Failed(why.clone())
        } else if let Some(by) = needing {
            Undone::Left(format!("{by} needs it"))
        } else if !bucket_gone && matches!(step.action, Action::CreateKey(_)) {
            Undone::Left(
                "files in a bucket that stays may be encrypted with it; once none is needed, schedule its deletion in KMS"
                    .to_owned(),
            )
        } else {
            take_one(hands, removal, cancelled).await.unwrap_or_else(|stopped| {
                if stopped.ends_all {
                    end = Some(stopped.reason.clone());
                }
                Undone::Failed(stopped.reason)
            })
        };
        if state.stays() && needs_what_it_was_made_on(&step.action) {
            needed.extend(step.after.iter().map(|id| (id.as_str(), step.id.as_str())));
        }
        if !state.stays() && matches!(step.action, Action::CreateBucket(_)) {
            bucket_gone = true;
        }
        tell(step, &state);
    }
}

async fn take_one(hands: &impl Hands, removal: &Removal, cancelled: &dyn Fn() -> bool) -> Result<Undone, Stopped> {
    let action = &removal.step.action;
    if let Some(undone) = judged(removal, hands.look(action).await?) {
        return Ok(undone);
    }
    let mut hand = Hand { ledger: &mut Unwritten, progress: &|_| {}, cancelled };
    Ok(match hands.remove(action, &mut hand).await? {
        Removed::Gone => Undone::Removed,
        Removed::Scheduled(when) => Undone::Scheduled(when),
        Removed::Lapses(why) => Undone::Lapses(why),
        Removed::Kept(why) => Undone::Left(why),
    })
}

/// What becomes of it without a call. `None`: it is to be removed.
fn judged(removal: &Removal, standing: Standing) -> Option<Undone> {
    let before = before(&removal.step.action);
    match (standing, before) {
        (Standing::Ready | Standing::Missing(_), _) => Some(Undone::Absent),
        (Standing::Done | Standing::Partly(_) | Standing::Changed(_), Some(before)) => Some(Undone::Left(before)),
        (Standing::Done | Standing::Partly(_), None) if removal.created() => None,
        (Standing::Done | Standing::Partly(_), None) => Some(Undone::Left("another run made it".to_owned())),
        (Standing::Changed(why), None) => Some(Undone::Left(why)),
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

/// What is said of something that was there before the fix: how it was. `None`: the fix created it.
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
        Action::AllowPublish(update) | Action::AllowQueue(update) => Some(policy(update.policy.from.as_deref())),
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

impl Ledger for Unwritten {
    fn begun(&mut self, _: &str, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn ended(&mut self, _: &str, _: &str, _: State, _: Option<&str>) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
