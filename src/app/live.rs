//! An account of AWS, read and changed: the one place where the app is async.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use tokio::runtime::Runtime;

use super::progress::{Progress, Spinner};
use super::prompt;
use super::stderr::say;
use crate::audit::{audit, lacks_an_alarm, leaves_unwatched, relevant, settled};
use crate::aws::provision::AwsProvider;
use crate::aws::{self, Access, Clients, CollectError, Interest};
use crate::cli::{AwsArgs, ReadArgs};
use crate::file::take_interrupts;
use crate::fix::apply::{Outcome, apply};
use crate::fix::execute::StepEvent;
use crate::fix::journal::{Header, Journal};
use crate::fix::plan::{Options, Plan, Step};
use crate::fix::questions::questions;
use crate::fix::survey::Survey;
use crate::fix::undo::{self, Consent, Removal, Seen, Undone};
use crate::rule::{Demand, Rule};
use crate::snapshot::{MetricFilter, Snapshot};

/// How long the runtime may wait for what is left over, such as a name being looked up.
const GRACE: Duration = Duration::ZERO;

/// Reads what these controls need.
pub(super) fn collect(
    args: &AwsArgs,
    read: &ReadArgs,
    rules: &[Arc<Rule>],
    now: Timestamp,
    spinner: Spinner,
) -> anyhow::Result<Snapshot> {
    Session::connect(args, Some(read), spinner)?.collect_for_audit(now, rules)
}

/// Reads everything, for a file that other controls may be judged by later; `fix`: and also what such a fix asks.
pub(super) fn collect_all(
    args: &AwsArgs,
    read: &ReadArgs,
    now: Timestamp,
    fix: Option<&Options>,
) -> anyhow::Result<(Snapshot, Survey)> {
    let session = Session::connect(args, Some(read), Spinner::Unicode)?;
    let mut snapshot = session.collect(
        now,
        &Interest {
            filter: &|_| true,
            settled: &|_| false,
            event_rules: &|_| true,
            monitoring_links: &|_| true,
            security_hub: true,
        },
    )?;
    let survey = fix.map(|options| session.read_survey(&mut snapshot, options)).transpose()?;
    Ok((snapshot, survey.unwrap_or_default()))
}

/// How to reach AWS, as the command line asks.
pub(super) fn access(args: &AwsArgs, read: Option<&ReadArgs>) -> Access {
    Access {
        profile: args.profile.clone(),
        region: args.region.first().cloned(),
        further_regions: args.region.iter().skip(1).cloned().collect(),
        endpoint_url: args.endpoint_url.clone(),
        role_arn: args.role_arn.clone(),
        external_id: args.external_id.clone(),
        timeout: args.timeout,
        debug: args.debug.then_some(say),
        ask: prompt::line,
        deadline: read.map_or(Duration::MAX, |read| read.deadline),
        skip_optional: read.is_some_and(|read| read.skip_optional),
    }
}

/// Reads what these controls need of an account.
pub(super) async fn read_for_audit(
    clients: &Clients,
    now: Timestamp,
    rules: &[Arc<Rule>],
    settled: &dyn Fn(&Snapshot) -> bool,
    progress: &dyn Fn(&str),
) -> Result<Snapshot, CollectError> {
    let filter = |filter: &MetricFilter| relevant(filter, rules);
    let security_hub = rules.iter().any(|rule| matches!(rule.demand, Demand::SecurityHubEnabled));
    let event_rules = |snapshot: &Snapshot| leaves_unwatched(&audit(snapshot, rules));
    let monitoring_links = &|snapshot: &Snapshot| lacks_an_alarm(&audit(snapshot, rules));
    let interest = Interest { filter: &filter, settled, event_rules: &event_rules, monitoring_links, security_hub };
    aws::collect(clients, now, &interest, progress).await
}

/// Clients for one account, with the runtime that they run on.
pub(super) struct Session {
    /// `None` once it is shut down.
    runtime: Option<Runtime>,
    clients: Clients,
    spinner: Spinner,
    /// Ctrl-C has been listened to: from then on it ends nothing by itself.
    listens: Cell<bool>,
}

impl Session {
    /// Finds region and credentials. `read`: how much of the account is read, where it is audited.
    pub(super) fn connect(args: &AwsArgs, read: Option<&ReadArgs>, spinner: Spinner) -> anyhow::Result<Self> {
        let access = access(args, read);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
        let clients = match runtime.block_on(Clients::connect(&access)) {
            Ok(clients) => clients,
            Err(error) => {
                runtime.shutdown_timeout(GRACE);
                return Err(error.into());
            }
        };
        if clients.region_is_default() {
            say(&format!("note: no region is set, starting in {} (set --region or AWS_REGION)", clients.region()));
        }
        // A line that is redrawn and lines that stay do not go together.
        let spinner = if args.debug { Spinner::Hidden } else { spinner };
        Ok(Self { runtime: Some(runtime), clients, spinner, listens: Cell::new(false) })
    }

    /// The clients of the caller's account.
    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// What is shown while something is read.
    pub(super) fn progress(&self) -> Progress {
        Progress::new(self.spinner)
    }

    /// Does something that waits for AWS.
    pub(super) fn block_on<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => bail!("the session has ended"),
        }
    }

    fn read(
        &self,
        now: Timestamp,
        rules: &[Arc<Rule>],
        settled: &dyn Fn(&Snapshot) -> bool,
    ) -> anyhow::Result<Snapshot> {
        let progress = self.progress();
        let say = |what: &str| progress.say(what);
        self.read_again(read_for_audit(&self.clients, now, rules, settled, &say))
    }

    fn collect(&self, now: Timestamp, interest: &Interest<'_>) -> anyhow::Result<Snapshot> {
        let progress = self.progress();
        let say = |what: &str| progress.say(what);
        self.read_again(aws::collect(&self.clients, now, interest, &say))
    }

    fn read_again(&self, reading: impl Future<Output = Result<Snapshot, CollectError>>) -> anyhow::Result<Snapshot> {
        self.block_on(async {
            tokio::select! {
                snapshot = reading => Ok(snapshot?),
                () = self.interrupted() => bail!("interrupted while the account was read again"),
            }
        })
    }

    /// Ends with Ctrl-C, where that does not end the program by itself.
    async fn interrupted(&self) {
        if !self.listens.get() || tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Reads what these controls need.
    pub(super) fn collect_for_audit(&self, now: Timestamp, rules: &[Arc<Rule>]) -> anyhow::Result<Snapshot> {
        self.read(now, rules, &|snapshot| settled(&audit(snapshot, rules)))
    }

    /// Reads what these controls need, and also what a fix of them asks.
    pub(super) fn collect_for_fix(
        &self,
        now: Timestamp,
        rules: &[Arc<Rule>],
        options: &Options,
    ) -> anyhow::Result<(Snapshot, Survey)> {
        let mut snapshot = self.read(now, rules, &|_| false)?;
        let survey = self.read_survey(&mut snapshot, options)?;
        Ok((snapshot, survey))
    }

    /// Reads what a fix asks of an account that is read already.
    fn read_survey(&self, snapshot: &mut Snapshot, options: &Options) -> anyhow::Result<Survey> {
        let progress = Progress::new(self.spinner);
        progress.say("checking whether the names for new resources are free");
        let asked = questions(snapshot, options);
        self.block_on(async { Ok(aws::read_survey(&self.clients, snapshot, &asked, &options.name_prefix).await) })
    }

    /// Applies a plan; each step is reported as it begins.
    pub(super) fn apply(
        &self,
        plan: &Plan,
        journal: &mut Journal,
        report: &dyn Fn(StepEvent<'_>),
    ) -> anyhow::Result<Outcome> {
        let cancelled = AtomicBool::new(false);
        let is_cancelled = || cancelled.load(Ordering::Relaxed);
        self.listens.set(true);
        self.block_on(until_interrupted(&cancelled, async {
            let account = AwsProvider::connect(&self.clients, &plan.account_id, &plan.partition).await?;
            Ok(apply(&account, plan, journal, report, &is_cancelled).await?)
        }))
    }

    /// Waits, unless Ctrl-C ends it.
    pub(super) fn pause(&self, time: Duration) -> anyhow::Result<()> {
        self.listens.set(true);
        take_interrupts();
        self.block_on(async {
            tokio::select! {
                () = tokio::time::sleep(time) => Ok(()),
                () = self.interrupted() => bail!("interrupted while waiting for subscriptions to be confirmed"),
            }
        })
    }

    /// What undoing a fix would result in.
    pub(super) fn inspect_removals(
        &self,
        header: &Header,
        removals: &[Removal],
        consent: &Consent,
    ) -> anyhow::Result<Vec<Seen>> {
        self.block_on(async {
            let account = AwsProvider::connect(&self.clients, &header.account_id, &header.partition).await?;
            Ok(undo::inspect(&account, removals, consent).await)
        })
    }

    /// Removes what a fix made; reports the outcome of each step.
    pub(super) fn undo(
        &self,
        header: &Header,
        removals: &[Removal],
        consent: &Consent,
        report: &mut dyn FnMut(&Step, &Undone),
    ) -> anyhow::Result<()> {
        let cancelled = AtomicBool::new(false);
        let is_cancelled = || cancelled.load(Ordering::Relaxed);
        self.block_on(until_interrupted(&cancelled, async {
            let account = AwsProvider::connect(&self.clients, &header.account_id, &header.partition).await?;
            undo::undo(&account, removals, consent, report, &is_cancelled).await;
            Ok(())
        }))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(GRACE);
        }
    }
}

/// The first Ctrl-C lets the call under way end, the second does not.
async fn until_interrupted<T>(
    cancelled: &AtomicBool,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    take_interrupts();
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            outcome = &mut work => return outcome,
            Ok(()) = tokio::signal::ctrl_c() => {
                if cancelled.swap(true, Ordering::Relaxed) {
                    bail!("interrupted; the journal says what was begun");
                }
                say("interrupted: the current call is finished, and no other call is made (Ctrl-C again stops at once)");
            }
        }
    }
}
