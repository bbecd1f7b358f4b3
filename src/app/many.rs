//! The audit of many accounts: which they are, what was kept of an earlier run, and one report of all of them.
//!
//! ```text
//! listing ──▶ accounts ──read──▶ snapshots ──judge──▶ results ──assemble──▶ one report
//!                 ▲                                      │
//!                 └──────────── DIR ◀────────────────────┘
//! ```
//!
//! Each account is read and judged by itself, as a single audit would be, and what was read is dropped then. Only what
//! others need is kept until all have been read: the accounts that own what they share.

use std::cell::RefCell;

use super::drift;
use super::judge::Judge;
use super::reports::Reports;
use super::stderr::say;
use crate::cli::AuditArgs;
use crate::exit::ExitStatus;
use crate::finding::Subject;

use self::reading::Reading;
use self::results::Results;
use self::store::Store;

mod collecting;
mod listing;
mod pool;
mod reading;
mod results;
pub(super) mod store;
mod targets;

/// Audits, or lists, the accounts that the command line names.
pub(super) fn run(args: &AuditArgs) -> anyhow::Result<ExitStatus> {
    let judge = Judge::new(args)?;
    judge.note_regions(&args.aws.region);
    let baseline = drift::baseline(args.baseline.as_deref(), Subject::Account)?;
    let reading = Reading::new(args, &judge)?;
    if args.many.list {
        return listing::print(args, &reading.list()?);
    }
    let store = args.many.directory().map(|dir| Store::open(dir, args, &judge)).transpose()?;
    let mut reports = Reports::open(args)?;
    let results = RefCell::new(Results::new(args, &judge, store.as_ref(), &mut reports));
    reading.run(&results)?;
    let report = results.into_inner().report()?;
    if let Some(shard) = args.many.shard.filter(|_| report.accounts.is_empty()) {
        say(&format!("note: no account is in shard {shard}: no report is written"));
        return Ok(ExitStatus::Success);
    }
    let changes = baseline.map(|baseline| drift::since(baseline, &report, args)).transpose()?;
    reports.write(args, &report, changes.as_ref())?;
    Ok(if args.exit_zero { ExitStatus::of_run(&report) } else { ExitStatus::of_audit(&report, changes.as_ref()) })
}
