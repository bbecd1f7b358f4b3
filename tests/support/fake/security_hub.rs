//! Security Hub: the one operation that is asked for.

use serde_json::{Value, json};

use super::super::wire::ServiceError;
use super::{Here, unknown};

pub(super) fn answer(here: &Here<'_>, operation: &str) -> Result<Value, ServiceError> {
    if operation != "DescribeHub" {
        return Err(unknown(operation));
    }
    let id = &here.account.id;
    if !here.region.security_hub {
        let message = format!("Account {id} is not subscribed to AWS Security Hub");
        return Err(ServiceError::new(401, "InvalidAccessException", message));
    }
    Ok(json!({
        "HubArn": format!("arn:{}:securityhub:{}:{id}:hub/default", here.account.partition, here.name),
        "SubscribedAt": "2025-06-01T08:30:00.000Z",
        "AutoEnableControls": true,
        "ControlFindingGenerator": "SECURITY_CONTROL",
    }))
}
