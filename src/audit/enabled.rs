//! The one control that asks for no chain: is AWS Security Hub CSPM enabled, in the region that was asked for? What Security
//! Hub makes of the other controls is `security_hub`'s question.

use super::indexed::Indexed;
use super::link::Outcome;
use crate::finding::{Code, Reason, Unread};

/// Judges the account.
pub(super) fn judge(snapshot: &Indexed<'_>) -> Outcome {
    let region = &snapshot.region;
    let of = |code, message| Outcome::of(Reason::absent(code, message));
    // What is known of another region says nothing of this one.
    match snapshot.security_hub.as_ref().filter(|hub| hub.region == *region) {
        Some(hub) if hub.enabled => Outcome::Whole,
        Some(_) => of(Code::HubNotEnabled, format!("Security Hub CSPM is not enabled in {region}")),
        None => {
            let why = Unread::find(snapshot, &["securityhub:DescribeHub"], region, None);
            let message = format!("whether Security Hub CSPM is enabled in {region} was not read");
            Outcome::of(Reason::absent(Code::HubUnread, message).because(why))
        }
    }
}
