//! The program: reads like the diagram in the crate's documentation, and is the one place where its stages meet the
//! world: files, streams, the clock, the terminal.

use std::io;

use crate::cli::{Cli, Command, SchemaOf};
use crate::escape;
use crate::exit::ExitStatus;
use crate::report;

#[cfg(feature = "aws")]
pub(crate) use self::account::now;
use self::output::print;
use self::stderr::{in_one_line, say};

mod account;
mod audit;
mod catalog;
mod check;
mod drift;
mod fix;
mod inputs;
mod judge;
#[cfg(feature = "aws")]
mod live;
mod located;
mod man;
#[cfg(feature = "aws")]
mod many;
mod merge;
mod named;
mod options;
mod output;
mod pattern;
mod policy;
#[cfg(feature = "aws")]
mod progress;
mod project;
#[cfg(feature = "aws")]
mod prompt;
mod reading;
mod render_options;
mod replay;
mod reports;
mod reproduce;
mod rules;
mod snapshot;
mod stderr;
mod template;

/// Runs a command line to its end.
pub fn run(cli: Cli) -> ExitStatus {
    attempt(cli).unwrap_or_else(|error| {
        if is_closed_pipe(&error) {
            // The reader has seen enough; what it did not read is not an error of ours.
            return ExitStatus::Success;
        }
        complain(&error);
        ExitStatus::Error
    })
}

/// Says an error, as the last line of a command that failed.
pub(crate) fn complain(error: &anyhow::Error) {
    let message = format!("error: {}", in_one_line(error));
    // Parsers quote what they find in a file, however long it is.
    let lines: Vec<_> = message.split('\n').map(|line| escape::shortened(line, ERROR_CHARACTERS)).collect();
    say(&lines.join("\n"));
}

/// Does what a command line asks for.
pub(crate) fn attempt(cli: Cli) -> anyhow::Result<ExitStatus> {
    match cli.command {
        None => audit::run(cli.audit, &cli.given),
        Some(Command::Snapshot(args)) => snapshot::run(&args),
        Some(Command::Check(args)) => check::run(&args, &cli.given),
        Some(Command::Diff(args)) => drift::run(&args),
        Some(Command::Merge(args)) => merge::run(*args),
        Some(Command::Rules(args)) => rules::list(&args),
        Some(Command::Explain(args)) => rules::explain(&args),
        Some(Command::Pattern(command)) => pattern::run(&command),
        Some(Command::Replay(args)) => replay::run(&args),
        #[cfg(feature = "aws")]
        Some(Command::Undo(args)) => fix::undo(&args),
        #[cfg(not(feature = "aws"))]
        Some(Command::Undo(_)) => Err(anyhow::anyhow!("this cis-audit was built without AWS access")),
        Some(Command::Template(args)) => template::run(&args),
        Some(Command::Policy(args)) => policy::run(&args),
        Some(Command::Schema { document }) => schema(document),
        Some(Command::Completions { shell }) => completions(shell),
        Some(Command::Man { dir }) => man::run(dir.as_deref()),
    }
}

fn schema(document: SchemaOf) -> anyhow::Result<ExitStatus> {
    let schema = match document {
        SchemaOf::Report => report::schema(),
        SchemaOf::Replay => report::replay::schema(),
    };
    print(schema.as_bytes())?;
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

/// The most of one line of an error: more than any message of this program with the longest names of AWS in it.
const ERROR_CHARACTERS: usize = 1_200;

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_broken_pipe = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(is_broken_pipe))
}
