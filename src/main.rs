//! The executable: reads the command line, runs the app, turns the outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cis_audit::cli::Cli::read();
    cis_audit::app::run(cli).into()
}
