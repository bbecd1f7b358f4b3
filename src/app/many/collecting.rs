//! Reads one of many accounts, so far as the controls need it.

use std::sync::Arc;

use crate::app::account::now;
use crate::app::live::read_for_audit;
use crate::audit::{audit, settled};
use crate::aws::{Clients, CollectError};
use crate::cli::ManyArgs;
use crate::rule::Rule;
use crate::snapshot::Snapshot;

/// Reads an account.
///
/// # Errors
/// It cannot be read at all.
pub(super) async fn collect(args: &ManyArgs, rules: &[Arc<Rule>], clients: &Clients) -> Result<Snapshot, CollectError> {
    let is_settled = |snapshot: &Snapshot| settled(&audit(snapshot, rules));
    let mut snapshot = read_for_audit(clients, args.at.unwrap_or_else(now), rules, &is_settled, &|_| {}).await?;
    if args.is_part {
        // Else each try would judge another account, and its hash would be another one.
        snapshot.round_deliveries();
    }
    Ok(snapshot)
}
