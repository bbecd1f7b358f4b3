//! The table of defects: everything that can be wrong with the monitoring of an account, one fact each, with the three
//! verdicts on control 3.4 and the code of the reason, written out.
//!
//! The unit tests of the audit judge each in memory; those of a fix ask which of them a plan repairs, and with which
//! steps; the integration tests deploy each that an endpoint can hold, and compare the report of the real executable.
//! Accounts that differ from the seed's and are sound all the same are in [`sound`].

mod alarm_actions;
mod alarms;
mod log_groups;
mod metric_filters;
pub(crate) mod sound;
mod subscriptions;
mod topics;
mod trails;

use cis_audit::finding::{Code, HubStatus, Status};

pub(crate) use alarms::with_math;
pub(crate) use topics::ACCOUNT_ONLY;

use super::builder::AccountBuilder;

/// The control that a defect is about, where it is not about all.
pub(crate) const CONTROL: &str = "3.4";

/// One thing that is wrong with an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defect {
    pub(crate) name: &'static str,
    /// Breaks the account, or what monitors the control.
    pub(crate) apply: fn(AccountBuilder, &str) -> AccountBuilder,
    pub(crate) affects: Affects,
    pub(crate) expected: Expected,
}

/// Which controls a defect affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Affects {
    /// Every control, as it does [`CONTROL`].
    All,
    /// The one to which it is applied; all others pass by the benchmark.
    One,
    /// [`CONTROL`], and others that are not looked at.
    Some,
}

/// The verdicts on a control, and the code of the reason: that of `effective`, or else that of `cis`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) cis: Status,
    pub(crate) effective: Status,
    pub(crate) security_hub: HubStatus,
    pub(crate) code: Option<Code>,
}

impl Expected {
    /// Nothing is wrong by any verdict.
    pub(crate) const PASS: Self =
        Self { cis: Status::Pass, effective: Status::Pass, security_hub: HubStatus::Passed, code: None };

    /// The benchmark and Security Hub fail it, and a single event goes unnoticed.
    pub(crate) const fn fails(code: Code) -> Self {
        Self { cis: Status::Fail, effective: Status::Fail, security_hub: HubStatus::Failed, code: Some(code) }
    }

    /// It could not be read, so no verdict is known.
    pub(crate) const fn unread(code: Code) -> Self {
        Self { cis: Status::Unknown, effective: Status::Unknown, security_hub: HubStatus::Unknown, code: Some(code) }
    }
}

impl Defect {
    /// The defect of this name.
    ///
    /// # Panics
    /// If there is none.
    pub(crate) fn named(name: &str) -> &'static Self {
        let found = all().find(|defect| defect.name == name);
        found.unwrap_or_else(|| panic!("the table has no defect named {name}"))
    }
}

/// Every defect, by the part of the chain that it breaks.
pub(crate) const TABLES: [(&str, &[Defect]); 7] = [
    ("trails", trails::TABLE),
    ("log groups", log_groups::TABLE),
    ("metric filters", metric_filters::TABLE),
    ("alarms", alarms::TABLE),
    ("alarm actions", alarm_actions::TABLE),
    ("topics", topics::TABLE),
    ("subscriptions", subscriptions::TABLE),
];

/// Every defect, in the order of the chain.
pub(crate) fn all() -> impl Iterator<Item = &'static Defect> {
    TABLES.into_iter().flat_map(|(_, table)| table)
}
