//! Where the resource of a step is, read off the ARN that the step names. Nothing is asked: an ARN of something else ends
//! the step before its first call.

use crate::arn::{Arn, ArnOf, Kind, LogGroupArn};
use crate::aws::error::{Call, Failure};
use crate::aws::logs::GroupName;

/// Reads what a step needs of the ARN of what is in a region. `what` it must be the ARN of: `a topic`.
pub(super) fn parsed<'a, T>(
    operation: &'static str,
    arn: &'a str,
    what: &str,
    read: impl FnOnce(Arn<'a>) -> Option<T>,
) -> Result<T, Failure> {
    typed(operation, arn, what, Arn::parse(arn).filter(|arn| !arn.region.is_empty()).and_then(read))
}

/// Where a resource is whose ARN has a type, and its name. `what` it must be the ARN of: `a topic`.
pub(super) fn place<'a, K: Kind>(
    operation: &'static str,
    arn: &'a ArnOf<K>,
    what: &str,
) -> Result<(&'a str, &'a str), Failure> {
    typed(operation, arn, what, arn.region().map(|region| (region, arn.name())))
}

fn typed<T>(operation: &'static str, arn: &str, what: &str, found: Option<T>) -> Result<T, Failure> {
    let call = Call { operation, region: "", resource: Some(arn) };
    found.ok_or_else(|| call.bad_answer(&format!("{arn} is not the ARN of {what}")))
}

/// Reads the ARN of a log group.
pub(super) fn log_group<'a>(operation: &'static str, arn: &'a LogGroupArn) -> Result<GroupName<'a>, Failure> {
    typed(operation, arn, "a log group", GroupName::parse(arn))
}
