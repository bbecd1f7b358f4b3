//! The program as a function of AWS Lambda: it asks the runtime API for events, does what each of them says and answers.
//! Nothing else in the program knows of Lambda: the work is done by the commands that a person would type.
//!
//! ```text
//! {"task": "list", "run": "RUN"}    cis-audit --org … --list        ──▶ runs/RUN/accounts.json, runs/RUN/batches.json
//! {"accounts": […], "run": "RUN"}   cis-audit --accounts … --out …  ──▶ runs/RUN/ACCOUNT.json
//! {"task": "merge", "run": "RUN"}   cis-audit merge … --expect …    ──▶ latest.json, report.html, a notice
//! {"Records": […]}                  the second, for accounts in which something has changed, and latest.json anew
//! ```
//!
//! Results go to a bucket, an object for each account, and never into an answer, whose size is limited. Everything may be
//! done again: what is there and was audited is kept, and what is written depends on nothing but what was read.

mod accounts;
mod changes;
mod event;
mod events;
mod list;
mod merge;
mod newest;
mod results;
mod runtime;
mod settings;
mod task;

use std::env;

use anyhow::Context as _;
use serde_json::Value;

use self::event::Asked;
use self::runtime::Api;
use self::settings::Settings;
use self::task::Worker;
use crate::exit::ExitStatus;

/// The variable in which Lambda says where its runtime API is (Lambda developer guide, "Using the Lambda runtime API").
const API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Where the runtime API is, if Lambda started this process, and as a function: with arguments it is a command that a
/// function runs.
#[must_use]
pub fn address() -> Option<String> {
    let is_bare = env::args_os().nth(1).is_none();
    variable(API).filter(|address| is_bare && !address.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "Lambda and its template hand over settings in variables, not arguments")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// Works until Lambda ends the process, or cannot be reached.
pub fn run(address: &str) -> ExitStatus {
    match serve(address) {
        Ok(()) => ExitStatus::Success,
        Err(error) => {
            crate::app::complain(&error);
            ExitStatus::Error
        }
    }
}

fn serve(address: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let api = Api::new(address);
    let settings = match Settings::read(&variable) {
        Ok(settings) => settings,
        Err(error) => {
            runtime.block_on(api.cannot_start(&error))?;
            return Err(error);
        }
    };
    let worker = Worker::new(&runtime, settings);
    loop {
        let invocation = runtime.block_on(api.next())?;
        let done = handle(&worker, &invocation.event);
        if let Err(error) = &done {
            crate::app::complain(error);
        }
        runtime.block_on(api.answer(&invocation.id, done))?;
    }
}

/// Does what an event asks for: the answer.
fn handle(worker: &Worker<'_>, event: &[u8]) -> anyhow::Result<Value> {
    let asked = Asked::read(event)?;
    let clients = worker.connect()?;
    match asked {
        Asked::List(run) => list::write(worker, &clients, &run),
        Asked::Accounts { run, accounts, management } => {
            let done = accounts::audit(worker, &clients, &run, &accounts, management.as_deref())?;
            Ok(done.answer(&run))
        }
        Asked::Merge(run) => merge::merge(worker, &clients, &run),
        Asked::Changed { signals, refused } => events::audit(worker, &clients, &signals, &refused),
    }
}
