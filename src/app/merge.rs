//! `cis-audit merge`: saved results as one report, or one saved report in another format. Nothing is judged again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::ffi::OsStr;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::catalog::{catalog_for, mapped};
use super::drift;
use super::inputs::Inputs;
use super::named::{name_of, say_ignored, text_of};
use super::reports::{Reports, written};
use super::stderr::say;
use crate::cli::{AuditArgs, CatalogArgs, MergeArgs, ScopeArgs, Wanted};
use crate::escape;
use crate::exit::ExitStatus;
use crate::finding::{Finding, RowSource, SavedRows, Subject, Verdict};
use crate::merge::{Merged, Part, merge};
use crate::organization::{Access, Account, Listed, Names};
use crate::report::stored::{self, Stored};
use crate::rule::{Benchmark, Rule};

/// What says by what the results of a directory were made.
const RUN: &str = "run.json";
/// That, and what was read of an account: no results.
const NO_RESULTS: [&str; 2] = [RUN, ".snapshot.json"];

/// Merges what the command line names.
pub(super) fn run(args: MergeArgs) -> anyhow::Result<ExitStatus> {
    let Found { files, interrupted, is_whole_organization } = files(&args.results)?;
    if args.expect.is_none() {
        for directory in interrupted {
            say(&format!(
                "note: the run that writes {directory} has not ended, so that accounts may be missing: go on with it \
                 (--resume {directory}), or name the accounts that must be there (--expect LIST)"
            ));
        }
    }
    let expected = args.expect.as_deref().map(expected).transpose()?.unwrap_or_default();
    let read: Vec<PathBuf> = files.iter().cloned().chain(args.expect.clone()).collect();
    let catalog = args.catalog.clone();
    let pages = pages(&args.results);
    let mut args = as_audit(args);
    args.many.out = pages;
    let baseline = drift::baseline(args.baseline.as_deref(), Subject::Account)?;
    Inputs::named(&read).spare(&written(&args))?;
    // A comparison with an earlier report is about all links of each chain.
    let shows_whole = |wanted: &Wanted| wanted.format.shows_whole_findings();
    let is_reduced = baseline.is_none() && !args.format.is_empty() && !args.format.iter().any(shows_whole);
    let (parts, is_of_many) = parts(&files, &catalog, is_reduced)?;
    // One report of one account stays that.
    let is_of_many = is_of_many || parts.len() > 1 || !expected.is_empty();
    let mut reports = Reports::open(&args)?;
    let Merged { mut report, drift, repeated } = merge(parts, expected, baseline.is_some())?;
    report.is_whole_organization |= is_whole_organization;
    let saved = drift.map(|drift| drift.about_many(is_of_many));
    if !is_of_many {
        report.accounts.clear();
    }
    for account in repeated {
        say(&format!("note: {}: there is more than one result, and one counts", escape::terminal(&account)));
    }
    let changes = baseline.map(|baseline| drift::since(baseline, &report, &args)).transpose()?.or(saved);
    reports.write(&args, &report, changes.as_ref())?;
    Ok(if args.exit_zero { ExitStatus::of_run(&report) } else { ExitStatus::of_audit(&report, changes.as_ref()) })
}

/// What the command line leads to.
#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    /// Directories whose run has not ended.
    interrupted: Vec<String>,
    /// A run that has ended named all accounts of the organization.
    is_whole_organization: bool,
}

/// The files of results: those that are named, and those in directories that are.
fn files(named: &[PathBuf]) -> anyhow::Result<Found> {
    let mut all = Found::default();
    let files = &mut all.files;
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
        match run_of(path) {
            Some(RunOf { ended: Some(ended) }) => all.is_whole_organization |= ended.whole_organization,
            Some(RunOf { ended: None }) => all.interrupted.push(path.display().to_string()),
            // Reports that somebody put together.
            None => {}
        }
    }
    Ok(all)
}

/// What the file of a run says of its end.
#[derive(Deserialize)]
struct RunOf {
    #[serde(default)]
    ended: Option<Ended>,
}

/// How a run ended.
#[derive(Deserialize)]
struct Ended {
    whole_organization: bool,
}

fn run_of(directory: &Path) -> Option<RunOf> {
    let text = fs::read(directory.join(RUN)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Where the pages of the accounts are: in the one directory that is named, if they were written there.
fn pages(named: &[PathBuf]) -> Option<PathBuf> {
    let [directory] = named else { return None };
    let is_page = |entry: fs::DirEntry| entry.path().extension() == Some(OsStr::new("html"));
    let has_pages = fs::read_dir(directory).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(is_page)));
    has_pages.then(|| directory.clone())
}

/// The controls by the version of the benchmark and the framework that is shown with them.
type Catalogs = BTreeMap<(&'static str, Option<String>), anyhow::Result<Vec<Arc<Rule>>>>;

/// The results of an account in a file, which are read again when they are written.
#[derive(Debug)]
struct FileRows {
    file: PathBuf,
    hash: u64,
}

impl FileRows {
    fn new(file: &Path, text: &str) -> Self {
        Self { file: file.to_owned(), hash: Self::hash(text) }
    }

    fn hash(text: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    }
}

impl RowSource for FileRows {
    fn rows(&self) -> io::Result<Vec<Box<RawValue>>> {
        let text = fs::read_to_string(&self.file)?;
        if Self::hash(&text) != self.hash {
            return Err(io::Error::other(format!("{} has changed since it was read", name_of(&self.file))));
        }
        Ok(stored::rows(&text)?)
    }
}

/// The reports of files, and whether one of them is about many accounts. Of many files only what the formats show is kept in
/// memory. `is_reduced`: they show no whole findings.
fn parts(files: &[PathBuf], args: &CatalogArgs, is_reduced: bool) -> anyhow::Result<(Vec<Part>, bool)> {
    // Rules are read once for each version that a report is by.
    let catalogs: RefCell<Catalogs> = RefCell::default();
    let rule_of = |benchmark: Benchmark, framework: Option<&str>, slug: &str| -> Option<Arc<Rule>> {
        let mut catalogs = catalogs.borrow_mut();
        let known = catalogs.entry((benchmark.as_str(), framework.map(str::to_owned)));
        let known = known.or_insert_with(|| rules(&CatalogArgs { benchmark, ..args.clone() }, framework));
        known.as_ref().ok()?.iter().find(|rule| rule.slug == slug).cloned()
    };
    let (mut parts, mut any_of_many) = (Vec::with_capacity(files.len()), false);
    for file in files {
        let text = text_of(file)?;
        let Stored { mut report, is_of_many, version, drift, ignored, incomplete, .. } =
            stored::read(&text, &rule_of).with_context(|| name_of(file))?;
        incomplete.map_or(Ok(()), |missing| Err(missing).with_context(|| name_of(file)))?;
        say_ignored(&name_of(file), &ignored);
        any_of_many |= is_of_many;
        if files.len() > 1 {
            // Standard input and pipes are read once.
            if let [audit] = &mut report.audits[..]
                && file.is_file()
            {
                audit.saved = SavedRows::Kept(Arc::new(FileRows::new(file, &text)));
            }
            let findings = report.audits.iter_mut().flat_map(|audit| &mut audit.findings);
            findings.filter(|_| is_reduced).for_each(Finding::reduce);
        }
        parts.push(Part { name: name_of(file), report, version, drift });
    }
    let broken = catalogs.into_inner().into_values().find_map(Result::err);
    broken.map_or(Ok((parts, any_of_many)), Err)
}

/// The controls of a version of the benchmark, as the reports were made by them.
fn rules(args: &CatalogArgs, framework: Option<&str>) -> anyhow::Result<Vec<Arc<Rule>>> {
    let catalog = catalog_for(args, framework)?;
    mapped(catalog.rules(), catalog.rules(), framework)
}

/// The accounts that a list names. Which one a profile is of, the results say.
fn expected(file: &Path) -> anyhow::Result<Vec<Account>> {
    let listed = Listed::read(&text_of(file)?).with_context(|| name_of(file))?;
    let account = |listed: Listed| {
        let id = listed.account().unwrap_or_default().to_owned();
        let access = match &listed.names {
            Names::Profile(profile) => Access::Profile(profile.clone()),
            Names::Account(_) | Names::Role { .. } => Access::Nothing,
        };
        listed.into_account(id, access)
    };
    Ok(listed.accounts.into_iter().map(account).collect())
}

fn as_audit(args: MergeArgs) -> AuditArgs {
    let MergeArgs { catalog, baseline, format, output, exit_zero, step_summary, display, .. } = args;
    let scope = ScopeArgs {
        only: Vec::new(),
        exclude: Vec::new(),
        level: None,
        only_level: false,
        verdict: Verdict::Cis,
        catalog,
    };
    // Addresses are masked or not as they are in the results.
    let offline = AuditArgs::offline(scope, display);
    let is_of_saved_results = true;
    AuditArgs {
        baseline,
        format,
        output,
        exit_zero,
        step_summary,
        show_endpoints: true,
        is_of_saved_results,
        ..offline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_that_changed_since_they_were_read_are_not_written() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("result.json");
        let text = r#"{"results": [{ "slug": "a b" }, {}]}"#;
        fs::write(&file, text).unwrap();
        let rows = FileRows::new(&file, text);
        let read: Vec<String> = rows.rows().unwrap().iter().map(|row| row.get().to_owned()).collect();
        assert_eq!(read, [r#"{"slug":"a b"}"#, "{}"]);
        fs::write(&file, text.replace('a', "c")).unwrap();
        let error = rows.rows().unwrap_err().to_string();
        assert_eq!(error, format!("{} has changed since it was read", file.display()));
    }
}
