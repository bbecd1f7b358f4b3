//! Security Hub CSPM: whether it is enabled. What it finds in the account is not read.

use serde_json::Value;

use super::answers;
use super::clients::Clients;
use super::error::{Call, Failure};
use super::signed::{self, Service};
use crate::partition::host::Hosts;
use crate::snapshot::SecurityHub;

const SERVICE: Service = Service { id: "SecurityHub", version: "2018-10-26", hosts: Hosts::SECURITY_HUB };

/// `securityhub:DescribeHub` of a region.
pub(super) async fn hub(clients: &Clients, region: &str) -> Result<SecurityHub, Failure> {
    let call = Call { operation: "securityhub:DescribeHub", region, resource: None };
    let mut is_enabled = true;
    let asked = signed::get(clients.config(), SERVICE, region, "DescribeHub", "/accounts");
    let answer = clients.ask(call, async {
        let answer = asked.await;
        let refusal = answer.as_ref().err().and_then(|error| error.as_service_error());
        if refusal.is_some_and(|refusal| says_not_enabled(refusal.code(), refusal.message())) {
            is_enabled = false;
            return Ok(Value::Null);
        }
        answer
    });
    let answer = answer.await?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    let hub_arn = if is_enabled { Some(call.must_say(answers::HUB_ARN, text("HubArn"))?) } else { None };
    Ok(SecurityHub { region: region.to_owned(), enabled: is_enabled, hub_arn, subscribed_at: text("SubscribedAt") })
}

/// Whether a refusal means that the account has not enabled Security Hub CSPM. `InvalidAccessException` has other
/// meanings too, which its words distinguish: "Account 111122223333 is not subscribed to AWS Security Hub CSPM".
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
        let not_subscribed = Some("Account 111122223333 is not subscribed to AWS Security Hub CSPM");
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
