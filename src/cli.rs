//! The command line: what may be typed, and its help. What it means is for [`crate::app`].

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{Style, Styles};
use clap::builder::{OsStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgAction, ArgGroup, Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::arn::is_account_id;
use crate::finding::{Project, Verdict};
use crate::fix::plan::Endpoint;
use crate::partition;
use crate::report::{Format, ListFormat};
use crate::rule::Benchmark;
use crate::template::Language;

mod groups;
mod many;
mod offline;
mod read;
mod values;
mod version;
mod words;

pub use many::{ManyArgs, OwnerArgs};

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
        #[arg(value_enum, default_value_t = SchemaOf::Report)]
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
    /// Also group the report by the requirements of this framework, with the source of each mapping
    #[arg(long, value_name = "NAME", help_heading = "Choose controls")]
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
    pub look: OutputArgs,
}

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
    /// Where the .tf files of a plan are, for file and line
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Describe the deployment")]
    pub source: Option<PathBuf>,
    /// Exit with 0 if no resource of the chain is declared
    #[arg(long, help_heading = "Accept what is known")]
    pub allow_none: bool,
    /// Which controls.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Also group the report by the requirements of this framework, with the source of each mapping
    #[arg(long, value_name = "NAME", help_heading = "Choose controls")]
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
    pub look: OutputArgs,
}

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
    #[arg(long, value_name = "ENDPOINT", action = ArgAction::Append)]
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
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
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
    pub look: OutputArgs,
}

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

/// Which controls.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Choose controls")]
pub struct ScopeArgs {
    /// Only these controls, by id, range (3.1-3.5) or name
    #[arg(long = "rule", value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub only: Vec<String>,
    /// All controls except these
    #[arg(long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub exclude: Vec<String>,
    /// Only the controls of this level of the benchmark; level 2 includes level 1
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub level: Option<u8>,
    /// With --level 2: without the controls of level 1
    #[arg(long, requires = "level")]
    pub only_level: bool,
    /// The verdict that decides status and exit code; all three are always computed
    #[arg(long, value_enum, default_value_t = Verdict::Cis)]
    pub verdict: Verdict,
    /// Out of which.
    #[command(flatten)]
    pub catalog: CatalogArgs,
}

/// Where the controls come from.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Choose controls")]
pub struct CatalogArgs {
    /// Version of the CIS AWS Foundations Benchmark, whose controls and numbers are used
    #[arg(long, value_name = "VERSION", default_value_t = Benchmark::default(), value_parser = benchmarks())]
    pub benchmark: Benchmark,
    /// Use the rule files in this directory instead of the built-in ones
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub rules: Option<PathBuf>,
    /// Use the rule files in this directory in addition to the built-in ones; can be repeated
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, action = ArgAction::Append, conflicts_with = "rules")]
    pub add_rules: Vec<PathBuf>,
}

/// How output looks.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Choose the output")]
pub struct OutputArgs {
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Show only the summary
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also show the chains of passing controls
    #[arg(long, short)]
    pub verbose: bool,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// When standard output is a terminal with colour; `NO_COLOR` and `CLICOLOR_FORCE` are respected
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

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
pub struct DiffArgs {
    /// The earlier report, of `cis-audit -f json`; `-` reads standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub old: PathBuf,
    /// The later report
    #[arg(value_hint = ValueHint::FilePath, required_unless_present = "snapshot")]
    pub new: Option<PathBuf>,
    /// Instead of a later report: judge the report's own snapshot again and compare the results
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "new", help_heading = "Judge again")]
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
    pub look: OutputArgs,
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
    pub look: OutputArgs,
}

/// Options of `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Which controls.
    #[command(flatten)]
    pub catalog: CatalogArgs,
    /// Also show the mappings to this framework, with the source of each
    #[arg(long, value_name = "NAME", help_heading = "Choose controls")]
    pub framework: Option<String>,
    /// Output format
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table, help_heading = "Choose the output")]
    pub format: ListFormat,
    /// How it looks.
    #[command(flatten)]
    pub look: OutputArgs,
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

/// Options of `template`.
#[derive(Debug, Args)]
#[command(mut_arg("region", one_region))]
pub struct TemplateArgs {
    /// What it is written in
    #[arg(value_enum)]
    pub language: Language,
    /// Write what the account lacks (the default)
    #[arg(long, conflicts_with = "all")]
    pub missing: bool,
    /// Write the whole chain, for an account that has none of it; no account is read
    #[arg(long, conflicts_with_all = ["demo", "snapshot"])]
    pub all: bool,
    /// Write a template that audits the organization on a schedule: AWS Step Functions and Lambda; no account is read
    #[arg(long, conflicts_with_all = ["missing", "all", "demo", "snapshot", "waivers", "new", "only", "exclude", "level"])]
    pub org: bool,
    /// Write the template to FILE, readable by its owner only, instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Choose the output")]
    pub output: Option<PathBuf>,
    /// Use a small built-in account: no AWS, no network
    #[arg(long, conflicts_with = "snapshot", help_heading = "Choose the account")]
    pub demo: bool,
    /// Use a saved account; `-` reads standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Choose the account")]
    pub snapshot: Option<PathBuf>,
    /// Use the waivers in FILE for --with-exceptions
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "with_exceptions")]
    pub waivers: Option<PathBuf>,
    /// Exclude from the metric filters the events that a waiver accepts
    #[arg(long, requires = "waivers")]
    pub with_exceptions: bool,
    /// Include the exceptions of this account, with --all: the template is then for it alone
    #[arg(long, value_name = "ACCOUNT", requires_all = ["all", "with_exceptions"], value_parser = account_id)]
    pub in_account: Option<String>,
    /// Include the exceptions of this region, with --all: the template is then for it alone
    #[arg(long, value_name = "REGION", requires_all = ["all", "with_exceptions"], value_parser = region_name)]
    pub in_region: Option<String>,
    /// What new resources are like.
    #[command(flatten, next_help_heading = "Describe new resources")]
    pub new: NewArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// How much is read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which controls.
    #[command(flatten)]
    pub scope: ScopeArgs,
}

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
    pub look: OutputArgs,
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
    Cover {
        /// The filter patterns; put `--` before one that begins with a hyphen
        #[arg(required = true)]
        patterns: Vec<String>,
        /// The control that must be covered, by id or name
        #[arg(long, value_name = "RULE", required_unless_present = "required")]
        rule: Option<String>,
        /// The pattern that must be covered
        #[arg(long, value_name = "PATTERN", conflicts_with = "rule", allow_hyphen_values = true)]
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

/// Where further regions say something.
fn several_regions(region: clap::Arg) -> clap::Arg {
    region.help(
        "Start in this region; trails are followed to their home regions. Repeat it to check in more regions whether \
         Security Hub CSPM is enabled (4.16, 5.16)",
    )
}

/// Where more than one region means nothing.
fn one_region(region: clap::Arg) -> clap::Arg {
    region.action(ArgAction::Set)
}

fn benchmarks() -> impl TypedValueParser<Value = Benchmark> {
    PossibleValuesParser::new(Benchmark::ALL.map(Benchmark::as_str)).try_map(|version| version.parse())
}

/// A report that is asked for: `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its format.
    pub format: Format,
    /// Where it goes; `None`: where `--output` says, or to standard output.
    pub file: Option<PathBuf>,
}

/// Reads a [`Wanted`] of some formats, and lists these for help and completions.
#[derive(Debug, Clone)]
struct WantedParser(&'static [Format]);

impl TypedValueParser for WantedParser {
    type Value = Wanted;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Wanted, clap::Error> {
        let invalid = |what: &str| command.clone().error(ErrorKind::InvalidValue, what);
        let text = value.to_str().ok_or_else(|| invalid("--format FORMAT=FILE takes names in UTF-8"))?;
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let known = PossibleValuesParser::new(self.0.iter().filter_map(ValueEnum::to_possible_value));
        let name = known.parse_ref(command, arg, OsStr::new(name))?;
        let found = self.0.iter().find(|format| format.name() == name);
        let format = *found.ok_or_else(|| invalid("--format names a format that there is not"))?;
        if file == Some("") {
            return Err(invalid("--format FORMAT=FILE needs a file after the equals sign"));
        }
        Ok(Wanted { format, file: file.filter(|file| *file != "-").map(PathBuf::from) })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().filter_map(ValueEnum::to_possible_value)))
    }
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// The name of a region, of whatever partition.
fn region_name(text: &str) -> Result<String, String> {
    if partition::is_region_form(text) {
        Ok(text.to_owned())
    } else {
        Err("a region has a name such as eu-west-1".to_owned())
    }
}

fn account_id(text: &str) -> Result<String, String> {
    if is_account_id(text) { Ok(text.to_owned()) } else { Err("an account id is 12 digits".to_owned()) }
}

/// `90`, `90s`, `15m`, `2h`. A confirmation token is valid for two days (SNS API reference, `Subscribe`).
fn patience(text: &str) -> Result<Duration, String> {
    const TWO_DAYS: Duration = Duration::from_secs(2 * 86_400);
    let patience = time(text).ok_or("must be a time such as 90s, 15m or 2h")?;
    if patience > TWO_DAYS { Err("two days at most: confirmations expire then".to_owned()) } else { Ok(patience) }
}

/// A whole number of seconds, minutes or hours; of seconds without a letter.
fn time(text: &str) -> Option<Duration> {
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (text.get(..at)?, 1),
        Some((at, 'm')) => (text.get(..at)?, 60),
        Some((at, 'h')) => (text.get(..at)?, 3600),
        _ => (text, 1),
    };
    // A sign is no digit, though a number may have one.
    let number: u64 = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(Duration::from_secs(number.saturating_mul(unit)))
}

/// `90`, `90s`, `15m`, `2h`.
fn delay(text: &str) -> Result<Duration, String> {
    const DAY: Duration = Duration::from_secs(86_400);
    let delay = time(text).ok_or("must be a whole number with s, m or h, such as --delay 90s, 15m or 2h")?;
    if delay > DAY { Err("must be a day at most, such as --delay 15m or 24h".to_owned()) } else { Ok(delay) }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if !(0.1..=3600.0).contains(&seconds) {
        return Err("between 0.1 and 3600 seconds".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
}
