//! What happens when an alarm goes to ALARM: its own actions, or those of composite alarms above it.
//!
//! Actions may be switched off or muted, and only an SNS topic is followed from here. Whether a composite alarm goes to
//! ALARM with its child is [`alarm_rule`](crate::alarm_rule)'s knowledge.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::index::{Composite, Index};
use super::mute::{self, Muted};
use crate::alarm_rule::{AlarmRule, Follows, State};
use crate::audit::link::{Outcome, Soundness, Tail};
use crate::audit::subscription::Message;
use crate::audit::topic;
use crate::finding::{AlarmStep, Code, Reason, Unread, Warning};
use crate::snapshot::{AlarmActions, CompositeAlarm, MetricAlarm};

/// An alarm of any kind that has gone to ALARM.
pub(super) struct Actor<'a> {
    arn: &'a str,
    name: &'a str,
    actions: &'a AlarmActions,
    /// The states that it may have been in before.
    rests: &'static [State],
}

impl<'a> Actor<'a> {
    /// A metric alarm. Without data it is in `INSUFFICIENT_DATA`, unless missing data is told to mean something else.
    pub(super) fn of(alarm: &'a MetricAlarm) -> Self {
        let rests: &[State] = match alarm.treat_missing_data.as_deref() {
            Some("notBreaching" | "breaching") => &[State::Ok],
            _ => &[State::Ok, State::InsufficientData],
        };
        Self { arn: &alarm.arn, name: &alarm.name, actions: &alarm.actions, rests }
    }

    fn composite(alarm: &'a CompositeAlarm) -> Self {
        Self { arn: &alarm.arn, name: &alarm.name, actions: &alarm.actions, rests: &[State::Ok] }
    }

    fn is_called(&self, name: &str) -> bool {
        name == self.name || name == self.arn
    }
}

/// Composite alarms above each other that are followed, and alarms looked at on the way.
const HEIGHT: usize = 64;
const MOST_ALARMS: usize = 2_000;

impl Index<'_> {
    /// The best road from an alarm's actions, its own or those of a composite alarm above it.
    pub(super) fn acts(&self, alarm: &Actor<'_>) -> Tail {
        self.climb(alarm, HEIGHT, &Cell::new(MOST_ALARMS))
    }

    /// `left`: how many alarms may still be looked at, of all that name each other in as many ways as they like.
    fn climb(&self, alarm: &Actor<'_>, height: usize, left: &Cell<usize>) -> Tail {
        let own = self.own_actions(alarm);
        if matches!(own.outcome, Outcome::Whole) && own.soundness() == Soundness::Sound {
            return own;
        }
        let above =
            self.above_by_rule(alarm).into_iter().filter_map(|Composite { alarm: composite, rule, is_in_ring }| {
                let undecided = |what: &str| {
                    let message = format!("composite alarm {} above {} {what}", composite.name, alarm.name);
                    Some(Tail::ends(Outcome::of(Reason::new(Code::AlarmUndecided, &composite.arn, message))))
                };
                let Some(rule) = rule else { return undecided("has a rule that cannot be followed") };
                if *is_in_ring {
                    return undecided("is not evaluated: rules of composite alarms lead back to themselves");
                }
                match (height.checked_sub(1), left.get().checked_sub(1)) {
                    (Some(height), Some(fewer)) => {
                        left.set(fewer);
                        Some(self.above(composite, rule, alarm, height, left))
                    }
                    _ => undecided("is one of too many to follow"),
                }
            });
        let above = above.reduce(Tail::or);
        match (above, own.outcome.reason().map(|reason| reason.code)) {
            (None, _) => own,
            // That it has no action of its own is no fault where another one acts for it.
            (Some(above), Some(Code::AlarmNoAction)) => above,
            // An own road that at least leads to a topic says more than a composite alarm that is broken too.
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

    fn own_actions(&self, alarm: &Actor<'_>) -> Tail {
        let Actor { arn, name, actions, .. } = *alarm;
        let broken = |code, message| Tail::ends(Outcome::of(Reason::new(code, arn, message)));
        if !actions.enabled {
            return broken(Code::AlarmActionsDisabled, format!("the actions of alarm {name} are switched off"));
        }
        let (muted, at_times) = self.muted(arn, name);
        if let Outcome::Broken(_) = muted {
            return Tail::ends(muted);
        }
        if actions.alarm.is_empty() {
            let others = if actions.ok.is_empty() && actions.insufficient_data.is_empty() {
                ""
            } else {
                ", only for other states, which tell nobody of an event"
            };
            return broken(Code::AlarmNoAction, format!("alarm {name} has no action for ALARM{others}"));
        }
        let message = Message { alarm_arn: arn, alarm_name: name };
        match Tail::best(actions.topics().map(|topic| topic::follow(&self.snapshot, &message, topic))) {
            Some(mut tail) => {
                tail.outcome = tail.outcome.and(muted);
                tail.warnings.splice(0..0, at_times);
                tail
            }
            None => broken(Code::AlarmActionNotTopic, format!("no action of alarm {name} is an SNS topic")),
        }
    }

    /// What mute rules do to an alarm's actions: for ever, which breaks the road, or at times. Rules that were not read may
    /// be of the first kind.
    fn muted(&self, arn: &str, name: &str) -> (Outcome, Option<Warning>) {
        let Some(muting) = &self.muting else {
            let message = format!("whether a mute rule silences alarms in {} could not be read", self.region);
            let unread = Reason::new(Code::AlarmMuteUnread, self.region, message);
            let why = self.mute_unread.get_or_init(|| mute::unread(&self.snapshot, self.region));
            return Outcome::unless_kept(unread.because(why.clone()));
        };
        let (mut at_times, mut undecided) = (None, None);
        for (rule, muted) in mute::of(muting.get(name).into_iter().flatten().copied(), self.snapshot.collected_at) {
            let when = format!("{} for {}", rule.schedule, rule.duration);
            match muted {
                Muted::Always => {
                    let message = format!("mute rule {} silences alarm {name} at all times: {when}", rule.name);
                    return (Outcome::of(Reason::new(Code::AlarmAlwaysMuted, arn, message)), None);
                }
                Muted::AtTimes => {
                    let message = format!("mute rule {} silences alarm {name} at times: {when}", rule.name);
                    at_times = at_times.or(Some(Reason::new(Code::AlarmMuted, arn, message)));
                }
                Muted::Undecided => {
                    let message = format!(
                        "whether mute rule {} silences alarm {name} is not known: it is in state {}",
                        rule.name, rule.status
                    );
                    let reason = Reason::new(Code::AlarmMuteUnread, arn, message).because(Unread::Undecided);
                    undecided = undecided.or(Some(reason));
                }
            }
        }
        (Outcome::Whole, at_times.or(undecided))
    }

    /// The road through a composite alarm that names the alarm.
    fn above(
        &self,
        composite: &CompositeAlarm,
        rule: &AlarmRule,
        child: &Actor<'_>,
        height: usize,
        left: &Cell<usize>,
    ) -> Tail {
        let of = |code, message: String| Reason::new(code, &composite.arn, message);
        let (above, below) = (&composite.name, child.name);
        let is_child = |name: &str| child.is_called(name);
        let mut warnings = Vec::new();
        let follows = match rule.follows(&is_child, child.rests) {
            Follows::Always if rule.names_others(&is_child) => {
                let message = format!("composite alarm {above} sends nothing for {below} while another alarm holds it");
                warnings.push(of(Code::AlarmCompositeShared, message));
                Outcome::Whole
            }
            Follows::Always => Outcome::Whole,
            Follows::Never => {
                let message = format!("composite alarm {above} is not in ALARM when {below} is");
                Outcome::of(of(Code::AlarmCompositeBlocks, message))
            }
            Follows::NoChange => {
                let message =
                    format!("composite alarm {above} is in ALARM also when {below} is not, so it sends nothing");
                Outcome::of(of(Code::AlarmCompositeBlocks, message))
            }
            Follows::Sometimes => {
                let message = format!(
                    "composite alarm {above} follows {below} only from some states, or when other alarms allow"
                );
                warnings.push(of(Code::AlarmCompositeConditional, message));
                Outcome::Whole
            }
        };
        if let Some(suppressor) = &composite.suppressor {
            let message = format!("composite alarm {above} is silent while {suppressor} is in ALARM");
            warnings.push(of(Code::AlarmCompositeConditional, message));
        }
        let topics = composite.actions.topics().map(str::to_owned).collect();
        let step = AlarmStep { arn: composite.arn.clone(), metrics: Vec::new(), topics };
        Tail::behind(step, follows, warnings, || self.climb(&Actor::composite(composite), height, left))
    }
}
