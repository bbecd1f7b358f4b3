//! An account read from AWS: the one place where the app is async.

use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;

use super::progress::Progress;
use super::say;
use crate::audit::{audit, relevant, settled};
use crate::aws::{self, Access, Clients, Interest};
use crate::cli::AwsArgs;
use crate::rule::{Demand, Rule};
use crate::snapshot::{MetricFilter, Snapshot};

/// How long the runtime may wait for what is left over, such as a name being looked up.
const GRACE: Duration = Duration::ZERO;

/// Reads what these controls need.
pub(super) fn collect(args: &AwsArgs, rules: &[Rule], now: Timestamp, show_progress: bool) -> anyhow::Result<Snapshot> {
    let filter = |filter: &MetricFilter| relevant(filter, rules);
    let enough = |snapshot: &Snapshot| settled(&audit(snapshot, rules));
    let security_hub = rules.iter().any(|rule| matches!(rule.demand, Demand::SecurityHubEnabled));
    read(args, now, show_progress, &Interest { filter: &filter, settled: &enough, security_hub })
}

/// Reads everything, for a file that other controls may be judged by later.
pub(super) fn collect_all(args: &AwsArgs, now: Timestamp) -> anyhow::Result<Snapshot> {
    read(args, now, true, &Interest { filter: &|_| true, settled: &|_| false, security_hub: true })
}

fn read(args: &AwsArgs, now: Timestamp, show_progress: bool, interest: &Interest<'_>) -> anyhow::Result<Snapshot> {
    let access = Access {
        profile: args.profile.clone(),
        region: args.region.clone(),
        endpoint_url: args.endpoint_url.clone(),
        role_arn: args.role_arn.clone(),
        external_id: args.external_id.clone(),
        timeout: args.timeout,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let progress = Progress::new(show_progress);
    let snapshot = runtime.block_on(async {
        let clients = Clients::connect(&access).await?;
        if clients.region_is_default() {
            say(&format!("note: no region is set, starting in {} (set --region or AWS_REGION)", clients.region()));
        }
        let snapshot = aws::collect(&clients, now, interest, &|what| progress.say(what)).await?;
        anyhow::Ok(snapshot)
    });
    runtime.shutdown_timeout(GRACE);
    snapshot
}
