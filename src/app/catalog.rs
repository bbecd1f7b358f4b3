//! Which rules an account is judged by: the built-in ones, those of a directory, or both, and which of them are chosen.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use crate::cli::{CatalogArgs, ScopeArgs};
use crate::rule::catalog::{Catalog, Directory};
use crate::rule::{Benchmark, Rule, RuleFiles, RuleId};

/// The rules that the command line names.
pub(super) fn catalog(args: &CatalogArgs) -> anyhow::Result<Catalog> {
    let instead = args.rules.iter().map(|dir| directory(dir, false));
    let added = args.add_rules.iter().map(|dir| directory(dir, true));
    let directories: Vec<Directory> = instead.chain(added).collect::<anyhow::Result<_>>()?;
    if directories.is_empty() {
        return Catalog::builtin(args.benchmark).context("the built-in rules");
    }
    Ok(Catalog::from_files(directories, args.benchmark)?)
}

/// The rule files of a directory: every `*.toml` in it.
fn directory(dir: &Path, are_added: bool) -> anyhow::Result<Directory> {
    let cannot_read = |path: &Path| format!("cannot read {}", path.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| cannot_read(dir))? {
        let path = entry.with_context(|| cannot_read(dir))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        bail!("no rule file (*.toml) in {}", dir.display());
    }
    paths.sort();
    let mut texts = Vec::new();
    for path in paths {
        let bytes = fs::read(&path).with_context(|| cannot_read(&path))?;
        let name = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|error| {
            anyhow::anyhow!("{name}: byte {} is not UTF-8 text", error.utf8_error().valid_up_to() + 1)
        })?;
        texts.push((name, text));
    }
    Ok(Directory { files: RuleFiles { directory: dir.display().to_string(), are_added }, texts })
}

/// The controls that are chosen.
pub(super) fn select(rules: &[Arc<Rule>], scope: &ScopeArgs) -> anyhow::Result<Vec<Arc<Rule>>> {
    if !scope.only.is_empty() && scope.only.iter().all(|name| name.trim().is_empty()) {
        bail!("--rule names no control: leave it out to audit all of them");
    }
    let ids = |names: &[String]| -> anyhow::Result<Vec<RuleId>> {
        names
            .iter()
            .filter(|name| !name.trim().is_empty())
            .map(|name| find(rules, name, &scope.catalog).map(|rule| rule.id))
            .collect()
    };
    let (only, exclude) = (ids(&scope.only)?, ids(&scope.exclude)?);
    let selected = |rule: &&Arc<Rule>| {
        (only.is_empty() || only.contains(&rule.id))
            && !exclude.contains(&rule.id)
            && scope.level.is_none_or(|level| level == rule.level || (rule.level < level && !scope.only_level))
    };
    let rules: Vec<Arc<Rule>> = rules.iter().filter(selected).cloned().collect();
    if rules.is_empty() {
        bail!("no control is left to audit: --rule, --exclude, --level and --only-level rule out all of them");
    }
    Ok(rules)
}

/// A rule by id or slug.
pub(super) fn find<'a>(rules: &'a [Arc<Rule>], name: &str, args: &CatalogArgs) -> anyhow::Result<&'a Rule> {
    let name = name.trim();
    rules.iter().map(Arc::as_ref).find(|rule| is_called(rule, name)).with_context(|| {
        let numbers = rules.iter().map(|rule| rule.id.to_string()).collect::<Vec<_>>().join(", ");
        let version = args.benchmark;
        match elsewhere(name, args) {
            Some((other, rule)) => match rules.iter().find(|here| here.slug == rule.slug) {
                Some(here) => {
                    format!("no control {name} in version {version}: {name} of version {other} is {} here", here.id)
                }
                None => format!(
                    "no control {name} in version {version}: it is in version {other} (add --benchmark {other})"
                ),
            },
            None => {
                format!("no control {name:?}: there are {numbers} (names: `cis-audit rules --benchmark {version}`)")
            }
        }
    })
}

/// Whether a control has this id or slug.
pub(super) fn is_called(rule: &Rule, name: &str) -> bool {
    Some(rule.id) == RuleId::parse(name) || rule.slug.eq_ignore_ascii_case(name)
}

/// The latest version of the benchmark in which a control is called so, and the control there.
pub(super) fn elsewhere(name: &str, args: &CatalogArgs) -> Option<(Benchmark, Arc<Rule>)> {
    Benchmark::ALL.into_iter().rev().find_map(|benchmark| {
        let catalog = catalog(&CatalogArgs { benchmark, ..args.clone() }).ok()?;
        let rule = catalog.rules().iter().find(|rule| is_called(rule, name))?.clone();
        Some((benchmark, rule))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_directory_of_rules_is_said_to_be_none() {
        let dir = tempfile::tempdir().expect("a directory");
        let load = |dir: &Path| directory(dir, true).expect_err("no rules").to_string();
        assert!(load(dir.path()).starts_with("no rule file (*.toml) in "));
        assert!(load(&dir.path().join("none")).starts_with("cannot read "));
        fs::write(dir.path().join("a.toml"), b"\xff").expect("a file");
        assert!(load(dir.path()).ends_with("a.toml: byte 1 is not UTF-8 text"));
    }
}
