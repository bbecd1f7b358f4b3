//! The command line: what may be typed, and its help. What it means is for [`crate::app`].

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::builder::styling::{Style, Styles};
use clap::{Parser, Subcommand, ValueEnum, ValueHint};

mod account;
mod audit;
mod catalog;
mod check;
mod controls;
mod fix;
mod frameworks;
mod groups;
mod many;
mod offline;
mod output;
mod parsers;
mod pattern;
mod read;
mod replay;
mod saved;
mod template;
mod values;
mod version;
mod words;

pub use account::{AwsArgs, ReadArgs};
pub use audit::AuditArgs;
pub use catalog::{ExplainArgs, PolicyArgs, RulesArgs};
pub use check::CheckArgs;
pub use controls::{CatalogArgs, ScopeArgs};
pub use fix::{FixArgs, NewArgs, UndoArgs};
pub use many::{ManyArgs, OwnerArgs};
pub use output::{Color, OutputArgs, Wanted};
pub use pattern::PatternCommand;
pub use replay::ReplayArgs;
pub use saved::{DiffArgs, MergeArgs, SnapshotArgs};
pub use template::TemplateArgs;

/// No colours: a terminal's own green and cyan cannot be read on white.
const STYLES: Styles = Styles::styled()
    .header(Style::new().bold().underline())
    .usage(Style::new().bold().underline())
    .literal(Style::new().bold())
    .placeholder(Style::new())
    .error(Style::new().bold())
    .valid(Style::new().bold())
    .invalid(Style::new().bold());

const AFTER_SHORT_HELP: &str = "\
All options, by what they are for: cis-audit --help
Try it without an AWS account: cis-audit --demo";

const AFTER_HELP: &str = "\
Exit code: 0 every selected control passes or is waived, 1 at least one fails, 2 none fails but something is unknown, or the audit could not be completed.

Try it without an AWS account: cis-audit --demo";

const REPLAY_HELP: &str = "\
Try it without an AWS account: cis-audit replay --demo FILE";

const TEMPLATE_HELP: &str = "\
Try it without an AWS account: cis-audit template terraform --demo";

/// If a CIS-monitored event happened in this AWS account now, would a confirmed subscriber be notified?
///
/// Audits the CIS AWS Foundations monitoring controls (3.1 to 3.14 in version 1.2.0): for each, whether a complete chain of trail, log group,
/// metric filter, alarm, topic and confirmed subscriber exists. Metric filters are judged by what they match, not by
/// their text. Without a command, it audits the account of the current credentials.
#[derive(Debug, Parser)]
#[command(name = "cis-audit", version, long_version = version::long(), styles = STYLES, after_help = AFTER_HELP, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do instead of an audit.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The audit's options.
    #[command(flatten)]
    pub audit: AuditArgs,
    /// Which options were given.
    #[arg(skip)]
    pub given: Given,
}

/// The options that a command line gives a value to, by the names of their fields.
#[derive(Debug, Default, Clone)]
pub struct Given(pub(crate) BTreeSet<String>);

impl Given {
    /// Whether one of them is the option.
    #[must_use]
    pub fn has(&self, option: &str) -> bool {
        self.0.contains(option)
    }
}

/// Commands other than the audit.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Save the account to a file, to audit it later
    ///
    /// The file contains the account's names, ARNs and subscriber addresses, and no credentials. Audit it anywhere with
    /// `cis-audit --snapshot FILE`.
    Snapshot(SnapshotArgs),
    /// Check templates before anything is deployed
    ///
    /// Reads CloudFormation and SAM templates, Terraform plans and cdk.out directories, and judges what they declare as an
    /// audit judges an account. A verdict that depends on a value known only at deployment is unknown. Exit code: 0 nothing that is declared fails, 1 something does,
    /// 2 something is unknown, nothing of the chain is declared, or a file cannot be read.
    Check(Box<CheckArgs>),
    /// Compare two JSON reports, or judge a report's snapshot again
    ///
    /// Controls are compared by account and name, across versions of the benchmark. Exit code: 0 nothing newly fails, 1
    /// something does, 2 a report cannot be read, or nothing newly fails but something is newly unknown.
    ///
    /// With --snapshot: the account that the report judged is judged again, by the same controls, verdict and waivers, and
    /// every field of every result is compared. Exit code: 0 all are the same, 1 some are not, 2 it is not the snapshot
    /// that the report judged, or another version of cis-audit wrote the report.
    Diff(DiffArgs),
    /// Combine saved results into one report, or convert a report
    ///
    /// Reports of any split of the accounts, in any order, become the same report: JSON reports, or directories that
    /// --out wrote. Exit code: as for the audit of all of them; 2 also if an account that is expected has no result.
    Merge(Box<MergeArgs>),
    /// List the controls
    Rules(RulesArgs),
    /// Show one control or reason code in full
    ///
    /// A prefix lists what begins with it: `metric_filter` its codes, `iam` the controls with such a word in their
    /// names; `3.1-3.5` lists a range of controls. Without an argument, all controls and codes are listed.
    Explain(ExplainArgs),
    /// Replay events: what would these alarms have done, and missed?
    ///
    /// For each control: the required events in the files, those that its metric filters match and those that no intact
    /// chain matches, when its alarms would have gone to ALARM and back, and who is behind most of the events. Files are
    /// read in any form in which people have events. Exit code: 0 nothing is missed, 1 required events are, 2 a file could
    /// not be read or has no events.
    #[command(after_help = REPLAY_HELP)]
    Replay(Box<ReplayArgs>),
    /// Work with CloudWatch Logs filter patterns, offline
    #[command(subcommand)]
    Pattern(PatternCommand),
    /// Undo a fix: remove what it created
    ///
    /// Removes what the journal of a fix lists as created, if it is unchanged and nothing else uses it; lists what
    /// it keeps. Exit code: 0 also if something was kept, 2 if something could not be removed.
    ///
    /// Without a journal, it lists those in the state directory ($XDG_STATE_HOME/cis-audit, or ~/.local/state/cis-audit)
    /// and in the working directory.
    Undo(UndoArgs),
    /// Write what a fix would create as CloudFormation or Terraform
    ///
    /// For accounts where tools have no write access. It creates what is missing and references what exists; what would
    /// have to be changed (an existing trail, a topic's or queue's policy) is listed with the commands that do it, in the
    /// template and on standard error.
    ///
    /// Exit code: 0 written, or nothing is missing; 2 it could not be written.
    #[command(after_help = TEMPLATE_HELP)]
    Template(Box<TemplateArgs>),
    /// Print the IAM policy that cis-audit needs
    ///
    /// Without --fix, it allows what an audit reads.
    Policy(PolicyArgs),
    /// Print the JSON Schema of the JSON report, or of another document
    Schema {
        /// The document
        #[arg(value_enum, value_name = "report|replay", default_value_t = SchemaOf::Report)]
        document: SchemaOf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man {
        /// Write the man pages of all commands into DIR instead
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

/// Documents that have a JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The JSON report
    Report,
    /// What `replay` writes
    Replay,
}
