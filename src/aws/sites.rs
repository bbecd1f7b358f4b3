//! What a fix must know before it is planned and no audit asks: what stands under the names that it would give, the
//! policies of the queues and functions that it would subscribe, and every alarm where it would make one.
//!
//! Only what no list of the snapshot holds is asked about. What could not be read is a gap, and its state `None`.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};

use aws_sdk_kms::types::KeyState;

use super::answers;
use super::clients::Clients;
use super::error::{Call, Failure, Trouble};
use super::kms;
use super::provision::{Account, FoundBucket, found_bucket, found_log_group, function_policy, queue_policy, role_tags};
use super::region::{self, AT_ONCE};
use crate::arn::Arn;
use crate::fix::plan::OWN_TAG;
use crate::fix::questions::{Questions, TopicKey};
use crate::snapshot::{EndpointPolicy, Key, Site, SiteKind, SiteState, Snapshot};

/// Reads what a fix asks into a snapshot of the same account. `own` is the value that this program's tag has on what is
/// ours.
pub async fn look_around(clients: &Clients, snapshot: &mut Snapshot, questions: &Questions, own: &str) {
    let _reading = clients.bounds().plan();
    let account = Account { id: snapshot.account_id.clone(), partition: snapshot.partition.clone() };
    let region = snapshot.region.clone();
    let kinds = [
        (SiteKind::Bucket, &questions.buckets),
        (SiteKind::Role, &questions.roles),
        (SiteKind::Key, &questions.keys),
        (SiteKind::LogGroup, &questions.log_groups),
    ];
    let named = kinds.into_iter().flat_map(|(kind, names)| names.iter().map(move |name| (kind, name)));
    let sites = named.map(|(kind, name)| site(clients, &account, &region, own, kind, name));
    let endpoints = questions.endpoints.iter().map(|arn| endpoint(clients, &account, arn));
    let groups: BTreeSet<String> =
        questions.log_groups.iter().filter(|arn| snapshot.log_group(arn).is_none()).cloned().collect();
    let topics: BTreeSet<String> =
        questions.topics.iter().filter(|arn| snapshot.topic(arn).is_none()).cloned().collect();
    // Mute rules were asked for with the alarms; where they were refused they would be again.
    let is_read = |region: &&String| snapshot.alarms_in(region).is_some_and(|alarms| alarms.complete);
    let unread: Vec<&String> = questions.alarms.iter().filter(|region| !is_read(region)).collect();
    let asked = kms::Asked::default();
    let (sites, endpoints, (groups, failures), topics, alarms, keys) = futures::join!(
        stream::iter(sites).buffered(AT_ONCE).collect::<Vec<_>>(),
        stream::iter(endpoints).buffered(AT_ONCE).collect::<Vec<_>>(),
        region::read_groups(clients, &groups, None),
        region::read_topics(clients, &asked, &topics),
        stream::iter(unread).map(|region| region::all_alarms(clients, region)).buffered(AT_ONCE).collect::<Vec<_>>(),
        topic_keys(clients, &asked, snapshot, &questions.topic_keys),
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
    for (key, failures) in keys {
        snapshot.keys.extend(key);
        gaps.extend(failures);
    }
    for (alarms, failures) in alarms {
        snapshot.alarms.retain(|known| known.region != alarms.region);
        snapshot.alarms.push(alarms);
        gaps.extend(failures);
    }
    snapshot.gaps.extend(gaps.into_iter().map(|failure| failure.into_gap(&account.id)));
    snapshot.sort();
}

/// The keys of topics to come that the snapshot does not know.
async fn topic_keys(
    clients: &Clients,
    asked: &kms::Asked,
    snapshot: &Snapshot,
    keys: &[TopicKey],
) -> Vec<(Option<Key>, Vec<Failure>)> {
    let is_known =
        |key: &&TopicKey| snapshot.keys.iter().any(|known| (&known.region, &known.id) == (&key.region, &key.arn));
    let unknown = keys.iter().filter(|key| !is_known(key));
    let read = unknown.map(|key| kms::key_for(clients, asked, &key.region, &key.arn));
    stream::iter(read).buffered(AT_ONCE).collect().await
}

async fn site(
    clients: &Clients,
    account: &Account,
    region: &str,
    own: &str,
    kind: SiteKind,
    name: &str,
) -> (Site, Option<Failure>) {
    let has_own = |tags: &[(String, String)]| tags.iter().any(|(key, value)| key == OWN_TAG && value == own);
    let of = |tags: &[(String, String)]| if has_own(tags) { SiteState::Ours } else { SiteState::Foreign };
    let tagged = |tags: Option<Vec<_>>| tags.map_or(SiteState::Missing, |tags| of(&tags));
    let state = match kind {
        SiteKind::Bucket => found_bucket(clients, account, region, name).await.map(|found| match found {
            FoundBucket::Free => SiteState::Missing,
            FoundBucket::Owned(tags) => of(&tags),
            FoundBucket::Taken => SiteState::Foreign,
        }),
        SiteKind::Role => role_tags(clients, account, name).await.map(tagged),
        SiteKind::Key => key_tags(clients, region, name).await.map(tagged),
        SiteKind::LogGroup => found_log_group(clients, name).await.map(|found| match found {
            Some(group) if has_own(&group.tags) && group.retention_days.is_none() => SiteState::HalfMade,
            Some(group) => of(&group.tags),
            None => SiteState::Missing,
        }),
    };
    let (state, failure) = match state {
        Ok(state) => (Some(state), None),
        Err(failure) => (None, Some(failure)),
    };
    (Site { kind, name: name.to_owned(), state }, failure)
}

/// The tags of the key behind an alias; of one that cannot be used, as one that is to be deleted, none: it is nobody's to
/// finish. `None`: no such alias.
async fn key_tags(clients: &Clients, region: &str, alias: &str) -> Result<Option<Vec<(String, String)>>, Failure> {
    let Some(key) = kms::found(clients, region, alias).await? else { return Ok(None) };
    if key.key_state != Some(KeyState::Enabled) {
        return Ok(Some(Vec::new()));
    }
    let call = Call { operation: "kms:ListResourceTags", region, resource: Some(alias) };
    let request = clients.kms(region).list_resource_tags().key_id(key.key_id());
    let answer = clients.ask(call, request.send()).await?;
    let tags = call.must(answers::KEY_TAGS, answer.tags)?.into_iter();
    Ok(Some(tags.map(|tag| (tag.tag_key, tag.tag_value)).collect()))
}

/// Of what is another account's, a service says that there is none also where it only may not be read.
async fn endpoint(clients: &Clients, account: &Account, arn: &str) -> (EndpointPolicy, Option<Failure>) {
    let is_own = Arn::parse(arn).is_some_and(|arn| arn.account == account.id);
    let policy = match Arn::parse(arn).map(|arn| arn.service) {
        Some("sqs") => queue_policy(clients, arn).await.map(Option::unwrap_or_default),
        Some("lambda") => function_policy(clients, arn).await.map(Option::unwrap_or_default),
        Some(_) | None => return (EndpointPolicy { arn: arn.to_owned(), exists: None, policy: None }, None),
    };
    let (exists, policy, failure) = match policy {
        Ok(policy) => (Some(true), Some(policy), None),
        Err(failure) if failure.trouble == Trouble::NotFound && is_own => (Some(false), None, None),
        Err(failure) => (None, None, Some(failure)),
    };
    (EndpointPolicy { arn: arn.to_owned(), exists, policy }, failure)
}
