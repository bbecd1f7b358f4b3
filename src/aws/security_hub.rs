//! Security Hub: whether it is enabled.

use serde_json::Value;

use super::clients::Clients;
use super::error::{Call, Failure};
use super::signed::{self, Service};
use crate::partition::host::Hosts;
use crate::snapshot::SecurityHub;

const SERVICE: Service = Service { id: "SecurityHub", version: "2018-10-26", hosts: Hosts::SECURITY_HUB };

/// `securityhub:DescribeHub` of a region.
pub(super) async fn hub(clients: &Clients, region: &str) -> Result<SecurityHub, Failure> {
    let call = Call { operation: "securityhub:DescribeHub", region, resource: None };
    match signed::get(clients.config(), SERVICE, region, "DescribeHub", "/accounts").await {
        Ok(answer) => {
            let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
            let hub_arn = text("HubArn").ok_or_else(|| call.bad_answer("the answer has no HubArn"))?;
            let subscribed_at = text("SubscribedAt");
            Ok(SecurityHub { region: region.to_owned(), enabled: true, hub_arn: Some(hub_arn), subscribed_at })
        }
        Err(error) => {
            let refusal = error.as_service_error();
            if refusal.is_some_and(|refusal| says_not_enabled(refusal.code(), refusal.message())) {
                return Ok(SecurityHub {
                    region: region.to_owned(),
                    enabled: false,
                    hub_arn: None,
                    subscribed_at: None,
                });
            }
            Err(call.failure(&error))
        }
    }
}

/// Whether a refusal means that the account has not enabled Security Hub. `InvalidAccessException` has other meanings
/// too, which its words tell apart: "Account 111122223333 is not subscribed to AWS Security Hub".
fn says_not_enabled(code: Option<&str>, message: Option<&str>) -> bool {
    match code {
        Some("InvalidAccessException") => message.is_some_and(|message| message.contains("not subscribed")),
        Some("ResourceNotFoundException") => true,
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_refusals_say_that_it_is_not_enabled() {
        let not_subscribed = Some("Account 111122223333 is not subscribed to AWS Security Hub");
        assert!(says_not_enabled(Some("InvalidAccessException"), not_subscribed));
        assert!(says_not_enabled(Some("ResourceNotFoundException"), None));
        for (code, message) in [
            ("InvalidAccessException", Some("Account 111122223333 is not an administrator for this organization")),
            ("InvalidAccessException", None),
            ("AccessDeniedException", not_subscribed),
            ("InternalException", None),
        ] {
            assert!(!says_not_enabled(Some(code), message), "{code}: {message:?}");
        }
        assert!(!says_not_enabled(None, not_subscribed));
    }
}
