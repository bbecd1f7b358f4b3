//! Options of the audit of one account or of many.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{ArgAction, Args, ValueHint};

use super::account::{AwsArgs, ReadArgs, several_regions};
use super::controls::ScopeArgs;
use super::fix::FixArgs;
use super::frameworks::{GROUPED, with_names};
use super::many::{ManyArgs, OwnerArgs};
use super::output::{OutputArgs, Wanted, WantedParser};
use crate::finding::Project;
use crate::report::Format;

/// Options of the audit.
#[derive(Debug, Args)]
#[command(mut_arg("region", several_regions))]
pub struct AuditArgs {
    /// Audit a small built-in account: no AWS, no network
    #[arg(long, conflicts_with = "snapshot", help_heading = "Choose the account")]
    pub demo: bool,
    /// Audit a saved account; `-` reads standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Choose the account")]
    pub snapshot: Option<PathBuf>,
    /// Save the audited account to FILE, readable by its owner only, for `--snapshot` and `cis-audit diff REPORT --snapshot`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["fix", "org", "accounts", "owner_role_arn"], help_heading = "Keep evidence")]
    pub save_snapshot: Option<PathBuf>,
    /// With --save-snapshot: mask subscribers' addresses and the caller's name, and audit the masked copy
    #[arg(long, requires = "save_snapshot", conflicts_with = "show_endpoints", help_heading = "Keep evidence")]
    pub redact: bool,
    /// Whose account the trail's log group is.
    #[command(flatten)]
    pub owner: OwnerArgs,
    /// Many accounts in one run.
    #[command(flatten)]
    pub many: ManyArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// How much is read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which controls.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Also group the report by the requirements of this framework, with the source of each mapping.
    #[arg(long, value_name = "NAME", help = GROUPED, long_help = with_names(GROUPED), help_heading = "Choose controls")]
    pub framework: Option<String>,
    /// Apply the waivers in FILE until they expire
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Accept what is known")]
    pub waivers: Option<PathBuf>,
    /// Fail only on failures new since this JSON report, and show what changed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "fix", help_heading = "Accept what is known")]
    pub baseline: Option<PathBuf>,
    /// Output format; `=FILE` writes it to a file; repeat for several reports [default: table]
    #[arg(long, short, value_name = "FORMAT[=FILE]", value_parser = WantedParser(&Format::ALL), action = ArgAction::Append, help_heading = "Choose the output")]
    pub format: Vec<Wanted>,
    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Choose the output")]
    pub output: Option<PathBuf>,
    /// Show subscribers' addresses and the caller's name in full
    #[arg(long, help_heading = "Choose the output")]
    pub show_endpoints: bool,
    /// Results are shown that were saved, in which addresses are masked or not.
    #[arg(skip)]
    pub is_of_saved_results: bool,
    /// Exit 0 whatever the verdicts are, and 2 only where the audit could not be done
    #[arg(long, conflicts_with = "fix", help_heading = "Accept what is known")]
    pub exit_zero: bool,
    /// The file to which GitHub Actions wants a summary of the job appended. The runner sets it, people need not
    #[arg(long, env = "GITHUB_STEP_SUMMARY", value_name = "FILE", hide = true, value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub step_summary: Option<PathBuf>,
    /// Do not read the project file cis-audit.toml
    #[arg(long, help_heading = "Accept what is known")]
    pub no_config: bool,
    /// What the project file sets.
    #[arg(skip)]
    pub project: Option<Project>,
    /// What to do about what fails.
    #[command(flatten)]
    pub fix: FixArgs,
    /// How it looks.
    #[command(flatten)]
    pub display: OutputArgs,
}
