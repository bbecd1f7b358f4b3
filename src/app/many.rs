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

use super::account::now;
use super::drift;
use super::judge::Judge;
use super::reports::Reports;
use crate::cli::AuditArgs;
use crate::exit::ExitStatus;
use crate::finding::{Finding, Report};
use crate::merge::{Merged, assemble};
use crate::organization::Entry;
use crate::snapshot::Snapshot;

use self::reading::Reading;
use self::store::Store;

mod listing;
mod reading;
pub(super) mod store;

/// Audits, or lists, the accounts that the command line names.
pub(super) fn run(args: &AuditArgs) -> anyhow::Result<ExitStatus> {
    let judge = Judge::new(args)?;
    let baseline = args.baseline.as_deref().map(drift::read).transpose()?;
    let reading = Reading::new(args, &judge)?;
    if args.many.list {
        return listing::print(args, &reading.list()?);
    }
    let store = args.many.directory().map(|dir| Store::open(dir, args, &judge)).transpose()?;
    let mut reports = Reports::open(args)?;
    let results = RefCell::new(Results::new(args, &judge, store.as_ref(), &mut reports));
    reading.run(&results)?;
    let report = results.into_inner().report();
    let changes = baseline.map(|baseline| drift::since(baseline, &report, args)).transpose()?;
    reports.write(args, &report, changes.as_ref())?;
    Ok(if args.exit_zero { ExitStatus::of_run(&report) } else { ExitStatus::of_audit(&report, changes.as_ref()) })
}

/// The results so far.
struct Results<'a> {
    args: &'a AuditArgs,
    judge: &'a Judge,
    store: Option<&'a Store>,
    reports: &'a mut Reports,
    done: Vec<Report>,
}

impl<'a> Results<'a> {
    fn new(args: &'a AuditArgs, judge: &'a Judge, store: Option<&'a Store>, reports: &'a mut Reports) -> Self {
        Self { args, judge, store, reports, done: Vec::new() }
    }

    /// What an earlier run kept of an account, if it is still to be taken.
    fn kept(&mut self, account_id: &str) -> bool {
        let Some(kept) = self.store.and_then(|store| store.kept(account_id, now())) else { return false };
        self.reports.stream(self.args, &kept);
        self.done.push(kept);
        true
    }

    /// An account was read: it is judged, and what was read of it is dropped. `owners`: accounts that it leads to.
    fn read(
        &mut self,
        entry: Entry,
        snapshot: &Snapshot,
        owners: &[&Snapshot],
        management: Option<&str>,
    ) -> anyhow::Result<()> {
        let mut report = self.judge.report_among(snapshot, owners);
        // AWS Organizations records what these ask about in the management account alone.
        if management.is_some_and(|management| management != snapshot.account_id) {
            let is_asked = |finding: &Finding| !finding.rule.demand.is_of_organization();
            report.audits.iter_mut().for_each(|audit| audit.findings.retain(is_asked));
        }
        report.accounts = vec![entry];
        if let Some(store) = self.store.filter(|_| self.args.many.keep_snapshots) {
            store.keep_snapshot(snapshot)?;
        }
        self.finished(report)
    }

    /// An account was not read.
    fn not_read(&mut self, entry: Entry) -> anyhow::Result<()> {
        let report = self.judge.report_of_none(vec![entry]);
        self.finished(report)
    }

    fn finished(&mut self, report: Report) -> anyhow::Result<()> {
        if let Some(store) = self.store {
            store.keep(&report, self.args)?;
        }
        self.reports.stream(self.args, &report);
        self.done.push(report);
        Ok(())
    }

    fn report(self) -> Report {
        let (benchmark, verdict) = (self.judge.benchmark(), self.judge.verdict);
        let Merged { report, .. } = assemble(benchmark, verdict, self.done, Vec::new());
        report
    }
}
