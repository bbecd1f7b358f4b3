//! Options of an audit of many accounts, and of one that is a member of an organization.

use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, ValueHint};
use jiff::Timestamp;

use super::parsers::{account_id, concurrency};
use crate::organization::{Shard, is_role_name};

/// Which accounts, and how they are reached.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Audit many accounts", group(clap::ArgGroup::new("many").args(["org", "accounts"])))]
pub struct ManyArgs {
    /// Audit every active account of the organization
    #[arg(long, group = "role", requires = "role_name", conflicts_with_all = ["demo", "snapshot", "fix", "apply"])]
    pub org: bool,
    /// Audit the accounts in FILE: an id, role ARN or profile on each line, a name behind a comma; `-` reads standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, group = "role", conflicts_with_all = ["org", "demo", "snapshot", "fix", "apply"])]
    pub accounts: Option<PathBuf>,
    /// The role to assume in each account, with its path if it has one
    #[arg(long, value_name = "NAME", value_parser = role_name, requires = "many")]
    pub role_name: Option<String>,
    /// Only accounts under this organizational unit; several may be given
    #[arg(long, value_name = "ID", action = ArgAction::Append, requires = "org")]
    pub ou: Vec<String>,
    /// All but this account; several may be given
    #[arg(long, value_name = "ID", value_delimiter = ',', action = ArgAction::Append, value_parser = account_id, requires = "many")]
    pub skip_account: Vec<String>,
    /// Only the accounts of shard K of N, from 1/N to N/N: an account's shard depends only on its id and N
    #[arg(long, value_name = "K/N", requires = "many")]
    pub shard: Option<Shard>,
    /// Accounts that are audited at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = concurrency, requires = "many")]
    pub concurrency: u16,
    /// Print the accounts that would be audited, and audit none
    #[arg(long, requires = "many")]
    pub list: bool,
    /// Keep each account's result in DIR as it finishes, and the pages that an HTML report leads to
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "many", conflicts_with_all = ["resume", "list"])]
    pub out: Option<PathBuf>,
    /// Audit what is missing in DIR, was not audited, or is older than a day, and report all of it
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "many", conflicts_with = "list")]
    pub resume: Option<PathBuf>,
    /// Keep what was read of each account beside its result, readable by its owner only
    #[arg(long, requires = "many")]
    pub keep_snapshots: bool,
    /// When accounts are said to be read, where the run is a part of another.
    #[arg(skip)]
    pub at: Option<Timestamp>,
    /// The run is a part of another, which may try it again and then gets the same results.
    #[arg(skip)]
    pub is_part: bool,
    /// The management account, where the list does not say it.
    #[arg(skip)]
    pub management: Option<String>,
    /// What accounts share with others is read there though they are not listed: the list is a part of another.
    #[arg(skip)]
    pub follows: bool,
}

impl ManyArgs {
    /// Whether many accounts are asked for.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.org || self.accounts.is_some()
    }

    /// Where results are kept.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        self.out.as_deref().or(self.resume.as_deref())
    }
}

/// Where an organization's trail leads, for the audit of one of its members.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Choose the account")]
pub struct OwnerArgs {
    /// Saved account that owns the log group of the organization's trail; a member's events are followed there
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["owner_role_arn", "org", "accounts", "fix", "demo"])]
    pub owner_snapshot: Option<PathBuf>,
    /// Read that account live, with this role
    #[arg(long, value_name = "ARN", conflicts_with_all = ["org", "accounts", "fix", "demo"])]
    pub owner_role_arn: Option<String>,
}

fn role_name(text: &str) -> Result<String, String> {
    if is_role_name(text) {
        return Ok(text.to_owned());
    }
    Err(match text.split_once(":role/") {
        Some((_, name)) if is_role_name(name) => format!("must be the name of a role, not an ARN: {name}"),
        _ => {
            "must be the name of a role: at most 64 letters, digits and +=,.@-_, with its path before it if it has one"
                .to_owned()
        }
    })
}
