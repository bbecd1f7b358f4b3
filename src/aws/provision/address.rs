//! Where the resource of a step is, read off the ARN that the step names. Nothing is asked: an ARN of something else ends
//! the step before its first call.

use crate::arn::Arn;
use crate::aws::error::{Call, Failure};
use crate::aws::logs::GroupName;

/// Reads what a step needs of an ARN. `what` it must be the ARN of: `a topic`.
pub(super) fn parsed<'a, T>(
    operation: &'static str,
    arn: &'a str,
    what: &str,
    read: impl FnOnce(Arn<'a>) -> Option<T>,
) -> Result<T, Failure> {
    let call = Call { operation, region: "", resource: Some(arn) };
    Arn::parse(arn).and_then(read).ok_or_else(|| call.bad_answer(&format!("{arn} is not the ARN of {what}")))
}

/// Reads the ARN of a log group.
pub(super) fn log_group<'a>(operation: &'static str, arn: &'a str) -> Result<GroupName<'a>, Failure> {
    parsed(operation, arn, "a log group", |_| GroupName::parse(arn))
}
