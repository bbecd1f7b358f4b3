//! Who looks, writes and removes for `apply` and `undo`: an account of AWS, or one in a test's memory.

use jiff::Timestamp;

use super::apply::ApplyError;
use super::journal::Attempt;
use super::plan::Action;
use crate::aws::provision::{self, Account, Hand, Removed, Standing, Stopped, Trace};
use crate::aws::{Clients, Window};

/// What can be done about one step.
pub(super) trait Hands {
    /// What time it is, by the services' clock.
    fn now(&self) -> Timestamp;
    /// Looks at what stands under its name.
    async fn look(&self, action: &Action) -> Result<Standing, Stopped>;
    /// Makes the calls that are left.
    async fn write(&self, action: &Action, standing: &Standing, hand: &mut Hand<'_>) -> Result<(), Stopped>;
    /// Looks at what stands of what these calls created.
    async fn trace(&self, action: &Action, attempts: &[Attempt]) -> Result<Trace, Stopped>;
    /// Removes what these calls created.
    async fn remove(&self, action: &Action, attempts: &[Attempt], hand: &mut Hand<'_>) -> Result<Removed, Stopped>;
}

/// An account of AWS.
pub(super) struct Live<'a> {
    clients: &'a Clients,
    account: Account,
    _bounds: Window<'a>,
}

impl<'a> Live<'a> {
    /// The account of the credentials, if it is this one.
    pub(super) async fn of(clients: &'a Clients, account_id: &str, partition: &str) -> Result<Self, ApplyError> {
        let bounds = clients.bounds().changes();
        let account = Account::of_caller(clients).await.map_err(|stopped| ApplyError::NoIdentity(stopped.reason))?;
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

impl Hands for Live<'_> {
    fn now(&self) -> Timestamp {
        self.clients.now()
    }

    async fn look(&self, action: &Action) -> Result<Standing, Stopped> {
        provision::look(self.clients, &self.account, action).await
    }

    async fn write(&self, action: &Action, standing: &Standing, hand: &mut Hand<'_>) -> Result<(), Stopped> {
        provision::write(self.clients, &self.account, action, standing, hand).await
    }

    async fn trace(&self, action: &Action, attempts: &[Attempt]) -> Result<Trace, Stopped> {
        provision::trace(self.clients, &self.account, action, attempts).await
    }

    async fn remove(&self, action: &Action, attempts: &[Attempt], hand: &mut Hand<'_>) -> Result<Removed, Stopped> {
        provision::remove(self.clients, &self.account, action, attempts, hand).await
    }
}
