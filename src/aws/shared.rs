//! What the alarms of one account lead to in another: topics, and the keys that encrypt them. They are asked where they
//! are, by credentials of that account, since a topic's policy seldom lets other accounts look at it.

use std::collections::BTreeSet;

use super::clients::Clients;
use super::kms::{self, Asked};
use super::region;
use crate::arn::{Arn, TopicArn};
use crate::permissions;
use crate::snapshot::{Gap, Key, Snapshot, Topic};

/// What was read of another account.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    topics: Vec<Topic>,
    keys: Vec<Key>,
    /// What could not be read, as gaps of the account that it was asked for.
    gaps: Vec<Gap>,
}

/// The topics of other accounts that an account's alarms name and that could not be read from there.
#[must_use]
pub fn unread_topics(snapshot: &Snapshot) -> BTreeSet<TopicArn> {
    let is_foreign = |topic: &&Topic| topic.arn.account().is_some_and(|owner| owner != snapshot.account_id);
    let is_unread = |topic: &&Topic| {
        let key = topic.key_arn();
        let is_about = |resource: &str| resource.starts_with(topic.arn.as_str()) || key.as_deref() == Some(resource);
        topic.exists.is_none()
            || topic.policy.is_none()
            || topic.subscriptions.is_none()
            || snapshot.gaps.iter().any(|gap| gap.resource.as_deref().is_some_and(is_about))
    };
    let foreign = snapshot.topics.iter().filter(is_foreign).filter(is_unread);
    foreign.filter(|topic| topic.exists != Some(false)).map(|topic| topic.arn.clone()).collect()
}

/// Asks for topics where they are. `account_id`: for whom.
pub async fn topics(clients: &Clients, account_id: &str, arns: &BTreeSet<TopicArn>) -> Shared {
    let _reading = clients.bounds().audit();
    let region::Topics { topics, keys, failures } = region::read_topics(clients, &Asked::default(), arns).await;
    let gaps = failures.into_iter().map(|failure| failure.into_gap(account_id)).collect();
    Shared { topics, keys, gaps }
}

/// Asks for the key of a topic where the key is.
pub async fn key(clients: &Clients, account_id: &str, topic: &Topic) -> Shared {
    let _reading = clients.bounds().audit();
    let (key, failures) = kms::key_of(clients, &Asked::default(), topic).await;
    let gaps = failures.into_iter().map(|failure| failure.into_gap(account_id)).collect();
    Shared { topics: Vec::new(), keys: key.into_iter().collect(), gaps }
}

impl Shared {
    /// The topics whose keys are of a third account and could not be read, each with that account.
    pub fn keys_elsewhere(&self) -> impl Iterator<Item = (String, &Topic)> {
        self.topics.iter().filter_map(|topic| {
            let arn = topic.key_arn()?;
            let owner = Arn::parse(&arn)?.account.to_owned();
            let is_read = self.keys.iter().any(|key| key.id == arn && key.policy.is_some());
            (!is_read && topic.arn.account() != Some(owner.as_str())).then_some((owner, topic))
        })
    }

    /// With what was read of a third account.
    pub fn add(&mut self, other: Self) {
        for key in &other.keys {
            self.keys.retain(|known| (&known.region, &known.id) != (&key.region, &key.id));
            self.gaps.retain(|gap| gap.resource.as_deref() != Some(key.id.as_str()));
        }
        self.keys.extend(other.keys);
        self.topics.extend(other.topics);
        self.gaps.extend(other.gaps);
    }

    /// Puts what an account's alarms lead to in the place of what could not be read from the account itself.
    pub fn put_into(self, snapshot: &mut Snapshot) {
        let Self { topics, keys, gaps } = self;
        let mut about: Vec<String> = Vec::new();
        for topic in topics.into_iter().filter(|topic| topic.exists.is_some()) {
            let Some(known) = snapshot.topics.iter_mut().find(|known| known.arn == topic.arn) else { continue };
            about.push(topic.arn.as_str().to_owned());
            about.extend(topic.key_arn());
            *known = topic;
        }
        // A subscription's ARN begins with its topic's.
        let is_about = |gap: &Gap| {
            let resource = gap.resource.as_deref().unwrap_or_default();
            let is_of = |name: &String| {
                resource.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            };
            about.iter().any(is_of)
        };
        snapshot.gaps.retain(|gap| !is_about(gap));
        for key in keys.into_iter().filter(|key| about.contains(&key.id)) {
            match snapshot.keys.iter_mut().find(|known| (&known.region, &known.id) == (&key.region, &key.id)) {
                Some(known) => *known = key,
                None => snapshot.keys.push(key),
            }
        }
        // What was left out for all resources of the other account would be taken for one of this account's own.
        snapshot.gaps.extend(gaps.into_iter().filter(|gap| is_about(gap) && !is_asked_of_all(gap)));
        snapshot.sort();
    }
}

/// Whether a gap stands for all resources of its region.
fn is_asked_of_all(gap: &Gap) -> bool {
    permissions::is_optional(gap.source.question()) && gap.resource.is_none()
}
