//! Macros of a whole template, which get all of it and give back another: what is not written there may be set all the same.
//! What is written is taken for what will be deployed.

use super::places::of_account;
use super::sampled::chain;
use super::unknown::{doubt, set_unknown, unknown_at};
use crate::declared::account::Account;
use crate::finding::{Finding, Judged, Link, Place, Status, Unread};

/// Reads a finding that a macro may change: a failure for what is not written is unknown, and so is whether a single event
/// alerts.
pub(super) fn read(account: &Account<'_>, finding: &mut Finding) {
    if account.macros.is_empty() || finding.status == Status::Unknown {
        return;
    }
    let files = chain(account, finding).into_iter().map(|(file, _)| file);
    let Some(part) = files.into_iter().find_map(|file| account.macros.get(&file)) else { return };
    let is_written = of_account(account, finding).is_none_or(|place| is_property(account, &place));
    let link = decisive(finding).unwrap_or(Link::Trail);
    let reason = unknown_at(account, finding, link, Unread::AtDeployment(Box::new(part.clone())));
    match (finding.status, finding.verdicts.effective.status) {
        (Status::Fail, _) if is_written => {}
        (Status::Fail, _) => set_unknown(finding, reason),
        (_, Status::Fail) if is_written => {}
        (_, Status::Fail) => finding.verdicts.effective = Judged::because(Status::Unknown, reason),
        _ => doubt(finding, reason),
    }
}

/// The link that a finding is about.
fn decisive(finding: &Finding) -> Option<Link> {
    let verdicts = &finding.verdicts;
    let reason = verdicts.cis.reason.as_ref().or(verdicts.effective.reason.as_ref())?;
    Some(reason.link())
}

/// Whether a place is that of a property, and not of a resource that lacks it or of none that is declared.
fn is_property(account: &Account<'_>, place: &Place) -> bool {
    let mut declared = account.declarations.values();
    !declared.any(|declaration| declaration.place() == *place)
}
