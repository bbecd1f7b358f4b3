//! What was asked of every account of a report: reports in which it differs say different things, and do not become one.

use std::sync::Arc;

use crate::rule::Rule;

/// What was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The controls, in the benchmark's order. Empty: that is not known.
    pub controls: Vec<AskedControl>,
    /// The framework by whose requirements results are shown too, with its version.
    pub framework: Option<String>,
}

/// A control that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskedControl {
    /// Its name that outlives the number.
    pub slug: String,
    /// What the rule says that a file holds: the same for files of the same content. `None`: it is built in.
    pub fingerprint: Option<String>,
}

impl Asked {
    /// These controls.
    #[must_use]
    pub fn new(rules: &[Arc<Rule>]) -> Self {
        let control = |rule: &Arc<Rule>| AskedControl { slug: rule.slug.clone(), fingerprint: rule.fingerprint() };
        let chosen = rules.iter().flat_map(|rule| &rule.requirements).find(|requirement| requirement.is_chosen);
        Self {
            controls: rules.iter().map(control).collect(),
            framework: chosen.map(|requirement| requirement.framework.clone()),
        }
    }

    /// In what controls differ, in words; `None`: in nothing that is known.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.controls.is_empty() || other.controls.is_empty() {
            return None;
        }
        let lacks = |one: &Self, other: &Self| -> Vec<String> {
            let has = |slug: &str| one.controls.iter().any(|control| control.slug == slug);
            other.controls.iter().map(|control| &control.slug).filter(|slug| !has(slug)).cloned().collect()
        };
        let named = |slugs: &[String], which: &str| {
            let rest = slugs.len().saturating_sub(NAMED);
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            let first: Vec<&str> = slugs.iter().take(NAMED).map(String::as_str).collect();
            (!slugs.is_empty()).then(|| format!("only the {which} asks for {}{more}", first.join(", ")))
        };
        let by_file = self.controls.iter().filter(|control| {
            let same = other.controls.iter().find(|other| other.slug == control.slug);
            same.is_some_and(|same| same.fingerprint != control.fingerprint)
        });
        let by_file: Vec<String> =
            by_file.map(|control| format!("the rule files of {} differ", control.slug)).collect();
        let parts = [named(&lacks(other, self), "first"), named(&lacks(self, other), "second")];
        let parts: Vec<String> = parts.into_iter().flatten().chain(by_file).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// Controls that a message names.
const NAMED: usize = 5;
