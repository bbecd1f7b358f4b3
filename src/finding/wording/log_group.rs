//! What is reported about a log group.

use super::twice::twice;
use crate::arn::LogGroupArn;
use crate::finding::facts::{GroupQuestion, LastDelivery, LogGroupProblem};

pub(super) fn sentence(arn: &LogGroupArn, problem: &LogGroupProblem) -> String {
    let name = arn.name();
    match problem {
        LogGroupProblem::OtherAccount { account } => format!(
            "events go to a log group of account {account}: its metric filters and alarms can be read only there"
        ),
        LogGroupProblem::DeclaredTwice { places } => twice(&format!("log group {name}"), places),
        LogGroupProblem::Refused { why } => format!("AWS will refuse log group {name}: {why}"),
        LogGroupProblem::NotDeclared => format!("log group {name} is not declared here"),
        LogGroupProblem::Missing => format!("log group {name} does not exist"),
        LogGroupProblem::Class { class } => {
            format!("log group {name} is of class {class}, which does not support metric filters")
        }
        LogGroupProblem::ClassUndecided { class } => format!(
            "log group {name} is of class {class}, and whether metric filters work on that class is not documented"
        ),
        LogGroupProblem::Unread(GroupQuestion::Anything) => format!("log group {name} could not be read"),
        LogGroupProblem::Unread(GroupQuestion::Class) => {
            format!("whether log group {name} is of a class that supports metric filters could not be read")
        }
        LogGroupProblem::Unread(GroupQuestion::Existence) => format!("whether log group {name} exists was not read"),
        LogGroupProblem::DeliveryFailing { error, last } => {
            let since = last.map_or_else(String::new, |LastDelivery { at, hours }| match hours {
                0 => " (less than an hour after one that succeeded)".to_owned(),
                hours => format!(" (the last one that succeeded was at {at}, {} earlier)", age(hours)),
            });
            format!("CloudTrail's last delivery to log group {name} failed: {error}{since}")
        }
        LogGroupProblem::DeliveryStale { last: Some(at), hours } => {
            format!(
                "CloudTrail's last delivery to log group {name} was at {at}, {} before the account was read",
                age(*hours)
            )
        }
        LogGroupProblem::DeliveryStale { last: None, hours } => {
            format!("CloudTrail has never delivered to log group {name}, {} after logging began", age(*hours))
        }
        LogGroupProblem::FiltersUnread { for_plan: false } => {
            format!("the metric filters of log group {name} could not be read")
        }
        LogGroupProblem::FiltersUnread { for_plan: true } => {
            format!("the metric filters of log group {arn} were not read")
        }
        LogGroupProblem::NoFilter => format!("log group {name} has no metric filter"),
        LogGroupProblem::NoFilterForControl => format!("log group {name} has no metric filter for this control"),
        LogGroupProblem::HubOtherText => {
            format!("no metric filter of log group {name} has exactly the text that Security Hub CSPM looks for")
        }
    }
}

fn age(hours: i64) -> String {
    match (hours / 24, hours) {
        (0, 1) => "an hour".to_owned(),
        (0, hours) => format!("{hours} hours"),
        (1, _) => "a day".to_owned(),
        (days, _) => format!("{days} days"),
    }
}
