//! The command line: what may be typed, and its help. What it means is for [`crate::app`].

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{EnumValueParser, OsStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::arn::is_account_id;
use crate::finding::{Project, Verdict};
use crate::fix::plan::Endpoint;
use crate::partition;
use crate::report::{Format, ListFormat};
use crate::rule::Benchmark;
use crate::template::Language;

mod groups;
mod read;
mod values;
mod words;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Exit code: 0 every selected control passes, 1 at least one fails, 2 the audit could not be done or finished.

Try it without an AWS account: cis-audit --demo";

const TEMPLATE_HELP: &str = "\
Try it without an AWS account: cis-audit template terraform --demo";

/// If a CIS-monitored event happened in this AWS account now, would a person be notified?
///
/// Audits the CIS AWS Foundations monitoring controls (3.1 to 3.14 in version 1.2.0): for each, whether a whole chain of trail, log group,
/// metric filter, alarm, topic and confirmed subscriber exists. Metric filters are decided by what they match, not by
/// their text. With no command it audits the account of the current credentials.
#[derive(Debug, Parser)]
#[command(name = "cis-audit", version, styles = STYLES, after_help = AFTER_HELP, max_term_width = 100)]
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
    /// Read the account and save it, nothing else
    ///
    /// The file holds names, ARNs and subscribers' addresses of the account, no credentials. Audit it anywhere with
    /// `cis-audit --snapshot FILE`.
    Snapshot(SnapshotArgs),
    /// Check templates before anything is deployed
    ///
    /// CloudFormation and SAM templates become the account that they declare, judged as an audit judges one. What is known
    /// only at deployment neither passes nor fails anything. Exit code: 0 nothing that is declared fails, 1 something does,
    /// 2 something is unknown, nothing of the chain is declared, or a file cannot be read.
    Check(Box<CheckArgs>),
    /// Show what changed between two JSON reports
    ///
    /// Controls are compared by account and name, across versions of the benchmark. Exit code: 0 nothing newly fails, 1
    /// something does, 2 a report cannot be read, or nothing newly fails but something is newly unknown.
    Diff(DiffArgs),
    /// List the controls
    Rules(RulesArgs),
    /// Show one control or reason code in full
    ///
    /// A prefix lists what begins so: `metric_filter` its codes, `iam` the controls whose names have a word that begins
    /// so, `3.1-3.5` the controls of a range. Without any it lists all controls and codes.
    Explain(ExplainArgs),
    /// Work with CloudWatch Logs filter patterns, offline
    #[command(subcommand)]
    Pattern(PatternCommand),
    /// Undo a fix: remove what it created
    ///
    /// Removes what the journal of a fix lists as created, if it is unchanged and nothing else uses it; names what
    /// is kept. Exit code: 0 also if something was kept, 2 if something could not be removed.
    ///
    /// Without a journal it lists those of the state directory ($XDG_STATE_HOME/cis-audit, or ~/.local/state/cis-audit)
    /// and of the working directory.
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
    /// Print the least-privilege IAM policy that cis-audit needs
    ///
    /// Without --fix: what an audit reads.
    Policy(PolicyArgs),
    /// Print the JSON Schema of the JSON report
    Schema,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man {
        /// Write it and those of all commands into DIR instead
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

/// Options of the audit.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Audit a small built-in account: no AWS, no network
    #[arg(long, conflicts_with = "snapshot", help_heading = "Account")]
    pub demo: bool,
    /// Audit a saved account; `-` reads standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Account")]
    pub snapshot: Option<PathBuf>,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// How much is read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which controls.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Show the report by the requirements of a framework too: what others claim of it, and who
    #[arg(long, value_name = "NAME", help_heading = "Controls")]
    pub framework: Option<String>,
    /// Apply the waivers in FILE until they expire
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Controls")]
    pub waivers: Option<PathBuf>,
    /// Fail only on failures that are new since this JSON report, and show what changed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "fix", help_heading = "Controls")]
    pub baseline: Option<PathBuf>,
    /// Output format, with `=FILE` into a file; several make several reports [default: table]
    #[arg(long, short, value_name = "FORMAT[=FILE]", value_parser = WantedParser, action = ArgAction::Append, help_heading = "Output")]
    pub format: Vec<Wanted>,
    /// Write the report to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Show subscribers' addresses in full
    #[arg(long, help_heading = "Output")]
    pub show_endpoints: bool,
    /// The file to which GitHub Actions wants a summary of the job appended. The runner sets it, people need not
    #[arg(long, env = "GITHUB_STEP_SUMMARY", value_name = "FILE", hide = true, value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub step_summary: Option<PathBuf>,
    /// Do not read the project file cis-audit.toml
    #[arg(long, help_heading = "Controls")]
    pub no_config: bool,
    /// What the project file sets.
    #[arg(skip)]
    pub project: Option<Project>,
    /// What to do about what fails.
    #[command(flatten)]
    pub fix: FixArgs,
    /// How it looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// Options of `check`.
#[derive(Debug, Args, Clone)]
pub struct CheckArgs {
    /// Templates as YAML or JSON, or directories of them; `-` reads standard input
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The account that they will be deployed in
    #[arg(long, value_name = "ID", value_parser = account_id, help_heading = "Deployment")]
    pub in_account: Option<String>,
    /// The region that they will be deployed in
    #[arg(long, value_name = "REGION", help_heading = "Deployment")]
    pub in_region: Option<String>,
    /// The value of a template's parameter; several may be given
    #[arg(long = "parameter", value_name = "KEY=VALUE", action = ArgAction::Append, value_parser = tag, help_heading = "Deployment")]
    pub parameter: Vec<(String, String)>,
    /// Values of parameters, in either form that the AWS command line takes
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, action = ArgAction::Append, help_heading = "Deployment")]
    pub parameters: Vec<PathBuf>,
    /// What is not declared here does not exist
    #[arg(long, help_heading = "Deployment")]
    pub whole_account: bool,
    /// That nothing of the chain is declared is no error
    #[arg(long, help_heading = "Deployment")]
    pub allow_none: bool,
    /// Which controls.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// As for an audit
    #[arg(long, value_name = "NAME", help_heading = "Controls")]
    pub framework: Option<String>,
    /// Apply the waivers in FILE until they expire
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Controls")]
    pub waivers: Option<PathBuf>,
    /// Fail only on failures that are new since this JSON report of a check, and show what changed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Controls")]
    pub baseline: Option<PathBuf>,
    /// Output format, with `=FILE` into a file; several make several reports [default: table]
    #[arg(long, short, value_name = "FORMAT[=FILE]", value_parser = WantedParser, action = ArgAction::Append, help_heading = "Output")]
    pub format: Vec<Wanted>,
    /// Write the report to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Show subscribers' addresses in full
    #[arg(long, help_heading = "Output")]
    pub show_endpoints: bool,
    /// As for an audit
    #[arg(long, env = "GITHUB_STEP_SUMMARY", value_name = "FILE", hide = true, value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub step_summary: Option<PathBuf>,
    /// Do not read the project file cis-audit.toml
    #[arg(long, help_heading = "Controls")]
    pub no_config: bool,
    /// How it looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// What to do about what fails.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fix", mut_group("new", |group| group.requires("fix")))]
pub struct FixArgs {
    /// Plan what is missing, show the plan, ask, create it, audit again
    #[arg(long)]
    pub fix: bool,
    /// Only show the plan: exit 0 nothing to do, 1 changes needed or something fails that is not planned
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
    /// Write new metric filters without the events that waivers accept to be missed
    #[arg(long, requires_all = ["fix", "waivers"])]
    pub with_exceptions: bool,
    /// Save the plan, with addresses in full and readable by its owner only, and print its fingerprint
    #[arg(long, value_name = "FILE", requires = "fix", value_hint = ValueHint::FilePath)]
    pub plan_out: Option<PathBuf>,
    /// Carry out a saved plan if it is still what a new one would be, or with --dry-run only compare; `-` reads standard input
    #[arg(long, value_name = "FILE", requires = "fix", value_hint = ValueHint::FilePath, conflicts_with_all = ["only", "exclude", "level", "only_level", "verdict", "benchmark", "subscribe", "topic", "log_group", "name_prefix", "namespace", "alarm_period", "topic_kms_key", "tags", "allow_update", "with_exceptions", "plan_out"])]
    pub apply: Option<PathBuf>,
    /// Write the journal, which `cis-audit undo` reads, to FILE instead of one of its own in the state directory
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
    /// What names of new resources begin with
    #[arg(long, value_name = "PREFIX", default_value = "cis-audit")]
    pub name_prefix: String,
    /// The namespace of new metrics; for controls that are not the benchmark's `SecurityControls`, unless another one is given
    #[arg(long, value_name = "NAME", default_value = "CISBenchmark")]
    pub namespace: String,
    /// The period of new alarms
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub alarm_period: i32,
    /// The key that encrypts a new topic; its policy must let CloudWatch use it
    #[arg(long, value_name = "KEY")]
    pub topic_kms_key: Option<String>,
    /// A tag for everything that is created
    #[arg(long = "tag", value_name = "KEY=VALUE", action = ArgAction::Append, value_parser = tag)]
    pub tags: Vec<(String, String)>,
}

/// Options of `undo`.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// The journal of the fix; without one the journals that there are, are listed
    #[arg(value_hint = ValueHint::FilePath)]
    pub journal: Option<PathBuf>,
    /// Only show what would be removed: exit 0 nothing, 1 something
    #[arg(long, requires = "journal", conflicts_with = "yes")]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, requires = "journal")]
    pub yes: bool,
    /// Output format of the list
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table, conflicts_with = "journal", help_heading = "Output")]
    pub format: ListFormat,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// How it looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// How to reach AWS; everything else comes from the standard environment variables and config files.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "AWS")]
pub struct AwsArgs {
    /// Use this profile of the AWS config files
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Start in this region; trails are followed to their home regions
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Send every request to this URL
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,
    /// Assume this role first
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// The external id that the role asks for
    #[arg(long, value_name = "ID", requires = "role_arn")]
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
        [&self.profile, &self.region, &self.endpoint_url, &self.role_arn].into_iter().any(Option::is_some)
    }
}

/// How much of an account is read, and for how long.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "AWS")]
pub struct ReadArgs {
    /// Give up reading the account after this many seconds; what was not read by then is unknown
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    pub deadline: Duration,
    /// Do not make the calls that only the `effective` verdict needs: a refused one is an unauthorized call of its own
    #[arg(long)]
    pub skip_optional: bool,
}

/// Which controls.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Controls")]
pub struct ScopeArgs {
    /// Only these controls, by id, range (3.1-3.5) or name
    #[arg(long = "rule", value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub only: Vec<String>,
    /// All but these controls
    #[arg(long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub exclude: Vec<String>,
    /// Only the controls of this profile of the benchmark: level 2 includes level 1
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
#[command(next_help_heading = "Controls")]
pub struct CatalogArgs {
    /// The controls of this version of the CIS AWS Foundations Benchmark, by its numbers
    #[arg(long, value_name = "VERSION", default_value_t = Benchmark::default(), value_parser = benchmarks())]
    pub benchmark: Benchmark,
    /// Rule files of this directory instead of the built-in ones
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub rules: Option<PathBuf>,
    /// Rule files of this directory besides the built-in ones; several may be given
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, action = ArgAction::Append, conflicts_with = "rules")]
    pub add_rules: Vec<PathBuf>,
}

/// How output looks.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Output")]
pub struct LookArgs {
    /// Colour: when standard output is a terminal, always, or never
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Only the summary
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// The chains of passing controls too
    #[arg(long, short)]
    pub verbose: bool,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// When standard output is a terminal that has colours; `NO_COLOR` and `CLICOLOR_FORCE` are respected
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Options of `snapshot`.
#[derive(Debug, Args)]
#[command(mut_group("new", |group| group.requires("for_fix")))]
pub struct SnapshotArgs {
    /// Write to FILE, readable by its owner only, instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Mask subscribers' addresses
    #[arg(long)]
    pub redact: bool,
    /// Also read what a fix asks, so that `--snapshot FILE --fix --dry-run` plans as on the account itself
    #[arg(long, conflicts_with = "redact", help_heading = "Fix")]
    pub for_fix: bool,
    /// As it will be given to the fix: it decides which names are asked for.
    #[command(flatten, next_help_heading = "Fix")]
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
    #[arg(value_hint = ValueHint::FilePath)]
    pub new: PathBuf,
    /// Output format
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    pub format: ListFormat,
    /// How it looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// Options of `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Which controls.
    #[command(flatten)]
    pub catalog: CatalogArgs,
    /// Show what others claim of a framework's requirements too
    #[arg(long, value_name = "NAME", help_heading = "Controls")]
    pub framework: Option<String>,
    /// Output format
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    pub format: ListFormat,
    /// How it looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The control, by id (3.4) or name (iam-policy-changes), or a reason code (trail.none), or how they begin
    #[arg(value_name = "CONTROL|CODE")]
    pub what: Option<String>,
    /// As for `rules`.
    #[command(flatten)]
    pub rules: RulesArgs,
}

/// Options of `template`.
#[derive(Debug, Args)]
pub struct TemplateArgs {
    /// What it is written in
    #[arg(value_enum)]
    pub language: Language,
    /// What the account lacks, which is the default
    #[arg(long, conflicts_with = "all")]
    pub missing: bool,
    /// The whole chain, for any account that has nothing of it: no account is read
    #[arg(long, conflicts_with_all = ["demo", "snapshot"])]
    pub all: bool,
    /// Write it to FILE, readable by its owner only, instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Look at a small built-in account: no AWS, no network
    #[arg(long, conflicts_with = "snapshot", help_heading = "Account")]
    pub demo: bool,
    /// Look at a saved account; `-` reads standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Account")]
    pub snapshot: Option<PathBuf>,
    /// Take the waivers in FILE for --with-exceptions
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "with_exceptions")]
    pub waivers: Option<PathBuf>,
    /// Write metric filters without the events that waivers accept to be missed
    #[arg(long, requires = "waivers")]
    pub with_exceptions: bool,
    /// What new resources are like.
    #[command(flatten, next_help_heading = "New resources")]
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

/// Options of `policy`.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// Also what a fix writes, and what undoing it removes
    #[arg(long)]
    pub fix: bool,
    /// What names of new resources begin with, as it is given to the fix
    #[arg(long, value_name = "PREFIX", requires = "fix", default_value = "cis-audit")]
    pub name_prefix: String,
    /// The log group that a trail without one delivers to, as it is given to the fix
    #[arg(long, value_name = "NAME", requires = "fix")]
    pub log_group: Option<String>,
    /// Where the account is
    #[arg(long, requires = "fix", default_value = "aws", value_parser = PossibleValuesParser::new(partition::names()))]
    pub partition: String,
}

/// Commands on filter patterns.
#[derive(Debug, Subcommand)]
pub enum PatternCommand {
    /// Print the CloudTrail events that a pattern matches, one a line
    ///
    /// Exit code: 0 some event matches, 1 none does, 2 the pattern or a file cannot be read.
    Match {
        /// The filter pattern; one that begins with a hyphen follows `--`
        pattern: String,
        /// Files of events, one a line; `-` or none: standard input
        #[arg(value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// Print how many events match instead of the events
        #[arg(long)]
        count: bool,
        /// json: one line an event, `{"matched": true|false|null, "event": …}`
        #[arg(long, short, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Explain in words which events a pattern matches
    ///
    /// Exit code: 0, or 2 if it is no pattern.
    Explain {
        /// The filter pattern; one that begins with a hyphen follows `--`
        pattern: String,
    },
    /// Check whether patterns, together, match every event that a control demands
    ///
    /// Exit code: 0 covered, 1 not covered (an event that is missed is shown), 2 cannot be decided.
    Cover {
        /// The filter patterns; one that begins with a hyphen follows `--`
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
        #[arg(long, short, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
        format: ListFormat,
    },
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

/// Reads a [`Wanted`], and lists the formats for help and completions.
#[derive(Debug, Clone)]
struct WantedParser;

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
        let format = EnumValueParser::<Format>::new().parse_ref(command, arg, OsStr::new(name))?;
        if file == Some("") {
            return Err(invalid("--format FORMAT=FILE needs a file after the sign"));
        }
        Ok(Wanted { format, file: file.filter(|file| *file != "-").map(PathBuf::from) })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Format::value_variants().iter().filter_map(ValueEnum::to_possible_value)))
    }
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("KEY=VALUE is asked for")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn account_id(text: &str) -> Result<String, String> {
    if is_account_id(text) { Ok(text.to_owned()) } else { Err("an account id is 12 digits".to_owned()) }
}

/// `90`, `90s`, `15m`, `2h`.
fn patience(text: &str) -> Result<Duration, String> {
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        _ => (text, 1),
    };
    let number: u64 = digits.parse().map_err(|_| "a time such as 90s, 15m or 2h is asked for".to_owned())?;
    let seconds = number.checked_mul(unit).filter(|seconds| *seconds <= 3 * 24 * 3600);
    seconds.map(Duration::from_secs).ok_or_else(|| "three days at most: confirmations expire then".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if !(0.1..=3600.0).contains(&seconds) {
        return Err("between 0.1 and 3600 seconds".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
}
