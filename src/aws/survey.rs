//! What a fix must know before it is planned and no audit asks: what has the names that it would give, the
//! policies of the queues and functions that it would subscribe, and every alarm where it would make one.
//!
//! Only what no list of the snapshot holds is asked about. What could not be read is a gap, and its state `None`.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use aws_sdk_kms::types::KeyState;

use super::clients::Clients;
use super::error::{Call, Failure, Trouble};
use super::kms;
use super::limits::AT_ONCE;
use super::provision::{
    Account, FoundBucket, Retention, found_bucket, found_log_group, function_policy, is_blocked, is_rotated,
    queue_policy, role_tags,
};
use super::region;
use crate::arn::{Arn, LogGroupArn, TopicArn};
use crate::fix::plan::{OWN_TAG, RETENTION_DAYS};
use crate::fix::questions::{Questions, TopicKey};
use crate::fix::survey::{EndpointPolicy, Site, SiteKind, SiteState, Survey};
use crate::snapshot::{Key, Snapshot};

/// Reads what a fix asks of the account of a snapshot: into that what it has lists for, and all else into the answer. `own`
/// is the value that this program's tag has on what is ours.
pub async fn read_survey(clients: &Clients, snapshot: &mut Snapshot, questions: &Questions, own: &str) -> Survey {
    let _reading = clients.bounds().plan();
    let account = Account { id: snapshot.account_id.clone(), partition: snapshot.partition.clone() };
    let view =
        View { clients, account: account.clone(), region: snapshot.region.clone(), own, now: snapshot.collected_at };
    let named =
        [(SiteKind::Bucket, &questions.buckets), (SiteKind::Role, &questions.roles), (SiteKind::Key, &questions.keys)];
    let named = named.into_iter().flat_map(|(kind, names)| names.iter().map(move |name| (kind, name.as_str())));
    let groups = questions.log_groups.iter().map(|arn| (SiteKind::LogGroup, arn.as_str()));
    let sites = named.chain(groups).map(|(kind, name)| view.site(kind, name));
    let endpoints = questions.endpoints.iter().map(|arn| endpoint(clients, &account, arn));
    let groups: BTreeSet<LogGroupArn> =
        questions.log_groups.iter().filter(|arn| snapshot.log_group(arn).is_none()).cloned().collect();
    let topics: BTreeSet<TopicArn> =
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
    let mut survey = Survey::default();
    let mut gaps = failures;
    for (site, failure) in sites {
        survey.sites.push(site);
        gaps.extend(failure);
    }
    for (endpoint, failure) in endpoints {
        survey.endpoints.push(endpoint);
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
    survey.sort();
    survey
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

/// Whose account is looked around in, from where and when.
struct View<'a> {
    clients: &'a Clients,
    account: Account,
    region: String,
    /// The value that this program's tag has on what is ours.
    own: &'a str,
    now: Timestamp,
}

impl View<'_> {
    async fn site(&self, kind: SiteKind, name: &str) -> (Site, Option<Failure>) {
        let state = match kind {
            SiteKind::Bucket => self.bucket(name).await,
            SiteKind::Role => self.role(name).await,
            SiteKind::Key => self.key(name).await,
            SiteKind::LogGroup => self.log_group(&name.into()).await,
        };
        let (state, failure) = match state {
            Ok((state, failure)) => (Some(state), failure),
            Err(failure) => (None, Some(failure)),
        };
        (Site { kind, name: name.to_owned(), state }, failure)
    }

    fn has_own(&self, tags: &[(String, String)]) -> bool {
        tags.iter().any(|(key, value)| key == OWN_TAG && value == self.own)
    }

    async fn bucket(&self, name: &str) -> Looked {
        Ok(match found_bucket(self.clients, &self.account, &self.region, name).await? {
            FoundBucket::Free => (SiteState::Missing, None),
            FoundBucket::Owned(tags) if self.has_own(&tags) => {
                whole(is_blocked(self.clients, &self.account, &self.region, name).await)
            }
            FoundBucket::Owned(_) | FoundBucket::Taken => (SiteState::Foreign, None),
        })
    }

    async fn role(&self, name: &str) -> Looked {
        Ok(match role_tags(self.clients, &self.account, name).await? {
            Some(tags) if self.has_own(&tags) => (SiteState::Ours, None),
            Some(_) => (SiteState::Foreign, None),
            None => (SiteState::Missing, None),
        })
    }

    /// One that cannot be used, as one that is to be deleted, is not to be finished.
    async fn key(&self, alias: &str) -> Looked {
        let region = self.region.as_str();
        let Some(key) = kms::found(self.clients, region, alias).await? else { return Ok((SiteState::Missing, None)) };
        if key.key_state != Some(KeyState::Enabled)
            || !self.has_own(&key_tags(self.clients, region, alias, key.key_id()).await?)
        {
            return Ok((SiteState::Foreign, None));
        }
        Ok(whole(is_rotated(self.clients, region, key.key_id()).await))
    }

    async fn log_group(&self, arn: &LogGroupArn) -> Looked {
        let Some(group) = found_log_group(self.clients, arn).await? else { return Ok((SiteState::Missing, None)) };
        if !self.has_own(&group.tags) {
            return Ok((SiteState::Foreign, None));
        }
        // A retention that is given late deletes nothing as long as the group is no older than that.
        let is_young = group.made.is_none_or(|made| {
            self.now.duration_since(made) < SignedDuration::from_hours(24 * i64::from(RETENTION_DAYS))
        });
        let is_half_made = group.retention == Retention::Unset && is_young;
        Ok((if is_half_made { SiteState::HalfMade } else { SiteState::Ours }, None))
    }
}

/// What has a name, and what could not be read of it that does not decide that.
type Looked = Result<(SiteState, Option<Failure>), Failure>;

/// The state of what is ours, by whether its last call was made. What no chain needs is not planned on what was not read.
fn whole(is_whole: Result<bool, Failure>) -> (SiteState, Option<Failure>) {
    match is_whole {
        Ok(true) => (SiteState::Ours, None),
        Ok(false) => (SiteState::HalfMade, None),
        Err(failure) => (SiteState::Ours, Some(failure)),
    }
}

/// `kms:ListResourceTags`.
async fn key_tags(clients: &Clients, region: &str, alias: &str, id: &str) -> Result<Vec<(String, String)>, Failure> {
    let call = Call { operation: "kms:ListResourceTags", region, resource: Some(alias) };
    let tags = kms::tags(clients, call, id).await?.into_iter();
    Ok(tags.map(|tag| (tag.tag_key, tag.tag_value)).collect())
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
