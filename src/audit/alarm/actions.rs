//! What happens when an alarm goes to ALARM: its own actions, or those of composite alarms above it.
//!
//! Actions may be switched off or muted, and only an SNS topic is followed from here. Whether a composite alarm goes to
//! ALARM with its child is [`alarm_rule`](crate::alarm_rule)'s knowledge.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::index::{Composite, Index};
use super::mute::{self, Muted};
use crate::alarm_rule::{AlarmRule, Follows, State};
use crate::arn::AlarmArn;
use crate::audit::link::{Downstream, LinkOutcome, Soundness};
use crate::audit::subscription::Message;
use crate::audit::topic;
use crate::finding::facts::{AlarmProblem, CompositeDoubt, CompositeProblem, MuteWindow, RegionProblem};
use crate::finding::{AlarmStep, Code, Facts, Reason, Unread, Warning};
use crate::snapshot::{AlarmActions, CompositeAlarm, MetricAlarm};

/// An alarm of any kind that has gone to ALARM.
pub(super) struct Actor<'a> {
    arn: &'a AlarmArn,
    name: &'a str,
    actions: &'a AlarmActions,
    /// The states that it may have been in before.
    prior_states: &'static [State],
}

impl<'a> Actor<'a> {
    /// A metric alarm. Without data it is in `INSUFFICIENT_DATA`, unless `TreatMissingData` says otherwise.
    pub(super) fn metric(alarm: &'a MetricAlarm) -> Self {
        let prior_states: &[State] = match alarm.treat_missing_data.as_deref() {
            Some("notBreaching" | "breaching") => &[State::Ok],
            _ => &[State::Ok, State::InsufficientData],
        };
        Self { arn: &alarm.arn, name: &alarm.name, actions: &alarm.actions, prior_states }
    }

    pub(super) fn composite(alarm: &'a CompositeAlarm) -> Self {
        Self { arn: &alarm.arn, name: &alarm.name, actions: &alarm.actions, prior_states: &[State::Ok] }
    }

    fn is_called(&self, name: &str) -> bool {
        name == self.name || *self.arn == *name
    }
}

/// Composite alarms above each other that are followed, and alarms looked at on the way.
const MAX_COMPOSITE_DEPTH: usize = 64;
const MOST_ALARMS: usize = 2_000;

impl Index<'_> {
    /// The best path from an alarm's actions, its own or those of a composite alarm above it.
    pub(super) fn acts(&self, alarm: &Actor<'_>) -> Downstream {
        self.climb(alarm, MAX_COMPOSITE_DEPTH, &Cell::new(MOST_ALARMS))
    }

    /// `left`: how many alarms may still be looked at, of all that name each other in as many ways as they like.
    fn climb(&self, alarm: &Actor<'_>, height: usize, left: &Cell<usize>) -> Downstream {
        let own = self.own_actions(alarm);
        if matches!(own.outcome, LinkOutcome::Whole) && own.soundness() == Soundness::Sound {
            return own;
        }
        let above =
            self.above_by_rule(alarm).into_iter().filter_map(|Composite { alarm: composite, rule, is_in_ring }| {
                let undecided = |doubt| {
                    let reason = of_composite(composite, alarm, CompositeProblem::Undecided(doubt));
                    Some(Downstream::ends(LinkOutcome::from_reason(reason)))
                };
                let Some(rule) = rule else { return undecided(CompositeDoubt::Rule) };
                if *is_in_ring {
                    return undecided(CompositeDoubt::Ring);
                }
                match (height.checked_sub(1), left.get().checked_sub(1)) {
                    (Some(height), Some(fewer)) => {
                        left.set(fewer);
                        Some(self.above(composite, rule, alarm, height, left))
                    }
                    _ => undecided(CompositeDoubt::TooMany),
                }
            });
        let above = above.reduce(Downstream::or);
        match (above, own.outcome.reason().map(|reason| reason.code())) {
            (None, _) => own,
            // That it has no action of its own is no fault where another one acts for it.
            (Some(above), Some(Code::AlarmNoAction)) => above,
            // An own path that at least leads to a topic says more than a composite alarm that is broken too.
            (Some(above), _) => own.or(above),
        }
    }

    /// The composite alarms whose rule names the alarm, or may, in their order.
    fn above_by_rule(&self, alarm: &Actor<'_>) -> Vec<&Composite<'_>> {
        let by_name = |name: &str| self.parents.get(name).into_iter().flatten().copied();
        let mut places: BTreeSet<usize> = by_name(alarm.name).chain(by_name(alarm.arn)).collect();
        let may_name = |at: &usize| self.composites[*at].alarm.rule.contains(alarm.name);
        places.extend(self.unreadable.iter().copied().filter(may_name));
        places.into_iter().map(|at| &self.composites[at]).collect()
    }

    fn own_actions(&self, alarm: &Actor<'_>) -> Downstream {
        let Actor { arn, name, actions, .. } = *alarm;
        let (muted, at_times) = match self.barred(alarm) {
            Err(barred) => return Downstream::ends(LinkOutcome::from_reason(barred)),
            Ok(muted) => muted,
        };
        let message = Message { alarm_arn: arn, alarm_name: name };
        match Downstream::best(actions.topics().map(|topic| topic::follow(&self.snapshot, &message, &topic))) {
            Some(mut downstream) => {
                downstream.outcome = downstream.outcome.and(muted);
                downstream.warnings.splice(0..0, at_times);
                downstream
            }
            None => {
                let reason = Reason::new(Facts::alarm(name, arn, AlarmProblem::ActionNotTopic));
                Downstream::ends(LinkOutcome::from_reason(reason))
            }
        }
    }

    /// Why no action of an alarm ever runs that goes to ALARM; otherwise what may hold its actions back.
    pub(super) fn barred(&self, alarm: &Actor<'_>) -> Result<(LinkOutcome, Option<Warning>), Reason> {
        let Actor { arn, name, actions, .. } = *alarm;
        let because = |problem| Err(Reason::new(Facts::alarm(name, arn, problem)));
        if !actions.enabled {
            return because(AlarmProblem::ActionsDisabled);
        }
        let muted = self.muted(arn, name);
        if let (LinkOutcome::Broken(reason), _) = muted {
            return Err(reason);
        }
        if actions.alarm.is_empty() {
            let has_others = !actions.ok.is_empty() || !actions.insufficient_data.is_empty();
            return because(AlarmProblem::NoAction { has_others });
        }
        Ok(muted)
    }

    /// What mute rules do to an alarm's actions: for ever, which breaks the path, or at times. Rules that were not read
    /// may be of the first kind.
    fn muted(&self, arn: &AlarmArn, name: &str) -> (LinkOutcome, Option<Warning>) {
        let Some(muting) = &self.muting else {
            let unread = Reason::new(Facts::region(self.region, RegionProblem::MuteRulesUnread));
            let why = self.mute_unread.get_or_init(|| mute::unread(&self.snapshot, self.region));
            return LinkOutcome::unless_kept(unread.because(why.clone()));
        };
        let (mut at_times, mut undecided) = (None, None);
        for (rule, muted) in mute::muted(muting.get(name).into_iter().flatten().copied(), self.snapshot.collected_at) {
            let reason_for = |problem| Reason::new(Facts::alarm(name, arn, problem));
            let window = || MuteWindow {
                rule: rule.name.clone(),
                schedule: rule.schedule.clone(),
                duration: rule.duration.clone(),
            };
            match muted {
                Muted::Always => {
                    return (LinkOutcome::from_reason(reason_for(AlarmProblem::AlwaysMuted(window()))), None);
                }
                Muted::AtTimes => at_times = at_times.or_else(|| Some(reason_for(AlarmProblem::Muted(window())))),
                Muted::Undecided => {
                    let problem = AlarmProblem::MuteUndecided { rule: rule.name.clone(), state: rule.status.clone() };
                    undecided = undecided.or(Some(reason_for(problem).because(Unread::Undecided)));
                }
            }
        }
        (LinkOutcome::Whole, at_times.or(undecided))
    }

    /// The path through a composite alarm that names the alarm.
    fn above(
        &self,
        composite: &CompositeAlarm,
        rule: &AlarmRule,
        child: &Actor<'_>,
        height: usize,
        left: &Cell<usize>,
    ) -> Downstream {
        let reason_for = |problem| of_composite(composite, child, problem);
        let is_child = |name: &str| child.is_called(name);
        let mut warnings = Vec::new();
        let follows = match rule.follows(&is_child, child.prior_states) {
            Follows::Always if rule.names_others(&is_child) => {
                warnings.push(reason_for(CompositeProblem::Shared));
                LinkOutcome::Whole
            }
            Follows::Always => LinkOutcome::Whole,
            Follows::Never => LinkOutcome::from_reason(reason_for(CompositeProblem::Blocks)),
            Follows::NoChange => LinkOutcome::from_reason(reason_for(CompositeProblem::Constant)),
            Follows::Sometimes => {
                warnings.push(reason_for(CompositeProblem::Conditional));
                LinkOutcome::Whole
            }
        };
        if let Some(suppressor) = &composite.suppressor {
            let problem = AlarmProblem::Suppressed { suppressor: suppressor.clone() };
            warnings.push(Reason::new(Facts::alarm(&composite.name, &composite.arn, problem)));
        }
        let topics = composite.actions.topics().collect();
        let step =
            AlarmStep { arn: composite.arn.clone(), is_composite: true, quiet: None, metrics: Vec::new(), topics };
        Downstream::behind(step, follows, warnings, || self.climb(&Actor::composite(composite), height, left))
    }
}

fn of_composite(composite: &CompositeAlarm, child: &Actor<'_>, problem: CompositeProblem) -> Reason {
    let problem = AlarmProblem::Composite { below: child.name.to_owned(), problem };
    Reason::new(Facts::alarm(&composite.name, &composite.arn, problem))
}
