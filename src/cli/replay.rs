//! Options of `replay`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueHint};

use super::account::{AwsArgs, ReadArgs};
use super::controls::ScopeArgs;
use super::many::OwnerArgs;
use super::output::{OutputArgs, Wanted, WantedParser};
use super::parsers::delay;
use crate::report::Format;

/// Options of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Files of events in any supported form, or directories of these; `-` reads standard input
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    pub files: Vec<PathBuf>,
    /// Replay in a small built-in account: no AWS, no network
    #[arg(long, conflicts_with = "snapshot", help_heading = "Choose the account")]
    pub demo: bool,
    /// Replay in a saved account
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Choose the account")]
    pub snapshot: Option<PathBuf>,
    /// Replay in the account as --fix would leave it, with its new subscription confirmed
    #[arg(long, help_heading = "Choose the account")]
    pub proposed: bool,
    /// Saved account that owns the log group of the organization's trail; a member's events are followed there
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["owner_role_arn", "demo", "proposed"], help_heading = "Choose the account")]
    pub owner_snapshot: Option<PathBuf>,
    /// The same, read with this role of the owner's account
    #[arg(long, value_name = "ARN", conflicts_with_all = ["demo", "proposed"], help_heading = "Choose the account")]
    pub owner_role_arn: Option<String>,
    /// How long after an event it is delivered to the log group, such as 90s or 15m
    #[arg(long, value_name = "TIME", value_parser = delay, allow_hyphen_values = true, default_value = "0s", help_heading = "Choose the account")]
    pub delay: Duration,
    /// Output format; `=FILE` writes it to a file; repeat for several [default: table]
    #[arg(long, short, value_name = "FORMAT[=FILE]", value_parser = WantedParser(&REPLAY_FORMATS), action = ArgAction::Append, help_heading = "Choose the output")]
    pub format: Vec<Wanted>,
    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Choose the output")]
    pub output: Option<PathBuf>,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// How much is read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which controls.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// How it looks.
    #[command(flatten)]
    pub display: OutputArgs,
}

/// What a replay is written as.
const REPLAY_FORMATS: [Format; 3] = [Format::Table, Format::Json, Format::Html];

impl ReplayArgs {
    /// Whether the account is one that was read before.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.demo || self.snapshot.is_some()
    }

    /// Whose account the trail's log group is.
    #[must_use]
    pub fn owner(&self) -> OwnerArgs {
        OwnerArgs { owner_snapshot: self.owner_snapshot.clone(), owner_role_arn: self.owner_role_arn.clone() }
    }
}
