//! Whose account is written to, as every address that is made up needs it. Whether it is the right one is for `live`.

use crate::aws::clients::Clients;
use crate::aws::sts;
use crate::fix::execute::StepError;

/// Whose account is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// 12 digits.
    pub(crate) id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub(crate) partition: String,
}

impl Account {
    /// The account of the credentials.
    pub(crate) async fn of_caller(clients: &Clients) -> Result<Self, StepError> {
        let caller = sts::caller(clients).await?;
        Ok(Self { id: caller.account_id, partition: caller.partition })
    }
}
