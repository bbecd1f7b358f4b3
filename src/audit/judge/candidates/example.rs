//! Which missed event a finding shows. Of several that are missed the plainest is found first, and it may lack a field that
//! real events have.

use filter_pattern::{Cause, Hole, Holes, Witness};

/// Fields that CloudTrail records of nearly every call (user guide, "CloudTrail record contents").
const RECORDED: [&str; 5] =
    ["$.userIdentity.arn", "$.userIdentity.accountId", "$.sourceIPAddress", "$.userAgent", "$.awsRegion"];

/// The event that was found, or, if that is missed because it lacks such a field, one that is missed for another reason.
pub(super) fn realistic(holes: &Holes, found: Witness) -> Witness {
    let is_of = |hole: &&Hole| hole.witness().to_json_line() == found.to_json_line();
    if !holes.list.iter().find(is_of).is_some_and(lacks_a_field) {
        return found;
    }
    let is_usual = |hole: &&Hole| !lacks_a_field(hole) && hole.witness().exceptions().is_empty();
    holes.list.iter().find(is_usual).map_or(found, |hole| hole.witness().clone())
}

fn lacks_a_field(hole: &Hole) -> bool {
    hole.causes().iter().any(|cause| match cause {
        Cause::Missing { test } | Cause::NoText { test } => {
            RECORDED.iter().any(|field| test.split(' ').next() == Some(field))
        }
        _ => false,
    })
}
