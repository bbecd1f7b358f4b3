//! The executable: reads the command line, runs the app, turns the outcome into an exit code.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cis_audit::cli::Cli::parse();
    cis_audit::app::run(cli).into()
}
