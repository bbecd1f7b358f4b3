//! How an account is reached and how much of it is read: options of every command that asks AWS.

use std::time::Duration;

use clap::{ArgAction, ArgGroup, Args, ValueHint};

use super::parsers::seconds;

/// How to reach AWS; everything else comes from the standard environment variables and config files.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Reach AWS", group(ArgGroup::new("role").multiple(true)))]
pub struct AwsArgs {
    /// Use this profile of the AWS config files
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Start in this region; trails are followed to their home regions
    #[arg(long, value_name = "REGION", action = ArgAction::Append)]
    pub region: Vec<String>,
    /// Send every request to this URL
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,
    /// Assume this role first
    #[arg(long, value_name = "ARN", group = "role")]
    pub role_arn: Option<String>,
    /// The external ID that the role requires
    #[arg(long, value_name = "ID", requires = "role")]
    pub external_id: Option<String>,
    /// Give up on an operation after this many seconds, retries included
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub timeout: Duration,
    /// Show each request and its timing on standard error; nothing secret is shown
    #[arg(long)]
    pub debug: bool,
}

impl AwsArgs {
    /// Whether one of them was given that says where or as whom to ask.
    #[must_use]
    pub fn asks_for_something(&self) -> bool {
        let named = [&self.profile, &self.endpoint_url, &self.role_arn];
        !self.region.is_empty() || named.into_iter().any(Option::is_some)
    }
}

/// How much of an account is read, and for how long.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Reach AWS")]
pub struct ReadArgs {
    /// Give up reading the account after this many seconds; what was not read by then is unknown
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    pub deadline: Duration,
    /// Skip the optional calls; `effective` may then be unknown. For where they are denied, so that the audit itself does
    /// not raise control 3.1 (unauthorized API calls)
    #[arg(long)]
    pub skip_optional: bool,
}

/// Where further regions say something.
pub(super) fn several_regions(region: clap::Arg) -> clap::Arg {
    region.help(
        "Start in this region; trails are followed to their home regions. Repeat it to check in more regions whether \
         Security Hub CSPM is enabled (4.16, 5.16)",
    )
}

/// Where more than one region means nothing.
pub(super) fn one_region(region: clap::Arg) -> clap::Arg {
    region.action(ArgAction::Set)
}
