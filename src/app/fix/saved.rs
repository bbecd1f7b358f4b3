//! A plan that was saved before: read, and held against what would be planned now.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::super::named::text_of;
use crate::fix::plan::Plan;
use crate::fix::validate;

/// Differences that are named before the rest is counted.
const SHOWN: usize = 12;

/// Reads a plan that is to be carried out, or held against a new one.
pub(super) fn read(file: &Path) -> anyhow::Result<Plan> {
    let text = text_of(file)?;
    let cannot = || format!("{} cannot be applied", file.display());
    let plan = Plan::parse(&text).with_context(cannot)?;
    plan.options.check().with_context(cannot)?;
    validate::plan(&plan).with_context(cannot)?;
    Ok(plan)
}

/// A saved plan is carried out only if it is what would be planned now.
pub(super) fn unless_stale(saved: &Plan, fresh: &Plan) -> anyhow::Result<()> {
    let place = |plan: &Plan| (plan.account_id.clone(), plan.partition.clone(), plan.region.clone());
    if place(saved) != place(fresh) {
        let ((wanted, _, region), (account, _, here)) = (place(saved), place(fresh));
        bail!("the plan is for account {wanted} in {region}, and this is account {account} in {here}");
    }
    let mut lines = saved.differences(fresh);
    if lines.is_empty() {
        return Ok(());
    }
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    bail!(
        "the plan is stale: what would be planned now differs, because the account has changed since {}; make a new one\n  {}",
        saved.collected_at,
        lines.join("\n  ")
    )
}
