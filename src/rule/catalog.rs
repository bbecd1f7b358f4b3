//! The rules: those built into the program, in one visible list, or those of files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::RuleError;
use super::file::{self, RuleText};
use super::{Benchmark, Rule, RuleFiles, RuleId};

#[cfg(test)]
mod tests;

/// The built-in rule files: name and text.
const FILES: &[(&str, &str)] = &[
    ("3.01-unauthorized-api-calls.toml", include_str!("../../rules/3.01-unauthorized-api-calls.toml")),
    ("3.02-console-sign-in-without-mfa.toml", include_str!("../../rules/3.02-console-sign-in-without-mfa.toml")),
    ("3.03-root-usage.toml", include_str!("../../rules/3.03-root-usage.toml")),
    ("3.04-iam-policy-changes.toml", include_str!("../../rules/3.04-iam-policy-changes.toml")),
    ("3.05-cloudtrail-changes.toml", include_str!("../../rules/3.05-cloudtrail-changes.toml")),
    ("3.06-console-sign-in-failures.toml", include_str!("../../rules/3.06-console-sign-in-failures.toml")),
    ("3.07-kms-key-deletion.toml", include_str!("../../rules/3.07-kms-key-deletion.toml")),
    ("3.08-s3-bucket-policy-changes.toml", include_str!("../../rules/3.08-s3-bucket-policy-changes.toml")),
    ("3.09-config-changes.toml", include_str!("../../rules/3.09-config-changes.toml")),
    ("3.10-security-group-changes.toml", include_str!("../../rules/3.10-security-group-changes.toml")),
    ("3.11-network-acl-changes.toml", include_str!("../../rules/3.11-network-acl-changes.toml")),
    ("3.12-network-gateway-changes.toml", include_str!("../../rules/3.12-network-gateway-changes.toml")),
    ("3.13-route-table-changes.toml", include_str!("../../rules/3.13-route-table-changes.toml")),
    ("3.14-vpc-changes.toml", include_str!("../../rules/3.14-vpc-changes.toml")),
    ("4.15-organizations-changes.toml", include_str!("../../rules/4.15-organizations-changes.toml")),
    ("4.16-security-hub-enabled.toml", include_str!("../../rules/4.16-security-hub-enabled.toml")),
];

/// The rule files of one directory.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Which directory, and whether its rules are added to the built-in ones.
    pub files: RuleFiles,
    /// Name and text of each of its rule files.
    pub texts: Vec<(String, String)>,
}

/// A set of rules, in the order of their ids; what names a rule, id or slug, names no other.
#[derive(Debug, Clone)]
pub struct Catalog {
    rules: Vec<Arc<Rule>>,
    notes: Vec<String>,
}

/// A file that was read, and from which directory; `None`: it is built in.
struct Source {
    file: String,
    files: Option<Arc<RuleFiles>>,
    rule: RuleText,
}

impl Catalog {
    /// The rules built into the program, as they are in a version of the benchmark.
    ///
    /// # Errors
    /// None that a test would not have found.
    pub fn builtin(benchmark: Benchmark) -> Result<Self, RuleError> {
        Self::from_sources(builtin()?, benchmark)
    }

    /// The same without what third parties claim about requirements of other frameworks, which is half of the files: for
    /// reports, which show it only where its framework is asked for.
    ///
    /// # Errors
    /// None that a test would not have found.
    pub fn builtin_without_claims(benchmark: Benchmark) -> Result<Self, RuleError> {
        let read = |(file, text): &(&str, &str)| source(file, &without_claims(text));
        Self::from_sources(FILES.iter().map(read).collect::<Result<_, _>>()?, benchmark)
    }

    /// The rules of these directories, as they are in a version of the benchmark; with the built-in ones where all
    /// directories are added to them.
    ///
    /// # Errors
    /// A file that is no rule, a pattern that does not cover what its rule demands, an id or slug that occurs twice.
    pub fn from_files(directories: Vec<Directory>, benchmark: Benchmark) -> Result<Self, RuleError> {
        let with_builtin = directories.iter().all(|directory| directory.files.are_added);
        let mut sources = if with_builtin { builtin()? } else { Vec::new() };
        for Directory { files, texts } in directories {
            let files = Arc::new(files);
            for (file, text) in texts {
                let rule = file::read(&file, &text)?.checked(&file, &text)?;
                sources.push(Source { file, files: Some(Arc::clone(&files)), rule });
            }
        }
        Self::from_sources(sources, benchmark)
    }

    fn from_sources(sources: Vec<Source>, benchmark: Benchmark) -> Result<Self, RuleError> {
        // Built-in controls alone are all the benchmark's.
        let numbers =
            if sources.iter().any(|source| source.files.is_some()) { Some(numbers(benchmark)?) } else { None };
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        // A metric that two filters publish to counts the events of both, and one alarm could not say of which.
        let mut metrics: BTreeMap<(bool, String), String> = BTreeMap::new();
        let mut notes = Vec::new();
        let mut rules = Vec::with_capacity(sources.len());
        for Source { file, files, rule: text } in sources {
            notes.extend_from_slice(text.notes());
            let Some(rule) = text.in_version(benchmark) else {
                notes.extend(files.as_ref().map(|_| absence(&file, &text, benchmark)));
                continue;
            };
            // Users may name a rule by either, in any case: an id that is another rule's slug would name both.
            let names = [("id", rule.id.to_string()), ("slug", rule.slug.clone())];
            for (field, value) in &names {
                if let Some(other) = known.get(&value.to_ascii_lowercase()) {
                    let (line, value, other) = (text.line(field), value.clone(), other.clone());
                    return Err(RuleError::Duplicate { file, line, field, value, other });
                }
            }
            let is_benchmarks = numbers.as_ref().is_none_or(|numbers| numbers.contains(&rule.id));
            let called = if files.is_some() { file } else { format!("the built-in {file}") };
            known.extend(names.map(|(_, value)| (value.to_ascii_lowercase(), called.clone())));
            if let Some(events) = rule.demand.events() {
                let (field, value) = ("metric_name", events.metric_name.clone());
                // New metrics of the benchmark's controls have another namespace than those of others.
                if let Some(other) = metrics.insert((is_benchmarks, value.clone()), called.clone()) {
                    return Err(RuleError::Duplicate { file: called, line: text.line(field), field, value, other });
                }
            }
            rules.push(Arc::new(Rule { is_benchmarks, files, ..rule }));
        }
        rules.sort_by_key(|rule| rule.id);
        Ok(Self { rules, notes })
    }

    /// What is to be known of the rule files though they can be used: a sentence each, with the file, no full stop.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// All rules, by id.
    #[must_use]
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    /// The rule of an id.
    #[must_use]
    pub fn get(&self, id: RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id).map(Arc::as_ref)
    }
}

/// That a version of the benchmark does not have the control of a file.
fn absence(file: &str, text: &RuleText, benchmark: Benchmark) -> String {
    let (id, since) = text.begins();
    format!(
        "{file}: {id} is not among the controls of version {benchmark}: its `since` is {since} (--benchmark {since})"
    )
}

fn builtin() -> Result<Vec<Source>, RuleError> {
    FILES.iter().map(|(file, text)| source(file, text)).collect()
}

fn source(file: &str, text: &str) -> Result<Source, RuleError> {
    Ok(Source { file: file.to_owned(), files: None, rule: file::read(file, text)? })
}

/// A built-in file without the requirements that no primary source states: each has a line of its own.
fn without_claims(text: &str) -> String {
    let is_claim = |line: &str| line.starts_with("    { framework = ") && !line.contains("basis = \"primary\"");
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n').filter(|line| !is_claim(line)) {
        kept.push_str(line);
    }
    kept
}

/// Numbers of the monitoring controls that a version of the benchmark has.
fn numbers(benchmark: Benchmark) -> Result<BTreeSet<RuleId>, RuleError> {
    let numbers = builtin()?.into_iter().filter_map(|source| Some(source.rule.in_version(benchmark)?.id));
    Ok(numbers.collect())
}
