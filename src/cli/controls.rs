//! Which controls: options of every command that judges or lists some.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, ValueHint};

use super::parsers::level;
use crate::finding::Verdict;
use crate::rule::Benchmark;

/// Which controls.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Choose controls")]
pub struct ScopeArgs {
    /// Only these controls, by id, range (3.1-3.5) or name
    #[arg(long = "rule", value_name = "CONTROL", value_delimiter = ',', action = ArgAction::Append)]
    pub only: Vec<String>,
    /// All controls except these
    #[arg(long, value_name = "CONTROL", value_delimiter = ',', action = ArgAction::Append)]
    pub exclude: Vec<String>,
    /// Only the controls of this level of the benchmark; level 2 includes level 1
    #[arg(long, value_name = "LEVEL", value_parser = level)]
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

pub(super) fn benchmarks() -> impl TypedValueParser<Value = Benchmark> {
    PossibleValuesParser::new(Benchmark::ALL.map(Benchmark::as_str)).try_map(|version| version.parse())
}
