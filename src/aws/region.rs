//! What is read of one region in which a trail's log group lives: the groups' filters, the alarms, and the topics that
//! alarms of interest send to.
//!
//! Of many alarms only those on metrics of interest are asked for at first; `collection` decides whether the rest is needed.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};

use super::clients::Clients;
use super::cloudwatch::{self, Page};
use super::error::Failure;
use super::interest::Interest;
use super::kms::Asked;
use super::limits::AT_ONCE;
use super::logs::{self, GroupName, Listing};
use super::pages::Pages;
use super::sns;
use crate::arn::{LogGroupArn, TopicArn};
use crate::audit::relevance::{self, Metric};
use crate::snapshot::{Key, LogGroup, MetricAlarm, MuteRule, RegionAlarms, Topic};

/// A thousand pages are 100,000 alarms. A server that goes on for ever is stopped here.
const MOST_PAGES: usize = 1_000;

/// What the first round of calls has shown of a region already.
#[derive(Debug)]
pub(super) struct Known {
    /// `None`: the listing could not be had, so the groups are asked one by one.
    pub(super) listing: Option<Listing>,
    pub(super) first_page: Result<Page, Failure>,
    pub(super) mute_rules: Result<Vec<MuteRule>, Failure>,
}

/// What was read of a region.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) groups: Vec<LogGroup>,
    pub(super) alarms: RegionAlarms,
    /// Where the pages of alarms go on, if not all were read.
    pub(super) next: Option<String>,
    pub(super) topics: Topics,
    pub(super) failures: Vec<Failure>,
}

/// Topics, and the keys that encrypt them.
#[derive(Debug)]
pub(super) struct Topics {
    pub(super) topics: Vec<Topic>,
    pub(super) keys: Vec<Key>,
    pub(super) failures: Vec<Failure>,
}

/// Reads a region with these log groups (ARNs).
pub(super) async fn read(
    clients: &Clients,
    interest: &Interest<'_>,
    asked: &Asked,
    region: &str,
    groups: &BTreeSet<LogGroupArn>,
    known: Option<Known>,
) -> Reading {
    let is_known = known.is_some();
    let (listing, first_page, mute_rules) = match known {
        Some(known) => (known.listing, Some(known.first_page), Some(known.mute_rules)),
        None => (None, None, None),
    };
    let first_page = async {
        match first_page {
            Some(page) => page,
            None => cloudwatch::page(clients, region, None).await,
        }
    };
    let mute_rules = async {
        match mute_rules {
            Some(rules) => rules,
            None => cloudwatch::mute_rules(clients, region).await,
        }
    };
    let connections = async {
        if !is_known {
            sns::open_connections(clients, region).await;
        }
    };
    let groups = read_groups(clients, groups, listing.as_ref());
    let ((groups, mut failures), page, mute_rules, ()) = futures::join!(groups, first_page, mute_rules, connections);
    let (mut alarms, next, failure) = first_alarms(region, page);
    failures.extend(failure);
    match mute_rules {
        Ok(rules) => alarms.mute_rules = Some(rules),
        Err(failure) => failures.push(failure),
    }

    let metrics = relevance::metrics(&groups, interest.filter);
    if next.is_some() {
        let page = Page { metric_alarms: alarms_on(clients, region, &metrics).await, ..Page::default() };
        merge(&mut alarms, page);
    }
    let wanted = relevance::topics(&alarms, &metrics);
    let topics = read_topics(clients, asked, &wanted).await;
    Reading { groups, alarms, next, topics, failures }
}

/// Reads log groups by ARN.
pub(super) async fn read_groups(
    clients: &Clients,
    groups: &BTreeSet<LogGroupArn>,
    listing: Option<&Listing>,
) -> (Vec<LogGroup>, Vec<Failure>) {
    let names = groups.iter().filter_map(GroupName::parse);
    let read: Vec<_> =
        stream::iter(names.map(|group| logs::group(clients, group, listing))).buffer_unordered(AT_ONCE).collect().await;
    let (groups, failures): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    (groups, failures.into_iter().flatten().collect())
}

/// The alarms of a first page, where the next begins, and why there is none.
pub(super) fn first_alarms(
    region: &str,
    page: Result<Page, Failure>,
) -> (RegionAlarms, Option<String>, Option<Failure>) {
    let (page, failure) = match page {
        Ok(page) => (page, None),
        Err(failure) => (Page::default(), Some(failure)),
    };
    let alarms = RegionAlarms {
        region: region.to_owned(),
        complete: failure.is_none() && page.next.is_none(),
        metric_alarms: page.metric_alarms,
        composite_alarms: page.composite_alarms,
        log_alarms: page.log_alarms,
        mute_rules: None,
    };
    (alarms, page.next, failure)
}

/// Alarms on each of the metrics. A metric that cannot be asked about is no gap: paging through all alarms, which
/// follows unless everything is settled, asks about it too.
async fn alarms_on(clients: &Clients, region: &str, metrics: &BTreeSet<Metric<'_>>) -> Vec<MetricAlarm> {
    let answers = stream::iter(metrics.iter().map(|metric| cloudwatch::alarms_on(clients, region, *metric)))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    answers.into_iter().flatten().flatten().collect()
}

/// Reads the pages of alarms from a token to the end. The failure, if any, of the page at which it stopped.
pub(super) async fn remaining_alarms(clients: &Clients, region: &str, token: String) -> (Page, Option<Failure>) {
    let mut all = Page::default();
    let mut pages = Pages::behind(cloudwatch::all_alarms(region), MOST_PAGES, token);
    loop {
        let turned = match cloudwatch::page(clients, region, pages.token()).await {
            Ok(page) => {
                all.metric_alarms.extend(page.metric_alarms);
                all.composite_alarms.extend(page.composite_alarms);
                all.log_alarms.extend(page.log_alarms);
                pages.turn(page.next)
            }
            Err(failure) => Err(failure),
        };
        match turned {
            Ok(true) => {}
            Ok(false) => return (all, None),
            Err(failure) => return (all, Some(failure)),
        }
    }
}

/// Reads every alarm of a region, and its mute rules.
pub(super) async fn all_alarms(clients: &Clients, region: &str) -> (RegionAlarms, Vec<Failure>) {
    let (page, mute_rules) =
        futures::join!(cloudwatch::page(clients, region, None), cloudwatch::mute_rules(clients, region));
    let (mut alarms, next, failure) = first_alarms(region, page);
    let mut failures: Vec<Failure> = failure.into_iter().collect();
    if let Some(token) = next {
        let (page, failure) = remaining_alarms(clients, region, token).await;
        alarms.complete = failure.is_none();
        merge(&mut alarms, page);
        failures.extend(failure);
    }
    match mute_rules {
        Ok(rules) => alarms.mute_rules = Some(rules),
        Err(failure) => failures.push(failure),
    }
    (alarms, failures)
}

/// Adds alarms, each once.
pub(super) fn merge(alarms: &mut RegionAlarms, page: Page) {
    alarms.metric_alarms.extend(page.metric_alarms);
    alarms.metric_alarms.sort_by(|a, b| (&a.arn, &a.name).cmp(&(&b.arn, &b.name)));
    alarms.metric_alarms.dedup_by(|a, b| (&a.arn, &a.name) == (&b.arn, &b.name));
    alarms.composite_alarms.extend(page.composite_alarms);
    alarms.composite_alarms.sort_by(|a, b| (&a.arn, &a.name).cmp(&(&b.arn, &b.name)));
    alarms.composite_alarms.dedup_by(|a, b| (&a.arn, &a.name) == (&b.arn, &b.name));
    alarms.log_alarms.extend(page.log_alarms);
}

/// Reads topics by ARN.
pub(super) async fn read_topics(clients: &Clients, asked: &Asked, arns: &BTreeSet<TopicArn>) -> Topics {
    let read: Vec<_> =
        stream::iter(arns.iter().map(|arn| sns::topic(clients, asked, arn))).buffer_unordered(AT_ONCE).collect().await;
    let mut all = Topics { topics: Vec::with_capacity(read.len()), keys: Vec::new(), failures: Vec::new() };
    for sns::TopicReading { topic, key, failures } in read {
        all.topics.push(topic);
        all.keys.extend(key);
        all.failures.extend(failures);
    }
    all
}
