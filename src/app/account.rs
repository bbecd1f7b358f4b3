//! Which account is judged: a saved one, the built-in one, or the one of the credentials.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
#[cfg(not(feature = "aws"))]
use anyhow::bail;
#[cfg(feature = "aws")]
use jiff::Timestamp;

#[cfg(feature = "aws")]
use super::live;
use super::named::{name_of, say_ignored};
#[cfg(feature = "aws")]
use super::progress::Spinner;
use super::stderr::say;
use crate::cli::{AwsArgs, OutputArgs, OwnerArgs, ReadArgs};
use crate::document::Opened;
use crate::escape;
use crate::fix::plan::Options;
use crate::fix::survey::Survey;
use crate::rule::Rule;
use crate::saved::Saved;
use crate::snapshot::Snapshot;

/// The account that `--demo` audits.
const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");

/// The saved or built-in account.
pub(super) fn saved(file: Option<&Path>) -> anyhow::Result<Saved> {
    let Some(file) = file else { return Ok(Saved::from_json(DEMO).context("the built-in account")?.document) };
    let opened = load(file)?;
    say_ignored(&name_of(file), &opened.ignored);
    Ok(opened.document)
}

fn load(file: &Path) -> anyhow::Result<Opened<Saved>> {
    if file == Path::new("-") {
        return Saved::from_reader(io::stdin().lock()).context("standard input");
    }
    let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    Saved::from_reader(opened).with_context(|| file.display().to_string())
}

/// The account that owns the log group of the organization's trail, where it is named, for an account that is judged.
pub(super) fn owner(
    named: &OwnerArgs,
    (aws, read, display): (&AwsArgs, &ReadArgs, &OutputArgs),
    rules: &[Arc<Rule>],
    member: &Snapshot,
) -> anyhow::Result<Option<Snapshot>> {
    let owner = match (&named.owner_snapshot, &named.owner_role_arn) {
        (Some(file), _) => saved(Some(file))?.snapshot,
        (None, Some(arn)) => {
            let aws = AwsArgs { role_arn: Some(arn.clone()), ..aws.clone() };
            collect(&aws, read, rules, display).context("the owner of the organization's trail")?
        }
        (None, None) => return Ok(None),
    };
    if !leads_to(member, &owner) {
        say(&format!(
            "note: no trail of {} delivers to account {}: what was read of it decides nothing",
            escape::terminal(&member.account_id),
            escape::terminal(&owner.account_id)
        ));
    }
    Ok(Some(owner))
}

/// Whether a trail that the account sees delivers to a log group of another.
fn leads_to(snapshot: &Snapshot, owner: &Snapshot) -> bool {
    let groups = snapshot.trails().iter().filter_map(|trail| trail.log_group_arn.as_ref()?.account());
    groups.into_iter().any(|account| account == owner.account_id)
}

/// Notes where options about AWS have no effect: the account is saved, and no owner of its trail is read.
pub(super) fn note_saved(is_saved: bool, aws: &AwsArgs, owner: &OwnerArgs) {
    if is_saved && aws.asks_for_something() && owner.owner_role_arn.is_none() {
        say("note: a saved account is judged as it was saved: the options about AWS do nothing here");
    }
}

#[cfg(feature = "aws")]
pub(super) fn collect(
    aws: &AwsArgs,
    read: &ReadArgs,
    rules: &[Arc<Rule>],
    display: &OutputArgs,
) -> anyhow::Result<Snapshot> {
    live::collect(aws, read, rules, now(), Spinner::from_args(display))
}

#[cfg(feature = "aws")]
pub(super) fn collect_all(aws: &AwsArgs, read: &ReadArgs, fix: Option<&Options>) -> anyhow::Result<(Snapshot, Survey)> {
    live::collect_all(aws, read, now(), fix)
}

#[cfg(not(feature = "aws"))]
pub(super) fn collect(_: &AwsArgs, _: &ReadArgs, _: &[Arc<Rule>], _: &OutputArgs) -> anyhow::Result<Snapshot> {
    bail!("this cis-audit was built without AWS access: use --snapshot FILE or --demo")
}

#[cfg(not(feature = "aws"))]
pub(super) fn collect_all(_: &AwsArgs, _: &ReadArgs, _: Option<&Options>) -> anyhow::Result<(Snapshot, Survey)> {
    bail!("this cis-audit was built without AWS access: use --snapshot FILE or --demo")
}

#[cfg(feature = "aws")]
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}
