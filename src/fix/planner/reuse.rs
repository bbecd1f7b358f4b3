//! What is there already and is used by what is planned.

use std::collections::BTreeSet;

use super::super::plan::{Reused, ReusedKind};
use super::draft::Draft;
use crate::finding::{Link, Report};
use crate::mask;

impl Draft<'_> {
    /// What the chains of the controls with steps are made of, so far as it was there before.
    pub(super) fn reused(&self, after: &Report) -> Vec<Reused> {
        let fixed: BTreeSet<_> = self.steps.values().flat_map(|(_, rules)| rules).collect();
        let before = self.before;
        let mut reused = BTreeSet::new();
        let mut add = |kind, resource| reused.insert(Reused { kind, resource });
        for finding in after.findings().filter(|finding| fixed.contains(&finding.rule.id)) {
            let chain = &finding.chain;
            for trail in before.trails().iter().filter(|trail| chain.has(Link::Trail, &trail.arn)) {
                add(ReusedKind::Trail, trail.arn.to_string());
            }
            let group = chain.log_group().and_then(|arn| before.log_group(arn));
            for group in group.into_iter().filter(|group| group.exists == Some(true)) {
                add(ReusedKind::LogGroup, group.arn.to_string());
                let filters = group.metric_filters.iter().flatten();
                for filter in filters.filter(|filter| chain.has(Link::MetricFilter, &filter.name)) {
                    add(ReusedKind::MetricFilter, filter.name.clone());
                }
            }
            let alarms = before.alarms.iter().flat_map(|alarms| &alarms.metric_alarms);
            for alarm in alarms.filter(|alarm| chain.has(Link::Alarm, &alarm.arn)) {
                add(ReusedKind::Alarm, alarm.arn.to_string());
            }
            let topics = before.topics.iter().filter(|topic| topic.exists == Some(true));
            for topic in topics.filter(|topic| chain.has(Link::Topic, &topic.arn)) {
                add(ReusedKind::Topic, topic.arn.to_string());
                for subscription in topic.subscriptions.iter().flatten() {
                    let endpoint = mask::endpoint(&subscription.protocol, &subscription.endpoint);
                    add(ReusedKind::Subscription, format!("{} {endpoint}", subscription.protocol));
                }
            }
        }
        reused.into_iter().collect()
    }
}
