//! What is reported about a control, before it is dressed as a finding.

use filter_pattern::Witness;

use crate::audit::link::LinkOutcome;
use crate::finding::{Chain, Grade, Reason, Status, Warning};

/// What is reported about a control, before it is dressed as a finding.
pub(super) struct Judgement {
    pub(super) status: Status,
    pub(super) reason: Option<Reason>,
    pub(super) chain: Chain,
    pub(super) warnings: Vec<Warning>,
    /// Of a weak pass: what was not read, and could hold one that is not weak.
    pub(super) doubt: Option<Reason>,
    pub(super) witness: Option<Witness>,
}

impl Judgement {
    pub(super) fn from_reason(reason: Reason, chain: Chain) -> Self {
        let status = match reason.grade() {
            Grade::Unverified => Status::Unknown,
            Grade::Broken | Grade::Weak | Grade::Note => Status::Fail,
        };
        Self { status, reason: Some(reason), chain, warnings: Vec::new(), doubt: None, witness: None }
    }

    /// Of a control that asks for no chain.
    pub(super) fn without_chain(outcome: LinkOutcome) -> Self {
        let pass = Self {
            status: Status::Pass,
            reason: None,
            chain: Chain::default(),
            warnings: Vec::new(),
            doubt: None,
            witness: None,
        };
        match outcome {
            LinkOutcome::Whole => pass,
            LinkOutcome::Unknown(reason) | LinkOutcome::Broken(reason) => Self::from_reason(reason, Chain::default()),
        }
    }
}
