//! KMS: a key of a customer's own, with rotation, under an alias.
//!
//! `CreateKey` makes a key each time that it is called. A key that an ended run made and gave no alias is found again by
//! its tags, among the keys that no alias names.

use std::collections::BTreeSet;

use aws_sdk_kms::config::Builder;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::types as sdk;

use super::{Hand, Removed, Standing, Stopped, altered, cloudtrail, document, foreign, is_ours};
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure};
use crate::aws::kms::found;
use crate::aws::timestamp;
use crate::fix::plan::Key;
use crate::snapshot::Trail;

const CREATE: &str = "kms:CreateKey";
const ROTATE: &str = "kms:EnableKeyRotation";
const NAME: &str = "kms:CreateAlias";

/// A key is not known everywhere at once.
const NOT_YET: &[&str] = &["NotFoundException"];
/// Days until a key is deleted, the longest that there may be: what it encrypts is lost with it.
const PENDING_DAYS: i32 = 30;
/// A server that goes on for ever is stopped here: pages of 100 aliases or 1,000 keys.
const MOST_PAGES: usize = 1_000;

pub(super) async fn look(clients: &Clients, key: &Key) -> Result<Standing, Failure> {
    let (region, alias) = (key.region.as_str(), key.alias.as_str());
    let Some(found) = found(clients, region, alias).await? else {
        let Some(id) = unnamed(clients, key).await? else { return Ok(Standing::Ready) };
        let mut left = unless_rotating(clients, region, &id).await?;
        left.push(NAME);
        return Ok(Standing::left(left));
    };
    if !is_tagged(clients, key, &found.key_id).await? {
        return Ok(foreign(alias));
    }
    if found.key_state != Some(sdk::KeyState::Enabled) {
        let state = found.key_state.map_or_else(|| "not enabled".to_owned(), |state| state.as_str().to_owned());
        return Ok(Standing::changed(format!("the key of {alias} is {state}")));
    }
    if !has_policy(clients, key, &found.key_id).await? {
        return Ok(altered(alias, "policy"));
    }
    Ok(Standing::left(unless_rotating(clients, region, &found.key_id).await?))
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
        let tags = key.tags.iter().map(|(name, value)| sdk::Tag::builder().tag_key(name).tag_value(value).build());
        let tags: Result<Vec<_>, _> = tags.collect();
        let tags = tags.map_err(|error| call(CREATE).bad_answer(&error.to_string()))?;
        let make = || async {
            let request = kms.create_key().description(&key.description).policy(&key.policy);
            let once = Builder::new().retry_config(RetryConfig::disabled());
            let request = request.set_tags(Some(tags.clone())).customize().config_override(once);
            let answer = request.send().await.map_err(|error| call(CREATE).failure(&error))?;
            let made = answer.key_metadata.ok_or_else(|| call(CREATE).bad_answer("the answer has no key"))?;
            Ok(made.key_id)
        };
        // Only where a refusal is sure to have made none: an answer may be lost.
        hand.patiently(call(CREATE), &["ThrottlingException"], make).await?
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
        hand.patiently(call(NAME), NOT_YET, name).await?;
    }
    Ok(())
}

/// The alias goes at once, so that a later fix can make a key of that name; the key itself only after 30 days. The alias
/// goes first: of a key without one, what is left to do is found again by its tags.
pub(super) async fn remove(clients: &Clients, key: &Key, hand: &mut Hand<'_>) -> Result<Removed, Stopped> {
    let kms = clients.kms(&key.region);
    let call = |operation| Call { operation, region: &key.region, resource: Some(key.alias.as_str()) };
    let Some(id) = current(clients, key).await? else { return Ok(Removed::Gone) };
    // A key's ARN ends in its id, an alias's in the alias.
    let is_key = |found: &str| found.ends_with(&id) || found.ends_with(&key.alias);
    let uses = |trail: &Trail| trail.kms_key_id.as_deref().is_some_and(is_key);
    if let Some(kept) = cloudtrail::kept_for(clients, &key.region, uses).await? {
        return Ok(kept);
    }
    let unname = call("kms:DeleteAlias");
    let request = kms.delete_alias().alias_name(&key.alias);
    hand.delete(unname, async { request.send().await.map_err(|error| unname.failure(&error)) }).await?;
    let schedule = call("kms:ScheduleKeyDeletion");
    let request = kms.schedule_key_deletion().key_id(&id).pending_window_in_days(PENDING_DAYS);
    let answer =
        hand.delete(schedule, async { request.send().await.map_err(|error| schedule.failure(&error)) }).await?;
    let Some(answer) = answer else { return Ok(Removed::Gone) };
    let day = answer.deletion_date.and_then(timestamp).map(|time| time.to_string());
    Ok(Removed::Scheduled(day.unwrap_or_else(|| format!("in {PENDING_DAYS} days"))))
}

/// The id of the key that the step is about: that of its alias, or the one that got none.
async fn current(clients: &Clients, key: &Key) -> Result<Option<String>, Failure> {
    match found(clients, &key.region, &key.alias).await? {
        Some(found) => Ok(Some(found.key_id)),
        None => unnamed(clients, key).await,
    }
}

/// `kms:GetKeyPolicy`: whether the key has the policy of the step.
async fn has_policy(clients: &Clients, key: &Key, id: &str) -> Result<bool, Failure> {
    let call = Call { operation: "kms:GetKeyPolicy", region: &key.region, resource: Some(id) };
    let request = clients.kms(&key.region).get_key_policy().key_id(id).policy_name("default");
    let policy = request.send().await.map_err(|error| call.failure(&error))?.policy;
    Ok(document::same(&policy.ok_or_else(|| call.bad_answer("the answer has no policy"))?, &key.policy))
}

/// The call that is left while a key's material stays the same for ever.
async fn unless_rotating(clients: &Clients, region: &str, id: &str) -> Result<Vec<&'static str>, Failure> {
    match is_rotated(clients, region, id).await {
        Ok(true) => Ok(Vec::new()),
        Ok(false) => Ok(vec![ROTATE]),
        // To switch it on twice changes nothing, and nothing depends on it.
        Err(failure) if failure.is_denied() => Ok(vec![ROTATE]),
        Err(failure) => Err(failure),
    }
}

/// `kms:GetKeyRotationStatus`: whether a key gets new material every year.
pub(in crate::aws) async fn is_rotated(clients: &Clients, region: &str, id: &str) -> Result<bool, Failure> {
    let call = Call { operation: "kms:GetKeyRotationStatus", region, resource: Some(id) };
    let request = clients.kms(region).get_key_rotation_status().key_id(id);
    Ok(request.send().await.map_err(|error| call.failure(&error))?.key_rotation_enabled)
}

/// A key of ours without an alias, made for this step by a run that was ended.
async fn unnamed(clients: &Clients, key: &Key) -> Result<Option<String>, Failure> {
    let named = named(clients, &key.region).await?;
    let mut denied = None;
    let mut read = false;
    for id in keys(clients, &key.region).await?.into_iter().filter(|id| !named.contains(id)) {
        match is_tagged(clients, key, &id).await {
            Ok(false) => read = true,
            Ok(true) => {
                read = true;
                let Some(found) = found(clients, &key.region, &id).await? else { continue };
                let is_it = found.description.as_deref().unwrap_or_default() == key.description
                    && found.key_state == Some(sdk::KeyState::Enabled);
                if is_it && has_policy(clients, key, &id).await? {
                    return Ok(Some(id));
                }
            }
            // A key whose own policy keeps the account out is none of ours.
            Err(failure) if failure.code.starts_with("AccessDenied") => denied = Some(failure),
            Err(failure) => return Err(failure),
        }
    }
    match denied {
        Some(failure) if !read => Err(failure),
        Some(_) | None => Ok(None),
    }
}

/// `kms:ListResourceTags`: whether the key has this program's tag.
async fn is_tagged(clients: &Clients, key: &Key, id: &str) -> Result<bool, Failure> {
    let call = Call { operation: "kms:ListResourceTags", region: &key.region, resource: Some(id) };
    let request = clients.kms(&key.region).list_resource_tags().key_id(id);
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    Ok(is_ours(answer.tags().iter().map(|tag| (tag.tag_key(), tag.tag_value())), &key.tags))
}

/// `kms:ListAliases`: ids of the keys that have one.
async fn named(clients: &Clients, region: &str) -> Result<BTreeSet<String>, Failure> {
    let call = Call { operation: "kms:ListAliases", region, resource: None };
    let (mut named, mut marker) = (BTreeSet::new(), None);
    for _ in 0..MOST_PAGES {
        let request = clients.kms(region).list_aliases().limit(100).set_marker(marker);
        let answer = request.send().await.map_err(|error| call.failure(&error))?;
        named.extend(answer.aliases.unwrap_or_default().into_iter().filter_map(|alias| alias.target_key_id));
        marker = answer.next_marker;
        if marker.is_none() {
            return Ok(named);
        }
    }
    Err(call.bad_answer("the pages of aliases do not end"))
}

/// `kms:ListKeys`: ids of all keys of a region.
async fn keys(clients: &Clients, region: &str) -> Result<Vec<String>, Failure> {
    let call = Call { operation: "kms:ListKeys", region, resource: None };
    let (mut keys, mut marker) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let request = clients.kms(region).list_keys().limit(1_000).set_marker(marker);
        let answer = request.send().await.map_err(|error| call.failure(&error))?;
        keys.extend(answer.keys.unwrap_or_default().into_iter().filter_map(|key| key.key_id));
        marker = answer.next_marker;
        if marker.is_none() {
            return Ok(keys);
        }
    }
    Err(call.bad_answer("the pages of keys do not end"))
}
