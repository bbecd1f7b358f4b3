//! `cis-audit policy`: the IAM policy that the program needs, offline.

use std::io::Write as _;

use serde::Serialize;

use super::output::Output;
use crate::cli::PolicyArgs;
use crate::exit::ExitStatus;
use crate::fix::permissions::policy::{self, Scope};
use crate::fix::permissions::stack_set;
use crate::fix::plan::Options;

/// Prints the policy.
pub(super) fn run(args: &PolicyArgs) -> anyhow::Result<ExitStatus> {
    if args.org {
        return print(&stack_set::template()?);
    }
    let policy = if args.fix {
        let options =
            Options { name_prefix: args.name_prefix.clone(), log_group: args.log_group.clone(), ..Options::default() };
        options.check()?;
        let log_group = args.log_group.as_deref();
        policy::fix(Scope { partition: &args.partition, prefix: &args.name_prefix, log_group })
    } else {
        policy::audit()
    };
    print(&policy)
}

fn print(document: &impl Serialize) -> anyhow::Result<ExitStatus> {
    let mut output = Output::stdout()?;
    let written = writeln!(output.stream, "{}", serde_json::to_string_pretty(document)?);
    output.finish(written)?;
    Ok(ExitStatus::Success)
}
