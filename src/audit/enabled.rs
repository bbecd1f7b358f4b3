//! The one control that asks for no chain: is AWS Security Hub CSPM enabled, in the region that was asked for? What Security
//! Hub makes of the other controls is `security_hub`'s question.

use super::indexed::Indexed;
use super::link::LinkOutcome;
use crate::finding::facts::RegionProblem;
use crate::finding::{Facts, Reason, Unread};

/// Judges the account.
pub(super) fn judge(snapshot: &Indexed<'_>) -> LinkOutcome {
    let region = &snapshot.region;
    // What is known of another region says nothing of this one.
    match snapshot.security_hub.as_ref().filter(|hub| hub.region == *region) {
        Some(hub) if hub.enabled => LinkOutcome::Whole,
        Some(_) => LinkOutcome::from_reason(Reason::new(Facts::region(region, RegionProblem::HubNotEnabled))),
        None => {
            let why = Unread::find(snapshot, &["securityhub:DescribeHub"], region, None);
            LinkOutcome::from_reason(Reason::new(Facts::region(region, RegionProblem::HubUnread)).because(why))
        }
    }
}
