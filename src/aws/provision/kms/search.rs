//! Which keys a step is about: what its calls made, and what runs that were ended left without an alias. Nothing is changed
//! here, and whether a key may be removed is not asked.

use std::collections::BTreeSet;

use aws_sdk_kms::types as sdk;
use jiff::Timestamp;

use super::state::{has_policy, is_tagged};
use crate::aws::answers;
use crate::aws::clients::Clients;
use crate::aws::clock::timestamp;
use crate::aws::error::{Call, Failure};
use crate::aws::kms::found;
use crate::aws::pages::Pages;
use crate::fix::journal::Attempt;
use crate::fix::plan::Key;

pub(super) const CREATE: &str = "kms:CreateKey";

/// A server that goes on for ever is stopped here: pages of 100 aliases or 1,000 keys.
const MOST_PAGES: usize = 1_000;

/// Ids of the keys that these calls made: as the answers named them. What an answer named that never came is that key of
/// the step, under its alias or under none, that was made during the call.
pub(super) async fn made_by(clients: &Clients, key: &Key, attempts: &[Attempt]) -> Result<BTreeSet<String>, Failure> {
    let creates = || attempts.iter().filter(|attempt| attempt.call == CREATE);
    let mut ids: BTreeSet<String> = creates().filter_map(made_id).map(str::to_owned).collect();
    let lost: Vec<&Attempt> = creates().filter(|attempt| made_id(attempt).is_none()).collect();
    if lost.is_empty() && !ids.is_empty() {
        return Ok(ids);
    }
    let mut candidates = unnamed(clients, key).await?;
    if let Some(named) = found(clients, &key.region, &key.alias).await? {
        candidates.insert(0, Candidate::from_answer(key, &named)?);
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
pub(super) async fn current(clients: &Clients, key: &Key) -> Result<Option<String>, Failure> {
    match found(clients, &key.region, &key.alias).await? {
        Some(found) => Ok(Some(found.key_id)),
        None => Ok(unnamed(clients, key).await?.into_iter().next().map(|key| key.id)),
    }
}

/// A key that may be the one that is looked for.
pub(super) struct Candidate {
    pub(super) id: String,
    made_at: Timestamp,
}

impl Candidate {
    fn from_answer(key: &Key, found: &sdk::KeyMetadata) -> Result<Self, Failure> {
        let call = Call { operation: "kms:DescribeKey", region: &key.region, resource: Some(&found.key_id) };
        let made_at = call.must(answers::KEY_CREATED, found.creation_date.and_then(timestamp))?;
        Ok(Self { id: found.key_id.clone(), made_at })
    }
}

/// The keys of ours without an alias, made for this step by runs that were ended.
pub(super) async fn unnamed(clients: &Clients, key: &Key) -> Result<Vec<Candidate>, Failure> {
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
                    unnamed.push(Candidate::from_answer(key, &found)?);
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

/// `kms:ListAliases`: aliases and the ids of their keys.
pub(super) async fn aliases(clients: &Clients, region: &str) -> Result<Vec<(String, String)>, Failure> {
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
