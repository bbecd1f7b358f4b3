//! The executable: reads the command line, runs the app, turns the outcome into an exit code. Started by AWS Lambda it has
//! none, and works as a function.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[cfg(feature = "aws")]
    if let Some(address) = cis_audit::worker::address() {
        return cis_audit::worker::run(&address).into();
    }
    let cli = cis_audit::cli::Cli::read();
    cis_audit::app::run(cli).into()
}
