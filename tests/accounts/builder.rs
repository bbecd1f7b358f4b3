//! An account, changed one fact at a time: `seed().without_alarm("3.4").with_pending_subscription()`.
//!
//! Filters and alarms are named by the control that they are for. A change that finds nothing to change panics, so that
//! no test passes because it changed nothing; [`AccountBuilder::tolerant`] allows it, where changes are combined by chance.

mod topics;

use cis_audit::arn::{AlarmArn, LogGroupArn, TrailArn};
use cis_audit::saved::Saved;
use cis_audit::snapshot::{
    AdvancedEventSelector, AlarmActions, CompositeAlarm, EventSelector, EventSelectors, FieldSelector, LogGroup,
    MetricAlarm, MetricFilter, MetricStat, MetricTransformation, MuteRule, RegionAlarms, Snapshot, Trail, TrailStatus,
    Watched,
};

use super::controls::metric_of;

/// The account number of the seed.
pub(crate) const ACCOUNT: &str = "111122223333";
/// An account that is not the seed's.
pub(crate) const OTHER_ACCOUNT: &str = "999999999999";
/// The region of the seed: its trail's home, and where its whole chain is.
pub(crate) const REGION: &str = "ap-northeast-1";
/// A region that is not the seed's.
pub(crate) const OTHER_REGION: &str = "eu-central-1";
/// The log group that the seed's trail delivers to.
pub(crate) const LOG_GROUP: &str = "/aws/cloudtrail/DefaultSecuritySettings";
/// The topic that the seed's alarms notify.
pub(crate) const TOPIC: &str = "arn:aws:sns:ap-northeast-1:111122223333:notice";
/// The alias of the key of [`AccountBuilder::with_topic_key`].
pub(crate) const KEY_ALIAS: &str = "alias/topics";

const SEED: &str = include_str!("../../fixtures/accounts/seed.json");

/// An account that is being built.
#[derive(Debug, Clone)]
pub(crate) struct AccountBuilder {
    account: Snapshot,
    is_tolerant: bool,
}

/// The seed's account, which passes every control of 1.2.0 by every verdict, without a warning.
pub(crate) fn seed() -> AccountBuilder {
    AccountBuilder::from_json(SEED)
}

/// A selector of management events: `All`, `ReadOnly` or `WriteOnly`.
pub(crate) fn management_events(read_write_type: &str) -> EventSelector {
    EventSelector {
        read_write_type: Some(read_write_type.into()),
        include_management_events: Some(true),
        exclude_management_event_sources: Vec::new(),
        data_resources: Vec::new(),
    }
}

/// A selector of all management events but those of some services.
pub(crate) fn management_events_without(sources: &[&str]) -> EventSelector {
    EventSelector {
        exclude_management_event_sources: sources.iter().map(|source| (*source).into()).collect(),
        ..management_events("All")
    }
}

/// One condition of an advanced selector: the field has this value.
pub(crate) fn equals(field: &str, value: &str) -> FieldSelector {
    FieldSelector { field: field.into(), equals: vec![value.into()], ..FieldSelector::default() }
}

/// One condition of an advanced selector: the field has another value.
pub(crate) fn not_equals(field: &str, value: &str) -> FieldSelector {
    FieldSelector { field: field.into(), not_equals: vec![value.into()], ..FieldSelector::default() }
}

/// The metric that an alarm watches by itself.
///
/// # Panics
/// If it watches queries.
pub(crate) fn stat(alarm: &mut MetricAlarm) -> &mut MetricStat {
    match &mut alarm.watches {
        Watched::Metric(stat) => stat,
        Watched::Queries(_) | Watched::Criteria(_) => panic!("{} does not watch a plain metric", alarm.name),
    }
}

impl AccountBuilder {
    /// A saved account.
    ///
    /// # Panics
    /// If the text is none.
    pub(crate) fn from_json(text: &str) -> Self {
        let account = Saved::from_json(text).expect("a saved account").document.snapshot;
        Self { account, is_tolerant: false }
    }

    /// An account to be changed further.
    pub(crate) fn of_snapshot(account: Snapshot) -> Self {
        Self { account, is_tolerant: false }
    }

    /// Changes that find nothing to change are let pass from here on.
    pub(crate) fn tolerant(mut self) -> Self {
        self.is_tolerant = true;
        self
    }

    /// The account.
    pub(crate) fn build(self) -> Snapshot {
        self.account
    }

    /// Whatever no other change has a name for.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Snapshot)) -> Self {
        change(&mut self.account);
        self
    }

    /// Changes each of these.
    fn each<'a, T: 'a>(
        is_tolerant: bool,
        what: &str,
        found: impl Iterator<Item = &'a mut T>,
        mut change: impl FnMut(&mut T),
    ) {
        let mut count = 0;
        for one in found {
            change(one);
            count += 1;
        }
        assert!(count > 0 || is_tolerant, "the account has no {what} to change");
    }

    fn removed(&self, before: usize, after: usize, what: &str) {
        assert!(after < before || self.is_tolerant, "the account has no {what} to remove");
    }

    // The account as a whole.

    /// The same account under another number.
    pub(crate) fn in_account(self, id: &str) -> Self {
        self.replaced(ACCOUNT, id)
    }

    /// The same account with everything in another region, of whatever partition.
    pub(crate) fn in_region(self, region: &str) -> Self {
        let moved = self.replaced(REGION, region);
        match region.split('-').next() {
            Some("cn") => moved.replaced("arn:aws:", "arn:aws-cn:").with(|account| account.partition = "aws-cn".into()),
            Some("us") if region.starts_with("us-gov-") => {
                moved.replaced("arn:aws:", "arn:aws-us-gov:").with(|account| account.partition = "aws-us-gov".into())
            }
            Some(_) | None => moved,
        }
    }

    /// The account with one text for another, wherever it is.
    fn replaced(self, text: &str, by: &str) -> Self {
        let Self { account, is_tolerant } = self;
        let mut saved = Vec::new();
        let whole = Saved { snapshot: account, survey: Default::default() };
        whole.to_writer(&mut saved).expect("memory does not fail");
        let saved = String::from_utf8(saved).expect("JSON is text").replace(text, by);
        Self { is_tolerant, ..Self::from_json(&saved) }
    }

    // Trails.

    pub(crate) fn without_trail(self) -> Self {
        self.with(|account| account.trails = Some(Vec::new()))
    }

    pub(crate) fn with_unread_trails(self) -> Self {
        self.with(|account| account.trails = None)
    }

    pub(crate) fn trail(mut self, change: impl FnMut(&mut Trail)) -> Self {
        Self::each(self.is_tolerant, "trail", self.account.trails.iter_mut().flatten(), change);
        self
    }

    /// What `GetTrailStatus` says of the trail.
    pub(crate) fn trail_status(mut self, change: impl FnMut(&mut TrailStatus)) -> Self {
        let trails = self.account.trails.iter_mut().flatten();
        Self::each(self.is_tolerant, "trail status", trails.filter_map(|trail| trail.status.as_mut()), change);
        self
    }

    /// Basic event selectors instead of the trail's own.
    pub(crate) fn with_selectors(self, basic: &[EventSelector]) -> Self {
        self.trail(|trail| trail.selectors = Some(EventSelectors { basic: basic.to_vec(), advanced: Vec::new() }))
    }

    /// Advanced event selectors instead of the trail's own, each by its conditions.
    pub(crate) fn with_advanced_selectors(self, selectors: &[&[FieldSelector]]) -> Self {
        let selector =
            |conditions: &&[FieldSelector]| AdvancedEventSelector { name: None, field_selectors: conditions.to_vec() };
        let advanced: Vec<_> = selectors.iter().map(selector).collect();
        self.trail(|trail| trail.selectors = Some(EventSelectors { basic: Vec::new(), advanced: advanced.clone() }))
    }

    /// A second trail of that name, like the first but for the change. One that is there already stays as it is.
    pub(crate) fn with_second_trail(mut self, name: &str, change: impl FnOnce(&mut Trail)) -> Self {
        let Some(first) = self.account.trails().first().cloned() else {
            assert!(self.is_tolerant, "there is no first trail");
            return self;
        };
        let arn = format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{name}");
        let mut second = Trail { arn: TrailArn::from(arn.as_str()), name: name.into(), ..first };
        change(&mut second);
        if !self.account.trails().iter().any(|trail| trail.arn == second.arn) {
            self.account.trails.get_or_insert_default().push(second);
        }
        self
    }

    // Log groups and metric filters.

    pub(crate) fn log_group(mut self, change: impl FnMut(&mut LogGroup)) -> Self {
        Self::each(self.is_tolerant, "log group", self.account.log_groups.iter_mut(), change);
        self
    }

    /// The log group is gone: nothing is there but its name.
    pub(crate) fn without_log_group(self) -> Self {
        self.log_group(|group| (group.exists, group.metric_filters) = (Some(false), Some(Vec::new())))
    }

    /// The log group is of a class, and has no metric filters.
    pub(crate) fn with_log_group_class(self, class: &str) -> Self {
        self.log_group(|group| (group.class, group.metric_filters) = (Some(class.into()), Some(Vec::new())))
    }

    /// The trail delivers to a log group of this ARN instead.
    pub(crate) fn delivering_to(self, log_group_arn: &str) -> Self {
        self.trail(|trail| trail.log_group_arn = Some(LogGroupArn::from(log_group_arn)))
    }

    /// All metric filters are on another log group, to which no trail delivers.
    pub(crate) fn with_filters_on(mut self, log_group_arn: &str) -> Self {
        let groups = self.account.log_groups.iter_mut();
        let moved: Vec<MetricFilter> =
            groups.flat_map(|group| group.metric_filters.iter_mut().flat_map(std::mem::take)).collect();
        assert!(!moved.is_empty() || self.is_tolerant, "there is no filter to move");
        self.with_log_group(log_group_arn, moved)
    }

    /// One more log group, with these metric filters. One that is there already stays as it is.
    pub(crate) fn with_log_group(mut self, arn: &str, metric_filters: Vec<MetricFilter>) -> Self {
        if self.account.log_group(arn).is_none() {
            let (exists, class) = (Some(true), Some("STANDARD".into()));
            let arn = LogGroupArn::from(arn);
            self.account.log_groups.push(LogGroup { arn, exists, class, metric_filters: Some(metric_filters) });
        }
        self
    }

    /// The filter for a control is on another log group, to which no trail delivers.
    pub(crate) fn with_filter_on(mut self, control: &str, log_group: &str) -> Self {
        let moved: Vec<MetricFilter> = self.filters(control).map(|filter| filter.clone()).collect();
        self.without_filter(control).with_log_group(&log_group_arn(log_group), moved)
    }

    fn filters<'a>(&'a mut self, control: &str) -> impl Iterator<Item = &'a mut MetricFilter> {
        let metric = metric_of(control);
        let groups = self.account.log_groups.iter_mut().flat_map(|group| group.metric_filters.iter_mut().flatten());
        groups.filter(move |filter| filter.transformations.iter().any(|it| it.name == metric))
    }

    /// Changes the metric filter for a control.
    pub(crate) fn filter(mut self, control: &str, change: impl FnMut(&mut MetricFilter)) -> Self {
        let is_tolerant = self.is_tolerant;
        Self::each(is_tolerant, "metric filter", self.filters(control), change);
        self
    }

    /// Another pattern in the metric filter for a control.
    pub(crate) fn pattern(self, control: &str, pattern: &str) -> Self {
        self.filter(control, |filter| filter.pattern = pattern.into())
    }

    /// Changes what the metric filter for a control publishes.
    pub(crate) fn transformation(self, control: &str, mut change: impl FnMut(&mut MetricTransformation)) -> Self {
        self.filter(control, |filter| filter.transformations.iter_mut().for_each(&mut change))
    }

    pub(crate) fn without_filter(mut self, control: &str) -> Self {
        let metric = metric_of(control);
        let count =
            |account: &Snapshot| account.log_groups.iter().flat_map(|group| &group.metric_filters).map(Vec::len).sum();
        let before: usize = count(&self.account);
        for filters in self.account.log_groups.iter_mut().filter_map(|group| group.metric_filters.as_mut()) {
            filters.retain(|filter| filter.transformations.iter().all(|it| it.name != metric));
        }
        self.removed(before, count(&self.account), "metric filter");
        self
    }

    pub(crate) fn with_unread_filters(self) -> Self {
        self.log_group(|group| group.metric_filters = None)
    }

    /// A second filter next to the one for a control, like it but for its name and the change.
    pub(crate) fn with_second_filter(
        mut self,
        control: &str,
        name: &str,
        change: impl FnOnce(&mut MetricFilter),
    ) -> Self {
        let Some(mut second) = self.filters(control).next().map(|filter| filter.clone()) else {
            assert!(self.is_tolerant, "there is no first filter");
            return self;
        };
        second.name = name.into();
        change(&mut second);
        self.with_filter(second)
    }

    /// A metric filter on the trail's log group. One of that name that is there already stays as it is.
    pub(crate) fn with_filter(mut self, filter: MetricFilter) -> Self {
        let group = self.account.log_groups.first_mut();
        assert!(group.is_some() || self.is_tolerant, "there is no log group");
        let filters = group.map(|group| group.metric_filters.get_or_insert_default());
        if let Some(filters) = filters.filter(|filters| filters.iter().all(|other| other.name != filter.name)) {
            filters.push(filter);
        }
        self
    }

    // Alarms.

    fn alarms<'a>(&'a mut self, control: &str) -> impl Iterator<Item = &'a mut MetricAlarm> {
        let metric = metric_of(control);
        let alarms = self.account.alarms.iter_mut().flat_map(|region| &mut region.metric_alarms);
        alarms.filter(move |alarm| watches(alarm, metric))
    }

    /// Changes the alarm for a control.
    pub(crate) fn alarm(mut self, control: &str, change: impl FnMut(&mut MetricAlarm)) -> Self {
        let is_tolerant = self.is_tolerant;
        Self::each(is_tolerant, "alarm", self.alarms(control), change);
        self
    }

    /// Changes which metric the alarm for a control watches, and how.
    pub(crate) fn alarm_metric(self, control: &str, mut change: impl FnMut(&mut MetricStat)) -> Self {
        self.alarm(control, |alarm| change(stat(alarm)))
    }

    pub(crate) fn without_alarm(mut self, control: &str) -> Self {
        let metric = metric_of(control);
        let count = |account: &Snapshot| account.alarms.iter().map(|region| region.metric_alarms.len()).sum();
        let before: usize = count(&self.account);
        self.account.alarms.iter_mut().for_each(|region| region.metric_alarms.retain(|alarm| !watches(alarm, metric)));
        self.removed(before, count(&self.account), "alarm");
        self
    }

    pub(crate) fn without_alarms(self) -> Self {
        self.with(|account| account.alarms.iter_mut().for_each(|region| region.metric_alarms.clear()))
    }

    /// `DescribeAlarms` broke off: there may be more alarms than were read.
    pub(crate) fn with_unread_alarms(self) -> Self {
        self.with(|account| account.alarms.iter_mut().for_each(|region| region.complete = false))
    }

    /// The alarm for a control notifies this and nothing else.
    pub(crate) fn with_alarm_action(self, control: &str, action: &str) -> Self {
        self.alarm(control, |alarm| alarm.actions.alarm = vec![action.into()])
    }

    /// A second alarm next to the one for a control, like it but for its name and the change.
    pub(crate) fn with_second_alarm(
        mut self,
        control: &str,
        name: &str,
        change: impl FnOnce(&mut MetricAlarm),
    ) -> Self {
        let Some(mut second) = self.alarms(control).next().map(|alarm| alarm.clone()) else {
            assert!(self.is_tolerant, "there is no first alarm");
            return self;
        };
        second.name = name.into();
        second.arn = alarm_arn(name);
        change(&mut second);
        self.with_alarm(second)
    }

    /// An alarm in the seed's region. One of that name that is there already stays as it is.
    pub(crate) fn with_alarm(mut self, alarm: MetricAlarm) -> Self {
        let region = self.account.alarms.iter_mut().find(|region| region.region == REGION);
        assert!(region.is_some() || self.is_tolerant, "the region is not read");
        if let Some(region) = region.filter(|region| region.metric_alarms.iter().all(|other| other.name != alarm.name))
        {
            region.metric_alarms.push(alarm);
        }
        self
    }

    /// The alarm for a control is in another region, where its metric is not.
    pub(crate) fn with_alarm_in(mut self, control: &str, region: &str) -> Self {
        let mut moved: Vec<MetricAlarm> = self.alarms(control).map(|alarm| alarm.clone()).collect();
        moved.iter_mut().for_each(|alarm| alarm.arn = alarm.arn.replace(REGION, region).into());
        self = self.without_alarm(control);
        self.account.alarms.push(RegionAlarms {
            region: region.into(),
            complete: true,
            metric_alarms: moved,
            composite_alarms: Vec::new(),
            log_alarms: Vec::new(),
            mute_rules: Some(Vec::new()),
        });
        self
    }

    /// The alarm for a control has no action of its own; a composite alarm `above`, of this rule, has it. `IT` in the
    /// rule is the alarm's name.
    pub(crate) fn with_composite_alarm(mut self, control: &str, rule: &str) -> Self {
        let Some(alarm) = self.alarms(control).next() else {
            assert!(self.is_tolerant, "there is no alarm");
            return self;
        };
        let topics = std::mem::take(&mut alarm.actions.alarm);
        let rule = rule.replace("IT", &format!("\"{}\"", alarm.name));
        let composite = composite_alarm("above", &rule, topics);
        let composites = self.account.alarms.iter_mut().find(|region| region.region == REGION);
        let composites = composites.map(|region| &mut region.composite_alarms);
        if let Some(composites) = composites.filter(|all| all.iter().all(|other| other.name != composite.name)) {
            composites.push(composite);
        }
        self
    }

    /// Changes the composite alarms.
    pub(crate) fn composite_alarm(mut self, change: impl FnMut(&mut CompositeAlarm)) -> Self {
        let composites = self.account.alarms.iter_mut().flat_map(|region| &mut region.composite_alarms);
        Self::each(self.is_tolerant, "composite alarm", composites, change);
        self
    }

    /// A scheduled mute rule for the alarm of a control.
    pub(crate) fn with_mute_rule(mut self, control: &str, schedule: &str, duration: &str) -> Self {
        let alarms: Vec<String> = self.alarms(control).map(|alarm| alarm.name.clone()).collect();
        let rule = MuteRule {
            name: format!("{control} {schedule}"),
            alarms,
            schedule: schedule.into(),
            duration: duration.into(),
            status: "SCHEDULED".into(),
            start: None,
            expire: None,
        };
        if let Some(region) = self.account.alarms.first_mut() {
            region.mute_rules.get_or_insert_default().push(rule);
        }
        self
    }

    /// Changes the mute rules.
    pub(crate) fn mute_rule(mut self, change: impl FnMut(&mut MuteRule)) -> Self {
        let rules = self.account.alarms.iter_mut().flat_map(|region| region.mute_rules.iter_mut().flatten());
        Self::each(self.is_tolerant, "mute rule", rules, change);
        self
    }

    pub(crate) fn with_unread_mute_rules(self) -> Self {
        self.with(|account| account.alarms.iter_mut().for_each(|region| region.mute_rules = None))
    }
}

fn watches(alarm: &MetricAlarm, metric: &str) -> bool {
    matches!(&alarm.watches, Watched::Metric(stat) if stat.name == metric)
}

/// The ARN of a log group of the seed's account and region.
pub(crate) fn log_group_arn(name: &str) -> String {
    format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}")
}

/// The ARN of an alarm of the seed's account and region.
pub(crate) fn alarm_arn(name: &str) -> AlarmArn {
    AlarmArn::from(format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}").as_str())
}

/// A composite alarm of the seed's account that notifies these topics.
pub(crate) fn composite_alarm(name: &str, rule: &str, topics: Vec<String>) -> CompositeAlarm {
    CompositeAlarm {
        arn: alarm_arn(name),
        name: name.into(),
        actions: AlarmActions { enabled: true, alarm: topics, ok: Vec::new(), insufficient_data: Vec::new() },
        rule: rule.into(),
        suppressor: None,
    }
}
