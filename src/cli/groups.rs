//! The main help with its commands in groups, which clap has for options alone.

use std::fmt::Write as _;

use clap::Command;
use clap::builder::StyledStr;

use super::STYLES;

/// The groups, and the commands of each in their order.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Commands for controls and patterns", &["rules", "explain", "pattern", "replay"]),
    ("Commands for accounts and reports", &["snapshot", "diff", "merge", "check"]),
    ("Commands for what is missing", &["template", "undo", "policy"]),
    ("Other commands", &["schema", "completions", "man"]),
];

/// What `help` is, which is no command of clap's here.
const HELP: (&str, &str) = ("help", "Print this help, or the help of a command");

/// The command with its commands listed in groups. It is for help alone: none of them is listed anywhere else.
pub(super) fn in_groups(command: Command) -> Command {
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{{all-args}}{{after-help}}",
        listed(&command)
    );
    let usage = StyledStr::from("cis-audit [OPTIONS]\n       cis-audit <COMMAND>");
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let hidden = names.iter().fold(command, |command, name| command.mut_subcommand(name, |it| it.hide(true)));
    hidden.help_template(StyledStr::from(template)).override_usage(usage)
}

/// Options that are shown by `-h` of a command that has more than one screen of them.
const COMMON: [&str; 20] = [
    "baseline",
    "benchmark",
    "demo",
    "fix",
    "format",
    "help",
    "in_account",
    "in_region",
    "only",
    "org",
    "output",
    "over",
    "profile",
    "region",
    "snapshot",
    "subscribe",
    "verbose",
    "verdict",
    "waivers",
    "whole_account",
];

/// More options than these are more than a screen.
const MOST: usize = 16;

/// The command with help that fits one screen: of many options the common ones, each in few words, and where the others are.
/// It is for `-h` alone.
pub(super) fn in_short(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = names.iter().fold(command, |command, name| command.mut_subcommand(name, in_short));
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set() && !arg.is_positional()).count();
    if shown <= MOST {
        return command;
    }
    let is_main = command.has_subcommands();
    let more = format!("All options, by what they are for: cis-audit {} --help", command.get_name());
    let more = if is_main { super::AFTER_SHORT_HELP.to_owned() } else { more };
    command.after_help(more).mut_args(|arg| {
        if arg.is_positional() {
            return arg;
        }
        let is_common = COMMON.contains(&arg.get_id().as_str());
        let words = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let few = few(&words).to_owned();
        let takes_values = arg.get_action().takes_values();
        let arg = arg.hide(!is_common).help(few).help_heading(None::<&'static str>);
        if takes_values { arg.hide_default_value(true).hide_possible_values(true) } else { arg }
    })
}

/// The beginning of what is said of an option.
fn few(words: &str) -> &str {
    let end = ["; ", ". ", ", ", ": ", " (", " ["].iter().filter_map(|end| words.find(end)).min();
    end.and_then(|end| words.get(..end)).unwrap_or(words)
}

fn listed(command: &Command) -> String {
    let (header, literal) = (STYLES.get_header(), STYLES.get_literal());
    let widest = GROUPS.iter().flat_map(|(_, names)| *names).map(|name| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (at, (group, names)) in GROUPS.iter().enumerate() {
        // A string takes whatever is written.
        let _ = writeln!(text, "{header}{group}:{header:#}");
        let commands = names.iter().filter_map(|name| command.find_subcommand(name));
        let mut lines: Vec<(String, String)> = commands
            .map(|it| (it.get_name().to_owned(), it.get_about().map(ToString::to_string).unwrap_or_default()))
            .collect();
        if at + 1 == GROUPS.len() {
            lines.push((HELP.0.to_owned(), HELP.1.to_owned()));
        }
        for (name, about) in lines {
            let gap = " ".repeat(widest.saturating_sub(name.len()) + 2);
            let _ = writeln!(text, "  {literal}{name}{literal:#}{gap}{about}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    /// A screen has fifty lines of eighty columns, whatever terminal the test runs in.
    #[test]
    fn the_short_help_of_every_command_fits_one_screen() {
        fn check(mut command: Command, path: &str) {
            let help = command.render_help().to_string();
            let lines = help.lines().count();
            assert!(lines <= 50, "{path}: {lines} lines\n{help}");
            for inner in command.get_subcommands() {
                check(inner.clone(), &format!("{path} {}", inner.get_name()));
            }
        }
        let mut command = in_groups(in_short(Cli::command())).term_width(80);
        command.build();
        check(command, "cis-audit");
    }

    /// What is left of a sentence that begins with another option says nothing.
    #[test]
    fn few_words_say_what_an_option_does() {
        fn check(command: &Command, path: &str) {
            for arg in command.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_hide_set()) {
                let words = arg.get_help().map(ToString::to_string).unwrap_or_default();
                let begins = ["With ", "Without ", "For "].iter().any(|it| words.starts_with(it));
                let says = !words.is_empty() && (!begins || words.split(' ').count() > 2);
                assert!(says, "{path} --{}: {words:?}", arg.get_id());
            }
            command.get_subcommands().for_each(|inner| check(inner, &format!("{path} {}", inner.get_name())));
        }
        check(&in_short(Cli::command()), "cis-audit");
    }

    #[test]
    fn every_common_option_is_one() {
        fn ids(command: &Command, known: &mut Vec<String>) {
            known.extend(command.get_arguments().map(|arg| arg.get_id().to_string()));
            command.get_subcommands().for_each(|inner| ids(inner, known));
        }
        let mut known = vec!["help".to_owned()];
        ids(&Cli::command(), &mut known);
        for common in COMMON {
            assert!(known.iter().any(|id| id == common), "{common}");
        }
    }

    #[test]
    fn every_command_is_in_one_group() {
        let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        let command = Cli::command();
        let mut commands: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        listed.sort_unstable();
        commands.sort_unstable();
        assert_eq!(listed, commands);
    }
}
