//! Second link: do the trail's events arrive in a log group whose metric filters we can see?
//!
//! The group is matched by its whole ARN: another account's or region's group of the same name is another group.

use jiff::Timestamp;

use super::indexed::Indexed;
use super::link::Outcome;
use crate::arn::{Arn, log_group_name};
use crate::finding::{Code, Reason, Unread, Warning};
use crate::snapshot::{LogGroup, MetricFilter, Snapshot, Trail, without_stream_wildcard};

/// The log group that a trail delivers to, as far as it could be seen.
pub(super) struct Delivery<'a> {
    /// Whether the events arrive.
    pub(super) outcome: Outcome,
    /// ARN of the group, without a stream wildcard.
    pub(super) arn: Option<String>,
    /// The group, when it was looked at.
    pub(super) group: Option<&'a LogGroup>,
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

/// Judges where a trail delivers to.
pub(super) fn judge<'a>(snapshot: &Indexed<'a>, trail: &Trail) -> Delivery<'a> {
    let Some(arn) = trail.log_group_arn.as_deref().filter(|arn| !arn.is_empty()) else {
        let message = format!("trail {} delivers to no CloudWatch Logs log group", trail.name);
        return Delivery {
            outcome: Outcome::of(Reason::new(Code::LogGroupNone, &trail.arn, message)),
            arn: None,
            group: None,
            stale: None,
        };
    };
    let arn = without_stream_wildcard(arn);
    let group = snapshot.log_group(arn);
    let outcome =
        owner(snapshot, arn).unwrap_or_else(|| existence(snapshot, arn, group).and(delivery(snapshot, trail, arn)));
    Delivery { outcome, arn: Some(arn.to_owned()), group, stale: stale(snapshot, trail) }
}

/// A log group of another account is beyond these credentials: whoever owns it can tell.
fn owner(snapshot: &Snapshot, arn: &str) -> Option<Outcome> {
    let account = Arn::parse(arn)?.account;
    (account != snapshot.account_id).then(|| {
        let message = format!(
            "events go to a log group of account {account}: its metric filters and alarms can be read only there"
        );
        Outcome::of(Reason::new(Code::LogGroupOtherAccount, arn, message))
    })
}

fn existence(snapshot: &Indexed<'_>, arn: &str, group: Option<&LogGroup>) -> Outcome {
    let of = |code, message| Outcome::of(Reason::new(code, arn, message));
    let unread = |code, message, operation| {
        Outcome::of(Reason::new(code, arn, message).because(Unread::find_of(snapshot, &[operation], arn)))
    };
    let name = log_group_name(arn);
    match group {
        Some(LogGroup { exists: Some(false), .. }) => {
            of(Code::LogGroupMissing, format!("log group {name} does not exist"))
        }
        // A group that has metric filters supports them, whatever its class says.
        Some(LogGroup { metric_filters: Some(filters), .. }) if !filters.is_empty() => Outcome::Whole,
        Some(LogGroup { class: Some(class), .. }) if filters_on(class) == Some(false) => {
            of(Code::LogGroupClass, format!("log group {name} is of class {class}, which has no metric filters"))
        }
        Some(LogGroup { class: Some(class), .. }) if filters_on(class).is_none() => {
            let message = format!(
                "log group {name} is of class {class}, of which it is not documented whether metric filters work on it"
            );
            of(Code::LogGroupClassUndecided, message)
        }
        Some(LogGroup { metric_filters: Some(_), class, .. }) => {
            let why = Unread::find_of(snapshot, &["logs:DescribeLogGroups"], arn);
            if class.is_some() || why.cause().is_none() {
                return Outcome::Whole;
            }
            let message = format!("whether log group {name} is of a class that has metric filters could not be read");
            Outcome::of(Reason::new(Code::LogGroupUnread, arn, message).because(why))
        }
        Some(LogGroup { metric_filters: None, .. }) => {
            let message = format!("the metric filters of log group {name} could not be read");
            unread(Code::MetricFilterUnread, message, "logs:DescribeMetricFilters")
        }
        None => {
            let message = format!("log group {name} could not be looked at");
            unread(Code::LogGroupUnread, message, "logs:DescribeLogGroups")
        }
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

fn delivery(snapshot: &Snapshot, trail: &Trail, arn: &str) -> Outcome {
    match delivery_error(trail) {
        None => Outcome::Whole,
        Some(error) => {
            let since = last_delivery(snapshot, trail).map(|(hours, at)| match hours {
                0 => " (less than an hour after one that came through)".to_owned(),
                _ => format!(" (the last that came through was at {at}, {} before)", age(hours)),
            });
            let since = since.unwrap_or_default();
            let message =
                format!("CloudTrail's last delivery to log group {} failed: {error}{since}", log_group_name(arn));
            Outcome::of(Reason::new(Code::LogGroupDeliveryFailing, arn, message))
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
    let arn = trail.log_group_arn.as_deref().map(without_stream_wildcard).filter(|arn| !arn.is_empty())?;
    let status = trail.status.as_ref().filter(|status| status.is_logging)?;
    let logged = status.start_logging_time.map(|start| hours_since(snapshot, start));
    let message = match (last_delivery(snapshot, trail), logged) {
        (Some((hours, at)), logged)
            if hours > HOURS_OF_SILENCE && logged.is_none_or(|hours| hours > HOURS_OF_SILENCE) =>
        {
            format!("CloudTrail last delivered to log group {} at {at}, {} before", log_group_name(arn), age(hours))
        }
        // `GetTrailStatus` leaves out what there is none of.
        (None, Some(hours)) if hours > HOURS_OF_SILENCE && delivery_error(trail).is_none() => {
            format!(
                "CloudTrail has never delivered to log group {}, {} after logging began",
                log_group_name(arn),
                age(hours)
            )
        }
        _ => return None,
    };
    Some(Reason::new(Code::LogGroupDeliveryStale, arn, message))
}

const HOURS_OF_SILENCE: i64 = 24;

/// Whole hours from the last successful delivery until the account was read, and when it was.
fn last_delivery(snapshot: &Snapshot, trail: &Trail) -> Option<(i64, Timestamp)> {
    let at = trail.status.as_ref()?.latest_logs_delivery_time?;
    Some((hours_since(snapshot, at), at))
}

fn hours_since(snapshot: &Snapshot, at: Timestamp) -> i64 {
    (snapshot.collected_at.as_second() - at.as_second()).max(0) / 3600
}

fn age(hours: i64) -> String {
    match (hours / 24, hours) {
        (0, 1) => "an hour".to_owned(),
        (0, hours) => format!("{hours} hours"),
        (1, _) => "a day".to_owned(),
        (days, _) => format!("{days} days"),
    }
}
