//! An account of AWS, as a plan is applied to it and undone: the one that the plan names, and no other.

use jiff::Timestamp;

use super::account::Account;
use super::{inspect, remove, trace, write};
use crate::aws::bounds::Window;
use crate::aws::clients::Clients;
use crate::fix::execute::{ApplyError, Provider, Removed, ResourceState, StepError, StepRunner, Trace};
use crate::fix::journal::Attempt;
use crate::fix::plan::Action;

/// An account of AWS.
pub(crate) struct AwsProvider<'a> {
    clients: &'a Clients,
    account: Account,
    _bounds: Window<'a>,
}

impl<'a> AwsProvider<'a> {
    /// The account of the credentials, if it is this one.
    ///
    /// # Errors
    /// See [`ApplyError`]: it is not, or whose it is could not be found out.
    pub(crate) async fn connect(clients: &'a Clients, account_id: &str, partition: &str) -> Result<Self, ApplyError> {
        let bounds = clients.bounds().changes();
        let account = Account::of_caller(clients).await.map_err(|error| ApplyError::NoIdentity(error.reason))?;
        if account.id == account_id && account.partition == partition {
            return Ok(Self { clients, account, _bounds: bounds });
        }
        Err(ApplyError::OtherAccount {
            wanted: account_id.to_owned(),
            wanted_partition: partition.to_owned(),
            found: account.id,
            found_partition: account.partition,
        })
    }
}

impl Provider for AwsProvider<'_> {
    fn now(&self) -> Timestamp {
        self.clients.now()
    }

    async fn inspect(&self, action: &Action) -> Result<ResourceState, StepError> {
        inspect(self.clients, &self.account, action).await
    }

    async fn write(
        &self,
        action: &Action,
        state: &ResourceState,
        runner: &mut StepRunner<'_>,
    ) -> Result<(), StepError> {
        write(self.clients, &self.account, action, state, runner).await
    }

    async fn trace(&self, action: &Action, attempts: &[Attempt]) -> Result<Trace, StepError> {
        trace(self.clients, &self.account, action, attempts).await
    }

    async fn remove(
        &self,
        action: &Action,
        attempts: &[Attempt],
        runner: &mut StepRunner<'_>,
    ) -> Result<Removed, StepError> {
        remove(self.clients, &self.account, action, attempts, runner).await
    }
}
