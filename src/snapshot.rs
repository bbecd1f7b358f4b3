//! What the controls need of the state of one account: what [`audit`](mod@crate::audit) judges.
//!
//! A snapshot is a document: collected from AWS, saved, mailed, kept as evidence, audited later, written manually as a
//! fixture. It holds what the AWS APIs said, in their spelling, and no judgement; an enumeration that AWS may extend is
//! kept as text. Nothing here may read a clock, a file, or AWS; what only a fix asks is a document of its own
//! (`fix::survey`), and the file of a saved account, which holds both, is the business of [`saved`](crate::saved).
//!
//! The one rule for readers: **what was not read is not absent.** Whatever can be unread is an `Option` whose `None`
//! means so, or a list with a `complete` flag, and each failed read leaves a [`Gap`] that says why.

use jiff::Timestamp;

use crate::arn::without_streams;

mod absent;
mod alarm;
mod cause;
mod event_rule;
mod gap;
mod key;
mod log_group;
mod monitoring_link;
mod provenance;
mod security_hub;
mod topic;
mod trail;

pub use alarm::{
    AlarmActions, CompositeAlarm, EvaluationWindow, LogAlarm, MetricAlarm, MetricQuery, MetricStat, MuteRule,
    RegionAlarms, TagsInMessages, WarmUp, Watched,
};
pub(crate) use cause::is_denied_by_resource;
pub use cause::{Cause, PolicyKind};
#[cfg(feature = "aws")]
pub(crate) use cause::{bare, without_namespace};
pub use event_rule::{EventRule, RegionEventRules};
pub use gap::{DocumentPart, Gap, GapSource};
pub(crate) use key::CLOUDWATCH;
pub use key::{Grant, Key};
pub use log_group::{LogGroup, MetricFilter, MetricTransformation};
pub use monitoring_link::{MonitoringLink, RegionLinks};
pub use provenance::{Provenance, ServiceEndpoint, TOOL_COMMIT, TOOL_VERSION};
pub use security_hub::{FurtherRegion, SecurityHub};
pub use topic::{Subscription, SubscriptionAttributes, SubscriptionState, Topic, topic_key_arn};
pub use trail::{
    AdvancedEventSelector, DataResource, EventSelector, EventSelectors, FieldSelector, Trail, TrailStatus,
};

/// The only version of the document that this program writes and reads.
pub const SCHEMA_VERSION: u32 = 1;

/// One account, read once.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Version of this document's shape: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// When the reading began. Ages (a delivery error, a last delivery) are measured at this moment.
    pub collected_at: Timestamp,
    /// The audited account: 12 digits (`sts:GetCallerIdentity` `Account`).
    pub account_id: String,
    /// Who read it, where, and with what program. `None`: that is not said.
    pub provenance: Option<Provenance>,
    /// `aws`, `aws-cn`, `aws-us-gov`, … from the caller's ARN.
    pub partition: String,
    /// The region that was asked for. Trails are followed to their home regions whatever it is.
    pub region: String,
    /// Trails that record this account, wherever they are at home. `None`: `DescribeTrails` could not be read.
    pub trails: Option<Vec<Trail>>,
    /// Log groups that were looked at: those that trails write to, and others that came along.
    pub log_groups: Vec<LogGroup>,
    /// Alarms of each region that was looked at.
    pub alarms: Vec<RegionAlarms>,
    /// Topics that alarm actions name.
    pub topics: Vec<Topic>,
    /// Keys of a customer's own that encrypt those topics.
    pub keys: Vec<Key>,
    /// AWS Security Hub CSPM in the region that was asked for. `None`: `DescribeHub` was not read.
    pub security_hub: Option<SecurityHub>,
    /// Further regions that were asked for, in their order, each once. Nobody asked for any: empty.
    pub further_regions: Vec<FurtherRegion>,
    /// EventBridge rules of the regions in which they were read. Of a region that is not among them they were not.
    pub event_rules: Vec<RegionEventRules>,
    /// Links to monitoring accounts, by region. A region that is not listed was not asked.
    pub monitoring_links: Vec<RegionLinks>,
    /// What could not be read, and why.
    pub gaps: Vec<Gap>,
}

impl Snapshot {
    /// The trails that were read, if they could be.
    #[must_use]
    pub fn trails(&self) -> &[Trail] {
        self.trails.as_deref().unwrap_or_default()
    }

    /// The log group of this ARN, compared whole, with or without a trailing `:*`.
    #[must_use]
    pub fn log_group(&self, arn: &str) -> Option<&LogGroup> {
        let wanted = without_streams(arn);
        self.log_groups.iter().find(|group| group.arn == *wanted)
    }

    /// Alarms of a region, if that region was looked at.
    #[must_use]
    pub fn alarms_in(&self, region: &str) -> Option<&RegionAlarms> {
        self.alarms.iter().find(|alarms| alarms.region == region)
    }

    /// The topic of this ARN, if it was looked at.
    #[must_use]
    pub fn topic(&self, arn: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.arn == arn)
    }

    /// The key that encrypts a topic, if it was looked at.
    #[must_use]
    pub fn key_of(&self, topic: &Topic) -> Option<&Key> {
        let (id, region) = (topic.key_arn()?, topic.arn.region()?);
        self.keys.iter().find(|key| key.id == id && key.region == region)
    }

    /// The gap that an operation left in a region, if any: the reason why something is unread. `resource`: what it was asked
    /// about; `None`: about no one resource.
    #[must_use]
    pub fn gap(&self, operation: &str, region: &str, resource: Option<&str>) -> Option<&Gap> {
        let is_it = |gap: &&Gap| {
            (gap.source.question(), &*gap.region, gap.resource.as_deref()) == (operation, region, resource)
        };
        self.gaps.iter().find(is_it)
    }

    /// Rounds the age of each trail's last delivery, as [`TrailStatus::round_delivery`] says.
    pub fn round_deliveries(&mut self) {
        let read = self.collected_at;
        let statuses = self.trails.iter_mut().flatten().filter_map(|trail| trail.status.as_mut());
        statuses.for_each(|status| status.round_delivery(read));
    }

    /// Puts every list into its one order, so that equal accounts give equal bytes.
    pub fn sort(&mut self) {
        if let Some(trails) = &mut self.trails {
            trails.sort_by(|a, b| a.arn.cmp(&b.arn));
        }
        self.log_groups.sort_by(|a, b| a.arn.cmp(&b.arn));
        for group in &mut self.log_groups {
            if let Some(filters) = &mut group.metric_filters {
                filters.sort_by(|a, b| a.name.cmp(&b.name));
            }
        }
        self.alarms.sort_by(|a, b| a.region.cmp(&b.region));
        for alarms in &mut self.alarms {
            alarms.metric_alarms.sort_by(|a, b| a.arn.cmp(&b.arn));
            alarms.composite_alarms.sort_by(|a, b| a.arn.cmp(&b.arn));
            alarms.log_alarms.sort_by(|a, b| a.arn.cmp(&b.arn));
            if let Some(rules) = &mut alarms.mute_rules {
                rules.sort_by(|a, b| a.name.cmp(&b.name));
            }
        }
        self.topics.sort_by(|a, b| a.arn.cmp(&b.arn));
        for topic in &mut self.topics {
            if let Some(subscriptions) = &mut topic.subscriptions {
                subscriptions
                    .sort_by(|a, b| (&a.protocol, &a.endpoint, &a.arn).cmp(&(&b.protocol, &b.endpoint, &b.arn)));
            }
        }
        self.keys.sort_by(|a, b| (&a.region, &a.id).cmp(&(&b.region, &b.id)));
        for grants in self.keys.iter_mut().filter_map(|key| key.grants.as_mut()) {
            grants.sort_by(|a, b| a.id.cmp(&b.id));
        }
        self.event_rules.sort_by(|a, b| a.region.cmp(&b.region));
        for rules in &mut self.event_rules {
            rules.rules.sort_by(|a, b| (&a.name, &a.arn).cmp(&(&b.name, &b.arn)));
        }
        self.monitoring_links.sort_by(|a, b| a.region.cmp(&b.region));
        for links in &mut self.monitoring_links {
            links.links.sort_by(|a, b| a.arn.cmp(&b.arn));
        }
        self.gaps.sort();
        self.gaps.dedup();
    }
}
