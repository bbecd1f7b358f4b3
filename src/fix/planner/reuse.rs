//! What is there already and is used by what is planned.

use std::collections::BTreeSet;

use super::super::plan::{Reused, ReusedKind};
use super::draft::Draft;
use crate::finding::Report;
use crate::mask;

impl Draft<'_> {
    /// What the chains of the controls with steps are made of, so far as it was there before.
    pub(super) fn reused(&self, after: &Report) -> Vec<Reused> {
        let mended: BTreeSet<_> = self.steps.values().flat_map(|(_, rules)| rules).collect();
        let before = self.before;
        let mut reused = BTreeSet::new();
        let mut add = |kind, resource| reused.insert(Reused { kind, resource });
        for finding in after.findings.iter().filter(|finding| mended.contains(&finding.rule)) {
            let chain = &finding.chain;
            for step in chain.trail.iter().filter(|step| before.trails().iter().any(|trail| trail.arn == step.arn)) {
                add(ReusedKind::Trail, step.arn.clone());
            }
            let group = chain.log_group.as_ref().and_then(|arn| before.log_group(arn));
            for group in group.into_iter().filter(|group| group.exists == Some(true)) {
                add(ReusedKind::LogGroup, group.arn.clone());
                let filters = group.metric_filters.iter().flatten();
                for filter in filters.filter(|filter| chain.metric_filters.iter().any(|step| step.name == filter.name))
                {
                    add(ReusedKind::MetricFilter, filter.name.clone());
                }
            }
            let alarms = before.alarms.iter().flat_map(|alarms| &alarms.metric_alarms);
            for alarm in alarms.filter(|alarm| chain.alarms.iter().any(|step| step.arn == alarm.arn)) {
                add(ReusedKind::Alarm, alarm.arn.clone());
            }
            for topic in
                before.topics.iter().filter(|topic| topic.exists == Some(true) && chain.topics.contains(&topic.arn))
            {
                add(ReusedKind::Topic, topic.arn.clone());
                for subscription in topic.subscriptions.iter().flatten() {
                    let endpoint = mask::endpoint(&subscription.protocol, &subscription.endpoint);
                    add(ReusedKind::Subscription, format!("{} {endpoint}", subscription.protocol));
                }
            }
        }
        reused.into_iter().collect()
    }
}
