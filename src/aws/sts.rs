//! Whose account this is.

use aws_config::Region;

use super::clients::Clients;
use super::error::{Call, Failure};
use crate::arn::Arn;

/// The account that the credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// 12 digits.
    pub(super) account_id: String,
    /// Of the caller's ARN.
    pub(super) partition: String,
}

impl Caller {
    /// The account and partition that an ARN is of, if it names an account.
    pub(super) fn of(arn: &str) -> Option<Self> {
        let arn = Arn::parse(arn)?;
        let is_account = arn.account.len() == 12 && arn.account.bytes().all(|byte| byte.is_ascii_digit());
        is_account.then(|| Self { account_id: arn.account.to_owned(), partition: arn.partition.to_owned() })
    }
}

/// `sts:GetCallerIdentity`.
pub(super) async fn caller(clients: &Clients) -> Result<Caller, Failure> {
    let call = Call { operation: "sts:GetCallerIdentity", region: clients.region(), resource: None };
    let answer = clients.sts().get_caller_identity().send().await.map_err(|error| call.failure(&error))?;
    let caller = answer.arn().and_then(Caller::of);
    let mut caller = caller.ok_or_else(|| call.bad_answer("the answer has no caller ARN with an account"))?;
    if let Some(account) = answer.account {
        caller.account_id = account;
    }
    Ok(caller)
}

/// The first region of the partition, if the credentials are good there though the region asked for does not know them.
pub(super) async fn known_elsewhere(clients: &Clients) -> Option<String> {
    let elsewhere = match clients.region() {
        region if region.starts_with("cn-") => "cn-north-1",
        region if region.starts_with("us-gov-") => "us-gov-west-1",
        _ => "us-east-1",
    };
    if elsewhere == clients.region() {
        return None;
    }
    let config = aws_sdk_sts::config::Builder::from(clients.config()).region(Region::new(elsewhere));
    let answer = aws_sdk_sts::Client::from_conf(config.build()).get_caller_identity().send().await;
    answer.is_ok().then(|| elsewhere.to_owned())
}
