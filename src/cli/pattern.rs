//! The commands on filter patterns.

use std::path::PathBuf;

use clap::{ArgGroup, Subcommand, ValueHint};

use super::controls::CatalogArgs;
use crate::report::ListFormat;

/// Commands on filter patterns.
#[derive(Debug, Subcommand)]
pub enum PatternCommand {
    /// Print the CloudTrail events that a pattern matches, one per line
    ///
    /// Exit code: 0 some event matches, 1 none does, 2 the pattern or a file cannot be read.
    Match {
        /// The filter pattern; put `--` before one that begins with a hyphen
        pattern: String,
        /// Files of events (one per line, or as CloudTrail delivers them) or directories; `-` or none: standard input
        #[arg(value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// Print how many events match instead of the events
        #[arg(long)]
        count: bool,
        /// json: one line per event, `{"matched": true|false|null, "event": …}`
        #[arg(long, short, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Explain in words which events a pattern matches
    ///
    /// Exit code: 0, or 2 if it is not a filter pattern.
    Explain {
        /// The filter pattern; put `--` before one that begins with a hyphen
        pattern: String,
    },
    /// Check whether patterns, together, match every event that a control requires
    ///
    /// Exit code: 0 covered, 1 not covered (an event that is missed is shown), 2 cannot be decided.
    #[command(group(ArgGroup::new("demand").required(true).args(["rule", "required"])))]
    Cover {
        /// The filter patterns; put `--` before one that begins with a hyphen
        #[arg(required = true)]
        patterns: Vec<String>,
        /// The control that must be covered, by id or name
        #[arg(long, value_name = "CONTROL")]
        rule: Option<String>,
        /// The pattern that must be covered
        #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
        required: Option<String>,
        /// Events that need not be matched; repeat for more
        #[arg(long = "except", value_name = "PATTERN")]
        exceptions: Vec<String>,
        /// Which controls.
        #[command(flatten)]
        catalog: CatalogArgs,
        /// Output format
        #[arg(long, short, value_enum, default_value_t = ListFormat::Table, help_heading = "Choose the output")]
        format: ListFormat,
    },
}
