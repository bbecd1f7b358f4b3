//! An AWS account described as data: what exists in it, region by region.
//!
//! The same description is provisioned into an emulator ([`crate::support::provision`]) and served by the in-process
//! server ([`crate::support::fake`]). It says nothing about how the tool should judge it. Names follow the API's.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// One account.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Account {
    /// The twelve digits.
    pub(crate) id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`: what its ARNs begin with. The emulators know `aws` only.
    pub(crate) partition: String,
    pub(crate) trails: Vec<Trail>,
    pub(crate) regions: BTreeMap<String, Region>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Region {
    pub(crate) log_groups: Vec<LogGroup>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) composite_alarms: Vec<CompositeAlarm>,
    /// Only the in-process server can show them.
    pub(crate) mute_rules: Vec<MuteRule>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) keys: Vec<Key>,
    /// Names of SQS queues, which only the emulators have.
    pub(crate) queues: Vec<String>,
    /// Rules on the default event bus. Only the in-process server has them.
    pub(crate) event_rules: Vec<EventRule>,
    /// Monitoring accounts, each with the type of what is shared. Only the in-process server has them.
    pub(crate) monitoring_links: Vec<(String, String)>,
    /// Whether Security Hub is enabled. ministack does not have it.
    pub(crate) security_hub: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct EventRule {
    pub(crate) name: String,
    /// `ENABLED`, `DISABLED`, …
    pub(crate) state: String,
    /// Nothing: it is on a schedule.
    pub(crate) pattern: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct MuteRule {
    pub(crate) name: String,
    pub(crate) alarms: Vec<String>,
    pub(crate) schedule: String,
    pub(crate) duration: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Trail {
    pub(crate) name: String,
    pub(crate) home_region: String,
    pub(crate) multi_region: bool,
    pub(crate) logging: bool,
    /// `CloudWatchLogsLogGroupArn`, with the `:*` that AWS writes at its end.
    pub(crate) log_group_arn: Option<String>,
    pub(crate) selectors: Selectors,
    /// `LatestCloudWatchLogsDeliveryError`.
    pub(crate) delivery_error: Option<String>,
    /// The management account, when this is an organization's trail seen from a member. Only the in-process server
    /// can show it.
    pub(crate) organization_owner: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Selectors {
    /// None were ever put.
    Default,
    Basic(Vec<EventSelector>),
    Advanced(Vec<AdvancedSelector>),
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct EventSelector {
    /// `All`, `ReadOnly` or `WriteOnly`.
    pub(crate) read_write_type: String,
    pub(crate) include_management_events: bool,
    pub(crate) exclude_management_event_sources: Vec<String>,
    /// `DataResources`, as type and values.
    pub(crate) data_resources: Vec<(String, Vec<String>)>,
}

impl EventSelector {
    pub(crate) fn management(read_write_type: &str) -> Self {
        Self {
            read_write_type: read_write_type.into(),
            include_management_events: true,
            exclude_management_event_sources: Vec::new(),
            data_resources: Vec::new(),
        }
    }
}

/// The conditions of one advanced selector, all of which must hold.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AdvancedSelector {
    pub(crate) name: String,
    pub(crate) fields: Vec<FieldSelector>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct FieldSelector {
    pub(crate) field: String,
    /// `Equals`, `NotEquals`, …
    pub(crate) operator: String,
    pub(crate) values: Vec<String>,
}

impl AdvancedSelector {
    /// From lines such as `("readOnly", "Equals", "true")`.
    pub(crate) fn new(name: &str, fields: &[(&str, &str, &str)]) -> Self {
        let fields = fields.iter().map(|(field, operator, value)| FieldSelector {
            field: (*field).into(),
            operator: (*operator).into(),
            values: vec![(*value).into()],
        });
        Self { name: name.into(), fields: fields.collect() }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct LogGroup {
    pub(crate) name: String,
    /// `logGroupClass`. The emulators know `STANDARD` only.
    pub(crate) class: String,
    pub(crate) filters: Vec<MetricFilter>,
}

impl LogGroup {
    pub(crate) fn new(name: &str, filters: Vec<MetricFilter>) -> Self {
        Self { name: name.into(), class: "STANDARD".into(), filters }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct MetricFilter {
    pub(crate) name: String,
    pub(crate) pattern: String,
    pub(crate) metric: Transformation,
    /// `applyOnTransformedLogs`.
    pub(crate) on_transformed_logs: bool,
}

/// `metricTransformations`: the API takes exactly one.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Transformation {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) default: Option<f64>,
    pub(crate) dimensions: BTreeMap<String, String>,
}

impl MetricFilter {
    pub(crate) fn new(name: &str, pattern: &str, namespace: &str, metric: &str) -> Self {
        Self {
            name: name.into(),
            pattern: pattern.into(),
            metric: Transformation {
                namespace: namespace.into(),
                name: metric.into(),
                value: "1".into(),
                default: None,
                dimensions: BTreeMap::new(),
            },
            on_transformed_logs: false,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Alarm {
    pub(crate) name: String,
    pub(crate) metric: AlarmMetric,
    pub(crate) comparison: String,
    pub(crate) threshold: f64,
    pub(crate) evaluation_periods: i32,
    pub(crate) datapoints_to_alarm: Option<i32>,
    pub(crate) treat_missing_data: String,
    pub(crate) actions_enabled: bool,
    pub(crate) alarm_actions: Vec<String>,
    pub(crate) ok_actions: Vec<String>,
    /// Further members of the answer, which take the place of those above. The emulators do not know them.
    pub(crate) more: Map<String, Value>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlarmMetric {
    /// `MetricName`, `Namespace`, `Statistic`, …: the plain kind.
    Single(MetricStat),
    /// `Metrics[]`: what metric math needs and the console sometimes writes without need.
    Queries(Vec<MetricQuery>),
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct MetricStat {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) dimensions: BTreeMap<String, String>,
    pub(crate) statistic: String,
    pub(crate) period: i32,
    pub(crate) unit: Option<String>,
}

impl MetricStat {
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            dimensions: BTreeMap::new(),
            statistic: "Maximum".into(),
            period: 60,
            unit: None,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct MetricQuery {
    pub(crate) id: String,
    pub(crate) stat: Option<MetricStat>,
    pub(crate) expression: Option<String>,
    pub(crate) return_data: bool,
}

impl MetricQuery {
    pub(crate) fn stat(id: &str, stat: MetricStat, return_data: bool) -> Self {
        Self { id: id.into(), stat: Some(stat), expression: None, return_data }
    }

    /// The expression that is watched.
    pub(crate) fn watched(id: &str, expression: &str) -> Self {
        Self { id: id.into(), stat: None, expression: Some(expression.into()), return_data: true }
    }
}

impl Alarm {
    /// An alarm as the seed makes them: any one event of the minute, notified to `topic`.
    pub(crate) fn new(name: &str, namespace: &str, metric: &str, topic: &str) -> Self {
        Self {
            name: name.into(),
            metric: AlarmMetric::Single(MetricStat::new(namespace, metric)),
            comparison: "GreaterThanOrEqualToThreshold".into(),
            threshold: 1.0,
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            treat_missing_data: "notBreaching".into(),
            actions_enabled: true,
            alarm_actions: vec![topic.into()],
            ok_actions: Vec::new(),
            more: Map::new(),
        }
    }

    /// The one metric that this alarm watches.
    ///
    /// # Panics
    /// If it watches queries.
    pub(crate) fn single(&mut self) -> &mut MetricStat {
        match &mut self.metric {
            AlarmMetric::Single(stat) => stat,
            AlarmMetric::Queries(_) => panic!("{} watches metric queries", self.name),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct CompositeAlarm {
    pub(crate) name: String,
    pub(crate) rule: String,
    pub(crate) actions_enabled: bool,
    pub(crate) alarm_actions: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Topic {
    pub(crate) name: String,
    /// `Policy`, `KmsMasterKeyId` and the like, where they are not the default.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) subscriptions: Vec<Subscription>,
}

impl Topic {
    pub(crate) fn new(name: &str, subscriptions: Vec<Subscription>) -> Self {
        Self { name: name.into(), attributes: BTreeMap::new(), subscriptions }
    }
}

/// A KMS key, known by its alias: an emulator makes up its id.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Key {
    /// `alias/…`.
    pub(crate) alias: String,
    /// `KeyManager`. The emulators know `CUSTOMER` only.
    pub(crate) manager: String,
    /// `KeyState`: the emulators can be brought to `Enabled`, `Disabled` and `PendingDeletion`.
    pub(crate) state: String,
    /// `KeySpec`.
    pub(crate) spec: String,
    /// The key's one policy.
    pub(crate) policy: String,
    /// `Grants`, as `ListGrants` shows them. The emulators are given none.
    pub(crate) grants: Vec<Value>,
}

impl Key {
    /// A customer's key in order, whose policy has these statements.
    pub(crate) fn new(alias: &str, statements: &[Value]) -> Self {
        Self {
            alias: alias.into(),
            manager: "CUSTOMER".into(),
            state: "Enabled".into(),
            spec: "SYMMETRIC_DEFAULT".into(),
            policy: json!({ "Version": "2012-10-17", "Statement": statements }).to_string(),
            grants: Vec::new(),
        }
    }

    /// The id that the in-process server gives to the key of this place in its region.
    pub(crate) fn id(place: usize) -> String {
        format!("1234abcd-12ab-34cd-56ef-{place:012}")
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Subscription {
    pub(crate) protocol: String,
    pub(crate) endpoint: String,
    pub(crate) state: SubscriptionState,
    /// `FilterPolicy` and the like.
    pub(crate) attributes: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SubscriptionState {
    Confirmed,
    Pending,
    Deleted,
}

impl Subscription {
    /// A queue, which needs no confirmation.
    pub(crate) fn queue(arn: &str) -> Self {
        let state = SubscriptionState::Confirmed;
        Self { protocol: "sqs".into(), endpoint: arn.into(), state, attributes: BTreeMap::new() }
    }

    pub(crate) fn email(endpoint: &str, state: SubscriptionState) -> Self {
        Self { protocol: "email".into(), endpoint: endpoint.into(), state, attributes: BTreeMap::new() }
    }
}

impl Account {
    /// An account in which nothing exists.
    pub(crate) fn empty(id: &str) -> Self {
        Self { id: id.into(), partition: "aws".into(), trails: Vec::new(), regions: BTreeMap::new() }
    }

    fn arn(&self, service: &str, region: &str, owner: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{region}:{owner}:{resource}", self.partition)
    }

    /// The region of that name, made if the description does not have it yet.
    pub(crate) fn region(&mut self, name: &str) -> &mut Region {
        self.regions.entry(name.into()).or_default()
    }

    pub(crate) fn trail_arn(&self, trail: &Trail) -> String {
        let owner = trail.organization_owner.as_ref().unwrap_or(&self.id);
        self.arn("cloudtrail", &trail.home_region, owner, &format!("trail/{}", trail.name))
    }

    /// As a trail names its group: with `:*`.
    pub(crate) fn log_group_arn(&self, region: &str, name: &str) -> String {
        self.arn("logs", region, &self.id, &format!("log-group:{name}:*"))
    }

    pub(crate) fn alarm_arn(&self, region: &str, name: &str) -> String {
        self.arn("cloudwatch", region, &self.id, &format!("alarm:{name}"))
    }

    pub(crate) fn event_rule_arn(&self, region: &str, name: &str) -> String {
        self.arn("events", region, &self.id, &format!("rule/{name}"))
    }

    /// `resource` is `key/ID` or `alias/NAME`.
    pub(crate) fn kms_arn(&self, region: &str, resource: &str) -> String {
        self.arn("kms", region, &self.id, resource)
    }

    pub(crate) fn topic_arn(&self, region: &str, name: &str) -> String {
        self.arn("sns", region, &self.id, name)
    }
}
