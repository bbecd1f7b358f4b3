//! Which rules an account is judged by: the built-in ones, those of a directory, or both, and which of them are chosen.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::stderr::say;
use crate::cli::{CatalogArgs, ScopeArgs};
use crate::misspelt;
use crate::rule::catalog::{Catalog, Directory};
use crate::rule::{Benchmark, Rule, RuleFiles, RuleId, called};

/// The rules that the command line names. What is to be known of their files is said once, on standard error.
pub(super) fn catalog(args: &CatalogArgs) -> anyhow::Result<Catalog> {
    let catalog = load(args)?;
    for note in catalog.notes() {
        say(&format!("note: {note}"));
    }
    Ok(catalog)
}

fn load(args: &CatalogArgs) -> anyhow::Result<Catalog> {
    let instead = args.rules.iter().map(|dir| directory(dir, false));
    let added = args.add_rules.iter().map(|dir| directory(dir, true));
    let directories: Vec<Directory> = instead.chain(added).collect::<anyhow::Result<_>>()?;
    if directories.is_empty() {
        return Catalog::builtin(args.benchmark).context("the built-in controls");
    }
    Ok(Catalog::from_files(directories, args.benchmark)?)
}

/// The same for a report, which shows what is claimed about a framework only where that is asked for.
pub(super) fn catalog_for(args: &CatalogArgs, framework: Option<&str>) -> anyhow::Result<Catalog> {
    if framework.is_none() && args.rules.is_none() && args.add_rules.is_empty() {
        return Catalog::builtin_without_claims(args.benchmark).context("the built-in controls");
    }
    catalog(args)
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
        let mut ids = Vec::new();
        for name in names.iter().filter(|name| !name.trim().is_empty()) {
            ids.extend(named(rules, name, &scope.catalog)?);
        }
        Ok(ids)
    };
    let (only, exclude) = (ids(&scope.only)?, ids(&scope.exclude)?);
    let selected = |rule: &&Arc<Rule>| {
        (only.is_empty() || only.contains(&rule.id))
            && !exclude.contains(&rule.id)
            && scope.level.is_none_or(|level| level == rule.level || (rule.level < level && !scope.only_level))
    };
    let rules: Vec<Arc<Rule>> = rules.iter().filter(selected).cloned().collect();
    if rules.is_empty() {
        bail!("no control is left to audit: --rule, --exclude, --level and --only-level leave out all of them");
    }
    Ok(rules)
}

/// Some of all rules, with what is claimed about a framework, if one is asked for.
pub(super) fn mapped(some: &[Arc<Rule>], all: &[Arc<Rule>], framework: Option<&str>) -> anyhow::Result<Vec<Arc<Rule>>> {
    let Some(word) = framework else { return Ok(some.to_vec()) };
    let requirements = all.iter().flat_map(|rule| &rule.requirements);
    let known: BTreeSet<&str> = requirements.map(|requirement| requirement.framework.as_str()).collect();
    let known: Vec<&str> = known.into_iter().collect();
    match called(&known, word)[..] {
        [name] => Ok(some.iter().map(|rule| Arc::new(Rule::clone(rule).mapped_to(name))).collect()),
        [] if known.is_empty() => bail!("no framework {word:?}: these controls are mapped to none"),
        [] => bail!("no framework {word:?}; there are:\n  {}", known.join("\n  ")),
        ref several => bail!("framework {word:?} may be one of several:\n  {}", several.join("\n  ")),
    }
}

/// The rules that one word names: one by number or slug, or those of a range of numbers, such as `3.1-3.5`.
pub(super) fn named(rules: &[Arc<Rule>], word: &str, args: &CatalogArgs) -> anyhow::Result<Vec<RuleId>> {
    match Range::parse(word.trim()) {
        Some(range) if !rules.iter().any(|rule| is_called(rule, word.trim())) => range.select(rules, args),
        _ => find(rules, word, args).map(|rule| vec![rule.id]),
    }
}

/// Two ends with a hyphen between them, at least one of which is a number.
struct Range<'a> {
    word: &'a str,
    first: Option<RuleId>,
    last: Option<RuleId>,
}

impl<'a> Range<'a> {
    /// `None`: a number, or a name, which has hyphens too. The dash is what reports print.
    fn parse(word: &'a str) -> Option<Self> {
        let (first, last) = word.split_once(['-', '\u{2013}'])?;
        // An id of one's own is no end of a range.
        let number = |text: &str| RuleId::parse(text.trim()).filter(|id| matches!(id, RuleId::Number { .. }));
        let (first, last) = (number(first), number(last));
        (first.is_some() || last.is_some()).then_some(Self { word, first, last })
    }

    /// The rules in it. Its ends need not be rules: numbers have gaps.
    fn select(&self, rules: &[Arc<Rule>], args: &CatalogArgs) -> anyhow::Result<Vec<RuleId>> {
        let word = self.word;
        let (Some(first), Some(last)) = (self.first, self.last) else {
            bail!("the range {word:?} needs a number on either side of the hyphen, such as 3.1-3.5");
        };
        if last < first {
            bail!("the range {word} is reversed: write {last}-{first}");
        }
        let ids: Vec<RuleId> = rules.iter().map(|rule| rule.id).filter(|id| (first..=last).contains(id)).collect();
        if ids.is_empty() {
            // What says where the first number is instead, if it is anywhere.
            return find(rules, &first.to_string(), args)
                .map(|rule| vec![rule.id])
                .with_context(|| format!("the range {word} is empty"));
        }
        Ok(ids)
    }
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
                let hint = own_hint(name, args);
                let names = format!("names: `cis-audit rules --benchmark {version}`");
                format!("no control {name:?}: there are {numbers} ({names}){hint}")
            }
        }
    })
}

/// Whether a control has this id or slug.
pub(super) fn is_called(rule: &Rule, name: &str) -> bool {
    Some(rule.id) == RuleId::parse(name) || rule.slug.eq_ignore_ascii_case(name)
}

/// More letters than this apart, and somebody meant something else.
const ALIKE: f64 = 0.75;

/// The name that is most like what was written.
pub(super) fn nearest<'a>(known: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    misspelt::meant(known, name, ALIKE)
}

/// Where an id is to be found that may be one of somebody's own, unless rule files are given.
pub(super) fn own_hint(name: &str, args: &CatalogArgs) -> &'static str {
    let may_be_own = matches!(RuleId::parse(name), Some(RuleId::Own(_))) && name.contains(|c: char| c.is_ascii_digit());
    if may_be_own && args.rules.is_none() && args.add_rules.is_empty() {
        "; --add-rules DIR adds controls of your own, from rule files"
    } else {
        ""
    }
}

/// The latest version of the benchmark in which a control is called so, and the control there.
pub(super) fn elsewhere(name: &str, args: &CatalogArgs) -> Option<(Benchmark, Arc<Rule>)> {
    Benchmark::ALL.into_iter().rev().find_map(|benchmark| {
        let catalog = load(&CatalogArgs { benchmark, ..args.clone() }).ok()?;
        let rule = catalog.rules().iter().find(|rule| is_called(rule, name))?.clone();
        Some((benchmark, rule))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(benchmark: Benchmark, words: &[&str]) -> Result<Vec<String>, String> {
        let args = CatalogArgs { benchmark, rules: None, add_rules: Vec::new() };
        let catalog = catalog(&args).expect("the built-in rules");
        let mut ids = Vec::new();
        for word in words {
            ids.extend(named(catalog.rules(), word, &args).map_err(|error| format!("{error:#}"))?);
        }
        Ok(ids.iter().map(RuleId::to_string).collect())
    }

    fn of_default(words: &[&str]) -> Result<Vec<String>, String> {
        chosen(Benchmark::V1_2_0, words)
    }

    fn numbers(text: &str) -> Result<Vec<String>, String> {
        Ok(text.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn a_range_has_both_its_ends() {
        assert_eq!(of_default(&["3.1-3.5"]), numbers("3.1 3.2 3.3 3.4 3.5"));
        assert_eq!(of_default(&["3.9-3.11"]), numbers("3.9 3.10 3.11"));
        assert_eq!(of_default(&["3.4-3.4"]), numbers("3.4"));
    }

    #[test]
    fn a_range_may_be_written_as_reports_write_it() {
        assert_eq!(of_default(&[" 3.1 \u{2013} 3.3 "]), numbers("3.1 3.2 3.3"));
    }

    #[test]
    fn ranges_numbers_and_names_can_be_mixed() {
        assert_eq!(of_default(&["3.1", "3.4-3.6", "vpc-changes"]), numbers("3.1 3.4 3.5 3.6 3.14"));
    }

    #[test]
    fn a_range_is_of_the_chosen_benchmark() {
        assert_eq!(chosen(Benchmark::V5_0_0, &["4.14-4.16"]), numbers("4.14 4.15 4.16"));
    }

    #[test]
    fn a_range_may_end_beyond_the_last_control() {
        assert_eq!(of_default(&["3.13-3.99"]), numbers("3.13 3.14"));
    }

    #[test]
    fn a_reversed_range_is_an_error_that_turns_it_round() {
        let message = "the range 3.5-3.1 is reversed: write 3.1-3.5";
        assert_eq!(of_default(&["3.5-3.1"]), Err(message.to_owned()));
    }

    #[test]
    fn an_empty_range_is_an_error_that_says_so() {
        let message = of_default(&["9.1-9.9"]).expect_err("no control");
        assert!(
            message.starts_with("the range 9.1-9.9 is empty: no control \"9.1\": there are 3.1, 3.2, "),
            "{message}"
        );
        let message = of_default(&["4.1-4.5"]).expect_err("of another version");
        let wanted = "the range 4.1-4.5 is empty: no control 4.1 in version 1.2.0: 4.1 of version 5.0.0 is 3.1 here";
        assert_eq!(message, wanted);
    }

    #[test]
    fn a_range_with_one_end_is_an_error_that_says_so() {
        for word in ["3.1-", "-3.5", "3.1-5", "3.1-x"] {
            let wanted = format!("the range {word:?} needs a number on either side of the hyphen, such as 3.1-3.5");
            assert_eq!(of_default(&[word]), Err(wanted));
        }
    }

    #[test]
    fn only_a_directory_of_rules_is_accepted() {
        let dir = tempfile::tempdir().expect("a directory");
        let load = |dir: &Path| directory(dir, true).expect_err("no rules").to_string();
        assert!(load(dir.path()).starts_with("no rule file (*.toml) in "));
        assert!(load(&dir.path().join("none")).starts_with("cannot read "));
        fs::write(dir.path().join("a.toml"), b"\xff").expect("a file");
        assert!(load(dir.path()).ends_with("a.toml: byte 1 is not UTF-8 text"));
    }
}
