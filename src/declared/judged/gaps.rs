//! Which of the values that are not known are reported as gaps: each once, and only where a verdict rests on such a value. What
//! may declare more is always reported: it is about controls that nothing is declared for, too.

use std::collections::BTreeSet;

use crate::finding::{Audit, Finding, Status, Unread};
use crate::snapshot::{DocumentPart, Gap, GapSource};

/// Leaves those gaps of an audit that matter to its findings. `elsewhere`: where more may be declared.
pub(super) fn keep(audit: &mut Audit, elsewhere: &[DocumentPart]) {
    let matter = audit.findings.iter().any(rests_on_unknown);
    let elsewhere: BTreeSet<&DocumentPart> = elsewhere.iter().collect();
    let mut known = BTreeSet::new();
    audit.gaps.retain(|Gap { source, .. }| match source {
        GapSource::Call { .. } => true,
        GapSource::Document(part) => known.insert(part.clone()) && (matter || elsewhere.contains(part)),
    });
}

/// Whether a verdict is unknown, or a pass holds only if, for a value that is not known before deployment.
fn rests_on_unknown(finding: &Finding) -> bool {
    let verdicts = [&finding.verdicts.cis, &finding.verdicts.effective];
    let unknown = verdicts.into_iter().filter(|judged| judged.status == Status::Unknown);
    let reasons = unknown.filter_map(|judged| judged.reason.as_ref()).chain(&finding.warnings);
    reasons.chain(&finding.reason).any(|reason| matches!(reason.unread, Some(Unread::AtDeployment(_))))
}
