//! The program: reads like the diagram in the crate's documentation, and is the one place where its stages meet the
//! world: files, streams, the clock, the terminal.

use std::fs::{self, File};
#[cfg(feature = "aws")]
use std::io::IsTerminal as _;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
#[cfg(feature = "aws")]
use jiff::Timestamp;
use terminal_size::{Height, Width};

use crate::cli::{
    AuditArgs, AwsArgs, CatalogArgs, Cli, Color, Command, ExplainArgs, LookArgs, NewArgs, ReadArgs, RulesArgs,
    ScopeArgs, SnapshotArgs,
};
use crate::escape;
use crate::exit::ExitStatus;
use crate::file::Readers;
use crate::fix::plan::Options;
use crate::report::{self, Look, Verbosity};
use crate::rule::catalog::Catalog;
use crate::rule::{Benchmark, Rule, RuleId};
use crate::snapshot::Snapshot;

use self::inputs::Inputs;
use self::judge::Judge;
use self::output::{Output, Reports, print};
#[cfg(feature = "aws")]
use self::progress::Spinner;

mod drift;
mod fix;
mod inputs;
mod judge;
#[cfg(feature = "aws")]
mod live;
mod man;
mod output;
mod pattern;
mod policy;
#[cfg(feature = "aws")]
mod progress;
#[cfg(feature = "aws")]
mod prompt;
mod template;

/// The account that `--demo` audits.
const DEMO: &str = include_str!("../fixtures/accounts/demo.json");

/// Runs a command line to its end.
pub fn run(cli: Cli) -> ExitStatus {
    let outcome = match cli.command {
        None => run_audit(&cli.audit),
        Some(Command::Snapshot(args)) => save(&args),
        Some(Command::Diff(args)) => drift::run(&args),
        Some(Command::Rules(args)) => list(&args),
        Some(Command::Explain(args)) => explain(&args),
        Some(Command::Pattern(command)) => pattern::run(&command),
        #[cfg(feature = "aws")]
        Some(Command::Undo(args)) => fix::undo(&args),
        #[cfg(not(feature = "aws"))]
        Some(Command::Undo(_)) => Err(anyhow::anyhow!("this cis-audit was built without AWS access")),
        Some(Command::Template(args)) => template::run(&args),
        Some(Command::Policy(args)) => policy::run(&args),
        Some(Command::Schema) => schema(),
        Some(Command::Completions { shell }) => completions(shell),
        Some(Command::Man { dir }) => man::run(dir.as_deref()),
    };
    outcome.unwrap_or_else(|error| {
        if is_closed_pipe(&error) {
            // The reader has seen enough; what it did not read is not an error of ours.
            return ExitStatus::Success;
        }
        let message = format!("error: {error:#}");
        // Parsers quote what they find in a file, however long it is.
        let lines: Vec<_> = message.split('\n').map(|line| escape::shortened(line, ERROR_CHARACTERS)).collect();
        say(&lines.join("\n"));
        ExitStatus::Error
    })
}

fn run_audit(args: &AuditArgs) -> anyhow::Result<ExitStatus> {
    let judge = Judge::new(args)?;
    if (args.snapshot.is_some() || args.demo) && args.aws.asks_for_something() {
        say("note: a saved account is audited as it was saved: the options about AWS do nothing here");
    }
    if args.fix.fix {
        return fix::run(args, &judge);
    }
    let baseline = args.baseline.as_deref().map(drift::read).transpose()?;
    // Opened before the account is read, so that a bad path fails at once.
    let mut reports = Reports::open(args)?;
    let snapshot = if args.snapshot.is_some() || args.demo {
        saved(args.snapshot.as_deref())?
    } else {
        collect(&args.aws, &args.read, &judge.rules, &args.look)?
    };
    let report = judge.report(&snapshot);
    let changes = baseline.map(|baseline| drift::since(baseline, &report, args)).transpose()?;
    reports.write(args, &report, changes.as_ref())?;
    Ok(changes.as_ref().map_or_else(|| ExitStatus::of(&report), ExitStatus::of_drift))
}

/// What a message calls a file, or standard input, which is called `-` on the command line.
fn name_of(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

/// A file's text, or that of standard input.
fn text_of(file: &Path) -> anyhow::Result<String> {
    let name = name_of(file);
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(file)
    };
    let bytes = bytes.with_context(|| format!("cannot read {name}"))?;
    String::from_utf8(bytes)
        .map_err(|error| anyhow::anyhow!("{name}: not UTF-8 text (byte {})", error.utf8_error().valid_up_to()))
}

/// The saved or built-in account.
fn saved(file: Option<&Path>) -> anyhow::Result<Snapshot> {
    match file {
        Some(file) => load(file),
        None => Snapshot::from_json(DEMO).context("the built-in account"),
    }
}

fn save(args: &SnapshotArgs) -> anyhow::Result<ExitStatus> {
    // What changes an existing trail is asked too, so that the file does for a plan that may and for one that may not.
    let options = Options { allow_update: true, ..options(&args.new)? };
    options.check()?;
    Inputs::named([]).spare(args.output.as_deref().as_slice())?;
    let mut output = Output::open(args.output.as_deref(), Readers::Owner)?;
    let mut snapshot = collect_all(&args.aws, &args.read, args.for_fix.then_some(&options))?;
    if args.redact {
        redact(&mut snapshot);
    }
    let written = snapshot.to_writer(&mut output.stream);
    output.finish(written)?;
    for gap in &snapshot.gaps {
        say(&format!("warning: could not read {} in {}: {}: {}", gap.operation, gap.region, gap.code, gap.message));
    }
    Ok(ExitStatus::Success)
}

fn list(args: &RulesArgs) -> anyhow::Result<ExitStatus> {
    let catalog = catalog(&args.catalog)?;
    let mut output = Output::stdout()?;
    let look = look(&args.look, &output);
    let written = report::rules::list(catalog.rules(), args.format, &look, &mut output.stream);
    output.finish(written)?;
    Ok(ExitStatus::Success)
}

fn explain(args: &ExplainArgs) -> anyhow::Result<ExitStatus> {
    let catalog = catalog(&args.rules.catalog)?;
    let rule = find(catalog.rules(), &args.rule, &args.rules.catalog)?;
    let mut output = Output::stdout()?;
    let look = look(&args.rules.look, &output);
    let written = report::rules::explain(rule, args.rules.format, &look, &mut output.stream);
    output.finish(written)?;
    Ok(ExitStatus::Success)
}

fn schema() -> anyhow::Result<ExitStatus> {
    print(report::schema().as_bytes())?;
    Ok(ExitStatus::Success)
}

fn completions(shell: clap_complete::Shell) -> anyhow::Result<ExitStatus> {
    let mut command = <Cli as clap::CommandFactory>::command();
    // Through memory: the generator panics on a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "cis-audit", &mut script);
    print(&script)?;
    Ok(ExitStatus::Success)
}

/// What was asked for of a fix, or of the template of one.
fn options(args: &NewArgs) -> anyhow::Result<Options> {
    let options = Options {
        subscribe: args.subscribe.clone(),
        topic: args.topic.clone(),
        log_group: args.log_group.clone(),
        name_prefix: args.name_prefix.clone(),
        namespace: args.namespace.clone(),
        alarm_period: args.alarm_period,
        topic_kms_key: args.topic_kms_key.clone(),
        tags: args.tags.iter().cloned().collect(),
        allow_update: false,
    };
    if let Some((key, _)) = args.tags.iter().find(|(key, value)| options.tags.get(key) != Some(value)) {
        bail!("--tag {key} is given twice");
    }
    Ok(options)
}

/// The rules of a directory, or the built-in ones, in a version of the benchmark.
fn catalog(args: &CatalogArgs) -> anyhow::Result<Catalog> {
    match &args.rules {
        Some(dir) => Ok(Catalog::from_dir(dir, args.benchmark)?),
        None => Catalog::builtin(args.benchmark).context("the built-in rules"),
    }
}

fn select(rules: &[Rule], scope: &ScopeArgs) -> anyhow::Result<Vec<Rule>> {
    if !scope.only.is_empty() && scope.only.iter().all(|name| name.trim().is_empty()) {
        bail!("--rule names no control: leave it out to audit all of them");
    }
    let ids = |names: &[String]| -> anyhow::Result<Vec<RuleId>> {
        names
            .iter()
            .filter(|name| !name.trim().is_empty())
            .map(|name| find(rules, name, &scope.catalog).map(|rule| rule.id))
            .collect()
    };
    let (only, exclude) = (ids(&scope.only)?, ids(&scope.exclude)?);
    let selected = |rule: &&Rule| {
        (only.is_empty() || only.contains(&rule.id))
            && !exclude.contains(&rule.id)
            && scope.level.is_none_or(|level| level == rule.level)
    };
    let rules: Vec<Rule> = rules.iter().filter(selected).cloned().collect();
    if rules.is_empty() {
        bail!("no control is left to audit: --rule, --exclude and --level rule out all of them");
    }
    Ok(rules)
}

/// A rule by number or slug.
fn find<'a>(rules: &'a [Rule], name: &str, args: &CatalogArgs) -> anyhow::Result<&'a Rule> {
    let name = name.trim();
    rules.iter().find(|rule| is_called(rule, name)).with_context(|| {
        let numbers = rules.iter().map(|rule| rule.id.to_string()).collect::<Vec<_>>().join(", ");
        let version = args.benchmark;
        match elsewhere(name, args) {
            Some((other, rule)) => match rules.iter().find(|here| here.slug == rule.slug) {
                Some(here) => {
                    format!("no control {name} in version {version}: {name} of version {other} is {} here", here.id)
                }
                None => format!(
                    "no control {name} in version {version}: it is in version {other} (add --benchmark {other})"
                ),
            },
            None => {
                format!("no control {name:?}: there are {numbers} (names: `cis-audit rules --benchmark {version}`)")
            }
        }
    })
}

fn is_called(rule: &Rule, name: &str) -> bool {
    Some(rule.id) == RuleId::parse(name) || rule.slug.eq_ignore_ascii_case(name)
}

/// The latest version of the benchmark in which a control is called so, and the control there.
fn elsewhere(name: &str, args: &CatalogArgs) -> Option<(Benchmark, Rule)> {
    Benchmark::ALL.into_iter().rev().find_map(|benchmark| {
        let catalog = catalog(&CatalogArgs { benchmark, rules: args.rules.clone() }).ok()?;
        let rule = catalog.rules().iter().find(|rule| is_called(rule, name))?.clone();
        Some((benchmark, rule))
    })
}

fn load(file: &Path) -> anyhow::Result<Snapshot> {
    if file == Path::new("-") {
        return Snapshot::from_reader(io::stdin().lock()).context("standard input");
    }
    let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    Snapshot::from_reader(opened).with_context(|| file.display().to_string())
}

#[cfg(feature = "aws")]
fn collect(aws: &AwsArgs, read: &ReadArgs, rules: &[Rule], look: &LookArgs) -> anyhow::Result<Snapshot> {
    live::collect(aws, read, rules, now(), Spinner::of(look))
}

#[cfg(feature = "aws")]
fn collect_all(aws: &AwsArgs, read: &ReadArgs, fix: Option<&Options>) -> anyhow::Result<Snapshot> {
    live::collect_all(aws, read, now(), fix)
}

#[cfg(not(feature = "aws"))]
fn collect(_: &AwsArgs, _: &ReadArgs, _: &[Rule], _: &LookArgs) -> anyhow::Result<Snapshot> {
    bail!("this cis-audit was built without AWS access: use --snapshot FILE or --demo")
}

#[cfg(not(feature = "aws"))]
fn collect_all(_: &AwsArgs, _: &ReadArgs, _: Option<&Options>) -> anyhow::Result<Snapshot> {
    bail!("this cis-audit was built without AWS access: use --snapshot FILE or --demo")
}

#[cfg(feature = "aws")]
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// Masks what only the account's people should read.
fn redact(snapshot: &mut Snapshot) {
    let subscriptions = snapshot.topics.iter_mut().filter_map(|topic| topic.subscriptions.as_mut());
    for subscription in subscriptions.flatten() {
        subscription.endpoint = crate::mask::endpoint(&subscription.protocol, &subscription.endpoint);
    }
}

/// What a pipe or a file gets, and a terminal that does not tell its width.
const PLAIN_WIDTH: usize = 80;

fn look(args: &LookArgs, output: &Output) -> Look {
    let colors = || output.stdout && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    look_on(args, terminal_size::terminal_size_of(io::stdout()).filter(|_| output.terminal), colors)
}

/// How a plan looks on standard error.
#[cfg(feature = "aws")]
fn look_of_stderr(args: &LookArgs) -> Look {
    let colors = || anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    look_on(args, terminal_size::terminal_size_of(io::stderr()).filter(|_| io::stderr().is_terminal()), colors)
}

/// How it looks on a stream of this size, whose colours are asked about only where the user left them to it.
fn look_on(args: &LookArgs, size: Option<(Width, Height)>, colors: impl FnOnce() -> bool) -> Look {
    let color = match args.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => colors(),
    };
    let width = size.map_or(PLAIN_WIDTH, |(width, _)| usize::from(width.0));
    Look { width, color, unicode: !args.ascii, verbosity: verbosity(args), show_endpoints: false }
}

fn verbosity(args: &LookArgs) -> Verbosity {
    match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    }
}

/// The most of one line of an error: more than any message of this program with the longest names of AWS in it.
const ERROR_CHARACTERS: usize = 1_200;

/// A line on stderr. What it says may hold names of an account or a file: nothing of it may steer the terminal.
fn say(line: &str) {
    let mut lines = String::new();
    for line in escape::terminal_lines(line).split('\n') {
        // In CI a line that begins so would be a command to the runner (GitHub Actions).
        match line.trim_start().strip_prefix("::") {
            Some(rest) => lines.extend([&line[..line.len() - rest.len() - 2], ":\\u{3a}", rest, "\n"]),
            None => lines.extend([line, "\n"]),
        }
    }
    // A stderr that cannot be written to leaves nobody to tell.
    let _ = io::stderr().lock().write_all(lines.as_bytes());
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let of = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(of))
}
