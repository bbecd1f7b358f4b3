//! KMS: a key of a customer's own, with rotation, under an alias.
//!
//! `CreateKey` makes a key each time that it is called. A key that an ended run made and gave no alias is found again
//! by its tags, among the keys that no alias names. Of two runs at once one names its key; the other's is of no use,
//! and its deletion is scheduled at once.

use aws_sdk_kms::config::Builder;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::types as sdk;

use super::account::Account;
use super::in_use;
use super::resource_state::foreign;
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure};
use crate::aws::kms::found;
use crate::fix::execute::{Removed, ResourceState, StepError, StepEvent, StepRunner, Trace};
use crate::fix::journal::Attempt;
use crate::fix::plan::Key;
use crate::snapshot::Trail;

mod search;
mod state;

use self::search::{CREATE, aliases, current, made_by, unnamed};
pub(in crate::aws) use self::state::is_rotated;
use self::state::{ROTATE, Rotation, State, rotation_to_set, state, to_the_second};

const NAME: &str = "kms:CreateAlias";
const SCHEDULE: &str = "kms:ScheduleKeyDeletion";

/// A key is not known everywhere at once.
const NOT_YET: &[&str] = &["NotFoundException"];
/// Days until a key is deleted, the longest that there may be: what it encrypts is lost with it.
const PENDING_DAYS: i32 = 30;
/// The shortest, for a key that never encrypted anything.
const UNUSED_DAYS: i32 = 7;

pub(super) async fn inspect(clients: &Clients, key: &Key) -> Result<ResourceState, Failure> {
    let (region, alias) = (key.region.as_str(), key.alias.as_str());
    let Some(found) = found(clients, region, alias).await? else {
        let Some(id) = unnamed(clients, key).await?.into_iter().next() else { return Ok(ResourceState::Ready) };
        let mut left = match rotation_to_set(clients, region, &id.id).await? {
            Rotation::Off => vec![ROTATE],
            Rotation::Yearly | Rotation::Other => Vec::new(),
        };
        left.push(NAME);
        return Ok(ResourceState::left(left));
    };
    Ok(match state(clients, key, &found.key_id, alias).await? {
        State::Missing => ResourceState::Ready,
        State::Ours(left) => ResourceState::left(left),
        State::Ending(_) => ResourceState::changed(format!("the key of {alias} is PendingDeletion")),
        State::Foreign => foreign(alias),
        State::Changed(why) => ResourceState::Changed(why),
    })
}

pub(super) async fn write(
    clients: &Clients,
    key: &Key,
    state: &ResourceState,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let kms = clients.kms(&key.region);
    let call = |operation| Call { operation, region: &key.region, resource: Some(key.alias.as_str()) };
    let id = if state.leaves(CREATE) {
        create(clients, key, runner).await?
    } else {
        current(clients, key).await?.ok_or_else(|| call(NAME).bad_answer("the key went away"))?
    };
    if state.leaves(ROTATE) {
        let rotate = || async {
            let request = kms.enable_key_rotation().key_id(&id);
            request.send().await.map_err(|error| call(ROTATE).failure(&error))
        };
        runner.if_possible(call(ROTATE), NOT_YET, "the key keeps its material for ever", rotate).await?;
    }
    if state.leaves(NAME) {
        let name = || async {
            let request = kms.create_alias().alias_name(&key.alias).target_key_id(&id);
            request.send().await.map_err(|error| call(NAME).failure(&error))
        };
        let named = runner.patiently(call(NAME), NOT_YET, name).await;
        if named.as_ref().is_err_and(|error| error.exists) && state.leaves(CREATE) {
            give_up(clients, key, &id, runner).await?;
        }
        named?;
    }
    Ok(())
}

/// `kms:CreateKey`: the new key's id.
async fn create(clients: &Clients, key: &Key, runner: &mut StepRunner<'_>) -> Result<String, StepError> {
    let kms = clients.kms(&key.region);
    let call = Call { operation: CREATE, region: &key.region, resource: Some(key.alias.as_str()) };
    let tags = key.tags.iter().map(|(name, value)| sdk::Tag::builder().tag_key(name).tag_value(value).build());
    let tags: Result<Vec<_>, _> = tags.collect();
    let tags = tags.map_err(|error| call.bad_answer(&error.to_string()))?;
    let make = || async {
        let request = kms.create_key().description(&key.description).policy(&key.policy);
        let once = Builder::new().retry_config(RetryConfig::disabled());
        let request = request.set_tags(Some(tags.clone())).customize().config_override(once);
        let answer = request.send().await.map_err(|error| call.failure(&error))?;
        let made = answer.key_metadata.ok_or_else(|| call.bad_answer("the answer has no key"))?;
        Ok(made.key_id)
    };
    // Only where a refusal is sure to have made none: an answer may be lost.
    runner.making(call, &["ThrottlingException"], make, |id| Some(id.as_str())).await
}

/// Another run has named its key meanwhile, and no one can ever have used this one: it goes at once. Where it cannot,
/// the journal has its id, and undoing tries again.
async fn give_up(clients: &Clients, key: &Key, id: &str, runner: &mut StepRunner<'_>) -> Result<(), StepError> {
    if found(clients, &key.region, &key.alias).await?.is_none_or(|named| named.key_id == id) {
        return Ok(());
    }
    match schedule(clients, key, id, UNUSED_DAYS, runner).await {
        Ok(_) => {
            let why =
                format!("key {id} is not used, because another run's key has the alias {}: AWS deletes it", key.alias);
            (runner.progress)(StepEvent::Wait(SCHEDULE, &why));
            Ok(())
        }
        Err(error) if error.ends_all => Err(error),
        Err(error) => {
            let why = format!(
                "another run's key has the alias {}, and this one could not be deleted; undo tries again: {}",
                key.alias, error.reason
            );
            (runner.progress)(StepEvent::Left(&format!("KMS key {id}"), &why));
            Ok(())
        }
    }
}

/// What exists of the keys that these calls made. There may be none, or more than one.
pub(super) async fn trace(clients: &Clients, key: &Key, attempts: &[Attempt]) -> Result<Trace, Failure> {
    let mut trace = Trace::Gone;
    for id in made_by(clients, key, attempts).await? {
        match state(clients, key, &id, &key.alias).await? {
            State::Missing => {}
            State::Ours(_) => trace = Trace::Ours,
            State::Ending(when) if trace == Trace::Gone => trace = Trace::Ending(when),
            State::Ending(_) => {}
            State::Foreign => return Ok(Trace::from(foreign(&format!("key {id}")))),
            State::Changed(why) => return Ok(Trace::Changed(why)),
        }
    }
    Ok(trace)
}

/// The alias goes at once, so that a later fix can make a key of that name; the key itself only after 30 days. The alias
/// goes first: of a key without one, what is left to do is found again by the journal, or by its tags.
pub(super) async fn remove(
    clients: &Clients,
    account: &Account,
    key: &Key,
    attempts: &[Attempt],
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    let mut removed = Removed::Gone;
    for id in made_by(clients, key, attempts).await? {
        if !matches!(state(clients, key, &id, &key.alias).await?, State::Ours(_)) {
            continue;
        }
        match remove_one(clients, account, key, &id, attempts, runner).await? {
            kept @ (Removed::Kept(_) | Removed::Lapses(_)) => return Ok(kept),
            gone => removed = gone,
        }
    }
    Ok(removed)
}

async fn remove_one(
    clients: &Clients,
    account: &Account,
    key: &Key,
    id: &str,
    attempts: &[Attempt],
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    // A key's ARN ends in its id, an alias's in the alias.
    let target = found(clients, &key.region, &key.alias).await?.map(|found| found.key_id);
    let is_target = target.as_deref() == Some(id);
    let is_key = |found: &str| found.ends_with(id) || (is_target && found.ends_with(&key.alias));
    let uses = |trail: &Trail| trail.kms_key_id.as_deref().is_some_and(is_key);
    if let Some(kept) = in_use::by_trail(clients, &key.region, uses).await? {
        return Ok(kept);
    }
    let others =
        aliases(clients, &key.region).await?.into_iter().find(|(alias, key_id)| key_id == id && *alias != key.alias);
    if let Some((alias, _)) = others {
        return Ok(Removed::Kept(format!("{alias} is also an alias of it by now")));
    }
    let is_unused = target.is_some() && !is_target && was_refused_its_name(attempts);
    if !is_unused && let Some(kept) = in_use::key(clients, account, key).await? {
        return Ok(kept);
    }
    if is_target {
        let call = Call { operation: "kms:DeleteAlias", region: &key.region, resource: Some(key.alias.as_str()) };
        let request = clients.kms(&key.region).delete_alias().alias_name(&key.alias);
        runner.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    }
    schedule(clients, key, id, if is_unused { UNUSED_DAYS } else { PENDING_DAYS }, runner).await
}

/// Whether another key had the name when this one was to get it: no trail ever used this one, if that other has it
/// still. Of a key that was never given a name, that is not known: another run names a key that it finds without a
/// name.
fn was_refused_its_name(attempts: &[Attempt]) -> bool {
    let exists = |attempt: &Attempt| attempt.message.as_deref().unwrap_or_default().contains("AlreadyExistsException");
    let mut naming = attempts.iter().filter(|attempt| attempt.call == NAME).peekable();
    naming.peek().is_some() && naming.all(|attempt| !attempt.is_done && exists(attempt))
}

/// `kms:ScheduleKeyDeletion`.
async fn schedule(
    clients: &Clients,
    key: &Key,
    id: &str,
    days: i32,
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    let call = Call { operation: SCHEDULE, region: &key.region, resource: Some(id) };
    let request = clients.kms(&key.region).schedule_key_deletion().key_id(id).pending_window_in_days(days);
    let answer = runner.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    let Some(answer) = answer else { return Ok(Removed::Gone) };
    Ok(Removed::Scheduled(answer.deletion_date.and_then(to_the_second).unwrap_or_else(|| format!("in {days} days"))))
}
