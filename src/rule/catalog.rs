//! All rules together: the ones in the binary, or the ones of a directory (`--rules DIR`).

use std::fs;
use std::path::Path;

use super::error::RuleError;
use super::file::{self, Checked};
use super::{Rule, RuleId};

/// The rules in the binary. A test compares this list with the directory.
const BUILTIN: &[(&str, &str)] = &[
    ("3.01-unauthorized-api-calls.toml", include_str!("../../rules/3.01-unauthorized-api-calls.toml")),
    ("3.02-console-sign-in-without-mfa.toml", include_str!("../../rules/3.02-console-sign-in-without-mfa.toml")),
    ("3.03-root-account-usage.toml", include_str!("../../rules/3.03-root-account-usage.toml")),
    ("3.04-iam-policy-changes.toml", include_str!("../../rules/3.04-iam-policy-changes.toml")),
    (
        "3.05-cloudtrail-configuration-changes.toml",
        include_str!("../../rules/3.05-cloudtrail-configuration-changes.toml"),
    ),
    (
        "3.06-console-authentication-failures.toml",
        include_str!("../../rules/3.06-console-authentication-failures.toml"),
    ),
    ("3.07-cmk-disable-or-delete.toml", include_str!("../../rules/3.07-cmk-disable-or-delete.toml")),
    ("3.08-s3-bucket-policy-changes.toml", include_str!("../../rules/3.08-s3-bucket-policy-changes.toml")),
    ("3.09-config-configuration-changes.toml", include_str!("../../rules/3.09-config-configuration-changes.toml")),
    ("3.10-security-group-changes.toml", include_str!("../../rules/3.10-security-group-changes.toml")),
    ("3.11-nacl-changes.toml", include_str!("../../rules/3.11-nacl-changes.toml")),
    ("3.12-network-gateway-changes.toml", include_str!("../../rules/3.12-network-gateway-changes.toml")),
    ("3.13-route-table-changes.toml", include_str!("../../rules/3.13-route-table-changes.toml")),
    ("3.14-vpc-changes.toml", include_str!("../../rules/3.14-vpc-changes.toml")),
];

/// Rules with distinct numbers and distinct names, ordered by number.
#[derive(Debug, Clone)]
pub struct Catalog {
    rules: Vec<Rule>,
}

impl Catalog {
    /// The rules in the binary. That each one's pattern covers what the rule demands is proven by a test, not here:
    /// every start would pay for it.
    ///
    /// # Errors
    /// None in a released program: the files are compiled in and tested.
    pub fn builtin() -> Result<Self, RuleError> {
        let rules = BUILTIN.iter().map(|(name, text)| file::read(name, text)).collect::<Result<_, _>>()?;
        Self::new(rules)
    }

    /// The rules of a directory: each `*.toml` in it. Each one's pattern is proven to cover what the rule demands.
    ///
    /// # Errors
    /// The directory or a file cannot be read, there is no rule, or one is not right: see [`RuleError`].
    pub fn from_dir(dir: &Path) -> Result<Self, RuleError> {
        let unreadable = |source| RuleError::Directory { dir: dir.display().to_string(), source };
        let mut files = Vec::new();
        for entry in fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
        // Directories come in any order; messages about duplicates must not.
        files.sort();
        if files.is_empty() {
            return Err(RuleError::NoRule { dir: dir.display().to_string() });
        }
        let mut rules = Vec::new();
        for path in files {
            let name = path.display().to_string();
            let text = fs::read_to_string(&path).map_err(|source| RuleError::Read { file: name.clone(), source })?;
            let checked = file::read(&name, &text)?;
            checked.prove()?;
            rules.push(checked);
        }
        Self::new(rules)
    }

    fn new(checked: Vec<Checked>) -> Result<Self, RuleError> {
        for (index, second) in checked.iter().enumerate() {
            for first in &checked[..index] {
                if first.rule.id == second.rule.id {
                    return Err(RuleError::Duplicate {
                        field: "id",
                        value: second.rule.id.to_string(),
                        first: first.id_at.file.clone(),
                        second: second.id_at.clone(),
                    });
                }
                if first.rule.slug == second.rule.slug {
                    return Err(RuleError::Duplicate {
                        field: "slug",
                        value: second.rule.slug.clone(),
                        first: first.slug_at.file.clone(),
                        second: second.slug_at.clone(),
                    });
                }
            }
        }
        let mut rules: Vec<Rule> = checked.into_iter().map(|checked| checked.rule).collect();
        rules.sort_by_key(|rule| rule.id);
        Ok(Self { rules })
    }

    /// All rules, by number.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of this number.
    #[must_use]
    pub fn get(&self, id: RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The rule of this name.
    #[must_use]
    pub fn by_slug(&self, slug: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.slug == slug)
    }
}

#[cfg(test)]
mod tests;
