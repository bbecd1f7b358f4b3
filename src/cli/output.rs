//! What is written, where to, and how it is displayed: options of every command that prints a report.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, ValueEnum};

use crate::report::Format;

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
pub(super) struct WantedParser(pub(super) &'static [Format]);

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
