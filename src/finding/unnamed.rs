//! What could not be read and no finding names: a report says each thing once.

use super::unread::Unread;
use super::{Finding, Outcome, Report};
use crate::snapshot::{DocumentPart, Gap, GapSource};

impl Report {
    /// What could not be read, without the parts of documents that the reason of a finding names.
    #[must_use]
    pub fn further_gaps(&self) -> Vec<&Gap> {
        let is_shown = |finding: &&Finding| matches!(finding.outcome(), Outcome::Fail | Outcome::Unknown);
        let named =
            self.findings().filter(is_shown).filter_map(|finding| match finding.reason.as_ref()?.unread.as_ref()? {
                Unread::AtDeployment(part) => Some(&**part),
                Unread::Failed(_) | Unread::NotSaved | Unread::Undecided => None,
            });
        let named: Vec<&DocumentPart> = named.collect();
        let is_named = |gap: &Gap| matches!(&gap.source, GapSource::Document(part) if named.contains(&part));
        self.gaps().filter(|gap| !is_named(gap)).collect()
    }
}
