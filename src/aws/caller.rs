//! Whose account some credentials belong to: what STS says, or the ARN of a role.

use crate::arn::{Arn, is_account_id};

/// The account that the credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// 12 digits.
    pub(super) account_id: String,
    /// Of the caller's ARN.
    pub(super) partition: String,
    /// The caller's ARN, or that of the role that it assumed. `None`: only some ARN of the account is known.
    pub(super) arn: Option<String>,
}

impl Caller {
    /// The account and partition that an ARN is of, if it names an account.
    pub(super) fn parse(arn: &str) -> Option<Self> {
        let arn = Arn::parse(arn)?;
        is_account_id(arn.account).then(|| Self {
            account_id: arn.account.to_owned(),
            partition: arn.partition.to_owned(),
            arn: None,
        })
    }
}
