//! What could not be read. Why, in kinds, is for `cause`.

use serde::{Deserialize, Serialize};

/// A read that failed: what it would have shown is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// The account that was asked.
    pub account_id: String,
    /// The region that was asked.
    pub region: String,
    /// IAM's name of the action: `logs:DescribeMetricFilters`.
    pub operation: String,
    /// The ARN or name that was asked about, if it was about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The service's error code, or one of our own: `Timeout`, `Deadline`, `Unreachable`, `BadAnswer`, `HtmlPage`,
    /// `Credentials`, `Skipped`. [`Gap::cause`] sorts them.
    pub code: String,
    /// What the service or the connection said.
    pub message: String,
}
