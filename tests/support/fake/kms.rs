//! KMS: `DescribeKey`, `GetKeyPolicy` and `ListGrants`, two grants a page.

use serde_json::{Value, json};

use super::{Here, ServiceError, page, text, unknown};
use crate::support::account::Key;

pub(super) fn answer(here: &Here<'_>, operation: &str, asked: &Value) -> Result<Value, ServiceError> {
    let wanted = text(asked, "KeyId").unwrap_or_default();
    match operation {
        "DescribeKey" => {
            let (place, key) = named(here, wanted)?;
            Ok(json!({ "KeyMetadata": {
                "AWSAccountId": here.account.id,
                "Arn": arn(here, place),
                "CustomerMasterKeySpec": key.spec,
                "Enabled": key.state == "Enabled",
                "KeyId": Key::id(place),
                "KeyManager": key.manager,
                "KeySpec": key.spec,
                "KeyState": key.state,
                "KeyUsage": "ENCRYPT_DECRYPT",
                "MultiRegion": false,
                "Origin": "AWS_KMS",
            } }))
        }
        // By id or ARN only: an alias names no policy and no grants.
        "GetKeyPolicy" | "ListGrants" if wanted.contains("alias/") => {
            Err(ServiceError::new(400, "NotFoundException", format!("Invalid keyId {wanted}")))
        }
        "GetKeyPolicy" => {
            let (_, key) = named(here, wanted)?;
            if text(asked, "PolicyName").unwrap_or("default") != "default" {
                return Err(ServiceError::new(400, "NotFoundException", "No such policy exists"));
            }
            Ok(json!({ "Policy": key.policy, "PolicyName": "default" }))
        }
        "ListGrants" => {
            let (_, key) = named(here, wanted)?;
            let (shown, next) = page(&key.grants, 2, text(asked, "Marker"), "ListGrants", "InvalidMarkerException")?;
            Ok(json!({ "Grants": shown, "Truncated": next.is_some(), "NextMarker": next }))
        }
        _ => Err(unknown(operation)),
    }
}

fn arn(here: &Here<'_>, place: usize) -> String {
    here.account.kms_arn(here.name, &format!("key/{}", Key::id(place)))
}

/// The key of an id, an alias, or the ARN of either; names alone are of this account and region.
fn named<'a>(here: &Here<'a>, wanted: &str) -> Result<(usize, &'a Key), ServiceError> {
    let missing = |message: String| ServiceError::new(400, "NotFoundException", message);
    let resource = match wanted.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "kms", region, _, _] if region != &here.name => {
            return Err(missing(format!("Invalid arn {region}")));
        }
        ["arn", _, "kms", _, owner, _] if owner != &here.account.id => {
            let message = "User is not authorized to perform: kms:DescribeKey on this resource";
            return Err(ServiceError::new(400, "AccessDeniedException", message));
        }
        ["arn", _, "kms", _, _, resource] => (*resource).to_owned(),
        _ => wanted.to_owned(),
    };
    let id = resource.strip_prefix("key/").unwrap_or(&resource);
    let mut keys = here.region.keys.iter().enumerate();
    let found = keys.find(|(place, key)| key.alias == resource || Key::id(*place) == id);
    found.ok_or_else(|| missing(format!("Key '{wanted}' does not exist")))
}
