//! KMS: a key of a customer's own, with rotation, under an alias.
//!
//! `CreateKey` makes a key each time that it is called. A key that an ended run made and gave no alias is found again by
//! its tags, among the keys that no alias names. Of two runs at once one names its key; the other's is of no use to
//! anybody, and its deletion is scheduled at once.

use std::collections::BTreeSet;

use aws_sdk_kms::config::Builder;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::types as sdk;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Account;
use super::compare::{Filled, difference};
use super::standing::{altered, foreign, is_ours};
use super::{cloudtrail, document, s3};
use crate::aws::answers;
use crate::aws::clients::Clients;
use crate::aws::clock::timestamp;
use crate::aws::error::{Call, Failure};
use crate::aws::kms::{described, found, policy, tags};
use crate::aws::pages::Pages;
use crate::aws::raw::Kept;
use crate::fix::execute::Going;
use crate::fix::execute::{Hand, Removed, Standing, Stopped, Trace};
use crate::fix::journal::Attempt;
use crate::fix::names::{Names, TRIES};
use crate::fix::plan::{Key, OWN_TAG};
use crate::snapshot::Trail;

const CREATE: &str = "kms:CreateKey";
const ROTATE: &str = "kms:EnableKeyRotation";
const NAME: &str = "kms:CreateAlias";
const SCHEDULE: &str = "kms:ScheduleKeyDeletion";

/// A key is not known everywhere at once.
const NOT_YET: &[&str] = &["NotFoundException"];
/// Days until a key is deleted, the longest that there may be: what it encrypts is lost with it.
const PENDING_DAYS: i32 = 30;
/// The shortest, for a key that never encrypted anything.
const UNUSED_DAYS: i32 = 7;
/// A year, as `EnableKeyRotation` sets it.
const ROTATION_DAYS: i32 = 365;
/// A server that goes on for ever is stopped here: pages of 100 aliases or 1,000 keys.
const MOST_PAGES: usize = 1_000;

/// What KMS fills in (`KeyMetadata`). Whether the key is enabled is looked at by itself.
const FILLED: Filled = Filled {
    ignored: &[
        "AWSAccountId",
        "KeyId",
        "Arn",
        "CreationDate",
        "Enabled",
        "KeyState",
        "EncryptionAlgorithms",
        "CurrentKeyMaterialId",
    ],
    defaults: &[
        ("KeyUsage", r#""ENCRYPT_DECRYPT""#),
        ("Origin", r#""AWS_KMS""#),
        ("KeyManager", r#""CUSTOMER""#),
        ("CustomerMasterKeySpec", r#""SYMMETRIC_DEFAULT""#),
        ("KeySpec", r#""SYMMETRIC_DEFAULT""#),
        ("MultiRegion", "false"),
    ],
};

pub(super) async fn look(clients: &Clients, key: &Key) -> Result<Standing, Failure> {
    let (region, alias) = (key.region.as_str(), key.alias.as_str());
    let Some(found) = found(clients, region, alias).await? else {
        let Some(id) = unnamed(clients, key).await?.into_iter().next() else { return Ok(Standing::Ready) };
        let mut left = match rotation_to_set(clients, region, &id.id).await? {
            Rotation::Off => vec![ROTATE],
            Rotation::Yearly | Rotation::Other => Vec::new(),
        };
        left.push(NAME);
        return Ok(Standing::left(left));
    };
    Ok(match state(clients, key, &found.key_id, alias).await? {
        State::Missing => Standing::Ready,
        State::Ours(left) => Standing::left(left),
        State::Ending(_) => Standing::changed(format!("the key of {alias} is PendingDeletion")),
        State::Foreign => foreign(alias),
        State::Changed(why) => Standing::Changed(why),
    })
}

pub(super) async fn write(
    clients: &Clients,
    key: &Key,
    standing: &Standing,
    hand: &mut Hand<'_>,
) -> Result<(), Stopped> {
    let kms = clients.kms(&key.region);
    let call = |operation| Call { operation, region: &key.region, resource: Some(key.alias.as_str()) };
    let id = if standing.leaves(CREATE) {
        create(clients, key, hand).await?
    } else {
        current(clients, key).await?.ok_or_else(|| call(NAME).bad_answer("the key went away"))?
    };
    if standing.leaves(ROTATE) {
        let rotate = || async {
            let request = kms.enable_key_rotation().key_id(&id);
            request.send().await.map_err(|error| call(ROTATE).failure(&error))
        };
        hand.if_possible(call(ROTATE), NOT_YET, "the key keeps its material for ever", rotate).await?;
    }
    if standing.leaves(NAME) {
        let name = || async {
            let request = kms.create_alias().alias_name(&key.alias).target_key_id(&id);
            request.send().await.map_err(|error| call(NAME).failure(&error))
        };
        let named = hand.patiently(call(NAME), NOT_YET, name).await;
        if named.as_ref().is_err_and(|stopped| stopped.exists) && standing.leaves(CREATE) {
            give_up(clients, key, &id, hand).await?;
        }
        named?;
    }
    Ok(())
}

/// `kms:CreateKey`: the new key's id.
async fn create(clients: &Clients, key: &Key, hand: &mut Hand<'_>) -> Result<String, Stopped> {
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
    hand.making(call, &["ThrottlingException"], make, |id| Some(id.as_str())).await
}

/// Another run has named its key meanwhile, and nobody can ever have used this one: it goes at once. Where it cannot, the
/// journal has its id, and undoing tries again.
async fn give_up(clients: &Clients, key: &Key, id: &str, hand: &mut Hand<'_>) -> Result<(), Stopped> {
    if found(clients, &key.region, &key.alias).await?.is_none_or(|named| named.key_id == id) {
        return Ok(());
    }
    match schedule(clients, key, id, UNUSED_DAYS, hand).await {
        Ok(_) => {
            let why = format!("key {id} is of no use, for another run named its own {}: AWS deletes it", key.alias);
            (hand.progress)(Going::Wait(SCHEDULE, &why));
            Ok(())
        }
        Err(stopped) if stopped.ends_all => Err(stopped),
        Err(stopped) => {
            let why = format!(
                "another run named its own key {}, and this one could not be deleted; undo tries again: {}",
                key.alias, stopped.reason
            );
            (hand.progress)(Going::Left(&format!("KMS key {id}"), &why));
            Ok(())
        }
    }
}

/// What stands of the keys that these calls made. There may be none, or more than one.
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
    hand: &mut Hand<'_>,
) -> Result<Removed, Stopped> {
    let mut removed = Removed::Gone;
    for id in made_by(clients, key, attempts).await? {
        if !matches!(state(clients, key, &id, &key.alias).await?, State::Ours(_)) {
            continue;
        }
        match remove_one(clients, account, key, &id, attempts, hand).await? {
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
    hand: &mut Hand<'_>,
) -> Result<Removed, Stopped> {
    // A key's ARN ends in its id, an alias's in the alias.
    let target = found(clients, &key.region, &key.alias).await?.map(|found| found.key_id);
    let is_target = target.as_deref() == Some(id);
    let is_key = |found: &str| found.ends_with(id) || (is_target && found.ends_with(&key.alias));
    let uses = |trail: &Trail| trail.kms_key_id.as_deref().is_some_and(is_key);
    if let Some(kept) = cloudtrail::kept_for(clients, &key.region, uses).await? {
        return Ok(kept);
    }
    let others = aliases(clients, &key.region).await?.into_iter().find(|(alias, of)| of == id && *alias != key.alias);
    if let Some((alias, _)) = others {
        return Ok(Removed::Kept(format!("{alias} is another name of it by now")));
    }
    let is_unused = target.is_some() && !is_target && was_refused_its_name(attempts);
    if !is_unused && let Some(why) = kept_for_files(clients, account, key).await? {
        return Ok(Removed::Kept(why));
    }
    if is_target {
        let call = Call { operation: "kms:DeleteAlias", region: &key.region, resource: Some(key.alias.as_str()) };
        let request = clients.kms(&key.region).delete_alias().alias_name(&key.alias);
        hand.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    }
    schedule(clients, key, id, if is_unused { UNUSED_DAYS } else { PENDING_DAYS }, hand).await
}

/// Whether another key had the name when this one was to get it: no trail ever used this one, if that other has it still.
/// Of a key that nobody tried to name, that is not known: another run names a key that it finds without a name.
fn was_refused_its_name(attempts: &[Attempt]) -> bool {
    let exists = |attempt: &Attempt| attempt.message.as_deref().unwrap_or_default().contains("AlreadyExistsException");
    let mut naming = attempts.iter().filter(|attempt| attempt.call == NAME).peekable();
    naming.peek().is_some() && naming.all(|attempt| !attempt.is_done && exists(attempt))
}

/// A key stays while there may be files that it encrypts: while there is a bucket of the trail that it was made for. S3 is
/// asked, whatever was removed before.
async fn kept_for_files(clients: &Clients, account: &Account, key: &Key) -> Result<Option<String>, Failure> {
    let stays =
        "files in a bucket that stays may be encrypted with it; once none is needed, schedule its deletion in KMS";
    let Some(bucket) = bucket_of(account, key) else { return Ok(Some(stays.to_owned())) };
    Ok(match s3::found(clients, account, &key.region, &bucket).await? {
        s3::Found::Free => None,
        // One of that name elsewhere may be the account's.
        s3::Found::Owned(_) | s3::Found::Taken => Some(stays.to_owned()),
    })
}

/// The bucket of the trail that a key was made for, which has the number of the key (`fix::names`).
fn bucket_of(account: &Account, key: &Key) -> Option<String> {
    let names = Names { prefix: key.tags.get(OWN_TAG)?, partition: &account.partition, account: &account.id };
    let number = (1..=TRIES).find(|number| names.key(*number) == key.alias)?;
    Some(names.bucket(&key.region, number))
}

/// `kms:ScheduleKeyDeletion`.
async fn schedule(clients: &Clients, key: &Key, id: &str, days: i32, hand: &mut Hand<'_>) -> Result<Removed, Stopped> {
    let call = Call { operation: SCHEDULE, region: &key.region, resource: Some(id) };
    let request = clients.kms(&key.region).schedule_key_deletion().key_id(id).pending_window_in_days(days);
    let answer = hand.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    let Some(answer) = answer else { return Ok(Removed::Gone) };
    Ok(Removed::Scheduled(answer.deletion_date.and_then(to_the_second).unwrap_or_else(|| format!("in {days} days"))))
}

/// A time for people: nobody waits for a fraction of a second.
fn to_the_second(time: aws_smithy_types::DateTime) -> Option<String> {
    Some(timestamp(time)?.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Ids of the keys that these calls made: as the answers named them. What an answer named that never came is that key of
/// the step, under its alias or under none, that was made during the call.
async fn made_by(clients: &Clients, key: &Key, attempts: &[Attempt]) -> Result<BTreeSet<String>, Failure> {
    let creates = || attempts.iter().filter(|attempt| attempt.call == CREATE);
    let mut ids: BTreeSet<String> = creates().filter_map(made_id).map(str::to_owned).collect();
    let lost: Vec<&Attempt> = creates().filter(|attempt| made_id(attempt).is_none()).collect();
    if lost.is_empty() && !ids.is_empty() {
        return Ok(ids);
    }
    let mut candidates = unnamed(clients, key).await?;
    if let Some(named) = found(clients, &key.region, &key.alias).await? {
        candidates.insert(0, Candidate::of(key, &named)?);
    }
    for candidate in candidates {
        let covers = |attempt: &&Attempt| attempt.covers(candidate.made_at) != Some(false);
        // A run that only finished a key made none, and its key is named all the same.
        if creates().next().is_none() || lost.iter().any(covers) {
            ids.insert(candidate.id);
        }
    }
    Ok(ids)
}

/// The id of the key that a call made. A journal may say anything: an ARN or an alias would lead past what protects a key
/// by its id.
fn made_id(attempt: &Attempt) -> Option<&str> {
    let is_id = |text: &&str| {
        let bare = text.strip_prefix("mrk-").unwrap_or(text);
        bare.len() >= 32 && bare.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    attempt.made.as_deref().filter(is_id)
}

/// The id of the key that the step is about: that of its alias, or one that got none.
async fn current(clients: &Clients, key: &Key) -> Result<Option<String>, Failure> {
    match found(clients, &key.region, &key.alias).await? {
        Some(found) => Ok(Some(found.key_id)),
        None => Ok(unnamed(clients, key).await?.into_iter().next().map(|key| key.id)),
    }
}

/// How a key is.
enum State {
    /// It is not there.
    Missing,
    /// As the step makes it, and these calls are left.
    Ours(Vec<&'static str>),
    /// As the step made it, and AWS deletes it at this time.
    Ending(String),
    /// Without this program's tag.
    Foreign,
    /// Otherwise: why.
    Changed(String),
}

/// Looks at a key by its id; `alias` is what it is called.
async fn state(clients: &Clients, key: &Key, id: &str, alias: &str) -> Result<State, Failure> {
    let Some((found, kept)) = described(clients, &key.region, id).await? else { return Ok(State::Missing) };
    let call = Call { operation: "kms:DescribeKey", region: &key.region, resource: Some(id) };
    let raw = kept.json(call)?.get("KeyMetadata").cloned().unwrap_or_default();
    if !is_tagged(clients, key, id).await? {
        return Ok(State::Foreign);
    }
    if found.key_state == Some(sdk::KeyState::PendingDeletion) {
        let when = found.deletion_date.and_then(to_the_second);
        return Ok(State::Ending(when.unwrap_or_else(|| "a time that KMS does not say".to_owned())));
    }
    if found.key_state != Some(sdk::KeyState::Enabled) {
        let state = found.key_state.map_or_else(|| "not enabled".to_owned(), |state| state.as_str().to_owned());
        return Ok(State::Changed(format!("the key of {alias} is {state}")));
    }
    let changed = |of_it: &str| State::Changed(format!("the key of {alias} exists with another {of_it}"));
    if let Some(field) = difference(&raw, &json!({ "Description": key.description }), FILLED) {
        return Ok(changed(&field));
    }
    if !has_policy(clients, key, id).await? {
        let Standing::Changed(why) = altered(alias, "policy") else { return Ok(changed("policy")) };
        return Ok(State::Changed(why));
    }
    Ok(match rotation_to_set(clients, &key.region, id).await? {
        Rotation::Off => State::Ours(vec![ROTATE]),
        Rotation::Yearly => State::Ours(Vec::new()),
        Rotation::Other => changed("rotation period"),
    })
}

/// `kms:GetKeyPolicy`: whether the key has the policy of the step.
async fn has_policy(clients: &Clients, key: &Key, id: &str) -> Result<bool, Failure> {
    let call = Call { operation: "kms:GetKeyPolicy", region: &key.region, resource: Some(id) };
    Ok(document::same(&policy(clients, call, id).await?, &key.policy))
}

/// `kms:GetKeyRotationStatus`: whether a key gets new material every year.
pub(in crate::aws) async fn is_rotated(clients: &Clients, region: &str, id: &str) -> Result<bool, Failure> {
    Ok(rotation(clients, region, id).await? != Rotation::Off)
}

/// The same, where nobody may say taken for off: to switch it on twice changes nothing, and nothing depends on it.
async fn rotation_to_set(clients: &Clients, region: &str, id: &str) -> Result<Rotation, Failure> {
    match rotation(clients, region, id).await {
        Err(failure) if failure.is_denied() => Ok(Rotation::Off),
        answer => answer,
    }
}

/// How often a key's material is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rotation {
    Off,
    Yearly,
    Other,
}

/// `kms:GetKeyRotationStatus`.
async fn rotation(clients: &Clients, region: &str, id: &str) -> Result<Rotation, Failure> {
    let call = Call { operation: "kms:GetKeyRotationStatus", region, resource: Some(id) };
    let kept = Kept::default();
    let request = clients.kms(region).get_key_rotation_status().key_id(id).customize().interceptor(kept.clone());
    let answer = clients.ask(call, request.send()).await?;
    // The SDK makes `false` of what is missing.
    call.must(answers::KEY_ROTATION, kept.json(call)?.get("KeyRotationEnabled").and_then(Value::as_bool))?;
    Ok(match (answer.key_rotation_enabled, answer.rotation_period_in_days) {
        (false, _) => Rotation::Off,
        (true, None | Some(ROTATION_DAYS)) => Rotation::Yearly,
        (true, Some(_)) => Rotation::Other,
    })
}

/// A key that may be the one that is looked for.
struct Candidate {
    id: String,
    made_at: Timestamp,
}

impl Candidate {
    fn of(key: &Key, found: &sdk::KeyMetadata) -> Result<Self, Failure> {
        let call = Call { operation: "kms:DescribeKey", region: &key.region, resource: Some(&found.key_id) };
        let made_at = call.must(answers::KEY_CREATED, found.creation_date.and_then(timestamp))?;
        Ok(Self { id: found.key_id.clone(), made_at })
    }
}

/// The keys of ours without an alias, made for this step by runs that were ended.
async fn unnamed(clients: &Clients, key: &Key) -> Result<Vec<Candidate>, Failure> {
    let named: BTreeSet<String> = aliases(clients, &key.region).await?.into_iter().map(|(_, id)| id).collect();
    let mut denied = None;
    let mut read = false;
    let mut unnamed = Vec::new();
    for id in keys(clients, &key.region).await?.into_iter().filter(|id| !named.contains(id)) {
        match is_tagged(clients, key, &id).await {
            Ok(false) => read = true,
            Ok(true) => {
                read = true;
                let Some(found) = found(clients, &key.region, &id).await? else { continue };
                let is_it = found.description.as_deref().unwrap_or_default() == key.description
                    && found.key_state == Some(sdk::KeyState::Enabled);
                if is_it && has_policy(clients, key, &id).await? {
                    unnamed.push(Candidate::of(key, &found)?);
                }
            }
            // A key whose own policy keeps the account out is none of ours.
            Err(failure) if failure.code.starts_with("AccessDenied") => denied = Some(failure),
            Err(failure) => return Err(failure),
        }
    }
    match denied {
        Some(failure) if !read => Err(failure),
        Some(_) | None => Ok(unnamed),
    }
}

/// `kms:ListResourceTags`: whether the key has this program's tag.
async fn is_tagged(clients: &Clients, key: &Key, id: &str) -> Result<bool, Failure> {
    let call = Call { operation: "kms:ListResourceTags", region: &key.region, resource: Some(id) };
    let tags = tags(clients, call, id).await?;
    Ok(is_ours(tags.iter().map(|tag| (tag.tag_key(), tag.tag_value())), &key.tags))
}

/// `kms:ListAliases`: aliases and the ids of their keys.
async fn aliases(clients: &Clients, region: &str) -> Result<Vec<(String, String)>, Failure> {
    let call = Call { operation: "kms:ListAliases", region, resource: None };
    let (mut aliases, mut pages) = (Vec::new(), Pages::new(call, MOST_PAGES));
    loop {
        let request = clients.kms(region).list_aliases().limit(100).set_marker(pages.token());
        let answer = clients.ask(call, request.send()).await?;
        for alias in call.must(answers::ALIASES, answer.aliases)? {
            let name = call.must_say(answers::ALIAS_NAME, alias.alias_name)?;
            // Those of AWS have a key once it is used for the first time.
            match alias.target_key_id {
                None if name.starts_with("alias/aws/") => {}
                id => aliases.push((name, call.must_say(answers::ALIAS_TARGET, id)?)),
            }
        }
        if !pages.turn(answer.next_marker)? {
            return Ok(aliases);
        }
    }
}

/// `kms:ListKeys`: ids of all keys of a region.
async fn keys(clients: &Clients, region: &str) -> Result<Vec<String>, Failure> {
    let call = Call { operation: "kms:ListKeys", region, resource: None };
    let (mut keys, mut pages) = (Vec::new(), Pages::new(call, MOST_PAGES));
    loop {
        let request = clients.kms(region).list_keys().limit(1_000).set_marker(pages.token());
        let answer = clients.ask(call, request.send()).await?;
        for key in call.must(answers::KEYS, answer.keys)? {
            keys.push(call.must_say(answers::KEY_ID, key.key_id)?);
        }
        if !pages.turn(answer.next_marker)? {
            return Ok(keys);
        }
    }
}
