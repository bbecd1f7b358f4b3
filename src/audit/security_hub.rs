//! What AWS Security Hub CSPM will show for a control: a prediction.
//!
//! From its user guide (Amazon CloudWatch controls): each region's finding is about the trails that live in that region
//! and belong to the account; the filter must have one of a few exact texts; then an alarm on its metric, an SNS topic
//! among the alarm's actions, and a subscription are looked for. What the guide does not say is `unknown`, with the
//! reason. Nothing here decides another verdict.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use filter_pattern::{Candidate, Pattern, is_covered};

use super::chain::PreparedAccount;
use super::indexed::Indexed;
use super::link::LinkOutcome;
use super::log_group::Delivery;
use super::lookup::without_blanks;
use super::metric_filter::is_too_long;
use super::{alarm, subscription, trail};
use crate::arn::{LogGroupArn, TopicArn};
use crate::cloudtrail;
use crate::finding::facts::{
    AccountProblem, AlarmProblem, FilterProblem, GroupQuestion, LogGroupProblem, MetricProblem, TopicProblem,
    TrailProblem,
};
use crate::finding::{Code, Facts, HubStatus, Judged, Reason, Status};
use crate::rule::{Demand, Events, HubControl, Rule};
use crate::snapshot::{MetricAlarm, MetricFilter, Subscription, SubscriptionState, Trail};

type Prediction = Judged<HubStatus>;

/// Predicts. `cis` is what the benchmark's own verdict came to: where Security Hub CSPM passes all the same, that is said.
pub(super) fn predict(account: &PreparedAccount<'_>, rule: &Rule, cis: &Judged<Status>) -> Prediction {
    let hub = rule.security_hub.as_ref().filter(|hub| hub.versions.contains(&rule.benchmark));
    let (Some(hub), Demand::Events(events)) = (hub, &rule.demand) else {
        let control = rule.security_hub.as_ref().map(|hub| (hub.control.clone(), rule.benchmark));
        let account = account.snapshot.account_id.clone();
        let facts = Facts::Account { account, problem: AccountProblem::NoSuchHubControl { control } };
        return Judged::because(HubStatus::NotSupported, Reason::new(facts));
    };
    let texts = hub.texts.iter().map(|text| (text, without_blanks(text.source()))).collect();
    let mut prediction = Region { account, events, texts, groups: RefCell::default() }.predict();
    if let (HubStatus::Passed, Some(why)) = (prediction.status, &cis.reason) {
        prediction.reason = Some(Reason::new(Facts::NotLookedAt { why: Box::new(why.clone()) }));
    }
    prediction
}

/// The region that was asked for, as Security Hub CSPM sees it.
struct Region<'a, 's> {
    account: &'a PreparedAccount<'s>,
    events: &'a Events,
    /// Each text that is taken, and its letters.
    texts: Vec<(&'a Pattern, String)>,
    /// By log group: what its filters result in.
    groups: RefCell<BTreeMap<LogGroupArn, Prediction>>,
}

impl<'s> Region<'_, 's> {
    fn predict(&self) -> Prediction {
        let snapshot = &*self.account.snapshot;
        if snapshot.trails.is_none() {
            return unknown(trail::unlisted(snapshot));
        }
        let is_own = |trail: &Trail| trail.arn.account().is_none_or(|account| account == snapshot.account_id);
        let is_here = |trail: &Trail| is_own(trail) && trail.home_region == snapshot.region;
        let (here, elsewhere): (Vec<_>, Vec<_>) = self.account.deliveries.iter().partition(|(trail, _)| is_here(trail));
        let elsewhere = elsewhere.iter().map(|(trail, _)| *trail).find(|trail| trail.is_multi_region);
        let own = best(here.iter().map(|(trail, delivery)| self.trail(trail, delivery)));
        match (own, elsewhere) {
            (None, None) => {
                let problem = AccountProblem::NoTrail { region: Some(snapshot.region.clone()) };
                failed(Reason::new(Facts::Account { account: snapshot.account_id.clone(), problem }))
            }
            (None, Some(trail)) => {
                let other = trail.arn.account().filter(|owner| *owner != snapshot.account_id).map(str::to_owned);
                let problem = match other {
                    Some(owner) => TrailProblem::HubShowsInAccount { owner },
                    None => TrailProblem::HubShowsElsewhere { home_region: trail.home_region.clone() },
                };
                Judged::because(HubStatus::NoData, of_trail(trail, problem))
            }
            (Some(Judged { status: HubStatus::Failed, reason }), Some(trail)) => {
                let at_fault = reason.and_then(|reason| reason.resource().map(str::to_owned));
                unknown(of_trail(trail, TrailProblem::HubRecordsToo { at_fault }))
            }
            (Some(own), _) => own,
        }
    }

    /// A trail of this account and region.
    fn trail(&self, trail: &Trail, delivery: &Delivery<'s>) -> Prediction {
        let outcome = trail::judge(&self.account.snapshot, trail, self.events).outcome;
        if let Some(judged) = of_outcome(&outcome) {
            return judged;
        }
        if let Some(question) = selectors(trail, self.events) {
            return question;
        }
        // Whether deliveries arrive is not asked, so only what shows no filters at all counts against the group.
        match &delivery.outcome {
            LinkOutcome::Broken(reason) if reason.code() != Code::LogGroupDeliveryFailing => {
                return failed(reason.clone());
            }
            LinkOutcome::Unknown(reason) => return Judged::because(HubStatus::Unknown, reason.clone()),
            LinkOutcome::Broken(_) | LinkOutcome::Whole => {}
        }
        // Many trails may deliver to one group.
        let Some(group) = &delivery.arn else { return failed(of_trail(trail, TrailProblem::NoLogGroup)) };
        if let Some(known) = self.groups.borrow().get(group) {
            return known.clone();
        }
        let judged = self.filters(group, delivery);
        self.groups.borrow_mut().insert(group.clone(), judged.clone());
        judged
    }

    fn filters(&self, group: &LogGroupArn, delivery: &Delivery<'s>) -> Prediction {
        let filters = delivery.filters();
        let shapes = self.account.hub.shapes(filters);
        let is_exact = |shape: &str| self.texts.iter().any(|(_, text)| text == shape);
        let exact = shapes.iter().filter(|(_, shape)| is_exact(shape)).map(|(filter, _)| *filter);
        // Those on one metric have the same alarms.
        let mut metrics = BTreeSet::new();
        let exact = exact.filter(|filter| metric_of(filter).is_none_or(|metric| metrics.insert(metric)));
        if let Some(prediction) = best(exact.map(|filter| self.alarms(group, filter))) {
            return prediction;
        }
        let is_reordered = |(filter, shape): &&(&MetricFilter, Rc<str>)| {
            self.texts.iter().any(|(text, letters)| letters.len() == shape.len() && reordered(text, filter))
        };
        if let Some((filter, _)) = shapes.iter().find(is_reordered) {
            return unknown(Reason::new(Facts::filter(&filter.name, FilterProblem::HubOrderUndocumented)));
        }
        let problem = if filters.is_empty() { LogGroupProblem::NoFilter } else { LogGroupProblem::HubOtherText };
        failed(Reason::new(Facts::log_group(group, problem)))
    }

    fn alarms(&self, group: &LogGroupArn, filter: &MetricFilter) -> Prediction {
        let snapshot = &*self.account.snapshot;
        // Where the metrics are is not known.
        let Some(region) = group.region() else {
            return unknown(Reason::new(Facts::log_group(group, LogGroupProblem::Unread(GroupQuestion::Anything))));
        };
        let metric = metric_of(filter);
        let complete = snapshot.alarms_in(region).is_some_and(|alarms| alarms.complete);
        let watching =
            metric.and_then(|(namespace, name)| self.account.hub.watching(snapshot.whole(), (region, namespace, name)));
        let judged = best(watching.iter().flat_map(|all| &all.direct).map(|alarm| alarm_actions(snapshot, alarm)));
        let through_math = watching.and_then(|all| all.through_math);
        let metric = metric.map_or_else(|| filter.name.clone(), |(namespace, name)| format!("{namespace}/{name}"));
        match judged {
            None if complete && let Some(alarm) = through_math => {
                unknown(of_alarm(alarm, AlarmProblem::HubMathUndocumented))
            }
            Some(judged) if complete || judged.status != HubStatus::Failed => judged,
            _ if !complete => unknown(alarm::unread(snapshot, region, &metric)),
            _ => failed(Reason::new(Facts::metric(&metric, MetricProblem::NoAlarm))),
        }
    }
}

/// The namespace and name of the metric that a filter publishes to.
fn metric_of(filter: &MetricFilter) -> Option<(&str, &str)> {
    filter.transformations.first().map(|first| (first.namespace.as_str(), first.name.as_str()))
}

/// What an alarm's actions result in.
fn alarm_actions(snapshot: &Indexed<'_>, alarm: &MetricAlarm) -> Prediction {
    let judged = best(alarm.actions.topics().map(|topic| subscribers(snapshot, &topic)));
    match judged {
        Some(judged) if judged.status == HubStatus::Passed && !alarm.actions.enabled => {
            unknown(of_alarm(alarm, AlarmProblem::HubActionsUndocumented))
        }
        Some(judged) => judged,
        None if alarm.actions.alarm.is_empty() => failed(of_alarm(alarm, AlarmProblem::NoAction { has_others: false })),
        None => failed(of_alarm(alarm, AlarmProblem::ActionNotTopic)),
    }
}

fn subscribers(snapshot: &Indexed<'_>, arn: &TopicArn) -> Prediction {
    let reason_for = |problem| Reason::new(Facts::topic(arn, problem));
    let topic = snapshot.topic(arn);
    if topic.is_some_and(|topic| topic.exists == Some(false)) {
        return failed(reason_for(TopicProblem::Missing));
    }
    let Some(subscriptions) = topic.and_then(|topic| topic.subscriptions.as_ref()) else {
        if arn.account().is_some_and(|owner| owner != snapshot.account_id) {
            return Judged::because(HubStatus::Warning, reason_for(TopicProblem::HubOtherAccount));
        }
        return unknown(subscription::unread(snapshot, arn));
    };
    let is = |state| move |subscription: &Subscription| subscription.state() == state;
    if subscriptions.iter().any(is(SubscriptionState::Confirmed)) {
        return Judged::plain(HubStatus::Passed);
    }
    if subscriptions.is_empty() {
        return failed(reason_for(TopicProblem::NoSubscription));
    }
    unknown(reason_for(TopicProblem::HubUnconfirmedUndocumented))
}

/// Where the union of a trail's selectors is complete but none is so alone, or the key service is left out somewhere.
fn selectors(trail: &Trail, events: &Events) -> Option<Prediction> {
    let selectors = trail.selectors.as_ref()?;
    let excludes = |source: &str| {
        let excluded = selectors.basic.iter().flat_map(|selector| &selector.exclude_management_event_sources);
        excluded.into_iter().any(|excluded| excluded == source)
    };
    if let Some(source) = events.source.as_deref().filter(|source| excludes(source)) {
        let source = source.to_owned();
        return Some(failed(of_trail(trail, TrailProblem::SourceExcludedSomewhere { source })));
    }
    let whole = selectors.basic.iter().any(|selector| {
        selector.include_management_events != Some(false)
            && selector.read_write_type.as_deref().is_none_or(|kind| kind == "All")
    }) || selectors.advanced.iter().any(|selector| selector.field_selectors.len() == 1);
    let default = selectors.basic.is_empty() && selectors.advanced.is_empty();
    (!whole && !default).then(|| unknown(of_trail(trail, TrailProblem::HubSelectorsUndocumented)))
}

fn of_outcome(outcome: &LinkOutcome) -> Option<Prediction> {
    match outcome {
        LinkOutcome::Whole => None,
        LinkOutcome::Unknown(reason) => Some(Judged::because(HubStatus::Unknown, reason.clone())),
        LinkOutcome::Broken(reason) => Some(failed(reason.clone())),
    }
}

fn failed(reason: Reason) -> Prediction {
    Judged::because(HubStatus::Failed, reason)
}

fn unknown(reason: Reason) -> Prediction {
    Judged::because(HubStatus::Unknown, reason)
}

fn of_trail(trail: &Trail, problem: TrailProblem) -> Reason {
    Reason::new(Facts::trail(&trail.name, &trail.arn, problem))
}

fn of_alarm(alarm: &MetricAlarm, problem: AlarmProblem) -> Reason {
    Reason::new(Facts::alarm(&alarm.name, &alarm.arn, problem))
}

/// The best of several: one chain that passes is enough; of those that fail, the one that leads furthest.
fn best(predictions: impl IntoIterator<Item = Prediction>) -> Option<Prediction> {
    let rank = |judged: &Prediction| {
        let by_status = match judged.status {
            HubStatus::Passed => 4,
            HubStatus::Warning => 3,
            HubStatus::Unknown => 2,
            HubStatus::Failed => 1,
            HubStatus::NoData | HubStatus::NotSupported => 0,
        };
        (by_status, judged.reason.as_ref().map(|reason| reason.code()))
    };
    predictions.into_iter().reduce(|best, next| if rank(&next) > rank(&best) { next } else { best })
}

/// Whether Security Hub CSPM takes a text for a control.
pub(super) fn takes(hub: &HubControl, text: &str) -> bool {
    hub.texts.iter().any(|taken| is_same(taken, text))
}

fn is_same(taken: &Pattern, text: &str) -> bool {
    without_blanks(taken.source()) == without_blanks(text)
}

/// The same letters and the same meaning in another order.
fn reordered(text: &Pattern, filter: &MetricFilter) -> bool {
    let letters = |text: &str| {
        let mut letters: Vec<char> = without_blanks(text).chars().collect();
        letters.sort_unstable();
        letters
    };
    if is_too_long(&filter.pattern) || letters(text.source()) != letters(&filter.pattern) {
        return false;
    }
    let Ok(pattern) = Pattern::parse(&filter.pattern) else { return false };
    is_covered(&[Candidate::new(text)], &pattern, cloudtrail::events())
        && is_covered(&[Candidate::new(&pattern)], text, cloudtrail::events())
}
