//! Keys that encrypt topics, as KMS says it: whom they let in is not for here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A key that encrypts topics (`DescribeKey`, `GetKeyPolicy`, `ListGrants`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// The region that was asked: the topics'.
    pub region: String,
    /// What was asked for: the topics' [`Topic::key_arn`](super::Topic::key_arn).
    pub id: String,
    /// Whether it exists. `None`: that could not be read.
    pub exists: Option<bool>,
    /// `Arn`: of the key itself, also where an alias was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// `KeyManager`: `CUSTOMER` or `AWS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// `KeyState`: `Enabled`, `Disabled`, `PendingDeletion`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `KeySpec`: `SYMMETRIC_DEFAULT` or another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// `GetKeyPolicy` `Policy`, as JSON text. `None`: not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// `ListGrants`, those to CloudWatch. `None`: not read, or not asked for because the policy alone decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<Grant>>,
}

/// A grant to use a key (`GrantListEntry`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// `GrantId`.
    pub id: String,
    /// `GranteePrincipal`: an ARN, or a service principal that may mean several callers of that service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grantee: Option<String>,
    /// `GranteeServicePrincipal`: `cloudwatch.amazonaws.com`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grantee_service: Option<String>,
    /// `Operations`: `Decrypt`, `GenerateDataKey`, …
    #[serde(default)]
    pub operations: Vec<String>,
    /// `Constraints.SourceArn`: the resource for which the service must ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
    /// `Constraints.EncryptionContextSubset`: what the request's encryption context must hold.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context_subset: BTreeMap<String, String>,
    /// `Constraints.EncryptionContextEquals`: what it must be. `None`: no such constraint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_equals: Option<BTreeMap<String, String>>,
}

/// CloudWatch, as it calls other services.
pub(crate) const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";

impl Grant {
    /// It may be CloudWatch that the grant is given to.
    #[must_use]
    pub fn is_to_cloudwatch(&self) -> bool {
        [&self.grantee_service, &self.grantee].into_iter().any(|grantee| grantee.as_deref() == Some(CLOUDWATCH))
    }
}

impl Key {
    /// No one can edit the policy of such a key.
    #[must_use]
    pub fn is_aws_managed(&self) -> bool {
        self.manager.as_deref() == Some("AWS")
    }
}
