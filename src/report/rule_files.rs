//! Which controls come from rule files: every report says so once, in its own way.

use std::collections::BTreeMap;

use super::paint::{Paint, ranges};
use crate::escape;
use crate::finding::{Finding, Report};
use crate::rule::{Rule, RuleId};

/// Controls that come from one directory of rule files.
pub(super) struct FromFiles<'a> {
    /// The directory, as it was given.
    pub(super) directory: &'a str,
    /// Their ids, in order.
    pub(super) ids: Vec<RuleId>,
}

impl FromFiles<'_> {
    /// `Controls from acme: 3.4, ACME-1`, without what could steer a terminal.
    pub(super) fn sentence(&self, paint: Paint) -> String {
        format!("Controls from {}: {}", escape::terminal(self.directory), ranges(&self.ids, paint))
    }
}

/// The controls of findings that come from files, directory by directory.
pub(super) fn collect<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<FromFiles<'a>> {
    of_rules(findings.into_iter().map(|finding| &*finding.rule))
}

/// The same of rules.
pub(super) fn of_rules<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Vec<FromFiles<'a>> {
    let mut found: BTreeMap<&str, Vec<RuleId>> = BTreeMap::new();
    for rule in rules {
        if let Some(files) = &rule.files {
            found.entry(&files.directory).or_default().push(rule.id);
        }
    }
    let sorted = |(directory, mut ids): (&'a str, Vec<RuleId>)| {
        ids.sort_unstable();
        // Several accounts have the same controls.
        ids.dedup();
        FromFiles { directory, ids }
    };
    found.into_iter().map(sorted).collect()
}

/// The directory of a finding's rule file; `None`: its rule is built in.
pub(super) fn directory(finding: &Finding) -> Option<&str> {
    finding.rule.files.as_ref().map(|files| files.directory.as_str())
}

/// What a report is about, as its title says it: controls that are not the benchmark's are not called so.
pub(super) fn subject(report: &Report) -> String {
    let is_benchmarks = |finding: &Finding| finding.rule.is_benchmarks;
    let own = report.findings().any(|finding| !is_benchmarks(finding));
    // Of no control at all the benchmark's are meant.
    let benchmarks = !own || report.findings().any(is_benchmarks);
    title(benchmarks.then_some(report.benchmark), own)
}

/// A title for controls of a version of the benchmark, for others, or for both.
pub(super) fn title(benchmark: Option<&str>, own: bool) -> String {
    match (benchmark, own) {
        (Some(version), false) => format!("CIS AWS Foundations {version}"),
        (Some(version), true) => format!("CIS AWS Foundations {version} and own controls"),
        (None, _) => "Own controls".to_owned(),
    }
}
