//! An account of the builder ([`crate::support::accounts`]) as a description that an endpoint can serve, and which
//! endpoints can: so one table of defects is judged in memory and deployed.
//!
//! What no endpoint can hold (a call that failed, an alarm's warm-up) is refused by name, never left out.

use std::collections::BTreeMap;

use cis_audit::snapshot::{self, Snapshot, Watched};
use serde_json::{Value, json};

use super::account::{
    Account, AdvancedSelector, Alarm, AlarmMetric, CompositeAlarm, EventSelector, FieldSelector, Key, LogGroup,
    MetricFilter, MetricQuery, MetricStat, MuteRule, Selectors, Subscription, SubscriptionState, Topic, Trail,
    Transformation,
};
use super::accounts::AccountBuilder;
use super::accounts::builder::seed;
use super::seed::REGION;
use super::stage::{Endpoint, fresh_id};

/// A description, and where it can be served.
pub(crate) struct Described {
    pub(crate) account: Account,
    pub(crate) endpoints: Vec<Endpoint>,
}

/// What a description lacks words for.
type Inexpressible = &'static str;

/// The account, under a number of its own and in the emulators' region.
pub(crate) fn describe(account: AccountBuilder) -> Result<Described, Inexpressible> {
    let id = fresh_id();
    let there = |account: AccountBuilder| account.in_account(&id).in_region(REGION).build();
    let (account, plain) = (there(account), there(seed()));
    let mut description = Description {
        account: Account::empty(&id),
        plain: &plain,
        endpoints: vec![Endpoint::Ministack, Endpoint::Moto, Endpoint::Fake],
    };
    description.all_of(&account)?;
    let Description { account, endpoints, .. } = description;
    Ok(Described { account, endpoints })
}

struct Description<'a> {
    account: Account,
    /// The seed's account, from which only what has words may differ.
    plain: &'a Snapshot,
    endpoints: Vec<Endpoint>,
}

fn has_words(is_so: bool, what: Inexpressible) -> Result<(), Inexpressible> {
    if is_so { Ok(()) } else { Err(what) }
}

impl Description<'_> {
    fn not_on(&mut self, endpoint: Endpoint) {
        self.endpoints.retain(|other| *other != endpoint);
    }

    fn only_on_the_fake(&mut self) {
        self.endpoints.retain(|endpoint| *endpoint == Endpoint::Fake);
    }

    fn all_of(&mut self, account: &Snapshot) -> Result<(), Inexpressible> {
        has_words(account.region == REGION && account.gaps.is_empty(), "another region asked for, or gaps")?;
        has_words(account.event_rules.is_empty() && account.monitoring_links.is_empty(), "event rules and links")?;
        for trail in account.trails.as_ref().ok_or("unread trails")? {
            let trail = self.trail(trail)?;
            self.account.trails.push(trail);
        }
        has_words(!account.log_groups.is_empty() && !account.topics.is_empty(), "unread log groups or topics")?;
        for group in &account.log_groups {
            self.log_group(group)?;
        }
        has_words(!account.alarms.is_empty(), "unread alarms")?;
        for region in &account.alarms {
            self.alarms(region)?;
        }
        for topic in &account.topics {
            self.topic(topic, account.key_of(topic).is_some())?;
        }
        for key in &account.keys {
            self.key(key)?;
        }
        // An alarm's topic that is not among the topics was not looked at.
        let named =
            account.alarms.iter().flat_map(|region| &region.metric_alarms).flat_map(|alarm| alarm.actions.topics());
        for topic in named {
            let is_elsewhere = topic.region() != Some(REGION) || topic.account() != Some(&self.account.id);
            has_words(!is_elsewhere && account.topic(&topic).is_some(), "a topic elsewhere")?;
        }
        Ok(())
    }

    fn trail(&mut self, trail: &snapshot::Trail) -> Result<Trail, Inexpressible> {
        let plain = self.plain.trails().first().expect("the seed's trail");
        let status = trail.status.as_ref().ok_or("unread status")?;
        let plain_status = plain.status.as_ref().expect("the seed's status");
        let as_plain = snapshot::TrailStatus {
            is_logging: plain_status.is_logging,
            latest_logs_delivery_error: plain_status.latest_logs_delivery_error.clone(),
            ..status.clone()
        };
        has_words(as_plain == *plain_status, "times of a trail's delivery")?;
        has_words(trail.include_global_service_events && !trail.is_organization, "global events, organization trails")?;
        let owner = trail.arn.account().filter(|owner| *owner != self.account.id).map(str::to_owned);
        if owner.is_some() {
            self.only_on_the_fake();
        }
        Ok(Trail {
            name: trail.name.clone(),
            home_region: trail.home_region.clone(),
            multi_region: trail.is_multi_region,
            logging: status.is_logging,
            log_group_arn: trail.log_group_arn.as_ref().map(ToString::to_string),
            selectors: selectors(trail.selectors.as_ref().ok_or("unread selectors")?)?,
            delivery_error: status.latest_logs_delivery_error.clone(),
            organization_owner: owner,
        })
    }

    fn log_group(&mut self, group: &snapshot::LogGroup) -> Result<(), Inexpressible> {
        if group.exists == Some(false) {
            return Ok(());
        }
        has_words(group.arn.account() == Some(&self.account.id), "another account's log group")?;
        let class = group.class.clone().ok_or("unread class")?;
        if class != "STANDARD" {
            self.only_on_the_fake();
        }
        let mut filters = Vec::new();
        for filter in group.metric_filters.as_ref().ok_or("unread metric filters")? {
            has_words(filter.field_selection_criteria.is_none(), "a field selection")?;
            has_words(filter.emit_system_field_dimensions.is_empty(), "system fields as dimensions")?;
            let [metric] = filter.transformations.as_slice() else { return Err("two transformations") };
            has_words(metric.unit.is_none(), "a published unit")?;
            if filter.apply_on_transformed_logs {
                self.only_on_the_fake();
            }
            filters.push(MetricFilter {
                name: filter.name.clone(),
                pattern: filter.pattern.clone(),
                metric: Transformation {
                    namespace: metric.namespace.clone(),
                    name: metric.name.clone(),
                    value: metric.value.clone(),
                    default: metric.default_value,
                    dimensions: metric.dimensions.clone(),
                },
                on_transformed_logs: filter.apply_on_transformed_logs,
            });
        }
        let region = group.arn.region().ok_or("no region")?.to_owned();
        self.account.region(&region).log_groups.push(LogGroup { name: group.arn.name().into(), class, filters });
        Ok(())
    }

    fn alarms(&mut self, alarms: &snapshot::RegionAlarms) -> Result<(), Inexpressible> {
        has_words(alarms.complete && alarms.log_alarms.is_empty(), "unread alarms, log alarms")?;
        has_words(alarms.region == REGION, "alarms of a region that an audit does not read")?;
        for alarm in &alarms.metric_alarms {
            let alarm = self.alarm(alarm)?;
            self.account.region(&alarms.region).alarms.push(alarm);
        }
        for alarm in &alarms.composite_alarms {
            has_words(alarm.suppressor.is_none(), "a suppressor")?;
            self.not_on(Endpoint::Moto);
            // An emulator refuses a rule that it cannot read, or that names an alarm which is not there.
            let is_named = |name: &str| alarms.metric_alarms.iter().any(|other| other.name == name);
            if !names_in(&alarm.rule).is_some_and(|names| names.iter().all(|name| is_named(name))) {
                self.only_on_the_fake();
            }
            self.account.region(&alarms.region).composite_alarms.push(CompositeAlarm {
                name: alarm.name.clone(),
                rule: alarm.rule.clone(),
                actions_enabled: alarm.actions.enabled,
                alarm_actions: alarm.actions.alarm.clone(),
            });
        }
        for rule in alarms.mute_rules.as_ref().ok_or("unread mute rules")? {
            has_words(rule.start.is_none() && rule.expire.is_none(), "begin and end of a mute rule")?;
            self.only_on_the_fake();
            self.account.region(&alarms.region).mute_rules.push(MuteRule {
                name: rule.name.clone(),
                alarms: rule.alarms.clone(),
                schedule: rule.schedule.clone(),
                duration: rule.duration.clone(),
            });
        }
        Ok(())
    }

    fn alarm(&mut self, alarm: &snapshot::MetricAlarm) -> Result<Alarm, Inexpressible> {
        has_words(alarm.window.is_none() && alarm.warm_up.is_none() && alarm.state.is_some(), "windows and warm-ups")?;
        has_words(alarm.threshold_metric_id.is_none() && alarm.low_samples.is_none(), "bands and few samples")?;
        let mut more = serde_json::Map::new();
        if let Some(state) = &alarm.evaluation_state {
            self.only_on_the_fake();
            more.insert("EvaluationState".into(), json!(state));
        }
        // The emulators refuse it, as AWS does.
        if alarm.datapoints_to_alarm == Some(0) {
            self.only_on_the_fake();
        }
        let metric = match &alarm.watches {
            Watched::Metric(metric) => AlarmMetric::Single(stat(metric)?),
            Watched::Queries(queries) => {
                self.not_on(Endpoint::Ministack);
                AlarmMetric::Queries(queries.iter().map(query).collect::<Result<_, _>>()?)
            }
            Watched::Criteria(_) => return Err("PromQL"),
        };
        Ok(Alarm {
            name: alarm.name.clone(),
            metric,
            comparison: alarm.comparison.clone().ok_or("no comparison")?,
            threshold: alarm.threshold.ok_or("no threshold")?,
            evaluation_periods: alarm.evaluation_periods.ok_or("no periods")?,
            datapoints_to_alarm: alarm.datapoints_to_alarm,
            treat_missing_data: alarm.treat_missing_data.clone().ok_or("no word on missing data")?,
            actions_enabled: alarm.actions.enabled,
            alarm_actions: alarm.actions.alarm.clone(),
            ok_actions: alarm.actions.ok.clone(),
            more,
        })
    }

    fn topic(&mut self, topic: &snapshot::Topic, has_key: bool) -> Result<(), Inexpressible> {
        if topic.exists.ok_or("an unread topic")? {
            has_words(!topic.is_fifo, "FIFO topics")?;
            let plain = self.plain.topics.first().and_then(|topic| topic.policy.as_ref());
            let mut attributes = BTreeMap::new();
            let policy = topic.policy.as_ref().ok_or("an unread policy")?;
            if Some(policy) != plain {
                self.only_on_the_fake();
                attributes.insert("Policy".into(), policy.clone());
            }
            let is_known = topic.kms_key_id.is_none() || topic.names_managed_key() || has_key;
            has_words(is_known, "a key that was not asked about")?;
            attributes.extend(topic.kms_key_id.clone().map(|key| ("KmsMasterKeyId".to_owned(), key)));
            let mut subscriptions = Vec::new();
            for subscription in topic.subscriptions.as_ref().ok_or("unread subscriptions")? {
                subscriptions.push(self.subscription(subscription)?);
            }
            let region = topic.arn.region().ok_or("no region")?.to_owned();
            let name = topic.arn.name().to_owned();
            self.account.region(&region).topics.push(Topic { name, attributes, subscriptions });
        }
        Ok(())
    }

    fn subscription(&mut self, subscription: &snapshot::Subscription) -> Result<Subscription, Inexpressible> {
        let own = subscription.attributes.as_ref().ok_or("unread attributes")?;
        has_words(!own.pending_confirmation, "a pending subscription with an ARN")?;
        has_words(subscription.arn != "pending confirmation", "another spelling of a pending subscription")?;
        if subscription.protocol != "email" {
            self.only_on_the_fake();
        }
        let state = match subscription.state() {
            snapshot::SubscriptionState::Confirmed => SubscriptionState::Confirmed,
            snapshot::SubscriptionState::Pending => SubscriptionState::Pending,
            snapshot::SubscriptionState::Deleted => SubscriptionState::Deleted,
        };
        let attribute = |name: &str, value: &Option<String>| value.clone().map(|value| (name.to_owned(), value));
        let attributes: BTreeMap<String, String> = attribute("FilterPolicy", &own.filter_policy)
            .into_iter()
            .chain(attribute("FilterPolicyScope", &own.filter_policy_scope))
            .collect();
        if !attributes.is_empty() {
            self.not_on(Endpoint::Moto);
        }
        let Subscription { protocol, endpoint, .. } = Subscription::email(&subscription.endpoint, state);
        let protocol = if subscription.protocol == "email" { protocol } else { subscription.protocol.clone() };
        Ok(Subscription { protocol, endpoint, state, attributes })
    }

    fn key(&mut self, key: &snapshot::Key) -> Result<(), Inexpressible> {
        if !key.exists.ok_or("an unread key")? {
            return Ok(());
        }
        has_words(key.grants.as_ref().is_some_and(Vec::is_empty) && key.region == REGION, "grants, keys elsewhere")?;
        let (_, alias) = key.id.rsplit_once(':').ok_or("no ARN")?;
        let state = key.state.clone().ok_or("no state")?;
        let spec = key.spec.clone().ok_or("no spec")?;
        let manager = key.manager.clone().ok_or("no manager")?;
        let is_held = ["Enabled", "Disabled", "PendingDeletion"].contains(&state.as_str());
        if !is_held || spec != "SYMMETRIC_DEFAULT" || manager != "CUSTOMER" {
            self.only_on_the_fake();
        }
        let policy = key.policy.clone().ok_or("an unread key policy")?;
        self.account.region(REGION).keys.push(Key {
            alias: alias.into(),
            manager,
            state,
            spec,
            policy,
            grants: Vec::<Value>::new(),
        });
        Ok(())
    }
}

/// The alarms that the rule of a composite alarm names. `None`: it is no rule.
fn names_in(rule: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = rule
        .split('(')
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(name, _)| name.trim().trim_matches('"'))
        .collect();
    (!names.is_empty()).then_some(names)
}

fn selectors(selectors: &snapshot::EventSelectors) -> Result<Selectors, Inexpressible> {
    if !selectors.advanced.is_empty() {
        let advanced = selectors.advanced.iter().map(|selector| {
            let fields = selector.field_selectors.iter().map(field).collect::<Result<_, _>>()?;
            Ok(AdvancedSelector { name: "selector".into(), fields })
        });
        return Ok(Selectors::Advanced(advanced.collect::<Result<_, Inexpressible>>()?));
    }
    if selectors.basic.is_empty() {
        return Ok(Selectors::Default);
    }
    let basic = selectors.basic.iter().map(|selector| {
        Ok(EventSelector {
            read_write_type: selector.read_write_type.clone().ok_or("no read/write type")?,
            include_management_events: selector.include_management_events.ok_or("no word on management events")?,
            exclude_management_event_sources: selector.exclude_management_event_sources.clone(),
            data_resources: selector.data_resources.iter().map(|it| (it.kind.clone(), it.values.clone())).collect(),
        })
    });
    Ok(Selectors::Basic(basic.collect::<Result<_, Inexpressible>>()?))
}

fn field(selector: &snapshot::FieldSelector) -> Result<FieldSelector, Inexpressible> {
    let (operator, values) = match (selector.equals.is_empty(), selector.not_equals.is_empty()) {
        (false, true) => ("Equals", &selector.equals),
        (true, false) => ("NotEquals", &selector.not_equals),
        _ => return Err("two operators"),
    };
    Ok(FieldSelector { field: selector.field.clone(), operator: operator.into(), values: values.clone() })
}

fn stat(stat: &snapshot::MetricStat) -> Result<MetricStat, Inexpressible> {
    // A percentile is another member of the answer.
    has_words(!stat.statistic.starts_with('p'), "percentiles")?;
    Ok(MetricStat {
        namespace: stat.namespace.clone(),
        name: stat.name.clone(),
        dimensions: stat.dimensions.clone(),
        statistic: stat.statistic.clone(),
        period: stat.period,
        unit: stat.unit.clone(),
    })
}

fn query(query: &snapshot::MetricQuery) -> Result<MetricQuery, Inexpressible> {
    has_words(query.account_id.is_none() && query.period.is_none(), "queries of another account")?;
    has_words(query.stat.as_ref().is_none_or(|stat| stat.unit.is_none()), "a query's unit")?;
    Ok(MetricQuery {
        id: query.id.clone(),
        stat: query.stat.as_ref().map(stat).transpose()?,
        expression: query.expression.clone(),
        return_data: query.return_data.unwrap_or(true),
    })
}
