//! Whose account this is. Roles are assumed in `credentials`, before there is anything to ask with.

use aws_config::Region;

use super::answers;
use super::caller::Caller;
use super::clients::Clients;
use super::error::{Call, Failure};
use crate::partition::Partition;

/// `sts:GetCallerIdentity`.
pub(super) async fn caller(clients: &Clients) -> Result<Caller, Failure> {
    let call = Call { operation: "sts:GetCallerIdentity", region: clients.region(), resource: None };
    let answer = clients.ask(call, clients.sts().get_caller_identity().send()).await?;
    let arn = call.must_say(answers::CALLER_ARN, answer.arn)?;
    let account_id = call.must_say(answers::CALLER_ACCOUNT, answer.account)?;
    let caller = Caller::parse(&arn).ok_or_else(|| call.bad_answer("the caller's ARN names no account"))?;
    Ok(Caller { account_id, arn: Some(arn), ..caller })
}

/// The first region of the partition, if the credentials are good there though the region asked for does not know them.
pub(super) async fn known_elsewhere(clients: &Clients) -> Option<String> {
    let elsewhere = Partition::of_region(clients.region()).main_region;
    if elsewhere == clients.region() {
        return None;
    }
    let call = Call { operation: "sts:GetCallerIdentity", region: elsewhere, resource: None };
    let config = aws_sdk_sts::config::Builder::from(clients.config()).region(Region::new(elsewhere));
    let asked = aws_sdk_sts::Client::from_conf(config.build()).get_caller_identity().send();
    clients.ask(call, asked).await.ok().map(|_| elsewhere.to_owned())
}
