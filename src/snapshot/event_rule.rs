//! EventBridge rules on the default bus of a region, as the API says them: no judgement.

use serde::{Deserialize, Serialize};

/// The rules that were read in one region (`ListRules`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionEventRules {
    /// The region asked.
    pub region: String,
    /// The rules that have an event pattern; those on a schedule alone are left out.
    pub rules: Vec<EventRule>,
}

/// A rule on the default event bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRule {
    /// `Name`.
    pub name: String,
    /// `Arn`.
    pub arn: String,
    /// `State`: `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    pub state: String,
    /// `EventPattern`: a JSON text.
    pub event_pattern: String,
}
