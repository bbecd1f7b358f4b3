//! Options of the commands that save an account, and that compare or combine saved reports.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{ArgAction, ArgGroup, Args, ValueHint};

use super::account::{AwsArgs, ReadArgs, several_regions};
use super::controls::CatalogArgs;
use super::fix::NewArgs;
use super::output::{OutputArgs, Wanted, WantedParser};
use crate::report::{Format, ListFormat};

/// Options of `snapshot`.
#[derive(Debug, Args)]
#[command(mut_group("new", |group| group.requires("for_fix")), mut_arg("region", several_regions))]
pub struct SnapshotArgs {
    /// Write to FILE, readable by its owner only, instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Mask subscribers' addresses and the caller's name
    #[arg(long)]
    pub redact: bool,
    /// Also read what a fix needs to know, so that `--snapshot FILE --fix --dry-run` makes the same plan as the account
    #[arg(long, conflicts_with = "redact", help_heading = "Fix what fails")]
    pub for_fix: bool,
    /// As it will be given to the fix: it decides which names are asked for.
    #[command(flatten, next_help_heading = "Fix what fails")]
    pub new: NewArgs,
    /// As it will be given to the fix; what it needs is read anyway
    #[arg(long, requires = "for_fix", hide = true)]
    pub allow_update: bool,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// How much is read.
    #[command(flatten)]
    pub read: ReadArgs,
}

/// Options of `diff`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("other").required(true).args(["new", "snapshot"])))]
pub struct DiffArgs {
    /// The earlier report, of `cis-audit -f json`; `-` reads standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub old: PathBuf,
    /// The later report
    #[arg(value_hint = ValueHint::FilePath)]
    pub new: Option<PathBuf>,
    /// Instead of a later report: judge the report's own snapshot again and compare the results
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Judge again")]
    pub snapshot: Option<PathBuf>,
    /// The snapshot of an account into which events were followed; repeat for several
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, action = ArgAction::Append, requires = "snapshot", conflicts_with = "new", help_heading = "Judge again")]
    pub owner_snapshot: Vec<PathBuf>,
    /// Use the rule files in this directory instead of the built-in ones, as for the audit
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "snapshot", conflicts_with = "new", help_heading = "Judge again")]
    pub rules: Option<PathBuf>,
    /// Use the rule files in this directory in addition to the built-in ones, as for the audit
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, action = ArgAction::Append, conflicts_with_all = ["rules", "new"], requires = "snapshot", help_heading = "Judge again")]
    pub add_rules: Vec<PathBuf>,
    /// Output format
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table, help_heading = "Choose the output")]
    pub format: ListFormat,
    /// How it looks.
    #[command(flatten)]
    pub display: OutputArgs,
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
    /// Fail only on failures new since this JSON report, and show what changed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Accept what is known")]
    pub baseline: Option<PathBuf>,
    /// Output format, with `=FILE` into a file; several make several reports [default: table]
    #[arg(long, short, value_name = "FORMAT[=FILE]", value_parser = WantedParser(&Format::ALL), action = ArgAction::Append, help_heading = "Choose the output")]
    pub format: Vec<Wanted>,
    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Choose the output")]
    pub output: Option<PathBuf>,
    /// Exit 0 whatever the verdicts are
    #[arg(long, help_heading = "Accept what is known")]
    pub exit_zero: bool,
    /// As for an audit
    #[arg(long, env = "GITHUB_STEP_SUMMARY", value_name = "FILE", hide = true, value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub step_summary: Option<PathBuf>,
    /// How it looks.
    #[command(flatten)]
    pub display: OutputArgs,
}
