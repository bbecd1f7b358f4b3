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
