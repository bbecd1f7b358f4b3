//! An account in the making: what its parts have in common, and what it is read with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::arn::{Arn, LogGroupArn, TopicArn, TrailArn, without_streams};
use crate::declared::{At, Home, Node, Resource, Unknown, Value};
use crate::finding::Place;
use crate::snapshot::{DocumentPart, Gap, RegionAlarms, SCHEMA_VERSION, Snapshot};

/// What is not declared is not there, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The documents are a part of the account.
    Part,
    /// They are all of it: what is not declared does not exist.
    Whole,
}

/// The account that documents declare, and what an audit of it must be read with.
#[derive(Debug, Clone)]
pub struct Account {
    /// What is declared.
    pub snapshot: Snapshot,
    /// Trails that are presumed.
    pub presumed_trails: BTreeSet<TrailArn>,
    /// Log groups that something names and nothing declares.
    pub presumed_groups: BTreeSet<LogGroupArn>,
    /// Topics likewise.
    pub presumed_topics: BTreeSet<TopicArn>,
    /// Topics that nobody gets messages from before a subscription is confirmed, after deployment.
    pub to_confirm: BTreeSet<TopicArn>,
    /// Metric filters that are not in the account, for what they match is not known.
    pub open_filters: Vec<DocumentPart>,
    /// Metrics (`namespace/name`) of which the name is not known.
    pub open_metrics: BTreeMap<String, DocumentPart>,
    /// Alarms of which a setting is not known, by ARN.
    pub open_alarms: BTreeMap<String, DocumentPart>,
    /// Where more may be declared.
    pub elsewhere: Vec<DocumentPart>,
    /// Where resources are declared: by ARN, or by a metric filter's name.
    pub declarations: BTreeMap<String, Declaration>,
}

/// Where a resource and its properties are declared.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// The resource.
    pub place: Place,
    /// Its properties, by their names.
    pub properties: BTreeMap<String, At>,
}

/// A part of a document because of which something cannot be said.
pub(super) type Open = Box<DocumentPart>;

/// An account in the making.
pub(super) struct Builder<'a> {
    pub(super) home: &'a Home,
    pub(super) scope: Scope,
    pub(super) account: Account,
    /// Topics with a policy of their own, which a second one would replace.
    pub(super) with_policy: BTreeSet<TopicArn>,
    /// ARNs of keys by the aliases and ids that name them.
    pub(super) keys: BTreeMap<String, String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(home: &'a Home, scope: Scope, now: Timestamp) -> Self {
        let snapshot = Snapshot {
            event_rules: Vec::new(),
            monitoring_links: Vec::new(),
            schema_version: SCHEMA_VERSION,
            collected_at: now,
            account_id: home.account.clone(),
            partition: home.partition.clone(),
            region: home.region.clone(),
            trails: Some(Vec::new()),
            log_groups: Vec::new(),
            alarms: vec![RegionAlarms {
                region: home.region.clone(),
                complete: true,
                metric_alarms: Vec::new(),
                composite_alarms: Vec::new(),
                log_alarms: Vec::new(),
                mute_rules: Some(Vec::new()),
            }],
            topics: Vec::new(),
            keys: Vec::new(),
            security_hub: None,
            gaps: Vec::new(),
        };
        let account = Account {
            snapshot,
            presumed_trails: BTreeSet::new(),
            presumed_groups: BTreeSet::new(),
            presumed_topics: BTreeSet::new(),
            to_confirm: BTreeSet::new(),
            open_filters: Vec::new(),
            open_metrics: BTreeMap::new(),
            open_alarms: BTreeMap::new(),
            elsewhere: Vec::new(),
            declarations: BTreeMap::new(),
        };
        Self { home, scope, account, with_policy: BTreeSet::new(), keys: BTreeMap::new() }
    }

    /// Notes where a resource is declared.
    pub(super) fn declare(&mut self, key: &str, resource: &Resource) {
        let entries = if let Value::Map(entries) = &resource.properties.value { entries.as_slice() } else { &[] };
        let properties = entries.iter().filter_map(|(name, node)| Some((name.clone(), node.at?))).collect();
        let place = Place {
            file: resource.file.clone(),
            line: resource.at.map(|at| at.line),
            column: resource.at.map(|at| at.column),
            address: Some(resource.address.clone()),
        };
        self.account.declarations.entry(key.to_owned()).or_insert(Declaration { place, properties });
    }

    /// Notes what is not known, as the reason why something of a resource is unread.
    pub(super) fn gap(&mut self, part: &DocumentPart, resource: Option<&str>) {
        let gap = Gap::of_document(&self.home.account, &self.home.region, resource, part.clone());
        self.account.snapshot.gaps.push(gap);
    }

    /// The alarms, which are of one region.
    pub(super) fn alarms(&mut self) -> Option<&mut RegionAlarms> {
        self.account.snapshot.alarms.first_mut()
    }

    /// An ARN as it will be where it is deployed. A region or account that is written out is taken for the one of the
    /// deployment where that is not known: `ours` says that the service takes no other.
    pub(super) fn arn(&self, text: &str, region_is_ours: bool, account_is_ours: bool) -> String {
        let Some(arn) = Arn::parse(text) else { return text.to_owned() };
        let region = if region_is_ours && !self.home.knows_region() { &self.home.region } else { arn.region };
        let account = if account_is_ours && !self.home.knows_account() { &self.home.account } else { arn.account };
        format!("arn:{}:{}:{region}:{account}:{}", arn.partition, arn.service, arn.resource)
    }

    /// The ARN of a log group, from an ARN or a name.
    pub(super) fn group_arn(&self, text: &str) -> LogGroupArn {
        let text = without_streams(text);
        if Arn::parse(text).is_some() {
            return LogGroupArn::new(self.arn(text, true, true));
        }
        LogGroupArn::new(self.home.arn("logs", &format!("log-group:{text}")))
    }

    /// The ARN of a topic that something names.
    pub(super) fn topic_arn(&self, text: &str) -> TopicArn {
        match Arn::parse(text) {
            Some(_) => TopicArn::new(self.arn(text, true, false)),
            None if text.contains("${") => TopicArn::new(self.home.arn("sns", text)),
            None => TopicArn::new(text),
        }
    }
}

/// A resource's name: its property, its expression, or what stands for a generated one.
pub(super) fn name_of(resource: &Resource, property: &str) -> String {
    resource.properties.get(property).symbol().unwrap_or_else(|| resource.generated.clone())
}

/// A part of a resource that is not known.
pub(super) fn part(
    resource: &Resource,
    property: &str,
    node: &Node,
    unknown: &Unknown,
    instead_of: &str,
) -> DocumentPart {
    DocumentPart {
        file: resource.file.clone(),
        line: node.at.or(resource.at).map(|at| at.line),
        address: resource.address.clone(),
        property: Some(property.to_owned()),
        why: Some(unknown.why.clone()),
        instead_of: instead_of.to_owned(),
    }
}

/// The value of a property, or the part that is not known.
pub(super) fn known<T>(
    resource: &Resource,
    property: &str,
    instead_of: &str,
    read: impl FnOnce(&Node) -> Result<T, Unknown>,
) -> Result<T, Open> {
    let node = resource.properties.get(property);
    read(node).map_err(|unknown| Box::new(part(resource, property, node, &unknown, instead_of)))
}
