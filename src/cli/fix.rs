//! Options of a fix, of what it creates, and of `undo`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueHint};

use super::account::{AwsArgs, one_region};
use super::output::OutputArgs;
use super::parsers::{endpoint, patience, period, tag};
use crate::fix::plan::Endpoint;
use crate::report::ListFormat;

/// What to do about what fails.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fix what fails", mut_group("new", |group| group.requires("fix")))]
pub struct FixArgs {
    /// Create what is missing, after showing a plan and asking; then audit again
    #[arg(long)]
    pub fix: bool,
    /// Only show the plan; exit code 0: nothing to do, 1: something to do, or a failure that cannot be planned for
    #[arg(long, requires = "fix", conflicts_with = "yes")]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, requires = "fix")]
    pub yes: bool,
    /// What new resources are like.
    #[command(flatten)]
    pub new: NewArgs,
    /// Let the plan change existing trails
    #[arg(long, requires = "fix")]
    pub allow_update: bool,
    /// Exclude from new metric filters the events that a waiver accepts
    #[arg(long, requires_all = ["fix", "waivers"])]
    pub with_exceptions: bool,
    /// Save the plan to FILE (addresses in full, readable by its owner only) and print its fingerprint
    #[arg(long, value_name = "FILE", requires = "fix", value_hint = ValueHint::FilePath)]
    pub plan_out: Option<PathBuf>,
    /// Apply a saved plan if the same plan would be made now; with --dry-run, only compare; `-` reads standard input
    #[arg(long, value_name = "FILE", requires = "fix", value_hint = ValueHint::FilePath, conflicts_with_all = ["only", "exclude", "level", "only_level", "verdict", "benchmark", "subscribe", "topic", "log_group", "name_prefix", "namespace", "alarm_period", "topic_kms_key", "tags", "allow_update", "with_exceptions", "plan_out"])]
    pub apply: Option<PathBuf>,
    /// Write the journal, which `cis-audit undo` reads, to FILE instead of a new file in the state directory
    #[arg(long, value_name = "FILE", requires = "fix", value_hint = ValueHint::FilePath)]
    pub journal: Option<PathBuf>,
    /// Wait up to this long for subscriptions to be confirmed (90s, 15m, 2h)
    #[arg(long, value_name = "TIME", requires = "fix", value_parser = patience)]
    pub wait: Option<Duration>,
}

/// What new resources are like: of a fix, or of the template of one.
#[derive(Debug, Args)]
#[group(id = "new")]
pub struct NewArgs {
    /// Who to notify: email:ADDRESS, https://…, sms:NUMBER, or the ARN of an SQS queue or Lambda function
    #[arg(long, value_name = "ENDPOINT", action = ArgAction::Append, value_parser = endpoint)]
    pub subscribe: Vec<Endpoint>,
    /// SNS topic for new alarms (default: a suitable existing one, else a new one); created if it does not exist
    #[arg(long, value_name = "ARN")]
    pub topic: Option<String>,
    /// Log group for a trail that has none; created if it does not exist
    #[arg(long, value_name = "NAME")]
    pub log_group: Option<String>,
    /// Prefix of the names of new resources
    #[arg(long, value_name = "PREFIX", default_value = "cis-audit")]
    pub name_prefix: String,
    /// Namespace of new metrics; for controls that are not in the benchmark, the default is `SecurityControls`
    #[arg(long, value_name = "NAME", default_value = "CISBenchmark")]
    pub namespace: String,
    /// Period of new alarms
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = period)]
    pub alarm_period: i32,
    /// KMS key that encrypts a new topic; its policy must let CloudWatch use it
    #[arg(long, value_name = "KEY")]
    pub topic_kms_key: Option<String>,
    /// Tag for everything that is created
    #[arg(long = "tag", value_name = "KEY=VALUE", action = ArgAction::Append, value_parser = tag)]
    pub tags: Vec<(String, String)>,
}

/// Options of `undo`.
#[derive(Debug, Args)]
#[command(mut_arg("region", one_region))]
pub struct UndoArgs {
    /// The journal of the fix; if left out, the existing journals are listed
    #[arg(value_hint = ValueHint::FilePath)]
    pub journal: Option<PathBuf>,
    /// Only show what would be removed; exit code 0: nothing, 1: something
    #[arg(long, requires = "journal", conflicts_with = "yes")]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, requires = "journal")]
    pub yes: bool,
    /// Output format of the list
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table, conflicts_with = "journal", help_heading = "Choose the output")]
    pub format: ListFormat,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// How it looks.
    #[command(flatten)]
    pub display: OutputArgs,
}
