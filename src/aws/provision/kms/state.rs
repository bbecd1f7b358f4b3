//! How one key is: whose, in which state, with which policy and rotation. It is asked by its id; which key that is, is for
//! `search`.

use aws_sdk_kms::types as sdk;
use serde_json::{Value, json};

use crate::aws::answers;
use crate::aws::clients::Clients;
use crate::aws::clock::timestamp;
use crate::aws::error::{Call, Failure};
use crate::aws::kms::{described, policy, tags};
use crate::aws::provision::compare::{Filled, difference};
use crate::aws::provision::document;
use crate::aws::provision::resource_state::{altered, is_ours};
use crate::aws::raw::Kept;
use crate::fix::execute::ResourceState;
use crate::fix::plan::Key;

pub(super) const ROTATE: &str = "kms:EnableKeyRotation";

/// A year, as `EnableKeyRotation` sets it.
const ROTATION_DAYS: i32 = 365;

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

/// How a key is.
pub(super) enum State {
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
pub(super) async fn state(clients: &Clients, key: &Key, id: &str, alias: &str) -> Result<State, Failure> {
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
        let ResourceState::Changed(why) = altered(alias, "policy") else { return Ok(changed("policy")) };
        return Ok(State::Changed(why));
    }
    Ok(match rotation_to_set(clients, &key.region, id).await? {
        Rotation::Off => State::Ours(vec![ROTATE]),
        Rotation::Yearly => State::Ours(Vec::new()),
        Rotation::Other => changed("rotation period"),
    })
}

/// `kms:GetKeyPolicy`: whether the key has the policy of the step.
pub(super) async fn has_policy(clients: &Clients, key: &Key, id: &str) -> Result<bool, Failure> {
    let call = Call { operation: "kms:GetKeyPolicy", region: &key.region, resource: Some(id) };
    Ok(document::same(&policy(clients, call, id).await?, &key.policy))
}

/// `kms:GetKeyRotationStatus`: whether a key gets new material every year.
pub(in crate::aws) async fn is_rotated(clients: &Clients, region: &str, id: &str) -> Result<bool, Failure> {
    Ok(rotation(clients, region, id).await? != Rotation::Off)
}

/// The same, where a denied read counts as off: to switch it on twice changes nothing, and nothing
/// depends on it.
pub(super) async fn rotation_to_set(clients: &Clients, region: &str, id: &str) -> Result<Rotation, Failure> {
    match rotation(clients, region, id).await {
        Err(failure) if failure.is_denied() => Ok(Rotation::Off),
        answer => answer,
    }
}

/// How often a key's material is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rotation {
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

/// `kms:ListResourceTags`: whether the key has this program's tag.
pub(super) async fn is_tagged(clients: &Clients, key: &Key, id: &str) -> Result<bool, Failure> {
    let call = Call { operation: "kms:ListResourceTags", region: &key.region, resource: Some(id) };
    let tags = tags(clients, call, id).await?;
    Ok(is_ours(tags.iter().map(|tag| (tag.tag_key(), tag.tag_value())), &key.tags))
}

/// A time for people: fractions of a second do not matter.
pub(super) fn to_the_second(time: aws_smithy_types::DateTime) -> Option<String> {
    Some(timestamp(time)?.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
