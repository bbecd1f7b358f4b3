//! The paths of several metric filters, joined into one chain: each resource once, and all that is known to lead to it.
//!
//! It only records what was found on each path; which filters a chain is made of is chosen by the candidate filters.

use std::collections::{BTreeMap, HashMap};

use crate::finding::{Chain, Edge, FilterStep, Metric, Step};

/// A chain in the making.
pub(super) struct Joined<'a> {
    steps: Vec<Step>,
    edges: Vec<Edge>,
    /// The last step of the trail's part, which leads to the filters.
    head: Option<usize>,
    /// The places of what is behind the filters: several paths may pass it. An alarm is one whatever it does after each
    /// filter's events.
    known: HashMap<Step, usize>,
    /// The filters, with the region that their metrics are in, where it is known.
    filters: Vec<(usize, Option<&'a str>)>,
}

impl<'a> Joined<'a> {
    /// Begins with a trail and its log group.
    pub(super) fn at(upstream: Chain) -> Self {
        Self {
            head: upstream.steps().len().checked_sub(1),
            edges: upstream.edges().to_vec(),
            steps: upstream.into_steps(),
            known: HashMap::new(),
            filters: Vec::new(),
        }
    }

    /// One more metric filter, and whether it is on the chain's own log group. Filters of one name may be on two.
    pub(super) fn add_filter(&mut self, filter: FilterStep, is_at_head: bool) -> usize {
        let place = self.push(Step::MetricFilter(filter));
        if let Some(from) = self.head.filter(|_| is_at_head) {
            self.edges.push(Edge { from, to: place });
        }
        place
    }

    /// The path behind a filter whose metrics are in a region. `None`: no alarm is known to be there too.
    pub(super) fn add_downstream(&mut self, filter: usize, region: Option<&'a str>, path: &'a Chain) {
        self.filters.push((filter, region));
        let places: Vec<usize> = path.steps().iter().map(|step| self.shared(step)).collect();
        self.edges.extend(places.first().map(|first| Edge { from: filter, to: *first }));
        let moved = |edge: &Edge| Some(Edge { from: *places.get(edge.from)?, to: *places.get(edge.to)? });
        self.edges.extend(path.edges().iter().filter_map(moved));
    }

    fn shared(&mut self, step: &'a Step) -> usize {
        let mut key = step.clone();
        let quiet = if let Step::Alarm(alarm) = &mut key { alarm.quiet.take() } else { None };
        if let Some(place) = self.known.get(&key) {
            if let Some(Step::Alarm(alarm)) = self.steps.get_mut(*place) {
                alarm.quiet = alarm.quiet.or(quiet);
            }
            return *place;
        }
        let place = self.push(step.clone());
        self.known.insert(key, place);
        place
    }

    fn push(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// What leads from the path of one filter to that of another: an alarm watches the metric of both, or names the
    /// topic that ends the other's path.
    fn crossings(&self) -> Vec<Edge> {
        let mut watching: BTreeMap<(&str, &Metric), Vec<usize>> = BTreeMap::new();
        let mut topics: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, step) in self.steps.iter().enumerate() {
            match step {
                Step::Alarm(alarm) => {
                    let Some(region) = alarm.arn.region() else { continue };
                    alarm.metrics.iter().for_each(|metric| watching.entry((region, metric)).or_default().push(place));
                }
                Step::Topic(arn) => drop(topics.insert(arn, place)),
                Step::Trail(_) | Step::LogGroup(_) | Step::MetricFilter(_) | Step::Subscription(_) => {}
            }
        }
        let published = self.filters.iter().flat_map(|(from, region)| {
            let metrics = if let Some(Step::MetricFilter(filter)) = self.steps.get(*from) {
                filter.metrics.as_slice()
            } else {
                &[]
            };
            let alarms = metrics.iter().filter_map(|metric| watching.get(&((*region)?, metric))).flatten();
            alarms.map(|to| Edge { from: *from, to: *to })
        });
        let named = self.steps.iter().enumerate().flat_map(|(from, step)| {
            let named = if let Step::Alarm(alarm) = step { alarm.topics.as_slice() } else { &[] };
            named.iter().filter_map(|arn| topics.get(arn.as_str())).map(move |to| Edge { from, to: *to })
        });
        published.chain(named).collect()
    }
}

impl From<Joined<'_>> for Chain {
    fn from(joined: Joined<'_>) -> Self {
        let crossings = joined.crossings();
        Self::new(joined.steps, joined.edges.into_iter().chain(crossings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{AlarmStep, TrailStep};

    fn metric(name: &str) -> Metric {
        Metric { namespace: "CIS".to_owned(), name: name.to_owned() }
    }

    fn filter(name: &str, publishes: &str) -> FilterStep {
        FilterStep { name: name.to_owned(), pattern: String::new(), covers: None, metrics: vec![metric(publishes)] }
    }

    /// The path through an alarm on a metric to the topic of its name, with another one among its actions.
    fn path(region: &str, alarm: &str, watches: &str, topic: &str, other: &str) -> Chain {
        let alarm = AlarmStep {
            arn: format!("arn:aws:cloudwatch:{region}:111122223333:alarm:{alarm}").into(),
            is_composite: false,
            quiet: None,
            metrics: vec![metric(watches)],
            topics: vec![topic.into(), other.into()],
        };
        Chain::fan(Step::Topic(topic.into()), []).behind(Step::Alarm(alarm))
    }

    fn edges(chain: &Chain) -> Vec<(&str, &str)> {
        let name = |place: usize| chain.steps()[place].name().rsplit(':').next().unwrap();
        chain.edges().iter().map(|edge| (name(edge.from), name(edge.to))).collect()
    }

    fn joined(paths: &[(FilterStep, &'static str, bool, Chain)]) -> Chain {
        let trail = Step::Trail(TrailStep { arn: "trail".into(), home_region: "eu-west-1".to_owned() });
        let mut joined = Joined::at(Chain::fan(trail, [Step::LogGroup("group".into())]));
        for (filter, region, is_at_head, path) in paths {
            let place = joined.add_filter(filter.clone(), *is_at_head);
            joined.add_downstream(place, Some(region), path);
        }
        joined.into()
    }

    #[test]
    fn what_paths_share_is_there_once_and_crossings_are_known() {
        let chain = joined(&[
            (filter("f1", "M"), "eu-west-1", true, path("eu-west-1", "a1", "M", "t1", "t2")),
            (filter("f2", "M"), "eu-west-1", true, path("eu-west-1", "a1", "M", "t1", "t2")),
            (filter("f3", "N"), "eu-west-1", true, path("eu-west-1", "a2", "N", "t2", "t3")),
        ]);
        let wanted = [
            ("trail", "group"),
            ("group", "f1"),
            ("group", "f2"),
            ("group", "f3"),
            ("f1", "a1"),
            ("f2", "a1"),
            ("f3", "a2"),
            ("a1", "t1"),
            // The other topic among its actions, which ends another filter's path.
            ("a1", "t2"),
            ("a2", "t2"),
        ];
        assert_eq!(edges(&chain), wanted);
    }

    #[test]
    fn a_metric_of_the_same_name_in_another_region_is_another_one() {
        let chain = joined(&[
            (filter("f1", "M"), "eu-west-1", true, path("eu-west-1", "a1", "M", "t1", "t1")),
            // On a log group of another trail.
            (filter("f2", "M"), "us-east-1", false, path("us-east-1", "a2", "M", "t2", "t2")),
        ]);
        let wanted = [("trail", "group"), ("group", "f1"), ("f1", "a1"), ("f2", "a2"), ("a1", "t1"), ("a2", "t2")];
        assert_eq!(edges(&chain), wanted);
    }

    #[test]
    fn the_nearest_miss_of_a_filter_is_behind_it_alone() {
        let chain = joined(&[
            (filter("f1", "M"), "eu-west-1", true, path("eu-west-1", "a1", "other", "t1", "t1")),
            (filter("f2", "N"), "eu-west-1", true, path("eu-west-1", "a2", "N", "t1", "t1")),
        ]);
        let behind_filters: Vec<_> = edges(&chain).into_iter().filter(|(from, _)| from.starts_with('f')).collect();
        assert_eq!(behind_filters, [("f1", "a1"), ("f2", "a2")]);
    }
}
