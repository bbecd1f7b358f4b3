//! What has been found out so far: each account's report as it is known, kept and written at once where that is asked for, and
//! all of them as one in the end.

use super::store::Store;
use crate::app::account::now;
use crate::app::judge::{Judge, Owner};
use crate::app::reports::Reports;
use crate::cli::AuditArgs;
use crate::finding::{Finding, Report};
use crate::merge::{Merged, assemble};
use crate::organization::{Account, AccountOutcome, Entry};
use crate::snapshot::Snapshot;

/// The results so far.
pub(super) struct Results<'a> {
    args: &'a AuditArgs,
    judge: &'a Judge,
    store: Option<&'a Store>,
    reports: &'a mut Reports,
    done: Vec<Report>,
    /// Why accounts after these could not be listed.
    unlisted: Option<String>,
}

impl<'a> Results<'a> {
    pub(super) fn new(
        args: &'a AuditArgs,
        judge: &'a Judge,
        store: Option<&'a Store>,
        reports: &'a mut Reports,
    ) -> Self {
        Self { args, judge, store, reports, done: Vec::new(), unlisted: None }
    }

    /// What an earlier run kept of an account, if it is still to be taken.
    pub(super) fn kept(&mut self, account_id: &str) -> bool {
        let Some(kept) = self.store.and_then(|store| store.kept(account_id, now())) else { return false };
        self.hand_on(kept);
        true
    }

    /// An account was read: it is judged, and what was read of it is dropped. `owners`: accounts that it leads to.
    pub(super) fn read(
        &mut self,
        entry: Entry,
        snapshot: &Snapshot,
        owners: &[&Owner],
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
    pub(super) fn not_read(&mut self, entry: Entry) -> anyhow::Result<()> {
        let report = self.report_of_none(entry);
        self.finished(report)
    }

    fn report_of_none(&self, mut entry: Entry) -> Report {
        entry.tried_at = Some(now());
        self.judge.report_of_none(vec![entry])
    }

    fn finished(&mut self, report: Report) -> anyhow::Result<()> {
        if let Some(store) = self.store {
            store.keep(&report, self.args)?;
        }
        self.hand_on(report);
        Ok(())
    }

    fn hand_on(&mut self, report: Report) {
        self.reports.stream(self.args, &report);
        self.done.push(report);
    }

    /// The accounts were not listed to the end: what others there are is not known.
    pub(super) fn listing_stopped(&mut self, why: &str) {
        self.unlisted = Some(why.to_owned());
    }

    /// All of them. The listing has ended, or stopped.
    pub(super) fn report(mut self) -> anyhow::Result<Report> {
        let is_complete = self.unlisted.is_none();
        if let Some(why) = self.unlisted.take() {
            // It is of this run alone, and kept nowhere.
            let report = self.report_of_none(Entry::new(Account::unlisted(), AccountOutcome::Failed(why)));
            self.hand_on(report);
        }
        let (benchmark, verdict) = (self.judge.benchmark(), self.judge.verdict);
        let done = self.done.into_iter().map(|report| (report, None));
        let Merged { mut report, .. } = assemble(benchmark, verdict, done, Vec::new());
        report.is_whole_organization = is_complete && self.args.many.org && self.args.many.ou.is_empty();
        if let Some(store) = self.store.filter(|_| is_complete) {
            store.ended(report.is_whole_organization)?;
        }
        Ok(report)
    }
}
