//! The one control that asks for no chain: is AWS Security Hub CSPM enabled, in a region that was asked for? What Security
//! Hub makes of the other controls is `security_hub`'s question.

use super::indexed::Indexed;
use super::link::LinkOutcome;
use crate::finding::facts::RegionProblem;
use crate::finding::{Facts, Reason, Unread};
use crate::snapshot::SecurityHub;

/// Judges the account in a region. `hub`: what was read there.
pub(super) fn judge(snapshot: &Indexed<'_>, region: &str, hub: Option<&SecurityHub>) -> LinkOutcome {
    // What is known of another region says nothing of this one.
    match hub.filter(|hub| hub.region == region) {
        Some(hub) if hub.enabled => LinkOutcome::Whole,
        Some(_) => LinkOutcome::from_reason(Reason::new(Facts::region(region, RegionProblem::HubNotEnabled))),
        None => {
            let why = Unread::find(snapshot, &["securityhub:DescribeHub"], region, None);
            LinkOutcome::from_reason(Reason::new(Facts::region(region, RegionProblem::HubUnread)).because(why))
        }
    }
}
