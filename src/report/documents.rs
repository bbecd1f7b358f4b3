//! What a report of declared resources says beside its findings, in sentences: for every format that carries a text.

use super::paint::{Paint, ranges};
use crate::finding::{Deployed, Place, RefusedResource, Report};
use crate::rule::RuleId;

/// The status of a control that is not counted, in formats of rows and lines.
pub(super) const NOT_DECLARED: &str = "not_declared";
/// More resources than these are counted, not named.
const SHOWN: usize = 20;

/// The place and the resource: `template.yaml:12:5 (Alerts)`.
pub(super) fn place(place: &Place) -> String {
    match &place.address {
        Some(address) => format!("{} ({address})", place.words()),
        None => place.words(),
    }
}

/// Which controls are not counted, for nothing of them is declared.
pub(super) fn not_declared(report: &Report, paint: Paint) -> Option<String> {
    let ids: Vec<RuleId> = report.not_declared().map(|rule| rule.id).collect();
    (!ids.is_empty()).then(|| format!("not declared here, and not counted: {}", ranges(&ids, paint)))
}

/// What the declared resources are laid over, and what of it they replace.
pub(super) fn over(report: &Report) -> Vec<String> {
    let Some(Deployed { account_id, collected_at, replaced }) =
        report.documents.as_ref().and_then(|documents| documents.over.as_ref())
    else {
        return Vec::new();
    };
    let read = collected_at.strftime("%Y-%m-%d %H:%M UTC");
    let mut lines = vec![format!("laid over account {account_id} as it was at {read}")];
    let each =
        |it: &crate::finding::Replaced| format!("replaces what is deployed: {}, {}", it.resource, place(&it.place));
    lines.extend(replaced.iter().take(SHOWN).map(each));
    let rest = replaced.len().saturating_sub(SHOWN);
    lines.extend((rest > 0).then(|| format!("replaces what is deployed: {rest} more")));
    lines
}

/// Resources that AWS will refuse and no finding is about.
pub(super) fn refused(report: &Report) -> &[RefusedResource] {
    report.documents.as_ref().map_or(&[], |documents| &documents.refused)
}

/// The same in sentences.
fn of_refused(report: &Report) -> Vec<String> {
    let refused = refused(report);
    let mut lines: Vec<String> = refused.iter().take(SHOWN).map(RefusedResource::words).collect();
    let rest = refused.len().saturating_sub(SHOWN);
    lines.extend((rest > 0).then(|| format!("AWS will refuse {rest} more resources")));
    lines
}

/// All of it.
pub(super) fn lines(report: &Report, paint: Paint) -> Vec<String> {
    of_refused(report).into_iter().chain(others(report, paint)).collect()
}

/// All but what is refused.
pub(super) fn others(report: &Report, paint: Paint) -> impl Iterator<Item = String> {
    not_declared(report, paint).into_iter().chain(over(report))
}
