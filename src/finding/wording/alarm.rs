//! What is reported about an alarm.

use super::twice::twice;
use super::{firing, routine};
use crate::finding::facts::{AlarmProblem, CompositeDoubt, CompositeProblem, MuteWindow};

pub(super) fn sentence(name: &str, problem: &AlarmProblem) -> String {
    match problem {
        AlarmProblem::QueryUndecided { metric } => {
            format!("whether the query of alarm {name} finds metric {metric} cannot be decided")
        }
        AlarmProblem::OtherNamespace { watched, published } => {
            format!("alarm {name} watches {watched}, but the metric filter publishes to {published}")
        }
        AlarmProblem::OtherRegion { region, metric, wanted } => {
            format!("alarm {name} is in {region}, but metric {metric} is in {wanted}")
        }
        AlarmProblem::Unit { asked, published } => {
            format!("alarm {name} expects unit {asked}, but the metric filter publishes unit {published}")
        }
        AlarmProblem::Dimensions { asked, published } => format!(
            "alarm {name} watches the metric with {}, but the metric filter publishes it with {}",
            dimensions(asked),
            dimensions(published)
        ),
        AlarmProblem::ForeignEvents { dimension, value } => {
            format!("alarm {name} sees only events whose {dimension} is {value}, which is another account")
        }
        AlarmProblem::OnlyWhere { dimension, value } => {
            format!("alarm {name} sees only events whose {dimension} is {value}")
        }
        AlarmProblem::MissesEvents { alarms, .. } if alarms.len() > 1 => {
            let shown = alarms.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if alarms.len() > 3 { format!(" and {} more", alarms.len() - 3) } else { String::new() };
            format!("alarms {shown}{more} together see only some of the events that the control requires")
        }
        AlarmProblem::MissesEvents { sees, sees_none, .. } => {
            let sees = sentence(name, sees);
            if *sees_none {
                format!("{sees}, and the control requires none of those")
            } else {
                format!("{sees}, and no alarm sees the other events that the control requires")
            }
        }
        AlarmProblem::OnlyWithout { field } => format!("alarm {name} sees only events without {field}"),
        AlarmProblem::NeverFires { why } => format!("alarm {name} never fires: {}", firing::never(why)),
        AlarmProblem::MaySilent { why } => format!("alarm {name} may not fire: {}", firing::silence(why)),
        AlarmProblem::FiringUndecided { why } => {
            format!("whether alarm {name} fires cannot be decided: {}", firing::doubt(why))
        }
        AlarmProblem::EvaluationError => {
            format!("alarm {name} is not evaluated at present: its configuration has an error")
        }
        AlarmProblem::NotEvaluated { why } => {
            format!("alarm {name} is not evaluated at present: {}", firing::pause(*why))
        }
        AlarmProblem::EvaluationUndecided { state } => {
            format!("whether alarm {name} is evaluated is not known: it is in state {state}")
        }
        AlarmProblem::AlwaysFiring => {
            format!("alarm {name} is in ALARM without any such event, so an event changes nothing")
        }
        AlarmProblem::HeldByFilter { filter, is_all: true, .. } => {
            format!(
                "metric filter {filter} counts all routine events in the same metric, which keeps alarm {name} in ALARM"
            )
        }
        AlarmProblem::HeldByFilter { filter, what, .. } => {
            format!(
                "metric filter {filter} counts {} in the same metric, which keeps alarm {name} in ALARM",
                routine::words(*what)
            )
        }
        AlarmProblem::Latches => {
            format!("alarm {name} ignores missing data, so it stays in ALARM after the first time")
        }
        AlarmProblem::Late { period } => {
            format!("alarm {name} sees an event only when the calendar {} is over", firing::calendar_period(*period))
        }
        AlarmProblem::WindowUndecided => {
            format!("alarm {name} has an evaluation window of a kind that cannot be followed")
        }
        AlarmProblem::WarmUp { minutes } => format!(
            "alarm {name} does nothing in the first {minutes} minutes after it is created or changed, which may not be over"
        ),
        AlarmProblem::OnLogs => {
            format!("log alarm {name} watches the log group with a query, without a metric filter")
        }
        AlarmProblem::HubMathUndocumented => {
            format!("whether Security Hub CSPM follows metric math, as in alarm {name}, is not documented")
        }
        AlarmProblem::HubActionsUndocumented => {
            format!("whether Security Hub CSPM checks that the actions of alarm {name} are enabled is not documented")
        }
        AlarmProblem::DeclaredTwice { places } => twice(&format!("alarm {name}"), places),
        AlarmProblem::Refused { why } => format!("AWS will refuse alarm {name}: {why}"),
        AlarmProblem::ActionsDisabled => format!("the actions of alarm {name} are disabled"),
        AlarmProblem::NoAction { has_others: false } => format!("alarm {name} has no action for ALARM"),
        AlarmProblem::NoAction { has_others: true } => {
            format!("alarm {name} has no action for ALARM, only for other states, so it notifies nobody of an event")
        }
        AlarmProblem::ActionNotTopic => format!("no action of alarm {name} is an SNS topic"),
        AlarmProblem::AlwaysMuted(MuteWindow { rule, schedule, duration }) => {
            format!("mute rule {rule} silences alarm {name} at all times: {schedule} for {duration}")
        }
        AlarmProblem::Muted(MuteWindow { rule, schedule, duration }) => {
            format!("mute rule {rule} silences alarm {name} at times: {schedule} for {duration}")
        }
        AlarmProblem::MuteUndecided { rule, state } => {
            format!("whether mute rule {rule} silences alarm {name} is not known: it is in state {state}")
        }
        AlarmProblem::Suppressed { suppressor } => {
            format!("composite alarm {name} is silent while {suppressor} is in ALARM")
        }
        AlarmProblem::Composite { below, problem } => of_composite(name, below, problem),
    }
}

fn of_composite(name: &str, below: &str, problem: &CompositeProblem) -> String {
    match problem {
        CompositeProblem::Shared => {
            format!("composite alarm {name} sends nothing for {below} while another alarm keeps it in ALARM")
        }
        CompositeProblem::Blocks => format!("composite alarm {name} is not in ALARM when {below} is"),
        CompositeProblem::Constant => {
            format!("composite alarm {name} is in ALARM even when {below} is not, so it sends nothing")
        }
        CompositeProblem::Conditional => {
            format!("composite alarm {name} follows {below} only from some states, or when other alarms allow it")
        }
        CompositeProblem::Undecided(doubt) => {
            let what = match doubt {
                CompositeDoubt::Rule => "has a rule that cannot be followed",
                CompositeDoubt::Ring => "is not evaluated: rules of composite alarms refer to each other in a circle",
                CompositeDoubt::TooMany => "is one of too many composite alarms to follow",
            };
            format!("composite alarm {name} above {below} {what}")
        }
    }
}

fn dimensions(names: &[String]) -> String {
    match names {
        [] => "no dimensions".to_owned(),
        [one] => format!("dimension {one}"),
        many => format!("dimensions {}", many.join(", ")),
    }
}
