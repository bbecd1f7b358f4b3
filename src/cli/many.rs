//! Options of an audit of many accounts, and of what is made of saved results.

use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{ArgAction, Args, ValueHint};

use super::{CatalogArgs, LookArgs, Wanted, WantedParser, account_id};

/// Which accounts, and how they are reached.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Many accounts", group(clap::ArgGroup::new("many").args(["org", "accounts"])))]
pub struct ManyArgs {
    /// Audit every active account of the organization
    #[arg(long, group = "role", requires = "role_name", conflicts_with_all = ["demo", "snapshot", "fix", "apply"])]
    pub org: bool,
    /// Audit the accounts in FILE: an id, role ARN or profile on each line, a name behind a comma; `-` reads standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, group = "role", conflicts_with_all = ["org", "demo", "snapshot", "fix", "apply"])]
    pub accounts: Option<PathBuf>,
    /// The role to assume in each account, with its path if it has one
    #[arg(long, value_name = "NAME", requires = "many")]
    pub role_name: Option<String>,
    /// Only accounts under this organizational unit; several may be given
    #[arg(long, value_name = "ID", action = ArgAction::Append, requires = "org")]
    pub ou: Vec<String>,
    /// All but this account; several may be given
    #[arg(long, value_name = "ID", value_delimiter = ',', action = ArgAction::Append, value_parser = account_id, requires = "many")]
    pub skip_account: Vec<String>,
    /// Accounts that are audited at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256), requires = "many")]
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
#[command(next_help_heading = "Account")]
pub struct OwnerArgs {
    /// The saved account that owns the organization's trail's log group: a member's events are followed into it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["owner_role_arn", "org", "accounts", "fix", "demo"])]
    pub owner_snapshot: Option<PathBuf>,
    /// The same, read with this role of the owner's account
    #[arg(long, value_name = "ARN", conflicts_with_all = ["org", "accounts", "fix", "demo"])]
    pub owner_role_arn: Option<String>,
}

/// Options of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// JSON reports, or directories of results (--out)
    #[arg(value_name = "REPORT|DIR", required = true, value_hint = ValueHint::AnyPath)]
    pub results: Vec<PathBuf>,
    /// The accounts that must be among them, as for --accounts
    #[arg(long, value_name = "LIST", value_hint = ValueHint::FilePath)]
    pub expect: Option<PathBuf>,
    /// Where rules come from that are not built in, as for the audits; the version is that of the reports.
    #[command(flatten)]
    pub catalog: CatalogArgs,
    /// Fail only on failures that are new since this JSON report, and show what changed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Controls")]
    pub baseline: Option<PathBuf>,
    /// Output format, with `=FILE` into a file; several make several reports [default: table]
    #[arg(long, short, value_name = "FORMAT[=FILE]", value_parser = WantedParser, action = ArgAction::Append, help_heading = "Output")]
    pub format: Vec<Wanted>,
    /// Write the report to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Exit 0 whatever the verdicts are
    #[arg(long, help_heading = "Output")]
    pub exit_zero: bool,
    /// As for an audit
    #[arg(long, env = "GITHUB_STEP_SUMMARY", value_name = "FILE", hide = true, value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub step_summary: Option<PathBuf>,
    /// How it looks.
    #[command(flatten)]
    pub look: LookArgs,
}
