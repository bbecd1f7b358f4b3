//! Options of the commands that print what is built in: controls, codes and policies.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::controls::CatalogArgs;
use super::frameworks::with_names;
use super::output::OutputArgs;
use crate::partition;
use crate::report::ListFormat;

/// What `--framework` does here.
const SHOWN: &str = "Also show the mappings to this framework, with the source of each";

/// Options of `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Which controls.
    #[command(flatten)]
    pub catalog: CatalogArgs,
    /// Also show the mappings to this framework, with the source of each.
    #[arg(long, value_name = "NAME", help = SHOWN, long_help = with_names(SHOWN), help_heading = "Choose controls")]
    pub framework: Option<String>,
    /// Output format
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table, help_heading = "Choose the output")]
    pub format: ListFormat,
    /// How it looks.
    #[command(flatten)]
    pub display: OutputArgs,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The control, by id (3.4) or name (iam-policy-changes), or a reason code (trail.none), or the beginning of one
    #[arg(value_name = "CONTROL|CODE")]
    pub what: Option<String>,
    /// As for `rules`.
    #[command(flatten)]
    pub rules: RulesArgs,
}

/// Options of `policy`.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// Also allow what a fix writes and what undoing it removes
    #[arg(long)]
    pub fix: bool,
    /// Print a CloudFormation template of the role that an audit of many accounts assumes
    #[arg(long, conflicts_with = "fix")]
    pub org: bool,
    /// Prefix of the names of new resources, as given to the fix
    #[arg(long, value_name = "PREFIX", requires = "fix", default_value = "cis-audit")]
    pub name_prefix: String,
    /// Log group for a trail that has none, as given to the fix
    #[arg(long, value_name = "NAME", requires = "fix")]
    pub log_group: Option<String>,
    /// The AWS partition of the account
    #[arg(long, requires = "fix", default_value = "aws", value_parser = PossibleValuesParser::new(partition::names()))]
    pub partition: String,
}
