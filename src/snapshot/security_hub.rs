//! Whether AWS Security Hub CSPM looks at the account, as the API says it: no judgement.

use serde::{Deserialize, Serialize};

/// A region beside the one that was asked for first: of it only this is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FurtherRegion {
    /// Its name.
    pub region: String,
    /// AWS Security Hub CSPM there. `None`: it was not read.
    pub security_hub: Option<SecurityHub>,
}

/// AWS Security Hub CSPM in one region (`DescribeHub`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityHub {
    /// The region asked.
    pub region: String,
    /// Whether the account has enabled it there. Where it has not, `DescribeHub` is refused with
    /// `InvalidAccessException`.
    pub enabled: bool,
    /// `HubArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_arn: Option<String>,
    /// `SubscribedAt`: when it was enabled, as the API writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribed_at: Option<String>,
}
