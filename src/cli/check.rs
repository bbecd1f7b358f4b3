//! Options of `check`.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{ArgAction, Args, ValueHint};

use super::controls::ScopeArgs;
use super::frameworks::{GROUPED, with_names};
use super::output::{OutputArgs, Wanted, WantedParser};
use super::parsers::{account_id, region_name, tag};
use crate::report::Format;

/// Options of `check`.
#[derive(Debug, Args, Clone)]
pub struct CheckArgs {
    /// Terraform plans or states as JSON, templates as YAML or JSON, a cdk.out directory, or directories of these; `-` reads standard input
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The account that they will be deployed in
    #[arg(long, value_name = "ID", value_parser = account_id, help_heading = "Describe the deployment")]
    pub in_account: Option<String>,
    /// The region that they will be deployed in
    #[arg(long, value_name = "REGION", value_parser = region_name, help_heading = "Describe the deployment")]
    pub in_region: Option<String>,
    /// The value of a template's parameter; several may be given
    #[arg(long = "parameter", value_name = "KEY=VALUE", action = ArgAction::Append, value_parser = tag, help_heading = "Describe the deployment")]
    pub parameter: Vec<(String, String)>,
    /// Values of parameters, in either form that the AWS command line takes
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, action = ArgAction::Append, help_heading = "Describe the deployment")]
    pub parameters: Vec<PathBuf>,
    /// Check the declared resources together with those of a saved account
    #[arg(long, value_name = "SNAPSHOT", value_hint = ValueHint::FilePath, help_heading = "Describe the deployment")]
    pub over: Option<PathBuf>,
    /// Treat everything that is not declared as missing
    #[arg(long, conflicts_with = "over", help_heading = "Describe the deployment")]
    pub whole_account: bool,
    /// Where the .tf files of a plan are, for file and line and for what locals are
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Describe the deployment")]
    pub source: Option<PathBuf>,
    /// Exit with 0 if nothing that is declared belongs to a control
    #[arg(long, help_heading = "Accept what is known")]
    pub allow_none: bool,
    /// Which controls.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Also group the report by the requirements of this framework, with the source of each mapping.
    #[arg(long, value_name = "NAME", help = GROUPED, long_help = with_names(GROUPED), help_heading = "Choose controls")]
    pub framework: Option<String>,
    /// Apply the waivers in FILE until they expire
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Accept what is known")]
    pub waivers: Option<PathBuf>,
    /// Fail only on failures new since this JSON report of a check, and show what changed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Accept what is known")]
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
    /// As for an audit
    #[arg(long, env = "GITHUB_STEP_SUMMARY", value_name = "FILE", hide = true, value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub step_summary: Option<PathBuf>,
    /// Do not read the project file cis-audit.toml
    #[arg(long, help_heading = "Accept what is known")]
    pub no_config: bool,
    /// How it looks.
    #[command(flatten)]
    pub display: OutputArgs,
}
