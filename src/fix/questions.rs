//! What a fix has to know of an account beyond what an audit reads: whether the names that it would give are free, and
//! whether the queues and functions that it would subscribe let a topic deliver. `aws::read_survey` asks, and puts the
//! answers into the snapshot or, where that has no list for them, into the [`Survey`](super::survey::Survey).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::names::{Names, TRIES};
use super::plan::Options;
use crate::arn::{LogGroupArn, TopicArn, TrailArn};
use crate::audit::{self, relevance};
use crate::rule::Rule;
use crate::snapshot::{MetricFilter, Snapshot, Trail, topic_key_arn};

/// Questions, each list in order and without doubles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Questions {
    /// Names of buckets: is there one, and does it carry this program's tag? ([`Site`](super::survey::Site)s.)
    pub buckets: Vec<String>,
    /// Names of roles, likewise. ([`Site`](super::survey::Site)s.)
    pub roles: Vec<String>,
    /// Aliases of keys of the region asked for, likewise. ([`Site`](super::survey::Site)s.)
    pub keys: Vec<String>,
    /// ARNs of topics: attributes and subscriptions, or that there is none.
    pub topics: Vec<TopicArn>,
    /// Keys with which topics would be encrypted: do they exist, may they be used, and by whom?
    pub topic_keys: Vec<TopicKey>,
    /// ARNs of log groups: class and all metric filters, or that there is none; and does it carry this program's tag?
    /// ([`Site`](super::survey::Site)s.)
    pub log_groups: Vec<LogGroupArn>,
    /// Regions of which every alarm and mute rule must have been read.
    pub alarms: Vec<String>,
    /// ARNs of queues and functions: does it exist, and what is its policy?
    /// ([`EndpointPolicy`](super::survey::EndpointPolicy).)
    pub endpoints: Vec<String>,
}

/// A key with which a topic would be encrypted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TopicKey {
    /// The topic's region, in which it is asked for.
    pub region: String,
    /// Its ARN, or its alias's.
    pub arn: String,
}

/// The questions about an account that has been read as an audit reads it.
#[must_use]
pub fn questions(snapshot: &Snapshot, options: &Options) -> Questions {
    let names = Names { prefix: &options.name_prefix, partition: &snapshot.partition, account: &snapshot.account_id };
    let is_own = |trail: &&Trail| trail.arn.account() == Some(&snapshot.account_id);
    let own: Vec<_> = snapshot.trails().iter().filter(is_own).collect();
    let mut asked = Asked::default();
    if own.is_empty() {
        for number in 1..=TRIES {
            asked.buckets.insert(names.bucket(&snapshot.region, number));
            asked.keys.insert(names.key(number));
            asked.trail(&names, options, &snapshot.region, &names.trail(&snapshot.region, number));
        }
        asked.region(&names, options, &snapshot.region);
    }
    for trail in own {
        if options.allow_update {
            asked.trail(&names, options, &trail.home_region, &trail.arn);
        }
        asked.region(&names, options, &trail.home_region);
        // What has one of this program's names may be half made. Keys are asked for in one region.
        if let Some(number) = names.number(trail).filter(|_| trail.home_region == snapshot.region) {
            asked.buckets.insert(names.bucket(&trail.home_region, number));
            asked.keys.insert(names.key(number));
        }
        let group = trail.log_group_arn.as_ref().map(LogGroupArn::without_streams);
        let of_ours = names.log_groups(&trail.home_region, options.log_group.as_deref());
        asked.log_groups.extend(of_ours.into_iter().filter(|arn| group.as_ref() == Some(arn)));
    }
    asked.topics.extend(options.topic.clone());
    let endpoints = options.subscribe.iter().filter(|endpoint| matches!(endpoint.protocol.as_str(), "sqs" | "lambda"));
    asked.endpoints.extend(endpoints.map(|endpoint| endpoint.address.clone()));
    asked.listed()
}

/// A saved account as a fix of these controls would have read it: without the topics that only other alarms notify, of
/// which a saved account holds all. A subscriber who is notified of something else is not notified of these controls
/// too.
#[must_use]
pub fn of_interest(mut account: Snapshot, rules: &[Arc<Rule>], options: &Options) -> Snapshot {
    let is_relevant = |filter: &MetricFilter| audit::relevant(filter, rules);
    let mut wanted: BTreeSet<TopicArn> = questions(&account, options).topics.into_iter().collect();
    for alarms in &account.alarms {
        let groups = account.log_groups.iter().filter(|group| group.arn.region() == Some(&alarms.region));
        wanted.extend(relevance::topics(alarms, &relevance::metrics(groups, &is_relevant)));
    }
    account.topics.retain(|topic| wanted.contains(&topic.arn));
    account
}

/// The command that saves an account with the answers to a fix's questions.
#[must_use]
pub fn saving(options: &Options) -> String {
    let default = Options::default();
    let mut command = "cis-audit snapshot --for-fix".to_owned();
    let mut add = |name: &str, value: &str| command.push_str(&format!(" --{name} {value}"));
    // Of subscribers only queues and functions are asked about; they have no secret.
    let asked = options.subscribe.iter().filter(|endpoint| matches!(endpoint.protocol.as_str(), "sqs" | "lambda"));
    asked.for_each(|endpoint| add("subscribe", &endpoint.address));
    options.topic.iter().for_each(|topic| add("topic", topic));
    options.log_group.iter().for_each(|group| add("log-group", group));
    if options.name_prefix != default.name_prefix {
        add("name-prefix", &options.name_prefix);
    }
    options.topic_kms_key.iter().for_each(|key| add("topic-kms-key", key));
    command + " -o FILE"
}

#[derive(Default)]
struct Asked {
    buckets: BTreeSet<String>,
    roles: BTreeSet<String>,
    keys: BTreeSet<String>,
    topics: BTreeSet<TopicArn>,
    topic_keys: BTreeSet<TopicKey>,
    log_groups: BTreeSet<LogGroupArn>,
    alarms: BTreeSet<String>,
    endpoints: BTreeSet<String>,
}

impl Asked {
    /// What a trail needs that gets a log group.
    fn trail(&mut self, names: &Names<'_>, options: &Options, region: &str, trail: &TrailArn) {
        for group in names.log_groups(region, options.log_group.as_deref()) {
            self.roles.extend((1..=TRIES).map(|number| names.role(region, trail, &group, number)));
            self.log_groups.insert(group);
        }
    }

    /// What alarms of a region need.
    fn region(&mut self, names: &Names<'_>, options: &Options, region: &str) {
        if let Some(key) = &options.topic_kms_key {
            let arn = topic_key_arn(&names.topic(region, 1), key);
            self.topic_keys.insert(TopicKey { region: region.to_owned(), arn });
        }
        self.topics.extend((1..=TRIES).map(|number| names.topic(region, number)));
        self.alarms.insert(region.to_owned());
    }

    fn listed(self) -> Questions {
        fn list<T>(set: BTreeSet<T>) -> Vec<T> {
            set.into_iter().collect()
        }
        Questions {
            buckets: list(self.buckets),
            roles: list(self.roles),
            keys: list(self.keys),
            topics: list(self.topics),
            topic_keys: list(self.topic_keys),
            log_groups: list(self.log_groups),
            alarms: list(self.alarms),
            endpoints: list(self.endpoints),
        }
    }
}
