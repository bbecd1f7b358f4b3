//! Reads the command line: options about AWS before or after a command, `help`, and hints for what is not known.

use std::ffi::{OsStr, OsString};

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args as _, Command, CommandFactory as _, FromArgMatches as _};

use super::{AwsArgs, Cli, Given, ReadArgs, groups, words};

impl Cli {
    /// Reads the command line of this process. Where it asks for help or cannot be read, that is printed and the process
    /// ends.
    #[must_use]
    pub fn read() -> Self {
        Self::from_command_line(std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    /// Reads a command line, which begins with the program's name.
    ///
    /// # Errors
    /// It asks for help or for the version, or cannot be read.
    pub fn from_command_line(typed: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = Self::command();
        let typed = with_help_at_the_end(with_aws_options_behind(typed.into_iter().collect()));
        let read = command.try_get_matches_from_mut(&typed).and_then(|mut matches| {
            let given = given(&matches);
            let read = Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command));
            read.map(|cli| Self { given, ..cli })
        });
        read.map_err(|error| match error.kind() {
            // The same again, with the commands in groups.
            ErrorKind::DisplayHelp => {
                let is_short = typed.iter().any(|word| word == SHORT_HELP);
                let command = if is_short { groups::in_short(Self::command()) } else { Self::command() };
                groups::in_groups(command).try_get_matches_from(&typed).err().unwrap_or(error)
            }
            _ => with_hint(error, &typed, &mut command),
        })
    }
}

/// What is given to the program, or to its command.
fn given(matches: &ArgMatches) -> Given {
    let matches = matches.subcommand().map_or(matches, |(_, of_command)| of_command);
    let is_given = |id: &&clap::Id| {
        matches.try_contains_id(id.as_str()).is_ok()
            && matches.value_source(id.as_str()) == Some(ValueSource::CommandLine)
    };
    Given(matches.ids().filter(is_given).map(ToString::to_string).collect())
}

/// Options about AWS, which mean the same wherever they are.
fn aws_options() -> Command {
    ReadArgs::augment_args(AwsArgs::augment_args(Command::new("aws")))
}

/// Moves options about AWS that are before a command, or what should be one, behind it. Anything else before it stays,
/// for a message.
fn with_aws_options_behind(mut typed: Vec<OsString>) -> Vec<OsString> {
    let options = aws_options();
    let mut at = 1;
    while let Some(word) = typed.get(at).and_then(|word| word.to_str()) {
        if !word.starts_with('-') {
            typed[1..=at].rotate_right(1);
            break;
        }
        let Some(name) = word.strip_prefix("--") else { break };
        let (name, has_value) = name.split_once('=').map_or((name, false), |(name, _)| (name, true));
        let Some(option) = options.get_arguments().find(|option| option.get_long() == Some(name)) else { break };
        at += if option.get_action().takes_values() && !has_value { 2 } else { 1 };
    }
    typed
}

/// What asks for help that fits one screen.
const SHORT_HELP: &str = "-h";

/// What asks for help apart from `--help`.
const HELP: &str = "help";

/// `help COMMAND` asks for what `COMMAND --help` does.
fn with_help_at_the_end(mut typed: Vec<OsString>) -> Vec<OsString> {
    if typed.get(1).is_some_and(|word| word == HELP) {
        typed.retain(|word| word != HELP);
        typed.push("--help".into());
    }
    typed
}

/// Puts a hint for a word that other programs know instead of what is merely spelled alike.
fn with_hint(mut error: clap::Error, typed: &[OsString], command: &mut Command) -> clap::Error {
    let (kind, spelled_alike) = match error.kind() {
        ErrorKind::InvalidSubcommand => (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        _ => return error,
    };
    let Some(ContextValue::String(word)) = error.get(kind) else { return error };
    let word = word.clone();
    let at = command_of(typed, command);
    let hint = match (kind, word.split('=').next().unwrap_or_default().strip_prefix('-')) {
        (ContextKind::InvalidArg, Some(option)) => hint_of_option(option.trim_start_matches('-'), at),
        _ if at.get_name() == command.get_name() => words::of_command(&word),
        _ => None,
    };
    if let Some(hint) = hint {
        error.remove(spelled_alike);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(hint)]));
        error.insert(ContextKind::Usage, ContextValue::StyledStr(at.clone().render_usage()));
    }
    error
}

fn hint_of_option(option: &str, command: &Command) -> Option<String> {
    let has = |name: &str| command.get_arguments().any(|option| option.get_long() == Some(name));
    if aws_options().get_arguments().any(|known| known.get_long() == Some(option)) {
        return Some(format!("`{}` does not read an account of AWS: leave --{option} out", command.get_name()));
    }
    if command.get_name() == "replay"
        && let Some(hint) = words::of_replay(option)
    {
        return Some(hint.to_owned());
    }
    words::of_option(option).filter(|(known, _)| known.is_none_or(has)).map(|(_, hint)| hint.to_owned())
}

/// The command whose options these are: the main one, or the last that is named at the beginning.
fn command_of<'a>(typed: &[OsString], command: &'a Command) -> &'a Command {
    let named = |at: &'a Command, word: &OsStr| at.find_subcommand(word);
    let mut at = command;
    for word in typed.iter().skip(1) {
        match named(at, word) {
            Some(command) => at = command,
            None => break,
        }
    }
    at
}
