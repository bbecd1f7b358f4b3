//! Second link: do the trail's events arrive in a log group whose metric filters we can see?
//!
//! The group is matched by its whole ARN: another account's or region's group of the same name is another group.

use std::rc::Rc;

use jiff::Timestamp;

use super::indexed::Indexed;
use super::link::LinkOutcome;
use crate::arn::LogGroupArn;
use crate::finding::facts::{GroupQuestion, LastDelivery, LogGroupProblem, TrailProblem};
use crate::finding::{Facts, Reason, Unread, Warning};
use crate::snapshot::{LogGroup, MetricFilter, Snapshot, Trail};

/// What could be read of the log group that a trail delivers to.
pub(super) struct Delivery<'a> {
    /// Whether the events arrive.
    pub(super) outcome: LinkOutcome,
    /// ARN of the group, without a stream wildcard.
    pub(super) arn: Option<LogGroupArn>,
    /// The group, when it was looked at.
    pub(super) group: Option<&'a LogGroup>,
    /// The account that the group is in, where that is another one which was read too: its place among those.
    pub(super) owner: Option<usize>,
    /// Deliveries have stopped, for all that is known.
    pub(super) stale: Option<Warning>,
}

impl<'a> Delivery<'a> {
    /// The metric filters of the group, whether or not this trail's events arrive there.
    pub(super) fn filters(&self) -> &'a [MetricFilter] {
        self.group.and_then(|group| group.metric_filters.as_deref()).unwrap_or_default()
    }

    /// The group's filters were not read: they may be anything.
    pub(super) fn is_unread(&self) -> bool {
        self.group.is_none_or(|group| group.metric_filters.is_none())
    }
}

/// Judges where a trail delivers to. `owners`: other accounts that were read too.
pub(super) fn judge<'a>(snapshot: &Indexed<'a>, owners: &[Rc<Indexed<'a>>], trail: &Trail) -> Delivery<'a> {
    let Some(arn) = trail.log_group_arn.as_ref().filter(|arn| !arn.is_empty()) else {
        return Delivery {
            outcome: LinkOutcome::from_reason(Reason::new(Facts::trail(
                &trail.name,
                &trail.arn,
                TrailProblem::NoLogGroup,
            ))),
            arn: None,
            group: None,
            owner: None,
            stale: None,
        };
    };
    let arn = &arn.without_streams();
    let is_foreign = arn.account().is_some_and(|account| account != snapshot.account_id);
    let owns = |owner: &Rc<Indexed<'a>>| is_foreign && Some(owner.account_id.as_str()) == arn.account();
    let read_there = owners.iter().position(owns);
    let whose = read_there.and_then(|place| owners.get(place)).map_or(snapshot, |owner| owner);
    let group = whose.log_group(arn);
    let known = || existence(whose, arn, group).and(delivery(snapshot, trail, arn));
    let outcome = match read_there {
        Some(_) => known(),
        None => owner(snapshot, arn).unwrap_or_else(known),
    };
    Delivery { outcome, arn: Some(arn.clone()), group, owner: read_there, stale: stale(snapshot, trail) }
}

/// A log group of another account is beyond these credentials: only its owner can know, who was not read.
fn owner(snapshot: &Snapshot, arn: &LogGroupArn) -> Option<LinkOutcome> {
    let account = arn.account()?;
    (account != snapshot.account_id)
        .then(|| LinkOutcome::from_reason(reason(arn, LogGroupProblem::OtherAccount { account: account.to_owned() })))
}

fn existence(snapshot: &Indexed<'_>, arn: &LogGroupArn, group: Option<&LogGroup>) -> LinkOutcome {
    let outcome_for = |problem| LinkOutcome::from_reason(reason(arn, problem));
    let unread = |problem, operation| {
        LinkOutcome::from_reason(reason(arn, problem).because(Unread::find_of(snapshot, &[operation], arn)))
    };
    match group {
        Some(LogGroup { exists: Some(false), .. }) => outcome_for(LogGroupProblem::Missing),
        // A group that has metric filters supports them, whatever its class says.
        Some(LogGroup { metric_filters: Some(filters), .. }) if !filters.is_empty() => LinkOutcome::Whole,
        Some(LogGroup { class: Some(class), .. }) if filters_on(class) == Some(false) => {
            outcome_for(LogGroupProblem::Class { class: class.clone() })
        }
        Some(LogGroup { class: Some(class), .. }) if filters_on(class).is_none() => {
            outcome_for(LogGroupProblem::ClassUndecided { class: class.clone() })
        }
        Some(LogGroup { metric_filters: Some(_), class, .. }) => {
            let why = Unread::find_of(snapshot, &["logs:DescribeLogGroups"], arn);
            if class.is_some() || !why.is_explained() {
                return LinkOutcome::Whole;
            }
            LinkOutcome::from_reason(reason(arn, LogGroupProblem::Unread(GroupQuestion::Class)).because(why))
        }
        Some(LogGroup { metric_filters: None, .. }) => {
            unread(LogGroupProblem::FiltersUnread { for_plan: false }, "logs:DescribeMetricFilters")
        }
        None => unread(LogGroupProblem::Unread(GroupQuestion::Anything), "logs:DescribeLogGroups"),
    }
}

/// Whether metric filters work on a class of log groups (CloudWatch Logs user guide, "Log classes", and the API reference's
/// `LogGroup`: of `DELIVERY` that it stores logs for a day on their way elsewhere). `None`: that is not documented.
pub(crate) fn filters_on(class: &str) -> Option<bool> {
    match class {
        "STANDARD" => Some(true),
        "INFREQUENT_ACCESS" | "DELIVERY" => Some(false),
        // `ESSENTIALS`, and what comes after it.
        _ => None,
    }
}

fn delivery(snapshot: &Snapshot, trail: &Trail, arn: &LogGroupArn) -> LinkOutcome {
    match delivery_error(trail) {
        None => LinkOutcome::Whole,
        Some(error) => {
            let last = last_delivery(snapshot, trail);
            LinkOutcome::from_reason(reason(arn, LogGroupProblem::DeliveryFailing { error: error.to_owned(), last }))
        }
    }
}

fn delivery_error(trail: &Trail) -> Option<&str> {
    let error = trail.status.as_ref()?.latest_logs_delivery_error.as_deref()?.trim();
    Some(error).filter(|error| !error.is_empty())
}

/// A trail that logs and has delivered nothing for more than a day: even a quiet account has events in that time, this
/// audit's own among them. A failed delivery says more.
fn stale(snapshot: &Snapshot, trail: &Trail) -> Option<Warning> {
    let arn = trail.log_group_arn.as_ref().map(LogGroupArn::without_streams).filter(|arn| !arn.is_empty())?;
    let status = trail.status.as_ref().filter(|status| status.is_logging)?;
    let logged = status.start_logging_time.map(|start| hours_since(snapshot, start));
    let (last, hours) = match (last_delivery(snapshot, trail), logged) {
        (Some(LastDelivery { at, hours }), logged)
            if hours > HOURS_OF_SILENCE && logged.is_none_or(|hours| hours > HOURS_OF_SILENCE) =>
        {
            (Some(at), hours)
        }
        // `GetTrailStatus` leaves out what there is none of.
        (None, Some(hours)) if hours > HOURS_OF_SILENCE && delivery_error(trail).is_none() => (None, hours),
        _ => return None,
    };
    Some(reason(&arn, LogGroupProblem::DeliveryStale { last, hours }))
}

const HOURS_OF_SILENCE: i64 = 24;

/// The last successful delivery.
fn last_delivery(snapshot: &Snapshot, trail: &Trail) -> Option<LastDelivery> {
    let at = trail.status.as_ref()?.latest_logs_delivery_time?;
    Some(LastDelivery { at, hours: hours_since(snapshot, at) })
}

fn hours_since(snapshot: &Snapshot, at: Timestamp) -> i64 {
    (snapshot.collected_at.as_second() - at.as_second()).max(0) / 3600
}

fn reason(arn: &LogGroupArn, problem: LogGroupProblem) -> Reason {
    Reason::new(Facts::log_group(arn, problem))
}
