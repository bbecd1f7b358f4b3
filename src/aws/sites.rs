//! What a fix must know before it is planned and no audit asks: what stands under the names that it would give, the
//! policies of the queues and functions that it would subscribe, and every alarm where it would make one.
//!
//! Only what no list of the snapshot holds is asked about. What could not be read is a gap, and its state `None`.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};

use aws_sdk_kms::types::KeyState;

use super::clients::Clients;
use super::error::{Call, Failure, Trouble};
use super::kms::{self, described};
use super::provision::{Account, FoundBucket, found_bucket, function_policy, queue_policy, role_tags};
use super::region::{self, AT_ONCE};
use crate::arn::Arn;
use crate::fix::plan::OWN_TAG;
use crate::fix::questions::Questions;
use crate::snapshot::{EndpointPolicy, Site, SiteKind, SiteState, Snapshot};

/// Reads what a fix asks into a snapshot of the same account. `own` is the value that this program's tag has on what is
/// ours.
pub async fn look_around(clients: &Clients, snapshot: &mut Snapshot, questions: &Questions, own: &str) {
    let account = Account { id: snapshot.account_id.clone(), partition: snapshot.partition.clone() };
    let region = snapshot.region.clone();
    let kinds =
        [(SiteKind::Bucket, &questions.buckets), (SiteKind::Role, &questions.roles), (SiteKind::Key, &questions.keys)];
    let named = kinds.into_iter().flat_map(|(kind, names)| names.iter().map(move |name| (kind, name)));
    let sites = named.map(|(kind, name)| site(clients, &account, &region, own, kind, name));
    let endpoints = questions.endpoints.iter().map(|arn| endpoint(clients, arn));
    let groups: BTreeSet<String> =
        questions.log_groups.iter().filter(|arn| snapshot.log_group(arn).is_none()).cloned().collect();
    let topics: BTreeSet<String> =
        questions.topics.iter().filter(|arn| snapshot.topic(arn).is_none()).cloned().collect();
    let is_read = |region: &&String| {
        snapshot.alarms_in(region).is_some_and(|alarms| alarms.complete && alarms.mute_rules.is_some())
    };
    let unread: Vec<&String> = questions.alarms.iter().filter(|region| !is_read(region)).collect();
    let keys = kms::Asked::default();
    let (sites, endpoints, (groups, failures), topics, alarms): (Vec<_>, Vec<_>, _, _, Vec<_>) = futures::join!(
        stream::iter(sites).buffered(AT_ONCE).collect(),
        stream::iter(endpoints).buffered(AT_ONCE).collect(),
        region::read_groups(clients, &groups, None),
        region::read_topics(clients, &keys, &topics),
        stream::iter(unread.iter().map(|region| region::all_alarms(clients, region))).buffered(AT_ONCE).collect(),
    );
    let mut gaps = failures;
    for (site, failure) in sites {
        snapshot.sites.push(site);
        gaps.extend(failure);
    }
    for (endpoint, failure) in endpoints {
        snapshot.endpoints.push(endpoint);
        gaps.extend(failure);
    }
    snapshot.log_groups.extend(groups);
    snapshot.topics.extend(topics.topics);
    snapshot.keys.extend(topics.keys);
    gaps.extend(topics.failures);
    for (alarms, failures) in alarms {
        snapshot.alarms.retain(|known| known.region != alarms.region);
        snapshot.alarms.push(alarms);
        gaps.extend(failures);
    }
    snapshot.gaps.extend(gaps.into_iter().map(|failure| failure.into_gap(&account.id)));
    snapshot.sort();
}

async fn site(
    clients: &Clients,
    account: &Account,
    region: &str,
    own: &str,
    kind: SiteKind,
    name: &str,
) -> (Site, Option<Failure>) {
    let tags = match kind {
        SiteKind::Bucket => match found_bucket(clients, account, region, name).await {
            Ok(FoundBucket::Free) => Ok(None),
            Ok(FoundBucket::Owned(tags)) => Ok(Some(tags)),
            Ok(FoundBucket::Taken) => Ok(Some(Vec::new())),
            Err(failure) => Err(failure),
        },
        SiteKind::Role => role_tags(clients, account, name).await,
        SiteKind::Key => key_tags(clients, region, name).await,
    };
    let (state, failure) = match tags {
        Ok(None) => (Some(SiteState::Missing), None),
        Ok(Some(tags)) if tags.iter().any(|(key, value)| key == OWN_TAG && value == own) => {
            (Some(SiteState::Ours), None)
        }
        Ok(Some(_)) => (Some(SiteState::Foreign), None),
        Err(failure) => (None, Some(failure)),
    };
    (Site { kind, name: name.to_owned(), state }, failure)
}

/// The tags of the key behind an alias; of one that cannot be used, as one that is to be deleted, none: it is nobody's to
/// finish. `None`: no such alias.
async fn key_tags(clients: &Clients, region: &str, alias: &str) -> Result<Option<Vec<(String, String)>>, Failure> {
    let key = match described(clients, region, alias).await {
        Ok(key) => key,
        Err(failure) if failure.trouble == Trouble::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    if key.key_state != Some(KeyState::Enabled) {
        return Ok(Some(Vec::new()));
    }
    let call = Call { operation: "kms:ListResourceTags", region, resource: Some(alias) };
    let request = clients.kms(region).list_resource_tags().key_id(key.key_id());
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    let tags = answer.tags.unwrap_or_default().into_iter();
    Ok(Some(tags.map(|tag| (tag.tag_key, tag.tag_value)).collect()))
}

async fn endpoint(clients: &Clients, arn: &str) -> (EndpointPolicy, Option<Failure>) {
    let policy = match Arn::parse(arn).map(|arn| arn.service) {
        Some("sqs") => queue_policy(clients, arn).await.map(Option::unwrap_or_default),
        Some("lambda") => function_policy(clients, arn).await.map(Option::unwrap_or_default),
        Some(_) | None => return (EndpointPolicy { arn: arn.to_owned(), exists: None, policy: None }, None),
    };
    let (exists, policy, failure) = match policy {
        Ok(policy) => (Some(true), Some(policy), None),
        Err(failure) if failure.trouble == Trouble::NotFound => (Some(false), None, None),
        Err(failure) => (None, None, Some(failure)),
    };
    (EndpointPolicy { arn: arn.to_owned(), exists, policy }, failure)
}
