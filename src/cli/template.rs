//! Options of `template`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::account::{AwsArgs, ReadArgs, one_region};
use super::controls::ScopeArgs;
use super::fix::NewArgs;
use super::parsers::{account_id, region_name};
use crate::template::Language;

/// Options of `template`.
#[derive(Debug, Args)]
#[command(mut_arg("region", one_region))]
pub struct TemplateArgs {
    /// What it is written in
    #[arg(value_enum, value_name = "cloudformation|terraform")]
    pub language: Language,
    /// Write what the account lacks (the default)
    #[arg(long, conflicts_with = "all")]
    pub missing: bool,
    /// Write the whole chain, for an account that has none of it; no account is read
    #[arg(long, conflicts_with_all = ["demo", "snapshot"])]
    pub all: bool,
    /// Write a template that audits the organization on a schedule: AWS Step Functions and Lambda; no account is read
    #[arg(long, conflicts_with_all = ["missing", "all", "demo", "snapshot", "waivers", "new", "only", "exclude", "level"])]
    pub org: bool,
    /// Write the template to FILE, readable by its owner only, instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Choose the output")]
    pub output: Option<PathBuf>,
    /// Use a small built-in account: no AWS, no network
    #[arg(long, conflicts_with = "snapshot", help_heading = "Choose the account")]
    pub demo: bool,
    /// Use a saved account; `-` reads standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Choose the account")]
    pub snapshot: Option<PathBuf>,
    /// Use the waivers in FILE for --with-exceptions
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "with_exceptions")]
    pub waivers: Option<PathBuf>,
    /// Exclude from the metric filters the events that a waiver accepts
    #[arg(long, requires = "waivers")]
    pub with_exceptions: bool,
    /// Include the exceptions of this account, with --all: the template is then for it alone
    #[arg(long, value_name = "ACCOUNT", requires_all = ["all", "with_exceptions"], value_parser = account_id)]
    pub in_account: Option<String>,
    /// Include the exceptions of this region, with --all: the template is then for it alone
    #[arg(long, value_name = "REGION", requires_all = ["all", "with_exceptions"], value_parser = region_name)]
    pub in_region: Option<String>,
    /// What new resources are like.
    #[command(flatten, next_help_heading = "Describe new resources")]
    pub new: NewArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// How much is read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which controls.
    #[command(flatten)]
    pub scope: ScopeArgs,
}
