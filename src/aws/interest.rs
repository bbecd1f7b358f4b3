//! What the audit wants to know of an account. Reading asks it and decides nothing by itself: no file of a service knows a
//! control.

use crate::snapshot::{MetricFilter, Snapshot};

/// What the audit wants to know, so that collection can stop early.
pub struct Interest<'a> {
    /// Could this filter's metric matter to some control?
    pub filter: &'a dyn Fn(&MetricFilter) -> bool,
    /// Is the snapshot, with alarms only partly read, already enough for every control to pass?
    pub settled: &'a dyn Fn(&Snapshot) -> bool,
    /// May something else than a chain watch the events of a control, so that EventBridge rules are worth a look?
    pub event_rules: &'a dyn Fn(&Snapshot) -> bool,
    /// Is a control without an alarm, so that one in a monitoring account may be meant?
    pub monitoring_links: &'a dyn Fn(&Snapshot) -> bool,
    /// Does a control ask whether Security Hub CSPM is enabled?
    pub security_hub: bool,
}
