//! KMS: the keys that encrypt topics. What is read is mapped and not judged, and nothing is changed.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use aws_sdk_kms::types as sdk;

use super::answers;
use super::clients::Clients;
use super::error::{Call, Failure, Trouble};
use super::pages::Pages;
use super::raw::Kept;
use crate::audit;
use crate::snapshot::{Grant, Key, Topic};

/// The keys that were asked about already, by region and ARN: several topics may be encrypted with one.
#[derive(Debug, Default)]
pub(super) struct Asked(Mutex<BTreeSet<(String, String)>>);

impl Asked {
    fn is_first(&self, region: &str, arn: &str) -> bool {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert((region.to_owned(), arn.to_owned()))
    }
}

/// Reads the key that encrypts a topic, unless it has none, the alias says that it is the AWS managed one, or another
/// topic's reading has asked for it.
pub(super) async fn key_of(clients: &Clients, asked: &Asked, topic: &Topic) -> (Option<Key>, Vec<Failure>) {
    let Some(arn) = topic.key_arn().filter(|_| !topic.names_managed_key()) else { return (None, Vec::new()) };
    let Some(region) = topic.arn.region() else { return (None, Vec::new()) };
    key_for(clients, asked, region, &arn).await
}

/// Reads a key with which a topic of the region would be encrypted, unless it was asked about already.
pub(super) async fn key_for(clients: &Clients, asked: &Asked, region: &str, arn: &str) -> (Option<Key>, Vec<Failure>) {
    if !asked.is_first(region, arn) {
        return (None, Vec::new());
    }
    let (key, failures) = key(clients, region, arn).await;
    (Some(key), failures)
}

/// Reads a key in the topic's region, for SNS knows no other. The policy of an AWS managed key is not asked for: no one
/// can edit it; nor are grants where the policy alone decides.
async fn key(clients: &Clients, region: &str, arn: &str) -> (Key, Vec<Failure>) {
    let mut key = Key {
        region: region.to_owned(),
        id: arn.to_owned(),
        exists: None,
        arn: None,
        manager: None,
        state: None,
        spec: None,
        policy: None,
        grants: None,
    };
    match found(clients, region, arn).await.and_then(|found| with_manager(region, arn, found)) {
        Ok(Some(found)) => {
            key.exists = Some(true);
            key.manager = found.key_manager.map(|manager| manager.as_str().to_owned());
            key.state = found.key_state.map(|state| state.as_str().to_owned());
            key.spec = found.key_spec.map(|spec| spec.as_str().to_owned());
            key.arn = found.arn;
        }
        Ok(None) => {
            key.exists = Some(false);
            return (key, Vec::new());
        }
        Err(failure) => return (key, vec![failure]),
    }
    if key.is_aws_managed() {
        return (key, Vec::new());
    }
    let call = Call { operation: "kms:GetKeyPolicy", region, resource: Some(&key.id) };
    let answer = match key.arn.as_deref() {
        Some(arn) => policy(clients, call, arn).await,
        None => Err(call.bad_answer("the key was described without its ARN")),
    };
    match answer {
        Ok(policy) => key.policy = Some(policy),
        Err(failure) => return (key, vec![failure]),
    }
    if !audit::grants_matter(&key) {
        return (key, Vec::new());
    }
    match grants(clients, &key).await {
        Ok(grants) => {
            key.grants = Some(grants);
            (key, Vec::new())
        }
        Err(failure) => (key, vec![failure]),
    }
}

/// What a verdict depends on in addition to whether the key is enabled.
fn with_manager(region: &str, arn: &str, found: Option<sdk::KeyMetadata>) -> Result<Option<sdk::KeyMetadata>, Failure> {
    let call = Call { operation: "kms:DescribeKey", region, resource: Some(arn) };
    if let Some(key) = &found {
        call.must(answers::KEY_ARN, key.arn.as_ref())?;
        call.must(answers::KEY_MANAGER, key.key_manager.as_ref())?;
    }
    Ok(found)
}

/// The key of an ARN or id, or behind an alias. `None`: there is none.
pub(super) async fn found(clients: &Clients, region: &str, arn: &str) -> Result<Option<sdk::KeyMetadata>, Failure> {
    Ok(described(clients, region, arn).await?.map(|(key, _)| key))
}

/// `kms:DescribeKey`, which takes a key or an alias: as the SDK knows it, and the answer as it came.
pub(super) async fn described(
    clients: &Clients,
    region: &str,
    arn: &str,
) -> Result<Option<(sdk::KeyMetadata, Kept)>, Failure> {
    let call = Call { operation: "kms:DescribeKey", region, resource: Some(arn) };
    let kept = Kept::default();
    let request = clients.kms(region).describe_key().key_id(arn).customize().interceptor(kept.clone());
    let answer = match clients.ask(call, request.send()).await {
        Ok(answer) => answer,
        Err(failure) if failure.trouble == Trouble::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let key = call.must(answers::KEY, answer.key_metadata)?;
    call.must(answers::KEY_STATE, key.key_state.as_ref())?;
    Ok(Some((key, kept)))
}

/// `kms:GetKeyPolicy`, which takes no alias. `default` is the one name that a key's policy has. `id`: the key's ARN or id;
/// a failure is about what the call names.
pub(super) async fn policy(clients: &Clients, call: Call<'_>, id: &str) -> Result<String, Failure> {
    let request = clients.kms(call.region).get_key_policy().key_id(id).policy_name("default");
    call.must_say(answers::KEY_POLICY, clients.ask(call, request.send()).await?.policy)
}

/// `kms:ListResourceTags`: a key's tags, by its ARN or id; a failure is about what the call names.
pub(super) async fn tags(clients: &Clients, call: Call<'_>, id: &str) -> Result<Vec<sdk::Tag>, Failure> {
    let request = clients.kms(call.region).list_resource_tags().key_id(id);
    call.must(answers::KEY_TAGS, clients.ask(call, request.send()).await?.tags)
}

/// The most that one page holds (`ListGrants`).
const PAGE: i32 = 100;
/// A key has at most 50,000 grants. A server that goes on for ever is stopped here.
const MOST_PAGES: usize = 500;

/// All pages of `kms:ListGrants`, which takes no alias; of the grants those to CloudWatch. A key that encrypts volumes too
/// may have thousands of others.
async fn grants(clients: &Clients, key: &Key) -> Result<Vec<Grant>, Failure> {
    let call = Call { operation: "kms:ListGrants", region: &key.region, resource: Some(&key.id) };
    let arn = key.arn.as_deref().ok_or_else(|| call.bad_answer("the key was described without its ARN"))?;
    let kms = clients.kms(&key.region);
    let (mut grants, mut pages) = (Vec::new(), Pages::new(call, MOST_PAGES));
    loop {
        let request = kms.list_grants().key_id(arn).limit(PAGE).set_marker(pages.token());
        let answer = clients.ask(call, request.send()).await?;
        let listed = call.must(answers::KEY_GRANTS, answer.grants)?;
        grants.extend(listed.into_iter().map(grant).filter(Grant::is_to_cloudwatch));
        if !pages.turn(answer.next_marker)? {
            return Ok(grants);
        }
    }
}

fn grant(grant: sdk::GrantListEntry) -> Grant {
    let constraints = grant.constraints.unwrap_or_else(|| sdk::GrantConstraints::builder().build());
    Grant {
        id: grant.grant_id.unwrap_or_default(),
        grantee: grant.grantee_principal,
        grantee_service: grant.grantee_service_principal,
        operations: grant
            .operations
            .unwrap_or_default()
            .iter()
            .map(|operation| operation.as_str().to_owned())
            .collect(),
        source_arn: constraints.source_arn,
        context_subset: constraints.encryption_context_subset.unwrap_or_default().into_iter().collect(),
        context_equals: constraints.encryption_context_equals.map(|pairs| pairs.into_iter().collect()),
    }
}
