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
use crate::cli::{AuditArgs, AwsArgs, OutputArgs, OwnerArgs, ReadArgs};
use crate::document::Opened;
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

/// The account that owns the log group of the organization's trail, where it is named.
pub(super) fn owner(args: &AuditArgs, rules: &[Arc<Rule>]) -> anyhow::Result<Option<Snapshot>> {
    let OwnerArgs { owner_snapshot, owner_role_arn } = &args.owner;
    match (owner_snapshot, owner_role_arn) {
        (Some(file), _) => saved(Some(file)).map(|saved| Some(saved.snapshot)),
        (None, Some(arn)) => {
            let aws = AwsArgs { role_arn: Some(arn.clone()), ..args.aws.clone() };
            collect(&aws, &args.read, rules, &args.look).map(Some).context("the owner of the organization's trail")
        }
        (None, None) => Ok(None),
    }
}

#[cfg(feature = "aws")]
pub(super) fn collect(
    aws: &AwsArgs,
    read: &ReadArgs,
    rules: &[Arc<Rule>],
    look: &OutputArgs,
) -> anyhow::Result<Snapshot> {
    live::collect(aws, read, rules, now(), Spinner::from_args(look))
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
