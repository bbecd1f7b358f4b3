//! `cis-audit merge`: saved results as one report, or one saved report in another format. Nothing is judged again.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::catalog::catalog;
use super::drift;
use super::inputs::Inputs;
use super::named::{name_of, say_ignored, text_of};
use super::reports::{Reports, written};
use super::stderr::say;
use crate::cli::{AuditArgs, CatalogArgs, MergeArgs, ScopeArgs};
use crate::escape;
use crate::exit::ExitStatus;
use crate::finding::{Subject, Verdict};
use crate::merge::{Merged, Part, merge};
use crate::organization::{Access, Account, Listed};
use crate::report::stored::{self, Stored};
use crate::rule::catalog::Catalog;
use crate::rule::{Benchmark, Rule};
use std::cell::RefCell;
use std::sync::Arc;

/// What says by what the results of a directory were made, and what was read of an account: no results.
const NO_RESULTS: [&str; 2] = ["run.json", ".snapshot.json"];

/// Merges what the command line names.
pub(super) fn run(args: MergeArgs) -> anyhow::Result<ExitStatus> {
    let files = files(&args.results)?;
    let expected = args.expect.as_deref().map(expected).transpose()?.unwrap_or_default();
    let read: Vec<PathBuf> = files.iter().cloned().chain(args.expect.clone()).collect();
    let catalog = args.catalog.clone();
    let pages = pages(&args.results);
    let mut args = as_audit(args);
    args.many.out = pages;
    let baseline = drift::baseline(args.baseline.as_deref(), Subject::Account)?;
    Inputs::named(&read).spare(&written(&args))?;
    let (parts, is_of_many) = parts(&files, &catalog)?;
    // One report of one account stays that.
    let is_of_many = is_of_many || parts.len() > 1 || !expected.is_empty();
    let mut reports = Reports::open(&args)?;
    let Merged { mut report, repeated } = merge(parts, expected)?;
    if !is_of_many {
        report.accounts.clear();
    }
    for account in repeated {
        say(&format!("note: {}: there is more than one result, and one counts", escape::terminal(&account)));
    }
    let changes = baseline.map(|baseline| drift::since(baseline, &report, &args)).transpose()?;
    reports.write(&args, &report, changes.as_ref())?;
    Ok(if args.exit_zero { ExitStatus::of_run(&report) } else { ExitStatus::of_audit(&report, changes.as_ref()) })
}

/// The files of results: those that are named, and those in directories that are.
fn files(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let cannot_read = || format!("cannot read {}", path.display());
        let mut found = Vec::new();
        for entry in fs::read_dir(path).with_context(cannot_read)? {
            let file = entry.with_context(cannot_read)?.path();
            let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
            // One that a killed run began has another ending.
            if name.ends_with(".json") && !NO_RESULTS.iter().any(|other| name.ends_with(other)) {
                found.push(file);
            }
        }
        // A run whose shard has no account leaves a directory without results.
        if found.is_empty() && !path.join(NO_RESULTS[0]).exists() {
            bail!("{} holds no results (ACCOUNT.json, as --out writes them)", path.display());
        }
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}

/// Where the pages of the accounts are: in the one directory that is named, if they were written there.
fn pages(named: &[PathBuf]) -> Option<PathBuf> {
    let [directory] = named else { return None };
    let is_page = |entry: fs::DirEntry| entry.path().extension() == Some(OsStr::new("html"));
    let has_pages = fs::read_dir(directory).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(is_page)));
    has_pages.then(|| directory.clone())
}

/// The reports of files, and whether one of them is about many accounts.
fn parts(files: &[PathBuf], args: &CatalogArgs) -> anyhow::Result<(Vec<Part>, bool)> {
    // Rules are read once for each version that a report is by.
    let catalogs: RefCell<BTreeMap<&str, anyhow::Result<Catalog>>> = RefCell::default();
    let rule_of = |benchmark: Benchmark, slug: &str| -> Option<Arc<Rule>> {
        let mut catalogs = catalogs.borrow_mut();
        let known = catalogs.entry(benchmark.as_str());
        let known = known.or_insert_with(|| catalog(&CatalogArgs { benchmark, ..args.clone() }));
        known.as_ref().ok()?.rules().iter().find(|rule| rule.slug == slug).cloned()
    };
    let (mut parts, mut any_of_many) = (Vec::with_capacity(files.len()), false);
    for file in files {
        let Stored { report, is_of_many, version, ignored } =
            stored::read(&text_of(file)?, &rule_of).with_context(|| name_of(file))?;
        say_ignored(&name_of(file), &ignored);
        any_of_many |= is_of_many;
        parts.push(Part { name: name_of(file), report, version });
    }
    let broken = catalogs.into_inner().into_values().find_map(Result::err);
    broken.map_or(Ok((parts, any_of_many)), Err)
}

/// The accounts that a list names. A profile says nothing of which account is meant.
fn expected(file: &Path) -> anyhow::Result<Vec<Account>> {
    let listed = Listed::read(&text_of(file)?).with_context(|| name_of(file))?;
    let account = |listed: Listed| {
        let Some(id) = listed.account().map(str::to_owned) else {
            bail!("{}: line {}: an account id or the ARN of a role is asked for", name_of(file), listed.line);
        };
        Ok(listed.into_account(id, Access::Nothing))
    };
    listed.into_iter().map(account).collect()
}

fn as_audit(args: MergeArgs) -> AuditArgs {
    let MergeArgs { catalog, baseline, format, output, exit_zero, step_summary, look, .. } = args;
    let scope = ScopeArgs {
        only: Vec::new(),
        exclude: Vec::new(),
        level: None,
        only_level: false,
        verdict: Verdict::Cis,
        catalog,
    };
    // Addresses are masked or not as they are in the results.
    let offline = AuditArgs::offline(scope, look);
    AuditArgs { baseline, format, output, exit_zero, step_summary, show_endpoints: true, ..offline }
}
