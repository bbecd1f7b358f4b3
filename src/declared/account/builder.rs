//! An account in the making: what its parts have in common, and what it is read with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::refused::{self, Certainty, Refused};
use crate::arn::{AlarmArn, Arn, LogGroupArn, TopicArn, TrailArn, without_streams};
use crate::declared::{At, Home, MARKS, Node, Resource, Unknown, is_expression};
use crate::finding::Place;
use crate::snapshot::{DocumentPart, Gap, MetricFilter, RegionAlarms, SCHEMA_VERSION, Snapshot};

/// What is not declared is not there, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The documents are a part of the account.
    Part,
    /// They are all of it: what is not declared does not exist.
    Whole,
}

/// What documents are laid on.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// Where the account is.
    pub home: &'a Home,
    /// Where resources are that do not say so.
    pub main: &'a Home,
    /// Whether they are all of the account.
    pub scope: Scope,
    /// What is deployed already: the account as it was saved.
    pub over: Option<&'a Snapshot>,
    /// When.
    pub now: Timestamp,
}

impl<'a> Ground<'a> {
    /// Where a resource is.
    pub(super) fn home_of(&self, resource: &'a Resource) -> &'a Home {
        resource.home.as_deref().unwrap_or(self.main)
    }
}

/// The account that documents declare, and what an audit of it must be read with.
#[derive(Debug, Clone)]
pub struct Account<'a> {
    /// What is declared, laid over what is deployed.
    pub snapshot: Snapshot,
    /// A resource of which it is not known whether it is where others are.
    pub adrift: Option<DocumentPart>,
    /// Trails that are presumed.
    pub presumed_trails: BTreeSet<TrailArn>,
    /// Log groups that something names and nothing declares.
    pub presumed_groups: BTreeSet<LogGroupArn>,
    /// Topics likewise.
    pub presumed_topics: BTreeSet<TopicArn>,
    /// Declared topics that alarms name with an account that is written out, where it is not known whether it is this one.
    pub perhaps_here: BTreeMap<TopicArn, DocumentPart>,
    /// Topics about which it is not known whether they are FIFO topics.
    pub perhaps_fifo: BTreeMap<TopicArn, DocumentPart>,
    /// Subscriptions that have to be confirmed after deployment: the ARN of each, by topic.
    pub to_confirm: BTreeMap<TopicArn, BTreeSet<String>>,
    /// Subscriptions of which it is not known whom they notify: the ARN of each, by topic.
    pub open_endpoints: BTreeMap<TopicArn, BTreeMap<String, DocumentPart>>,
    /// Topics with a subscription of whose filter policy it is not known what it lets through.
    pub open_policies: BTreeMap<TopicArn, DocumentPart>,
    /// Metric filters that are not in the account, for what they match or do is not known.
    pub open_filters: Vec<OpenFilter>,
    /// Metrics (`namespace/name`) whose name is not known.
    pub open_metrics: BTreeMap<String, DocumentPart>,
    /// Alarms with a setting that is not known, by ARN.
    pub open_alarms: BTreeMap<String, DocumentPart>,
    /// Actions of alarms of which it is not known which topic they are, or whose, by alarm and topic.
    pub open_actions: BTreeMap<(AlarmArn, TopicArn), DocumentPart>,
    /// Metric filters about which it is not known which log group they are on.
    pub floating_filters: Vec<(MetricFilter, DocumentPart)>,
    /// Subscriptions about which it is not known what topic they are of.
    pub open_subscriptions: Vec<DocumentPart>,
    /// Resources that will be deleted.
    pub removed: Vec<&'a Resource>,
    /// Metric filters that will be deleted, and the log groups that they are on.
    pub removed_filters: Vec<MetricFilter>,
    /// Trails that will be deleted deliver to these.
    pub left_groups: BTreeSet<LogGroupArn>,
    /// Regions or accounts that are written out, and cannot all be those of the deployment.
    pub contradictions: Vec<DocumentPart>,
    /// Where more may be declared.
    pub elsewhere: Vec<DocumentPart>,
    /// Macros that may change the resources of a file, by that file.
    pub macros: BTreeMap<String, DocumentPart>,
    /// Why the documents are not whole.
    pub incomplete: Vec<DocumentPart>,
    /// Where resources are declared: by ARN, or as [`filter_key`] says.
    pub declarations: BTreeMap<String, Declaration<'a>>,
    /// Resources that replace deployed ones, by the same keys.
    pub replaced: BTreeSet<String>,
    /// Resources that AWS refuses as they are declared, by the same keys.
    pub refused: BTreeMap<String, Refusal<'a>>,
    /// All of them that are certain, also those that no key finds.
    pub refusals: Vec<Refusal<'a>>,
    /// Metric filters that will not exist, for AWS refuses them, and that nothing can be said of that they do.
    pub lost_filters: Vec<Lost<'a>>,
    /// Further resources of a name, by the same keys.
    pub twins: BTreeMap<String, Vec<Declaration<'a>>>,
}

/// A metric filter with a setting that is not known.
#[derive(Debug, Clone)]
pub struct OpenFilter {
    /// The setting.
    pub part: DocumentPart,
    /// What is known of the filter: its pattern. `None`: not even that.
    pub filter: Option<MetricFilter>,
    /// Its log group. `None`: it may be any.
    pub group: Option<LogGroupArn>,
}

/// A metric filter that will not exist.
#[derive(Debug, Clone)]
pub struct Lost<'a> {
    /// What is known of it: its pattern may be none.
    pub filter: MetricFilter,
    /// What of it is refused. `None`: its log group takes no metric filters.
    pub refusal: Option<Refusal<'a>>,
}

/// What a metric filter is found by: its name is unique in its log group.
#[must_use]
pub fn filter_key(group: &LogGroupArn, name: &str) -> String {
    format!("metric filter {name} of {}", group.without_streams())
}

/// Where a resource and its properties are declared.
#[derive(Debug, Clone, Copy)]
pub struct Declaration<'a> {
    /// The resource.
    pub resource: &'a Resource,
}

impl Declaration<'_> {
    /// The place of the resource.
    #[must_use]
    pub fn place(&self) -> Place {
        self.at(self.resource.at)
    }

    /// A place in the resource's file.
    #[must_use]
    pub fn at(&self, at: Option<At>) -> Place {
        Place {
            file: self.resource.file.clone(),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            address: Some(self.resource.address.clone()),
            excerpt: None,
        }
    }
}

/// A resource that AWS refuses as it is declared.
#[derive(Debug, Clone)]
pub struct Refusal<'a> {
    /// Where it is declared.
    pub declaration: Declaration<'a>,
    /// What of it is refused.
    pub refused: Refused,
}

/// A part of a document because of which something cannot be said.
pub(super) type Open = Box<DocumentPart>;

/// An account in the making.
pub(super) struct Builder<'a> {
    /// Where the resource is deployed that is being read.
    pub(super) home: &'a Home,
    pub(super) ground: Ground<'a>,
    pub(super) account: Account<'a>,
    /// Topics with a policy of their own, which a second one would replace.
    pub(super) with_policy: BTreeSet<TopicArn>,
    /// Topics that may be anything, and what names them first.
    pub(super) open_topics: BTreeMap<TopicArn, DocumentPart>,
    /// Topics of an account that is written out, where it is not known whether it is this one, and what names them first.
    pub(super) named_topics: BTreeMap<TopicArn, DocumentPart>,
    /// Log groups whose class is not known.
    pub(super) open_classes: BTreeMap<LogGroupArn, DocumentPart>,
    /// What says the log group of a trail, where it is not known which one that is.
    pub(super) open_group: Option<DocumentPart>,
    /// The log group of a trail is assumed.
    pub(super) assumes_log_group: bool,
    /// No two accounts are written out in the documents.
    pub(super) names_one_account: bool,
    /// What is read is there now, and will be deleted.
    pub(super) removes: bool,
    /// What AWS refuses of the resource that is being read.
    refused: Option<Refused>,
    /// Keys of what is deployed.
    deployed: BTreeSet<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(ground: Ground<'a>) -> Self {
        let Ground { home, now, over, .. } = ground;
        let empty = || Snapshot {
            event_rules: Vec::new(),
            provenance: None,
            monitoring_links: Vec::new(),
            schema_version: SCHEMA_VERSION,
            collected_at: now,
            account_id: home.account.clone(),
            partition: home.partition.clone(),
            region: home.region.clone(),
            trails: Some(Vec::new()),
            log_groups: Vec::new(),
            alarms: Vec::new(),
            topics: Vec::new(),
            keys: Vec::new(),
            security_hub: None,
            further_regions: Vec::new(),
            gaps: Vec::new(),
        };
        let snapshot = over.cloned().unwrap_or_else(empty);
        let deployed = deployed(&snapshot);
        let account = Account {
            snapshot,
            presumed_trails: BTreeSet::new(),
            presumed_groups: BTreeSet::new(),
            presumed_topics: BTreeSet::new(),
            perhaps_here: BTreeMap::new(),
            perhaps_fifo: BTreeMap::new(),
            to_confirm: BTreeMap::new(),
            open_endpoints: BTreeMap::new(),
            open_policies: BTreeMap::new(),
            open_filters: Vec::new(),
            open_metrics: BTreeMap::new(),
            open_alarms: BTreeMap::new(),
            open_actions: BTreeMap::new(),
            floating_filters: Vec::new(),
            open_subscriptions: Vec::new(),
            removed: Vec::new(),
            removed_filters: Vec::new(),
            left_groups: BTreeSet::new(),
            contradictions: Vec::new(),
            elsewhere: Vec::new(),
            macros: BTreeMap::new(),
            adrift: None,
            incomplete: Vec::new(),
            declarations: BTreeMap::new(),
            replaced: BTreeSet::new(),
            refused: BTreeMap::new(),
            refusals: Vec::new(),
            lost_filters: Vec::new(),
            twins: BTreeMap::new(),
        };
        let mut builder = Self {
            home,
            ground,
            account,
            with_policy: BTreeSet::new(),
            open_topics: BTreeMap::new(),
            open_classes: BTreeMap::new(),
            open_group: None,
            assumes_log_group: false,
            names_one_account: false,
            removes: false,
            refused: None,
            named_topics: BTreeMap::new(),
            deployed,
        };
        builder.alarms();
        builder
    }

    /// From here on a resource is read.
    pub(super) fn begin(&mut self, resource: &'a Resource) {
        self.home = self.ground.home_of(resource);
        self.refused = None;
    }

    /// Notes what AWS refuses of the resource that is read from here on.
    pub(super) fn examine(&mut self, resource: &'a Resource) {
        // What an included file or a macro adds is not known.
        self.refused = if resource.is_open() { None } else { refused::refusal(resource) };
        if let Some(refused) = self.refused.clone().filter(Refused::is_certain) {
            self.account.refusals.push(Refusal { declaration: Declaration { resource }, refused });
        }
    }

    /// What AWS refuses for certain of the resource that is being read.
    pub(super) fn refused(&self) -> Option<&Refused> {
        self.refused.as_ref().filter(|refused| refused.is_certain())
    }

    /// Notes that AWS refuses the resource that is being read, for where it is deployed.
    pub(super) fn refuse_here(&mut self, resource: &'a Resource, path: &str, why: String) {
        let refused = Refused { path: path.to_owned(), why, certainty: Certainty::Certain }.shown_by(resource);
        if refused.is_certain() {
            self.account.refusals.push(Refusal { declaration: Declaration { resource }, refused: refused.clone() });
        }
        self.refused = Some(refused);
    }

    pub(super) fn scope(&self) -> Scope {
        self.ground.scope
    }

    /// Notes where a resource is declared. Returns whether it is the first of its name.
    pub(super) fn declare(&mut self, key: &str, resource: &'a Resource) -> bool {
        let declaration = Declaration { resource };
        self.refuse(key, resource);
        if self.account.declarations.contains_key(key) {
            self.account.twins.entry(key.to_owned()).or_default().push(declaration);
            return false;
        }
        self.account.declarations.insert(key.to_owned(), declaration);
        if self.deployed.contains(key) {
            self.account.replaced.insert(key.to_owned());
        }
        true
    }

    /// Notes what AWS refuses of a resource.
    fn refuse(&mut self, key: &str, resource: &'a Resource) {
        if let Some(refused) = self.refused.clone() {
            let refusal = Refusal { declaration: Declaration { resource }, refused };
            self.account.refused.entry(key.to_owned()).or_insert(refusal);
        }
    }

    /// Notes where something is declared of which there may be several.
    pub(super) fn note(&mut self, key: &str, resource: &'a Resource) {
        self.refuse(key, resource);
        self.account.declarations.entry(key.to_owned()).or_insert(Declaration { resource });
    }

    /// Notes what is not known, as the reason why something of a resource is unread.
    pub(super) fn gap(&mut self, part: &DocumentPart, resource: Option<&str>) {
        let gap = Gap::of_document(&self.home.account, &self.home.region, resource, part.clone());
        self.account.snapshot.gaps.push(gap);
    }

    /// The alarms of the region.
    pub(super) fn alarms(&mut self) -> &mut RegionAlarms {
        let (all, region) = (&mut self.account.snapshot.alarms, &self.home.region);
        let at = all.iter().position(|alarms| alarms.region == *region).unwrap_or_else(|| {
            all.push(RegionAlarms {
                region: region.clone(),
                // A region that was not read may have any.
                complete: self.ground.over.is_none(),
                metric_alarms: Vec::new(),
                composite_alarms: Vec::new(),
                log_alarms: Vec::new(),
                mute_rules: self.ground.over.is_none().then(Vec::new),
            });
            all.len() - 1
        });
        &mut all[at]
    }

    /// An ARN as it will be where it is deployed. A region or account that is written out is taken for the one of the
    /// deployment where that is not known, unless others are written out too: `ours` says that the service takes no other.
    pub(super) fn arn(&self, text: &str, region_is_ours: bool, account_is_ours: bool) -> String {
        let Some(arn) = Arn::parse(text) else { return text.to_owned() };
        let is_one = self.account.contradictions.is_empty();
        let (region_is_ours, account_is_ours) = (region_is_ours && is_one, account_is_ours && is_one);
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

    /// The declared topic that a text names if an account that is written out in it is the one of the deployment.
    pub(super) fn topic_if_here(&self, arn: &TopicArn) -> Option<TopicArn> {
        let account = arn.account().filter(|account| !self.home.knows_account() && **account != self.home.account)?;
        let here = arn.replacen(&format!(":{account}:"), &format!(":{}:", self.home.account), 1);
        let is_it = |topic: &&crate::snapshot::Topic| *topic.arn == *here && topic.exists == Some(true);
        self.account.snapshot.topics.iter().find(is_it).map(|topic| topic.arn.clone())
    }

    /// Makes alarms that send to one topic send to another.
    pub(super) fn redirect(&mut self, from: &TopicArn, to: &TopicArn) {
        let alarms = self.account.snapshot.alarms.iter_mut();
        let actions = alarms.flat_map(|alarms| {
            let metric = alarms.metric_alarms.iter_mut().map(|alarm| &mut alarm.actions);
            metric.chain(alarms.composite_alarms.iter_mut().map(|alarm| &mut alarm.actions))
        });
        let texts = actions.flat_map(|it| it.alarm.iter_mut().chain(&mut it.ok).chain(&mut it.insufficient_data));
        texts.filter(|text| text.as_str() == from.as_str()).for_each(|text| *text = to.to_string());
    }

    /// The ARN of a topic of the account and region of the deployment.
    pub(super) fn own_topic_arn(&self, text: &str) -> TopicArn {
        if Arn::parse(text).is_some() {
            TopicArn::new(self.arn(text, true, true))
        } else {
            TopicArn::new(self.home.arn("sns", text))
        }
    }

    /// The ARN of a topic that something names.
    pub(super) fn topic_arn(&self, text: &str) -> TopicArn {
        match Arn::parse(text) {
            Some(_) => TopicArn::new(self.arn(text, true, false)),
            None if is_expression(text) => TopicArn::new(self.home.arn("sns", text)),
            None => TopicArn::new(text),
        }
    }
}

/// A resource's name: its property, its expression, or what stands for a generated one.
pub(super) fn name_of(resource: &Resource, property: &str) -> String {
    resource.properties.get(property).symbol().unwrap_or_else(|| resource.generated.clone())
}

/// The region that a service's ARN names, if that is certainly another than this one.
pub(super) fn other_region<'t>(text: &'t str, service: &str, here: &str) -> Option<&'t str> {
    let there = Arn::parse(text).filter(|arn| arn.service == service)?.region;
    let is_known = |region: &str| !region.is_empty() && !region.contains(MARKS);
    (is_known(here) && is_known(there) && here != there).then_some(there)
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
        property: Some(resource.argument_at(property)),
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
    read(node).map_err(|unknown| {
        // What is not known may be deep in it.
        let path = format!("{property}{}", node.path_to(&unknown).unwrap_or_default());
        let node = resource.properties.find(&path).unwrap_or(node);
        Box::new(part(resource, &path, node, &unknown, instead_of))
    })
}

/// The keys of what is deployed, as [`Account::declarations`] has them.
fn deployed(snapshot: &Snapshot) -> BTreeSet<String> {
    let trails = snapshot.trails().iter().map(|trail| trail.arn.to_string());
    let groups = snapshot.log_groups.iter().filter(|group| group.exists == Some(true));
    let filters = groups
        .clone()
        .flat_map(|group| group.metric_filters.iter().flatten().map(|filter| filter_key(&group.arn, &filter.name)));
    let groups = groups.clone().map(|group| group.arn.to_string());
    let alarms = snapshot.alarms.iter().flat_map(|alarms| {
        let metric = alarms.metric_alarms.iter().map(|alarm| alarm.arn.to_string());
        metric.chain(alarms.composite_alarms.iter().map(|alarm| alarm.arn.to_string()))
    });
    let topics = snapshot.topics.iter().filter(|topic| topic.exists == Some(true)).map(|topic| topic.arn.to_string());
    trails.chain(groups).chain(filters).chain(alarms).chain(topics).collect()
}
