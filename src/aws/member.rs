//! How each of many accounts is reached: by a role that the caller assumes there, by a profile, or by the caller's own
//! credentials. All over the connections of the caller; nothing else is shared.

use std::time::Duration;

use tokio::time::timeout;

use super::access::{Access, AccessError};
use super::caller::Caller;
use super::clients::Clients;
use super::credentials;
use super::error::{Failure, Trouble};
use super::fatal::CollectError;
use super::sts;
use crate::organization;

/// The caller, and what other accounts are reached from.
#[derive(Debug)]
pub struct Members<'a> {
    clients: &'a Clients,
    access: &'a Access,
    /// Signs with the caller's credentials, and keeps them.
    sts: aws_sdk_sts::Client,
    caller: Caller,
    external_id: Option<String>,
}

/// Why an account cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreached {
    /// Its credentials were refused.
    Denied(String),
    /// Anything else.
    Failed(String),
}

impl<'a> Members<'a> {
    /// Finds out who calls. `external_id`: what the roles ask for.
    ///
    /// # Errors
    /// The credentials are refused, or STS does not answer.
    pub async fn identify(
        clients: &'a Clients,
        access: &'a Access,
        external_id: Option<&str>,
    ) -> Result<Self, CollectError> {
        let caller =
            sts::caller(clients).await.map_err(|failure| CollectError::from_failure(failure, clients.origin()))?;
        let external_id = external_id.map(str::to_owned);
        Ok(Self { clients, access, sts: clients.sts(), caller, external_id })
    }

    /// The caller's account, 12 digits.
    #[must_use]
    pub fn account_id(&self) -> &str {
        &self.caller.account_id
    }

    /// The caller's partition.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.caller.partition
    }

    /// Clients of an account, and its number.
    ///
    /// # Errors
    /// No credentials for it are to be had, or not within the time that its reading may take.
    pub async fn open(&self, access: &organization::Access) -> Result<(String, Clients), Unreached> {
        let deadline = self.clients.bounds().deadline();
        let opened = timeout(deadline, self.opened(access)).await;
        opened.unwrap_or_else(|_| Err(Unreached::Failed(late(deadline))))
    }

    async fn opened(&self, access: &organization::Access) -> Result<(String, Clients), Unreached> {
        match access {
            organization::Access::Own => {
                let clients = self.clients.of_member(None, self.caller.clone());
                Ok((self.caller.account_id.clone(), clients))
            }
            organization::Access::Role(arn) => {
                let Some(role) = Caller::parse(arn) else {
                    return Err(Unreached::Failed(format!("{arn} is not the ARN of a role")));
                };
                let caller = Caller { arn: Some(arn.clone()), ..role };
                let role = (arn.as_str(), self.external_id.as_deref());
                let (origin, patience) = (self.clients.origin(), self.access.timeout);
                let region = self.clients.region();
                let credentials = credentials::assume(origin, &self.sts, region, role, patience).await;
                let credentials = credentials.map_err(|refused| {
                    let message = refused.error.to_string();
                    if refused.is_denied { Unreached::Denied(message) } else { Unreached::Failed(message) }
                })?;
                let id = caller.account_id.clone();
                Ok((id, self.clients.of_member(Some(credentials), caller)))
            }
            organization::Access::Profile(profile) => {
                let clients = self.clients.of_profile(self.access, profile).await.map_err(of_access)?;
                let caller = sts::caller(&clients).await.map_err(of_failure)?;
                let id = caller.account_id.clone();
                Ok((id, clients.of_member(None, caller)))
            }
            organization::Access::Nothing => Err(Unreached::Failed("it is not to be audited".to_owned())),
        }
    }
}

fn late(deadline: Duration) -> String {
    format!("no credentials within the {} s that --deadline gives the account", deadline.as_secs_f64())
}

fn of_access(error: AccessError) -> Unreached {
    Unreached::Failed(error.to_string())
}

fn of_failure(failure: Failure) -> Unreached {
    let message = failure.words();
    if failure.is_denied() || failure.trouble == Trouble::Credentials {
        Unreached::Denied(message)
    } else {
        Unreached::Failed(message)
    }
}
