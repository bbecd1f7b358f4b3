//! Options of `replay`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueHint};

use super::{AwsArgs, OutputArgs, ReadArgs, ScopeArgs, Wanted, WantedParser};

/// Options of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Files of events in any form that people have them in, or directories of these; `-` reads standard input
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    pub files: Vec<PathBuf>,
    /// Replay in a small built-in account: no AWS, no network
    #[arg(long, conflicts_with = "snapshot", help_heading = "Account")]
    pub demo: bool,
    /// Replay in a saved account
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Account")]
    pub snapshot: Option<PathBuf>,
    /// Replay in the account as --fix would leave it, with its new subscription confirmed
    #[arg(long, help_heading = "Account")]
    pub proposed: bool,
    /// How long after an event it is delivered to the log group (90s, 15m)
    #[arg(long, value_name = "TIME", value_parser = delay, default_value = "0s", help_heading = "Account")]
    pub delay: Duration,
    /// Output format: table, json or html; `=FILE` writes it to a file; repeat for several [default: table]
    #[arg(long, short, value_name = "FORMAT[=FILE]", value_parser = WantedParser, action = ArgAction::Append, help_heading = "Output")]
    pub format: Vec<Wanted>,
    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
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
    pub look: OutputArgs,
}

fn delay(text: &str) -> Result<Duration, String> {
    let delay = super::patience(text).map_err(|_| "must be a time such as 90s, 15m or 2h".to_owned())?;
    if delay > Duration::from_secs(86_400) { Err("a day at most".to_owned()) } else { Ok(delay) }
}
