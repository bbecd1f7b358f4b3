//! The chain of a control: the resources that an event passes on its way to a person, and what leads to what.
//!
//! It is what [`mod@crate::audit`] found and everything else walks. It does not say whether a link holds, which is for the
//! finding's reason and warnings, nor how a resource is shown, which is for [`crate::report`].

use std::ops::Range;

use super::Link;
use crate::arn::{AlarmArn, LogGroupArn, TopicArn, TrailArn};
use crate::snapshot::SubscriptionState;

/// Steps, in the order in which an event travels, and what leads from one to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// By link; those of one link in the order in which they were found.
    steps: Vec<Step>,
    /// By the step that they lead to, then by the one that they come from; each once, and both of its ends are steps.
    edges: Vec<Edge>,
}

/// That one step leads to another: places in [`Chain::steps()`].
///
/// From an alarm to a topic that its actions name, for example, or to the composite alarm above it. Whether a message
/// passes is for the finding's reason and warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// Where it comes from.
    pub from: usize,
    /// Where it leads.
    pub to: usize,
}

/// A resource of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A trail.
    Trail(TrailStep),
    /// ARN of a log group.
    LogGroup(LogGroupArn),
    /// A metric filter that matters to the control.
    MetricFilter(FilterStep),
    /// An alarm on a filter's metric, or above such an alarm.
    Alarm(AlarmStep),
    /// ARN of a topic that an alarm names.
    Topic(TopicArn),
    /// A subscription of a topic.
    Subscription(SubscriptionStep),
}

/// A trail in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TrailStep {
    /// ARN of the trail.
    pub arn: TrailArn,
    /// Where it lives.
    pub home_region: String,
}

/// A metric filter in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FilterStep {
    /// Its name.
    pub name: String,
    /// Its pattern, byte for byte.
    pub pattern: String,
    /// Whether it covers the control by itself. `None`: cannot be decided.
    pub covers: Option<bool>,
    /// The metrics that it publishes.
    pub metrics: Vec<Metric>,
}

/// A metric's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metric {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// An alarm in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AlarmStep {
    /// ARN of the alarm.
    pub arn: AlarmArn,
    /// Whether it watches alarms, by a rule, and no metrics.
    pub is_composite: bool,
    /// What of further events it does not notify once one has brought it to ALARM. `None`: that is not known, as of a
    /// composite alarm, or none does.
    pub quiet: Option<Quiet>,
    /// The metrics of the chain that it watches.
    pub metrics: Vec<Metric>,
    /// ARNs of the topics among its actions.
    pub topics: Vec<TopicArn>,
}

/// For how long an alarm in ALARM notifies of nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quiet {
    /// For so long at least after the event that brought it there.
    AtLeast {
        /// Seconds.
        seconds: u64,
    },
    /// Until it is reset manually: it does not leave ALARM by itself.
    UntilReset,
}

impl Quiet {
    /// In words, to follow on an alarm's name.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::AtLeast { seconds } => format!("quiet for at least {} after an event", span(seconds)),
            Self::UntilReset => "quiet after the first event until it is reset".to_owned(),
        }
    }
}

impl Chain {
    /// Drops what is behind the log group.
    pub(super) fn reduce(&mut self) {
        self.steps.retain(|step| matches!(step.link(), Link::Trail | Link::LogGroup));
        self.steps.shrink_to_fit();
        let left = self.steps.len();
        self.edges.retain(|edge| edge.from < left && edge.to < left);
        self.edges.shrink_to_fit();
    }
}

/// Seconds in their largest whole unit.
fn span(seconds: u64) -> String {
    let units = [(86_400, "day", "days"), (3_600, "h", "h"), (60, "min", "min"), (1, "s", "s")];
    let whole = units.into_iter().find(|(size, ..)| seconds >= *size && seconds.is_multiple_of(*size));
    let (size, one, many) = whole.unwrap_or((1, "s", "s"));
    let count = seconds / size;
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A subscription in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubscriptionStep {
    /// ARN of the topic.
    pub topic: TopicArn,
    /// `email`, `https`, `sqs`, …
    pub protocol: String,
    /// The endpoint in clear; reports mask it unless asked otherwise.
    pub endpoint: String,
    /// Whether it gets messages.
    pub state: SubscriptionState,
}

impl Step {
    /// The link that it is of.
    #[must_use]
    pub fn link(&self) -> Link {
        match self {
            Self::Trail(_) => Link::Trail,
            Self::LogGroup(_) => Link::LogGroup,
            Self::MetricFilter(_) => Link::MetricFilter,
            Self::Alarm(_) => Link::Alarm,
            Self::Topic(_) => Link::Topic,
            Self::Subscription(_) => Link::Subscription,
        }
    }

    /// Its ARN, or a metric filter's name. A subscription is called by its topic, as in a reason.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Trail(TrailStep { arn, .. }) => arn,
            Self::Alarm(AlarmStep { arn, .. }) => arn,
            Self::LogGroup(arn) => arn,
            Self::Topic(arn) => arn,
            Self::MetricFilter(filter) => &filter.name,
            Self::Subscription(subscription) => &subscription.topic,
        }
    }

    /// What a person calls it: the name in its ARN, or as [`Step::name`].
    #[must_use]
    pub fn short_name(&self) -> &str {
        match self {
            Self::Trail(trail) => trail.arn.name(),
            Self::LogGroup(arn) => arn.name(),
            Self::MetricFilter(filter) => &filter.name,
            Self::Alarm(alarm) => alarm.arn.name(),
            Self::Topic(arn) => arn.name(),
            Self::Subscription(subscription) => subscription.topic.name(),
        }
    }

    /// The partition in its own ARN. `None`: it has no ARN, or a text that is none.
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        match self {
            Self::Trail(trail) => trail.arn.partition(),
            Self::LogGroup(arn) => arn.partition(),
            Self::Alarm(alarm) => alarm.arn.partition(),
            Self::Topic(arn) => arn.partition(),
            Self::MetricFilter(_) | Self::Subscription(_) => None,
        }
    }

    /// The region in its own ARN. `None`: it has no ARN, or a text that is none.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        match self {
            Self::Trail(trail) => trail.arn.region(),
            Self::LogGroup(arn) => arn.region(),
            Self::Alarm(alarm) => alarm.arn.region(),
            Self::Topic(arn) => arn.region(),
            Self::MetricFilter(_) | Self::Subscription(_) => None,
        }
    }

    /// Its own ARN, where it has one and a chain knows it.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::Trail(_) | Self::LogGroup(_) | Self::Alarm(_) | Self::Topic(_) => Some(self.name()),
            Self::MetricFilter(_) | Self::Subscription(_) => None,
        }
    }
}

impl Chain {
    /// A chain of steps in any order, and of edges between places among them. The steps of one link keep their order; an
    /// edge without a step at either end is left out.
    #[must_use]
    pub fn new(steps: Vec<Step>, edges: impl IntoIterator<Item = Edge>) -> Self {
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_by_key(|place| steps.get(*place).map(Step::link));
        let mut places = vec![0; steps.len()];
        for (place, was) in order.into_iter().enumerate() {
            places[was] = place;
        }
        let moved = |edge: Edge| Some(Edge { from: *places.get(edge.from)?, to: *places.get(edge.to)? });
        let mut edges: Vec<Edge> = edges.into_iter().filter_map(moved).collect();
        edges.sort_unstable_by_key(|edge| (edge.to, edge.from));
        edges.dedup();
        let mut steps = steps;
        steps.sort_by_key(Step::link);
        Self { steps, edges }
    }

    /// One step, and what it leads to.
    #[must_use]
    pub fn fan(step: Step, behind: impl IntoIterator<Item = Step>) -> Self {
        let steps: Vec<Step> = [step].into_iter().chain(behind).collect();
        let edges = (1..steps.len()).map(|to| Edge { from: 0, to });
        Self::new(steps, edges)
    }

    /// The chain behind one more step, which leads to what was the first.
    #[must_use]
    pub fn behind(self, step: Step) -> Self {
        let first = (!self.is_empty()).then_some(Edge { from: 0, to: 1 });
        let edges = self.edges.into_iter().map(|edge| Edge { from: edge.from + 1, to: edge.to + 1 });
        Self::new([step].into_iter().chain(self.steps).collect(), first.into_iter().chain(edges))
    }

    /// Whether it has no resource at all: that of a control that asks for none, or of an account in which not even a trail
    /// was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// All steps, in the order in which an event travels.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps alone.
    #[must_use]
    pub fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// What leads to what.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The places of a link's steps.
    #[must_use]
    pub fn places(&self, link: Link) -> Range<usize> {
        let start = self.steps.partition_point(|step| step.link() < link);
        start..self.steps.partition_point(|step| step.link() <= link)
    }

    /// The steps of a link.
    #[must_use]
    pub fn steps_of(&self, link: Link) -> &[Step] {
        self.steps.get(self.places(link)).unwrap_or_default()
    }

    /// The places of the steps that lead to the one at a place.
    pub fn before(&self, place: usize) -> impl Iterator<Item = usize> {
        let start = self.edges.partition_point(|edge| edge.to < place);
        let to_it = self.edges.get(start..).unwrap_or_default().iter().take_while(move |edge| edge.to == place);
        to_it.map(|edge| edge.from)
    }

    /// What the steps of a link are called.
    pub fn names(&self, link: Link) -> impl Iterator<Item = &str> {
        self.steps_of(link).iter().map(Step::name)
    }

    /// Whether a step of a link is called so.
    #[must_use]
    pub fn has(&self, link: Link, name: &str) -> bool {
        self.names(link).any(|known| known == name)
    }

    /// The trail.
    #[must_use]
    pub fn trail(&self) -> Option<&TrailStep> {
        self.steps.iter().find_map(|step| if let Step::Trail(trail) = step { Some(trail) } else { None })
    }

    /// ARN of the log group.
    #[must_use]
    pub fn log_group(&self) -> Option<&LogGroupArn> {
        self.steps.iter().find_map(|step| if let Step::LogGroup(arn) = step { Some(arn) } else { None })
    }

    /// The metric filters that matter to the control.
    pub fn metric_filters(&self) -> impl Iterator<Item = &FilterStep> {
        self.steps.iter().filter_map(|step| if let Step::MetricFilter(filter) = step { Some(filter) } else { None })
    }

    /// The alarms on their metrics, and those above them.
    pub fn alarms(&self) -> impl Iterator<Item = &AlarmStep> {
        self.steps.iter().filter_map(|step| if let Step::Alarm(alarm) = step { Some(alarm) } else { None })
    }

    /// ARNs of the topics that those alarms name.
    pub fn topics(&self) -> impl Iterator<Item = &TopicArn> {
        self.steps.iter().filter_map(|step| if let Step::Topic(arn) = step { Some(arn) } else { None })
    }

    /// Subscriptions of those topics.
    pub fn subscriptions(&self) -> impl Iterator<Item = &SubscriptionStep> {
        self.steps.iter().filter_map(|step| if let Step::Subscription(found) = step { Some(found) } else { None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str) -> Step {
        Step::Topic(name.into())
    }

    fn alarm(name: &str) -> Step {
        Step::Alarm(AlarmStep { arn: name.into(), is_composite: false, quiet: None, metrics: vec![], topics: vec![] })
    }

    #[test]
    fn steps_and_edges_follow_the_event() {
        let steps = vec![topic("t2"), alarm("a1"), topic("t1"), alarm("a2")];
        let lead = |from, to| Edge { from, to };
        let chain = Chain::new(steps, [lead(3, 0), lead(1, 0), lead(1, 2), lead(1, 2), lead(1, 9), lead(9, 1)]);
        assert_eq!(chain.steps().iter().map(Step::name).collect::<Vec<_>>(), ["a1", "a2", "t2", "t1"]);
        assert_eq!(chain.edges(), [lead(0, 2), lead(1, 2), lead(0, 3)]);
        assert_eq!(chain.before(2).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(chain.before(1).count(), 0);
        assert_eq!((chain.places(Link::Alarm), chain.places(Link::Topic)), (0..2, 2..4));
        assert!(chain.steps_of(Link::Trail).is_empty() && chain.steps_of(Link::Subscription).is_empty());
        assert!(chain.has(Link::Topic, "t1") && !chain.has(Link::Alarm, "t1"));
    }

    #[test]
    fn silence_is_given_in_whole_units() {
        let words = |seconds| Quiet::AtLeast { seconds }.words();
        assert_eq!(words(300), "quiet for at least 5 min after an event");
        assert_eq!(words(90), "quiet for at least 90 s after an event");
        assert_eq!(words(7_200), "quiet for at least 2 h after an event");
        assert_eq!(words(86_400), "quiet for at least 1 day after an event");
        assert_eq!(Quiet::UntilReset.words(), "quiet after the first event until it is reset");
    }

    #[test]
    fn a_step_put_before_a_chain_leads_to_what_was_its_first() {
        let chain = Chain::fan(topic("t1"), []).behind(alarm("above")).behind(alarm("a1"));
        assert_eq!(chain.steps().iter().map(Step::name).collect::<Vec<_>>(), ["a1", "above", "t1"]);
        assert_eq!(chain.edges(), [Edge { from: 0, to: 1 }, Edge { from: 1, to: 2 }]);
        assert_eq!(Chain::default().behind(alarm("a1")).edges(), []);
    }
}
