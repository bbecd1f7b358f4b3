//! Man pages: options and commands come from the command line's definition, the rest from `man/sections.roff`.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_mangen::Man;

use super::output::{Output, print};
use crate::cli::Cli;
use crate::exit::ExitStatus;
use crate::file::Readers;

/// The day of the release whose version Cargo.toml has: pages are the same whenever they are printed.
const RELEASED: &str = "2026-11-28";

/// What every page is part of.
const SOURCE: &str = concat!("cis-audit ", env!("CARGO_PKG_VERSION"));

/// Exit codes, environment, files and examples, in roff.
const SECTIONS: &str = include_str!("man/sections.roff");

/// Prints the main page, or writes all pages into a directory.
pub(super) fn run(dir: Option<&Path>) -> anyhow::Result<ExitStatus> {
    // A commit would change every page that nothing changed in.
    let mut command = Cli::command().long_version(None::<&'static str>);
    command.build();
    match dir {
        None => print(&page(command)?)?,
        Some(dir) => {
            fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
            write_tree(command, dir)?;
        }
    }
    Ok(ExitStatus::Success)
}

/// The page of a command and those of its commands.
fn write_tree(command: clap::Command, dir: &Path) -> anyhow::Result<()> {
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        write_tree(command.clone(), dir)?;
    }
    let file = dir.join(Man::new(command.clone()).get_filename());
    let mut output = Output::open(Some(&file), Readers::AsBefore)?;
    let written = output.stream.write_all(&page(command)?);
    output.finish(written)
}

/// One page, through memory: a closed pipe is then an error like others.
fn page(command: clap::Command) -> io::Result<Vec<u8>> {
    let is_main = command.get_name() == env!("CARGO_PKG_NAME");
    let has_commands = command.has_subcommands();
    let man = Man::new(command).date(RELEASED).source(SOURCE).manual("cis-audit manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    if is_main {
        page.extend_from_slice(SECTIONS.as_bytes());
        man.render_version_section(&mut page)?;
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change to the one needs a change to the other.
    #[test]
    fn a_version_has_its_day() {
        assert_eq!((env!("CARGO_PKG_VERSION"), RELEASED), ("0.1.0", "2026-11-28"));
    }
}
